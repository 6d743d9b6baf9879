# SPDX-License-Identifier: BSD-2-Clause-Patent
"""--shuffle and --repeat: another order, the same verdicts; of several rounds the worst."""

import sys

import pytest

from fault_table import ONCE
from simulated import FAIL, PASS, ROOT, run

sys.path.insert(0, str(ROOT / "host"))

from lib import stream  # noqa: E402
from lib.validate import validate  # noqa: E402

SEEDS = ["1", "2", "77", "4294967295"]
MACHINES = {"honest": [], "disintx-ignored": ["--fault", "cmd.disintx-ignored"],
            "is-no-latch": ["--fault", "hba.is-no-latch"], "msi-intx-too": ["--fault", "msi.intx-too"]}
SEQUENCES = ["enable", "release", "rebind", "dirty", "fresh", "race"]


def order(seen):
    return list(seen.verdicts)


def suites(seen):
    """In order, each once in a row."""
    names = [name.split(".")[0] for name in seen.verdicts]
    return [name for place, name in enumerate(names) if place == 0 or names[place - 1] != name]


def parsed(seen):
    """The host reads it as a whole run."""
    one = stream.parse(seen.text.encode())
    validate(one)
    assert one.problems == []
    return one


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("machine", MACHINES)
def test_shuffled_verdicts_are_the_same(machine, seed):
    plain, seen = run(*MACHINES[machine]), run(*MACHINES[machine], app=["--shuffle", seed])
    assert seen.verdicts == plain.verdicts
    assert order(seen) != order(plain)
    parsed(seen)


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("app", [["--repeat", "3"], ["--repeat", "3", "--shuffle", "9"]])
def test_repeated_verdicts_are_the_same(machine, app):
    plain, seen = run(*MACHINES[machine]), run(*MACHINES[machine], app=app)
    assert seen.verdicts == plain.verdicts and seen.code == plain.code
    assert len(seen.lines("# run begin ")) == 3 * len(plain.lines("# run begin ")) - 2  # "leave" runs once
    one = parsed(seen)
    assert {check.id for check in one.checks if check.rounds} == plain.of("FAIL") | plain.of("ERROR")


def test_policies_in_rounds():
    app = ["--policy", "all", "--msi", "on"]
    plain, seen = run(app=app), run(app=[*app, "--repeat", "2", "--shuffle", "3"])
    assert seen.verdicts == plain.verdicts and plain.of("FAIL")
    parsed(seen)


def test_an_order_is_its_seed_s():
    one, two, again = (run(app=["--shuffle", seed]) for seed in ("5", "6", "5"))
    assert order(one) == order(again) != order(two)
    assert sorted(order(one)) == sorted(order(two))


def test_checks_are_shuffled_across_suites_and_the_last_stay_last():
    plain, seen = run(), run(app=["--shuffle", "5"])
    assert len(suites(seen)) > 2 * len(suites(plain)), "the checks of a suite stand together"
    last = [name for name in order(plain) if name.startswith(("hazard.", "leave."))]
    assert order(plain)[-len(last):] == order(seen)[-len(last):] == last


@pytest.mark.parametrize("seed", SEEDS)
def test_sequences_stay_whole_and_behind_what_they_stand_on(seed):
    plain, seen = run(), run(app=["--shuffle", seed])
    names = [name for name in suites(seen) if name in SEQUENCES]
    assert sorted(names) == sorted(SEQUENCES), "a sequence is torn"
    place = names.index("enable")
    assert names[place:place + 4] == ["enable", "release", "rebind", "dirty"]
    for name in SEQUENCES:
        steps = [[check for check in order(one) if check.split(".")[0] == name] for one in (plain, seen)]
        assert steps[0] == steps[1]


def test_sequences_are_shuffled():
    """Some seed puts them in another order: that a hundred agree is no luck."""
    plain = [name for name in suites(run()) if name in SEQUENCES]
    for seed in range(1, 101):
        if [name for name in suites(run(app=["--shuffle", str(seed)])) if name in SEQUENCES] != plain:
            return
    assert False, "100 seeds, one order"


