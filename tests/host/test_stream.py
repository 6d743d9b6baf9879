# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Streams whole, torn, forged and hostile: what is believed, and what is not."""

import random

import pytest
from conftest import FAILED, HEADER, SKIPPED, STOPPED, WHOLE, end

from lib.outcome import Ended, judge
from lib.stream import LINES_MAX, STREAM_MAX, parse, parse_pairs, printable
from lib.validate import validate


def read(text):
    run = parse(text.encode("latin-1") if isinstance(text, str) else text)
    validate(run)
    return run


def verdict(text):
    outcome = judge(read(text))
    return outcome.verdict, outcome.code


def test_whole_run():
    run = read(WHOLE)
    assert run.problems == []
    assert [(c.number, c.id, c.verdict, c.reason) for c in run.checks] == [
        (1, "line.probe", "PASS", ""), (2, "rebind.assert", "PASS", ""), (3, "rebind.d_assert", "SKIP", "no drive")]
    step = run.steps[0]
    assert (step.seq, step.check) == (1, "rebind.assert")
    assert step.hw["writes"] == "W=0507" and step.model["devres"] == "" and step.expect["intx_status"] == "1"
    assert run.checks[1].us == 85123
    assert verdict(WHOLE) == ("PASS", 0)


def test_cleaned_text_is_the_stream():
    noisy = WHOLE.replace("\n", "\r\n").replace("1..3", "\x1b[2J1..3")
    run = read("\x1b[2J\x1b[01;01HBdsDxe: starting Boot0001\r\n\x1b[=3h" + noisy + "\x1b[2JShell> \n")
    assert "".join(line + "\n" for line in run.lines) == WHOLE
    assert run.problems == []


def test_firmware_text_within_is_kept_and_harmless():
    text = WHOLE.replace("# run begin check=rebind.assert\n",
                         "# run begin check=rebind.assert\n!!!! X64 Exception Type - 0D\n")
    assert verdict(text) == ("PASS", 0)


@pytest.mark.parametrize("text, expected", [
    (FAILED, ("FAIL", 1)),
    (SKIPPED, ("SKIP", 77)),
    (STOPPED, ("USAGE", 2)),
    (STOPPED.replace("verdict=USAGE", "verdict=CANNOT"), ("CANNOT", 2)),
    (HEADER + end("DONE"), ("DONE", 0)),
    (HEADER + "1..1\n# run begin check=a.b\nnot ok 1 a.b # ERROR gone\n" + end("ERROR", 1, error=1), ("ERROR", 1)),
    (HEADER + "1..1\n# run begin check=a.b\nok 1 a.b # SKIP no\n" + end("SKIP", 1, skip=1), ("SKIP", 77)),
], ids="fail nothing-but-skip usage cannot done error skip".split())
def test_verdicts(text, expected):
    assert verdict(text) == expected


def test_why_it_failed():
    check = read(FAILED).checks[1]
    assert check.verdict == "FAIL"
    assert check.mismatches[0]["expected"] == "0507" and check.mismatches[0]["observed"] == "0107"


def test_every_torn_stream_is_red():
    """Cut anywhere: never a verdict, never an exception."""
    for cut in range(len(WHOLE)):
        assert verdict(WHOLE[:cut]) == ("INCOMPLETE", 3), WHOLE[:cut][-60:]


def test_every_lost_line_of_the_verdict_is_red():
    lines = WHOLE.splitlines(keepends=True)
    for lost, line in enumerate(lines):
        outcome = verdict("".join(lines[:lost] + lines[lost + 1:]))
        informs = line.startswith(("# hw board", "# run options", "# hw function", "# hw line"))
        skip_begin = line == "# run begin check=rebind.d_assert\n"
        assert (outcome == ("PASS", 0)) == (informs or skip_begin), line


