/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the image's own relocation, called by GNU-EFI's crt0 before anything else: in the place of
 * its library's, which knows only RELA. The tables of checks are full of pointers; packed (RELR, as
 * in the generic ABI: an address, then bitmaps of the 63 words behind it) they take a hundredth of
 * the room. Nothing here may be reached through a pointer that is not relocated yet.
 */
#include <elf.h>
#include <stddef.h>
#include <stdint.h>

#include "efi/uefi.h"

#ifndef DT_RELR /* elf.h of older C libraries */
#define DT_RELRSZ 35
#define DT_RELR 36
#define DT_RELRENT 37
#endif

EFI_STATUS _relocate(uint64_t base, const Elf64_Dyn *dyn, EFI_HANDLE image, EFI_SYSTEM_TABLE *st);

/* What crt0's ELF header says of the tables; addresses from base. */
struct tables {
	uint64_t rela, rela_size, rela_entry;
	uint64_t relr, relr_size;
};

static void find_tables(const Elf64_Dyn *dyn, struct tables *t)
{
	for (; dyn->d_tag != DT_NULL; dyn++) {
		if (dyn->d_tag == DT_RELA)
			t->rela = dyn->d_un.d_ptr;
		else if (dyn->d_tag == DT_RELASZ)
			t->rela_size = dyn->d_un.d_val;
		else if (dyn->d_tag == DT_RELAENT)
			t->rela_entry = dyn->d_un.d_val;
		else if (dyn->d_tag == DT_RELR)
			t->relr = dyn->d_un.d_ptr;
		else if (dyn->d_tag == DT_RELRSZ)
			t->relr_size = dyn->d_un.d_val;
	}
}

/* False: a kind of relocation that a static image has no business with. */
static bool apply_rela(uint64_t base, const struct tables *t)
{
	for (uint64_t at = 0; t->rela_entry && at < t->rela_size; at += t->rela_entry) {
		const Elf64_Rela *r = (const void *)(base + t->rela + at);

		if (ELF64_R_TYPE(r->r_info) == R_X86_64_NONE)
			continue;
		if (ELF64_R_TYPE(r->r_info) != R_X86_64_RELATIVE)
			return false;
		*(uint64_t *)(base + r->r_offset) = base + (uint64_t)r->r_addend;
	}
	return true;
}

static void apply_relr(uint64_t base, const struct tables *t)
{
	const uint64_t *entry = (const void *)(base + t->relr);
	uint64_t *where = NULL;

	for (uint64_t n = t->relr_size / sizeof(*entry); n; n--, entry++) {
		if (!(*entry & 1)) {
			where = (void *)(base + *entry);
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

EFI_STATUS _relocate(uint64_t base, const Elf64_Dyn *dyn, EFI_HANDLE image, EFI_SYSTEM_TABLE *st)
{
	struct tables tables = { 0 };

	(void)image;
	(void)st;
	find_tables(dyn, &tables);
	if (!apply_rela(base, &tables))
		return EFI_LOAD_ERROR;
	apply_relr(base, &tables);
	return EFI_SUCCESS;
}
