# SPDX-License-Identifier: BSD-2-Clause-Patent
"""QEMU's edu as a source, functions behind bridges, and two sources on one line, with OVMF."""

import re

import pytest

from test_matrix import ACCESS, DISK, ROOT, Run, in_shell

AHCI_SUITES = ("ahci.", "hba.")
IDS = (ROOT / "tests/golden/check-ids.txt").read_text(encoding="ascii").split()
SHARE = {name for name in IDS if name.startswith("share.")}
ROUTE = {name for name in IDS if name.startswith("route.")}


@pytest.fixture
def disk(tmp_path):
    path = tmp_path / "disk.img"
    path.write_bytes(bytes(n % 251 for n in range(1 << 20)))
    return path


def machine(path, devices):
    """No disk but the one of these devices' own AHCI, whose id is a."""
    return ["--no-disk", "--qemu-arg=" + devices, "--qemu-arg=" + DISK.format("d", path, "a.0")]


def judged(run, verdict):
    return {name for name, seen in run.verdicts().items() if seen == verdict}


def good(run):
    assert run.code == 0, run.text[-3000:]
    assert not judged(run, "ERROR")
    return run


@pytest.mark.parametrize("app", [[], ["--msi", "on"]])
def test_edu(tmp_path, app):
    """Slot 5 has GSI 21 and, by the PIRQ's ISA routing, 10. What AHCI alone has is SKIP."""
    run = good(Run(tmp_path, ["--qemu-arg=-device edu,addr=5"], ["--device", "00:05.0", *app]))
    assert run.value("# hw edu ", "id") == "010000ed"
    assert (run.value("# hw line ", "gsi"), run.value("# hw line ", "also")) == ("21", '"10"')
    others = {name for name in judged(run, "SKIP") if not name.startswith((*AHCI_SUITES, "own."))}
    # edu has neither Power Management nor a Function Level Reset; nobody's driver had it, and it is no disk
    assert others == {"reset.flr-clears", "reset.d3hot-deasserts", "route.swizzle", "route.bridge-disintx-no-gate",
                      "rebind.comreset_nodma", "hazard.neighbour", "firmware.driver", "firmware.disk"}
    assert judged(run, "FAIL") == {*ACCESS, "msi.off-hands-back"}


# What of a network function's run is QEMU's, each in host/known/deviations.toml, and what such a function lacks.
# e1000e sends a message again while nobody acknowledges it, by a timer of the host's: left out here.
NETWORK = {"e1000": (["--msi", "on"], {"own.reset-deasserts"}),
           "e1000e": (["--skip", "msi.*"], {"own.reset-deasserts", "reset.d3hot-deasserts"}),
           "i82559er": ([], {"own.reset-deasserts", "reset.d3hot-deasserts"}),
           "rtl8139": ([], set())}
PCAP_HEADER = 24  # a capture file without a packet


@pytest.mark.parametrize("model", NETWORK)
def test_network(tmp_path, model):
    """No packet leaves, and all but what is known of the model passes; suite access is QEMU's core's, whatever the
    model."""
    app, known = NETWORK[model]
    wire = tmp_path / "wire.pcap"
    run = good(Run(tmp_path, ["--no-disk", f"--qemu-arg=-netdev hubport,id=n,hubid=1 -device {model},netdev=n,addr=5",
                              f"--qemu-arg=-object filter-dump,id=f,netdev=n,file={wire}"], ["--device", "00:05.0", *app]))
    assert {name for name in judged(run, "FAIL") if not name.startswith("access.")} == known
    assert wire.stat().st_size == PCAP_HEADER


@pytest.mark.parametrize("device, neighbour", [("0000:00:1f.2", "0000:00:19.0"), ("0000:00:19.0", "0000:00:1f.2")])
def test_ahci_and_edu_on_one_line(tmp_path, device, neighbour):
    """Slot 25 has GSI 16 as q35's own AHCI at 1f.2."""
    run = good(Run(tmp_path, ["--qemu-arg=-device edu,addr=0x19"], ["--device", device, "--neighbour", neighbour]))
    assert run.value("# hw line ", "gsi") == "16" and run.value("# hw neighbour ", "same_line") == "1"
    assert SHARE <= judged(run, "PASS")


def test_two_ahci_on_one_line(tmp_path, disk):
    run = good(Run(tmp_path, ["--qemu-arg=-device ich9-ahci,id=a,addr=0x19", "--qemu-arg=" + DISK.format("d", disk, "a.0")],
                   ["--neighbour", "0000:00:19.0", "--suite", "share"]))
    assert judged(run, "PASS") == SHARE


def test_neighbour_on_another_line(tmp_path):
    run = Run(tmp_path, ["--qemu-arg=-device edu,addr=5"], ["--neighbour", "0000:00:05.0", "--suite", "share"])
    assert run.code == 77 and judged(run, "SKIP") == SHARE, run.text[-2000:]
    assert run.value("# hw neighbour ", "same_line") == "0"


def test_behind_a_pci_bridge(tmp_path, disk):
    """Devices 4 and 8 of one bus have the same INTA at the bridge."""
    run = good(Run(tmp_path, machine(disk, "-device pci-bridge,id=br,addr=3,chassis_nr=1 "
                                 "-device ich9-ahci,id=a,bus=br,addr=4 -device edu,bus=br,addr=8"),
                   ["--device", "0000:01:04.0", "--neighbour", "0000:01:08.0"]))
    assert ROUTE | SHARE <= judged(run, "PASS")
    assert [line.split(" root=")[1] for line in run.lines("# hw route ")] == ["0000:00:03.0 root_pin=A gsi=23"] * 2


