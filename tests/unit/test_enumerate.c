/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* Trees found, in order, with bounded work, and bridges that lie. */
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

static void make_express(struct fake_page *page, unsigned type)
{
	page->bytes[PCI_CAPABILITY_LIST] = 0x40;
	fake_set_cap(page, 0x40, PCI_CAP_ID_EXP, 0);
	page->bytes[0x42] = (uint8_t)(type << 4 | 2);
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

static void a_q35_is_found(void)
{
	static const char *const want[] = {
		"0000:00:00.0",
		"0000:00:1f.0",
		"0000:00:1f.2",
		"0000:00:1f.3",
	};
	struct fake_page *page;
	const struct pci_fn *fn;

	fake_init(&fake);
	fake_add_fn(&fake, 0, 0, 0);
	page = fake_add_fn(&fake, 0, 31, 0);
	page->bytes[PCI_HEADER_TYPE] = 0x80;
	page = fake_add_fn(&fake, 0, 31, 2);
	fake_set32(page, PCI_CLASS_REVISION, 0x01060102);
	page->bytes[PCI_INTERRUPT_LINE] = 10;
	page->bytes[PCI_INTERRUPT_PIN] = 1;
	fake_add_fn(&fake, 0, 31, 3);
	UNIT_EQ(enumerate(), OK);
	expect_tree(want, 4);
	UNIT_EQ(fake.writes, 0);
	UNIT_EQ(tree.bad_bridges, 0);
	UNIT_EQ(tree.truncated, 0);
	fn = &tree.fn[2];
	UNIT_EQ(fn->cfg, 0xb00fa000);
	UNIT_EQ(fn->vendor, 0x8086);
	UNIT_EQ(fn->device, 0x2922);
	UNIT_EQ(fn->class_revision, 0x01060102);
	UNIT_EQ(fn->header_type, 0);
	UNIT_EQ(fn->pin, 1);
	UNIT_EQ(fn->line, 10);
	UNIT_EQ(fn->parent, -1);
	UNIT_TRUE(!fn->has_exp);
	UNIT_TRUE(tree.fn[1].header_type == 0); /* without the multi-function bit */
	UNIT_TRUE(pci_tree_find(&tree, (struct sbdf){ 0, 0, 31, 2 }) == fn);
	UNIT_TRUE(pci_tree_find(&tree, (struct sbdf){ 0, 0, 31, 1 }) == NULL);
	UNIT_TRUE(pci_tree_find(&tree, (struct sbdf){ 1, 0, 31, 2 }) == NULL);
}

static void functions_need_function_0_and_the_bit(void)
{
	static const char *const want[] = { "0000:00:03.0" };

	fake_init(&fake);
	fake_add_fn(&fake, 0, 2, 1); /* no function 0 */
	fake_add_fn(&fake, 0, 3, 0); /* not multi-function */
	fake_add_fn(&fake, 0, 3, 1);
	UNIT_EQ(enumerate(), OK);
	expect_tree(want, 1);
}

static void children_follow_their_bridge(void)
{
	static const char *const want[] = {
		"0000:00:01.0", "0000:01:00.0", "0000:02:05.0",
		"0000:02:1f.0", "0000:00:02.0", "0000:03:00.0",
	};

	/* A root port with a PCIe-to-PCI bridge behind it, then a conventional bridge. */
	fake_init(&fake);
	make_express(fake_add_bridge(&fake, 0, 1, 1, 2), PCI_EXP_TYPE_ROOT_PORT);
	make_express(fake_add_bridge(&fake, 1, 0, 2, 2), PCI_EXP_TYPE_PCI_BRIDGE);
	fake_add_fn(&fake, 2, 5, 0)->bytes[PCI_INTERRUPT_PIN] = 2;
	fake_add_fn(&fake, 2, 31, 0);
	fake_add_bridge(&fake, 0, 2, 3, 3);
	fake_add_fn(&fake, 3, 0, 0);
	UNIT_EQ(enumerate(), OK);
	expect_tree(want, 6);
	UNIT_EQ(tree.fn[0].parent, -1);
	UNIT_EQ(tree.fn[1].parent, 0);
	UNIT_EQ(tree.fn[2].parent, 1);
	UNIT_EQ(tree.fn[4].parent, -1);
	UNIT_EQ(tree.fn[5].parent, 4);
	UNIT_TRUE(tree.fn[0].has_exp);
	UNIT_EQ(tree.fn[0].exp_type, 4);
	UNIT_EQ(tree.fn[0].secondary, 1);
	UNIT_EQ(tree.fn[0].subordinate, 2);
	UNIT_EQ(fake.map_asks, 4);
}

static void only_device_0_behind_a_link(void)
{
	static const char *const want[] = { "0000:00:01.0", "0000:01:00.0", "0000:01:00.7" };
	static const unsigned types[] = { PCI_EXP_TYPE_ROOT_PORT, PCI_EXP_TYPE_DOWNSTREAM,
					  PCI_EXP_TYPE_PCIE_BRIDGE };

	for (unsigned i = 0; i < 3; i++) {
		fake_init(&fake);
		make_express(fake_add_bridge(&fake, 0, 1, 1, 1), types[i]);
		fake_add_fn(&fake, 1, 0, 0)->bytes[PCI_HEADER_TYPE] = 0x80;
		fake_add_fn(&fake, 1, 0, 7);
		fake_add_fn(&fake, 1, 1, 0);
		UNIT_EQ(enumerate(), OK);
		expect_tree(want, 3);
	}
	/* Behind an upstream port is a switch's internal bus, with all its devices. */
	fake_init(&fake);
	make_express(fake_add_bridge(&fake, 0, 1, 1, 1), PCI_EXP_TYPE_UPSTREAM);
	fake_add_fn(&fake, 1, 4, 0);
	UNIT_EQ(enumerate(), OK);
	UNIT_EQ(tree.count, 2);
}

static void work_follows_functions(void)
{
	fake_init(&fake);
	fake_add_fn(&fake, 0, 0, 0);
	UNIT_EQ(enumerate(), OK);
	/* 32 Vendor IDs; of the one: header type, class, line, pin, Status. */
	UNIT_EQ(fake.reads, 37);
	/* A root port and what is behind it: 16 reads more, not another 256. */
	make_express(fake_add_bridge(&fake, 0, 1, 1, 1), PCI_EXP_TYPE_ROOT_PORT);
	fake_add_fn(&fake, 1, 0, 0);
	UNIT_EQ(enumerate(), OK);
	UNIT_EQ(tree.count, 3);
	UNIT_EQ(fake.reads, 53);
}

static void lying_bridges_are_counted(void)
{
	static const struct {
		unsigned secondary, subordinate;
	} rows[] = { { 0, 0 }, { 0, 5 }, { 2, 9 }, { 1, 9 }, { 5, 4 }, { 3, 255 }, { 3, 10 } };

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		/* 00:01.0 leads to bus 2 (to 9); the liar stands on it. */
		fake_init(&fake);
		fake_add_bridge(&fake, 0, 1, 2, 9);
		fake_add_bridge(&fake, 2, 0, rows[i].secondary, rows[i].subordinate);
		fake_add_fn(&fake, 3, 0, 0);
		fake_add_fn(&fake, 5, 0, 0);
		UNIT_EQ(enumerate(), OK);
		if (tree.count != 2 || tree.bad_bridges != 1)
			UNIT_FAIL("row %u: %u functions, %u bad", i, tree.count, tree.bad_bridges);
	}
}

