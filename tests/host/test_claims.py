# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Claims at the host: held against the results, first in the summary, in every file, compared by diff."""

import json
import xml.etree.ElementTree as ET

import pytest
from conftest import FAILED, WHOLE, end

from lib import claims, diff, render_json, render_junit, summary
from lib.known import Entry
from lib.outcome import judge
from lib.stream import parse
from lib.validate import validate

SETTING = "# run setting policy=v6.15 policies=1 msi=off intx_mask=auto fail_alloc=0 shuffle=0 repeat=1 selection={}\n"
SHOWN = '# run claim id=interrupts state=shown text="it can be made to interrupt" checks="line.probe"\n'
MASKS = '# run claim id=masks state=shown text="DisINTx masks the line" checks="rebind.assert"\n'
REFUTED = '# run claim id=masks state=refuted text="DisINTx masks the line" checks="rebind.assert" by="rebind.assert"\n'
NOT = ('# run claim id=interrupts state=not-tested text="it can be made to interrupt" checks="rebind.d_assert" '
       'reason="no drive answers (rebind.d_assert)" advice="attach a drive"\n')


LEFT_OUT = NOT.replace("no drive answers", "left out")


def read(text, *lines, selection=0):
    text = text.replace("1..3\n", SETTING.format(selection) + "1..3\n")
    run = parse(text.replace("# run end ", "".join(lines) + "# run end ").encode("latin-1"))
    validate(run)
    return run


def untested(text):
    return text.replace("verdict=PASS", "verdict=UNTESTED")


def test_shown():
    run = read(WHOLE, SHOWN, MASKS)
    assert run.problems == []
    outcome = judge(run)
    assert (outcome.words, outcome.code) == ("PASS", 0)
    lines = list(summary.render(run, outcome, None, None, summary.Paint(False)))
    assert lines[:4] == ["", "shown       it can be made to interrupt", "shown       DisINTx masks the line", ""]


def test_untested_has_a_word_of_its_own_and_says_what_to_do():
    run = read(untested(WHOLE), NOT, MASKS)
    assert run.problems == []
    outcome = judge(run)
    assert (outcome.words, outcome.code) == ("UNTESTED", 77)
    assert outcome.reasons == ["not tested: it can be made to interrupt: no drive answers (rebind.d_assert)",
                               "what to do: attach a drive"]
    lines = list(summary.render(run, outcome, None, None, summary.Paint(False)))
    assert lines[1] == "not tested  it can be made to interrupt: no drive answers (rebind.d_assert)"
    assert lines[-1] == "what to do: attach a drive"


@pytest.mark.parametrize("text, lines, selection, problem", [
    (WHOLE, [NOT, MASKS], 0, "the end marker says verdict PASS, but: not tested"),
    (WHOLE, [NOT, MASKS], 1, "the end marker says verdict PASS, but: not tested"),
    (WHOLE, [LEFT_OUT, MASKS], 1, None),
    (WHOLE, [LEFT_OUT, MASKS], 0, "the end marker says verdict PASS, but: not tested"),
    (untested(WHOLE), [SHOWN, MASKS], 0, "the end marker says verdict UNTESTED"),
    (untested(WHOLE), [NOT, MASKS], 1, None),
    (untested(WHOLE), [LEFT_OUT, MASKS], 1, "the end marker says verdict UNTESTED"),
    (FAILED, [SHOWN, REFUTED], 0, None),
    (FAILED, [SHOWN, MASKS], 0, "claim masks says shown, but rebind.assert says FAIL"),
    (WHOLE, [SHOWN, REFUTED], 0, "claim masks says refuted by rebind.assert, which did not FAIL"),
    (WHOLE, [SHOWN], 0, "no line says whether the claim masks is shown"),
    (WHOLE, [], 1, None),
    (WHOLE, [SHOWN.replace("line.probe", "rebind.d_assert"), MASKS], 0,
     "claim interrupts says shown, but rebind.d_assert did not pass"),
    (WHOLE, [SHOWN.replace("shown", "surely"), MASKS], 0, "claim interrupts has the state surely"),
])
def test_a_claim_is_held_against_the_results(text, lines, selection, problem):
    problems = read(text, *lines, selection=selection).problems
    assert problems == [] if problem is None else problems and problems[0].startswith(problem)


