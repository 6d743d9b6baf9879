# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Every test of `make check` is collected here; the last line of a run is `N passed, N failed`."""


def pytest_unconfigure(config):
    """After pytest's own summary, and only in the process that gathers the workers' results."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or hasattr(config, "workerinput"):
        return
    passed = len(reporter.stats.get("passed", ()))
    # A test that could not run has shown nothing: it counts as failed.
    failed = sum(len(reporter.stats.get(kind, ())) for kind in ("failed", "error", "skipped", "xfailed", "xpassed"))
    print(f"{passed} passed, {failed} failed", flush=True)
