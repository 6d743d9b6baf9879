/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The few strings of SMBIOS that name a board (DSP0134 3.7 sec 5.2 entry points, 6.1 structures,
 * 7.1-7.3 types 0-2). Lengths are checked against what is left, entry points against their
 * checksums; a table is never believed further.
 */
#ifndef INTXLAB_EFI_SMBIOS_H
#define INTXLAB_EFI_SMBIOS_H

#include "pci/acpi.h"

#define SMBIOS_TEXT 64

/* "" where the table says nothing. Printable ASCII, blanks at the ends cut off. */
struct smbios {
	char bios_vendor[SMBIOS_TEXT], bios_version[SMBIOS_TEXT], bios_date[SMBIOS_TEXT];
	char system_vendor[SMBIOS_TEXT], system_product[SMBIOS_TEXT];
	char board_vendor[SMBIOS_TEXT], board_product[SMBIOS_TEXT];
};

/*
 * entry: address of an entry point, "_SM3_" (3.0) or "_SM_" (2.1). ERR_ABSENT: neither anchor;
 * ERR_CHECKSUM, ERR_TRUNCATED: malformed. *ret_smbios is then untouched.
 */
MUST_CHECK enum err smbios_parse(const struct acpi_memory *memory, uint64_t entry,
				 struct smbios *ret_smbios);

#endif
