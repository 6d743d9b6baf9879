# SPDX-License-Identifier: BSD-2-Clause-Patent
"""What a person reads: words for numbers, one line for one cause, the rules side by side."""

import re

import pytest
from conftest import FAILED, HEADER, SKIPPED, STOPPED, WHOLE, end
from hosted import stream

from lib import comparison, known, qemu, steptable, summary
from lib.outcome import Ended, judge
from lib.stream import parse
from lib.validate import validate

PLAIN = summary.Paint(False)


def read(text):
    run = parse(text if isinstance(text, bytes) else text.encode())
    validate(run)
    return run


def lines(text, entries=()):
    run = read(text)
    return list(summary.render(run, judge(run, None, None, list(entries)), None, None, PLAIN))


@pytest.fixture(scope="module")
def all_rules():
    return lines(stream("--policy", "all", "--msi", "on"), known.load())


PROBED = ('# hw line gsi=16 polarity=low trigger=level vector=51 also="10" stuck="" looked_at=12 interrupt_line=0a '
          "prt=not-evaluated")


@pytest.mark.parametrize("line, words", [
    (PROBED, "GSI 16, level, active low, vector 51h; GSI 10 follows too; 12 pins looked at, none stuck; "
             "Interrupt Line 0ah; _PRT not evaluated"),
    (PROBED.replace('also="10"', 'also=""'), "GSI 16, level, active low, vector 51h; 12 pins looked at, none stuck; "
                                             "Interrupt Line 0ah; _PRT not evaluated"),
    (PROBED + ' irqs="10"', "GSI 16, level, active low, vector 51h; GSI 10 follows too; 12 pins looked at, none stuck; "),
    (PROBED.replace('also="10"', 'also=""') + ' irqs="11" rerouted="20" rerouted_irqs="20,21"',
     "GSI 16, level, active low, vector 51h; IRQ 11 of the 8259s follows too; masked there it comes out at GSI 20 and IRQ 21 "
     "of the 8259s; 12 pins looked at, none stuck; "),
    (PROBED + ' shown="unmask-first"', "GSI 16, level, active low, vector 51h; GSI 10 follows too; seen only when it rises "
                                       "unmasked; 12 pins looked at, none stuck; "),
    ('# hw line gsi=NONE irq=10 controller=8259 trigger=level vector=51 stuck="" looked_at=12 interrupt_line=0a '
     'prt=not-evaluated irqs="10"', "IRQ 10 of the 8259s, level, vector 51h; no pin of an I/O APIC follows; 12 pins looked at, "
                                    "none stuck; Interrupt Line 0ah; _PRT not evaluated"),
    ('# hw line gsi=UNKNOWN looked_at=24 stuck="9" interrupt_line=ff prt=not-evaluated',
     "no pin follows the function; 24 pins looked at, 9 stuck; Interrupt Line ffh; _PRT not evaluated"),
])
def test_the_line_in_words(line, words):
    text = " ".join(" ".join(lines(WHOLE.replace("# hw line gsi=16 polarity=low", line))).split())
    assert f"line {words.strip()} " in text


@pytest.mark.parametrize("signature, words", [
    ("TCGTCGTCGTCG", "; under QEMU TCG"), ("KVMKVMKVM", "; under KVM"), ("Something", "; under Something"), ("", "")])
def test_the_hypervisor_by_its_name(signature, words):
    text = WHOLE.replace("# run options", f'# hw cpu vendor="x" brand="CPU 5" hypervisor="{signature}" tick_khz=1\n# run options')
    assert f"machine     QEMU Standard PC (Q35 + ICH9, 2009); CPU 5{words}" in lines(text)


def test_the_spec_once_a_check():
    second = '# run mismatch check=rebind.assert what="writes" expected="W=0507" observed="" spec="PCI 3.0 sec 6.2.2"\n'
    shown = lines(FAILED.replace("not ok 2", second + "not ok 2"))
    assert "      Command: expected 0507, observed 0107" in shown
    assert "      writes: expected W=0507, observed nothing [PCI 3.0 sec 6.2.2]" in shown


