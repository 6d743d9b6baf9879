/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* Our own segments, for a machine whose firmware is gone. */
#ifndef INTXLAB_EFI_X86_64_GDT_H
#define INTXLAB_EFI_X86_64_GDT_H

/*
 * A flat 64-bit code segment and a flat data segment, loaded into every segment register.
 * Interrupts must be off, and the table of trap.h is to be installed next: until then an interrupt
 * would look up firmware's selector in our table.
 */
void gdt_install(void);

#endif
