# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Machines that people reported: each is simulated, and named for what it is."""

import re

import pytest

from simulated import CANNOT, FAIL, PASS, SKIP, run


def fields(line):
    return dict(re.findall(r' ([a-z0-9_]+)=("[^"]*"|\S+)', line))


def test_a_function_that_is_not_ready_is_waited_for_and_never_a_function():
    """PCIe Base 6.0 sec 2.3.2 and 6.6.1: vendor 0001h, device FFFFh for up to 1.0 s from the reset."""
    seen = run("--machine", "not-ready", app=["--survey"])
    assert seen.code == PASS
    slow, dead = (fields(line) for line in seen.lines("# hw retry_status "))
    assert (slow["sbdf"], slow["state"]) == ("0000:00:04.0", "ready")
    assert (dead["sbdf"], dead["state"]) == ("0000:00:05.0", "not-ready")
    assert 250_000 < int(slow["waited_us"]) < 300_000, "it began 300 ms before it was ready"
    assert 1_000_000 <= int(slow["waited_us"]) + int(dead["waited_us"]) < 1_000_100, "one second for both"
    there = {fields(line)["sbdf"]: fields(line)["vendor"] for line in seen.lines("# hw function ")}
    assert there["0000:00:04.0"] == "14e4" and "0000:00:05.0" not in there and "0001" not in there.values()
    assert run("--machine", "not-ready").code == PASS


def test_a_function_that_is_not_ready_is_so_called_when_it_is_named():
    seen = run("--machine", "not-ready", app=["--device", "00:05.0"])
    assert seen.code == CANNOT and not seen.verdicts
    assert seen.lines("# run stop ") == ['# run stop reason="--device 0000:00:05.0: not ready: it answered Request '
                                         'Retry Status for 1000 ms"']


def test_two_allocations_of_a_segment_are_each_used_for_their_buses():
    """The simulated seam ends the run at an access to a bus that no ECAM covers."""
    seen = run("--machine", "split-ecam")
    assert seen.code == PASS, seen.text[-2000:] + seen.stderr
    assert "# hw function sbdf=0000:21:05.0 " in seen.text
    assert seen.lines("# hw beyond_ecam ") == ["# hw beyond_ecam sbdf=0000:00:03.0 secondary=10 subordinate=10 from=10"]
    assert "bridges=3 bridges_not_followed=1 " in seen.text


@pytest.mark.parametrize("app", [[], ["--survey"]])
def test_no_access_beyond_the_end_of_ecam(app):
    seen = run("--machine", "short-ecam", app=app)
    assert seen.code == PASS, seen.text[-2000:] + seen.stderr
    assert seen.lines("# hw beyond_ecam ") == ["# hw beyond_ecam sbdf=0000:00:02.0 secondary=11 subordinate=12 from=12",
                                               "# hw beyond_ecam sbdf=0000:11:00.0 secondary=12 subordinate=12 from=12"]
    assert "bridges=2 bridges_not_followed=1 " in seen.text


def test_raid_mode_is_named_as_what_it_is_and_not_taken_unasked():
    seen = run("--machine", "raid")
    assert seen.code == SKIP and not seen.verdicts
    assert seen.lines("# run stop ") == [
        '# run stop reason="no function that can be made to interrupt in 6 functions found; '
        '0000:00:1f.2 is a controller in RAID mode (class '
        '010400, 8086:2822): --device 0000:00:1f.2 takes it if AHCI registers are behind its BAR 5"']


@pytest.mark.parametrize("command", ["0007", "0400"], ids=["decoded", "decode off"])
def test_raid_mode_is_taken_when_it_is_named(command):
    """Linux's ahci_pci_tbl has 8086:2822; here CAP, PI and VS decide."""
    seen = run("--machine", "raid", "--command", command, app=["--device", "00:1f.2"])
    assert seen.code == PASS, seen.text[-2000:]
    assert f"class=010400 revision=02 pin=A interrupt_line=0a command={command}" in seen.text
    assert seen.verdicts["rebind.assert"] == seen.verdicts["leave.function"] == "PASS"


@pytest.mark.parametrize("command", ["0007", "0400"])
@pytest.mark.parametrize("fault", ["ahci.pi-reads-0", "ahci.pi-beyond-np"])
def test_raid_mode_without_an_hba_is_refused(fault, command):
    seen = run("--machine", "raid", "--fault", fault, "--command", command, app=["--device", "00:1f.2"])
    assert seen.code == CANNOT and not seen.verdicts
    assert ("class 010400, 8086:2822, is no kind that can be made to interrupt here: RAID mode, and CAP, PI and VS behind "
            "BAR 5 are no HBA's;") in seen.text


