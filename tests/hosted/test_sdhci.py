# SPDX-License-Identifier: BSD-2-Clause-Patent
"""An SD host as a source, simulated: an error status by its Force Event register, and no command to the card."""

import pytest

from kinds import MSI, SHARED, WAYS, caught, error, honest


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("app", WAYS)
def test_honest_passes_and_is_put_back(app, compiler):
    seen = honest("sdhci", app, compiler)
    assert seen.lines("# hw sdhci ") == ["# hw sdhci base=81100000 version=2402 capabilities=057834b4 "
                                         "reset=00 clock=0107 forced=0001"]


@pytest.mark.parametrize("fault", SHARED + MSI)
def test_fault_is_caught_on_it_too(fault):
    caught("sdhci", fault)


def test_a_reset_that_never_ends():
    seen = error("sdhci-never-ready", "the SD host's reset does not end")
    assert " reset=01 " in seen.lines("# hw sdhci ")[0]


def test_a_force_event_that_does_nothing():
    seen = error("sdhci-doorbell-dead", "the Force Event register does not set the error status")
    assert seen.lines("# hw sdhci ")[0].endswith(" forced=0000")


def test_events_that_do_not_come_any_more():
    seen = error("sdhci-no-event", "the device no longer answers: two events did not come within 5 s each")
    assert "error_status=00000000" in seen.text
