# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Each fuzzer over its kept corpus and then for some seconds; `make fuzz` does it for long."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMES = sorted(path.stem for path in (ROOT / "tests/fuzz").glob("fuzz_*.c"))


@pytest.mark.parametrize("name", NAMES)
def test_fuzz_smoke(name, tmp_path):
    corpus = ROOT / "tests/fuzz/corpus" / name.removeprefix("fuzz_")
    assert any(corpus.iterdir()), f"{corpus} is empty"
    done = subprocess.run(
        [ROOT / "build/hosted/fuzz" / name, "-max_total_time=6", "-rss_limit_mb=1024", "-timeout=10",
         f"-artifact_prefix={tmp_path}/", tmp_path, corpus],
        capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-4000:]
    assert "Done " in done.stderr
