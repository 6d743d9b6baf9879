# SPDX-License-Identifier: BSD-2-Clause-Patent
"""timeline.tsv: one row a step, comparable with a recorded kernel's."""

from __future__ import annotations

import re

from .stream import Fields, Run, Step, printable
from .validate import hex_bits

COLUMNS = ("seq step command status disintx intx_status bus_master msi_enable line irq_count eventfd "
           "writes expected verdict").split()
BARE = re.compile(r"[A-Za-z0-9._:-]+$")
JOINS = ("seq", "sequence", "step")  # expect's keys that name the step


def bit(step: Step, key: str, number: int) -> str:
    bits = hex_bits(step, key)
    return "" if bits is None else str(bits >> number & 1)


def expected(fields: Fields | None) -> str:
    """The judged keys, in the stream's own form."""
    parts = []
    for key, value in (fields or {}).items():
        if key not in JOINS:
            parts.append(f"{key}={value}" if BARE.match(value) else f'{key}="{value}"')
    return " ".join(parts)


def step_verdict(step: Step, verdicts: dict[str, str]) -> str:
    """A step that never came to its result was cut off: ERROR."""
    return verdicts.get(step.check, "ERROR")


def row(step: Step, verdicts: dict[str, str]) -> list[str]:
    hw, model = step.hw or {}, step.model or {}
    return [str(step.seq), step.named("step"), hw.get("command", ""), hw.get("status", ""),
            bit(step, "command", 10), bit(step, "status", 3), bit(step, "command", 2),
            hw.get("msi_enable", ""), hw.get("line", ""), hw.get("irq_count", ""),
            model.get("eventfd", ""), hw.get("writes", ""), expected(step.expect), step_verdict(step, verdicts)]


def render(run: Run) -> str:
    verdicts = run.verdicts()
    rows = [list(COLUMNS)] + [row(step, verdicts) for step in run.steps]
    if run.begun and not any(step.check == run.begun for step in run.steps):
        # The check that the run ended in, before it had any evidence.
        name = run.begun.split(".", 1)[-1]
        rows.append(["", name] + [""] * (len(COLUMNS) - 3) + ["ERROR"])
    return "".join("\t".join(map(printable, cells)) + "\n" for cells in rows)
