/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns vfio-pci's half of the story: mask in the handler, tell user space, unmask on request. It
 * never reads a device register beyond configuration space.
 */
#include "drivers/passthrough.h"

/* irqlock, spin_lock_irqsave: on one CPU, interrupts off. */
static bool lock(struct passthrough *pt)
{
	struct hw *hw = pt->dev->fn->hw;

	return hw->ops->irq_switch(hw, false);
}

static void unlock(struct passthrough *pt, bool were_on)
{
	struct hw *hw = pt->dev->fn->hw;

	hw->ops->irq_switch(hw, were_on);
}

static bool device_check_and_mask(struct passthrough *pt)
{
	return pci_check_and_mask_intx(pt->dev);
}

static void device_mask(struct passthrough *pt)
{
	pci_intx(pt->dev, false);
}

static bool device_check_and_unmask(struct passthrough *pt)
{
	return pci_check_and_unmask_intx(pt->dev);
}

static void device_set_initial(struct passthrough *pt, bool masked)
{
	pci_intx(pt->dev, !masked);
}

const struct passthrough_mask passthrough_mask_at_device = {
	.name = "device",
	.check_and_mask = device_check_and_mask,
	.mask = device_mask,
	.check_and_unmask = device_check_and_unmask,
	.set_initial = device_set_initial,
};

/* vfio_intx_handler(): the line's sink runs with interrupts off, which is the lock. */
static bool handle(void *arg)
{
	struct passthrough *pt = arg;

	if (pt->masked || !pt->mask_ops->check_and_mask(pt))
		return false;
	pt->masked = true;
	if (!pt->virq_disabled)
		pt->notified++;
	return true;
}

enum err passthrough_bind(struct passthrough *pt, struct pci_dev *dev, struct line *line)
{
	*pt = (struct passthrough){ .dev = dev, .line = line, .notified = pt->notified };
	return pci_dev_bind(dev, "vfio-pci");
}

void passthrough_open(struct passthrough *pt, const struct passthrough_mask *mask_ops)
{
	pt->mask_ops = mask_ops;
	pci_clear_master(pt->dev);
	pci_enable_device(pt->dev);
	pci_save_state(pt->dev);
	pt->virq_disabled = false;
	pt->opened = true;
}

enum err passthrough_intx_enable(struct passthrough *pt)
{
	enum err err;

	pt->masked = pt->virq_disabled;
	pt->mask_ops->set_initial(pt, pt->masked);
	err = line_request(pt->line, handle, pt);
	pt->irq_is_intx = !err;
	return err;
}

void passthrough_intx_disable(struct passthrough *pt)
{
	if (!pt->irq_is_intx)
		return;
	line_free(pt->line);
	pt->irq_is_intx = false;
	pt->masked = false;
}

/* __vfio_pci_intx_mask(): with no INTx of ours the physical bit simply follows the virtual one. */
static void intx_mask(struct passthrough *pt)
{
	bool on = lock(pt);

	if (!pt->irq_is_intx) {
		pci_intx(pt->dev, false);
	} else if (!pt->masked) {
		pt->mask_ops->mask(pt);
		pt->masked = true;
	}
	unlock(pt, on);
}

/* vfio_pci_intx_unmask_handler(): true when user space must be told again. */
static bool intx_unmask(struct passthrough *pt)
{
	bool on = lock(pt), again = false;

	if (!pt->irq_is_intx) {
		pci_intx(pt->dev, true);
	} else if (pt->masked && !pt->virq_disabled) {
		again = !pt->mask_ops->check_and_unmask(pt);
		pt->masked = again;
	}
	unlock(pt, on);
	return again;
}

void passthrough_user_mask(struct passthrough *pt)
{
	intx_mask(pt);
}

void passthrough_user_unmask(struct passthrough *pt)
{
	if (intx_unmask(pt))
		pt->notified++;
}

void passthrough_user_command(struct passthrough *pt, uint16_t command)
{
	uint16_t physical = pci_cfg_read16(pt->dev->fn, PCI_COMMAND);
	bool disable = command & PCI_COMMAND_INTX_DISABLE;

	pci_cfg_write16(pt->dev->fn, PCI_COMMAND,
			(command & (uint16_t)~PCI_COMMAND_INTX_DISABLE) |
				(physical & PCI_COMMAND_INTX_DISABLE));
	if (disable && !pt->virq_disabled) {
		pt->virq_disabled = true;
		intx_mask(pt);
	} else if (!disable && pt->virq_disabled) {
		pt->virq_disabled = false;
		passthrough_user_unmask(pt);
	}
}

void passthrough_close(struct passthrough *pt)
{
	/*
	 * Before the line is let go: vfio_pci_core_disable() clears Bus Master with the handler in
	 * place.
	 */
	pci_clear_master(pt->dev);
	passthrough_intx_disable(pt);
	pt->virq_disabled = false;
	pci_cfg_write16(pt->dev->fn, PCI_COMMAND, PCI_COMMAND_INTX_DISABLE);
	pci_restore_state(pt->dev);
	pci_disable_device(pt->dev);
	pt->opened = false;
}

void passthrough_unbind(struct passthrough *pt)
{
	pci_dev_unbind(pt->dev);
}
