/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * A wrapper at the seam that every access passes through. It records the accesses to one function's
 * Command/Status dword and, if it has one, its MSI Message Control word: that record, not a
 * driver's own word, is what a report calls "writes". All other operations go straight below.
 *
 * Accesses made between hw_trace_observe(t, true) and (t, false) are the laboratory's own looking
 * and are counted as such: reads are left out of the record; a write while observing is recorded
 * all the same, because nobody may write unseen.
 */
#ifndef INTXLAB_PCI_TRACE_H
#define INTXLAB_PCI_TRACE_H

#include "pci/hw.h"

#define HW_TRACE_DEPTH 256

enum hw_trace_what {
	HW_TRACE_READ_COMMAND, /* any width, address within 04h-07h */
	HW_TRACE_WRITE_COMMAND, /* the same, write */
	HW_TRACE_WRITE_MSI, /* Message Control word (or a dword covering it) */
};

struct hw_trace_entry {
	enum hw_trace_what what;
	uint8_t offset; /* config offset of the access: 04h, 05h, 06h … */
	uint8_t width; /* bytes */
	bool in_irq; /* made inside the interrupt sink */
	uint32_t value; /* as written or read; of 64 bits the watched dword */
};

struct hw_trace {
	struct hw hw; /* hand this to everybody above */
	struct hw *below; /* the provider */
	uint64_t cfg; /* ECAM address of the function's page; 0 = none watched */
	uint16_t msi_cap; /* config offset of the MSI capability; 0 = none */
	unsigned observing;
	bool in_irq;
	hw_irq_fn *irq_fn;
	void *irq_arg;
	unsigned count; /* entries recorded since hw_trace_clear(), may exceed HW_TRACE_DEPTH */
	struct hw_trace_entry entry[HW_TRACE_DEPTH];
};

void hw_trace_init(struct hw_trace *trace, struct hw *below);
/* Start watching the function whose ECAM page is at cfg; msi_cap 0 if it has no MSI capability. */
void hw_trace_watch(struct hw_trace *trace, uint64_t cfg, uint16_t msi_cap);
void hw_trace_observe(struct hw_trace *trace, bool on);
/* Forget the record; entries from here on belong to the next step. */
void hw_trace_clear(struct hw_trace *trace);
/* True when more happened than the record holds: then it proves nothing. */
bool hw_trace_overflowed(const struct hw_trace *trace);

#endif
