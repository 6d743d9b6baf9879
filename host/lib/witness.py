# SPDX-License-Identifier: BSD-2-Clause-Patent
"""The witness: QEMU's own trace of config writes, held against what the stream claims.

Two trace events make one write: memory_region_ops_write gives the width, the pci_cfg_write that
follows gives function, offset and value. Markers, two byte-wide writes to Interrupt Line of
00:00.0, cut the trace into the windows of the steps; the stream's `writes` of a step must be the
window's writes to that function's Command/Status dword and Message Control: all, in order, no other."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from .stream import Fields, Run, Step

EVENTS = ("pci_cfg_write", "memory_region_ops_write")
QMP_SECONDS = 5.0
MARKER_FUNCTION = "00:00.0"
MARKER_OFFSET = 0x3C
ERRORS_MAX = 50

OPS = re.compile(r"memory_region_ops_write cpu -?\d+ mr 0x[0-9a-f]+ addr 0x([0-9a-f]+) "
                 r"value 0x([0-9a-f]+) size (\d) name '(?:pcie-mmcfg-mmio|pci-conf-data)'$")
CFG = re.compile(r"pci_cfg_write .* ([0-9a-f]{2}:[0-9a-f]{2}\.[0-7]) "
                 r"@0x([0-9a-f]+) <- 0x([0-9a-f]+)$")
TOKEN = re.compile(r"(?:W(8|16|32)?(?:\+([0-3]))?|(MSIctl))=([0-9a-f]{2,8})$")


@dataclass(frozen=True)
class Write:
    offset: int
    width: int  # bytes; 0: the trace does not show it
    value: int


@dataclass
class Window:
    """What the trace shows between the markers of one step."""

    seq: int  # the low eight bits
    writes: list[str] = field(default_factory=list)
    closed: bool = False


@dataclass
class Trace:
    windows: list[Window] = field(default_factory=list)
    outside: int = 0  # writes between the windows: the laboratory's own
    errors: list[str] = field(default_factory=list)


@dataclass
class Witness:
    steps: int = 0
    writes: int = 0
    outside: int = 0
    errors: list[str] = field(default_factory=list)


class Qmp:
    """Switches the trace on, through QEMU's control socket."""

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(QMP_SECONDS)
        self.socket.connect(str(path))
        self.file = self.socket.makefile("rw", encoding="utf-8")
        self.file.readline()  # the greeting
        self.ask("qmp_capabilities")

    def ask(self, command: str, **arguments: object) -> None:
        self.file.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.file.flush()
        for answer in map(json.loads, self.file):
            if "error" in answer:
                raise OSError(answer["error"].get("desc", "QMP error"))
            if "return" in answer:
                return
        raise OSError("QMP closed")

    def close(self) -> None:
        self.file.close()
        self.socket.close()


def trace_on(path: Path) -> None:
    qmp = Qmp(path)
    try:
        for event in EVENTS:
            qmp.ask("trace-event-set-state", name=event, enable=True)
    finally:
        qmp.close()


def _raw_writes(lines: Iterable[str]) -> Iterable[tuple[str, Write]]:
    """(function, write) of every config write, with the width of the access that made it."""
    width, address, value = 0, 0, -1
    for line in lines:
        if match := OPS.match(line):
            address, value, width = int(match[1], 16), int(match[2], 16), int(match[3])
        elif match := CFG.match(line):
            offset, written = int(match[2], 16), int(match[3], 16)
            # CF8/CFC shows the port: its two low bits are the offset's, too.
            same = value == written and (address ^ offset) & 3 == 0
            yield match[1], Write(offset, width if same else 0, written)
            width, value = 0, -1


def _token(write: Write, msi_cap: int) -> str | None:
    """A write as the stream writes it; None: not one of those that a step reports."""
    if 4 <= write.offset <= 7:
        name = {1: f"W8+{write.offset - 4}", 2: "W", 4: "W32"}.get(write.width, "W?")
        if write.width == 2 and write.offset != 4:
            name = f"W16+{write.offset - 4}"
        return f"{name}={write.value:0{2 * (write.width or 4)}x}"
    if msi_cap and write.offset == msi_cap and write.width == 4:
        return f"MSIctl={write.value >> 16:04x}"
    if msi_cap and msi_cap + 2 <= write.offset <= msi_cap + 3:
        return f"MSIctl={write.value:0{2 * (write.width or 2)}x}"
    return None


