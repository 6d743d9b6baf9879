/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * What vfio-pci does to a register with each verb, on this hardware: the return value, the register
 * read back, and the writes the seam saw. The verbs are pci/device.h's and the owner is
 * drivers/passthrough.h's, both by the rules of the default policy; whole lives of an owner are the
 * sequences'.
 */
#include "run/bench/verbs.h"

#define SPEC_MASK "observation: Linux drivers/pci/irq.c, pci_check_and_set_intx_mask()"
#define SPEC_INTX "observation: Linux drivers/pci/pci.c, pci_intx()"
#define SPEC_OWNER "observation: Linux drivers/vfio/pci/vfio_pci_intrs.c"

static bool check_and_mask(struct ctx *c, struct pci_dev *dev)
{
	verbs_clear(c);
	return pci_check_and_mask_intx(dev);
}

static bool check_and_unmask(struct ctx *c, struct pci_dev *dev)
{
	verbs_clear(c);
	return pci_check_and_unmask_intx(dev);
}

static void mask_leaves_foreign(struct ctx *c)
{
	if (!events_begin_unheard(c, false))
		return;
	expect_eq(c, check_and_mask(c, verbs_meet(c)), false,
		  "pci_check_and_mask_intx(), nothing pending");
	verbs_expect_writes(c, 0);
	expect_eq(c, verbs_accesses(c, HW_TRACE_READ_COMMAND, HW_32), 1, "32-bit reads of 04h");
	expect_eq(c, verbs_disintx(c), 0, "DisINTx");
	events_finish_unheard(c);
}

static void mask_takes_own(struct ctx *c)
{
	if (!events_begin_unheard(c, false))
		return;
	raise_event(c);
	expect_eq(c, check_and_mask(c, verbs_meet(c)), true, "pci_check_and_mask_intx(), pending");
	verbs_expect_writes(c, 1);
	expect_eq(c, verbs_disintx(c), 1, "DisINTx");
	events_finish_unheard(c);
}

static void mask_again(struct ctx *c)
{
	if (!events_begin_unheard(c, true))
		return;
	raise_event(c);
	expect_eq(c, check_and_mask(c, verbs_meet(c)), true,
		  "pci_check_and_mask_intx(), pending, masked before");
	verbs_expect_writes(c, 0);
	expect_eq(c, verbs_disintx(c), 1, "DisINTx");
	events_finish_unheard(c);
}

static void unmask_refuses(struct ctx *c)
{
	if (!events_begin_unheard(c, true))
		return;
	raise_event(c);
	expect_eq(c, check_and_unmask(c, verbs_meet(c)), false,
		  "pci_check_and_unmask_intx(), pending");
	verbs_expect_writes(c, 0);
	expect_eq(c, verbs_disintx(c), 1, "DisINTx");
	events_finish_unheard(c);
}

static void unmask_opens(struct ctx *c)
{
	if (!events_begin_unheard(c, true))
		return;
	raise_event(c);
	expect_ok(c, source_ack(&c->lab->bench->own), "the device is acknowledged");
	expect_eq(c, check_and_unmask(c, verbs_meet(c)), true,
		  "pci_check_and_unmask_intx(), acknowledged");
	verbs_expect_writes(c, 1);
	expect_eq(c, verbs_disintx(c), 0, "DisINTx");
	events_finish_unheard(c);
}

/* enable, then writes expected of the two calls that follow each other. */
static void intx_twice(struct ctx *c, struct pci_dev *dev, bool enable)
{
	verbs_clear(c);
	pci_intx(dev, enable);
	verbs_expect_writes(c, 1);
	verbs_clear(c);
	pci_intx(dev, enable);
	verbs_expect_writes(c, 0);
	expect_eq(c, verbs_disintx(c), !enable, "DisINTx");
}

static void intx_on_change(struct ctx *c)
{
	source_known_command(&c->lab->bench->own);
	intx_twice(c, verbs_meet(c), false);
	intx_twice(c, verbs_meet(c), true);
	source_known_command(&c->lab->bench->own);
}

