# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Rules about the layers: who includes whom, what the objects call, and which accesses do not exist."""

import re
from pathlib import Path

from tree import LAYERS, ROOT, CannotLint, code, code_lines, files, found, layer_files, lines, of, run, text

STANDARD = {"stdbool.h", "stddef.h", "stdint.h", "stdarg.h", "limits.h"}
# The folder that a file stands in, and those whose headers it may include. In run/ the run itself is the lowest room.
SEES = {
    "pci": {"pci"},
    "drivers": {"drivers", "pci"},
    "run": {"run", "pci"},
    "run/bench": {"run/bench", "run", "drivers", "pci"},
    "run/sequences": {"run/sequences", "run/bench", "run", "drivers", "pci"},
    "run/suites": {"run/suites", "run/sequences", "run/bench", "run", "drivers", "pci"},
    "efi": {"efi", "run", "drivers", "pci"},
    "tests": {"tests", "efi", "run", "drivers", "pci"},
}
CALLS = {"memcpy", "memmove", "memset", "memcmp",  # a compiler emits these four by itself
         "_GLOBAL_OFFSET_TABLE_"}  # the linker's, of position-independent code

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


# Above drivers/ an interrupt controller is what irqc.h says of it.
PRIVATE = {"drivers/irqc_x86.h", "drivers/irqc_x86_lines.h", "drivers/ioapic.h", "drivers/ioapic_regs.h",
           "drivers/lapic.h", "drivers/lapic_regs.h", "drivers/pic8259.h"}


def _room(path):
    """The longest folder of SEES that it stands in; what a folder above it may see, it may too."""
    return max((room for room in SEES if Path(room) in path.parents), key=len, default=path.parts[0])


def _may_see(path, name):
    room, other = _room(path), _room(Path(name))
    return other in SEES[room] or (room in ("efi", "tests") and other.split("/")[0] in SEES[room])


def _include(path, number, quote, name):
    layer = path.parts[0]
    if quote == "<":
        if layer in LAYERS and name not in STANDARD:
            yield f"{path}:{number}: <{name}> above the seam (only {' '.join(sorted(STANDARD))})"
        return
    if not (ROOT / name).is_file():
        yield f"{path}:{number}: \"{name}\" is no path from the root"
    elif not _may_see(path, name) or (layer == "run" and name in PRIVATE):
        yield f"{path}:{number}: {_room(path)}/ must not see \"{name}\""


def includes():
    """Arrows between folders and between run/'s rooms go down; efi and tests are seen by none; five standard headers."""
    bad = []
    for path in of(".c", ".h", ".S", under={room.split("/")[0] for room in SEES}):
        for number, line in lines(path):
            if match := INCLUDE.match(line):
                bad += _include(path, number, *match.groups())
    return bad


def _conditions(path):
    """Of a header only its guard."""
    seen = [(number, line) for number, line in code_lines(path) if re.match(r"\s*#\s*(if|ifdef|ifndef|el)", line)]
    guard = "INTXLAB_" + re.sub(r"\W", "_", str(path)).upper()
    if path.suffix == ".h":
        if not seen or seen[0][1].split() != ["#ifndef", guard] or f"#define {guard}\n" not in text(path):
            yield f"{path}:1: no include guard {guard}"
        seen = seen[1:]
    for number, line in seen:
        yield f"{path}:{number}: a condition above the seam: {line.strip()}"


def conditions():
    """No #if above the seam but include guards, and no asm."""
    bad = [complaint for path in layer_files() for complaint in _conditions(path)]
    return bad + found(r"\b(asm|__asm|__asm__)\b", layer_files(), "asm above the seam")


def _objects():
    paths = [ROOT / "build/x86_64" / path.with_suffix(".o") for path in of(".c", under=LAYERS)]
    missing = [path.name for path in paths if not path.exists()]
    if missing:
        raise CannotLint(f"no object of {', '.join(missing)}; type: make")
    return paths


def symbols():
    """The layers above the seam, linked together, call memcpy, memmove, memset, memcmp and nothing else."""
    whole = ROOT / "build/lint/layers.o"
    whole.parent.mkdir(parents=True, exist_ok=True)
    linked = run("ld", "-r", "-o", whole, *_objects())
    if linked.returncode:
        return [line for line in linked.stderr.splitlines() if line]
    names = run("nm", "-u", whole).stdout.split()[1::2]
    return [f"{name} is called and is not in pci/, drivers/ or run/" for name in names if name not in CALLS]


