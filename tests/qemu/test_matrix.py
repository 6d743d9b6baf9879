# SPDX-License-Identifier: BSD-2-Clause-Patent
"""The product in QEMU with OVMF, as a user runs it: host/intxlab run, its exit code, its files."""

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DISK = "-drive if=none,id={0},format=raw,file={1},snapshot=on -device ide-hd,drive={0},bus={2}"


@pytest.fixture
def disk(tmp_path):
    """A raw disk whose sectors differ."""
    path = tmp_path / "disk.img"
    path.write_bytes(b"".join(bytes([n % 251]) * 512 for n in range(4096)))
    return path


# What host/known/deviations.toml says of this machine.
ACCESS = [f"access.{path}-upper-{state}" for path in ("ecam", "ports") for state in ("idle", "asserted", "pending")]
DEVIATES = [*ACCESS, "hba.is-latches", "hba.ack-reversed", "hba.reset-deasserts", "msi.off-hands-back"]


class Run:
    def __init__(self, out, options, app=(), timeout=120, env=None):
        self.out = out
        command = [ROOT / "host/intxlab", "run", "--out", out, *options, "--", *app]
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, cwd=ROOT,
                              env={**os.environ, **(env or {})})
        self.code, self.text = done.returncode, done.stdout + done.stderr
        stream = out / "stream.ktap"
        self.stream = stream.read_text() if stream.exists() else ""

    def lines(self, start):
        return [line for line in self.stream.splitlines() if line.startswith(start)]

    def value(self, start, key):
        return re.search(rf"\b{key}=(\S+)", self.lines(start)[0])[1]

    def verdicts(self):
        found = re.findall(r"^(ok|not ok) \d+ (\S+)(?: # (SKIP|ERROR))?", self.stream, re.M)
        return {name: word or ("PASS" if ok == "ok" else "FAIL") for ok, name, word in found}

    def passed(self):
        assert self.code == 0, self.text[-3000:]
        skipped = {name for name, verdict in self.verdicts().items() if verdict == "SKIP"
                   and name != "hazard.neighbour"}
        # ich9-ahci has neither Power Management nor a Function Level Reset; one source, most often on the root bus
        assert skipped <= {"ahci.handoff", "firmware.driver", "firmware.disk", "reset.flr-clears",
                           "reset.d3hot-deasserts", "route.swizzle", "route.bridge-disintx-no-gate"}, skipped
        return self


def test_q35_own_ahci(tmp_path):
    run = Run(tmp_path, []).passed()
    assert run.text.splitlines()[-1] == "verdict: PASS as known (exit 0)"
    said = subprocess.run([os.environ.get("QEMU", "qemu-system-x86_64"), "--version"], capture_output=True, text=True)
    version = json.loads((tmp_path / "results.json").read_text())["versions"]["qemu"]
    assert f"QEMU emulator version {version}" == said.stdout.splitlines()[0] and f"\nQEMU        {version}\n" in run.text
    assert run.value("# hw line ", "gsi") == "16" and run.value("# hw line ", "also") == '"10"'
    assert run.verdicts()["firmware.timer"] == "PASS"
    golden = (ROOT / "tests/golden/check-ids.txt").read_text().split()
    only_with = ("vfio-msi.", "intx-first.", "neighbour.", "share.")
    assert list(run.verdicts()) == [name for name in golden if not name.startswith(only_with)]


