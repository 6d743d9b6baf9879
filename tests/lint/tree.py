# SPDX-License-Identifier: BSD-2-Clause-Patent
"""What the rules look at: the files of the tree, and C without its comments and strings."""

import functools
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LAYERS = ("pci", "drivers", "run")


class CannotLint(Exception):
    """A tool, or what the build should have left, is not there."""


def run(*command, **more):
    try:
        return subprocess.run([str(word) for word in command], cwd=ROOT, capture_output=True, text=True, check=False, **more)
    except FileNotFoundError:
        raise CannotLint(f"{command[0]} is not there; type: host/setup check") from None


def stands_on(tool, version):
    """A rule whose judgement changes with the tool is judged where the tool has this version, and nowhere else."""
    def mark(rule):
        rule.stands_on = tool, version
        return rule
    return mark


def not_judged(rule):
    """Why not, if the tool that it stands on is here in another version."""
    tool, version = getattr(rule, "stands_on", (None, None))
    if not tool:
        return None
    here = re.search(r"\d+(\.\d+)*", run(tool, "--version").stdout)
    if here and f"{here[0]}.".startswith(f"{version}."):
        return None
    return f"stands on {tool} {version}; here is {here[0] if here else 'one that tells no version'}"


@functools.cache
def files():
    """Paths from the root, of what is tracked and of what is new and not ignored."""
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if listed.returncode:
        raise CannotLint(f"git ls-files: {listed.stderr.strip()}")
    names = sorted({Path(name) for name in listed.stdout.split("\0") if name})
    return [name for name in names if (ROOT / name).is_file()]


def of(*suffixes, under=None):
    return [path for path in files() if path.suffix in suffixes and (under is None or path.parts[0] in under)]


def layer_files():
    return of(".c", ".h", under=LAYERS)


def corpus(path):
    """Inputs of tests, in no one's style."""
    recorded = path.parts[:3] == ("tests", "golden", "linux") and path.suffix == ".tsv"
    return path.parts[:3] == ("tests", "fuzz", "corpus") or "data" in path.parts or recorded


@functools.cache
def text(path):
    return (ROOT / path).read_text(encoding="utf-8")


def lines(path):
    """(number, line) from 1"""
    return list(enumerate(text(path).splitlines(), 1))


TOKEN = re.compile(r"""/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.S)


def _blank(match):
    word = match[0]
    if word[0] in "\"'":
        return word[0] * 2
    return "\n" * word.count("\n")


@functools.cache
def code(path):
    """C without comments and without what stands in strings; the lines keep their numbers."""
    return TOKEN.sub(_blank, text(path))


def code_lines(path):
    return list(enumerate(code(path).splitlines(), 1))


def found(pattern, paths, what, source=code_lines):
    """A complaint for each line of these files that has it."""
    return [f"{path}:{number}: {what}: {line.strip()}" for path in paths for number, line in source(path)
            if re.search(pattern, line)]
