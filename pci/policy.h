/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * A policy is a row: the rules of one Linux generation for pci_intx(), devres and is_managed.
 * Engine and owners read its fields; no code asks for a name. A row says where its rules were read.
 */
#ifndef INTXLAB_PCI_POLICY_H
#define INTXLAB_PCI_POLICY_H

#include <stdbool.h>

/* How the ahci driver asks for its INTx when MSI is not to be had. */
enum policy_ahci_intx {
	AHCI_INTX_ALLOC_VECTORS, /* pci_alloc_irq_vectors(PCI_IRQ_INTX): plain pci_intx(1) */
};

struct policy {
	const char *name;
	const char *kernels; /* which releases follow it */
	const char *source; /* commit or tree and file */
	bool clear_managed; /* pcim_disable_device() sets is_managed back to false */
	enum policy_ahci_intx ahci_intx;
};

extern const struct policy policies[];
extern const unsigned policy_count;
#define POLICY_DEFAULT "v6.15"

/* NULL when no row has this name. */
const struct policy *policy_find(const char *name);

#endif
