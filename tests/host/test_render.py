# SPDX-License-Identifier: BSD-2-Clause-Patent
"""What is rendered from a stream: tables, JUnit, JSON, the summary."""

import json
import re
import xml.etree.ElementTree as ET

import pytest
from conftest import FAILED, HEADER, SKIPPED, STOPPED, WHOLE, end

from lib import render_json, render_junit, render_timeline, summary
from lib.outcome import Ended, judge
from lib.stream import parse
from lib.validate import validate
from lib.witness import Witness

PLAIN = summary.Paint(False)
HOSTILE = WHOLE.replace("Standard PC", r"\x1b[31m<&>\x00\x09").replace("SKIP no drive", "SKIP <a> & ]]>")
LONG = WHOLE.replace("step=assert", "step=unmask_while_asserting_it").replace('"W=0507"', '"' + "W32=00100103 " * 9 + 'W=0507"')
HANG = WHOLE[:WHOLE.index("ok 2 ")]
NOT_YET = WHOLE[:WHOLE.index("# hw step")]
TEXTS = [WHOLE, FAILED, SKIPPED, STOPPED, HOSTILE, LONG, HANG, NOT_YET, "", HEADER + "# run item text=x\n" + end("DONE")]
NAMES = "whole failed skipped stopped hostile long hang not-yet empty done".split()


def read(text):
    run = parse(text.encode())
    validate(run)
    return run


def timeline(text):
    return [line.split("\t") for line in render_timeline.render(read(text)).splitlines()]


def test_timeline():
    head, row = timeline(WHOLE)
    assert head == ("seq step command status disintx intx_status bus_master msi_enable line irq_count eventfd "
                    "writes expected verdict").split()
    assert dict(zip(head, row)) == {
        "seq": "1", "step": "assert", "command": "0507", "status": "0018", "disintx": "1", "intx_status": "1",
        "bus_master": "1", "msi_enable": "0", "line": "deasserted", "irq_count": "1", "eventfd": "1",
        "writes": "W=0507", "verdict": "PASS",
        "expected": 'command=0507 intx_status=1 line=deasserted irq_count=1 eventfd=1 writes="W=0507" msi_enable=0'}


@pytest.mark.parametrize("text", [HANG, NOT_YET], ids=["in its step", "before its step"])
def test_timeline_of_a_hang_names_the_step(text):
    row = timeline(text)[-1]
    assert (row[1], row[-1], len(row)) == ("assert", "ERROR", 14)


@pytest.mark.parametrize("text", TEXTS, ids=NAMES)
def test_timeline_is_a_table(text):
    assert {len(row) for row in timeline(text)} == {14}


def junit(text, ended=None, witness=None, objections=None):
    run = read(text)
    return ET.fromstring(render_junit.render(run, judge(run, ended, objections), witness).split("\n", 1)[1])


def cases(root):
    return {f"{c.get('classname')}/{c.get('name')}": [child.tag for child in c] for c in root.iter("testcase")}


def test_junit():
    root = junit(FAILED)
    assert cases(root) == {"line/probe": [], "rebind/assert": ["failure"], "rebind/d_assert": ["skipped"]}
    suite = root.find("testsuite[@name='rebind']")
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors"), suite.get("skipped")) == ("2", "1", "0", "1")
    assert suite.find("testcase").get("time") == "0.085"
    assert suite.find(".//failure").get("message") == "Command: expected 0507, observed 0107 [PCI 3.0 sec 6.2.2]"
    assert suite.find(".//skipped").get("message") == "no drive"


def test_junit_is_red_when_the_run_is():
    assert cases(junit(HANG, Ended(-15, 60.0, 60.0, killed=True))) == {
        "line/probe": [], "rebind/assert": ["error"], "run/complete": ["error"]}
    assert cases(junit(""))["run/complete"] == ["error"]
    assert cases(junit(WHOLE, None, Witness(errors=["x"]), ["x"]))["run/objections"] == ["failure"]
    assert cases(junit(WHOLE, None, Witness(1, 1)))["run/witness"] == []


@pytest.mark.parametrize("text", TEXTS, ids=NAMES)
def test_junit_keeps_to_the_schema(text):
    """Jenkins' junit-10.xsd: required attributes, times with at most three decimals."""
    for suite in junit(text).iter("testsuite"):
        assert all(suite.get(key) is not None for key in ("name", "tests", "failures", "errors", "skipped"))
        for case in suite:
            assert case.get("name") and case.get("classname")
            assert re.fullmatch(r"\d+\.\d{1,3}", case.get("time"))


@pytest.mark.parametrize("text", TEXTS, ids=NAMES)
def test_json(text):
    run = read(text)
    outcome = judge(run)
    got = json.loads(render_json.render(run, outcome, None, [], None))
    assert (got["schema"], got["schema_version"]) == ("intxlab-results", 1)
    assert (got["verdict"], got["exit_code"]) == (outcome.verdict, outcome.code)
    assert len(got["checks"]) == len(run.checks) and len(got["steps"]) == len(run.steps)


def lines(text, paint=PLAIN):
    run = read(text)
    return list(summary.render(run, judge(run), None, None, paint))


@pytest.mark.parametrize("text", TEXTS, ids=NAMES)
def test_summary_fits_and_holds_nothing_hostile(text):
    for line in lines(text):
        assert len(line) <= 100, line
        assert re.fullmatch(r"[ -~]*", line), line


def test_summary_shows_expected_beside_observed():
    row = next(line for line in lines(FAILED) if line.lstrip().startswith("1 assert"))
    assert "0107/0507" in row and "= W=0507" in row and row.endswith("FAIL")
    assert "      Command: expected 0507, observed 0107 [PCI 3.0 sec 6.2.2]" in lines(FAILED)


def test_summary_names_unexpected_writes():
    text = WHOLE.replace('writes="W=0507" us', 'writes="W=0107" us')
    assert any("! expected W=0507" in line for line in lines(text))


def test_an_answer_is_shown():
    text = HEADER + '# run help text="--list  what there is"\n' + end("DONE")
    assert "--list  what there is" in lines(text)


def test_colours_only_when_asked():
    assert "\x1b[" in "".join(lines(WHOLE, summary.Paint(True)))


def test_progress():
    progress = summary.Progress(PLAIN)
    shown = [progress.line(line) for line in FAILED.splitlines()]
    assert [line for line in shown if line] == [
        "1/3 PASS  line.probe", "2/3 FAIL  rebind.assert", "3/3 SKIP  rebind.d_assert  no drive"]
