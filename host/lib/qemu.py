# SPDX-License-Identifier: BSD-2-Clause-Patent
"""QEMU's command line: which firmware, which files of its own, which devices."""

from __future__ import annotations

import json
import os
import re
import shutil
import struct
from dataclasses import dataclass, field
from pathlib import Path

EXIT_PORT = 0xF4
Q35 = re.compile(r"(?:pc-)?q35(?:-.*)?")  # pc-q35-6.2, and a distribution's pc-q35-rhel9.2.0
# devices that the application can make interrupt, by their names here
SOURCE = re.compile(r"ahci|nvme|e1000|igb|i82|rtl8139|xhci|ohci|ehci|sdhci|hda|virtio-.*-pci")
NO_ECAM = re.compile(r"pc|pc-i440fx-.*|isapc|none")
DISK_SECTORS = 8192
OVMF = (
    ("/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"),
    ("/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"),
    ("/usr/share/edk2/x64/OVMF_CODE.4m.fd", "/usr/share/edk2/x64/OVMF_VARS.4m.fd"),
    ("/usr/share/edk2/ovmf/OVMF_CODE.fd", "/usr/share/edk2/ovmf/OVMF_VARS.fd"),
    ("/usr/share/qemu/ovmf-x86_64-4m-code.bin", "/usr/share/qemu/ovmf-x86_64-4m-vars.bin"),
)


class CannotRun(Exception):
    """One clear line: why the command cannot be done."""


class BadUsage(CannotRun):
    """The command line, or the environment, says something that makes no sense."""


@dataclass
class Machine:
    """What the user asked for, and the files that this run alone uses."""

    image: Path
    folder: Path  # vars.fd, disk.img, stick.img, trace.log
    machine: str = "q35"
    extra: list[str] = field(default_factory=list)
    app_options: list[str] = field(default_factory=list)
    stick: Path | None = None
    disk: bool = True
    qmp: Path | None = None

    @property
    def disk_path(self) -> Path:
        return self.folder / "disk.img"

    @property
    def variables_path(self) -> Path:
        return self.folder / "vars.fd"

    @property
    def greeting_path(self) -> Path:
        """What a QMP monitor says first: which QEMU this is. Nobody talks to it."""
        return self.folder / "greeting.json"

    @property
    def trace_path(self) -> Path:
        return self.folder / "trace.log"

    @property
    def options(self) -> dict[str, str]:
        """What -machine says, here and in --qemu-arg: QEMU merges all of them, and the last word counts."""
        values = [self.machine] + [value for word, value in zip(self.extra, self.extra[1:])
                                   if word in ("-machine", "--machine", "-M", "--M")]
        found = {}
        for value in values:
            first, *rest = value.split(",")
            found |= dict([("type", first)] if "=" not in first else [first.split("=", 1)])
            found |= dict(word.split("=", 1) for word in rest if "=" in word)
        return found

    @property
    def type(self) -> str:
        return self.options.get("type", "")

    @property
    def has_own_ahci(self) -> bool:
        """q35, in every version, brings one, unless it is switched off; other machines' ide.0 is not AHCI."""
        return bool(Q35.fullmatch(self.type)) and self.options.get("sata", "on") not in ("off", "no", "false")

    @property
    def has_disk(self) -> bool:
        return self.disk and self.has_own_ahci

    def _adds_source(self) -> bool:
        return any(word in ("-device", "--device") and SOURCE.search(value)
                   for word, value in zip(self.extra, self.extra[1:]))

    def lacks(self) -> str:
        """What the machine lacks for a test, and what to add, in one line; empty: nothing that is known."""
        if NO_ECAM.fullmatch(self.type) or self.type == "microvm" and self.options.get("pcie") != "on":
            return f"{self.type} has no ECAM, which the application needs: --machine q35, or any pc-q35-*, has"
        if self.has_own_ahci or self._adds_source():
            return ""
        return (f"{self.machine} has no AHCI function of its own; to add one with a drive: --qemu-arg='-device ich9-ahci,"
                "id=a -blockdev null-co,node-name=d,size=1048576,read-zeroes=on -device ide-hd,drive=d,bus=a.0'")


def find_qemu() -> str:
    chosen = os.environ.get("QEMU")
    name = chosen or "qemu-system-x86_64"
    path = shutil.which(name)
    if not path and chosen:
        raise CannotRun(f"environment QEMU={chosen} is not a program that can be run")
    if not path:
        raise CannotRun(f"{name} is not there; type: host/setup run")
    return path


