/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* MCFG, MADT, DMAR and FADT, good and malformed: what is used, and what is said of the rest. */
#include "tests/unit/acpi_rig.h"

static uint8_t body[4096];

/* Only what follows the header is given: signature and checksum are acpi_find_table()'s. */
static struct acpi_table table_of(unsigned header, const uint8_t *entries, unsigned length)
{
	memset(body, 0, sizeof(body));
	forget_remarks();
	memcpy(body + header, entries, length);
	return (struct acpi_table){ body, header + length, &remarks };
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

/* How many are used: b0000000 for buses 10h-1fh always, and this one or a remark. */
static unsigned mcfg_pair(uint64_t base, unsigned segment, unsigned first, unsigned last)
{
	uint8_t entries[32] = { 0, 0, 0, 0xb0, 0, 0, 0, 0, 0, 0, 0x10, 0x1f };
	struct acpi_mcfg mcfg = { 0 };

	for (unsigned i = 0; i < 8; i++)
		entries[16 + i] = (uint8_t)(base >> 8 * i);
	entries[24] = (uint8_t)segment;
	entries[26] = (uint8_t)first;
	entries[27] = (uint8_t)last;
	UNIT_EQ(acpi_parse_mcfg(table_of(44, entries, 32), &mcfg), OK);
	UNIT_EQ(mcfg.allocation[0].base, 0xb0000000);
	UNIT_EQ(remarks.count, 2 - mcfg.count);
	if (remarks.count)
		expect_remark("MCFG", 44 + 16, 16, "left out");
	return mcfg.count;
}

static void mcfg_entries_that_cannot_be_are_left_out(void)
{
	UNIT_EQ(mcfg_pair(0xb0000000, 0, 0, 0x0f), 2);
	UNIT_EQ(mcfg_pair(0xb0000000, 1, 0x20, 0xff), 2);
	UNIT_EQ(mcfg_pair(0, 1, 0x20, 0xff), 1);
	UNIT_EQ(mcfg_pair(0xe0080000, 1, 0, 0xff), 1);
	UNIT_EQ(mcfg_pair(0xe0000000, 1, 2, 1), 1);
	UNIT_EQ(mcfg_pair(0xe0000000, 0, 0x1f, 0x20), 1); /* bus 1fh twice */
	UNIT_EQ(mcfg_pair(0xb0000000, 1, 0, 0x10), 1); /* one page for two */
	UNIT_EQ(mcfg_pair(0xfffffffff0000000, 1, 0, 0xfe), 2);
	UNIT_EQ(mcfg_pair(0xfffffffff0000000, 1, 0, 0xff), 2);
	UNIT_EQ(mcfg_pair(0xfffffffff0100000, 1, 0, 0xff), 1);
}

static void mcfg_without_a_good_entry(void)
{
	static const uint8_t nothing[16];
	struct acpi_mcfg mcfg = { .count = 99 };

	UNIT_EQ(acpi_parse_mcfg(table_of(44, nothing, 0), &mcfg), ERR_ABSENT);
	UNIT_EQ(acpi_parse_mcfg((struct acpi_table){ body, 43, NULL }, &mcfg), ERR_TRUNCATED);
	UNIT_EQ(acpi_parse_mcfg(table_of(44, nothing, 15), &mcfg), ERR_ABSENT);
	expect_remark("MCFG", 44, 15, "left out");
	UNIT_EQ(acpi_parse_mcfg(table_of(44, nothing, 16), &mcfg), ERR_INVALID);
	expect_remark("MCFG", 44, 16, "cannot be");
	UNIT_EQ(mcfg.count, 99);
}

/* As a laptop has it (Dell Inspiron 1420): 62 bytes, an allocation and two bytes. */
static void mcfg_with_bytes_over(void)
{
	static const uint8_t entries[] = { 0, 0, 0,    0xf4, 0, 0, 0, 0, 0,
					   0, 0, 0x3f, 0,    0, 0, 0, 0, 0 };
	struct acpi_mcfg mcfg;

	UNIT_EQ(acpi_parse_mcfg(table_of(44, entries, sizeof(entries)), &mcfg), OK);
	UNIT_EQ(mcfg.count, 1);
	UNIT_EQ(mcfg.allocation[0].base, 0xf4000000);
	UNIT_EQ(mcfg.allocation[0].bus_last, 0x3f);
	expect_remark("MCFG", 60, 2, "behind the last whole entry");
}

static void mcfg_too_many(void)
{
	static uint8_t entries[129 * 16];
	struct acpi_mcfg mcfg = { 0 };

	for (unsigned i = 0; i < 129; i++) {
		entries[16 * i + 4] = 1;
		entries[16 * i + 10] = (uint8_t)i;
		entries[16 * i + 11] = (uint8_t)i;
	}
	UNIT_EQ(acpi_parse_mcfg(table_of(44, entries, 128 * 16), &mcfg), OK);
	UNIT_EQ(mcfg.count, 128);
	UNIT_EQ(remarks.count, 0);
	UNIT_EQ(acpi_parse_mcfg(table_of(44, entries, 129 * 16), &mcfg), OK);
	UNIT_EQ(mcfg.count, 128);
	expect_remark("MCFG", 44 + 128 * 16, 16, "more allocations than are kept");
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
	UNIT_EQ(acpi_parse_madt((struct acpi_table){ body, 43, NULL }, &madt), ERR_TRUNCATED);
}

/* Each stands in front of an I/O APIC; kept: how many I/O APICs are found. */
static void madt_entries_that_cannot_be_are_left_out(void)
{
	static const struct {
		unsigned length, kept, told; /* told: bytes that the remark is about */
		const char *word;
		uint8_t entry[16];
	} rows[] = {
		{ 2, 1, 2, "zero bytes", { 0, 0 } },
		{ 8, 1, 8, "zero bytes", { 0, 0, 0, 0, 0, 0, 0, 0 } },
		{ 12, 1, 12, "length 0 or 1", { 1, 0 } }, /* the type has its length */
		{ 10, 1, 10, "length 0 or 1", { 2, 1 } },
		{ 12, 0, 24, "length 0 or 1", { 0x7f, 0 } }, /* this one has not */
		{ 1, 0, 13, "length 0 or 1", { 0x7f } },
		{ 11, 0, 23, "does not end", { 1, 0x40 } },
		{ 7, 1, 7, "shorter", { 0, 7 } },
		{ 11, 1, 11, "shorter", { 1, 11, 0, 0, 0, 0, 0xc0, 0xfe } },
		{ 12, 1, 12, "address 0", { 1, 12 } },
		{ 12, 1, 12, "address 0", { 1, 12, 5, 0, 0, 0, 0, 0, 0x18, 0x18, 0x18, 0x18 } },
		{ 9, 1, 9, "shorter", { 2, 9 } },
		{ 10, 1, 10, "not ISA", { 2, 10, 1 } },
		{ 10, 1, 10, "reserved", { 2, 10, 0, 9, 9, 0, 0, 0, 0x02 } },
		{ 10, 1, 10, "reserved", { 2, 10, 0, 9, 9, 0, 0, 0, 0x08 } },
		{ 11, 1, 11, "shorter", { 5, 11 } },
		{ 12, 1, 12, "shorter", { 9, 12 } },
	};
	static const uint8_t good[] = { 1, 12, 5, 0, 0, 0, 0xc0, 0xfe, 0, 0, 0, 0 };

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t entries[28];
		struct acpi_madt madt;

		memcpy(entries, rows[i].entry, rows[i].length);
		memcpy(entries + rows[i].length, good, sizeof(good));
		UNIT_EQ(acpi_parse_madt(table_of(44, entries, rows[i].length + 12), &madt), OK);
		if (madt.ioapic_count != rows[i].kept)
			UNIT_FAIL("row %u: %u I/O APICs", i, madt.ioapic_count);
		UNIT_EQ(madt.override_count, 0);
		UNIT_EQ(madt.lapic, 0);
		expect_remark("APIC", 44, rows[i].told, rows[i].word);
	}
}

