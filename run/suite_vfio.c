/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * What vfio-pci does to a register with each verb, on this hardware: the return value, the register
 * read back, and the writes the seam saw. The verbs are pci/device.h's and the owner is
 * drivers/passthrough.h's, both by the rules of the default policy; whole lives of an owner are the
 * sequences'.
 */
#include "run/events.h"

#define SPEC_MASK "observation: Linux drivers/pci/irq.c, pci_check_and_set_intx_mask()"
#define SPEC_INTX "observation: Linux drivers/pci/pci.c, pci_intx()"
#define SPEC_OWNER "observation: Linux drivers/vfio/pci/vfio_pci_intrs.c"

/* The device as Linux's core sees it, bound to nobody. */
static struct pci_dev *meet(struct ctx *c)
{
	struct bench *b = c->lab->bench;

	play_begin_policy(b, policy_find(POLICY_DEFAULT));
	pci_dev_init(&b->play.dev, c->lab->fn, b->play.policy, &b->play.tracker, b->own.decode);
	return &b->play.dev;
}

/* Accesses to Command and Status since the record was cleared: what, how wide. */
static unsigned accesses(struct ctx *c, enum hw_trace_what what, unsigned width)
{
	const struct hw_trace *trace = &c->lab->trace;
	unsigned n = 0;

	if (hw_trace_overflowed(trace)) {
		check_error(c, "the record of accesses is too short");
		return UINT32_MAX;
	}
	for (unsigned i = 0; i < trace->count; i++)
		n += trace->entry[i].what == what && (!width || trace->entry[i].width == width);
	return n;
}

/* words 16-bit writes and no other; the record ends with the first look. */
static void expect_writes(struct ctx *c, unsigned words)
{
	unsigned all = accesses(c, HW_TRACE_WRITE_COMMAND, 0);
	unsigned wide = accesses(c, HW_TRACE_WRITE_COMMAND, HW_16);

	expect_eq(c, wide, words, "16-bit writes of Command");
	expect_eq(c, all - wide, 0, "writes of Command and Status of another width");
}

static bool disintx(struct ctx *c)
{
	return read_command(c) & PCI_COMMAND_INTX_DISABLE;
}

static bool check_and_mask(struct ctx *c, struct pci_dev *dev)
{
	hw_trace_clear(&c->lab->trace);
	return pci_check_and_mask_intx(dev);
}

static bool check_and_unmask(struct ctx *c, struct pci_dev *dev)
{
	hw_trace_clear(&c->lab->trace);
	return pci_check_and_unmask_intx(dev);
}

static void mask_leaves_foreign(struct ctx *c)
{
	if (!events_begin_unheard(c, false))
		return;
	expect_eq(c, check_and_mask(c, meet(c)), false,
		  "pci_check_and_mask_intx(), nothing pending");
	expect_writes(c, 0);
	expect_eq(c, accesses(c, HW_TRACE_READ_COMMAND, HW_32), 1, "32-bit reads of 04h");
	expect_eq(c, disintx(c), 0, "DisINTx");
	events_finish_unheard(c);
}

static void mask_takes_own(struct ctx *c)
{
	if (!events_begin_unheard(c, false))
		return;
	raise_event(c);
	expect_eq(c, check_and_mask(c, meet(c)), true, "pci_check_and_mask_intx(), pending");
	expect_writes(c, 1);
	expect_eq(c, disintx(c), 1, "DisINTx");
	events_finish_unheard(c);
}

static void mask_again(struct ctx *c)
{
	if (!events_begin_unheard(c, true))
		return;
	raise_event(c);
	expect_eq(c, check_and_mask(c, meet(c)), true,
		  "pci_check_and_mask_intx(), pending, masked before");
	expect_writes(c, 0);
	expect_eq(c, disintx(c), 1, "DisINTx");
	events_finish_unheard(c);
}

static void unmask_refuses(struct ctx *c)
{
	if (!events_begin_unheard(c, true))
		return;
	raise_event(c);
	expect_eq(c, check_and_unmask(c, meet(c)), false, "pci_check_and_unmask_intx(), pending");
	expect_writes(c, 0);
	expect_eq(c, disintx(c), 1, "DisINTx");
	events_finish_unheard(c);
}

