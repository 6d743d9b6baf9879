/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* BARs decoded without a write, sized with decode off, and everything put back. */
#include "tests/unit/fake_hw.h"
#include "tests/unit/unit.h"

static struct fake_hw fake;

static struct fake_page *one_fn(struct pci_fn *fn)
{
	struct fake_page *page;

	fake_init(&fake);
	page = fake_add_fn(&fake, 0, 31, 2);
	fake_set16(page, PCI_COMMAND, 0x0107);
	*fn = fake_fn(&fake, page);
	return page;
}

static void set_bar(struct fake_page *page, unsigned index, uint32_t value, uint32_t writable)
{
	fake_set32(page, 0x10 + 4 * index, value);
	memcpy(page->writable + 0x10 + 4 * index, &writable, sizeof(writable));
}

static uint32_t bar_now(const struct fake_page *page, unsigned index)
{
	uint32_t value;

	memcpy(&value, page->bytes + 0x10 + 4 * index, sizeof(value));
	return value;
}

static void reading_decodes_and_writes_nothing(void)
{
	struct pci_fn fn;
	struct fake_page *page = one_fn(&fn);
	struct pci_bar bar;

	set_bar(page, 0, 0xfe00000c, 0xffff0000);
	set_bar(page, 1, 0x00000080, 0xffffffff);
	set_bar(page, 4, 0x0000c0a1, 0x0000ffe0);
	set_bar(page, 5, 0x81085000, 0xfffff000);
	UNIT_EQ(pci_bar_read(&fn, 5, &bar), OK);
	UNIT_TRUE(bar.present && !bar.io && !bar.is_64 && !bar.prefetch);
	UNIT_EQ(bar.index, 5);
	UNIT_EQ(bar.base, 0x81085000);
	UNIT_EQ(bar.size, 0);
	UNIT_EQ(pci_bar_read(&fn, 4, &bar), OK);
	UNIT_TRUE(bar.present && bar.io && !bar.prefetch);
	UNIT_EQ(bar.base, 0xc0a0);
	UNIT_EQ(pci_bar_read(&fn, 0, &bar), OK);
	UNIT_TRUE(bar.present && bar.is_64 && bar.prefetch);
	UNIT_EQ(bar.base, 0x80fe000000);
	UNIT_EQ(pci_bar_read(&fn, 1, &bar), OK);
	UNIT_TRUE(!bar.present);
	UNIT_EQ(pci_bar_read(&fn, 2, &bar), OK);
	UNIT_TRUE(!bar.present);
	UNIT_EQ(fake.writes, 0);
}

static void a_64_bit_bar_may_be_the_last_two(void)
{
	struct pci_fn fn;
	struct fake_page *page = one_fn(&fn);
	struct pci_bar bar;

	set_bar(page, 4, 0xfe00000c, 0xffff0000);
	set_bar(page, 5, 0x00000080, 0xffffffff);
	UNIT_EQ(pci_bar_read(&fn, 4, &bar), OK);
	UNIT_TRUE(bar.present && bar.is_64);
	UNIT_EQ(bar.base, 0x80fe000000);
	UNIT_EQ(pci_bar_read(&fn, 5, &bar), OK);
	UNIT_TRUE(!bar.present);
}

static void reading_refuses_what_cannot_be(void)
{
	struct pci_fn fn;
	struct fake_page *page = one_fn(&fn);
	struct pci_bar bar = { .index = 9 };

	UNIT_EQ(pci_bar_read(&fn, 6, &bar), ERR_INVALID);
	set_bar(page, 5, 0xfe000004, 0xffff0000);
	UNIT_EQ(pci_bar_read(&fn, 5, &bar), ERR_INVALID);
	set_bar(page, 2, 0xfe000006, 0xffff0000);
	UNIT_EQ(pci_bar_read(&fn, 2, &bar), ERR_INVALID);
	set_bar(page, 3, 0xffffffff, 0);
	UNIT_EQ(pci_bar_read(&fn, 3, &bar), ERR_INVALID);
	page->gone = true;
	UNIT_EQ(pci_bar_read(&fn, 3, &bar), ERR_GONE);
	page->gone = false;
	fn.header_type = PCI_HEADER_TYPE_BRIDGE;
	UNIT_EQ(pci_bar_read(&fn, 2, &bar), ERR_INVALID);
	fn.header_type = PCI_HEADER_TYPE_CARDBUS;
	UNIT_EQ(pci_bar_read(&fn, 1, &bar), ERR_INVALID);
	fn.header_type = 3;
	UNIT_EQ(pci_bar_read(&fn, 0, &bar), ERR_INVALID);
	UNIT_EQ(bar.index, 9);
}

