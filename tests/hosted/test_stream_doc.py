# SPDX-License-Identifier: BSD-2-Clause-Patent
"""docs/stream.md describes every line that the sources write, with its keys, and no line that none writes."""

import re
from pathlib import Path

from simulated import run

ROOT = Path(__file__).resolve().parents[2]
LITERALS = re.compile(r'(?:"(?:[^"\\\n]|\\.)*"\s*)+')
KIND = re.compile(r"# (hw|model|run) ([a-z0-9_-]+)(?= |$)")
KEY = re.compile(r" ([a-z0-9_]+)=")
ROW = re.compile(r"^\| `(hw|model|run) ([a-z0-9_-]+)` \| (.*?) \|", re.M)


def written():
    """(who, kind): keys, from the string literals of the product's sources; neighbours are one string."""
    kinds = {}
    for path in sorted(path for area in ("pci", "drivers", "run", "efi") for path in (ROOT / area).rglob("*.c")):
        for match in LITERALS.finditer(path.read_text(encoding="utf-8")):
            text = "".join(re.findall(r'"((?:[^"\\\n]|\\.)*)"', match[0]))
            if kind := KIND.match(text):
                kinds.setdefault(kind.groups(), set()).update(KEY.findall(text))
    return kinds


def described():
    text = (ROOT / "docs/stream.md").read_text(encoding="utf-8")
    return {(who, kind): set(re.findall(r"`([a-z0-9_]+)`", keys)) for who, kind, keys in ROW.findall(text)}


def test_every_kind_is_described():
    assert len(written()) > 30, "the sources are not read as they should be"
    assert set(written()) == set(described())


def test_every_key_is_described():
    missing = {name: keys - described().get(name, set()) for name, keys in written().items()}
    assert not {name: keys for name, keys in missing.items() if keys}


def test_every_key_of_a_run_is_described():
    """A step's keys are put together from several strings: here they are those of a real stream."""
    seen = {}
    for line in run(app=["--policy", "all", "--msi", "on"]).lines("# "):
        if kind := KIND.match(line):
            seen.setdefault(kind.groups(), set()).update(KEY.findall(re.sub(r'"(?:[^"\\]|\\.)*"', '""', line)))
    assert {"as", "reads", "is_managed", "devres"} <= seen["hw", "step"] | seen["model", "step"]
    assert not {name: keys - described()[name] for name, keys in seen.items() if keys - described()[name]}
