/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* drivers/irqc_x86: finding, taking and returning all controllers, and the MADT's word on lines. */
#include "drivers/irqc_x86_lines.h"
#include "tests/unit/fake_irqc.h"
#include "tests/unit/unit.h"

static struct fake_irqc fake;
static struct irqc_x86 x86;
static struct irqc_x86_state state;
static struct irqc *irqc = &x86.irqc;
static unsigned calls, last_vector;
static bool lower_wire; /* the handler acknowledges its device */

static void owner(void *arg, unsigned vector)
{
	UNIT_TRUE(arg == &calls);
	calls++;
	last_vector = vector;
	if (lower_wire)
		fake_irqc_wire(&fake, 0, 16, true);
	irqc->ops->eoi(irqc, vector);
}

static void start_with(struct acpi_madt madt)
{
	calls = last_vector = 0;
	lower_wire = true;
	UNIT_EQ(irqc_x86_init(&x86, &fake.hw, &madt), OK);
}

static void start(void)
{
	fake_irqc_init(&fake);
	start_with(fake_irqc_madt());
}

/* Taken, GSI 16 routed active low to 51h, still masked, owner attached. */
static void start_routed(void)
{
	start();
	UNIT_EQ(irqc_x86_take(&x86, &state), OK);
	UNIT_EQ(irqc->ops->route(irqc, 16, 0x51, IRQC_ACTIVE_LOW), OK);
	irqc_attach(irqc, owner, &calls);
}

static void interrupts_for_a_moment(void)
{
	(void)fake.hw.ops->irq_switch(&fake.hw, true);
	fake.hw.ops->relax(&fake.hw);
	(void)fake.hw.ops->irq_switch(&fake.hw, false);
}

static void init_finds_and_writes_nothing(void)
{
	start();
	UNIT_EQ(x86.ioapic_count, 2);
	UNIT_EQ(x86.ioapic[1].gsi_base, 24);
	UNIT_EQ(x86.ioapic[1].id, 1);
	UNIT_EQ(fake.writes, 0);
	UNIT_EQ(irqc->caps, IRQC_HAS_RTE | IRQC_SEES_LINE | IRQC_HAS_SECOND);
	UNIT_TRUE(irqc->ops->has_line(irqc, 0));
	UNIT_TRUE(irqc->ops->has_line(irqc, 47));
	UNIT_TRUE(!irqc->ops->has_line(irqc, 48));
}

static void init_refuses(void)
{
	struct acpi_madt madt = fake_irqc_madt();

	fake_irqc_init(&fake);
	madt.ioapic_count = 0;
	UNIT_EQ(irqc_x86_init(&x86, &fake.hw, &madt), ERR_ABSENT);
	madt = fake_irqc_madt();
	fake.ioapic[0].gone = fake.ioapic[1].gone = true;
	UNIT_EQ(irqc_x86_init(&x86, &fake.hw, &madt), ERR_GONE);
	UNIT_EQ(x86.left_out_count, 2);
	fake.unmapped = FAKE_IOAPIC1;
	UNIT_EQ(irqc_x86_init(&x86, &fake.hw, &madt), ERR_UNSUPPORTED);
	UNIT_TRUE(!fake.sink);
}

static void expect_one_left_out(const struct acpi_madt *madt, uint64_t address, enum err why)
{
	UNIT_EQ(irqc_x86_init(&x86, &fake.hw, madt), OK);
	UNIT_EQ(x86.ioapic_count, 1);
	UNIT_EQ(x86.left_out_count, 1);
	UNIT_EQ(x86.left_out[0].address, address);
	UNIT_EQ(x86.left_out[0].why, why);
}

static void init_leaves_out_what_cannot_be(void)
{
	struct acpi_madt madt = fake_irqc_madt();

	fake_irqc_init(&fake);
	madt.ioapic[1].gsi_base = 23; /* overlaps the first one's last pin */
	expect_one_left_out(&madt, FAKE_IOAPIC1, ERR_INVALID);
	UNIT_EQ(x86.ioapic[0].gsi_base, 0);
	madt = fake_irqc_madt();
	madt.ioapic[1].address++;
	expect_one_left_out(&madt, FAKE_IOAPIC1 + 1, ERR_INVALID);
	madt = fake_irqc_madt();
	fake.ioapic[0].gone = true;
	expect_one_left_out(&madt, FAKE_IOAPIC0, ERR_GONE);
	UNIT_EQ(x86.ioapic[0].gsi_base, 24);
	UNIT_TRUE(!x86.irqc.ops->has_line(&x86.irqc, 23));
	UNIT_TRUE(x86.irqc.ops->has_line(&x86.irqc, 24));
}

