# SPDX-License-Identifier: BSD-2-Clause-Patent
"""What stands beside a result: why the check matters, the rule that was broken, the registers, what to look at."""

import re

import pytest

from simulated import FAIL, PASS, run

WORDS = {"function", "device", "ahci", "intx-pin", "source", "msi", "route", "neighbour", "own-mask", "disintx",
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
    """A text that many checks share helps nobody; the cells of one table, as the steps of a sequence, have one."""
    seen = {}
    for row in listed():
        seen.setdefault((row["check"].split(".")[0], row["why"]), []).append(row["check"])
    sequences = {"enable", "release", "rebind", "dirty", "fresh", "race", "vfio-msi", "intx-first", "neighbour"}
    assert not [names for (suite, _), names in seen.items() if len(names) > 1 and suite not in sequences | {"access"}]


def test_needs_are_words():
    needs = {row["check"]: set(row["needs"].split()) for row in listed()}
    assert set().union(*needs.values()) <= WORDS
    assert "route" in needs["mask.disintx-stops-level"]
    assert "neighbour" in needs["neighbour.n_io"]
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


AT_REST = "px_is=00000000 is=00000000 px_ie=00000000 ghc=80000000"
PENDING = "px_is=00000001 is=00000001 px_ie=40000003"
MASKED = "rte=0001a051 remote_irr=0 irr=0 isr=0 tmr=1"  # level, active low, vector 51h, masked
IDLE = f"command=0007 status=0010 msi=0080 line=deasserted {MASKED} {AT_REST}"
# A kind of expectation each: (fault, check, what, expected, observed, registers before, and at the mismatch)
TOLD = [
    ("line.dead", "line.probe", "pins that follow the device", "at least 1", "0",
     f"command=0007 status=0010 msi=0080 {AT_REST}", f"command=0007 status=0010 msi=0080 {AT_REST}"),
    ("ahci.reset-never-ends", "ahci.reset", "GHC.HR reads 0 within 1 s", "done", "timeout",
     "command=0007 status=0010 msi=0080", "command=0007 status=0010 msi=0080"),
    ("cfg.interrupt-line-wrong", "route.interrupt-line", "Interrupt Line, the input below 16 that follows", "10", "11",
     IDLE, IDLE),
    ("cmd.disintx-clears-interrupt-line", "cmd.toggle-has-no-side-effect",
     "first offset of the header that changed, DisINTx set (40: none)", "40", "3c",
     IDLE, IDLE.replace("command=0007", "command=0407")),
    ("ioapic.mask-one-late", "controller.mask-in-handler",
     "deliveries, masked at the controller in the first", "1", "2",
     IDLE, f"command=0007 status=0018 msi=0080 line=asserted {MASKED} {PENDING} ghc=80000002"),
    ("hba.ghc-ie-ignored", "hba.ghc-ie-gates", "the line with GHC.IE = 0", "deasserted", "asserted",
     IDLE, f"command=0007 status=0018 msi=0080 line=asserted {MASKED} {PENDING} ghc=80000000"),
    # a step's own result: the line is unmasked and idle before it, and stopped by the storm guard behind it
    ("cmd.disintx-ignored", "rebind.assert", "assert", "ok", "interrupt storm",
     f"command=0007 status=0010 msi=0080 {MASKED.replace('0001a051', '0000a051')} {AT_REST}",
     f"command=0407 status=0018 msi=0080 line=asserted {MASKED} {PENDING} ghc=80000002"),
]


@pytest.mark.parametrize("fault, check, what, expected, observed, before, failed", TOLD)
def test_what_a_failing_check_says(fault, check, what, expected, observed, before, failed):
    seen = run("--fault", fault)
    first = next(line for line in seen.lines(f"# run mismatch check={check} "))
    assert first.startswith(f'# run mismatch check={check} what="{what}" expected="{expected}" observed="{observed}" spec="')
    assert [line for line in seen.lines(f"# hw registers check={check} ")] == \
           [f"# hw registers check={check} when=before {before}", f"# hw registers check={check} when=failed {failed}"]
    assert re.search(rf"^not ok \d+ {re.escape(check)}$", seen.text, re.MULTILINE)


@pytest.mark.parametrize("app", [[], ["--verbose"], ["--policy", "all", "--msi", "on"]])
@pytest.mark.parametrize("fault", ["cmd.disintx-ignored", "hba.ghc-ie-ignored"])
def test_the_report_file_has_every_line_of_the_wire(fault, app, tmp_path):
    report = tmp_path / "report"
    seen = run("--fault", fault, "--report", report, app=app)
    assert seen.lines("# run mismatch ") and seen.lines("# hw registers ")
    assert report.read_text(encoding="ascii") == seen.text


def test_of_earlier_rounds_the_report_file_has_what_is_new(tmp_path):
    """Who watches is told what runs, and each round that went wrong; a thousand of the same are kept once."""
    report = tmp_path / "report"
    seen = run("--fault", "hba.ghc-ie-ignored", "--report", report, app=["--check", "hba.ghc-ie-gates", "--repeat", "4"])
    kept, wire = report.read_text(encoding="ascii").splitlines(), seen.text.splitlines()
    marks = [line for line in wire if line not in kept]
    assert marks and all(line.startswith(("# run begin ", "# run round ")) and " round=" in line for line in marks)
    assert [line for line in wire if line not in marks] == kept
    assert sum(line.startswith("# run round ") for line in kept) == 1


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
