/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* drivers/ioapic: sizes, order of writes, masking, saving and restoring, all-ones. */
#include "tests/unit/fake_irqc.h"
#include "tests/unit/unit.h"

static struct fake_irqc fake;
static struct ioapic ioapic;
static struct ioapic_state state;

static void start(void)
{
	fake_irqc_init(&fake);
	UNIT_EQ(ioapic_init(&ioapic, &fake.hw, FAKE_IOAPIC0, 0), OK);
}

static void expect_write(unsigned n, unsigned reg, uint32_t value)
{
	struct fake_write w = fake_irqc_write(&fake, n);

	UNIT_EQ(w.where, FAKE_RTE0);
	UNIT_EQ(w.reg, reg);
	UNIT_EQ(w.value, value);
}

static void init_reads_size_version_id(void)
{
	fake_irqc_init(&fake);
	fake.ioapic[1].version = 0x00770011; /* 120 entries, the most an 8-bit index reaches */
	fake.ioapic[1].id = 0x09000000;
	UNIT_EQ(ioapic_init(&ioapic, &fake.hw, FAKE_IOAPIC1, 24), OK);
	UNIT_EQ(ioapic.pins, 120);
	UNIT_EQ(ioapic.version, 0x11);
	UNIT_EQ(ioapic.id, 9);
	UNIT_EQ(fake.writes, 0);
	UNIT_TRUE(!ioapic_has_gsi(&ioapic, 23));
	UNIT_TRUE(ioapic_has_gsi(&ioapic, 24));
	UNIT_TRUE(ioapic_has_gsi(&ioapic, 143));
	UNIT_TRUE(!ioapic_has_gsi(&ioapic, 144));
}

static void init_refuses(void)
{
	fake_irqc_init(&fake);
	memset(&ioapic, 0x5a, sizeof(ioapic));
	UNIT_EQ(ioapic_init(&ioapic, &fake.hw, FAKE_IOAPIC0 + 4, 0), ERR_INVALID);
	UNIT_EQ(ioapic_init(&ioapic, &fake.hw, FAKE_IOAPIC0, 0xfffffff0), ERR_INVALID);
	fake.ioapic[0].version = 0x00780020;
	UNIT_EQ(ioapic_init(&ioapic, &fake.hw, FAKE_IOAPIC0, 0), ERR_INVALID);
	fake.ioapic[0].gone = true;
	UNIT_EQ(ioapic_init(&ioapic, &fake.hw, FAKE_IOAPIC0, 0), ERR_GONE);
	fake.unmapped = FAKE_IOAPIC0;
	UNIT_EQ(ioapic_init(&ioapic, &fake.hw, FAKE_IOAPIC0, 0), ERR_UNSUPPORTED);
	UNIT_EQ(ioapic.pins, 0x5a5a5a5a); /* untouched on failure */
}

static void mask_is_one_write_of_the_low_half(void)
{
	start();
	fake.ioapic[0].rte[16] = 0x010000000000e051; /* level, low, remote IRR set */
	ioapic_mask(&ioapic, 16);
	UNIT_EQ(fake.writes, 1);
	expect_write(0, 0x30, 0x1a051);
	UNIT_EQ(fake.ioapic[0].rte[16], 0x010000000001e051);
	ioapic_unmask(&ioapic, 16);
	UNIT_EQ(fake.writes, 2);
	expect_write(1, 0x30, 0xa051);
	UNIT_EQ(ioapic_entry(&ioapic, 16), 0x010000000000e051);
}

static void pairs_are_never_torn(void)
{
	start();
	fake.irq_on = true;
	ioapic_mask(&ioapic, 3);
	UNIT_EQ(ioapic_entry(&ioapic, 3), 0x10000);
	UNIT_EQ(ioapic_program(&ioapic, 3, 0xa051), OK);
	UNIT_EQ(fake.torn, 0);
	UNIT_TRUE(fake.irq_on);
	fake.irq_on = false;
	ioapic_mask(&ioapic, 3);
	UNIT_TRUE(!fake.irq_on);
}

static void program_masks_then_high_then_low(void)
{
	start();
	fake.ioapic[0].rte[16] = 0x8040;
	UNIT_EQ(ioapic_program(&ioapic, 16, 0x0300000000009051), OK); /* RO bit 12 is not ours */
	UNIT_EQ(fake.writes, 3);
	expect_write(0, 0x30, 0x18040);
	expect_write(1, 0x31, 0x03000000);
	expect_write(2, 0x30, 0x18051);
	UNIT_EQ(fake.ioapic[0].rte[16], 0x0300000000018051);
}

static void program_verifies(void)
{
	start();
	fake.ioapic[0].stuck[16] = true;
	UNIT_EQ(ioapic_program(&ioapic, 16, 0xa051), ERR_MISMATCH);
	fake.ioapic[0].gone = true;
	UNIT_EQ(ioapic_program(&ioapic, 16, 0xa051), ERR_GONE);
}

static void gone_is_never_written_by_mask(void)
{
	start();
	fake.ioapic[0].gone = true;
	ioapic_mask(&ioapic, 16);
	ioapic_unmask(&ioapic, 16);
	UNIT_EQ(fake.writes, 0);
	UNIT_EQ(ioapic_entry(&ioapic, 16), UINT64_MAX);
	UNIT_EQ(ioapic_save(&ioapic, &state), ERR_GONE);
	UNIT_EQ(ioapic_mask_all(&ioapic), ERR_GONE);
	UNIT_TRUE(!ioapic_clear_remote_irr(&ioapic, 16));
}