static void walks_lines_over_gaps(void)
{
	struct acpi_madt madt = fake_irqc_madt();

	fake_irqc_init(&fake);
	madt.ioapic[1].gsi_base = 64;
	start_with(madt);
	UNIT_EQ(irqc_x86_next_line(&x86, 0), 0);
	UNIT_EQ(irqc_x86_next_line(&x86, 23), 23);
	UNIT_EQ(irqc_x86_next_line(&x86, 24), 64);
	UNIT_EQ(irqc_x86_next_line(&x86, 87), 87);
	UNIT_EQ(irqc_x86_next_line(&x86, 88), UINT32_MAX);
}

static void knows_polarity_and_pci_lines(void)
{
	start(); /* overrides: IRQ 0 -> GSI 2; 5 level high; 14 edge. ELCR: 10 and 11 level */
	UNIT_EQ(irqc_x86_polarity(&x86, 5), IRQC_ACTIVE_HIGH);
	UNIT_EQ(irqc_x86_polarity(&x86, 2), IRQC_ACTIVE_LOW);
	UNIT_EQ(irqc_x86_polarity(&x86, 16), IRQC_ACTIVE_LOW);
	UNIT_TRUE(irqc_x86_may_be_pci(&x86, 16));
	UNIT_TRUE(irqc_x86_may_be_pci(&x86, 47));
	UNIT_TRUE(irqc_x86_may_be_pci(&x86, 5));
	UNIT_TRUE(irqc_x86_may_be_pci(&x86, 10));
	UNIT_TRUE(!irqc_x86_may_be_pci(&x86, 0));
	UNIT_TRUE(!irqc_x86_may_be_pci(&x86, 2));
	UNIT_TRUE(!irqc_x86_may_be_pci(&x86, 4));
	fake.elcr = 0x4c00;
	UNIT_TRUE(!irqc_x86_may_be_pci(&x86, 14)); /* the override says edge */
	x86.has_pic = false;
	UNIT_TRUE(!irqc_x86_may_be_pci(&x86, 10));
}

static void a_moved_irq_leaves_its_number_to_nobody(void)
{
	struct acpi_madt madt = fake_irqc_madt();

	fake_irqc_init(&fake);
	madt.override[2] = (struct acpi_override){ 10, 20, ACPI_POLARITY_LOW, ACPI_TRIGGER_LEVEL };
	start_with(madt);
	UNIT_TRUE(!irqc_x86_may_be_pci(&x86, 10)); /* ELCR's bit 10 is about GSI 20 now */
	UNIT_TRUE(irqc_x86_may_be_pci(&x86, 11));
	UNIT_EQ(irqc_x86_polarity(&x86, 20), IRQC_ACTIVE_LOW);
}

static void take_masks_everything(void)
{
	start();
	fake.ioapic[1].rte[3] = 0x0000000000008066;
	UNIT_EQ(irqc_x86_take(&x86, &state), OK);
	UNIT_EQ(fake.imr, 0xffff);
	UNIT_EQ(fake.elcr, 0x0c00);
	for (unsigned i = 0; i < 2; i++)
		for (unsigned pin = 0; pin < FAKE_PINS; pin++)
			UNIT_TRUE(fake.ioapic[i].rte[pin] & 0x10000);
	UNIT_EQ(fake.ioapic[0].rte[2], 0x10038);
	UNIT_EQ(fake.svr, 0x1ff);
	UNIT_EQ(fake.lvt[0x35], 0x10700);
	UNIT_EQ(fake.torn, 0);
}

static void return_gives_everything_back(void)
{
	start();
	fake.ioapic[1].rte[3] = 0x000000000000a066;
	UNIT_EQ(irqc_x86_take(&x86, &state), OK);
	UNIT_EQ(irqc->ops->route(irqc, 16, 0x51, IRQC_ACTIVE_LOW), OK);
	UNIT_EQ(irqc->ops->route(irqc, 27, 0x52, IRQC_ACTIVE_LOW), OK);
	irqc->ops->unmask(irqc, 16); /* forgotten by an owner */
	UNIT_EQ(irqc_x86_return(&x86, &state), OK);
	UNIT_EQ(fake.imr, 0xfffa);
	UNIT_EQ(fake.ioapic[0].rte[16], 0x10000);
	UNIT_EQ(fake.ioapic[0].rte[2], 0x38);
	UNIT_EQ(fake.ioapic[1].rte[3], 0xa066);
	UNIT_EQ(fake.svr, 0x10f);
	UNIT_EQ(fake.lvt[0x32], 0x20020);
	UNIT_EQ(fake.lvt[0x35], 0x700);
	UNIT_EQ(fake.lvt[0x36], 0x400);
	UNIT_TRUE(!fake.irq_on);
	fake.sink = NULL; /* a seam may let go of it meanwhile */
	UNIT_EQ(irqc_x86_take(&x86, &state), OK);
	UNIT_TRUE(fake.sink);
}

static void return_ends_what_a_fault_left_in_service(void)
{
	start();
	fake.isr[1] = 0x2; /* firmware's own, 21h */
	UNIT_EQ(irqc_x86_take(&x86, &state), OK);
	fake.isr[2] = 0x20000; /* 51h and 52h: two handlers that never came back */
	fake.isr[2] |= 0x40000;
	UNIT_EQ(irqc_x86_return(&x86, &state), OK);
	UNIT_EQ(fake.isr[2], 0);
	UNIT_EQ(fake.isr[1], 0x2);
	UNIT_EQ(x86.unended, 2);
}

