/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The simulated faults of Command, Status and the INTx wire against literals: one access each, and
 * the dword at 04h behind it. No product code.
 */
#include "tests/unit/sim_rig.h"

static const struct {
	const char *fault;
	bool pending; /* the HBA asserts before the write */
	uint16_t before; /* Command, written 16 bits wide */
	unsigned off, width;
	uint32_t value;
	uint32_t expected; /* Command and Status behind it */
} rows[] = {
	{ "cmd.disintx-stuck-1", false, 0x0007, 4, 2, 0x0007, 0x00100407 },
	{ "cmd.disintx-sets-serr", false, 0x0007, 4, 2, 0x0407, 0x00100507 },
	{ "cmd.byte-write-lost", false, 0x0007, 5, 1, 0x04, 0x00100007 },
	{ "cmd.byte-write-lost", false, 0x0007, 4, 1, 0x03, 0x00100003 },
	{ "cmd.byte-write-spills", false, 0x0007, 5, 1, 0x04, 0x00100400 },
	{ "cmd.byte-write-clears-upper", false, 0x0407, 4, 1, 0x03, 0x00100003 },
	{ "cmd.dword-write-lost", false, 0x0007, 4, 4, 0x0407, 0x00100007 },
	{ "cmd.dword-write-lost", false, 0x0007, 4, 2, 0x0407, 0x00100407 },
	{ "status.gated-by-disintx", true, 0x0007, 4, 2, 0x0007, 0x00180007 },
	{ "status.gated-by-disintx", true, 0x0007, 4, 2, 0x0407, 0x00100407 },
	{ "status.set-by-disintx", false, 0x0007, 4, 2, 0x0407, 0x00180407 },
	{ "status.intx-rw1c", true, 0x0007, 6, 2, 0x0008, 0x00100007 },
	{ "status.intx-rw1c", true, 0x0007, 6, 2, 0x0000, 0x00180007 },
	{ "status.intx-writable", false, 0x0007, 6, 2, 0x0008, 0x00180007 },
	{ "status.dword-write-clears", true, 0x0007, 4, 4, 0x0007, 0x00100007 },
};

static void write_at(uint64_t addr, unsigned width, uint32_t value)
{
	if (width == 1)
		hw_write8(hw, addr, (uint8_t)value);
	else if (width == 2)
		hw_write16(hw, addr, (uint16_t)value);
	else
		hw_write32(hw, addr, value);
}

static void one_write_of_each(void)
{
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		start("q35", rows[i].fault);
		if (rows[i].pending)
			assert_intx(ABAR);
		hw_write16(hw, AHCI_1F2 + 4, rows[i].before);
		write_at(AHCI_1F2 + rows[i].off, rows[i].width, rows[i].value);
		UNIT_EQ(rd(AHCI_1F2 + 4), rows[i].expected);
		stop();
	}
}

static void interrupt_line_is_lost(void)
{
	start("q35", "cmd.disintx-clears-interrupt-line");
	hw_write16(hw, AHCI_1F2 + 4, 0x0407);
	UNIT_EQ(hw_read16(hw, AHCI_1F2 + 0x3c), 0x0100);
	stop();
}

static void absent_function_is_no_all_ones(void)
{
	start("q35", "cfg.absent-reads-0");
	UNIT_EQ(rd(ECAM + 0x28000), ABSENT);
	UNIT_EQ(rd(ECAM + 0x28004), 0);
	stop();
}

static void wire_needs_bus_master(void)
{
	start("q35", "line.needs-bus-master");
	assert_intx(ABAR);
	UNIT_TRUE(sim_line_asserted(sim, 16));
	hw_write16(hw, AHCI_1F2 + 4, 0x0003);
	UNIT_TRUE(!sim_line_asserted(sim, 16));
	stop();
}

static void wire_drops(void)
{
	start("q35", "line.drops");
	assert_intx(ABAR);
	wait_us(400);
	UNIT_TRUE(sim_line_asserted(sim, 16));
	wait_us(200);
	UNIT_TRUE(!sim_line_asserted(sim, 16));
	UNIT_EQ(hw_read16(hw, AHCI_1F2 + 6), 0x0018);
	stop();
}

static void wire_lingers(void)
{
	start("q35", "line.lingers");
	assert_intx(ABAR);
	hw_write16(hw, AHCI_1F2 + 4, 0x0407);
	UNIT_TRUE(sim_line_asserted(sim, 16));
	wait_us(50);
	UNIT_TRUE(!sim_line_asserted(sim, 16));
	stop();
}

static void every_16th_assertion_is_lost(void)
{
	unsigned seen = 0;

	start("q35", "line.assert-lost-16th");
	assert_intx(ABAR);
	for (unsigned i = 1; i < 32; i++) {
		hw_write16(hw, AHCI_1F2 + 4, 0x0407);
		hw_write16(hw, AHCI_1F2 + 4, 0x0007);
		seen += sim_line_asserted(sim, 16);
	}
	UNIT_EQ(seen, 29);
	stop();
}

static const struct unit_test tests[] = {
	UNIT(one_write_of_each),
	UNIT(interrupt_line_is_lost),
	UNIT(absent_function_is_no_all_ones),
	UNIT(wire_needs_bus_master),
	UNIT(wire_drops),
	UNIT(wire_lingers),
	UNIT(every_16th_assertion_is_lost),
};

int main(void)
{
	return UNIT_RUN(tests);
}
