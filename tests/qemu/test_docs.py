# SPDX-License-Identifier: BSD-2-Clause-Patent
"""docs/checks.md and README.md's options are what the image says of itself."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_generated_pages_are_up_to_date():
    done = subprocess.run([ROOT / "docs/regenerate.py", "--check"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"type: make docs\n{done.stdout}{done.stderr}"
