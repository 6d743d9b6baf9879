/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The 8259 pair as a provider that delivers, for a line that reaches no I/O APIC: the chipset in
 * PIC mode (ACPI 6.5 sec 5.8.1, _PIC: until it is called with 1), or a PIRQ that is routed to the
 * 8259s alone. The way to the CPU is LINT0 as ExtINT (Intel SDM vol. 3A, local vector table): the
 * vector is then the 8259's own, base and IRQ. The base cannot be read. Firmware that takes
 * interrupts from the pair has it beyond the exceptions, and it is left alone; where firmware takes
 * none nobody may ever have set it (a pair out of its reset has 0), and it is set to
 * IRQC_PIC_BASE. That cannot be put back; every OS that uses the pair sets it first.
 */
#ifndef INTXLAB_DRIVERS_IRQC_PIC_H
#define INTXLAB_DRIVERS_IRQC_PIC_H

#include "drivers/irqc.h"
#include "drivers/lapic.h"
#include "drivers/pic8259.h"

#define IRQC_PIC_BASE 0x60 /* IRQ 0-7; 8-15 behind them: neither line.h's nor firmware's usual */

struct irqc_pic {
	struct irqc irqc; /* first: caps IRQC_SEES_LINE, for IRR of a level input is its line */
	const struct lapic *lapic;
	const struct pic8259 *pic;
	struct irqc *other; /* what has the messages: msi_message */
	bool firmware_takes; /* its interrupts from the pair: its base is used */
	bool live; /* an IRQ was routed */
	unsigned irq; /* ... this */
	unsigned vector; /* and is handed to the owner as this */
};

void irqc_pic_init(struct irqc_pic *pic, struct irqc *other, const struct lapic *lapic,
		   const struct pic8259 *chips);
/* In the sink: it came from the 8259, and was handed to the owner, or dropped with an EOI. */
bool irqc_pic_sink(struct irqc_pic *pic, unsigned vector);

#endif
