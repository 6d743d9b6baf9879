/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* What the parsers of ACPI tables remark, and how a test says what it expects of it. */
#ifndef INTXLAB_TESTS_UNIT_ACPI_RIG_H
#define INTXLAB_TESTS_UNIT_ACPI_RIG_H

#include "pci/acpi.h"
#include "tests/unit/unit.h"

static struct acpi_remarks remarks;
static void forget_remarks(void)
{
	memset(&remarks, 0, sizeof(remarks));
}

/* Exactly one thing is said: of this table, about these bytes, with this word in it. */
static void expect_remark(const char *table, unsigned offset, unsigned length, const char *word)
{
	UNIT_EQ(remarks.count, 1);
	UNIT_TRUE(!strcmp(remarks.remark[0].table, table));
	UNIT_EQ(remarks.remark[0].offset, offset);
	UNIT_EQ(remarks.remark[0].length, length);
	if (!strstr(remarks.remark[0].what, word))
		UNIT_FAIL("'%s' does not say '%s'", remarks.remark[0].what, word);
	forget_remarks();
}

#endif
