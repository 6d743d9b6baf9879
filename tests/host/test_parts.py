# SPDX-License-Identifier: BSD-2-Clause-Patent
"""A run of several functions: split into one for each, judged and shown function by function."""

import json
import subprocess

from hosted import PROGRAM, stream

from lib import claims, outcome, parts, render_json, render_junit, render_timeline, summary
from lib.known import Entry
from lib.stream import parse
from lib.text import Paint
from lib.validate import validate

BOTH = "0000:00:1f.2,0000:00:05.0"


def read(*app, machine="edu"):
    run = parse(stream("--device", *app, machine=machine))
    validate(run)
    return run


def shown(run, judged):
    return "\n".join(summary.render(run, judged, None, None, Paint(False)))


def test_a_part_reads_as_a_run_of_its_function_alone():
    whole, alone = read(BOTH), parse(stream("--device", "0000:00:05.0", machine="edu"))
    assert not whole.problems
    part = parts.of(whole)[1]
    assert (part.sbdf, part.kind) == ("0000:00:05.0", "edu")
    assert part.run.verdicts() == alone.verdicts()
    assert [step.name for step in part.run.steps] == [step.name for step in alone.steps]
    assert part.run.fact("hw", "function") == alone.fact("hw", "function")
    assert [c.state for c in claims.of(part.run)] == [c.state for c in claims.of(alone)]


def test_one_function_has_no_parts():
    assert not parts.of(read("0000:00:05.0"))


def test_the_table_has_a_row_a_function():
    run = read(BOTH)
    text = shown(run, outcome.judge(run))
    rows = [line for line in text.splitlines() if line.startswith(("0000:00:1f.2 AHCI  ", "0000:00:05.0 edu   "))]
    assert len(rows) == 2 and all(row.count("+") == 9 for row in rows)
    assert max(map(len, text.splitlines())) <= 100


def test_known_of_one_is_not_known_of_the_other():
    """The same check FAILs on both; the entry is for the edu."""
    run = parse(stream("--device", BOTH, machine="edu", sim=("--fault", "msi.off-loses-pending")))
    entry = Entry("msi.off-hands-back", {"the line after MSI was turned off, an event pending": "deasserted"}, "why", "source",
                  {}, where={"function vendor": "1234"})
    judged = outcome.judge(run, entries=[entry])
    assert list(judged.known.happened) == ["msi.off-hands-back.0000-00-05.0"] and judged.verdict == "FAIL"
    told = {(c.id, c.sbdf): (c.state, c.known) for c in claims.of(run, judged.known)}
    assert told["interrupts", "0000:00:05.0"] == ("shown", False)
    assert "KNOWN msi.off-hands-back" in shown(run, judged).split("0000:00:05.0 edu\n")[-1]


def test_files_name_the_function():
    run = read(BOTH)
    judged = outcome.judge(run)
    told = json.loads(render_json.render(run, judged, None, [], None))
    assert told["functions"] == [{"sbdf": "0000:00:1f.2", "kind": "AHCI"}, {"sbdf": "0000:00:05.0", "kind": "edu"}]
    last = told["checks"][-1]
    assert last["id"].endswith(".0000-00-05.0") and last["function"] == "0000:00:05.0" and last["policy"] is None
    assert {claim["sbdf"] for claim in told["claims"]} == {"0000:00:1f.2", "0000:00:05.0"}
    assert 'name="interrupts.0000:00:05.0"' in render_junit.render(run, judged, None)
    assert {"timeline.tsv", "timeline.0000-00-05.0.tsv"} <= set(render_timeline.files(run))


def test_a_claim_that_the_results_do_not_bear_out_names_the_function():
    text = stream("--device", BOTH, machine="edu").decode()
    before, _, after = text.partition("# run target index=2")
    whole = before + "# run target index=2" + after
    lost = [line for line in after.splitlines() if line.startswith("# run claim id=masks ")][0]
    run = parse(whole.replace(lost + "\n", "").encode())
    validate(run)
    assert any("0000:00:05.0 edu: no line says whether the claim masks is shown" in problem for problem in run.problems)


def test_of_named_functions_each_must_be_tested_and_of_all_one():
    named = parse(stream_of_untested("--device", "0000:00:04.0,0000:00:08.0"))
    assert claims.untested(named)[0].startswith("0000:00:08.0 AHCI: not tested: ")
    every = parse(stream_of_untested("--device", "all"))
    assert claims.untested(every) == [] and outcome.judge(every).verdict == "PASS"


def stream_of_untested(*app):
    return subprocess.run([PROGRAM, "--machine", "second-empty", "--", *app], capture_output=True, check=False).stdout
