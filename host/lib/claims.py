# SPDX-License-Identifier: BSD-2-Clause-Patent
"""The claims of a run: what people want to know, each standing on checks. The application answers them;
here its answers are held against the results, and joined with what is known of emulators."""

from __future__ import annotations

from dataclasses import dataclass, replace

from . import parts
from .known import Judged, part_of
from .stream import Fields, Run

STATES = ("shown", "refuted", "not-tested")
MUST = ("interrupts", "masks")  # without these a run has tested nothing


@dataclass
class Claim:
    id: str
    state: str
    text: str
    checks: list[str]  # what it stands on, without policies: these passed
    also: list[str]  # and these did not fail
    by: list[str]  # refuted: by these, with policies
    reason: str = ""
    advice: str = ""
    known: bool = False  # refuted by nothing but what is known
    sbdf: str = ""  # of several functions: whose


def _claim(fields: Fields) -> Claim:
    get = fields.get
    checks, also, by = (get(key, "").split() for key in ("checks", "also", "by"))
    return Claim(get("id", ""), get("state", ""), get("text", ""), checks, also, by, get("reason", ""), get("advice", ""))


def of(run: Run, known: Judged | None = None) -> list[Claim]:
    """Of several functions all, one function's behind the other's."""
    if several := parts.of(run):
        return [replace(claim, sbdf=part.sbdf) for part in several
                for claim in of(part.run, part_of(known, part) if known else None)]
    claims = [_claim(fields) for fields in run.facts("run", "claim")]
    for claim in claims:
        claim.known = bool(known and claim.by) and all(name in known.happened for name in claim.by)
    return claims


def is_selection(run: Run) -> bool:
    return run.fact("run", "setting").get("selection") == "1"


def missing(run: Run) -> list[Claim]:
    """Those that must be tested and were not; a selection is excused from what it left out."""
    return [claim for claim in of(run) if claim.id in MUST and claim.state == "not-tested"
            and not (is_selection(run) and claim.reason.startswith("left out ("))]


def untested(run: Run) -> list[str]:
    """Why a run tested nothing, and what to do. Empty: it did test. Of several functions that were named each must
    be tested, with --device all one of them."""
    several = [(part, _untested(part.run)) for part in parts.of(run)]
    if not several:
        return _untested(run)
    if parts.are_all(run) and not all(told for _, told in several):
        return []
    return [f"{part.name}: {text}" for part, told in several for text in told]


def _untested(run: Run) -> list[str]:
    lost = missing(run)
    advice = dict.fromkeys(claim.advice for claim in lost if claim.advice)
    return ([f"not tested: {claim.text}: {claim.reason}" for claim in lost]
            + [f"what to do: {text}" for text in advice])


def contradictions(run: Run) -> list[str]:
    """Claims that the results do not bear out, and those that are not there: a line of a log can be lost."""
    if several := parts.of(run):
        return [f"{part.name}: {text}" for part in several for text in contradictions(part.run)]
    failed = {check.id for check in run.checks if check.verdict == "FAIL"}
    plain = {check.plain for check in run.checks if check.verdict == "FAIL"}
    passed = {check.plain for check in run.checks if check.verdict == "PASS"}
    told = {claim.id for claim in of(run)}
    whole = run.fact("run", "setting").get("selection") == "0"
    wrong = [f"no line says whether the claim {name} is shown" for name in MUST if whole and name not in told]
    for claim in of(run):
        if claim.state not in STATES:
            wrong.append(f"claim {claim.id} has the state {claim.state or 'nothing'}")
        elif claim.state == "shown" and plain & {*claim.checks, *claim.also}:
            wrong.append(f"claim {claim.id} says shown, but {sorted(plain & {*claim.checks, *claim.also})[0]} says FAIL")
        elif claim.state == "shown" and not set(claim.checks) <= passed:
            wrong.append(f"claim {claim.id} says shown, but {sorted(set(claim.checks) - passed)[0]} did not pass")
        elif claim.state == "refuted" and not (claim.by and set(claim.by) <= failed):
            wrong.append(f"claim {claim.id} says refuted by {' '.join(claim.by) or 'nothing'}, which did not FAIL")
    return wrong
