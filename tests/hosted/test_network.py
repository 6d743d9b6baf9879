# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Network functions as sources, simulated, each on a machine without an AHCI function. What one of them does with a
packet is nobody's business here: the simulated device ends the run when receive or transmit is turned on."""

import re

import pytest

from simulated import FAIL, PASS, ROOT, run
from test_edu import AHCI_SUITES, CAUGHT, reasons

IDS = (ROOT / "tests/golden/check-ids.txt").read_text(encoding="ascii").split()
ERROR = 0x11
DEVICE = ["--device", "0000:00:05.0"]
ON_A_ROOT_BUS = {"route.swizzle", "route.bridge-disintx-no-gate", "hazard.neighbour"}
NO_POWER = {"reset.flr-clears", "reset.d3hot-deasserts"}
MSI = {name for name in IDS if name.startswith("msi.")}
# machine: what it tells of itself, what such a function lacks
KINDS = {"e1000": ("# hw e1000 base=81100000 status=00080283 ctrl=00140241 rctl=00008000", NO_POWER),
         "i8255x": ("# hw i8255x base=81100000 control=01 pointer=00123450 stopped=0", MSI),
         "rtl8139": ("# hw rtl base=81100000 cr=01 imr=0001 timer_int=89abcdef", MSI | NO_POWER)}
# What meet() proves before anything is judged: bounded, and an ERROR with the reason
DEAD = {"e1000-ics-dead": "ICS sets nothing in ICR: no event can be raised",
        "e1000-icr-sticks": "ICR does not clear when it is read: no event could be acknowledged",
        "i8255x-si-dead": "SI sets nothing in the status byte: no event can be raised",
        "i8255x-ack-sticks": "the status byte does not clear when 1 is written: no event could be acknowledged",
        "rtl8139-timer-dead": "the timer sets nothing in ISR: no event can be raised",
        "rtl8139-isr-sticks": "ISR does not clear when 1 is written: no event could be acknowledged"}
EVENT_US = 5_000_000  # so long an event is waited for, once
# the same faults as of edu, but for those of a message where there is none
FAULTS = [(machine, fault) for machine in KINDS for fault in CAUGHT
          if not (MSI <= KINDS[machine][1] and fault.startswith("msi."))]


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("app", [[], ["--msi", "on"], ["--intx-mask", "controller"]])
@pytest.mark.parametrize("machine", KINDS)
def test_honest_function_passes(machine, app, compiler):
    seen = run("--machine", machine, app=[*DEVICE, *app], compiler=compiler)
    why = reasons(seen)
    told, lacks = KINDS[machine]
    assert seen.code == PASS, seen.text[-2000:]
    assert told in seen.text
    others = {name for name in why if name.split(".")[0] not in AHCI_SUITES}
    assert {name for name in others if why[name] != "the function has no MSI capability"} == ON_A_ROOT_BUS | (lacks - MSI)
    assert {name for name in IDS if name.split(".")[0] in AHCI_SUITES} <= set(why)


@pytest.mark.parametrize("machine", KINDS)
def test_the_only_source_is_taken_unasked(machine):
    assert run("--machine", machine).lines("# hw function ")[0].startswith("# hw function sbdf=0000:00:05.0 ")


@pytest.mark.parametrize("machine", KINDS)
def test_every_policy_is_the_policies_business(machine):
    """The hazards of the rules, and nothing else, FAIL as they do with AHCI."""
    seen = run("--machine", machine, app=[*DEVICE, "--policy", "all"])
    assert not seen.of("ERROR")
    assert seen.of("FAIL") == run("--machine", "q35", app=["--policy", "all"]).of("FAIL")
    told = seen.lines("# hw registers ")
    assert told, "a FAIL tells the registers"
    for line in told:
        keys = re.findall(r" (\w+)=", line)
        assert len(keys) == len(set(keys)), "the kind's keys are no others' on the line: the host takes it as damaged"


@pytest.mark.parametrize("machine, fault", FAULTS)
def test_fault_is_caught_here_too(machine, fault):
    seen = run("--machine", machine, "--fault", fault, app=DEVICE)
    assert seen.code == FAIL, seen.stderr
    assert set(CAUGHT[fault]) <= seen.of("FAIL"), f"not caught by {set(CAUGHT[fault]) - seen.of('FAIL')}"


@pytest.mark.parametrize("machine", DEAD)
def test_what_cannot_be_tried_is_an_error(machine):
    seen = run("--machine", machine, app=DEVICE)
    assert seen.code == ERROR and seen.of("ERROR") and not seen.of("FAIL")
    assert re.search(rf"^not ok \d+ line.probe # ERROR {re.escape(DEAD[machine])}$", seen.text, re.M)
    assert int(re.search(r" app_us=(\d+)", seen.text)[1]) < EVENT_US + 10_000
