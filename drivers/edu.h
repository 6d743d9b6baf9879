/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * QEMU's edu device, as an interrupt source: a status register whose bits are set by one register
 * and cleared by another; INTx is asserted while any is set. Source: QEMU docs/specs/edu.txt
 * (edu.rst from 7.1), hw/misc/edu.c. No command is started, no DMA done.
 * All-ones from EDU_ID: the device is gone.
 */
#ifndef INTXLAB_DRIVERS_EDU_H
#define INTXLAB_DRIVERS_EDU_H

#include "pci/config.h"

#define EDU_VENDOR 0x1234
#define EDU_DEVICE 0x11e8

#define EDU_ID 0x00 /* RO, major and minor version above 00edh */
#define EDU_LIVENESS 0x04 /* reads the complement of what was written */
#define EDU_IRQ_STATUS 0x24 /* RO */
#define EDU_IRQ_RAISE 0x60 /* WO: these bits are set in the status */
#define EDU_IRQ_ACK 0x64 /* WO: these bits are cleared */

struct edu {
	struct hw *hw;
	uint64_t base; /* BAR 0 */
	uint32_t id;
};

static inline uint32_t edu_read(const struct edu *edu, unsigned reg)
{
	return hw_read32(edu->hw, edu->base + reg);
}

static inline void edu_write(const struct edu *edu, unsigned reg, uint32_t value)
{
	hw_write32(edu->hw, edu->base + reg, value);
}

/*
 * BAR 0, identification, liveness, no interrupt pending. Memory decode must be on. ERR_ABSENT: no
 * memory BAR 0; ERR_UNSUPPORTED: not mapped; ERR_GONE: all-ones; ERR_INVALID: another
 * identification; ERR_MISMATCH: liveness does not answer with the complement, or the status stays.
 */
MUST_CHECK enum err edu_init(struct edu *edu, const struct pci_fn *fn);
/* A read behind the write: it has arrived. */
void edu_raise(const struct edu *edu);
/* Every bit that is set. False: none was. */
bool edu_ack(const struct edu *edu);

#endif
