# SPDX-License-Identifier: BSD-2-Clause-Patent
"""timeline.tsv: one row a step, comparable with a recorded kernel's (diff.py)."""

from __future__ import annotations

import re

from .stream import Fields, Run, Step, printable, split_id
from .validate import hex_bits

COLUMNS = ("seq step command status disintx intx_status bus_master msi_enable line irq_count eventfd "
           "writes expected verdict").split()
BARE = re.compile(r"[A-Za-z0-9._:-]+$")
FILE_PART = re.compile(r"[a-z0-9._-]+$")  # a log from anywhere names no file outside of its folder
POLICIES_MAX = 64


def bit(step: Step, key: str, number: int) -> str:
    bits = hex_bits(step, key)
    return "" if bits is None else str(bits >> number & 1)


def expected(fields: Fields | None) -> str:
    """The judged keys, in the stream's own form."""
    parts = []
    for key, value in (fields or {}).items():
        if key != "seq":
            parts.append(f"{key}={value}" if BARE.match(value) else f'{key}="{value}"')
    return " ".join(parts)


def step_verdict(step: Step, verdicts: dict[str, str]) -> str:
    """A step that never came to its result was cut off: ERROR."""
    return verdicts.get(step.check, "ERROR")


def row(step: Step, verdicts: dict[str, str]) -> list[str]:
    hw, model = step.hw or {}, step.model or {}
    return [str(step.seq), step.name, hw.get("command", ""), hw.get("status", ""),
            bit(step, "command", 10), bit(step, "status", 3), bit(step, "command", 2),
            hw.get("msi_enable", ""), hw.get("line", ""), hw.get("irq_count", ""),
            model.get("eventfd", ""), hw.get("writes", ""), expected(step.expect), step_verdict(step, verdicts)]


def render(run: Run, policy: str | None = None) -> str:
    """All steps, or those of one policy where several ran."""
    verdicts = run.verdicts()
    steps = [step for step in run.steps if policy in (None, step.policy)]
    rows = [list(COLUMNS)] + [row(step, verdicts) for step in steps]
    cut_off = run.begun and policy in (None, split_id(run.begun)[1])
    if cut_off and not any(step.check == run.begun for step in run.steps):
        # The check that the run ended in, before it had any evidence.
        name = split_id(run.begun)[0].split(".", 1)[-1]
        rows.append(["", name] + [""] * (len(COLUMNS) - 3) + ["ERROR"])
    return "".join("\t".join(map(printable, cells)) + "\n" for cells in rows)


def files(run: Run) -> dict[str, str]:
    """timeline.tsv of the whole run; where several policies ran, one more for each, by its name."""
    texts = {"timeline.tsv": render(run)}
    several = dict.fromkeys(step.policy for step in run.steps if FILE_PART.match(step.policy))
    return texts | {f"timeline.{policy}.tsv": render(run, policy) for policy in list(several)[:POLICIES_MAX]}
