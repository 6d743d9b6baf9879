/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* The fixed tables, good and malformed, in a memory whose edges are exact. */
#include "pci/acpi.h"
#include "tests/unit/unit.h"

#define BASE 0x7e000u
#define RSDP (BASE + 1) /* unaligned on purpose, as is every table here */
#define XSDT (BASE + 0x101)
#define RSDT (BASE + 0x203)
#define MCFG (BASE + 0x305)
#define MADT (BASE + 0x407)
#define DMAR (BASE + 0x709)

static uint8_t ram[0xa00];

static const uint8_t *view_ram(void *arg, uint64_t phys, size_t len)
{
	(void)arg;
	if (phys < BASE || phys - BASE > sizeof(ram) || len > sizeof(ram) - (phys - BASE))
		return NULL;
	return ram + (phys - BASE);
}

static const struct acpi_memory memory = { .view = view_ram };

static void put(uint32_t phys, unsigned bytes, uint64_t value)
{
	for (unsigned i = 0; i < bytes; i++)
		ram[phys - BASE + i] = (uint8_t)(value >> 8 * i);
}

static void sum_to_zero(uint32_t phys, unsigned length, unsigned at)
{
	uint8_t sum = 0;

	ram[phys - BASE + at] = 0;
	for (unsigned i = 0; i < length; i++)
		sum = (uint8_t)(sum + ram[phys - BASE + i]);
	ram[phys - BASE + at] = (uint8_t)-sum;
}

static void put_header(uint32_t phys, const char *signature, unsigned length)
{
	memcpy(ram + (phys - BASE), signature, 4);
	put(phys + 4, 4, length);
	sum_to_zero(phys, length, 9);
}

static void put_rsdp(unsigned revision)
{
	memcpy(ram + (RSDP - BASE), "RSD PTR ", 8);
	ram[RSDP - BASE + 15] = (uint8_t)revision;
	put(RSDP + 16, 4, RSDT);
	if (revision >= 2) {
		put(RSDP + 20, 4, 36);
		put(RSDP + 24, 8, XSDT);
	}
	sum_to_zero(RSDP, 20, 8);
	if (revision >= 2)
		sum_to_zero(RSDP, 36, 32);
}

/* XSDT: null, MADT, MCFG, DMAR. RSDT: MCFG only. */
static void make_tables(void)
{
	memset(ram, 0, sizeof(ram));
	put_rsdp(2);
	put(XSDT + 36 + 8, 8, MADT);
	put(XSDT + 36 + 16, 8, MCFG);
	put(XSDT + 36 + 24, 8, DMAR);
	put_header(XSDT, "XSDT", 36 + 32);
	put(RSDT + 36, 4, MCFG);
	put_header(RSDT, "RSDT", 36 + 4);
	put_header(MCFG, "MCFG", 44);
	put_header(MADT, "APIC", 44);
	put_header(DMAR, "DMAR", 48);
}

static enum err find(const char *signature, struct acpi_table *table)
{
	return acpi_find_table(&memory, RSDP, signature, table);
}

static void tables_are_found_through_the_xsdt(void)
{
	struct acpi_table table = { 0 };

	make_tables();
	UNIT_EQ(find("APIC", &table), OK);
	UNIT_TRUE(table.bytes == ram + (MADT - BASE));
	UNIT_EQ(table.length, 44);
	UNIT_EQ(find("DMAR", &table), OK);
	UNIT_EQ(table.length, 48);
	UNIT_EQ(find("HPET", &table), ERR_ABSENT);
	UNIT_EQ(table.length, 48);
}

static void the_rsdt_serves_when_there_is_no_xsdt(void)
{
	struct acpi_table table;

	make_tables();
	put_rsdp(0);
	UNIT_EQ(find("MCFG", &table), OK);
	UNIT_EQ(find("APIC", &table), ERR_ABSENT);
	/* Revision 2 with a null XSDT as well. */
	make_tables();
	put(RSDP + 24, 8, 0);
	sum_to_zero(RSDP, 36, 32);
	UNIT_EQ(find("MCFG", &table), OK);
	UNIT_EQ(find("APIC", &table), ERR_ABSENT);
	put_rsdp(0);
	put(RSDP + 16, 4, 0);
	sum_to_zero(RSDP, 20, 8);
	UNIT_EQ(find("MCFG", &table), ERR_INVALID);
}

