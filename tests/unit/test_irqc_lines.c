/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* drivers/irqc and irqc_x86_lines: routing, delivery, looks, and the sink. */
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

static void routes_level_masked_to_this_cpu(void)
{
	fake_irqc_init(&fake);
	fake.lapic_id = 0x05000000;
	start_with(fake_irqc_madt());
	UNIT_EQ(irqc->ops->route(irqc, 16, 0x51, IRQC_ACTIVE_LOW), OK);
	UNIT_EQ(fake.ioapic[0].rte[16], 0x050000000001a051);
	UNIT_EQ(irqc->ops->route(irqc, 26, 0x52, IRQC_ACTIVE_HIGH), OK);
	UNIT_EQ(fake.ioapic[1].rte[2], 0x0500000000018052);
	UNIT_EQ(irqc->ops->entry(irqc, 26), 0x0500000000018052);
	UNIT_TRUE(irqc->ops->is_masked(irqc, 26));
}

static void route_refuses(void)
{
	start();
	UNIT_EQ(irqc->ops->route(irqc, 48, 0x51, IRQC_ACTIVE_LOW), ERR_ABSENT);
	UNIT_EQ(irqc->ops->route(irqc, 16, 0x1f, IRQC_ACTIVE_LOW), ERR_INVALID);
	UNIT_EQ(irqc->ops->route(irqc, 16, 0xf0, IRQC_ACTIVE_LOW), ERR_INVALID);
	fake.ioapic[0].rte[17] = 0x200;
	UNIT_EQ(irqc->ops->route(irqc, 17, 0x51, IRQC_ACTIVE_LOW), ERR_BUSY);
	UNIT_EQ(fake.writes, 0);
	fake.ioapic[0].stuck[18] = true;
	UNIT_EQ(irqc->ops->route(irqc, 18, 0x51, IRQC_ACTIVE_LOW), ERR_MISMATCH);
	fake.ioapic[0].gone = true;
	UNIT_EQ(irqc->ops->route(irqc, 16, 0x51, IRQC_ACTIVE_LOW), ERR_GONE);

	fake_irqc_init(&fake);
	fake.apic_base = 0xfee00d00;
	fake.lapic_id = 300;
	start_with(fake_irqc_madt());
	UNIT_EQ(irqc->ops->route(irqc, 16, 0x51, IRQC_ACTIVE_LOW), ERR_UNSUPPORTED);
	for (unsigned id = 0xfe; id <= 0xff; id++) { /* FFh is every CPU */
		uint64_t address;
		uint16_t data;

		fake_irqc_init(&fake);
		fake.apic_base = 0xfee00d00;
		fake.lapic_id = id;
		start_with(fake_irqc_madt());
		UNIT_EQ(irqc->ops->route(irqc, 16, 0x51, IRQC_ACTIVE_LOW),
			id == 0xff ? ERR_UNSUPPORTED : OK);
		UNIT_EQ(irqc->ops->msi_message(irqc, 0x51, &address, &data),
			id == 0xff ? ERR_UNSUPPORTED : OK);
	}
}

static void route_waits_for_the_last_delivery(void)
{
	start_routed();
	irqc->ops->unmask(irqc, 16);
	fake_irqc_wire(&fake, 0, 16, false);
	UNIT_EQ(irqc->ops->route(irqc, 16, 0x52, IRQC_ACTIVE_LOW), ERR_BUSY);
	UNIT_TRUE(irqc->ops->is_masked(irqc, 16));
	UNIT_EQ(irqc->ops->route(irqc, 17, 0x51, IRQC_ACTIVE_LOW), ERR_BUSY);
	interrupts_for_a_moment();
	UNIT_EQ(calls, 1);
	UNIT_EQ(irqc->ops->route(irqc, 16, 0x52, IRQC_ACTIVE_LOW), OK);
}

static void route_ends_what_a_fault_left_in_service(void)
{
	start_routed();
	irqc->ops->unmask(irqc, 16);
	fake_irqc_wire(&fake, 0, 16, false);
	fake.irr[2] = 0;
	fake.isr[2] = 0x20000; /* taken, and its handler faulted */
	UNIT_EQ(irqc->ops->route(irqc, 16, 0x51, IRQC_ACTIVE_LOW), OK);
	UNIT_EQ(fake.isr[2], 0);
	UNIT_EQ(fake.ioapic[0].rte[16], 0x1a051);
	UNIT_EQ(x86.unended, 1);
}

static void route_clears_a_lost_eoi(void)
{
	start();
	fake.ioapic[0].rte[16] = 0x1e040;
	UNIT_EQ(irqc->ops->route(irqc, 16, 0x51, IRQC_ACTIVE_LOW), OK);
	UNIT_EQ(fake.ioapic[0].rte[16], 0x1a051);
	x86.ioapic[0].version = 0x11;
	fake.ioapic[0].rte[17] = 0x1e040;
	UNIT_EQ(irqc->ops->route(irqc, 17, 0x52, IRQC_ACTIVE_LOW), ERR_BUSY);
}

