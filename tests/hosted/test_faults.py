# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Every check can fail: the tables of faults, and what each must be caught by.

The rows are written from what a fault does to a register or the line, not from what a run showed: each names
checks that must FAIL, others may, and what stands behind a broken step is ERROR."""

from functools import cache

import pytest

from fault_table import IDS, LEGAL, failed_by_a_fault, failed_by_a_rule, failed_by_nothing, table
from simulated import FAIL, PASS, run

FAULTS = table()
RUNS = sorted({there for runs in FAULTS.values() for there in runs})
BY_RULE, NO_FAULT = failed_by_a_rule(), failed_by_nothing()


@cache
def honest(machine, options):
    return run("--machine", machine, app=options.split())


@pytest.mark.parametrize("machine, options", RUNS)
def test_honest_machine_fails_nothing(machine, options):
    """What FAILs on a fault was not going to FAIL anyway; a hazard is the rule's own."""
    seen = honest(machine, options)
    assert seen.of("FAIL") <= BY_RULE and not seen.of("ERROR")
    assert seen.code == (FAIL if seen.of("FAIL") else PASS)
    named = {check for runs in FAULTS.values() for check in runs.get((machine, options), [])} - set(LEGAL)
    assert named <= seen.of("PASS")


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_fails_its_checks(fault):
    for (machine, options), checks in FAULTS[fault].items():
        seen = run("--machine", machine, "--fault", fault, app=options.split())
        where = f"{fault} on {machine} {options}"
        assert seen.code in (PASS, FAIL), f"{where}: {seen.stderr}"
        assert list(seen.verdicts) == list(honest(machine, options).verdicts), f"{where}: not every check has its result"
        if checks == LEGAL:
            assert seen.of("FAIL") <= BY_RULE and not seen.of("ERROR"), f"{where}: it is legal"
            continue
        assert set(checks) <= seen.of("FAIL"), f"{where} is not caught by {set(checks) - seen.of('FAIL')}"
        assert not seen.of("FAIL") & NO_FAULT, f"{where}: no-fault.tsv says that this cannot be"


def test_every_check_fails_on_some_fault():
    shown = failed_by_a_fault() | failed_by_a_rule()
    assert set(IDS) - shown == NO_FAULT, "a new check needs a fault that it catches, in tests/golden/faults.tsv"
    assert shown <= set(IDS)


def test_every_fault_is_caught():
    known = run("--help").stderr.split("faults:\n")[1].splitlines()
    assert {line.split()[0] for line in known if line.strip()} == set(FAULTS)
    assert all(any(runs.values()) for runs in FAULTS.values())