def test_raid_mode_may_be_the_neighbour():
    seen = run("--machine", "raid", app=["--device", "00:1a.0", "--neighbour", "00:1f.2", "--suite", "share"])
    assert seen.code == PASS and "# hw neighbour same_line=1" in seen.text


def test_an_input_that_follows_is_evidence_against_interrupt_pin_0():
    seen = run("--fault", "cfg.interrupt-pin-0")
    assert seen.of("FAIL") == {"route.interrupt-pin"} and not seen.of("ERROR")
    assert 'what="Interrupt Pin of a function that an input follows" expected="1 to 4" observed="0"' in seen.text
    assert "# hw line gsi=16 " in seen.text
    assert {"line.probe", "mask.disintx-stops-level", "rebind.assert"} <= seen.of("SKIP")


def test_a_function_without_intx_is_looked_at_and_nothing_is_claimed_of_it():
    seen = run("--machine", "no-pin")
    assert seen.code == SKIP and "verdict=UNTESTED" in seen.text and not seen.of("FAIL") | seen.of("ERROR")
    assert "route.interrupt-pin # SKIP Interrupt Pin is 0, and no input follows: the function has no INTx" in seen.text
    assert "# hw line gsi=UNKNOWN looked_at=12 " in seen.text
    assert {"line.probe", "mask.disintx-stops-level", "rebind.assert"} <= seen.of("SKIP")


@pytest.mark.parametrize("app", [[], ["--msi", "on"]], ids=["", "msi"])
def test_msix_that_firmware_left_on_is_switched_off_told_and_restored(app):
    """PCI 3.0 sec 6.8.2.3: while it is on, the function may not use INTx."""
    seen = run("--machine", "msix-on", app=[*app, "--device", "00:1f.2", "--verbose"])
    honest = run(app=app)
    assert not seen.of("FAIL") - honest.of("FAIL") and not seen.of("ERROR"), seen.text[-2000:]
    assert seen.lines("# hw left_on ") == ["# hw left_on sbdf=0000:00:1f.2 what=MSI-X found=8000 now=0000"]
    assert seen.of("SKIP") - honest.of("SKIP") == {"reset.flr-clears"}
    assert 'what="Message Control of MSI-X as firmware had it" observed="8000"' in seen.text
    assert " msi=0080 msix=0000 " in seen.lines("# hw registers check=cmd.")[0]
    both = run("--machine", "msix-on", app=["--device", "00:1f.2", "--neighbour", "00:19.0", "--suite", "share,leave"])
    assert both.code == PASS and "sbdf=0000:00:19.0 what=MSI-X found=8000 now=0000" in both.text
    assert not honest.lines("# hw left_on ")


@pytest.mark.parametrize("machine, app", [("q35", []), ("edu", ["--device", "00:05.0"])])
def test_one_eoi_for_two_entries_and_what_is_left_of_it_is_cleared(machine, app):
    seen = run("--machine", machine, "--fault", "ioapic.eoi-clears-one", app=app)
    assert seen.of("FAIL") == {"controller.eoi-ends-both"} and not seen.of("ERROR")
    assert 'what="entries with remote IRR 1 after one EOI" expected="0" observed="1"' in seen.text


@pytest.mark.parametrize("machine", ["q35", "behind-bridge", "atapi", "two-ioapics"])
def test_a_rise_in_the_eoi_is_lost_to_nobody_else(machine):
    """An edu rises before its EOI or behind it, so the fault does nothing to it."""
    seen = run("--machine", machine, "--fault", "ioapic.eoi-loses-rise")
    assert seen.of("FAIL") == {"interleave.rise-around-eoi"} and not seen.of("ERROR")


def test_with_interrupt_remapping_left_on_no_delivery_is_judged():
    """Intel VT-d 4.1, GSTS.IRES = 1 and CFIS = 0: an RTE or an MSI of the plain format ends at the unit."""
    seen = run("--machine", "remapping", app=["--msi", "on"])
    assert seen.code == SKIP and "verdict=UNTESTED" in seen.text and not seen.of("FAIL") | seen.of("ERROR")
    assert seen.lines("# hw remapping ") == ["# hw remapping unit=fed90000 gsts=00000000",
                                             "# hw remapping unit=fed91000 gsts=07000000"]
    assert {"mask.disintx-writable", "vfio-msi.m_msi_enable", "release.ahci_unbind"} <= seen.of("PASS")


