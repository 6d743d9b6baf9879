/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* Masking at the device: what DisINTx does to the line, and what it leaves alone. */
#include "run/bench/events.h"

#define TOGGLES 50
#define PHASES 1000

static void writable(struct ctx *c)
{
	const struct bench *b = c->lab->bench;
	uint16_t before, flipped, express;

	bench_prepare(c->lab->bench);
	if (b->lacks_disintx) {
		if (c->lab->fn->pin && !pci_find_capability(c->lab->fn, PCI_CAP_ID_EXP, &express))
			check_fail(c, "Command[10] of a PCI Express function with a pin",
				   "writable", "read-only 0");
		else
			check_skip(c, BENCH_LACKS_DISINTX);
		return;
	}
	before = read_command(c);
	flipped = before ^ PCI_COMMAND_INTX_DISABLE;
	pci_cfg_write16(c->lab->fn, PCI_COMMAND, flipped);
	expect_hex(c, read_command(c), flipped, 4, "Command with DisINTx flipped");
	pci_cfg_write16(c->lab->fn, PCI_COMMAND, before);
	expect_hex(c, read_command(c), before, 4, "Command written back");
}

static void status_is_internal(struct ctx *c)
{
	if (!events_begin_unheard(c, false))
		return;
	expect_eq(c, interrupt_status(c), 0, "Interrupt Status, idle");
	write_disintx(c, true);
	raise_event(c);
	expect_eq(c, interrupt_status(c), 1, "Interrupt Status, pending, DisINTx = 1");
	expect_ok(c, source_ack(&c->lab->bench->own), "the device is acknowledged");
	expect_eq(c, interrupt_status(c), 0, "Interrupt Status, acknowledged, DisINTx = 1");
	events_finish_unheard(c);
}

static void stops_level(struct ctx *c)
{
	struct events e = { .mask_at = 1 };

	if (!events_begin(c, &e, true))
		return;
	raise_event(c);
	quiet_window(c);
	expect_eq(c, e.bench->line.count, 0, "deliveries in a 200 us window");
	expect_eq(c, interrupt_status(c), 1, "Interrupt Status");
	expect_line(c, LINE_DEASSERTED, "the line with DisINTx = 1");
	events_finish(c);
}

static void unmask_delivers(struct ctx *c)
{
	struct events e = { .mask_at = 1 };

	if (!events_begin(c, &e, true))
		return;
	raise_event(c);
	quiet_window(c);
	expect_eq(c, e.bench->line.count, 0, "deliveries while DisINTx = 1");
	write_disintx(c, false);
	expect_ok(c, line_wait(&e.bench->line, 1, BENCH_DELIVERY_US),
		  "a delivery within 1 ms of DisINTx = 0");
	quiet_window(c);
	expect_eq(c, e.bench->line.count, 1, "deliveries");
	events_finish(c);
}

static void deasserts(struct ctx *c)
{
	struct events e = { .mask_at = 1 };
	struct line *line = &c->lab->bench->line;

	if (!events_begin(c, &e, false))
		return;
	raise_event(c);
	expect_ok(c, line_wait(line, 1, BENCH_DELIVERY_US), "a delivery within 1 ms");
	quiet_window(c);
	expect_eq(c, line->count, 1, "deliveries, DisINTx set in the first");
	expect_remote_irr(c, 0, "remote IRR after the EOI");
	expect_eq(c, interrupt_status(c), 1, "Interrupt Status");
	expect_line(c, LINE_DEASSERTED, "the line with DisINTx = 1");
	events_finish(c);
}

