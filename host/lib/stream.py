# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Reads the stream of docs/stream.md into a Run. Judges its form line by line; whether the whole is
a whole run is validate.py's question. Every input ends in a Run, however damaged or hostile."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

VERSION_LINE = "KTAP version 1"
LINE_MAX = 1000
STREAM_MAX = 64 << 20  # bytes; a run writes about 100 KB, each round of --repeat 6 KB more
LINES_MAX = 1_500_000
PROBLEMS_MAX = 20

ESCAPE = re.compile(r"\x1b(?:\[[0-9;?=]*[ -/]*[@-~]|[@-Z\\-_])")
UNPRINTABLE = re.compile(r"[^ -~]")
PAIR = re.compile(r' ([a-z0-9_]+)=(?:"((?:[^"\\]|\\["\\]|\\x[0-9a-fA-F]{2})*)"|([^ "]+))')
QUOTED = re.compile(r'\\(["\\]|x[0-9a-fA-F]{2})')
DIAGNOSTIC = re.compile(r"# (hw|model|run) ([a-z0-9_-]+)(?= |$)")
PLAN = re.compile(r"1\.\.(\d{1,9})(?: # SKIP (.+))?$")
RESULT = re.compile(r"(not ok|ok) (\d{1,9}) ([a-z0-9._-]+)(?: # (?:(SKIP|ERROR) )?(.+))?$")
SEQ = re.compile(r"[1-9]\d{0,8}$")

EVIDENCE = ("mismatch", "failed", "round", "debris")  # lines of "run" that stand before a result

Fields = dict[str, str]

# What a step's line leaves out, as usual.
USUAL = {"hw": {"msi_enable": "0", "reads": "", "writes": ""},
         "model": {"eventfd": "0", "is_managed": "0", "devres": ""},
         "expect": {"msi_enable": "0", "eventfd": "0", "writes": ""}}


@dataclass
class Diagnostic:
    who: str
    kind: str
    fields: Fields


@dataclass
class Check:
    number: int
    id: str
    verdict: str  # PASS FAIL ERROR SKIP
    reason: str = ""
    mismatches: list[Fields] = field(default_factory=list)  # of all rounds, each once
    failed: Fields = field(default_factory=dict)  # rule, spec, advice
    registers: list[Fields] = field(default_factory=list)
    rounds: list[Fields] = field(default_factory=list)  # those before the last that did not go well
    debris: list[Fields] = field(default_factory=list)
    us: int = 0

    def keep(self, kind: str, fields: Fields) -> None:
        """Evidence that stands before the result."""
        if kind == "failed":
            self.failed = fields
            return
        kept = {"mismatch": self.mismatches, "registers": self.registers, "round": self.rounds,
                "debris": self.debris}[kind]
        if kind == "registers":  # an earlier round's are of no use beside a later one's
            kept[:] = [other for other in kept if other.get("when") != fields.get("when")]
        if fields not in kept:
            kept.append(fields)

    @property
    def suite(self) -> str:
        return self.id.split(".", 1)[0]

    @property
    def name(self) -> str:
        return self.id.split(".", 1)[-1]

    @property
    def plain(self) -> str:
        """The id without the policy behind it."""
        return split_id(self.id)[0]

    @property
    def policy(self) -> str:
        return split_id(self.id)[1]


@dataclass
class Step:
    seq: int
    check: str  # id of the check whose evidence this is; "" if none was begun
    hw: Fields | None = None
    model: Fields | None = None
    expect: Fields | None = None

    @property
    def policy(self) -> str:
        return split_id(self.check)[1]

    @property
    def sequence(self) -> str:
        return self.check.partition(".")[0]

    @property
    def name(self) -> str:
        return split_id(self.check)[0].partition(".")[2]


