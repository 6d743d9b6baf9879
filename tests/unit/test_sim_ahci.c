/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The simulated HBA and its drives against literals of AHCI 1.3.1, Serial ATA and ATA8-ACS; and
 * that a misuse of the seam, or a run without end, ends the process. No product code.
 */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/sim/sim.h"
#include "tests/unit/unit.h"

#define AHCI_CFG 0xb00fa000ull
#define ABAR 0x81085000ull
#define LAPIC 0xfee00000ull
#define GHC (ABAR + 0x04)
#define IS (ABAR + 0x08)
#define BOHC (ABAR + 0x28)
#define PX(n) (ABAR + 0x100 + (n)*0x80)
#define TABLE 0x500

static struct sim *sim;
static struct hw *hw;
static struct hw_dma mem; /* list at 0, FIS area at 400h, table at 500h, data at 1000h */

static void start(const char *machine, const char *fault)
{
	const char *faults[] = { fault, NULL };
	struct sim_config config = { .machine = machine,
				     .faults = faults,
				     .dma_base = 0x140000000ull };

	sim = sim_new(&config);
	if (!sim)
		abort();
	hw = sim_hw(sim);
	hw->ops->irq_switch(hw, false);
	if (hw->ops->dma_alloc(hw, 0x4000, 4096, &mem))
		abort();
}

static void stop(void)
{
	sim_free(sim);
}

static uint32_t rd(uint64_t addr)
{
	return hw_read32(hw, addr);
}

static void wr(uint64_t addr, uint32_t value)
{
	hw_write32(hw, addr, value);
}

static void wait_us(unsigned us)
{
	while (us--)
		hw->ops->relax(hw);
}

static uint8_t *bytes(unsigned off)
{
	return (uint8_t *)mem.cpu + off;
}

static void put32(unsigned off, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		bytes(off)[i] = (uint8_t)(value >> (8 * i));
}

static uint32_t get32(unsigned off)
{
	return bytes(off)[0] | (uint32_t)bytes(off)[1] << 8 | (uint32_t)bytes(off)[2] << 16 |
	       (uint32_t)bytes(off)[3] << 24;
}

static void start_port(unsigned n)
{
	wr(PX(n) + 0x00, (uint32_t)mem.bus);
	wr(PX(n) + 0x04, (uint32_t)(mem.bus >> 32));
	wr(PX(n) + 0x08, (uint32_t)mem.bus + 0x400);
	wr(PX(n) + 0x0c, (uint32_t)(mem.bus >> 32));
	wr(PX(n) + 0x10, 0xffffffff);
	wr(PX(n) + 0x18, 0x10);
	wait_us(10);
	wr(PX(n) + 0x18, 0x11);
	wait_us(10);
}

static void fill_prd(unsigned index, uint64_t bus, uint32_t count_less_one)
{
	put32(TABLE + 0x80 + 16 * index, (uint32_t)bus);
	put32(TABLE + 0x84 + 16 * index, (uint32_t)(bus >> 32));
	put32(TABLE + 0x8c + 16 * index, count_less_one);
}

static void fill_command(unsigned slot, uint8_t opcode, uint64_t lba, unsigned sectors,
			 unsigned prds)
{
	put32(32 * slot, prds << 16 | 5);
	put32(32 * slot + 4, 0);
	put32(32 * slot + 8, (uint32_t)mem.bus + TABLE);
	put32(32 * slot + 12, (uint32_t)(mem.bus >> 32));
	memset(bytes(TABLE), 0, 64);
	put32(TABLE, (uint32_t)opcode << 16 | 0x8027);
	put32(TABLE + 4, (uint32_t)(lba & 0xffffff) | 0x40000000);
	put32(TABLE + 8, (uint32_t)(lba >> 24) & 0xffffff);
	put32(TABLE + 12, sectors);
}

static void run(unsigned n, uint8_t opcode, uint64_t lba, unsigned sectors)
{
	fill_command(0, opcode, lba, sectors, 1);
	fill_prd(0, mem.bus + 0x1000, sectors * 512 - 1);
	wr(PX(n) + 0x38, 1);
	wait_us(200);
}

