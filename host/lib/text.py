# SPDX-License-Identifier: BSD-2-Clause-Patent
"""How text looks: its width, its colours, a count with its noun."""

from __future__ import annotations

import textwrap

WIDTH = 100
COLOURS = {"PASS": "32", "ok": "32", "DONE": "32", "FAIL": "31", "INCOMPLETE": "31", "TIMEOUT": "31",
           "ERROR": "35", "SKIP": "33", "KNOWN": "33", "USAGE": "33", "CANNOT": "33", "bold": "1", "dim": "2"}


class Paint:
    def __init__(self, colours: bool) -> None:
        self.colours = colours

    def __call__(self, name: str, text: str) -> str:
        code = COLOURS.get(name, "")
        return f"\x1b[{code}m{text}\x1b[0m" if self.colours and code else text


def count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def wrap(text: str, width: int = WIDTH, first: str = "", more: str = "") -> list[str]:
    """Lines of at most that width, broken at blanks: a check's id or a rule's name stays whole."""
    return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=more, break_on_hyphens=False)
