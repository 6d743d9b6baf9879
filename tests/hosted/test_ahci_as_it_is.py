# SPDX-License-Identifier: BSD-2-Clause-Patent
"""HBAs that do otherwise than AHCI says and work with Linux."""

import pytest

from simulated import run


@pytest.mark.parametrize("app", [[], ["--msi", "on"], ["--policy", "all"]], ids=["", "msi", "all"])
def test_ifs_of_a_command_that_succeeds_makes_no_dead_drive(app):
    """ULi M5288: PxIS.IFS is set, PxCI and PxTFD say that the command is done."""
    seen, honest = run("--machine", "spurious-ifs", app=app), run(app=app)
    assert seen.verdicts == honest.verdicts and seen.code == honest.code
    assert seen.lines("# hw spurious_ifs ") == ['# hw spurious_ifs port=0 commands=2 source="Linux '
                                                'drivers/ata/ahci.c, AHCI_HFLAG_IGN_IRQ_IF_ERR"']
    assert not honest.lines("# hw spurious_ifs ")