static void registers_as_firmware_leaves_them(void)
{
	start("q35", NULL);
	UNIT_EQ(rd(ABAR), 0x81341f05);
	UNIT_EQ(rd(GHC), 0x80000000);
	UNIT_EQ(rd(ABAR + 0x0c), 0x3f);
	UNIT_EQ(rd(ABAR + 0x10), 0x00010301);
	UNIT_EQ(rd(PX(0) + 0x18), 0x6);
	UNIT_EQ(rd(PX(0) + 0x20), 0x50);
	UNIT_EQ(rd(PX(0) + 0x24), 0x00000101);
	UNIT_EQ(rd(PX(0) + 0x28), 0x133);
	UNIT_EQ(rd(PX(1) + 0x20), 0x7f);
	UNIT_EQ(rd(PX(1) + 0x24), 0xffffffff);
	UNIT_EQ(rd(PX(1) + 0x28), 0);
	UNIT_EQ(rd(PX(6) + 0x28), 0); /* not in PI */
	wr(PX(0), 0xffffffff);
	UNIT_EQ(rd(PX(0)), 0xfffffc00);
	wr(PX(0) + 8, 0xffffffff);
	UNIT_EQ(rd(PX(0) + 8), 0xffffff00);
	wr(PX(0) + 0x14, 0xffffffff);
	UNIT_EQ(rd(PX(0) + 0x14), 0xfdc000ff);
	stop();
}

static void reset_takes_its_time(void)
{
	start("q35", NULL);
	wr(PX(0) + 0x14, 0xff);
	wr(GHC, 0x80000002);
	UNIT_EQ(rd(IS), 1);
	wr(GHC, 0x80000003);
	UNIT_EQ(rd(GHC), 0x80000001);
	UNIT_TRUE(!sim_line_asserted(sim, 16));
	UNIT_EQ(rd(PX(0) + 0x28), 0);
	UNIT_EQ(rd(PX(0)), 0x7f001000); /* CLB and FB are kept */
	wait_us(150);
	UNIT_EQ(rd(GHC), 0x80000000);
	UNIT_EQ(rd(IS), 0);
	UNIT_EQ(rd(PX(0) + 0x14), 0);
	wait_us(450);
	UNIT_EQ(rd(PX(0) + 0x28), 0x133);
	UNIT_EQ(rd(PX(0) + 0x30), 0x04010000);
	UNIT_EQ(rd(PX(0) + 0x20), 0xff);
	stop();
}

static void diag_x_holds_the_signature_back(void)
{
	start("q35", NULL);
	wr(GHC, 0x80000001);
	wait_us(5000);
	UNIT_EQ(rd(PX(0) + 0x20), 0xff);
	UNIT_EQ(rd(PX(0) + 0x24), 0xffffffff);
	wr(PX(0) + 0x30, 0x04000000);
	UNIT_EQ(rd(PX(0) + 0x20), 0x150);
	UNIT_EQ(rd(PX(0) + 0x24), 0x101);
	start_port(0); /* posted when the receive engine runs */
	UNIT_EQ(get32(0x440), 0x01500034);
	UNIT_EQ(get32(0x444), 0x00000001);
	UNIT_EQ(get32(0x44c), 0x00000001);
	UNIT_EQ(rd(PX(0) + 0x10) & 1, 0); /* I=0: no DHRS */
	stop();
}

static void comreset(void)
{
	start("q35", NULL);
	wr(PX(0) + 0x2c, 1);
	UNIT_EQ(rd(PX(0) + 0x28), 0);
	UNIT_EQ(rd(PX(0) + 0x20), 0x7f);
	wait_us(1);
	wr(PX(0) + 0x2c, 0); /* too short: no COMRESET reached the drive */
	wait_us(10000);
	UNIT_EQ(rd(PX(0) + 0x28), 0);
	wr(PX(0) + 0x2c, 1);
	wait_us(1000);
	wr(PX(0) + 0x2c, 0);
	wait_us(450);
	UNIT_EQ(rd(PX(0) + 0x28), 0x133);
	UNIT_EQ(rd(PX(0) + 0x10), 0x00400043); /* PCS and PRCS, beside firmware's DHRS and PSS */
	wr(PX(0) + 0x10, 0xffffffff);
	UNIT_EQ(rd(PX(0) + 0x10), 0x00400040); /* mirrors of PxSERR, read-only here */
	wr(PX(0) + 0x30, 0xffffffff);
	UNIT_EQ(rd(PX(0) + 0x10), 0);
	stop();
}

