# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Where the platform is to blame, not the function: messages that become no interrupt, functions that are hidden."""

import re
from fnmatch import fnmatchcase

import pytest

from simulated import CANNOT, FAIL, PASS, SKIP, run

MSI = ["msi.*", "vfio-msi.*", "intx-first.*"]
FADT = "the platform does no MSI: FADT: IAPC_BOOT_ARCH says MSI Not Supported (bit 3)"
QUIRKS = "Linux drivers/pci/quirks.c, "
# machine, the honest one beside it, part, reason, source
LOST = [
    ("fadt-no-msi", "q35", "FADT", "IAPC_BOOT_ARCH says MSI Not Supported (bit 3)", "ACPI 6.5 sec 5.2.9.3"),
    ("ht-off", "behind-bridge", "0000:01:00.0", "its HyperTransport MSI mapping is off", QUIRKS + "quirk_msi_ht_cap()"),
    ("ht-leaf-off", "q35", "0000:00:1f.2", "its HyperTransport MSI mapping is off", QUIRKS + "quirk_msi_ht_cap()"),
    ("chipset-no-msi", "q35", "0000:00:00.0", "a chipset on which Linux does no MSI", QUIRKS + "quirk_disable_all_msi()"),
    ("bridge-no-msi", "behind-bridge", "0000:01:00.0", "a bridge behind which Linux does no MSI",
     QUIRKS + "quirk_disable_msi()"),
]
MSI_ON = ("--msi", "on")
USED = "--msi on: the platform does no MSI; the ahci owner uses INTx, as Linux's does then"


@pytest.mark.parametrize("app", [[], ["--msi", "on"], ["--msi", "on", "--policy", "all"]], ids=["", "msi", "all"])
@pytest.mark.parametrize("machine, honest, part, reason, source", LOST, ids=[row[0] for row in LOST])
def test_messages_that_the_platform_loses_are_not_the_function_s_fault(machine, honest, part, reason, source, app):
    """All that is judged with INTx is judged as on the same machine with MSI; of MSI nothing is."""
    seen, plain = run("--machine", machine, app=app), run("--machine", honest, app=[o for o in app if o not in MSI_ON])
    assert not seen.of("ERROR") and seen.of("FAIL") == plain.of("FAIL")
    assert seen.lines("# hw no_msi ") == [f'# hw no_msi part={part} reason="{reason}" source="{source}"']
    lost = seen.of("SKIP") - plain.of("SKIP")
    assert lost == {name for name in seen.verdicts if any(fnmatchcase(name, glob) for glob in MSI)}
    for line in seen.lines("ok "):
        if line.split()[2] in lost:
            assert line.endswith(f" # SKIP the platform does no MSI: {part}: {reason}")
    assert {name for name in plain.of("PASS") if not name.startswith("msi.")} <= seen.of("PASS")
    assert seen.lines("# run note ") == ([f'# run note text="{USED}"'] if "--msi" in app else [])
    assert "msi_enable=1" not in seen.text and "MSIctl=0081" not in seen.text, "MSI was never enabled"


def test_the_claim_on_msi_says_which_part_of_the_platform():
    seen = run("--machine", "fadt-no-msi", app=["--msi", "on"])
    assert seen.code == PASS and "verdict=PASS" in seen.text
    claim = seen.lines("# run claim id=msi ")[0]
    assert " state=not-tested " in claim and f'reason="{FADT} (msi.one-message-no-intx)"' in claim


@pytest.mark.parametrize("machine, honest, mappings", [
    ("fadt-old", "q35", []),
    ("ht-on", "behind-bridge", ["sbdf=0000:01:00.0 offset=4c enable=1 fixed=1"]),
    ("ht-host-on", "behind-bridge", ["sbdf=0000:01:00.0 offset=4c enable=0 fixed=1",
                                     "sbdf=0000:00:00.0 offset=4c enable=1 fixed=1"]),
    ("ht-leaf-alone", "q35", ["sbdf=0000:00:1f.2 offset=4c enable=0 fixed=1"]),
])
def test_a_platform_that_does_msi_is_judged_by_it(machine, honest, mappings):
    """acpi_tb_convert_fadt(): no flags in a table of 132 bytes or less. CK804: one mapping is enough. A leaf's own counts
    on HyperTransport alone (__nv_msi_ht_cap_quirk())."""
    seen = run("--machine", machine, app=["--msi", "on"])
    assert seen.code == PASS and not seen.lines("# hw no_msi ") and not seen.lines("# run note ")
    assert seen.verdicts == run("--machine", honest, app=["--msi", "on"]).verdicts
    assert seen.lines("# hw ht_msi_mapping ") == [f"# hw ht_msi_mapping {mapping}" for mapping in mappings]