static void a_bad_rsdp_is_refused(void)
{
	struct acpi_table table;

	make_tables();
	ram[RSDP - BASE] = 'r';
	UNIT_EQ(find("APIC", &table), ERR_INVALID);
	make_tables();
	ram[RSDP - BASE + 9]++; /* OEM ID: the first checksum alone */
	ram[RSDP - BASE + 32]--;
	UNIT_EQ(find("APIC", &table), ERR_CHECKSUM);
	make_tables();
	ram[RSDP - BASE + 33]++; /* reserved: the extended one alone */
	UNIT_EQ(find("APIC", &table), ERR_CHECKSUM);
	make_tables();
	put(RSDP + 20, 4, 35);
	UNIT_EQ(find("APIC", &table), ERR_TRUNCATED);
	put(RSDP + 20, 4, 0x1000001);
	UNIT_EQ(find("APIC", &table), ERR_INVALID);
	put(RSDP + 20, 4, 0xa00);
	UNIT_EQ(find("APIC", &table), ERR_TRUNCATED);
	UNIT_EQ(acpi_find_table(&memory, 0, "APIC", &table), ERR_TRUNCATED);
	UNIT_EQ(acpi_find_table(&memory, BASE + 0x9f0, "APIC", &table), ERR_TRUNCATED);
}

static void a_bad_xsdt_is_refused(void)
{
	struct acpi_table table;

	make_tables();
	put_header(XSDT, "RSDT", 36 + 32);
	UNIT_EQ(find("APIC", &table), ERR_INVALID);
	make_tables();
	ram[XSDT - BASE + 40]++;
	UNIT_EQ(find("APIC", &table), ERR_CHECKSUM);
	make_tables();
	put(XSDT + 4, 4, 35);
	UNIT_EQ(find("APIC", &table), ERR_TRUNCATED);
	put(XSDT + 4, 4, 0xffffffff);
	UNIT_EQ(find("APIC", &table), ERR_INVALID);
	put(XSDT + 4, 4, 0x900);
	UNIT_EQ(find("APIC", &table), ERR_TRUNCATED);
	make_tables();
	put_header(XSDT, "XSDT", 36 + 31);
	UNIT_EQ(find("APIC", &table), ERR_TRUNCATED);
	make_tables();
	put(RSDP + 24, 8, 0xfffffffffffffff0);
	sum_to_zero(RSDP, 36, 32);
	UNIT_EQ(find("APIC", &table), ERR_TRUNCATED);
}

static void a_bad_table_is_refused(void)
{
	struct acpi_table table;

	make_tables();
	ram[MADT - BASE + 40]++;
	UNIT_EQ(find("APIC", &table), ERR_CHECKSUM);
	UNIT_EQ(find("MCFG", &table), OK); /* its neighbour is none the worse */
	put(MADT + 4, 4, 35);
	UNIT_EQ(find("APIC", &table), ERR_TRUNCATED);
	put(MADT + 4, 4, 0x1000001);
	UNIT_EQ(find("APIC", &table), ERR_INVALID);
	put(MADT + 4, 4, 0x600);
	UNIT_EQ(find("APIC", &table), ERR_TRUNCATED);
	/* An entry that leads nowhere may have been any table. */
	make_tables();
	put(XSDT + 36, 8, 0x1000);
	sum_to_zero(XSDT, 36 + 32, 9);
	UNIT_EQ(find("APIC", &table), OK);
	UNIT_EQ(find("HPET", &table), ERR_TRUNCATED);
}

static uint8_t body[1024];

/* Only what follows the header is given: signature and checksum are acpi_find_table()'s. */
static struct acpi_table table_of(unsigned header, const uint8_t *entries, unsigned length)
{
	memset(body, 0, sizeof(body));
	memcpy(body + header, entries, length);
	return (struct acpi_table){ body, header + length };
}

static void mcfg_allocations(void)
{
	/* clang-format off */
	static const uint8_t entries[] = {
		0, 0, 0, 0xb0, 0, 0, 0, 0,  0, 0,  0, 0xff,  0, 0, 0, 0,
		0, 0, 0, 0x40, 2, 0, 0, 0,  3, 1,  0x20, 0x3f,  0, 0, 0, 0,
	};
	/* clang-format on */
	struct acpi_mcfg mcfg;

	UNIT_EQ(acpi_parse_mcfg(table_of(44, entries, 32), &mcfg), OK);
	UNIT_EQ(mcfg.count, 2);
	UNIT_EQ(mcfg.allocation[0].base, 0xb0000000);
	UNIT_EQ(mcfg.allocation[0].segment, 0);
	UNIT_EQ(mcfg.allocation[0].bus_first, 0);
	UNIT_EQ(mcfg.allocation[0].bus_last, 255);
	UNIT_EQ(mcfg.allocation[1].base, 0x240000000);
	UNIT_EQ(mcfg.allocation[1].segment, 0x103);
	UNIT_EQ(mcfg.allocation[1].bus_first, 0x20);
	UNIT_EQ(mcfg.allocation[1].bus_last, 0x3f);
}

