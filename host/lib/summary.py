# SPDX-License-Identifier: BSD-2-Clause-Patent
"""What a person reads: progress while the run goes on, then the summary. At most 100 columns;
colours only on a terminal; the last line is always `verdict: X (exit N)`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby

from . import claims, comparison, parts, steptable
from .known import NOT_TRIED, Entry, part_of
from .outcome import Ended, Outcome, last_check
from .render_json import bios_text
from .render_junit import advice_text, debris_text, mismatch_text
from .stream import PLAN, RESULT, Check, Fields, Run, printable, split_id
from .text import WIDTH, Paint, count, wrap
from .validate import contradictions
from .witness import Witness

SURROUNDINGS = ("intxlab", "options", "stop", "report", "end")  # of an answer
HYPERVISORS = {"TCGTCGTCGTCG": "QEMU TCG", "KVMKVMKVM": "KVM", "Microsoft Hv": "Hyper-V", "VMwareVMware": "VMware",
               "XenVMMXenVMM": "Xen", "bhyve bhyve": "bhyve"}
SETTING = re.compile(r"# run setting .*\bpolicies=(\d+)")
ROUNDS = re.compile(r"# run setting .*\brepeat=(\d{1,5})\b")
BEGIN = re.compile(r"# run begin check=[^ ]+(?: round=(\d{1,5}))?$")
ROUND_LINES = 10  # that progress tells of all
POLICY_DONE = re.compile(r"# model policy name=([^ ]+)")


class Progress:
    """One short line a result, as it arrives; with several policies one a policy, and what is not good."""

    def __init__(self, paint: Paint) -> None:
        self.paint = paint
        self.plan = "?"
        self.several = False
        self.counts: dict[str, int] = {}
        self.rounds, self.round = 1, 0

    def line(self, text: str) -> str | None:
        if match := PLAN.match(text):
            self.plan = match.group(1)
        elif match := SETTING.match(text):
            self.several = match.group(1) != "1"
            if repeated := ROUNDS.match(text):
                self.rounds = max(1, int(repeated.group(1)))
        elif match := BEGIN.match(text):
            return self._round(int(match.group(1) or self.rounds))
        elif match := POLICY_DONE.match(text):
            return self._policy(match.group(1))
        elif match := RESULT.match(text):
            return self._result(match)
        return None

    def _round(self, number: int) -> str | None:
        """Of many rounds a few, and the last: a run of an hour shows that it lives."""
        if number <= self.round or self.rounds == 1:
            return None
        self.round = number
        every = -(-self.rounds // ROUND_LINES)
        shown = number % every == 1 % every or number == self.rounds
        return f"round {number} of {self.rounds}" if shown else None

    def _result(self, match: re.Match[str]) -> str | None:
        verdict = match.group(4) or ("PASS" if match.group(1) == "ok" else "FAIL")
        if self.several and split_id(match.group(3))[1]:
            self.counts[verdict] = self.counts.get(verdict, 0) + 1
            if verdict != "FAIL":
                return None
        number = f"{match.group(2):>{len(self.plan)}}/{self.plan}"
        reason = f"  {match.group(5)}" if match.group(5) else ""
        return f"{number} {self.paint(verdict, f'{verdict:5}')} {match.group(3)}{reason}"[:WIDTH + 20]

    def _policy(self, name: str) -> str | None:
        if not self.several:
            return None
        counts = ", ".join(f"{self.counts[v]} {v.lower()}" for v in ("PASS", "FAIL", "ERROR", "SKIP") if v in self.counts)
        self.counts = {}
        return f"policy {name}: {counts}"[:WIDTH + 20]


def _fact(name: str, text: str) -> list[str]:
    lines = wrap(printable(text), WIDTH - 12) or ["-"]
    return [f"{name:<11} {lines[0]}"] + [" " * 12 + more for more in lines[1:]]


def _inputs(fields: Fields, gsis: str, irqs: str) -> list[str]:
    """"GSI 10", "IRQ 11 of the 8259s": an IRQ that is among the GSIs is the same interrupt."""
    found = fields.get(gsis, "").replace(",", " ").split()
    more = [irq for irq in fields.get(irqs, "").replace(",", " ").split() if irq not in found]
    return [*([f"GSI {' and '.join(found)}"] if found else []), *([f"IRQ {' and '.join(more)} of the 8259s"] if more else [])]


def _line(fields: Fields) -> str:
    """What the probe found, in words."""
    get = fields.get
    if get("gsi") == "UNKNOWN":
        words = ["no pin follows the function"]
    elif get("gsi") == "NONE":
        words = [f"IRQ {get('irq')} of the 8259s, {get('trigger')}, vector {get('vector')}h; no pin of an I/O APIC follows"]
    else:
        words = [f"GSI {get('gsi')}, {get('trigger')}, active {get('polarity')}, vector {get('vector')}h"]
        also, moved = _inputs(fields, "also", "irqs"), _inputs(fields, "rerouted", "rerouted_irqs")
        single = len(also) == 1 and " and " not in also[0]
        words += [f"{' and '.join(also)} {'follows' if single else 'follow'} too"] if also else []
        words += [f"masked there it comes out at {' and '.join(moved)}"] if moved else []
        words += ["seen only when it rises unmasked"] if get("shown") == "unmask-first" else []
    stuck = get("stuck", "").replace(",", " ").split()
    words.append(f"{get('looked_at', '?')} pins looked at, {' '.join(stuck) + ' stuck' if stuck else 'none stuck'}")
    words.append(f"Interrupt Line {get('interrupt_line', '?')}h")
    if get("prt") == "not-evaluated":
        words.append("_PRT not evaluated")
    return "; ".join(words)


def _function(fields: Fields) -> str:
    get = fields.get
    return (f"{get('sbdf', '?')} {get('vendor', '?')}:{get('device', '?')} class {get('class', '?')} revision "
            f"{get('revision', '?')}, INT{get('pin', '?')}, Interrupt Line {get('interrupt_line', '?')}, "
            f"Command {get('command', '?')} as found")


def _neighbour(run: Run) -> Iterator[str]:
    """--neighbour's function is the second that the stream names."""
    for fields in run.facts("hw", "function")[1:2]:
        line = {"1": "on the same line", "0": "on another line"}.get(
            run.fact("hw", "neighbour").get("same_line", ""), "its line not probed")
        yield from _fact("neighbour", f"{_function(fields)}, {line}")