def test_the_fadt_is_told():
    assert run().lines("# hw fadt ") == ["# hw fadt length=244 iapc_boot_arch=0003"]
    assert run("--machine", "fadt-old").lines("# hw fadt ") == ["# hw fadt length=116"]


def test_the_mappings_are_as_they_were():
    """Linux switches some on; a bridge is not ours, and --survey shows what is there."""
    seen = run("--machine", "ht-host-on", app=["--survey"])
    assert len(seen.lines("# hw ht_msi_mapping ")) == 2
    assert len(re.findall(r"# hw capability .* id=0008 ", seen.text)) == 3, "two mappings, and the host bridge's link"


HIDES = ('# hw hides sbdf=0000:00:0e.0 vendor=8086 device=9a0b kind="Intel VMD" '
         'source="Linux drivers/pci/controller/vmd.c, vmd_ids"')


def test_what_hides_functions_is_named_where_none_is_found():
    seen = run("--machine", "vmd")
    assert seen.code == SKIP and not seen.verdicts and "verdict=UNTESTED" in seen.text
    assert seen.lines("# run stop ") == [
        '# run stop reason="no function that can be made to interrupt in 5 functions found; '
        'functions are hidden behind Intel VMD at 0000:00:0e.0 '
        "(8086:9a0b): switch VMD off in firmware's setup to see them\""]
    assert seen.lines("# hw hides ") == [HIDES]


def test_what_hides_functions_is_named_beside_one_that_is_found():
    seen = run("--machine", "vmd-beside")
    assert seen.code == PASS and seen.verdicts == run().verdicts and seen.lines("# hw hides ") == [HIDES]
    assert run("--machine", "vmd-beside", app=["--survey"]).lines("# hw hides ") == [HIDES]
    assert not run().lines("# hw hides ")


def test_vmd_is_no_controller_in_raid_mode():
    """The simulated seam ends the run at a register of a function that has none there."""
    seen = run("--machine", "vmd", app=["--device", "00:0e.0"])
    assert seen.code == CANNOT and not seen.verdicts
    assert "is no kind that can be made to interrupt here: it is Intel VMD, which hides functions behind it" in seen.text


@pytest.mark.parametrize("machine, bridges", [
    ("no-master-above", ["0000:01:00.0 found=0003 now=0007", "0000:00:02.0 found=0003 now=0007"]),
    ("closed-above", ["0000:01:00.0 found=0005 now=0007"]),
])
def test_a_bridge_that_firmware_left_closed_makes_no_dead_drive(machine, bridges):
    """pci_enable_bridge(): Memory Space and Bus Master of the bridges above. As found afterwards."""
    seen = run("--machine", machine, app=["--msi", "on"])
    assert seen.code == PASS and seen.verdicts == run("--machine", "behind-bridge", app=["--msi", "on"]).verdicts
    assert seen.lines("# hw bridge_opened ") == [
        f'# hw bridge_opened sbdf={bridge} source="Linux drivers/pci/pci.c, pci_enable_bridge()"' for bridge in bridges]


def test_a_bridge_whose_windows_nobody_programmed_stays_closed_and_is_named():
    seen = run("--machine", "no-window-above")
    assert seen.code == FAIL and not seen.of("FAIL") and "verdict=ERROR" in seen.text
    assert seen.lines("# hw bridge_closed ") == ["# hw bridge_closed sbdf=0000:01:00.0 command=0005"]
    assert "line.probe # ERROR a bridge above the function is closed (see # hw bridge_closed)" in seen.text
