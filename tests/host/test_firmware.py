# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Firmware that does not start the image: known from what it says and from its variables, and said in words."""

import time

import pytest
from conftest import WHOLE
from test_command import Host, last_line

from lib import firmware
from lib.firmware import ADDED, ENABLE, PK, START, STORE, VARIABLE, Console, secure_boot_is_on

DELETED = ADDED & 0xFD


def store(*variables, head=b"\xff" * 100):
    """A variable store of EDK II: (name and GUID, content, state)."""
    text = head + STORE + bytes(12)
    base = len(text)
    for (name, guid), data, state in variables:
        wide = (name + "\0").encode("utf-16-le")
        text += VARIABLE.pack(START, state, 0, 7, 0, bytes(16), 0, len(wide), len(data), guid) + wide + data
        text += b"\xff" * (-(len(text) - len(head)) % 4)
    assert base % 4 == 0
    return text + b"\xff" * 500


KEYS, ON, OFF = (PK, b"a certificate", ADDED), (ENABLE, b"\1", ADDED), (ENABLE, b"\0", ADDED)


@pytest.mark.parametrize("content, on", [
    (store(KEYS, ON), True), (store(KEYS), True), (store(ON, KEYS), True),
    (store((ENABLE, b"\0", DELETED), KEYS, ON), True),
    (store(KEYS, OFF), False), (store(ON), False), (store((PK, b"a certificate", DELETED), ON), False), (store(), False),
    (store((("PK", ENABLE[1]), b"x", ADDED), ON), False),
    (b"", False), (bytes(1000), False), (STORE, False), (store(KEYS, ON)[:170], False),
])
def test_secure_boot_by_the_variables(content, on):
    assert secure_boot_is_on(content) == on


OPTION = '"UEFI Misc Device" from PciRoot(0x0)/Pci(0x1,0x0)'
DENIED = f"BdsDxe: loading Boot0001 {OPTION}\r\nBdsDxe: failed to load Boot0001 {OPTION}: Access Denied\r\n"
NOTHING = "BdsDxe: No bootable option or device was found.\r\nBdsDxe: Press any key to enter the Boot Manager Menu.\r\n"
SHELL = '\x1b[2J\x1b[01;01HBdsDxe: loading Boot0002 "EFI Internal Shell" from Fv(7CB8BDC9)/FvFile(7C04A583)\r\n'
UNVERIFIED = "OVMF: Secure boot image verification failed.  Consider using the '-shim'\r\n"
SECURE = store(KEYS, ON)
WENT_ON = "firmware did not start the image, or it ended before its first line; firmware went on: "
IS_ON = "firmware did not start the image: Secure Boot is on ("


@pytest.mark.parametrize("text, content, words", [
    (DENIED + NOTHING, SECURE, IS_ON + "firmware said: Access Denied; a platform key is in its variables); turn it off"),
    (DENIED + SHELL, store(), IS_ON + "firmware said: Access Denied); turn it off"),
    (UNVERIFIED + NOTHING, SECURE, IS_ON + "firmware said: Secure boot image verification failed; a platform key"),
    (NOTHING, SECURE, IS_ON + "a platform key is in its variables); turn it off"),
    (SHELL, store(), WENT_ON + "EFI Internal Shell"),
    (">>Start PXE over IPv4.", store(), WENT_ON + "PXE"),
    (NOTHING[49:], store(), WENT_ON + "Boot Manager Menu"),
    (DENIED, store(), ""), (f"BdsDxe: starting Boot0001 {OPTION}\r\n", store(), ""), ("", store(), ""),
    ("", SECURE, "firmware's variables have Secure Boot on: it refuses an image that is not signed"),
])
def test_why_in_one_sentence(text, content, words):
    console = Console()
    for at in range(0, len(text), 7):  # as it arrives, in pieces
        console.feed(text[at:at + 7].encode())
    said = console.why(content)
    assert said.startswith(words) and bool(said) == bool(words)
    assert bool(console.since) == bool(words) or not text


def test_the_image_has_a_moment_after_the_first_sign():
    console = Console()
    console.feed(SHELL.encode())
    assert not console.gave_up()
    console.since -= firmware.GRACE_SECONDS
    assert console.gave_up()


@pytest.fixture
def host(root, tmp_path):
    return Host(root, tmp_path)


@pytest.mark.parametrize("args", [[], ["--disk-boot"]])
def test_a_refusal_is_said_long_before_the_limit(host, args):
    (host.tmp / "VARS.fd").write_bytes(SECURE)
    begin = time.monotonic()
    done = host.run(DENIED + NOTHING, "exec sleep 50", args)
    assert time.monotonic() - begin < 20
    assert (done.returncode, last_line(done)) == (2, "verdict: CANNOT (exit 2)")
    assert IS_ON in done.stdout and "a word on stderr" not in done.stdout
    assert IS_ON in (host.out / "results.json").read_text() and IS_ON in (host.out / "junit.xml").read_text()


def test_an_image_that_starts_after_all_is_judged(host):
    done = host.run(SHELL, 'sleep 0.5; cat "$FAKE_WHOLE"; exit 33', FAKE_WHOLE=write(host, WHOLE))
    assert (done.returncode, last_line(done)) == (0, "verdict: PASS (exit 0)")


def write(host, text):
    path = host.tmp / "whole"
    path.write_text(text)
    return str(path)


def test_a_silent_firmware_is_a_timeout_with_the_hint(host):
    (host.tmp / "VARS.fd").write_bytes(SECURE)
    done = host.run("", "exec sleep 50", ["--timeout", "1"])
    text = " ".join(done.stdout.split())
    assert done.returncode == 124 and "before the application's first line; firmware's variables have Secure Boot on" in text


def test_a_qemu_that_ends_by_itself_is_no_refusal(host):
    (host.tmp / "VARS.fd").write_bytes(SECURE)
    assert last_line(host.run("", "exit 1")) == "verdict: CANNOT (exit 2)"
    assert "Secure Boot" not in (host.out / "results.json").read_text()
    assert last_line(host.run("", "kill -9 $$")) == "verdict: INCOMPLETE (exit 3)"
