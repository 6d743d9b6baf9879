#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""`make conformance`: each device model of docs/conformance.toml in a boot of its own, and what came of the claims:
docs/conformance.md for people, docs/conformance.json for programs. QEMU= names another QEMU: its rows are replaced,
those of other versions stay. The exit code is 0 whatever a model does, 1 where one could not be run."""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "host"))

from lib import qemu  # noqa: E402
from lib.text import count  # noqa: E402

MODELS, PAGE, DATA = (ROOT / "docs" / f"conformance.{end}" for end in ("toml", "md", "json"))
IMAGE_BYTES = 16 << 20
SECONDS = 300
WORDS = {"shown": "shown", "not-tested": "–"}
HEAD = """# Conformance
<!-- written by make conformance -->
What QEMU's device models do, each alone at 00:05.0 of a q35: a row a model, a column a claim of
[checks.md](checks.md). A cell is *shown*, or names the checks that refuted it, or is – where it was not tested.
Where a model deviates, [findings.md](findings.md) tells the rule, the cause and one command. The same as data:
[conformance.json](conformance.json). One more model is one more entry in [conformance.toml](conformance.toml).
`QEMU=PATH make conformance` adds the rows of another QEMU.
"""


def models(path, only):
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["model"]
    return [row for row in rows if not only or row["model"] in only]


def devices(program):
    """Names of the models that this QEMU has."""
    told = subprocess.run([program, "-machine", "none", "-device", "help"], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r'^name "([^"]+)"', told, re.M))


def command(row, folder):
    image = folder / "image"
    words = [ROOT / "host/intxlab", "run", "--no-disk", "--out", folder / "out", "--timeout", str(SECONDS),
             f"--qemu-arg=-device {row.get('device', row['model'])},addr=5"]
    if row.get("medium"):
        image.write_bytes(bytes(IMAGE_BYTES))
    if row.get("more"):
        words.append("--qemu-arg=" + row["more"].replace("{image}", str(image)))
    return [*words, "--", "--device", row.get("function", "0000:00:05.0")]


def one(row):
    """The row of the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        done = subprocess.run(command(row, folder), capture_output=True, text=True, cwd=ROOT)
        wrote = bool(row.get("medium")) and (folder / "image").read_bytes() != bytes(IMAGE_BYTES)
        try:
            results = json.loads((folder / "out/results.json").read_text(encoding="utf-8"))
        except OSError:
            results = {"verdict": "CANNOT", "claims": [], "checks": [], "facts": [], "versions": {}, "reasons": [done.stderr]}
    kind = next((f["fields"]["kind"] for f in results["facts"] if (f["who"], f["kind"]) == ("run", "chosen")), "")
    return {"model": row["model"], "kind": kind, "verdict": "WROTE TO ITS MEDIUM" if wrote else results["verdict"],
            "exit_code": done.returncode, "qemu": results["versions"].get("qemu") or "", "reasons": results["reasons"],
            "claims": {c["id"]: {"state": c["state"], "by": c["by"], "known": c["known"], "reason": c["reason"]}
                       for c in results["claims"]},
            "failed": [c["id"] for c in results["checks"] if c["verdict"] in ("FAIL", "ERROR")],
            "known": {c["id"]: c["finding"] for c in results["checks"] if c["known"]}}


def cell(claim):
    if claim is None:
        return ""
    if claim["state"] != "refuted":
        return WORDS.get(claim["state"], claim["state"])
    return "refuted: " + ", ".join(f"`{name}`" for name in claim["by"]) + (" (known)" if claim["known"] else "")


def page(data):
    text = [HEAD]
    for version, rows in sorted(data.items()):
        ids = list(dict.fromkeys(name for row in rows for name in row["claims"]))
        text += [f"\n## {version}\n", f"| model | kind | verdict | {' | '.join(ids)} | other checks that failed |",
                 "|" + "---|" * (len(ids) + 4)]
        for row in rows:
            refuting = {name for claim in row["claims"].values() for name in claim["by"]}
            others = [f"`{name}`{' (known)' if name in row['known'] else ''}" for name in row["failed"] if name not in refuting]
            cells = [cell(row["claims"].get(name)) for name in ids]
            text.append(f"| {row['model']} | {row['kind']} | {row['verdict']} | {' | '.join(cells)} | {', '.join(others)} |")
    return "\n".join(text).rstrip() + "\n"


def main():
    parser = argparse.ArgumentParser(description="device models and claims")
    parser.add_argument("--models", type=Path, default=MODELS, help="the list (docs/conformance.toml)")
    parser.add_argument("--out", type=Path, default=PAGE.parent, help="the folder for conformance.md and .json (docs)")
    parser.add_argument("--only", action="append", default=[], metavar="MODEL", help="this model alone; repeatable")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="boots at once")
    args = parser.parse_args()
    try:
        program = qemu.find_qemu()
        there = devices(program)
        rows = models(args.models, args.only)
    except (qemu.CannotRun, OSError, subprocess.SubprocessError, tomllib.TOMLDecodeError, KeyError) as error:
        sys.exit(f"conformance: {error}")
    todo = [row for row in rows if row["model"] in there]
    for row in rows:
        if row not in todo:
            print(f"{row['model']}: this QEMU does not have it", flush=True)
    done = []
    with ThreadPoolExecutor(args.jobs) as pool:
        for result in pool.map(one, todo):
            done.append(result)
            shown = sum(claim["state"] == "shown" for claim in result["claims"].values())
            print(f"{len(done)}/{len(todo)} {result['model']}: {result['verdict']}, {shown} of "
                  f"{count(len(result['claims']), 'claim')} shown {' '.join(result['failed'])}".rstrip(), flush=True)
    if not done:
        sys.exit("conformance: no model to run")
    old = json.loads((args.out / DATA.name).read_text(encoding="utf-8")) if (args.out / DATA.name).exists() else {}
    version = next((row["qemu"] for row in done if row["qemu"]), "QEMU ?")
    kept = {row["model"]: row for row in old.get(f"QEMU {version}", [])} if args.only else {}
    data = old | {f"QEMU {version}": list((kept | {row["model"]: row for row in done}).values())}
    (args.out / DATA.name).write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    (args.out / PAGE.name).write_text(page(data), encoding="utf-8")
    return 1 if any(row["verdict"] in ("CANNOT", "INCOMPLETE", "TIMEOUT", "WROTE TO ITS MEDIUM") for row in done) else 0


if __name__ == "__main__":
    sys.exit(main())
