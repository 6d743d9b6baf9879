# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Every rule in one boot of QEMU with OVMF: as known, and as real kernels did."""

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINUX = ROOT / "tests/golden/linux"
RULES = re.findall(r'\.name = "([^"]+)"', (ROOT / "pci/policy.c").read_text())


def intxlab(*args):
    return subprocess.run([ROOT / "host/intxlab", *args], capture_output=True, text=True, timeout=240, cwd=ROOT)


def run(out, *app):
    done = intxlab("run", "--out", out, "--", *app)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    assert done.stdout.splitlines()[-1] == "verdict: PASS as known (exit 0)"
    return done.stdout


def known(out):
    """Of the rules; the emulator's own deviations are beside them whatever the rule."""
    checks = json.loads((out / "results.json").read_text())["checks"]
    return {check["id"] for check in checks if check["known"] and not check["id"].startswith(("hba.", "msi."))}


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("policies")
    (folder / "summary.txt").write_text(run(folder, "--policy", "all"))
    return folder


def test_rules_without_msi(out):
    assert known(out) == {"hazard.disintx-left-set.v6.11-rc1", "hazard.disintx-left-set.next-20241218",
                          "hazard.sleeping-allocation.v6.11-rc2", "hazard.interrupt-lost.unlocked"}
    assert {path.name for path in out.glob("timeline.*.tsv")} == {f"timeline.{name}.tsv" for name in RULES}


@pytest.mark.parametrize("rule, kernel", [("v6.10", "61-nomsi.tsv"), ("v6.12.17", "612-nomsi.tsv")])
def test_a_rule_agrees_with_its_kernel(out, rule, kernel):
    done = intxlab("diff", out, LINUX / kernel, "--policy", rule)
    assert (done.returncode, done.stdout) == (0, "40 steps compared: the same\n")


def test_the_summary_stays_one(out):
    """It fits a screen's width, and shows only what is different."""
    lines = [line for line in (out / "summary.txt").read_text().splitlines() if str(out) not in line]
    lines = lines[next(n for n, line in enumerate(lines) if line.startswith("intxlab ")):]
    assert max(map(len, lines)) <= 100 and len(lines) < 160
    rows = [line.split()[0] for line in lines if re.match(r"\S+ +[01] +ok +W=", line)]
    assert rows == RULES
    assert "As v6.15 in every step: v6.10, v6.11-rc2, v6.11, v6.14, v6.12.17, gfp-atomic." in " ".join(lines)


def test_rules_with_msi(tmp_path):
    run(tmp_path, "--policy", "all", "--msi", "on")
    seen = known(tmp_path)
    assert len(seen) == 17 and {"hazard.probe-refused.v6.11-rc1", "hazard.intx-under-msi.v6.11"} <= seen
    assert not [name for name in seen if name.endswith(("v6.10", "v6.14", "v6.12.17", "v6.15", "no-pci-intx"))]


def test_short_of_memory(tmp_path):
    """A mask request is lost, and the line storms until the guard ends it."""
    run(tmp_path, "--policy", "gfp-atomic", "--fail-alloc", "1")
    assert known(tmp_path) >= {"hazard.mask-lost", "rebind.user_mask", "rebind.assert_while_masked"}
