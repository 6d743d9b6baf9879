# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Which machine types bring an AHCI function, and so get the disk; what is said of the others."""

import shlex

import pytest

from lib import qemu


def machine(tmp_path, name, extra="", disk=True):
    return qemu.Machine(tmp_path / "x", tmp_path, name, shlex.split(extra), disk=disk)


@pytest.mark.parametrize("name, extra, disk", [
    ("q35", "", True), ("pc-q35-7.2", "", True), ("pc-q35-6.2", "", True), ("pc-q35-4.0.1", "", True),
    ("pc-q35-2.4", "", True), ("pc-q35-11.1", "", True), ("pc-q35-jammy", "", True), ("pc-q35-rhel9.2.0", "", True),
    ("q35,smm=on", "", True), ("type=q35,smm=on", "", True), ("smm=on,type=pc-q35-7.1", "", True),
    ("q35", "-machine smm=on", True), ("pc", "-M q35", True), ("q35,sata=on", "", True),
    ("q35,sata=off", "", False), ("q35", "-machine sata=off", False), ("q35", "-machine pc", False),
    ("pc", "", False), ("pc-i440fx-7.2", "", False), ("isapc", "", False), ("microvm", "", False), ("none", "", False),
    ("x-remote", "", False), ("pc-q355", "", False), ("myq35", "", False),
])
def test_the_disk_is_attached_where_an_ahci_function_is(tmp_path, name, extra, disk):
    seen = machine(tmp_path, name, extra)
    assert seen.has_disk == disk
    assert ("ide-hd,bus=ide.0,drive=disk0" in qemu.command(seen, "qemu", tmp_path / "code")) == disk
    assert not machine(tmp_path, name, extra, disk=False).has_disk


ADDED = "-device ich9-ahci,id=a -drive if=none,id=d,file=x -device ide-hd,drive=d,bus=a.0"


@pytest.mark.parametrize("name, extra, words", [
    ("q35", "", ""), ("pc-q35-6.2", "", ""), ("q35,sata=off", ADDED, ""), ("x-remote", "-device ahci", ""),
    ("microvm,pcie=on", ADDED, ""),
    ("q35,sata=off", "", "q35,sata=off has no AHCI function of its own; to add one with a drive: --qemu-arg='-device ich9-ahci,"),
    ("q35,sata=off", "-drive file=ahci.img", "q35,sata=off has no AHCI function of its own"),
    ("microvm,pcie=on", "", "microvm,pcie=on has no AHCI function of its own"),
    ("pc", "", "pc has no ECAM, which the application needs: --machine q35"),
    ("pc-i440fx-6.2", ADDED, "pc-i440fx-6.2 has no ECAM"), ("isapc", "", "isapc has no ECAM"),
    ("microvm", "", "microvm has no ECAM"),
])
def test_what_a_machine_lacks_is_one_line(tmp_path, name, extra, words):
    said = machine(tmp_path, name, extra).lacks()
    assert said.startswith(words) and bool(said) == bool(words) and len(said.splitlines()) <= 1


GREETING = ('{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}, "package": "Debian 1:7.2"}, '
            '"capabilities": ["oob"]}}\n{"timestamp": {}, "event": "SHUTDOWN"}\n')


@pytest.mark.parametrize("text, version", [
    (GREETING, "7.2.22 (Debian 1:7.2)"), (GREETING.replace("Debian 1:7.2", ""), "7.2.22"),
    (GREETING[:60], ""), ("", ""), ("[]", ""), ('{"QMP": {"version": 7}}', ""),
])
def test_qemu_s_version_is_its_own_word(tmp_path, text, version):
    seen = machine(tmp_path, "q35")
    assert f"file:{seen.greeting_path}" in qemu.command(seen, "qemu", tmp_path / "code")
    assert qemu.version(seen) == ""
    seen.greeting_path.write_text(text)
    assert qemu.version(seen) == version