def test_interrupt_remapping_that_is_off_or_cannot_be_asked_changes_nothing():
    seen = run("--machine", "remapping-off")
    assert seen.code == PASS and seen.verdicts == run().verdicts
    assert seen.lines("# hw remapping ") == ["# hw remapping unit=fed90000 gsts=05000000",
                                             "# hw remapping unit=fed91000 gsts=ffffffff"]


def test_a_root_port_that_is_the_first_function_is_on_the_way_of_the_line():
    """No host bridge as a function: PCI 3.0 asks for none, and boards exist whose 00:00.0 is the root port."""
    seen = run("--machine", "port-first")
    assert seen.code == PASS and seen.of("SKIP") == run("--machine", "behind-bridge").of("SKIP")
    assert seen.lines("# hw route ") == ['# hw route sbdf=0000:02:05.0 pin=A path="0000:01:00.0 0000:00:00.0" '
                                         'root=0000:00:00.0 root_pin=B gsi=21']


TABLES = [
    ("madt-checksum", ['name=APIC offset=9 length=1 remark="the checksum is wrong; the table is used"']),
    ("madt-tail", ['name=APIC offset=120 length=2 remark="zero bytes are no entry: left out"']),
    ("madt-odd", ['name=APIC offset=52 length=12 remark="an I/O APIC at address 0: left out"',
                  'name=APIC offset=64 length=8 remark="an entry shorter than its type: left out"',
                  'name=APIC offset=72 length=10 remark="an override with a reserved polarity or trigger: left out"',
                  'name=APIC offset=82 length=10 remark="an entry of length 0 or 1: left out"',
                  'name=APIC offset=184 length=2 remark="an entry that does not end in the table: left out"']),
    ("mcfg-tail", ['name=MCFG offset=60 length=2 remark="bytes behind the last whole entry are left out"']),
]


@pytest.mark.parametrize("machine, remarks", TABLES, ids=[row[0] for row in TABLES])
def test_a_table_that_linux_would_use_is_used_and_what_is_wrong_is_said(machine, remarks):
    """acpi_ut_verify_checksum() warns; acpi_parse_entries_array() and pci_parse_mcfg() take whole entries."""
    seen = run("--machine", machine)
    assert seen.lines("# hw table ") == [f"# hw table {remark}" for remark in remarks]
    assert seen.code == PASS and seen.verdicts["line.one-per-event"] == "PASS", seen.text[-2000:]
    assert "# hw line gsi=16 " in seen.text, "an interrupt was delivered"
    honest = run()
    assert seen.verdicts == honest.verdicts and not honest.lines("# hw table ")


def test_an_io_apic_that_cannot_be_is_left_out_and_the_other_used():
    seen = run("--machine", "madt-odd")
    assert seen.lines("# hw ioapic_left_out ") == ['# hw ioapic_left_out address=fec20000 error="gone"',
                                                   '# hw ioapic_left_out address=fec00000 error="invalid"']
    assert len(seen.lines("# hw ioapic ")) == 3 and seen.verdicts["controller.mask-in-handler"] == "PASS"


def test_more_controllers_than_sixteen():
    seen = run("--machine", "many-ioapics")
    assert seen.code == PASS and len(seen.lines("# hw ioapic ")) == 20 and not seen.lines("# hw table ")
    assert " looked_at=188 " in seen.lines("# hw line gsi=28 ")[0], "24 + 32 - 12 (of the first) + 18 of 8 inputs"


def test_without_a_controller_the_first_question_is_not_put():
    seen = run("--machine", "no-ioapic")
    assert seen.code == SKIP and "verdict=UNTESTED" in seen.text and '# hw controllers error="absent"' in seen.text


@pytest.mark.parametrize("app", [[], ["--msi", "on"]], ids=["", "msi"])
def test_port_enables_that_a_reset_clears_are_put_back(app):
    """ICH8M (8086:2829): Linux's ahci_intel_pcs_quirk() stands behind every GHC.HR."""
    seen, honest = run("--machine", "pcs-cleared", app=app), run(app=app)
    assert seen.lines("# hw port_enables ") == ["# hw port_enables found=003f after_reset=0000 now=003f "
                                                'source="Linux drivers/ata/ahci.c, ahci_intel_pcs_quirk()"']
    assert seen.verdicts == honest.verdicts and not honest.lines("# hw port_enables ")
    assert seen.verdicts["line.one-per-event"] == seen.verdicts["hba.reset-clears"] == "PASS"


