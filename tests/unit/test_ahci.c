/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * drivers/ahci against an HBA of which one register reads other bits: which error it is, and what
 * is not touched then.
 */
#include "drivers/ahci.h"
#include "tests/unit/sim_rig.h"

#define ABAR_32 0x81086000ull /* of the machine with sparse ports */
#define GHC (ABAR + 0x04)
#define VS (ABAR + 0x10)
#define BOHC (ABAR + 0x28)

static const struct hw_ops *straight;
static struct hw_ops bent;
static uint64_t bent_addr, dead_addr; /* the second reads 0 */
static uint32_t bits_lost, bits_stuck;
static unsigned bohc_writes;
static struct ahci hba;
static struct pci_fn fn;

static uint64_t bent_read(struct hw *h, uint64_t addr, enum hw_width width)
{
	uint64_t value = straight->mmio_read(h, addr, width);

	if (addr == dead_addr)
		return 0;
	return addr == bent_addr ? (value & ~(uint64_t)bits_lost) | bits_stuck : value;
}

static void counting_write(struct hw *h, uint64_t addr, enum hw_width width, uint64_t value)
{
	bohc_writes += addr == BOHC;
	straight->mmio_write(h, addr, width, value);
}

static void begin(const char *machine)
{
	start(machine, NULL);
	fn = (struct pci_fn){ .hw = hw, .cfg = AHCI_1F2, .addr = { 0, 0, 31, 2 } };
	UNIT_EQ(ahci_init(&hba, &fn), OK);
	bohc_writes = dead_addr = 0;
}

/* From here on the register reads without these bits and with those. */
static void bend(uint64_t addr, uint32_t lost, uint32_t stuck)
{
	straight = hw->ops;
	bent = *straight;
	bent.mmio_read = bent_read;
	bent.mmio_write = counting_write;
	bent_addr = addr;
	bits_lost = lost;
	bits_stuck = stuck;
	hw->ops = &bent;
}

static void a_reset_that_loses_ae_is_a_mismatch(void)
{
	begin("q35");
	UNIT_EQ(ahci_identify_hba(&hba), OK);
	UNIT_EQ(ahci_reset(&hba), OK);
	bend(GHC, 0x80000000, 0);
	UNIT_EQ(ahci_reset(&hba), ERR_MISMATCH);
	stop();
}

/* VS of all-ones is no version 65535: BOHC is none of this HBA's registers. */
static void no_version_has_no_handoff(void)
{
	begin("bios-owned");
	bend(VS, 0, 0xffffffff);
	UNIT_EQ(ahci_identify_hba(&hba), OK);
	UNIT_TRUE(!ahci_has_version(&hba));
	UNIT_EQ(hba.cap2, 0);
	UNIT_EQ(ahci_handoff(&hba), OK);
	UNIT_EQ(bohc_writes, 0);
	stop();
}

static void ae_is_written_until_it_sticks(void)
{
	begin("slow-ae");
	UNIT_EQ(ahci_identify_hba(&hba), OK);
	UNIT_EQ(ahci_reset(&hba), OK);
	UNIT_EQ(rd(GHC), 0x80000000);
	UNIT_EQ(hba.ae_writes, 3);
	bend(GHC, 0x80000000, 0);
	UNIT_EQ(ahci_reset(&hba), ERR_MISMATCH);
	UNIT_EQ(hba.ae_writes, 5);
	bits_stuck = 0xffffffff;
	UNIT_EQ(ahci_enable(&hba), ERR_GONE);
	stop();
}

#define PX_IS (ABAR + 0x110)
#define PX_CMD (ABAR + 0x118)
#define PX_TFD (ABAR + 0x120)
#define IFS 0x08000000u

