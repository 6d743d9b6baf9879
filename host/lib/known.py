# SPDX-License-Identifier: BSD-2-Clause-Patent
"""What is known to fail, from host/known/*.toml: hazards of historic rules, deviations of emulators.

A run passes as known when exactly the listed checks FAIL with exactly the listed observation, of
those that ran. A FAIL that no entry names stays red; so does an entry whose check passes."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from re import compile as pattern

from . import parts
from .stream import Check, Run, split_id

FOLDER = Path(__file__).resolve().parents[1] / "known"
CONDITIONS = ("policy", "msi", "intx_mask", "fail_alloc")
KEYS = {"check", "observed", "why", "source", "machine", "where", "seen", "mended", "varies", "finding", *CONDITIONS}
MUST = ("check", "observed", "why", "source")
NOT_TRIED = pattern(r"(?:in round \d+ of \d+: )?not tried: (\S+) ended with ")
MASKED = pattern(r"([0-9a-f]+)/([0-9a-f]+)$")


class BadEntry(ValueError):
    """One line: which file, which entry, what is wrong with it."""


@dataclass(frozen=True, eq=False)  # each is itself: two may say the same
class Entry:
    check: str  # without a policy behind it
    observed: str | dict[str, str]
    why: str
    source: str
    conditions: dict[str, str]  # key: words, of which one must fit; absent: any
    machine: str = "*"
    where: dict[str, str] = field(default_factory=dict)  # "kind key" of a hardware fact: globs
    seen: str = ""  # versions, for people
    mended: str = ""  # from this version on: then it may pass, too
    varies: str = ""  # by what: it may pass, and show a part of what is listed
    finding: str = ""  # a file of ours and a heading in it

    def fits(self, setting: dict[str, str], board: str) -> bool:
        return fnmatchcase(board, self.machine) and all(
            setting.get(key) in words.split() for key, words in self.conditions.items())

    def is_for(self, run: Run) -> bool:
        """By what the stream says of the hardware: the first fact of a kind, which is the function's own."""
        facts = ((key.split(" "), globs.split()) for key, globs in self.where.items())
        return all(any(fnmatchcase(run.fact("hw", kind).get(key, ""), glob) for glob in globs)
                   for (kind, key), globs in facts)

    def sources(self) -> str:
        return "; ".join(filter(None, (self.seen and f"seen in {self.seen}",
                                       self.mended and f"mended in {self.mended}",
                                       self.varies and f"varies by {self.varies}", self.source, self.finding)))


@dataclass
class Judged:
    """Check ids of the run, each with what explains it, and what nothing explains."""

    happened: dict[str, Entry] = field(default_factory=dict)
    consequences: dict[str, str] = field(default_factory=dict)  # not tried: the id that ended it
    surprises: list[str] = field(default_factory=list)  # known, and did not happen, or otherwise

    def explains(self, check: Check) -> bool:
        return check.id in self.happened or check.id in self.consequences

    def why(self, check_id: str) -> str:
        if entry := self.happened.get(check_id):
            return f"known: {entry.why} [{entry.sources()}]"
        return f"a consequence of {self.consequences[check_id]}, which is known"


def _entry(where: str, row: object) -> Entry:
    if not isinstance(row, dict) or not set(MUST) <= set(row) <= KEYS:
        raise BadEntry(f"{where}: wants {', '.join(MUST)} and knows {', '.join(sorted(KEYS - set(MUST)))}")
    observed = row["observed"]
    facts = row.get("where", {})
    texts = [value for key, value in row.items() if key not in ("observed", "where")]
    texts += list(observed.values()) if isinstance(observed, dict) else [observed]
    if not all(isinstance(text, str) for text in texts) or not observed:
        raise BadEntry(f"{where}: every value is a text; observed is a text or a table of texts")
    if not isinstance(facts, dict) or not all(
            isinstance(globs, str) and len(key.split(" ")) == 2 for key, globs in facts.items()):
        raise BadEntry(f"{where}: where is a table, 'kind key' = a text")
    return Entry(row["check"], observed, row["why"], row["source"],
                 {key: row[key] for key in CONDITIONS if key in row}, row.get("machine", "*"), facts,
                 row.get("seen", ""), row.get("mended", ""), row.get("varies", ""), row.get("finding", ""))


def load(folder: Path = FOLDER) -> list[Entry]:
    entries = []
    for path in sorted(folder.glob("*.toml")):
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise BadEntry(f"{path}: {error}") from None
        if set(content) - {"known"} or not isinstance(content.get("known", []), list):
            raise BadEntry(f"{path}: holds nothing but [[known]]")
        entries += [_entry(f"{path}, entry {number}", row)
                    for number, row in enumerate(content.get("known", []), 1)]
    return entries


def setting(run: Run, policy: str) -> dict[str, str]:
    """What the run's options meant under this policy: MSI needs a capability, `auto` a rule."""
    fields = run.fact("run", "setting")
    rule = next((f for f in run.facts("model", "policy") if f.get("name") == policy), {})
    has_msi = run.fact("hw", "function").get("msi_cap", "00") != "00" and not run.facts("hw", "no_msi")
    return {"policy": policy, "msi": "on" if fields.get("msi") == "on" and has_msi else "off",
            "intx_mask": rule.get("masks", fields.get("intx_mask", "")),
            "fail_alloc": fields.get("fail_alloc", "")}


