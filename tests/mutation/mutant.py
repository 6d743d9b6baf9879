# SPDX-License-Identifier: BSD-2-Clause-Patent
"""A mutant: one file of the product compiled again, in the place of libmutant.so, where the programs of
build/hosted/mutants look first. And who of the engine's tests catches it; mutants.py asks more of them."""

import functools
import os
import subprocess

import sequences
import test_policies
from model import GENERATIONS
from simulated import RESULT, ROOT, Run

TREE = ROOT / "build/hosted/mutants"
UNITS = ["test_device", "test_policy", "test_policy_later", "test_policy_ahci", "test_tracker", "test_passthrough"]
SEQUENCES, LENGTH = 40, 60  # of each policy
SECONDS = 20  # a mutant that runs longer is caught: the programs take a fraction of one


class Cannot(Exception):
    """The mutant could not be made: no verdict on the tests."""


def compile_text(text, folder, name="changed"):
    """folder/libmutant.so. What goes past an array, shifts too far or overflows traps."""
    path = folder / f"{name}.c"
    path.write_text(text)
    done = subprocess.run(["gcc", "-std=gnu11", "-w", "-O1", "-fPIC", "-shared", "-fsanitize=undefined,bounds-strict",
                           "-fsanitize-undefined-trap-on-error", "-I.", path, "-o", folder / "libmutant.so"],
                          cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise Cannot(done.stderr)


def compile_with(source, old, new, folder):
    folder.mkdir()
    text = (ROOT / source).read_text()
    if text.count(old) != 1:
        raise Cannot(f"{source}: the text of this fault is there {text.count(old)} times")
    compile_text(text.replace(old, new), folder)


def environment_of(folder):
    """In which the programs are this mutant; None: the product as it is."""
    return os.environ | ({"LD_LIBRARY_PATH": str(folder)} if folder else {})


@functools.lru_cache(maxsize=None)
def expected(policy):
    """(sequences, comparable lines of the model)"""
    made = [sequences.make(policy, f"mutant.{i}", LENGTH) for i in range(SEQUENCES)]
    return made, sequences.expect(made)


def property_catches(environment, policies=tuple(GENERATIONS)):
    for policy in policies:
        made, lines = expected(policy)
        try:
            if sequences.observe(TREE / "property", made, SECONDS, environment) != lines:
                return True
        except (RuntimeError, subprocess.TimeoutExpired):
            return True
    return False


def run_sim(environment, *options):
    done = subprocess.run([TREE / "intxlab-sim", "--", *options], capture_output=True, text=True, timeout=SECONDS,
                          env=environment)
    seen = Run(done.returncode, done.stdout, done.stderr)
    for match in filter(None, map(RESULT.match, done.stdout.splitlines())):
        seen.verdicts[match[3]] = match[4] or ("PASS" if match[1] == "ok" else "FAIL")
    return seen


def sim_catches(environment):
    """A step that fails, or another hazard than the table's."""
    try:
        for msi in ("off", "on"):
            for option in ("auto", "controller"):
                seen = run_sim(environment, "--policy", "all", "--msi", msi, "--intx-mask", option)
                assert seen.code == test_policies.FAIL and not seen.of("ERROR")
                test_policies.judge(seen, msi, option)
                test_policies.judge_comparison(seen, msi, option)
        test_policies.judge(run_sim(environment, "--policy", "all", "--fail-alloc", "1"), "off", "auto", fail="1")
    except (AssertionError, subprocess.TimeoutExpired):
        return True
    return False


def unit_catches(name, environment):
    try:
        return bool(subprocess.run([TREE / name], capture_output=True, timeout=SECONDS, env=environment).returncode)
    except subprocess.TimeoutExpired:
        return True


def caught_by(environment, policies=tuple(GENERATIONS), everybody=False):
    """The first who catches it, or with everybody all of them."""
    who = []
    for name, catches in [("property", lambda: property_catches(environment, policies)),
                          ("sim", lambda: sim_catches(environment)),
                          *((unit, lambda unit=unit: unit_catches(unit, environment)) for unit in UNITS)]:
        if (everybody or not who) and catches():
            who.append(name)
    return who
