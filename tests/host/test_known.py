# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Known hazards and deviations: passed when exactly what is listed happened, red otherwise."""

import json
import re
import xml.etree.ElementTree as ET
from itertools import product

import pytest
from conftest import HEADER, ROOT, end
from hosted import stream

from lib import known, render_json, render_junit, summary
from lib.known import BadEntry, Entry
from lib.outcome import judge
from lib.stream import parse
from lib.validate import validate

ENTRIES = known.load()
POLICIES = re.findall(r'\.name = "([^"]+)"', (ROOT / "pci/policy.c").read_text())
SETTINGS = [dict(zip(("policy", "msi", "intx_mask", "fail_alloc"), values)) for values in
            product(POLICIES, ("off", "on"), ("device", "controller"), ("0", "1", "2", "3"))]
HAZARD = Entry("hazard.disintx-left-set", "release.out dirty.d_out", "why it is so", "who says so", {"policy": "old older"})


def read(text):
    run = parse(text if isinstance(text, bytes) else text.encode())
    validate(run)
    return run


def text(rows, setting="policy=old policies=1 msi=off intx_mask=auto fail_alloc=0", header=HEADER):
    """A whole stream of these results: (id, verdict, what it saw); a step that ran has its evidence."""
    lines, counts, seq = [f"# run setting {setting}", f"1..{len(rows)}"], dict.fromkeys(("pass", "fail", "error", "skip"), 0), 0
    for number, (check, word, seen) in enumerate(rows, 1):
        lines.append(f"# run begin check={check}")
        suite, step = check.split(".")[:2]
        if suite in ("release", "dirty") and word in ("PASS", "FAIL"):
            seq += 1
            lines += [f"# {who} seq={seq}" for who in ("hw step", "model step", "run expect")]
        if word == "FAIL":
            lines += [f'# run mismatch check={check} what="{what}" expected="nowhere" observed="{value}"'
                      for what, value in (seen if isinstance(seen, dict) else {"x": seen}).items()]
        tail = {"SKIP": f" # SKIP {seen}", "ERROR": f" # ERROR {seen}"}.get(word, "")
        lines.append(f"{'ok' if word in ('PASS', 'SKIP') else 'not ok'} {number} {check}{tail}")
        counts[word.lower()] += 1
    verdict = "FAIL" if counts["fail"] else "ERROR" if counts["error"] else "PASS" if counts["pass"] else "SKIP"
    return header + "\n".join(lines) + "\n" + end(verdict, len(rows), **counts)


def outcome(rows, entries=(HAZARD,), **more):
    run = read(text(rows, **more))
    assert run.problems == []
    return judge(run, None, None, list(entries))


BOTH = [("release.out", "PASS", ""), ("dirty.d_out", "PASS", "")]
SEEN = ("hazard.disintx-left-set", "FAIL", "release.out dirty.d_out")


def test_exactly_what_is_listed_passes():
    got = outcome([*BOTH, SEEN])
    assert (got.verdict, got.words, got.code) == ("PASS", "PASS as known", 0)
    assert summary.last_line(got, summary.Paint(False)) == "verdict: PASS as known (exit 0)"


@pytest.mark.parametrize("rows, word", [
    ([*BOTH, SEEN[:2] + ("release.out",)], "known otherwise"),
    ([*BOTH, SEEN[:2] + ("dirty.d_out release.out",)], "known otherwise"),
    ([*BOTH, ("hazard.disintx-left-set", "PASS", "")], "known, and did not happen"),
    ([*BOTH, SEEN, ("hazard.mask-lost", "FAIL", "release.out")], ""),
    ([*BOTH, SEEN, ("mask.a", "ERROR", "could not")], ""),
    ([*BOTH, SEEN, ("mask.a", "ERROR", "not tried: rebind.b ended with timeout")], ""),
])
def test_anything_else_is_red(rows, word):
    got = outcome(rows)
    assert (got.verdict, got.code) == ("FAIL", 1)
    assert word in " ".join(got.reasons)


