/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* drivers/lapic: both modes, LVT entries that exist, taking, restoring, what firmware is owed. */
#include "tests/unit/fake_irqc.h"
#include "tests/unit/unit.h"

static struct fake_irqc fake;
static struct lapic lapic;
static struct lapic_state state;

static void start(void)
{
	fake_irqc_init(&fake);
	UNIT_EQ(lapic_init(&lapic, &fake.hw, FAKE_LAPIC), OK);
}

static void start_x2apic(uint32_t id)
{
	fake_irqc_init(&fake);
	fake.apic_base = 0xfee00d00;
	fake.lapic_id = id;
	UNIT_EQ(lapic_init(&lapic, &fake.hw, FAKE_LAPIC), OK);
}

static void init_xapic(void)
{
	fake_irqc_init(&fake);
	fake.lapic_id = 0x07000000;
	UNIT_EQ(lapic_init(&lapic, &fake.hw, FAKE_LAPIC), OK);
	UNIT_EQ(lapic.id, 7);
	UNIT_EQ(lapic.base, 0xfee00000);
	UNIT_EQ(lapic.version, 0x14);
	UNIT_EQ(lapic.max_lvt, 5);
	UNIT_TRUE(!lapic.x2apic);
	UNIT_TRUE(!lapic.madt_differs);
	UNIT_EQ(fake.writes, 0);
	UNIT_EQ(lapic_init(&lapic, &fake.hw, 0xfed00000), OK);
	UNIT_TRUE(lapic.madt_differs);
	UNIT_EQ(lapic.base, 0xfee00000);
}

static void init_x2apic(void)
{
	start_x2apic(0x00012345);
	UNIT_EQ(lapic.id, 0x12345);
	UNIT_TRUE(lapic.x2apic);
	fake.unmapped = FAKE_LAPIC; /* no page is needed in this mode */
	UNIT_EQ(lapic_init(&lapic, &fake.hw, FAKE_LAPIC), OK);
}

static void init_refuses(void)
{
	fake_irqc_init(&fake);
	fake.lapic_gone = true;
	UNIT_EQ(lapic_init(&lapic, &fake.hw, FAKE_LAPIC), ERR_GONE);
	fake.unmapped = FAKE_LAPIC;
	UNIT_EQ(lapic_init(&lapic, &fake.hw, FAKE_LAPIC), ERR_UNSUPPORTED);
	fake_irqc_init(&fake);
	fake.apic_base = 0xfee00100; /* globally disabled */
	UNIT_EQ(lapic_init(&lapic, &fake.hw, FAKE_LAPIC), ERR_UNSUPPORTED);
}

static void reads_the_right_bit(void)
{
	start();
	fake.irr[2] = 0x00020000; /* 51h */
	fake.isr[7] = 0x00010000; /* f0h */
	fake.tmr[1] = 0x80000000; /* 3fh */
	UNIT_TRUE(lapic_irr(&lapic, 0x51));
	UNIT_TRUE(!lapic_irr(&lapic, 0x50));
	UNIT_TRUE(!lapic_isr(&lapic, 0x51));
	UNIT_TRUE(lapic_isr(&lapic, 0xf0));
	UNIT_TRUE(lapic_tmr(&lapic, 0x3f));
	UNIT_TRUE(!lapic_isr(&lapic, 0xff)); /* the last vector there is */
	UNIT_TRUE(lapic_any_irr(&lapic));
	fake.irr[2] = 0;
	UNIT_TRUE(!lapic_any_irr(&lapic));
}

static void ends_service_but_for_what_is_kept(void)
{
	struct lapic_vectors keep = { { 0 } };

	start();
	fake.isr[1] = 0x1; /* 20h */
	fake.isr[2] = 0x20000;
	fake.isr[7] = 0x10000;
	keep.word[1] = 0x1;
	UNIT_EQ(lapic_end_service(&lapic, &keep), 2);
	UNIT_EQ(fake.isr[7] | fake.isr[2], 0);
	UNIT_EQ(fake.isr[1], 0x1);
	UNIT_EQ(lapic_end_service(&lapic, &keep), 0);
	UNIT_EQ(fake.eois, 2);
	fake.lapic_gone = true; /* reads all-ones: ends all the same */
	UNIT_EQ(lapic_end_service(&lapic, &keep), 256);
}