def _tables(run: Run) -> Iterator[str]:
    """What was wrong in firmware's tables: what was used all the same, then what could not be."""
    for fields in run.facts("hw", "table"):
        if "more" in fields:
            yield f"{fields['more']} more remarks"
        else:
            yield (f"{fields.get('name', '?')}, offset {fields.get('offset', '?')}, length {fields.get('length', '?')}: "
                   f"{fields.get('remark', '?')}")
    if error := run.fact("hw", "madt").get("error"):
        yield f"no MADT that can be used: {error}"


def _platform(run: Run) -> Iterator[str]:
    """Who hides functions, and who keeps messages from becoming interrupts."""
    for fields in run.facts("hw", "hides"):
        yield (f"{fields.get('kind', '?')} at {fields.get('sbdf', '?')} ({fields.get('vendor', '?')}:"
               f"{fields.get('device', '?')}): functions are hidden behind it")
    for fields in run.facts("hw", "bridge_opened"):
        yield (f"bridge {fields.get('sbdf', '?')}: opened for the run, Command {fields.get('found', '?')} -> "
               f"{fields.get('now', '?')}")
    for fields in run.facts("hw", "bridge_closed"):
        yield f"bridge {fields.get('sbdf', '?')}: closed, Command {fields.get('command', '?')}: nothing passes it"
    if error := run.fact("hw", "fadt").get("error"):
        yield f"no FADT that can be used: {error}"
    for fields in run.facts("hw", "no_msi"):
        yield f"no MSI: {fields.get('part', '?')}: {fields.get('reason', '?')} ({fields.get('source', '?')})"
    if run.facts("hw", "no_msi") and any(f.get("msi") == "on" for f in run.facts("run", "setting")):
        yield "--msi on: the ahci owner used INTx, as Linux's does then"


def _own_head(run: Run) -> Iterator[str]:
    if function := run.fact("hw", "function"):
        yield from _fact("function", _function(function))
        for chosen in run.facts("run", "chosen"):
            if chosen.get("sbdf") == function.get("sbdf"):
                yield from _fact("chosen", f"{chosen.get('kind', '?')}: {chosen.get('reason', '?')}")
    if line := run.fact("hw", "line"):
        yield from _fact("line", _line(line))


