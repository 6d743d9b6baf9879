# SPDX-License-Identifier: BSD-2-Clause-Patent
"""The stick: one MBR partition with a FAT16 file system, made by mtools, bootable by any UEFI."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from pathlib import Path

from .qemu import CannotRun

SECTOR = 512
PART_START = 2048  # sectors; the usual 1 MiB alignment
PART_SECTORS = 65536  # 32 MiB: well inside FAT16
PART_TYPE = 0x0E  # FAT16 with LBA: UEFI boots it, and every system lets a person read the report
MTOOLS_SECONDS = 30
PE_START = b"MZ"
OPTIONS_HELP = "# Options of intxlab, for example: --sequence rebind\n"
REPORT = "::/intxlab/report.ktap"


def _mtools(*args: str) -> subprocess.CompletedProcess[bytes]:
    if not shutil.which(args[0]):
        raise CannotRun(f"{args[0]} is not there; type: host/setup run")
    env = dict(os.environ, MTOOLS_SKIP_CHECK="1", MTOOLSRC="/dev/null")
    try:
        return subprocess.run(args, env=env, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=MTOOLS_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise CannotRun(f"{args[0]} did not end within {MTOOLS_SECONDS} s") from None


def _must(*args: str) -> None:
    done = _mtools(*args)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise CannotRun(f"{args[0]}: {said[-1] if said else f'exit {done.returncode}'}")


def _mbr() -> bytes:
    entry = struct.pack("<B3sB3sII", 0, b"\xfe\xff\xff", PART_TYPE, b"\xfe\xff\xff",
                        PART_START, PART_SECTORS)
    # A fixed disk signature: the same inputs give the same partition table.
    return b"\0" * 440 + b"intx\0\0" + entry + b"\0" * 48 + b"\x55\xaa"


def check(image: Path) -> None:
    """A file that firmware can start: a PE begins as a DOS program does."""
    try:
        with image.open("rb") as file:
            start = file.read(len(PE_START))
    except FileNotFoundError:
        raise CannotRun(f"{image} is not there; type: make") from None
    except OSError as error:
        raise CannotRun(f"cannot read {image}: {error.strerror}") from None
    if start != PE_START:
        raise CannotRun(f"{image} is not a UEFI application: it does not begin with {PE_START.decode()}")


def make_stick(path: Path, image: Path, options: str) -> None:
    """EFI/BOOT/BOOTX64.EFI and intxlab/options.txt; path appears whole or not at all."""
    check(image)
    part = path.with_name(path.name + ".part")
    text = path.with_name(path.name + ".options")
    where = f"{part}@@{PART_START * SECTOR}"
    try:
        with part.open("wb") as raw:
            raw.write(_mbr())
            raw.truncate((PART_START + PART_SECTORS) * SECTOR)
        text.write_text(f"{options}\n" if options else OPTIONS_HELP, encoding="ascii")
        _must("mformat", "-i", where, "-T", str(PART_SECTORS), "-h", "64", "-s", "32",
              "-H", str(PART_START), "-N", "1b7c0de5", "-v", "INTXLAB", "::")
        _must("mmd", "-i", where, "::/EFI", "::/EFI/BOOT", "::/intxlab")
        _must("mcopy", "-i", where, str(image), "::/EFI/BOOT/BOOTX64.EFI")
        _must("mcopy", "-i", where, str(text), "::/intxlab/options.txt")
        part.replace(path)
    except OSError as error:
        raise CannotRun(f"cannot write {path}: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
        text.unlink(missing_ok=True)


def read_report(stick: Path, to: Path) -> bool:
    """The report that the application left on the stick; False: there is none."""
    where = f"{stick}@@{PART_START * SECTOR}"
    return _mtools("mcopy", "-n", "-o", "-i", where, REPORT, str(to)).returncode == 0
