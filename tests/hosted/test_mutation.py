# SPDX-License-Identifier: BSD-2-Clause-Patent
"""The tests tested: every field of every policy turned, and faults seeded into the engine, are each caught by the
sequences' steps, the table of hazards, the reference model or a unit test. What nobody can see stands in a list with
its reason, and nothing else does."""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/property"), str(ROOT / "tests/mutation")]

import faults  # noqa: E402
import mutant  # noqa: E402
import rows  # noqa: E402

POLICIES = rows.rows((ROOT / "pci/policy.c").read_text())
PORTION = 10  # faults a test


def test_nobody_catches_the_engine_as_it_is(tmp_path):
    """Else a catch would say nothing; and the turned rows' program is as good as the others."""
    for name, objects in (("engine", []), ("rows", [mutant.PLAIN / "tests/mutation/rows.o"])):
        (tmp_path / name).mkdir()
        assert mutant.caught_by(objects, tmp_path / name, everybody=True) == []


@pytest.mark.parametrize("policy", POLICIES)
def test_every_field_of_a_row_matters(policy, tmp_path):
    objects = [mutant.PLAIN / "tests/mutation/rows.o"]
    assert set(POLICIES[policy]) == set(rows.FIELDS)
    for field, before, after in rows.mutants(POLICIES[policy]):
        value = rows.FIELDS[field].index(after)
        environment = os.environ | {"INTXLAB_MUTANT": f"{policy} {field} {value}"}
        who = mutant.caught_by(objects, tmp_path, environment, policies=(policy,))
        why = rows.unseen(policy, field, before, after)
        assert bool(who) != bool(why), f"{policy}.{field} {before} -> {after}: caught by {who}, listed as unseen: {why}"


@pytest.mark.parametrize("first", range(0, len(faults.FAULTS), PORTION))
def test_every_fault_is_caught(first, tmp_path):
    for name, source, old, new in faults.FAULTS[first:first + PORTION]:
        folder = tmp_path / name
        who = mutant.caught_by([mutant.compile_with(source, old, new, folder)], folder)
        why = faults.UNSEEN.get(name)
        assert bool(who) != bool(why), f"{name}: caught by {who}, listed as unseen: {why}"


def test_fault_names():
    names = [name for name, *_ in faults.FAULTS]
    assert len(set(names)) == len(names) and set(faults.UNSEEN) <= set(names)
