# SPDX-License-Identifier: BSD-2-Clause-Patent
"""What stands beside a result: why the check matters, the rule that was broken, the registers, what to look at."""

import re

import pytest

from simulated import FAIL, PASS, run

WORDS = {"function", "device", "ahci", "intx-pin", "source", "msi", "route", "neighbour", "ahci-neighbour", "disintx",
         "rte"}
TEXT_MAX = 110
PAIR = re.compile(r' ([a-z0-9_]+)=(?:"((?:[^"\\]|\\.)*)"|([^ "]+))')
FAULTS = ["cmd.disintx-ignored", "status.intx-stuck-1", "hba.ghc-ie-ignored"]


def fields(line):
    return {key: quoted or bare for key, quoted, bare in PAIR.findall(line)}


def listed():
    return [fields(line) for line in run(app=["--list"]).lines("# run list ")]


def test_every_check_says_why_it_matters_and_what_to_look_at():
    rows = listed()
    assert len(rows) > 100
    for row in rows:
        for key in ("why", "advice"):
            assert row[key].endswith((".", "?")), f"{row['check']} has no {key}"
            assert len(row[key]) <= TEXT_MAX, f"{row['check']}: {key} is longer than {TEXT_MAX}"


def test_advice_is_a_check_s_own_outside_sequences():
    """A text that many checks share helps nobody."""
    seen = {}
    for row in listed():
        seen.setdefault((row["check"].split(".")[0], row["why"]), []).append(row["check"])
    sequences = {"enable", "release", "rebind", "dirty", "fresh", "race", "vfio-msi", "intx-first", "neighbour"}
    assert not [names for (suite, _), names in seen.items() if len(names) > 1 and suite not in sequences]


def test_needs_are_words():
    needs = {row["check"]: set(row["needs"].split()) for row in listed()}
    assert set().union(*needs.values()) <= WORDS
    assert "route" in needs["mask.disintx-stops-level"]
    assert "neighbour" in needs["neighbour.n_io"] or "ahci-neighbour" in needs["neighbour.n_io"]
    assert needs["leave.function"] == set()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_failing_check_shows_rule_registers_and_advice_once(fault):
    seen = run("--fault", fault)
    assert seen.code == FAIL and seen.of("FAIL")
    rows = {row["check"]: row for row in listed()}
    for name in seen.of("FAIL"):
        told = [fields(line) for line in seen.lines(f"# run failed check={name} ")]
        assert told == [{"check": name, "rule": rows[name]["title"], "spec": rows[name]["spec"],
                         "advice": rows[name]["advice"]}]
        registers = [fields(line) for line in seen.lines(f"# hw registers check={name} ")]
        assert [one["when"] for one in registers] == ["before", "failed"]
        assert all({"command", "status"} <= set(one) for one in registers)
    assert {fields(line)["check"] for line in seen.lines("# hw registers ")} == seen.of("FAIL")


def test_registers_are_those_of_the_first_mismatch():
    """DisINTx is ignored: at the mismatch it is 1, Interrupt Status is 1, and the line is asserted all the same."""
    seen = run("--fault", "cmd.disintx-ignored")
    before, failed = [fields(line) for line in seen.lines("# hw registers check=mask.disintx-stops-level ")]
    assert (before["command"], before["status"], before["line"], before["px_ie"]) == ("0007", "0010", "deasserted", "00000000")
    assert (failed["command"], failed["status"], failed["line"]) == ("0407", "0018", "asserted")
    assert failed["px_is"] != "00000000" and int(failed["ghc"], 16) & 2
    assert int(before["rte"], 16) & 0x10000 and not int(failed["rte"], 16) & 0x10000


def test_nothing_of_it_beside_a_pass_unless_verbose():
    quiet, verbose = run(), run(app=["--verbose"])
    assert quiet.code == verbose.code == PASS
    assert not quiet.lines("# hw registers ") and not quiet.lines("# run failed ")
    seen = [fields(line) for line in verbose.lines("# hw registers check=mask.disintx-stops-level ")]
    assert [one["when"] for one in seen] == ["before", "after"]
    assert {key: value for key, value in seen[0].items() if key != "when"} == \
           {key: value for key, value in seen[1].items() if key != "when"}


def test_looking_counts_for_nobody():
    """The accesses of a step are the owner's: with the registers read around it they are the same."""
    steps = [[line.split(" us=")[0] for line in one.lines("# hw step ")] for one in (run(), run(app=["--verbose"]))]
    assert steps[0] == steps[1] and steps[0]


@pytest.mark.parametrize("machine", ["q35", "behind-bridge", "two-ioapics", "atapi", "no-drive", "mem-bar-only"])
@pytest.mark.parametrize("app", [[], ["--msi", "on"], ["--policy", "all", "--msi", "on"]])
def test_no_check_leaves_debris(machine, app):
    seen = run("--machine", machine, app=app)
    assert not seen.lines("# run debris ") and "debris:" not in seen.text