static void clears_a_stale_remote_irr(void)
{
	start();
	fake.ioapic[0].rte[16] = 0x1c051;
	fake.ioapic[0].rte[17] = 0x1c052;
	UNIT_TRUE(ioapic_clear_remote_irr(&ioapic, 16));
	UNIT_EQ(fake.ioapic[0].rte[16], 0x18051);
	UNIT_EQ(fake.ioapic[0].rte[17], 0x1c052);
	UNIT_TRUE(ioapic_clear_remote_irr(&ioapic, 18));

	fake.ioapic[0].version = 0x00170011; /* has no EOIR */
	UNIT_EQ(ioapic_init(&ioapic, &fake.hw, FAKE_IOAPIC0, 0), OK);
	UNIT_TRUE(!ioapic_clear_remote_irr(&ioapic, 17));
	UNIT_EQ(fake.ioapic[0].rte[17], 0x1c052);
}

static void mask_all_leaves_smi_alone(void)
{
	start();
	fake.ioapic[0].rte[8] = 0x8200;
	fake.ioapic[0].rte[0] = 0x0700; /* ExtINT is masked like any other */
	UNIT_EQ(ioapic_mask_all(&ioapic), OK);
	UNIT_EQ(fake.ioapic[0].rte[8], 0x8200);
	UNIT_EQ(fake.ioapic[0].rte[0], 0x10700);
	UNIT_EQ(fake.ioapic[0].rte[2], 0x10038);
	fake.ioapic[0].rte[2] = 0x38;
	fake.ioapic[0].stuck[2] = true;
	UNIT_EQ(ioapic_mask_all(&ioapic), ERR_MISMATCH);
}

static void restore_unmasks_last(void)
{
	unsigned before;

	start();
	fake.ioapic[0].rte[16] = 0x0100000000000040;
	UNIT_EQ(ioapic_save(&ioapic, &state), OK);
	UNIT_EQ(ioapic_mask_all(&ioapic), OK);
	UNIT_EQ(ioapic_program(&ioapic, 16, 0xa051), OK);
	before = fake.writes;
	UNIT_EQ(ioapic_restore_masked(&ioapic, &state), OK);
	/* pin 16 alone differs: masked, high, low still masked */
	UNIT_EQ(fake.writes, before + 3);
	expect_write(before, 0x30, 0x1a051);
	expect_write(before + 1, 0x31, 0x01000000);
	expect_write(before + 2, 0x30, 0x10040);
	UNIT_EQ(ioapic_restore_unmask(&ioapic, &state), OK);
	UNIT_EQ(fake.writes, before + 5);
	expect_write(before + 3, 0x14, 0x38);
	expect_write(before + 4, 0x30, 0x40);
	UNIT_EQ(fake.ioapic[0].rte[16], 0x0100000000000040);
	UNIT_EQ(fake.ioapic[0].rte[2], 0x38);
}

static void restore_leaves_no_remote_irr_behind(void)
{
	start();
	fake.ioapic[0].rte[16] = 0x1a040;
	UNIT_EQ(ioapic_save(&ioapic, &state), OK);
	fake.ioapic[0].rte[16] = 0x1e051; /* ours, and its EOI was lost */
	UNIT_EQ(ioapic_restore_masked(&ioapic, &state), OK);
	UNIT_EQ(fake.ioapic[0].rte[16], 0x1a040);
}

static void restore_compares_all_but_ro(void)
{
	start();
	fake.ioapic[0].rte[16] = 0xe040; /* remote IRR was set then */
	UNIT_EQ(ioapic_save(&ioapic, &state), OK);
	UNIT_EQ(state.rte[16], 0xe040);
	fake.ioapic[0].rte[16] = 0x1a040;
	UNIT_EQ(ioapic_restore_masked(&ioapic, &state), OK);
	UNIT_EQ(ioapic_restore_unmask(&ioapic, &state), OK);
	UNIT_EQ(fake.ioapic[0].rte[16], 0xa040);

	fake.ioapic[0].rte[16] = 0x1a041;
	fake.ioapic[0].stuck[16] = true;
	UNIT_EQ(ioapic_restore_masked(&ioapic, &state), ERR_MISMATCH);
	UNIT_EQ(ioapic_restore_unmask(&ioapic, &state), ERR_MISMATCH);
	fake.ioapic[0].gone = true;
	UNIT_EQ(ioapic_restore_unmask(&ioapic, &state), ERR_GONE);
}

static const struct unit_test tests[] = {
	UNIT(init_reads_size_version_id),          UNIT(init_refuses),
	UNIT(mask_is_one_write_of_the_low_half),   UNIT(pairs_are_never_torn),
	UNIT(program_masks_then_high_then_low),    UNIT(program_verifies),
	UNIT(gone_is_never_written_by_mask),       UNIT(clears_a_stale_remote_irr),
	UNIT(mask_all_leaves_smi_alone),           UNIT(restore_unmasks_last),
	UNIT(restore_leaves_no_remote_irr_behind), UNIT(restore_compares_all_but_ro),
};

int main(void)
{
	return UNIT_RUN(tests);
}
