/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The line as a level over time: up while the device's condition holds, down as soon as it does
 * not, and one delivery for each event. How one event travels is suite line's.
 */
#include "run/bench/events.h"

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

/* One more witness of the line: what it shows while the device goes up and down. */
struct second {
	struct bench *bench;
	uint32_t gsi;
	bool is_second; /* the second controller's */
};

static void shows(struct ctx *c, const struct second *second, bool expected, const char *what)
{
	struct irqc *irqc = second->bench->lab->irqc;
	enum irqc_line seen;

	if (second->is_second) {
		expect_eq(c, irqc->ops->second_asserted(irqc, second->gsi), expected, what);
		return;
	}
	seen = irqc_line(irqc, second->gsi);
	if (seen == LINE_UNKNOWN)
		check_error(c, "the controller does not show the second witness");
	else
		expect_eq(c, seen == LINE_ASSERTED, expected, what);
}

static void agrees(struct ctx *c, const struct second *second)
{
	if (!events_begin_unheard(c, false))
		return;
	/* what an 8259 latched as an edge, before ELCR said level, goes with the next fall */
	raise_event(c);
	expect_ok(c, source_ack(&second->bench->own), "the device is acknowledged");
	shows(c, second, 0, "the second witness, idle");
	raise_event(c);
	shows(c, second, 1, "the second witness, pending");
	write_disintx(c, true);
	shows(c, second, 0, "the second witness, pending, DisINTx = 1");
	write_disintx(c, false);
	shows(c, second, 1, "the second witness, pending, DisINTx = 0 again");
	expect_ok(c, source_ack(&second->bench->own), "the device is acknowledged");
	shows(c, second, 0, "the second witness, acknowledged");
	events_finish_unheard(c);
}

/* Another pin that the probe saw follow: every candidate was routed then, and is masked. */
static bool find_pin(struct bench *b, struct second *ret)
{
	for (unsigned i = 0; i < bench_kept(&b->answer); i++) {
		if (b->answer.gsi[i] == b->line.gsi)
			continue;
		*ret = (struct second){ .bench = b, .gsi = b->answer.gsi[i] };
		return true;
	}
	return false;
}

/* The lowest input of the second controller that the probe saw follow. */
static bool find_irq(struct bench *b, struct second *ret)
{
	uint32_t irq = 0;

	if (!b->irqs)
		return false;
	while (!(b->irqs >> irq & 1))
		irq++;
	*ret = (struct second){ .bench = b, .gsi = irq, .is_second = true };
	return true;
}

static void second_pin(struct ctx *c)
{
	struct second second;

	if (c->lab->bench->unmask_first)
		check_skip(c, BENCH_UNMASK_FIRST);
	else if (find_pin(c->lab->bench, &second))
		agrees(c, &second);
	else
		check_skip(c, "no other pin follows the device");
}

static void second_controller(struct ctx *c)
{
	struct irqc *irqc = c->lab->irqc;
	struct second second;

	if (!(irqc->caps & IRQC_HAS_SECOND)) {
		check_skip(c, "no 8259 with edge/level control registers");
		return;
	}
	if (c->lab->bench->at_second) {
		check_skip(c, "the line is the 8259s' itself: no input of an I/O APIC follows");
		return;
	}
	if (!find_irq(c->lab->bench, &second)) {
		check_skip(c, "no IRQ of the 8259s follows the device: its PIRQ is routed to none");
		return;
	}
	if (expect_ok(c, irqc->ops->second_open(irqc, second.gsi), "ELCR takes the IRQ as level"))
		agrees(c, &second);
	if (irqc->ops->second_close(irqc))
		check_error(c, "ELCR or IMR was not restored");
}

static const struct check checks[] = {
	{ .id = "level.follows-the-device",
	  .title = "the line rises with the device's condition and falls when it is acknowledged",
	  .spec = "PCI 3.0 sec 2.2.6, INTx is level sensitive",
	  .why = WHY("A line that does not follow its device gives lost interrupts or storms."),
	  .advice = "Which look differs: idle, pending or acknowledged; then the device's own "
		    "registers.",
	  .needs = NEED_ROUTE,
	  .body = follows },
	{ .id = "level.held-until-acknowledged",
	  .title = "the line stays asserted for as long as nobody acknowledges the device",
	  .spec = "PCI 3.0 sec 2.2.6, INTx is level sensitive",
	  .why = WHY("A line that drops by itself loses the interrupt while its CPU is busy."),
	  .advice = "Whether Interrupt Status still reads 1: if so the wire is at fault, else the "
		    "device.",
	  .needs = NEED_ROUTE,
	  .body = held },
	{ .id = "level.delivered-when-unmasked-late",
	  .title = "a line asserted 1 ms before it is unmasked at the controller is delivered once",
	  .spec = "PCI 3.0 sec 2.2.6; 82093AA, IOREDTBL interrupt mask",
	  .why = WHY("Drivers mask for a while, as threaded handlers do, and expect what came "
		     "meanwhile."),
	  .advice = "The level at the unmask: does the controller sample the wire, or wait for an "
		    "edge?",
	  .needs = NEED_ROUTE,
	  .body = delivered_late },
	{ .id = "level.every-event-once",
	  .title = "32 events, each acknowledged, are 32 deliveries, each with Interrupt Status 1",
	  .spec = "PCI 3.0 sec 2.2.6; sec 6.2.3, Status[3]",
	  .why = WHY("One lost event in many is a command timeout once a day."),
	  .advice =
		  "The count: too few is lost, or sent as an edge (tmr=0); too many, a late fall.",
	  .needs = NEED_ROUTE,
	  .body = every_event },
	{ .id = "level.second-pin-agrees",
	  .title = "another pin that follows the device goes up and down with it and with DisINTx",
	  .spec = "observation: one wire, two inputs of the I/O APIC",
	  .why = WHY("Two witnesses that agree leave no doubt which side of a dispute is wrong."),
	  .advice = "The routing registers of the chipset: one PIRQ feeds both pins.",
	  .needs = NEED_ROUTE | NEED_DISINTX,
	  .body = second_pin },
	{ .id = "level.8259-agrees",
	  .title = "the 8259's IRR of the line's ISA interrupt follows the device and DisINTx",
	  .spec = "8259A datasheet, IRR; ICH9 datasheet, ELCR: a level input is not latched",
	  .why = WHY("It is a level seen by another controller, without an I/O APIC in between."),
	  .advice = "ELCR of the IRQ, and the PIRQ routing that firmware left.",
	  .needs = NEED_ROUTE | NEED_DISINTX,
	  .body = second_controller },
};

const struct suite suite_level = CONFORMANCE_SUITE("level", checks);
