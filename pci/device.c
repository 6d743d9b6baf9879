/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the PCI core's verbs over Command and the counters beside it, as drivers/pci/pci.c and irq.c
 * have them. The managed half is in managed.c, MSI in msi.c; who calls them is the drivers'
 * business.
 */
#include "pci/device.h"

#include "pci/mem.h"

void pci_dev_init(struct pci_dev *dev, const struct pci_fn *fn, const struct policy *policy,
		  struct tracker *tracker, uint16_t decode)
{
	memset(dev, 0, sizeof(*dev));
	dev->fn = fn;
	dev->policy = policy;
	dev->tracker = tracker;
	dev->decode = decode;
}

uint16_t pci_dev_look(struct pci_dev *dev, unsigned off)
{
	struct tracker *t = dev->tracker;
	uint16_t value;

	if (t->observe)
		t->observe(t->observe_arg, true);
	value = pci_cfg_read16(dev->fn, off);
	if (t->observe)
		t->observe(t->observe_arg, false);
	return value;
}

enum err pci_dev_bind(struct pci_dev *dev, const char *driver)
{
	if (dev->driver)
		return ERR_BUSY;
	tracker_enter(dev->tracker, "really_probe");
	dev->tracker->owner = driver;
	if (!devres_is_empty(&dev->devres)) {
		tracker_hazard(dev->tracker, HAZARD_PROBE_REFUSED, 0);
		dev->tracker->owner = NULL;
		tracker_leave(dev->tracker);
		return ERR_BUSY;
	}
	tracker_leave(dev->tracker);
	dev->driver = driver;
	dev->disintx_at_bind = pci_dev_look(dev, PCI_COMMAND) & PCI_COMMAND_INTX_DISABLE;
	return OK;
}

/* Release with the device still in D0 and the driver still bound (device_unbind_cleanup). */
void pci_dev_unbind(struct pci_dev *dev)
{
	struct tracker *t = dev->tracker;
	uint16_t command;

	tracker_enter(t, "device_unbind_cleanup");
	tracker_enter(t, "devres_release_all");
	t->in_release++;
	devres_release_all(&dev->devres, dev);
	t->in_release--;
	command = pci_dev_look(dev, PCI_COMMAND);
	if (!dev->disintx_at_bind && command != UINT16_MAX && (command & PCI_COMMAND_INTX_DISABLE))
		tracker_hazard(t, HAZARD_DISINTX_LEFT, command);
	tracker_leave(t);
	dev->driver = NULL;
	t->owner = NULL;
	tracker_leave(t);
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
	bool was_enabled = dev->enable_cnt > 0;

	pcim_note_disabled(dev);
	if (--dev->enable_cnt != 0) /* below 0, too: Linux warns and counts on */
		return was_enabled;
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

/* The write itself, and what it means while MSI is on: Message Control is asked, not our flag. */
static void write_command(struct pci_dev *dev, uint16_t old, uint16_t new)
{
	if (old == new)
		return;
	if ((old & ~new &PCI_COMMAND_INTX_DISABLE) && dev->msi_cap &&
	    pci_dev_look(dev, dev->msi_cap + PCI_MSI_FLAGS) & PCI_MSI_FLAGS_ENABLE)
		tracker_hazard(dev->tracker, HAZARD_INTX_UNDER_MSI, old);
	pci_cfg_write16(dev->fn, PCI_COMMAND, new);
}

static uint16_t with_intx(uint16_t command, bool enable)
{
	return enable ? command & (uint16_t)~PCI_COMMAND_INTX_DISABLE
		      : command | PCI_COMMAND_INTX_DISABLE;
}

void pci_intx_plain(struct pci_dev *dev, bool enable)
{
	uint16_t command = pci_cfg_read16(dev->fn, PCI_COMMAND);

	write_command(dev, command, with_intx(command, enable));
}

/* WARN_ON_ONCE(pcim_intx() != 0): Linux goes on as if the register had been written. */
static void redirect(struct pci_dev *dev, bool enable)
{
	if (!pcim_intx(dev, enable) || enable)
		return;
	tracker_hazard(dev->tracker, HAZARD_MASK_LOST, pci_dev_look(dev, PCI_COMMAND));
}

static void intx(struct pci_dev *dev, bool enable)
{
	uint16_t command, new;

	if (dev->policy->redirect == REDIRECT_ALWAYS && dev->is_managed) {
		redirect(dev, enable);
		return;
	}
	command = pci_cfg_read16(dev->fn, PCI_COMMAND);
	new = with_intx(command, enable);
	if (new == command)
		return;
	if (dev->policy->redirect == REDIRECT_ON_CHANGE && dev->is_managed) {
		redirect(dev, enable);
		return;
	}
	write_command(dev, command, new);
	pcim_note_intx(dev, enable);
}

void pci_intx(struct pci_dev *dev, bool enable)
{
	tracker_enter(dev->tracker, "pci_intx");
	intx(dev, enable);
	tracker_leave(dev->tracker);
}

/* pci_check_and_set_intx_mask(): Command and Status in one read, so that they are of one moment. */
static bool check_and_set_intx_mask(struct pci_dev *dev, bool mask)
{
	uint32_t command_status = pci_cfg_read32(dev->fn, PCI_COMMAND);
	uint16_t old = (uint16_t)command_status;
	bool pending = command_status & (uint32_t)PCI_STATUS_INTERRUPT << 16;

	if (mask != pending)
		return false;
	write_command(dev, old, with_intx(old, !mask));
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
