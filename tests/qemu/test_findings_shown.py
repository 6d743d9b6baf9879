# SPDX-License-Identifier: BSD-2-Clause-Patent
"""The command of each finding in docs/findings.md shows it."""

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = re.findall(r"^## (\S+)$.*?^  ```\n(.*?)^  ```$", (ROOT / "docs/findings.md").read_text(), re.M | re.S)


@pytest.mark.parametrize("finding, command", COMMANDS, ids=[name for name, _ in COMMANDS])
def test_the_command_shows_the_finding(tmp_path, finding, command):
    command = command.replace("host/intxlab run", f"host/intxlab run --out {tmp_path}")
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=120, cwd=ROOT)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    assert done.stdout.splitlines()[-1] == "verdict: PASS as known (exit 0)"
    shown = [check for check in json.loads((tmp_path / "results.json").read_text())["checks"] if check["known"]]
    assert shown and {check["finding"] for check in shown} == {f"docs/findings.md#{finding}"}
    assert f"; docs/findings.md#{finding}]" in " ".join(done.stdout.split())
