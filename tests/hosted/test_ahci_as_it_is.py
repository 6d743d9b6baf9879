# SPDX-License-Identifier: BSD-2-Clause-Patent
"""HBAs that do otherwise than AHCI says and work with Linux."""

import pytest

from simulated import FAIL, PASS, run


@pytest.mark.parametrize("app", [[], ["--msi", "on"], ["--policy", "all"]], ids=["", "msi", "all"])
def test_ifs_of_a_command_that_succeeds_makes_no_dead_drive(app):
    """ULi M5288: PxIS.IFS is set, PxCI and PxTFD say that the command is done."""
    seen, honest = run("--machine", "spurious-ifs", app=app), run(app=app)
    assert seen.verdicts == honest.verdicts and seen.code == honest.code
    assert seen.lines("# hw spurious_ifs ") == ['# hw spurious_ifs port=0 commands=2 source="Linux '
                                                'drivers/ata/ahci.c, AHCI_HFLAG_IGN_IRQ_IF_ERR"']
    assert not honest.lines("# hw spurious_ifs ")


def test_msi_of_a_function_that_linux_lists_is_measured_and_named():
    """board_ahci_sb600: AHCI_HFLAG_NO_MSI. What is measured does not change; a failure of it names Linux's row."""
    row = "Linux drivers/ata/ahci.c, AHCI_HFLAG_NO_MSI, or drivers/pci/quirks.c, no_msi"
    for app in ([], ["--msi", "on"]):
        assert run("--machine", "sb600", app=app).verdicts == run(app=app).verdicts
    listed, other = (run("--machine", name, "--fault", "msi.disintx-stops", app=["--msi", "on", "--suite", "msi,enable"])
                     for name in ("sb600", "q35"))
    assert listed.verdicts == other.verdicts and {"msi.disintx-does-not-stop", "enable.ahci_io"} <= listed.of("FAIL")
    for name in listed.of("FAIL"):
        told = listed.lines(f"# run failed check={name} ")[0]
        assert told.endswith(f' quirk="{row}"') == name.startswith(("msi.", "enable."))
    assert listed.lines("# hw quirk ") == [f'# hw quirk sbdf=0000:00:1f.2 kind=no-msi source="{row}"']


def test_a_port_that_linux_resets_otherwise_is_named_with_the_dead_drive():
    seen = run("--machine", "vt8251", app=["--suite", "ahci"], compiler="plain")  # ten seconds of the machine's
    assert seen.code == FAIL and not seen.of("FAIL") and "verdict=ERROR" in seen.text
    assert ("not ok 5 ahci.drive # ERROR port 0: a drive shows itself (PxSSTS.DET) and does not answer (busy); listed: "
            "Linux drivers/ata/ahci.c, ahci_vt8251_hardreset(), ahci_avn_hardreset()" in seen.text)


def test_a_listed_function_that_works_is_no_other():
    seen = run("--machine", "spurious-ifs")
    assert seen.code == PASS and "kind=ahci-ifs " in seen.lines("# hw quirk ")[0]
