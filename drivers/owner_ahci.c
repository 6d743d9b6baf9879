/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the order in which ahci takes and leaves a function. The rules it is subject to are the
 * policy's (pci/device.c); the registers are ahci.c's.
 */
#include "drivers/owner_ahci.h"

static bool handle(void *arg)
{
	struct owner_ahci *owner = arg;

	return ahci_irq(owner->hba);
}

static void release_irq(struct pci_dev *dev, struct devres_node *node)
{
	struct owner_ahci *owner = node->arg;

	pci_deactivate_msi(dev);
	if (owner->shares)
		line_unshare(owner->line);
	else
		line_free(owner->line);
	owner->has_irq = false;
}

/*
 * ahci_port_stop() of every port; IS is written so that nothing asserts once MSI is off
 * (libahci.c).
 */
static void stop_host(struct pci_dev *dev, struct devres_node *node)
{
	struct owner_ahci *owner = node->arg;

	(void)dev;
	owner->stop = ahci_stop_ports(owner->hba);
	ahci_write(owner->hba, AHCI_IS, owner->hba->pi);
	(void)ahci_read(owner->hba, AHCI_IS); /* flush the posted write */
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
static enum err take_vector(struct owner_ahci *owner)
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

static enum err reset_hba(struct owner_ahci *owner)
{
	enum err err = ahci_reset(owner->hba);

	if (!err)
		ahci_irq_enable(owner->hba, true);
	return err;
}

static enum err take_irq(struct owner_ahci *owner)
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

/* PxIE last: an interrupt must find its handler (libahci's ahci_thaw()). */
static void thaw(struct owner_ahci *owner)
{
	for (unsigned i = 0; i < AHCI_PORTS; i++) {
		struct ahci_port *port = ahci_port_at(owner->hba, i);

		if (port->drive != AHCI_ATA && port->drive != AHCI_ATAPI)
			continue;
		ahci_port_clear(port);
		if (owner->has_irq)
			ahci_port_write(port, AHCI_PX_IE,
					AHCI_PX_IS_DHRS | AHCI_PX_IS_PSS | AHCI_PX_IS_ERRORS);
	}
}

/* Software first, in the order that its release will undo it. */
static enum err take_resources(struct owner_ahci *owner)
{
	struct pci_dev *dev = owner->dev;
	enum err err = pcim_enable_device(dev);

	if (!err)
		err = pci_devres_add(dev, "pcim_iomap_regions", GFP_KERNEL, release_nothing, owner);
	if (!err)
		err = pci_devres_add(dev, "ata_host", GFP_KERNEL, release_nothing, owner);
	if (!err)
		err = take_vector(owner);
	return err;
}

static enum err probe(struct owner_ahci *owner)
{
	struct pci_dev *dev = owner->dev;
	enum err err = take_resources(owner);

	if (err)
		return err;
	err = reset_hba(owner);
	if (err)
		return err;
	/* Before the ports: a started port fetches from memory; QEMU's gives up when it may not. */
	pci_set_master(dev);
	err = pci_devres_add(dev, "ata_host_stop", GFP_KERNEL, stop_host, owner);
	if (!err)
		err = ahci_start_ports(owner->hba);
	if (!err)
		err = take_irq(owner);
	if (!err)
		thaw(owner);
	return err;
}

static enum err bind(struct owner_ahci *owner)
{
	enum err err = pci_dev_bind(owner->dev, "ahci");

	if (err)
		return err;
	tracker_enter(owner->dev->tracker, "ahci_init_one");
	err = probe(owner);
	tracker_leave(owner->dev->tracker);
	if (err)
		pci_dev_unbind(owner->dev);
	return err;
}

enum err owner_ahci_bind(struct owner_ahci *owner, struct pci_dev *dev, struct ahci *hba,
			 struct line *line)
{
	*owner = (struct owner_ahci){ .dev = dev, .hba = hba, .line = line };
	return bind(owner);
}

enum err owner_ahci_bind_shared(struct owner_ahci *owner, struct pci_dev *dev, struct ahci *hba,
				struct line *line)
{
	*owner = (struct owner_ahci){ .dev = dev, .hba = hba, .line = line, .shares = true };
	return bind(owner);
}

enum err owner_ahci_unbind(struct owner_ahci *owner)
{
	for (unsigned i = 0; i < AHCI_PORTS; i++) { /* ata_host_detach() ends in ahci_freeze() */
		if (owner->hba->port[i].implemented)
			ahci_port_write(&owner->hba->port[i], AHCI_PX_IE, 0);
	}
	pci_dev_unbind(owner->dev);
	return owner->stop;
}

/*
 * Done is what the handler says, not what a poll finds: the count is the evidence that an interrupt
 * came.
 */
static enum err complete(struct owner_ahci *owner, struct ahci_port *port, uint64_t us)
{
	struct hw *hw = owner->hba->hw;
	enum err err = ahci_wait_done(port, AHCI_COMMAND_US);
	struct hw_timer timer = hw_timer_us(hw, us);

	while (!err && !port->served_count) {
		if (owner->line->storm)
			return ERR_STORM;
		if (ahci_port_read(port, AHCI_PX_IS) == UINT32_MAX)
			return ERR_GONE; /* and will not interrupt any more */
		if (hw_expired(hw, &timer))
			return ERR_TIMEOUT;
		hw->ops->relax(hw);
	}
	return err;
}

enum err owner_ahci_identify(struct owner_ahci *owner, struct ahci_port *port)
{
	ahci_issue_identify(port);
	return complete(owner, port, AHCI_COMMAND_US);
}

enum err owner_ahci_read(struct owner_ahci *owner, struct ahci_port *port, uint64_t lba)
{
	ahci_issue_read(port, lba);
	return complete(owner, port, AHCI_COMMAND_US);
}

enum err owner_ahci_read_within(struct owner_ahci *owner, struct ahci_port *port, uint64_t lba,
				uint64_t us)
{
	ahci_issue_read(port, lba);
	return complete(owner, port, us);
}
