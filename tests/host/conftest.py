# SPDX-License-Identifier: BSD-2-Clause-Patent
"""The host side's modules, and streams to give them."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "host"))

WHOLE = r'''KTAP version 1
# run intxlab version=0.1.0 git=1a2b3c4d run=5e0c91d27a64f3b8 arch=x86_64 mode=borrowed
# hw board vendor="QEMU" product="Standard PC (Q35 + ICH9, 2009)"
# run options text="--sequence rebind" source=fw_cfg
# hw function sbdf=0000:00:1f.2 vendor=8086 device=2922 class=010601 revision=02 pin=A interrupt_line=0a command=0007 status=0010 msi_cap=80
1..3
# run begin check=line.probe
# hw line gsi=16 polarity=low
ok 1 line.probe
# run begin check=rebind.assert
# hw step seq=1 command=0507 status=0018 line=deasserted irq_count=1 reads="R32=00180107" writes="W=0507" us=85123
# model step seq=1 owner=vfio-pci enable_cnt=1 eventfd=1
# run expect seq=1 command=0507 intx_status=1 line=deasserted irq_count=1 eventfd=1 writes="W=0507"
ok 2 rebind.assert
# run begin check=rebind.d_assert
ok 3 rebind.d_assert # SKIP no drive
# run end run=5e0c91d27a64f3b8 planned=3 reported=3 pass=2 fail=0 error=0 skip=1 verdict=PASS app_us=181234
'''

FAILED = WHOLE.replace("command=0507 status=0018", "command=0107 status=0018").replace(
    "ok 2 rebind.assert",
    '# run mismatch check=rebind.assert what="Command" expected="0507" observed="0107" spec="PCI 3.0 sec 6.2.2"\n'
    "not ok 2 rebind.assert").replace("pass=2 fail=0", "pass=1 fail=1").replace("verdict=PASS", "verdict=FAIL")

HEADER = WHOLE.split("1..3\n")[0]


def end(verdict: str, planned: int = 0, **counts: int) -> str:
    reported = sum(counts.values())
    numbers = " ".join(f"{key}={counts.get(key, 0)}" for key in ("pass", "fail", "error", "skip"))
    return f"# run end run=5e0c91d27a64f3b8 planned={planned} reported={reported} {numbers} verdict={verdict} app_us=5\n"


STOPPED = HEADER + '# run stop reason="unknown option \\"--x\\""\n' + end("USAGE")
SKIPPED = HEADER + "1..0 # SKIP no AHCI function\n" + end("SKIP")


@pytest.fixture
def root() -> Path:
    return ROOT
