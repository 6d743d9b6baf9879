/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* What enumeration must not touch: buses outside ECAM, and functions that are not ready. */
#include "pci/enumerate.h"
#include "tests/unit/fake_hw.h"
#include "tests/unit/unit.h"

static struct fake_hw fake;
static struct pci_tree tree;

static const struct acpi_mcfg q35_mcfg = {
	.count = 1,
	.allocation = { { .base = FAKE_ECAM, .segment = 0, .bus_first = 0, .bus_last = 255 } },
};

static enum err enumerate(void)
{
	fake_forget(&fake);
	return pci_enumerate(&fake.hw, &q35_mcfg, NULL, 0, &tree);
}

static void expect_tree(const char *const *want, unsigned count)
{
	char text[SBDF_TEXT];

	UNIT_EQ(tree.count, count);
	for (unsigned i = 0; i < count && i < tree.count; i++) {
		sbdf_format(tree.fn[i].addr, text);
		UNIT_STR(text, want[i]);
	}
}

/* Buses 10h-1fh lie between the two; ECAM's addresses there are somebody else's. */
static const struct acpi_mcfg gap = {
	.count = 2,
	.allocation = {
		{ .base = FAKE_ECAM, .segment = 0, .bus_first = 0x20, .bus_last = 0x2f },
		{ .base = FAKE_ECAM, .segment = 0, .bus_first = 0, .bus_last = 0x0f },
	},
};

static void forbid_buses(unsigned first, unsigned last)
{
	fake.forbidden = FAKE_ECAM + (first << 20);
	fake.forbidden_size = (uint64_t)(last - first + 1) << 20;
}

static void each_bus_is_looked_at_in_its_own_allocation(void)
{
	static const char *const want[] = {
		"0000:00:01.0", "0000:01:00.0", "0000:00:02.0", "0000:21:00.0", "0000:20:03.0",
	};

	/* 00:02.0 leads from the lower allocation into the upper; bus 20h is a root's. */
	fake_init(&fake);
	fake_add_bridge(&fake, 0, 1, 1, 0x0f);
	fake_add_fn(&fake, 1, 0, 0);
	fake_add_bridge(&fake, 0, 2, 0x21, 0x2f);
	fake_add_fn(&fake, 0x21, 0, 0);
	fake_add_fn(&fake, 0x20, 3, 0);
	forbid_buses(0x10, 0x1f);
	UNIT_EQ(pci_enumerate(&fake.hw, &gap, NULL, 0, &tree), OK);
	expect_tree(want, 5);
	UNIT_EQ(tree.bad_bridges, 0);
	UNIT_EQ(tree.fn[3].parent, 2);
	UNIT_EQ(tree.fn[4].parent, -1);
}

static void the_first_bus_of_an_allocation_may_be_behind_a_bridge(void)
{
	static const char *const want[] = { "0000:00:01.0", "0000:20:00.0" };
	static const struct pci_root roots[] = { { 0, 0 } };

	fake_init(&fake);
	fake_add_bridge(&fake, 0, 1, 0x20, 0x2f);
	fake_add_fn(&fake, 0x20, 0, 0);
	forbid_buses(0x10, 0x1f);
	UNIT_EQ(pci_enumerate(&fake.hw, &gap, NULL, 0, &tree), OK);
	expect_tree(want, 2);
	UNIT_EQ(pci_enumerate(&fake.hw, &gap, roots, 1, &tree), OK);
	expect_tree(want, 2);
	UNIT_EQ(tree.fn[1].parent, 0);
}

static void a_bus_that_no_allocation_covers_is_not_accessed(void)
{
	static const char *const want[] = {
		"0000:00:01.0", "0000:00:02.0", "0000:0e:00.0", "0000:0e:05.0", "0000:00:03.0",
	};
	uint8_t bus = 0;

	/* Into the gap; across its edge; and over the gap into what is covered again. */
	fake_init(&fake);
	fake_add_bridge(&fake, 0, 1, 0x12, 0x13);
	fake_add_bridge(&fake, 0, 2, 0x0e, 0x11);
	fake_add_bridge(&fake, 0x0e, 0, 0x10, 0x11);
	fake_add_fn(&fake, 0x0e, 5, 0);
	fake_add_bridge(&fake, 0, 3, 0x14, 0x20);
	forbid_buses(0x10, 0x1f);
	UNIT_EQ(pci_enumerate(&fake.hw, &gap, NULL, 0, &tree), OK);
	expect_tree(want, 5);
	UNIT_EQ(tree.bad_bridges, 3);
	UNIT_TRUE(pci_leads_beyond_ecam(&tree, &tree.fn[0], &bus) && bus == 0x12);
	UNIT_TRUE(pci_leads_beyond_ecam(&tree, &tree.fn[1], &bus) && bus == 0x10);
	UNIT_TRUE(pci_leads_beyond_ecam(&tree, &tree.fn[2], &bus) && bus == 0x10);
	UNIT_TRUE(!pci_leads_beyond_ecam(&tree, &tree.fn[3], &bus));
}

