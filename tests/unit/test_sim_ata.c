/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Commands on the simulated drives against literals of AHCI 1.3.1 sec 4.2 and 5.3, Serial ATA and
 * ATA8-ACS: data, FISes, errors, and that a writing opcode is remembered. No product code.
 */
#include "tests/unit/sim_rig_ahci.h"

static void identify_is_pio(void)
{
	start_ahci("q35", NULL);
	start_port(0);
	UNIT_EQ(rd(PX(0) + 0x18), 0xc017);
	run(0, 0xec, 0, 1);
	UNIT_EQ(rd(PX(0) + 0x38), 0);
	UNIT_EQ(rd(PX(0) + 0x10), 0x2);
	UNIT_EQ(rd(PX(0) + 0x20), 0x50);
	UNIT_EQ(get32(4), 512);
	UNIT_EQ(get32(0x420), 0x0058605f);
	UNIT_EQ(bytes(0x42f)[0], 0x50); /* E_Status */
	UNIT_TRUE(!memcmp(bytes(0x1000 + 54), "NIXTAL BISUMALET DIDKS", 22));
	UNIT_EQ(get32(0x1000 + 200), 0x20000000);
	UNIT_EQ(bytes(0x1000 + 167)[0], 0x74); /* 48-bit addressing */
	UNIT_EQ(bytes(0x1000 + 510)[0], 0xa5);
	stop();
}

static void read_dma_ext_over_two_prds(void)
{
	uint8_t expected[512];

	start_ahci("q35", NULL);
	start_port(0);
	fill_command(3, 0x25, 0x1ffffffe, 2, 2);
	fill_prd(0, mem.bus + 0x1000, 511 - 256);
	fill_prd(1, mem.bus + 0x2000, 0x80000000 | (768 - 1));
	wr(PX(0) + 0x38, 8);
	wait_us(20);
	UNIT_EQ(rd(PX(0) + 0x20), 0x80);
	UNIT_EQ(rd(PX(0) + 0x38), 8);
	UNIT_EQ(rd(PX(0) + 0x18), 0xc317);
	wait_us(100);
	UNIT_EQ(rd(PX(0) + 0x38), 0);
	UNIT_EQ(rd(PX(0) + 0x10), 0x21); /* DHRS, DPS */
	UNIT_EQ(get32(3 * 32 + 4), 1024);
	UNIT_EQ(get32(0x440), 0x00504034);
	sim_disk_sector(0x1ffffffe, expected);
	UNIT_TRUE(!memcmp(bytes(0x1000), expected, 256) &&
		  !memcmp(bytes(0x2000), expected + 256, 256));
	sim_disk_sector(0x1fffffff, expected);
	UNIT_TRUE(!memcmp(bytes(0x2100), expected, 512));
	UNIT_EQ(expected[0] | expected[3] << 8, 0x1fff);
	UNIT_EQ(get32(0x2300), 0);
	stop();
}

static void error_halts_until_st_is_cleared(void)
{
	start_ahci("q35", NULL);
	start_port(0);
	run(0, 0x25, 0x20000000, 1); /* one beyond the end */
	UNIT_EQ(rd(PX(0) + 0x10), 0x40000000);
	UNIT_EQ(rd(PX(0) + 0x20), 0x1051);
	UNIT_EQ(rd(PX(0) + 0x38), 1);
	wr(PX(0) + 0x38, 2);
	wait_us(200);
	UNIT_EQ(rd(PX(0) + 0x38), 3);
	wr(PX(0) + 0x18, 0x10);
	UNIT_EQ(rd(PX(0) + 0x38), 0);
	UNIT_EQ(rd(PX(0) + 0x18) & 0x8000, 0x8000);
	wait_us(30);
	UNIT_EQ(rd(PX(0) + 0x18) & 0x8000, 0);
	wr(PX(0) + 0x10, 0xffffffff);
	wr(PX(0) + 0x18, 0x11);
	wait_us(10);
	run(0, 0x25, 0x1fffffff, 1);
	UNIT_EQ(rd(PX(0) + 0x10), 0x1);
	stop();
}

static void bad_addresses_are_host_bus_errors(void)
{
	static const struct {
		unsigned off;
		uint32_t value;
	} rows[] = {
		{ 8, 0x40000580 }, /* a table where there is no memory */
		{ 8, 0x40000501 }, /* a table that is not 128-byte aligned */
		{ TABLE + 0x80, 0x40000000 }, /* data where there is no memory */
		{ TABLE + 0x80, 0x40001001 }, /* data at an odd address */
		{ TABLE + 0x8c, 510 }, /* an odd number of bytes */
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		start_ahci("q35", NULL);
		start_port(0);
		fill_command(0, 0x25, 0, 1, 1);
		fill_prd(0, mem.bus + 0x1000, 511);
		if (rows[i].off == 8 && i == 0)
			put32(12, 0);
		if (i == 2)
			put32(TABLE + 0x84, 0);
		put32(rows[i].off, rows[i].value);
		wr(PX(0) + 0x38, 1);
		wait_us(200);
		UNIT_EQ(rd(PX(0) + 0x10), 0x20000000);
		UNIT_EQ(rd(PX(0) + 0x38), 1);
		stop();
	}
	start_ahci("q35", NULL);
	wr(PX(0) + 0x18, 0x10); /* firmware's CLB: nobody answers, Received Master Abort */
	wait_us(10);
	wr(PX(0) + 0x18, 0x11);
	wait_us(10);
	wr(PX(0) + 0x38, 1);
	wait_us(200);
	UNIT_EQ(hw_read16(hw, AHCI_1F2 + 6), 0x2010);
	hw_write16(hw, AHCI_1F2 + 6, 0x2000);
	UNIT_EQ(hw_read16(hw, AHCI_1F2 + 6), 0x0010);
	stop();
}

