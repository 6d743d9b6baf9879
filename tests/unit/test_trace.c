/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* Which accesses the record holds, in what order, and that the wrapper changes none. */
#include "pci/trace.h"
#include "tests/unit/fake_hw.h"
#include "tests/unit/unit.h"

#define CFG (FAKE_ECAM + 0xfa000ull)

static struct fake_hw fake;
static struct hw_trace trace;

static struct fake_page *watched(uint16_t msi_cap)
{
	struct fake_page *page;

	fake_init(&fake);
	page = fake_add_fn(&fake, 0, 31, 2);
	fake_set32(page, PCI_COMMAND, 0x00100107);
	memset(page->writable + 0x80, 0xff, 16);
	hw_trace_init(&trace, &fake.hw);
	hw_trace_watch(&trace, CFG, msi_cap);
	return page;
}

static void expect_entry(unsigned i, enum hw_trace_what what, unsigned offset, unsigned width,
			 uint32_t value)
{
	UNIT_TRUE(i < trace.count);
	UNIT_EQ(trace.entry[i].what, what);
	UNIT_EQ(trace.entry[i].offset, offset);
	UNIT_EQ(trace.entry[i].width, width);
	UNIT_EQ(trace.entry[i].value, value);
}

static void reads_of_04h_to_07h_at_every_width(void)
{
	static const struct {
		unsigned off, width;
		bool recorded;
		uint32_t value;
	} rows[] = {
		{ 0x03, 1, false, 0 },     { 0x04, 1, true, 0x07 },
		{ 0x05, 1, true, 0x01 },   { 0x06, 1, true, 0x10 },
		{ 0x07, 1, true, 0x00 },   { 0x08, 1, false, 0 },
		{ 0x02, 2, false, 0 },     { 0x04, 2, true, 0x0107 },
		{ 0x06, 2, true, 0x0010 }, { 0x08, 2, false, 0 },
		{ 0x00, 4, false, 0 },     { 0x04, 4, true, 0x00100107 },
		{ 0x08, 4, false, 0 },     { 0x00, 8, true, 0x00100107 },
		{ 0x08, 8, false, 0 },     { 0xff8, 8, false, 0 },
	};

	watched(0);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		hw_trace_clear(&trace);
		trace.hw.ops->mmio_read(&trace.hw, CFG + rows[i].off, (enum hw_width)rows[i].width);
		if (trace.count != rows[i].recorded)
			UNIT_FAIL("read of %u bytes at %02xh: %u entries", rows[i].width,
				  rows[i].off, trace.count);
		if (rows[i].recorded)
			expect_entry(0, HW_TRACE_READ_COMMAND, rows[i].off, rows[i].width,
				     rows[i].value);
	}
	/* The same offsets of the pages around it are nobody's business. */
	hw_trace_clear(&trace);
	hw_read16(&trace.hw, CFG + 0x1004);
	hw_read16(&trace.hw, CFG - 0x1000 + 4);
	UNIT_EQ(trace.count, 0);
}

static void writes_of_04h_to_07h_at_every_width(void)
{
	watched(0);
	hw_write8(&trace.hw, CFG + 3, 0x11);
	hw_write8(&trace.hw, CFG + 8, 0x12);
	hw_write32(&trace.hw, CFG, 0x13);
	hw_write32(&trace.hw, CFG + 8, 0x14);
	UNIT_EQ(trace.count, 0);
	hw_write8(&trace.hw, CFG + 5, 0x05);
	hw_write16(&trace.hw, CFG + 4, 0x0507);
	hw_write16(&trace.hw, CFG + 6, 0xf900);
	hw_write32(&trace.hw, CFG + 4, 0x00100103);
	trace.hw.ops->mmio_write(&trace.hw, CFG, HW_64, 0x0000040729228086);
	UNIT_EQ(trace.count, 5);
	expect_entry(0, HW_TRACE_WRITE_COMMAND, 5, 1, 0x05);
	expect_entry(1, HW_TRACE_WRITE_COMMAND, 4, 2, 0x0507);
	expect_entry(2, HW_TRACE_WRITE_COMMAND, 6, 2, 0xf900);
	expect_entry(3, HW_TRACE_WRITE_COMMAND, 4, 4, 0x00100103);
	expect_entry(4, HW_TRACE_WRITE_COMMAND, 0, 8, 0x00000407);
}

static void accesses_arrive_below_unchanged(void)
{
	watched(0x80);
	fake_forget(&fake);
	hw_write8(&trace.hw, CFG + 4, 0x07);
	hw_read32(&trace.hw, CFG + 4);
	hw_write32(&trace.hw, CFG + 0x80, 0x00810005);
	hw_read16(&trace.hw, CFG + 0x100);
	UNIT_EQ(fake.writes, 2);
	UNIT_EQ(fake.reads, 2);
	UNIT_EQ(fake.log[0].addr, CFG + 4);
	UNIT_EQ(fake.log[0].width, 1);
	UNIT_EQ(fake.log[0].value, 0x07);
	UNIT_EQ(fake.log[1].width, 4);
	UNIT_EQ(fake.log[2].addr, CFG + 0x80);
	UNIT_EQ(fake.log[2].width, 4);
	UNIT_EQ(fake.log[2].value, 0x00810005);
	UNIT_EQ(fake.log[3].width, 2);
}

