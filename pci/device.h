/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * A PCI device as Linux's PCI core sees it (struct pci_dev): software state beside a function, and
 * the core's verbs over both, in the generation that the policy names. Register effects are those
 * of drivers/pci/pci.c, irq.c, msi/ and devres.c: the same widths, the same order, a write only
 * where Linux writes. State is a model; registers are always read.
 *
 * A verb on a function that is gone reads all-ones, writes into nothing and keeps its software
 * state: whoever observes the function says that it is gone.
 */
#ifndef INTXLAB_PCI_DEVICE_H
#define INTXLAB_PCI_DEVICE_H

#include "pci/config.h"
#include "pci/devres.h"
#include "pci/policy.h"
#include "pci/tracker.h"

#define PCI_SAVED_DWORDS 16

struct pci_saved {
	bool valid;
	uint32_t dword[PCI_SAVED_DWORDS];
};

/* Where an MSI goes: the interrupt controller's word. */
struct pci_msi_message {
	uint64_t address;
	uint16_t data;
};

struct pci_dev {
	const struct pci_fn *fn;
	const struct policy *policy;
	struct tracker *tracker;
	const char *driver; /* bound to it; NULL: none */
	uint16_t decode; /* Command.IO and .MEMORY as far as its BARs need them */
	/* config offset of the MSI capability; 0: none, or MSI is not to be used */
	uint16_t msi_cap;
	int enable_cnt;
	bool is_busmaster;
	bool is_managed, is_msi_managed;
	bool pinned; /* of the device; policies with PINNED_IN_NODE keep theirs in shared */
	bool msi_enabled;
	bool intx_first; /* its managed driver writes DisINTx itself, before it enables MSI */
	bool disintx_at_bind; /* DisINTx as the register had it when the driver came */
	struct devres devres;
	/* struct pci_devres of NODE_SHARED; meaningful while its node is on the list. */
	struct {
		bool enabled, pinned, restore_intx, orig_intx;
	} shared;
	struct pci_saved saved;
};

/* A device that no driver has touched yet. */
void pci_dev_init(struct pci_dev *dev, const struct pci_fn *fn, const struct policy *policy,
		  struct tracker *tracker, uint16_t decode);

/*
 * really_probe() and device_unbind_cleanup(): bind refuses with ERR_BUSY while resources are on the
 * list ("Resources present before probing"); unbind releases everything after the driver's own
 * remove.
 */
MUST_CHECK enum err pci_dev_bind(struct pci_dev *dev, const char *driver);
void pci_dev_unbind(struct pci_dev *dev);

/*
 * enable_cnt 0 to 1: decode on if it is not, DisINTx cleared if it is set, MSI is off and there is
 * a pin (do_pci_enable_device). From 1 on: only the count.
 */
void pci_enable_device(struct pci_dev *dev);
/* Count down; at 0 Bus Master is cleared and nothing else. False: not enabled (Linux warns). */
bool pci_disable_device(struct pci_dev *dev);
void pci_set_master(struct pci_dev *dev);
void pci_clear_master(struct pci_dev *dev);

/*
 * Dwords 0-15; restore writes 15 down to 0, 32 bits wide, each only if it differs. Nothing when
 * none was saved.
 */
void pci_save_state(struct pci_dev *dev);
void pci_restore_state(struct pci_dev *dev);

/*
 * pci_intx(): DisINTx by one read and at most one write; or, for a managed device of some
 * generations, by pcim_intx(), which may allocate and may fail without a word.
 */
void pci_intx(struct pci_dev *dev, bool enable);
/*
 * One 32-bit read of Command and Status, at most one 16-bit write. mask: if Interrupt Status is 1,
 * set DisINTx; true when it was pending. unmask: if it is 0, clear DisINTx; false when it is still
 * pending, and then nothing is written.
 */
bool pci_check_and_mask_intx(struct pci_dev *dev);
bool pci_check_and_unmask_intx(struct pci_dev *dev);

/*
 * pci_alloc_irq_vectors() of one MSI and its undoing: Message Control written where Linux writes
 * it, DisINTx set before the enable and cleared after the disable. ERR_ABSENT: no MSI here.
 * ERR_NOMEM.
 */
MUST_CHECK enum err pci_enable_msi(struct pci_dev *dev, struct pci_msi_message message);
void pci_disable_msi(struct pci_dev *dev);
/* The interrupt let go while MSI is on: the message is written once more. */
void pci_deactivate_msi(struct pci_dev *dev);

/*
 * A resource on the device's list, allocated in the caller's context (devres_alloc and devres_add).
 * ERR_NOMEM.
 */
MUST_CHECK enum err pci_devres_add(struct pci_dev *dev, const char *name, enum gfp gfp,
				   devres_release_fn *release, void *arg);

/* The managed half (drivers/pci/devres.c; until 6.10 in pci.c). ERR_NOMEM from devres. */
MUST_CHECK enum err pcim_enable_device(struct pci_dev *dev);
/* ERR_NOMEM leaves the register untouched. */
MUST_CHECK enum err pcim_intx(struct pci_dev *dev, bool enable);
void pcim_pin_device(struct pci_dev *dev);

/* The tracker's own look at a register: an observation, not an access of the model's. */
uint16_t pci_dev_look(struct pci_dev *dev, unsigned off);

/* For managed.c and device.c: the parts of each other that they stand on. */
void pcim_note_intx(struct pci_dev *dev, bool enable);
void pcim_note_disabled(struct pci_dev *dev);
void pci_intx_plain(struct pci_dev *dev, bool enable);
MUST_CHECK enum err pcim_setup_msi_release(struct pci_dev *dev);

#endif
