/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * What small devices have in common: registers behind a memory BAR, and bounded waits for them.
 * All-ones of the register's width is ERR_GONE in every wait: only registers with reserved bits
 * that read 0 are waited for.
 */
#ifndef INTXLAB_DRIVERS_MMIO_H
#define INTXLAB_DRIVERS_MMIO_H

#include "pci/config.h"

/*
 * The address of memory BAR index, of which bytes from its start can be accessed. ERR_ABSENT: no
 * memory BAR, or nothing assigned; ERR_UNSUPPORTED: not mapped.
 */
MUST_CHECK enum err mmio_bar(const struct pci_fn *fn, unsigned index, uint64_t bytes,
			     uint64_t *ret_base);

struct mmio_wait {
	struct hw *hw;
	uint64_t at;
	enum hw_width width; /* at most HW_32 */
	uint64_t us; /* the bound */
};

/* Until the bits of mask read value. ERR_GONE, ERR_TIMEOUT. */
MUST_CHECK enum err mmio_wait(const struct mmio_wait *wait, uint32_t mask, uint32_t value);
/* Until a bit of mask is set there, or in *served, where a handler keeps what it acknowledged. */
MUST_CHECK enum err mmio_wait_event(const struct mmio_wait *wait, uint32_t mask,
				    const uint32_t *served);

#endif
