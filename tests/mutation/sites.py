#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""The places where the product expects something of the hardware: found in its sources, watched in a run of the program
of sites.c, and held against tests/golden/expectations.tsv, which says of each what shows that it is needed.

A place is shown to be needed by a run in which a check FAILs, and does not FAIL once what it expects at this place is
taken for true. The run has a simulated fault, or a fault of one moment: one read of a register that is wrong, one
interrupt too many, too few or too late, one write too many. Those stand at a place, so that no other expectation of the
check meets them: `at` the place itself, at its `caller` in a suite, from the `previous` place on, or `-` anywhere.

Run by hand, it takes lines of places that are no more out of the table, and puts in and prints those that it lacks: with
the first such run it finds, or else with a ? for a reason."""

import os
import re
import subprocess
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / name) for name in ("hosted", "property", "mutation")]

from fault_table import table as faults  # noqa: E402
from mutant import SECONDS, TREE  # noqa: E402
from simulated import RESULT  # noqa: E402

TABLE = ROOT / "tests/golden/expectations.tsv"
# The functions that expect, and which of their arguments is the text that they tell.
OF_CHECK_H = {"check_fail": 1, "expect_that": 2, "expect_eq": 3, "expect_hex": 4, "expect_at_least": 3, "expect_ok": 2}
OF_BENCH = {"expect_line": 2, "expect_remote_irr": 2, "stage_accepted": None, "stage_ack": None, "stage_expect_count": 2,
            "verbs_expect_writes": None, "verbs_taken": None}
FUNCTION = re.compile(r"^[a-z][\w *]*?\b(\w+)\(")  # the head of a definition begins in the first column


class Site(NamedTuple):
    file: str
    function: str
    text: str  # what it tells; else the call
    number: int  # of those that are the same so far, from 1
    place: str  # FILE:LINE, and =TEXT where one place tells several

    @property
    def key(self):
        return self.file, self.function, self.text, str(self.number)


def _call_at(text, start):
    """(the call from its name to its end, on one line; its arguments)"""
    depth, arguments, begun = 0, [], 0
    for match in re.finditer(r'"(?:[^"\\]|\\.)*"|[(),]', text[start:]):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if match[0] == "(" and depth == 1:
            begun = match.end()
        elif match[0] == "," and depth == 1 or match[0] == ")" and not depth:
            arguments.append(" ".join(text[start + begun:start + match.start()].split()).replace('" "', ""))
            begun = match.end()
        if match[0] == ")" and not depth:
            return " ".join(text[start:start + match.end()].split()), arguments
    raise ValueError("a call without an end")


def _sites_of(path):
    """(Site, whether its text is whatever its function is called with) of each call of a file."""
    text = (ROOT / path).read_text(encoding="ascii")
    names = OF_CHECK_H | (OF_BENCH if path.startswith("run/suites/") else {})
    call, found, function, offset = re.compile(rf"(?<![\w>.])({'|'.join(names)})\("), [], "", 0
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        head = FUNCTION.match(line)
        function = head[1] if head else function
        for match in () if head or line.startswith((" *", "/*")) else call.finditer(line):
            written, arguments = _call_at(text, offset + match.start())
            at = names[match[1]]
            literal = at is not None and arguments[at].startswith('"')
            told = arguments[at].strip('"') if literal else written
            if not literal and path.startswith("run/bench/") and function not in OF_BENCH:
                raise ValueError(f"{path}:{number}: {function}() is told what to say: name it here, and in sites.h")
            several = path.startswith("run/suites/") and at is not None and arguments[at].isidentifier()
            same = sum(site.function == function and (several and other or site.text == told) for site, other in found)
            found.append((Site(path, function, told, same + 1, f"{path}:{number}"), several))
        offset += len(line)
    return found


@cache
def written():
    """{place: (Site, whether it tells several texts)}"""
    paths = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "run").glob("*/*.c"))
    return {site.place: (site, several) for path in paths for site, several in _sites_of(path)}


def site_at(place, what):
    """The Site that a run names: a place that tells several texts is several."""
    site, several = written()[place]
    return site._replace(text=what, place=f"{place}={what}") if several else site


@dataclass
class Seen:
    verdicts: dict = field(default_factory=dict)
    judged: dict = field(default_factory=lambda: defaultdict(list))  # {check: [(caller, bench, what)]}
    missed: dict = field(default_factory=lambda: defaultdict(list))
    reads: list = field(default_factory=list)  # (n, address, width, value) where a moment of mask 0 looked

    def alone(self, check):
        """The sites that every mismatch of the check is at."""
        each = [{site_at(place, what) for place in places if place != "-"} for *places, what in self.missed.get(check, ())]
        return set.intersection(*each) if each else set()


def run(machine, options, fault="-", moment="", forgiven=()):
    """forgiven: (check, Site)"""
    return _run(machine, options, fault, moment, "\n".join(f"{check}\t{site.place}" for check, site in forgiven))


@cache
def _run(machine, options, fault, moment, forgiven):
    command = [TREE / "intxlab-sim", "--machine", machine, *(["--fault", fault] if fault != "-" else []), "--",
               *options.split()]
    environment = os.environ | {"LD_LIBRARY_PATH": str(TREE / "sites"), "INTXLAB_FORGIVE": forgiven}
    if moment:
        environment["INTXLAB_MOMENT"] = moment
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, env=environment)
    seen = Seen()
    for match in filter(None, map(RESULT.match, done.stdout.splitlines())):
        seen.verdicts[match[3]] = match[4] or ("PASS" if match[1] == "ok" else "FAIL")
    for line in done.stderr.splitlines():
        event, *columns = line.split("\t")
        if event == "site read":
            seen.reads.append(tuple(columns))
        elif event.startswith("site "):
            getattr(seen, event[5:])[columns[0]].append(tuple(columns[1:]))
    return seen


def honest(machine, options):
    return run(machine, options)


def _places(site, seen, check):
    """{"at": …, "caller": …, "previous": …} of the first time that this check judges the site."""
    before = None
    for caller, bench, what in seen.judged[check]:
        if site in {site_at(place, what) for place in (caller, bench) if place != "-"}:
            return {"at": site.place.split("=")[0], "caller": caller, "previous": before, "-": "-"}
        before = caller if caller != "-" else bench
    return {}


class Row(NamedTuple):
    site: Site
    check: str
    machine: str
    options: str
    fault: str  # a simulated fault, or a moment: WHERE KIND N MASK TIME
    reason: str  # of one that nothing shows to be needed

    @property
    def moment(self):
        where, *rest = self.fault.split(" ")
        return (where, " ".join(rest)) if rest else None

    def run(self, forgiven=()):
        if not self.moment:
            return run(self.machine, self.options, fault=self.fault, forgiven=forgiven)
        where, what = self.moment
        place = _places(self.site, honest(self.machine, self.options), self.check)[where]
        return run(self.machine, self.options, moment=f"{place}\t{what}", forgiven=forgiven)

    def shows(self):
        """The check FAILs, for this site alone, and PASSes without it."""
        seen = self.run()
        return seen.verdicts.get(self.check) == "FAIL" and self.site in seen.alone(self.check) and \
            self.run([(self.check, self.site)]).verdicts[self.check] == "PASS"


def table():
    """[Row]; a place that is no more has no Site."""
    lines = [line for line in TABLE.read_text(encoding="ascii").splitlines() if not line.startswith("#")]
    known = {site.key[:2]: [] for site, _ in written().values()}
    for site, several in written().values():
        known[site.key[:2]].append((site, several))
    rows = []
    for file, function, text, number, *rest, why in (line.split("\t") for line in lines[1:]):
        site = None
        for one, several in known.get((file, function), ()):
            if (several and one.number == int(number)) or one.key[2:] == (text, number):
                site = one._replace(text=text, place=f"{one.place}={text}") if several else one
        rows.append(Row(site or Site(file, function, text, int(number), ""), *rest, "" if why == "-" else why))
    return rows


# By hand

MASKS = (0x400, 0x4, 0x8, 0x80000, 0x10000, 0x4000, 0x20000, 0x40000, 0x1, 0x2)  # bits that expectations are about
HERE = ("extra 0 0", "extra 1 0", "early 0 0", "early 1 0", "wire 0 0", "wire 0 1", "write 2 0", "write 1 0", "look 4 0")
ELSEWHERE = [f"- {kind} {n} {mask}" for n in range(1, 7) for kind, mask in (("lost", 0), ("late", "44c"), ("notify", 0),
                                                                            ("forget", 0))]


def lacking():
    """Sites without a line. A place that tells several texts: of those that some run told."""
    have = {row.site for row in table()}
    found = {site for site, several in written().values() if not several}
    for machine, options in settings():
        for judged in honest(machine, options).judged.values():
            found |= {site_at(place, what) for *places, what in judged for place in places if place != "-"}
    return sorted(found - have, key=lambda site: site.place)


@cache
def settings():
    """Each (machine, options) of the tables of faults, the plainest first."""
    return sorted({there for runs in faults().values() for there in runs}, key=lambda there: (there != ("q35", ""), there))


def _settings_of(site):
    """(check, machine, options) where the site is judged."""
    return [(check, machine, options) for machine, options in settings()
            for check in honest(machine, options).judged if _places(site, honest(machine, options), check)]


def _by_fault(site):
    for fault, runs in faults().items():
        for (machine, options), checks in runs.items():
            for check, *there in _settings_of(site):
                if there == [machine, options] and check in checks:
                    yield Row(site, check, machine, options, fault, "")


def _reads(site, where, kind, time, *setting):
    """Moments at each of the first reads there."""
    check, machine, options = setting
    place = _places(site, honest(machine, options), check)[where]
    for n, _, width, _ in run(machine, options, moment=f"{place}\t{kind} 0 0 {time}").reads[:14] if place else ():
        yield from (f"{where} {kind} {n} {mask:x} {time}" for mask in MASKS if mask < 1 << 8 * int(width))


def _moments(site, *setting):
    for time in (1, 2, 3):
        yield from _reads(site, "at", "read", time, *setting)
        yield from (f"{where} {kind} {time}" for kind in HERE for where in ("at", "caller"))
    yield from ELSEWHERE
    yield from _reads(site, "previous", "after", 1, *setting)


def _plainest(site):
    """Of each check the first setting in which it is judged: a moment is one of the bench, not of a kind of device."""
    first = {}
    for check, *there in _settings_of(site):
        first.setdefault(check, there)
    return [(check, *there) for check, there in first.items()]


def _by_moment(site):
    for check, machine, options in _plainest(site):
        alone = options if "--check" in options or "--suite" in options else f"{options} --check {check}".strip()
        if _places(site, honest(machine, alone), check):  # not of a sequence's steps: they stand on each other
            yield from (Row(site, check, machine, alone, moment, "") for moment in _moments(site, check, machine, alone))


def find(site):
    for rows in (_by_fault(site), _by_moment(site)):
        for row in rows:
            if row.shows():
                return row
    return Row(site, "-", "-", "-", "-", "?")


def line_of(row):
    return "\t".join([*row.site.key, *row[1:5], row.reason or "-"])


def in_order(row):
    place, _, what = row.site.place.partition("=")
    return row.site.file, int(place.split(":")[1]), what


def main():
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        added = list(pool.map(find, lacking()))
    kept = [row for row in table() if row.site.place]
    head = [line for line in TABLE.read_text(encoding="ascii").splitlines() if line.startswith(("#", "file\t"))]
    lines = head + [line_of(row) for row in sorted(kept + added, key=in_order)]
    TABLE.write_text("".join(f"{line}\n" for line in lines), encoding="ascii")
    print("".join(f"{line_of(row)}\n" for row in added), end="")


if __name__ == "__main__":
    main()
