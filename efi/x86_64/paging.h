/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* What the page tables that firmware left say. Read only: nothing is ever mapped here. */
#ifndef INTXLAB_EFI_X86_64_PAGING_H
#define INTXLAB_EFI_X86_64_PAGING_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Every byte of [addr, addr+size) is mapped to its own physical address (UEFI 2.10 sec 2.3.4:
 * identity) and can be read; with writable also written. An address that is not canonical or wraps
 * is not mapped.
 */
bool paging_is_mapped(uint64_t addr, uint64_t size, bool writable);

#endif