def test_a_drive_that_our_reset_lost_is_no_empty_port():
    seen = run("--machine", "pcs-unlisted")
    assert seen.code == FAIL and "verdict=ERROR" in seen.text and not seen.of("FAIL")
    assert ("ahci.drive # ERROR port 0: a device was there (PxSSTS.DET = 3), and after GHC.HR none is: "
            "our reset lost it") in seen.text
    assert "line.probe # ERROR our own reset lost the drive (see ahci.drive)" in seen.text
    assert "is empty" not in seen.text and seen.of("SKIP") == {"ahci.handoff", "hazard.neighbour"}
    assert 'advice="look at the checks that are ERROR' in seen.lines("# run claim id=interrupts ")[0]
    assert not seen.lines("# hw port_enables ")


def test_dma_memory_is_where_every_hba_reaches_it():
    """JMB58x, ASM1061, SB600: CAP.S64A is 1 and a lie. efi/ asks for memory below 4 GiB (test_firmware_dma.c)."""
    seen = run("--machine", "half-dma")
    assert seen.verdicts == run().verdicts and " dma64=1\n" in seen.text
    above = run("--machine", "half-dma", "--dma-base", "0x140000000")
    assert above.code == FAIL or "verdict=UNTESTED" in above.text, "what would be written elsewhere"
    assert above.verdicts["line.probe"] != "PASS"


# A minute of machine time in pauses of 1 us takes 10 s of ours; in pauses of 20 us the same is seen.
PATIENT = ("--relax-ns", "20000")
TOLD = "# hw reset_wait "


@pytest.mark.parametrize("machine, after, times, how", [
    ("flr-300ms", "a Function Level Reset", (300_000, 320_000), "all_ones"),
    ("flr-2s", "a Function Level Reset", (2_000_000, 2_020_000), "retried"),
    ("flr-40s", "a Function Level Reset", (40_000_000, 40_020_000), "all_ones"),
    ("d3-20ms", "D3hot to D0", (20_000, 30_000), "all_ones"),
    ("d3-20ms-reset", "D3hot to D0", (20_000, 30_000), "all_ones"),
    ("d3-shown", "D3hot to D0", (20_000, 30_000), "asleep")])
def test_a_function_that_is_slow_after_a_reset_is_waited_for(machine, after, times, how):
    """PCIe Base 6.0 sec 6.6.2, 2.3.1; Linux pci_dev_wait(): all-ones and Request Retry Status, for up to 60 s."""
    seen = run("--machine", machine, *(PATIENT if times[1] > 1_000_000 else ()))
    assert seen.code == PASS and seen.verdicts == run().verdicts, seen.text[-2000:] + seen.stderr
    told = [fields(line) for line in seen.lines(TOLD)]
    waited = next(line for line in told if line["after"] == f'"{after}"' and line["state"] == "ready")
    assert times[0] <= int(waited["waited_us"]) <= times[1]
    assert [name for name in ("all_ones", "retried", "asleep") if waited[name] == "1"] == [how]
    assert [line["state"] for line in told].count("waiting") == (times[1] > 1_000_000)
    assert not seen.lines("# hw put_back ") and "# run dma state=freed " in seen.text


def test_an_honest_function_is_ready_when_its_time_is_over():
    assert [fields(line)["waited_us"] for line in run().lines(TOLD)] == ["100000", "10000"]


@pytest.mark.parametrize("machine, check, why", [
    ("flr-never", "reset.flr-clears", "reads all-ones 60 s after a Function Level Reset"),
    ("flr-retries-on", "reset.flr-clears", "answers Request Retry Status 60 s after a Function Level Reset"),
    ("d3-never", "reset.d3hot-deasserts", "is not in D0 60 s after D3hot to D0")])
def test_a_function_that_never_comes_back_is_an_error_and_its_memory_is_kept(machine, check, why):
    seen = run("--machine", machine, *PATIENT)
    assert seen.code == FAIL and "verdict=ERROR" in seen.text and not seen.of("FAIL"), seen.stderr
    assert f"{check} # ERROR gone: the function {why}\n" in seen.text
    behind = list(seen.verdicts)[list(seen.verdicts).index(check) + 1:]
    assert {seen.verdicts[name] for name in behind} == {"ERROR"}
    assert f"leave.function # ERROR gone: the function does not answer since {check}\n" in seen.text
    assert "# run dma state=kept reason=\"the function does not " in seen.text
    state = fields(seen.lines("# hw put_back ")[0])
    assert state["state"] == ("asleep" if machine == "d3-never" else "gone")
    if machine == "d3-never":  # configuration space answers: DisINTx is put back, Bus Master stays off
        assert (state["command"], state["command_found"]) == ("0003", "0007")


@pytest.mark.parametrize("machine, check, registers", [
    ("flr-late", "reset.flr-clears", "4"), ("d3-late", "reset.d3hot-deasserts", "0")])
