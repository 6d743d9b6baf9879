/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The interrupt controllers of a PC behind irqc.h: IOAPICs (82093AA and its successors), the local
 * APIC of this CPU (xAPIC by MMIO, x2APIC by MSR; Intel SDM vol. 3A, chapter "Advanced
 * Programmable Interrupt Controller (APIC)") and the 8259A pair.
 */
#ifndef INTXLAB_DRIVERS_IRQC_X86_H
#define INTXLAB_DRIVERS_IRQC_X86_H

#include "drivers/ioapic.h"
#include "drivers/irqc.h"
#include "drivers/irqc_pic.h"
#include "drivers/lapic.h"
#include "drivers/pic8259.h"

/*
 * A look at a masked line borrows this vector: of the highest class, so that TPR can hold back
 * everybody else's while it is drained. The class is the provider's alone (IRQC_VECTOR_LAST).
 */
#define IRQC_X86_LOOK_VECTOR 0xf0

/* An I/O APIC of the MADT that is not used: ERR_GONE, or ERR_INVALID (see irqc_x86_init()). */
struct irqc_x86_left_out {
	uint64_t address;
	enum err why;
};

struct irqc_x86 {
	struct irqc irqc; /* first: an irqc of this provider is an irqc_x86 */
	struct lapic lapic;
	struct pic8259 pic;
	bool has_pic;
	unsigned ioapic_count;
	struct ioapic ioapic[ACPI_MAX_IOAPICS];
	unsigned left_out_count;
	struct irqc_x86_left_out left_out[ACPI_MAX_IOAPICS];
	unsigned override_count;
	struct acpi_override override[ACPI_MAX_OVERRIDES];

	/* Counted by the sink, and never handed to irqc.fn. */
	volatile unsigned spurious; /* LAPIC_SPURIOUS_VECTOR, no EOI */
	volatile unsigned strays; /* nobody asked for it: foreign, no fn, or on the way back */
	unsigned unended; /* vectors whose handler never gave the EOI (it faulted) */
	struct lapic_vectors foreign; /* waiting since before the take, not come yet */
	struct lapic_vectors serving; /* in service at the take */
	bool dropping; /* on the way back: whatever comes is a stray */
	struct irqc_pic second; /* with IRQC_HAS_SECOND */
	struct pic8259_state second_found; /* while it is open as a second witness */
};

/*
 * Find the controllers that the MADT names and read their sizes; nothing is written but IOAPIC
 * index registers. Becomes the sink of hw's irq_attach, and again at every take: give the handle
 * that everybody else uses (the traced one). Left out, and listed: an I/O APIC that reads all-ones,
 * whose registers cannot be, or whose GSIs are an earlier one's. ERR_ABSENT: the MADT names none.
 * ERR_GONE, ERR_INVALID: all were left out, the first for this. ERR_UNSUPPORTED: a page of one is
 * not mapped, or the local APIC is off. On failure x86 has no meaning but for what was left out,
 * and no sink was attached.
 */
MUST_CHECK enum err irqc_x86_init(struct irqc_x86 *x86, struct hw *hw,
				  const struct acpi_madt *madt);

/* All that irqc_x86_take() changes, as it was before. */
struct irqc_x86_state {
	struct lapic_state lapic;
	struct pic8259_state pic;
	struct ioapic_state ioapic[ACPI_MAX_IOAPICS];
};

/*
 * Save everything, then mask everything and verify by read-back (ERR_MISMATCH, ERR_GONE): PIC masks
 * all ones (ELCR saved, not changed), every RTE masked, LVT entries masked, local APIC
 * software-enabled with TPR 0. Entries that deliver an SMI stay as they are: they are firmware's
 * SMM's and reach no IDT. Vectors that wait already are noted (save->lapic.irr, x86->foreign).
 * Interrupts must be off. On failure everything is put back and save has no meaning.
 */
MUST_CHECK enum err irqc_x86_take(struct irqc_x86 *x86, struct irqc_x86_state *save);
/*
 * Put it back, in the order that delivers nothing early (unmasking last), and verify (ERR_MISMATCH;
 * ERR_TIMEOUT: a vector still waits or the ICR stayed busy). RTE bits that are RO are not compared.
 * All is tried, the first error is returned. Interrupts off before and after; the seam's own
 * vectors still in place, because what waits in the local APIC is taken and dropped first: firmware
 * would meet vectors it never heard of. An edge that firmware lost to that, or a one-shot timer
 * that ran out while masked, is raised again at the end.
 */
MUST_CHECK enum err irqc_x86_return(struct irqc_x86 *x86, const struct irqc_x86_state *save);

#endif
