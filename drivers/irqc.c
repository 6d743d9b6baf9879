/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns what every interrupt controller provider shares: who the owner's sink is, and the words for
 * a line's level. Knows no register.
 */
#include "drivers/irqc.h"

void irqc_attach(struct irqc *irqc, hw_irq_fn *fn, void *arg)
{
	/* a delivery between the two stores would call one owner with another's argument */
	bool was_on = irqc->hw->ops->irq_switch(irqc->hw, false);

	irqc->fn = fn;
	irqc->arg = arg;
	if (was_on)
		(void)irqc->hw->ops->irq_switch(irqc->hw, true);
}

const char *irqc_line_name(enum irqc_line line)
{
	switch (line) {
	case LINE_ASSERTED:
		return "asserted";
	case LINE_DEASSERTED:
		return "deasserted";
	default:
		return "UNKNOWN";
	}
}