static enum err mcfg_pair(uint64_t base, unsigned segment, unsigned first, unsigned last)
{
	uint8_t entries[32] = { 0, 0, 0, 0xb0, 0, 0, 0, 0, 0, 0, 0x10, 0x1f };
	struct acpi_mcfg mcfg;

	for (unsigned i = 0; i < 8; i++)
		entries[16 + i] = (uint8_t)(base >> 8 * i);
	entries[24] = (uint8_t)segment;
	entries[26] = (uint8_t)first;
	entries[27] = (uint8_t)last;
	return acpi_parse_mcfg(table_of(44, entries, 32), &mcfg);
}

static void mcfg_malformed(void)
{
	static const uint8_t nothing[1024 - 44];
	struct acpi_mcfg mcfg = { .count = 99 };

	UNIT_EQ(mcfg_pair(0xb0000000, 0, 0, 0x0f), OK);
	UNIT_EQ(mcfg_pair(0xb0000000, 1, 0x20, 0xff), OK);
	UNIT_EQ(mcfg_pair(0, 1, 0x20, 0xff), ERR_INVALID);
	UNIT_EQ(mcfg_pair(0xe0080000, 1, 0, 0xff), ERR_INVALID);
	UNIT_EQ(mcfg_pair(0xe0000000, 1, 2, 1), ERR_INVALID);
	UNIT_EQ(mcfg_pair(0xe0000000, 0, 0x1f, 0x20), ERR_INVALID); /* bus 1fh twice */
	UNIT_EQ(mcfg_pair(0xb0000000, 1, 0, 0x10), ERR_INVALID); /* one page for two */
	UNIT_EQ(mcfg_pair(0xfffffffff0000000, 1, 0, 0xfe), OK);
	UNIT_EQ(mcfg_pair(0xfffffffff0000000, 1, 0, 0xff), OK);
	UNIT_EQ(mcfg_pair(0xfffffffff0100000, 1, 0, 0xff), ERR_INVALID);
	UNIT_EQ(acpi_parse_mcfg(table_of(44, nothing, 0), &mcfg), ERR_ABSENT);
	UNIT_EQ(acpi_parse_mcfg((struct acpi_table){ body, 43 }, &mcfg), ERR_TRUNCATED);
	UNIT_EQ(acpi_parse_mcfg(table_of(44, nothing, 15), &mcfg), ERR_TRUNCATED);
	UNIT_EQ(mcfg.count, 99);
}

static void mcfg_too_many(void)
{
	static uint8_t entries[33 * 16];
	struct acpi_mcfg mcfg = { 0 };

	for (unsigned i = 0; i < 33; i++) {
		entries[16 * i + 4] = 1;
		entries[16 * i + 10] = (uint8_t)i;
		entries[16 * i + 11] = (uint8_t)i;
	}
	UNIT_EQ(acpi_parse_mcfg(table_of(44, entries, 32 * 16), &mcfg), OK);
	UNIT_EQ(mcfg.count, 32);
	UNIT_EQ(acpi_parse_mcfg(table_of(44, entries, 33 * 16), &mcfg), ERR_NOMEM);
}