static void ecam_ends_before_the_bridges_do(void)
{
	static const char *const want[] = { "0000:00:02.0", "0000:11:00.0", "0000:11:01.0" };
	static const struct acpi_mcfg to_11 = {
		.count = 1,
		.allocation = { { .base = FAKE_ECAM, .bus_last = 0x11 } },
	};
	static const struct pci_root roots[] = { { 0, 0 } };
	uint8_t bus = 0;

	fake_init(&fake);
	fake_add_bridge(&fake, 0, 2, 0x11, 0x12);
	fake_add_bridge(&fake, 0x11, 0, 0x12, 0x12);
	fake_add_fn(&fake, 0x11, 1, 0);
	forbid_buses(0x12, 0xff);
	for (unsigned named = 0; named < 2; named++) {
		UNIT_EQ(pci_enumerate(&fake.hw, &to_11, roots, named, &tree), OK);
		expect_tree(want, 3);
		UNIT_EQ(tree.bad_bridges, 1);
		UNIT_TRUE(pci_leads_beyond_ecam(&tree, &tree.fn[0], &bus) && bus == 0x12);
		UNIT_TRUE(pci_leads_beyond_ecam(&tree, &tree.fn[1], &bus) && bus == 0x12);
	}
}

static void a_function_that_is_not_ready_is_asked_again(void)
{
	static const char *const want[] = { "0000:00:02.0", "0000:00:02.1" };
	struct fake_page *page;

	fake_init(&fake);
	page = fake_add_fn(&fake, 0, 2, 0);
	page->bytes[PCI_HEADER_TYPE] = 0x80;
	page->retries = 1000;
	fake_add_fn(&fake, 0, 2, 1);
	UNIT_EQ(enumerate(), OK);
	expect_tree(want, 2);
	UNIT_EQ(tree.fn[0].vendor, 0x8086);
	UNIT_EQ(tree.retry_count, 1);
	UNIT_TRUE(tree.retry[0].is_ready);
	UNIT_TRUE(sbdf_equal(tree.retry[0].addr, (struct sbdf){ 0, 0, 2, 0 }));
	UNIT_EQ(tree.retry[0].waited_us, 1000);
}

/* What is behind it, and its other functions, cannot be known. */
static void a_function_that_stays_not_ready_is_none(void)
{
	static const char *const want[] = { "0000:00:04.0", "0000:00:05.0" };

	fake_init(&fake);
	fake_add_bridge(&fake, 0, 1, 1, 1)->retries = UINT32_MAX;
	fake_add_fn(&fake, 1, 0, 0);
	fake_add_fn(&fake, 0, 2, 0)->retries = UINT32_MAX;
	fake_add_fn(&fake, 0, 2, 1);
	fake_add_fn(&fake, 0, 4, 0)->bytes[PCI_HEADER_TYPE] = 0x80;
	fake_add_fn(&fake, 0, 4, 3)->retries = UINT32_MAX;
	fake_add_fn(&fake, 0, 5, 0);
	UNIT_EQ(enumerate(), OK);
	expect_tree(want, 2);
	UNIT_EQ(tree.retry_count, 3);
	for (unsigned i = 0; i < 3; i++)
		UNIT_TRUE(!tree.retry[i].is_ready);
	UNIT_TRUE(sbdf_equal(tree.retry[2].addr, (struct sbdf){ 0, 0, 4, 3 }));
	/* one second, of 1 us a look, for all of them together */
	UNIT_TRUE(tree.retry[0].waited_us >= 1000000 && tree.retry[0].waited_us <= 1000002);
	UNIT_TRUE(tree.retry[1].waited_us <= 2 && tree.retry[2].waited_us <= 2);
}

static void a_function_may_leave_while_it_is_waited_for(void)
{
	struct fake_page *page;

	fake_init(&fake);
	fake_add_fn(&fake, 0, 0, 0);
	page = fake_add_fn(&fake, 0, 2, 0);
	page->retries = 3;
	fake_set32(page, PCI_VENDOR_ID, UINT32_MAX);
	UNIT_EQ(enumerate(), OK);
	UNIT_EQ(tree.count, 1);
	UNIT_TRUE(!tree.retry[0].is_ready);
	/* more of them than are kept */
	fake_init(&fake);
	for (unsigned i = 0; i < 20; i++)
		fake_add_fn(&fake, 0, i, 0)->retries = 1;
	UNIT_EQ(enumerate(), OK);
	UNIT_EQ(tree.count, 20);
	UNIT_EQ(tree.retry_count, 20);
}

/* Only both together mean "not yet": 0001h is somebody's. */
static void a_vendor_0001h_with_a_device_is_a_function(void)
{
	fake_init(&fake);
	fake_set32(fake_add_fn(&fake, 0, 2, 0), PCI_VENDOR_ID, 0x12340001);
	UNIT_EQ(enumerate(), OK);
	UNIT_EQ(tree.count, 1);
	UNIT_EQ(tree.retry_count, 0);
}

static const struct unit_test tests[] = {
	UNIT(each_bus_is_looked_at_in_its_own_allocation),
	UNIT(the_first_bus_of_an_allocation_may_be_behind_a_bridge),
	UNIT(a_bus_that_no_allocation_covers_is_not_accessed),
	UNIT(ecam_ends_before_the_bridges_do),
	UNIT(a_function_that_is_not_ready_is_asked_again),
	UNIT(a_function_that_stays_not_ready_is_none),
	UNIT(a_function_may_leave_while_it_is_waited_for),
	UNIT(a_vendor_0001h_with_a_device_is_a_function),
};

int main(void)
{
	return UNIT_RUN(tests);
}
