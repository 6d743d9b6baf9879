/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns what is read of the FADT (ACPI 6.5 sec 5.2.9): IAPC_BOOT_ARCH, two bytes at offset 109,
 * whose flags are those of sec 5.2.9.3.
 */
#include "pci/acpi.h"

#define FADT_BOOT_ARCH 109u
#define FADT_BOOT_ARCH_END 111u
/*
 * Where the table of ACPI 1.0, and of the drafts of 2.0, ends: no longer one has the field, and its
 * revision is not to be trusted. Linux goes by the length, too (acpi_tb_convert_fadt()).
 */
#define FADT_WITHOUT 132u

enum err acpi_parse_fadt(struct acpi_table table, struct acpi_fadt *ret_fadt)
{
	const uint8_t *field = table.bytes + FADT_BOOT_ARCH;

	if (table.length < FADT_BOOT_ARCH_END)
		return ERR_TRUNCATED;
	*ret_fadt = (struct acpi_fadt){ .has_boot_arch = table.length > FADT_WITHOUT };
	if (ret_fadt->has_boot_arch)
		ret_fadt->boot_arch = (uint16_t)(field[0] | field[1] << 8);
	return OK;
}