static void take_masks_and_enables(void)
{
	start();
	fake.svr = 0x100f; /* software-disabled, EOI broadcast suppressed */
	fake.tpr = 0x20;
	UNIT_EQ(lapic_take(&lapic), OK);
	UNIT_EQ(fake.svr, 0x1ff);
	UNIT_EQ(fake.tpr, 0);
	UNIT_EQ(fake.lvt[0x32], 0x30020);
	UNIT_EQ(fake.lvt[0x35], 0x10700);
	UNIT_EQ(fake.lvt[0x36], 0x10400);
	/* the error entry first, SVR after the last entry */
	UNIT_EQ(fake_irqc_write(&fake, 0).reg, 0x370);
	UNIT_EQ(fake_irqc_write(&fake, 6).reg, 0x0f0);
}

static void touches_only_entries_that_exist(void)
{
	start();
	fake.lvt[0x2f] = 0x00033; /* CMCI: this unit has none */
	UNIT_EQ(lapic_take(&lapic), OK);
	UNIT_EQ(fake.lvt[0x2f], 0x33);
	fake.lapic_version = 0x00060014;
	UNIT_EQ(lapic_init(&lapic, &fake.hw, FAKE_LAPIC), OK);
	UNIT_EQ(lapic_take(&lapic), OK);
	UNIT_EQ(fake.lvt[0x2f], 0x10033);

	start();
	fake.lapic_version = 0x00030011; /* timer, LINT0, LINT1, error */
	fake.lvt[0x33] = fake.lvt[0x34] = 0x44;
	UNIT_EQ(lapic_init(&lapic, &fake.hw, FAKE_LAPIC), OK);
	UNIT_EQ(lapic_take(&lapic), OK);
	UNIT_EQ(fake.lvt[0x33], 0x44);
	UNIT_EQ(fake.lvt[0x34], 0x44);
	UNIT_EQ(fake.lvt[0x37], 0x10000);
}

static void leaves_smi_to_firmware(void)
{
	start();
	fake.lvt[0x33] = 0x00200;
	lapic_save(&lapic, &state);
	UNIT_EQ(lapic_take(&lapic), OK);
	UNIT_EQ(fake.lvt[0x33], 0x200);
	UNIT_EQ(lapic_restore(&lapic, &state), OK);
	UNIT_EQ(fake.lvt[0x33], 0x200);
}

static void restores_what_was(void)
{
	start();
	fake.tpr = 0x10;
	fake.lvt[0x37] = 0x000fe;
	lapic_save(&lapic, &state);
	UNIT_EQ(state.svr, 0x10f);
	UNIT_EQ(lapic_take(&lapic), OK);
	UNIT_EQ(lapic_restore(&lapic, &state), OK);
	UNIT_EQ(fake.svr, 0x10f);
	UNIT_EQ(fake.tpr, 0x10);
	UNIT_EQ(fake.lvt[0x32], 0x20020);
	UNIT_EQ(fake.lvt[0x35], 0x700);
	UNIT_EQ(fake.lvt[0x36], 0x400);
	UNIT_EQ(fake.lvt[0x37], 0xfe);
}

static void restores_a_disabled_unit(void)
{
	start();
	fake.svr = 0x00f;
	fake.lvt[0x32] = 0x30020;
	fake.lvt[0x35] = 0x10700;
	fake.lvt[0x36] = 0x10400;
	lapic_save(&lapic, &state);
	UNIT_EQ(lapic_take(&lapic), OK);
	UNIT_EQ(lapic_restore(&lapic, &state), OK);
	UNIT_EQ(fake.svr, 0x00f);
	UNIT_EQ(fake.lvt[0x35], 0x10700);
}

static void reports_what_does_not_take(void)
{
	start();
	lapic_save(&lapic, &state);
	fake.lapic_gone = true;
	UNIT_EQ(lapic_take(&lapic), ERR_MISMATCH);
	UNIT_EQ(lapic_restore(&lapic, &state), ERR_MISMATCH);
}

