/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * What of the platform stands between a function and the CPU: who keeps its messages from becoming
 * interrupts, and who hides functions. Linux's lists and HyperTransport's registers; reads only.
 */
#ifndef INTXLAB_PCI_PLATFORM_H
#define INTXLAB_PCI_PLATFORM_H

#include "pci/enumerate.h"

/* HyperTransport MSI Mapping, of one function. It may have several: each is one of these. */
#define PCI_MAX_HT_MAPPINGS 4

struct pci_ht_mapping {
	uint16_t off;
	bool enabled, fixed;
};

/* Their number, PCI_MAX_HT_MAPPINGS at most; 0 also where the list cannot be read. */
unsigned pci_ht_msi_mappings(const struct pci_fn *fn,
			     struct pci_ht_mapping ret_mapping[PCI_MAX_HT_MAPPINGS]);

/* A part of the platform for which a function's messages do not become interrupts. */
struct pci_no_msi {
	const struct pci_fn *part;
	const char *what; /* a sentence's end */
	const char *source;
};

/*
 * The function that turns messages of the root bus that fn is behind into interrupts where it has a
 * mapping: device 0, function 0 there. NULL without one.
 */
const struct pci_fn *pci_host_bridge(struct pci_tree *tree, const struct pci_fn *fn);

/*
 * True: the first such part. It is a chipset of Linux's lists, wherever it stands; or one of the
 * bridges above fn on its list; or, where the bridges above fn have HyperTransport mappings, no
 * mapping on the way is enabled, the host bridge's included. fn's own mapping counts if the host
 * bridge hangs on HyperTransport: below another one it is rightly off (Linux drivers/pci/quirks.c,
 * __nv_msi_ht_cap_quirk()).
 */
bool pci_loses_messages(struct pci_tree *tree, const struct pci_fn *fn, struct pci_no_msi *ret);

/* Intel VMD: functions that firmware put behind it are in no configuration space but its own. */
bool pci_hides_functions(const struct pci_fn *fn);
#define PCI_HIDES_SOURCE "Linux drivers/pci/controller/vmd.c, vmd_ids"

#endif
