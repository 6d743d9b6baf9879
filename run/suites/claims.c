/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The claims of this product: the ten questions that a reader has, and the checks that answer them.
 * With --policy all the suites that no policy changes are left out; there the steps of the
 * sequences answer, if the line is known: without it they judge no delivery.
 */
#include "run/suites/product.h"

#include "pci/mem.h"

static bool lacks_disintx(const struct lab *lab)
{
	return lab->bench->lacks_disintx;
}

static bool only_sequences(const struct lab *lab)
{
	return text_equal(lab->opt.policy, "all") && !lab->opt.suite[0] && !lab->opt.check[0];
}

static const char *line_unknown(const struct lab *lab)
{
	return lab->bench->line.known
		       ? NULL
		       : "no step judged a delivery: it is not known which line the function has";
}

/* The steps look at the line's own entry only. From 16 up nothing but the line's may follow. */
static const char *unsure_at_controller(const struct lab *lab)
{
	const struct bench *b = lab->bench;
	bool beside = b->moved.count || b->moved_irqs;

	for (unsigned i = 0; i < bench_kept(&b->answer); i++)
		beside |= b->answer.gsi[i] >= 16 && b->answer.gsi[i] != b->line.gsi;
	if (beside)
		return "masked at the controller, the line is at another input (rerouted= and "
		       "also= of 'hw line')";
	return line_unknown(lab);
}

static bool only_sequences_at_controller(const struct lab *lab)
{
	if (lab->opt.intx_mask == INTX_MASK_AUTO)
		return only_sequences(lab) && lacks_disintx(lab);
	return only_sequences(lab) && lab->opt.intx_mask == INTX_MASK_CONTROLLER;
}

static bool only_sequences_at_device(const struct lab *lab)
{
	return only_sequences(lab) && lab->opt.intx_mask == INTX_MASK_DEVICE;
}

/* What somebody in front of the board can do, so that an interrupt can be had. */
static const char *to_get_one(const struct lab *lab)
{
	const struct bench *b = lab->bench;

	if (lab->no_delivery)
		return "switch interrupt remapping (VT-d) off in firmware's setup, or run with an "
		       "IOMMU that firmware leaves off";
	if (!lab->irqc)
		return "look at the lines '# hw madt', '# hw table' and '# hw controllers': "
		       "firmware must describe an I/O APIC that answers";
	if (lab->fn->pin < 1 || lab->fn->pin > 4)
		return "choose a function with an Interrupt Pin: --survey lists them, --device "
		       "names one";
	if (!b->own.usable || b->own.lost)
		return "look at the checks that are ERROR: the device does not answer as it must";
	if (!b->own.ready)
		return b->own.kind->remedy;
	if (!b->line.known)
		return "look at line.probe, and whether another function holds the line";
	if (only_sequences(lab) && unsure_at_controller(lab))
		return "leave --policy all out: controller.mask-reroutes-nothing looks at every "
		       "input, and says what to do";
	return NULL;
}

const struct claim product_claims[] = {
	{ .id = "interrupts",
	  .must = true,
	  .advice = to_get_one,
	  .variant = { { .text = "the device can be made to interrupt, and it arrives",
			 .applies = only_sequences,
			 .doubt = line_unknown,
			 .checks = { "rebind.assert", "rebind.reassert" } },
		       { .text = "the device can be made to interrupt, and it arrives",
			 .checks = { "line.probe", "line.one-per-event" } } } },
	{ .id = "masks",
	  .must = true,
	  .advice = to_get_one,
	  .variant = { { .text = "masking at the interrupt controller stops the line",
			 .applies = only_sequences_at_controller,
			 .doubt = unsure_at_controller,
			 .checks = { "rebind.assert", "rebind.user_mask",
				     "rebind.assert_while_masked" } },
		       { .text = "DisINTx masks the line",
			 .applies = only_sequences_at_device,
			 .doubt = line_unknown,
			 .checks = { "rebind.assert", "rebind.user_mask",
				     "rebind.assert_while_masked" } },
		       { .text = "the mask of each rule that got there (DisINTx, or the "
				 "controller's) stops the line",
			 .applies = only_sequences,
			 .doubt = unsure_at_controller,
			 .checks = { "rebind.assert", "rebind.user_mask",
				     "rebind.assert_while_masked" } },
		       { .text = "it lacks DisINTx, and masking at the controller stops the line",
			 .applies = lacks_disintx,
			 .checks = { "controller.mask-in-handler", "controller.mask-in-second" },
			 .also = { "controller.mask-reroutes-nothing" } },
		       { .text = "DisINTx masks the line",
			 .checks = { "mask.disintx-writable", "mask.disintx-stops-level",
				     "mask.disintx-deasserts" } } } },
	{ .id = "status",
	  .variant = { { .text = "Interrupt Status does not depend on DisINTx",
			 .checks = { "status.independent-of-disintx", "mask.status-is-internal",
				     "status.falls-behind-disintx" } } } },
	{ .id = "level",
	  .variant = { { .text = "the line is a level, not an edge",
			 .checks = { "level.follows-the-device", "level.held-until-acknowledged",
				     "line.level-redelivers" } } } },
	{ .id = "controller",
	  .variant = { { .text = "the interrupt controller's own mask works",
			 .checks = { "controller.mask-in-handler", "controller.pending-at-unmask",
				     "controller.pulse-while-masked" },
			 .also = { "controller.mask-reroutes-nothing" } } } },
	{ .id = "unmask",
	  .variant = { { .text = "held back by a mask, an interrupt comes when unmasked",
			 .applies = only_sequences,
			 .doubt = line_unknown,
			 .checks = { "rebind.unmask_while_asserting", "rebind.unmask_pending" } },
		       { .text = "held back at the controller, an interrupt comes when unmasked",
			 .applies = lacks_disintx,
			 .checks = { "controller.unmask-redelivers",
				     "controller.pending-at-unmask" } },
		       { .text = "held back by DisINTx, an interrupt comes when unmasked",
			 .checks = { "mask.unmask-delivers-once",
				     "vfio.unmask-notifies-again" } } } },
	{ .id = "release",
	  .variant = { { .text = "managed release leaves DisINTx as the driver found it",
			 .checks = { "release.ahci_unbind", "hazard.disintx-left-set" } } } },
	{ .id = "rebind",
	  .variant = { { .text = "the next owner, and then the first again, gets its interrupts",
			 .checks = { "rebind.vfio_bind", "rebind.assert", "rebind.ahci_rebind",
				     "rebind.ahci_io2", "hazard.probe-refused" } } } },
	{ .id = "msi",
	  .variant = { { .text = "MSI and INTx exclude each other",
			 .checks = { "msi.one-message-no-intx", "msi.acked-hands-back-nothing" },
			 .also = { "msi.enable-holds-intx" } } } },
	{ .id = "firmware",
	  .variant = { { .text = "firmware got its machine back as it was",
			 .checks = { "leave.function", "firmware.machine", "firmware.timer" },
			 .also = { "firmware.driver", "firmware.disk" } } } },
	{ .id = NULL },
};