FORGED = [
    ("another run's end", "run end run=5e0c91d27a64f3b8", "run end run=5e0c91d27a64f3b9"),
    ("no run id", " run=5e0c91d27a64f3b8 arch", " arch"),
    ("a longer plan", "1..3", "1..4"),
    ("a second plan", "1..3\n", "1..3\n1..3\n"),
    ("planned differs", "planned=3", "planned=4"),
    ("reported differs", "reported=3", "reported=2"),
    ("counts differ", "pass=2", "pass=3"),
    ("verdict is not the results'", "verdict=PASS", "verdict=SKIP"),
    ("verdict DONE hides results", "verdict=PASS", "verdict=DONE"),
    ("unknown verdict", "verdict=PASS", "verdict=GREAT"),
    ("a duplicated id", "line.probe", "rebind.assert"),
    ("numbers out of order", "ok 1 line.probe", "ok 2 line.probe"),
    ("a result that was not begun", "check=line.probe", "check=line.other"),
    ("an id without suite", "ok 1 line.probe", "ok 1 probe"),
    ("a malformed result", "ok 1 line.probe", "ok 1 Line Probe"),
    ("ok with an error", "ok 1 line.probe", "ok 1 line.probe # ERROR x"),
    ("a failed skip", "ok 1 line.probe", "not ok 1 line.probe # SKIP x"),
    ("a damaged diagnostic", 'writes="W=0507" us', 'writes="W=05 us'),
    ("a key twice", " reads=", " line=asserted reads="),
    ("a step's line is missing", "# model step", "# model stop"),
    ("a step twice", "# model step", "# hw step"),
    ("a step without number", "# hw step seq=1", "# hw step seq=x"),
    ("a step as one that is not there", "# run expect seq=1", "# run expect seq=1 as=2"),
    ("a step as itself", "# run expect seq=1", "# run expect seq=1 as=1"),
    ("a second start", "1..3\n", "1..3\nKTAP version 1\n"),
    ("talk after the end", "app_us=181234\n", "app_us=181234\nnot ok 4 line.late\n"),
    ("a line too long", "line gsi=16", "line gsi=16 x=" + "y" * 1000),
    ("a mismatch of no check", "1..3\n", '1..3\n# run mismatch check=a.b what="x"\n'),
]


@pytest.mark.parametrize("what, old, new", FORGED, ids=[row[0] for row in FORGED])
def test_forged(what, old, new):
    assert old in WHOLE
    assert verdict(WHOLE.replace(old, new)) == ("INCOMPLETE", 3)


@pytest.mark.parametrize("key", ["command", "intx_status", "line", "irq_count", "eventfd", "writes"])
def test_pass_against_its_own_evidence_is_a_fail(key):
    lines = WHOLE.splitlines(keepends=True)
    at = next(i for i, line in enumerate(lines) if line.startswith("# run expect"))
    value = {"command": "0107", "line": "asserted", "writes": "W=0107"}.get(key, "0")
    fields = parse_pairs(lines[at][len("# run expect"):].rstrip())
    fields[key] = value
    lines[at] = "# run expect" + "".join(f' {k}="{v}"' for k, v in fields.items()) + "\n"
    outcome = judge(read("".join(lines)))
    assert (outcome.verdict, outcome.code) == ("FAIL", 1)
    assert f"{key} is" in outcome.reasons[0]


def test_as_an_earlier_step():
    again = ("# run begin check=rebind.d_assert\n# hw step seq=2 as=1 us=7\n# model step seq=2 as=1\n"
             "# run expect seq=2 as=1 irq_count=2\nnot ok 3 rebind.d_assert\n# run")
    text = WHOLE.replace("# run begin check=rebind.d_assert\nok 3 rebind.d_assert # SKIP no drive\n# run", again)
    one, two = read(text.replace("fail=0", "fail=1").replace("skip=1", "skip=0").replace("=PASS", "=FAIL")).steps
    assert two.hw == one.hw | {"seq": "2", "us": "7"} and two.model == one.model | {"seq": "2"}
    assert two.expect == one.expect | {"seq": "2", "irq_count": "2"}
    assert (one.name, two.name, two.sequence) == ("assert", "d_assert", "rebind")


def test_unknown_line_is_not_judged():
    assert verdict(WHOLE.replace("line=deasserted irq_count=1 reads", "line=UNKNOWN irq_count=1 reads")) == ("PASS", 0)


@pytest.mark.parametrize("count, least, expected", [
    ("9", "1+", "PASS"), ("1", "1+", "PASS"), ("0", "1+", "FAIL"), ("-", "1+", "FAIL"), ("9", "+", "FAIL"),
    (r'"\xb2"', "1+", "FAIL"),
])
def test_at_least(count, least, expected):
    text = WHOLE.replace("irq_count=1 reads", f"irq_count={count} reads")
    assert verdict(text.replace("irq_count=1 event", f"irq_count={least} event"))[0] == expected