static void a_bus_is_visited_once(void)
{
	static const char *const want[] = {
		"0000:00:01.0", "0000:03:00.0", "0000:04:00.0", "0000:00:02.0",
		"0000:00:03.0", "0000:00:04.0", "0000:01:00.0",
	};

	/* Siblings that take the first's range, a part of it, and a free one below. */
	fake_init(&fake);
	fake_add_bridge(&fake, 0, 1, 3, 5);
	fake_add_bridge(&fake, 3, 0, 4, 4);
	fake_add_fn(&fake, 4, 0, 0);
	fake_add_bridge(&fake, 0, 2, 3, 5);
	fake_add_bridge(&fake, 0, 3, 5, 6);
	fake_add_bridge(&fake, 0, 4, 1, 2);
	fake_add_fn(&fake, 1, 0, 0);
	UNIT_EQ(enumerate(), OK);
	expect_tree(want, 7);
	UNIT_EQ(tree.bad_bridges, 2);
}

static void a_bus_of_a_cousin_is_not_taken(void)
{
	/* 00:02.0 holds 1-5; a bridge behind it reaches into what 00:01.0 holds. */
	fake_init(&fake);
	fake_add_bridge(&fake, 0, 1, 6, 9);
	fake_add_bridge(&fake, 0, 2, 1, 5);
	fake_add_bridge(&fake, 1, 0, 2, 6);
	fake_add_fn(&fake, 2, 0, 0);
	UNIT_EQ(enumerate(), OK);
	UNIT_EQ(tree.count, 3);
	UNIT_EQ(tree.bad_bridges, 1);
}

