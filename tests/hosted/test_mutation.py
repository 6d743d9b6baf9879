# SPDX-License-Identifier: BSD-2-Clause-Patent
"""The tests tested: every field of every policy turned, and faults seeded into the engine, are each caught by the
sequences' steps, the table of hazards, the reference model or a unit test. What nobody can see stands in a list with
its reason, and nothing else does."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/property"), str(ROOT / "tests/mutation")]

import changes  # noqa: E402
import faults  # noqa: E402
import mutant  # noqa: E402
import mutants  # noqa: E402
import rows  # noqa: E402

POLICIES = rows.rows((ROOT / "pci/policy.c").read_text())
PORTION = 10  # faults a test


ROWS = mutant.TREE / "rows"  # turns a field by a variable


@pytest.mark.parametrize("folder", [None, ROWS])
def test_nobody_catches_the_engine_as_it_is(folder):
    """Else a catch would say nothing; and the turned rows' program is as good as the others."""
    assert mutant.caught_by(mutant.environment_of(folder), everybody=True) == []


@pytest.mark.parametrize("policy", POLICIES)
def test_every_field_of_a_row_matters(policy):
    assert set(POLICIES[policy]) == set(rows.FIELDS)
    for field, before, after in rows.mutants(POLICIES[policy]):
        value = rows.FIELDS[field].index(after)
        environment = mutant.environment_of(ROWS) | {"INTXLAB_MUTANT": f"{policy} {field} {value}"}
        who = mutant.caught_by(environment, policies=(policy,))
        why = rows.unseen(policy, field, before, after)
        assert bool(who) != bool(why), f"{policy}.{field} {before} -> {after}: caught by {who}, listed as unseen: {why}"


@pytest.mark.parametrize("first", range(0, len(faults.FAULTS), PORTION))
def test_every_fault_is_caught(first, tmp_path):
    for name, source, old, new in faults.FAULTS[first:first + PORTION]:
        folder = tmp_path / name
        mutant.compile_with(source, old, new, folder)
        who = mutant.caught_by(mutant.environment_of(folder))
        why = faults.UNSEEN.get(name)
        assert bool(who) != bool(why), f"{name}: caught by {who}, listed as unseen: {why}"


def test_fault_names():
    names = [name for name, *_ in faults.FAULTS]
    assert len(set(names)) == len(names) and set(faults.UNSEEN) <= set(names)


SMALL = '''#define LIMIT 4
static bool full(struct queue *q, unsigned n)
{
	char text[8];

	for (unsigned i = 0; i < n; i++)
		q->seen[i] &= ~PCI_COMMAND_IO;
	if (!q->busy && n + 1 > LIMIT)
		return false;
	note(q, "1 < 2");
	return true; /* 3 < 4 */
}
'''


def test_changes_of_a_small_text():
    """Operators, constants, negations, calls left out; no declaration, no size of a text, no comment, no string."""
    made = changes.changes("x.c", SMALL)
    assert {change.function for change in made} == {"full"}
    assert [(change.line, change.what) for change in made] == [
        (6, "0 to 1"), (6, "< to <="), (6, "++ to --"),
        (7, "statement dropped"), (7, "&= to |="), (7, "~ dropped"),
        (8, "if negated"), (8, "! dropped"), (8, "&& to ||"), (8, "+ to -"), (8, "1 to 2"), (8, "1 to 0"), (8, "> to >="),
        (9, "return dropped"), (9, "false to true"), (10, "statement dropped"), (11, "true to false")]
    texts = {change.what: changes.applied(SMALL, change).splitlines()[change.line - 1].strip() for change in made}
    assert texts["if negated"] == "if (!(!q->busy && n + 1 > LIMIT))" and texts["return dropped"] == ";"


def test_what_is_listed_as_harmless_can_still_be_done():
    """A row whose line is gone is to be taken out: it would excuse another line one day."""
    possible = {change.key for change in mutants.every_change()}
    rows = mutants.harmless()
    assert set(rows) <= possible
    assert all(rows.values())
