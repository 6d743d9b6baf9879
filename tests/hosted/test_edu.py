# SPDX-License-Identifier: BSD-2-Clause-Patent
"""QEMU's edu as a source, simulated: under test, and on a line with an AHCI controller."""

import re

import pytest

from simulated import CANNOT, FAIL, PASS, ROOT, SKIP, run

IDS = (ROOT / "tests/golden/check-ids.txt").read_text(encoding="ascii").split()
EDU, AHCI = ["--device", "0000:00:05.0"], "the function is no AHCI controller"
AHCI_SUITES = ("ahci", "hba")
# simulated as QEMU's: neither Power Management nor a Function Level Reset, and on a root bus
LACKS = {"reset.flr-clears", "reset.d3hot-deasserts", "route.swizzle", "route.bridge-disintx-no-gate",
         # no enable and no reset of its own
         "own.mask-holds", "own.mask-lowers", "own.reset-deasserts", "own.reset-then-works", "rebind.comreset_nodma",
         "hazard.neighbour"}

# The same faults of Command, Status, the wire, MSI and the IOAPIC, each caught by a check that AHCI is held to.
CAUGHT = {
    "cmd.disintx-ignored": ["mask.disintx-stops-level", "mask.disintx-deasserts", "mask.unmask-delivers-once"],
    "cmd.disintx-stuck-1": ["cmd.idle-reads-clear", "mask.disintx-writable"],
    "cmd.disintx-sets-serr": ["cmd.toggle-has-no-side-effect", "mask.disintx-writable"],
    "cmd.byte-write-lost": ["cmd.upper-byte-alone"],
    "cmd.rewrite-0-pulses": ["cmd.rewrite-is-quiet"],
    "cmd.unmask-loses-pending": ["mask.unmask-delivers-once", "interleave.event-before-unmask"],
    "status.intx-stuck-0": ["mask.status-is-internal", "status.independent-of-disintx"],
    "status.intx-stuck-1": ["mask.status-is-internal", "vfio.mask-leaves-foreign"],
    "status.gated-by-disintx": ["status.independent-of-disintx", "vfio.unmask-refuses-pending"],
    "status.intx-rw1c": ["status.write-changes-nothing"],
    "line.edge-like": ["line.probe"],
    "line.needs-bus-master": ["mask.intx-needs-no-bus-master"],
    "line.lingers": ["level.follows-the-device"],
    "line.two-inputs": ["route.one-line"],
    "msi.intx-too": ["msi.one-message-no-intx"],
    "msi.disintx-stops": ["msi.disintx-does-not-stop"],
    "msi.ignores-bus-master": ["msi.needs-bus-master"],
    "msi.off-loses-pending": ["msi.off-hands-back"],
    "ioapic.pulse-latched": ["controller.pulse-while-masked"],
    "cfg.interrupt-line-wrong": ["route.interrupt-line"],
}


def reasons(seen):
    """{id: why it was skipped}"""
    return dict(re.findall(r"^ok \d+ (\S+) # SKIP (.*)$", seen.text, re.M))


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("app", [[], ["--msi", "on"], ["--intx-mask", "controller"]])
def test_honest_edu_passes(app, compiler):
    seen = run("--machine", "edu", app=[*EDU, *app], compiler=compiler)
    why = reasons(seen)
    assert seen.code == PASS, seen.text[-2000:]
    assert "# hw edu base=81100000 id=010000ed" in seen.text
    only_ahci = {name for name in why if name.split(".")[0] in AHCI_SUITES}
    assert {why[name] for name in only_ahci} == {AHCI}
    assert set(why) - only_ahci == LACKS
    assert {name for name in IDS if name.split(".")[0] in AHCI_SUITES} <= only_ahci


@pytest.mark.parametrize("fault", CAUGHT)
def test_fault_is_caught_on_edu_too(fault):
    seen = run("--machine", "edu", "--fault", fault, app=EDU)
    assert seen.code == FAIL, seen.stderr
    assert set(CAUGHT[fault]) <= seen.of("FAIL"), f"not caught by {set(CAUGHT[fault]) - seen.of('FAIL')}"


def test_edu_is_taken_only_when_it_is_named():
    assert run("--machine", "edu").lines("# hw function ")[0].startswith("# hw function sbdf=0000:00:1f.2 ")


