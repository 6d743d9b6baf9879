/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the global descriptor table of a run without firmware. No task state segment: nothing here
 * changes the privilege level, and no gate of trap.c names a stack of its own.
 */
#include "efi/x86_64/gdt.h"

#include "efi/x86_64/cpu.h"

#define CODE_SELECTOR 0x08
#define DATA_SELECTOR 0x10

/*
 * SDM vol. 3, "Segment Descriptors": present, DPL 0, limit 4 GiB in pages; code is 64-bit (L). The
 * accessed bit is set already, so the CPU never writes here.
 */
static const uint64_t table[] = { 0, 0x00af9b000000ffff, 0x00cf93000000ffff };

_Static_assert(sizeof(table) == DATA_SELECTOR + 8, "a selector is an offset into the table");

void gdt_install(void)
{
	cpu_write_gdtr((struct cpu_table){ .limit = sizeof(table) - 1, .base = (uintptr_t)table });
	cpu_load_segments(CODE_SELECTOR, DATA_SELECTOR);
}
