/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns what the conformance checks have in common around an event: how it begins, what the handler
 * does, how it is put to rest. It expects nothing of the hardware but that it can be tried.
 */
#include "run/bench/events.h"

#include "run/bench/registers.h"

uint16_t read_command(struct ctx *c)
{
	return pci_cfg_read16(c->lab->fn, PCI_COMMAND);
}

bool interrupt_status(struct ctx *c)
{
	return pci_cfg_read16(c->lab->fn, PCI_STATUS) & PCI_STATUS_INTERRUPT;
}

static void put_disintx(const struct pci_fn *fn, bool on)
{
	uint16_t word = pci_cfg_read16(fn, PCI_COMMAND);

	pci_cfg_write16(fn, PCI_COMMAND,
			on ? word | PCI_COMMAND_INTX_DISABLE
			   : word & (uint16_t)~PCI_COMMAND_INTX_DISABLE);
	/* a read behind the write: Deassert_INTx has left before its completion */
	(void)pci_cfg_read16(fn, PCI_COMMAND);
}

void write_disintx(struct ctx *c, bool on)
{
	put_disintx(c->lab->fn, on);
}

/* In interrupt context: register accesses only. */
static bool handle(void *arg)
{
	struct events *e = arg;
	struct bench *b = e->bench;
	unsigned delivery = b->line.count + 1;

	if (pci_cfg_read16(b->lab->fn, PCI_STATUS) & PCI_STATUS_INTERRUPT)
		e->seen++;
	if (e->mask_at && delivery >= e->mask_at)
		put_disintx(b->lab->fn, true);
	if (e->ack_at && delivery >= e->ack_at)
		source_clear(&b->own);
	return true;
}

bool events_begin_unheard(struct ctx *c, bool disintx)
{
	if (!expect_ok(c, source_arm(&c->lab->bench->own), "the source is armed"))
		return false;
	write_disintx(c, disintx);
	return true;
}

/* Acknowledged before Command is what it was: clearing DisINTx must not deliver once more. */
static void rest(struct ctx *c)
{
	if (source_ack(&c->lab->bench->own))
		check_error(c, "the source could not be put to rest");
}

void events_restore(struct ctx *c)
{
	source_known_command(&c->lab->bench->own);
	source_disarm(&c->lab->bench->own);
}

void events_finish_unheard(struct ctx *c)
{
	rest(c);
	events_restore(c);
}

bool events_begin(struct ctx *c, struct events *e, bool disintx)
{
	e->bench = c->lab->bench;
	if (!events_begin_unheard(c, disintx))
		return false;
	if (expect_ok(c, line_request(&e->bench->line, handle, e), "the line is requested"))
		return true;
	events_finish_unheard(c);
	return false;
}

void events_finish(struct ctx *c)
{
	rest(c);
	line_free(&c->lab->bench->line);
	events_restore(c);
}

/* An event that never comes says nothing about INTx. */
static void tell_no_event(struct ctx *c)
{
	struct registers r;

	registers_read(c->lab, false, &r);
	registers_tell(c->lab, c->id, "failed", &r);
	check_error(c, "the device does not raise its interrupt: timeout");
}

bool raise_event(struct ctx *c)
{
	enum err err = source_raise(&c->lab->bench->own);

	if (err == ERR_TIMEOUT)
		tell_no_event(c);
	else if (expect_ok(c, err, "the device raises its interrupt"))
		return true;
	c->untried = true;
	return false;
}

void quiet_window(struct ctx *c)
{
	hw_delay_us(c->lab->hw, BENCH_QUIET_US);
}

void expect_known_line(struct ctx *c)
{
	const struct line *line = &c->lab->bench->line;

	if (line->known && line->irqc->caps & IRQC_HAS_RTE && line->irqc->caps & IRQC_SEES_LINE &&
	    line->irqc->ops->remote_irr(line->irqc, line->gsi) &&
	    !line->irqc->ops->accepted_level(line->irqc, LINE_VECTOR))
		check_error(
			c, "the line's level is UNKNOWN: its last delivery was accepted as an edge "
			   "(TMR 0), and the EOI was told to nobody");
	else if (line->known && line->irqc->caps & IRQC_SEES_LINE)
		check_error(c, "the line's level is UNKNOWN: a delivery waits or has no EOI");
	else
		check_skip(c, "%s",
			   c->lab->bench->unmask_first ? BENCH_UNMASK_FIRST
						       : "the controller cannot show the line");
}

void expect_remote_irr(struct ctx *c, bool expected, const char *what)
{
	const struct line *line = &c->lab->bench->line;

	if (line->irqc->caps & IRQC_HAS_RTE)
		expect_eq(c, line->irqc->ops->remote_irr(line->irqc, line->gsi), expected, what);
}

void expect_line(struct ctx *c, enum irqc_line expected, const char *what)
{
	enum irqc_line seen = line_level(&c->lab->bench->line);

	if (seen == LINE_UNKNOWN)
		expect_known_line(c);
	else
		expect_that(c, seen == expected, what, irqc_line_name(expected),
			    irqc_line_name(seen));
}