def test_of_the_listed_steps_those_that_ran_are_expected():
    assert outcome([BOTH[0], SEEN[:2] + ("release.out",)]).words == "PASS as known"
    assert outcome([("enable.in", "PASS", ""), ("hazard.disintx-left-set", "PASS", "")]).words == "PASS"
    not_reached = ("dirty.d_out", "SKIP", "not reached")
    assert outcome([BOTH[0], not_reached, SEEN[:2] + ("release.out",)]).words == "PASS as known"


def test_with_several_policies_each_has_its_own():
    setting = "policy=all policies=2 msi=off intx_mask=auto fail_alloc=0"

    def rows(old, new):
        return [(f"{check}.{policy}", word, seen) for policy, last in (("old", old), ("v6.99", new))
                for check, word, seen in (*BOTH, (SEEN[0], *last))]

    bad, good = SEEN[1:], ("PASS", "")
    assert outcome(rows(bad, good), setting=setting).words == "PASS as known"
    assert outcome(rows(bad, bad), setting=setting).verdict == "FAIL"
    assert outcome(rows(good, good), setting=setting).verdict == "FAIL"


def test_with_several_policies_a_check_that_runs_once_has_its_plain_name():
    """A deviation of the emulator beside hazards: seen once, met with every policy."""
    deviation = Entry("hba.x", {"x": "0"}, "why", "who", {})
    many = "policy=all policies=2 msi=off intx_mask=auto fail_alloc=0"
    rows = [("release.out.old", "PASS", ""), ("release.out.older", "PASS", "")]
    assert outcome([("hba.x", "FAIL", "0"), *rows], (deviation,), setting=many).words == "PASS as known"
    assert outcome([("hba.x", "FAIL", "1"), *rows], (deviation,), setting=many).verdict == "FAIL"
    assert outcome([("hba.x", "PASS", ""), *rows], (deviation,), setting=many).verdict == "FAIL"


@pytest.mark.parametrize("conditions, setting, fits", [
    ({"msi": "on"}, {}, False),
    ({"msi": "on"}, {"msi": "on"}, True),
    ({"fail_alloc": "1 2"}, {"fail_alloc": "2"}, True),
    ({"fail_alloc": "1 2"}, {"fail_alloc": "12"}, False),
    ({"intx_mask": "device"}, {"intx_mask": "device"}, True),
])
def test_conditions(conditions, setting, fits):
    words = {"msi": "off", "intx_mask": "auto", "fail_alloc": "0", **setting}
    setting = "policy=old policies=1 " + " ".join(f"{k}={v}" for k, v in words.items())
    entry = Entry(HAZARD.check, HAZARD.observed, "", "", conditions)
    assert (outcome([*BOTH, SEEN], [entry], setting=setting).code == 0) == fits


def test_msi_counts_as_off_without_a_capability():
    setting = "policy=old policies=1 msi=on intx_mask=auto fail_alloc=0"
    entry = Entry(HAZARD.check, HAZARD.observed, "", "", {"msi": "off"})
    assert outcome([*BOTH, SEEN], [entry], setting=setting).code == 1
    header = HEADER.replace("msi_cap=80", "msi_cap=00")
    assert outcome([*BOTH, SEEN], [entry], setting=setting, header=header).code == 0
    header = HEADER + '# hw no_msi part=FADT reason="R" source="S"\n'
    assert outcome([*BOTH, SEEN], [entry], setting=setting, header=header).code == 0


def test_a_table_is_what_a_step_s_mismatches_show():
    entry = Entry("dirty.d_out", {"Command": "0000/0400", "writes": "", "count": "*"}, "", "", {"policy": "old"}, "QEMU *")
    seen = {"Command": "0107", "writes": "", "count": "1002"}

    def code(what):
        return outcome([("dirty.d_out", "FAIL", what)], [entry]).code

    assert code(seen) == 0
    assert code({**seen, "Command": "0507"}) == code({**seen, "line": "asserted"}) == 1
    assert code({"Command": "0107", "writes": ""}) == code({**seen, "Command": "x"}) == 1
    other = HEADER.replace('vendor="QEMU"', 'vendor="Board Ltd"')
    assert outcome([("dirty.d_out", "FAIL", seen)], [entry], header=other).code == 1