def test_edu_where_there_is_none_says_what_there_is():
    seen = run("--machine", "q35", app=EDU)
    assert seen.code == CANNOT
    assert "functions that can be tested: 0000:00:1f.2" in seen.lines("# run stop ")[0]


SHARED = [("00:1f.2", "00:19.0", "shared"), ("00:1f.2", "00:1a.0", "shared"), ("00:1a.0", "00:1f.2", "shared"),
          ("02:05.0", "01:00.1", "shared-behind-bridge"), ("01:00.1", "02:05.0", "shared-behind-bridge")]


@pytest.mark.parametrize("device, neighbour, machine", SHARED)
def test_two_on_a_line(device, neighbour, machine):
    seen = run("--machine", machine, app=["--device", device, "--neighbour", neighbour, "--suite", "share"])
    assert seen.code == PASS, seen.text[-2000:]
    assert seen.of("PASS") == {name for name in IDS if name.startswith("share.")}
    assert seen.lines("# hw neighbour ") == ["# hw neighbour same_line=1"]


def test_a_neighbour_on_another_line_is_a_skip():
    seen = run("--machine", "edu", app=["--neighbour", "00:05.0", "--suite", "share"])
    assert seen.code == SKIP
    assert set(reasons(seen).values()) == {"the neighbour is not on the function's line"}


def test_share_is_planned_with_a_neighbour_alone():
    planned = run("--machine", "shared").verdicts
    assert not [name for name in planned if name.startswith("share.")]
    named = run("--machine", "shared", app=["--suite", "share"])
    assert named.code == SKIP and set(reasons(named).values()) == {"no --neighbour was named"}


def test_route_tells_the_way_of_both():
    seen = run("--machine", "shared-behind-bridge", app=["--neighbour", "01:00.1", "--suite", "route"])
    assert seen.code == PASS and seen.of("SKIP") == set()
    assert seen.lines("# hw route ") == [
        '# hw route sbdf=0000:02:05.0 pin=A path="0000:01:00.0 0000:00:02.0" root=0000:00:02.0 root_pin=B gsi=23',
        '# hw route sbdf=0000:01:00.1 pin=B path="0000:00:02.0" root=0000:00:02.0 root_pin=B gsi=23']


@pytest.mark.parametrize("machine, app, check, reason", [
    ("q35", [], "route.swizzle", "the function is on a root bus: no bridge turns its pin"),
    ("behind-bridge", [], "route.swizzle", "no second source with the same predicted root pin"),
    ("q35", [], "route.bridge-disintx-no-gate", "the function is on a root bus: no bridge forwards its interrupt"),
    ("two-ioapics", [], "route.interrupt-line", "no input below 16 and no IRQ of the 8259s follows: there is no legacy route"),
])
def test_route_says_why_it_was_not_tried(machine, app, check, reason):
    seen = run("--machine", machine, app=["--suite", "route", *app])
    assert seen.code == PASS and reasons(seen)[check] == reason


def test_interrupt_line_that_names_another_input():
    seen = run("--fault", "cfg.interrupt-line-wrong", app=["--suite", "route"])
    assert seen.of("FAIL") == {"route.interrupt-line"}
    assert ('check=route.interrupt-line what="Interrupt Line, the input below 16 that follows" expected="10" '
            'observed="11"') in seen.text


def test_bridges_are_left_as_they_were():
    """With the fault the check FAILs, and nothing is left behind in a bridge: no ERROR, and the rest passes."""
    seen = run("--machine", "behind-bridge", "--fault", "bridge.disintx-gates")
    assert seen.of("FAIL") == {"route.bridge-disintx-no-gate"} and seen.of("ERROR") == set()


def test_a_neighbour_that_vanishes_is_gone_not_wrong():
    """At moments spread over the suite's accesses: no FAIL is made of all-ones, and what was under way is an ERROR."""
    app = ["--device", "00:1a.0", "--neighbour", "00:1f.2", "--suite", "share"]
    whole = run("--machine", "shared", app=app)
    total = int(whole.stderr.split("accesses ")[1].split()[0])
    codes = set()
    for at in range(total // 2, total, total // 40):
        seen = run("--machine", "shared", "--vanish", str(at), app=app)
        assert not seen.of("FAIL") and list(seen.verdicts) == list(whole.verdicts), f"at access {at}"
        assert seen.code != FAIL or "# ERROR gone: the neighbour reads all-ones" in seen.text, f"at access {at}"
        codes.add(seen.code)
    assert FAIL in codes, "no moment was within a check"
