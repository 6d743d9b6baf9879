/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Private to irqc_x86.c and irqc_x86_lines.c: the two halves of one provider.
 */
#ifndef INTXLAB_DRIVERS_IRQC_X86_LINES_H
#define INTXLAB_DRIVERS_IRQC_X86_LINES_H

#include "drivers/irqc_x86.h"

/*
 * A waiting vector is taken at the first instruction boundary with interrupts on (Intel SDM vol.
 * 3A, local APIC); the rest of the bound is for a hypervisor that runs somebody else just then.
 */
#define IRQC_X86_TAKEN_US 1000

extern const struct irqc_ops irqc_x86_ops;

/* The sink of the seam; arg is the struct irqc_x86. */
hw_irq_fn irqc_x86_sink;

#endif
