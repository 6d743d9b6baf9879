# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Compares two timelines step by step: two runs of ours, or a run and a recorded kernel.

Against a kernel there are five reasons for which a difference is allowed; each use of one is a row of
ALLOWED, and --verbose prints where it was needed. Everything else is a difference."""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .stream import printable

COMMAND_MASK = 0x0407  # DisINTx, Bus Master, memory and I/O decode: what Linux's code here writes
TRANSIENT = 0x0400  # vfio-pci's close writes this whole word, whatever firmware had left in it
LINES_MAX = 10_000
RUN_COLUMNS = {"step": "step", "command": "command", "status": "status", "disintx": "disintx",
               "intx_status": "intx_status", "bus_master": "bus_master", "msi_enable": "msi_enable",
               "line": "line", "irq_count": "irq_count", "eventfd": "eventfd", "writes": "writes",
               "verdict": "verdict"}
KERNEL_COLUMNS = {"step": "step", "command": "command", "status": "status", "disintx": "disintx",
                  "intx_status": "intx_sts", "bus_master": "bm", "msi_enable": "msi_en",
                  "irq_count": "count", "eventfd": "eventfd", "writes": "outside"}
BETWEEN_RUNS = ("command", "status", "msi_enable", "line", "irq_count", "eventfd", "writes", "verdict")
# Command's bits have columns of their own; a Status that differs in others is another device's.
AGAINST_KERNEL = ("command", "intx_status", "msi_enable", "irq_count", "eventfd", "writes")
WRITE = re.compile(r"(W(?:32|8)?(?:\+\d)?|MSIctl)=([0-9a-fA-F]+)(?:\*(\d{1,3}))?$")

# Interrupts are counted where both sides count the same thing: while user space has the line.
COUNTED = ("intx_trigger comreset_nodma service0 assert unmask_while_asserting service unmask reassert "
           "service2_unmask user_mask assert_while_masked unmask_pending service3_unmask "
           "virt_disintx_set virt_disintx_clr irq_disable quiesce d_trigger d_assert d_irq_disable").split()
# Its handler is gone: ours says '-', the older kernel's /proc/interrupts still has the row.
UNATTACHED = ("irq_disable", "quiesce", "d_irq_disable")


FIRMWARE = "firmware's bits outside 0407"


@dataclass(frozen=True)
class Allowed:
    reason: str
    steps: str  # names, a blank between; "*": every one
    column: str  # "step": it is not compared at all


ALLOWED = (
    Allowed("no file handle", "vfio_group vfio_map close_group final", "step"),
    Allowed(FIRMWARE, "*", "command"),
    Allowed(FIRMWARE, "*", "writes"),
    Allowed("no disk writes", "ahci_io ahci_io2 d_ahci_io", "irq_count"),
    Allowed("Linux's asynchronous scan", "ahci_bind ahci_rebind d_ahci_rebind", "irq_count"),
    Allowed("libata's own commands", "ahci_unbind d_ahci_unbind", "irq_count"),
    Allowed("libata's own commands", "ahci_io ahci_io2 d_ahci_io", "writes"),
)


class Unreadable(Exception):
    """One line: what is not a timeline, and why."""


@dataclass
class Timeline:
    name: str
    kernel: bool
    rows: dict[str, dict[str, str]] = field(default_factory=dict)  # by step

    def base(self) -> tuple[int, int]:
        """Command and Status before any driver came: what the untouched bits must stay."""
        row = self.rows.get("before_bind")
        if not row:
            raise Unreadable(f"{self.name}: no step before_bind to hold the untouched bits against")
        return _hex(row["command"], self.name), _hex(row["status"], self.name)


@dataclass
class Result:
    compared: int = 0
    differences: list[tuple[str, str, str, str]] = field(default_factory=list)  # step, column, A, B
    uses: list[tuple[str, str, str, str, str]] = field(default_factory=list)  # … and the reason

    def lines(self, verbose: bool) -> Iterator[str]:
        if verbose:
            for step, column, a, b, reason in self.uses:
                yield f"allowed: {_words(step, column, a, b)} ({reason})"
        for step, column, a, b in self.differences:
            yield _words(step, column, a, b)


def _words(step: str, column: str, a: str, b: str) -> str:
    return printable(f"{step:<23} {column:<11} {a or '-'} | {b or '-'}")


def _hex(text: str, where: str) -> int:
    try:
        return int(text, 16)
    except ValueError:
        raise Unreadable(f"{where}: {text[:20]!r} is not a hex number") from None


def read(path: Path) -> Timeline:
    try:
        with path.open(encoding="latin-1") as file:
            table = [line.rstrip("\n").split("\t") for _, line in zip(range(LINES_MAX), file)]
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror}") from None
    head = table[0] if table else []
    kernel = "outside" in head
    columns = KERNEL_COLUMNS if kernel else RUN_COLUMNS
    if missing := [name for name in columns.values() if name not in head]:
        raise Unreadable(f"{path}: not a timeline: no column {', '.join(missing)}")
    timeline = Timeline(path.name, kernel)
    for number, cells in enumerate(table[1:], 2):
        if len(cells) != len(head):
            raise Unreadable(f"{path}: line {number} has {len(cells)} cells, the heading {len(head)}")
        got = dict(zip(head, cells))
        row = {ours: got[theirs] for ours, theirs in columns.items()}
        if row["step"] in timeline.rows:
            raise Unreadable(f"{path}: {row['step']} stands twice; of a run with several policies compare "
                             "the folder, or one timeline.POLICY.tsv")
        timeline.rows[row["step"]] = row
    if not timeline.rows:
        raise Unreadable(f"{path}: holds no step")
    return timeline


def find(path: Path, policy: str | None) -> dict[str, Path]:
    """The timelines that a name on the command line stands for, by policy ('' where only one ran)."""
    if not path.exists():
        raise Unreadable(f"{path}: {os.strerror(errno.ENOENT)}")
    if not path.is_dir():
        return {"": path}
    names = {p.name[len("timeline."):-len(".tsv")]: p for p in sorted(path.glob("timeline.*.tsv"))}
    if policy and names:
        if policy not in names:
            raise Unreadable(f"{path}: no policy {policy}; there is: {' '.join(names)}")
        return {"": names[policy]}
    if not names and not (path / "timeline.tsv").is_file():
        raise Unreadable(f"{path}: no timeline.tsv in it")
    return names or {"": path / "timeline.tsv"}


def claims(path: Path) -> dict[str, str]:
    """What a run's claims came to, by id; empty where there are none: a recorded kernel, an older run."""
    try:
        told = json.loads((path / "results.json").read_text(encoding="utf-8")).get("claims", [])
        return {" ".join(filter(None, (str(claim["id"]), str(claim.get("sbdf", ""))))): str(claim["state"]) for claim in told}
    except (OSError, ValueError, AttributeError, KeyError, TypeError):
        return {}


