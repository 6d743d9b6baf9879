/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Linux's lists of chipsets and bridges that do no MSI, and of what hides functions: who is on
 * them, and where it must stand. Linux 6.12, drivers/pci/quirks.c and drivers/pci/controller/vmd.c.
 */
#include "pci/platform.h"
#include "tests/unit/sim_rig.h"

enum place { HOST, BRIDGE, BESIDE, PLACES };

static struct pci_tree tree;

/* A host bridge, a bridge at 00:01.0 with the function behind it, and another one beside. */
static void build(void)
{
	static const struct sbdf at[] = {
		{ 0, 0, 0, 0 }, { 0, 0, 1, 0 }, { 0, 0, 2, 0 }, { 0, 1, 0, 0 }
	};

	tree.count = 4;
	for (unsigned i = 0; i < 4; i++)
		tree.fn[i] = (struct pci_fn){
			.hw = hw,
			.cfg = AHCI_1F2, /* a function without HyperTransport */
			.addr = at[i],
			.vendor = 0x8086,
			.device = 0x2922,
			.parent = i == 3 ? BRIDGE : -1,
		};
}

static bool loses(enum place place, uint16_t vendor, uint16_t device)
{
	struct pci_no_msi found = { 0 };

	build();
	tree.fn[place].vendor = vendor;
	tree.fn[place].device = device;
	if (!pci_loses_messages(&tree, &tree.fn[3], &found))
		return false;
	UNIT_TRUE(found.part == &tree.fn[place]);
	UNIT_TRUE(!strncmp(found.source, "Linux drivers/pci/quirks.c, ", 28));
	return true;
}

static void chipsets_and_bridges_that_do_no_msi(void)
{
	static const struct {
		uint16_t vendor, device;
		bool at[PLACES];
	} rows[] = {
		{ 0x1166, 0x0017, { true, true, true } }, /* quirk_disable_all_msi() */
		{ 0x1002, 0x5a33, { true, true, true } },
		{ 0x1002, 0x5950, { true, true, true } },
		{ 0x1106, 0x0336, { true, true, true } },
		{ 0x1106, 0x0351, { true, true, true } },
		{ 0x1106, 0x0364, { true, true, true } },
		{ 0x1106, 0x0204, { true, true, true } },
		{ 0x1039, 0x0761, { true, true, true } },
		{ 0x144d, 0xa5e3, { true, true, true } },
		{ 0x1022, 0x7450, { false, true, false } }, /* quirk_disable_msi() */
		{ 0x1106, 0xa238, { false, true, false } },
		{ 0x1002, 0x5a3f, { false, true, false } },
		{ 0x17f3, 0x1031, { false, true, false } },
		{ 0x1166, 0x0132, { false, true, false } }, /* quirk_msi_ht_cap(), no mapping */
		{ 0x10de, 0x005d, { false, true, false } },
		{ 0x1022, 0x9602, { false, false, false } },
		{ 0x8086, 0x29c0, { false, false, false } },
	};

	start("q35", NULL);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (unsigned place = 0; place < PLACES; place++) {
			if (loses((enum place)place, rows[i].vendor, rows[i].device) !=
			    rows[i].at[place])
				UNIT_FAIL("row %u, place %u", i, place);
		}
	}
	stop();
}

/* Its APC bridge has anybody's Vendor ID: the host bridge tells, and the slot. */
static void amd_780_is_told_by_its_host_bridge(void)
{
	struct pci_no_msi found;

	start("q35", NULL);
	for (unsigned device = 0x95ff; device <= 0x9602; device++) {
		build();
		tree.fn[HOST].vendor = 0x1022;
		tree.fn[HOST].device = (uint16_t)device;
		tree.fn[BRIDGE].device = 0x9602;
		UNIT_EQ(pci_loses_messages(&tree, &tree.fn[3], &found),
			device == 0x9600 || device == 0x9601);
	}
	build();
	tree.fn[HOST].vendor = 0x1022;
	tree.fn[HOST].device = 0x9600;
	tree.fn[BRIDGE].device = 0x9602;
	tree.fn[BRIDGE].addr.dev = 3;
	UNIT_TRUE(!pci_loses_messages(&tree, &tree.fn[3], &found));
	stop();
}

static void the_host_bridge_is_that_of_the_root_bus(void)
{
	start("q35", NULL);
	build();
	UNIT_TRUE(pci_host_bridge(&tree, &tree.fn[3]) == &tree.fn[HOST]);
	tree.fn[HOST].addr.bus = 0x40;
	UNIT_TRUE(!pci_host_bridge(&tree, &tree.fn[3]));
	tree.fn[BRIDGE].addr.bus = 0x40;
	UNIT_TRUE(pci_host_bridge(&tree, &tree.fn[3]) == &tree.fn[HOST]);
	tree.fn[HOST].addr.segment = 1;
	UNIT_TRUE(!pci_host_bridge(&tree, &tree.fn[3]));
	stop();
}

static void vmd_hides_functions(void)
{
	static const uint16_t ids[] = { 0x201d, 0x28c0, 0x467f, 0x4c3d, 0xa77f, 0x7d0b,
					0xad0b, 0x9a0b, 0xb60b, 0xb06f, 0xb07f };
	struct pci_fn fn = { .vendor = 0x8086 };
	unsigned seen = 0;

	for (unsigned i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		fn.device = ids[i];
		UNIT_TRUE(pci_hides_functions(&fn));
	}
	for (unsigned device = 0; device < 0x10000; device++) {
		fn.device = (uint16_t)device;
		seen += pci_hides_functions(&fn);
	}
	UNIT_EQ(seen, sizeof(ids) / sizeof(ids[0]));
	fn = (struct pci_fn){ .vendor = 0x8087, .device = 0x9a0b };
	UNIT_TRUE(!pci_hides_functions(&fn));
}

static const struct unit_test tests[] = {
	UNIT(chipsets_and_bridges_that_do_no_msi),
	UNIT(amd_780_is_told_by_its_host_bridge),
	UNIT(the_host_bridge_is_that_of_the_root_bus),
	UNIT(vmd_hides_functions),
};

int main(void)
{
	return UNIT_RUN(tests);
}
