# SPDX-License-Identifier: BSD-2-Clause-Patent
"""The tables of simulated faults and the checks that each must FAIL: tests/golden/faults.tsv, on any machine without an
option, and faults-placed.tsv, on these machines with these options. "-" is for what looks like a fault and is legal: no
check may FAIL. Beside them no-fault.tsv: what no fault can fail."""

from fnmatch import fnmatchcase

from simulated import ROOT

GOLDEN = ROOT / "tests/golden"
LEGAL = ["-"]
MACHINES = ("q35", "behind-bridge")  # where the rows of faults.tsv are tried
# Faults of one moment: whether a plain run meets them says nothing. test_rounds.py catches them by --repeat, too.
ONCE = ("line.assert-lost-100th",)
IDS = (GOLDEN / "check-ids.txt").read_text(encoding="ascii").split()


def _rows(name):
    lines = [line for line in (GOLDEN / name).read_text(encoding="ascii").splitlines() if not line.startswith("#")]
    head = lines[0].split("\t")
    assert all(line.count("\t") + 1 == len(head) for line in lines), f"{name}: a row with other columns than its head"
    return [line.split("\t") for line in lines[1:]]


def table():
    """{fault: {(machine, options): checks}}, with every machine of faults.tsv for every fault."""
    runs = {}
    for fault, checks in _rows("faults.tsv"):
        assert fault not in runs, f"{fault} has two rows"
        runs[fault] = {(machine, ""): checks.split() for machine in MACHINES}
    for fault, machines, options, checks in _rows("faults-placed.tsv"):
        there = runs.setdefault(fault, {(machine, ""): [] for machine in MACHINES})
        for machine in machines.split():
            there[machine, options] = [*there.get((machine, options), []), *checks.split()]
    return runs


def failed_by_a_fault():
    return {check for runs in table().values() for checks in runs.values() if checks != LEGAL for check in checks}


def failed_by_a_rule():
    """Hazards FAIL where a rule of Linux has them: tests/golden/hazards.tsv, held by test_policies.py."""
    return {f"hazard.{row[4]}" for row in _rows("hazards.tsv")}


def failed_by_nothing():
    patterns = [row[0] for row in _rows("no-fault.tsv")]
    assert all(any(fnmatchcase(name, pattern) for name in IDS) for pattern in patterns)
    return {name for name in IDS if any(fnmatchcase(name, pattern) for pattern in patterns)}
