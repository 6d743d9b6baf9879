# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Every policy's sequences on simulated machines: each step as its table says, and exactly the hazards of
tests/golden/hazards.tsv, at exactly their steps."""

import re

import pytest

from simulated import FAIL, ROOT, run

POLICIES = ["v6.10", "v6.11-rc1", "v6.11-rc2", "v6.11", "next-20241218", "v6.14", "v6.12.17", "v6.15", "gfp-atomic",
            "unlocked", "no-pci-intx"]
SEQUENCES = {"enable", "release", "rebind", "dirty", "fresh", "race", "vfio-msi", "intx-first", "neighbour"}
MACHINES = ["q35", "behind-bridge", "two-ioapics", "atapi", "mem-bar-only"]
MISMATCH = re.compile(r'# run mismatch check=hazard\.(\S+?)\.(v?[^ ]+) what="\S+" expected="nowhere" observed="([^"]*)"')
# Of --fail-alloc 1, at the device: the node is vfio-pci's where is_managed is stale.
MASK_IS_LOST = {"v6.11-rc1", "v6.11-rc2", "gfp-atomic", "unlocked"}

HAZARDS = [line.split("\t") for line in (ROOT / "tests/golden/hazards.tsv").read_text().splitlines()
           if not line.startswith("#")][1:]


# Where nodes of pcim_intx() are made, as it was measured: ahci's probe, its detach, SET_IRQS, the first MASK.
PROBE, DETACH = "enable.ahci_bind:GFP_KERNEL:-:irqs-on", "release.ahci_unbind:GFP_KERNEL:-:irqs-on:release"
SET_IRQS = "rebind.intx_trigger:GFP_KERNEL:-:irqs-on"
MASK = "rebind.user_mask:GFP_KERNEL:&vdev->irqlock:irqs-off"
RESIDUAL = "intx-first.i_unbind:GFP_KERNEL:-:irqs-on:release"
NODES = {
    ("v6.11-rc1", "off"): [PROBE, SET_IRQS], ("v6.11-rc1", "on"): [PROBE, DETACH],
    ("v6.11-rc2", "off"): [MASK], ("v6.11-rc2", "on"): [PROBE, MASK, RESIDUAL],
    ("v6.11", "on"): [PROBE, RESIDUAL],
    ("next-20241218", "off"): [PROBE], ("v6.14", "off"): [PROBE],
    ("gfp-atomic", "off"): [MASK.replace("KERNEL", "ATOMIC")],
    ("gfp-atomic", "on"): [node.replace("KERNEL", "ATOMIC") for node in (PROBE, MASK, RESIDUAL)],
    ("unlocked", "off"): [MASK.replace("&vdev->irqlock:irqs-off", "-:irqs-on")],
    ("unlocked", "on"): [PROBE, MASK.replace("&vdev->irqlock:irqs-off", "-:irqs-on"), RESIDUAL],
}


def masks_at(policy, option):
    if option == "auto":
        return "controller" if policy == "no-pci-intx" else "device"
    return option


def expected(policy, msi, mask, fail="0", neighbour=False):
    """{hazard: steps} of one policy."""
    found = {}
    for policies, for_msi, for_mask, for_fail, hazard, steps, source in HAZARDS:
        assert source and steps
        fits = all(want in ("any", seen) for want, seen in ((for_msi, msi), (for_mask, mask), (for_fail, fail)))
        if fits and (policies == "*" or policy in policies.split()) and (hazard != "neighbour" or neighbour):
            assert hazard not in found, f"two rows for {hazard} of {policy}"
            found[hazard] = steps
    return found


def observed(seen, policy):
    return {hazard: steps for hazard, of, steps in MISMATCH.findall(seen.text) if of == policy}


def verdicts(seen, policy):
    """{check: verdict} without the policy's name behind it."""
    return {name.removesuffix(f".{policy}"): verdict for name, verdict in seen.verdicts.items()
            if name.endswith(f".{policy}")}


def judge(seen, msi, option, fail="0", neighbour=False):
    for policy in POLICIES:
        mask = masks_at(policy, option)
        want = expected(policy, msi, mask, fail, neighbour)
        assert observed(seen, policy) == want, policy
        results = verdicts(seen, policy)
        failed = {name for name, verdict in results.items() if verdict == "FAIL"}
        lost = {"rebind.user_mask", "rebind.assert_while_masked"} if "mask-lost" in want else set()
        assert failed == lost | {f"hazard.{hazard}" for hazard in want}, policy
        assert not any(step.startswith("fresh.") for steps in want.values() for step in steps.split())


