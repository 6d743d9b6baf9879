# SPDX-License-Identifier: BSD-2-Clause-Patent
"""results.json: everything that was parsed, and the verdict. Schema 'intxlab-results', version 1:
a reader ignores keys it does not know; a key's meaning never changes within a version."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from . import claims, parts
from .outcome import Ended, Outcome, last_check
from .stream import Check, Run, Step
from .witness import Witness

SCHEMA = {"schema": "intxlab-results", "schema_version": 1}


def _check(check: Check, outcome: Outcome, owners: dict[str, tuple[parts.Part, Check]]) -> dict[str, Any]:
    """verdict is the application's; known: why a FAIL or ERROR is no surprise; function: of several, whose."""
    part, plain = owners.get(check.id, (None, check))
    known = outcome.known.why(check.id) if outcome.known.explains(check) else None
    entry = outcome.known.happened.get(check.id)
    return {"number": check.number, "id": check.id, "suite": check.suite, "policy": plain.policy or None,
            "function": part.sbdf if part else None,
            "verdict": check.verdict, "reason": check.reason, "us": check.us, "mismatches": check.mismatches,
            **{key: check.failed.get(key) for key in ("rule", "spec", "advice", "quirk")},
            "registers": check.registers, "rounds": check.rounds, "debris": check.debris,
            "known": known, "seen": entry.seen or None if entry else None,
            "finding": entry.finding or None if entry else None}


def _step(step: Step) -> dict[str, Any]:
    return {"seq": step.seq, "check": step.check, "hw": step.hw, "model": step.model,
            "expect": step.expect}


def bios_text(run: Run) -> str:
    """Firmware's version as SMBIOS has it: UEFI's own revision is most often 00010000."""
    board = run.fact("hw", "board")
    return " ".join(filter(None, (board.get(f"bios_{key}") for key in ("vendor", "version", "date"))))


def _versions(run: Run, ended: Ended | None) -> dict[str, str | None]:
    firmware = run.fact("hw", "firmware")
    return {"qemu": ended.version or None if ended else None,
            "firmware": " ".join(filter(None, (firmware.get("vendor"), firmware.get("revision")))) or None,
            "bios": bios_text(run) or None}


def render(run: Run, outcome: Outcome, ended: Ended | None, command: list[str],
           witness: Witness | None) -> str:
    owners = parts.owners(run)
    whole = {
        **SCHEMA,
        "verdict": outcome.verdict,
        "exit_code": outcome.code,
        "as_known": outcome.words != outcome.verdict,
        "reasons": outcome.reasons,
        "run": run.header,
        "versions": _versions(run, ended),
        "plan": run.plan,
        "end": run.end,
        "stop_reason": run.stop_reason,
        "stopped": None if run.end is not None else last_check(run),
        "problems": run.problems,
        "functions": [{"sbdf": part.sbdf, "kind": part.kind} for part in parts.of(run)],
        "claims": [asdict(claim) for claim in claims.of(run, outcome.known)],
        "checks": [_check(check, outcome, owners) for check in run.checks],
        "unreported": run.begun,
        "steps": [_step(step) for step in run.steps],
        "facts": [{"who": d.who, "kind": d.kind, **{"fields": d.fields}} for d in run.diagnostics
                  if d.kind not in ("step", "expect", "begin", "mismatch", "registers", "failed", "round",
                                    "debris", "claim")],
        "qemu": {"command": command, **asdict(ended)} if ended else None,
        "witness": {"agrees": not witness.errors, **asdict(witness)} if witness else None,
    }
    return json.dumps(whole, indent=1) + "\n"
