/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The local APIC of the CPU we run on: xAPIC through memory or x2APIC through MSRs, as
 * IA32_APIC_BASE says; the mode is never changed. Source: lapic_regs.h names the document.
 *
 * Callable from any context unless said otherwise: every call is made of single accesses.
 */
#ifndef INTXLAB_DRIVERS_LAPIC_H
#define INTXLAB_DRIVERS_LAPIC_H

#include "drivers/lapic_regs.h"
#include "pci/hw.h"

/* Low four bits all 1: some processors have them wired so. No EOI is due for it. */
#define LAPIC_SPURIOUS_VECTOR 0xff

struct lapic {
	struct hw *hw;
	uint64_t base; /* from IA32_APIC_BASE, in x2APIC mode too */
	bool x2apic;
	bool madt_differs; /* the MADT names another address; the MSR's is the one in use */
	uint32_t id;
	uint8_t version;
	unsigned max_lvt; /* Max LVT Entry: number of entries less one */
};

struct lapic_vectors {
	uint32_t word[8]; /* vector n: bit n % 32 of word n / 32 */
};

struct lapic_state {
	uint32_t svr, tpr;
	uint32_t lvt[LAPIC_LVT_COUNT]; /* order is lapic.c's; 0 for those that do not exist */
	bool timer_armed; /* a one-shot or deadline was running */
	/*
	 * What was waiting or being served when the machine was taken. IRR cannot be cleared: these
	 * vectors come as soon as interrupts are on, and nobody of ours asked for them.
	 */
	struct lapic_vectors irr, isr, tmr;
};

/*
 * Reads only. ERR_UNSUPPORTED: globally disabled, or its page is not mapped. ERR_GONE: the version
 * register reads all-ones.
 */
MUST_CHECK enum err lapic_init(struct lapic *lapic, struct hw *hw, uint64_t madt_address);

/* Waiting for the CPU; being served; was the last acceptance of the vector a level one. */
bool lapic_irr(const struct lapic *lapic, unsigned vector);
bool lapic_isr(const struct lapic *lapic, unsigned vector);
bool lapic_tmr(const struct lapic *lapic, unsigned vector);
/* True when any vector waits. */
bool lapic_any_irr(const struct lapic *lapic);

/*
 * Ends the service of the highest vector in service, and tells the IOAPICs if it was a level one.
 */
void lapic_eoi(const struct lapic *lapic);
/*
 * Task context, where nothing of ours can be in service: an EOI for each vector that is all the
 * same (its handler faulted), from the highest down to the first one in keep. Returns how many; at
 * most 256, also when the registers read all-ones.
 */
unsigned lapic_end_service(const struct lapic *lapic, const struct lapic_vectors *keep);
/*
 * Returns what it was; flushed by a read. Vectors of class (tpr >> 4) and lower then wait in IRR.
 */
uint32_t lapic_set_tpr(const struct lapic *lapic, uint32_t tpr);

/* Reads only. Interrupts off. */
void lapic_save(const struct lapic *lapic, struct lapic_state *ret_state);
/* irr, isr and tmr alone: once more when everything is masked, for what came after lapic_save(). */
void lapic_save_pending(const struct lapic *lapic, struct lapic_state *ret_state);
/*
 * LVT entries masked, then software-enabled with LAPIC_SPURIOUS_VECTOR and EOI broadcast, TPR 0;
 * verified (ERR_MISMATCH). Entries that deliver an SMI are firmware's SMM's and stay.
 */
MUST_CHECK enum err lapic_take(const struct lapic *lapic);
/*
 * LINT0 as ExtINT, unmasked: the 8259's INTR reaches this CPU, and the vector is the 8259's. Put
 * back by lapic_restore(). ERR_MISMATCH: it does not read so.
 */
bool lapic_takes_extint(const struct lapic *lapic); /* LINT0 is so now */
MUST_CHECK enum err lapic_open_extint(const struct lapic *lapic);
/* SVR, LVT entries, TPR as saved; verified, RO bits apart (ERR_MISMATCH). Interrupts off. */
MUST_CHECK enum err lapic_restore(const struct lapic *lapic, const struct lapic_state *state);
/*
 * After lapic_restore(), last of all: raise again, as a self-IPI, what firmware is owed. That is
 * each edge vector that waited at the save and was dropped since, and the tick of a one-shot or
 * deadline timer that ran out while masked (a masked entry keeps nothing; without that tick
 * firmware's clock may stop). Level vectors come again by themselves. ERR_TIMEOUT: the ICR stayed
 * busy.
 */
MUST_CHECK enum err lapic_raise_owed(const struct lapic *lapic, const struct lapic_state *state);

#endif
