/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* The marks for an outside witness: two byte writes to the host bridge, under --witness alone. */
#include "drivers/irqc_x86.h"
#include "run/bench/find.h"
#include "run/sequences/witness.h"
#include "run/suites/product.h"
#include "tests/unit/fake_hw.h"
#include "tests/unit/sim_rig.h"

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

/* On a simulated machine: what is written to the byte of 0000:00:00.0, in order. */
static struct hw_ops watched_ops;
static void (*unwatched)(struct hw *hw, uint64_t addr, enum hw_width width, uint64_t value);
static uint8_t mark[64];
static unsigned marks;

static void watch(struct hw *seam, uint64_t addr, enum hw_width width, uint64_t value)
{
	if (addr == ECAM + PCI_INTERRUPT_LINE && marks < sizeof(mark))
		mark[marks++] = (uint8_t)value;
	unwatched(seam, addr, width, value);
}

static void run_enable(const char *options)
{
	static const struct suite last = { .name = "last" };
	static const struct suite *const suites[] = { &suite_enable, &last };
	static const struct lab_about about = { "0", "0", "sim", "borrowed", 1 };
	static struct bench bench;
	static struct play play;
	static struct irqc_x86 irqc;
	static struct irqc_x86_state saved;
	struct acpi_memory memory;
	char why[160];

	start("q35", NULL);
	memory = sim_acpi_memory(sim);
	watched_ops = *hw->ops;
	unwatched = watched_ops.mmio_write;
	watched_ops.mmio_write = watch;
	hw->ops = &watched_ops;
	marks = 0;
	memset(&lab, 0, sizeof(lab));
	lab_begin(&lab, hw, NULL, 0, &about);
	if (options_parse(options, &lab.opt, why, sizeof(why)) ||
	    find_function(&lab, &memory, sim_rsdp(sim), NULL, 0, &tree))
		abort();
	product_init(&lab, &bench, &play);
	if (lab_plan(&lab, suites, 2) || irqc_x86_init(&irqc, hw, &lab.madt))
		abort();
	hw->ops->irq_switch(hw, false);
	if (irqc_x86_take(&irqc, &saved))
		abort();
	lab.irqc = &irqc.irqc;
	lab_run_before(&lab, &last);
	lab_release(&lab);
	UNIT_EQ(irqc_x86_return(&irqc, &saved), OK);
	stop();
}

static void each_step_of_a_run_is_marked_and_the_byte_comes_back(void)
{
	static const uint8_t wanted[] = { 0xa1, 0x50, 0xc1, 0x70, 0xa2, 0x50, 0xc2,
					  0x70, 0xa3, 0x50, 0xc3, 0x70, 0x00 };

	run_enable("--witness --suite enable");
	UNIT_EQ(marks, sizeof(wanted));
	for (unsigned i = 0; i < sizeof(wanted); i++)
		UNIT_EQ(mark[i], wanted[i]);
	run_enable("--suite enable");
	UNIT_EQ(marks, 0);
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