static void without_bus_master_nothing_moves(void)
{
	start_ahci("q35", NULL);
	start_port(0);
	hw_write16(hw, AHCI_1F2 + 4, 0x0003);
	run(0, 0x25, 7, 1);
	wait_us(10000);
	UNIT_EQ(rd(PX(0) + 0x38), 1);
	UNIT_EQ(rd(PX(0) + 0x10), 0);
	UNIT_EQ(get32(0x1000), 0);
	hw_write16(hw, AHCI_1F2 + 4, 0x0007);
	wait_us(200);
	UNIT_EQ(rd(PX(0) + 0x38), 0);
	UNIT_EQ(get32(0x1000), 7);
	stop();
}

static void too_small_a_prd_overflows(void)
{
	start_ahci("q35", NULL);
	start_port(0);
	fill_command(0, 0x25, 0, 2, 1);
	fill_prd(0, mem.bus + 0x1000, 511);
	wr(PX(0) + 0x38, 1);
	wait_us(200);
	UNIT_EQ(rd(PX(0) + 0x10), 0x01000001);
	UNIT_EQ(get32(4), 512);
	stop();
}

static void every_write_opcode_is_remembered(void)
{
	static const uint8_t opcodes[] = { 0x30, 0x34, 0x35, 0x39, 0x3d, 0x61,
					   0xca, 0xc5, 0xce, 0x06, 0xf4, 0x45 };

	for (unsigned i = 0; i < sizeof(opcodes); i++) {
		start_ahci("q35", NULL);
		start_port(0);
		run(0, 0x25, 0, 1);
		UNIT_TRUE(!sim_disk_was_written(sim));
		run(0, opcodes[i], 0, 1);
		UNIT_TRUE(sim_disk_was_written(sim));
		UNIT_EQ(rd(PX(0) + 0x20), 0x0451);
		stop();
	}
}

static void atapi_drive(void)
{
	start_ahci("atapi", NULL);
	UNIT_EQ(rd(PX(2) + 0x24), 0xeb140101);
	start_port(2);
	run(2, 0xec, 0, 1);
	UNIT_EQ(rd(PX(2) + 0x10), 0x40000000);
	UNIT_EQ(rd(PX(2) + 0x20), 0x0451);
	UNIT_EQ(get32(0x444), 0x40eb1401);
	wr(PX(2) + 0x18, 0x10);
	wait_us(30);
	wr(PX(2) + 0x10, 0xffffffff);
	wr(PX(2) + 0x18, 0x11);
	wait_us(10);
	run(2, 0xa1, 0, 1);
	UNIT_EQ(rd(PX(2) + 0x10), 0x2);
	UNIT_EQ(bytes(0x1001)[0], 0x85);
	stop();
}

static void dead_drive_stays_busy(void)
{
	start_ahci("dead-drive", NULL);
	UNIT_EQ(rd(PX(0) + 0x20), 0x50);
	start_port(0);
	run(0, 0xec, 0, 1);
	wait_us(100000);
	UNIT_EQ(rd(PX(0) + 0x20), 0x80);
	UNIT_EQ(rd(PX(0) + 0x38), 1);
	wr(PX(0) + 0x18, 0x10);
	wait_us(30);
	UNIT_EQ(rd(PX(0) + 0x20), 0x80);
	wr(PX(0) + 0x18, 0x18); /* CLO */
	UNIT_EQ(rd(PX(0) + 0x20) & 0x88, 0);
	UNIT_EQ(rd(PX(0) + 0x18) & 8, 0);
	stop();
}

static void soft_reset_ends_in_a_signature(void)
{
	start_ahci("q35", NULL);
	start_port(0);
	fill_command(0, 0, 0, 0, 0);
	put32(TABLE, 0x27); /* C=0: Device Control, SRST set */
	put32(TABLE + 12, 0x04000000);
	fill_command(1, 0, 0, 0, 0);
	put32(32 + 8, (uint32_t)mem.bus + 0x700);
	put32(0x700, 0x27); /* and cleared */
	put32(TABLE, 0x27);
	put32(TABLE + 12, 0x04000000);
	wr(PX(0) + 0x38, 3);
	wait_us(100);
	UNIT_EQ(rd(PX(0) + 0x38), 0);
	UNIT_EQ(rd(PX(0) + 0x20), 0xd0);
	wait_us(2000);
	UNIT_EQ(rd(PX(0) + 0x20), 0x150);
	UNIT_EQ(get32(0x440), 0x01500034);
	stop();
}

static const struct unit_test tests[] = {
	UNIT(identify_is_pio),
	UNIT(read_dma_ext_over_two_prds),
	UNIT(error_halts_until_st_is_cleared),
	UNIT(bad_addresses_are_host_bus_errors),
	UNIT(without_bus_master_nothing_moves),
	UNIT(too_small_a_prd_overflows),
	UNIT(every_write_opcode_is_remembered),
	UNIT(atapi_drive),
	UNIT(dead_drive_stays_busy),
	UNIT(soft_reset_ends_in_a_signature),
};

int main(void)
{
	return UNIT_RUN(tests);
}