static void is_is_a_level_latch(void)
{
	start("q35", NULL);
	wr(GHC, 0x80000002);
	UNIT_EQ(rd(IS), 0);
	wr(PX(0) + 0x14, 0x1);
	UNIT_EQ(rd(IS), 1);
	UNIT_TRUE(sim_line_asserted(sim, 16));
	wr(IS, 1); /* the condition holds: set again */
	UNIT_EQ(rd(IS), 1);
	wr(PX(0) + 0x10, 0x1);
	UNIT_EQ(rd(IS), 1);
	UNIT_TRUE(sim_line_asserted(sim, 16));
	wr(IS, 1);
	UNIT_EQ(rd(IS), 0);
	UNIT_TRUE(!sim_line_asserted(sim, 16));
	wr(PX(0) + 0x14, 0x2); /* PSS is still there */
	UNIT_EQ(rd(IS), 1);
	wr(GHC, 0x80000000);
	UNIT_TRUE(!sim_line_asserted(sim, 16));
	UNIT_EQ(hw_read16(hw, AHCI_CFG + 6), 0x0010);
	UNIT_EQ(rd(IS), 1);
	stop();
}

static void identify_is_pio(void)
{
	start("q35", NULL);
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

	start("q35", NULL);
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
	start("q35", NULL);
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
		start("q35", NULL);
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
	start("q35", NULL);
	wr(PX(0) + 0x18, 0x10); /* firmware's CLB: nobody answers, Received Master Abort */
	wait_us(10);
	wr(PX(0) + 0x18, 0x11);
	wait_us(10);
	wr(PX(0) + 0x38, 1);
	wait_us(200);
	UNIT_EQ(hw_read16(hw, AHCI_CFG + 6), 0x2010);
	hw_write16(hw, AHCI_CFG + 6, 0x2000);
	UNIT_EQ(hw_read16(hw, AHCI_CFG + 6), 0x0010);
	stop();
}

static void without_bus_master_nothing_moves(void)
{
	start("q35", NULL);
	start_port(0);
	hw_write16(hw, AHCI_CFG + 4, 0x0003);
	run(0, 0x25, 7, 1);
	wait_us(10000);
	UNIT_EQ(rd(PX(0) + 0x38), 1);
	UNIT_EQ(rd(PX(0) + 0x10), 0);
	UNIT_EQ(get32(0x1000), 0);
	hw_write16(hw, AHCI_CFG + 4, 0x0007);
	wait_us(200);
	UNIT_EQ(rd(PX(0) + 0x38), 0);
	UNIT_EQ(get32(0x1000), 7);
	stop();
}

static void too_small_a_prd_overflows(void)
{
	start("q35", NULL);
	start_port(0);
	fill_command(0, 0x25, 0, 2, 1);
	fill_prd(0, mem.bus + 0x1000, 511);
	wr(PX(0) + 0x38, 1);
	wait_us(200);
	UNIT_EQ(rd(PX(0) + 0x10), 0x01000001);
	UNIT_EQ(get32(4), 512);
	stop();
}

static void nothing_is_issued_while_stopped(void)
{
	start("q35", NULL);
	wr(PX(0) + 0x38, 1);
	UNIT_EQ(rd(PX(0) + 0x38), 0);
	/* ST without FRE, and ST on an empty port: the list engine does not run */
	wr(PX(0) + 0x18, 0x01);
	wr(PX(1) + 0x18, 0x11);
	wait_us(100);
	UNIT_EQ(rd(PX(0) + 0x18) & 0x8000, 0);
	UNIT_EQ(rd(PX(1) + 0x18) & 0xc000, 0x4000);
	stop();
}

