# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Where a line ends, as boards have it: forwarded while masked, seen by the 8259s alone, shown by an edge only."""

import pytest

from simulated import run


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
