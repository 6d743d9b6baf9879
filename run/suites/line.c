/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The line: where it ends, that it is a level, that one event is one delivery, and that our guard
 * holds.
 */
#include "run/bench/events.h"

struct probe_handler {
	struct bench *bench;
	unsigned ack_at; /* acknowledge the device in this delivery, counted from 1; 0: never */
};

/* Acknowledging is two register writes: no waiting, no allocation, as a handler must be. */
static bool ack_later(void *arg)
{
	struct probe_handler *h = arg;

	if (h->ack_at && h->bench->line.count + 1 >= h->ack_at)
		source_clear(&h->bench->own);
	return true;
}

static bool begin(struct ctx *c, struct probe_handler *h)
{
	return expect_ok(c, source_arm(&h->bench->own), "the source is armed") &&
	       expect_ok(c, line_request(&h->bench->line, ack_later, h), "the line is requested");
}

static void finish(struct ctx *c, struct probe_handler *h)
{
	struct bench *b = h->bench;

	if (source_ack(&b->own))
		check_error(c, "the source could not be put to rest");
	line_free(&b->line);
	source_disarm(&b->own);
}

static void found(struct ctx *c)
{
	struct bench *b = c->lab->bench;

	if (b->lab->no_delivery) {
		check_skip(c, "%s", b->lab->no_delivery);
		return;
	}
	if (!b->lab->irqc) {
		check_skip(c, "no interrupt controller was found");
		return;
	}
	bench_probe(b);
	if (b->route_err && b->route_err != ERR_NO_ROUTE) {
		check_error(c, "the probe could not be made: %s", err_name(b->route_err));
		return;
	}
	if (!b->answer.count && !b->irqs && b->stuck.count) {
		check_error(c,
			    "no pin follows; %u are asserted while the device is idle: line held",
			    b->stuck.count);
		return;
	}
	expect_at_least(c, b->answer.count + !!b->irqs, 1, "pins that follow the device");
	if (b->answer.count || b->irqs)
		expect_eq(c, b->falls, 1,
			  "every pin that followed fell when the device was acknowledged");
}

static void one_per_event(struct ctx *c)
{
	struct bench *b = c->lab->bench;
	struct probe_handler h = { .bench = b, .ack_at = 1 };
	const struct line_snapshot *s = &b->line.snapshot[0];

	if (!begin(c, &h))
		return;
	raise_event(c);
	expect_ok(c, line_wait(&b->line, 1, BENCH_DELIVERY_US), "a delivery within 1 ms");
	hw_delay_us(b->lab->hw, BENCH_QUIET_US);
	expect_eq(c, b->line.count, 1, "deliveries in a 200 us window");
	expect_eq(c, !!(s->status & PCI_STATUS_INTERRUPT), 1, "Interrupt Status in the handler");
	expect_eq(c, s->isr, 1, "ISR of the vector in the handler");
	if (b->line.irqc->caps & IRQC_HAS_RTE)
		expect_eq(c, s->remote_irr, 1, "remote IRR in the handler");
	expect_remote_irr(c, 0, "remote IRR after the EOI");
	expect_eq(c, !!(pci_cfg_read16(c->lab->fn, PCI_STATUS) & PCI_STATUS_INTERRUPT), 0,
		  "Interrupt Status after the device was acknowledged");
	finish(c, &h);
}

/* Judged of the delivery itself: what follows from it, a line that is dead, has other reasons, too.
 */
static void as_a_level(struct ctx *c)
{
	struct bench *b = c->lab->bench;
	struct probe_handler h = { .bench = b, .ack_at = 1 };

	if (!begin(c, &h))
		return;
	raise_event(c);
	if (line_wait(&b->line, 1, BENCH_DELIVERY_US))
		check_error(c, "no delivery came to be looked at (see line.one-per-event)");
	else
		expect_eq(c, b->line.snapshot[0].level, 1, "TMR of the vector in the handler");
	finish(c, &h);
}