def test_step_of_an_error_may_be_partial():
    text = WHOLE.replace("# model step", "# run note").replace("ok 2 rebind.assert", "not ok 2 rebind.assert # ERROR fault")
    assert verdict(text.replace("pass=2 fail=0 error=0", "pass=1 fail=0 error=1").replace("=PASS", "=ERROR")) == ("ERROR", 1)


def test_quoting():
    assert parse_pairs(r' a="x \"y\" \\ \x1b" b=c') == {"a": 'x "y" \\ \x1b', "b": "c"}
    assert printable("a\x1b[2J\t") == "a\\x1b[2J\\x09"
    for bad in (' a="x', " a=", " a", "a=b", ' a="\\q"', " A=b", " a=b  c=d", ' a="x"b=c'):
        assert parse_pairs(bad) is None, bad


def test_hostile_bytes():
    """Never an exception, never a pass."""
    rng = random.Random(1)
    raw = bytearray(WHOLE.encode())
    for _ in range(300):
        text = bytearray(raw)
        for _ in range(rng.randrange(1, 20)):
            text[rng.randrange(len(text))] = rng.randrange(256)
        outcome = judge(read(bytes(text)))
        assert outcome.code in (0, 1, 2, 3, 77)
    for text in (b"", b"\0" * 1000, b"KTAP version 1", b"KTAP version 1\n", b"\xff" * 100, bytes(range(256)) * 50):
        assert judge(read(text)).code == 3


def test_hostile_size():
    assert verdict(WHOLE + "x" * STREAM_MAX) == ("INCOMPLETE", 3)
    assert verdict(HEADER + "1..999999999\n" + end("PASS", 999999999)) == ("INCOMPLETE", 3)
    many = "".join(f"ok {n} s{n}.c\n" for n in range(1, LINES_MAX + 10))
    assert verdict(HEADER + f"1..{LINES_MAX}\n" + many) == ("INCOMPLETE", 3)


def ended(status, **more):
    return Ended(status, 1.0, 60.0, **more)


@pytest.mark.parametrize("text, end_, expected", [
    (WHOLE, ended(0x21), ("PASS", 0)),
    (WHOLE, ended(0x23), ("INCOMPLETE", 3)),
    (WHOLE, ended(0), ("INCOMPLETE", 3)),
    (WHOLE, ended(-9), ("INCOMPLETE", 3)),
    (FAILED, ended(0x23), ("FAIL", 1)),
    (FAILED, ended(0x21), ("INCOMPLETE", 3)),
    (SKIPPED, ended(0x25), ("SKIP", 77)),
    (STOPPED, ended(0x27), ("USAGE", 2)),
    (WHOLE[:900], ended(-9), ("INCOMPLETE", 3)),
    (WHOLE[:900], ended(0x21), ("INCOMPLETE", 3)),
    (WHOLE[:900], ended(-15, killed=True), ("TIMEOUT", 124)),
    (WHOLE, ended(-15, killed=True), ("TIMEOUT", 124)),
    (WHOLE[:900], ended(-15, flooded=True), ("INCOMPLETE", 3)),
    ("qemu: no", ended(1), ("CANNOT", 2)),
    ("", ended(0), ("INCOMPLETE", 3)),
])
def test_exit_status_is_believed_only_with_the_end_marker(text, end_, expected):
    outcome = judge(read(text), end_)
    assert (outcome.verdict, outcome.code) == expected


def test_a_hang_names_its_check():
    text = WHOLE[:WHOLE.index("ok 2 ")]
    assert judge(read(text), ended(-15, killed=True)).reasons == [
        "hung in check rebind.assert; killed at the limit of 60 s"]


def test_objections_make_a_pass_a_fail():
    outcome = judge(read(WHOLE), ended(0x21), ["the disk was written to"])
    assert (outcome.verdict, outcome.code, outcome.reasons) == ("FAIL", 1, ["the disk was written to"])
    assert judge(read(STOPPED), ended(0x27), ["no witness"]).code == 2