/* Pending inside: raising itself needs DMA, so it is done behind the mask, with Bus Master on. */
static void needs_no_bus_master(struct ctx *c)
{
	struct events e = { .mask_at = 1 };
	struct line *line = &c->lab->bench->line;

	if (!events_begin(c, &e, true))
		return;
	raise_event(c);
	pci_cfg_write16(c->lab->fn, PCI_COMMAND, read_command(c) & (uint16_t)~PCI_COMMAND_MASTER);
	expect_eq(c, line->count, 0, "deliveries while DisINTx = 1");
	write_disintx(c, false);
	expect_ok(c, line_wait(line, 1, BENCH_DELIVERY_US),
		  "a delivery within 1 ms of DisINTx = 0, Bus Master = 0");
	expect_eq(c, line->snapshot[0].command & PCI_COMMAND_MASTER, 0,
		  "Bus Master in the handler");
	quiet_window(c);
	expect_eq(c, line->count, 1, "deliveries with Bus Master = 0");
	expect_eq(c, interrupt_status(c), 1, "Interrupt Status with Bus Master = 0");
	events_finish(c);
}

static void acked_leaves_nothing(struct ctx *c)
{
	struct events e = { .mask_at = 1 };

	if (!events_begin(c, &e, true))
		return;
	raise_event(c);
	expect_ok(c, source_ack(&e.bench->own), "the device is acknowledged");
	write_disintx(c, false);
	quiet_window(c);
	expect_eq(c, e.bench->line.count, 0, "deliveries in a 200 us window behind DisINTx = 0");
	expect_line(c, LINE_DEASSERTED, "the line with nothing pending");
	events_finish(c);
}

static void idle_toggle_is_quiet(struct ctx *c)
{
	struct events e = { .mask_at = 1 };

	if (!events_begin(c, &e, false))
		return;
	for (unsigned i = 0; i < TOGGLES; i++) {
		write_disintx(c, true);
		write_disintx(c, false);
	}
	quiet_window(c);
	expect_eq(c, e.bench->line.count, 0, "deliveries over 50 toggles with nothing pending");
	expect_line(c, LINE_DEASSERTED, "the line with nothing pending");
	events_finish(c);
}

/* The handler masks in each delivery: a phase of DisINTx = 0 is one delivery, no more, no less. */
static void every_unmask_delivers(struct ctx *c)
{
	struct events e = { .mask_at = 1 };
	struct line *line = &c->lab->bench->line;
	unsigned done = 0;

	if (!events_begin(c, &e, true))
		return;
	raise_event(c);
	for (; done < PHASES; done++) {
		line_rearm(line); /* the storm guard's budget is for one phase */
		write_disintx(c, false);
		if (line_wait(line, done + 1, BENCH_DELIVERY_US))
			break;
	}
	expect_eq(c, done, 1000,
		  "phases of DisINTx = 0 before the first that was not delivered within 1 ms");
	quiet_window(c);
	expect_eq(c, line->count, 1000, "deliveries over 1000 phases of DisINTx = 0");
	expect_eq(c, e.seen, 1000, "deliveries in which Interrupt Status was 1");
	expect_remote_irr(c, 0, "remote IRR after the last EOI");
	events_finish(c);
}

