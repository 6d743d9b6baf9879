# SPDX-License-Identifier: BSD-2-Clause-Patent
"""The rules side by side, from the `# model policy` lines: what a kernel developer quotes in a mail.
Hardware facts: DisINTx, the writes at detach, reads and writes of Command. The rest is the model's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .known import Judged
from .stream import Check, Fields, Run, printable
from .text import WIDTH, Paint, count, wrap

HEADS = (("", "policy"), ("DisINTx", "after"), ("next", "probe"), ("order at detach", "(writes)"),
         ("Command", "R/W"))
GAP = "  "
LEGEND = ("DisINTx after the managed release; R/W: how often Command was read and written in all steps. +: each way in "
          "which pcim_intx() allocated its node, at the first step that did. !: a hazard and where. fresh: the same "
          "passthrough with no driver before it; a hazard of rebind.* that fresh does not show comes from what "
          "ahci left behind.")


@dataclass
class Hazard:
    name: str
    at: list[str]
    known: bool


@dataclass
class Rule:
    fields: Fields
    fresh_ran: bool
    hazards: list[Hazard] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.fields.get("name", "?")

    def nodes(self) -> list[str]:
        """'rebind.user_mask: GFP_KERNEL, &vdev->irqlock held, interrupts off' for each way."""
        return [_node(*text.split(":")) for text in self.fields.get("intx_nodes", "").split()]


def _node(step: str, gfp: str = "?", lock: str = "-", interrupts: str = "", *more: str) -> str:
    parts = [gfp]
    if lock != "-":
        parts.append(f"{lock} held")
    if interrupts == "irqs-off":
        parts.append("interrupts off")
    return f"{step}: " + ", ".join(parts + [{"release": "in release"}.get(word, word) for word in more])


def _hazard(check: Check, judged: Judged) -> Hazard:
    at = " ".join(m.get("observed", "") for m in check.mismatches).split()
    return Hazard(check.plain.partition(".")[2], at, check.id in judged.happened)


def rules(run: Run, judged: Judged) -> list[Rule]:
    several = any(check.policy for check in run.checks)
    found = []
    for fields in run.facts("model", "policy"):
        suffix = fields.get("name", "") if several else ""
        rule = Rule(fields, any(step.policy == suffix and step.sequence == "fresh" for step in run.steps))
        rule.hazards = [_hazard(check, judged) for check in run.checks
                        if check.suite == "hazard" and check.verdict == "FAIL" and check.policy == suffix]
        found.append(rule)
    return found


def _cells(rule: Rule) -> list[str]:
    get = rule.fields.get
    reads_writes = f"{get('reads', '?')}/{get('writes', '?')}"
    return [rule.name, get("disintx_after_release", "?"), get("next_probe", "?"), get("detach") or "-",
            reads_writes]


def _widths(rows: list[list[str]]) -> list[int]:
    """As wide as need be, but for the writes, which are folded."""
    widths = [max(len(cell) for cell in (*cells, *heads)) for cells, heads in zip(zip(*rows), HEADS)]
    widths[3] = min(widths[3], WIDTH - sum(widths) + widths[3] - len(GAP) * (len(widths) - 1))
    return [max(width, 1) for width in widths]


def _line(cells: tuple[str, ...] | list[str], widths: list[int]) -> str:
    return GAP.join(f"{cell:<{width}.{width}}" for cell, width in zip(cells, widths)).rstrip()[:WIDTH]


def _row(cells: list[str], widths: list[int]) -> Iterator[str]:
    wrapped = [wrap(cell, width) or [""] for cell, width in zip(cells, widths)]
    for number in range(max(map(len, wrapped))):
        yield printable(_line([part[number] if number < len(part) else "" for part in wrapped], widths))


def _nodes(rule: Rule) -> Iterator[str]:
    for node in rule.nodes():
        yield from wrap(printable(f"+ {node}"), WIDTH, "    ", "        ")


def _hazards(rule: Rule, paint: Paint) -> Iterator[str]:
    for hazard in rule.hazards:
        fresh = any(step.startswith("fresh.") for step in hazard.at)
        control = f"fresh: {'yes' if fresh else 'no'}" if rule.fresh_ran else "fresh: not run"
        mark = "known" if hazard.known else "NOT KNOWN"
        text = printable(f"! {hazard.name}: {' '.join(hazard.at) or '?'} ({control}; {mark})")
        for line in wrap(text, WIDTH - 4, more="    "):
            yield "    " + paint("KNOWN" if hazard.known else "FAIL", line)


def _control(found: list[Rule]) -> str:
    ran = [rule for rule in found if rule.fresh_ran]
    if not ran:
        return "fresh, the control without a driver before, did not run."
    hit = [rule.name for rule in ran if any(s.startswith("fresh.") for h in rule.hazards for s in h.at)]
    return ("fresh, the control without a driver before: "
            + (f"a hazard under {', '.join(hit)}." if hit else f"no hazard under {count(len(ran), 'rule')}."))


def _state(fields: Fields) -> str:
    lock = fields.get("lock", "")
    off = fields.get("irqs_disabled") == "1"
    return "".join((f"; {lock} held" if lock else "", "; interrupts off" if off else ""))


def _chains(run: Run) -> Iterator[str]:
    """In a kernel log's words, who called whom; once for each chain, with the rules under which it was seen."""
    seen: dict[tuple[str, str], list[str]] = {}
    checks = {check.id: check for check in run.checks}
    for fields in run.facts("model", "hazard"):
        if check := checks.get(fields.get("check", "")):
            key = (f"{check.plain.partition('.')[2]}: {fields.get('report', '')}", fields.get("chain", "") + _state(fields))
            policies = seen.setdefault(key, [])
            policies += [check.policy] if check.policy and check.policy not in policies else []
    for (report, chain), policies in seen.items():
        yield from wrap(printable(report + (f" ({', '.join(policies)})" if policies else "")), WIDTH, "  ", "      ")
        yield from wrap(printable(chain), WIDTH, "    ", "      ")


def plain(run: Run, judged: Judged, paint: Paint) -> Iterator[str]:
    """The table alone, without what only explains it."""
    found = rules(run, judged)
    rows = [_cells(rule) for rule in found]
    widths = _widths(rows)
    for heads in zip(*HEADS):
        yield paint("dim", _line(heads, widths))
    for rule, cells in zip(found, rows):
        yield from _row(cells, widths)
        yield from _nodes(rule)
        yield from _hazards(rule, paint)
    if _worth_words(found):
        yield _control(found)


def _worth_words(found: list[Rule]) -> bool:
    """One rule without a hazard needs no control and no explanation."""
    return len(found) > 1 or any(rule.hazards for rule in found)


def lines(run: Run, judged: Judged, paint: Paint) -> Iterator[str]:
    found = run.facts("model", "policy")
    if not found:
        return
    places = sorted({fields.get("masks", "?") for fields in found})
    setting = run.fact("run", "setting")
    text = f"{count(len(found), 'rule')}: MSI {found[0].get('msi', '?')}, vfio-pci masks at the {' or '.join(places)}"
    if setting.get("fail_alloc", "0") != "0":
        text += f", INTx node {setting['fail_alloc']} and later ones refused"
    yield ""
    yield paint("bold", printable(text)[:WIDTH])
    yield from plain(run, judged, paint)
    chains = list(_chains(run))
    if chains:
        yield "Hazards in a kernel log's words, call chains innermost first:"
        yield from chains
    if _worth_words(rules(run, judged)):
        yield from (paint("dim", line) for line in wrap(LEGEND))
