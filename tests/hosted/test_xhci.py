# SPDX-License-Identifier: BSD-2-Clause-Patent
"""An xHCI controller as a source, simulated: honest, with the faults that AHCI's checks catch, and when it does nothing.

A run that leaves a register of the device otherwise than firmware did ends with 70 (tests/sim/main.c)."""

import re

import pytest

from simulated import FAIL, PASS, run
from test_edu import AHCI, AHCI_SUITES, CAUGHT, reasons

XHCI = ["--device", "0000:00:05.0"]
LACKS = {"route.swizzle", "route.bridge-disintx-no-gate", "hazard.neighbour"}
# A message takes IMAN.IP with it: nothing is pending behind it, be it for INTx beside it or when MSI goes off.
NOT_HERE = {"msi.intx-too", "msi.off-loses-pending"}


def field(seen, key):
    return re.search(rf" {key}=(\"[^\"]*\"|\S+)", seen.lines("# hw xhci ")[0])[1]


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("app", [[], ["--msi", "on"], ["--intx-mask", "controller"], ["--shuffle", "7", "--repeat", "2"]])
def test_honest_xhci_passes(app, compiler):
    seen = run("--machine", "xhci", app=[*XHCI, *app], compiler=compiler)
    why = reasons(seen)
    assert seen.code == PASS, seen.text[-2000:] + seen.stderr
    only_ahci = {name for name in why if name.split(".")[0] in AHCI_SUITES}
    assert {why.pop(name) for name in only_ahci} == {AHCI}
    assert why.pop("msi.off-hands-back") == "a message that was sent has cleared IMAN.IP (xHCI 1.2 sec 5.5.2.1)"
    assert set(why) == LACKS
    assert (field(seen, "scratchpads"), field(seen, "code"), field(seen, "error")) == ("5", "1", '"ok"')


def test_every_rule_on_xhci_has_its_own_hazards_and_nothing_else():
    seen = run("--machine", "xhci", app=[*XHCI, "--policy", "all"])
    assert seen.of("FAIL") == run(app=["--policy", "all"]).of("FAIL") and not seen.of("ERROR")


@pytest.mark.parametrize("fault", sorted(set(CAUGHT) - NOT_HERE))
def test_fault_is_caught_on_xhci_too(fault):
    seen = run("--machine", "xhci", "--fault", fault, app=XHCI)
    assert seen.code == FAIL, seen.stderr
    assert set(CAUGHT[fault]) <= seen.of("FAIL"), f"not caught by {set(CAUGHT[fault]) - seen.of('FAIL')}"


@pytest.mark.parametrize("machine, handoff, connected", [("xhci-owned", '"ok"', "1"), ("xhci-kept", '"timeout"', "0")])
def test_a_controller_that_firmware_owns_is_asked_for(machine, handoff, connected):
    """xHCI 1.2 sec 4.22.1. Its devices connect anew behind each reset, and that is nobody's interrupt."""
    seen = run("--machine", machine, app=XHCI)
    assert seen.code == PASS and not seen.of("ERROR"), seen.text[-2000:]
    assert (field(seen, "handoff"), field(seen, "connected")) == (handoff, connected)


@pytest.mark.parametrize("trouble, word, code, error", [
    ("never-ready", "the controller does not halt, or does not come out of HCRST", "0", '"timeout"'),
    ("doorbell-dead", "the controller does not answer No Op within 5 s", "0", '"timeout"'),
    ("no-event", "the controller does not answer No Op within 5 s", "0", '"timeout"'),
    ("error-status", "the controller answers No Op with an error", "5", '"I/O error"'),
])
def test_a_controller_that_does_nothing_is_an_error_and_bounded(trouble, word, code, error):
    seen = run("--machine", f"xhci-{trouble}", app=XHCI)
    # one that does not come out of a reset cannot be put back, and only that is a FAIL
    assert seen.of("FAIL") == ({"leave.function"} if trouble == "never-ready" else set()) and seen.code == FAIL, seen.stderr
    assert f"line.probe # ERROR {word} (see hw xhci)" in seen.text
    assert (field(seen, "code"), field(seen, "error")) == (code, error)
    assert int(re.search(r" app_us=(\d+)", seen.text)[1]) < 11_000_000, "one wait to its bound: 10 s"
