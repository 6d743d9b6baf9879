/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns vfio-pci's half of the story: mask in the handler, tell user space, unmask on request. It
 * never reads a device register beyond configuration space. Where it masks: passthrough_mask.c.
 */
#include "drivers/passthrough.h"

/* irqlock, spin_lock_irqsave: on one CPU, interrupts off. */
static bool lock(struct passthrough *pt)
{
	struct hw *hw = pt->dev->fn->hw;
	bool on = hw->ops->irq_switch(hw, false);

	tracker_lock(pt->dev->tracker, "&vdev->irqlock", true);
	return on;
}

/* Whoever waited for the lock on another CPU gets it now. */
static void unlock(struct passthrough *pt, bool were_on)
{
	struct hw *hw = pt->dev->fn->hw;
	void (*waiting)(struct passthrough * other) = pt->waiting;

	tracker_unlock(pt->dev->tracker);
	hw->ops->irq_switch(hw, were_on);
	pt->waiting = NULL;
	if (waiting)
		waiting(pt);
}

/* vfio_intx_handler(): the line's sink runs with interrupts off, which is the lock. */
static bool serve(struct passthrough *pt)
{
	if (pt->masked || !pt->mask_ops->check_and_mask(pt))
		return false;
	pt->masked = true;
	if (!pt->virq_disabled)
		pt->notified++;
	return true;
}

static bool handle(void *arg)
{
	struct passthrough *pt = arg;
	struct tracker *t = pt->dev->tracker;
	bool ours;

	if (pt->lazily_disabled) {
		pt->mask_ops->redelivered(pt);
		return false;
	}
	t->in_irq = true;
	tracker_enter(t, "vfio_intx_handler");
	tracker_lock(t, "&vdev->irqlock", true);
	ours = serve(pt);
	tracker_unlock(t);
	tracker_leave(t);
	t->in_irq = false;
	return ours;
}

enum err passthrough_bind(struct passthrough *pt, struct pci_dev *dev, struct line *line)
{
	*pt = (struct passthrough){ .dev = dev, .line = line, .notified = pt->notified };
	dev->tracker->pressure = true;
	return pci_dev_bind(dev, "vfio-pci");
}

void passthrough_open(struct passthrough *pt, const struct passthrough_mask *mask_ops)
{
	uint16_t command;

	pt->mask_ops = mask_ops;
	tracker_enter(pt->dev->tracker, "vfio_pci_core_enable");
	pci_clear_master(pt->dev);
	pci_enable_device(pt->dev);
	tracker_leave(pt->dev->tracker);
	pci_save_state(pt->dev);
	/* A device that was still enabled (pinned) keeps its DisINTx in pci_enable_device(). */
	command = pci_cfg_read16(pt->dev->fn, PCI_COMMAND);
	if (mask_ops == &passthrough_mask_at_device && (command & PCI_COMMAND_INTX_DISABLE))
		pci_cfg_write16(pt->dev->fn, PCI_COMMAND,
				command & (uint16_t)~PCI_COMMAND_INTX_DISABLE);
	pt->virq_disabled = false;
	pt->opened = true;
}

/* Under igate alone, a mutex: an allocation in here may sleep. */
enum err passthrough_intx_enable(struct passthrough *pt)
{
	struct tracker *t = pt->dev->tracker;
	enum err err;

	tracker_enter(t, "vfio_intx_enable");
	tracker_lock(t, "&vdev->igate", false);
	pt->masked = pt->virq_disabled;
	pt->mask_ops->set_initial(pt, pt->masked);
	if (pt->masked && pt->mask_ops->requests_disabled)
		err = line_request_disabled(pt->line, handle, pt);
	else
		err = line_request(pt->line, handle, pt);
	pt->irq_is_intx = !err;
	tracker_unlock(t);
	tracker_leave(t);
	return err;
}

void passthrough_intx_disable(struct passthrough *pt)
{
	if (!pt->irq_is_intx)
		return;
	line_free(pt->line);
	pt->irq_is_intx = false;
	pt->masked = false;
	pt->lazily_disabled = false;
}

/*
 * vfio_pci_memory_lock_and_enable() and its undoing, which writes the word whether it changed or
 * not.
 */
static uint16_t lock_memory(struct passthrough *pt)
{
	uint16_t command = pci_cfg_read16(pt->dev->fn, PCI_COMMAND);

	if (!(command & PCI_COMMAND_MEMORY))
		pci_cfg_write16(pt->dev->fn, PCI_COMMAND, command | PCI_COMMAND_MEMORY);
	return command;
}

static void unlock_memory(struct passthrough *pt, uint16_t command)
{
	pci_cfg_write16(pt->dev->fn, PCI_COMMAND, command);
}

/* vfio_msihandler(): an edge, nothing to mask. */
static bool handle_msi(void *arg)
{
	struct passthrough *pt = arg;

	pt->notified++;
	return true;
}

