#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""`make mutants N=200 SEED=1`: N random single changes of pci/, drivers/ and run/, each run against the tests that are
quick. It prints which were killed, and by whom, and which survived.

A change that survives asks for a test. One that nobody could see, whatever the test, is listed in harmless.tsv with the
reason: by function, the line's text and the change, so that it stands when files move. What the compiler makes the same
code of is no change and is not counted. 1: under 95 % are killed or harmless."""

import argparse
import functools
import itertools
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / name) for name in ("hosted", "property", "mutation")]

import changes  # noqa: E402
import mutant  # noqa: E402

LAYERS = ("pci", "drivers", "run")
HARMLESS = ROOT / "tests/mutation/harmless.tsv"
ENOUGH = 0.95
UNIT_SECONDS = 10  # a unit test program takes 0.2
RUN_SECONDS = 20  # one run of a program inside the others; it takes under one
TEST_SECONDS = 600  # all of them, for a mutant that nobody catches; they take under one minute
MEMORY_BYTES = 3 << 30
# From quick to slow, and what catches most before what catches little.
TESTS = ["tests/hosted/test_sim.py", "tests/hosted/test_evidence.py", "tests/hosted/test_edu.py",
         "tests/hosted/test_policies.py", "tests/hosted/test_property.py::test_engine_is_the_model",
         "tests/hosted/test_inputs.py", "tests/hosted/test_claims_answered.py", "tests/hosted/test_faults.py",
         "tests/hosted/test_rounds.py", "tests/hosted/test_stream_doc.py",
         "tests/hosted/test_vanish_sweep.py::test_sweep_sanitized[gcc]", "tests/host/test_beside.py",
         "tests/host/test_known.py", "tests/host/test_summary.py",
         "tests/host/test_diff.py::test_our_rule_agrees_with_the_kernel",
         "tests/hosted/test_vanish_sweep.py::test_sweep_of_every_access"]
# Faults of which a run waits for seconds of simulated time.
SLOW = ["hba.link-up-drops-ie", "port.dhrs-lost-8th", "port.pss-missing", "msi.enable-not-writable", "msi.disintx-stops",
        "msi.enable-sticks", "ahci.receive-never-stops", "ahci.port-never-stops", "hba.reset-with-is-deafens"]
LEFT_OUT = [f"--deselect=tests/hosted/test_faults.py::test_fault_fails_its_checks[{name}]" for name in SLOW]
ONE_COMPILER = ["-k", "not clang"]  # a test of both runs the mutant twice


@functools.cache
def text_of(path):
    """As it was when the run began."""
    return (ROOT / path).read_text()


def every_change():
    paths = sorted(str(path.relative_to(ROOT)) for layer in LAYERS for path in (ROOT / layer).rglob("*.c"))
    return [change for path in paths for change in changes.changes(path, text_of(path))]


def harmless():
    """{(function, line's text, change): reason}"""
    rows = [line.split("\t") for line in HARMLESS.read_text().splitlines()[1:]]
    return {tuple(row[:3]): row[3] for row in rows}


def units():
    return sorted(path.stem for path in (ROOT / "tests/unit").glob("test_*.c"))


def limit():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.setsid()


def ended(command, environment, seconds):
    """(output, exit code); -9: ended at the limit, with all that it started."""
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", preexec_fn=limit) as child:
        try:
            return child.communicate(timeout=seconds)[0], child.returncode
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            return "", -signal.SIGKILL


def killer(folder):
    """Who catches the mutant in folder, or None."""
    environment = mutant.environment_of(folder) | {
        "INTXLAB_TREE": "mutants", "INTXLAB_SECONDS": str(RUN_SECONDS), "PYTHONDONTWRITEBYTECODE": "1"}
    for name in units():
        if ended([mutant.TREE / name], environment, UNIT_SECONDS)[1]:
            return name
    command = [sys.executable, "-B", "-m", "pytest", "-q", "-x", "--tb=no", "-p", "no:cacheprovider", *ONE_COMPILER,
               *LEFT_OUT, *TESTS]
    text, code = ended(command, environment, TEST_SECONDS)
    failed = [line.split()[1] for line in text.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    if code == 0:
        return None
    return failed[0].split("/")[-1] if failed else f"pytest ended with {code}: {' '.join(text.split()[-20:])}"


@functools.lru_cache(maxsize=None)
def unchanged(path):
    with tempfile.TemporaryDirectory(prefix="intxlab-mutant-") as name:
        mutant.compile_text(text_of(path), Path(name))
        return (Path(name) / "libmutant.so").read_bytes()


def judge(change, known):
    """(verdict, who or why); the verdict None: no change at all, or it does not compile."""
    if change.key in known:
        return "harmless", known[change.key]
    with tempfile.TemporaryDirectory(prefix="intxlab-mutant-") as name:
        folder = Path(name)
        try:
            mutant.compile_text(changes.applied(text_of(change.path), change), folder)
        except mutant.Cannot:
            return None, "does not compile"
        if (folder / "libmutant.so").read_bytes() == unchanged(change.path):
            return None, "the same code"
        who = killer(folder)
    return ("killed", who) if who else ("survived", "")


def show(verdict, change, more):
    print(f"{verdict:9}{change.path}:{change.line}: {change.function}(): {change.what}\n"
          f"         {change.text[:100]}" + (f"\n         {more}" if more else ""), flush=True)


def judged(candidates, jobs, known):
    """(change, verdict, who or why) in the order drawn, `jobs` of them at work."""
    with ThreadPoolExecutor(jobs) as pool:
        drawn = iter(candidates)
        waiting = deque()
        try:
            while True:
                waiting += [(change, pool.submit(judge, change, known))
                            for change in itertools.islice(drawn, 2 * jobs - len(waiting))]
                if not waiting:
                    return
                change, future = waiting.popleft()
                yield change, *future.result()
        finally:
            for _, future in waiting:
                future.cancel()


def run(candidates, count, jobs, known):
    """Until `count` of them were changes."""
    seen, survivors = Counter(), []
    results = judged(candidates, jobs, known)
    while sum(seen.values()) < count:
        change, verdict, more = next(results, (None, None, None))
        if change is None:
            break
        if verdict:
            seen[verdict] += 1
            show(verdict, change, more)
        if verdict == "survived":
            survivors.append(change)
    results.close()
    return seen, survivors


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("count", type=int, help="how many changes")
    parser.add_argument("--seed", default="1", help="which ones (1)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many at once")
    parser.add_argument("--file", default="", help="only files whose path holds this")
    args = parser.parse_args()
    who = killer(None)
    if who:
        print(f"mutants: {who} fails without any change", file=sys.stderr)
        return 2
    candidates = [change for change in every_change() if args.file in change.path]
    random.Random(args.seed).shuffle(candidates)
    seen, survivors = run(candidates, args.count, max(1, args.jobs), harmless())
    total = sum(seen.values())
    if survivors:
        print("\nsurvived:")
    for change in survivors:
        print("\t".join([*change.key, change.path]))
    print(f"\n{total} changes of {len(candidates)} (seed {args.seed}): {seen['killed']} killed, {seen['harmless']} "
          f"harmless, {seen['survived']} survived")
    return 0 if total and total - seen["survived"] >= ENOUGH * total else 1


if __name__ == "__main__":
    sys.exit(main())
