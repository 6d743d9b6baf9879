# SPDX-License-Identifier: BSD-2-Clause-Patent
"""host/intxlab diff: two runs, a run and a recorded kernel; every seeded difference is found."""

import re
import subprocess
import sys

import pytest
from conftest import ROOT
from hosted import PROGRAM, stream

from lib import diff, render_timeline
from lib.stream import parse

LINUX = ROOT / "tests/golden/linux"
AGREE = [("v6.10", "61-nomsi.tsv"), ("v6.12.17", "612-nomsi.tsv")]
REASONS = {"no file handle", "firmware's bits outside 0407", "no disk writes", "Linux's asynchronous scan",
           "libata's own commands"}


def call(*args):
    done = subprocess.run([sys.executable, ROOT / "host/intxlab", *args], capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """The result folder of a run of every rule, from its stream."""
    folder = tmp_path_factory.mktemp("all")
    (folder / "stream").write_bytes(stream("--policy", "all"))
    done = call("report", folder / "stream", "--out", folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.mark.parametrize("policy, kernel", AGREE)
def test_our_rule_agrees_with_the_kernel(out, policy, kernel):
    for pair in ((out, LINUX / kernel), (LINUX / kernel, out)):
        done = call("diff", *pair, "--policy", policy)
        assert (done.returncode, done.stdout) == (0, "40 steps compared: the same\n")


def test_seabios_bits_are_firmware_s(tmp_path):
    text = subprocess.run([PROGRAM, "--command", "0107", "--", "--policy", "v6.10"], capture_output=True, timeout=60).stdout
    (tmp_path / "timeline.tsv").write_text(render_timeline.render(parse(text)))
    result = diff.compare(diff.read(tmp_path / "timeline.tsv"), diff.read(LINUX / "61-nomsi.tsv"))
    assert not result.differences
    assert {reason for *_, reason in result.uses} == {"no file handle", "no disk writes"}


def test_the_two_kernels_agree():
    assert call("diff", LINUX / "61-nomsi.tsv", LINUX / "612-nomsi.tsv").returncode == 0


def test_other_rules_are_told_apart(out):
    done = call("diff", out, LINUX / "61-nomsi.tsv", "--policy", "v6.11-rc1")
    assert done.returncode == 1
    assert re.search(r"^ahci_unbind +writes +W=0407 W=0403 \| W=0103$", done.stdout, re.M)
    assert done.stdout.endswith("40 steps compared: 11 differences\n")


def test_a_file_that_is_missing_is_said_beside_several_policies(out):
    for pair in ((out, "/nonexistent"), ("/nonexistent", out)):
        done = call("diff", *pair)
        assert (done.returncode, done.stderr) == (2, "intxlab: /nonexistent: No such file or directory\n")


def test_only_five_reasons_and_each_is_said(out):
    assert {row.reason for row in diff.ALLOWED} == REASONS
    done = call("diff", out, LINUX / "61-nomsi.tsv", "--policy", "v6.10", "--verbose")
    said = re.findall(r"^allowed: .*\(([^()]*)\)$", done.stdout, re.M)
    assert set(said) <= REASONS and len(said) == len(done.stdout.splitlines()) - 1
    assert "allowed: ahci_io                 irq_count   9 | 70 (no disk writes)" in done.stdout


def changed(path, step, column, value):
    """The table with one cell replaced: value is a text, or old and new."""
    head, *rows = [line.split("\t") for line in path.read_text().splitlines()]
    for row in rows:
        if row[1] == step:
            cell = head.index(column)
            old, new = value if isinstance(value, tuple) else (row[cell], value)
            assert old in row[cell] and old != new
            row[cell] = row[cell].replace(old, new)
            return "".join("\t".join(cells) + "\n" for cells in (head, *rows))
    raise AssertionError(step)


SEEDED = [
    ("assert", "command", "0x0107", "command"),  # DisINTx
    ("service", "command", "0x0407", "command"),  # a bit of firmware's was lost
    ("ahci_unbind", "outside", ("W=0103", ""), "writes"),
    ("assert", "outside", ("W=0507", "W=0507 W=0507"), "writes"),
    ("assert", "outside", ("W=0507", "W=0707"), "writes"),
    ("close_dev", "outside", ("W=0400", "W=0500"), "writes"),
    ("close_dev", "outside", ("W=0103 W=0400", "W=0400 W=0103"), "writes"),
    ("close_dev", "outside", ("W32=00100103", "W=0103"), "writes"),
    ("close_dev", "outside", ("W32=00100103", "W32=f0100103"), "writes"),
    ("ahci_rebind", "outside", ("W=0107", "W=0107 MSIctl=0080"), "writes"),
    ("intx_trigger", "msi_en", "1", "msi_enable"),
    ("reassert", "count", "3", "irq_count"),
    ("d_assert", "count", "0", "irq_count"),
    ("unmask_pending", "eventfd", "0", "eventfd"),
    ("service", "intx_sts", "1", "intx_status"),
]


@pytest.mark.parametrize("step, column, value, name", SEEDED)
def test_a_seeded_difference_to_a_kernel_is_found(out, tmp_path, step, column, value, name):
    (tmp_path / "kernel.tsv").write_text(changed(LINUX / "61-nomsi.tsv", step, column, value))
    done = call("diff", out, tmp_path / "kernel.tsv", "--policy", "v6.10")
    lines = done.stdout.splitlines()
    assert done.returncode == 1 and lines[-1] == "40 steps compared: 1 difference"
    assert lines[0].split()[:2] == [step, name]


@pytest.mark.parametrize("step, column, value, name", [
    ("assert", "irq_count", "-", "irq_count"),  # ours must be counted where the handler is there
    ("assert", "command", "0507", "command"),
    ("close_dev", "writes", ("W=0400", "W=0500"), "writes"),
])
def test_a_seeded_difference_of_ours_is_found(out, tmp_path, step, column, value, name):
    (tmp_path / "ours.tsv").write_text(changed(out / "timeline.v6.10.tsv", step, column, value))
    for other in (LINUX / "61-nomsi.tsv", out / "timeline.v6.10.tsv"):
        done = call("diff", tmp_path / "ours.tsv", other)
        assert done.returncode == 1
        assert name in [line.split()[1] for line in done.stdout.splitlines() if line.startswith(f"{step} ")]


def test_a_step_that_is_not_there_is_a_difference(out, tmp_path):
    rows = (out / "timeline.v6.10.tsv").read_text().splitlines(True)
    (tmp_path / "ours.tsv").write_text("".join(row for row in rows if "\tunmask\t" not in row))
    for other in (LINUX / "61-nomsi.tsv", out / "timeline.v6.10.tsv"):
        done = call("diff", tmp_path / "ours.tsv", other)
        assert done.returncode == 1 and "unmask                  step        not there | there" in done.stdout


def test_msi_control_is_compared_by_its_enable_bit(tmp_path):
    head = "seq\tstep\tcommand\tstatus\tmsi_en\tdisintx\tintx_sts\tbm\teventfd\tcount\toutside\n"
    row = "1\tbefore_bind\t0x0107\t0x0010\t0\t0\t0\t1\t0\t-\tMSIctl=0080*2 MSIctl={}\n"
    for name, value in (("a", "0081"), ("b", "0181"), ("c", "0080")):
        (tmp_path / name).write_text(head + row.format(value))
    assert call("diff", tmp_path / "a", tmp_path / "b").returncode == 0
    assert call("diff", tmp_path / "a", tmp_path / "c").returncode == 1


def test_two_runs(out, tmp_path):
    assert call("diff", out, out).stdout == "693 steps compared: the same\n"
    (tmp_path / "timeline.v6.10.tsv").write_text((out / "timeline.v6.10.tsv").read_text())
    done = call("diff", out, tmp_path)
    assert done.returncode == 1 and f"policy v6.11: only in {out}" in done.stdout
    done = call("diff", out / "timeline.v6.15.tsv", out / "timeline.unlocked.tsv")
    assert done.returncode == 1 and "r_mask_unmask           writes      W=0407 W=0007 | W=0407" in done.stdout


def test_a_later_run_leaves_no_earlier_timeline(out, tmp_path):
    for app, count in ((("--policy", "all"), 12), (("--sequence", "enable"), 1)):
        (tmp_path / "stream").write_bytes(stream(*app))
        assert call("report", tmp_path / "stream", "--out", tmp_path).returncode == 0
        assert len(list(tmp_path.glob("timeline*.tsv"))) == count


HEAD = "\t".join(diff.RUN_COLUMNS) + "\n"


@pytest.mark.parametrize("text, word", [
    ("", "not a timeline"), ("a\tb\n", "not a timeline"), (HEAD, "holds no step"), (HEAD + "x\ty\n", "cells"),
    (HEAD + ("x" + "\t0" * 11 + "\n") * 2, "stands twice"), ("\x00\x1b[31m\n", "not a timeline"),
    (HEAD + "assert" + "\t0" * 11 + "\n", "no step before_bind"),
    (HEAD + "before_bind\tx" + "\t0" * 10 + "\n", "not a hex number"),
])
def test_what_cannot_be_read_is_one_clear_line(tmp_path, text, word):
    (tmp_path / "t.tsv").write_text(text)
    done = call("diff", tmp_path / "t.tsv", LINUX / "61-nomsi.tsv")
    assert done.returncode == 2 and word in done.stderr
    assert len(done.stderr.splitlines()) == 1 and re.fullmatch(r"[ -~\n]*", done.stderr)


@pytest.mark.parametrize("args", [
    [], ["x"], ["nothing", "nothing"], ["{out}", "{kernel}"], ["{out}", "{kernel}", "--policy", "v0"],
    ["{tmp}", "{kernel}"], ["{out}", "{out}", "--", "x"]])
def test_usage(out, tmp_path, args):
    names = {"{out}": out, "{kernel}": LINUX / "61-nomsi.tsv", "{tmp}": tmp_path}
    done = call("diff", *(names.get(arg, arg) for arg in args))
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1


def test_a_hostile_log_writes_nowhere_else():
    text = stream("--sequence", "enable").decode().replace("check=enable.ahci_io", "check=enable.ahci_io./../../x")
    assert set(render_timeline.files(parse(text.encode()))) == {"timeline.tsv"}
