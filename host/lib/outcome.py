# SPDX-License-Identifier: BSD-2-Clause-Patent
"""From a validated run, and how its machine ended, to one verdict and one exit code."""

from __future__ import annotations

import signal
from dataclasses import dataclass, field

from .known import Entry, Judged
from .known import judge as judge_known
from .claims import untested
from .stream import Run
from .validate import UNJUDGED, disputes

# verdict of the end marker -> (value written to the exit port, our exit code)
ENDS = {
    "PASS": (0x10, 0), "DONE": (0x10, 0),
    "FAIL": (0x11, 1), "ERROR": (0x11, 1),
    "SKIP": (0x12, 77), "UNTESTED": (0x12, 77),
    "USAGE": (0x13, 2), "CANNOT": (0x13, 2),
}


@dataclass
class Ended:
    """How QEMU ended."""

    status: int  # as subprocess gives it: below 0 is a signal
    seconds: float
    limit: float
    killed: bool = False  # at the time limit
    flooded: bool = False  # killed because it wrote without end
    version: str = ""  # QEMU's own word
    not_started: str = ""  # why firmware did not start the image, where that is known


@dataclass
class Outcome:
    verdict: str
    code: int
    reasons: list[str] = field(default_factory=list)
    objections: list[str] = field(default_factory=list)
    known: Judged = field(default_factory=Judged)

    @property
    def words(self) -> str:
        """The verdict as people read it."""
        return f"{self.verdict} as known" if self.verdict == "PASS" and self.known.happened else self.verdict


def judge(run: Run, ended: Ended | None = None, objections: list[str] | None = None,
          entries: list[Entry] | None = None) -> Outcome:
    """objections: what independent witnesses (the trace, the disk) hold against the stream."""
    known = judge_known(run, entries or [])
    outcome = _judge(run, ended, disputes(run) + known.surprises + (objections or []), known)
    outcome.known = known
    return outcome


def _judge(run: Run, ended: Ended | None, objections: list[str], known: Judged) -> Outcome:
    reasons = list(run.problems)
    if run.problems_more:
        reasons.append(f"and {run.problems_more} more")
    if ended and ended.not_started and not ended.killed:
        return Outcome("CANNOT", 2, [ended.not_started])
    if ended and ended.killed:
        return Outcome("TIMEOUT", 124, [_killed(run, ended)])
    if ended and ended.flooded:
        return Outcome("INCOMPLETE", 3, ["QEMU was stopped: the stream has no end"])
    if ended and not run.started and ended.status == 1:
        return Outcome("CANNOT", 2, ["QEMU did not start the machine; what it said is in qemu.log"])
    if ended and (machine := _disagreement(run, ended)):
        reasons.append(machine)
    if reasons or run.end is None:
        return Outcome("INCOMPLETE", 3, reasons + objections, objections)
    verdict = run.end.get("verdict", "")
    if objections and verdict not in UNJUDGED:
        return Outcome("FAIL", 1, objections, objections)
    bad = [check for check in run.checks if check.verdict in ("FAIL", "ERROR")]
    if bad and all(known.explains(check) for check in bad):
        verdict = "UNTESTED" if untested(run) else "PASS"
    told = [run.stop_reason] if run.stop_reason else untested(run) if verdict == "UNTESTED" else []
    return Outcome(verdict, ENDS[verdict][1], told)


def last_check(run: Run) -> str:
    """Where the run was when it stopped."""
    return _place(run) + (f", round {run.begun_round}" if run.begun_round else "")


def _place(run: Run) -> str:
    if not run.started:
        return "before the application's first line"
    if run.begun:
        return f"in check {run.begun}"
    return f"after check {run.checks[-1].id}" if run.checks else "before the first check"


def _round_after_others(run: Run) -> str:
    """'31 of 10000', when rounds of --repeat had ended before the one that the run stopped in."""
    total = run.fact("run", "setting").get("repeat", "1")
    in_last = total if run.begun or run.checks else "1"
    number = run.begun_round or in_last
    return f"{number} of {total}" if number != "1" else ""


def _killed(run: Run, ended: Ended) -> str:
    """After whole rounds it may only have been slow: no word of a hang then."""
    if not run.started:
        return f"no end within {ended.limit:g} s: {last_check(run)}" + (ended.not_started and f"; {ended.not_started}")
    limit = f"the limit of {ended.limit:g} s"
    if run.end is not None:
        return f"hung after the end marker: the machine did not exit; killed at {limit}"
    if number := _round_after_others(run):
        return f"killed in round {number}, {_place(run)}, at {limit}"
    return f"hung {last_check(run)}; killed at {limit}"


def _disagreement(run: Run, ended: Ended) -> str:
    if ended.status < 0:
        return f"QEMU was ended by {_signal(-ended.status)} {last_check(run)}"
    verdict = (run.end or {}).get("verdict", "")
    value = ENDS[verdict][0] if verdict in ENDS else None
    if value is None:
        return f"QEMU ended with status {ended.status} {last_check(run)}"
    if ended.status != (value << 1 | 1):
        return (f"QEMU's exit status {ended.status} disagrees with the end marker: "
                f"verdict {verdict} is exit port value {value:x}, status {value << 1 | 1}")
    return ""


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