static void sizing_a_memory_bar(void)
{
	struct pci_fn fn;
	struct fake_page *page = one_fn(&fn);
	struct pci_bar bar;
	unsigned i;

	set_bar(page, 5, 0x81085000, 0xfffff000);
	UNIT_EQ(pci_bar_size(&fn, 5, &bar), OK);
	UNIT_TRUE(bar.present);
	UNIT_EQ(bar.base, 0x81085000);
	UNIT_EQ(bar.size, 0x1000);
	UNIT_EQ(bar_now(page, 5), 0x81085000);
	/* In order: decode off, all-ones, the address, decode as it was; Command 16 bits wide. */
	static const struct fake_access want[] = {
		{ true, 0xb00fa004, 2, 0x0104 },
		{ true, 0xb00fa024, 4, 0xffffffff },
		{ true, 0xb00fa024, 4, 0x81085000 },
		{ true, 0xb00fa004, 2, 0x0107 },
	};
	unsigned writes = 0;

	for (i = 0; i < fake.reads + fake.writes; i++) {
		if (!fake.log[i].write)
			continue;
		UNIT_EQ(fake.log[i].addr, want[writes].addr);
		UNIT_EQ(fake.log[i].width, want[writes].width);
		UNIT_EQ(fake.log[i].value, want[writes].value);
		if (++writes == 4)
			break;
	}
	UNIT_EQ(writes, 4);
	UNIT_EQ(fake.writes, 4);
}

static void sizing_leaves_a_command_without_decode_alone(void)
{
	struct pci_fn fn;
	struct fake_page *page = one_fn(&fn);
	struct pci_bar bar;

	fake_set16(page, PCI_COMMAND, 0x0400);
	set_bar(page, 0, 0, 0xfffff000);
	UNIT_EQ(pci_bar_size(&fn, 0, &bar), OK);
	UNIT_EQ(bar.size, 0x1000);
	UNIT_EQ(bar.base, 0);
	UNIT_TRUE(bar.present);
	UNIT_EQ(fake.writes, 2);
}

static void sizes_of_every_kind(void)
{
	static const struct {
		uint32_t low, low_mask, high, high_mask;
		uint64_t size;
	} rows[] = {
		{ 0x0000c0a1, 0xffffffe0, 0, 0, 0x20 },
		{ 0x0000c001, 0x0000ff00, 0, 0, 0x100 }, /* upper 16 bits hard-wired to 0 */
		{ 0x80000000, 0x80000000, 0, 0, 0x80000000 },
		{ 0xfe000008, 0xfffffff0, 0, 0, 0x10 },
		{ 0xfe000004, 0xffffc000, 0x00000001, 0xffffffff, 0x4000 },
		{ 0x0000000c, 0x00000000, 0x00000010, 0xfffffffc, 0x400000000 },
		{ 0x00000004, 0x00000000, 0x00000000, 0x80000000, 0x8000000000000000 },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pci_fn fn;
		struct fake_page *page = one_fn(&fn);
		struct pci_bar bar = { 0 };

		set_bar(page, 2, rows[i].low, rows[i].low_mask);
		set_bar(page, 3, rows[i].high, rows[i].high_mask);
		UNIT_EQ(pci_bar_size(&fn, 2, &bar), OK);
		if (bar.size != rows[i].size)
			UNIT_FAIL("row %u: size %llx", i, (unsigned long long)bar.size);
		UNIT_EQ(bar_now(page, 2), rows[i].low);
		UNIT_EQ(bar_now(page, 3), rows[i].high);
	}
}

static void not_implemented_is_not_present(void)
{
	struct pci_fn fn;
	struct fake_page *page = one_fn(&fn);
	struct pci_bar bar;

	UNIT_EQ(pci_bar_size(&fn, 0, &bar), OK);
	UNIT_TRUE(!bar.present);
	/* Nor is an upper half, which must not be written. */
	set_bar(page, 0, 0xfe000004, 0xffffc000);
	set_bar(page, 1, 0x00000001, 0xffffffff);
	fake_forget(&fake);
	UNIT_EQ(pci_bar_size(&fn, 1, &bar), OK);
	UNIT_TRUE(!bar.present);
	UNIT_EQ(fake.writes, 0);
}

