/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The interleavings of a handler with the code that it interrupts, made deterministic: interrupts
 * are off, or the handler has run to its end, at the point where the race would be.
 */
#include "run/bench/stage.h"

#define MOMENTS 64 /* of a rise, through the time that an event takes */
#define STALE_STORM 10 /* deliveries nobody handles, until the line is masked at the controller */

struct scene {
	struct stage stage;
	bool masked; /* the owner's note that it has set DisINTx, as vfio-pci keeps it */
	unsigned refused;
	enum err trouble; /* of the source, not of the line */
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
	expect_remote_irr(c, 0, "remote IRR after the EOI");
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
	expect_remote_irr(c, 0, "remote IRR after the EOI");
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

/* The first of each two deliveries finds its event acknowledged already. */
static bool ack_every_second(void *arg)
{
	struct scene *scene = arg;

	if (scene->stage.line->count & 1)
		source_clear(scene->stage.source);
	return true;
}

static uint64_t now(struct stage *s)
{
	return s->line->hw->ops->ticks(s->line->hw);
}

/* How long an event takes from its beginning, in ticks; masked at the controller. */
static uint64_t event_ticks(struct stage *s)
{
	uint64_t begun, took;

	line_mask(s->line);
	begun = now(s);
	source_begin(s->source);
	expect_ok(s->c, source_finish(s->source), "an event, masked at the controller");
	took = now(s) - begun;
	stage_ack(s);
	line_unmask(s->line);
	return took;
}

static bool went_well(struct scene *scene, enum err err)
{
	if (err)
		scene->trouble = err;
	return !err;
}

/*
 * An event is accepted and acknowledged, and the next one begun; its delivery, and so its EOI, is
 * let come after so many ticks. Where the next rise falls is the device's time to say. Nothing is
 * expected of one moment: they are one observation.
 */
static bool rises_again(struct scene *scene, uint64_t ticks)
{
	struct stage *s = &scene->stage;
	unsigned before = s->line->count;
	uint64_t begun;
	bool good;

	irqs(s, false);
	good = went_well(scene, source_raise(s->source)) && stage_is_accepted(s);
	if (!went_well(scene, source_ack(s->source)) || !good)
		return false;
	begun = now(s);
	source_begin(s->source);
	while (now(s) - begun < ticks)
		; /* no pause: it would be longer than what is sought */
	irqs(s, true);
	return went_well(scene, source_finish(s->source)) &&
	       !line_wait(s->line, before + 2, BENCH_DELIVERY_US) &&
	       went_well(scene, source_ack(s->source));
}

static void rise_around_eoi(struct ctx *c)
{
	struct scene scene = { .masked = false };
	struct stage *s = &scene.stage;
	unsigned done = 0;
	uint64_t ticks;

	if (!begin(c, &scene, ack_every_second))
		return;
	ticks = event_ticks(s);
	while (done < MOMENTS && rises_again(&scene, ticks * done / MOMENTS))
		done++;
	c->untried = !expect_ok(c, scene.trouble, "the device raises its interrupt");
	expect_eq(c, done, 64, "moments at which the rise was delivered within 1 ms");
	quiet_window(c);
	expect_eq(c, s->line->count, 128, "deliveries of 128 events");
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
	  .needs = NEED_ROUTE | NEED_DISINTX | NEED_RTE,
	  .body = accepted_before_disintx },
	{ .id = "interleave.acked-before-handler",
	  .title = "a vector accepted before the device was acknowledged finds Interrupt Status 0",
	  .spec = "PCI 3.0 sec 6.2.3, Status[3]; Intel SDM vol. 3, IRR",
	  .why = WHY("A handler may come and find nothing: it must be able to say not mine."),
	  .advice = "Interrupt Status in the handler: 1 means that it does not follow the device's "
		    "condition.",
	  .needs = NEED_ROUTE | NEED_RTE,
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
	{ .id = "interleave.rise-around-eoi",
	  .title = "a line that falls before its EOI and rises again around it is delivered again, "
		   "whenever it rises",
	  .spec = "82093AA, IOREDTBL remote IRR, trigger mode; Intel SDM vol. 3, EOI of a "
		  "level-triggered interrupt",
	  .why = WHY("A controller that loses the rise leaves a dead line: a disk hangs once a "
		     "week."),
	  .advice = "Which moment of 64 it was, from the event's beginning to its end: the EOI "
		    "comes a handler's time behind it.",
	  .needs = NEED_ROUTE,
	  .body = rise_around_eoi },
};

const struct suite suite_interleave = CONFORMANCE_SUITE("interleave", checks);