def claim_differences(a: Path, b: Path) -> list[str]:
    """Of two runs that both have claims."""
    one, two = claims(a), claims(b)
    if not one or not two:
        return []
    return [printable(f"claim {name:<17} {'':<11} {one.get(name, '-')} | {two.get(name, '-')}")
            for name in dict.fromkeys([*one, *two]) if one.get(name) != two.get(name)]


def pairs(a: Path, b: Path, policy: str | None) -> Iterator[tuple[str, Timeline | None, Timeline | None]]:
    """What is to be compared: one pair, or one for each policy of two runs of several."""
    one, two = find(a, policy), find(b, policy)
    if one.keys() != two.keys() and ("" in one or "" in two):
        raise Unreadable(f"{b if '' in one else a} holds several policies, the other side one timeline: "
                         "--policy NAME picks one")
    for name in dict.fromkeys([*one, *two]):
        yield name, *(read(side[name]) if name in side else None for side in (one, two))


def _tokens(cell: str) -> list[tuple[str, str]]:
    """('W', '0507'); of a recording's `outside` only what writes to the function."""
    found = []
    for word in cell.split():
        if match := WRITE.match(word):
            found += [(match[1], match[2].lower())] * int(match[3] or 1)
    return found


def _text(tokens: list[tuple[str, str]]) -> str:
    return " ".join(f"{kind}={value}" for kind, value in tokens)


