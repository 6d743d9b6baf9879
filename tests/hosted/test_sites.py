# SPDX-License-Identifier: BSD-2-Clause-Patent
"""From check to expectation: each place that expects something of the hardware is needed. With a fault its check FAILs,
and taken for true it alone lets the fault through; or it stands in the table with the reason why nothing shows that."""

import re
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/property"), str(ROOT / "tests/mutation")]

import sites  # noqa: E402

ROWS = sites.table()
PROVEN = [row for row in ROWS if not row.reason and row.site.place]
EXCUSED_AT_MOST = 0.20


def test_every_function_that_expects_is_known():
    """Else its places are not told, or nobody asks for them."""
    names = set(sites.OF_CHECK_H) | set(sites.OF_BENCH)
    assert set(re.findall(r"^#define (\w+)\(\.\.\.\)", (ROOT / "tests/mutation/sites.h").read_text(), re.MULTILINE)) == names
    declared = (ROOT / "run/check.h").read_text() + "".join(path.read_text() for path in (ROOT / "run/bench").glob("*.h"))
    assert {name for name in re.findall(r"^[a-z][\w *]*?\b(\w*expect\w*|check_fail)\(", declared, re.MULTILINE)} - names == \
        {"expect_known_line", "registers_expect_unchanged", "registers_expect_released"}  # ERROR or SKIP, never FAIL


def test_every_place_has_its_line():
    """One that is taken out of a check is missed here, one that no run reaches too."""
    assert [row.site.key for row in ROWS if not row.site.place] == [], "a line of a place that is no more"
    assert [key for key, times in Counter(row.site.key for row in ROWS).items() if times > 1] == []
    assert sites.lacking() == [], "type: tests/mutation/sites.py"


@pytest.mark.parametrize("file", sorted({row.site.file for row in PROVEN}))
def test_every_place_is_needed(file):
    rows = [row for row in PROVEN if row.site.file == file]
    assert rows and [row for row in rows if not row.shows()] == []


def test_what_nothing_shows_is_little_and_has_its_reason(record_property):
    excused = [row for row in ROWS if row.reason]
    assert all(row[1:5] == ("-",) * 4 and len(row.reason.split()) > 5 for row in excused)
    assert len(excused) <= EXCUSED_AT_MOST * len(ROWS)
    record_property("says", f"expectations: {len(ROWS)} sites, {len(PROVEN)} proven, {len(excused)} excused")


def test_taken_for_true_is_what_it_says():
    """The machinery: a place of another check, or another place, changes nothing of a FAIL; the place itself does."""
    row = next(row for row in PROVEN if row.check == "reset.command-quiesces" and row.site.text == "deliveries, Command restored")
    other = next(row for row in PROVEN if row.site.function == "quiesce" and row.site.text == "Command")
    assert row.run().verdicts[row.check] == "FAIL"
    assert row.run([("level.follows-the-device", row.site)]).verdicts[row.check] == "FAIL"
    assert row.run([(row.check, other.site)]).verdicts[row.check] == "FAIL"
    assert row.run([(row.check, row.site)]).verdicts[row.check] == "PASS"
    assert not sites.Row(row.site, row.check, "q35", row.options, "at read 1 0 9", "").shows()
