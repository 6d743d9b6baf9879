# SPDX-License-Identifier: BSD-2-Clause-Patent
"""--bare: firmware left for good, and the ways out that --end names."""

import json
import re
import subprocess

import pytest
from test_matrix import ROOT, Run

OVMF = "/usr/share/OVMF/OVMF_{}_4M.fd"


def verdicts(run):
    return {name: verdict for name, verdict in run.verdicts().items() if not name.startswith("firmware.")}


def steps(run):
    """What every step did, but for how long it took."""
    return [re.sub(r" us=\d+", "", line) for line in run.lines(("# hw step ", "# model step ", "# hw line "))]


def firmware(run):
    return {name.split(".")[1]: verdict for name, verdict in run.verdicts().items() if name.startswith("firmware.")}


@pytest.mark.parametrize("options, app", [([], []), (["--qemu-arg=-smp 2"], ["--msi", "on"])])
def test_bare_is_judged_as_borrowed(tmp_path, options, app):
    borrowed, bare = (Run(tmp_path / name, options, [*app, *words])
                      for name, words in (("borrowed", []), ("bare", ["--bare"])))
    assert (bare.code, borrowed.code) == (0, 0), bare.text[-3000:]
    assert (bare.value("# run intxlab ", "mode"), borrowed.value("# run intxlab ", "mode")) == ("bare", "borrowed")
    assert verdicts(bare) == verdicts(borrowed) and len(verdicts(bare)) > 100
    assert steps(bare) == steps(borrowed) and len(steps(bare)) > 40
    assert verdicts(bare)["leave.function"] == "PASS"
    assert firmware(bare) == dict.fromkeys(firmware(borrowed), "SKIP") and firmware(bare)
    assert bare.stream.count("# SKIP --bare: firmware is gone") == len(firmware(bare))
    assert "# run report state=none reason=\"--bare: firmware's file system is gone\"" in bare.stream
    assert not bare.lines("# run returned ") and borrowed.lines("# run returned ")


def test_segments_and_traps_are_our_own(tmp_path):
    run = Run(tmp_path, [], ["--bare", "--sequence", "rebind"])
    assert run.code == 0, run.text[-3000:]
    base = int(run.value("# run image ", "base"), 16)
    image = range(base, base + int(run.value("# run image ", "bytes")))
    assert int(run.value("# run bare ", "gdt"), 16) in image and int(run.value("# run bare ", "idt"), 16) in image
    assert run.value("# run bare ", "tries") in ("1", "2", "3", "4")


def test_from_a_stick_the_file_holds_the_beginning(tmp_path):
    run = Run(tmp_path, ["--disk-boot"], ["--bare", "--sequence", "rebind"])
    assert run.code == 0, run.text[-3000:]
    report = (tmp_path / "report.ktap").read_text()
    assert run.stream.startswith(report) and report.endswith("# run report state=begun\n")


def test_witness_agrees_with_a_bare_run(tmp_path):
    run = Run(tmp_path, ["--witness"], ["--bare", "--sequence", "rebind"], timeout=300)
    assert run.code == 0, run.text[-3000:]
    assert json.loads((tmp_path / "results.json").read_text())["witness"]["agrees"] is True


def test_exceptions_stay_contained_and_no_boot_service_is_left(tmp_path):
    run = Run(tmp_path, ["--image", "build/x86_64/test-fault.efi"], ["--bare", "--suite", "fault"])
    assert run.code == 1
    assert run.verdicts() == {"fault.breakpoint": "ERROR", "fault.undefined-opcode": "ERROR",
                              "fault.page": "ERROR", "fault.panic": "ERROR", "fault.boot-service": "ERROR",
                              "fault.lives-on": "PASS"}
    seen = dict(re.search(r"check=(\S+) vector=(\d+)", line).groups() for line in run.lines("# hw exception "))
    assert (seen["fault.page"], seen["fault.boot-service"]) == ("14", "6")


def test_a_stale_key_is_read_again(tmp_path):
    run = Run(tmp_path, ["--image", "build/x86_64/test-stale.efi"], ["--bare", "--suite", "once"])
    assert run.code == 0 and run.verdicts() == {"once.left": "PASS"}, run.text[-2000:]
    assert run.value("# run bare ", "tries") == "2"


def test_a_firmware_that_refuses_is_left_all_the_same(tmp_path):
    """After the first try no boot service may be called: no report, no driver back, one clear line."""
    run = Run(tmp_path, ["--image", "build/x86_64/test-stale.efi", "--disk-boot"], ["--bare", "--suite", "always"])
    assert run.code == 2 and not run.verdicts()
    assert "reason=\"--bare: ExitBootServices refuses 4 times: invalid\"" in run.stream, run.stream[-1000:]
    assert not run.lines("# run returned ") and "state=none reason=\"--bare:" in run.stream


def qemu(folder, app, *more):
    """Without the port that ends QEMU, unless more brings it. QMP says in the end why QEMU ended."""
    (folder / "vars.fd").write_bytes(open(OVMF.format("VARS"), "rb").read())
    command = ["qemu-system-x86_64", "-machine", "q35", "-accel", "tcg", "-m", "256", "-nodefaults", "-display", "none",
               "-vga", "std", "-no-reboot", "-boot", "menu=on,splash-time=0", "-qmp", "stdio",
               "-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={OVMF.format('CODE')}",
               "-drive", f"if=pflash,unit=1,format=raw,file={folder}/vars.fd",
               "-kernel", str(ROOT / "build/x86_64/intxlab.efi"),
               "-fw_cfg", f"name=opt/org.intxlab/options,string={app}", *more]
    done = subprocess.run(command, input='{"execute": "qmp_capabilities"}\n', capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("bare", ["--bare ", ""])
@pytest.mark.parametrize("end, reason", [("off", "guest-shutdown"), ("reset", "guest-reset")])
def test_end_without_an_exit_port(tmp_path, bare, end, reason):
    code, said = qemu(tmp_path, f"{bare}--sequence enable --end {end}", "-serial", f"file:{tmp_path}/serial.txt")
    text = (tmp_path / "serial.txt").read_text(errors="replace")
    assert code == 0 and f'"reason": "{reason}"' in said, said + text[-2000:]
    assert f"mode={'bare' if bare else 'borrowed'}" in text and "# run end " in text.splitlines()[-1], text[-2000:]


def test_bare_resets_unless_told_otherwise(tmp_path):
    code, said = qemu(tmp_path, "--bare --sequence enable", "-serial", f"file:{tmp_path}/serial.txt")
    assert code == 0 and '"reason": "guest-reset"' in said, said


def test_bare_without_a_uart_leaves_firmware_alone(tmp_path):
    """Nobody would hear of the run: exit port value 13h, could not run."""
    code, said = qemu(tmp_path, "--bare", "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04",
                      "-fw_cfg", "name=opt/org.intxlab/exit-port,string=f4")
    assert code == 0x13 << 1 | 1, said
