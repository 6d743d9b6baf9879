# SPDX-License-Identifier: BSD-2-Clause-Patent
"""junit.xml for Jenkins and GitLab: one testsuite a suite; what is wrong with the run as a whole is
a test case of its own in the suite 'run', so that a torn run is red there too."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from . import claims
from .outcome import Outcome, last_check
from .stream import Check, Run, printable
from .witness import Witness

TAGS = {"FAIL": "failure", "ERROR": "error", "SKIP": "skipped"}


def mismatch_text(fields: dict[str, str], with_spec: bool = True) -> str:
    def value(key: str) -> str:
        return fields.get(key, "?") or "nothing"

    text = f"{value('what')}: expected {value('expected')}, observed {value('observed')}"
    return printable(f"{text} [{fields['spec']}]" if with_spec and fields.get("spec") else text)


def advice_text(check: Check) -> list[str]:
    """What to look at first; and that Linux lists the function, where it does."""
    words = (("look at: {}", "advice"), ("listed: {} names this function", "quirk"))
    return [form.format(check.failed[key]) for form, key in words if check.failed.get(key)]


def debris_text(check: Check) -> list[str]:
    """What was left in a register, and what putting it back made of it where that is not what was found."""
    lines = []
    for get in (fields.get for fields in check.debris):
        text = f"debris: {get('register')} was {get('found')}, is {get('left')}"
        after = get("after", get("found"))
        lines.append(text if after == get("found") else f"{text}, and reads {after} after it was put back")
    return lines


def evidence_text(check: Check) -> list[str]:
    """What stands beside the mismatches: the rule, its source, the registers, what to look at first."""
    lines = debris_text(check)
    lines += [f"{name}: {check.failed[key]}" for name, key in (("rule", "rule"), ("source", "spec")) if key in check.failed]
    for fields in check.registers:
        values = " ".join(f"{key}={value}" for key, value in fields.items() if key != "when")
        lines.append(f"registers {fields.get('when', '?')}: {values}")
    lines += [f"round {r.get('round')}: {r.get('verdict')} {r.get('reason')}" for r in check.rounds]
    return lines + advice_text(check)


def _case(suite: ET.Element, name: str, us: int = 0) -> ET.Element:
    return ET.SubElement(suite, "testcase", classname=suite.get("name", ""), name=name,
                         time=f"{us / 1e6:.3f}")


def _say(case: ET.Element, verdict: str, lines: list[str]) -> None:
    lines = [printable(line) for line in lines] or ["no reason given"]
    what = ET.SubElement(case, TAGS[verdict], message=lines[0])
    if verdict != "SKIP":
        what.set("type", verdict)
        what.text = "\n".join(lines)


def _check(suite: ET.Element, check: Check, outcome: Outcome) -> None:
    """What is known to fail is shown as skipped: neither green nor a reason to be red."""
    case = _case(suite, check.name, check.us)
    if outcome.known.explains(check):
        _say(case, "SKIP", [outcome.known.why(check.id)])
    elif check.verdict in TAGS:
        reason = [check.reason] if check.reason else []
        more = [] if check.verdict == "SKIP" else evidence_text(check)
        _say(case, check.verdict, reason + [mismatch_text(m) for m in check.mismatches] + more)


class _Report:
    def __init__(self) -> None:
        self.root = ET.Element("testsuites", name="intxlab")
        self.suites: dict[str, ET.Element] = {}

    def suite(self, name: str) -> ET.Element:
        if name not in self.suites:
            self.suites[name] = ET.SubElement(self.root, "testsuite", name=name)
        return self.suites[name]

    def whole_run(self, name: str, verdict: str, lines: list[str]) -> None:
        """A case about the run as a whole."""
        case = _case(self.suite("run"), name)
        if verdict != "PASS":
            _say(case, verdict, lines)


def _run_cases(report: _Report, run: Run, outcome: Outcome, witness: Witness | None) -> None:
    if run.begun:
        suite, _, name = run.begun.partition(".")
        case = _case(report.suite(suite), name or suite)
        _say(case, "ERROR", [f"no result: the run stopped {last_check(run)}"])
    if outcome.code in (2, 3, 124):
        report.whole_run("complete", "ERROR", outcome.reasons)
    if outcome.objections:
        report.whole_run("objections", "FAIL", outcome.objections)
    if witness and not witness.errors:
        report.whole_run("witness", "PASS", [])


def _claims(report: _Report, run: Run, outcome: Outcome) -> None:
    """A case a claim. What a run is for and did not test is an error: a CI must not stay green on it."""
    lost = {(claim.id, claim.sbdf) for claim in claims.missing(run)} if outcome.verdict == "UNTESTED" else set()
    for claim in claims.of(run, outcome.known):
        case = _case(report.suite("claims"), claim.id + (f".{claim.sbdf}" if claim.sbdf else ""))
        if claim.state == "refuted":
            _say(case, "SKIP" if claim.known else "FAIL",
                 [f"{'known: ' if claim.known else ''}not so: {claim.text}: {' '.join(claim.by)}"])
        elif claim.state != "shown":
            _say(case, "ERROR" if (claim.id, claim.sbdf) in lost else "SKIP",
                 [f"not tested: {claim.text}: {claim.reason}"] + ([claim.advice] if claim.advice else []))
    if outcome.verdict == "UNTESTED":
        report.whole_run("tested", "ERROR", outcome.reasons)


def render(run: Run, outcome: Outcome, witness: Witness | None) -> str:
    report = _Report()
    for check in run.checks:
        _check(report.suite(check.suite), check, outcome)
    _claims(report, run, outcome)
    _run_cases(report, run, outcome, witness)
    for suite in report.root:
        suite.set("tests", str(len(suite)))
        for verdict, attribute in (("FAIL", "failures"), ("ERROR", "errors"), ("SKIP", "skipped")):
            suite.set(attribute, str(sum(case.find(TAGS[verdict]) is not None for case in suite)))
        suite.set("time", f"{sum(float(case.get('time', '0')) for case in suite):.3f}")
    ET.indent(report.root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(report.root, encoding="unicode") + "\n"