def test_at_two_depths_behind_a_root_port(tmp_path, disk):
    """Device 4 behind the bridge and function 1 beside it: the bridge turns the one's INTA by 4 and the other's not."""
    run = good(Run(tmp_path, machine(disk, "-device pcie-root-port,id=rp,addr=5,chassis=1 "
                                 "-device pcie-pci-bridge,id=br,bus=rp,multifunction=on,addr=0 "
                                 "-device ich9-ahci,id=a,bus=br,addr=4 -device edu,bus=rp,addr=0.1"),
                   ["--device", "0000:02:04.0", "--neighbour", "0000:01:00.1"]))
    assert ROUTE | SHARE <= judged(run, "PASS")
    assert 'path="0000:01:00.0 0000:00:05.0" root=0000:00:05.0 root_pin=A' in run.lines("# hw route ")[0]


def test_another_root_pin_is_no_evidence(tmp_path, disk):
    run = good(Run(tmp_path, machine(disk, "-device pci-bridge,id=br,addr=3,chassis_nr=1 "
                                 "-device ich9-ahci,id=a,bus=br,addr=4 -device edu,bus=br,addr=7"),
                   ["--device", "0000:01:04.0", "--neighbour", "0000:01:07.0", "--suite", "route"]))
    assert "route.swizzle # SKIP no second source with the same predicted root pin" in run.stream


def failed_beside_access(run):
    """Suite access finds what every PCI function of a QEMU has, and host/known says which one."""
    return {name for name in judged(run, "FAIL") if not name.startswith("access.")}


NVME = "-drive if=none,id=n,format=raw,file={} -device nvme,drive=n,serial=intxlab,addr=5"


def test_nvme(tmp_path, disk):
    """Every check and sequence on the admin queue; QEMU fails four by defects of NVMe's (docs/findings.md)."""
    before = disk.read_bytes()
    run = good(Run(tmp_path, ["--no-disk", "--qemu-arg=" + NVME.format(disk)], ["--device", "00:05.0"]))
    assert ' model="QEMU NVMe Ctrl" error="ok"' in run.lines("# hw nvme ")[0] and run.value("# hw line ", "gsi") == "21"
    assert failed_beside_access(run) == {"own.reset-deasserts", "own.reset-then-works", "reset.flr-clears",
                                         "reset.d3hot-deasserts"}
    others = {name for name in judged(run, "SKIP") if not name.startswith((*AHCI_SUITES, "msi."))}
    assert others == {"route.swizzle", "route.bridge-disintx-no-gate", "hazard.neighbour", "firmware.driver",
                      "firmware.disk"}
    assert disk.read_bytes() == before, "the namespace was written to"


@pytest.mark.parametrize("image, word", [("intxlab", "ok"), ("test-spoil", "not ok")])
def test_firmware_reads_the_namespace_as_before(tmp_path, image, word):
    text = in_shell(tmp_path, f"build/x86_64/{image}.efi", "--device 0000:00:05.0 --end return "
                    f"--check {'spoil.disk,' if word != 'ok' else ''}rebind.*,firmware.*", "nvme,drive=p,serial=p,addr=5")
    assert "# run handover drivers=1 " in text, text[-3000:]
    assert re.search(r"^ok \d+ firmware.driver\r?$", text, re.M), "firmware's driver is not back"
    assert re.search(rf"^{word} \d+ firmware.disk\r?$", text, re.M), text[-2000:]
    assert re.search(r"^ok \d+ rebind.ahci_io2\r?$", text, re.M) and "read through firmware" in text, text[-1500:]


def test_xhci(tmp_path):
    """A hub on a port: its connection shows once behind each reset, and interrupts nobody. No keyboard: a console's
    controller is not taken."""
    run = good(Run(tmp_path, ["--no-disk", "--qemu-arg=-device nec-usb-xhci,id=x,addr=5 -device usb-hub,bus=x.0"],
                   ["--device", "00:05.0", "--msi", "on"]))
    assert not failed_beside_access(run)
    assert run.value("# hw xhci ", "connected") == "1" and run.value("# hw line ", "gsi") == "21"
    others = {name for name in judged(run, "SKIP") if not name.startswith(AHCI_SUITES)}
    # QEMU's has neither Power Management nor a Function Level Reset; its message takes IMAN.IP with it
    assert others == {"msi.off-hands-back", "reset.flr-clears", "reset.d3hot-deasserts", "route.swizzle",
                      "route.bridge-disintx-no-gate", "hazard.neighbour", "firmware.disk"}


def test_firmware_reads_the_stick_as_before(tmp_path):
    """Behind HCRST firmware's drivers meet the stick anew, by the same path."""
    text = in_shell(tmp_path, "build/x86_64/intxlab.efi", "--device 0000:00:05.0 --end return --check rebind.*,firmware.*",
                    "qemu-xhci,id=x,addr=5", "-device", "usb-storage,bus=x.0,drive=p")
    assert "# run handover drivers=1 " in text, text[-3000:]
    assert all(re.search(rf"^ok \d+ {name}\r?$", text, re.M) for name in ("firmware.driver", "firmware.disk")), text[-3000:]
    assert "read through firmware" in text, text[-1500:]