class _Kernel:
    """One side as it is compared with a kernel: only what Linux's code decides."""

    def __init__(self, timeline: Timeline) -> None:
        self.name = timeline.name
        self.command, self.status = timeline.base()

    def word(self, value: int) -> str:
        if value == TRANSIENT:
            return f"{value:04x} whole"
        others = "" if not (value ^ self.command) & ~COMMAND_MASK & 0xffff else f" in {value:04x}"
        return f"{value & COMMAND_MASK:04x}{others}"

    def write(self, kind: str, value: str) -> str:
        number = _hex(value, self.name)
        if kind == "MSIctl":
            return f"MSIctl {number & 1}"
        if kind == "W32":
            status = "" if number >> 16 == self.status else f" Status {number >> 16:04x}"
            return f"W32 {self.word(number & 0xffff)}{status}"
        return f"{kind} {self.word(number)}"

    def normal(self, column: str, cell: str) -> str:
        if column == "command":
            return self.word(_hex(cell, self.name))
        if column != "writes":
            return cell
        return ", ".join(self.write(*token) for token in _tokens(cell))


def _as_text(column: str, cell: str) -> str:
    """A cell as both sides would write it if they agreed in every bit."""
    if column == "command":
        return cell.lower().removeprefix("0x")
    return _text(_tokens(cell)) if column == "writes" else cell


class _AgainstKernel:
    def __init__(self, a: Timeline, b: Timeline) -> None:
        self.sides = (_Kernel(a), _Kernel(b))
        self.kernels = (a.kernel, b.kernel)
        self.result = Result()

    def step(self, step: str, a: dict[str, str], b: dict[str, str]) -> None:
        for column in AGAINST_KERNEL:
            self.cell(step, column, a[column], b[column])

    def cell(self, step: str, column: str, a: str, b: str) -> None:
        """The same text may still differ: in a bit that one side's firmware had set."""
        one, two = _as_text(column, a), _as_text(column, b)
        agree = self.sides[0].normal(column, a) == self.sides[1].normal(column, b)
        if agree and one == two or column == "irq_count" and self.uncounted(step, one, two):
            return
        reasons = [reason for reason in _reasons(step, column) if agree or reason != FIRMWARE]
        if reasons:
            self.result.uses.append((step, column, one, two, reasons[0]))
        else:
            self.result.differences.append((step, column, one, two))

    def uncounted(self, step: str, a: str, b: str) -> bool:
        """A kernel's '-' is no count; ours is none where the handler is gone."""
        for cell, kernel in zip((a, b), self.kernels):
            if cell == "-" and (kernel or step in UNATTACHED):
                return True
        return step not in COUNTED and not _reasons(step, "irq_count")


def _reasons(step: str, column: str) -> list[str]:
    return [row.reason for row in ALLOWED
            if row.column == column and (row.steps == "*" or step in row.steps.split())]


def _missing(a: Timeline, b: Timeline) -> Iterator[tuple[str, str, str, str]]:
    """Of a recorded kernel's steps all that are ours must be there; it has fewer sequences than we."""
    for has, lacks, words in ((b, a, ("not there", "there")), (a, b, ("there", "not there"))):
        if lacks.kernel and not has.kernel:
            continue
        for step in has.rows:
            if step not in lacks.rows and not (has.kernel and _reasons(step, "step")):
                yield step, "step", *words


def compare(a: Timeline, b: Timeline) -> Result:
    both = [step for step in a.rows if step in b.rows]
    result = Result()
    if a.kernel or b.kernel:
        judge = _AgainstKernel(a, b)
        result = judge.result
        for step in dict.fromkeys([*a.rows, *b.rows]):
            if reasons := _reasons(step, "step"):
                result.uses.append((step, "step", "", "", reasons[0]))
        both = [step for step in both if not _reasons(step, "step")]
        for step in both:
            judge.step(step, a.rows[step], b.rows[step])
    else:
        result.differences = [(step, column, a.rows[step][column], b.rows[step][column])
                              for step in both for column in BETWEEN_RUNS
                              if a.rows[step][column] != b.rows[step][column]]
    result.compared = len(both)
    result.differences += _missing(a, b)
    return result