# Every command that changes a drive's data or state has one of these words in its ATA name; the two that there are
# read. The command header's W bit (AHCI 1.3.1 sec 4.2.2) would be the other half of a write.
ATA_COMMANDS = {"ATA_IDENTIFY": "0xec", "ATA_READ_DMA_EXT": "0x25"}


def drive_is_only_read():
    """IDENTIFY DEVICE and READ DMA EXT are the only ATA commands above the seam; the W bit has no name."""
    bad = []
    for path in layer_files():
        for number, line in code_lines(path):
            defined = re.match(r"#\s*define\s+(ATA_\w+)\s+(\w+)", line)
            if defined and ATA_COMMANDS.get(defined[1]) != defined[2]:
                bad.append(f"{path}:{number}: {defined[1]} is no command that only reads")
            bad += [f"{path}:{number}: {word} is no command that only reads"
                    for word in re.findall(r"\bATA_\w+", line) if word not in ATA_COMMANDS]
    bad += found(r"\bAHCI_\w*_(W|WRITE)\b", layer_files(), "a name for the W bit")
    issued = [match for path in layer_files()
              for match in re.finditer(r"\bissue\(\s*\w+,\s*(\w+)", code(path)) if match[1] not in ATA_COMMANDS]
    return bad + [f"issue() of {match[1]}" for match in issued if match[1] != "uint8_t"]


def config_is_ecam():
    """Configuration space is reached by ECAM alone; ports CF8h and CFCh are pci/ports.c's, for the suite that compares."""
    product = [path for path in files() if path.suffix in (".c", ".h", ".S") and path.parts[0] != "tests"
               and path.stem != "ports"]
    return found(r"(?i)\b0x0*cf[8-f]\b", product, "a port of configuration mechanism #1")


FUNCTION_MAX = 70
FILE_MAX = 500


def sizes():
    """No function has more than 70 lines, no file more than 500."""
    bad = []
    for path in of(".c", ".h"):
        begin = 0
        for number, line in code_lines(path):
            if line.startswith("{"):
                begin = number
            elif line.startswith("}") and begin:
                if number - begin + 1 > FUNCTION_MAX:
                    bad.append(f"{path}:{begin}: a function of {number - begin + 1} lines (at most {FUNCTION_MAX})")
                begin = 0
    for path in of(".c", ".h", ".S", ".py"):
        if len(lines(path)) > FILE_MAX:
            bad.append(f"{path}: {len(lines(path))} lines (at most {FILE_MAX})")
    return bad


def _ids_of_image():
    """The suites that only the image has stand in efi/."""
    return [name for path in of(".c", under=("efi",)) for name in re.findall(r'\.id = "([^"]+)"', text(path))]


def check_ids():
    """Check ids are unique, well-formed, and those of tests/golden/check-ids.txt, in order."""
    simulated = ROOT / "build/hosted/gcc/intxlab-sim"
    if not simulated.exists():
        raise CannotLint(f"no {simulated}; type: make hosted")
    listed = run(simulated, "--", "--list")
    ids = re.findall(r"^# run list .*\bcheck=(\S+)", listed.stdout, re.M) + _ids_of_image()
    golden = text(next(path for path in files() if path.name == "check-ids.txt")).split()
    bad = [f"{name}: twice" for name in sorted(set(ids)) if ids.count(name) > 1]
    bad += [f"{name}: not of [a-z0-9._-], with a suite" for name in ids if not re.fullmatch(r"[a-z0-9-]+\.[a-z0-9._-]+", name)]
    bad += [f"{name}: not in tests/golden/check-ids.txt" for name in ids if name not in golden]
    bad += [f"{name}: in tests/golden/check-ids.txt, and no check" for name in golden if name not in ids]
    return bad or ([] if ids == golden else ["tests/golden/check-ids.txt: another order than --list"])


RULES = [includes, conditions, symbols, drive_is_only_read, config_is_ecam, sizes, check_ids]