static void hostile_masks_are_refused_and_undone(void)
{
	static const struct {
		uint32_t low, low_mask, high, high_mask;
	} rows[] = {
		{ 0xfe000000, 0xff00f000, 0, 0 }, /* a hole */
		{ 0xfe000000, 0x00fff000, 0, 0 }, /* not up to the top */
		{ 0xfe000000, 0xfffff008, 0, 0 }, /* a type bit that moves */
		{ 0x00000008, 0x00000000, 0, 0 }, /* a type and no address */
		{ 0x00000001, 0x00000000, 0, 0 },
		{ 0x0000c001, 0x00ffff00, 0, 0 }, /* nor is the I/O one up to the top */
		{ 0x0000c001, 0x000f0f00, 0, 0 },
		{ 0xfe000004, 0xffffc000, 1, 0x00000000 }, /* no upper half */
		{ 0xfe000004, 0xffffc000, 0, 0xfffffffe },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pci_fn fn;
		struct fake_page *page = one_fn(&fn);
		struct pci_bar bar = { .size = 77 };

		set_bar(page, 2, rows[i].low, rows[i].low_mask);
		set_bar(page, 3, rows[i].high, rows[i].high_mask);
		if (pci_bar_size(&fn, 2, &bar) != ERR_INVALID)
			UNIT_FAIL("row %u was taken", i);
		UNIT_EQ(bar.size, 77);
		UNIT_EQ(bar_now(page, 2), rows[i].low);
		UNIT_EQ(bar_now(page, 3), rows[i].high);
		UNIT_EQ(pci_cfg_read16(&fn, PCI_COMMAND), 0x0107);
	}
}

/* Below fake: the function goes away, or a register sticks, at the nth write or read. */
#define NO_WRITE 1000u

struct spoiled {
	struct hw hw;
	struct fake_hw *fake;
	unsigned at, at_read; /* of the reads the first is 1; 0: at none */
	bool gone;
};

static struct hw_ops spoiled_ops;

static uint64_t spoiled_read(struct hw *hw, uint64_t addr, enum hw_width width)
{
	struct spoiled *spoiled = (struct spoiled *)hw;
	struct fake_hw *below = spoiled->fake;

	if (below->reads + 1 == spoiled->at_read)
		below->page[0].gone = true;
	return below->hw.ops->mmio_read(&below->hw, addr, width);
}

static void spoiled_write(struct hw *hw, uint64_t addr, enum hw_width width, uint64_t value)
{
	struct spoiled *spoiled = (struct spoiled *)hw;
	struct fake_hw *below = spoiled->fake;

	if (below->writes == spoiled->at) {
		if (spoiled->gone)
			below->page[0].gone = true;
		else
			memset(below->page[0].writable + 0x10, 0, 0x18);
	}
	below->hw.ops->mmio_write(&below->hw, addr, width, value);
}

static enum err size_spoiled(unsigned at, unsigned at_read, bool gone)
{
	struct pci_fn fn;
	struct fake_page *page = one_fn(&fn);
	struct spoiled spoiled = {
		.hw = { .ops = &spoiled_ops },
		.fake = &fake,
		.at = at,
		.at_read = at_read,
		.gone = gone,
	};
	struct pci_bar bar;

	spoiled_ops = *fake.hw.ops;
	spoiled_ops.mmio_read = spoiled_read;
	spoiled_ops.mmio_write = spoiled_write;
	set_bar(page, 5, 0x81085000, 0xfffff000);
	fn.hw = &spoiled.hw;
	return pci_bar_size(&fn, 5, &bar);
}

static void gone_while_sizing_is_said(void)
{
	for (unsigned at = 0; at < 4; at++)
		UNIT_EQ(size_spoiled(at, 0, true), ERR_GONE);
	/* 5 registers before it, itself, its type, Command, and what is read around the writes. */
	for (unsigned at = 1; at <= 12; at++)
		UNIT_EQ(size_spoiled(NO_WRITE, at, true), ERR_GONE);
	UNIT_EQ(size_spoiled(NO_WRITE, 0, true), OK);
	UNIT_EQ(fake.reads, 13);
}

static void a_bar_that_does_not_come_back_is_a_mismatch(void)
{
	UNIT_EQ(size_spoiled(2, 0, false), ERR_MISMATCH);
	UNIT_EQ(fake.writes, 4); /* Command was restored all the same */
	UNIT_EQ(fake.page[0].bytes[PCI_COMMAND], 0x07);
}

static const struct unit_test tests[] = {
	UNIT(reading_decodes_and_writes_nothing),
	UNIT(a_64_bit_bar_may_be_the_last_two),
	UNIT(reading_refuses_what_cannot_be),
	UNIT(sizing_a_memory_bar),
	UNIT(sizing_leaves_a_command_without_decode_alone),
	UNIT(sizes_of_every_kind),
	UNIT(not_implemented_is_not_present),
	UNIT(hostile_masks_are_refused_and_undone),
	UNIT(gone_while_sizing_is_said),
	UNIT(a_bar_that_does_not_come_back_is_a_mismatch),
};

int main(void)
{
	return UNIT_RUN(tests);
}
