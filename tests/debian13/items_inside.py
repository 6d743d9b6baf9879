# SPDX-License-Identifier: BSD-2-Clause-Patent
"""What is tried in Debian 13: a row each, with the last line that it must end with."""

import re
from dataclasses import dataclass, field

AS_KNOWN = r"verdict: PASS as known \(exit 0\)"
OVMF = "/usr/share/OVMF/"
DISK = "yes intxlab | head -c 4194304 > /tmp/disk.img"


@dataclass(frozen=True)
class Item:
    name: str
    what: str
    script: str
    end: str  # its last line matches this whole
    env: dict = field(default_factory=dict)


def boot(name, what, options, first="", **env):
    return Item(name, what, f"{first}\nhost/intxlab run --timeout 180 --out out/{name} {options}", AS_KNOWN, env)


ITEMS = [
    Item("setup", "host/setup finds nothing missing", 'test -z "$(host/setup build run check)"; echo done', "done"),
    Item("run", "make run: build and boot", "make run", AS_KNOWN, {"TIMEOUT": "180"}),
    boot("policies", "every rule of Linux", "-- --policy all"),
    boot("msi", "the ahci owner with MSI", "-- --msi on"),
    boot("bare", "firmware left for good", "-- --bare"),
    boot("edu", "QEMU's edu", "--qemu-arg='-device edu,addr=5' -- --device 0000:00:05.0"),
    boot("bridges", "an AHCI three bridges deep",
         "--no-disk --qemu-arg='-device pcie-root-port,id=rp,addr=5,chassis=1"
         " -device pcie-pci-bridge,id=one,bus=rp -device pci-bridge,id=two,bus=one,addr=1,chassis_nr=2"
         " -device ich9-ahci,id=a,bus=two,addr=3"
         " -drive if=none,id=d,format=raw,file=/tmp/disk.img,snapshot=on -device ide-hd,drive=d,bus=a.0'"
         " -- --device 0000:03:03.0", DISK),
    boot("stick", "the stick, and its report", "--disk-boot"),
    boot("strictnx", "firmware that keeps data from being executed",
         "--machine q35,smm=on --qemu-arg='-global driver=cfi.pflash01,property=secure,value=on'",
         OVMF_CODE=f"{OVMF}OVMF_CODE_4M.secboot.strictnx.fd", OVMF_VARS=f"{OVMF}OVMF_VARS_4M.fd"),
    # clang-format and cppcheck are others than those that two rules stand on
    Item("lint", "make lint", "make lint", r"lint: \d+ passed, 0 failed, 2 skipped"),
    Item("build", "all that make check needs, by gcc and clang", 'make -j"$(nproc)" built-check; echo done', "done"),
    Item("tests", "the unit tests, and those of the image's link",
         "/usr/bin/python3 -B -m pytest -q -n 2 tests/hosted/test_units.py tests/link", r"[1-9]\d* passed, 0 failed"),
]


def passed(item, status, last):
    return status == 0 and bool(re.fullmatch(item.end, last))
