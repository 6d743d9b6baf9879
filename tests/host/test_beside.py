# SPDX-License-Identifier: BSD-2-Clause-Patent
"""What stands beside a result: the broken rule, the registers, debris, the rounds of --repeat."""

import json
import xml.etree.ElementTree as ET

import pytest
from conftest import HEADER, end
from hosted import stream

from lib import known, render_json, render_junit, summary
from lib.known import Entry
from lib.outcome import Ended, judge, last_check
from lib.stream import parse
from lib.validate import validate

SETTING = "# run setting policy=v6.15 policies=1 msi=off intx_mask=auto fail_alloc=0 shuffle=7 repeat=5\n"
MISMATCH = '# run mismatch check=mask.a what="Command" expected="0407" observed="0007" spec="PCI 3.0 sec 6.2.2"\n'
REGISTERS = ("# hw registers check=mask.a when=before command=0007 status=0010 line=deasserted px_is=00000000\n"
             "# hw registers check=mask.a when=failed command=0007 status=0018 line=asserted px_is=00000001\n")
RULE = '# run failed check=mask.a rule="DisINTx reads back" spec="PCI 3.0 sec 6.2.2" advice="Command[10]."\n'
ROUND = '# run round check=mask.a round=3 verdict=FAIL reason="Command: expected 0407, observed 0007"\n'
EARLIER = ("# run begin check=mask.a round=1\n# run begin check=mask.b round=1\n# run begin check=mask.a round=3\n"
           + MISMATCH + REGISTERS + RULE + ROUND)
LAST = "# run begin check=mask.a\nnot ok 1 mask.a # in round 3 of 5: Command: expected 0407, observed 0007\n"
GOOD = "# run begin check=mask.b\nok 2 mask.b\n"
FAILED = HEADER + SETTING + "1..2\n" + EARLIER + LAST + GOOD + end("FAIL", 2, **{"pass": 1, "fail": 1})
ENTRY = Entry("mask.a", {"Command": "0007"}, "why it is so", "who says so", {})
PLAIN = summary.Paint(False)


def read(text):
    run = parse(text.encode())
    validate(run)
    return run


def told(text, entries=()):
    run = read(text)
    return "\n".join(summary.render(run, judge(run, None, None, list(entries)), None, None, PLAIN))


def test_rounds_before_the_last_are_a_whole_run():
    run = read(FAILED)
    assert run.problems == []
    failed, good = run.checks
    assert failed.verdict == "FAIL" and failed.rounds[0]["round"] == "3"
    assert [one["when"] for one in failed.registers] == ["before", "failed"]
    assert failed.failed["advice"] == "Command[10]." and failed.mismatches[0]["observed"] == "0007"
    assert not good.rounds and not good.registers


@pytest.mark.parametrize("torn, problem", [
    (FAILED.replace("# run begin check=mask.a\n", ""), "mask.a is reported, but was not the check begun last"),
    (FAILED.replace("# run begin check=mask.b\n", "# run begin check=mask.b round=5\n"), "mask.b is reported, but"),
    (FAILED.replace("# run begin check=mask.b\n", "# run begin check=mask.c\n# run begin check=mask.b\n"),
     "mask.c was begun and never reported"),
    (FAILED.replace("check=mask.a round=3 verdict", "check=mask.z round=3 verdict"), "evidence of mask.z"),
])
def test_only_what_a_later_round_runs_again_may_stay_unreported(torn, problem):
    assert any(problem in one for one in read(torn).problems)


def test_a_hang_in_a_round_names_its_check():
    run = read(HEADER + SETTING + "1..2\n# run begin check=mask.a round=1\n# run begin check=mask.b round=1\n")
    assert last_check(run) == "in check mask.b, round 1"


@pytest.mark.parametrize("begun, words", [
    ("# run begin check=mask.b round=1\n", "hung in check mask.b, round 1; killed at the limit of 60 s"),
    ("# run begin check=mask.b round=3\n", "killed in round 3 of 5, in check mask.b, at the limit of 60 s"),
    ("# run begin check=mask.a\nok 1 mask.a\n# run begin check=mask.b\n",
     "killed in round 5 of 5, in check mask.b, at the limit of 60 s"),
    ("# run begin check=mask.a\nok 1 mask.a\n", "killed in round 5 of 5, after check mask.a, at the limit of 60 s"),
])
def test_a_run_killed_after_whole_rounds_is_not_called_hung(begun, words):
    outcome = judge(read(HEADER + SETTING + "1..2\n" + begun), Ended(-15, 60.0, 60.0, killed=True))
    assert (outcome.verdict, outcome.code, outcome.reasons) == ("TIMEOUT", 124, [words])


