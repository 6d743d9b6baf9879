# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Each rule of `make lint` is a test; and each finds what it is there for, in a tree made for that."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import lint
import pytest
from tree import not_judged

HERE = Path(__file__).resolve().parent
SPDX = "/* SPDX-License-Identifier: BSD-2-Clause-Patent */\n"
PYTHON = "# SPDX-License-Identifier: BSD-2-Clause-Patent\n"


# Where a tool has another version than a rule stands on, the rule has nothing to say, and is no test.
JUDGED = [rule for rule in lint.RULES if not not_judged(rule)]
NAMES = [rule.__name__ for rule in JUDGED]


@pytest.mark.parametrize("rule", JUDGED, ids=NAMES)
def test_rule(rule):
    complaints = rule()
    assert not complaints, f"{rule.__doc__}\n" + "\n".join(complaints)


def guarded(name, body):
    guard = f"INTXLAB_{name}_H"
    return f"{SPDX}#ifndef {guard}\n#define {guard}\n\n{body}{body and chr(10)}#endif\n"


LONG = SPDX + "int f(int n)\n{\n" + "\tn++;\n" * 70 + "\treturn n;\n}\n"
WIDE = SPDX + f"/* {'wide ' * 20}*/\n"

# rule, file, its text, what is said of it
BAD = [
    ("includes", "pci/a.c", SPDX + "#include <efi.h>\n", "pci/a.c:2: <efi.h> above the seam"),
    ("includes", "pci/a.c", SPDX + '#include "drivers/b.h"\n', 'pci/a.c:2: pci/ must not see "drivers/b.h"'),
    ("includes", "drivers/a.c", SPDX + '#include "efi/b.h"\n', 'drivers/a.c:2: drivers/ must not see "efi/b.h"'),
    ("includes", "run/a.c", SPDX + '#include "b.h"\n', 'run/a.c:2: "b.h" is no path from the root'),
    ("includes", "run/a.c", SPDX + '#include "run/bench/b.h"\n', 'run/a.c:2: run/ must not see "run/bench/b.h"'),
    ("includes", "run/a.c", SPDX + '#include "drivers/b.h"\n', 'run/a.c:2: run/ must not see "drivers/b.h"'),
    ("includes", "run/bench/a.c", SPDX + '#include "run/suites/b.h"\n',
     'run/bench/a.c:2: run/bench/ must not see "run/suites/b.h"'),
    ("includes", "run/suites/a.c", SPDX + '#include "drivers/ioapic.h"\n',
     'run/suites/a.c:2: run/suites/ must not see "drivers/ioapic.h"'),
    ("conditions", "run/a.c", SPDX + "#ifdef X\n#endif\n", "run/a.c:2: a condition above the seam"),
    ("conditions", "run/a.h", SPDX + "int x;\n", "run/a.h:1: no include guard INTXLAB_RUN_A_H"),
    ("conditions", "run/a.h", guarded("RUN_A", "#if 1\n#endif"), "run/a.h:5: a condition above the seam"),
    ("conditions", "pci/a.c", SPDX + 'void f(void)\n{\n\t__asm__("nop");\n}\n', "pci/a.c:4: asm above the seam"),
    ("symbols", "pci/strlen.c", SPDX + "unsigned long strlen(const char *);\nunsigned long f(const char *s);\n"
     "unsigned long f(const char *s)\n{\n\treturn strlen(s);\n}\n", "strlen is called"),
    ("drive_is_only_read", "drivers/a.h", guarded("DRIVERS_A", "#define ATA_WRITE_DMA_EXT 0x35"),
     "drivers/a.h:5: ATA_WRITE_DMA_EXT is no command that only reads"),
    ("drive_is_only_read", "drivers/a.h", guarded("DRIVERS_A", "#define ATA_IDENTIFY 0x35"), "drivers/a.h:5: ATA_IDENTIFY"),
    ("drive_is_only_read", "drivers/a.c", SPDX + "void f(int p)\n{\n\tissue(p, 0x35, 0);\n}\n", "issue() of 0x35"),
    ("config_is_ecam", "efi/a.c", SPDX + "int x = 0xCF8;\n", "efi/a.c:2: a port of configuration mechanism #1"),
    ("sizes", "tests/a.c", LONG, "tests/a.c:3: a function of 73 lines"),
    ("sizes", "tests/a.c", SPDX + "int a;\n" * 500, "tests/a.c: 501 lines"),
    ("layout", "tests/a.c", SPDX + "int  a ;\n", "tests/a.c:2:"),
    ("columns", "tests/a.c", WIDE, "tests/a.c:2: 105 columns"),
    ("blanks", "tests/a.c", SPDX + "int a; \n", "tests/a.c:2: blanks at the end"),
    ("blanks", "tests/a.c", SPDX + "int a; // b\n", "tests/a.c:2: a // comment"),
    ("blanks", "tests/a.c", SPDX + "int a;", "tests/a.c: does not end in one newline"),
    ("license_lines", "tests/a.c", "int a;\n", "tests/a.c: no SPDX"),
    ("license_lines", "host/tool", "#!/usr/bin/python3\nprint()\n", "host/tool: no SPDX"),
    ("nothing_of_one_machine", "README.md", "see /" + "home/me/notes\n", "README.md:1: a machine's path"),
    ("nothing_of_one_machine", "README.md", "from deb." + "example.org\n", "README.md:1: a registry's host"),
    ("nothing_of_one_machine", "README.md", "see https:" + "//example.org/x\n", "README.md:1: example.org is not among"),
    ("cppcheck", "pci/a.c", SPDX + "int f(void);\nint f(void)\n{\n\tint a[2] = { 0 };\n\n\treturn a[2];\n}\n",
     "arrayIndexOutOfBounds"),
    ("shellcheck", "host/tool", "#!/bin/sh\n" + PYTHON + "rm $1\n", "SC2086"),
    ("python", "host/a.py", PYTHON + "import os\n", "'os' imported but unused"),
    ("python", "host/a.py", PYTHON + "def f(:\n", "host/a.py:2:"),
    ("check_ids", "efi/a.c", SPDX + '.id = "firmware.new"\n', "firmware.new: not in tests/golden/check-ids.txt"),
    ("check_ids", "tests/golden/check-ids.txt", "mask.gone\n", "mask.gone: in tests/golden/check-ids.txt, and no check"),
]


