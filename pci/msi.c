/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the MSI capability as drivers/pci/msi/ drives it for one vector: the order of Message
 * Control and DisINTx, and every write of Message Control that Linux makes.
 */
#include "pci/device.h"

static void write_control(struct pci_dev *dev, bool enable)
{
	uint16_t control = pci_cfg_read16(dev->fn, dev->msi_cap + PCI_MSI_FLAGS);

	control &= (uint16_t) ~(PCI_MSI_FLAGS_ENABLE | PCI_MSI_FLAGS_QSIZE);
	pci_cfg_write16(dev->fn, dev->msi_cap + PCI_MSI_FLAGS,
			control | (enable ? PCI_MSI_FLAGS_ENABLE : 0));
}

/* __pci_write_msi_msg(): Message Control once with its number of vectors, then address and data. */
static void write_message(struct pci_dev *dev, struct pci_msi_message message)
{
	unsigned cap = dev->msi_cap;

	write_control(dev, false);
	pci_cfg_write32(dev->fn, cap + PCI_MSI_ADDRESS_LO, (uint32_t)message.address);
	if (pci_cfg_read16(dev->fn, cap + PCI_MSI_FLAGS) & PCI_MSI_FLAGS_64BIT) {
		pci_cfg_write32(dev->fn, cap + PCI_MSI_ADDRESS_HI,
				(uint32_t)(message.address >> 32));
		pci_cfg_write16(dev->fn, cap + PCI_MSI_DATA_64, message.data);
	} else {
		pci_cfg_write16(dev->fn, cap + PCI_MSI_DATA_32, message.data);
	}
}

/* msi_capability_init() */
enum err pci_enable_msi(struct pci_dev *dev, struct pci_msi_message message)
{
	enum err err;

	if (!dev->msi_cap)
		return ERR_ABSENT;
	err = pcim_setup_msi_release(dev);
	if (err)
		return err;
	tracker_enter(dev->tracker, "msi_capability_init");
	write_control(dev, false);
	write_message(dev, message);
	pci_intx(dev, false);
	dev->msi_enabled = true;
	write_control(dev, true);
	tracker_leave(dev->tracker);
	return OK;
}

/*
 * When its interrupt is let go, Linux writes an empty message into a capability that is still
 * enabled. Here only Message Control is written again: a stray interrupt must not be sent to
 * address 0.
 */
void pci_deactivate_msi(struct pci_dev *dev)
{
	if (dev->msi_enabled)
		write_control(dev, true);
}

/* pci_msi_shutdown() */
void pci_disable_msi(struct pci_dev *dev)
{
	if (!dev->msi_enabled)
		return;
	tracker_enter(dev->tracker, "pci_msi_shutdown");
	write_control(dev, false);
	pci_intx(dev, true);
	dev->msi_enabled = false;
	tracker_leave(dev->tracker);
}
