# SPDX-License-Identifier: BSD-2-Clause-Patent
"""A run of several functions (--device all, or a list), split into one run for each: with the ids that a run
of that function alone has, so that everything that reads a run reads a part of one too."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .stream import Check, Diagnostic, Fields, Run, Step

ABOUT_A_CHECK = ("check", "at")  # fields that name one


@dataclass
class Part:
    sbdf: str
    kind: str
    run: Run

    @property
    def suffix(self) -> str:
        return _suffix(self.sbdf)

    @property
    def name(self) -> str:
        return f"{self.sbdf} {self.kind}".strip()


def _suffix(sbdf: str) -> str:
    return "." + sbdf.replace(":", "-")


def _plain(check_id: str, suffix: str) -> str:
    return check_id.removesuffix(suffix)


def _fields(fields: Fields, suffix: str) -> Fields:
    return {key: _plain(value, suffix) if key in ABOUT_A_CHECK else value for key, value in fields.items()}


def of(run: Run) -> list[Part]:
    """In the order of the stream; none where one function alone was tested."""
    places = [place for place, d in enumerate(run.diagnostics) if (d.who, d.kind) == ("run", "target")]
    head = run.diagnostics[:places[0]] if places else []
    parts = []
    for place, end in zip(places, [*places[1:], len(run.diagnostics)]):
        told = run.diagnostics[place].fields
        suffix = _suffix(told.get("sbdf", ""))
        checks: list[Check] = [replace(check, id=_plain(check.id, suffix)) for check in run.checks
                               if check.id.endswith(suffix)]
        steps: list[Step] = [replace(step, check=_plain(step.check, suffix)) for step in run.steps
                             if step.check.endswith(suffix)]
        said = [Diagnostic(d.who, d.kind, _fields(d.fields, suffix)) for d in run.diagnostics[place + 1:end]]
        parts.append(Part(told.get("sbdf", "?"), told.get("kind", ""),
                          Run(started=run.started, header=run.header, diagnostics=[*head, *said], plan=len(checks),
                              checks=checks, steps=steps, stop_reason=run.stop_reason, end=run.end)))
    return parts


def head(run: Run) -> Run:
    """What the stream says before the first of several functions."""
    return replace(run, diagnostics=of(run)[0].run.diagnostics[:_first(run)], checks=[], steps=[])


def _first(run: Run) -> int:
    return next(place for place, d in enumerate(run.diagnostics) if (d.who, d.kind) == ("run", "target"))


def owners(run: Run) -> dict[str, tuple[Part, Check]]:
    """By the id in the whole run: whose check it is, and the check as that part has it."""
    return {check.id + part.suffix: (part, check) for part in of(run) for check in part.run.checks}


def are_all(run: Run) -> bool:
    """--device all: every function there is, not those that somebody named."""
    return any(fields.get("reason") == "--device all" for fields in run.facts("run", "chosen"))
