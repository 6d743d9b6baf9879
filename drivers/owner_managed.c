/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the order in which a managed driver takes and leaves a function: Linux's ahci's. The rules
 * it is subject to are the policy's (pci/device.c); the registers are its ops'.
 */
#include "drivers/owner_managed.h"

static bool handle(void *arg)
{
	struct owner_managed *owner = arg;
	bool is_ours = owner->ops->handle(owner->arg);

	owner->served += is_ours;
	return is_ours;
}

static void release_irq(struct pci_dev *dev, struct devres_node *node)
{
	struct owner_managed *owner = node->arg;

	pci_deactivate_msi(dev);
	if (owner->shares)
		line_unshare(owner->line);
	else
		line_free(owner->line);
	owner->has_irq = false;
}

static void stop_host(struct pci_dev *dev, struct devres_node *node)
{
	struct owner_managed *owner = node->arg;

	(void)dev;
	owner->stop = owner->ops->stop(owner->arg);
}

/*
 * What has its place in the order and nothing to undo here: the mapping is the identity map's, the
 * host's memory the bench's.
 */
static void release_nothing(struct pci_dev *dev, struct devres_node *node)
{
	(void)dev;
	(void)node;
}

static enum err take_intx(struct pci_dev *dev)
{
	enum err unseen; /* ahci does not look at what pcim_intx() returns */

	switch (dev->policy->ahci_intx) {
	case AHCI_PCIM_INTX:
		unseen = pcim_intx(dev, true);
		(void)unseen;
		return OK;
	case AHCI_PCI_INTX:
	case AHCI_ALLOC_VECTORS:
		pci_intx(dev, true);
		return OK;
	}
	return ERR_UNSUPPORTED;
}

/* ahci_init_irq(): one MSI where there is one, else INTx. */
static enum err take_vector(struct owner_managed *owner)
{
	struct pci_msi_message message;
	enum err err;

	if (!owner->dev->msi_cap)
		return take_intx(owner->dev);
	if (owner->dev->intx_first)
		pci_intx(owner->dev, false);
	err = line_msi_message(owner->line, &message.address, &message.data);
	return err ? err : pci_enable_msi(owner->dev, message);
}

static enum err take_irq(struct owner_managed *owner)
{
	enum err err;

	if (!owner->dev->msi_enabled && !owner->line->known)
		return OK;
	err = pci_devres_add(owner->dev, "irq", GFP_KERNEL, release_irq, owner);
	if (err)
		return err;
	if (owner->shares)
		err = line_share(owner->line, handle, owner);
	else if (owner->dev->msi_enabled)
		err = line_request_msi(owner->line, handle, owner);
	else
		err = line_request(owner->line, handle, owner);
	owner->has_irq = !err;
	return err;
}

/* Software first, in the order that its release will undo it. */
static enum err take_resources(struct owner_managed *owner)
{
	struct pci_dev *dev = owner->dev;
	enum err err = pcim_enable_device(dev);

	if (!err)
		err = pci_devres_add(dev, "pcim_iomap_regions", GFP_KERNEL, release_nothing, owner);
	if (!err)
		err = pci_devres_add(dev, owner->ops->host, GFP_KERNEL, release_nothing, owner);
	if (!err)
		err = take_vector(owner);
	return err;
}

static enum err probe(struct owner_managed *owner)
{
	struct pci_dev *dev = owner->dev;
	enum err err = take_resources(owner);

	if (err)
		return err;
	err = owner->ops->reset(owner->arg);
	if (err)
		return err;
	/* Before the ports: a started port fetches from memory; QEMU's gives up when it may not. */
	pci_set_master(dev);
	err = pci_devres_add(dev, owner->ops->host_stop, GFP_KERNEL, stop_host, owner);
	if (!err)
		err = owner->ops->start(owner->arg);
	if (!err)
		err = take_irq(owner);
	if (!err)
		err = owner->ops->thaw(owner->arg, owner->has_irq);
	return err;
}

static enum err bind(struct owner_managed *owner)
{
	enum err err = pci_dev_bind(owner->dev, owner->ops->driver);

	if (err)
		return err;
	tracker_enter(owner->dev->tracker, owner->ops->probe);
	err = probe(owner);
	tracker_leave(owner->dev->tracker);
	if (err)
		pci_dev_unbind(owner->dev);
	return err;
}

enum err owner_managed_bind(struct owner_managed *owner, struct pci_dev *dev,
			    const struct managed_ops *ops, void *arg, struct line *line)
{
	*owner = (struct owner_managed){ .dev = dev, .ops = ops, .arg = arg, .line = line };
	return bind(owner);
}

enum err owner_managed_bind_shared(struct owner_managed *owner, struct pci_dev *dev,
				   const struct managed_ops *ops, void *arg, struct line *line)
{
	*owner = (struct owner_managed){
		.dev = dev, .ops = ops, .arg = arg, .line = line, .shares = true
	};
	return bind(owner);
}

enum err owner_managed_unbind(struct owner_managed *owner)
{
	owner->ops->freeze(owner->arg);
	pci_dev_unbind(owner->dev);
	return owner->stop;
}

enum err owner_managed_served(const struct owner_managed *owner, unsigned before, uint64_t us)
{
	struct hw *hw = owner->line->hw;
	struct hw_timer timer = hw_timer_us(hw, us);

	while (owner->served == before) {
		if (owner->line->storm)
			return ERR_STORM;
		if (hw_expired(hw, &timer))
			return ERR_TIMEOUT;
		hw->ops->relax(hw);
	}
	return OK;
}
