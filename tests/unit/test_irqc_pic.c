/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* drivers/irqc_pic: a line that the 8259s deliver through LINT0. */
#include "tests/unit/fake_irqc.h"
#include "tests/unit/unit.h"

static struct fake_irqc fake;
static struct irqc_x86 x86;
static struct irqc_x86_state state;
static struct irqc *second;
static unsigned calls, last_vector;

static void owner(void *arg, unsigned vector)
{
	UNIT_TRUE(arg == &calls);
	calls++;
	last_vector = vector;
	UNIT_TRUE(second->ops->in_service(second, vector));
	second->ops->eoi(second, vector);
}

static void start(void)
{
	struct acpi_madt madt = fake_irqc_madt();

	fake_irqc_init(&fake);
	calls = last_vector = 0;
	UNIT_EQ(irqc_x86_init(&x86, &fake.hw, &madt), OK);
	UNIT_EQ(irqc_x86_take(&x86, &state), OK);
	second = x86.irqc.ops->second(&x86.irqc);
	UNIT_EQ(second->caps, IRQC_SEES_LINE);
}

static void routes_a_level_masked(void)
{
	start();
	UNIT_EQ(second->ops->route(second, 9, 0x51, IRQC_ACTIVE_HIGH), OK);
	UNIT_EQ(fake.imr, 0xffff);
	UNIT_EQ(fake.elcr & 0x0200, 0x0200);
	UNIT_EQ(fake.lvt[0x35], 0x00700);
	UNIT_TRUE(second->ops->is_masked(second, 9));
	second->ops->unmask(second, 9);
	UNIT_EQ(fake.imr, 0xfdfb); /* and the cascade */
	UNIT_TRUE(!second->ops->is_masked(second, 9));
	second->ops->mask(second, 9);
	UNIT_EQ(fake.imr, 0xffff);
}

static void refuses_what_it_cannot_deliver(void)
{
	start();
	UNIT_EQ(second->ops->route(second, 2, 0x51, IRQC_ACTIVE_HIGH), ERR_ABSENT);
	UNIT_EQ(second->ops->route(second, 13, 0x51, IRQC_ACTIVE_HIGH), ERR_ABSENT);
	UNIT_EQ(second->ops->route(second, 16, 0x51, IRQC_ACTIVE_HIGH), ERR_ABSENT);
	UNIT_EQ(second->ops->route(second, 9, 0x1f, IRQC_ACTIVE_HIGH), ERR_INVALID);
	UNIT_EQ(second->ops->route(second, 9, 0xf0, IRQC_ACTIVE_HIGH), ERR_INVALID);
	fake.pic_isr = 0x0200;
	UNIT_EQ(second->ops->route(second, 9, 0x51, IRQC_ACTIVE_HIGH), ERR_BUSY);
	fake.pic_isr = 0;
	fake.imr_stuck = true;
	fake.imr = 0;
	UNIT_EQ(second->ops->route(second, 9, 0x51, IRQC_ACTIVE_HIGH), ERR_MISMATCH);
	UNIT_EQ(second->ops->next_line(second, 0), 3);
	UNIT_EQ(second->ops->next_line(second, 13), 14);
	UNIT_EQ(second->ops->next_line(second, 16), UINT32_MAX);
}

static void irr_is_the_line(void)
{
	start();
	UNIT_EQ(irqc_line(second, 9), LINE_UNKNOWN);
	UNIT_EQ(second->ops->route(second, 9, 0x51, IRQC_ACTIVE_HIGH), OK);
	UNIT_EQ(irqc_line(second, 9), LINE_DEASSERTED);
	fake.pic_irr = 0x0200;
	UNIT_EQ(irqc_line(second, 9), LINE_ASSERTED);
	UNIT_EQ(irqc_line(second, 10), LINE_UNKNOWN);
	UNIT_TRUE(!second->ops->pending(second, 0x51)); /* masked */
	second->ops->unmask(second, 9);
	UNIT_TRUE(second->ops->pending(second, 0x51));
	UNIT_TRUE(!second->ops->pending(second, 0x52));
	UNIT_TRUE(!second->ops->remote_irr(second, 9));
}

