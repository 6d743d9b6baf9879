# SPDX-License-Identifier: BSD-2-Clause-Patent
"""The hosted program's streams, for tests of what reads them."""

import functools
import os
import subprocess

from conftest import ROOT

PROGRAM = ROOT / "build/hosted" / os.environ.get("INTXLAB_TREE", "gcc") / "intxlab-sim"
SECONDS = float(os.environ.get("INTXLAB_SECONDS", "120"))  # tests/hosted/simulated.py


@functools.cache
def stream(*app, machine="q35", program=PROGRAM, sim=()):
    done = subprocess.run([program, "--machine", machine, *sim, "--", *app], capture_output=True, timeout=SECONDS, check=False)
    assert done.returncode in (0x10, 0x11), done.stderr.decode()
    return done.stdout