def _head(run: Run, ended: Ended | None) -> Iterator[str]:
    board, cpu = run.fact("hw", "board"), run.fact("hw", "cpu")
    bios = bios_text(run)
    firmware = run.fact("hw", "firmware")
    if run.header:
        get = run.header.get
        yield from _fact("intxlab", f"{get('version', '?')} {get('git', '?')}, {get('arch', '?')}, "
                         f"{get('mode', '?')}; run {get('run', '?')}")
    if board:
        signature = cpu.get("hypervisor", "").strip(" \0")
        hypervisor = f"; under {HYPERVISORS.get(signature, signature)}" if signature else ""
        yield from _fact("machine", f"{board.get('vendor', '?')} {board.get('product', '?')}; "
                         f"{cpu.get('brand', 'CPU ?').strip()}{hypervisor}")
    if ended and ended.version:
        yield from _fact("QEMU", ended.version)
    if firmware:
        yield from _fact("firmware", f"{firmware.get('vendor', '?')} {firmware.get('revision', '')}, "
                         f"UEFI {firmware.get('uefi', '?')}" + (bios and f"; SMBIOS: {bios}"))
    yield from _own_head(run)
    yield from _neighbour(run)
    for text in _tables(run):
        yield from _fact("tables", text)
    for text in _platform(run):
        yield from _fact("platform", text)
    for fields in run.facts("hw", "ioapic_left_out"):
        yield from _fact("controllers", f"I/O APIC at {fields.get('address', '?')} left out: {fields.get('error', '?')}")
    if error := run.fact("hw", "controllers").get("error"):
        yield from _fact("controllers", f"none can be used: {error}")
    options = run.fact("run", "options")
    if options.get("text"):
        yield from _fact("options", f"{options['text']} (from {options.get('source', '?')})")


CLAIM_WORDS = {"shown": ("PASS", "shown"), "refuted": ("FAIL", "REFUTED"), "not-tested": ("SKIP", "not tested")}


def _claims(run: Run, outcome: Outcome, paint: Paint) -> Iterator[str]:
    """The answer first. Of a selection only what it was about."""
    told = claims.of(run, outcome.known)
    left_out = [claim for claim in told if claim.reason.startswith("left out (")]
    for claim in told:
        if claim in left_out and (claims.is_selection(run) or len(run.policies()) > 1):
            continue
        colour, word = CLAIM_WORDS.get(claim.state, ("ERROR", claim.state))
        text = claim.text
        if claim.by:
            text = f"not so: {text}: {_by(claim, run)}" + (" (known, see below)" if claim.known else "")
        elif claim.reason:
            text += f": {claim.reason}"
        first, *rest = wrap(printable(text), WIDTH - 12)
        yield f"{paint('KNOWN' if claim.known else colour, f'{word:10}')}  {first}"
        yield from (" " * 12 + line for line in rest)
    if left_out and told:
        why = "the selection" if claims.is_selection(run) else "--policy all, which only replays the sequences"
        if claims.is_selection(run) or len(run.policies()) > 1:
            what = "claim" if len(left_out) == len(told) else "more claim"
            yield f"            {count(len(left_out), what)} left out by {why}"
    if told:
        yield ""


def _by(claim: claims.Claim, run: Run) -> str:
    by = [check for check in run.checks if check.id in claim.by]
    return _ids(by, run.policies())


def _register(key: str, before: Fields, failed: Fields) -> str:
    then, now = before.get(key), failed.get(key)
    return f"{key} {then}" if then == now or now is None else f"{key} {then or '?'} -> {now}"


def _registers(check: Check) -> list[str]:
    """What changed, then what did not."""
    by_when = {fields.get("when"): fields for fields in check.registers}
    before, failed = by_when.get("before", {}), by_when.get("failed", {})
    keys = [key for key in dict.fromkeys([*before, *failed]) if key != "when"]
    changed = [_register(key, before, failed) for key in keys if before.get(key) != failed.get(key)]
    same = [_register(key, before, failed) for key in keys if before.get(key) == failed.get(key)]
    lines = []
    if changed:
        lines.append("registers, before -> at the failure: " + ", ".join(changed))
    if same:
        lines.append("registers that did not change: " + ", ".join(same))
    return lines


def _rounds(run: Run, check: Check) -> list[str]:
    """Which rounds of --repeat did not pass."""
    total = run.fact("run", "setting").get("repeat", "1")
    bad = [r.get("round", "?") for r in check.rounds if r.get("verdict") == check.verdict]
    earlier = check.reason.startswith("in round ")
    if not bad or earlier and check.verdict == "ERROR" and len(bad) == 1:
        return []
    if not earlier:
        bad.append(total)
    words = "failed" if check.verdict == "FAIL" else check.verdict
    if len(bad) == 1:
        return [f"{words} in round {bad[0]} of {total}"]
    shown = ", ".join(bad[:8]) + (", ..." if len(bad) > 8 else "")
    return [f"{words} in {len(bad)} of {total} rounds: {shown}"]


