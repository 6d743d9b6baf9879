/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* What a report's header says of the machine: board, firmware, CPU. Gathered once, at the start. */
#ifndef INTXLAB_EFI_FACTS_H
#define INTXLAB_EFI_FACTS_H

#include "efi/smbios.h"
#include "efi/uefi.h"

struct facts {
	struct smbios board; /* all "" when there is no SMBIOS, or a malformed one */
	enum err board_err; /* why */
	char firmware_vendor[64]; /* printable ASCII */
	uint32_t firmware_revision;
	unsigned uefi_major, uefi_minor; /* 2 and 70: printed 2.70 */
	char cpu_vendor[13], cpu_brand[49];
	char hypervisor[13]; /* CPUID 40000000h; "" on bare metal */
};

void facts_gather(const struct uefi *uefi, const struct acpi_memory *memory,
		  struct facts *ret_facts);
/* It names itself so: by CPUID, or, of machine types up to 2.8 (tcg-cpuid=off), by SMBIOS alone. */
bool facts_may_be_qemu(const struct facts *facts);

#endif
