/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * What a policy's sequences made of the software around the device: one check a kind of hazard, run
 * behind the sequences. The tracker saw them at the call; here they are only counted and told.
 */
#include "run/sequences/sequence.h"

#include "pci/mem.h"

/* In the words that a kernel's log would have for it. */
static const char *kernel_words(const struct tracker_hazard *h)
{
	switch (h->hazard) {
	case HAZARD_SLEEPING_ALLOCATION:
		return h->lock_hardirq_safe
			       ? "BUG: sleeping function called from invalid context; "
				 "HARDIRQ-safe -> HARDIRQ-unsafe lock order: lock -> fs_reclaim"
			       : "BUG: sleeping function called from invalid context";
	case HAZARD_RESOURCE_IN_RELEASE:
		return "device resource created on driver detach";
	case HAZARD_PROBE_REFUSED:
		return "Resources present before probing";
	case HAZARD_MASK_LOST:
		return "WARN_ON_ONCE: pcim_intx() = -ENOMEM, Command not written";
	case HAZARD_DISINTX_LEFT:
		return "DisINTx 0 before the driver, 1 behind it";
	case HAZARD_INTX_UNDER_MSI:
		return "DisINTx cleared with Message Control enabled";
	case HAZARD_INTERRUPT_LOST:
		return "masked in the register, unmasked in vfio-pci's state";
	case HAZARD_NEIGHBOUR:
		return "another function's interrupt does not come, or comes without end";
	case HAZARD_COUNT:
		break;
	}
	return "";
}

static void tell(struct ctx *c, const struct tracker_hazard *h)
{
	stream_evidence(&c->lab->out,
			"# model hazard check=%s at=%s owner=%s report=%q chain=%q lock=%q "
			"irqs_disabled=%u in_irq=%u in_release=%u command=%04x",
			c->id, h->where, h->owner ? h->owner : "-", kernel_words(h), h->chain,
			h->lock ? h->lock : "", h->irqs_off, h->in_irq, h->in_release, h->command);
}

static void judge(struct ctx *c)
{
	const struct play *play = c->lab->play;
	enum hazard hazard = *(const enum hazard *)c->check->data;
	char steps[160];

	memset(steps, 0, sizeof(steps));
	if (!play->summary.steps) {
		check_skip(c, "no sequence ran");
		return;
	}
	if (hazard == HAZARD_NEIGHBOUR && !play->neighbour_ran) {
		check_skip(c, "the sequence neighbour did not run");
		return;
	}
	if (play->tracker.hazards > TRACKER_HAZARDS) {
		check_error(c, "more hazards than are kept: %u", play->tracker.hazards);
		return;
	}
	for (unsigned i = 0; i < play->tracker.hazards; i++) {
		const struct tracker_hazard *h = &play->tracker.hazard[i];

		if (h->hazard != hazard)
			continue;
		tell(c, h);
		fmt_add_word(steps, sizeof(steps), h->where);
	}
	if (steps[0])
		check_fail(c, hazard_name(hazard), "nowhere", steps);
	else
		check_pass(c);
}

#define HAZARD(hazard_id, kind, hazard_title, hazard_spec, hazard_why, hazard_advice)              \
	{                                                                                          \
		.id = "hazard." hazard_id, .title = hazard_title, .spec = hazard_spec,             \
		.why = WHY(hazard_why), .advice = hazard_advice,                                   \
		.needs = NEED_FUNCTION | NEED_DEVICE, .body = judge,                               \
		.data = &(const enum hazard){ kind },                                              \
	}

static const struct check checks[] = {
	HAZARD("sleeping-allocation", HAZARD_SLEEPING_ALLOCATION,
	       "nothing that may sleep is allocated under a spinlock or with interrupts off",
	       "Linux include/linux/sched/mm.h, might_alloc()",
	       "A sleep under a spinlock can hang the CPU that takes the interrupt.",
	       "The chain in the model hazard line: move the allocation out of the lock, or to "
	       "probe."),
	HAZARD("resource-in-release", HAZARD_RESOURCE_IN_RELEASE,
	       "no device resource is made while the device's resources are released",
	       "Linux drivers/base/devres.c, devres_release_all()",
	       "A resource made while resources are released is never freed, and blocks the next "
	       "probe.",
	       "The chain in the model hazard line: who calls a managed verb from a release?"),
	HAZARD("probe-refused", HAZARD_PROBE_REFUSED,
	       "the next driver finds no resources of the one before",
	       "Linux drivers/base/dd.c, really_probe()",
	       "The device cannot be bound again until the next boot.",
	       "Devres in the last step of the driver before: what was left in the list?"),
	HAZARD("mask-lost", HAZARD_MASK_LOST, "a mask request reaches the register",
	       "Linux drivers/pci/devres.c, pcim_intx(): -ENOMEM",
	       "A mask that is lost leaves the line asserted: it storms, and Linux disables it.",
	       "The failed allocation in the model hazard line: a mask must not depend on memory."),
	HAZARD("disintx-left-set", HAZARD_DISINTX_LEFT,
	       "a driver leaves DisINTx as it found it, or clear",
	       "Linux drivers/pci/devres.c, pcim_intx_restore()",
	       "The next driver gets no interrupt and does not know why.",
	       "The first and last Command of the driver before: who writes DisINTx, and who "
	       "restores it?"),
	HAZARD("intx-under-msi", HAZARD_INTX_UNDER_MSI,
	       "a managed release does not clear DisINTx while MSI is still enabled",
	       "PCI 3.0 sec 6.8; Linux drivers/pci/msi/msi.c, pci_msi_shutdown()",
	       "A device that heeds DisINTx under MSI would assert a line that nobody handles.",
	       "The order of the release: MSI must be off before DisINTx is restored."),
	HAZARD("interrupt-lost", HAZARD_INTERRUPT_LOST,
	       "DisINTx is never set behind an owner that holds it to be clear",
	       "Linux drivers/vfio/pci/vfio_pci_intrs.c, irqlock",
	       "An owner that holds an interrupt to be unmasked never unmasks it: it is lost for "
	       "ever.",
	       "The lock in the model hazard line: mask state and register must change under one "
	       "lock."),
	HAZARD("neighbour", HAZARD_NEIGHBOUR,
	       "another function on the line is neither starved nor stormed",
	       "PCI 3.0 sec 2.2.6, a line may be shared",
	       "Whoever shares the line is starved or stormed by a device that is not its own.",
	       "The step named: is the line masked for long, or asserted with no handler?"),
};

const struct suite suite_hazard = {
	.name = "hazard",
	.checks = checks,
	.count = sizeof(checks) / sizeof(checks[0]),
	.per_policy = true,
};