def read_trace(lines: Iterable[str], function: str, msi_cap: int) -> Trace:
    """function: bus, device, function as in the trace, '00:1f.2'."""
    trace = Trace()
    window: Window | None = None
    first = -1  # a marker's first byte, waiting for its second
    for where, write in _raw_writes(lines):
        if where == MARKER_FUNCTION and write.offset == MARKER_OFFSET and write.width in (0, 1):
            window, first = _marker(trace, window, first, write.value)
        elif where == function and (token := _token(write, msi_cap)):
            if window:
                window.writes.append(token)
            else:
                trace.outside += 1
    return trace


def _marker(trace: Trace, window: Window | None, first: int, value: int) -> tuple[Window | None, int]:
    """(the window from here on, first byte of the marker that is under way or -1)"""
    if first < 0:
        # Any other value is firmware's own, restored at the end of the run.
        return window, value if value >> 4 in (0xA, 0xC) else -1
    begins = first >> 4 == 0xA
    seq = (value & 0xF) << 4 | first & 0xF
    if value >> 4 != (0x5 if begins else 0x7):
        trace.errors.append(f"marker {first:02x} is followed by {value:02x}")
    elif begins:
        if window:
            trace.errors.append(f"the window of step {window.seq} is not closed")
        window = Window(seq)
        trace.windows.append(window)
    elif not window or window.seq != seq:
        trace.errors.append(f"a window of step {seq} is closed that was not open")
    else:
        window.closed = True
        window = None
    return window, -1


def _normal(token: str) -> str | None:
    """A claim in the one spelling that _token() uses; None: no claim of a write."""
    match = TOKEN.match(token)
    if not match:
        return None
    width, offset, msi, value = match.groups()
    if msi:
        return f"MSIctl={value[:4]}" if len(value) == 8 else token
    offset = int(offset or 0)
    if width == "8":
        return f"W8+{offset}={value}"
    if width == "32":
        return token
    return f"W16+{offset}={value}" if offset else f"W={value}"


def claims(step: Step) -> list[str]:
    return (step.hw or {}).get("writes", "").split()


def _join(tokens: list[str]) -> str:
    return " ".join(tokens) or "no write"


def _compare(step: Step, window: Window, errors: list[str]) -> None:
    name = f"step {step.seq} ({step.check})"
    claimed = [_normal(token) or token for token in claims(step)]
    if window.seq != step.seq & 0xFF:
        errors.append(f"{name}: the trace has step {window.seq} in its place")
    elif not window.closed:
        errors.append(f"{name}: its window in the trace has no end")
    elif claimed != window.writes:
        errors.append(f"{name}: the stream claims {_join(claimed)}; the trace shows {_join(window.writes)}")


def _function(fields: Fields) -> tuple[str, int]:
    """('00:1f.2', offset of the MSI capability or 0)"""
    msi = fields.get("msi_cap", "")
    return fields.get("sbdf", "").split(":", 1)[-1], int(msi, 16) if re.match(r"[0-9a-f]{2}$", msi) else 0


def testify(run: Run, lines: Iterable[str]) -> Witness:
    """run: the parsed stream; lines: QEMU's trace."""
    witness = Witness()
    steps = [step for step in run.steps if step.hw]
    if not steps and all(check.verdict == "SKIP" for check in run.checks):
        return witness  # nothing was done, nothing is claimed
    states = [d.fields.get("state") for d in run.diagnostics if (d.who, d.kind) == ("run", "witness")]
    function, msi_cap = _function(run.fact("hw", "function"))
    if "on" not in states:
        witness.errors.append("the application did not see the witness come on")
        return witness
    if not function:
        witness.errors.append("the stream names no function")
        return witness
    trace = read_trace((line.rstrip("\n") for line in lines), function, msi_cap)
    witness.errors += trace.errors
    witness.outside = trace.outside
    for step, window in zip(steps, trace.windows):
        _compare(step, window, witness.errors)
        witness.steps += 1
        witness.writes += len(window.writes)
    _unpaired(steps, trace.windows, witness.errors)
    del witness.errors[ERRORS_MAX:]
    return witness


def _unpaired(steps: list[Step], windows: list[Window], errors: list[str]) -> None:
    for step in steps[len(windows):]:
        errors.append(f"step {step.seq} ({step.check}): claimed {_join(claims(step))}; not in the trace at all")
    for window in windows[len(steps):]:
        errors.append(f"the trace has a step {window.seq} that the stream hides: {_join(window.writes)}")
    if not steps:
        errors.append("no step to witness")
