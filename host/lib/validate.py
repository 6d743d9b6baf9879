# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Is a parsed stream a whole run, and does it agree with itself? Adds to run.problems what says no."""

from __future__ import annotations

from collections import Counter

from . import claims
from .stream import VERSION_LINE, Run, Step

NO_START = f"no line '{VERSION_LINE}': the application did not start"
UNJUDGED = ("DONE", "USAGE", "CANNOT")
# expect key -> how the same fact stands in the step's lines
OBSERVED = ("command", "status", "intx_status", "line", "irq_count", "msi_enable", "eventfd", "writes")


def worst(run: Run) -> str:
    """The verdict that the results make; a run of no check is no PASS."""
    seen = {check.verdict for check in run.checks}
    for verdict in ("FAIL", "ERROR", "PASS"):
        if verdict in seen:
            return verdict
    return "SKIP" if seen or run.plan_skip else "ERROR"


def observed(step: Step, key: str) -> str | None:
    """The observation that an expectation of that name is about; None: none was made."""
    if key == "intx_status":
        bits = hex_bits(step, "status")
        return None if bits is None else str(bits >> 3 & 1)
    if key == "eventfd":
        return (step.model or {}).get(key)
    return (step.hw or {}).get(key)


def hex_bits(step: Step, key: str) -> int | None:
    try:
        return int((step.hw or {}).get(key, ""), 16)
    except ValueError:
        return None


def meets(seen: str, expected: str) -> bool:
    """`1+` is one or more; an UNKNOWN line is not judged."""
    if expected.endswith("+") and expected[:-1].isdecimal():
        return seen.isdecimal() and int(seen) >= int(expected[:-1])
    return seen in (expected, "UNKNOWN")


def contradictions(step: Step) -> list[tuple[str, str, str]]:
    """(key, expected, observed) where they differ."""
    differ = []
    for key, expected in (step.expect or {}).items():
        seen = observed(step, key) if key in OBSERVED else None
        if seen is not None and not meets(seen, expected):
            differ.append((key, expected, seen))
    return differ


def disputes(run: Run) -> list[str]:
    """Checks that say PASS while their own evidence says otherwise."""
    passed = {check.id for check in run.checks if check.verdict == "PASS"}
    return [f"step {step.seq} ({step.check}) says PASS, but {key} is {seen or 'empty'}, "
            f"expected {expected or 'empty'}"
            for step in run.steps if step.check in passed
            for key, expected, seen in contradictions(step)]


def validate(run: Run, no_start: str = NO_START) -> None:
    """no_start: what to say of a text without the version line."""
    if not run.started:
        run.problem(no_start)
        return
    if not run.header.get("run"):
        run.problem("no header with a run id")
    _results(run)
    _steps(run)
    if run.end is None:
        run.problem("no end marker")
    else:
        _end(run, run.end)


def _results(run: Run) -> None:
    for place, check in enumerate(run.checks, 1):
        if check.number != place:
            run.problem(f"result {check.number} ({check.id}) stands where {place} belongs")
            break
    counts = Counter(check.id for check in run.checks)
    for check_id, count in counts.items():
        if count > 1:
            run.problem(f"{check_id} is reported {count} times")
        if "." not in check_id.strip("."):
            run.problem(f"{check_id} names no suite")
    for check_id in run.begin_lost:
        run.problem(f"{check_id} was begun and never reported")
    for check_id in run.unbegun:
        run.problem(f"{check_id} is reported, but was not the check begun last")
    for check_id in run.evidence:
        run.problem(f"evidence of {check_id or 'no check'}, which is not reported after it")


def _steps(run: Run) -> None:
    verdicts = run.verdicts()
    for step in run.steps:
        if verdicts.get(step.check) not in ("PASS", "FAIL"):
            continue
        if None in (step.hw, step.model, step.expect):
            run.problem(f"step {step.seq} ({step.check}) lacks one of its three lines")


def _end(run: Run, end: dict[str, str]) -> None:
    if run.header.get("run") != end.get("run"):
        run.problem(f"the end marker is of run {end.get('run')}, the header of {run.header.get('run')}")
    verdict = end.get("verdict", "")
    made = Counter(check.verdict for check in run.checks)
    want = {"planned": run.plan or 0, "reported": len(run.checks)}
    want |= {v.lower(): made[v] for v in ("PASS", "FAIL", "ERROR", "SKIP")}
    for key, number in want.items():
        if end.get(key) != str(number):
            run.problem(f"the end marker says {key}={end.get(key)}, the stream has {number}")
    if verdict in UNJUDGED:
        if run.checks:
            run.problem(f"verdict {verdict}, but there are results")
        if verdict != "DONE" and not run.stop_reason:
            run.problem(f"verdict {verdict} without its reason")
        return
    if run.plan is None:
        run.problem("no plan")
    if len(run.checks) != (run.plan or 0):
        run.problem(f"planned {run.plan or 0}, reported {len(run.checks)}")
    for text in claims.contradictions(run):
        run.problem(text)
    if verdict == "UNTESTED" and not (worst(run) in ("PASS", "SKIP") and (claims.untested(run) or run.plan_skip)):
        run.problem(f"the end marker says verdict UNTESTED, the results say {worst(run)}")
    elif verdict == "PASS" and claims.untested(run):
        run.problem(f"the end marker says verdict PASS, but: {claims.untested(run)[0]}")
    elif verdict not in (worst(run), "UNTESTED"):
        run.problem(f"the end marker says verdict {verdict or 'nothing'}, the results say {worst(run)}")
    if run.begun:
        run.problem(f"{run.begun} was begun and never reported")
