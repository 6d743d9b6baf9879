/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the managed half of the PCI core: what pcim_enable_device() makes, what pcim_intx()
 * remembers, and what is released. NODE_SHARED is struct pci_devres (until 6.10), NODE_OWN
 * drivers/pci/devres.c.
 */
#include "pci/device.h"

#include "pci/mem.h"

#define SHARED_NODE "pcim_release"
#define INTX_NODE "pcim_intx_restore"

enum err pci_devres_add(struct pci_dev *dev, const char *name, enum gfp gfp,
			devres_release_fn *release, void *arg)
{
	struct devres_node *node;

	if (!tracker_allocate(dev->tracker, "__devres_alloc_node", gfp, false))
		return ERR_NOMEM;
	return devres_add(&dev->devres, name, release, arg, &node);
}

/* find_pci_dr(): the flag may be stale, the node is not. */
static bool shared_node(struct pci_dev *dev)
{
	return dev->policy->node == NODE_SHARED && dev->is_managed &&
	       devres_find(&dev->devres, SHARED_NODE);
}

/* Until 6.10 a pci_intx() that finds the node records into it; the first change counts. */
void pcim_note_intx(struct pci_dev *dev, bool enable)
{
	if (!shared_node(dev) || dev->shared.restore_intx)
		return;
	dev->shared.restore_intx = true;
	dev->shared.orig_intx = !enable;
}

/* Until 6.10 an explicit disable is not repeated at release. */
void pcim_note_disabled(struct pci_dev *dev)
{
	if (shared_node(dev))
		dev->shared.enabled = false;
}

static void pcim_release(struct pci_dev *dev, struct devres_node *node)
{
	(void)node;
	tracker_enter(dev->tracker, "pcim_release");
	if (dev->shared.restore_intx)
		pci_intx(dev, dev->shared.orig_intx);
	if (dev->shared.enabled && !dev->shared.pinned)
		pci_disable_device(dev);
	memset(&dev->shared, 0, sizeof(dev->shared));
	tracker_leave(dev->tracker);
}

static enum err enable_shared(struct pci_dev *dev)
{
	enum err err;

	if (!shared_node(dev)) {
		memset(&dev->shared, 0, sizeof(dev->shared));
		err = pci_devres_add(dev, SHARED_NODE, GFP_KERNEL, pcim_release, NULL);
		if (err)
			return err;
	}
	if (dev->shared.enabled && dev->policy->reenable == REENABLE_IGNORED)
		return OK;
	pci_enable_device(dev);
	dev->is_managed = true;
	dev->shared.enabled = true;
	return OK;
}

static void pcim_disable_device(struct pci_dev *dev, struct devres_node *node)
{
	(void)node;
	tracker_enter(dev->tracker, "pcim_disable_device");
	if (!dev->pinned)
		pci_disable_device(dev);
	if (dev->policy->clear_managed)
		dev->is_managed = false;
	tracker_leave(dev->tracker);
}

/* The action first, then the enabling: being the oldest node, it is the last to be released. */
static enum err enable_own(struct pci_dev *dev)
{
	enum err err;

	if (dev->policy->reenable == REENABLE_IGNORED &&
	    devres_find(&dev->devres, "pcim_disable_device"))
		return OK;
	err = pci_devres_add(dev, "pcim_disable_device", GFP_KERNEL, pcim_disable_device, NULL);
	if (err)
		return err;
	pci_enable_device(dev);
	dev->is_managed = true;
	return OK;
}

enum err pcim_enable_device(struct pci_dev *dev)
{
	enum err err;

	tracker_enter(dev->tracker, "pcim_enable_device");
	err = dev->policy->node == NODE_SHARED ? enable_shared(dev) : enable_own(dev);
	tracker_leave(dev->tracker);
	return err;
}

void pcim_pin_device(struct pci_dev *dev)
{
	if (dev->policy->pinned == PINNED_IN_DEVICE)
		dev->pinned = true;
	else if (shared_node(dev)) /* not enabled: only a warning */
		dev->shared.pinned = true;
}

static void pcim_intx_restore(struct pci_dev *dev, struct devres_node *node)
{
	tracker_enter(dev->tracker, "pcim_intx_restore");
	pci_intx_plain(dev, node->orig_intx);
	tracker_leave(dev->tracker);
}

static enum err get_or_create_node(struct pci_dev *dev, struct devres_node **ret_node)
{
	struct devres_node *node = devres_find(&dev->devres, INTX_NODE);
	enum err err;

	if (node) {
		*ret_node = node;
		return OK;
	}
	if (!tracker_allocate(dev->tracker, "__devres_alloc_node", dev->policy->gfp, true))
		return ERR_NOMEM;
	err = devres_add(&dev->devres, INTX_NODE, pcim_intx_restore, NULL, &node);
	if (err)
		return err;
	if (dev->policy->record == RECORD_READ_ONCE)
		node->orig_intx = !(pci_cfg_read16(dev->fn, PCI_COMMAND) &
				    PCI_COMMAND_INTX_DISABLE);
	*ret_node = node;
	return OK;
}

enum err pcim_intx(struct pci_dev *dev, bool enable)
{
	struct devres_node *node;
	enum err err;

	tracker_enter(dev->tracker, "pcim_intx");
	err = get_or_create_node(dev, &node);
	if (!err) {
		if (dev->policy->record == RECORD_LAST_CALL)
			node->orig_intx = !enable;
		pci_intx_plain(dev, enable);
	}
	tracker_leave(dev->tracker);
	return err;
}

static void pcim_msi_release(struct pci_dev *dev, struct devres_node *node)
{
	(void)node;
	tracker_enter(dev->tracker, "pcim_msi_release");
	dev->is_msi_managed = false;
	pci_disable_msi(dev);
	tracker_leave(dev->tracker);
}

enum err pcim_setup_msi_release(struct pci_dev *dev)
{
	enum err err;

	if (!dev->is_managed || dev->is_msi_managed)
		return OK;
	err = pci_devres_add(dev, "pcim_msi_release", GFP_KERNEL, pcim_msi_release, NULL);
	dev->is_msi_managed = !err;
	return err;
}