static void issue_identify(const char *machine)
{
	begin(machine);
	pci_cfg_write16(&fn, 0x04, 0x0007);
	UNIT_EQ(ahci_identify_hba(&hba), OK);
	UNIT_EQ(ahci_reset(&hba), OK);
	UNIT_EQ(ahci_scan(&hba), OK);
	UNIT_EQ(ahci_start_ports(&hba), OK);
	hba.port[0].spurious_ifs = 0;
	ahci_issue_identify(&hba.port[0]);
}

/* ULi M5288, JMicron: PxCI and PxTFD say that the command is done. */
static void ifs_of_a_command_that_succeeded_is_no_error(void)
{
	issue_identify("spurious-ifs");
	UNIT_EQ(ahci_wait_done(&hba.port[0], AHCI_COMMAND_US), OK);
	UNIT_EQ(hba.port[0].spurious_ifs, 1);
	ahci_parse_identify(&hba.port[0]);
	UNIT_TRUE(hba.port[0].sectors);
	stop();
	issue_identify("q35");
	bend(PX_IS, 0, IFS);
	UNIT_EQ(ahci_wait_done(&hba.port[0], AHCI_COMMAND_US), OK);
	stop();
}

/* AHCI 1.3.1 sec 6.2.2: the HBA stops, PxCMD.CR reads 0, PxCI keeps the command. */
static void ifs_of_a_command_that_failed_is_one(void)
{
	static const struct {
		const char *machine;
		uint64_t dead;
		uint32_t tfd;
	} rows[] = {
		{ "dead-drive", PX_CMD, 0 }, { "dead-drive", 0, 0 },
		{ "spurious-ifs", 0, 0x01 }, { "spurious-ifs", 0, 0x08 },
		{ "spurious-ifs", 0, 0x80 },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t began, us;

		issue_identify(rows[i].machine);
		bend(rows[i].tfd ? PX_TFD : PX_IS, 0, rows[i].tfd ? rows[i].tfd : IFS);
		dead_addr = rows[i].dead;
		began = hw->ops->ticks(hw);
		UNIT_EQ(ahci_wait_done(&hba.port[0], AHCI_COMMAND_US), ERR_IO);
		us = (hw->ops->ticks(hw) - began) * 1000000 / hw->ops->tick_hz(hw);
		if (rows[i].dead ? us > 1000 : us > 110000)
			UNIT_FAIL("row %u: %u us", i, (unsigned)us);
		UNIT_EQ(hba.port[0].spurious_ifs, 0);
		stop();
	}
}

static void a_reset_that_never_ends_times_out(void)
{
	begin("q35");
	UNIT_EQ(ahci_identify_hba(&hba), OK);
	bend(GHC, 0, 0x00000001);
	UNIT_EQ(ahci_reset(&hba), ERR_TIMEOUT);
	bits_stuck = 0xffffffff;
	UNIT_EQ(ahci_reset(&hba), ERR_GONE);
	stop();
}

/* CAP2 came with version 1.2: before, its bits mean nothing. */
static void bios_is_asked_from_version_1_2_on(void)
{
	begin("bios-owned");
	bend(VS, 0xffffffff, 0x00010101);
	UNIT_EQ(ahci_identify_hba(&hba), OK);
	UNIT_EQ(hba.cap2, 0);
	UNIT_EQ(ahci_handoff(&hba), OK);
	UNIT_EQ(bohc_writes, 0);
	bits_stuck = 0x00010200;
	UNIT_EQ(ahci_identify_hba(&hba), OK);
	UNIT_EQ(hba.cap2, 1);
	UNIT_EQ(ahci_handoff(&hba), OK);
	UNIT_EQ(bohc_writes, 1);
	stop();
}

static void the_hba_is_gone_when_two_registers_say_so(void)
{
	begin("q35");
	bend(VS, 0, 0xffffffff);
	UNIT_EQ(ahci_identify_hba(&hba), OK);
	stop();
	begin("q35");
	sim_vanish_after(sim, 1);
	UNIT_EQ(ahci_identify_hba(&hba), ERR_GONE);
	stop();
}