/* ECAM page of a function of the same bus that is not there; 0: every device number answers. */
static uint64_t absent_page(const struct pci_fn *fn)
{
	uint64_t bus = fn->cfg - ((uint64_t)fn->addr.dev << 15 | (uint64_t)fn->addr.fn << 12);

	for (unsigned dev = 31; dev > 0; dev--) {
		uint64_t page = bus + ((uint64_t)dev << 15);

		if (dev != fn->addr.dev && hw_read32(fn->hw, page) == UINT32_MAX)
			return page;
	}
	return 0;
}

/* All-ones has Interrupt Status 1: the verbs take it for pending, so their caller must ask first.
 */
static void all_ones(struct ctx *c)
{
	struct pci_dev *dev = verbs_meet(c);
	struct pci_fn absent = *c->lab->fn;

	absent.cfg = absent_page(&absent);
	if (!absent.cfg) {
		check_skip(c, "every device number of the bus answers");
		return;
	}
	dev->fn = &absent;
	hw_trace_watch(&c->lab->trace, absent.cfg, 0);
	expect_eq(c, pci_fn_is_gone(&absent), true, "the function is known to be gone");
	expect_eq(c, check_and_mask(c, dev), true, "pci_check_and_mask_intx(), all-ones");
	verbs_expect_writes(c, 0);
	expect_eq(c, check_and_unmask(c, dev), false, "pci_check_and_unmask_intx(), all-ones");
	verbs_expect_writes(c, 0);
	dev->fn = c->lab->fn;
	hw_trace_watch(&c->lab->trace, c->lab->fn->cfg, c->lab->bench->own.msi_cap);
}

static void notifies_again(struct ctx *c)
{
	struct passthrough *vfio = verbs_own(c);

	if (!vfio)
		return;
	verbs_taken(c, vfio, 1);
	verbs_clear(c);
	passthrough_user_unmask(vfio);
	verbs_expect_writes(c, 0);
	quiet_window(c);
	expect_eq(c, vfio->notified, 2, "notifications, UNMASK while pending");
	expect_eq(c, vfio->line->count, 1, "deliveries, UNMASK while pending");
	expect_eq(c, verbs_disintx(c), 1, "DisINTx, UNMASK while pending");
	verbs_give_back(c);
}

static void user_mask(struct ctx *c)
{
	struct passthrough *vfio = verbs_own(c);

	if (!vfio)
		return;
	verbs_clear(c);
	passthrough_user_mask(vfio);
	verbs_expect_writes(c, 1);
	expect_eq(c, interrupt_status(c), 0, "Interrupt Status");
	expect_eq(c, verbs_disintx(c), 1, "DisINTx, MASK with nothing pending");
	expect_eq(c, vfio->masked, true, "the owner holds it to be masked");
	expect_eq(c, vfio->notified, 0, "notifications");
	verbs_give_back(c);
}

static void unmask_unmasked(struct ctx *c)
{
	struct passthrough *vfio = verbs_own(c);

	if (!vfio)
		return;
	verbs_clear(c);
	passthrough_user_unmask(vfio);
	verbs_expect_writes(c, 0);
	expect_eq(c, vfio->notified, 0, "notifications, UNMASK of an unmasked interrupt");
	verbs_taken(c, vfio, 1);
	verbs_give_back(c);
}

