# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Where a line ends, as boards have it: forwarded while masked, seen by the 8259s alone, shown by an edge only."""

import pytest

from simulated import PASS, run


REROUTED = [
    ("boot-interrupt", 28, 'rerouted="20"', "GSI 20"),
    ("boot-interrupt-irq", 28, 'rerouted_irqs="11"', "IRQ 11 of the 8259s"),
    ("boot-interrupt-isa", 28, 'rerouted="11" rerouted_irqs="11"', "GSI 11 IRQ 11 of the 8259s"),
    ("boot-interrupt-pin", 16, 'irqs="10" rerouted="18"', "GSI 18"),
]
REROUTES = "controller.mask-reroutes-nothing"


@pytest.mark.parametrize("machine, gsi, told, where", REROUTED, ids=[row[0] for row in REROUTED])
def test_where_a_masked_line_comes_out_is_not_the_line(machine, gsi, told, where):
    """Linux Documentation/PCI/boot-interrupts.rst: with the entry's mask bit set, the message is routed to the PCH."""
    seen = run("--machine", machine)
    assert seen.lines("# hw line ")[0].startswith(f"# hw line gsi={gsi} ") and seen.lines("# hw line ")[0].endswith(f" {told}")
    assert seen.of("FAIL") == {REROUTES} and not seen.of("ERROR")
    assert ('what="inputs that show the line only while its entry is masked (rerouting)" expected="none" '
            f'observed="{where}"') in seen.text
    plain = run("--machine", "two-ioapics" if gsi == 28 else "q35")
    assert seen.of("SKIP") == plain.of("SKIP"), "an input that the line is taken to is no second witness of it"
    assert not plain.of("FAIL") and plain.verdicts[REROUTES] == "PASS" and "rerouted" not in plain.text


def test_a_line_that_is_forwarded_masked_or_not_is_looked_at_where_it_comes_from():
    seen = run("--machine", "boot-interrupt-always")
    assert ' gsi=28 ' in seen.lines("# hw line ")[0] and ' also="20" ' in seen.lines("# hw line ")[0]
    assert seen.of("FAIL") == {REROUTES, "route.one-line"} and not seen.of("ERROR")
    assert 'what="inputs from 16 up that show the line beside its own, masked or not" expected="none" observed="GSI 20"' \
        in seen.text


@pytest.mark.parametrize("machine", [*(row[0] for row in REROUTED), "boot-interrupt-always"])
def test_masking_at_a_controller_that_reroutes_is_not_shown(machine):
    """As vfio-pci masks a function without DisINTx."""
    seen = run("--machine", machine, "--fault", "cmd.disintx-not-writable")
    for claim in ("masks", "controller"):
        line = seen.lines(f"# run claim id={claim} ")[0]
        assert " state=refuted " in line and f' by="{REROUTES}"' in line
    assert seen.of("FAIL") <= {REROUTES, "route.one-line"} and not seen.of("ERROR")
    for mask, state in (("controller", "not-tested"), ("auto", "not-tested"), ("device", "shown")):
        line = run("--machine", machine, app=["--policy", "all", "--intx-mask", mask]).lines("# run claim id=masks ")[0]
        assert f" state={state} " in line and (state == "shown" or "masked at the controller, the line is at another" in line)


def test_a_pirq_that_reaches_the_8259s_alone_beside_its_own_input():
    """Intel 6 Series Chipset datasheet sec 13.1.18: PIRQ[n]_ROUT names an IRQ of the 8259. IRR shows that it is there."""
    seen, plain = run("--machine", "pch"), run()
    assert seen.code == PASS and seen.lines("# hw line ")[0].startswith("# hw line gsi=16 ")
    assert ' also="" ' in seen.lines("# hw line ")[0] and seen.lines("# hw line ")[0].endswith(' irqs="10"')
    assert seen.of("SKIP") - plain.of("SKIP") == {"level.second-pin-agrees", "controller.eoi-ends-both"}
    assert seen.verdicts["route.interrupt-line"] == seen.verdicts["level.8259-agrees"] == "PASS"
    assert "routed to no" not in seen.text and "to none" not in seen.text


def test_no_legacy_route_is_said_where_the_8259s_were_looked_at():
    seen = run("--machine", "two-ioapics")
    assert ("route.interrupt-line # SKIP no input below 16 and no IRQ of the 8259s follows: there is no legacy route"
            in seen.text)


