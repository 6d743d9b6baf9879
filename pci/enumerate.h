/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Who is there: functions found by following bridges from the root buses, never by scanning 256
 * buses. Work is linear in the functions found. Nothing is written; bus numbers are firmware's.
 */
#ifndef INTXLAB_PCI_ENUMERATE_H
#define INTXLAB_PCI_ENUMERATE_H

#include "pci/acpi.h"
#include "pci/config.h"

#define PCI_MAX_FUNCTIONS 512
#define PCI_MAX_ROOTS 64

/* A bus that no bridge of ours leads to. */
struct pci_root {
	uint16_t segment;
	uint8_t bus;
};

/*
 * While a function is not ready, a root complex that makes Request Retry Status visible answers a
 * read of both its IDs with vendor 0001h, device FFFFh (PCIe Base 6.0 sec 2.3.2). It has 1.0 s from
 * its reset to become ready (sec 6.6.1).
 */
#define PCI_READY_US 1000000
#define PCI_MAX_RETRIES 16

struct pci_retry {
	struct sbdf addr;
	bool is_ready; /* it became a function within that second */
	uint64_t waited_us;
};

struct pci_tree {
	struct hw *hw;
	struct acpi_mcfg mcfg;
	unsigned count;
	struct pci_fn fn[PCI_MAX_FUNCTIONS]; /* depth first, in SBDF order on each bus */
	unsigned truncated; /* functions seen beyond PCI_MAX_FUNCTIONS */
	/* bridges not followed: bus numbers 0, backwards, out of range, seen before, or not in ECAM
	 */
	unsigned bad_bridges;
	unsigned
		retry_count; /* functions that were not ready; the first PCI_MAX_RETRIES are kept */
	struct pci_retry retry[PCI_MAX_RETRIES];
};

/*
 * Fill *tree. With no roots named, the first bus of every MCFG allocation is one, unless a bridge
 * leads there. A segment may have several allocations: each bus is looked at in the one that covers
 * it, and one that none covers is never accessed. Behind a PCIe root or downstream port only device
 * 0 is looked for (PCIe sec 7.3.1). A function that is not ready is waited for, PCI_READY_US in
 * all, and is not in the tree if it stays so. ERR_UNSUPPORTED: ECAM that is not mapped, or a root
 * bus that no allocation covers; ERR_ABSENT: not one function answered; ERR_INVALID: more roots or
 * allocations than the limits. The tree holds what was found until then.
 */
MUST_CHECK enum err pci_enumerate(struct hw *hw, const struct acpi_mcfg *mcfg,
				  const struct pci_root *roots, unsigned root_count,
				  struct pci_tree *tree);

/* A bridge with a bus behind it that no allocation covers; *ret_bus: the lowest of them. */
bool pci_leads_beyond_ecam(const struct pci_tree *tree, const struct pci_fn *bridge,
			   uint8_t *ret_bus);

/* NULL when it is not in the tree. */
struct pci_fn *pci_tree_find(struct pci_tree *tree, struct sbdf addr);

/*
 * INTA-INTD (1-4) as seen at the root bus: swizzled once per bridge (P2P Bridge 1.2 sec 9.1), by
 * device 0 where a port forwards ARI (PCIe sec 6.13); behind a CardBus bridge it is the bridge's
 * own. Reads the bridges' capabilities. 0 if fn has no pin. ret_root_dev may be NULL.
 */
uint8_t pci_root_pin(const struct pci_tree *tree, const struct pci_fn *fn,
		     struct sbdf *ret_root_dev);

#endif
