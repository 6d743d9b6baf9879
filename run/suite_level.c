/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The line as a level over time: up while the device's condition holds, down as soon as it does
 * not, and one delivery for each event. How one event travels is suite line's.
 */
#include "run/events.h"

#define EVENTS 32
/* "As long as": this window; five times the one in which "nothing more" is said elsewhere. */
#define HELD_US 1000

static void follows(struct ctx *c)
{
	struct events e = { .ack_at = 1 };

	if (!events_begin(c, &e, false))
		return;
	line_mask(&e.bench->line);
	expect_line(c, LINE_DEASSERTED, "the line, idle");
	raise_event(c);
	expect_line(c, LINE_ASSERTED, "the line, pending");
	expect_ok(c, source_ack(&e.bench->own), "the device is acknowledged");
	expect_line(c, LINE_DEASSERTED, "the line, acknowledged");
	expect_eq(c, e.bench->line.count, 0, "deliveries, masked at the controller");
	events_finish(c);
}

static void held(struct ctx *c)
{
	struct events e = { .ack_at = 1 };

	if (!events_begin(c, &e, false))
		return;
	line_mask(&e.bench->line);
	raise_event(c);
	hw_delay_us(c->lab->hw, HELD_US);
	expect_line(c, LINE_ASSERTED, "the line, pending for 1 ms");
	expect_eq(c, interrupt_status(c), 1, "Interrupt Status");
	events_finish(c);
}

static void delivered_late(struct ctx *c)
{
	struct events e = { .bench = c->lab->bench, .ack_at = 1 };
	struct line *line = &e.bench->line;

	if (!events_begin(c, &e, false))
		return;
	line_mask(line);
	raise_event(c);
	hw_delay_us(c->lab->hw, HELD_US);
	expect_eq(c, line->count, 0, "deliveries, masked at the controller");
	line_unmask(line);
	expect_ok(c, line_wait(line, 1, BENCH_DELIVERY_US), "a delivery within 1 ms of the unmask");
	quiet_window(c);
	expect_eq(c, line->count, 1, "deliveries");
	events_finish(c);
}

static void every_event(struct ctx *c)
{
	struct events e = { .bench = c->lab->bench, .ack_at = 1 };
	struct line *line = &e.bench->line;
	unsigned done = 0;

	if (!events_begin(c, &e, false))
		return;
	for (; done < EVENTS; done++) {
		if (!raise_event(c) || line_wait(line, done + 1, BENCH_DELIVERY_US) ||
		    source_ack(&e.bench->own))
			break;
	}
	expect_eq(c, done, 32, "events that were delivered within 1 ms");
	quiet_window(c);
	expect_eq(c, line->count, 32, "deliveries of 32 events");
	expect_eq(c, e.seen, 32, "deliveries in which Interrupt Status was 1");
	events_finish(c);
}

static const struct check checks[] = {
	{ .id = "level.follows-the-device",
	  .title = "the line rises with the device's condition and falls when it is acknowledged",
	  .spec = "PCI 3.0 sec 2.2.6, INTx is level sensitive",
	  .needs = NEED_ROUTE,
	  .body = follows },
	{ .id = "level.held-until-acknowledged",
	  .title = "the line stays asserted for as long as nobody acknowledges the device",
	  .spec = "PCI 3.0 sec 2.2.6, INTx is level sensitive",
	  .needs = NEED_ROUTE,
	  .body = held },
	{ .id = "level.delivered-when-unmasked-late",
	  .title = "a line asserted 1 ms before it is unmasked at the controller is delivered once",
	  .spec = "PCI 3.0 sec 2.2.6; 82093AA, IOREDTBL interrupt mask",
	  .needs = NEED_ROUTE,
	  .body = delivered_late },
	{ .id = "level.every-event-once",
	  .title = "32 events, each acknowledged, are 32 deliveries, each with Interrupt Status 1",
	  .spec = "PCI 3.0 sec 2.2.6; sec 6.2.3, Status[3]",
	  .needs = NEED_ROUTE,
	  .body = every_event },
};

const struct suite suite_level = CONFORMANCE_SUITE("level", checks);