static void writes_of_message_control(void)
{
	watched(0x80);
	hw_write16(&trace.hw, CFG + 0x80, 0x0005); /* the header: no */
	hw_write16(&trace.hw, CFG + 0x84, 0x1000); /* the address: no */
	hw_read16(&trace.hw, CFG + 0x82); /* a read: no */
	UNIT_EQ(trace.count, 0);
	hw_write16(&trace.hw, CFG + 0x82, 0x0081);
	hw_write32(&trace.hw, CFG + 0x80, 0x00800005);
	hw_write8(&trace.hw, CFG + 0x83, 0x00);
	trace.hw.ops->mmio_write(&trace.hw, CFG + 0x80, HW_64, 0xfee0000000810005);
	UNIT_EQ(trace.count, 4);
	expect_entry(0, HW_TRACE_WRITE_MSI, 0x82, 2, 0x0081);
	expect_entry(1, HW_TRACE_WRITE_MSI, 0x80, 4, 0x00800005);
	expect_entry(2, HW_TRACE_WRITE_MSI, 0x83, 1, 0x00);
	expect_entry(3, HW_TRACE_WRITE_MSI, 0x80, 8, 0x00810005);
	/* A capability in the upper half of 64 bits. */
	hw_trace_watch(&trace, CFG, 0x84);
	trace.hw.ops->mmio_write(&trace.hw, CFG + 0x80, HW_64, 0x00810005fee00000);
	expect_entry(0, HW_TRACE_WRITE_MSI, 0x80, 8, 0x00810005);
	/* None: then 02h, where Message Control of a capability at 0 would be, is not watched. */
	hw_trace_watch(&trace, CFG, 0);
	hw_write16(&trace.hw, CFG + 0x02, 0x0081);
	UNIT_EQ(trace.count, 0);
}

static void looking_hides_reads_and_no_write(void)
{
	watched(0);
	hw_trace_observe(&trace, true);
	hw_trace_observe(&trace, true);
	hw_read32(&trace.hw, CFG + 4);
	hw_trace_observe(&trace, false);
	hw_read32(&trace.hw, CFG + 4);
	UNIT_EQ(trace.count, 0);
	hw_write16(&trace.hw, CFG + 4, 0x0507);
	hw_trace_observe(&trace, false);
	hw_read16(&trace.hw, CFG + 4);
	UNIT_EQ(trace.count, 2);
	expect_entry(0, HW_TRACE_WRITE_COMMAND, 4, 2, 0x0507);
	expect_entry(1, HW_TRACE_READ_COMMAND, 4, 2, 0x0507);
}

static void mask_at_device(void *arg, unsigned vector)
{
	struct hw_trace *of = arg;

	UNIT_EQ(vector, 0x50);
	hw_read32(&of->hw, CFG + 4);
	hw_trace_observe(of, true);
	hw_read32(&of->hw, CFG + 4);
	hw_trace_observe(of, false);
	hw_write16(&of->hw, CFG + 4, 0x0507);
}

static void the_sink_is_marked_and_in_order(void)
{
	watched(0);
	trace.hw.ops->irq_attach(&trace.hw, mask_at_device, &trace);
	/* The write that unmasks is delivered on: its handler runs before the write returns. */
	fake.irq_on_write = 0x50;
	hw_write16(&trace.hw, CFG + 4, 0x0107);
	UNIT_EQ(trace.count, 3);
	expect_entry(0, HW_TRACE_WRITE_COMMAND, 4, 2, 0x0107);
	UNIT_TRUE(!trace.entry[0].in_irq);
	expect_entry(1, HW_TRACE_READ_COMMAND, 4, 4, 0x00100107);
	UNIT_TRUE(trace.entry[1].in_irq);
	expect_entry(2, HW_TRACE_WRITE_COMMAND, 4, 2, 0x0507);
	UNIT_TRUE(trace.entry[2].in_irq);
	hw_read16(&trace.hw, CFG + 4);
	UNIT_TRUE(!trace.entry[3].in_irq);
}

static void a_handler_during_a_look_is_recorded(void)
{
	watched(0);
	trace.hw.ops->irq_attach(&trace.hw, mask_at_device, &trace);
	hw_trace_observe(&trace, true);
	fake.irq_on_read = 0x50;
	hw_read16(&trace.hw, CFG + 4);
	UNIT_EQ(trace.count, 2);
	UNIT_TRUE(trace.entry[0].in_irq && trace.entry[1].in_irq);
	hw_read16(&trace.hw, CFG + 4);
	UNIT_EQ(trace.count, 2);
	hw_trace_observe(&trace, false);
	UNIT_EQ(trace.observing, 0);
}

