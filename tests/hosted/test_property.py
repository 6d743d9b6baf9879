# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Random sequences on tests/sim: after every command the engine's whole state is the reference model's.

INTXLAB_PROPERTY_STEPS: commands for each policy (3000). INTXLAB_PROPERTY_SEED: another seed than the usual; a failure
prints the sequence itself, made short, so that no seed is needed to see it again."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/property"))

import sequences  # noqa: E402
from simulated import program  # noqa: E402
from known import KNOWN  # noqa: E402
from model import GENERATIONS  # noqa: E402

LENGTH = 60
STEPS = int(os.environ.get("INTXLAB_PROPERTY_STEPS", "3000"))
SEED = os.environ.get("INTXLAB_PROPERTY_SEED", "1")
BATCH = 200  # sequences a process
PROGRAM = program("property")


def batches(policy, steps=STEPS):
    count = max(1, steps // LENGTH)
    for first in range(0, count, BATCH):
        yield [sequences.make(policy, f"{SEED}.{i}", LENGTH) for i in range(first, min(first + BATCH, count))]


@pytest.mark.parametrize("policy", GENERATIONS)
def test_engine_is_the_model(policy):
    for batch in batches(policy):
        difference = sequences.compare(PROGRAM, batch)
        assert not difference, str(sequences.shrink(PROGRAM, difference))


def test_every_policy_has_a_model():
    source = (ROOT / "pci/policy.c").read_text()
    assert [line.split('"')[1] for line in source.splitlines() if ".name = " in line] == list(GENERATIONS)


def test_known_differences_are_some():
    """An entry of known.py that makes no difference any more is to be taken out."""
    for name in KNOWN:
        others = tuple(other for other in KNOWN if other != name)
        assert any(sequences.compare(PROGRAM, [replace(one, known=others) for batch in batches(policy, 3000) for one in batch])
                   for policy in GENERATIONS), name


def test_sequences_reach_what_there_is_to_reach():
    """Every command, every kind of hazard, storms, -EBUSY and failed allocations: else agreement proves little."""
    verbs, hazards, results, storms = set(), set(), set(), 0
    for policy in GENERATIONS:
        for sequence in next(batches(policy, 3000)):
            machine = sequence.machine()
            for command in sequence.commands:
                line = machine.run(command)
                verbs.add(command.split()[0])
                hazards |= {hazard.split("/")[0] for hazard in machine.dev.ctx.hazards}
                results.add(line.split(" command=")[0])
                storms += "storm=1" in line
    assert verbs == {"bind", "unbind", "enable", "disable", "pcim_enable", "pin", "master", "intx", "pcim_intx", "msi",
                     "action", "abind", "aunbind", "vbind", "vunbind", "vopen", "vclose", "vintx", "vmsi", "vmask",
                     "vunmask", "vrace", "vcmd", "raise", "ack", "fail"}
    assert hazards == {"sleeping-allocation", "resource-in-release", "probe-refused", "mask-lost", "disintx-left-set",
                       "intx-under-msi", "interrupt-lost"}
    assert results == {"result=ok", "result=busy", "result=no memory", "result=absent"} and storms