static void madt_of_a_q35(void)
{
	/* clang-format off */
	static const uint8_t entries[] = {
		0, 8, 0, 0, 1, 0, 0, 0,                    /* CPU 0 */
		0, 8, 1, 1, 0, 0, 0, 0,                    /* CPU 1, not enabled */
		1, 12, 5, 0, 0, 0, 0xc0, 0xfe, 0, 0, 0, 0, /* IOAPIC 5 */
		2, 10, 0, 0, 2, 0, 0, 0, 0, 0,             /* IRQ 0 is GSI 2 */
		2, 10, 0, 9, 9, 0, 0, 0, 0x0d, 0,          /* IRQ 9: level, high */
		2, 10, 0, 10, 10, 0, 0, 0, 0x0f, 0,        /* IRQ 10: level, low */
		4, 6, 0xff, 0, 0, 1,                       /* LAPIC NMI: stepped over */
		0x7f, 3, 0xaa,                             /* nobody knows: stepped over */
		1, 12, 6, 0, 0, 0x10, 0xc0, 0xfe, 24, 0, 0, 0,
		9, 16, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0,
		5, 12, 0, 0, 0, 0, 0xe0, 0xfe, 1, 0, 0, 0,
	};
	/* clang-format on */
	struct acpi_table table = table_of(44, entries, sizeof(entries));
	struct acpi_madt madt;

	body[38] = 0xe0;
	body[39] = 0xfe;
	body[40] = 1;
	UNIT_EQ(acpi_parse_madt(table, &madt), OK);
	UNIT_EQ(madt.lapic, 0x1fee00000);
	UNIT_TRUE(madt.has_8259);
	UNIT_EQ(madt.cpus, 2);
	UNIT_EQ(madt.ioapic_count, 2);
	UNIT_EQ(madt.ioapic[0].id, 5);
	UNIT_EQ(madt.ioapic[0].address, 0xfec00000);
	UNIT_EQ(madt.ioapic[0].gsi_base, 0);
	UNIT_EQ(madt.ioapic[1].address, 0xfec01000);
	UNIT_EQ(madt.ioapic[1].gsi_base, 24);
	UNIT_EQ(madt.override_count, 3);
	UNIT_EQ(madt.override[0].irq, 0);
	UNIT_EQ(madt.override[0].gsi, 2);
	UNIT_EQ(madt.override[0].polarity, ACPI_POLARITY_BUS);
	UNIT_EQ(madt.override[0].trigger, ACPI_TRIGGER_BUS);
	UNIT_EQ(madt.override[1].irq, 9);
	UNIT_EQ(madt.override[1].polarity, ACPI_POLARITY_HIGH);
	UNIT_EQ(madt.override[1].trigger, ACPI_TRIGGER_LEVEL);
	UNIT_EQ(madt.override[2].polarity, ACPI_POLARITY_LOW);
}

static void madt_without_entries(void)
{
	static const uint8_t nothing[1];
	struct acpi_table table = table_of(44, nothing, 0);
	struct acpi_madt madt;

	body[38] = 0xe0;
	body[39] = 0xfe;
	UNIT_EQ(acpi_parse_madt(table, &madt), OK);
	UNIT_EQ(madt.lapic, 0xfee00000);
	UNIT_TRUE(!madt.has_8259);
	UNIT_EQ(madt.cpus, 0);
	UNIT_EQ(acpi_parse_madt((struct acpi_table){ body, 43 }, &madt), ERR_TRUNCATED);
}

static void madt_malformed(void)
{
	static const struct {
		enum err want;
		unsigned length;
		uint8_t entry[12];
	} rows[] = {
		{ ERR_INVALID, 12, { 0x7f, 0 } }, /* length 0 must not loop */
		{ ERR_INVALID, 12, { 0x7f, 1 } },
		{ ERR_TRUNCATED, 1, { 0x7f } },
		{ ERR_TRUNCATED, 11, { 1, 12 } },
		{ ERR_INVALID, 7, { 0, 7 } },
		{ ERR_INVALID, 11, { 1, 11, 0, 0, 0, 0, 0xc0, 0xfe } },
		{ ERR_INVALID, 12, { 1, 12 } }, /* an IOAPIC at 0 */
		{ ERR_INVALID, 12, { 1, 12, 5, 0, 0, 0, 0, 0, 0x18, 0x18, 0x18, 0x18 } },
		{ ERR_INVALID, 9, { 2, 9 } },
		{ ERR_INVALID, 10, { 2, 10, 1 } }, /* a bus that is not ISA */
		{ ERR_INVALID, 10, { 2, 10, 0, 9, 9, 0, 0, 0, 0x02 } },
		{ ERR_INVALID, 10, { 2, 10, 0, 9, 9, 0, 0, 0, 0x08 } },
		{ ERR_INVALID, 11, { 5, 11 } },
		{ ERR_INVALID, 12, { 9, 12 } },
	};
	struct acpi_madt madt = { .cpus = 99 };

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum err err = acpi_parse_madt(table_of(44, rows[i].entry, rows[i].length), &madt);

		if (err != rows[i].want)
			UNIT_FAIL("row %u: %s, not %s", i, err_name(err), err_name(rows[i].want));
	}
	UNIT_EQ(madt.cpus, 99);
}

