/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * A PCI device as Linux's PCI core sees it (struct pci_dev): software state beside a function, and
 * the core's verbs over both. Register effects are those of drivers/pci/pci.c and irq.c: the same
 * widths, the same order, a write only where Linux writes. State is a model; registers are always
 * read.
 *
 * A verb on a function that is gone reads all-ones, writes into nothing and keeps its software
 * state: whoever observes the function says that it is gone.
 */
#ifndef INTXLAB_PCI_DEVICE_H
#define INTXLAB_PCI_DEVICE_H

#include "pci/config.h"
#include "pci/devres.h"
#include "pci/policy.h"

#define PCI_SAVED_DWORDS 16

struct pci_saved {
	bool valid;
	uint32_t dword[PCI_SAVED_DWORDS];
};

struct pci_dev {
	const struct pci_fn *fn;
	const struct policy *policy;
	const char *driver; /* bound to it; NULL: none */
	uint16_t decode; /* Command.IO and .MEMORY as far as its BARs need them */
	int enable_cnt;
	bool is_busmaster;
	bool is_managed;
	bool msi_enabled;
	struct devres devres;
	struct pci_saved saved;
};

/* A device that no driver has touched yet. */
void pci_dev_init(struct pci_dev *dev, const struct pci_fn *fn, const struct policy *policy,
		  uint16_t decode);

/*
 * really_probe() and device_unbind_cleanup(): bind refuses with ERR_BUSY while resources are on the
 * list
 * ("Resources present before probing"); unbind releases everything after the driver's own remove.
 */
MUST_CHECK enum err pci_dev_bind(struct pci_dev *dev, const char *driver);
void pci_dev_unbind(struct pci_dev *dev);

/*
 * enable_cnt 0 to 1: decode on if it is not, DisINTx cleared if it is set, MSI is off and there is
 * a pin (do_pci_enable_device). From 1 on: only the count.
 */
void pci_enable_device(struct pci_dev *dev);
/*
 * Count down; at 0 Bus Master is cleared and nothing else. False: it was not enabled (Linux warns).
 */
bool pci_disable_device(struct pci_dev *dev);
void pci_set_master(struct pci_dev *dev);
void pci_clear_master(struct pci_dev *dev);

/*
 * Dwords 0-15; restore writes 15 down to 0, 32 bits wide, each only if it differs. Nothing when
 * none was saved.
 */
void pci_save_state(struct pci_dev *dev);
void pci_restore_state(struct pci_dev *dev);

/* pci_intx(): DisINTx by one read and at most one write. */
void pci_intx(struct pci_dev *dev, bool enable);
/*
 * One 32-bit read of Command and Status, at most one 16-bit write. mask: if Interrupt Status is 1,
 * set DisINTx; true when it was pending. unmask: if it is 0, clear DisINTx; false when it is still
 * pending, and then nothing is written.
 */
bool pci_check_and_mask_intx(struct pci_dev *dev);
bool pci_check_and_unmask_intx(struct pci_dev *dev);

/* The managed half (drivers/pci/devres.c). ERR_NOMEM from devres. */
MUST_CHECK enum err pcim_enable_device(struct pci_dev *dev);

#endif
