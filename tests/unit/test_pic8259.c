/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* drivers/pic8259: masks, ELCR, OCW3 reads, spurious IRQ 7 and 15. */
#include "tests/unit/fake_irqc.h"
#include "tests/unit/unit.h"

static struct fake_irqc fake;
static struct pic8259 pic;
static struct pic8259_state state;

static void start(void)
{
	fake_irqc_init(&fake);
	pic8259_init(&pic, &fake.hw);
}

static void init_writes_nothing_and_finds_elcr(void)
{
	start();
	UNIT_TRUE(pic.has_elcr);
	UNIT_EQ(fake.writes, 0);
	fake.elcr = 0xffff; /* nothing answers at the ports */
	pic8259_init(&pic, &fake.hw);
	UNIT_TRUE(!pic.has_elcr);
}

static void masks_and_restores(void)
{
	start();
	pic8259_save(&pic, &state);
	UNIT_EQ(state.imr, 0xfffa);
	UNIT_EQ(state.elcr, 0x0c00);
	UNIT_EQ(pic8259_mask_all(&pic), OK);
	UNIT_EQ(fake.imr, 0xffff);
	UNIT_EQ(fake.elcr, 0x0c00);
	UNIT_EQ(fake.writes, 2);
	UNIT_EQ(pic8259_restore(&pic, &state), OK);
	UNIT_EQ(fake.imr, 0xfffa);
	UNIT_EQ(fake.writes, 4); /* ELCR was not changed, so it is not written */
}

static void restores_elcr_before_masks(void)
{
	start();
	pic8259_save(&pic, &state);
	fake.elcr = 0x0200;
	fake.imr = 0xffff;
	UNIT_EQ(pic8259_restore(&pic, &state), OK);
	UNIT_EQ(fake.elcr, 0x0c00);
	UNIT_EQ(fake_irqc_write(&fake, 0).reg, 0x4d0);
	UNIT_EQ(fake_irqc_write(&fake, 0).value, 0x00);
	UNIT_EQ(fake_irqc_write(&fake, 1).reg, 0x4d1);
	UNIT_EQ(fake_irqc_write(&fake, 1).value, 0x0c);
	UNIT_EQ(fake_irqc_write(&fake, 2).reg, 0x21);
	UNIT_EQ(fake_irqc_write(&fake, 2).value, 0xfa);
	UNIT_EQ(fake_irqc_write(&fake, 3).reg, 0xa1);
	UNIT_EQ(fake_irqc_write(&fake, 3).value, 0xff);
}

static void never_writes_an_elcr_that_is_not_there(void)
{
	start();
	pic8259_save(&pic, &state);
	pic.has_elcr = false;
	fake.elcr = 0x0200;
	UNIT_EQ(pic8259_restore(&pic, &state), OK);
	UNIT_EQ(fake.elcr, 0x0200);
	UNIT_EQ(fake.writes, 2);
}

static void reports_masks_that_do_not_take(void)
{
	start();
	pic8259_save(&pic, &state);
	fake.imr_stuck = true;
	UNIT_EQ(pic8259_mask_all(&pic), ERR_MISMATCH);
	fake.imr = 0xffff;
	UNIT_EQ(pic8259_restore(&pic, &state), ERR_MISMATCH);
}

static void reads_irr_and_isr_and_leaves_irr_selected(void)
{
	start();
	fake.pic_irr = 0x0403;
	fake.pic_isr = 0x8001;
	UNIT_EQ(pic8259_isr(&pic), 0x8001);
	UNIT_EQ(fake.ocw3[0], 0x0a);
	UNIT_EQ(fake.ocw3[1], 0x0a);
	UNIT_EQ(pic8259_irr(&pic), 0x0403);
	UNIT_EQ(fake.imr, 0xfffa);
}

static void spurious_is_7_or_15_without_isr(void)
{
	start();
	UNIT_TRUE(pic8259_is_spurious(&pic, 7));
	UNIT_TRUE(pic8259_is_spurious(&pic, 15));
	UNIT_TRUE(!pic8259_is_spurious(&pic, 3));
	fake.pic_isr = 0x8080;
	UNIT_TRUE(!pic8259_is_spurious(&pic, 7));
	UNIT_TRUE(!pic8259_is_spurious(&pic, 15));
}

static const struct unit_test tests[] = {
	UNIT(init_writes_nothing_and_finds_elcr), UNIT(masks_and_restores),
	UNIT(restores_elcr_before_masks),         UNIT(never_writes_an_elcr_that_is_not_there),
	UNIT(reports_masks_that_do_not_take),     UNIT(reads_irr_and_isr_and_leaves_irr_selected),
	UNIT(spurious_is_7_or_15_without_isr),
};

int main(void)
{
	return UNIT_RUN(tests);
}