static void the_deepest_chain_ends(void)
{
	fake_init(&fake);
	for (unsigned bus = 0; bus < 255; bus++)
		fake_add_bridge(&fake, bus, 31, bus + 1, 255);
	fake_add_bridge(&fake, 255, 0, 1, 255);
	UNIT_EQ(enumerate(), OK);
	UNIT_EQ(tree.count, 256);
	UNIT_EQ(tree.bad_bridges, 1);
	UNIT_EQ(tree.fn[255].addr.bus, 255);
	UNIT_EQ(tree.fn[255].parent, 254);
}

static void what_does_not_fit_is_counted(void)
{
	fake_init(&fake);
	fake_add_bridge(&fake, 0, 0, 1, 1);
	fake_add_bridge(&fake, 0, 1, 2, 2);
	for (unsigned bus = 1; bus <= 2; bus++) {
		for (unsigned i = 0; i < 256; i++)
			fake_add_fn(&fake, bus, i / 8, i % 8)->bytes[PCI_HEADER_TYPE] = 0x80;
	}
	fake_add_bridge(&fake, 0, 2, 3, 3); /* beyond the table: seen, not followed */
	fake_add_fn(&fake, 3, 0, 0);
	UNIT_EQ(enumerate(), OK);
	UNIT_EQ(tree.count, 512);
	UNIT_EQ(tree.truncated, 3);
	UNIT_EQ(tree.bad_bridges, 0);
}

static void odd_functions_do_not_mislead(void)
{
	struct fake_page *page;

	fake_init(&fake);
	fake_set32(fake_add_fn(&fake, 0, 1, 0), PCI_VENDOR_ID, 0x12340000);
	fake_set32(fake_add_fn(&fake, 0, 2, 0), PCI_VENDOR_ID, 0x1234ffff);
	page = fake_add_bridge(&fake, 0, 3, 1, 1); /* a header type nobody defined */
	page->bytes[PCI_HEADER_TYPE] = 0x7f;
	page->bytes[PCI_INTERRUPT_PIN] = 1;
	page = fake_add_bridge(&fake, 0, 4, 2, 2); /* its capability list never ends */
	page->bytes[PCI_CAPABILITY_LIST] = 0x40;
	fake_set_cap(page, 0x40, 0x09, 0x40);
	fake_add_fn(&fake, 2, 9, 0)->bytes[PCI_INTERRUPT_PIN] = 9;
	UNIT_EQ(enumerate(), OK);
	UNIT_EQ(tree.count, 3);
	UNIT_EQ(tree.fn[0].header_type, 0x7f);
	UNIT_EQ(tree.fn[0].pin, 0);
	UNIT_EQ(tree.fn[2].pin, 9);
	UNIT_EQ(pci_root_pin(&tree, &tree.fn[2], NULL), 0);
}

