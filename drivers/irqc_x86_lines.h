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

/* 82093AA sec 3.2.4: vector, delivery and destination mode; polarity; trigger mode; mask. */
#define IRQC_X86_RTE_KEPT 0x1afffu

extern const struct irqc_ops irqc_x86_ops;

/* The sink of the seam; arg is the struct irqc_x86. */
hw_irq_fn irqc_x86_sink;

/*
 * Polarity of a PCI line on gsi: a MADT override that names the GSI decides; else active low
 * (PCI 3.0 sec 2.2.6).
 */
enum irqc_polarity irqc_x86_polarity(const struct irqc_x86 *x86, uint32_t gsi);
/*
 * May this line carry a PCI interrupt? GSI 16 and up: yes. Below: only if ELCR has the IRQ as level
 * or an override says level. Everything else is an edge line of ISA and is left alone by a probe.
 */
bool irqc_x86_may_be_pci(const struct irqc_x86 *x86, uint32_t gsi);
/* Visit lines: the lowest GSI >= from that exists, or UINT32_MAX. */
uint32_t irqc_x86_next_line(const struct irqc_x86 *x86, uint32_t from);

#endif