/* What firmware left in PxIS would be the first interrupt. */
static void enabling_clears_every_port_first(void)
{
	uint64_t px_is = ABAR_32 + 0x100 + 31 * 0x80 + 0x10;

	begin("sparse-ports");
	UNIT_EQ(ahci_identify_hba(&hba), OK);
	UNIT_TRUE(hba.port[0].implemented && hba.port[5].implemented && hba.port[31].implemented);
	UNIT_TRUE(!hba.port[1].implemented && !hba.port[30].implemented);
	ahci_irq_enable(&hba, false);
	UNIT_TRUE(rd(px_is));
	ahci_irq_enable(&hba, true);
	UNIT_EQ(rd(px_is), 0);
	UNIT_EQ(rd(ABAR_32 + 0x04), 0x80000002);
	stop();
}

static void an_interrupt_of_nobody_is_not_ours(void)
{
	begin("q35");
	UNIT_EQ(ahci_identify_hba(&hba), OK);
	UNIT_TRUE(!ahci_irq(&hba));
	assert_intx(ABAR);
	UNIT_TRUE(ahci_irq(&hba));
	UNIT_EQ(hba.port[0].served_count, 1);
	UNIT_EQ(hba.port[1].served_count, 0);
	stop();
}

#define PX_3 (ABAR + 0x100 + 3 * 0x80)

/* Each of them is firmware's to find again; the HBA's reserved bits are nobody's. */
static void what_does_not_come_back_is_a_mismatch(void)
{
	static const struct {
		uint64_t addr;
		uint32_t found, bit;
		enum err want;
	} rows[] = {
		{ PX_3 + 0x00, 0x7f003400, 0x00000400, ERR_MISMATCH },
		{ PX_3 + 0x04, 0x00000011, 0x00000001, ERR_MISMATCH },
		{ PX_3 + 0x08, 0x7f005600, 0x00000200, ERR_MISMATCH },
		{ PX_3 + 0x0c, 0x00000012, 0x00000002, ERR_MISMATCH },
		{ PX_3 + 0x14, 0x00000005, 0x00000001, ERR_MISMATCH },
		{ GHC, 0x80000002, 0x00000002, ERR_MISMATCH },
		{ GHC, 0x80000002, 0x80000000, ERR_MISMATCH },
		{ PX_3 + 0x28, 0, 0x00000100, OK },
	};
	static struct ahci_state found;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin("q35");
		UNIT_EQ(ahci_identify_hba(&hba), OK);
		for (unsigned k = 0; k < 6; k++)
			wr(rows[k].addr, rows[k].found);
		ahci_save(&hba, &found);
		UNIT_EQ(ahci_reset(&hba), OK);
		for (unsigned k = 0; k < 4; k++)
			wr(rows[k].addr, 0);
		UNIT_EQ(ahci_restore(&hba, &found), OK);
		for (unsigned k = 0; k < 6; k++)
			UNIT_EQ(rd(rows[k].addr), rows[k].found);
		bend(rows[i].addr, rows[i].bit, 0);
		if (ahci_restore(&hba, &found) != rows[i].want)
			UNIT_FAIL("row %u", i);
		stop();
	}
}

static const struct unit_test tests[] = {
	UNIT(what_does_not_come_back_is_a_mismatch),
	UNIT(a_reset_that_loses_ae_is_a_mismatch),
	UNIT(no_version_has_no_handoff),
	UNIT(ae_is_written_until_it_sticks),
	UNIT(a_reset_that_never_ends_times_out),
	UNIT(ifs_of_a_command_that_succeeded_is_no_error),
	UNIT(ifs_of_a_command_that_failed_is_one),
	UNIT(bios_is_asked_from_version_1_2_on),
	UNIT(the_hba_is_gone_when_two_registers_say_so),
	UNIT(enabling_clears_every_port_first),
	UNIT(an_interrupt_of_nobody_is_not_ours),
};

int main(void)
{
	return UNIT_RUN(tests);
}