static void delivers_level_until_acknowledged(void)
{
	start_routed();
	irqc->ops->unmask(irqc, 16);
	fake_irqc_wire(&fake, 0, 16, false);
	UNIT_TRUE(irqc->ops->pending(irqc, 0x51));
	UNIT_TRUE(irqc->ops->remote_irr(irqc, 16));
	UNIT_EQ(irqc_line(irqc, 16), LINE_ASSERTED);
	UNIT_EQ(calls, 0);
	interrupts_for_a_moment();
	UNIT_EQ(calls, 1);
	UNIT_EQ(last_vector, 0x51);
	UNIT_EQ(fake.eois, 1);
	UNIT_TRUE(!irqc->ops->pending(irqc, 0x51));
	UNIT_TRUE(!irqc->ops->in_service(irqc, 0x51));
	UNIT_TRUE(!irqc->ops->remote_irr(irqc, 16));
	UNIT_EQ(irqc_line(irqc, 16), LINE_DEASSERTED);
	UNIT_TRUE(!irqc->ops->is_masked(irqc, 16));
}

/* An unmasked entry: what it sent is under way, waits, or is in service; each alone tells. */
static void an_unmasked_line_that_sent_is_asserted(void)
{
	static const uint64_t sent[] = { IOAPIC_RTE_SEND_PENDING, IOAPIC_RTE_REMOTE_IRR };

	for (unsigned i = 0; i < 2; i++) {
		start_routed();
		irqc->ops->unmask(irqc, 16);
		UNIT_EQ(irqc_line(irqc, 16), LINE_DEASSERTED);
		fake.ioapic[0].rte[16] |= sent[i];
		UNIT_EQ(irqc_line(irqc, 16), LINE_ASSERTED);
	}
	start_routed();
	irqc->ops->unmask(irqc, 16);
	fake.irr[0x51 / 32] |= 1u << 0x51 % 32;
	UNIT_EQ(irqc_line(irqc, 16), LINE_ASSERTED);
}

static void looks_at_a_masked_line(void)
{
	start_routed();
	UNIT_EQ(irqc_line(irqc, 16), LINE_DEASSERTED);
	UNIT_EQ(irqc->looked, 0);
	fake_irqc_wire(&fake, 0, 16, false);
	for (unsigned i = 1; i <= 3; i++) {
		UNIT_EQ(irqc_line(irqc, 16), LINE_ASSERTED);
		UNIT_EQ(irqc->looked, i);
	}
	UNIT_EQ(calls, 0);
	UNIT_EQ(x86.strays, 0);
	UNIT_EQ(fake.ioapic[0].rte[16], 0x1a051); /* as routed, masked, remote IRR clear */
	UNIT_EQ(fake.irr[7] | fake.isr[7], 0);
	UNIT_EQ(fake.tpr, 0);
	UNIT_TRUE(!fake.irq_on);
	UNIT_TRUE(!irqc->looking);
	fake_irqc_wire(&fake, 0, 16, true);
	UNIT_EQ(irqc_line(irqc, 16), LINE_DEASSERTED);
}

static void looks_at_an_active_high_line(void)
{
	start();
	UNIT_EQ(irqc->ops->route(irqc, 10, 0x51, IRQC_ACTIVE_HIGH), OK);
	UNIT_EQ(irqc_line(irqc, 10), LINE_DEASSERTED);
	fake_irqc_wire(&fake, 0, 10, true);
	UNIT_EQ(irqc_line(irqc, 10), LINE_ASSERTED);
}

static void a_look_disturbs_nobody(void)
{
	start_routed();
	fake_irqc_wire(&fake, 0, 16, false);
	fake_irqc_accept(&fake, 0x60, false); /* a neighbour's MSI waits */
	fake.tpr = 0x10;
	UNIT_EQ(irqc_line(irqc, 16), LINE_ASSERTED);
	UNIT_EQ(calls, 0);
	UNIT_TRUE(irqc->ops->pending(irqc, 0x60));
	UNIT_EQ(fake.tpr, 0x10);
	interrupts_for_a_moment();
	UNIT_EQ(calls, 1);
	UNIT_EQ(last_vector, 0x60);
}

static void a_look_with_interrupts_on_leaves_them_on(void)
{
	start_routed();
	fake_irqc_wire(&fake, 0, 16, false);
	fake.irq_on = true;
	UNIT_EQ(irqc_line(irqc, 16), LINE_ASSERTED);
	UNIT_TRUE(fake.irq_on);
	UNIT_EQ(calls, 0);
}

