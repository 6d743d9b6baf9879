/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the two places where vfio-pci masks: DisINTx at the device (pci_2_3), or the line at the
 * controller, as disable_irq_nosync() and enable_irq() do it. Lazily: the flow handler masks only
 * when the line comes again (Linux until 6.17); unlazily: at once, before the EOI.
 */
#include "drivers/passthrough.h"

static bool device_check_and_mask(struct passthrough *pt)
{
	return pci_check_and_mask_intx(pt->dev);
}

static void device_mask(struct passthrough *pt)
{
	pci_intx(pt->dev, false);
}

static void device_unmask(struct passthrough *pt)
{
	pci_intx(pt->dev, true);
}

static bool device_check_and_unmask(struct passthrough *pt)
{
	return pci_check_and_unmask_intx(pt->dev);
}

static void device_set_initial(struct passthrough *pt, bool masked)
{
	pci_intx(pt->dev, !masked);
}

static bool device_is_masked(struct passthrough *pt)
{
	return pci_dev_look(pt->dev, PCI_COMMAND) & PCI_COMMAND_INTX_DISABLE;
}

static void nothing(struct passthrough *pt)
{
	(void)pt;
}

const struct passthrough_mask passthrough_mask_at_device = {
	.name = "device",
	.check_and_mask = device_check_and_mask,
	.mask = device_mask,
	.unmask = device_unmask,
	.check_and_unmask = device_check_and_unmask,
	.set_initial = device_set_initial,
	.requests_disabled = false,
	.redelivered = nothing,
	.is_masked = device_is_masked,
};

static void disable_irq(struct passthrough *pt)
{
	if (pt->dev->policy->vfio_unlazy)
		line_mask(pt->line);
	else
		pt->lazily_disabled = true;
}

/* enable_irq(): a level line that is still asserted comes again by itself. */
static void enable_irq(struct passthrough *pt)
{
	pt->lazily_disabled = false;
	line_unmask(pt->line);
}

/* The device is not asked: the line is requested for it alone, so the interrupt is its own. */
static bool controller_check_and_mask(struct passthrough *pt)
{
	disable_irq(pt);
	return true;
}

static void controller_mask(struct passthrough *pt)
{
	if (pt->irq_is_intx)
		disable_irq(pt);
}

/*
 * Unmasked before the caller says so: the line may be taken at once, behind the lock. The handler
 * must find masked = false.
 */
static bool controller_check_and_unmask(struct passthrough *pt)
{
	pt->masked = false;
	enable_irq(pt);
	return true;
}

static void controller_set_initial(struct passthrough *pt, bool masked)
{
	(void)pt;
	(void)masked;
}

/* handle_fasteoi_irq() on a line that is disabled: mask, count nothing. */
static void controller_redelivered(struct passthrough *pt)
{
	line_mask(pt->line);
	pt->lazily_disabled = false;
	line_uncount(pt->line);
}

static bool controller_is_masked(struct passthrough *pt)
{
	return pt->lazily_disabled || line_is_masked(pt->line);
}

const struct passthrough_mask passthrough_mask_at_controller = {
	.name = "controller",
	.check_and_mask = controller_check_and_mask,
	.mask = controller_mask,
	.unmask = nothing,
	.check_and_unmask = controller_check_and_unmask,
	.set_initial = controller_set_initial,
	.requests_disabled = true,
	.redelivered = controller_redelivered,
	.is_masked = controller_is_masked,
};
