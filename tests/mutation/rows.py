# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Every field of every row of pci/policy.c, turned to each of its other values."""

import re

FIELDS = {
    "node": ["NODE_SHARED", "NODE_OWN"],
    "redirect": ["REDIRECT_NEVER", "REDIRECT_ALWAYS", "REDIRECT_ON_CHANGE"],
    "record": ["RECORD_FIRST_CHANGE", "RECORD_LAST_CALL", "RECORD_READ_ONCE"],
    "gfp": ["GFP_KERNEL", "GFP_ATOMIC"],
    "clear_managed": ["false", "true"],
    "pinned": ["PINNED_IN_NODE", "PINNED_IN_DEVICE"],
    "reenable": ["REENABLE_IGNORED", "REENABLE_COUNTED"],
    "ahci_intx": ["AHCI_PCI_INTX", "AHCI_PCIM_INTX", "AHCI_ALLOC_VECTORS"],
    "vfio_lock_held": ["false", "true"],
    "vfio_masks_at_device": ["false", "true"],
    "vfio_unlazy": ["false", "true"],
}
TEXTS = {"name", "kernels", "source"}

# (policy, field, from, to), "*" for any: nobody can see it, and why. The test fails when somebody can.
UNSEEN = {
    ("*", "ahci_intx", "AHCI_PCI_INTX", "AHCI_ALLOC_VECTORS"): "both end in a plain pci_intx(1)",
    ("*", "ahci_intx", "AHCI_ALLOC_VECTORS", "AHCI_PCI_INTX"): "both end in a plain pci_intx(1)",
    ("v6.11-rc1", "ahci_intx", "AHCI_PCI_INTX", "AHCI_PCIM_INTX"): "pci_intx() of a managed device is pcim_intx()",
    ("v6.10", "record", "RECORD_FIRST_CHANGE", "*"): "of pcim_intx()'s node; there was none",
    ("v6.10", "gfp", "GFP_KERNEL", "GFP_ATOMIC"): "of pcim_intx()'s node; there was none",
    ("v6.10", "clear_managed", "false", "true"): "in pcim_disable_device(); there was none",
}


def rows(source):
    """{policy: {field: value}} as pci/policy.c has them."""
    found = {}
    for body in re.findall(r"\{\s*(\.name = .*?)\}", source, re.S):
        fields = dict(re.findall(r"\.(\w+) = (\w+)", body))
        name = re.search(r'\.name = "([^"]+)"', body)[1]
        found[name] = {field: value for field, value in fields.items() if field not in TEXTS}
    return found


def mutants(row):
    """(field, from, to) of one row."""
    for field, values in FIELDS.items():
        for value in values:
            if value != row[field]:
                yield field, row[field], value


def unseen(policy, field, before, after):
    """Why nobody sees it, or None."""
    for entry, why in UNSEEN.items():
        if all(want in ("*", is_) for want, is_ in zip(entry, (policy, field, before, after))):
            return why
    return None