def test_what_was_not_tried_is_one_line():
    reason = "not tried: rebind.assert ended with interrupt storm"
    more = "".join(f"# run begin check=dirty.d{n}\nnot ok {n} dirty.d{n} # ERROR {reason}\n" for n in range(4, 10))
    text = FAILED.replace("1..3", "1..9").replace("# run end", more + "# run end")
    text = text.replace("planned=3 reported=3", "planned=9 reported=9").replace("error=0", "error=6")
    shown = [line for line in lines(text) if line.startswith("ERROR")]
    assert shown == [f"ERROR {reason}: dirty: 6 checks, dirty.d4 to dirty.d9"]


def test_what_is_gone_is_one_line():
    shown = lines(stream(sim=("--vanish", "2000")))
    gone = [line for line in shown if line.startswith("ERROR")]
    assert len(gone) == 2 and len(shown) < 60
    assert gone[0] == "ERROR ahci.registers  gone: the function reads all-ones"
    assert gone[1].startswith("ERROR gone: the function reads all-ones since ahci.registers: ahci.handoff, ")


def test_errors_of_one_reason_keep_their_evidence():
    def error(number, name, left):
        return (f'# run begin check=dirty.{name}\n# run debris check=dirty.{name} register="PxIE" found=0 left={left} after=0\n'
                f"not ok {number} dirty.{name} # ERROR debris\n")

    more = error(4, "a", 1) + error(5, "b", 1) + error(6, "c", 2)
    text = FAILED.replace("1..3", "1..6").replace("# run end", more + "# run end")
    shown = lines(text.replace("planned=3 reported=3", "planned=6 reported=6").replace("error=0", "error=3"))
    at = shown.index("ERROR dirty.c  debris")
    assert shown[at:at + 4] == ["ERROR dirty.c  debris", "      debris: PxIE was 0, is 2",
                                "ERROR debris: dirty.a, dirty.b", "      debris: PxIE was 0, is 1"]


def test_skipped_groups_are_told_apart():
    names = [f"a.x{n}" for n in range(5)] + ["b.y", "b.z"]
    run = read(HEADER + "1..7\n" + "".join(f"ok {n} {name} # SKIP none\n" for n, name in enumerate(names, 1))
               + end("SKIP", 7, skip=7))
    shown = list(summary.render(run, judge(run), None, None, PLAIN))
    assert "SKIP  none: a: 5 checks, a.x0 to a.x4; b.y, b.z" in shown


@pytest.mark.parametrize("found, words", [
    ("# hw neighbour same_line=1\n", "on the same line"), ("# hw neighbour same_line=0\n", "on another line"),
    ("", "its line not probed")])
def test_the_neighbour_is_named(found, words):
    second = ("# hw function sbdf=0000:00:19.0 vendor=1234 device=11e8 class=00ff00 revision=10 pin=A interrupt_line=0a "
              "command=0103 status=0010 msi_cap=40\n")
    text = " ".join(" ".join(lines(WHOLE.replace("1..3\n", second + "1..3\n" + found))).split())
    assert ("neighbour 0000:00:19.0 1234:11e8 class 00ff00 revision 10, INTA, Interrupt Line 0a, Command 0103 as found, "
            f"{words} ") in text
    assert not any(line.startswith("neighbour") for line in lines(WHOLE))


@pytest.mark.parametrize("old, new, cell", [
    ("irq_count=1", "irq_count=1000", " 1000/1000 = W=0507 "), ("irq_count=1", "irq_count=1000000", " 1000000/1000000 = W=0507"),
    ("irq_count=1", "irq_count=" + "1" * 50, " " + "1" * 18 + " = W=0507"), ("seq=1", "seq=4101", "4101 assert ")])
