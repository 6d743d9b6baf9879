# SPDX-License-Identifier: BSD-2-Clause-Patent
"""What people want to know, answered: on honest machines, under faults, and where nothing can be tested."""

import re

import pytest

from simulated import FAIL, PASS, SKIP, run

CLAIM = re.compile(r'# run claim id=(\S+) state=(\S+) text="([^"]*)" checks="([^"]*)" also="[^"]*"(?: by="([^"]*)")?'
                   r'(?: reason="((?:[^"\\]|\\.)*)")?(?: advice="([^"]*)")?$')
IDS = "interrupts masks status level controller unmask release rebind msi firmware".split()
# The hosted program has no firmware to give the machine back to.
ALL_BUT_FIRMWARE = set(IDS) - {"firmware"}


def claims(seen):
    """id: (state, text, checks, by, reason, advice)"""
    told = [CLAIM.match(line).groups() for line in seen.lines("# run claim ")]
    assert [row[0] for row in told] == IDS
    return {row[0]: row[1:] for row in told}


def of(seen, state):
    return {name for name, row in claims(seen).items() if row[0] == state}


def verdict(seen):
    return re.search(r"^# run end .* verdict=(\S+)", seen.text, re.M)[1]


@pytest.mark.parametrize("machine", "q35 ich9-at-4 behind-bridge two-ioapics atapi express two-segments slow-ae".split())
def test_an_honest_machine_shows_them_all(machine):
    seen = run("--machine", machine)
    assert of(seen, "shown") == ALL_BUT_FIRMWARE
    assert (seen.code, verdict(seen)) == (PASS, "PASS")


# fault: what is refuted, and by which check
REFUTED = [
    ("cmd.disintx-ignored", "masks", "mask.disintx-stops-level"),
    ("cmd.disintx-ignored", "unmask", "mask.unmask-delivers-once"),
    ("status.gated-by-disintx", "status", "status.independent-of-disintx"),
    ("line.drops", "level", "level.held-until-acknowledged"),
    ("line.dead", "interrupts", "line.probe"),
    ("ioapic.pulse-latched", "controller", "controller.pulse-while-masked"),
    ("cmd.unmask-loses-pending", "unmask", "mask.unmask-delivers-once"),
    ("cmd.master-sticks", "release", "release.ahci_unbind"),
    ("cmd.disintx-ignored", "rebind", "rebind.assert"),
    ("msi.intx-too", "msi", "msi.one-message-no-intx"),
]


@pytest.mark.parametrize("fault, name, check", REFUTED)
def test_a_fault_refutes_what_it_breaks(fault, name, check):
    seen = run("--fault", fault)
    state, _, checks, by, *_ = claims(seen)[name]
    assert state == "refuted" and check in by.split() and check in checks.split()
    assert seen.verdicts[check] == "FAIL"
    assert (seen.code, verdict(seen)) == (FAIL, "FAIL")


def test_every_claim_can_be_refuted():
    assert {name for _, name, _ in REFUTED} == ALL_BUT_FIRMWARE  # firmware's: tests/qemu


def test_a_function_without_disintx_is_masked_at_the_controller():
    seen = run("--fault", "cmd.disintx-not-writable")
    told = claims(seen)
    assert told["masks"][:2] == ("shown", "it lacks DisINTx, and masking at the controller stops the line")
    assert told["unmask"][2] == "controller.unmask-redelivers controller.pending-at-unmask"
    assert told["status"][0] == "not-tested" and told["status"][4].startswith("lacks DisINTx")
    assert verdict(seen) == "PASS"


@pytest.mark.parametrize("machine, reason, advice", [
    ("no-drive", "no drive answers", "attach a drive"),
    ("remapping", "firmware left interrupt remapping on (GSTS.IRES = 1)", "switch interrupt remapping (VT-d) off"),
    ("no-pin", "Interrupt Pin names no INTx", "choose a function with an Interrupt Pin"),
])
def test_nothing_tested_is_no_pass(machine, reason, advice):
    seen = run("--machine", machine)
    told = claims(seen)
    for name in ("interrupts", "masks"):
        assert told[name][0] == "not-tested"
        assert reason in told[name][4] and advice in told[name][5]
    assert (seen.code, verdict(seen)) == (SKIP, "UNTESTED")


def test_no_function_is_no_pass_and_has_no_claims():
    seen = run("--machine", "no-ahci")
    assert not seen.lines("# run claim ")
    assert (seen.code, verdict(seen)) == (SKIP, "UNTESTED")
    assert verdict(run("--machine", "no-ahci", app=["--suite", "mask"])) == "SKIP"


