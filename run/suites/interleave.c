/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The interleavings of a handler with the code that it interrupts, made deterministic: interrupts
 * are off, or the handler has run to its end, at the point where the race would be.
 */
#include "run/bench/stage.h"

#define STALE_STORM 10 /* deliveries nobody handles, until the line is masked at the controller */

struct scene {
	struct stage stage;
	bool masked; /* the owner's note that it has set DisINTx, as vfio-pci keeps it */
	unsigned refused;
};

static void irqs(struct stage *s, bool on)
{
	s->line->hw->ops->irq_switch(s->line->hw, on);
}

static bool do_nothing(void *arg)
{
	(void)arg;
	return true;
}

static bool serve(void *arg)
{
	struct scene *scene = arg;

	return source_handle(scene->stage.source);
}

static bool mask_at_device(void *arg)
{
	struct scene *scene = arg;

	write_disintx(scene->stage.c, true);
	return true;
}

/*
 * An owner that masks once and then holds the device to be masked: a delivery behind that is not
 * its own. Where a kernel gives up on such a line, so does this.
 */
static bool mask_once(void *arg)
{
	struct scene *scene = arg;

	if (!scene->masked) {
		scene->masked = true;
		return mask_at_device(arg);
	}
	if (++scene->refused == STALE_STORM)
		line_mask(scene->stage.line);
	return false;
}

static bool begin(struct ctx *c, struct scene *scene, line_handler_fn *handler)
{
	return stage_open(&scene->stage, c) && stage_request(&scene->stage, handler, scene);
}

static void accepted_before_disintx(struct ctx *c)
{
	struct scene scene = { .masked = false };
	struct stage *s = &scene.stage;

	if (!begin(c, &scene, do_nothing))
		return;
	irqs(s, false);
	raise_event(c);
	stage_accepted(s);
	write_disintx(c, true);
	irqs(s, true);
	stage_expect_count(s, 1, "deliveries of a vector accepted before DisINTx = 1");
	expect_eq(c, interrupt_status(c), 1, "Interrupt Status");
	expect_eq(c, stage_remote_irr(s), 0, "remote IRR after the EOI");
	stage_close(s);
}

static void acked_before_handler(struct ctx *c)
{
	struct scene scene = { .masked = false };
	struct stage *s = &scene.stage;

	if (!begin(c, &scene, serve))
		return;
	irqs(s, false);
	raise_event(c);
	stage_accepted(s);
	stage_ack(s);
	irqs(s, true);
	stage_expect_count(s, 1,
			   "deliveries of a vector accepted before the device was acknowledged");
	expect_eq(c, !!(s->line->snapshot[0].status & PCI_STATUS_INTERRUPT), 0,
		  "Interrupt Status in the handler");
	expect_eq(c, s->line->snapshot[0].handled, 0, "the handler calls it its own");
	expect_eq(c, stage_remote_irr(s), 0, "remote IRR after the EOI");
	stage_close(s);
}

static void event_before_unmask(struct ctx *c)
{
	struct scene scene = { .masked = false };
	struct stage *s = &scene.stage;

	if (!begin(c, &scene, serve))
		return;
	write_disintx(c, true);
	expect_eq(c, interrupt_status(c), 0, "Interrupt Status, read before the unmask");
	raise_event(c);
	expect_eq(c, s->line->count, 0, "deliveries while DisINTx = 1");
	write_disintx(c, false);
	stage_expect_count(s, 1, "deliveries of an event between the read and the write");
	stage_close(s);
}

static void stale_write(struct ctx *c)
{
	struct scene scene = { .masked = false };
	struct stage *s = &scene.stage;
	uint16_t stale;

	if (!begin(c, &scene, mask_once))
		return;
	stale = read_command(c);
	raise_event(c);
	stage_expect_count(s, 1, "deliveries, DisINTx set in the first");
	pci_cfg_write16(s->fn, PCI_COMMAND, stale);
	stage_expect_count(s, 1 + STALE_STORM, "deliveries after the stale word was written back");
	expect_eq(c, !!(read_command(c) & PCI_COMMAND_INTX_DISABLE), 0, "DisINTx");
	expect_eq(c, scene.refused, STALE_STORM, "deliveries that nobody handled");
	stage_close(s);
}

static void critical_section(struct ctx *c)
{
	struct scene scene = { .masked = false };
	struct stage *s = &scene.stage;
	uint16_t command;

	if (!begin(c, &scene, mask_once))
		return;
	irqs(s, false);
	command = read_command(c);
	raise_event(c);
	stage_accepted(s);
	pci_cfg_write16(s->fn, PCI_COMMAND, command);
	irqs(s, true);
	stage_expect_count(s, 1, "deliveries, DisINTx set in the first");
	expect_eq(c, !!(read_command(c) & PCI_COMMAND_INTX_DISABLE), 1, "DisINTx");
	expect_eq(c, scene.refused, 0, "deliveries that nobody handled");
	stage_close(s);
}

static const struct check checks[] = {
	{ .id = "interleave.accepted-before-disintx",
	  .title = "a vector accepted before DisINTx was set is delivered once, and no second "
		   "follows",
	  .spec = "PCI 3.0 sec 6.2.2, Command[10]; Intel SDM vol. 3, IRR",
	  .why = WHY(
		  "A mask cannot recall a vector that the CPU has accepted; a handler must expect "
		  "it."),
	  .advice = "IRR and remote IRR: more than one delivery means that the line did not fall.",
	  .needs = NEED_ROUTE | NEED_DISINTX,
	  .body = accepted_before_disintx },
	{ .id = "interleave.acked-before-handler",
	  .title = "a vector accepted before the device was acknowledged finds Interrupt Status 0",
	  .spec = "PCI 3.0 sec 6.2.3, Status[3]; Intel SDM vol. 3, IRR",
	  .why = WHY("A handler may come and find nothing: it must be able to say not mine."),
	  .advice = "Interrupt Status in the handler: 1 means that it does not follow the device's "
		    "condition.",
	  .needs = NEED_ROUTE,
	  .body = acked_before_handler },
	{ .id = "interleave.event-before-unmask",
	  .title = "an event between the read of Interrupt Status and the unmask is delivered once",
	  .spec = "PCI 3.0 sec 6.2.2, Command[10]; sec 6.2.3, Status[3]",
	  .why = WHY(
		  "An event between read and write must not be lost, or the guest waits for ever."),
	  .advice = "INTx right behind DisINTx = 0: it must be driven from the condition.",
	  .needs = NEED_ROUTE | NEED_DISINTX,
	  .body = event_before_unmask },
	{ .id = "interleave.stale-command-loses-mask",
	  .title = "Command written back from before the handler loses its mask: the line storms",
	  .spec = "observation: read-modify-write of Command without a lock",
	  .why = WHY("It shows what a read-modify-write of Command without a lock does to a masked "
		     "line."),
	  .advice = "DisINTx behind the stale word, and the deliveries that follow: the line must "
		    "follow both.",
	  .needs = NEED_ROUTE | NEED_DISINTX,
	  .body = stale_write },
	{ .id = "interleave.critical-section-keeps-mask",
	  .title = "Command read and written with interrupts off keeps the mask of the handler "
		   "behind it",
	  .spec = "observation: read-modify-write of Command as one critical section",
	  .why = WHY("Linux guards Command with a lock and interrupts off; this shows that it is "
		     "enough."),
	  .advice = "DisINTx behind the handler: who wrote Command last?",
	  .needs = NEED_ROUTE | NEED_DISINTX,
	  .body = critical_section },
};

const struct suite suite_interleave = CONFORMANCE_SUITE("interleave", checks);
