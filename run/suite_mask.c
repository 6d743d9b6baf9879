/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* Masking at the device: what DisINTx does to the line, and what it leaves alone. */
#include "run/bench.h"

static uint16_t command(struct ctx *c)
{
	return pci_cfg_read16(c->lab->fn, PCI_COMMAND);
}

static bool interrupt_status(struct ctx *c)
{
	return pci_cfg_read16(c->lab->fn, PCI_STATUS) & PCI_STATUS_INTERRUPT;
}

static void set_disintx(struct ctx *c, bool on)
{
	pci_cfg_write16(c->lab->fn, PCI_COMMAND,
			on ? command(c) | PCI_COMMAND_INTX_DISABLE
			   : command(c) & (uint16_t)~PCI_COMMAND_INTX_DISABLE);
	/* a read behind the write: Deassert_INTx has left before its completion */
	(void)command(c);
}

static void writable(struct ctx *c)
{
	uint16_t before, flipped;

	bench_prepare(c->lab->bench);
	before = command(c);
	flipped = before ^ PCI_COMMAND_INTX_DISABLE;
	pci_cfg_write16(c->lab->fn, PCI_COMMAND, flipped);
	expect_hex(c, command(c), flipped, 4, "Command with DisINTx flipped");
	pci_cfg_write16(c->lab->fn, PCI_COMMAND, before);
	expect_hex(c, command(c), before, 4, "Command written back");
}

static void status_is_internal(struct ctx *c)
{
	struct bench *b = c->lab->bench;

	if (!expect_ok(c, source_arm(&b->own), "the source is armed"))
		return;
	expect_eq(c, interrupt_status(c), 0, "Interrupt Status, idle");
	set_disintx(c, true);
	expect_ok(c, source_raise(&b->own), "the device raises its interrupt");
	expect_eq(c, interrupt_status(c), 1, "Interrupt Status, pending, DisINTx = 1");
	expect_ok(c, source_ack(&b->own), "the device is acknowledged");
	expect_eq(c, interrupt_status(c), 0, "Interrupt Status, acknowledged, DisINTx = 1");
	set_disintx(c, false);
	source_disarm(&b->own);
}

/*
 * Mask at the device and count: what vfio-pci's handler does, without looking at Interrupt Status.
 */
static bool mask_in_handler(void *arg)
{
	struct ctx *c = arg;

	set_disintx(c, true);
	return true;
}

static bool begin(struct ctx *c, bool disintx)
{
	struct bench *b = c->lab->bench;

	if (!expect_ok(c, source_arm(&b->own), "the source is armed"))
		return false;
	set_disintx(c, disintx);
	return expect_ok(c, line_request(&b->line, mask_in_handler, c), "the line is requested");
}

static void finish(struct ctx *c)
{
	struct bench *b = c->lab->bench;

	if (source_ack(&b->own))
		check_error(c, "the source could not be put to rest");
	line_free(&b->line);
	set_disintx(c, false);
	source_disarm(&b->own);
}

static void expect_line(struct ctx *c, enum irqc_line expected, const char *what)
{
	enum irqc_line seen = line_level(&c->lab->bench->line);

	if (seen == LINE_UNKNOWN)
		check_skip(c, "the controller cannot show the line");
	else if (seen != expected)
		check_fail(c, what, irqc_line_name(expected), irqc_line_name(seen));
	else
		check_pass(c);
}

static void stops_level(struct ctx *c)
{
	struct bench *b = c->lab->bench;

	if (!begin(c, true))
		return;
	expect_ok(c, source_raise(&b->own), "the device raises its interrupt");
	hw_delay_us(b->lab->hw, BENCH_QUIET_US);
	expect_eq(c, b->line.count, 0, "deliveries in a 200 us window");
	expect_eq(c, interrupt_status(c), 1, "Interrupt Status");
	expect_line(c, LINE_DEASSERTED, "the line with DisINTx = 1");
	finish(c);
}

static void unmask_delivers(struct ctx *c)
{
	struct bench *b = c->lab->bench;

	if (!begin(c, true))
		return;
	expect_ok(c, source_raise(&b->own), "the device raises its interrupt");
	hw_delay_us(b->lab->hw, BENCH_QUIET_US);
	expect_eq(c, b->line.count, 0, "deliveries while DisINTx = 1");
	set_disintx(c, false);
	expect_ok(c, line_wait(&b->line, 1, BENCH_DELIVERY_US),
		  "a delivery within 1 ms of DisINTx = 0");
	hw_delay_us(b->lab->hw, BENCH_QUIET_US);
	expect_eq(c, b->line.count, 1, "deliveries");
	finish(c);
}

static void deasserts(struct ctx *c)
{
	struct bench *b = c->lab->bench;

	if (!begin(c, false))
		return;
	expect_ok(c, source_raise(&b->own), "the device raises its interrupt");
	expect_ok(c, line_wait(&b->line, 1, BENCH_DELIVERY_US), "a delivery within 1 ms");
	hw_delay_us(b->lab->hw, BENCH_QUIET_US);
	expect_eq(c, b->line.count, 1, "deliveries, DisINTx set in the first");
	expect_eq(c, b->line.irqc->ops->remote_irr(b->line.irqc, b->line.gsi), 0,
		  "remote IRR after the EOI");
	expect_eq(c, interrupt_status(c), 1, "Interrupt Status");
	expect_line(c, LINE_DEASSERTED, "the line with DisINTx = 1");
	finish(c);
}

static const struct check checks[] = {
	{ .id = "mask.disintx-writable",
	  .title = "DisINTx reads back what was written, and nothing else in Command changes",
	  .spec = "PCI 3.0 sec 6.2.2, Command[10]",
	  .needs = NEED_FUNCTION,
	  .body = writable },
	{ .id = "mask.status-is-internal",
	  .title = "Interrupt Status follows the device, whatever DisINTx is",
	  .spec = "PCI 3.0 sec 6.2.3, Status[3]",
	  .needs = NEED_SOURCE,
	  .body = status_is_internal },
	{ .id = "mask.disintx-stops-level",
	  .title = "DisINTx=1 stops an asserted level INTx; Interrupt Status stays 1",
	  .spec = "PCI 3.0 sec 6.2.2, Command[10]; sec 6.2.3, Status[3]",
	  .needs = NEED_ROUTE,
	  .body = stops_level },
	{ .id = "mask.unmask-delivers-once",
	  .title = "an interrupt held back by DisINTx is delivered once when DisINTx is cleared",
	  .spec = "PCI 3.0 sec 6.2.2, Command[10]",
	  .needs = NEED_ROUTE,
	  .body = unmask_delivers },
	{ .id = "mask.disintx-deasserts",
	  .title =
		  "DisINTx set in the handler deasserts the line: no second delivery after the EOI",
	  .spec = "PCI Express Base sec 7.5.1.1.3, Interrupt Disable: asserted INTx must be "
		  "deasserted",
	  .needs = NEED_ROUTE,
	  .body = deasserts },
};

const struct suite suite_mask = SUITE("mask", checks);
