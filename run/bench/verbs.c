/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* Owns the life of the model's device around a check of single verbs. */
#include "run/bench/verbs.h"

#include "pci/mem.h"

struct pci_dev *verbs_meet(struct ctx *c)
{
	struct bench *b = c->lab->bench;
	struct verbs *verbs = &b->verbs;

	memset(verbs, 0, sizeof(*verbs));
	bench_init_tracker(b, &verbs->tracker);
	pci_dev_init(&verbs->dev, c->lab->fn, policy_find(POLICY_DEFAULT), &verbs->tracker,
		     b->own.decode);
	return &verbs->dev;
}

void verbs_clear(struct ctx *c)
{
	hw_trace_clear(&c->lab->trace);
}

unsigned verbs_accesses(struct ctx *c, enum hw_trace_what what, unsigned width)
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

void verbs_expect_writes(struct ctx *c, unsigned words)
{
	unsigned all = verbs_accesses(c, HW_TRACE_WRITE_COMMAND, 0);
	unsigned wide = verbs_accesses(c, HW_TRACE_WRITE_COMMAND, HW_16);

	if (all == UINT32_MAX || wide == UINT32_MAX)
		return; /* ERROR already: a record that overflowed proves nothing */
	expect_eq(c, wide, words, "16-bit writes of Command");
	expect_eq(c, all - wide, 0, "writes of Command and Status of another width");
}

bool verbs_disintx(struct ctx *c)
{
	return read_command(c) & PCI_COMMAND_INTX_DISABLE;
}

static enum err take(struct bench *b, const struct passthrough_mask *where, bool with_trigger)
{
	struct verbs *verbs = &b->verbs;
	enum err err = passthrough_bind(&verbs->vfio, &verbs->dev, &b->line);

	if (err)
		return err;
	passthrough_open(&verbs->vfio, where);
	pci_set_master(&verbs->dev);
	err = source_start(&b->own);
	return err || !with_trigger ? err : passthrough_intx_enable(&verbs->vfio);
}

static struct passthrough *taken(struct ctx *c, const struct passthrough_mask *where,
				 bool with_trigger)
{
	struct bench *b = c->lab->bench;

	source_known_command(&b->own);
	verbs_meet(c);
	if (expect_ok(c, take(b, where, with_trigger), "the passthrough owner has the function"))
		return &b->verbs.vfio;
	verbs_give_back(c);
	return NULL;
}

struct passthrough *verbs_own(struct ctx *c)
{
	return taken(c, &passthrough_mask_at_device, true);
}

struct passthrough *verbs_open(struct ctx *c)
{
	return taken(c, &passthrough_mask_at_device, false);
}

struct passthrough *verbs_open_at_controller(struct ctx *c)
{
	return taken(c, &passthrough_mask_at_controller, false);
}

void verbs_give_back(struct ctx *c)
{
	struct bench *b = c->lab->bench;
	struct passthrough *vfio = &b->verbs.vfio;

	if (source_ack(&b->own))
		check_error(c, "the source could not be put to rest");
	if (vfio->opened)
		passthrough_close(vfio);
	if (b->verbs.dev.driver)
		passthrough_unbind(vfio);
	events_restore(c);
}

void verbs_taken(struct ctx *c, const struct passthrough *vfio, unsigned count)
{
	raise_event(c);
	expect_ok(c, line_wait(vfio->line, count, BENCH_DELIVERY_US), "a delivery within 1 ms");
	quiet_window(c);
	expect_eq(c, vfio->line->count, count, "deliveries");
	expect_eq(c, vfio->line->unhandled, 0, "deliveries that the owner said were not its own");
	expect_eq(c, vfio->notified, count, "notifications");
	expect_eq(c, verbs_disintx(c), 1, "DisINTx behind the delivery");
}

void verbs_guest_disintx(struct ctx *c, struct passthrough *vfio, bool on)
{
	uint16_t others = read_command(c) & (uint16_t)~PCI_COMMAND_INTX_DISABLE;

	verbs_clear(c);
	passthrough_user_command(vfio, on ? others | PCI_COMMAND_INTX_DISABLE : others);
}