static void return_reports_what_still_waits(void)
{
	start_routed();
	fake_irqc_accept(&fake, 0x60, false);
	fake.lapic_deaf = true;
	UNIT_EQ(irqc_x86_return(&x86, &state), ERR_TIMEOUT);
	UNIT_EQ(fake.imr, 0xfffa); /* the rest was given back all the same */
	UNIT_EQ(fake.lvt[0x35], 0x700);
}

static void return_survives_a_lost_sink(void)
{
	start_routed();
	fake_irqc_accept(&fake, 0x60, false);
	fake.sink = NULL;
	UNIT_EQ(irqc_x86_return(&x86, &state), OK);
	UNIT_EQ(fake.isr[3] | fake.irr[3], 0);
	UNIT_EQ(x86.unended, 1);
}

static void return_drops_what_waits(void)
{
	start_routed();
	irqc->ops->unmask(irqc, 16);
	fake_irqc_wire(&fake, 0, 16, false);
	fake_irqc_accept(&fake, 0x60, false);
	UNIT_EQ(irqc_x86_return(&x86, &state), OK);
	UNIT_EQ(calls, 0);
	UNIT_EQ(x86.strays, 2);
	UNIT_EQ(fake.irr[2], 0);
	UNIT_EQ(fake.irr[3], 0);
	UNIT_EQ(fake.ioapic[0].rte[16], 0x10000);
	UNIT_TRUE(!fake.irq_on);
}

static void return_raises_what_firmware_lost(void)
{
	start();
	fake_irqc_accept(&fake, 0x20, false);
	UNIT_EQ(irqc_x86_take(&x86, &state), OK);
	irqc_attach(irqc, owner, &calls);
	interrupts_for_a_moment();
	UNIT_EQ(calls, 0); /* nobody of ours asked for it */
	UNIT_EQ(x86.strays, 1);
	UNIT_EQ(fake.irr[1], 0);
	fake_irqc_accept(&fake, 0x20, false); /* a second one is the owner's */
	interrupts_for_a_moment();
	UNIT_EQ(calls, 1);
	UNIT_EQ(irqc_x86_return(&x86, &state), OK);
	UNIT_EQ(fake.irr[1], 1);
}

static void a_tick_during_the_take_is_noted(void)
{
	start();
	fake.tick_at = 5; /* controllers are saved by then, and the timer not yet masked */
	UNIT_EQ(irqc_x86_take(&x86, &state), OK);
	UNIT_EQ(state.lapic.irr.word[1], 1);
	irqc_attach(irqc, owner, &calls);
	interrupts_for_a_moment();
	UNIT_EQ(calls, 0);
	UNIT_EQ(irqc_x86_return(&x86, &state), OK);
	UNIT_EQ(fake.irr[1], 1);
}

static void return_reports_what_does_not_take(void)
{
	start_routed();
	fake.ioapic[0].stuck[16] = true;
	UNIT_EQ(irqc_x86_return(&x86, &state), ERR_MISMATCH);
	UNIT_EQ(fake.imr, 0xfffa); /* the rest was given back all the same */
	UNIT_EQ(fake.lvt[0x35], 0x700);
}

static void a_failed_take_is_undone(void)
{
	start();
	fake.ioapic[0].stuck[2] = true;
	UNIT_EQ(irqc_x86_take(&x86, &state), ERR_MISMATCH);
	UNIT_EQ(fake.imr, 0xfffa);
	UNIT_EQ(fake.svr, 0x10f);
	UNIT_EQ(fake.lvt[0x35], 0x700);
	fake.ioapic[1].gone = true;
	fake.writes = 0;
	UNIT_EQ(irqc_x86_take(&x86, &state), ERR_GONE);
	UNIT_EQ(fake.writes, 0); /* found out before anything was changed */
}

static const struct unit_test tests[] = {
	UNIT(init_finds_and_writes_nothing),
	UNIT(init_refuses),
	UNIT(init_leaves_out_what_cannot_be),
	UNIT(walks_lines_over_gaps),
	UNIT(knows_polarity_and_pci_lines),
	UNIT(a_moved_irq_leaves_its_number_to_nobody),
	UNIT(take_masks_everything),
	UNIT(return_gives_everything_back),
	UNIT(return_ends_what_a_fault_left_in_service),
	UNIT(return_reports_what_still_waits),
	UNIT(return_survives_a_lost_sink),
	UNIT(return_drops_what_waits),
	UNIT(return_raises_what_firmware_lost),
	UNIT(a_tick_during_the_take_is_noted),
	UNIT(return_reports_what_does_not_take),
	UNIT(a_failed_take_is_undone),
};

int main(void)
{
	return UNIT_RUN(tests);
}