def test_each_round_has_another_order_and_tells_its_seed():
    """Its order is that of a run with this seed, and the checks are so many that two orders do not coincide."""
    app = ["--skip", ",".join(f"{name}.*" for name in SEQUENCES)]
    seen = run(app=[*app, "--shuffle", "5", "--repeat", "3"])
    rounds = {}
    for line in seen.lines("# run begin "):
        rounds.setdefault(line.partition("round=")[2] or "3", []).append(line.split("check=")[1].split()[0])
    seeds = [line.split("seed=")[1] for line in seen.lines("# run order ")]
    orders = [order(run(app=[*app, "--shuffle", seed])) for seed in seeds]
    assert seeds[0] == "5" and len(orders[0]) > 50
    assert len({tuple(one) for one in orders}) == 3
    leave = orders[0][-1:]
    assert [rounds["1"] + leave, rounds["2"] + leave, rounds["3"]] == orders


def test_the_last_round_is_told_and_those_before_are_not():
    plain, seen = run(), run(app=["--repeat", "2"])
    for kind in ("# hw step ", "# model step ", "# run expect ", "# model policy ", "# hw line ", "# hw ahci "):
        assert len(seen.lines(kind)) == len(plain.lines(kind)) > 0
    assert "shuffle=0 repeat=2" in seen.lines("# run setting ")[0]


@pytest.mark.parametrize("fault", ONCE)
def test_what_fails_in_one_round_is_the_result(fault):
    """The 100th assertion: one check alone is repeated until it meets it, and twice more. Which round that is, the
    check's own count of events says; every round has the same."""
    app = ["--check", "level.every-event-once"]
    assert run("--fault", fault, app=app).code == PASS
    met = next(n for n in range(2, 101) if run("--fault", fault, app=[*app, "--repeat", str(n)]).code == FAIL)
    rounds = met + 2
    seen = run("--fault", fault, app=[*app, "--repeat", str(rounds)])
    assert seen.code == FAIL
    assert seen.of("FAIL") == {"level.every-event-once"}
    assert "not ok" in seen.text and f" # in round {met} of {rounds}: " in seen.text
    assert len(seen.lines("# run round ")) == 1
    assert f'round={met} verdict=FAIL reason="events that were delivered within 1 ms' in seen.lines("# run round ")[0]
    assert len(seen.lines("# hw registers check=level.every-event-once ")) == 2
    failed = next(check for check in parsed(seen).checks if check.verdict == "FAIL")
    assert failed.rounds[0]["round"] == str(met) and failed.mismatches and failed.failed["advice"]


def test_a_failure_of_every_round_is_told_in_full_once_and_in_the_last():
    plain = run("--fault", "hba.is-no-latch", app=["--suite", "hba"])
    seen = run("--fault", "hba.is-no-latch", app=["--suite", "hba", "--repeat", "6"])
    assert len(seen.lines("# run mismatch ")) == 2 * len(plain.lines("# run mismatch ")) > 0
    assert len(seen.lines("# run round ")) == 5 * len(plain.of("FAIL"))
    assert " in round " not in seen.text


def test_rounds_end_with_the_device():
    """It vanishes in the second round: the last one says that it is gone, and those between are not run."""
    total = int(run().stderr.split("accesses ")[1].split()[0])
    seen = run("--vanish", str(total + total // 2), app=["--repeat", "10000"])
    assert seen.code == FAIL and not seen.of("FAIL") and not seen.of("PASS") - {"leave.function"}
    rounds = {line.partition("round=")[2] for line in seen.lines("# run begin ")}
    assert rounds == {"1", "2", ""}
    parsed(seen)


def test_of_several_rounds_that_fail_the_first_is_named():
    """Every 16th assertion is lost, and a round of this check makes one; the probe made two before the first."""
    seen = run("--fault", "line.assert-lost-16th", app=["--check", "level.follows-the-device", "--repeat", "45"])
    rounds = [line.split("round=")[1].split()[0] for line in seen.lines("# run round ")]
    assert rounds == ["14", "30"]
    assert " # in round 14 of 45: the line, pending: expected asserted" in seen.text
    parsed(seen)
