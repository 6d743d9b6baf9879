# SPDX-License-Identifier: BSD-2-Clause-Patent
"""QEMU's models of other kinds of source, each in slot 5 of q35 with OVMF: one boot a kind, all suites but AHCI's own."""

from test_matrix import Run
from test_sources import AHCI_SUITES, good, judged

# On a root bus; nobody's driver had it, it is no disk, and no neighbour was named.
LACKS = {"route.swizzle", "route.bridge-disintx-no-gate", "hazard.neighbour", "firmware.driver", "firmware.disk"}
NO_RESET_NO_POWER = {"reset.flr-clears", "reset.d3hot-deasserts"}


def tried(tmp_path, devices, *lacks):
    run = good(Run(tmp_path, ["--no-disk", "--qemu-arg=" + devices], ["--device", "00:05.0"]))
    assert (run.value("# hw line ", "gsi"), run.value("# hw line ", "also")) == ("21", '"10"')
    skipped = {name for name in judged(run, "SKIP") if not name.startswith((*AHCI_SUITES, "msi."))}
    assert skipped == LACKS.union(*lacks)
    return run


def test_sd_host_leaves_its_card_alone(tmp_path):
    card, content = tmp_path / "card.img", bytes(n % 251 for n in range(1 << 20))
    card.write_bytes(content)
    run = tried(tmp_path, f"-device sdhci-pci,addr=5 -blockdev driver=file,node-name=sd,filename={card} "
                "-device sd-card,drive=sd", NO_RESET_NO_POWER)
    assert run.value("# hw sdhci ", "forced") == "0001" and not judged(run, "FAIL")
    assert card.read_bytes() == content