@pytest.mark.parametrize("where, fits", [
    ({"function root": "0000:4?:00.0"}, True), ({"function root": "0000:00:*"}, False),
    ({"function root": "0000:00:* 0000:40:*"}, True), ({"function root": "0000:40:*", "line gsi": "22 23"}, True),
    ({"function root": "0000:40:*", "line gsi": "20 21"}, False), ({"function nothing": "?*"}, False),
    ({"nothing gsi": "?*"}, False),
])
def test_where_is_by_the_hardware_facts_of_the_stream(where, fits):
    """An entry that is not for this machine neither explains a FAIL nor is missed by a PASS."""
    header = HEADER.replace("msi_cap=80", "msi_cap=80 root=0000:40:00.0 root_pin=A") + "# hw line gsi=23 also=11\n"
    entry = Entry("mask.a", {"Line": "10"}, "why", "who", {}, where=where)
    assert (outcome([("mask.a", "FAIL", {"Line": "10"})], [entry], header=header).words == "PASS as known") == fits
    assert outcome([("mask.a", "FAIL", {"Line": "9"})], [entry], header=header).code == 1
    assert (outcome([("mask.a", "PASS", "")], [entry], header=header).words == "PASS") != fits


def test_a_deviation_tells_its_finding_and_what_it_was_seen_in():
    entry = Entry("mask.a", {"x": "0"}, "why", "f.c, f()", {}, seen="QEMU 7.2", finding="docs/findings.md#it")
    run = read(text([("mask.a", "FAIL", {"x": "0"})]))
    got = judge(run, None, None, [entry])
    shown = " ".join(summary.render(run, got, None, None, summary.Paint(False)))
    assert "KNOWN mask.a: why [seen in QEMU 7.2; f.c, f(); docs/findings.md#it]" in shown
    check = json.loads(render_json.render(run, got, None, [], None))["checks"][0]
    assert (check["seen"], check["finding"]) == ("QEMU 7.2", "docs/findings.md#it")


@pytest.mark.parametrize("more, passes, part", [
    ({}, 1, 1), ({"mended": "QEMU 10.0"}, 0, 1), ({"varies": "a timer"}, 0, 0),
])
def test_what_a_later_version_mends_may_pass_and_what_varies_may_show_a_part(more, passes, part):
    entry = Entry("mask.a", {"x": "0", "y": "1"}, "why", "who", {}, **more)
    assert outcome([("mask.a", "FAIL", {"x": "0", "y": "1"})], [entry]).words == "PASS as known"
    assert outcome([("mask.a", "PASS", "")], [entry]).code == passes
    assert outcome([("mask.a", "FAIL", {"x": "0"})], [entry]).code == part
    assert outcome([("mask.a", "FAIL", {"x": "7", "y": "1"})], [entry]).code == 1
    assert outcome([("mask.a", "FAIL", {"z": "0"})], [entry]).code == 1


def test_checks_with_one_cause_are_told_once():
    entries = [Entry(f"mask.{name}", {"x": "0"}, "why", "who", {}) for name in "ab"]
    run = read(text([("mask.a", "FAIL", {"x": "0"}), ("mask.b", "FAIL", {"x": "0"})]))
    shown = " ".join(summary.render(run, judge(run, None, None, entries), None, None, summary.Paint(False)))
    assert "KNOWN mask.a, mask.b: why [who]" in shown and shown.count("KNOWN") == 1


def test_what_a_known_fail_left_untried_is_no_error():
    entry = Entry("release.out", {"x": "storm"}, "", "", {})
    rows = [("release.out", "FAIL", "storm"), ("dirty.d_out", "ERROR", "not tried: release.out ended with interrupt storm")]
    got = outcome(rows, [entry])
    assert got.words == "PASS as known" and got.known.consequences == {"dirty.d_out": "release.out"}