def _evidence(run: Run, check: Check) -> list[str]:
    """The rule that was broken, a line a mismatch, the registers, what to look at first."""
    rule = [f"rule: {check.failed['rule']}"] if check.failed.get("rule") else []
    return [printable(text) for text in
            _rounds(run, check) + rule + _mismatches(run, check) + debris_text(check) + _registers(check) + advice_text(check)]


def _mismatches(run: Run, check: Check) -> list[str]:
    """A line a mismatch; who says so behind the last."""
    if not check.mismatches and check.verdict == "FAIL":
        return [f"{k}: expected {e}, observed {o}" for s in run.steps if s.check == check.id
                for k, e, o in contradictions(s)] or ["the stream does not say why"]
    last = len(check.mismatches) - 1
    return [mismatch_text(m, with_spec=number == last) for number, m in enumerate(check.mismatches)]


def _bad(run: Run, outcome: Outcome, paint: Paint) -> Iterator[str]:
    """What is not known; ERRORs that have one cause are one line."""
    bad = [check for check in run.checks if check.verdict in ("FAIL", "ERROR") and not outcome.known.explains(check)]
    causes = _causes(run, bad)
    grouped = {check.id for _, same in causes for check in same}
    if bad:
        yield ""
    for check in bad:
        if check.id in grouped:
            continue
        reason = "" if check.verdict == "FAIL" else printable(check.reason)  # a FAIL's stands below
        yield f"{paint(check.verdict, f'{check.verdict:5}')} {check.id}  {reason}".rstrip()
        yield from _indented(_evidence(run, check))
    for evidence, same in causes:
        yield from _grouped("ERROR", same, run, paint)
        yield from _indented(evidence)


def _causes(run: Run, bad: list[Check]) -> list[tuple[tuple[str, ...], list[Check]]]:
    """(evidence, ERRORs) with one cause: not tried after the same check, or alike in all that is said of them."""
    causes: dict[tuple[str, tuple[str, ...]], list[Check]] = {}
    for check in bad:
        if check.verdict == "ERROR":
            evidence = () if NOT_TRIED.match(check.reason) else tuple(_evidence(run, check))
            causes.setdefault((check.reason, evidence), []).append(check)
    return [(evidence, same) for (reason, evidence), same in causes.items() if len(same) > 1 or NOT_TRIED.match(reason)]