static void whatever_vector_comes_is_the_owners(void)
{
	start();
	UNIT_EQ(second->ops->route(second, 9, 0x51, IRQC_ACTIVE_HIGH), OK);
	irqc_attach(second, owner, &calls);
	fake.pic_isr = 0x0204;
	fake.sink(fake.sink_arg, 0x71);
	UNIT_EQ(calls, 1);
	UNIT_EQ(last_vector, 0x51);
	UNIT_EQ(fake.pic_isr, 0); /* both were told */
	UNIT_EQ(fake.eois, 0); /* the local APIC was not */
	irqc_attach(second, NULL, NULL);
	fake.pic_isr = 0x0204;
	fake.sink(fake.sink_arg, 0x71);
	UNIT_EQ(calls, 1);
	UNIT_EQ(fake.pic_isr, 0);
}

static void a_request_that_went_ends_in_the_cascade(void)
{
	start();
	UNIT_EQ(second->ops->route(second, 9, 0x51, IRQC_ACTIVE_HIGH), OK);
	irqc_attach(second, owner, &calls);
	fake.pic_isr = 0x0004;
	fake.sink(fake.sink_arg, 0x77);
	UNIT_EQ(calls, 0);
	UNIT_EQ(fake.pic_isr, 0);
}

static void messages_are_the_local_apics(void)
{
	uint64_t address;
	uint16_t data;

	start();
	UNIT_EQ(second->ops->route(second, 9, 0x51, IRQC_ACTIVE_HIGH), OK);
	UNIT_EQ(second->ops->msi_message(second, 0x52, &address, &data), OK);
	UNIT_EQ(address, 0xfee00000);
	UNIT_EQ(data, 0x52);
	fake_irqc_accept(&fake, 0x52, false);
	UNIT_TRUE(second->ops->pending(second, 0x52));
	second->ops->eoi(second, 0x52);
	UNIT_EQ(fake.eois, 1);
}

static void the_way_back_is_the_machines(void)
{
	start();
	UNIT_EQ(second->ops->route(second, 9, 0x51, IRQC_ACTIVE_HIGH), OK);
	second->ops->unmask(second, 9);
	second->ops->mask(second, 9);
	UNIT_EQ(irqc_x86_return(&x86, &state), OK);
	UNIT_EQ(fake.elcr, 0x0c00);
	UNIT_EQ(fake.imr, state.pic.imr);
	UNIT_EQ(irqc_x86_take(&x86, &state), OK);
	UNIT_EQ(irqc_line(second, 9), LINE_UNKNOWN); /* to be routed anew */
}

static unsigned port_writes(unsigned port, unsigned value)
{
	unsigned count = 0;

	for (unsigned i = 0; i < fake.writes && i < FAKE_LOG; i++) {
		struct fake_write w = fake_irqc_write(&fake, i);

		count += w.where == FAKE_PORT && w.reg == port && w.value == value;
	}
	return count;
}

/* The base is firmware's where it takes interrupts from the pair, else it may be the exceptions' */
static void the_base_is_set_where_firmware_takes_none(void)
{
	struct acpi_madt madt = fake_irqc_madt();

	for (unsigned i = 0; i < 3; i++) {
		fake_irqc_init(&fake);
		fake.imr = i == 1 ? 0xffff : 0xfffa;
		if (i == 2)
			fake.lvt[0x35] |= 0x10000; /* LINT0 masked */
		UNIT_EQ(irqc_x86_init(&x86, &fake.hw, &madt), OK);
		UNIT_EQ(irqc_x86_take(&x86, &state), OK);
		second = x86.irqc.ops->second(&x86.irqc);
		UNIT_EQ(second->ops->route(second, 9, 0x51, IRQC_ACTIVE_HIGH), OK);
		UNIT_EQ(port_writes(0x20, 0x11), i != 0);
		UNIT_EQ(port_writes(0x21, 0x60), i != 0);
		UNIT_EQ(port_writes(0xa1, 0x68), i != 0);
		UNIT_EQ(second->ops->route(second, 9, 0x51, IRQC_ACTIVE_HIGH), OK);
		UNIT_EQ(port_writes(0x20, 0x11), i != 0); /* once */
		UNIT_EQ(fake.imr, 0xffff);
	}
}

static const struct unit_test tests[] = {
	UNIT(routes_a_level_masked),
	UNIT(refuses_what_it_cannot_deliver),
	UNIT(irr_is_the_line),
	UNIT(whatever_vector_comes_is_the_owners),
	UNIT(a_request_that_went_ends_in_the_cascade),
	UNIT(messages_are_the_local_apics),
	UNIT(the_way_back_is_the_machines),
	UNIT(the_base_is_set_where_firmware_takes_none),
};

int main(void)
{
	return UNIT_RUN(tests);
}