def test_files_of_a_run(tmp_path):
    Run(tmp_path, [], ["--sequence", "rebind"]).passed()
    with open(tmp_path / "timeline.tsv", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert list(rows[0]) == ("seq step command status disintx intx_status bus_master msi_enable line irq_count "
                             "eventfd writes expected verdict").split()
    row = next(row for row in rows if row["step"] == "close_dev")
    assert (row["command"], row["writes"], row["line"]) == ("0003", "W=0003 W=0400 W32=00100003", "deasserted")
    row = next(row for row in rows if row["step"] == "assert")
    assert (row["command"], row["disintx"], row["intx_status"], row["irq_count"], row["eventfd"], row["writes"]) == (
        "0407", "1", "1", "1", "1", "W=0407")
    suite = ET.parse(tmp_path / "junit.xml").getroot()
    cases = [case for case in suite.iter("testcase") if case.get("classname") != "claims"]
    assert len(cases) == len(rows) and not list(suite.iter("failure"))
    assert len(list(suite.iter("testcase"))) == len(rows) + 10  # a case a claim
    assert json.loads((tmp_path / "results.json").read_text())


def test_stream_is_ktap_for_others(tmp_path):
    """Perl's TAP::Harness reads the very file."""
    run = Run(tmp_path, [], ["--suite", "mask"]).passed()
    done = subprocess.run(["prove", "--exec", "cat", run.out / "stream.ktap"], capture_output=True, text=True)
    assert done.returncode == 0 and "Result: PASS" in done.stdout, done.stdout + done.stderr


def test_addr_4(tmp_path, disk):
    run = Run(tmp_path, ["--no-disk", "--qemu-arg=-device ich9-ahci,id=a,addr=4",
                         "--qemu-arg=" + DISK.format("d", disk, "a.0")], ["--device", "0000:00:04.0"]).passed()
    assert run.value("# hw line ", "gsi") == "20"


def test_behind_bridges(tmp_path, disk):
    run = Run(tmp_path, ["--no-disk", "--qemu-arg=-device pcie-root-port,id=rp,addr=5,chassis=1",
                         "--qemu-arg=-device pcie-pci-bridge,id=br,bus=rp",
                         "--qemu-arg=-device ich9-ahci,id=a,bus=br,addr=3",
                         "--qemu-arg=" + DISK.format("d", disk, "a.0")], ["--device", "0000:02:03.0"]).passed()
    # INTA of device 3 is INTD behind the bridge, INTD behind the root port (device 0), INTA + 3 on device 5.
    assert run.value("# hw pci ", "bridges") == "2"
    assert run.value("# hw line ", "gsi").isdigit()


@pytest.mark.parametrize("slot, gsi, isa, known", [("1", "23", "11", True), ("9", "21", "10", False)])
def test_behind_an_expander(tmp_path, disk, slot, gsi, isa, known):
    """docs/findings.md, pxb-negative-pin: firmware says 10 of both. Which input follows is computed there."""
    run = Run(tmp_path, ["--no-disk", f"--qemu-arg=-device pxb-pcie,id=px,bus_nr=64,addr={slot}",
                         "--qemu-arg=-device pcie-root-port,id=rp,bus=px", "--qemu-arg=-device ich9-ahci,id=a,bus=rp",
                         "--qemu-arg=" + DISK.format("d", disk, "a.0")], ["--device", "0000:41:00.0"]).passed()
    assert (run.value("# hw line ", "gsi"), run.value("# hw line ", "also")) == (gsi, f'"{isa}"')
    assert run.value("# hw function ", "root") == "0000:40:00.0"
    failed = [name for name, verdict in run.verdicts().items() if verdict == "FAIL"]
    assert failed == DEVIATES + ["route.interrupt-line"] * known
    assert ("docs/findings.md#pxb-negative-pin" in run.text) == known


@pytest.mark.parametrize("device", ["0000:00:1f.2", "0000:00:04.0"])
def test_two_ahci(tmp_path, disk, device):
    Run(tmp_path, ["--qemu-arg=-device ich9-ahci,id=a,addr=4", "--qemu-arg=" + DISK.format("d", disk, "a.0")],
        ["--device", device]).passed()


def test_msi(tmp_path):
    run = Run(tmp_path, [], ["--msi", "on"]).passed()
    assert run.verdicts()["vfio-msi.m_assert"] == run.verdicts()["intx-first.i_vfio_bind"] == "PASS"


def test_masking_at_the_controller(tmp_path):
    Run(tmp_path, [], ["--intx-mask", "controller"]).passed()


def test_neighbour_on_the_line(tmp_path, disk):
    """Slot 25 has GSI 16 as q35's own AHCI: the dirty close of every generation makes a neighbour storm."""
    run = Run(tmp_path, ["--qemu-arg=-device ich9-ahci,id=a,addr=0x19",
                         "--qemu-arg=" + DISK.format("d", disk, "a.0")], ["--neighbour", "0000:00:19.0"])
    failed = [name for name, verdict in run.verdicts().items() if verdict == "FAIL"]
    assert failed == [*DEVIATES, "hazard.neighbour"] and 'observed="neighbour.n_close"' in run.stream, run.text[-2000:]


def test_smp_2(tmp_path):
    Run(tmp_path, ["--qemu-arg=-smp 2"]).passed()


def test_6_gib(tmp_path):
    """DMA memory is below 4 GiB; OVMF would put it there anyway, hence tests/unit/test_firmware_dma.c."""
    run = Run(tmp_path, ["--qemu-arg=-m 6G"]).passed()
    assert run.value("# hw ahci ", "dma64") == "1" and int(run.value("# run handover ", "dma"), 16) < 1 << 32


def test_disk_boot_writes_the_report(tmp_path):
    run = Run(tmp_path, ["--disk-boot"]).passed()
    assert run.value("# run options ", "source") in ("fw-cfg", "file")
    assert (tmp_path / "report.ktap").read_text() == run.stream


def test_no_drive(tmp_path):
    run = Run(tmp_path, ["--no-disk"])
    assert run.code == 77 and run.text.endswith("verdict: UNTESTED (exit 77)\n"), run.text[-2000:]
    assert "what to do: attach a drive to one of its ports" in " ".join(run.text.split())
    verdicts = run.verdicts()
    assert verdicts["release.ahci_unbind"] == verdicts["mask.disintx-writable"] == "PASS"
    assert verdicts["line.probe"] == verdicts["rebind.assert"] == "SKIP"


def test_atapi_drive(tmp_path):
    Run(tmp_path, ["--no-disk", "--qemu-arg=-device ide-cd,bus=ide.0"], ["--skip", "firmware.*"]).passed()


@pytest.mark.parametrize("code, boot", [("secboot", []), ("ms", ["--disk-boot"])])
def test_secure_boot_is_named(tmp_path, code, boot):
    folder = "/usr/share/OVMF/"
    run = Run(tmp_path, ["--machine", "q35,smm=on", *boot], env={
        "OVMF_CODE": f"{folder}OVMF_CODE_4M.{code}.fd", "OVMF_VARS": f"{folder}OVMF_VARS_4M.ms.fd"})
    text = " ".join(run.text.split())
    assert run.code == 2 and "firmware did not start the image: Secure Boot is on (" in text
    assert "a platform key is in its variables" in text and "no end within" not in text


def test_the_same_firmware_without_keys_starts_the_image(tmp_path):
    run = Run(tmp_path, ["--machine", "q35,smm=on"], ["--list"], env={
        "OVMF_CODE": "/usr/share/OVMF/OVMF_CODE_4M.secboot.fd", "OVMF_VARS": "/usr/share/OVMF/OVMF_VARS_4M.fd"})
    assert run.code == 0, run.text[-2000:]


@pytest.mark.parametrize("boot", [[], ["--disk-boot"]])
def test_an_image_that_firmware_cannot_load_is_said_before_the_limit(tmp_path, boot):
    image = tmp_path / "no.efi"
    image.write_bytes(b"MZ" + bytes(4094))
    run = Run(tmp_path / "out", ["--image", image, *boot])
    text = " ".join(run.text.split())
    assert run.code == 2 and "before its first line; firmware went on: EFI Internal Shell" in text, text[-2000:]


def test_no_ahci_is_77(tmp_path):
    run = Run(tmp_path, ["--machine", "q35,sata=off", "--no-disk"])
    assert run.code == 77 and "1..0 # SKIP no function that can be made to interrupt" in run.stream, run.text[-2000:]


def test_a_machine_type_whose_cpu_does_not_name_qemu(tmp_path):
    """Up to 2.8 CPUID says nothing (tcg-cpuid=off): options and exit port are found by SMBIOS's word."""
    run = Run(tmp_path, ["--machine", "pc-q35-2.4"], ["--list"])
    assert run.code == 0 and 'hypervisor=""' in run.stream, run.text[-2000:]
    assert run.value("# run options ", "source") == "fw-cfg"


@pytest.mark.parametrize("machine", ["pc-q35-6.2", "pc-q35-2.6"])
def test_an_older_q35_has_the_disk(tmp_path, machine):
    Run(tmp_path, ["--machine", machine]).passed()


def test_q35_without_its_own_ahci_says_what_to_add(tmp_path):
    without = Run(tmp_path / "without", ["--machine", "q35,sata=off"])
    assert without.code == 77 and "intxlab: q35,sata=off has no AHCI function of its own; to add one" in without.text
    added = re.search(r"--qemu-arg='(.*)'", without.text)[1]
    run = Run(tmp_path / "with", ["--machine", "q35,sata=off", f"--qemu-arg={added}"]).passed()
    assert "has no AHCI function" not in run.text


def test_machine_pc_has_no_ecam(tmp_path, disk):
    """Not even with an AHCI function, and it is said before the application says it."""
    added = ["--qemu-arg=-device ich9-ahci,id=a", "--qemu-arg=" + DISK.format("d", disk, "a.0")]
    run = Run(tmp_path, ["--machine", "pc", *added])
    assert "intxlab: pc has no ECAM, which the application needs: --machine q35" in run.text
    assert run.code == 2 and len(run.lines("# run stop ")) == 1
    assert "no ACPI MCFG table" in run.stream


@pytest.mark.parametrize("app, reason", [
    (["--nosuch"], "unknown option"),
    (["--bare", "--end", "return"], "--bare cannot return to firmware: --end reset or off"),
    (["--check", "nothing.*"], "matches nothing"),
    (["--device", "0000:00:09.0"], "functions that can be tested: 0000:00:1f.2"),
])
def test_wrong_option_is_2(tmp_path, app, reason):
    run = Run(tmp_path, [], app)
    assert run.code == 2 and len(run.lines("# run stop ")) == 1 and reason in run.stream
    assert "# hw ahci" not in run.stream


def test_qemu_killed_is_3(tmp_path):
    command = [ROOT / "host/intxlab", "run", "--image", ROOT / "build/x86_64/test-hang.efi", "--out", tmp_path]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT)
    for line in process.stdout:
        if "leave" in line or "mask." in line:
            break
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    for child in children:
        if "qemu" in Path(f"/proc/{child}/comm").read_text():
            os.kill(int(child), signal.SIGKILL)
    rest = process.stdout.read()
    assert process.wait(timeout=60) == 3, rest
    assert ET.parse(tmp_path / "junit.xml")