static const struct check checks[] = {
	{ .id = "mask.disintx-writable",
	  .title = "DisINTx reads back what was written, and nothing else in Command changes",
	  .spec = "PCI 3.0 sec 6.2.2, Command[10]; PCI Express Base sec 7.5.1.1.3",
	  .why = WHY(
		  "Where DisINTx cannot be written, vfio-pci must mask at the controller and not "
		  "share the line."),
	  .advice = "Command[10]: is it implemented (PCI 2.3 and later), and does the write move "
		    "any other bit?",
	  .needs = NEED_FUNCTION,
	  .body = writable },
	{ .id = "mask.status-is-internal",
	  .title = "Interrupt Status follows the device, whatever DisINTx is",
	  .spec = "PCI 3.0 sec 6.2.3, Status[3]",
	  .why = WHY(
		  "A handler on a shared line asks Interrupt Status whether the interrupt is its "
		  "own."),
	  .advice = "Status[3] beside the device's own registers; DisINTx must not change it.",
	  .quirk = PCI_QUIRK_INTX_MASKING,
	  .needs = NEED_SOURCE | NEED_DISINTX,
	  .body = status_is_internal },
	{ .id = "mask.disintx-stops-level",
	  .title = "DisINTx=1 stops an asserted level INTx; Interrupt Status stays 1",
	  .spec = "PCI 3.0 sec 6.2.2, Command[10]; sec 6.2.3, Status[3]",
	  .why = WHY(
		  "A virtual machine's interrupt is masked this way; if it leaks, the host's line "
		  "storms."),
	  .advice = "The line with DisINTx = 1: asserted means that the gate in front of INTx does "
		    "not close.",
	  .quirk = PCI_QUIRK_INTX_MASKING,
	  .needs = NEED_ROUTE | NEED_DISINTX,
	  .body = stops_level },
	{ .id = "mask.unmask-delivers-once",
	  .title = "an interrupt held back by DisINTx is delivered once when DisINTx is cleared",
	  .spec = "PCI 3.0 sec 6.2.2, Command[10]",
	  .why = WHY("An interrupt that waits behind DisINTx must not be lost by the unmask."),
	  .advice = "INTx right behind DisINTx = 0: it must be driven from the condition, not from "
		    "its edge.",
	  .quirk = PCI_QUIRK_INTX_MASKING,
	  .needs = NEED_ROUTE | NEED_DISINTX,
	  .body = unmask_delivers },
	{ .id = "mask.disintx-deasserts",
	  .title =
		  "DisINTx set in the handler deasserts the line: no second delivery after the EOI",
	  .spec = "PCI Express Base sec 7.5.1.1.3, Interrupt Disable: asserted INTx must be "
		  "deasserted",
	  .why = WHY("vfio-pci's handler masks and returns; a line still asserted at the EOI comes "
		     "again at once."),
	  .advice = "The line behind the write: Deassert_INTx must be sent, and nothing may be "
		    "accepted behind the EOI.",
	  .quirk = PCI_QUIRK_INTX_MASKING,
	  .needs = NEED_ROUTE | NEED_DISINTX,
	  .body = deasserts },
	{ .id = "mask.intx-needs-no-bus-master",
	  .title = "a pending INTx is delivered with Bus Master off",
	  .spec = "observation: Command[2] gates what the function masters; INTx is no such access",
	  .why = WHY(
		  "A driver that turns Bus Master off must still get, and clear, what is pending."),
	  .advice = "What gates INTx: Command[2] may stop DMA and MSI, not the pin.",
	  .needs = NEED_ROUTE | NEED_DISINTX,
	  .body = needs_no_bus_master },
	{ .id = "mask.acked-leaves-nothing",
	  .title = "an interrupt acknowledged behind DisINTx is not delivered when that is cleared",
	  .spec = "PCI 3.0 sec 2.2.6, INTx is level sensitive; sec 6.2.2, Command[10]",
	  .why = WHY(
		  "An interrupt that comes after it was handled is spurious, and on a shared line "
		  "somebody else's."),
	  .advice = "Whether INTx remembers the condition behind DisINTx: it must be a level, not "
		    "a latch.",
	  .needs = NEED_ROUTE | NEED_DISINTX,
	  .body = acked_leaves_nothing },
	{ .id = "mask.idle-toggle-is-quiet",
	  .title = "toggling DisINTx with nothing pending delivers nothing",
	  .spec = "PCI 3.0 sec 6.2.2, Command[10]",
	  .why = WHY(
		  "vfio-pci toggles DisINTx with every interrupt; a pulse each time is a storm."),
	  .advice = "INTx with a scope at the write that clears DisINTx, nothing pending.",
	  .needs = NEED_ROUTE | NEED_DISINTX,
	  .body = idle_toggle_is_quiet },
	{ .id = "mask.every-unmask-delivers-once",
	  .title = "each of 1000 phases of DisINTx=0 over a pending interrupt is one delivery",
	  .spec = "PCI 3.0 sec 6.2.2, Command[10]; 82093AA, IOREDTBL remote IRR",
	  .why = WHY("One unmask lost in many is a guest that hangs once a day."),
	  .advice = "The count: too few is a lost assertion, too many a line that falls after the "
		    "EOI.",
	  .needs = NEED_ROUTE | NEED_DISINTX,
	  .body = every_unmask_delivers },
};

const struct suite suite_mask = CONFORMANCE_SUITE("mask", checks);
