# SPDX-License-Identifier: BSD-2-Clause-Patent
"""A mutant: one file of the engine compiled again, the test programs linked with it, and who catches it."""

import functools
import subprocess

import sequences
import test_policies
from model import GENERATIONS
from simulated import RESULT, ROOT, Run

PLAIN = ROOT / "build/hosted/plain"
UNITS = ["test_device", "test_policy", "test_policy_later", "test_policy_ahci", "test_tracker", "test_passthrough"]
SIM, PROPERTY = "tests/sim/main.o", "tests/property/driver.o"
SEQUENCES, LENGTH = 40, 60  # of each policy
SECONDS = 20  # a mutant that runs longer is caught: the programs take a fraction of one


class Cannot(Exception):
    """The mutant could not be made: no verdict on the tests."""


def compile_with(source, old, new, folder):
    folder.mkdir()
    text = (ROOT / source).read_text()
    if text.count(old) != 1:
        raise Cannot(f"{source}: the text of this fault is there {text.count(old)} times")
    path = folder / source.replace("/", "_")
    path.write_text(text.replace(old, new))
    done = subprocess.run(["gcc", "-std=gnu11", "-w", "-O0", "-I.", "-c", path, "-o", path.with_suffix(".o")],
                          cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise Cannot(done.stderr)
    return path.with_suffix(".o")


def link(program, objects, folder):
    """What the objects define is not taken from the archive. One folder, one mutant."""
    path = folder / program.split("/")[-1].removesuffix(".o")
    if path.exists():
        return path
    done = subprocess.run(["gcc", *objects, PLAIN / program, PLAIN / "intxlab.a", "-o", path],
                          capture_output=True, text=True)
    if done.returncode:
        raise Cannot(done.stderr)
    return path


@functools.lru_cache(maxsize=None)
def expected(policy):
    """(sequences, comparable lines of the model)"""
    made = [sequences.make(policy, f"mutant.{i}", LENGTH) for i in range(SEQUENCES)]
    return made, sequences.expect(made)


def property_catches(program, environment, policies=tuple(GENERATIONS)):
    for policy in policies:
        made, lines = expected(policy)
        try:
            if sequences.observe(program, made, SECONDS, environment) != lines:
                return True
        except (RuntimeError, subprocess.TimeoutExpired):
            return True
    return False


def run_sim(program, environment, *options):
    done = subprocess.run([program, "--", *options], capture_output=True, text=True, timeout=SECONDS, env=environment)
    seen = Run(done.returncode, done.stdout, done.stderr)
    for match in filter(None, map(RESULT.match, done.stdout.splitlines())):
        seen.verdicts[match[3]] = match[4] or ("PASS" if match[1] == "ok" else "FAIL")
    return seen


def sim_catches(program, environment):
    """A step that fails, or another hazard than the table's."""
    try:
        for msi in ("off", "on"):
            for option in ("auto", "controller"):
                seen = run_sim(program, environment, "--policy", "all", "--msi", msi, "--intx-mask", option)
                assert seen.code == test_policies.FAIL and not seen.of("ERROR")
                test_policies.judge(seen, msi, option)
                test_policies.judge_comparison(seen, msi, option)
        test_policies.judge(run_sim(program, environment, "--policy", "all", "--fail-alloc", "1"), "off", "auto", fail="1")
    except (AssertionError, subprocess.TimeoutExpired):
        return True
    return False


def unit_catches(program, environment):
    try:
        return bool(subprocess.run([program], capture_output=True, timeout=SECONDS, env=environment).returncode)
    except subprocess.TimeoutExpired:
        return True


def caught_by(objects, folder, environment=None, policies=tuple(GENERATIONS), everybody=False):
    """The first who catches it, or with everybody all of them."""
    who = []
    for name, catches in [("property", lambda: property_catches(link(PROPERTY, objects, folder), environment, policies)),
                          ("sim", lambda: sim_catches(link(SIM, objects, folder), environment)),
                          *((unit, lambda unit=unit: unit_catches(link(f"tests/unit/{unit}.o", objects, folder), environment))
                            for unit in UNITS)]:
        if (everybody or not who) and catches():
            who.append(name)
    return who
