# SPDX-License-Identifier: BSD-2-Clause-Patent
"""The steps as a table, observed beside expected. Of a run of several policies only the steps that
differ from the default rule's, or that failed."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from itertools import groupby

from .render_timeline import step_verdict
from .stream import Run, Step, printable
from .text import WIDTH, Paint, wrap
from .validate import observed

DEFAULT_POLICY = "v6.15"
LINE_WORD = {"asserted": "A", "deasserted": "D", "UNKNOWN": "?"}
WRITES_WIDTH = 26
STEP = "{:>3} {}"
LEFT = "{:<28.28} {:<9} {:<3} {:<4} {:<5.18} {}"
RIGHT = "|{:<8.8} {:<3} "
WRITES_AT = len(LEFT.format("", "", "", "", "", ""))
BAR_AT = WRITES_AT + WRITES_WIDTH
COLUMNS = LEFT.format(STEP.format("seq", "step"), "Command", "IS", "line", "irqs", "  writes").ljust(BAR_AT) + RIGHT.format(
    "owner", "evt") + "result"
HEADING = f"{'hardware facts: observed/expected':^{BAR_AT}}|model facts"
LEGEND = ("IS: Interrupt Status. line: A asserted, D deasserted, ? UNKNOWN. irqs: deliveries. evt: user "
          "space notified. '.': not judged; writes: '=' as expected, '!' not.")
FACTS = ("command", "intx_status", "line", "irq_count", "msi_enable", "writes", "eventfd")


def _pair(step: Step, key: str) -> str:
    """observed/expected; '.' when not judged, '-' when not observed."""
    seen = observed(step, key)
    wanted = (step.expect or {}).get(key)
    if key == "line":
        seen = LINE_WORD.get(seen or "", seen)
        wanted = LINE_WORD.get(wanted or "", wanted)
    return f"{'-' if seen is None else seen}/{'.' if wanted is None else wanted}"


def _writes(step: Step) -> tuple[str, str]:
    """('= W=0507', what was expected if it is not that)"""
    seen = (step.hw or {}).get("writes", "")
    wanted = (step.expect or {}).get("writes")
    if wanted is None:
        return f". {seen}", ""
    return (f"= {seen}", "") if seen == wanted else (f"! {seen}", wanted or "no write")


def _row(step: Step, verdict: str, paint: Paint) -> Iterator[str]:
    """A long seq or count takes of the blanks behind it: the columns to its right stay where they are."""
    cells = (STEP.format(step.seq, step.name), *(_pair(step, key) for key in ("command", "intx_status", "line", "irq_count")))
    writes, wanted = _writes(step)
    taken = " " * (len(LEFT.format(*cells, "")) - WRITES_AT)
    parts = textwrap.wrap(writes, WRITES_WIDTH - 1, initial_indent=taken, subsequent_indent="  ",
                          drop_whitespace=False) or [taken]
    left = LEFT.format(*cells, parts[0][len(taken):].rstrip()).ljust(BAR_AT)
    right = RIGHT.format((step.model or {}).get("owner", "-"), _pair(step, "eventfd"))
    word = "ok" if verdict == "PASS" else verdict
    yield printable(left + right) + paint(word, word)
    margin = " " * WRITES_AT
    for more in parts[1:]:
        yield printable(f"{margin}{more.rstrip():<{WRITES_WIDTH}}|")
    if wanted:
        for line in wrap(f"! expected {wanted}", WIDTH - WRITES_AT, more="  "):
            yield margin + paint("FAIL", printable(line))


def _headed(name: str, steps: list[Step], verdicts: dict[str, str], paint: Paint) -> Iterator[str]:
    """A name that is too long for the heading has a line of its own."""
    name = printable(name)[:WIDTH]
    yield ""
    if len(name) >= HEADING.index("h"):
        yield paint("bold", name)
        name = ""
    yield paint("bold", name) + HEADING[len(name):]
    yield paint("dim", COLUMNS)
    for step in steps:
        yield from _row(step, step_verdict(step, verdicts), paint)


def _facts(step: Step) -> list[str | None]:
    """What one rule's step is held against another's with; a count of `1+` is as good as another."""
    loose = (step.expect or {}).get("irq_count", "").endswith("+")
    return [None if key == "irq_count" and loose else observed(step, key) for key in FACTS]


def differing(steps: list[Step], base: list[Step], verdicts: dict[str, str]) -> list[Step]:
    of_base = {(step.sequence, step.name): _facts(step) for step in base}
    return [step for step in steps if step_verdict(step, verdicts) in ("FAIL", "ERROR")
            or of_base.get((step.sequence, step.name)) != _facts(step)]


def _several(run: Run, paint: Paint) -> Iterator[str]:
    verdicts = run.verdicts()
    by_policy = {policy: [step for step in run.steps if step.policy == policy] for policy in run.policies()}
    default = DEFAULT_POLICY if DEFAULT_POLICY in by_policy else next(iter(by_policy))
    same = []
    alike: dict[tuple[object, ...], tuple[list[str], list[Step]]] = {}
    for policy, steps in by_policy.items():
        if rows := differing(steps, by_policy[default], verdicts):
            key = tuple((s.name, *_facts(s), step_verdict(s, verdicts)) for s in rows)
            alike.setdefault(key, ([], rows))[0].append(policy)
        elif policy != default and len(steps) == len(by_policy[default]):
            same.append(policy)
    for policies, rows in alike.values():
        yield from _headed(", ".join(policies), rows, verdicts, paint)
    text = f"Shown: the steps that differ from {default}'s, or failed. As {default} in every step: "
    yield ""
    yield from wrap(printable(text + (", ".join(same) or "none") + "."))


def lines(run: Run, paint: Paint) -> Iterator[str]:
    if not run.steps:
        return
    if any(step.policy for step in run.steps):
        yield from _several(run, paint)
    else:
        for sequence, steps in groupby(run.steps, key=lambda s: s.sequence):
            yield from _headed(sequence or "?", list(steps), run.verdicts(), paint)
        yield ""
    yield from (paint("dim", line) for line in wrap(LEGEND))
