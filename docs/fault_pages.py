# SPDX-License-Identifier: BSD-2-Clause-Patent
"""docs/checks.md and docs/faults.md: what the application lists, and beside it the tables of tests/golden that say which
simulated fault each check must FAIL on."""

import subprocess
from fnmatch import fnmatchcase
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SIMULATOR = "build/hosted/gcc/intxlab-sim"
LEGAL = "-"  # in the place of checks: what looks like a fault and is none

CHECKS_HEAD = """\
# The checks

Made by `make docs` from what `--list` says and from the tables of [faults](faults.md); do not edit.
The id is frozen. The sentence is true when the check passes; `observation` stands where no document says so. Each check
must FAIL on the simulated faults that are named with it. A sequence is a suite whose steps are its checks, in this
order. `firmware.*` run after the machine was given back, and only in the image.
"""
# Of the words of needs=; one that is not here explains itself.
NEEDS = {
    "function": "there is a function to test",
    "device": "its registers answer, and it came out of its reset",
    "ahci": "it is an AHCI controller",
    "intx-pin": "its Interrupt Pin is 1 to 4",
    "source": "it can be made to raise its interrupt: an AHCI controller needs a drive that answers",
    "msi": "`--msi on`, and an MSI capability",
    "route": "its line was found (`line.probe`)",
    "neighbour": "`--neighbour`, a function on the same line that can raise its interrupt",
    "ahci-neighbour": "that is an AHCI controller, too",
    "disintx": "Command[10] is not read-only 0",
}
FAULTS_HEAD = f"""\
# The simulated faults

Made by `make docs` from `tests/golden/faults.tsv`, `faults-placed.tsv`, `no-fault.tsv`, `hazards.tsv` and what
`{SIMULATOR} --help` says; do not edit.

A simulated fault is one thing that a register, the line or a controller does wrong; it knows no check. The rows are
written from what it does, not from what a run showed: each names checks that must FAIL, others may, and a step behind
one that broke its chain is ERROR. What looks like a fault and is legal must FAIL nothing.

`tests/hosted/test_faults.py` runs every fault. Each check that is named must FAIL, and pass on the honest machine; every
check must FAIL on some fault, and every fault be caught. `tests/hosted/test_sites.py` holds each expectation in them:
taken for true it alone lets some fault through, often one of a moment (`tests/golden/expectations.tsv`).
One by hand: `{SIMULATOR} --fault status.intx-stuck-1`; where a machine and options stand in front of the checks, with
`--machine NAME` before `--fault` and `-- OPTIONS` behind it.
"""


def cell(text):
    """'<' and '|' mean something in a table of Markdown."""
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


def code(words):
    return " ".join(f"`{word}`" for word in words)


def table(head, rows):
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in rows])


def suite_of(name):
    return name.split(".")[0]


def _rows(name):
    lines = (ROOT / "tests/golden" / name).read_text(encoding="ascii").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")][1:]


def _behaviour():
    """{fault: what it does}, in the simulator's order."""
    if not (ROOT / SIMULATOR).exists():
        subprocess.run(["make", "-s", SIMULATOR], cwd=ROOT, check=True)
    text = subprocess.run([ROOT / SIMULATOR, "--help"], capture_output=True, text=True, cwd=ROOT).stderr
    return dict(line.split(None, 1) for line in text.split("faults:\n")[1].splitlines())


def _expected():
    """[(fault, where, checks)]; where is empty for any machine without an option."""
    anywhere = [(fault, "", checks.split()) for fault, checks in _rows("faults.tsv")]
    placed = [(fault, ", ".join(machines.split()) + (f" `{options}`" if options else ""), checks.split())
              for fault, machines, options, checks in _rows("faults-placed.tsv")]
    return anywhere + placed


def catches():
    """{check: faults that it must FAIL on}, in the simulator's order."""
    order = list(_behaviour())
    found = {}
    for fault, _, checks in sorted(_expected(), key=lambda row: order.index(row[0])):
        for check in checks:
            if check != LEGAL and fault not in found.setdefault(check, []):
                found[check].append(fault)
    return found


def unfailed():
    """[(pattern, why no fault makes it FAIL, what shows it instead)]; a hazard is the rule's own."""
    hazards = {}
    for policies, *_, hazard, _, _ in _rows("hazards.tsv"):
        rules = hazards.setdefault(f"hazard.{hazard}", [])
        rules += [word for word in policies.replace("*", "any").split() if word not in rules]
    rows = [(pattern, why, shown) for pattern, why, shown in _rows("no-fault.tsv")]
    return rows + [(name, "the rule makes it, not the device",
                    f"`tests/golden/hazards.tsv` ({', '.join(rules)}), held by `tests/hosted/test_policies.py`")
                   for name, rules in hazards.items()]


