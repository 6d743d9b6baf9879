/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the delivery path from the controller to an owner's handler, and the storm guard. Which line
 * it is was found elsewhere (run/bench/probe.c).
 */
#include "drivers/line.h"

#include "pci/mem.h"

void line_init(struct line *line, struct hw_trace *trace, struct irqc *irqc,
	       const struct pci_fn *fn)
{
	memset(line, 0, sizeof(*line));
	line->hw = &trace->hw;
	line->trace = trace;
	line->irqc = irqc;
	line->fn = fn;
}

static unsigned vector_of(const struct line *line)
{
	return line->is_msi ? LINE_MSI_VECTOR : LINE_VECTOR;
}

static void take_snapshot(struct line *line, struct line_snapshot *s)
{
	hw_trace_observe(line->trace, true);
	s->command = pci_cfg_read16(line->fn, PCI_COMMAND);
	s->status = pci_cfg_read16(line->fn, PCI_STATUS);
	s->remote_irr = line->irqc->ops->remote_irr(line->irqc, line->gsi);
	s->irr = line->irqc->ops->pending(line->irqc, vector_of(line));
	s->isr = line->irqc->ops->in_service(line->irqc, vector_of(line));
	if (line->irqc->caps & IRQC_HAS_RTE)
		s->level = line->irqc->ops->accepted_level(line->irqc, vector_of(line));
	hw_trace_observe(line->trace, false);
}

static void guard_against_storm(struct line *line)
{
	if (line->budget)
		line->budget--;
	if (line->budget)
		return;
	if (!line->is_msi)
		line->irqc->ops->mask(line->irqc, line->gsi);
	line->storm = true;
}

static void deliver(void *arg, unsigned vector)
{
	struct line *line = arg;
	bool handled;

	if (vector != vector_of(line) || (line->is_msi && line->storm)) {
		line->irqc->ops->eoi(line->irqc, vector);
		return;
	}
	if (line->count < LINE_SNAPSHOTS)
		take_snapshot(line, &line->snapshot[line->count]);
	handled = line->requested && line->handler(line->handler_arg);
	if (line->shared && line->shared(line->shared_arg))
		handled = true;
	if (line->count < LINE_SNAPSHOTS)
		line->snapshot[line->count].handled = handled;
	if (!handled)
		line->unhandled++;
	line->count++;
	guard_against_storm(line);
	/* Last: the device has been acknowledged or masked, or a level line comes again at once. */
	line->irqc->ops->eoi(line->irqc, vector);
}

static void attach(struct line *line, line_handler_fn *handler, void *arg)
{
	line->handler = handler;
	line->handler_arg = arg;
	line->count = line->unhandled = 0;
	memset(line->snapshot, 0, sizeof(line->snapshot));
	line_rearm(line);
	line->requested = true;
	irqc_attach(line->irqc, deliver, line);
}

/* The first of a line's users routes it; unmasking is its last act. */
static enum err route(struct line *line)
{
	if (!line->known)
		return ERR_NO_ROUTE;
	line->hw->ops->irq_switch(line->hw, false);
	return line->irqc->ops->route(line->irqc, line->gsi, LINE_VECTOR, line->polarity);
}

static void open_up(struct line *line)
{
	line->irqc->ops->unmask(line->irqc, line->gsi);
	line->hw->ops->irq_switch(line->hw, true);
}

static enum err request(struct line *line, line_handler_fn *handler, void *arg, bool enabled)
{
	enum err err;

	if (line->requested)
		return ERR_BUSY;
	err = line->shared ? OK : route(line);
	if (err)
		return err;
	line->hw->ops->irq_switch(line->hw, false);
	line->is_msi = false;
	attach(line, handler, arg);
	if (enabled)
		line->irqc->ops->unmask(line->irqc, line->gsi);
	line->hw->ops->irq_switch(line->hw, true);
	return OK;
}

enum err line_request(struct line *line, line_handler_fn *handler, void *arg)
{
	return request(line, handler, arg, true);
}

enum err line_request_disabled(struct line *line, line_handler_fn *handler, void *arg)
{
	return request(line, handler, arg, false);
}

enum err line_share(struct line *line, line_handler_fn *handler, void *arg)
{
	enum err err;

	if (line->shared)
		return ERR_BUSY;
	err = line->requested ? OK : route(line);
	if (err)
		return err;
	line->hw->ops->irq_switch(line->hw, false);
	line->shared = handler;
	line->shared_arg = arg;
	line_rearm(line);
	irqc_attach(line->irqc, deliver, line);
	open_up(line);
	return OK;
}

enum err line_request_msi(struct line *line, line_handler_fn *handler, void *arg)
{
	if (line->requested)
		return ERR_BUSY;
	line->hw->ops->irq_switch(line->hw, false);
	line->is_msi = true;
	attach(line, handler, arg);
	line->hw->ops->irq_switch(line->hw, true);
	return OK;
}

enum err line_msi_message(struct line *line, uint64_t *ret_address, uint16_t *ret_data)
{
	return line->irqc->ops->msi_message(line->irqc, LINE_MSI_VECTOR, ret_address, ret_data);
}

/* A delivery accepted before the mask is still pending: let it be taken and dropped now. */
static void close_down(struct line *line)
{
	line->irqc->ops->mask(line->irqc, line->gsi);
	irqc_attach(line->irqc, NULL, NULL);
	line->hw->ops->irq_switch(line->hw, true);
	line->hw->ops->relax(line->hw);
	line->hw->ops->irq_switch(line->hw, false);
}

void line_free(struct line *line)
{
	if (!line->requested)
		return;
	line->hw->ops->irq_switch(line->hw, false);
	line->requested = false;
	if (line->shared && !line->is_msi)
		line->hw->ops->irq_switch(line->hw, true);
	else
		close_down(line);
	line->is_msi = false;
}

void line_unshare(struct line *line)
{
	if (!line->shared)
		return;
	line->hw->ops->irq_switch(line->hw, false);
	line->shared = NULL;
	if (line->requested)
		line->hw->ops->irq_switch(line->hw, true);
	else
		close_down(line);
}

void line_uncount(struct line *line)
{
	line->count--;
	line->unhandled--;
}

void line_rearm(struct line *line)
{
	line->budget = LINE_STORM_LIMIT;
	line->storm = false;
}

void line_mask(struct line *line)
{
	line->irqc->ops->mask(line->irqc, line->gsi);
}

void line_unmask(struct line *line)
{
	line->irqc->ops->unmask(line->irqc, line->gsi);
}

bool line_is_masked(struct line *line)
{
	return line->irqc->ops->is_masked(line->irqc, line->gsi);
}

enum irqc_line line_level(struct line *line)
{
	enum irqc_line level;
	bool on;

	if (!line->known || !(line->irqc->caps & IRQC_SEES_LINE))
		return LINE_UNKNOWN;
	on = line->hw->ops->irq_switch(line->hw, false);
	level = irqc_line(line->irqc, line->gsi);
	line->hw->ops->irq_switch(line->hw, on);
	return level;
}

enum err line_wait(struct line *line, unsigned want, uint64_t us)
{
	struct hw_timer timer = hw_timer_us(line->hw, us);

	while (line->count < want && !line->storm) {
		if (hw_expired(line->hw, &timer))
			return line->count < want ? ERR_TIMEOUT : OK;
		line->hw->ops->relax(line->hw);
	}
	return line->storm ? ERR_STORM : OK;
}
