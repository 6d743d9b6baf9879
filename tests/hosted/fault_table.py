# SPDX-License-Identifier: BSD-2-Clause-Patent
"""The table of simulated faults and the checks that each must FAIL: tests/golden/faults.tsv."""

from simulated import ROOT

PATH = ROOT / "tests/golden/faults.tsv"


def table():
    """{fault: checks}; its first line names the columns."""
    rows = [line.split("\t") for line in PATH.read_text(encoding="ascii").splitlines()[1:]]
    assert len({name for name, _ in rows}) == len(rows), "a fault has two rows"
    return {name: checks.split() for name, checks in rows}
