# SPDX-License-Identifier: BSD-2-Clause-Patent
"""One QEMU process: its serial port as it arrives, its time limit, its end. Never outlives us.

The serial port is QEMU's standard output, a regular file: nothing the guest writes can be lost or
held up by a slow reader. We read behind it; a pidfd says at once when QEMU ends."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from .firmware import Console
from .outcome import Ended
from .stream import STREAM_MAX, VERSION_LINE, clean_line

LOOK_MS = 20
READ_SIZE = 1 << 16  # a larger buffer costs more than it saves: it is allocated at every look
STOP_SECONDS = 2.0
LINE_KEEP = 4096  # of a line without an end, for the progress only

Send = Callable[[bytes], None]
OnLine = Callable[[str, Send], None]


class LiveLines:
    """Cleaned whole lines of the stream, from its version line on."""

    def __init__(self) -> None:
        self.rest = b""
        self.started = False

    def feed(self, data: bytes) -> list[str]:
        *whole, rest = (self.rest + data).split(b"\n")
        self.rest = rest[-LINE_KEEP:]
        lines = [clean_line(line.decode("latin-1")) for line in whole]
        if not self.started:
            starts = [i for i, line in enumerate(lines) if line.endswith(VERSION_LINE)]
            self.started = bool(starts)
            lines = lines[starts[0] + 1:] if starts else []
        return lines


def stop(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _bound_to_us(line: list[str]) -> list[str]:
    """The kernel ends the child when we are killed in a way that leaves us no last word."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", *line] if setpriv else line


def run(line: list[str], out: Path, limit: float, on_line: OnLine, console: Console) -> Ended:
    """Starts QEMU and returns when it has ended. Writes serial.raw and qemu.log in out. Ends it early when
    firmware has gone elsewhere, which console then tells."""
    start = time.monotonic()
    with (out / "serial.raw").open("w+b") as serial, (out / "qemu.log").open("ab") as log:
        child = subprocess.Popen(_bound_to_us(line), stdin=subprocess.PIPE, stdout=serial, stderr=log)
        try:
            killed, flooded = _watch(child, serial.name, start + limit, on_line, console)
        finally:
            if child.poll() is None:
                stop(child)
            if child.stdin:
                child.stdin.close()
    seconds = time.monotonic() - start
    return Ended(child.returncode, seconds, limit, killed=killed, flooded=flooded)


def _watch(child: subprocess.Popen[bytes], serial: str, deadline: float, on_line: OnLine,
           console: Console) -> tuple[bool, bool]:
    """(killed at the deadline, flooded)"""
    live = LiveLines()
    pidfd = os.pidfd_open(child.pid)
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)

    def send(data: bytes) -> None:
        if child.stdin:
            try:
                os.write(child.stdin.fileno(), data)
            except BrokenPipeError:
                pass  # QEMU has just ended: its exit status says why

    try:
        with open(serial, "rb", buffering=0) as tail:
            while True:
                ended = bool(poll.poll(LOOK_MS))
                if os.fstat(tail.fileno()).st_size > STREAM_MAX:
                    return False, True
                while data := tail.read(READ_SIZE):
                    for text in live.feed(data):
                        on_line(text, send)
                    if not live.started:
                        console.feed(data)
                    if tail.tell() > STREAM_MAX:
                        break
                if ended or not live.started and console.gave_up():
                    return False, False
                if time.monotonic() >= deadline:
                    return True, False
    finally:
        os.close(pidfd)