static const struct check checks[] = {
	{ .id = "vfio.mask-leaves-foreign",
	  .title = "check-and-mask with nothing pending says not mine and writes nothing",
	  .spec = SPEC_MASK,
	  .why = WHY("On a shared line every handler is called; one that masks what is not its own "
		     "starves its device."),
	  .advice = "Interrupt Status: it must read 0 while nothing is pending.",
	  .needs = NEED_SOURCE | NEED_DISINTX,
	  .body = mask_leaves_foreign },
	{ .id = "vfio.mask-takes-own",
	  .title = "check-and-mask of a pending interrupt says mine and sets DisINTx in one write",
	  .spec = SPEC_MASK,
	  .why = WHY("This is the one write that stops a guest's interrupt in the host's handler."),
	  .advice = "Interrupt Status, then DisINTx as it reads back.",
	  .needs = NEED_SOURCE | NEED_DISINTX,
	  .body = mask_takes_own },
	{ .id = "vfio.mask-again-writes-nothing",
	  .title = "check-and-mask of a pending, masked interrupt says mine and writes nothing",
	  .spec = SPEC_MASK,
	  .why = WHY("A second write would hide who masked, and cost an access in every handler."),
	  .advice =
		  "Command[10] as read: the verb writes when it reads another value than it wants.",
	  .needs = NEED_SOURCE | NEED_DISINTX,
	  .body = mask_again },
	{ .id = "vfio.unmask-refuses-pending",
	  .title = "check-and-unmask of a pending interrupt refuses and leaves DisINTx set",
	  .spec = SPEC_MASK,
	  .why = WHY("Unmasked while pending, the host's line would rise again at once."),
	  .advice =
		  "Interrupt Status with DisINTx = 1: it must read 1 while the device is pending.",
	  .needs = NEED_SOURCE | NEED_DISINTX,
	  .body = unmask_refuses },
	{ .id = "vfio.unmask-opens-acknowledged",
	  .title = "check-and-unmask of an acknowledged interrupt clears DisINTx in one write",
	  .spec = SPEC_MASK,
	  .why = WHY("If this refuses for ever, the guest gets no further interrupt."),
	  .advice = "Interrupt Status after the device was acknowledged: it must read 0.",
	  .needs = NEED_SOURCE | NEED_DISINTX,
	  .body = unmask_opens },
	{ .id = "vfio.intx-writes-on-change",
	  .title = "pci_intx() writes Command once for a change and not at all for none",
	  .spec = SPEC_INTX,
	  .why = WHY(
		  "Writes that change nothing cost an exit each in a virtual machine and hide real "
		  "ones."),
	  .advice = "Command[10] as read: is it writable, and does it read back?",
	  .needs = NEED_DEVICE | NEED_DISINTX,
	  .body = intx_on_change },
	{ .id = "vfio.all-ones-is-gone",
	  .title =
		  "a function that is not there is known to be gone; the verbs write nothing to it",
	  .spec = SPEC_MASK "; PCI 3.0 sec 6.1, all-ones for a function that is not there",
	  .why = WHY(
		  "All-ones looks pending and masked: a driver that does not ask waits for ever."),
	  .advice = "What an absent function reads: the host bridge must answer with all-ones.",
	  .needs = NEED_DEVICE,
	  .body = all_ones },
	{ .id = "vfio.unmask-notifies-again",
	  .title = "UNMASK while the interrupt is pending notifies again and delivers nothing",
	  .spec = SPEC_OWNER ", vfio_pci_intx_unmask_handler()",
	  .why = WHY(
		  "The guest learns that its device still asserts without another interrupt of the "
		  "host."),
	  .advice = "Interrupt Status at the UNMASK, then the notifications counted.",
	  .needs = NEED_ROUTE | NEED_DISINTX,
	  .body = notifies_again },
	{ .id = "vfio.user-mask-asks-nobody",
	  .title = "MASK sets DisINTx in one write though nothing is pending",
	  .spec = SPEC_OWNER ", __vfio_pci_intx_mask()",
	  .why = WHY("A guest masks when it likes; the register must show it at once."),
	  .advice = "DisINTx behind MASK: is Command[10] writable?",
	  .needs = NEED_ROUTE | NEED_DISINTX,
	  .body = user_mask },
	{ .id = "vfio.unmask-of-unmasked-writes-nothing",
	  .title = "UNMASK of an unmasked interrupt writes nothing; the next one is taken once",
	  .spec = SPEC_OWNER ", vfio_pci_intx_unmask_handler()",
	  .why = WHY("Guests unmask what is not masked; that must be harmless."),
	  .advice = "The writes counted, then the delivery of the next event.",
	  .needs = NEED_ROUTE | NEED_DISINTX,
	  .body = unmask_unmasked },
};

const struct suite suite_vfio = CONFORMANCE_SUITE("vfio", checks);
