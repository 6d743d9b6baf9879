# SPDX-License-Identifier: BSD-2-Clause-Patent
"""What is asked of every kind of source alike, on a simulated machine that has one at 00:05.0.

The program ends with 70 where a register of the device is not as firmware left it (snapshot of sim_device.h)."""

import re

from simulated import FAIL, PASS, run
from test_edu import AHCI, AHCI_SUITES, CAUGHT, reasons

DEVICE = ["--device", "0000:00:05.0"]
WAYS = [[], ["--msi", "on"], ["--intx-mask", "controller"], ["--policy", "v6.11"]]
# without Power Management, Function Level Reset and a bridge above; no neighbour was named
LACKS = {"reset.flr-clears", "reset.d3hot-deasserts", "route.swizzle", "route.bridge-disintx-no-gate", "hazard.neighbour"}
MSI = [name for name in CAUGHT if name.startswith("msi.")]
SHARED = [name for name in CAUGHT if name not in MSI]


def honest(machine, app=(), compiler="gcc", lacks=LACKS):
    """PASS, everything put back, and nothing skipped but what the device lacks."""
    seen = run("--machine", machine, app=[*DEVICE, *app], compiler=compiler)
    assert seen.code == PASS, seen.text[-2000:] + seen.stderr
    why = reasons(seen)
    only_ahci = {name for name in why if name.split(".")[0] in AHCI_SUITES}
    assert {why[name] for name in only_ahci} == {AHCI}
    assert {re.sub(r"\.v\d.*", "", name) for name in set(why) - only_ahci} == set(lacks)
    return seen


def caught(machine, fault):
    """A fault of Command, Status, the wire, MSI or the controller FAILs on it what it FAILs on an edu."""
    seen = run("--machine", machine, "--fault", fault, app=DEVICE)
    assert seen.code == FAIL, seen.stderr
    assert set(CAUGHT[fault]) <= seen.of("FAIL"), f"not caught by {set(CAUGHT[fault]) - seen.of('FAIL')}"


def error(machine, reason):
    """Bounded, the device's registers said, and no verdict on its INTx."""
    seen = run("--machine", machine, app=DEVICE)
    assert seen.code == FAIL, seen.stderr
    assert not seen.of("FAIL")
    assert reason in " ".join(seen.lines("not ok "))
    assert "verdict=ERROR" in seen.lines("# run end ")[0]
    return seen