/* ... and behind one, which is used whatever follows. */
static void madt_with_bytes_over(void)
{
	static const uint8_t tails[][2] = { { 0, 0 }, { 1, 12 }, { 0x7f, 0 }, { 1, 0 } };

	for (unsigned i = 0; i < 4; i++) {
		uint8_t entries[14] = { 1, 12, 5, 0, 0, 0, 0xc0, 0xfe };
		struct acpi_madt madt;

		memcpy(entries + 12, tails[i], 2);
		UNIT_EQ(acpi_parse_madt(table_of(44, entries, 14), &madt), OK);
		UNIT_EQ(madt.ioapic_count, 1);
		UNIT_EQ(madt.ioapic[0].address, 0xfec00000);
		expect_remark("APIC", 56, 2, "left out");
	}
}

static void madt_too_many(void)
{
	static const uint8_t ioapic[] = { 1, 12, 0, 0, 0, 0, 0xc0, 0xfe, 0, 0, 0, 0 };
	static const uint8_t iso[] = { 2, 10, 0, 0, 0, 0, 0, 0, 0, 0 };
	static uint8_t entries[110 * 12];
	struct acpi_madt madt = { 0 };

	for (unsigned i = 0; i < 110; i++)
		memcpy(entries + 12 * i, ioapic, sizeof(ioapic));
	UNIT_EQ(acpi_parse_madt(table_of(44, entries, 64 * 12), &madt), OK);
	UNIT_EQ(madt.ioapic_count, 64);
	UNIT_EQ(remarks.count, 0);
	UNIT_EQ(acpi_parse_madt(table_of(44, entries, 65 * 12), &madt), OK);
	UNIT_EQ(madt.ioapic_count, 64);
	expect_remark("APIC", 44 + 64 * 12, 12, "more I/O APICs than are kept");
	UNIT_EQ(acpi_parse_madt(table_of(44, entries, 110 * 12), &madt), OK);
	UNIT_EQ(remarks.count, 46); /* of which only ACPI_MAX_REMARKS are kept */
	for (unsigned i = 0; i < 65; i++)
		memcpy(entries + 10 * i, iso, sizeof(iso));
	UNIT_EQ(acpi_parse_madt(table_of(44, entries, 64 * 10), &madt), OK);
	UNIT_EQ(madt.override_count, 64);
	UNIT_EQ(acpi_parse_madt(table_of(44, entries, 65 * 10), &madt), OK);
	expect_remark("APIC", 44 + 64 * 10, 10, "more overrides than are kept");
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

static void dmar_entries_that_cannot_be_are_left_out(void)
{
	static const struct {
		unsigned length, kept, told;
		const char *word;
		uint8_t entry[16];
	} rows[] = {
		{ 16, 0, 32, "length cannot be", { 5, 0, 0, 0 } },
		{ 16, 0, 32, "length cannot be", { 5, 0, 3, 0 } },
		{ 15, 0, 31, "length cannot be", { 0, 0, 64, 0 } },
		{ 15, 1, 15, "shorter", { 0, 0, 15, 0 } },
		{ 16, 1, 16, "address", { 0, 0, 16, 0 } }, /* a unit at 0 */
		{ 16, 1, 16, "address", { 0, 0, 16, 0, 0, 0, 0, 0, 0, 8, 0xd9, 0xfe } },
	};
	static const uint8_t good[16] = { 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0xd9, 0xfe };
	struct acpi_dmar dmar = { .count = 99 };

	UNIT_EQ(acpi_parse_dmar((struct acpi_table){ body, 47, NULL }, &dmar), ERR_TRUNCATED);
	UNIT_EQ(dmar.count, 99);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t entries[32];

		memcpy(entries, rows[i].entry, rows[i].length);
		memcpy(entries + rows[i].length, good, sizeof(good));
		UNIT_EQ(acpi_parse_dmar(table_of(48, entries, rows[i].length + 16), &dmar), OK);
		if (dmar.count != rows[i].kept)
			UNIT_FAIL("row %u: %u units", i, dmar.count);
		expect_remark("DMAR", 48, rows[i].told, rows[i].word);
	}
}