def judge_comparison(seen, msi, option):
    """The line that the comparison of policies is made of: where it masks, where nodes are made."""
    for policy in POLICIES:
        line, = seen.lines(f"# model policy name={policy} ")
        mask = masks_at(policy, option)
        nodes = [node for node in NODES.get((policy, msi), []) if mask == "device" or not node.startswith("rebind.")]
        assert f" msi={msi} masks={mask} " in line
        assert f' intx_nodes="{" ".join(nodes)}" ' in line, policy
        failed = {name[len("hazard."):] for name in unreached(seen, policy, "FAIL") if name.startswith("hazard.")}
        assert set(line.split(' hazards="')[1].split('"')[0].split()) == failed, policy


def unreached(seen, policy, verdict):
    return {name for name, word in verdicts(seen, policy).items() if word == verdict}


def behind(seen, policy, step):
    """The steps of a chain that come behind this one."""
    steps = [name for name in verdicts(seen, policy) if name.split(".")[0] in ("rebind", "dirty")]
    return set(steps[steps.index(step) + 1:])


@pytest.mark.parametrize("option", ["auto", "device", "controller"])
@pytest.mark.parametrize("msi", ["off", "on"])
@pytest.mark.parametrize("machine", MACHINES)
def test_steps_pass_and_hazards_are_the_tables(machine, msi, option):
    seen = run("--machine", machine, app=["--policy", "all", "--msi", msi, "--intx-mask", option])
    assert seen.code == FAIL, seen.text[-3000:] + seen.stderr
    assert not seen.of("ERROR")
    judge(seen, msi, option)
    judge_comparison(seen, msi, option)
    for policy in POLICIES:
        results = verdicts(seen, policy)
        assert {name.split(".")[0] for name in results} >= {"enable", "release", "rebind", "dirty", "fresh", "race"}
        # Nobody can be bound where a node was made on detach: in Linux, too, the story ends there.
        refused = behind(seen, policy, "rebind.vfio_bind") if (policy, msi) == ("v6.11-rc1", "on") else set()
        assert unreached(seen, policy, "SKIP") == refused | {"hazard.neighbour"}, policy


@pytest.mark.parametrize("option", ["auto", "controller"])
@pytest.mark.parametrize("msi", ["off", "on"])
def test_neighbour(msi, option):
    """With every generation its dirty close storms; masked at the controller it is starved before that."""
    seen = run("--machine", "two-ahci", app=["--policy", "all", "--msi", msi, "--intx-mask", option,
                                             "--neighbour", "0000:00:08.0"])
    assert seen.code == FAIL, seen.text[-3000:] + seen.stderr
    assert not seen.of("ERROR")
    judge(seen, msi, option, neighbour=True)


@pytest.mark.parametrize("option", ["auto", "controller"])
@pytest.mark.parametrize("msi", ["off", "on"])
def test_failed_allocation_loses_the_mask_and_storms(msi, option):
    seen = run(app=["--policy", "all", "--msi", msi, "--intx-mask", option, "--fail-alloc", "1"])
    assert seen.code == FAIL, seen.text[-3000:] + seen.stderr
    judge(seen, msi, option, fail="1")
    storms = {line.split("check=rebind.assert_while_masked.")[1].split()[0] for line in seen.lines("# run mismatch ")
              if 'what="assert_while_masked"' in line and 'observed="interrupt storm"' in line}
    lost = MASK_IS_LOST - ({"v6.11-rc1"} if msi == "on" else set()) if option == "auto" else set()
    assert storms == lost
    for policy in POLICIES:
        want = behind(seen, policy, "rebind.assert_while_masked") if policy in lost else set()
        assert unreached(seen, policy, "ERROR") == want, policy


@pytest.mark.parametrize("msi", ["off", "on"])
@pytest.mark.parametrize("policy", POLICIES)
def test_fresh_has_no_hazard(policy, msi):
    """It is the driver before that makes them: the control run alone passes with every rule."""
    seen = run(app=["--policy", policy, "--msi", msi, "--sequence", "fresh"])
    assert set(seen.verdicts.values()) <= {"PASS", "SKIP"} and "PASS" in seen.verdicts.values()
    assert not seen.lines("# model hazard ")


def test_default_has_no_hazard():
    for msi in ("off", "on"):
        assert not run(app=["--msi", msi]).of("FAIL")


def test_table_names_policies_hazards_and_steps_that_exist():
    listed = {line.split("check=")[1].split()[0] for line in run(app=["--list"]).lines("# run list ")}
    listed |= set((ROOT / "tests/golden/check-ids.txt").read_text().split())
    for policies, msi, mask, fail, hazard, steps, _ in HAZARDS:
        assert policies == "*" or set(policies.split()) <= set(POLICIES)
        assert msi in ("on", "off", "any") and mask in ("device", "controller", "any") and fail in ("0", "1", "any")
        assert {f"hazard.{hazard}", *steps.split()} <= listed
        assert {step.split(".")[0] for step in steps.split()} <= SEQUENCES