static void unmask_opens(struct ctx *c)
{
	if (!events_begin_unheard(c, true))
		return;
	raise_event(c);
	expect_ok(c, source_ack(&c->lab->bench->own), "the device is acknowledged");
	expect_eq(c, check_and_unmask(c, meet(c)), true,
		  "pci_check_and_unmask_intx(), acknowledged");
	expect_writes(c, 1);
	expect_eq(c, disintx(c), 0, "DisINTx");
	events_finish_unheard(c);
}

/* enable, then writes expected of the two calls that follow each other. */
static void intx_twice(struct ctx *c, struct pci_dev *dev, bool enable)
{
	hw_trace_clear(&c->lab->trace);
	pci_intx(dev, enable);
	expect_writes(c, 1);
	hw_trace_clear(&c->lab->trace);
	pci_intx(dev, enable);
	expect_writes(c, 0);
	expect_eq(c, disintx(c), !enable, "DisINTx");
}

static void intx_on_change(struct ctx *c)
{
	source_known_command(&c->lab->bench->own);
	intx_twice(c, meet(c), false);
	intx_twice(c, meet(c), true);
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
	struct pci_dev *dev = meet(c);
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
	expect_writes(c, 0);
	expect_eq(c, check_and_unmask(c, dev), false, "pci_check_and_unmask_intx(), all-ones");
	expect_writes(c, 0);
	dev->fn = c->lab->fn;
	hw_trace_watch(&c->lab->trace, c->lab->fn->cfg, c->lab->bench->own.msi_cap);
}

static enum err take(struct bench *b)
{
	struct play *play = &b->play;
	enum err err = passthrough_bind(&play->vfio, &play->dev, &b->line);

	if (err)
		return err;
	passthrough_open(&play->vfio, &passthrough_mask_at_device);
	pci_set_master(&play->dev);
	err = source_start(&b->own);
	return err ? err : passthrough_intx_enable(&play->vfio);
}

static void give_back(struct ctx *c)
{
	struct bench *b = c->lab->bench;
	struct passthrough *vfio = &b->play.vfio;

	if (source_ack(&b->own))
		check_error(c, "the source could not be put to rest");
	if (vfio->opened)
		passthrough_close(vfio);
	if (b->play.dev.driver)
		passthrough_unbind(vfio);
	events_restore(c);
}

/* The function in the passthrough owner's hands, INTx on. NULL: the check has its verdict. */
static struct passthrough *owned(struct ctx *c)
{
	struct bench *b = c->lab->bench;

	source_known_command(&b->own);
	meet(c);
	if (expect_ok(c, take(b), "the passthrough owner has the function and its INTx"))
		return &b->play.vfio;
	give_back(c);
	return NULL;
}

/* Raised, taken by the owner's handler once, and masked by it. */
static void taken_once(struct ctx *c, const struct passthrough *vfio, unsigned count)
{
	raise_event(c);
	expect_ok(c, line_wait(vfio->line, count, BENCH_DELIVERY_US), "a delivery within 1 ms");
	quiet_window(c);
	expect_eq(c, vfio->line->count, count, "deliveries");
	expect_eq(c, vfio->line->unhandled, 0, "deliveries that the owner said were not its own");
	expect_eq(c, vfio->notified, count, "notifications");
	expect_eq(c, disintx(c), 1, "DisINTx behind the delivery");
}

static void notifies_again(struct ctx *c)
{
	struct passthrough *vfio = owned(c);

	if (!vfio)
		return;
	taken_once(c, vfio, 1);
	hw_trace_clear(&c->lab->trace);
	passthrough_user_unmask(vfio);
	expect_writes(c, 0);
	quiet_window(c);
	expect_eq(c, vfio->notified, 2, "notifications, UNMASK while pending");
	expect_eq(c, vfio->line->count, 1, "deliveries, UNMASK while pending");
	expect_eq(c, disintx(c), 1, "DisINTx, UNMASK while pending");
	give_back(c);
}

