# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Firmware that does not start the image: what it says on its console, and what its variables say.

No single message is relied on. That the image will not come is known from where firmware goes
instead; why, from a refusal that it prints or from the keys in its variables."""

from __future__ import annotations

import re
import struct
import time

from .stream import ESCAPE, UNPRINTABLE

GRACE_SECONDS = 3.0  # from the first sign: an image that is started all the same has long printed its first line
KEEP = 1 << 16  # of firmware's output
# Where EDK II goes when nothing that it was to boot has started, in the words of 2013 to 2026.
ELSEWHERE = re.compile(
    r'(?:loading|starting) Boot[0-9A-F]{4} "([^"]*(?:Shell|UiApp|Setup|Boot ?Manager)[^"]*)"|(UEFI Interactive Shell)|'
    r"(No bootable option or device was found)|Press any key to enter the (Boot Manager Menu)|"
    r">>\s?Start (PXE|HTTP Boot)|(Boot Failed\. )", re.I)
REFUSED = re.compile(r"Access Denied|Security Violation|Secure ?boot image verification failed", re.I)

# The variable store of EDK II: MdeModulePkg/Include/Guid/VariableFormat.h.
STORE = bytes.fromhex("782cf3aa7b949a43a1802e144ec37792")  # aaf32c78-947b-439a-a180-2e144ec37792
STORE_HEADER = 28
VARIABLE = struct.Struct("<HBBIQ16sIII16s")
START, ADDED = 0x55AA, 0x3F
PK = ("PK", bytes.fromhex("61dfe48bca93d211aa0d00e098032b8c"))  # 8be4df61-93ca-11d2-aa0d-00e098032b8c
ENABLE = ("SecureBootEnable",
          bytes.fromhex("c70ba3f008af564599c4001009c93a44"))  # f0a30bc7-af08-4556-99c4-001009c93a44


def variables(store: bytes) -> dict[tuple[str, bytes], bytes]:
    """(name, GUID): content, of the authenticated variables that are in force; empty for what is no such store."""
    found: dict[tuple[str, bytes], bytes] = {}
    at = store.find(STORE)
    at = at + STORE_HEADER if at >= 0 else len(store)
    while at + VARIABLE.size <= len(store):
        start, state, _, _, _, _, _, name_size, data_size, guid = VARIABLE.unpack_from(store, at)
        if start != START:
            break
        name, data = at + VARIABLE.size, at + VARIABLE.size + name_size
        if state == ADDED:
            text = store[name:data].decode("utf-16-le", "replace").rstrip("\0")
            found[text, guid] = store[data:data + data_size]
        at = data + data_size + 3 & ~3
    return found


def secure_boot_is_on(store: bytes) -> bool:
    """By the variables alone: a platform key is enrolled, and it is not switched off."""
    found = variables(store)
    return bool(found.get(PK)) and found.get(ENABLE, b"\1") == b"\1"


class Console:
    """What firmware printed before the application's first line."""

    def __init__(self) -> None:
        self.text = ""
        self.since = 0.0

    def feed(self, data: bytes) -> None:
        self.text = (self.text + data.decode("latin-1"))[-KEEP:]
        if not self.since and self.elsewhere():
            self.since = time.monotonic()

    def _clean(self) -> str:
        return UNPRINTABLE.sub(" ", ESCAPE.sub(" ", self.text))

    def elsewhere(self) -> str:
        """Where firmware went instead of the image."""
        match = ELSEWHERE.search(self._clean())
        return next(filter(None, match.groups())).strip(" .") if match else ""

    def gave_up(self) -> bool:
        return bool(self.since) and time.monotonic() - self.since > GRACE_SECONDS

    def why(self, store: bytes) -> str:
        """One sentence; empty: nothing is known. store: the variables as firmware left them."""
        refused = REFUSED.search(self._clean())
        secure = secure_boot_is_on(store)
        if not self.elsewhere():
            return "firmware's variables have Secure Boot on: it refuses an image that is not signed" if secure else ""
        if not refused and not secure:
            return ("firmware did not start the image, or it ended before its first line; firmware went on: "
                    f"{self.elsewhere()}")
        by = [f"firmware said: {refused[0]}"] if refused else []
        by += ["a platform key is in its variables"] if secure else []
        return (f"firmware did not start the image: Secure Boot is on ({'; '.join(by)}); turn it off (OVMF_VARS "
                "without enrolled keys), or sign the image")