static void unknown_before_the_last_eoi(void)
{
	start_routed();
	irqc->ops->unmask(irqc, 16);
	fake_irqc_wire(&fake, 0, 16, false);
	irqc->ops->mask(irqc, 16);
	UNIT_EQ(irqc_line(irqc, 16), LINE_UNKNOWN);
	UNIT_EQ(irqc->looked, 0);
	lower_wire = false;
	interrupts_for_a_moment();
	UNIT_EQ(calls, 1); /* the owner's delivery was not taken from it */
	UNIT_EQ(irqc_line(irqc, 16), LINE_ASSERTED);
	UNIT_EQ(calls, 1);
}

static void unknown_when_not_routed(void)
{
	start();
	UNIT_EQ(irqc_line(irqc, 48), LINE_UNKNOWN);
	UNIT_EQ(irqc_line(irqc, 16), LINE_UNKNOWN);
	UNIT_EQ(irqc_line(irqc, 2), LINE_UNKNOWN);
	UNIT_EQ(fake.writes, 0);
	UNIT_EQ(irqc->ops->route(irqc, 16, 0x51, IRQC_ACTIVE_LOW), OK);
	fake.ioapic[0].gone = true;
	UNIT_EQ(irqc_line(irqc, 16), LINE_UNKNOWN);
	UNIT_TRUE(!irqc->ops->remote_irr(irqc, 16));
	UNIT_EQ(irqc->ops->entry(irqc, 16), UINT64_MAX);
}

static void a_look_that_is_not_taken_is_unknown_and_ends(void)
{
	uint64_t before;

	start_routed();
	fake_irqc_wire(&fake, 0, 16, false);
	fake.lapic_deaf = true;
	before = fake.now;
	UNIT_EQ(irqc_line(irqc, 16), LINE_UNKNOWN);
	UNIT_TRUE(fake.now - before < 3000);
	UNIT_TRUE(irqc->ops->is_masked(irqc, 16));
	fake.lapic_deaf = false;
	interrupts_for_a_moment(); /* the late one is nobody's */
	UNIT_EQ(calls, 0);
	UNIT_EQ(x86.strays, 1);
	UNIT_EQ(irqc_line(irqc, 16), LINE_ASSERTED);
}

static void a_look_survives_a_lost_broadcast(void)
{
	start_routed();
	fake_irqc_wire(&fake, 0, 16, false);
	fake.no_broadcast = true; /* the directed EOI has to do it */
	UNIT_EQ(irqc_line(irqc, 16), LINE_ASSERTED);
	UNIT_EQ(fake.ioapic[0].rte[16], 0x1a051);
	x86.ioapic[0].version = 0x11;
	UNIT_EQ(irqc_line(irqc, 16), LINE_UNKNOWN);
}

static void the_sink_drops_what_nobody_asked_for(void)
{
	start_routed();
	irqc_attach(irqc, NULL, NULL);
	fake_irqc_accept(&fake, 0x60, false);
	interrupts_for_a_moment();
	UNIT_EQ(x86.strays, 1);
	UNIT_EQ(fake.eois, 1);
	fake.sink(fake.sink_arg, 0xff);
	UNIT_EQ(x86.spurious, 1);
	fake.sink(fake.sink_arg, 0x6f); /* past the local APIC: no ISR bit, no EOI */
	UNIT_EQ(x86.strays, 2);
	UNIT_EQ(fake.eois, 1);
}

static void works_in_x2apic(void)
{
	fake_irqc_init(&fake);
	fake.apic_base = 0xfee00d00;
	fake.lapic_id = 2;
	start_with(fake_irqc_madt());
	UNIT_EQ(irqc_x86_take(&x86, &state), OK);
	UNIT_EQ(irqc->ops->route(irqc, 16, 0x51, IRQC_ACTIVE_LOW), OK);
	UNIT_EQ(fake.ioapic[0].rte[16], 0x020000000001a051);
	fake_irqc_wire(&fake, 0, 16, false);
	UNIT_EQ(irqc_line(irqc, 16), LINE_ASSERTED);
	UNIT_EQ(irqc_x86_return(&x86, &state), OK);
	UNIT_EQ(fake.lvt[0x35], 0x700);
}

static void works_without_an_8259(void)
{
	struct acpi_madt madt = fake_irqc_madt();

	fake_irqc_init(&fake);
	madt.has_8259 = false;
	start_with(madt);
	UNIT_EQ(irqc_x86_take(&x86, &state), OK);
	UNIT_EQ(irqc_x86_return(&x86, &state), OK);
	UNIT_EQ(fake.imr, 0xfffa);
}