@pytest.mark.parametrize("app, word", [
    (["--suite", "mask"], "PASS"), (["--check", "mask.disintx-writable"], "PASS"), (["--check", "line.probe"], "SKIP"),
    (["--skip", "line.*"], "PASS"), (["--sequence", "release"], "PASS"), (["--skip", "level.*"], "PASS"),
])
def test_a_selection_says_what_it_left_out(app, word):
    seen = run(*(["--machine", "no-drive"] if word == "SKIP" else []), app=app)
    assert verdict(seen) == word
    assert any((row[4] or "").startswith(("left out", "no drive")) for row in claims(seen).values())


@pytest.mark.parametrize("app, word", [
    (["--skip", "level.*"], "UNTESTED"),  # the first two were asked for all the same
    (["--suite", "line,mask"], "UNTESTED"),
    (["--suite", "line"], "SKIP"),
    (["--check", "mask.disintx-writable"], "PASS"),
    (["--sequence", "release"], "PASS"),
])
def test_a_selection_is_excused_only_from_what_it_left_out(app, word):
    assert verdict(run("--machine", "no-drive", app=app)) == word


@pytest.mark.parametrize("msi", ["off", "on"])
def test_with_every_policy_the_sequences_answer(msi):
    """A bind that is refused, as v6.11-rc1 with MSI must, takes nothing from what the others showed."""
    seen = run(app=["--policy", "all", "--msi", msi])
    told = claims(seen)
    assert {told[name][0] for name in ("interrupts", "masks", "unmask")} == {"shown"}
    assert told["interrupts"][2] == "rebind.assert rebind.reassert"
    assert told["level"][4].startswith("left out")
    assert (told["rebind"][0] == "refuted") == (msi == "on")
    if msi == "on":
        assert "hazard.probe-refused.v6.11-rc1" in told["rebind"][3].split()


AT_CONTROLLER = "masking at the interrupt controller stops the line"


@pytest.mark.parametrize("fault, where, text, state", [
    (None, "device", "DisINTx masks the line", "shown"),
    (None, "controller", AT_CONTROLLER, "shown"),
    (None, "auto", "the mask of each rule that got there (DisINTx, or the controller's) stops the line", "shown"),
    ("cmd.disintx-not-writable", "device", "DisINTx masks the line", "refuted"),
    ("cmd.disintx-not-writable", "controller", AT_CONTROLLER, "shown"),
    ("cmd.disintx-not-writable", "auto", AT_CONTROLLER, "shown"),
])
def test_with_every_policy_the_claim_names_the_mask_that_was_used(fault, where, text, state):
    seen = run(*(["--fault", fault] if fault else []), app=["--policy", "all", "--intx-mask", where])
    told = claims(seen)["masks"]
    assert told[:3] == (state, text, "rebind.assert rebind.user_mask rebind.assert_while_masked")


def test_a_rule_that_could_not_be_tried_is_not_shown_by_another():
    """DisINTx's rules end in ERROR before they mask; the one that masks at the controller does not."""
    seen = run("--fault", "status.set-by-disintx", app=["--policy", "all"])
    assert seen.verdicts["rebind.user_mask.v6.15"] == "ERROR"
    assert seen.verdicts["rebind.user_mask.no-pci-intx"] == "PASS"
    assert {"masks", "unmask"} <= of(seen, "not-tested")


def test_a_function_that_is_gone_lacks_nothing():
    told = claims(run("--vanish", "500"))["masks"]
    assert told[:2] == ("not-tested", "DisINTx masks the line") and told[4].startswith("gone")


def test_every_policy_and_no_line_is_no_pass():
    seen = run("--machine", "no-drive", app=["--policy", "all"])
    assert claims(seen)["interrupts"][0] == "not-tested"
    assert {seen.verdicts[name] for name in seen.verdicts if name.startswith("rebind.assert.")} == {"SKIP"}
    # the hazards of old rules are FAILs all the same
    assert verdict(seen) == "FAIL"


def test_every_policy_of_another_kind_answers_by_its_sequences():
    """As with AHCI the hazards of old rules are FAILs; what the hardware did is shown."""
    seen = run("--machine", "edu", app=["--device", "0000:00:05.0", "--policy", "all"])
    assert verdict(seen) == "FAIL"
    assert {claims(seen)[name][0] for name in ("interrupts", "masks")} == {"shown"}


def test_rounds_keep_the_worst_answer():
    seen = run("--fault", "cmd.disintx-sets-once", app=["--repeat", "3"])
    assert of(seen, "refuted")
    assert len(seen.lines("# run claim ")) == len(IDS)
