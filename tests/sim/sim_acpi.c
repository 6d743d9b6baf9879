/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The ACPI tables of the machine as bytes: RSDP, XSDT, FADT (its header and IAPC_BOOT_ARCH are
 * true), MADT, MCFG, DMAR. Source: ACPI 6.5 sec 5.2.5-5.2.12, PCI Firmware 3.3 sec 4.1.2, Intel
 * VT-d 4.1 sec 8. Built from the machine, never parsed here.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim_data.h"
#include "tests/sim/sim_machine.h"
#include "tests/sim/sim_vtd.h"

#define RSDP_AT 0x000f5a20ull
#define TABLES_AT 0x7fb77018ull /* 8-byte but not 16-byte aligned, as real ones are */
#define TABLES_APART 0x1000
#define HEADER_SIZE 36
#define MAX_SIZE 512
#define CHECKSUM_AT 9
#define LEVEL_HIGH 0x000d
#define CONFORMS 0x0000

struct builder {
	uint8_t bytes[MAX_SIZE];
	size_t len;
	uint8_t sum_wrong; /* bits of the checksum that are turned round */
};

static void put(struct builder *table, uint64_t value, unsigned width)
{
	if (table->len + width > MAX_SIZE)
		sim_abuse("an ACPI table is too large", table->len, width);
	for (unsigned i = 0; i < width; i++)
		table->bytes[table->len++] = (uint8_t)(value >> (8 * i));
}

static void put_text(struct builder *table, const char *text, size_t width)
{
	for (size_t i = 0; i < width; i++)
		put(table, (uint8_t)text[i], 1);
}

static void fix_checksum(uint8_t *bytes, size_t len, size_t at)
{
	uint8_t sum = 0;

	bytes[at] = 0;
	for (size_t i = 0; i < len; i++)
		sum = (uint8_t)(sum + bytes[i]);
	bytes[at] = (uint8_t)-sum;
}

static uint64_t keep(struct sim *sim, const uint8_t *bytes, size_t len, uint64_t phys)
{
	struct sim_table *kept = &sim->table[sim->table_count];

	if (sim->table_count++ == SIM_MAX_TABLES)
		sim_abuse("too many ACPI tables", phys, 0);
	kept->phys = phys;
	kept->len = len;
	kept->bytes = sim_calloc(len);
	memcpy(kept->bytes, bytes, len);
	return phys;
}

static void begin(struct builder *table, const char *signature, uint8_t revision)
{
	memset(table, 0, sizeof(*table));
	put_text(table, signature, 4);
	put(table, 0, 4); /* length */
	put(table, revision, 1);
	put(table, 0, 1); /* checksum */
	put_text(table, "INTXLBSIMULATD", 14);
	put(table, 1, 4);
	put_text(table, "SIM ", 4);
	put(table, 1, 4);
}

static uint64_t end(struct sim *sim, struct builder *table)
{
	for (unsigned i = 0; i < 4; i++)
		table->bytes[4 + i] = (uint8_t)(table->len >> (8 * i));
	fix_checksum(table->bytes, table->len, CHECKSUM_AT);
	table->bytes[CHECKSUM_AT] ^= table->sum_wrong;
	return keep(sim, table->bytes, table->len, TABLES_AT + sim->table_count * TABLES_APART);
}

static uint64_t build_fadt(struct sim *sim)
{
	const struct sim_machine *machine = sim->machine;
	struct builder table;

	begin(&table, "FACP", machine->fadt_old ? 1 : 3);
	while (table.len < 109)
		put(&table, 0, 1);
	if (machine->fadt_old)
		put(&table, 0xffff, 2); /* reserved */
	else
		put(&table, machine->fadt_no_msi ? 0x000b : 0x0003, 2); /* LEGACY_DEVICES, 8042 */
	while (table.len < (machine->fadt_old ? 116 : 244))
		put(&table, 0, 1);
	return end(sim, &table);
}

static void put_override(struct builder *table, uint8_t irq, uint32_t gsi, uint16_t flags)
{
	put(table, 2, 1);
	put(table, 10, 1);
	put(table, 0, 1); /* ISA */
	put(table, irq, 1);
	put(table, gsi, 4);
	put(table, flags, 2);
}

static void put_ioapic(struct builder *table, const struct sim_ioapic *ioapic)
{
	put(table, 1, 1);
	put(table, 12, 1);
	put(table, ioapic->id, 1);
	put(table, 0, 1);
	put(table, ioapic->address, 4);
	put(table, ioapic->gsi_base, 4);
}

/*
 * The overrides of a Q35: the timer on GSI 2, and the IRQs that PIRQs can be routed to as level,
 * high.
 */
static void put_odd_entries(struct builder *table)
{
	static const uint8_t odd[] = {
		1, 12, 9, 0, 0, 0, 0, 0, 0, 1, 0, 0, /* an I/O APIC at address 0 */
		1, 8,  9, 0, 0, 0, 0, 0, /* and one that is too short */
		2, 10, 0, 3, 3, 0, 0, 0, 2, 0, /* a reserved polarity */
		2, 0,  0, 4, 4, 0, 0, 0, 0, 0, /* length 0 */
	};

	for (unsigned i = 0; i < sizeof(odd); i++)
		put(table, odd[i], 1);
}