def test_a_function_that_comes_back_when_nobody_waits_any_more_is_put_back(machine, check, registers):
    """Behind D3hot its ports still run, as nothing was reset: they are stopped before the memory is freed."""
    seen = run("--machine", machine, *PATIENT)
    assert seen.code == FAIL and seen.verdicts[check] == "ERROR" and not seen.of("FAIL")
    state = fields(seen.lines("# hw put_back ")[0])
    assert (state["state"], state["registers"], state["failed"], state["device"]) == ("back", registers, "0", '"ok"')
    assert state["command"] == state["command_found"] == "0007"
    assert "# run dma state=freed " in seen.text and "other than found" not in seen.stderr


@pytest.mark.parametrize("at", [900, 3000, 20000, 60000, 80000, 95000, 104000])
@pytest.mark.parametrize("machine", ["q35", "express", "pcs-cleared", "slow-ae", "running-port"])
def test_a_function_that_leaves_and_comes_back_is_put_back(machine, at):
    """Its link went down for 10 us and it was reset: BARs, Interrupt Line, Command, all of what a reset takes."""
    seen = run("--machine", machine, "--vanish", str(at), "--back-us", "10")
    assert "other than found" not in seen.stderr, seen.stderr
    assert seen.code in (FAIL, CANNOT) and "verdict=PASS" not in seen.text
    for line in seen.lines("# hw put_back "):
        state = fields(line)
        assert state["failed"] == "0" and state["command"] == state["command_found"] == "0007"


def test_what_a_reset_killed_is_that_checks_failure_and_nobody_elses():
    """AMD's FCH with an id that is on no list: no FIS passes any more, and the signature never comes."""
    seen = run("--machine", "flr-mute", *PATIENT)
    assert seen.of("FAIL") == {"reset.flr-clears"} and seen.code == FAIL
    assert seen.lines("# hw lost ") == ["# hw lost sbdf=0000:00:1f.2 check=reset.flr-clears"]
    assert "rebind.assert # ERROR our own reset lost the device (see reset.flr-clears)\n" in seen.text
    assert seen.verdicts["leave.function"] == "PASS" and "# run dma state=freed " in seen.text


@pytest.mark.parametrize("fault, check", [
    ("reset.flr-breaks-fis", "reset.flr-clears"), ("reset.flr-kills-intx", "reset.flr-clears"),
    ("reset.d3-breaks-fis", "reset.d3hot-deasserts")])
def test_no_later_check_takes_the_blame_for_a_reset(fault, check):
    seen = run("--fault", fault)
    assert seen.of("FAIL") == {check}
    behind = list(seen.verdicts)[list(seen.verdicts).index(check) + 1:]
    blamed = [line for line in seen.text.splitlines() if line.startswith("not ok ") and " # ERROR " in line]
    assert blamed and all(line.endswith(f" # ERROR our own reset lost the device (see {check})") for line in blamed)
    assert {seen.verdicts[name] for name in behind} <= {"PASS", "SKIP", "ERROR"}


def test_a_function_that_linux_gives_no_function_level_reset_gets_none():
    """1022:7901: Linux v6.3, quirk_no_flr(). The drives would be dead behind it."""
    seen, honest = run("--machine", "amd-fch"), run()
    assert seen.code == PASS and seen.of("SKIP") - honest.of("SKIP") == {"reset.flr-clears"}
    assert ("reset.flr-clears # SKIP this function does not survive it: Linux drivers/pci/quirks.c, quirk_no_flr()\n"
            in seen.text)
    assert " kind=no-flr " in seen.text and len(seen.lines(TOLD)) == 1


def test_an_hba_whose_registers_read_all_ones_in_its_reset_is_not_gone():
    seen = run("--machine", "hr-all-ones")
    assert seen.code == PASS and seen.verdicts == run().verdicts


@pytest.mark.parametrize("fault, reason", [
    ("ahci.port-never-stops", "an engine of the device does not stop"),
    ("ahci.receive-never-stops", "an engine of the device does not stop"),
    ("cmd.master-sticks", "Bus Master cannot be switched off")])
def test_memory_that_a_device_may_still_reach_is_kept(fault, reason):
    """The simulated machine ends the run if memory is freed under a port that runs, or mastered into behind it."""
    seen = run("--fault", fault)
    assert f'# run dma state=kept reason="{reason}"\n' in seen.text
    if fault != "cmd.master-sticks":
        assert 'what="Command as firmware had it" expected="0007" observed="0003"' in seen.text, "Bus Master stays off"