def _indented(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from wrap(text, WIDTH, " " * 6, " " * 8)


def _known(run: Run, outcome: Outcome, paint: Paint) -> Iterator[str]:
    """What is known and happened, with why and who says so: once for each cause."""
    judged = outcome.known
    if judged.happened:
        yield ""
    told: dict[tuple[str, str], list[Entry]] = {}
    for entry in dict.fromkeys(judged.happened.values()):
        told.setdefault((entry.why, entry.sources()), []).append(entry)
    for (why, sources), entries in told.items():
        policies = [split_id(name)[1] for name, one in judged.happened.items() if one in entries]
        under = f" ({', '.join(policies)})" if any(policies) else ""
        names = "; ".join(_listed(list(dict.fromkeys(entry.check for entry in entries))))
        text = printable(f"{names}{under}: {why} [{sources}]")
        first, *rest = wrap(text, WIDTH - 6)
        yield f"{paint('KNOWN', 'KNOWN')} {first}"
        yield from (" " * 6 + line for line in rest)
    causes: dict[str, list[Check]] = {}
    for check in run.checks:
        if cause := judged.consequences.get(check.id):
            causes.setdefault(cause, []).append(check)
    for cause, checks in causes.items():
        yield f"{paint('KNOWN', 'KNOWN')} not tried after {cause}: {count(len(checks), 'check')}"[:WIDTH + 20]


def _ids(checks: list[Check], policies: list[str]) -> str:
    """Under several rules a check is named once, with the rules behind it."""
    under: dict[str, list[str]] = {}
    for check in checks:
        under.setdefault(check.plain, []).append(check.policy)
    groups: dict[tuple[str, ...], list[str]] = {}
    for plain, names in under.items():
        groups.setdefault(tuple(names), []).append(plain)
    texts = []
    for names, plains in groups.items():
        rules = "every rule" if list(names) == policies and len(policies) > 1 else ", ".join(filter(None, names))
        texts += [text + (f" ({rules})" if rules else "") for text in _listed(plains)]
    return "; ".join(texts)


def _listed(plains: list[str]) -> Iterator[str]:
    """A text a suite; of many checks of one the first and the last."""
    for suite, names in groupby(plains, key=lambda name: name.partition(".")[0]):
        same = list(names)
        yield ", ".join(same) if len(same) <= 4 else f"{suite}: {count(len(same), 'check')}, {same[0]} to {same[-1]}"


def _grouped(verdict: str, checks: list[Check], run: Run, paint: Paint) -> Iterator[str]:
    reasons: dict[str, list[Check]] = {}
    for check in checks:
        reasons.setdefault(check.reason or "no reason given", []).append(check)
    for reason, same in reasons.items():
        first, *rest = wrap(f"{printable(reason)}: {_ids(same, run.policies())}", WIDTH - 6)
        yield f"{paint(verdict, f'{verdict:5}')} {first}"
        yield from (" " * 6 + line for line in rest)


def _skipped(run: Run, paint: Paint) -> Iterator[str]:
    skipped = [check for check in run.checks if check.verdict == "SKIP"]
    if skipped:
        yield ""
    yield from _grouped("SKIP", skipped, run, paint)


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
            yield from wrap(printable(text), more=" " * 31)
        else:
            text = f"{diagnostic.kind:<10} " + " ".join(f"{k}={v}" for k, v in fields.items())
            yield from wrap(printable(text), more=" " * 11)


def _witness(witness: Witness) -> str:
    if witness.errors:
        return f"witness     QEMU's trace and the stream disagree: {count(len(witness.errors), 'point')}"
    return (f"witness     QEMU's trace shows the claimed {count(witness.writes, 'write')} in "
            f"{count(witness.steps, 'step')}, and no other")


def last_line(outcome: Outcome, paint: Paint) -> str:
    return f"verdict: {paint(outcome.verdict, outcome.words)} (exit {outcome.code})"


def _judged(run: Run, outcome: Outcome, paint: Paint) -> Iterator[str]:
    yield from _known(run, outcome, paint)
    yield from _bad(run, outcome, paint)
    yield from _skipped(run, paint)
    yield from comparison.lines(run, outcome.known, paint)


CELLS = {"shown": ("PASS", "+"), "refuted": ("FAIL", "NO"), "not-tested": ("SKIP", ".")}


def _table(several: list[parts.Part], told: list[claims.Claim], paint: Paint) -> Iterator[str]:
    """A row a function, a column a claim."""
    ids = list(dict.fromkeys(claim.id for claim in told))
    width = max(len(part.name) for part in several)
    yield paint("bold", f"{'':{width}}  " + " ".join(ids))
    for part in several:
        cells = []
        for name in ids:
            claim = next((c for c in told if (c.id, c.sbdf) == (name, part.sbdf)), None)
            colour, word = CELLS.get(claim.state, ("ERROR", "?")) if claim else ("SKIP", "")
            if claim and claim.known:
                colour, word = "KNOWN", "known"
            cells.append(paint(colour, f"{word[:max(len(name), 2)]:{len(name)}}"))
        yield f"{printable(part.name):{width}}  " + " ".join(cells)
    yield "+ shown, NO refuted, known: refuted as is known of it, . not tested"
    yield ""


def _several(run: Run, several: list[parts.Part], outcome: Outcome, ended: Ended | None, paint: Paint) -> Iterator[str]:
    """The claims of all in one table; then of each what is not well. Steps are in timeline.tsv."""
    told = claims.of(run, outcome.known)
    yield from _table(several, told, paint)
    yield from _head(parts.head(run), ended)
    for part in several:
        one = replace(outcome, known=part_of(outcome.known, part))
        yield ""
        yield paint("bold", printable(part.name))
        yield from _own_head(part.run)
        for claim in told:
            if claim.sbdf == part.sbdf and claim.state != "shown":
                word = "not so" if claim.by else "not tested"
                why = " ".join(claim.by) + (" (known, see below)" if claim.known else "") if claim.by else claim.reason
                yield from wrap(printable(f"{word}: {claim.text}: {why}"), WIDTH, "  ", "    ")
        yield from _judged(part.run, one, paint)


def render(run: Run, outcome: Outcome, ended: Ended | None, witness: Witness | None,
           paint: Paint) -> Iterator[str]:
    if run.started and outcome.verdict == "DONE":
        yield from _answer(run)
    elif run.started:
        yield ""
        if several := parts.of(run):
            yield from _several(run, several, outcome, ended, paint)
        else:
            yield from _claims(run, outcome, paint)
            yield from _head(run, ended)
            yield from steptable.lines(run, paint)
            yield from _judged(run, outcome, paint)
        if run.checks or run.plan:
            yield ""
            yield _totals(run, ended)
        if run.end is None and not ended:
            yield f"stopped {last_check(run)}"
    elif ended and ended.version:
        yield from _fact("QEMU", ended.version)
    if witness:
        yield _witness(witness)
    for reason in outcome.reasons:
        yield from wrap(printable(reason), more="  ")
