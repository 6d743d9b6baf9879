/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the gathering of facts about board, firmware and CPU. It judges none of them and prints
 * nothing.
 */
#include "efi/facts.h"

#include "efi/x86_64/cpu.h"
#include "pci/mem.h"

#define CPUID1_ECX_HYPERVISOR (1u << 31)
#define CPUID_BRAND_LAST 0x80000004

/* Printable ASCII, blanks at both ends cut off, in place; text[len] is there for the end. */
static void tidy(char *text, size_t len)
{
	size_t start = 0, n = 0;

	while (start < len && text[start] == ' ')
		start++;
	for (; start < len && text[start]; start++)
		text[n++] = text[start] >= 0x20 && text[start] <= 0x7e ? text[start] : '?';
	while (n && text[n - 1] == ' ')
		n--;
	text[n] = 0;
}

static void cpu_facts(struct facts *facts)
{
	struct cpu_leaf leaf = cpu_id(0);

	memcpy(facts->cpu_vendor, &leaf.ebx, 4);
	memcpy(facts->cpu_vendor + 4, &leaf.edx, 4);
	memcpy(facts->cpu_vendor + 8, &leaf.ecx, 4);
	tidy(facts->cpu_vendor, 12);
	if (cpu_id(0x80000000).eax >= CPUID_BRAND_LAST) {
		for (unsigned i = 0; i < 3; i++) {
			leaf = cpu_id(0x80000002 + i);
			memcpy(facts->cpu_brand + 16 * (size_t)i, &leaf, sizeof(leaf));
		}
		tidy(facts->cpu_brand, 48);
	}
	if (cpu_id(1).ecx & CPUID1_ECX_HYPERVISOR) {
		leaf = cpu_id(0x40000000);
		/* ebx, ecx, edx, as they lie in the struct */
		memcpy(facts->hypervisor, &leaf.ebx, 12);
		tidy(facts->hypervisor, 12);
	}
}

bool facts_may_be_qemu(const struct facts *facts)
{
	return text_equal(facts->hypervisor, "TCGTCGTCGTCG") ||
	       text_equal(facts->hypervisor, "KVMKVMKVM") ||
	       text_equal(facts->board.system_vendor, "QEMU");
}

static void firmware_facts(const struct uefi *uefi, struct facts *facts)
{
	const CHAR16 *vendor = uefi->st->FirmwareVendor;
	size_t n = 0;

	for (; vendor && vendor[n] && n < sizeof(facts->firmware_vendor) - 1; n++)
		facts->firmware_vendor[n] = vendor[n] < 0x7f ? (char)vendor[n] : '?';
	tidy(facts->firmware_vendor, n);
	facts->firmware_revision = uefi->st->FirmwareRevision;
	facts->uefi_major = uefi->st->Hdr.Revision >> 16;
	facts->uefi_minor = uefi->st->Hdr.Revision & 0xffff;
}

void facts_gather(const struct uefi *uefi, const struct acpi_memory *memory,
		  struct facts *ret_facts)
{
	static const EFI_GUID smbios_30 = SMBIOS3_TABLE_GUID;
	static const EFI_GUID smbios_21 = SMBIOS_TABLE_GUID;
	void *entry = uefi_config_table(uefi, &smbios_30);

	memset(ret_facts, 0, sizeof(*ret_facts));
	if (!entry)
		entry = uefi_config_table(uefi, &smbios_21);
	ret_facts->board_err = entry ? smbios_parse(memory, (uintptr_t)entry, &ret_facts->board)
				     : ERR_ABSENT;
	firmware_facts(uefi, ret_facts);
	cpu_facts(ret_facts);
}
