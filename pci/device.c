/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the PCI core's verbs over Command and the counters beside it, as drivers/pci/pci.c and irq.c
 * have them. Who calls them, and in which order, is the drivers' business.
 */
#include "pci/device.h"

#include "pci/mem.h"

void pci_dev_init(struct pci_dev *dev, const struct pci_fn *fn, const struct policy *policy,
		  uint16_t decode)
{
	memset(dev, 0, sizeof(*dev));
	dev->fn = fn;
	dev->policy = policy;
	dev->decode = decode;
}

enum err pci_dev_bind(struct pci_dev *dev, const char *driver)
{
	if (dev->driver || !devres_is_empty(&dev->devres))
		return ERR_BUSY;
	dev->driver = driver;
	return OK;
}

void pci_dev_unbind(struct pci_dev *dev)
{
	devres_release_all(&dev->devres, dev);
	dev->driver = NULL;
}

void pci_enable_device(struct pci_dev *dev)
{
	uint16_t command;

	if (dev->enable_cnt++ > 0)
		return;
	pci_cfg_rmw16(dev->fn, PCI_COMMAND, 0, dev->decode);
	if (dev->msi_enabled || !dev->fn->pin)
		return;
	command = pci_cfg_read16(dev->fn, PCI_COMMAND);
	if (command & PCI_COMMAND_INTX_DISABLE)
		pci_cfg_write16(dev->fn, PCI_COMMAND,
				command & (uint16_t)~PCI_COMMAND_INTX_DISABLE);
}

bool pci_disable_device(struct pci_dev *dev)
{
	if (dev->enable_cnt <= 0)
		return false;
	if (--dev->enable_cnt > 0)
		return true;
	pci_cfg_rmw16(dev->fn, PCI_COMMAND, PCI_COMMAND_MASTER, 0);
	dev->is_busmaster = false;
	return true;
}

void pci_set_master(struct pci_dev *dev)
{
	pci_cfg_rmw16(dev->fn, PCI_COMMAND, 0, PCI_COMMAND_MASTER);
	dev->is_busmaster = true;
}

void pci_clear_master(struct pci_dev *dev)
{
	pci_cfg_rmw16(dev->fn, PCI_COMMAND, PCI_COMMAND_MASTER, 0);
	dev->is_busmaster = false;
}

void pci_save_state(struct pci_dev *dev)
{
	for (unsigned i = 0; i < PCI_SAVED_DWORDS; i++)
		dev->saved.dword[i] = pci_cfg_read32(dev->fn, i * 4);
	dev->saved.valid = true;
}

/*
 * From the top down, so that the BARs are back before Command lets the function decode them
 * (pci_restore_config_space). Dword 1 carries Status: its RW1C bits that were 1 when saved are
 * cleared.
 */
void pci_restore_state(struct pci_dev *dev)
{
	if (!dev->saved.valid)
		return;
	for (unsigned i = PCI_SAVED_DWORDS; i-- > 0;) {
		if (pci_cfg_read32(dev->fn, i * 4) != dev->saved.dword[i])
			pci_cfg_write32(dev->fn, i * 4, dev->saved.dword[i]);
	}
	dev->saved.valid = false;
}

void pci_intx(struct pci_dev *dev, bool enable)
{
	pci_cfg_rmw16(dev->fn, PCI_COMMAND, enable ? PCI_COMMAND_INTX_DISABLE : 0,
		      enable ? 0 : PCI_COMMAND_INTX_DISABLE);
}

/* pci_check_and_set_intx_mask(): Command and Status in one read, so that they are of one moment. */
static bool check_and_set_intx_mask(struct pci_dev *dev, bool mask)
{
	uint32_t command_status = pci_cfg_read32(dev->fn, PCI_COMMAND);
	uint16_t old = (uint16_t)command_status, new = old;
	bool pending = command_status & (uint32_t)PCI_STATUS_INTERRUPT << 16;

	if (mask != pending)
		return false;
	if (mask)
		new |= PCI_COMMAND_INTX_DISABLE;
	else
		new &= (uint16_t)~PCI_COMMAND_INTX_DISABLE;
	if (new != old)
		pci_cfg_write16(dev->fn, PCI_COMMAND, new);
	return true;
}

bool pci_check_and_mask_intx(struct pci_dev *dev)
{
	return check_and_set_intx_mask(dev, true);
}

bool pci_check_and_unmask_intx(struct pci_dev *dev)
{
	return check_and_set_intx_mask(dev, false);
}

static void pcim_disable_device(struct pci_dev *dev, void *arg)
{
	(void)arg;
	pci_disable_device(dev);
	if (dev->policy->clear_managed)
		dev->is_managed = false;
}

/* The action first, then the enabling: being the oldest node, it is the last to be released. */
enum err pcim_enable_device(struct pci_dev *dev)
{
	enum err err = devres_add(&dev->devres, "pcim_disable_device", pcim_disable_device, NULL);

	if (err)
		return err;
	pci_enable_device(dev);
	dev->is_managed = true;
	return OK;
}
