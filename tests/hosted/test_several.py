# SPDX-License-Identifier: BSD-2-Clause-Patent
"""--device with a list or `all`: every function as if it were alone, one behind the other in one run."""

import re

import pytest

from simulated import CANNOT, FAIL, PASS, SKIP, run

AHCI, EDU = ".0000-00-1f.2", ".0000-00-05.0"


def plain(seen, suffix):
    return {name.removesuffix(suffix): verdict for name, verdict in seen.verdicts.items() if name.endswith(suffix)}


def chosen(seen):
    return [re.search(r"sbdf=(\S+)", line)[1] for line in seen.lines("# run chosen ")]


def test_each_is_judged_as_if_it_were_alone():
    both = run("--machine", "edu", app=["--device", "00:1f.2,00:05.0"])
    assert both.code == PASS
    assert plain(both, AHCI) == run("--machine", "edu").verdicts
    assert plain(both, EDU) == run("--machine", "edu", app=["--device", "00:05.0"]).verdicts
    assert list(both.verdicts)[-1].endswith(EDU)
    assert [line.split('kind="')[1] for line in both.lines("# run target ")] == ['AHCI"', 'edu"']
    assert f"\n1..{len(both.verdicts)}\n" in both.text


def test_claims_are_told_of_each():
    seen = run("--machine", "edu", app=["--device", "00:1f.2,00:05.0"])
    told = [line for line in seen.lines("# run claim ") if "id=interrupts " in line]
    assert [re.search(r"sbdf=(\S+) state=(\S+)", line).groups() for line in told] == [
        ("0000:00:1f.2", "shown"), ("0000:00:05.0", "shown")]


def test_all_takes_every_function_that_is_taken_unasked():
    assert chosen(run("--machine", "two-ahci", app=["--device", "all"])) == ["0000:00:04.0", "0000:00:08.0"]
    # an edu is taken only when it is named
    assert chosen(run("--machine", "edu", app=["--device", "all"])) == ["0000:00:1f.2"]


def test_one_of_all_keeps_its_plain_names():
    assert list(run("--machine", "edu", app=["--device", "all"]).verdicts) == list(run("--machine", "edu").verdicts)


def test_the_order_is_that_of_the_list():
    assert chosen(run("--machine", "edu", app=["--device", "00:05.0,00:1f.2", "--suite", "line"])) == [
        "0000:00:05.0", "0000:00:1f.2"]


def test_a_fault_of_one_is_not_the_others():
    """The port's register is AHCI's alone."""
    seen = run("--machine", "edu", "--fault", "hba.ghc-ie-ignored", app=["--device", "00:1f.2,00:05.0"])
    assert seen.code == FAIL
    assert {name for name in seen.of("FAIL") if name.endswith(EDU)} == set()
    assert "hba.ghc-ie-gates" + AHCI in seen.of("FAIL")


def test_with_every_rule_the_functions_name_is_behind_the_rules():
    seen = run("--machine", "edu", app=["--device", "00:1f.2,00:05.0", "--policy", "all", "--sequence", "release"])
    assert f"release.ahci_unbind.v6.10{AHCI}" in seen.verdicts and f"release.ahci_unbind.v6.15{EDU}" in seen.verdicts


@pytest.mark.parametrize("app, reason", [
    ("00:1f.2,00:1f.2", "malformed value"), ("00:1f.2,", "malformed value"), ("all,00:1f.2", "malformed value"),
    (",", "malformed value"), (",".join(f"00:{n:02x}.0" for n in range(9)), "malformed value"),
    ("00:1f.2,00:09.0", "no such function; functions that can be tested: 0000:00:05.0 0000:00:1f.2"),
])
def test_a_list_that_cannot_be(app, reason):
    seen = run("--machine", "edu", app=["--device", app])
    assert seen.code == CANNOT and not seen.verdicts and reason in seen.lines("# run stop ")[0]


@pytest.mark.parametrize("more, reason", [
    (["--neighbour", "00:19.0"], "it goes with one function under test"),
    (["--witness"], "--witness takes one function, and --device names 2"),
    (["--bare"], "--bare takes one function, and --device names 2"),
])
def test_what_goes_with_one_function(more, reason):
    seen = run("--machine", "shared", app=["--device", "00:1f.2,00:1a.0", *more])
    assert seen.code == CANNOT and reason in seen.lines("# run stop ")[0]


def test_one_of_a_list_that_cannot_interrupt_is_untested_and_of_all_is_not():
    """A second controller without a drive: named, it must be tested; among all, it is only told."""
    named = run("--machine", "second-empty", app=["--device", "00:04.0,00:08.0"])
    assert named.code == SKIP and "verdict=UNTESTED" in named.text
    every = run("--machine", "second-empty", app=["--device", "all"])
    assert every.code == PASS and "id=interrupts sbdf=0000:00:08.0 state=not-tested" in every.text


def test_one_with_a_drive_goes_before_one_without():
    seen = run("--machine", "first-empty")
    assert seen.code == PASS and chosen(seen) == ["0000:00:08.0"]


def test_the_choice_is_told_with_its_reason():
    assert run().lines("# run chosen ") == [
        '# run chosen sbdf=0000:00:1f.2 kind="AHCI" reason="the first AHCI function with a device on a port"']
    assert "reason=\"no function shows something" in run("--machine", "no-drive").lines("# run chosen ")[0]


def test_survey_says_what_can_be_a_source():
    told = run("--machine", "raid", app=["--survey"]).lines("# hw source ")
    assert told == [
        '# hw source sbdf=0000:00:1a.0 kind="edu" can=named reason="only when --device names it"',
        '# hw source sbdf=0000:00:1f.2 kind="AHCI" can=named reason="RAID mode: if AHCI registers are behind its BAR 5"']
    assert "can=no " in run("--machine", "no-drive", app=["--survey"]).lines("# hw source ")[0]
    assert "can=yes " in run(app=["--survey"]).lines("# hw source ")[0]