static void ecam_must_be_mapped(void)
{
	fake_init(&fake);
	UNIT_EQ(enumerate(), ERR_ABSENT);
	fake_add_bridge(&fake, 0, 1, 2, 2);
	fake.unmapped = FAKE_ECAM;
	fake.unmapped_size = 0x1000;
	UNIT_EQ(enumerate(), ERR_UNSUPPORTED);
	UNIT_EQ(fake.reads, 0);
	fake.unmapped = FAKE_ECAM + 0x2ff000;
	UNIT_EQ(enumerate(), ERR_UNSUPPORTED);
}

static void every_allocation_has_a_root(void)
{
	static const char *const want[] = { "0000:00:00.0", "0001:40:02.0" };
	static const struct acpi_mcfg two = {
		.count = 2,
		.allocation = {
			{ .base = FAKE_ECAM, .segment = 0, .bus_first = 0, .bus_last = 15 },
			{ .base = 0x100000000, .segment = 1, .bus_first = 0x40, .bus_last = 0x7f },
		},
	};

	fake_init(&fake);
	fake_add_fn(&fake, 0, 0, 0);
	fake_set32(fake_add_page(&fake, 0x104010000), PCI_VENDOR_ID, 0x00011af4);
	fake_forget(&fake);
	UNIT_EQ(pci_enumerate(&fake.hw, &two, NULL, 0, &tree), OK);
	expect_tree(want, 2);
	UNIT_EQ(tree.fn[1].cfg, 0x104010000);
	UNIT_EQ(fake.map_asks, 2);
}

static void named_roots_share_the_buses(void)
{
	static const char *const want[] = {
		"0000:00:01.0", "0000:01:00.0", "0000:00:02.0", "0000:80:00.0", "0000:81:00.0",
	};
	static const struct pci_root roots[] = { { 0, 0 }, { 0, 0x80 }, { 0, 0 } };
	static const struct pci_root stray[] = { { 0, 0 }, { 3, 0 } };

	/* A bridge of the first root may not reach into the second's buses. */
	fake_init(&fake);
	fake_add_bridge(&fake, 0, 1, 1, 0x7e);
	fake_add_fn(&fake, 1, 0, 0);
	fake_add_bridge(&fake, 0, 2, 0x7f, 0x80);
	fake_add_bridge(&fake, 0x80, 0, 0x81, 0xff);
	fake_add_fn(&fake, 0x81, 0, 0);
	UNIT_EQ(pci_enumerate(&fake.hw, &q35_mcfg, roots, 3, &tree), OK);
	expect_tree(want, 5);
	UNIT_EQ(tree.bad_bridges, 1);
	UNIT_EQ(pci_enumerate(&fake.hw, &q35_mcfg, stray, 2, &tree), ERR_UNSUPPORTED);
	UNIT_EQ(pci_enumerate(&fake.hw, &q35_mcfg, roots, PCI_MAX_ROOTS + 1, &tree), ERR_INVALID);
}

static void pins_are_swizzled_at_each_bridge(void)
{
	struct sbdf root = { 9, 9, 9, 1 };

	/* INTB of device 5 is INTC on bus 1 (device 0 there), INTC at 00:01.0. */
	fake_init(&fake);
	fake_add_bridge(&fake, 0, 1, 1, 2);
	fake_add_bridge(&fake, 1, 0, 2, 2);
	fake_add_fn(&fake, 2, 5, 0)->bytes[PCI_INTERRUPT_PIN] = 2;
	UNIT_EQ(enumerate(), OK);
	UNIT_EQ(pci_root_pin(&tree, &tree.fn[0], &root), 0);
	UNIT_EQ(root.bus, 9);
	UNIT_EQ(pci_root_pin(&tree, &tree.fn[2], &root), 3);
	UNIT_TRUE(sbdf_equal(root, (struct sbdf){ 0, 0, 1, 0 }));
	tree.fn[2].pin = 4;
	UNIT_EQ(pci_root_pin(&tree, &tree.fn[2], &root), 1);
	tree.fn[1].addr.dev = 3;
	UNIT_EQ(pci_root_pin(&tree, &tree.fn[2], &root), 4);
	tree.fn[0].pin = 4;
	UNIT_EQ(pci_root_pin(&tree, &tree.fn[0], &root), 4);
}

