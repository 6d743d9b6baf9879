/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns looking at every input of the controllers. What it means that one follows the function is
 * the probe's business (probe.c) and a check's.
 */
#include "run/bench/inputs.h"

#include "drivers/line.h"

_Static_assert(INPUTS_VECTOR != LINE_VECTOR && INPUTS_VECTOR != LINE_MSI_VECTOR, "its own vector");

/* Inputs of the second controller that a bit of 32 can name; a PC's 8259s have 16. */
#define IRQS 32
/* A line that falls late is one all the same: how late is for the checks to judge. */
#define IDLE_WITHIN_US 100

static enum err route(struct irqc *irqc, uint32_t gsi, unsigned vector)
{
	return irqc->ops->route(irqc, gsi, vector, irqc->ops->polarity(irqc, gsi));
}

enum err inputs_begin(struct inputs *in, struct irqc *irqc)
{
	const struct irqc_ops *ops = irqc->ops;

	in->irqc = irqc;
	in->count = 0;
	in->watches_irqs = false;
	in->irqs_idle = 0;
	for (uint32_t gsi = ops->next_line(irqc, 0); gsi != UINT32_MAX && in->count < INPUTS_MAX;
	     gsi = ops->next_line(irqc, gsi + 1)) {
		enum err err;

		if (!ops->may_be_pci(irqc, gsi))
			continue;
		err = route(irqc, gsi, LINE_VECTOR);
		if (err)
			return err;
		in->idle[in->count] = irqc_line(irqc, gsi);
		in->gsi[in->count++] = gsi;
	}
	return OK;
}

static uint32_t irqs_asserted(const struct inputs *in)
{
	const struct irqc_ops *ops = in->irqc->ops;
	uint32_t irqs = 0;

	for (uint32_t irq = 0; in->watches_irqs && irq < IRQS; irq++) {
		if (ops->second_sees(in->irqc, irq) && ops->second_asserted(in->irqc, irq))
			irqs |= 1u << irq;
	}
	return irqs;
}

enum err inputs_watch(struct inputs *in)
{
	enum err err;

	if (!(in->irqc->caps & IRQC_HAS_SECOND))
		return OK;
	err = in->irqc->ops->second_open(in->irqc, IRQC_EVERY_INPUT);
	if (err)
		(void)!in->irqc->ops->second_close(in->irqc); /* the first error says more */
	in->watches_irqs = !err;
	return err;
}

void inputs_watch_idle(struct inputs *in)
{
	struct hw_timer timer = hw_timer_us(in->irqc->hw, IDLE_WITHIN_US);

	do {
		in->irqs_idle = ~irqs_asserted(in);
	} while (~in->irqs_idle && !hw_expired(in->irqc->hw, &timer));
}

uint32_t inputs_irqs(const struct inputs *in)
{
	return irqs_asserted(in) & in->irqs_idle;
}

enum err inputs_end(struct inputs *in)
{
	if (!in->watches_irqs)
		return OK;
	in->watches_irqs = false;
	return in->irqc->ops->second_close(in->irqc);
}

bool inputs_rose(const struct inputs *in, unsigned i)
{
	return in->idle[i] == LINE_DEASSERTED && irqc_line(in->irqc, in->gsi[i]) == LINE_ASSERTED;
}

/* What depends on a mask is a message of a bus, too: so long as a line may take. */
static void wait_for_line(struct hw *hw)
{
	struct hw_timer timer = hw_timer_us(hw, IRQC_LOOK_US);

	while (!hw_expired(hw, &timer))
		hw->ops->relax(hw);
}

static void open(struct inputs *in, uint32_t but, const uint32_t *gsi, unsigned count)
{
	struct irqc *irqc = in->irqc;

	/* first all of them: a vector that waits already cannot be given to another entry */
	for (unsigned i = 0; i < count; i++) {
		if (gsi[i] != but)
			(void)!route(irqc, gsi[i], INPUTS_VECTOR);
	}
	for (unsigned i = 0; i < count; i++) {
		if (gsi[i] != but)
			irqc->ops->unmask(irqc, gsi[i]);
	}
	wait_for_line(irqc->hw);
}

/* Taken and dropped is what entries sent: it is nobody's delivery. */
static void drop_sent(struct hw *hw)
{
	hw->ops->irq_switch(hw, true);
	hw->ops->relax(hw);
	hw->ops->irq_switch(hw, false);
}

void inputs_open_idle(struct inputs *in)
{
	for (unsigned i = 0; i < in->count; i++) {
		if (in->idle[i] == LINE_DEASSERTED)
			in->irqc->ops->unmask(in->irqc, in->gsi[i]);
	}
	/* what was sent at once is of a line that is up already, and no rise */
	wait_for_line(in->irqc->hw);
}

void inputs_wait(const struct inputs *in)
{
	wait_for_line(in->irqc->hw);
}

void inputs_end_service(struct inputs *in)
{
	drop_sent(in->irqc->hw);
	wait_for_line(in->irqc->hw);
}

bool inputs_accepted(const struct inputs *in, unsigned i)
{
	return in->irqc->ops->remote_irr(in->irqc, in->gsi[i]);
}

void inputs_shut_idle(struct inputs *in)
{
	for (unsigned i = 0; i < in->count; i++)
		in->irqc->ops->mask(in->irqc, in->gsi[i]);
	drop_sent(in->irqc->hw);
	for (unsigned i = 0; i < in->count; i++)
		(void)!route(in->irqc, in->gsi[i], LINE_VECTOR);
}

static void shut(struct inputs *in, uint32_t but, const uint32_t *gsi, unsigned count)
{
	struct irqc *irqc = in->irqc;

	for (unsigned i = 0; i < count; i++) {
		if (gsi[i] != but)
			irqc->ops->mask(irqc, gsi[i]);
	}
	drop_sent(irqc->hw);
	for (unsigned i = 0; i < count; i++) {
		/* a failure is met again, and told, by whoever requests the line */
		if (gsi[i] != but)
			(void)!route(irqc, gsi[i], LINE_VECTOR);
	}
}

enum irqc_line inputs_line_beside(struct inputs *in, uint32_t gsi, const uint32_t *others,
				  unsigned count)
{
	enum irqc_line line;

	open(in, gsi, others, count);
	line = irqc_line(in->irqc, gsi);
	shut(in, gsi, others, count);
	return line;
}

uint32_t inputs_irqs_beside(struct inputs *in, const uint32_t *others, unsigned count)
{
	uint32_t irqs;

	open(in, UINT32_MAX, others, count);
	irqs = inputs_irqs(in);
	shut(in, UINT32_MAX, others, count);
	return irqs;
}
