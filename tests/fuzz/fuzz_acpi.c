/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The input is physical memory from MEMORY_BASE, the RSDP at its start. Each input is read three
 * ways: as it is; with the checksums of all that can be reached put right, so that mutations get
 * past them; and as the bytes of one table of each kind.
 */
#include "pci/acpi.h"

#include <stdlib.h>
#include <string.h>

#define MEMORY_BASE 0x10000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct ram {
	uint8_t *bytes; /* exactly size: a read past the end is the sanitizer's */
	size_t size;
};

static void check(bool condition)
{
	if (!condition)
		abort();
}

static const uint8_t *view(void *arg, uint64_t phys, size_t len)
{
	struct ram *ram = arg;

	if (phys < MEMORY_BASE || phys - MEMORY_BASE > ram->size ||
	    len > ram->size - (phys - MEMORY_BASE))
		return NULL;
	return ram->bytes + (phys - MEMORY_BASE);
}

static uint64_t get(const uint8_t *p, unsigned bytes)
{
	uint64_t value = 0;

	while (bytes--)
		value = value << 8 | p[bytes];
	return value;
}

static void sum_to_zero(uint8_t *bytes, size_t len, size_t at)
{
	uint8_t sum = 0;

	bytes[at] = 0;
	for (size_t i = 0; i < len; i++)
		sum = (uint8_t)(sum + bytes[i]);
	bytes[at] = (uint8_t)-sum;
}

/* Make the table at phys add up, if it is all there; its length, else 0. */
static size_t fix_table(struct ram *ram, uint64_t phys)
{
	uint8_t *table = (uint8_t *)view(ram, phys, 36);
	uint64_t length;

	if (!table)
		return 0;
	length = get(table + 4, 4);
	if (length < 36 || !view(ram, phys, length))
		return 0;
	sum_to_zero(table, length, 9);
	return length;
}

static void fix_list(struct ram *ram, uint64_t phys, unsigned entry_size)
{
	const uint8_t *list = view(ram, phys, 36);
	size_t length = fix_table(ram, phys);

	for (size_t off = 36; off + entry_size <= length && off < 36 + 16 * 8; off += entry_size)
		fix_table(ram, get(list + off, entry_size));
	fix_table(ram, phys);
}

static void fix_checksums(struct ram *ram)
{
	uint8_t *rsdp = ram->bytes;

	if (ram->size < 36)
		return;
	fix_list(ram, get(rsdp + 16, 4), 4);
	fix_list(ram, get(rsdp + 24, 8), 8);
	sum_to_zero(rsdp, 20, 8);
	if (get(rsdp + 20, 4) <= ram->size && get(rsdp + 20, 4) >= 36)
		sum_to_zero(rsdp, get(rsdp + 20, 4), 32);
}

/* What is handed out as parsed must keep what the header promises. */
static void parse_as(const char *signature, struct acpi_table table)
{
	struct acpi_mcfg mcfg;
	struct acpi_madt madt;
	struct acpi_dmar dmar;
	struct acpi_fadt fadt;

	if (!memcmp(signature, "MCFG", 4) && acpi_parse_mcfg(table, &mcfg) == OK) {
		check(mcfg.count >= 1 && mcfg.count <= ACPI_MAX_SEGMENTS);
		for (unsigned i = 0; i < mcfg.count; i++) {
			check(mcfg.allocation[i].base && !(mcfg.allocation[i].base & 0xfffff));
			check(mcfg.allocation[i].bus_first <= mcfg.allocation[i].bus_last);
		}
	}
	if (!memcmp(signature, "APIC", 4) && acpi_parse_madt(table, &madt) == OK) {
		check(madt.ioapic_count <= ACPI_MAX_IOAPICS);
		check(madt.override_count <= ACPI_MAX_OVERRIDES);
		check(madt.cpus <= table.length / 8);
	}
	if (!memcmp(signature, "DMAR", 4) && acpi_parse_dmar(table, &dmar) == OK)
		check(dmar.count <= ACPI_MAX_DRHDS);
	if (!memcmp(signature, "FACP", 4) && acpi_parse_fadt(table, &fadt) == OK)
		check(!fadt.boot_arch || table.length > 132);
}

static const char *const signatures[] = { "MCFG", "APIC", "DMAR", "FACP" };

/* Every one is about bytes of the table. */
static void check_remarks(const struct acpi_remarks *remarks, uint32_t length)
{
	for (unsigned i = 0; i < remarks->count && i < ACPI_MAX_REMARKS; i++) {
		const struct acpi_remark *remark = &remarks->remark[i];

		check(remark->length && remark->what);
		check(remark->offset <= length && remark->length <= length - remark->offset);
	}
}

static void find_all(struct ram *ram)
{
	struct acpi_remarks remarks = { 0 };
	struct acpi_memory memory = { view, ram, &remarks };

	for (unsigned i = 0; i < 3; i++) {
		struct acpi_table table;

		if (acpi_find_table(&memory, MEMORY_BASE, signatures[i], &table))
			continue;
		check(table.bytes >= ram->bytes && table.length >= 36);
		check(table.bytes + table.length <= ram->bytes + ram->size);
		check(!memcmp(table.bytes, signatures[i], 4));
		remarks.count = 0;
		parse_as(signatures[i], table);
		check_remarks(&remarks, table.length);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ram ram = { malloc(size ? size : 1), size };

	check(ram.bytes != NULL);
	memcpy(ram.bytes, data, size);
	find_all(&ram);
	for (unsigned i = 0; i < 3; i++)
		parse_as(signatures[i], (struct acpi_table){ ram.bytes, (uint32_t)size, NULL });
	fix_checksums(&ram);
	find_all(&ram);
	free(ram.bytes);
	return 0;
}