static void user_mask(struct ctx *c)
{
	struct passthrough *vfio = owned(c);

	if (!vfio)
		return;
	hw_trace_clear(&c->lab->trace);
	passthrough_user_mask(vfio);
	expect_writes(c, 1);
	expect_eq(c, interrupt_status(c), 0, "Interrupt Status");
	expect_eq(c, disintx(c), 1, "DisINTx, MASK with nothing pending");
	expect_eq(c, vfio->masked, true, "the owner holds it to be masked");
	expect_eq(c, vfio->notified, 0, "notifications");
	give_back(c);
}

static void unmask_unmasked(struct ctx *c)
{
	struct passthrough *vfio = owned(c);

	if (!vfio)
		return;
	hw_trace_clear(&c->lab->trace);
	passthrough_user_unmask(vfio);
	expect_writes(c, 0);
	expect_eq(c, vfio->notified, 0, "notifications, UNMASK of an unmasked interrupt");
	taken_once(c, vfio, 1);
	give_back(c);
}

static const struct check checks[] = {
	{ .id = "vfio.mask-leaves-foreign",
	  .title = "check-and-mask with nothing pending says not mine and writes nothing",
	  .spec = SPEC_MASK,
	  .needs = NEED_SOURCE,
	  .body = mask_leaves_foreign },
	{ .id = "vfio.mask-takes-own",
	  .title = "check-and-mask of a pending interrupt says mine and sets DisINTx in one write",
	  .spec = SPEC_MASK,
	  .needs = NEED_SOURCE,
	  .body = mask_takes_own },
	{ .id = "vfio.mask-again-writes-nothing",
	  .title = "check-and-mask of a pending, masked interrupt says mine and writes nothing",
	  .spec = SPEC_MASK,
	  .needs = NEED_SOURCE,
	  .body = mask_again },
	{ .id = "vfio.unmask-refuses-pending",
	  .title = "check-and-unmask of a pending interrupt refuses and leaves DisINTx set",
	  .spec = SPEC_MASK,
	  .needs = NEED_SOURCE,
	  .body = unmask_refuses },
	{ .id = "vfio.unmask-opens-acknowledged",
	  .title = "check-and-unmask of an acknowledged interrupt clears DisINTx in one write",
	  .spec = SPEC_MASK,
	  .needs = NEED_SOURCE,
	  .body = unmask_opens },
	{ .id = "vfio.intx-writes-on-change",
	  .title = "pci_intx() writes Command once for a change and not at all for none",
	  .spec = SPEC_INTX,
	  .needs = NEED_DEVICE,
	  .body = intx_on_change },
	{ .id = "vfio.all-ones-is-gone",
	  .title =
		  "a function that is not there is known to be gone; the verbs write nothing to it",
	  .spec = SPEC_MASK "; PCI 3.0 sec 6.1, all-ones for a function that is not there",
	  .needs = NEED_DEVICE,
	  .body = all_ones },
	{ .id = "vfio.unmask-notifies-again",
	  .title = "UNMASK while the interrupt is pending notifies again and delivers nothing",
	  .spec = SPEC_OWNER ", vfio_pci_intx_unmask_handler()",
	  .needs = NEED_ROUTE,
	  .body = notifies_again },
	{ .id = "vfio.user-mask-asks-nobody",
	  .title = "MASK sets DisINTx in one write though nothing is pending",
	  .spec = SPEC_OWNER ", __vfio_pci_intx_mask()",
	  .needs = NEED_ROUTE,
	  .body = user_mask },
	{ .id = "vfio.unmask-of-unmasked-writes-nothing",
	  .title = "UNMASK of an unmasked interrupt writes nothing; the next one is taken once",
	  .spec = SPEC_OWNER ", vfio_pci_intx_unmask_handler()",
	  .needs = NEED_ROUTE,
	  .body = unmask_unmasked },
};

const struct suite suite_vfio = CONFORMANCE_SUITE("vfio", checks);
