# SPDX-License-Identifier: BSD-2-Clause-Patent
"""docs/findings.md: every finding has all its parts, and every known deviation names one."""

import re
import tomllib

import pytest
from conftest import ROOT

PARTS = ["Seen", "Rule", "Cause", "Versions", "Shows it", "Fix"]
TEXT = (ROOT / "docs/findings.md").read_text(encoding="utf-8")
FINDINGS = {part.partition("\n")[0]: part.partition("\n")[2] for part in TEXT.split("\n## ")[1:]}
DEVIATIONS = tomllib.loads((ROOT / "host/known/deviations.toml").read_text(encoding="utf-8"))["known"]


def parts(finding):
    """Its title, then each part's text by name."""
    title, *rest = re.split(r"^- \*\*([^*]+):\*\*", FINDINGS[finding], flags=re.M)
    return title.strip(), dict(zip(rest[::2], rest[1::2]))


@pytest.mark.parametrize("finding", FINDINGS)
def test_a_finding_has_all_its_parts(finding):
    assert re.fullmatch(r"[a-z0-9-]+", finding), "the heading is the anchor"
    title, found = parts(finding)
    assert re.fullmatch(r"\*\*(QEMU|EDK II): [^*\n]+\*\*", title)
    assert list(found) == PARTS
    assert all(len(text.split()) > 4 for text in found.values())
    assert re.search(r"\bsec \d", found["Rule"]), "a rule has its section"
    assert re.search(r"`[\w/.-]+\.c`,\s+`\w+\(\)`", found["Cause"]), "a cause has its file and function"
    assert re.search(r"\b(QEMU|OVMF) \d", found["Versions"])
    command = re.search(r"^  ```\n(  host/intxlab run .*?)^  ```$", found["Shows it"], re.M | re.S)[1]
    assert [line.startswith("  host/") for line in command.splitlines()].count(True) == 1


def test_every_deviation_names_a_finding_and_what_it_was_seen_in():
    for row in DEVIATIONS:
        file, _, anchor = row["finding"].partition("#")
        assert file == "docs/findings.md" and anchor in FINDINGS, row
        assert f"`{row['check']}`" in parts(anchor)[1]["Seen"], row
        project, numbers = row["seen"].split(" ", 1)
        versions = " ".join(parts(anchor)[1]["Versions"].split())
        assert project == "QEMU" and numbers
        assert all(re.search(rf"\b{re.escape(number)}\b", versions) for number in numbers.split(", ")), row
        functions = re.findall(r"\w+\(\)", row["source"])
        assert functions and all(f"`{name}`" in parts(anchor)[1]["Cause"] for name in functions), row


def test_every_finding_is_known_by_some_deviation():
    assert {row["finding"].partition("#")[2] for row in DEVIATIONS} == set(FINDINGS)