static void dmar_too_many(void)
{
	static uint8_t many[129 * 16];
	struct acpi_dmar dmar;

	for (unsigned i = 0; i < 129; i++) {
		many[16 * i + 2] = 16;
		many[16 * i + 11] = 0xfe;
	}
	UNIT_EQ(acpi_parse_dmar(table_of(48, many, 128 * 16), &dmar), OK);
	UNIT_EQ(dmar.count, 128);
	UNIT_EQ(remarks.count, 0);
	UNIT_EQ(acpi_parse_dmar(table_of(48, many, 129 * 16), &dmar), OK);
	UNIT_EQ(dmar.count, 128);
	expect_remark("DMAR", 48 + 128 * 16, 16, "more remapping units than are kept");
}

static enum err fadt_of(unsigned length, struct acpi_fadt *ret_fadt)
{
	static const uint8_t flags[] = { 0x2b, 0x01 };
	struct acpi_table table = table_of(109, flags, sizeof(flags));

	table.length = length;
	return acpi_parse_fadt(table, ret_fadt);
}

/* ACPI 6.5 sec 5.2.9, table "FADT Format": IAPC_BOOT_ARCH at 109. */
static void fadt_flags(void)
{
	struct acpi_fadt fadt;

	UNIT_EQ(fadt_of(244, &fadt), OK);
	UNIT_EQ(fadt.boot_arch, 0x012b);
	UNIT_EQ(fadt_of(133, &fadt), OK);
	UNIT_EQ(fadt.boot_arch, 0x012b);
	UNIT_TRUE(fadt.has_boot_arch);
}

static void fadt_of_acpi_1_has_no_flags(void)
{
	struct acpi_fadt fadt = { 0 };

	UNIT_EQ(fadt_of(132, &fadt), OK);
	UNIT_EQ(fadt.boot_arch, 0);
	UNIT_TRUE(!fadt.has_boot_arch);
	UNIT_EQ(fadt_of(111, &fadt), OK);
	UNIT_EQ(fadt_of(110, &fadt), ERR_TRUNCATED);
}

static const struct unit_test tests[] = {
	UNIT(fadt_flags),
	UNIT(fadt_of_acpi_1_has_no_flags),
	UNIT(mcfg_allocations),
	UNIT(mcfg_entries_that_cannot_be_are_left_out),
	UNIT(mcfg_without_a_good_entry),
	UNIT(mcfg_with_bytes_over),
	UNIT(mcfg_too_many),
	UNIT(madt_of_a_q35),
	UNIT(madt_without_entries),
	UNIT(madt_entries_that_cannot_be_are_left_out),
	UNIT(madt_with_bytes_over),
	UNIT(madt_too_many),
	UNIT(dmar_units),
	UNIT(dmar_entries_that_cannot_be_are_left_out),
	UNIT(dmar_too_many),
};

int main(void)
{
	return UNIT_RUN(tests);
}