def test_real_hang_is_124_and_named(tmp_path):
    run = Run(tmp_path, ["--image", "build/x86_64/test-hang.efi", "--timeout", "40"], ["--check", "hang.*"])
    assert run.code == 124 and "hang.halts" in run.text
    assert "hang.halts" in (tmp_path / "results.json").read_text()
    errors = [case.get("name") for case in ET.parse(tmp_path / "junit.xml").getroot().iter("testcase")
              if case.find("error") is not None]
    assert "halts" in errors


def test_a_hang_leaves_this_run_begun_on_the_stick(tmp_path):
    run = Run(tmp_path, ["--disk-boot", "--image", "build/x86_64/test-hang.efi", "--timeout", "40"],
              ["--check", "hang.*"])
    assert run.code == 124
    report = (tmp_path / "report.ktap").read_text()
    assert report.startswith("KTAP version 1") and report.rstrip().endswith("# run report state=begun")


def test_exceptions_come_back_to_the_runner(tmp_path):
    run = Run(tmp_path, ["--image", "build/x86_64/test-fault.efi"], ["--suite", "fault"])
    assert run.code == 1
    assert run.verdicts() == {"fault.breakpoint": "ERROR", "fault.undefined-opcode": "ERROR",
                              "fault.page": "ERROR", "fault.panic": "ERROR", "fault.boot-service": "SKIP",
                              "fault.lives-on": "PASS"}
    seen = [(re.search(r"check=(\S+) vector=(\d+)", line).groups()) for line in run.lines("# hw exception ")]
    assert ("fault.undefined-opcode", "6") in seen and ("fault.page", "14") in seen
    page = next(line for line in run.lines("# hw exception ") if "fault.page" in line)
    assert "cr2=00007ffffffff000" in page and "error_code=2" in page


