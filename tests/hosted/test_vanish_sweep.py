# SPDX-License-Identifier: BSD-2-Clause-Patent
"""A function that leaves at any access: a whole report, ERROR `gone` from there on, no wait that runs out.

`intxlab-sim --sweep STRIDE` forks at accesses of an honest run; in the child the function reads all-ones from that
access on, and tests/sim/sweep.c judges the rest: ended by itself and without an exception, an end marker with as many
results as were planned, each result since then `ERROR gone:`, exit value 0x11, no FAIL that the honest run does not
have by then, no drive written to, the controllers as firmware had them, and no wait run out to its bound.

Every access of every suite is tried once: all of a run with default options, and of the other options' runs all from
the first check that knows a policy on. What stands before that is the same run, which a test holds against the streams.
"""

import re
import subprocess

import pytest

from simulated import FAIL, PASS, program

FIRST_OF_A_POLICY = "# run begin check=enable.before_bind\n"
TIMES = re.compile(r"\b(us|reset_us|app_us)=\d+")


def sweep(build, way, stride, *app, machine="q35"):
    """(exit code, stream of the honest run, accesses of it, the sweep's totals)."""
    command = [program("intxlab-sim", build), "--machine", machine, way, str(stride), "--", *app]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    totals = dict(re.findall(r"(\w+)=(\d+)", re.search(r"^sweep tried=.*$", done.stderr, re.M)[0]))
    accesses = int(re.search(r"^accesses (\d+)$", done.stderr, re.M)[1])
    assert totals["bad"] == "0", done.stderr
    return done.returncode, done.stdout, accesses, {key: int(value) for key, value in totals.items()}


def planned(stream):
    return int(re.search(r"^1\.\.(\d+)$", stream, re.M)[1])


def test_sweep_of_every_access():
    code, stream, accesses, totals = sweep("plain", "--sweep", 1)
    assert code == PASS
    assert totals["tried"] == accesses
    assert totals["checks"] == planned(stream), "every check was once the first without the function"


@pytest.mark.parametrize("app, code", [(["--msi", "on"], PASS), (["--policy", "v6.11-rc1"], FAIL)])
def test_sweep_of_every_access_under_a_policy(app, code):
    seen, stream, accesses, totals = sweep("plain", "--sweep-policies", 1, *app)
    before, after = stream.split(FIRST_OF_A_POLICY)
    assert seen == code
    assert 0 < totals["tried"] < accesses
    assert totals["checks"] == len(re.findall(r"^(?:not )?ok ", after, re.M))
    default = subprocess.run([program("intxlab-sim", "plain")], capture_output=True, text=True, check=False)
    mine, others = (TIMES.sub("", text).split("\n# run begin ", 1)[1]
                    for text in (before, default.stdout.split(FIRST_OF_A_POLICY)[0]))
    assert mine == others


@pytest.mark.parametrize("machine", ["e1000", "i8255x", "rtl8139"])
def test_sweep_of_another_kind(machine):
    """Its only source is the first device: every 7th access."""
    code, _, accesses, totals = sweep("plain", "--sweep", 7, machine=machine)
    assert code == PASS
    assert totals["tried"] == -(-accesses // 7)


@pytest.mark.parametrize("build", ["gcc", "clang"])
def test_sweep_sanitized(build):
    """Of the same accesses every 97th; 97 is prime, so that no loop's period hides one of its accesses."""
    code, _, accesses, totals = sweep(build, "--sweep", 97)
    assert code == PASS
    assert totals["tried"] == -(-accesses // 97)


# What is a kind's own, at every access; the whole run at fewer, for the suites are the same ones.
@pytest.mark.parametrize("build, stride, app", [
    ("plain", 1, ["--check", "line.probe,own.*"]), ("plain", 17, []), ("gcc", 307, []),
])
@pytest.mark.parametrize("machine", ["nvme", "xhci"])
def test_sweep_of_a_kind_with_queues(machine, build, stride, app):
    code, stream, accesses, totals = sweep(build, "--sweep", stride, *app, machine=machine)
    assert code == PASS and "# hw ahci " not in stream
    assert totals["tried"] == -(-accesses // stride)
