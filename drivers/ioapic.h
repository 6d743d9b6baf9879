/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * One I/O APIC: redirection entries (RTEs) by pin. Source: ioapic_regs.h names the documents.
 *
 * Every access is 32 bits wide. Index and data are two accesses, so each pair (and each
 * read-modify-write) is made with interrupts off and the switch put back: a handler that masks its
 * line cannot come between. A read of all-ones in an entry's low half has reserved bits set and so
 * is no entry: nothing is written on the strength of it.
 *
 * An entry keeps its trigger mode for as long as we own it; stopping a line is masking it. Written
 * from level to edge while its line is asserted, an entry may keep the old level as an edge to come
 * (QEMU's does). SMI entries belong to firmware's SMM, never reach an IDT, and are left as they
 * are.
 */
#ifndef INTXLAB_DRIVERS_IOAPIC_H
#define INTXLAB_DRIVERS_IOAPIC_H

#include "drivers/ioapic_regs.h"
#include "pci/hw.h"

struct ioapic {
	struct hw *hw;
	uint64_t address;
	uint32_t gsi_base; /* GSI of pin 0 */
	unsigned pins;
	uint8_t id; /* as the register says; the MADT may say otherwise */
	uint8_t version;
};

/* What ioapic_save() found: the whole entry, RO bits included. */
struct ioapic_state {
	uint64_t rte[IOAPIC_MAX_PINS];
};

/*
 * Reads id, version and size; writes nothing but IOREGSEL. ERR_INVALID: address not 16-byte
 * aligned, more than IOAPIC_MAX_PINS entries, or GSIs past 32 bits. ERR_UNSUPPORTED: the windows
 * are not mapped. ERR_GONE: IOAPICVER reads all-ones.
 */
MUST_CHECK enum err ioapic_init(struct ioapic *ioapic, struct hw *hw, uint64_t address,
				uint32_t gsi_base);

static inline bool ioapic_has_gsi(const struct ioapic *ioapic, uint32_t gsi)
{
	return gsi >= ioapic->gsi_base && gsi - ioapic->gsi_base < ioapic->pins;
}

/* The entry as read, all-ones if the controller is gone. */
uint64_t ioapic_entry(const struct ioapic *ioapic, unsigned pin);

/*
 * One write of the low half, flushed by a read of it. Nothing is written to an entry that reads
 * all-ones.
 */
void ioapic_mask(const struct ioapic *ioapic, unsigned pin);
void ioapic_unmask(const struct ioapic *ioapic, unsigned pin);

/*
 * Program an entry and leave it masked, whatever the mask bit of entry says: mask first, then the
 * high half, then the low. Verified but for the RO bits. ERR_GONE: it reads all-ones. ERR_MISMATCH:
 * it did not take.
 */
MUST_CHECK enum err ioapic_program(const struct ioapic *ioapic, unsigned pin, uint64_t entry);

/*
 * Clear a remote IRR whose EOI was lost: a directed EOI, version 20h and up (ICH9 datasheet, EOIR).
 * For a masked entry. True when remote IRR is clear afterwards.
 */
bool ioapic_clear_remote_irr(const struct ioapic *ioapic, unsigned pin);

/* Reads only. ERR_GONE: an entry reads all-ones. */
MUST_CHECK enum err ioapic_save(const struct ioapic *ioapic, struct ioapic_state *ret_state);
/* Mask every entry but SMI ones; verified (ERR_GONE, ERR_MISMATCH). All are tried. */
MUST_CHECK enum err ioapic_mask_all(const struct ioapic *ioapic);

/*
 * The way back, in two steps, so that all controllers can be ready before one delivers: entries as
 * saved but masked; then those saved unmasked are unmasked, and all are compared with what was
 * saved, RO bits apart. All entries are tried, the first error is returned.
 */
MUST_CHECK enum err ioapic_restore_masked(const struct ioapic *ioapic,
					  const struct ioapic_state *state);
MUST_CHECK enum err ioapic_restore_unmask(const struct ioapic *ioapic,
					  const struct ioapic_state *state);

#endif
