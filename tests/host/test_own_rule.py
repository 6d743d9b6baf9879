# SPDX-License-Identifier: BSD-2-Clause-Patent
"""docs/policies.md, "Your own rule", done for real: its row in a copy of the tree, built and run."""

import re
import shutil
import subprocess

import pytest
from conftest import ROOT
from hosted import stream

from lib import known, summary
from lib.outcome import judge
from lib.stream import parse
from lib.validate import validate

PAGE = (ROOT / "docs/policies.md").read_text()
ROW = re.search(r"```c\n(.*?)```", PAGE, re.S)[1]


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """The tree's files and what is built of them, with one row more. Old objects keep their time and are not made again."""
    tree = tmp_path_factory.mktemp("tree")
    for name in ("pci", "drivers", "run", "efi", "tests", "build/hosted/gcc"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__", "test_*"))
    shutil.copy2(ROOT / "Makefile", tree)
    path = tree / "pci/policy.c"
    source = path.read_text()
    last = source.index("\n};\n\nconst unsigned policy_count")
    path.write_text(source[:last] + "\n" + ROW.rstrip("\n") + source[last:])
    done = subprocess.run(["make", "-j2", "build/hosted/gcc/intxlab-sim"], cwd=tree, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return tree / "build/hosted/gcc/intxlab-sim"


def report(program, *app):
    run = parse(stream("--policy", *app, program=program))
    validate(run)
    outcome = judge(run, None, None, known.load())
    return outcome, list(summary.render(run, outcome, None, None, summary.Paint(False)))


def test_it_is_one_row_of_under_15_lines():
    assert len(ROW.splitlines()) < 15


def test_without_msi_the_patch_is_good(program):
    outcome, lines = report(program, "my-patch")
    assert (outcome.words, outcome.code) == ("PASS", 0)
    assert any(line.startswith("my-patch") for line in lines)
    assert not [line for line in lines if line.startswith(("    !", "    +"))]


def test_with_msi_it_says_what_is_wrong(program):
    outcome, lines = report(program, "my-patch", "--msi", "on")
    assert outcome.code == 1
    hazards = [line.strip() for line in lines if line.startswith("    !")]
    assert hazards == ["! resource-in-release: intx-first.i_unbind (fresh: no; NOT KNOWN)",
                       "! probe-refused: intx-first.i_vfio_bind (fresh: no; NOT KNOWN)",
                       "! intx-under-msi: release.ahci_unbind dirty.d_ahci_unbind (fresh: no; NOT KNOWN)"]
    named = re.findall(r"\(`([a-z-]+)`\)", PAGE.split("<!-- own:")[1])
    assert {line.split()[1].rstrip(":") for line in hazards} == set(named)
    assert "    + enable.ahci_bind: GFP_ATOMIC" in lines
    text = " ".join(" ".join(lines).split())
    assert "writes: expected MSIctl=0081 MSIctl=0080 W=0007 W=0003, observed MSIctl=0081 W=0007 MSIctl=0080 W=0003" in text


def test_among_all_it_stands_beside_the_others(program):
    outcome, lines = report(program, "all", "--msi", "on")
    assert outcome.code == 1, "what the others are known for hides nothing of the new row"
    rows = [line.split()[0] for line in lines if re.match(r"\S+ +[01] +(ok|busy) ", line)]
    assert rows[-1] == "my-patch" and "v6.15" in rows and len(rows) == 12
    bad = [line.split()[1] for line in lines if line.startswith(("FAIL", "ERROR"))]
    assert bad and all(name.endswith(".my-patch") for name in bad)