def _agrees(seen: str, wanted: str) -> bool:
    """wanted: '0007/0407', the value under a mask; else a glob."""
    if match := MASKED.match(wanted):
        value, mask = (int(word, 16) for word in match.groups())
        try:
            return int(seen, 16) & mask == value
        except ValueError:
            return False
    return fnmatchcase(seen, wanted)


def _difference(check: Check, wanted: str | dict[str, str], shuffled: bool, varies: bool) -> str:
    """What was seen in place of the listed observation; empty when it was that. Steps are listed in the plan's order;
    shuffled, in any."""
    def listed(steps: str) -> list[str]:
        return sorted(steps.split()) if shuffled else steps.split()

    seen = list(dict.fromkeys((m.get("what", ""), m.get("observed", "")) for m in check.mismatches))
    if isinstance(wanted, dict):
        names = {k for k, _ in seen}
        good = (names <= wanted.keys() if varies else names == wanted.keys()) and all(_agrees(v, wanted[k]) for k, v in seen)
    else:
        good = len({k for k, _ in seen}) == 1 and all(listed(v) == listed(wanted) for _, v in seen)
    more = [f"debris in {d.get('register')}" for d in check.debris]
    more += [f"ERROR in round {r.get('round')}: {r.get('reason')}" for r in check.rounds if r.get("verdict") == "ERROR"]
    if good and not more:
        return ""
    return "; ".join([f"{k}: {v or 'nothing'}" for k, v in seen] + more) or "nothing"


class _Judge:
    def __init__(self, run: Run, entries: list[Entry]) -> None:
        self.run, self.entries = run, entries
        self.checks = {check.id: check for check in run.checks}
        self.steps_run = {step.check for step in run.steps if step.hw}
        self.several = any(split_id(check.id)[1] for check in run.checks)
        self.judged = Judged()
        self.shuffled = run.fact("run", "setting").get("shuffle", "0") != "0"

    def full_id(self, plain: str, policy: str) -> str:
        return f"{plain}.{policy}" if self.several else plain

    def wanted(self, entry: Entry, policy: str) -> str | dict[str, str]:
        """A text lists steps: those of them that ran. Nothing of it is to be seen if none did."""
        if isinstance(entry.observed, dict):
            return entry.observed
        return " ".join(step for step in entry.observed.split()
                        if self.full_id(step, policy) in self.steps_run)

    def surprise(self, text: str) -> None:
        if text not in self.judged.surprises:
            self.judged.surprises.append(text)

    def one(self, entry: Entry, policy: str) -> None:
        # A check that runs once, whatever the policies, has its plain name; it is met with each of them.
        check = self.checks.get(self.full_id(entry.check, policy)) or self.checks.get(entry.check)
        wanted = self.wanted(entry, policy)
        if not check or not wanted or check.verdict in ("SKIP", "ERROR"):
            return
        if check.verdict == "PASS" and (entry.mended or entry.varies):
            return
        if check.verdict == "PASS":
            self.surprise(f"{check.id}: known, and did not happen ({entry.why})")
        elif differs := _difference(check, wanted, self.shuffled, bool(entry.varies)):
            listed = wanted if isinstance(wanted, str) else ", ".join(f"{k}: {v}" for k, v in wanted.items())
            self.surprise(f"{check.id}: known otherwise: listed is {listed}, seen was {differs}")
        else:
            self.judged.happened[check.id] = entry

    def consequences(self) -> None:
        for check in self.run.checks:
            match = NOT_TRIED.match(check.reason) if check.verdict == "ERROR" else None
            if match and match[1] in self.judged.happened:
                self.judged.consequences[check.id] = match[1]


def judge(run: Run, entries: list[Entry]) -> Judged:
    """Of several functions each by itself: what is known is known of a kind of function."""
    several = parts.of(run)
    if not several:
        return _judge(run, entries)
    whole = Judged()
    for part in several:
        one = _judge(part.run, entries)
        whole.happened |= {name + part.suffix: entry for name, entry in one.happened.items()}
        whole.consequences |= {name + part.suffix: cause + part.suffix for name, cause in one.consequences.items()}
        whole.surprises += [f"{part.name}: {text}" for text in one.surprises]
    return whole


def part_of(judged: Judged, part: parts.Part) -> Judged:
    """What is known of one function of several, by the ids that its part has."""
    end = part.suffix
    return Judged({name.removesuffix(end): entry for name, entry in judged.happened.items() if name.endswith(end)},
                  {name.removesuffix(end): cause.removesuffix(end) for name, cause in judged.consequences.items()
                   if name.endswith(end)})


def _judge(run: Run, entries: list[Entry]) -> Judged:
    this = _Judge(run, entries)
    board = run.fact("hw", "board")
    name = f"{board.get('vendor', '')} {board.get('product', '')}".strip()
    for policy in run.policies():
        chosen = setting(run, policy)
        for entry in entries:
            if entry.fits(chosen, name) and entry.is_for(run):
                this.one(entry, policy)
    this.consequences()
    return this.judged
