/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The 8259A pair of a PC and its edge/level control registers (ELCR). Source: Intel 8259A
 * Programmable Interrupt Controller datasheet (order number 231468), OCW1 and OCW3; ICH9 Family
 * Datasheet, ELCR1 and ELCR2.
 *
 * Bit n of every 16-bit word is IRQ n: 0-7 of the master, 8-15 of the slave. All-ones: an IMR of
 * FFFFh is "everything masked" and cannot be told from a pair that is not there (the MADT's
 * PCAT_COMPAT says whether it is); an ELCR of FFFFh cannot be one, its reserved bits read 0.
 */
#ifndef INTXLAB_DRIVERS_PIC8259_H
#define INTXLAB_DRIVERS_PIC8259_H

#include "pci/hw.h"

#define PIC_MASTER 0x20 /* 8, OCW3 when written, IRR or ISR when read */
#define PIC_MASTER_IMR 0x21 /* 8 RW, OCW1 */
#define PIC_SLAVE 0xa0
#define PIC_SLAVE_IMR 0xa1
#define PIC_OCW3_READ_IRR 0x0a /* the next reads of the command port give IRR */
#define PIC_OCW3_READ_ISR 0x0b
#define PIC_ICW1 0x11 /* to the command port: edge where ELCR says nothing, cascaded, ICW4 */
#define PIC_ICW3_MASTER 0x04 /* the slave is at input 2 */
#define PIC_ICW3_SLAVE 0x02
#define PIC_ICW4 0x01 /* 8086 mode, EOI by command */
#define PIC_OCW2_SPECIFIC_EOI 0x60 /* with the input, 0-7 */
#define PIC_ELCR1 0x4d0 /* 8 RW, IRQ 0-7, 1: level; 0-2 read 0 */
#define PIC_ELCR2 0x4d1 /* 8 RW, IRQ 8-15; 8 and 13 read 0 */
#define PIC_ELCR_RESERVED 0x2107

struct pic8259 {
	struct hw *hw;
	bool has_elcr; /* its reserved bits read 0 */
};

struct pic8259_state {
	uint16_t imr;
	uint16_t elcr; /* meaningless without one */
};

/* Reads ELCR; writes nothing. The caller knows from the MADT that there is a pair. */
void pic8259_init(struct pic8259 *pic, struct hw *hw);

uint16_t pic8259_imr(const struct pic8259 *pic);
uint16_t pic8259_elcr(const struct pic8259 *pic);
/*
 * Requests and services by OCW3; IRR is left selected, as after ICW1, since what was selected
 * cannot be read. IRR of a line that ELCR calls level follows the line even while IMR masks it.
 * Task context with interrupts off: two accesses.
 */
uint16_t pic8259_irr(const struct pic8259 *pic);
uint16_t pic8259_isr(const struct pic8259 *pic);
/*
 * IRQ 7 and 15 are what a 8259A answers when the request went away before the acknowledge; the ISR
 * bit is then clear (8259A datasheet, "default IR7"). No EOI is due for it (for 15: one to the
 * master).
 */
bool pic8259_is_spurious(const struct pic8259 *pic, unsigned irq);

/*
 * A specific EOI (OCW2) of the IRQ: to the slave and then, for the cascade, to the master. IRQ 2:
 * the cascade alone.
 */
void pic8259_eoi(const struct pic8259 *pic, unsigned irq);

/*
 * ICW1 to ICW4: IRQ 0 at vector base (a multiple of 8), IRQ 8 eight behind it; nothing in service,
 * no automatic EOI, all masked. ELCR stays. Interrupts off.
 */
void pic8259_set_base(const struct pic8259 *pic, uint8_t base);

void pic8259_save(const struct pic8259 *pic, struct pic8259_state *ret_state);
/* All lines masked; ERR_MISMATCH when IMR does not read FFFFh. ELCR is not changed. */
MUST_CHECK enum err pic8259_mask_all(const struct pic8259 *pic);
/* ELCR first and only if it differs, masks last; both verified (ERR_MISMATCH). */
MUST_CHECK enum err pic8259_restore(const struct pic8259 *pic, const struct pic8259_state *state);

#endif
