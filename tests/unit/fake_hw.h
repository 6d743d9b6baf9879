/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The least machine that the PCI core can stand on: 4 KiB pages of registers with write masks,
 * all-ones elsewhere, a clock that moves in relax(), an interrupt a test can raise, and a log of
 * every access. A machine that behaves is tests/sim; this one only remembers.
 */
#ifndef INTXLAB_TESTS_UNIT_FAKE_HW_H
#define INTXLAB_TESTS_UNIT_FAKE_HW_H

#include <setjmp.h>

#include "pci/config.h"
#include "pci/hw.h"

#define FAKE_PAGES 640
#define FAKE_LOG 64

#define FAKE_ECAM 0xb0000000ull

struct fake_page {
	uint64_t addr;
	bool gone; /* all-ones, writes lost */
	/* reads of its IDs that are answered Request Retry Status; another access ends the test */
	unsigned retries;
	uint8_t bytes[4096];
	uint8_t writable[4096]; /* a 1 in it: this bit takes what is written */
};

struct fake_access {
	bool write;
	uint64_t addr;
	unsigned width;
	uint64_t value;
};

struct fake_hw {
	struct hw hw;
	unsigned pages;
	struct fake_page page[FAKE_PAGES];
	struct fake_page *last; /* the page of the access before */
	uint64_t unmapped, unmapped_size; /* mmio_is_mapped says no in it */
	uint64_t forbidden, forbidden_size; /* an access in it ends the test */
	unsigned map_asks;
	unsigned reads, writes;
	struct fake_access log[FAKE_LOG]; /* of the first FAKE_LOG accesses since fake_forget() */
	uint64_t now, hz, ticks_per_relax;
	unsigned relaxes;
	hw_irq_fn *irq_fn;
	void *irq_arg;
	unsigned irq_on_write; /* vector that the next write raises, after it is done; 0 none */
	unsigned irq_on_read;
	uint16_t port_value;
	uint64_t sysreg_value;
	char text[64];
	jmp_buf *guard;
};

void fake_init(struct fake_hw *fake);
/* A page of zeroes, nothing writable. */
struct fake_page *fake_add_page(struct fake_hw *fake, uint64_t addr);
/* A function of segment 0 at FAKE_ECAM with the IDs of QEMU's; header type 0, Command writable. */
struct fake_page *fake_add_fn(struct fake_hw *fake, unsigned bus, unsigned dev, unsigned fn);
struct fake_page *fake_add_bridge(struct fake_hw *fake, unsigned bus, unsigned dev,
				  unsigned secondary, unsigned subordinate);
/* What pci_enumerate() would hand to a test that needs one function. */
struct pci_fn fake_fn(struct fake_hw *fake, const struct fake_page *page);
void fake_set16(struct fake_page *page, unsigned off, uint16_t value);
void fake_set32(struct fake_page *page, unsigned off, uint32_t value);
/* A capability header at off of the first 256 bytes; Status[4] is set. */
void fake_set_cap(struct fake_page *page, unsigned off, unsigned id, unsigned next);
void fake_raise(struct fake_hw *fake, unsigned vector);
/* Empty the log and the counters. */
void fake_forget(struct fake_hw *fake);

#endif
