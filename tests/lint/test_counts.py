# SPDX-License-Identifier: BSD-2-Clause-Patent
"""The line that ends `make check` and .ci/run, and the exit status beside it."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

PASSES = "def test_a():\n    pass\n\n\ndef test_b():\n    pass\n"
FAILS = "def test_c():\n    assert 0\n"
SKIPS = "import pytest\n\n\ndef test_d():\n    pytest.skip('no tool')\n"
ERRORS = "import nothing_of_this_name\n"
BROKEN_FIXTURE = "import pytest\n\n\n@pytest.fixture\ndef f():\n    assert 0\n\n\ndef test_e(f):\n    pass\n"


def last_line(text):
    return text.splitlines()[-1] if text else ""


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "two"])
@pytest.mark.parametrize("texts, line, is_good", [
    ([PASSES], "2 passed, 0 failed", True),
    ([PASSES, FAILS], "2 passed, 1 failed", False),
    ([PASSES, SKIPS], "2 passed, 1 failed", False),
    ([PASSES, BROKEN_FIXTURE], "2 passed, 1 failed", False),
    ([PASSES, ERRORS], "failed", False),  # xdist runs what it could collect, pytest alone does not
    ([], "0 passed, 1 failed", False),
], ids=["pass", "fail", "skip", "fixture", "import", "none"])
def test_counts(tmp_path, texts, line, is_good, workers):
    shutil.copytree(ROOT / "tests", tmp_path / "tests", ignore=lambda _, names: set(names) - {"conftest.py"})
    for i, text in enumerate(texts):
        (tmp_path / f"tests/test_{i}.py").write_text(text)
    done = subprocess.run(["/usr/bin/python3", "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", *workers, "tests"],
                          cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    seen = last_line(done.stdout)
    assert seen == line or (line == "failed" and seen.endswith(" passed, 1 failed")), done.stdout + done.stderr
    assert (done.returncode == 0) == is_good
    assert (tmp_path / "build/check-counts").read_text() == seen + "\n"


COUNT = "tee build/$1-counts"
BROKEN = "echo 'make: *** Error 1' >&2; exit 2"


@pytest.mark.parametrize("check, debian13, line, code", [
    (f"echo '3 passed, 0 failed' | {COUNT}", f"echo '2 passed, 0 failed' | {COUNT}", "5 passed, 0 failed", 0),
    (f"echo '3 passed, 1 failed' | {COUNT}; {BROKEN}", f"echo '2 passed, 0 failed' | {COUNT}", "5 passed, 1 failed", 1),
    (f"echo '3 passed, 0 failed' | {COUNT}", f"echo '2 passed, 4 failed' | {COUNT}; {BROKEN}", "5 passed, 4 failed", 1),
    (f"echo '3 passed, 0 failed' | {COUNT}; {BROKEN}", f"echo '2 passed, 0 failed' | {COUNT}", "5 passed, 1 failed", 1),
    (BROKEN, BROKEN, "0 passed, 2 failed", 1),
    ("exit 0", "exit 0", "0 passed, 2 failed", 1),
    (f"echo '3 passed, 0 failed' | {COUNT}", f'[ "$CI" = true ] && echo "0 passed, 1 failed" | {COUNT}; {BROKEN}',
     "3 passed, 1 failed", 1),
    (f"echo '0 passed, 0 failed' | {COUNT}", f"echo '0 passed, 0 failed' | {COUNT}", "0 passed, 0 failed", 1),
], ids=["pass", "fail", "fail-13", "status", "build", "nothing", "skip-13", "none"])
def test_ci(tmp_path, check, debian13, line, code):
    """The sum of both; a stale count of an earlier run is not taken for this one's."""
    for folder in (".ci", "bin", "build"):
        (tmp_path / folder).mkdir()
    shutil.copy(ROOT / ".ci/run", tmp_path / ".ci/run")
    for name in ("check", "check-debian13"):
        (tmp_path / f"build/{name}-counts").write_text("9 passed, 0 failed\n")
    (tmp_path / "bin/make").write_text(
        f"#!/bin/sh\ncase $1 in\ncheck) {check} ;;\ncheck-debian13) {debian13} ;;\n*) exit 2 ;;\nesac\n")
    (tmp_path / "bin/make").chmod(0o755)
    done = subprocess.run(["bash", tmp_path / ".ci/run"], env={"PATH": f"{tmp_path}/bin:/usr/bin:/bin"}, cwd="/",
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False)
    assert (last_line(done.stdout), done.returncode) == (line, code)
