# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Machines that people reported: each is simulated, and named for what it is."""

import re

import pytest

from simulated import CANNOT, PASS, SKIP, run


def fields(line):
    return dict(re.findall(r' ([a-z0-9_]+)=("[^"]*"|\S+)', line))


def test_a_function_that_is_not_ready_is_waited_for_and_never_a_function():
    """PCIe Base 6.0 sec 2.3.2 and 6.6.1: vendor 0001h, device FFFFh for up to 1.0 s from the reset."""
    seen = run("--machine", "not-ready", app=["--survey"])
    assert seen.code == PASS
    slow, dead = (fields(line) for line in seen.lines("# hw retry_status "))
    assert (slow["sbdf"], slow["state"]) == ("0000:00:04.0", "ready")
    assert (dead["sbdf"], dead["state"]) == ("0000:00:05.0", "not-ready")
    assert 250_000 < int(slow["waited_us"]) < 300_000, "it began 300 ms before it was ready"
    assert 1_000_000 <= int(slow["waited_us"]) + int(dead["waited_us"]) < 1_000_100, "one second for both"
    there = {fields(line)["sbdf"]: fields(line)["vendor"] for line in seen.lines("# hw function ")}
    assert there["0000:00:04.0"] == "8086" and "0000:00:05.0" not in there and "0001" not in there.values()
    assert run("--machine", "not-ready").code == PASS


def test_a_function_that_is_not_ready_is_so_called_when_it_is_named():
    seen = run("--machine", "not-ready", app=["--device", "00:05.0"])
    assert seen.code == CANNOT and not seen.verdicts
    assert seen.lines("# run stop ") == ['# run stop reason="--device 0000:00:05.0: not ready: it answered Request '
                                         'Retry Status for 1000 ms"']


def test_two_allocations_of_a_segment_are_each_used_for_their_buses():
    """The simulated seam ends the run at an access to a bus that no ECAM covers."""
    seen = run("--machine", "split-ecam")
    assert seen.code == PASS, seen.text[-2000:] + seen.stderr
    assert "# hw function sbdf=0000:21:05.0 " in seen.text
    assert seen.lines("# hw beyond_ecam ") == ["# hw beyond_ecam sbdf=0000:00:03.0 secondary=10 subordinate=10 from=10"]
    assert "bridges=3 bridges_not_followed=1 " in seen.text


@pytest.mark.parametrize("app", [[], ["--survey"]])
def test_no_access_beyond_the_end_of_ecam(app):
    seen = run("--machine", "short-ecam", app=app)
    assert seen.code == PASS, seen.text[-2000:] + seen.stderr
    assert seen.lines("# hw beyond_ecam ") == ["# hw beyond_ecam sbdf=0000:00:02.0 secondary=11 subordinate=12 from=12",
                                               "# hw beyond_ecam sbdf=0000:11:00.0 secondary=12 subordinate=12 from=12"]
    assert "bridges=2 bridges_not_followed=1 " in seen.text
