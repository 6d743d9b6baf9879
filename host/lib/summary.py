# SPDX-License-Identifier: BSD-2-Clause-Patent
"""What a person reads: progress while the run goes on, then the summary. At most 100 columns;
colours only on a terminal; the last line is always `verdict: X (exit N)`."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from itertools import groupby

from .outcome import Ended, Outcome, last_check
from .render_junit import mismatch_text
from .render_timeline import step_verdict
from .stream import PLAN, RESULT, Check, Run, Step, printable
from .validate import UNJUDGED, contradictions, observed
from .witness import Witness

WIDTH = 100
COLOURS = {"PASS": "32", "ok": "32", "DONE": "32", "FAIL": "31", "INCOMPLETE": "31", "TIMEOUT": "31",
           "ERROR": "35", "SKIP": "33", "USAGE": "33", "CANNOT": "33", "bold": "1", "dim": "2"}
LINE_WORD = {"asserted": "A", "deasserted": "D", "UNKNOWN": "?"}
WRITES_WIDTH = 26
LEFT = "{:>3} {:<24.24} {:<9} {:<3} {:<4} {:<5} {:<" + str(WRITES_WIDTH) + "}"
RIGHT = "|{:<8.8} {:<3} "
COLUMNS = LEFT.format("seq", "step", "Command", "IS", "line", "irqs", "  writes") + RIGHT.format(
    "owner", "evt") + "result"
WRITES_AT = COLUMNS.index("|") - WRITES_WIDTH
HEADING = f"{'hardware facts: observed/expected':^{COLUMNS.index('|')}}|model facts"
SURROUNDINGS = ("intxlab", "options", "stop", "report", "end")  # of an answer
LEGEND = ("IS: Interrupt Status. line: A asserted, D deasserted, ? UNKNOWN. irqs: deliveries. evt: user "
          "space notified. '.': not judged; writes: '=' as expected, '!' not.")


class Paint:
    def __init__(self, colours: bool) -> None:
        self.colours = colours

    def __call__(self, name: str, text: str) -> str:
        code = COLOURS.get(name, "")
        return f"\x1b[{code}m{text}\x1b[0m" if self.colours and code else text


class Progress:
    """One short line a result, as it arrives."""

    def __init__(self, paint: Paint) -> None:
        self.paint = paint
        self.plan = "?"

    def line(self, text: str) -> str | None:
        if match := PLAN.match(text):
            self.plan = match.group(1)
            return None
        match = RESULT.match(text)
        if not match:
            return None
        verdict = match.group(4) or ("PASS" if match.group(1) == "ok" else "FAIL")
        number = f"{match.group(2):>{len(self.plan)}}/{self.plan}"
        reason = f"  {match.group(5)}" if match.group(5) else ""
        return f"{number} {self.paint(verdict, f'{verdict:5}')} {match.group(3)}{reason}"[:WIDTH + 20]


def _fact(name: str, text: str) -> list[str]:
    lines = textwrap.wrap(printable(text), WIDTH - 12) or ["-"]
    return [f"{name:<11} {lines[0]}"] + [" " * 12 + more for more in lines[1:]]


def _head(run: Run) -> Iterator[str]:
    board, cpu = run.fact("hw", "board"), run.fact("hw", "cpu")
    firmware, function, line = (run.fact("hw", k) for k in ("firmware", "function", "line"))
    if run.header:
        get = run.header.get
        yield from _fact("intxlab", f"{get('version', '?')} {get('git', '?')}, {get('arch', '?')}, "
                         f"{get('mode', '?')}; run {get('run', '?')}")
    if board:
        hypervisor = f"; under {cpu['hypervisor']}" if cpu.get("hypervisor") else ""
        yield from _fact("machine", f"{board.get('vendor', '?')} {board.get('product', '?')}; "
                         f"{cpu.get('brand', 'CPU ?').strip()}{hypervisor}")
    if firmware:
        yield from _fact("firmware", f"{firmware.get('vendor', '?')} {firmware.get('revision', '')}, "
                         f"UEFI {firmware.get('uefi', '?')}")
    if function:
        get = function.get
        yield from _fact("function", f"{get('sbdf', '?')} {get('vendor', '?')}:{get('device', '?')} class "
                         f"{get('class', '?')} revision {get('revision', '?')}, INT{get('pin', '?')}, "
                         f"Interrupt Line {get('interrupt_line', '?')}, Command {get('command', '?')} as found")
    if line:
        yield from _fact("line", " ".join(f"{k}={v}" for k, v in line.items()))
    options = run.fact("run", "options")
    if options.get("text"):
        yield from _fact("options", f"{options['text']} (from {options.get('source', '?')})")


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
    writes, wanted = _writes(step)
    parts = textwrap.wrap(writes, WRITES_WIDTH - 1, subsequent_indent="  ", drop_whitespace=False) or [""]
    left = LEFT.format(step.seq, step.named("step"), _pair(step, "command"), _pair(step, "intx_status"),
                       _pair(step, "line"), _pair(step, "irq_count"), parts[0].rstrip())
    right = RIGHT.format((step.model or {}).get("owner", "-"), _pair(step, "eventfd"))
    word = "ok" if verdict == "PASS" else verdict
    yield printable(left + right) + paint(word, word)
    margin = " " * WRITES_AT
    for more in parts[1:]:
        yield printable(f"{margin}{more.rstrip():<{WRITES_WIDTH}}|")
    if wanted:
        for line in textwrap.wrap(f"! expected {wanted}", WIDTH - WRITES_AT, subsequent_indent="  "):
            yield margin + paint("FAIL", printable(line))


def _table(run: Run, paint: Paint) -> Iterator[str]:
    if not run.steps:
        return
    verdicts = run.verdicts()
    for sequence, steps in groupby(run.steps, key=lambda s: s.named("sequence")):
        name = printable(sequence or "?")[:HEADING.index("h")]
        yield ""
        yield paint("bold", name) + HEADING[len(name):]
        yield paint("dim", COLUMNS)
        for step in steps:
            yield from _row(step, step_verdict(step, verdicts), paint)
    yield ""
    yield from (paint("dim", line) for line in textwrap.wrap(LEGEND, WIDTH))


def _bad(run: Run, paint: Paint) -> Iterator[str]:
    bad = [check for check in run.checks if check.verdict in ("FAIL", "ERROR")]
    if bad:
        yield ""
    for check in bad:
        yield f"{paint(check.verdict, f'{check.verdict:5}')} {check.id}  {printable(check.reason)}".rstrip()
        texts = [mismatch_text(m) for m in check.mismatches]
        if not texts and check.verdict == "FAIL":
            texts = [f"{k}: expected {e}, observed {o}" for s in run.steps if s.check == check.id
                     for k, e, o in contradictions(s)] or ["the stream does not say why"]
        for text in texts:
            yield from textwrap.wrap(text, WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 8)


def _skipped(checks: list[Check]) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for check in checks:
        if check.verdict == "SKIP":
            reasons.setdefault(check.reason or "no reason given", []).append(check.id)
    if reasons:
        yield ""
    for reason, ids in reasons.items():
        text = f"SKIP  {printable(reason)}: {', '.join(ids)}"
        yield from textwrap.wrap(text, WIDTH, subsequent_indent=" " * 6)


def _totals(run: Run, ended: Ended | None) -> str:
    count = {v: sum(c.verdict == v for c in run.checks) for v in ("PASS", "FAIL", "ERROR", "SKIP")}
    text = f"{run.plan or 0} planned: " + ", ".join(f"{n} {v.lower()}" for v, n in count.items())
    us = (run.end or {}).get("app_us", "")
    if us.isdecimal():
        text += f"; {int(us[:12]) / 1e6:.3f} s in the application"
    return text + (f", {ended.seconds:.1f} s in all" if ended else "")


def _answer(run: Run) -> Iterator[str]:
    """--list, --survey, --help: the stream is the answer."""
    for diagnostic in run.diagnostics:
        fields = diagnostic.fields
        if diagnostic.who == "run" and diagnostic.kind in SURROUNDINGS:
            continue
        if list(fields) == ["text"]:
            yield printable(fields["text"])
        elif diagnostic.kind == "list" and "check" in fields:
            text = f"{fields['check']:<30} {fields.get('title', '')}"
            yield from textwrap.wrap(printable(text), WIDTH, subsequent_indent=" " * 31)
        else:
            text = f"{diagnostic.kind:<10} " + " ".join(f"{k}={v}" for k, v in fields.items())
            yield from textwrap.wrap(printable(text), WIDTH, subsequent_indent=" " * 11)


def count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _witness(witness: Witness) -> str:
    if witness.errors:
        return f"witness     QEMU's trace and the stream disagree: {count(len(witness.errors), 'point')}"
    return (f"witness     QEMU's trace shows the claimed {count(witness.writes, 'write')} in "
            f"{count(witness.steps, 'step')}, and no other")


def last_line(outcome: Outcome, paint: Paint) -> str:
    return f"verdict: {paint(outcome.verdict, outcome.verdict)} (exit {outcome.code})"


def render(run: Run, outcome: Outcome, ended: Ended | None, witness: Witness | None,
           paint: Paint) -> Iterator[str]:
    if run.started and outcome.verdict == "DONE":
        yield from _answer(run)
    elif run.started:
        yield ""
        yield from _head(run)
        yield from _table(run, paint)
        yield from _bad(run, paint)
        yield from _skipped(run.checks)
        if run.end is None or run.end.get("verdict") not in UNJUDGED:
            yield ""
            yield _totals(run, ended)
        if run.end is None and not ended:
            yield f"stopped {last_check(run)}"
    if witness:
        yield _witness(witness)
    for reason in outcome.reasons:
        yield from textwrap.wrap(printable(reason), WIDTH, subsequent_indent="  ")
