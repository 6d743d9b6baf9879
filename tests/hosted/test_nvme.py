# SPDX-License-Identifier: BSD-2-Clause-Patent
"""An NVMe controller as a source, simulated: honest, with the faults that AHCI's checks catch, and when it does nothing.

A run that leaves a register of the device otherwise than firmware did ends with 70 (tests/sim/main.c)."""

import re

import pytest

from simulated import FAIL, PASS, run
from test_edu import AHCI, AHCI_SUITES, CAUGHT, reasons

NVME = ["--device", "0000:00:05.0"]
LACKS = {"route.swizzle", "route.bridge-disintx-no-gate", "hazard.neighbour"}


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("app", [[], ["--msi", "on"], ["--intx-mask", "controller"], ["--shuffle", "7", "--repeat", "2"]])
def test_honest_nvme_passes(app, compiler):
    seen = run("--machine", "nvme", app=[*NVME, *app], compiler=compiler)
    why = reasons(seen)
    assert seen.code == PASS, seen.text[-2000:] + seen.stderr
    only_ahci = {name for name in why if name.split(".")[0] in AHCI_SUITES}
    assert {why[name] for name in only_ahci} == {AHCI} and set(why) - only_ahci == LACKS
    assert ('# hw nvme base=81100000 version=00010400 cap=000000220a0107ff cc=00460001 csts=00000001 status=0000 '
            'model="INTXLAB SIMULATED NVME" error="ok"') in seen.text


def test_every_rule_on_nvme_has_its_own_hazards_and_nothing_else():
    seen = run("--machine", "nvme", app=[*NVME, "--policy", "all"])
    assert seen.of("FAIL") == run(app=["--policy", "all"]).of("FAIL") and not seen.of("ERROR")


@pytest.mark.parametrize("fault", CAUGHT)
def test_fault_is_caught_on_nvme_too(fault):
    seen = run("--machine", "nvme", "--fault", fault, app=NVME)
    assert seen.code == FAIL, seen.stderr
    assert set(CAUGHT[fault]) <= seen.of("FAIL"), f"not caught by {set(CAUGHT[fault]) - seen.of('FAIL')}"


@pytest.mark.parametrize("trouble, word, csts, status, error", [
    ("never-ready", "the controller does not become ready within CAP.TO", "00000000", "0000", "timeout"),
    ("doorbell-dead", "the controller does not answer Identify within 5 s", "00000001", "0000", "timeout"),
    ("no-event", "the controller does not answer Identify within 5 s", "00000001", "0000", "timeout"),
    ("error-status", "the controller answers Identify with an error status", "00000001", "0006", "I/O error"),
])
def test_a_controller_that_does_nothing_is_an_error_and_bounded(trouble, word, csts, status, error):
    seen = run("--machine", f"nvme-{trouble}", app=NVME)
    assert seen.code == FAIL and "verdict=ERROR" in seen.text and not seen.of("FAIL"), seen.stderr
    assert f"line.probe # ERROR {word} (see hw nvme)" in seen.text
    assert f"csts={csts} status={status} model=\"\" error=\"{error}\"" in seen.text
    assert seen.verdicts["leave.function"] == "PASS"
    assert int(re.search(r" app_us=(\d+)", seen.text)[1]) < 6_000_000, "one wait to its bound: 5 s"


def test_a_reset_in_the_middle_of_an_event_is_told_once():
    """What a broken reset leaves behind is put right: no check but its own fails."""
    seen = run("--machine", "nvme", "--fault", "nvme.reset-keeps-line", app=NVME)
    assert seen.of("FAIL") == {"own.reset-deasserts"} and not seen.of("ERROR")
