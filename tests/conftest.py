# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Every test of `make check` is collected here; the last line of a run is `N passed, N failed`."""

import os
from pathlib import Path

COUNTS = Path(__file__).resolve().parents[1] / "build/check-counts"  # for .ci/run

# Seconds that a test mostly sleeps through, or works for long: begun first, it fills the time of the others.
# Of QEMU's tests all but these take a boot each.
LONG = ("test_real_hang_is_124_and_named", "test_device_that_vanishes", "test_fuzz_smoke", "test_shell_prompt")


def _weight(item):
    """Boots last, in small portions: xdist deals out large ones first."""
    is_boot = "/qemu/" in item.nodeid
    is_long = any(name in item.nodeid for name in LONG)
    return is_boot, not is_long


def pytest_collection_modifyitems(items):
    if "INTXLAB_TREE" not in os.environ:  # for a mutant mutants.py names them in its order
        items.sort(key=_weight)


def _counts(config):
    """(passed, failed), and None in a worker: only one process gathers the results."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or hasattr(config, "workerinput"):
        return None
    # A test that could not run has shown nothing: it counts as failed.
    failed = sum(len(reporter.stats.get(kind, ())) for kind in ("failed", "error", "skipped", "xfailed", "xpassed"))
    return len(reporter.stats.get("passed", ())), failed


def pytest_sessionfinish(session, exitstatus):
    counts = _counts(session.config)
    if counts and exitstatus == 0 and counts[1]:
        session.exitstatus = 1
    session.config.ended_badly = bool(session.exitstatus)


def pytest_terminal_summary(terminalreporter):
    """What a test has to say though it passed, from whichever process."""
    for report in terminalreporter.stats.get("passed", ()):
        for name, text in report.user_properties:
            if name == "says":
                terminalreporter.write_line(text)


def pytest_unconfigure(config):
    """Behind pytest's own summary."""
    counts = _counts(config)
    if counts is None or "INTXLAB_TREE" in os.environ:  # a mutant's tests are none of make check's
        return
    passed, failed = counts
    if getattr(config, "ended_badly", True):
        failed = max(failed, 1)
    line = f"{passed} passed, {failed} failed"
    COUNTS.parent.mkdir(exist_ok=True)
    COUNTS.write_text(line + "\n", encoding="ascii")
    print(line, flush=True)