static void madt_too_many(void)
{
	static const uint8_t ioapic[] = { 1, 12, 0, 0, 0, 0, 0xc0, 0xfe, 0, 0, 0, 0 };
	static const uint8_t iso[] = { 2, 10, 0, 0, 0, 0, 0, 0, 0, 0 };
	static uint8_t entries[33 * 12];
	struct acpi_madt madt = { 0 };

	for (unsigned i = 0; i < 17; i++)
		memcpy(entries + 12 * i, ioapic, sizeof(ioapic));
	UNIT_EQ(acpi_parse_madt(table_of(44, entries, 16 * 12), &madt), OK);
	UNIT_EQ(madt.ioapic_count, 16);
	UNIT_EQ(acpi_parse_madt(table_of(44, entries, 17 * 12), &madt), ERR_NOMEM);
	for (unsigned i = 0; i < 33; i++)
		memcpy(entries + 10 * i, iso, sizeof(iso));
	UNIT_EQ(acpi_parse_madt(table_of(44, entries, 32 * 10), &madt), OK);
	UNIT_EQ(madt.override_count, 32);
	UNIT_EQ(acpi_parse_madt(table_of(44, entries, 33 * 10), &madt), ERR_NOMEM);
}

static void dmar_units(void)
{
	/* clang-format off */
	static const uint8_t entries[] = {
		0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0xd9, 0xfe, 0, 0, 0, 0,
		1, 0, 8, 0, 0, 0, 0, 0, /* RMRR: stepped over */
		0, 0, 24, 0, 1, 0, 0, 0, 0, 0x10, 0xd9, 0xfe, 0, 0, 0, 0,
		3, 8, 0, 0, 0, 0xf0, 0x1f, 0, /* its scope */
	};
	/* clang-format on */
	struct acpi_dmar dmar;

	UNIT_EQ(acpi_parse_dmar(table_of(48, entries, sizeof(entries)), &dmar), OK);
	UNIT_EQ(dmar.count, 2);
	UNIT_EQ(dmar.base[0], 0xfed90000);
	UNIT_EQ(dmar.base[1], 0xfed91000);
	UNIT_EQ(acpi_parse_dmar(table_of(48, entries, 0), &dmar), OK);
	UNIT_EQ(dmar.count, 0);
}

static void dmar_malformed(void)
{
	static const struct {
		enum err want;
		unsigned length;
		uint8_t entry[16];
	} rows[] = {
		{ ERR_INVALID, 16, { 5, 0, 0, 0 } }, /* length 0 must not loop */
		{ ERR_INVALID, 16, { 5, 0, 3, 0 } },
		{ ERR_TRUNCATED, 3, { 5, 0, 3 } },
		{ ERR_TRUNCATED, 15, { 0, 0, 16, 0 } },
		{ ERR_INVALID, 15, { 0, 0, 15, 0 } },
		{ ERR_INVALID, 16, { 0, 0, 16, 0 } }, /* a unit at 0 */
		{ ERR_INVALID, 16, { 0, 0, 16, 0, 0, 0, 0, 0, 0, 8, 0xd9, 0xfe } },
	};
	static uint8_t many[17 * 16];
	struct acpi_dmar dmar = { .count = 99 };

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum err err = acpi_parse_dmar(table_of(48, rows[i].entry, rows[i].length), &dmar);

		if (err != rows[i].want)
			UNIT_FAIL("row %u: %s, not %s", i, err_name(err), err_name(rows[i].want));
	}
	UNIT_EQ(acpi_parse_dmar((struct acpi_table){ body, 47 }, &dmar), ERR_TRUNCATED);
	for (unsigned i = 0; i < 17; i++) {
		many[16 * i + 2] = 16;
		many[16 * i + 11] = 0xfe;
	}
	UNIT_EQ(acpi_parse_dmar(table_of(48, many, 17 * 16), &dmar), ERR_NOMEM);
	UNIT_EQ(dmar.count, 99);
	UNIT_EQ(acpi_parse_dmar(table_of(48, many, 16 * 16), &dmar), OK);
	UNIT_EQ(dmar.count, 16);
}

static const struct unit_test tests[] = {
	UNIT(tables_are_found_through_the_xsdt),
	UNIT(the_rsdt_serves_when_there_is_no_xsdt),
	UNIT(a_bad_rsdp_is_refused),
	UNIT(a_bad_xsdt_is_refused),
	UNIT(a_bad_table_is_refused),
	UNIT(mcfg_allocations),
	UNIT(mcfg_malformed),
	UNIT(mcfg_too_many),
	UNIT(madt_of_a_q35),
	UNIT(madt_without_entries),
	UNIT(madt_malformed),
	UNIT(madt_too_many),
	UNIT(dmar_units),
	UNIT(dmar_malformed),
};

int main(void)
{
	return UNIT_RUN(tests);
}
