# SPDX-License-Identifier: BSD-2-Clause-Patent
"""The unit test programs, built by gcc and by clang, under ASan and UBSan."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMES = sorted(path.stem for path in (ROOT / "tests/unit").glob("test_*.c"))


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("name", NAMES)
def test_unit(name, compiler):
    done = subprocess.run([ROOT / "build/hosted" / compiler / name], capture_output=True, text=True, timeout=120)
    last = done.stdout.splitlines()[-1] if done.stdout else ""
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    assert last.endswith(" passed, 0 failed") and not last.startswith("0 "), last
