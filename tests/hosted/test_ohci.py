# SPDX-License-Identifier: BSD-2-Clause-Patent
"""An OHCI controller as a source, simulated: an expired isochronous TD is retired. A packet, or a port touched, ends it."""

import pytest

from kinds import MSI, SHARED, WAYS, caught, error, honest


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("app", WAYS)
def test_honest_passes_and_is_put_back(app, compiler):
    """It is SMM's at first: HcControl.IR is 1 as found and 0 behind the handoff."""
    seen = honest("ohci", app, compiler)
    assert " revision=00000010 found=000003c0 control=000002c0 " in seen.lines("# hw ohci ")[0]


@pytest.mark.parametrize("fault", SHARED + MSI)
def test_fault_is_caught_on_it_too(fault):
    caught("ohci", fault)


@pytest.mark.parametrize("machine, reason, word", [
    ("ohci-never-ready", "the controller's reset does not end (HcCommandStatus.HCR)", " command=00000009 "),
    ("ohci-doorbell-dead", "no done queue is written back: HcInterruptStatus.WDH stays 0", " status=00000000 "),
    ("ohci-no-event", "the device no longer answers: two events did not come within 5 s each", "hc_status=00000000"),
    ("ohci-smm-keeps", "firmware's SMM driver does not let go of the controller (HcControl.IR)", " control=000003c0 "),
])
def test_a_controller_that_gives_no_event_is_an_error(machine, reason, word):
    assert word in error(machine, reason).text