def test_summary_shows_rule_registers_advice_and_rounds():
    text = told(FAILED)
    for line in ("FAIL  mask.a\n", "failed in round 3 of 5", "rule: DisINTx reads back",
                 "Command: expected 0407, observed 0007 [PCI 3.0 sec 6.2.2]",
                 "registers, before -> at the failure: status 0010 -> 0018, line deasserted -> asserted, px_is",
                 "registers that did not change: command 0007", "look at: Command[10]."):
        assert line in text, line


def test_a_check_that_failed_in_several_rounds_names_them():
    again = FAILED.replace(ROUND, ROUND + ROUND.replace("round=3", "round=4")).replace(
        "not ok 1 mask.a # in round 3 of 5: Command: expected 0407, observed 0007", MISMATCH + "not ok 1 mask.a")
    assert "failed in 3 of 5 rounds: 3, 4, 5" in told(again)
    assert len(read(again).checks[0].mismatches) == 1


def test_junit_and_json_hold_the_same():
    run = read(FAILED.replace('advice="Command[10]."', 'advice="Command[10]." quirk="drivers/ata/ahci.c"'))
    outcome = judge(run)
    failure = ET.fromstring(render_junit.render(run, outcome, None)).find(".//failure")
    for line in ("rule: DisINTx reads back", "source: PCI 3.0 sec 6.2.2", "look at: Command[10].",
                 "registers before: command=0007 status=0010 line=deasserted px_is=00000000",
                 "registers failed: command=0007 status=0018", "round 3: FAIL Command: expected"):
        assert line in failure.text, line
    check = json.loads(render_json.render(run, outcome, None, [], None))["checks"][0]
    assert check["rule"] == "DisINTx reads back" and check["advice"] == "Command[10]."
    assert check["spec"] == "PCI 3.0 sec 6.2.2" and check["quirk"] == "drivers/ata/ahci.c"
    assert check["registers"][1]["px_is"] == "00000001" and check["rounds"][0]["verdict"] == "FAIL"


def test_known_in_every_round_passes():
    assert judge(read(FAILED), None, None, [ENTRY]).code == 0


@pytest.mark.parametrize("more", [
    ROUND.replace("round=3 verdict=FAIL", "round=4 verdict=ERROR"),
    MISMATCH.replace("0007", "0006"),
    '# run debris check=mask.a register="PxIE" found=00000000 left=40000001 after=00000000\n',
])
def test_what_another_round_showed_is_not_known(more):
    seen = judge(read(FAILED.replace(ROUND, ROUND + more)), None, None, [ENTRY])
    assert seen.code == 1 and "known otherwise" in seen.objections[0]


def test_debris_is_said():
    debris = '# run debris check=mask.b register="PxIE" found=00000000 left=40000001 after=00000000\n'
    text = FAILED.replace("ok 2 mask.b", debris + "not ok 2 mask.b # ERROR debris: PxIE was 00000000, is 40000001")
    text = text.replace("pass=1 fail=1 error=0", "pass=0 fail=1 error=1")
    assert "ERROR mask.b  debris: PxIE was 00000000, is 40000001" in told(text)


@pytest.mark.parametrize("after, words", [("0080", ""), ("0081", ", and reads 0081 after it was put back")])
def test_debris_that_stayed_is_said_in_both(after, words):
    line = f'# run debris check=mask.a register="Message Control" found=0080 left=0081 after={after}\n'
    run = read(FAILED.replace(ROUND, line + ROUND))
    outcome = judge(run)
    want = f"debris: Message Control was 0080, is 0081{words}"
    assert f"      {want}" in list(summary.render(run, outcome, None, None, PLAIN))
    assert want in ET.fromstring(render_junit.render(run, outcome, None)).find(".//failure").text.splitlines()


def test_progress_tells_of_a_few_rounds():
    progress = summary.Progress(PLAIN)
    progress.line(SETTING.replace("repeat=5", "repeat=1000").strip())
    lines = [progress.line(f"# run begin check=mask.{name} round={number}") for number in range(1, 1000) for name in "ab"]
    assert [line for line in lines if line][:3] == ["round 1 of 1000", "round 101 of 1000", "round 201 of 1000"]
    assert len([line for line in lines if line]) == 10


def test_progress_tells_of_the_last_round_before_its_results():
    progress = summary.Progress(PLAIN)
    shown = [line for line in map(progress.line, stream("--repeat", "3").decode().splitlines()) if line]
    assert shown[:3] == ["round 1 of 3", "round 2 of 3", "round 3 of 3"] and shown[3].endswith(" PASS  ahci.registers")
    assert not any(line.startswith("round") for line in shown[3:])


@pytest.mark.parametrize("seed", ["3", "8"])
def test_shuffled_hazards_are_known_in_any_order(seed):
    """A hazard lists its steps as they ran; which sequence ran first is the seed's."""
    options = ("--policy", "all", "--msi", "on")
    run = parse(stream(*options, "--shuffle", seed, "--repeat", "3"))
    validate(run)
    assert judge(run, None, None, known.load()).words == "PASS as known"
