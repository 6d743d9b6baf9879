/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* The way from the RSDP to a table, good and malformed, in a memory whose edges are exact. */
#include "tests/unit/acpi_rig.h"

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

static const struct acpi_memory memory = { .view = view_ram, .remarks = &remarks };

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
	forget_remarks();
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
	UNIT_EQ(acpi_find_table(&memory, 0, "APIC", &table), ERR_TRUNCATED);
	UNIT_EQ(acpi_find_table(&memory, BASE + 0x9f0, "APIC", &table), ERR_TRUNCATED);
	UNIT_EQ(remarks.count, 0);
}

static void an_rsdp_that_does_not_add_up_is_used_and_told_once(void)
{
	struct acpi_table table;

	make_tables();
	ram[RSDP - BASE + 9]++; /* OEM ID: the first checksum alone */
	ram[RSDP - BASE + 32]--;
	UNIT_EQ(find("APIC", &table), OK);
	UNIT_EQ(find("MCFG", &table), OK);
	expect_remark("RSDP", 8, 1, "checksum is wrong");
	make_tables();
	ram[RSDP - BASE + 33]++; /* reserved: the extended one alone */
	UNIT_EQ(find("APIC", &table), OK);
	expect_remark("RSDP", 32, 1, "checksum is wrong");
	for (unsigned i = 0; i < 3; i++) {
		static const uint32_t lengths[] = { 35, 0x1000001, 0xa00 };

		make_tables();
		put(RSDP + 20, 4, lengths[i]);
		sum_to_zero(RSDP, 20, 8);
		UNIT_EQ(find("APIC", &table), OK);
		expect_remark("RSDP", 20, 4, "length cannot be right");
	}
}

static void a_bad_xsdt_is_refused(void)
{
	struct acpi_table table;

	make_tables();
	put_header(XSDT, "RSDT", 36 + 32);
	UNIT_EQ(find("APIC", &table), ERR_INVALID);
	make_tables();
	put(XSDT + 4, 4, 35);
	UNIT_EQ(find("APIC", &table), ERR_TRUNCATED);
	put(XSDT + 4, 4, 0xffffffff);
	UNIT_EQ(find("APIC", &table), ERR_INVALID);
	put(XSDT + 4, 4, 0x900);
	UNIT_EQ(find("APIC", &table), ERR_TRUNCATED);
	make_tables();
	put(RSDP + 24, 8, 0xfffffffffffffff0);
	sum_to_zero(RSDP, 36, 32);
	UNIT_EQ(find("APIC", &table), ERR_TRUNCATED);
	UNIT_EQ(remarks.count, 0);
}

static void an_xsdt_that_is_nearly_good_is_used(void)
{
	struct acpi_table table;

	make_tables();
	ram[XSDT - BASE + 9]++;
	UNIT_EQ(find("APIC", &table), OK);
	expect_remark("XSDT", 9, 1, "checksum is wrong");
	make_tables();
	put_header(XSDT, "XSDT", 36 + 31); /* DMAR's pointer is cut off */
	UNIT_EQ(find("MCFG", &table), OK);
	UNIT_EQ(find("DMAR", &table), ERR_ABSENT);
	expect_remark("XSDT", 36 + 24, 7, "left out");
}

static void a_bad_table_is_refused(void)
{
	struct acpi_table table;

	make_tables();
	put(MADT + 4, 4, 35);
	UNIT_EQ(find("APIC", &table), ERR_TRUNCATED);
	UNIT_EQ(find("MCFG", &table), OK); /* its neighbour is none the worse */
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

static void a_table_that_does_not_add_up_is_used_and_told(void)
{
	struct acpi_memory silent = { .view = view_ram };
	struct acpi_table table;

	make_tables();
	ram[MADT - BASE + 9] ^= 0x5a;
	UNIT_EQ(find("MCFG", &table), OK);
	UNIT_EQ(remarks.count, 0);
	UNIT_EQ(acpi_find_table(&silent, RSDP, "APIC", &table), OK); /* where nobody asks */
	UNIT_EQ(find("APIC", &table), OK);
	UNIT_EQ(table.length, 44);
	expect_remark("APIC", 9, 1, "checksum is wrong; the table is used");
}

static const struct unit_test tests[] = {
	UNIT(tables_are_found_through_the_xsdt),
	UNIT(the_rsdt_serves_when_there_is_no_xsdt),
	UNIT(a_bad_rsdp_is_refused),
	UNIT(an_rsdp_that_does_not_add_up_is_used_and_told_once),
	UNIT(a_bad_xsdt_is_refused),
	UNIT(an_xsdt_that_is_nearly_good_is_used),
	UNIT(a_bad_table_is_refused),
	UNIT(a_table_that_does_not_add_up_is_used_and_told),
};

int main(void)
{
	return UNIT_RUN(tests);
}