def find_firmware() -> tuple[Path, Path]:
    code, variables = os.environ.get("OVMF_CODE"), os.environ.get("OVMF_VARS")
    if code and not variables:
        head, name = os.path.split(code)
        variables = os.path.join(head, name.replace("CODE", "VARS").replace("code", "vars"))
    pairs = ((code, variables),) if code and variables else OVMF
    for one in pairs:
        if all(os.path.isfile(path) for path in one):
            return Path(one[0]), Path(variables or one[1])
    if code:
        raise CannotRun(f"OVMF_CODE {code} or OVMF_VARS {variables} is not a file")
    raise CannotRun("no OVMF firmware found; type: host/setup run (or set OVMF_CODE and OVMF_VARS)")


def join_options(options: list[str]) -> str:
    """The application splits its options at spaces; '#' begins a comment."""
    for option in options:
        if not re.fullmatch(r"[!\"$-~][!-~]*", option):
            raise BadUsage(f"application option {option!r}: printable ASCII without spaces, please")
    return " ".join(options)


def disk_content() -> bytes:
    """Every dword of a sector is that sector's number, so that a read of the wrong one shows."""
    return b"".join(struct.pack("<I", lba) * 128 for lba in range(DISK_SECTORS))


def prepare(machine: Machine, variables: Path) -> None:
    shutil.copyfile(variables, machine.variables_path)
    if machine.has_disk:
        machine.disk_path.write_bytes(disk_content())


def version(machine: Machine) -> str:
    """'7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)', of the process that ran; empty if it did not say."""
    try:
        said = json.loads(machine.greeting_path.read_text(encoding="utf-8").partition("\n")[0])["QMP"]["version"]
        number = ".".join(str(said["qemu"][key]) for key in ("major", "minor", "micro"))
        return f"{number} ({said['package']})" if said.get("package") else number
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return ""


def disk_changed(machine: Machine) -> bool:
    return machine.has_disk and machine.disk_path.read_bytes() != disk_content()


def _value(text: object) -> str:
    """A comma ends a value on QEMU's command line; a doubled one is a comma."""
    return str(text).replace(",", ",,")


def _accel(machine: Machine) -> list[str]:
    """TCG, unless the user says otherwise: QEMU takes the first -accel that works, and no other beside accel=."""
    chosen = {"-accel", "--accel", "-enable-kvm", "--enable-kvm"} & set(machine.extra)
    in_machine = [word for word in (machine.machine, *machine.extra) if re.search(r"(^|,)accel=", word)]
    return [] if chosen or in_machine else ["-accel", "tcg"]


def command(machine: Machine, qemu: str, code: Path) -> list[str]:
    line = [qemu, "-machine", machine.machine, *_accel(machine), "-m", "256", "-nodefaults",
            "-display", "none", "-boot", "menu=on,splash-time=0", "-no-reboot",
            "-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={_value(code)}",
            "-drive", f"if=pflash,unit=1,format=raw,file={_value(machine.variables_path)}",
            "-serial", "stdio",
            "-device", f"isa-debug-exit,iobase=0x{EXIT_PORT:x},iosize=0x04",
            "-fw_cfg", f"name=opt/org.intxlab/exit-port,string={EXIT_PORT:x}"]
    line += ["-qmp", f"file:{machine.greeting_path}"]  # its path is taken as it is, with commas
    line += _boot(machine)
    if machine.has_disk:
        line += ["-drive", f"if=none,id=disk0,format=raw,file={_value(machine.disk_path)}",
                 "-device", "ide-hd,bus=ide.0,drive=disk0"]
    if machine.qmp:
        line += ["-qmp", f"unix:{_value(machine.qmp)},server=on,wait=off",
                 "-D", str(machine.trace_path)]
    return line + machine.extra


def _boot(machine: Machine) -> list[str]:
    """The stick brings its options as a file; without it they come by fw_cfg."""
    if machine.stick:
        # virtio, because the AHCI function under test must not hold the boot volume.
        return ["-drive", f"if=none,id=stick,format=raw,cache=unsafe,file={_value(machine.stick)}",
                "-device", "virtio-blk-pci,drive=stick,bootindex=0"]
    line = ["-kernel", str(machine.image)]
    if machine.app_options:
        options = _value(join_options(machine.app_options))
        line += ["-fw_cfg", f"name=opt/org.intxlab/options,string={options}"]
    return line
