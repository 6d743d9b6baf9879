/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Functions that Linux knows to break a rule of INTx, MSI or AHCI. A row changes what is said of a
 * failure, and where vfio-pci masks, never what is measured. The match is Linux's: identity, class
 * and revision.
 */
#ifndef INTXLAB_PCI_QUIRK_H
#define INTXLAB_PCI_QUIRK_H

#include "pci/enumerate.h"

enum pci_quirk {
	/* DisINTx does not mask, or Interrupt Status is dead: vfio-pci masks at the controller */
	PCI_QUIRK_INTX_MASKING = 1 << 0,
	/* with DisINTx = 1 no MSI is sent */
	PCI_QUIRK_MSI_INTX_DISABLE = 1 << 1,
	/* AHCI: IS is to be cleared before PxIS */
	PCI_QUIRK_AHCI_ACK_REVERSED = 1 << 2,
	/* it says that it has a Function Level Reset, and does not survive one */
	PCI_QUIRK_NO_FLR = 1 << 3,
	/* AHCI: PxIS.IFS is set where nothing is wrong with the link */
	PCI_QUIRK_AHCI_IFS = 1 << 4,
	/* MSI does not do */
	PCI_QUIRK_NO_MSI = 1 << 5,
	/* AHCI: a port does not come back from a reset by itself */
	PCI_QUIRK_AHCI_PORT_RESET = 1 << 6,
};

/* The quirks that hold for fn, as bits. tree: where a row looks at another function too. */
unsigned pci_quirks(const struct pci_tree *tree, const struct pci_fn *fn);
/* "intx-masking", ...; the place in Linux's sources. quirks: one bit; of several the first. */
const char *pci_quirk_name(unsigned quirks);
const char *pci_quirk_source(unsigned quirks);

#endif