@dataclass
class Run:
    lines: list[str] = field(default_factory=list)  # cleaned; from the version line to the end marker
    started: bool = False
    header: Fields = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    plan: int | None = None
    plan_skip: str = ""
    checks: list[Check] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    begun: str = ""  # the check begun and not yet reported
    begun_round: str = ""  # in this round of --repeat, which is not the last; empty: the last
    begin_lost: list[str] = field(default_factory=list)  # begun, then another one was begun
    unbegun: list[str] = field(default_factory=list)  # reported, not begun
    evidence: dict[str, Check] = field(default_factory=dict)  # of checks not yet reported
    stop_reason: str = ""
    end: Fields | None = None
    problems: list[str] = field(default_factory=list)
    problems_more: int = 0

    def problem(self, text: str) -> None:
        if len(self.problems) < PROBLEMS_MAX:
            self.problems.append(text)
        else:
            self.problems_more += 1

    def fact(self, who: str, kind: str) -> Fields:
        """The first such line's fields; empty if there was none."""
        for diagnostic in self.diagnostics:
            if diagnostic.who == who and diagnostic.kind == kind:
                return diagnostic.fields
        return {}

    def facts(self, who: str, kind: str) -> list[Fields]:
        """All such lines' fields, in order."""
        return [d.fields for d in self.diagnostics if d.who == who and d.kind == kind]

    def verdicts(self) -> dict[str, str]:
        """By check id."""
        return {check.id: check.verdict for check in self.checks}

    def policies(self) -> list[str]:
        """The rules that were replayed, in order: one, and no check's id names it, or several."""
        named = dict.fromkeys(check.policy for check in self.checks if check.policy)
        single = self.fact("run", "setting").get("policy", "")
        return list(named) or ([single] if single and single != "all" else [])


def split_id(check_id: str) -> tuple[str, str]:
    """'rebind.assert.v6.10' to 'rebind.assert' and 'v6.10'; no policy where one alone ran."""
    suite, _, rest = check_id.partition(".")
    name, _, policy = rest.partition(".")
    return f"{suite}.{name}", policy


def clean_line(raw: str) -> str:
    return UNPRINTABLE.sub("", ESCAPE.sub("", raw))


def printable(text: str) -> str:
    """Decoded values may hold any byte; nothing unprintable reaches a terminal, XML or a table."""
    return UNPRINTABLE.sub(lambda m: f"\\x{ord(m.group()):02x}", text)