def test_a_long_cell_shifts_no_column(old, new, cell):
    shown = lines(WHOLE.replace(old, new))
    at = next(n for n, line in enumerate(shown) if line.startswith("seq step"))
    assert cell in shown[at + 1]
    assert shown[at + 1].index("|") == shown[at].index("|")


@pytest.mark.parametrize("text", [STOPPED, SKIPPED, HEADER + end("DONE")])
def test_no_totals_without_checks(text):
    assert not any("planned" in line for line in lines(text))


def test_a_machine_that_said_nothing_did_not_hang_in_the_application():
    outcome = judge(read(""), Ended(-15, 5.0, 5.0, killed=True))
    assert (outcome.code, outcome.reasons) == (124, ["no end within 5 s: before the application's first line"])


@pytest.mark.parametrize("machine, extra, tcg", [
    ("q35", [], True), ("q35", ["-smp", "2"], True), ("q35", ["-accel", "kvm"], False), ("q35", ["-enable-kvm"], False),
    ("q35,accel=kvm", [], False), ("q35", ["-machine", "accel=kvm:tcg"], False)])
def test_a_user_s_accelerator_wins(tmp_path, machine, extra, tcg):
    line = qemu.command(qemu.Machine(tmp_path / "x", tmp_path, machine, extra), "qemu", tmp_path / "code")
    assert (line.count("tcg") == 1) == tcg


def test_rules_side_by_side(all_rules):
    assert max(map(len, all_rules)) <= 100 and len(all_rules) < 200
    at = all_rules.index("11 rules: MSI on, vfio-pci masks at the controller or device")
    table = all_rules[at + 3:]
    assert table[:2] == ["v6.10          0        ok     MSIctl=0081 MSIctl=0080 W=0007 W=0003  114/60",
                         "v6.11-rc1      0        busy   MSIctl=0081 W=0007 MSIctl=0080 W=0003  66/35"]
    rc2 = next(n for n, line in enumerate(table) if line.startswith("v6.11-rc2 "))
    assert table[rc2 + 1:rc2 + 5] == [
        "    + enable.ahci_bind: GFP_KERNEL",
        "    + rebind.user_mask: GFP_KERNEL, &vdev->irqlock held, interrupts off",
        "    + intx-first.i_unbind: GFP_KERNEL, in release",
        "    ! sleeping-allocation: rebind.user_mask (fresh: no; known)"]
    assert "fresh, the control without a driver before: no hazard under 11 rules." in table
    chain = ("__devres_alloc_node < pcim_intx < pci_intx < __vfio_pci_intx_mask < vfio_pci_set_intx_mask; &vdev->irqlock held; "
             "interrupts off")
    assert chain in " ".join(" ".join(table).split())


def test_fresh_that_shows_a_hazard_is_no_control():
    text = stream("--policy", "v6.11-rc2").decode()
    text = text.replace('observed="rebind.user_mask"', 'observed="rebind.user_mask fresh.f_user_mask"')
    shown = lines(text, known.load())
    assert "    ! sleeping-allocation: rebind.user_mask fresh.f_user_mask (fresh: yes; NOT KNOWN)" in shown
    assert "fresh, the control without a driver before: a hazard under v6.11-rc2." in shown
    part = lines(stream("--policy", "all", "--sequence", "rebind"), known.load())
    assert "fresh, the control without a driver before, did not run." in part


def test_steps_are_shown_where_a_rule_differs(all_rules):
    shown = [line.split()[1] for line in all_rules if re.match(r" *\d+ \S+ +[0-9a-f]{4}/", line)]
    assert "ahci_unbind" in shown and "r_mask_unmask" in shown and "vfio_open" not in shown
    assert "As v6.15 in every step: v6.10, next-20241218, v6.14, v6.12.17." in " ".join(" ".join(all_rules).split())
    assert "v6.11-rc2, v6.11, gfp-atomic" in all_rules, "rules that differ alike stand together"