def known_entry():
    return Entry("rebind.assert", {"Command": "0107"}, "as it is", "its source", {})


def test_known_failures_do_not_make_a_pass_of_a_run_that_tested_nothing():
    assert judge(read(FAILED, SHOWN, REFUTED), entries=[known_entry()]).words == "PASS as known"
    outcome = judge(read(FAILED, NOT, REFUTED), entries=[known_entry()])
    assert (outcome.verdict, outcome.code) == ("UNTESTED", 77)


def test_a_claim_refuted_by_what_is_known_says_so():
    run = read(FAILED, SHOWN, REFUTED)
    outcome = judge(run, entries=[known_entry()])
    assert [claim.known for claim in claims.of(run, outcome.known)] == [False, True]
    lines = list(summary.render(run, outcome, None, None, summary.Paint(False)))
    assert lines[2] == "REFUTED     not so: DisINTx masks the line: rebind.assert (known, see below)"


def test_a_selection_names_no_claim_that_it_left_out():
    left = MASKS.replace("shown", "not-tested").rstrip() + ' reason="left out (rebind.assert)"\n'
    run = read(WHOLE, SHOWN, left, selection=1)
    lines = list(summary.render(run, judge(run), None, None, summary.Paint(False)))
    assert lines[1:4] == ["shown       it can be made to interrupt",
                          "            1 more claim left out by the selection", ""]
    run = read(WHOLE, left, selection=1)
    assert list(summary.render(run, judge(run), None, None, summary.Paint(False)))[1] == (
        "            1 claim left out by the selection")


def cases(run, entries=()):
    outcome = judge(run, entries=list(entries))
    root = ET.fromstring(render_junit.render(run, outcome, None).split("\n", 1)[1])
    return {f"{case.get('classname')}/{case.get('name')}": [child.tag for child in case] for case in root.iter("testcase")}


def test_junit_has_a_case_a_claim():
    assert cases(read(WHOLE, SHOWN, MASKS))["claims/masks"] == []
    assert cases(read(FAILED, SHOWN, REFUTED))["claims/masks"] == ["failure"]
    assert cases(read(FAILED, SHOWN, REFUTED), [known_entry()])["claims/masks"] == ["skipped"]
    seen = cases(read(untested(WHOLE), NOT, MASKS))
    assert seen["claims/interrupts"] == ["error"] and seen["run/tested"] == ["error"]
    masks = MASKS.replace("shown", "not-tested").rstrip() + ' reason="no drive (rebind.assert)"\n'
    seen = cases(read(untested(WHOLE), LEFT_OUT, masks, selection=1))
    assert seen["claims/interrupts"] == ["skipped"] and seen["claims/masks"] == ["error"]


def test_results_json_has_them():
    run = read(FAILED, SHOWN, REFUTED)
    told = json.loads(render_json.render(run, judge(run), None, [], None))["claims"]
    assert told[1] == {"id": "masks", "state": "refuted", "text": "DisINTx masks the line",
                       "checks": ["rebind.assert"], "also": [],
                       "by": ["rebind.assert"], "reason": "", "advice": "", "known": False, "sbdf": ""}


def test_diff_compares_them(tmp_path):
    for name, text, lines in (("a", WHOLE, (SHOWN, MASKS)), ("b", FAILED, (SHOWN, REFUTED))):
        run = read(text, *lines)
        (tmp_path / name).mkdir()
        (tmp_path / name / "results.json").write_text(render_json.render(run, judge(run), None, [], None))
    assert diff.claim_differences(tmp_path / "a", tmp_path / "a") == []
    assert [line.split() for line in diff.claim_differences(tmp_path / "a", tmp_path / "b")] == [
        ["claim", "masks", "shown", "|", "refuted"]]
    (tmp_path / "b/results.json").write_text("[]")
    assert diff.claim_differences(tmp_path / "a", tmp_path / "b") == []


def test_nothing_found_is_untested_with_its_reason():
    run = read(WHOLE.split("1..3")[0] + '# run stop reason="no AHCI function"\n1..0 # SKIP no AHCI function\n' + end("UNTESTED"))
    outcome = judge(run)
    assert (run.problems, outcome.words, outcome.code, outcome.reasons) == ([], "UNTESTED", 77, ["no AHCI function"])