static void detaching_detaches_below(void)
{
	watched(0);
	trace.hw.ops->irq_attach(&trace.hw, mask_at_device, &trace);
	UNIT_TRUE(fake.irq_fn != NULL);
	trace.hw.ops->irq_attach(&trace.hw, NULL, NULL);
	UNIT_TRUE(fake.irq_fn == NULL);
}

static void faulting_handler(void *arg, unsigned vector)
{
	(void)arg;
	(void)vector;
	hw_trace_observe(&trace, true);
	trace.hw.ops->panic(&trace.hw, "a fault in the handler");
}

static void raise_one(void *arg)
{
	(void)arg;
	fake_raise(&fake, 0x50);
}

static void a_fault_in_the_sink_leaves_no_mark(void)
{
	struct hw_fault fault = { 0 };

	watched(0);
	trace.hw.ops->irq_attach(&trace.hw, faulting_handler, NULL);
	UNIT_EQ(trace.hw.ops->guard(&trace.hw, raise_one, NULL, &fault), ERR_FAULT);
	UNIT_EQ(fault.vector, 13);
	UNIT_TRUE(!trace.in_irq);
	UNIT_EQ(trace.observing, 0);
	hw_read16(&trace.hw, CFG + 4);
	UNIT_EQ(trace.count, 1);
	UNIT_TRUE(!trace.entry[0].in_irq);
}

static void overflow_is_said(void)
{
	watched(0);
	for (unsigned i = 0; i < 256; i++)
		hw_write16(&trace.hw, CFG + 4, (uint16_t)i);
	UNIT_TRUE(!hw_trace_overflowed(&trace));
	expect_entry(255, HW_TRACE_WRITE_COMMAND, 4, 2, 255);
	hw_write16(&trace.hw, CFG + 4, 0x0107);
	UNIT_EQ(trace.count, 257);
	UNIT_TRUE(hw_trace_overflowed(&trace));
	hw_trace_clear(&trace);
	UNIT_TRUE(!hw_trace_overflowed(&trace));
}

static void nothing_watched_records_nothing(void)
{
	fake_init(&fake);
	hw_trace_init(&trace, &fake.hw);
	hw_read16(&trace.hw, 4);
	hw_write16(&trace.hw, 4, 0);
	UNIT_EQ(trace.count, 0);
}

static void everything_else_goes_straight_below(void)
{
	struct hw_dma dma = { 0 };
	struct hw *hw = &trace.hw;

	watched(0);
	fake.unmapped = 0x1000;
	fake.unmapped_size = 0x1000;
	UNIT_TRUE(!hw->ops->mmio_is_mapped(hw, 0x1800, 4));
	UNIT_TRUE(hw->ops->mmio_is_mapped(hw, 0x2000, 4));
	hw->ops->port_write(hw, 0x21, HW_8, 0x40);
	UNIT_EQ(fake.port_value, 0x62);
	UNIT_EQ(hw->ops->port_read(hw, 0x10, HW_16), 0x74);
	fake.now = 42;
	UNIT_EQ(hw->ops->ticks(hw), 42);
	UNIT_EQ(hw->ops->tick_hz(hw), 1000000);
	hw->ops->relax(hw);
	UNIT_EQ(fake.now, 43);
	UNIT_EQ(hw->ops->dma_alloc(hw, 512, 4, &dma), OK);
	UNIT_EQ(dma.size, 512);
	hw->ops->dma_barrier(hw);
	UNIT_TRUE(!hw->ops->irq_switch(hw, true));
	UNIT_TRUE(hw->ops->irq_switch(hw, false));
	hw->ops->sysreg_write(hw, 0x1b, 0x100);
	UNIT_EQ(hw->ops->sysreg_read(hw, 1), 0x11c);
	hw->ops->text(hw, "line\nmore", 5);
	UNIT_STR(fake.text, "line\n");
}

/* clang-format off */
static const struct unit_test tests[] = {
	UNIT(reads_of_04h_to_07h_at_every_width),
	UNIT(writes_of_04h_to_07h_at_every_width),
	UNIT(accesses_arrive_below_unchanged),
	UNIT(writes_of_message_control),
	UNIT(looking_hides_reads_and_no_write),
	UNIT(the_sink_is_marked_and_in_order),
	UNIT(a_handler_during_a_look_is_recorded),
	UNIT(detaching_detaches_below),
	UNIT(a_fault_in_the_sink_leaves_no_mark),
	UNIT(overflow_is_said),
	UNIT(nothing_watched_records_nothing),
	UNIT(everything_else_goes_straight_below),
};
/* clang-format on */

int main(void)
{
	return UNIT_RUN(tests);
}