static void below_a_port_that_forwards_ari_everything_is_device_0(void)
{
	struct fake_page *port;

	fake_init(&fake);
	port = fake_add_bridge(&fake, 0, 1, 1, 1);
	port->bytes[PCI_STATUS] |= PCI_STATUS_CAP_LIST;
	port->bytes[PCI_CAPABILITY_LIST] = 0x40;
	port->bytes[0x40] = PCI_CAP_ID_EXP;
	fake_add_fn(&fake, 1, 0, 0)->bytes[PCI_INTERRUPT_PIN] = 1;
	UNIT_EQ(enumerate(), OK);
	tree.fn[1].addr.dev = 2; /* function 16 */
	UNIT_EQ(pci_root_pin(&tree, &tree.fn[1], NULL), 3);
	port->bytes[0x40 + PCI_EXP_DEVCTL2] = PCI_EXP_DEVCTL2_ARI;
	UNIT_EQ(pci_root_pin(&tree, &tree.fn[1], NULL), 1);
}

/* The PC Card Standard's header: the bus numbers where a bridge of PCI to PCI has them. */
static void a_cardbus_bridge_leads_to_its_card(void)
{
	static const char *const want[] = { "0000:00:1e.0", "0000:01:03.0", "0000:02:00.0" };
	struct fake_page *socket;

	fake_init(&fake);
	fake_add_bridge(&fake, 0, 30, 1, 5);
	socket = fake_add_bridge(&fake, 1, 3, 2, 5);
	socket->bytes[PCI_HEADER_TYPE] = PCI_HEADER_TYPE_CARDBUS;
	socket->bytes[PCI_INTERRUPT_PIN] = 2;
	fake_add_fn(&fake, 2, 0, 0)->bytes[PCI_INTERRUPT_PIN] = 1;
	UNIT_EQ(enumerate(), OK);
	expect_tree(want, 3);
	UNIT_EQ(tree.bad_bridges, 0);
	UNIT_EQ(tree.fn[1].secondary, 2);
	UNIT_EQ(tree.fn[1].subordinate, 5);
	UNIT_EQ(tree.fn[2].parent, 1);
	/* INTA of the card is INTB of its socket, and device 3's INTB is INTA on the root bus. */
	UNIT_EQ(pci_root_pin(&tree, &tree.fn[2], NULL), 1);
	tree.fn[1].pin = 0;
	UNIT_EQ(pci_root_pin(&tree, &tree.fn[2], NULL), 0);
}

static const struct unit_test tests[] = {
	UNIT(a_q35_is_found),
	UNIT(functions_need_function_0_and_the_bit),
	UNIT(children_follow_their_bridge),
	UNIT(only_device_0_behind_a_link),
	UNIT(work_follows_functions),
	UNIT(lying_bridges_are_counted),
	UNIT(a_bus_is_visited_once),
	UNIT(a_bus_of_a_cousin_is_not_taken),
	UNIT(the_deepest_chain_ends),
	UNIT(what_does_not_fit_is_counted),
	UNIT(odd_functions_do_not_mislead),
	UNIT(ecam_must_be_mapped),
	UNIT(every_allocation_has_a_root),
	UNIT(named_roots_share_the_buses),
	UNIT(pins_are_swizzled_at_each_bridge),
	UNIT(below_a_port_that_forwards_ari_everything_is_device_0),
	UNIT(a_cardbus_bridge_leads_to_its_card),
};

int main(void)
{
	return UNIT_RUN(tests);
}
