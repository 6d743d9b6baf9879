# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Intel's gigabit Ethernet function as a source, simulated: an 82574, on a machine without an AHCI function."""

import re

import pytest

from simulated import FAIL, PASS, ROOT, run
from test_edu import AHCI_SUITES, CAUGHT, reasons

IDS = (ROOT / "tests/golden/check-ids.txt").read_text(encoding="ascii").split()
ERROR = 0x11
DEVICE = ["--device", "0000:00:05.0"]
# simulated without Power Management and Function Level Reset, and on a root bus
LACKS = {"reset.flr-clears", "reset.d3hot-deasserts", "route.swizzle", "route.bridge-disintx-no-gate", "hazard.neighbour"}
# What meet() proves before anything is judged: bounded, and an ERROR with the reason
DEAD = {"e1000-ics-dead": "ICS sets nothing in ICR: no event can be raised",
        "e1000-icr-sticks": "ICR does not clear when it is read: no event could be acknowledged"}


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("app", [[], ["--msi", "on"], ["--intx-mask", "controller"]])
def test_honest_e1000_passes(app, compiler):
    seen = run("--machine", "e1000", app=[*DEVICE, *app], compiler=compiler)
    why = reasons(seen)
    assert seen.code == PASS, seen.text[-2000:]
    assert "# hw e1000 base=81100000 status=00080283 ctrl=00140241 rctl=00008000" in seen.text
    assert {name for name in why if name.split(".")[0] not in AHCI_SUITES} == LACKS
    assert {name for name in IDS if name.split(".")[0] in AHCI_SUITES} <= set(why)


def test_the_only_source_is_taken_unasked():
    assert run("--machine", "e1000").lines("# hw function ")[0].startswith("# hw function sbdf=0000:00:05.0 ")


def test_every_policy_is_the_policies_business():
    """The hazards of the rules, and nothing else, FAIL as they do with AHCI."""
    seen = run("--machine", "e1000", app=[*DEVICE, "--policy", "all"])
    assert not seen.of("ERROR")
    assert seen.of("FAIL") == run("--machine", "q35", app=["--policy", "all"]).of("FAIL")


@pytest.mark.parametrize("fault", CAUGHT)
def test_fault_is_caught_on_e1000_too(fault):
    seen = run("--machine", "e1000", "--fault", fault, app=DEVICE)
    assert seen.code == FAIL, seen.stderr
    assert set(CAUGHT[fault]) <= seen.of("FAIL"), f"not caught by {set(CAUGHT[fault]) - seen.of('FAIL')}"


@pytest.mark.parametrize("machine", DEAD)
def test_what_cannot_be_tried_is_an_error(machine):
    seen = run("--machine", machine, app=DEVICE)
    assert seen.code == ERROR and seen.of("ERROR") and not seen.of("FAIL")
    assert re.search(rf"^not ok \d+ line.probe # ERROR {re.escape(DEAD[machine])}$", seen.text, re.M)
    assert int(re.search(r" app_us=(\d+)", seen.text)[1]) < 10000
