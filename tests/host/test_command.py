# SPDX-License-Identifier: BSD-2-Clause-Patent
"""host/intxlab as a command, with a stand-in for QEMU: exit codes, time limit, files, last line."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time

import pytest
from conftest import FAILED, SKIPPED, STOPPED, WHOLE

FAKE = '''#!/bin/sh
printf '%s\\n' "$@" > "$FAKE_ARGS"
echo $$ > "$FAKE_ARGS.pid"
echo 'a word on stderr' >&2
cat "$FAKE_STREAM"
{last}
'''
PRODUCTS = {"stream.ktap", "results.json", "junit.xml", "timeline.tsv", "qemu.log", "serial.raw"}


WAITS = 'until [ -e "$FAKE_GO" ]; do sleep 0.05; done; exit 33'  # for Host.go()


class Host:
    def __init__(self, root, tmp_path):
        self.root, self.tmp, self.out = root, tmp_path, tmp_path / "out"
        self.image = tmp_path / "app.efi"
        self.image.write_bytes(b"MZ" + bytes(3000))
        for name in ("CODE.fd", "VARS.fd"):
            (tmp_path / name).write_bytes(bytes(1000))

    def env(self, stream, last, **more):
        qemu = self.tmp / "qemu"
        qemu.write_text(FAKE.format(last=last))
        qemu.chmod(0o755)
        (self.tmp / "stream").write_bytes(stream.encode("latin-1"))
        env = dict(os.environ, QEMU=str(qemu), FAKE_STREAM=str(self.tmp / "stream"),
                   FAKE_ARGS=str(self.tmp / "args"), FAKE_GO=str(self.tmp / "go"), OVMF_CODE=str(self.tmp / "CODE.fd"), **more)
        env.pop("OVMF_VARS", None)
        return env

    def command(self, *args):
        return [sys.executable, str(self.root / "host/intxlab"), *args]

    def call(self, *args, env=None):
        done = subprocess.run(self.command(*args), env=env, capture_output=True, text=True, timeout=300,
                              cwd=self.tmp, check=False)
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def run(self, stream=WHOLE, last="exit 33", args=(), **more):
        return self.call("run", "--image", str(self.image), "--out", str(self.out), *args,
                         env=self.env(stream, last, **more))

    def go(self):
        (self.tmp / "go").touch()

    def args(self):
        return (self.tmp / "args").read_text().splitlines()

    def child(self):
        return int((self.tmp / "args.pid").read_text())


@pytest.fixture
def host(root, tmp_path):
    return Host(root, tmp_path)


def gone(pid):
    """Within a moment: no such process, or one that has ended and waits to be reaped."""
    for _ in range(1000):
        try:
            stat = open(f"/proc/{pid}/stat", encoding="ascii").read()
        except FileNotFoundError:
            return True
        if stat.rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.02)
    return False


def last_line(done):
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize("stream, last, line", [
    (WHOLE, "exit 33", "verdict: PASS (exit 0)"),
    (FAILED, "exit 35", "verdict: FAIL (exit 1)"),
    (SKIPPED, "exit 37", "verdict: SKIP (exit 77)"),
    (STOPPED, "exit 39", "verdict: USAGE (exit 2)"),
    (WHOLE, "exit 0", "verdict: INCOMPLETE (exit 3)"),
    (WHOLE[:700], "kill -9 $$", "verdict: INCOMPLETE (exit 3)"),
    ("", "exit 1", "verdict: CANNOT (exit 2)"),
])
def test_exit_codes_and_files(host, stream, last, line):
    done = host.run(stream, last)
    assert last_line(done) == line
    assert f"(exit {done.returncode})" in line
    assert PRODUCTS <= {path.name for path in host.out.iterdir()}
    assert json.loads((host.out / "results.json").read_text())["exit_code"] == done.returncode
    assert "a word on stderr" in (host.out / "qemu.log").read_text()
    assert (host.out / "stream.ktap").read_text() == stream.rstrip("\n") + ("\n" if stream else "")


def test_first_line_is_the_command(host):
    done = host.run(args=["--qemu-arg=-smp 2", "--qemu-arg=-name", "--qemu-arg='a b'", "--", "--check", "a,b"])
    line = shlex.split(done.stdout.splitlines()[0])
    assert line[1:] == host.args()
    assert line[-4:] == ["-smp", "2", "-name", "a b"]
    assert "name=opt/org.intxlab/options,string=--check a,,b" in line
    assert "name=opt/org.intxlab/exit-port,string=f4" in line
    assert "isa-debug-exit,iobase=0xf4,iosize=0x04" in line
    assert "ide-hd,bus=ide.0,drive=disk0" in line


@pytest.mark.parametrize("args", [["--no-disk"], ["--machine", "pc"]])
def test_no_disk(host, args):
    host.run(args=args)
    assert not any("ide-hd" in arg for arg in host.args())


def test_which_qemu_and_which_firmware(host):
    greeting = '{"QMP": {"version": {"qemu": {"micro": 2, "minor": 1, "major": 11}, "package": "v11.1.2"}}}'
    text = WHOLE.replace('product="Standard PC (Q35 + ICH9, 2009)"', 'product="Standard PC (Q35 + ICH9, 2009)" '
                         'bios_vendor="Debian distribution of EDK II" bios_version="2026.08" bios_date="08/28/2026"\n'
                         '# hw firmware vendor="EDK II" revision=00010000 uefi=2.70')
    done = host.run(text, f"echo '{greeting}' > out/vm/greeting.json; exit 33")
    assert "QEMU        11.1.2 (v11.1.2)\n" in done.stdout
    assert ("firmware    EDK II 00010000, UEFI 2.70; SMBIOS: Debian distribution of EDK II 2026.08 08/28/2026\n"
            in done.stdout)
    assert json.loads((host.out / "results.json").read_text())["versions"] == {
        "qemu": "11.1.2 (v11.1.2)", "firmware": "EDK II 00010000", "bios": "Debian distribution of EDK II 2026.08 08/28/2026"}
    assert "QEMU        11.1.2 (v11.1.2)\n" in host.run("", f"echo '{greeting}' > out/vm/greeting.json; exit 5").stdout


def test_versions_that_nobody_told(host):
    done = host.run()
    assert "\nQEMU " not in done.stdout
    assert json.loads((host.out / "results.json").read_text())["versions"] == {"qemu": None, "firmware": None, "bios": None}


def test_hang(host):
    done = host.run(WHOLE[:WHOLE.index("ok 2 ")], "trap '' TERM; while :; do sleep 0.1; done", ["--timeout", "1"])
    assert last_line(done) == "verdict: TIMEOUT (exit 124)" and done.returncode == 124
    assert "hung in check rebind.assert; killed at the limit of 1 s" in done.stdout
    assert PRODUCTS <= {path.name for path in host.out.iterdir()}
    assert (host.out / "timeline.tsv").read_text().splitlines()[-1].endswith("\tERROR")
    assert gone(host.child())


def test_timeout_of_the_environment_and_who_wins(host):
    text = WHOLE[:900]
    assert host.run(text, "exec sleep 20", TIMEOUT="0.5").returncode == 124
    assert host.run(text, "sleep 1; exit 5", ["--timeout", "20"], TIMEOUT="0.2").returncode == 3


def test_flood(host):
    # A writer with an end of its own: 32 MiB, more lines than are read.
    done = host.run(WHOLE[:900], "yes '# hw noise x=1' | head -c 33554432; exit 33")
    assert (done.returncode, last_line(done)) == (3, "verdict: INCOMPLETE (exit 3)")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_terminated_run_leaves_no_machine(host, how):
    command = host.command("run", "--image", str(host.image), "--out", str(host.out))
    # SIGINT as from a terminal: a job in the background has it ignored, and so would its children
    child = subprocess.Popen(command, env=host.env(WHOLE[:900], "exec sleep 60"), stdout=subprocess.PIPE, text=True,
                             preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    for line in child.stdout:
        if "line.probe" in line:
            break
    child.send_signal(how)
    child.communicate(timeout=120)
    assert child.returncode in (128 + how, -how)
    assert gone(host.child())


def test_progress_arrives_before_the_end(host):
    command = host.command("run", "--image", str(host.image), "--out", str(host.out), "--timeout", "100")
    child = subprocess.Popen(command, env=host.env(WHOLE, WAITS), stdout=subprocess.PIPE, text=True)
    for line in child.stdout:
        if "rebind.assert" in line:
            break
    assert child.poll() is None
    host.go()
    child.communicate(timeout=120)
    assert child.returncode == 0


def test_a_disk_that_was_written_to_is_a_fail(host):
    done = host.run(last="printf x >> out/vm/disk.img; exit 33")
    assert (done.returncode, last_line(done)) == (1, "verdict: FAIL (exit 1)")
    assert "the disk at the AHCI function was written to" in done.stdout


def test_witness_that_never_came_on_is_no_pass(host):
    done = host.run(args=["--witness"])
    assert (done.returncode, last_line(done)) == (1, "verdict: FAIL (exit 1)")
    assert "name=opt/org.intxlab/options,string=--witness" in host.args()


@pytest.mark.parametrize("args, verdict", [
    ([], "USAGE"), (["fly"], "USAGE"), (["run", "--nope"], "USAGE"), (["run", "--timeout", "0"], "USAGE"),
    (["run", "--timeout", "nan"], "USAGE"), (["run", "--qemu-arg='"], "USAGE"), (["run", "--", "a b"], "USAGE"),
    (["run", "--", "#x"], "USAGE"), (["run", "--", "\x1b"], "USAGE"), (["run", "--image", "nothing.efi"], "CANNOT"),
    (["report", "nothing", "--out", "x"], "CANNOT"), (["report", "app.efi", "--out", "app.efi"], "CANNOT"),
    (["report", "app.efi", "--out", "x", "--", "-x"], "USAGE"),
    (["stick", "no/where.img", "--image", "app.efi"], "CANNOT"),
])
def test_bad_input_is_one_clear_line(host, args, verdict):
    if args[:1] == ["run"] and "--image" not in args:
        args = ["run", "--image", "app.efi"] + args[1:]
    done = host.call(*args, env=host.env(WHOLE, "exit 33"))
    assert done.returncode == 2
    assert done.stdout == f"verdict: {verdict} (exit 2)\n"
    assert len(done.stderr.splitlines()) == 1 and done.stderr.startswith("intxlab: ")
    assert not (host.tmp / "args").exists()


@pytest.mark.parametrize("args, words", [
    (["run", "--check", "line.probe"], "unrecognized arguments: --check line.probe; application options go behind -- "),
    (["stick", "x.img", "--list"], "unrecognized arguments: --list; application options go behind -- "),
    (["report", "app.efi", "--out", "x", "--list"], "unrecognized arguments: --list (see intxlab report --help)"),
    (["run", "--image", "stream"], "stream is not a UEFI application: it does not begin with MZ"),
    (["run", "--image", "/nonexistent"], "/nonexistent is not there; type: make"),
    (["run", "--disk-boot", "--image", "stream"], "stream is not a UEFI application: it does not begin with MZ"),
    (["stick", "x.img", "--image", "stream"], "stream is not a UEFI application: it does not begin with MZ"),
    (["run", "--image", "app.efi", "--qemu-arg='"], "--qemu-arg: "),
    (["run", "--image", "app.efi", "--", "a b"], "application option 'a b'"),
])
def test_refused_in_words_and_before_a_folder_is_made(host, args, words):
    done = host.call(*args, env=host.env(WHOLE, "exit 33"))
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("intxlab: " + words)
    assert not (host.tmp / "out").exists() and not (host.tmp / "x.img").exists()


def test_a_qemu_that_is_not_there_is_named_as_the_user_named_it(host):
    done = host.call("run", "--image", "app.efi", env=dict(host.env(WHOLE, "exit 33"), QEMU="/no/qemu"))
    assert done.stderr == "intxlab: environment QEMU=/no/qemu is not a program that can be run\n"


def test_report_of_what_is_no_stream(host):
    done = host.call("report", "app.efi", "--out", "x")
    assert (done.returncode, last_line(done)) == (3, "verdict: INCOMPLETE (exit 3)")
    assert "app.efi holds no stream (no line 'KTAP version 1')" in done.stdout and "did not start" not in done.stdout


def test_report_explains_its_arguments(host):
    text = " ".join(host.call("report", "--help").stdout.split())
    assert "STREAM a report.ktap, a serial log" in text and "--out DIR where the results go" in text


@pytest.mark.parametrize("more", [{"QEMU": "/no/qemu"}, {"OVMF_CODE": "/no/CODE.fd"}, {"TIMEOUT": "soon"}])
def test_bad_environment(host, more):
    env = dict(host.env(WHOLE, "exit 33"), **more)
    done = host.call("run", "--image", "app.efi", env=env)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1


def test_folder_in_use(host):
    command = host.command("run", "--image", str(host.image), "--out", str(host.out), "--timeout", "100")
    child = subprocess.Popen(command, env=host.env(WHOLE, WAITS), stdout=subprocess.PIPE, text=True)
    child.stdout.readline()
    done = host.call("report", str(host.tmp / "stream"), "--out", str(host.out))
    assert done.returncode == 2 and "another run is writing" in done.stderr
    host.go()
    child.communicate(timeout=120)
    assert child.returncode == 0


def test_report_of_a_caught_log_is_the_run_s(host):
    log = host.tmp / "minicom.log"
    log.write_bytes(("\x1b[2JBdsDxe: x\r\n" + FAILED).replace("\n", "\r\n").encode())
    done = host.call("report", str(log), "--out", str(host.out))
    assert (done.returncode, last_line(done)) == (1, "verdict: FAIL (exit 1)")
    seen = {name: (host.out / name).read_text() for name in ("stream.ktap", "timeline.tsv", "junit.xml")}
    host.run(FAILED, "exit 35")
    assert seen == {name: (host.out / name).read_text() for name in seen}


def test_disk_boot(host):
    done = host.run(args=["--disk-boot", "--", "--sequence", "rebind"])
    assert done.returncode == 0
    args = host.args()
    assert "-kernel" not in args and not any("opt/org.intxlab/options" in arg for arg in args)
    assert "virtio-blk-pci,drive=stick,bootindex=0" in args
    assert "the application left none on the stick" in done.stdout


def test_disk_boot_reads_the_report_back(host):
    fake = 'mcopy -i out/vm/stick.img@@1048576 "$FAKE_STREAM" ::/intxlab/report.ktap; exit 33'
    done = host.run(last=fake, args=["--disk-boot"])
    assert "report.ktap: read back from the stick" in done.stdout and "the same text as the stream" in done.stdout
    assert (host.out / "report.ktap").read_text() == WHOLE


def test_stick(host):
    stick = host.tmp / "stick.img"
    done = host.call("stick", str(stick), "--image", str(host.image), "--", "--sequence", "rebind")
    assert done.returncode == 0, done.stderr
    where = f"{stick}@@1048576"

    def content(path):
        return subprocess.run(["mtype", "-i", where, path], capture_output=True, timeout=20, check=True).stdout

    assert content("::/EFI/BOOT/BOOTX64.EFI") == host.image.read_bytes()
    assert content("::/intxlab/options.txt") == b"--sequence rebind\n"
    assert stick.read_bytes()[510:512] == b"\x55\xaa"
    assert sorted(path.name for path in host.tmp.glob("stick.img*")) == ["stick.img"]
