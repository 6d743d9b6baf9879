/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The simulated HBA and its ports against literals of AHCI 1.3.1: registers, reset, link, IS, MSI,
 * handoff. No product code.
 */
#include "tests/unit/sim_rig_ahci.h"

static void registers_as_firmware_leaves_them(void)
{
	start_ahci("q35", NULL);
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
	sim_expect_strays(sim);
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
	start_ahci("q35", NULL);
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
	start_ahci("q35", NULL);
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
	start_ahci("q35", NULL);
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
	start_ahci("q35", NULL);
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
	UNIT_EQ(hw_read16(hw, AHCI_1F2 + 6), 0x0010);
	UNIT_EQ(rd(IS), 1);
	stop();
}

static void nothing_is_issued_while_stopped(void)
{
	start_ahci("q35", NULL);
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

static void msi_is_a_memory_write(void)
{
	const uint64_t irr_51 = LAPIC + 0x220;

	start_ahci("q35", NULL);
	wr(AHCI_1F2 + 0x84, 0xfee00000);
	wr(AHCI_1F2 + 0x88, 0);
	hw_write16(hw, AHCI_1F2 + 0x8c, 0x0051);
	hw_write16(hw, AHCI_1F2 + 0x82, 0xffff);
	UNIT_EQ(hw_read16(hw, AHCI_1F2 + 0x82), 0x0081);
	wr(GHC, 0x80000002);
	hw_write16(hw, AHCI_1F2 + 4, 0x0003); /* no Bus Master: the write is lost */
	wr(PX(0) + 0x14, 0x1);
	UNIT_EQ(rd(irr_51), 0);
	hw_write16(hw, AHCI_1F2 + 4, 0x0407); /* DisINTx is about INTx only */
	wr(IS, 1); /* set again: a new message */
	UNIT_EQ(rd(irr_51), 0x20000);
	UNIT_TRUE(!sim_line_asserted(sim, 16));
	UNIT_EQ(hw_read16(hw, AHCI_1F2 + 6), 0x0010);
	stop();
}

static void bios_hands_over(void)
{
	start_ahci("bios-owned", NULL);
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
	start_ahci("q35", NULL);
	wr(BOHC, 0x2);
	UNIT_EQ(rd(BOHC), 0);
	stop();
}

static void faults_of_reset_and_stop(void)
{
	start_ahci("q35", "ahci.reset-never-ends");
	wr(GHC, 0x80000001);
	wait_us(2000000);
	UNIT_EQ(rd(GHC), 0x80000001);
	stop();
	start_ahci("q35", "ahci.port-never-stops");
	start_port(0);
	wr(PX(0) + 0x18, 0x10);
	wait_us(600000);
	UNIT_EQ(rd(PX(0) + 0x18), 0xc016);
	wr(PX(0) + 0x18, 0x00);
	wait_us(600000);
	UNIT_EQ(rd(PX(0) + 0x18), 0xc006);
	stop();
	start_ahci("running-port", NULL);
	UNIT_EQ(rd(PX(0) + 0x18), 0xc017);
	stop();
}

static const struct unit_test tests[] = {
	UNIT(registers_as_firmware_leaves_them),
	UNIT(reset_takes_its_time),
	UNIT(diag_x_holds_the_signature_back),
	UNIT(comreset),
	UNIT(is_is_a_level_latch),
	UNIT(nothing_is_issued_while_stopped),
	UNIT(msi_is_a_memory_write),
	UNIT(bios_hands_over),
	UNIT(faults_of_reset_and_stop),
};

int main(void)
{
	return UNIT_RUN(tests);
}