enum err passthrough_msi_enable(struct passthrough *pt)
{
	struct pci_msi_message message;
	uint16_t command;
	enum err err = line_msi_message(pt->line, &message.address, &message.data);

	if (err)
		return err;
	tracker_enter(pt->dev->tracker, "vfio_msi_enable");
	command = lock_memory(pt);
	err = pci_enable_msi(pt->dev, message);
	unlock_memory(pt, command);
	tracker_leave(pt->dev->tracker);
	if (err)
		return err;
	command = lock_memory(pt);
	err = line_request_msi(pt->line, handle_msi, pt);
	unlock_memory(pt, command);
	pt->irq_is_msi = !err;
	return err;
}

void passthrough_msi_disable(struct passthrough *pt)
{
	uint16_t command = lock_memory(pt);

	pci_deactivate_msi(pt->dev);
	line_free(pt->line);
	unlock_memory(pt, command);
	tracker_enter(pt->dev->tracker, "vfio_msi_disable");
	command = lock_memory(pt);
	pci_disable_msi(pt->dev);
	unlock_memory(pt, command);
	tracker_leave(pt->dev->tracker);
	pt->irq_is_msi = false;
}

/* An owner that counts as unmasked while it is masked will never see another interrupt. */
static void note_lost(struct passthrough *pt)
{
	if (pt->irq_is_intx && !pt->masked && !pt->virq_disabled && pt->mask_ops->is_masked(pt))
		tracker_hazard(pt->dev->tracker, HAZARD_INTERRUPT_LOST,
			       pci_dev_look(pt->dev, PCI_COMMAND));
}

/*
 * __vfio_pci_intx_mask(): with no INTx of ours the physical bit simply follows the virtual one.
 * vfio_lock_held false is the alternative in which the write happens after the lock is dropped.
 */
static void intx_mask(struct passthrough *pt)
{
	struct tracker *t = pt->dev->tracker;
	bool held = pt->dev->policy->vfio_lock_held, on, write;

	tracker_enter(t, "__vfio_pci_intx_mask");
	on = lock(pt);
	write = !pt->irq_is_intx || !pt->masked;
	if (pt->irq_is_intx)
		pt->masked = true;
	if (!held)
		unlock(pt, on);
	if (write)
		pt->mask_ops->mask(pt);
	if (held)
		unlock(pt, on);
	note_lost(pt);
	tracker_leave(t);
}

/* vfio_pci_intx_unmask_handler(): true when user space must be told again. */
static bool intx_unmask(struct passthrough *pt)
{
	struct tracker *t = pt->dev->tracker;
	bool held = pt->dev->policy->vfio_lock_held, again = false, on;

	tracker_enter(t, "vfio_pci_intx_unmask_handler");
	if (!pt->irq_is_intx && !held)
		pt->mask_ops->unmask(pt);
	on = lock(pt);
	if (!pt->irq_is_intx) {
		if (held)
			pt->mask_ops->unmask(pt);
	} else if (pt->masked && !pt->virq_disabled) {
		again = !pt->mask_ops->check_and_unmask(pt);
		pt->masked = again;
	}
	unlock(pt, on);
	tracker_leave(t);
	return again;
}

/* vfio_pci_set_intx_mask(), ..._unmask(): -EINVAL unless INTx has a trigger. */
void passthrough_user_mask(struct passthrough *pt)
{
	if (!pt->irq_is_intx)
		return;
	tracker_enter(pt->dev->tracker, "vfio_pci_set_intx_mask");
	intx_mask(pt);
	tracker_leave(pt->dev->tracker);
}

static void unmask_and_tell(struct passthrough *pt)
{
	if (intx_unmask(pt))
		pt->notified++;
}

void passthrough_user_unmask(struct passthrough *pt)
{
	if (pt->irq_is_intx)
		unmask_and_tell(pt);
}

void passthrough_user_command(struct passthrough *pt, uint16_t command)
{
	uint16_t physical = pci_cfg_read16(pt->dev->fn, PCI_COMMAND);
	bool disable = command & PCI_COMMAND_INTX_DISABLE;

	pci_cfg_write16(pt->dev->fn, PCI_COMMAND,
			(command & (uint16_t)~PCI_COMMAND_INTX_DISABLE) |
				(physical & PCI_COMMAND_INTX_DISABLE));
	tracker_enter(pt->dev->tracker, "vfio_basic_config_write");
	if (disable && !pt->virq_disabled) {
		pt->virq_disabled = true;
		intx_mask(pt);
	} else if (!disable && pt->virq_disabled) {
		pt->virq_disabled = false;
		unmask_and_tell(pt);
	}
	tracker_leave(pt->dev->tracker);
}

void passthrough_close(struct passthrough *pt)
{
	/* First: vfio_pci_core_disable() clears Bus Master with the handler still in place. */
	pci_clear_master(pt->dev);
	if (pt->irq_is_msi)
		passthrough_msi_disable(pt);
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
	pt->dev->tracker->pressure = false;
}
