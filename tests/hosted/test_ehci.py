# SPDX-License-Identifier: BSD-2-Clause-Patent
"""An EHCI controller as a source, simulated: Interrupt on Async Advance of a queue in which there is nothing to do."""

import pytest

from kinds import MSI, SHARED, WAYS, caught, error, honest


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("app", WAYS)
def test_honest_passes_and_is_put_back(app, compiler):
    """It is the BIOS's at first; SMI enables, ports' power and routing are compared, too."""
    seen = honest("ehci", app, compiler)
    assert " id=01000020 ports=2 legacy=60 found=00080000 " in seen.lines("# hw ehci ")[0]


@pytest.mark.parametrize("fault", SHARED + MSI)
def test_fault_is_caught_on_it_too(fault):
    caught("ehci", fault)


@pytest.mark.parametrize("machine, reason, word", [
    ("ehci-never-ready", "its reset does not end (USBCMD, USBSTS)", " command=00010002 "),
    ("ehci-doorbell-dead", "the doorbell is not answered: USBSTS.IAA stays 0", " command=00010061 status=00008000 "),
    ("ehci-no-event", "the device no longer answers: two events did not come within 5 s each", "usbcmd=00010061"),
    ("ehci-bios-keeps", "firmware does not let go of the controller (USBLEGSUP", " legacy=60 "),
])
def test_a_controller_that_gives_no_event_is_an_error(machine, reason, word):
    assert word in error(machine, reason).text
