/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* The marks for an outside witness: two byte writes to the host bridge, under --witness alone. */
#include "run/sequences/witness.h"
#include "tests/unit/fake_hw.h"
#include "tests/unit/run_rig.h"

static struct fake_hw fake;
static struct lab lab;
static struct pci_tree tree;
static struct fake_page *page;

static void begin(unsigned bus, unsigned dev)
{
	fake_init(&fake);
	page = fake_add_fn(&fake, bus, dev, 0);
	memset(page->writable, 0xff, sizeof(page->writable));
	page->bytes[PCI_INTERRUPT_LINE] = 0x0b;
	memset(&lab, 0, sizeof(lab));
	memset(&tree, 0, sizeof(tree));
	tree.count = 1;
	tree.fn[0] = fake_fn(&fake, page);
	tree.fn[0].addr = (struct sbdf){ .bus = (uint8_t)bus, .dev = (uint8_t)dev };
	tree.fn[0].line = 0x0b;
	lab.hw = &fake.hw;
	lab.tree = &tree;
	lab.opt.witness = true;
	fake_forget(&fake);
}

static void wrote(unsigned nth, uint8_t value)
{
	UNIT_TRUE(fake.log[nth].write);
	UNIT_EQ(fake.log[nth].addr, page->addr + PCI_INTERRUPT_LINE);
	UNIT_EQ(fake.log[nth].width, HW_8);
	UNIT_EQ(fake.log[nth].value, value);
}

/* run/sequences/witness.h: A0h + seq 3:0, 50h + seq 7:4; at the end C0h and 70h. */
static void a_step_is_two_writes_at_its_begin_and_two_at_its_end(void)
{
	begin(0, 0);
	witness_mark(&lab, 0x25, true);
	witness_mark(&lab, 0xfa, false);
	UNIT_EQ(fake.writes, 4);
	UNIT_EQ(fake.reads, 0);
	wrote(0, 0xa5);
	wrote(1, 0x52);
	wrote(2, 0xca);
	wrote(3, 0x7f);
}

static void the_byte_is_put_back(void)
{
	begin(0, 0);
	witness_mark(&lab, 1, true);
	witness_restore(&lab);
	UNIT_EQ(page->bytes[PCI_INTERRUPT_LINE], 0x0b);
}

static void nothing_without_the_option(void)
{
	begin(0, 0);
	lab.opt.witness = false;
	witness_mark(&lab, 1, true);
	witness_restore(&lab);
	UNIT_EQ(fake.writes, 0);
}

static void a_round_that_is_not_told_has_no_marks(void)
{
	begin(0, 0);
	lab.out.muted = true;
	witness_mark(&lab, 1, true);
	UNIT_EQ(fake.writes, 0);
}

static void no_other_function_stands_in_for_a_host_bridge(void)
{
	begin(0, 1);
	witness_mark(&lab, 1, true);
	witness_restore(&lab);
	UNIT_EQ(fake.writes, 0);
}

static void each_step_of_a_run_is_marked_and_the_byte_comes_back(void)
{
	static const uint64_t wanted[] = { 0xa1, 0x50, 0xc1, 0x70, 0xa2, 0x50, 0xc2,
					   0x70, 0xa3, 0x50, 0xc3, 0x70, 0x00 };

	run_watched(&suite_enable, "--witness", ECAM + PCI_INTERRUPT_LINE);
	UNIT_EQ(watched_count, sizeof(wanted) / sizeof(wanted[0]));
	for (unsigned i = 0; i < watched_count; i++)
		UNIT_EQ(watched[i], wanted[i]);
	run_watched(&suite_enable, "", ECAM + PCI_INTERRUPT_LINE);
	UNIT_EQ(watched_count, 0);
}

static const struct unit_test tests[] = {
	UNIT(a_step_is_two_writes_at_its_begin_and_two_at_its_end),
	UNIT(the_byte_is_put_back),
	UNIT(nothing_without_the_option),
	UNIT(a_round_that_is_not_told_has_no_marks),
	UNIT(no_other_function_stands_in_for_a_host_bridge),
	UNIT(each_step_of_a_run_is_marked_and_the_byte_comes_back),
};

int main(void)
{
	return UNIT_RUN(tests);
}