def unquote(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        what = match.group(1)
        return chr(int(what[1:], 16)) if what[0] == "x" else what

    return QUOTED.sub(one, text)


def parse_pairs(text: str) -> Fields | None:
    """' key=value key="value"' to its fields; None when it is anything else."""
    fields: Fields = {}
    pos = 0
    while pos < len(text):
        match = PAIR.match(text, pos)
        if not match or match.group(1) in fields:
            return None
        fields[match.group(1)] = match.group(3) or unquote(match.group(2) or "")
        pos = match.end()
    return fields


class _Parser:
    def __init__(self) -> None:
        self.run = Run()
        self.seqs: dict[int, Step] = {}
        self.us: dict[str, int] = {}  # by check id

    def line(self, number: int, text: str) -> None:
        where = f"line {number}"
        if len(text) > LINE_MAX:
            self.run.problem(f"{where} is longer than {LINE_MAX} characters")
        elif text.startswith(("ok ", "not ok ")):
            self._result(where, text)
        elif match := DIAGNOSTIC.match(text):
            self._diagnostic(where, match, text)
        elif match := PLAN.match(text):
            self._plan(where, match)
        elif text == VERSION_LINE:
            self.run.problem(f"{where} starts a second run: the first one did not end")

    def _plan(self, where: str, match: re.Match[str]) -> None:
        if self.run.plan is not None:
            self.run.problem(f"{where} is a second plan")
            return
        if self.run.checks:
            self.run.problem(f"{where}: the plan stands after results")
        self.run.plan = int(match.group(1))
        self.run.plan_skip = match.group(2) or ""

    def _result(self, where: str, text: str) -> None:
        run = self.run
        match = RESULT.match(text)
        verdict = _verdict(match) if match else None
        if not match or not verdict:
            run.problem(f"{where} is not a result: {text[:60]}")
            return
        check = run.evidence.pop(match.group(3), None) or Check(0, match.group(3), "")
        check.number, check.verdict, check.reason = int(match.group(2)), verdict, match.group(5) or ""
        check.us = self.us.pop(check.id, 0)
        if run.begun == check.id and not run.begun_round:
            run.begun = ""
        elif verdict != "SKIP" or run.begun:
            run.unbegun.append(check.id)
        run.checks.append(check)

    def _diagnostic(self, where: str, match: re.Match[str], text: str) -> None:
        fields = parse_pairs(text[match.end():])
        if fields is None:
            self.run.problem(f"{where} is damaged: {text[:60]}")
            return
        who, kind = match.group(1), match.group(2)
        self.run.diagnostics.append(Diagnostic(who, kind, fields))
        if kind == "step" and who != "run" or (who, kind) == ("run", "expect"):
            self._step(where, who, fields)
        elif (who, kind) == ("hw", "registers"):
            self._evidence(kind, fields)
        elif who == "run":
            self._run(where, kind, fields)

    def _evidence(self, kind: str, fields: Fields) -> None:
        check_id = fields.get("check", "")
        check = self.run.evidence.setdefault(check_id, Check(0, check_id, ""))
        check.keep(kind, {key: value for key, value in fields.items() if key != "check"})

    def _run(self, where: str, kind: str, fields: Fields) -> None:
        run = self.run
        if kind == "begin":
            if run.begun and not run.begun_round:
                run.begin_lost.append(run.begun)
            run.begun, run.begun_round = fields.get("check", ""), fields.get("round", "")
        elif kind in EVIDENCE:
            self._evidence(kind, fields)
        elif kind == "stop":
            run.stop_reason = fields.get("reason", "")
        elif kind == "intxlab":
            if len(run.diagnostics) != 1:
                run.problem(f"{where}: the header is not the first line, or comes twice")
            run.header = run.header or fields
        elif kind == "end":
            run.end = fields

    def _step(self, where: str, who: str, fields: Fields) -> None:
        if not SEQ.match(fields.get("seq", "")):
            self.run.problem(f"{where}: a step without a seq")
            return
        seq = int(fields["seq"])
        step = self.seqs.get(seq)
        if step is None:
            step = Step(seq, self.run.begun)
            if self.run.steps and self.run.steps[-1].seq >= seq:
                self.run.problem(f"{where}: step {seq} stands after {self.run.steps[-1].seq}")
            self.seqs[seq] = step
            self.run.steps.append(step)
        slot = "expect" if who == "run" else who
        if getattr(step, slot) is not None:
            self.run.problem(f"{where}: step {seq} has a second '{who}' line")
            return
        whole = self._whole(slot, fields)
        if whole is None:
            self.run.problem(f"{where}: as step {fields['as'][:12]}, which has no such line")
            return
        setattr(step, slot, whole)
        if who == "hw":
            self.us[step.check] = self.us.get(step.check, 0) + _us(fields)

    def _whole(self, slot: str, fields: Fields) -> Fields | None:
        """With what the line leaves out: what the step that it names says, and what is usual."""
        if "as" not in fields:
            return fields | {key: value for key, value in USUAL[slot].items() if key not in fields}
        number = fields["as"]
        named = self.seqs.get(int(number)) if SEQ.match(number) else None
        line: Fields | None = getattr(named, slot) if named else None
        return line and {**line, **{key: value for key, value in fields.items() if key != "as"}}


def _verdict(match: re.Match[str]) -> str | None:
    ok, directive = match.group(1) == "ok", match.group(4)
    if directive is None:
        if ok and match.group(5):
            return None
        return "PASS" if ok else "FAIL"
    if (directive == "SKIP") != ok:
        return None
    return directive


def _us(fields: Fields) -> int:
    text = fields.get("us", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0


def _split(raw: bytes) -> list[str] | None:
    """The lines from the version line on (firmware's noise before it is dropped); None: no start."""
    text = raw[:STREAM_MAX].decode("latin-1")
    start = re.search(re.escape(VERSION_LINE) + r"\r?\n", text)
    return text[start.start():].split("\n") if start else None


def parse(raw: bytes) -> Run:
    parser = _Parser()
    run = parser.run
    if len(raw) > STREAM_MAX:
        run.problem(f"the stream is longer than {STREAM_MAX >> 20} MiB")
    lines = _split(raw)
    if lines is None:
        return run
    run.started = True
    torn = lines.pop()  # what follows the last newline: nothing, or a line cut short
    if len(lines) > LINES_MAX:
        run.problem(f"the stream has more than {LINES_MAX} lines")
        del lines[LINES_MAX:]
    for number, raw_line in enumerate(lines, 1):
        text = clean_line(raw_line)
        run.lines.append(text)
        if number > 1:
            parser.line(number, text)
        if run.end is not None:
            _after_end(run, [clean_line(line) for line in lines[number:]])
            return run
    if torn.strip():
        run.lines.append(clean_line(torn))
        run.problem(f"the last line is cut short: {run.lines[-1][:60]}")
    return run


def _after_end(run: Run, rest: list[str]) -> None:
    """Firmware and shell may talk after the end marker; the laboratory may not."""
    for text in rest:
        if text == VERSION_LINE or DIAGNOSTIC.match(text) or RESULT.match(text):
            run.problem(f"after the end marker: {text[:60]}")
            return
