# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Every check of the conformance suites can fail: the table of faults, and what each must be caught by.

The rows are written from what a fault does to a register or the line, not from what a run showed: each names
the checks that must FAIL, others may."""

import pytest

from fault_table import table
from simulated import FAIL, PASS, ROOT, run

FAULTS = table()
SUITES = ("cmd", "status", "level", "mask", "vfio", "controller", "hba", "interleave", "msi", "reset")
MACHINES = ["q35", "behind-bridge"]
IDS = (ROOT / "tests/golden/check-ids.txt").read_text(encoding="ascii").split()


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("fault", FAULTS)
def test_fault_fails_its_checks(fault, machine):
    seen = run("--machine", machine, "--fault", fault)
    assert seen.code == FAIL, seen.stderr
    assert set(FAULTS[fault]) <= seen.of("FAIL"), f"not caught by {set(FAULTS[fault]) - seen.of('FAIL')}"


@pytest.mark.parametrize("machine", MACHINES)
def test_honest_machine_passes_the_same_checks(machine):
    """What FAILs on the fault was not going to FAIL anyway."""
    seen = run("--machine", machine)
    named = {check for checks in FAULTS.values() for check in checks}
    assert seen.code == PASS
    assert named <= seen.of("PASS")


def test_every_check_of_the_suites_fails_on_some_fault():
    named = {check for checks in FAULTS.values() for check in checks}
    assert {name for name in IDS if name.split(".")[0] in SUITES} - named == set()


def test_rows_name_checks_that_there_are():
    assert all(checks and set(checks) <= set(IDS) for checks in FAULTS.values())