static void redelivers(struct ctx *c)
{
	struct bench *b = c->lab->bench;
	struct probe_handler h = { .bench = b, .ack_at = 3 };

	if (!begin(c, &h))
		return;
	raise_event(c);
	expect_ok(c, line_wait(&b->line, 3, BENCH_DELIVERY_US), "three deliveries within 1 ms");
	hw_delay_us(b->lab->hw, BENCH_QUIET_US);
	expect_eq(c, b->line.count, 3, "deliveries, the device acknowledged in the third");
	finish(c, &h);
}

static void guard_holds(struct ctx *c)
{
	struct bench *b = c->lab->bench;
	struct probe_handler h = { .bench = b };

	if (!begin(c, &h))
		return;
	raise_event(c);
	/*
	 * 1000 deliveries at 100 us each, far slower than any board, and QEMU's pause of 10 ms
	 * every 10000.
	 */
	expect_eq(c, line_wait(&b->line, UINT32_MAX, 100 * LINE_STORM_LIMIT), ERR_STORM,
		  "the storm guard has struck");
	expect_eq(c, b->line.count, LINE_STORM_LIMIT, "deliveries until it struck");
	expect_eq(c, b->line.irqc->ops->is_masked(b->line.irqc, b->line.gsi), 1,
		  "the line is masked at the controller");
	finish(c, &h);
}

static const struct check checks[] = {
	{ .id = "line.probe",
	  .title = "a pin of an interrupt controller follows the device, up and down",
	  .spec = "PCI 3.0 sec 2.2.6, INTx is level sensitive; 82093AA, IOREDTBL remote IRR",
	  .why = WHY("A function whose INTx reaches no pin gives its driver timeouts instead of "
		     "interrupts."),
	  .advice = "The chipset's interrupt routing (PIRQ, _PRT) and the polarity of the pin.",
	  .needs = NEED_SOURCE | NEED_INTX_PIN,
	  .body = found },
	{ .id = "line.one-per-event",
	  .title = "one event is one delivery when the device is acknowledged before the EOI",
	  .spec = "PCI 3.0 sec 6.2.3, Status[3]; 82093AA, IOREDTBL remote IRR",
	  .why = WHY("A second delivery of one event is a spurious interrupt; too many, and Linux "
		     "disables the line."),
	  .advice =
		  "What the handler found: Interrupt Status, the vector in service; then how fast "
		  "the line falls.",
	  .needs = NEED_ROUTE,
	  .body = one_per_event },
	{ .id = "line.delivered-as-level",
	  .title = "the delivery of a level entry is accepted as a level",
	  .spec = "82093AA, IOREDTBL trigger mode; Intel SDM vol. 3A, \"Interrupt Acceptance for "
		  "Fixed Interrupts\", TMR",
	  .why = WHY("The EOI of what was accepted as an edge is not told to the I/O APIC: "
		     "remote IRR stays 1, and the line is dead."),
	  .advice = "tmr= beside rte= of `hw registers`: the entry says level, the message said "
		    "edge.",
	  .needs = NEED_ROUTE | NEED_RTE,
	  .body = as_a_level },
	{ .id = "line.level-redelivers",
	  .title = "a line left asserted is delivered again after each EOI",
	  .spec = "PCI 3.0 sec 2.2.6; 82093AA, IOREDTBL trigger mode",
	  .why = WHY(
		  "Drivers on a shared line rely on it: what one handler leaves asserted must come "
		  "again."),
	  .advice = "The trigger mode at the controller, and whether the EOI reaches it and "
		    "makes it look at the line again.",
	  .needs = NEED_ROUTE,
	  .body = redelivers },
	{ .id = "line.storm-guard",
	  .title = "the storm guard ends an unacknowledged line at its limit",
	  .spec = "observation: intxlab's own promise",
	  .why = WHY("Without the guard one unacknowledged device would hang this very run."),
	  .advice = "The deliveries counted: if they stop short of the limit, the line or the EOI "
		    "is broken.",
	  .needs = NEED_ROUTE,
	  .body = guard_holds },
};

const struct suite suite_line = SUITE("line", checks);