static uint64_t build_madt(struct sim *sim)
{
	const struct sim_machine *machine = sim->machine;
	static const uint8_t pirq_irqs[] = { 5, 9, 10, 11 };
	struct builder table;

	begin(&table, "APIC", 3);
	put(&table, 0xfee00000, 4);
	put(&table, 1, 4); /* PCAT_COMPAT */
	put(&table, 0x0800, 2); /* type 0, 8 bytes: processor 0 */
	put(&table, 0, 2);
	put(&table, 1, 4); /* enabled */
	if (machine->madt_odd)
		put_odd_entries(&table);
	for (unsigned i = 0; i < sim->ioapic_count; i++)
		put_ioapic(&table, &sim->ioapic[i]);
	if (machine->madt_odd)
		put_ioapic(&table, &sim->ioapic[0]); /* the same once more */
	put_override(&table, 0, 2, CONFORMS);
	for (unsigned i = 0; i < sizeof(pirq_irqs); i++)
		put_override(&table, pirq_irqs[i], pirq_irqs[i], LEVEL_HIGH);
	put(&table, 0xff0604, 3); /* type 4, 6 bytes: all processors */
	put(&table, 0, 2);
	put(&table, 1, 1); /* NMI on LINT1 */
	if (machine->madt_tail)
		put(&table, 0, 2);
	if (machine->madt_odd)
		put(&table, 0x4001, 2); /* an entry of 64 bytes in the last two */
	if (machine->madt_sum)
		table.sum_wrong = 0x5a;
	return end(sim, &table);
}

static uint64_t build_mcfg(struct sim *sim)
{
	struct builder table;

	begin(&table, "MCFG", 1);
	put(&table, 0, 8);
	for (unsigned i = 0; i < sim->ecam_count; i++) {
		put(&table, sim->ecam[i].base, 8);
		put(&table, sim->ecam[i].segment, 2);
		put(&table, sim->ecam[i].bus_first, 1);
		put(&table, sim->ecam[i].bus_last, 1);
		put(&table, 0, 4);
	}
	if (sim->machine->mcfg_tail)
		put(&table, 0, 2);
	return end(sim, &table);
}

/* Units that each have the whole of segment 0 (INCLUDE_PCI_ALL) and name no device. */
static uint64_t build_dmar(struct sim *sim)
{
	unsigned count;
	const struct sim_vtd *unit = sim_vtd_units(sim, &count);
	struct builder table;

	if (!count)
		return 0;
	begin(&table, "DMAR", 1);
	put(&table, 38, 1); /* 39 address bits */
	put(&table, 1, 1); /* INTR_REMAP */
	while (table.len < 48)
		put(&table, 0, 1);
	for (unsigned i = 0; i < count; i++) {
		put(&table, 0x00100000, 4); /* DRHD, 16 bytes */
		put(&table, 1, 4);
		put(&table, unit[i].base, 8);
	}
	return end(sim, &table);
}

static void build_rsdp(struct sim *sim, uint64_t xsdt)
{
	struct builder rsdp = { .len = 0 };

	put_text(&rsdp, "RSD PTR ", 8);
	put(&rsdp, 0, 1);
	put_text(&rsdp, "INTXLB", 6);
	put(&rsdp, 2, 1);
	put(&rsdp, 0, 4); /* no RSDT */
	put(&rsdp, 36, 4);
	put(&rsdp, xsdt, 8);
	put(&rsdp, 0, 4);
	fix_checksum(rsdp.bytes, 20, 8);
	fix_checksum(rsdp.bytes, 36, 32);
	(void)keep(sim, rsdp.bytes, rsdp.len, RSDP_AT);
}

void sim_acpi_build(struct sim *sim)
{
	uint64_t fadt = build_fadt(sim), madt = build_madt(sim);
	uint64_t mcfg = sim->ecam_count ? build_mcfg(sim) : 0, dmar = build_dmar(sim);
	struct builder xsdt;

	begin(&xsdt, "XSDT", 1);
	put(&xsdt, fadt, 8);
	put(&xsdt, madt, 8);
	if (mcfg)
		put(&xsdt, mcfg, 8);
	if (dmar)
		put(&xsdt, dmar, 8);
	build_rsdp(sim, end(sim, &xsdt));
}

void sim_acpi_build_from(struct sim *sim, const struct sim_data *data)
{
	struct builder xsdt;

	begin(&xsdt, "XSDT", 1);
	for (unsigned i = 0; i < data->table_count; i++)
		put(&xsdt,
		    keep(sim, data->table[i].bytes, data->table[i].len,
			 TABLES_AT + sim->table_count * TABLES_APART),
		    8);
	build_rsdp(sim, end(sim, &xsdt));
}

void sim_acpi_free(struct sim *sim)
{
	for (unsigned i = 0; i < sim->table_count; i++)
		free(sim->table[i].bytes);
}

static const uint8_t *view(void *arg, uint64_t phys, size_t len)
{
	const struct sim *sim = arg;

	for (unsigned i = 0; i < sim->table_count; i++) {
		const struct sim_table *table = &sim->table[i];

		if (phys >= table->phys && phys - table->phys <= table->len &&
		    len <= table->len - (phys - table->phys))
			return table->bytes + (phys - table->phys);
	}
	return NULL;
}

struct acpi_memory sim_acpi_memory(struct sim *sim)
{
	return (struct acpi_memory){ .view = view, .arg = sim };
}

uint64_t sim_rsdp(struct sim *sim)
{
	(void)sim;
	return RSDP_AT;
}