def test_a_failed_step_is_shown_even_when_it_differs_from_nothing():
    run = read(stream("--policy", "all"))
    base = [step for step in run.steps if step.policy == "v6.15"]
    assert steptable.differing(base, base, run.verdicts()) == []
    assert steptable.differing(base, base, {**run.verdicts(), base[4].check: "FAIL"}) == [base[4]]


def test_progress_of_several_rules_is_a_line_each():
    progress = summary.Progress(PLAIN)
    shown = [line for line in map(progress.line, stream("--policy", "all").decode().splitlines()) if line]
    rules = [line for line in shown if line.startswith("policy ")]
    assert len(rules) == 11 and re.fullmatch(r"policy v6.10: \d+ pass, 1 skip", rules[0])
    of_rules = [line for line in shown if re.search(r"\d (PASS|FAIL|SKIP|ERROR) +\S+\.(v6|next|gfp|unl|no-)", line)]
    assert len(of_rules) == 4 and any("FAIL  hazard.sleeping-allocation.v6.11-rc2" in line for line in of_rules)


@pytest.mark.parametrize("nodes", ["x", "x:y", "a.b:GFP:lock:irqs-off:release:failed:more", "::::", "\\x1b:1:2:3"])
def test_odd_values_are_shown_and_harmless(nodes):
    text = WHOLE.replace("# run end", f'# model policy name=odd intx_nodes="{nodes}" detach="{"W=0001 " * 40}"\n# run end')
    for line in lines(text):
        assert len(line) <= 100 and re.fullmatch(r"[ -~]*", line)
    assert any(line.startswith("odd") for line in lines(text))


def test_one_good_rule_is_one_row():
    shown = lines(stream())
    at = shown.index("1 rule: MSI off, vfio-pci masks at the device")
    assert shown[at + 3:at + 5] == ["v6.15   0        ok     W=0003           86/41", ""]


def test_no_rules_no_table():
    run = read(WHOLE)
    assert not list(comparison.lines(run, judge(run).known, PLAIN))


@pytest.mark.parametrize("line, said", [
    ('# hw table name=APIC offset=9 length=1 remark="the checksum is wrong; the table is used"\n',
     "tables APIC, offset 9, length 1: the checksum is wrong; the table is used"),
    ("# hw table more=3\n", "tables 3 more remarks"),
    ('# hw madt error="truncated"\n', "tables no MADT that can be used: truncated"),
    ('# hw fadt error="absent"\n', "platform no FADT that can be used: absent"),
    ('# hw hides sbdf=0000:00:0e.0 vendor=8086 device=9a0b kind="Intel VMD" source="S"\n',
     "platform Intel VMD at 0000:00:0e.0 (8086:9a0b): functions are hidden behind it"),
    ('# hw no_msi part=FADT reason="R" source="S"\n', "platform no MSI: FADT: R (S)"),
    ('# hw bridge_opened sbdf=0000:01:00.0 found=0003 now=0007 source="S"\n',
     "platform bridge 0000:01:00.0: opened for the run, Command 0003 -> 0007"),
    ("# hw bridge_closed sbdf=0000:01:00.0 command=0005\n",
     "platform bridge 0000:01:00.0: closed, Command 0005: nothing passes it"),
    ('# hw no_msi part=FADT reason="R" source="S"\n# run setting msi=on\n',
     "platform no MSI: FADT: R (S) platform --msi on: the ahci owner used INTx, as Linux's does then"),
    ('# hw ioapic_left_out address=fec20000 error="gone"\n', "controllers I/O APIC at fec20000 left out: gone"),
    ('# hw controllers error="absent"\n', "controllers none can be used: absent"),
])
def test_the_head_says_what_firmware_tables_lack(line, said):
    assert said in " ".join(" ".join(lines(WHOLE.replace("# hw step", line + "# hw step", 1))).split())
    assert said.split(":")[0] not in " ".join(" ".join(lines(WHOLE)).split())