/* An entry as it was read before: another vector, polarity or mask is put back, RO bits are not. */
static void puts_an_entry_back(void)
{
	uint64_t found;

	start_routed();
	irqc->ops->unmask(irqc, 16);
	found = irqc->ops->entry(irqc, 16);
	UNIT_EQ(irqc->ops->route(irqc, 16, 0x61, IRQC_ACTIVE_HIGH), OK);
	UNIT_EQ(irqc->ops->put_entry(irqc, 16, found | IOAPIC_RTE_REMOTE_IRR), OK);
	UNIT_EQ(fake.ioapic[0].rte[16], 0x000000000000a051);
	irqc->ops->mask(irqc, 16);
	UNIT_EQ(irqc->ops->put_entry(irqc, 16, 0x1a051), OK);
	UNIT_EQ(fake.ioapic[0].rte[16], 0x000000000001a051);
	UNIT_EQ(irqc->ops->put_entry(irqc, 16, 0x18061), OK); /* active high */
	UNIT_EQ(fake.ioapic[0].rte[16], 0x0000000000018061);
	UNIT_EQ(irqc->ops->put_entry(irqc, 16, 0x1a051), OK);
	fake.ioapic[0].stuck[16] = true;
	UNIT_EQ(irqc->ops->put_entry(irqc, 16, 0x18061), ERR_MISMATCH);
	UNIT_EQ(irqc->ops->put_entry(irqc, 48, 0x18061), ERR_ABSENT);
}

static void the_8259_is_a_second_witness(void)
{
	start();
	UNIT_EQ(irqc_x86_take(&x86, &state), OK);
	UNIT_TRUE(irqc->ops->second_sees(irqc, 9));
	UNIT_TRUE(irqc->ops->second_sees(irqc, 15));
	UNIT_TRUE(!irqc->ops->second_sees(irqc, 16));
	UNIT_TRUE(!irqc->ops->second_sees(irqc, 13)); /* no level by ELCR */
	UNIT_EQ(irqc->ops->second_open(irqc, 9), OK);
	UNIT_EQ(fake.elcr, 0x0e00);
	UNIT_EQ(fake.imr, 0xffff);
	fake.pic_irr = 0x0200;
	UNIT_TRUE(irqc->ops->second_asserted(irqc, 9));
	UNIT_TRUE(!irqc->ops->second_asserted(irqc, 10));
	UNIT_EQ(irqc->ops->second_close(irqc), OK);
	UNIT_EQ(fake.elcr, 0x0c00);
	UNIT_EQ(irqc->ops->second_open(irqc, IRQC_EVERY_INPUT), OK);
	UNIT_EQ(fake.elcr, 0xdef8);
	UNIT_EQ(irqc->ops->second_close(irqc), OK);
	UNIT_EQ(fake.elcr, 0x0c00);
	UNIT_EQ(irqc->ops->second_open(irqc, 0), ERR_MISMATCH); /* IRQ 0 is edge for good */
}

static void the_chipsets_inputs(void)
{
	start();
	UNIT_TRUE(irqc->ops->is_chipset(irqc, 0) && irqc->ops->is_chipset(irqc, 23));
	UNIT_TRUE(!irqc->ops->is_chipset(irqc, 24) && !irqc->ops->is_chipset(irqc, 48));
}

static void names_levels(void)
{
	UNIT_STR(irqc_line_name(LINE_ASSERTED), "asserted");
	UNIT_STR(irqc_line_name(LINE_DEASSERTED), "deasserted");
	UNIT_STR(irqc_line_name(LINE_UNKNOWN), "UNKNOWN");
}

static const struct unit_test tests[] = {
	UNIT(routes_level_masked_to_this_cpu),
	UNIT(route_refuses),
	UNIT(route_waits_for_the_last_delivery),
	UNIT(route_ends_what_a_fault_left_in_service),
	UNIT(route_clears_a_lost_eoi),
	UNIT(delivers_level_until_acknowledged),
	UNIT(an_unmasked_line_that_sent_is_asserted),
	UNIT(looks_at_a_masked_line),
	UNIT(looks_at_an_active_high_line),
	UNIT(a_look_disturbs_nobody),
	UNIT(a_look_with_interrupts_on_leaves_them_on),
	UNIT(unknown_before_the_last_eoi),
	UNIT(unknown_when_not_routed),
	UNIT(a_look_that_is_not_taken_is_unknown_and_ends),
	UNIT(a_look_survives_a_lost_broadcast),
	UNIT(the_sink_drops_what_nobody_asked_for),
	UNIT(works_in_x2apic),
	UNIT(works_without_an_8259),
	UNIT(puts_an_entry_back),
	UNIT(the_8259_is_a_second_witness),
	UNIT(the_chipsets_inputs),
	UNIT(names_levels),
};

int main(void)
{
	return UNIT_RUN(tests);
}