static void every_write_opcode_is_remembered(void)
{
	static const uint8_t opcodes[] = { 0x30, 0x34, 0x35, 0x39, 0x3d, 0x61,
					   0xca, 0xc5, 0xce, 0x06, 0xf4, 0x45 };

	for (unsigned i = 0; i < sizeof(opcodes); i++) {
		start("q35", NULL);
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
	start("atapi", NULL);
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
	start("dead-drive", NULL);
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
	start("q35", NULL);
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

static void msi_is_a_memory_write(void)
{
	const uint64_t irr_51 = LAPIC + 0x220;

	start("q35", NULL);
	wr(AHCI_CFG + 0x84, 0xfee00000);
	wr(AHCI_CFG + 0x88, 0);
	hw_write16(hw, AHCI_CFG + 0x8c, 0x0051);
	hw_write16(hw, AHCI_CFG + 0x82, 0xffff);
	UNIT_EQ(hw_read16(hw, AHCI_CFG + 0x82), 0x0081);
	wr(GHC, 0x80000002);
	hw_write16(hw, AHCI_CFG + 4, 0x0003); /* no Bus Master: the write is lost */
	wr(PX(0) + 0x14, 0x1);
	UNIT_EQ(rd(irr_51), 0);
	hw_write16(hw, AHCI_CFG + 4, 0x0407); /* DisINTx is about INTx only */
	wr(IS, 1); /* set again: a new message */
	UNIT_EQ(rd(irr_51), 0x20000);
	UNIT_TRUE(!sim_line_asserted(sim, 16));
	UNIT_EQ(hw_read16(hw, AHCI_CFG + 6), 0x0010);
	stop();
}

static void bios_hands_over(void)
{
	start("bios-owned", NULL);
	UNIT_EQ(rd(ABAR + 0x24), 0x1);
	UNIT_EQ(rd(BOHC), 0x1);
	wr(BOHC, 0x2);
	UNIT_EQ(rd(BOHC), 0xb);
	wait_us(20);
	UNIT_EQ(rd(BOHC), 0x1b);
	wait_us(4000);
	UNIT_EQ(rd(BOHC), 0xa);
	wr(BOHC, 0xa);
	UNIT_EQ(rd(BOHC), 0x2);
	stop();
	start("q35", NULL);
	wr(BOHC, 0x2);
	UNIT_EQ(rd(BOHC), 0);
	stop();
}

static void faults_of_reset_and_stop(void)
{
	start("q35", "ahci.reset-never-ends");
	wr(GHC, 0x80000001);
	wait_us(2000000);
	UNIT_EQ(rd(GHC), 0x80000001);
	stop();
	start("q35", "ahci.port-never-stops");
	start_port(0);
	wr(PX(0) + 0x18, 0x10);
	wait_us(600000);
	UNIT_EQ(rd(PX(0) + 0x18), 0xc016);
	wr(PX(0) + 0x18, 0x00);
	wait_us(600000);
	UNIT_EQ(rd(PX(0) + 0x18), 0xc006);
	stop();
	start("running-port", NULL);
	UNIT_EQ(rd(PX(0) + 0x18), 0xc017);
	stop();
}

static void misaligned(void)
{
	(void)rd(ABAR + 2);
}

static void narrow(void)
{
	(void)hw_read8(hw, ABAR);
}

static void narrow_lapic(void)
{
	(void)hw_read8(hw, LAPIC + 0x20);
}

static void endless(void)
{
	for (;;)
		hw->ops->relax(hw);
}

static bool ends_the_process(void (*body)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		if (!freopen("/dev/null", "w", stderr))
			_exit(1);
		body();
		_exit(0);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
	       WTERMSIG(status) == SIGABRT;
}

static void misuse_ends_the_process(void)
{
	struct sim_config config = { .watchdog = 1000 };

	start("q35", NULL);
	UNIT_TRUE(ends_the_process(misaligned));
	UNIT_TRUE(ends_the_process(narrow));
	UNIT_TRUE(ends_the_process(narrow_lapic));
	stop();
	sim = sim_new(&config);
	hw = sim_hw(sim);
	UNIT_TRUE(ends_the_process(endless));
	stop();
}

static const struct unit_test tests[] = {
	UNIT(registers_as_firmware_leaves_them),
	UNIT(reset_takes_its_time),
	UNIT(diag_x_holds_the_signature_back),
	UNIT(comreset),
	UNIT(is_is_a_level_latch),
	UNIT(identify_is_pio),
	UNIT(read_dma_ext_over_two_prds),
	UNIT(error_halts_until_st_is_cleared),
	UNIT(bad_addresses_are_host_bus_errors),
	UNIT(without_bus_master_nothing_moves),
	UNIT(too_small_a_prd_overflows),
	UNIT(nothing_is_issued_while_stopped),
	UNIT(every_write_opcode_is_remembered),
	UNIT(atapi_drive),
	UNIT(dead_drive_stays_busy),
	UNIT(soft_reset_ends_in_a_signature),
	UNIT(msi_is_a_memory_write),
	UNIT(bios_hands_over),
	UNIT(faults_of_reset_and_stop),
	UNIT(misuse_ends_the_process),
};

int main(void)
{
	return UNIT_RUN(tests);
}
