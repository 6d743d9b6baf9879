/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * A policy is a row: the rules of one Linux generation for pci_intx(), devres and is_managed.
 * Engine and owners read its fields; no code asks for a name. A row says where its rules were read.
 */
#ifndef INTXLAB_PCI_POLICY_H
#define INTXLAB_PCI_POLICY_H

#include <stdbool.h>

#include "pci/tracker.h"

/* Where a managed device keeps what pcim_enable_device() took. */
enum policy_node {
	NODE_SHARED, /* one struct pci_devres for everything (until 6.10) */
	NODE_OWN, /* a devres node for each thing */
};

/* When pci_intx() of a managed device goes to pcim_intx(). */
enum policy_redirect {
	REDIRECT_NEVER,
	REDIRECT_ALWAYS, /* before Command is read */
	REDIRECT_ON_CHANGE, /* only if Command would change */
};

/* Which state of INTx a managed device is given back in. */
enum policy_record {
	RECORD_FIRST_CHANGE, /* the opposite of the first change that was written */
	RECORD_LAST_CALL, /* the opposite of the last call's argument, written or not */
	RECORD_READ_ONCE, /* what Command said when the node was made */
};

enum policy_pinned { PINNED_IN_NODE, PINNED_IN_DEVICE };

/* A second pcim_enable_device() of one binding. */
enum policy_reenable { REENABLE_IGNORED, REENABLE_COUNTED };

/* How the ahci driver asks for its INTx when MSI is not to be had. */
enum policy_ahci_intx {
	AHCI_PCI_INTX, /* pci_intx(1) */
	AHCI_PCIM_INTX, /* pcim_intx(1) */
	AHCI_ALLOC_VECTORS, /* pci_alloc_irq_vectors(PCI_IRQ_INTX): plain pci_intx(1) */
};

struct policy {
	const char *name;
	const char *kernels; /* which releases follow it */
	const char *source; /* commit, or tree and file */
	enum policy_node node;
	enum policy_redirect redirect;
	enum policy_record record;
	enum gfp gfp; /* of the INTx node */
	bool clear_managed; /* pcim_disable_device() sets is_managed back to false */
	enum policy_pinned pinned;
	enum policy_reenable reenable;
	enum policy_ahci_intx ahci_intx;
	bool vfio_lock_held; /* vfio-pci calls pci_intx() under irqlock */
	bool vfio_masks_at_device; /* false: at the controller alone, whatever the device can */
	bool vfio_unlazy; /* at the controller: masked at once, not at the next delivery */
};

extern const struct policy policies[];
extern const unsigned policy_count;
#define POLICY_DEFAULT "v6.15"

/* NULL when no row has this name. */
const struct policy *policy_find(const char *name);

#endif