def _fails_on(name, caught, rest):
    faults = code(caught.get(name, []))
    for pattern, why, shown in rest:
        if fnmatchcase(name, pattern):
            return f"{faults}; else {shown}" if faults else f"no fault: {cell(why)}; {shown}"
    return faults or "no fault"


def _common(checks, key):
    """What all checks of a suite say, if they say the same."""
    values = {row.get(key, "") for row in checks}
    return values.pop() if len(values) == 1 else None


def _as_table(checks, caught, rest):
    """A sequence, or a suite whose checks say nothing of their own but the sentence."""
    parts = []
    for key, label in (("why", "Why it matters"), ("advice", "When it fails, look first at")):
        if _common(checks, key):
            parts.append(f"{label}: {cell(_common(checks, key))}\n")
    with_needs = any(row.get("needs") for row in checks)
    head = ["id", "what is true when it passes", "says who", *(["needs"] if with_needs else []), "must FAIL on"]
    rows = [[f"`{row['check']}`", cell(row["title"]), cell(row["spec"]), *([row.get("needs", "")] if with_needs else []),
             _fails_on(row["check"], caught, rest)] for row in checks]
    return "\n".join([*parts, table(head, rows)]) + "\n"


def _as_block(row, caught, rest):
    facts = [("says who", cell(row["spec"])), ("needs", row.get("needs")), ("why", cell(row.get("why", ""))),
             ("first look", cell(row.get("advice", ""))), ("must FAIL on", _fails_on(row["check"], caught, rest))]
    lines = [f"- {label}: {value}" for label, value in facts if value]
    return "\n".join([f"### `{row['check']}`", f"{cell(row['title'])}", "", *lines]) + "\n"


def _legend(rows):
    words = {word for row in rows for word in row.get("needs", "").split()}
    named = [(f"`{word}`", text) for word, text in NEEDS.items() if word in words]
    return ("\n## What a check needs\nWhere it is not met, the check is a SKIP that says so, or an ERROR where it should have "
            f"been met.\n\n{table(('word', 'what must be so'), named)}\n")


def checks_page(rows):
    caught, rest = catches(), unfailed()
    parts = [CHECKS_HEAD]
    if any(row.get("needs") for row in rows):
        parts.append(_legend(rows))
    for suite, checks in groupby(rows, key=lambda row: suite_of(row["check"])):
        checks = list(checks)
        parts.append(f"\n## {suite}\n")
        if _common(checks, "why") is not None:
            parts.append(_as_table(checks, caught, rest))
        else:
            parts.append("\n".join(_as_block(row, caught, rest) for row in checks))
    return "".join(parts)


def _by_suite(checks):
    if checks == [LEGAL]:
        return "nothing: it is legal"
    return "; ".join(f"{suite}: {code(name.split('.', 1)[1] for name in names)}"
                     for suite, names in groupby(checks, key=suite_of))


def faults_page(ids):
    behaviour, expected, caught = _behaviour(), _expected(), catches()
    excused = [why for *_, why in _rows("expectations.tsv")]
    parts = [FAULTS_HEAD, f"\n{len(behaviour)} faults, {len(caught)} checks that they must make FAIL. "
             f"{len(excused)} expectations: {excused.count('-')} shown to be needed, {len(excused) - excused.count('-')} "
             "excused with the reason.\n"]
    for group, faults in groupby(sorted(behaviour, key=suite_of), key=suite_of):
        rows = []
        for fault in faults:
            must = [(f"on {where}: " if where else "") + _by_suite(checks) for name, where, checks in expected if name == fault]
            rows.append((f"`{fault}`", cell(behaviour[fault]), "<br>".join(must)))
        parts.append(f"\n## {group}\n{table(('fault', 'what it does', 'must FAIL'), rows)}\n")
    rows = [(f"`{name}`", code(caught[name])) for name in ids if name in caught]
    parts.append(f"\n## What each check catches\n{table(('check', 'faults'), rows)}\n")
    rows = [(f"`{pattern}`", cell(why), shown) for pattern, why, shown in unfailed() if pattern not in caught]
    parts.append(f"\n## Checks that no fault fails\n{table(('check', 'why', 'what shows that it can fail'), rows)}\n")
    return "".join(parts)