def test_exception_in_a_step_ends_the_sequence_and_firmware_lives(tmp_path):
    run = Run(tmp_path, ["--image", "build/x86_64/test-fault.efi"], ["--skip", "fault.p*"])
    assert run.code == 1
    assert run.verdicts()["firmware.machine"] == run.verdicts()["firmware.timer"] == "PASS"


def test_witness_agrees(tmp_path):
    run = Run(tmp_path, ["--witness"], ["--sequence", "rebind"], timeout=300).passed()
    assert "witness" in run.text
    assert json.loads((tmp_path / "results.json").read_text())["witness"]["agrees"] is True


def in_shell(tmp_path, image, options, *disk):
    """What the serial port shows of a shell that runs the image, with a disk of firmware's own behind the function."""
    proof, stick = tmp_path / "proof.img", tmp_path / "stick.img"
    subprocess.run(["mkfs.vfat", "-C", proof, "8192"], check=True, capture_output=True)
    (tmp_path / "proof.txt").write_text("read through firmware\n")
    subprocess.run(["mcopy", "-i", proof, tmp_path / "proof.txt", "::proof.txt"], check=True)
    subprocess.run(["mkfs.vfat", "-C", stick, "16384"], check=True, capture_output=True)
    (tmp_path / "startup.nsh").write_text(
        "@echo -off\r\nmap -r\r\nfor %i in 0 1 2 3\r\n  if exist fs%i:\\intxlab.efi then\r\n    fs%i:\r\n  endif\r\nendfor\r\n"
        f"intxlab.efi {options}\r\necho status %lasterror%\r\nmap -r\r\nfor %i in 0 1 2 3\r\n"
        "  if exist fs%i:\\proof.txt then\r\n    type fs%i:\\proof.txt\r\n  endif\r\nendfor\r\nreset -s\r\n")
    for source, name in ((ROOT / image, "intxlab.efi"), (tmp_path / "startup.nsh", "startup.nsh")):
        subprocess.run(["mcopy", "-i", stick, source, f"::{name}"], check=True)
    shutil.copy("/usr/share/OVMF/OVMF_VARS_4M.fd", tmp_path / "vars.fd")
    serial = tmp_path / "serial.txt"
    qemu = ["qemu-system-x86_64", "-machine", "q35", "-accel", "tcg", "-m", "256", "-nodefaults", "-display", "none",
            "-no-reboot", "-drive", "if=pflash,unit=0,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd",
            "-drive", f"if=pflash,unit=1,format=raw,file={tmp_path}/vars.fd", "-serial", f"file:{serial}",
            "-drive", f"if=none,id=p,format=raw,file={proof}", "-device", *(disk or ["ide-hd,drive=p,bus=ide.0"]),
            "-drive", f"if=none,id=s,format=raw,file={stick}", "-device", "virtio-blk-pci,drive=s"]
    done = subprocess.run(qemu, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    return serial.read_text(errors="replace")


def test_shell_prompt_and_a_file_read_through_firmware(tmp_path):
    """The shell runs the app, gets its status and its prompt back, and reads a file on the disk under test.

    Of the checks those whose names have a .d: none that QEMU is known to fail, so that the shell's status is 0."""
    text = in_shell(tmp_path, "build/x86_64/intxlab.efi", "--end return --check *.d*")
    assert "verdict=PASS" in text and "source=load-options" in text, text[-3000:]
    assert re.search(r"status 0(x0)?\b", text), text[-1500:]
    assert re.search(r"^ok \d+ firmware.driver\r?$", text, re.M), "firmware's driver is not back"
    assert re.search(r"^ok \d+ firmware.disk\r?$", text, re.M), "firmware does not read what READ DMA EXT read"
    assert "read through firmware" in text, text[-1500:]
    report = subprocess.run(["mtype", "-i", tmp_path / "stick.img", "::intxlab/report.ktap"], capture_output=True, text=True)
    assert report.stdout.rstrip().splitlines()[-1].startswith("# run end ")


@pytest.mark.parametrize("what", ["machine", "timer"])
def test_what_is_not_given_back_is_a_fail(tmp_path, what):
    run = Run(tmp_path, ["--image", "build/x86_64/test-spoil.efi"], ["--check", f"line.probe,spoil.{what},firmware.*"])
    assert run.code == 1
    failed = {name for name, verdict in run.verdicts().items() if verdict == "FAIL"}
    assert f"firmware.{what}" in failed and failed <= {"firmware.machine", "firmware.timer"}


def test_a_disk_that_reads_otherwise_is_a_fail(tmp_path):
    text = in_shell(tmp_path, "build/x86_64/test-spoil.efi", "--check ahci.drive,spoil.disk,firmware.*")
    assert re.search(r"^not ok \d+ firmware.disk\r?$", text, re.M), text[-2000:]
    assert re.search(r"^ok \d+ firmware.machine\r?$", text, re.M), text[-2000:]


def test_a_cpu_with_x2apic_where_qemu_has_one(tmp_path):
    """Firmware chooses the mode; the run is the same in both. TCG until QEMU 8 has none and says so."""
    run = Run(tmp_path, ["--qemu-arg=-cpu max,+x2apic"]).passed()
    lacking = "x2apic" in (tmp_path / "qemu.log").read_text()
    assert run.value("# hw irqc ", "mode") in (("xapic",) if lacking else ("xapic", "x2apic"))
