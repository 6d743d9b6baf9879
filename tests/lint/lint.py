# SPDX-License-Identifier: BSD-2-Clause-Patent
"""`make lint`: every rule (or those named), its complaints below it; 1 if there are any. A rule that stands on another
version of a tool than the one that is here is skipped, and says so.

`make check` runs the same rules as tests."""

import collections
import sys

import rules_code
import rules_text
from tree import CannotLint, not_judged

RULES = rules_code.RULES + rules_text.RULES


def judge(rule):
    """("ok", "not ok" or "skip"; complaints, or why it is not judged)"""
    try:
        if reason := not_judged(rule):
            return "skip", [reason]
        complaints = rule()
    except CannotLint as error:
        complaints = [f"could not be tried: {error}"]
    return "not ok" if complaints else "ok", complaints


def main(names):
    chosen = [rule for rule in RULES if not names or rule.__name__ in names]
    counts = collections.Counter()
    for rule in chosen:
        word, complaints = judge(rule)
        print(f"{word} {rule.__name__}: {rule.__doc__}")
        for complaint in complaints:
            print(f"  {complaint}")
        counts[word] += 1
    skipped = f", {counts['skip']} skipped" if counts["skip"] else ""
    print(f"lint: {counts['ok']} passed, {counts['not ok']} failed{skipped}")
    return 1 if counts["not ok"] or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