def test_a_torn_run_is_never_known():
    run = read(text([*BOTH, SEEN]).rsplit("\n", 2)[0] + "\n")
    assert judge(run, None, None, [HAZARD]).verdict == "INCOMPLETE"


def test_junit_and_json_say_that_it_is_known():
    run = read(text([*BOTH, SEEN]))
    got = judge(run, None, None, [HAZARD])
    root = ET.fromstring(render_junit.render(run, got, None).split("\n", 1)[1])
    assert [suite.get("failures") for suite in root] == ["0", "0", "0"]
    assert root.find(".//skipped").get("message") == "known: why it is so [who says so]"
    whole = json.loads(render_json.render(run, got, None, [], None))
    assert (whole["verdict"], whole["as_known"], whole["exit_code"]) == ("PASS", True, 0)
    assert [check["known"] for check in whole["checks"]] == [None, None, "known: why it is so [who says so]"]
    assert whole["checks"][2]["verdict"] == "FAIL"


GOOD = "[[known]]\ncheck='a.b'\nobserved='where'\nwhy='x'\nsource='x'\n"


def test_a_good_file(tmp_path):
    (tmp_path / "x.toml").write_text(GOOD)
    assert [(entry.check, entry.observed, entry.conditions) for entry in known.load(tmp_path)] == [("a.b", "where", {})]


@pytest.mark.parametrize("content", [
    "x", "[[other]]", "known = 1", "[[known]]\ncheck = 'a.b'", GOOD + "mis='x'", GOOD + "msi=true",
    GOOD + "where='x'", GOOD + "where={a='x'}", GOOD + "where={'a b'=1}", GOOD + "finding=1",
    GOOD.replace("'where'", "1"), GOOD.replace("'where'", "{x = 1}"), GOOD.replace("'where'", "''"),
])
def test_a_bad_file_is_one_clear_line(tmp_path, content):
    (tmp_path / "x.toml").write_text(content)
    with pytest.raises(BadEntry) as error:
        known.load(tmp_path)
    assert len(str(error.value).splitlines()) == 1 and "x.toml" in str(error.value)


def test_one_entry_at_most_says_what_is_known():
    for setting in SETTINGS:
        checks = [entry.check for entry in ENTRIES if entry.fits(setting, "")]
        assert len(checks) == len(set(checks)), setting


def test_every_entry_names_rules_and_checks_that_there_are():
    ids = set((ROOT / "tests/golden/check-ids.txt").read_text().split())
    for entry in ENTRIES:
        assert set(entry.conditions.get("policy", "").split()) <= set(POLICIES), entry
        assert entry.check in ids
        assert isinstance(entry.observed, dict) or set(entry.observed.split()) <= ids
        assert entry.why and entry.source


@pytest.mark.parametrize("fail", ["0", "1", "2"])
@pytest.mark.parametrize("where", ["auto", "controller"])
@pytest.mark.parametrize("msi", ["off", "on"])
def test_every_rule_shows_what_it_is_known_for(msi, where, fail):
    """The list was written from the kernels; the program never saw it."""
    app = ["--policy", "all", "--msi", msi, "--intx-mask", where] + (["--fail-alloc", fail] if fail != "0" else [])
    run = read(stream(*app))
    got = judge(run, None, None, ENTRIES)
    assert (got.words, got.code) == ("PASS as known", 0), got.reasons
    for name in list(got.known.happened):
        fewer = [entry for entry in ENTRIES if entry is not got.known.happened[name]]
        assert judge(run, None, None, fewer).code == 1, f"{name} is missed by nobody"


def test_a_neighbour_s_harm_is_known():
    for app in ([], ["--intx-mask", "controller"]):
        run = read(stream("--policy", "all", "--neighbour", "0000:00:08.0", *app, machine="two-ahci"))
        got = judge(run, None, None, ENTRIES)
        assert got.words == "PASS as known", got.reasons
        assert {f"hazard.neighbour.{name}" for name in POLICIES} <= set(got.known.happened)