@pytest.mark.parametrize("app", [[], ["--intx-mask", "controller"], ["--msi", "on"]], ids=["", "controller", "msi"])
def test_in_pic_mode_the_line_is_delivered_by_the_8259s(app):
    """ACPI 6.5 sec 5.8.1: PIC mode until _PIC(1), and _PIC is AML, which nobody evaluates here."""
    seen = run("--machine", "pic-mode", app=app)
    assert seen.code == PASS and not seen.of("FAIL") | seen.of("ERROR"), seen.text[-2000:]
    assert seen.lines("# hw line ")[0].startswith("# hw line gsi=NONE irq=10 controller=8259 trigger=level vector=51 ")
    assert {"line.one-per-event", "line.level-redelivers", "line.storm-guard", "mask.disintx-stops-level",
            "controller.pending-at-unmask", "rebind.assert", "leave.function"} <= seen.of("PASS")
    rte = {name for name in seen.of("SKIP") if f"{name} # SKIP the line is at the 8259s, which have no entries" in seen.text}
    assert rte == {"line.delivered-as-level", "controller.eoi-while-masked", "controller.eoi-ends-both", REROUTES,
                   "interleave.accepted-before-disintx", "interleave.acked-before-handler"}
    assert "level.8259-agrees # SKIP the line is the 8259s' itself: no input of an I/O APIC follows" in seen.text


def test_with_every_policy_the_8259s_deliver():
    seen = run("--machine", "pic-mode", app=["--policy", "all"])
    assert seen.of("FAIL") == run(app=["--policy", "all"]).of("FAIL") and not seen.of("ERROR")
    assert " state=shown " in seen.lines("# run claim id=interrupts ")[0]


def test_a_fault_is_caught_through_the_8259s():
    for fault, check in (("cmd.disintx-ignored", "mask.disintx-stops-level"), ("line.drops", "level.held-until-acknowledged"),
                         ("status.gated-by-disintx", "status.independent-of-disintx")):
        assert run("--machine", "pic-mode", "--fault", fault).verdicts[check] == "FAIL"
    dead = run("--machine", "pic-mode", "--fault", "line.dead")
    assert dead.verdicts["line.probe"] == "FAIL" and "# hw line gsi=UNKNOWN " in dead.text


def test_an_irq_of_the_master_is_delivered_too():
    seen = run("--machine", "pic-mode-low")
    assert seen.code == PASS and " gsi=NONE irq=5 controller=8259 " in seen.lines("# hw line ")[0]
    assert seen.verdicts == run("--machine", "pic-mode").verdicts


@pytest.mark.parametrize("machine, gsi", [("q35", 16), ("behind-bridge", 23), ("two-ioapics", 28), ("pch", 16)])
def test_a_controller_that_is_blind_at_the_unmask_is_asked_the_other_way_round(machine, gsi):
    seen = run("--machine", machine, "--fault", "ioapic.unmask-blind")
    line = seen.lines("# hw line ")[0]
    assert line.startswith(f"# hw line gsi={gsi} ") and line.endswith(' shown="unmask-first"')
    assert seen.of("FAIL") == {"level.delivered-when-unmasked-late", "controller.unmask-redelivers",
                               "controller.pending-at-unmask", "controller.request-while-asserted",
                               "controller.mask-does-not-count"} and not seen.of("ERROR")
    assert {"line.probe", "line.one-per-event", "line.level-redelivers", "mask.unmask-delivers-once", "rebind.assert",
            "rebind.ahci_io2"} <= seen.of("PASS")
    assert "level.follows-the-device # SKIP the controller shows no level that is there before the unmask" in seen.text
    assert " state=refuted " in seen.lines("# run claim id=controller ")[0]


def test_a_neighbour_on_a_blind_controller_is_not_called_elsewhere():
    seen = run("--machine", "two-ahci", "--fault", "ioapic.unmask-blind", app=["--neighbour", "00:08.0"])
    assert "share.both-pending # SKIP whether the neighbour is on the line is not known" in seen.text
    assert not seen.lines("# hw neighbour same_line")


@pytest.mark.parametrize("machine", ["q35", "behind-bridge", "two-ioapics"])
def test_a_level_that_is_delivered_as_an_edge_is_so_called(machine):
    """Intel SDM vol. 3A, Interrupt Acceptance for Fixed Interrupts: TMR is 0, and the EOI is not broadcast."""
    seen = run("--machine", machine, "--fault", "ioapic.level-sent-as-edge")
    assert ('# run mismatch check=line.delivered-as-level what="TMR of the vector in the handler" expected="1" observed="0"'
            in seen.text)
    assert " tmr=0 " in seen.lines("# hw registers check=level.every-event-once when=failed ")[0]
    assert "its last delivery was accepted as an edge (TMR 0)" in seen.text
    assert run("--machine", machine).verdicts["line.delivered-as-level"] == "PASS"
