/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the image's first code: it relocates itself, because firmware knows PE's base relocations
 * only. The tables of checks are full of pointers; packed (RELR, as in the generic ABI: an address,
 * then bitmaps of the 63 words behind it) the list of them takes a hundredth of the room. Nothing
 * here may be reached through a pointer that is not relocated yet.
 */
#include "efi/start.h"

#include <stddef.h>
#include <stdint.h>

/* Of image.lds. */
extern char image_base[];
extern const uint64_t relr_begin[];
extern const uint64_t relr_end[];

EFI_STATUS EFIAPI image_entry(EFI_HANDLE image, EFI_SYSTEM_TABLE *st);

/* As integers: to the compiler the two ends are different objects. */
static size_t relr_count(void)
{
	return ((uintptr_t)relr_end - (uintptr_t)relr_begin) / sizeof(uint64_t);
}

static void relocate(uint64_t base)
{
	const uint64_t *entry = relr_begin;
	uint64_t *where = NULL;

	for (size_t n = relr_count(); n; n--, entry++) {
		if (!(*entry & 1)) {
			where = (uint64_t *)(base + *entry);
			*where++ += base;
			continue;
		}
		for (unsigned i = 0; i < 63; i++) {
			if (*entry >> (i + 1) & 1)
				where[i] += base;
		}
		where += 63;
	}
}

/* The image was linked at 0: an address in it is what has to be added. */
EFI_STATUS EFIAPI image_entry(EFI_HANDLE image, EFI_SYSTEM_TABLE *st)
{
	relocate((uint64_t)(uintptr_t)image_base);
	return efi_main(image, st);
}
