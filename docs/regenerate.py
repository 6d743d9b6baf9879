#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""What the documents say of the application's tables, from the application itself: it is booted with
--list, with --help and twice with every policy, and docs/checks.md, docs/faults.md, the block of options in
README.md and the blocks of docs/policies.md are written from its streams and from the tables of simulated
faults. With --check nothing is written: differences are shown, exit 1."""

import difflib
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "host"))

from fault_pages import cell, checks_page, faults_page, table  # noqa: E402
from lib import comparison, known, stream, summary  # noqa: E402

BLOCK = re.compile(r"(<!-- options: written by make docs -->\n```\n).*?(```\n)", re.S)


def boot(out, *app):
    """The run of one boot that went as it must: what is wrong is not written down."""
    done = subprocess.run([ROOT / "host/intxlab", "run", "--out", out, "--", *app], capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        sys.exit(f"{done.stdout}{done.stderr}regenerate: no answer to {' '.join(app)}")
    return stream.parse((out / "stream.ktap").read_bytes())


def ask(option, out):
    """The `# run KIND` lines of one boot, of the kind that answers the option."""
    return boot(out, f"--{option}").facts("run", option)


def listed_checks(out):
    """The image leaves out why its checks matter, to stay small; the hosted program has the same tables and says it."""
    done = subprocess.run([ROOT / "build/hosted/gcc/intxlab-sim", "--", "--list"], capture_output=True, check=False)
    whys = {row["check"]: row["why"] for row in stream.parse(done.stdout).facts("run", "list")}
    rows = ask("list", out)
    for row in rows:
        row["why"] = row.get("why") or whys[row["check"]]
    return rows


def readme(text, rows):
    lines = "".join(f"{row['text']}\n" for row in rows)
    text, count = BLOCK.subn(lambda block: block[1] + lines + block[2], text)
    if count != 1:
        sys.exit("regenerate: README.md has no block of options")
    return text


def rules_table(run):
    return table(("rule", "kernels", "read in"), [(f"`{f['name']}`", cell(f["kernels"]), cell(f["source"]))
                                                  for f in run.facts("model", "policy")])


def compared(run):
    """No volatile number is in it: counts of reads and writes are what the code does."""
    judged = known.judge(run, known.load())
    return "```\n" + "\n".join(comparison.plain(run, judged, summary.Paint(False))) + "\n```"


def words(key, value):
    return f"{key.replace('_', '-')} {' or '.join(value.split())}"


def hazards_table():
    rows = []
    for entry in known.load():
        conditions = dict(entry.conditions)
        rules = ", ".join(f"`{name}`" for name in conditions.pop("policy", "any").split())
        when = ", ".join([words(*item) for item in conditions.items()]
                         + [f"{key} {' or '.join(globs.split())}" for key, globs in entry.where.items()]) or "always"
        seen = entry.observed if isinstance(entry.observed, str) else "; ".join(
            f"{what}: {value or 'nothing'}" for what, value in entry.observed.items())
        rows.append((f"`{entry.check}`", rules.replace("`any`", "any"), when, cell(seen), cell(entry.why), cell(entry.sources())))
    return table(("check", "rules", "when", "seen", "why", "who says so"), rows)


def policies_page(page, out):
    runs = {msi: boot(out, "--policy", "all", "--msi", msi) for msi in ("off", "on")}
    blocks = {"rules": rules_table(runs["off"]), "off": compared(runs["off"]), "on": compared(runs["on"]),
              "known": hazards_table()}
    for name, block in blocks.items():
        mark = f"<!-- {name}: written by make docs -->\n"
        if page.count(mark) != 1:
            sys.exit(f"regenerate: docs/policies.md has no block {name}")
        before, rest = page.split(mark)
        page = f"{before}{mark}{block}\n<!-- end -->{rest.partition('<!-- end -->')[2]}"
    return page


def main():
    out = ROOT / "build/docs"
    listed = listed_checks(out)
    pages = {ROOT / "docs/checks.md": checks_page(listed),
             ROOT / "docs/faults.md": faults_page([row["check"] for row in listed]),
             ROOT / "README.md": readme((ROOT / "README.md").read_text(encoding="utf-8"), ask("help", out)),
             ROOT / "docs/policies.md": policies_page((ROOT / "docs/policies.md").read_text(encoding="utf-8"), out)}
    stale = False
    for path, text in pages.items():
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        if "--check" not in sys.argv[1:]:
            path.write_text(text, encoding="utf-8")
        elif old != text:
            stale = True
            name = str(path.relative_to(ROOT))
            sys.stdout.writelines(difflib.unified_diff(old.splitlines(True), text.splitlines(True), name,
                                                       f"{name} by make docs"))
    sys.exit(stale)


main()
