# SPDX-License-Identifier: BSD-2-Clause-Patent
"""QEMU's models of other kinds of source, each in slot 5 of q35 with OVMF: one boot a kind, all suites but AHCI's own."""

from test_matrix import Run
from test_sources import AHCI_SUITES, good, judged

# On a root bus; it is no disk, and no neighbour was named. Not every kind has a driver in firmware.
LACKS = {"route.swizzle", "route.bridge-disintx-no-gate", "hazard.neighbour", "firmware.driver", "firmware.disk"}
NO_RESET_NO_POWER = {"reset.flr-clears", "reset.d3hot-deasserts"}


def failed(run):
    """Suite access fails on every model alike (docs/findings.md)."""
    return {name for name in judged(run, "FAIL") if not name.startswith("access.")}


def tried(tmp_path, devices, *lacks, gsi="21"):
    run = good(Run(tmp_path, ["--no-disk", "--qemu-arg=" + devices], ["--device", "00:05.0"]))
    assert (run.value("# hw line ", "gsi"), run.value("# hw line ", "also")) == (gsi, '"10"')
    skipped = {name for name in judged(run, "SKIP") if not name.startswith((*AHCI_SUITES, "msi."))}
    assert skipped | {"firmware.driver"} == LACKS.union(*lacks)
    return run


def test_sd_host_leaves_its_card_alone(tmp_path):
    card, content = tmp_path / "card.img", bytes(n % 251 for n in range(1 << 20))
    card.write_bytes(content)
    run = tried(tmp_path, f"-device sdhci-pci,addr=5 -blockdev driver=file,node-name=sd,filename={card} "
                "-device sd-card,drive=sd", NO_RESET_NO_POWER)
    assert run.value("# hw sdhci ", "forced") == "0001" and not failed(run)
    assert card.read_bytes() == content


def test_ohci(tmp_path):
    run = tried(tmp_path, "-device pci-ohci,addr=5", NO_RESET_NO_POWER)
    assert run.value("# hw ohci ", "revision") == "00000010" and failed(run) == {"own.reset-deasserts"}


def test_ehci(tmp_path):
    """INTD. OVMF's driver had it, and gets it back."""
    run = tried(tmp_path, "-device usb-ehci,addr=5", NO_RESET_NO_POWER, gsi="20")
    assert run.value("# hw ehci ", "legacy") == "68"
    assert failed(run) == {"own.mask-holds", "own.mask-lowers"} and run.verdicts()["firmware.driver"] == "PASS"
