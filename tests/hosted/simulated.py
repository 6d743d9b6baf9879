# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Run the product hosted on a simulated machine and read its stream's results."""

import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Mutants are run by the same tests, from the one tree that is built for them, and must not hang for long.
TREE, SECONDS = os.environ.get("INTXLAB_TREE"), float(os.environ.get("INTXLAB_SECONDS", "120"))
RESULT = re.compile(r"^(ok|not ok) (\d+) (\S+)(?: # (?:(SKIP|ERROR)(?: |$))?(.*))?$")


@dataclass
class Run:
    code: int
    text: str
    stderr: str
    verdicts: dict = field(default_factory=dict)  # id: PASS FAIL SKIP ERROR, in order

    def of(self, verdict):
        return {name for name, seen in self.verdicts.items() if seen == verdict}

    def lines(self, start):
        return [line for line in self.text.splitlines() if line.startswith(start)]


def program(name, tree="gcc"):
    return ROOT / "build/hosted" / (TREE or tree) / name


def run(*arguments, app=(), compiler="gcc"):
    command = [program("intxlab-sim", compiler), *arguments, "--", *app]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    result = Run(done.returncode, done.stdout, done.stderr)
    for line in done.stdout.splitlines():
        match = RESULT.match(line)
        if match:
            word = match[4] or ("PASS" if match[1] == "ok" else "FAIL")
            assert match[3] not in result.verdicts, f"{match[3]} reported twice"
            result.verdicts[match[3]] = word
    return result


PASS, FAIL, SKIP, CANNOT = 0x10, 0x11, 0x12, 0x13
