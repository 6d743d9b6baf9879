/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the walk over the page tables from CR3: 4 and 5 levels, 1 GiB and 2 MiB pages (Intel SDM
 * vol. 3, "4-level paging and 5-level paging"). Changes nothing.
 */
#include "efi/x86_64/paging.h"

#include "efi/x86_64/cpu.h"

#define ENTRY_PRESENT (1ull << 0)
#define ENTRY_WRITE (1ull << 1)
#define ENTRY_LARGE (1ull << 7)
#define ENTRY_ADDRESS 0x000ffffffffff000ull /* bits 51:12 */

#define PAGE_SHIFT 12
#define LEVEL_BITS 9

struct mapping {
	uint64_t first; /* of the page that holds the address */
	uint64_t size;
	uint64_t physical;
	bool writable;
};

static unsigned levels(void)
{
	return (cpu_read_cr4() & CPU_CR4_LA57) ? 5 : 4;
}

/* Page tables are themselves identity mapped: firmware's own code walks them so. */
static bool lookup(uint64_t addr, struct mapping *ret)
{
	uint64_t table = cpu_read_cr3() & ENTRY_ADDRESS;
	bool writable = true;

	for (unsigned level = levels(); level > 0; level--) {
		unsigned shift = PAGE_SHIFT + (level - 1) * LEVEL_BITS;
		const volatile uint64_t *entries = (const volatile uint64_t *)(uintptr_t)table;
		uint64_t entry = entries[addr >> shift & 0x1ff];
		uint64_t size = 1ull << shift;

		if (!(entry & ENTRY_PRESENT))
			return false;
		writable = writable && entry & ENTRY_WRITE;
		/* Bit 7 of a last-level entry is PAT; above level 3 it is reserved. */
		if (level == 1 || (level <= 3 && entry & ENTRY_LARGE)) {
			*ret = (struct mapping){
				.first = addr & ~(size - 1),
				.size = size,
				/* drops PAT, bit 12 of a large page */
				.physical = entry & ENTRY_ADDRESS & ~(size - 1),
				.writable = writable,
			};
			return true;
		}
		table = entry & ENTRY_ADDRESS;
	}
	return false;
}

bool paging_is_mapped(uint64_t addr, uint64_t size, bool writable)
{
	/* the lower canonical half */
	uint64_t limit = 1ull << (PAGE_SHIFT + levels() * LEVEL_BITS - 1);
	struct mapping page;

	if (!(cpu_read_cr0() & CPU_CR0_WP))
		writable = false; /* then the supervisor writes where it reads */
	if (addr >= limit || size > limit - addr)
		return false;
	for (uint64_t at = addr; at < addr + size; at = page.first + page.size) {
		if (!lookup(at, &page) || page.physical != page.first ||
		    (writable && !page.writable))
			return false;
	}
	return true;
}
