# SPDX-License-Identifier: BSD-2-Clause-Patent
"""`make lint`: every rule (or those named), its complaints below it; 1 if there are any.

`make check` runs the same rules as tests."""

import sys

import rules_code
import rules_text
from tree import CannotLint

RULES = rules_code.RULES + rules_text.RULES


def main(names):
    chosen = [rule for rule in RULES if not names or rule.__name__ in names]
    bad = 0
    for rule in chosen:
        try:
            complaints = rule()
        except CannotLint as error:
            complaints = [f"could not be tried: {error}"]
        print(f"{'not ok' if complaints else 'ok'} {rule.__name__}: {rule.__doc__}")
        for complaint in complaints:
            print(f"  {complaint}")
        bad += bool(complaints)
    print(f"lint: {len(chosen) - bad} passed, {bad} failed")
    return 1 if bad or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