@pytest.fixture
def tree(tmp_path):
    """A clean tree with these rules, a simulator that lists nothing, and no object."""
    shutil.copytree(HERE, tmp_path / "tests/lint", ignore=shutil.ignore_patterns("__pycache__", "test_*"))
    shutil.copy(HERE.parents[1] / ".clang-format", tmp_path)
    for name, text in (("drivers/b.h", guarded("DRIVERS_B", "")), ("efi/b.h", guarded("EFI_B", "")),
                       ("drivers/ioapic.h", guarded("DRIVERS_IOAPIC", "")), ("run/bench/b.h", guarded("RUN_BENCH_B", "")),
                       ("run/suites/b.h", guarded("RUN_SUITES_B", '#include "run/bench/b.h"')),
                       ("tests/golden/check-ids.txt", ""), (".gitignore", "/build/\n"),
                       ("build/hosted/gcc/intxlab-sim", "#!/bin/sh\n")):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "build/hosted/gcc/intxlab-sim").chmod(0o755)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    return tmp_path


def said(tree, rule, path=None):
    """(the rule's line, its complaints)"""
    done = subprocess.run(["/usr/bin/python3", "-B", tree / "tests/lint/lint.py", rule], capture_output=True, text=True,
                          timeout=60, check=False, env={**os.environ, "PATH": path or os.environ["PATH"]})
    first, *rest = done.stdout.splitlines()[:-1]
    assert done.returncode == (1 if first.startswith("not ok") else 0), done.stderr
    return first, "\n".join(rest)


BAD_HERE = [row for row in BAD if row[0] in NAMES]


@pytest.mark.parametrize("rule, name, text, complaint", BAD_HERE, ids=[f"{row[0]}-{i}" for i, row in enumerate(BAD_HERE)])
def test_rule_finds(tree, rule, name, text, complaint):
    path = tree / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    if rule == "symbols":
        target = tree / "build/x86_64" / Path(name).with_suffix(".o")
        target.parent.mkdir(parents=True)
        subprocess.run(["gcc", "-O0", "-fno-builtin", "-c", path, "-o", target], check=True)
    first, rest = said(tree, rule)
    assert first.startswith(f"not ok {rule}: ") and complaint in rest, first + "\n" + rest


@pytest.mark.parametrize("rule", [name for name in NAMES if name not in ("symbols", "cppcheck")])
def test_rule_is_content_with_a_clean_tree(tree, rule):
    assert said(tree, rule)[0].startswith(f"ok {rule}: ")


def test_what_is_not_there_is_no_pass(tree):
    (tree / "pci").mkdir()
    (tree / "pci/a.c").write_text(SPDX)
    first, rest = said(tree, "symbols")
    assert first.startswith("not ok symbols: ") and "could not be tried: no object of a.o" in rest


@pytest.mark.parametrize("rule, tool, version", [
    ("layout", "clang-format", "Debian clang-format version 19.1.7 (3+b1)"),
    ("cppcheck", "cppcheck", "Cppcheck 2.17.1"),
    ("cppcheck", "cppcheck", "Cppcheck 2.1"),
])
def test_rule_is_judged_only_by_the_version_that_it_stands_on(tree, rule, tool, version):
    """Another one would complain of what this one wants so; it is not asked."""
    (tree / "bin").mkdir()
    (tree / "bin" / tool).write_text(f"#!/bin/sh\n[ $# = 1 ] && echo '{version}' || {{ echo 'a.c:1: error: x' >&2; exit 1; }}\n")
    (tree / "bin" / tool).chmod(0o755)
    first, rest = said(tree, rule, f"{tree}/bin:{os.environ['PATH']}")
    number = re.search(r"[0-9.]+", version)[0]
    assert first.startswith(f"skip {rule}: ") and rest.startswith(f"  stands on {tool} "), first + rest
    assert rest.endswith(f"; here is {number}")
