#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""What the documents say of the application's tables, from the application itself: it is booted with
--list and with --help, and docs/checks.md and the block of options in README.md are written from its
two streams. With --check nothing is written: differences are shown, exit 1."""

import difflib
import re
import subprocess
import sys
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "host"))

from lib import stream  # noqa: E402

HEAD = """\
# The checks

Made by `make docs` from what `host/intxlab run -- --list` says; do not edit. The id is frozen. The sentence is
true when the check passes; `observation` stands where no document says so. A sequence is a suite whose steps are
its checks, in this order. `firmware.*` run after the machine was given back, and only in the image.
"""
BLOCK = re.compile(r"(<!-- options: written by make docs -->\n```\n).*?(```\n)", re.S)


def ask(option, out):
    """The `# run KIND` lines of one boot, of the kind that answers the option."""
    done = subprocess.run([ROOT / "host/intxlab", "run", "--out", out, "--", f"--{option}"],
                          capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        sys.exit(f"{done.stdout}{done.stderr}regenerate: no answer to --{option}")
    run = stream.parse((out / "stream.ktap").read_bytes())
    return [d.fields for d in run.diagnostics if (d.who, d.kind) == ("run", option)]


def cell(text):
    """'<' and '|' mean something in a table of Markdown."""
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


def checks_page(rows):
    parts = [HEAD]
    for suite, checks in groupby(rows, key=lambda row: row["check"].split(".")[0]):
        parts.append(f"\n## {suite}\n| id | what is true when it passes | says who |\n|---|---|---|\n")
        parts += [f"| `{row['check']}` | {cell(row['title'])} | {cell(row['spec'])} |\n" for row in checks]
    return "".join(parts)


def readme(text, rows):
    lines = "".join(f"{row['text']}\n" for row in rows)
    text, count = BLOCK.subn(lambda block: block[1] + lines + block[2], text)
    if count != 1:
        sys.exit("regenerate: README.md has no block of options")
    return text


def main():
    out = ROOT / "build/docs"
    pages = {ROOT / "docs/checks.md": checks_page(ask("list", out)),
             ROOT / "README.md": readme((ROOT / "README.md").read_text(encoding="utf-8"), ask("help", out))}
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