static void x2apic_takes_and_restores(void)
{
	start_x2apic(3);
	lapic_save(&lapic, &state);
	UNIT_EQ(lapic_take(&lapic), OK);
	UNIT_EQ(fake.svr, 0x1ff);
	UNIT_EQ(fake.lvt[0x32], 0x30020);
	UNIT_EQ(lapic_restore(&lapic, &state), OK);
	UNIT_EQ(fake.svr, 0x10f);
	UNIT_EQ(fake.lvt[0x32], 0x20020);
	lapic_eoi(&lapic);
	UNIT_EQ(fake.eois, 1);
}

static void owes_dropped_edges_not_levels(void)
{
	start();
	fake.irr[1] = 0x3; /* 20h and 21h wait */
	fake.tmr[1] = 0x2; /* 21h came by level */
	lapic_save(&lapic, &state);
	fake.irr[1] = 0;
	UNIT_EQ(lapic_raise_owed(&lapic, &state), OK);
	UNIT_EQ(fake.irr[1], 0x1);
	UNIT_EQ(fake.icr, 0x44020);
	fake.writes = 0;
	UNIT_EQ(lapic_raise_owed(&lapic, &state), OK); /* it waits again: nothing more is owed */
	UNIT_EQ(fake.writes, 0);
}

static void owes_the_tick_of_a_one_shot(void)
{
	start();
	fake.lvt[0x32] = 0x00030;
	fake.timer_count = 1000;
	lapic_save(&lapic, &state);
	UNIT_TRUE(state.timer_armed);
	UNIT_EQ(lapic_raise_owed(&lapic, &state), OK);
	UNIT_EQ(fake.irr[1], 0); /* still running: it will come by itself */
	fake.timer_count = 0;
	UNIT_EQ(lapic_raise_owed(&lapic, &state), OK);
	UNIT_EQ(fake.irr[1], 0x10000);
}

static void owes_the_tick_of_a_deadline(void)
{
	start_x2apic(0);
	fake.lvt[0x32] = 0x40031;
	fake.tsc_deadline = 12345;
	lapic_save(&lapic, &state);
	fake.tsc_deadline = 0;
	UNIT_EQ(lapic_raise_owed(&lapic, &state), OK);
	UNIT_EQ(fake.irr[1], 0x20000);
}

static void a_periodic_or_masked_timer_is_owed_nothing(void)
{
	start();
	lapic_save(&lapic, &state);
	UNIT_TRUE(!state.timer_armed);
	fake.lvt[0x32] = 0x10030;
	fake.timer_count = 5;
	lapic_save(&lapic, &state);
	UNIT_TRUE(!state.timer_armed);
}

static void a_busy_icr_is_a_timeout(void)
{
	start();
	fake.irr[1] = 1;
	lapic_save(&lapic, &state);
	fake.irr[1] = 0;
	fake.icr_busy = true;
	UNIT_EQ(lapic_raise_owed(&lapic, &state), ERR_TIMEOUT);
	UNIT_EQ(fake.irr[1], 0);
}

static const struct unit_test tests[] = {
	UNIT(init_xapic),
	UNIT(init_x2apic),
	UNIT(init_refuses),
	UNIT(reads_the_right_bit),
	UNIT(ends_service_but_for_what_is_kept),
	UNIT(take_masks_and_enables),
	UNIT(touches_only_entries_that_exist),
	UNIT(leaves_smi_to_firmware),
	UNIT(restores_what_was),
	UNIT(restores_a_disabled_unit),
	UNIT(reports_what_does_not_take),
	UNIT(x2apic_takes_and_restores),
	UNIT(owes_dropped_edges_not_levels),
	UNIT(owes_the_tick_of_a_one_shot),
	UNIT(owes_the_tick_of_a_deadline),
	UNIT(a_periodic_or_masked_timer_is_owed_nothing),
	UNIT(a_busy_icr_is_a_timeout),
};

int main(void)
{
	return UNIT_RUN(tests);
}
