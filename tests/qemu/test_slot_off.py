# SPDX-License-Identifier: BSD-2-Clause-Patent
"""A function that leaves in the middle of a check: tests/qemu/vanish.c switches its hot-plug slot off."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MACHINE = ["--no-disk", "--qemu-arg=-device pcie-root-port,id=rp,addr=5,chassis=1,slot=1",
           "--qemu-arg=-device ich9-ahci,id=a,bus=rp"]
DISK = "--qemu-arg=-drive if=none,id=d,format=raw,file={0},snapshot=on -device ide-hd,drive=d,bus=a.0"
RESULT = re.compile(r"^(ok|not ok) (\d+) (\S+)(?: # (SKIP|ERROR) (.*))?$", re.M)


def test_slot_switched_off_in_a_check(tmp_path):
    """The function answers until then and is gone for every check behind: no hang, no FAIL, a whole report.

    --check and --skip: all suites with a v in a name, without those whose checks QEMU is known to fail."""
    disk = tmp_path / "disk.img"
    disk.write_bytes(b"".join(bytes([n % 251]) * 512 for n in range(4096)))
    done = subprocess.run(
        [ROOT / "host/intxlab", "run", "--image", ROOT / "build/x86_64/test-vanish.efi", "--out", tmp_path, *MACHINE,
         DISK.format(disk), "--", "--device", "0000:01:00.0", "--check", "*v*", "--skip", "hba.*"],
        capture_output=True, text=True, timeout=120, cwd=ROOT, check=False)
    text = done.stdout + done.stderr
    stream = (tmp_path / "stream.ktap").read_text()
    assert done.returncode == 1 and text.splitlines()[-1] == "verdict: ERROR (exit 1)", text[-3000:]

    results = RESULT.findall(stream)
    ids = [name for _, _, name, _, _ in results]
    planned = int(re.search(r"^1\.\.(\d+)$", stream, re.M)[1])
    assert [int(number) for _, number, _, _, _ in results] == list(range(1, planned + 1))

    left = ids.index("vanish.slot-off")
    assert ids[left - 1] == "vanish.is-there" and ids[0] != "vanish.is-there"
    before = {word or ("PASS" if ok == "ok" else "FAIL") for ok, _, _, word, _ in results[:left]}
    assert before <= {"PASS", "SKIP"} and results[left - 1][0] == "ok"
    assert ids[left:left + 3] == ["vanish.slot-off", "vanish.not-again", "vanish.nothing-needed"]
    assert "leave.function" in ids[left:]
    assert results[left][3:] == ("ERROR", "gone: the function reads all-ones")
    assert {result[3:] for result in results[left + 1:]} == {
        ("ERROR", "gone: the function reads all-ones since vanish.slot-off")}

    assert '# run returned machine="ok"' in stream and "# hw exception" not in stream
    end = stream.splitlines()[-1]
    assert end.startswith("# run end ") and f"planned={planned} reported={planned} " in end
    assert f" fail=0 error={planned - left} " in end and " verdict=ERROR " in end
