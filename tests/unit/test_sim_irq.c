/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The simulated IOAPIC, local APIC and 8259 pair against literals of the 82093AA and 8259A data
 * sheets and of Intel SDM vol. 3. No product code.
 */
#include "tests/unit/sim_rig.h"

static void level_sets_remote_irr_until_eoi(void)
{
	start("q35", NULL);
	hw->ops->irq_switch(hw, false);
	set_rte(16, 0xa051); /* level, active low, fixed, vector 51h */
	UNIT_EQ(rte(16), 0xa051);
	assert_intx(ABAR);
	UNIT_EQ(rte(16), 0xe051);
	UNIT_TRUE(irr(0x51) && !isr(0x51));
	UNIT_EQ(rd(LAPIC + 0x180 + 0x20) >> 17 & 1, 1); /* TMR */
	count_interrupts();
	hw->ops->irq_switch(hw, true);
	UNIT_EQ(taken, 1);
	UNIT_EQ(last_vector, 0x51);
	UNIT_TRUE(!irr(0x51) && isr(0x51));
	wait_us(10);
	UNIT_EQ(taken, 1);
	set_rte(16, 0xa051); /* remote IRR holds the next message back, whatever is written */
	UNIT_EQ(taken, 1);
	UNIT_TRUE(!irr(0x51));
	wr(LAPIC + 0xb0, 0); /* still asserted: delivered again */
	UNIT_EQ(taken, 2);
	UNIT_EQ(rte(16), 0xe051);
	deassert_intx(ABAR);
	UNIT_EQ(rte(16), 0xe051);
	wr(LAPIC + 0xb0, 0);
	UNIT_EQ(rte(16), 0xa051);
	wait_us(10);
	UNIT_EQ(taken, 2);
	stop();
}

static void masked_level_waits(void)
{
	start("q35", NULL);
	hw->ops->irq_switch(hw, false);
	set_rte(16, 0x1a051);
	assert_intx(ABAR);
	UNIT_EQ(rte(16), 0x1a051);
	UNIT_TRUE(!irr(0x51));
	set_rte(16, 0xa051);
	UNIT_EQ(rte(16), 0xe051);
	set_rte(16, 0x1a051); /* masking does not take back what was accepted */
	UNIT_EQ(rte(16), 0x1e051);
	UNIT_TRUE(irr(0x51));
	set_rte(16, 0x12051); /* edge mode: remote IRR has no meaning */
	UNIT_EQ(rte(16), 0x12051);
	stop();
}

static void wrong_polarity_looks_asserted(void)
{
	start("q35", NULL);
	hw->ops->irq_switch(hw, false);
	set_rte(17, 0x8052); /* active high on an idle PCI line */
	UNIT_EQ(rte(17), 0xc052);
	UNIT_TRUE(irr(0x52));
	set_rte(11, 0xa053); /* active low on the ISA side of PIRQC */
	UNIT_TRUE(irr(0x53));
	set_rte(10, 0x8054);
	UNIT_TRUE(!irr(0x54));
	stop();
}

static void edge_entry_sends_once(void)
{
	start("q35", NULL);
	hw->ops->irq_switch(hw, false);
	set_rte(4, 0x55);
	sim_isa_drive(sim, 4, true);
	UNIT_EQ(rte(4), 0x55);
	UNIT_TRUE(irr(0x55));
	count_interrupts();
	hw->ops->irq_switch(hw, true);
	wr(LAPIC + 0xb0, 0);
	UNIT_EQ(taken, 1);
	sim_isa_drive(sim, 4, false);
	set_rte(4, 0x10055); /* an edge on a masked pin is lost */
	sim_isa_drive(sim, 4, true);
	set_rte(4, 0x55);
	wait_us(5);
	UNIT_EQ(taken, 1);
	sim_isa_drive(sim, 4, false);
	sim_isa_drive(sim, 4, true);
	wait_us(5);
	UNIT_EQ(taken, 2);
	stop();
}

static void timer_input_is_gsi_2(void)
{
	start("q35", NULL);
	sim_isa_drive(sim, 0, true);
	UNIT_TRUE(sim_line_asserted(sim, 2) && !sim_line_asserted(sim, 0));
	stop();
}

static void ioapic_registers(void)
{
	start("two-ioapics", NULL);
	wr(IOAPIC, 1);
	UNIT_EQ(rd(IOAPIC + 0x10), 0x00170020);
	wr(IOAPIC + 0x10000, 1);
	UNIT_EQ(rd(IOAPIC + 0x10010), 0x001f0020);
	UNIT_EQ(rte(0), 0x10000);
	UNIT_EQ(rte(4), 0x6c);
	set_rte(16, 0xffffffff); /* delivery status and remote IRR are read-only */
	UNIT_EQ(rte(16), 0x1afff);
	set_rte(16, 0xa051);
	wr(IOAPIC, 0x31);
	wr(IOAPIC + 0x10, 0xffffffff);
	UNIT_EQ(rd(IOAPIC + 0x10), 0xff000000);
	stop();
}

static void priority_and_tpr(void)
{
	start("q35", NULL);
	count_interrupts();
	wr(LAPIC + 0x80, 0x50);
	wr(LAPIC + 0x300, 0x40051); /* self, fixed */
	UNIT_EQ(taken, 0);
	UNIT_EQ(rd(LAPIC + 0xa0), 0x50);
	wr(LAPIC + 0x80, 0x40);
	UNIT_EQ(taken, 1);
	wr(LAPIC + 0x300, 0x4005f); /* same class: waits for the EOI */
	UNIT_EQ(taken, 1);
	wr(LAPIC + 0x300, 0x40061); /* higher class: nests */
	UNIT_EQ(taken, 2);
	UNIT_EQ(last_vector, 0x61);
	wr(LAPIC + 0xb0, 0);
	UNIT_TRUE(!isr(0x61) && isr(0x51));
	wr(LAPIC + 0xb0, 0);
	UNIT_EQ(last_vector, 0x5f);
	stop();
}

static void software_disabled_apic_takes_nothing(void)
{
	start("q35", NULL);
	hw->ops->irq_switch(hw, false);
	wr(LAPIC + 0xf0, 0x0ff);
	UNIT_EQ(rd(LAPIC + 0x350) >> 16 & 1, 1);
	set_rte(16, 0xa051);
	assert_intx(ABAR);
	UNIT_EQ(rte(16), 0xb051); /* send pending */
	wr(LAPIC + 0xf0, 0x1ff);
	UNIT_EQ(rte(16), 0xe051);
	stop();
}

static void x2apic_registers(void)
{
	struct sim_config config = { .x2apic = true };

	sim = sim_new(&config);
	hw = sim_hw(sim);
	UNIT_EQ(hw->ops->sysreg_read(hw, 0x1b), 0xfee00d00);
	sim_expect_strays(sim);
	UNIT_EQ(rd(LAPIC + 0x30), ABSENT);
	UNIT_EQ(hw->ops->sysreg_read(hw, 0x803), 0x00050014);
	hw->ops->irq_switch(hw, false);
	hw->ops->sysreg_write(hw, 0x83f, 0x51);
	UNIT_EQ(hw->ops->sysreg_read(hw, 0x822), 0x00020000);
	hw->ops->irq_switch(hw, true);
	UNIT_EQ(hw->ops->sysreg_read(hw, 0x812), 0x00020000);
	hw->ops->sysreg_write(hw, 0x80b, 0);
	UNIT_EQ(hw->ops->sysreg_read(hw, 0x812), 0);
	stop();
}

static void pic_shows_the_line_through_elcr(void)
{
	start("q35", NULL);
	UNIT_EQ(hw->ops->port_read(hw, 0x21, HW_8), 0xfa);
	UNIT_EQ(hw->ops->port_read(hw, 0xa1, HW_8), 0xff);
	UNIT_EQ(hw->ops->port_read(hw, 0x4d1, HW_8), 0x00);
	hw->ops->port_write(hw, 0x4d1, HW_8, 0xff);
	UNIT_EQ(hw->ops->port_read(hw, 0x4d1, HW_8), 0xde);
	hw->ops->port_write(hw, 0xa0, HW_8, 0x0a);
	UNIT_EQ(hw->ops->port_read(hw, 0xa0, HW_8), 0x00);
	assert_intx(ABAR);
	UNIT_EQ(hw->ops->port_read(hw, 0xa0, HW_8), 0x04);
	deassert_intx(ABAR);
	UNIT_EQ(hw->ops->port_read(hw, 0xa0, HW_8), 0x00);
	hw->ops->port_write(hw, 0x4d1, HW_8, 0x00);
	assert_intx(ABAR);
	deassert_intx(ABAR);
	UNIT_EQ(hw->ops->port_read(hw, 0xa0, HW_8), 0x04);
	stop();
}

static void pic_interrupts_through_lint0(void)
{
	start("q35", NULL);
	count_interrupts();
	sim_isa_drive(sim, 0, true);
	wait_us(1);
	UNIT_EQ(last_vector, 0x68);
	hw->ops->port_write(hw, 0x20, HW_8, 0x0b);
	UNIT_EQ(hw->ops->port_read(hw, 0x20, HW_8), 0x01);
	hw->ops->port_write(hw, 0x20, HW_8, 0x20);
	UNIT_EQ(hw->ops->port_read(hw, 0x20, HW_8), 0x00);
	hw->ops->port_write(hw, 0xa1, HW_8, 0xfe);
	sim_isa_drive(sim, 8, true);
	wait_us(1);
	UNIT_EQ(last_vector, 0x70);
	UNIT_EQ(taken, 2);
	wr(LAPIC + 0x350, 0x10700);
	hw->ops->port_write(hw, 0xa0, HW_8, 0x20);
	hw->ops->port_write(hw, 0x20, HW_8, 0x20);
	sim_isa_drive(sim, 0, false);
	sim_isa_drive(sim, 0, true);
	wait_us(1);
	UNIT_EQ(taken, 2);
	stop();
}

static void fault_edge_like_line(void)
{
	start("q35", "line.edge-like");
	hw->ops->irq_switch(hw, false);
	set_rte(16, 0xa051);
	assert_intx(ABAR);
	UNIT_TRUE(irr(0x51));
	wait_us(1);
	UNIT_TRUE(!sim_line_asserted(sim, 16));
	UNIT_EQ(hw_read16(hw, AHCI_1F2 + 6), 0x0018);
	count_interrupts();
	hw->ops->irq_switch(hw, true);
	wr(LAPIC + 0xb0, 0);
	wait_us(5);
	UNIT_EQ(taken, 1);
	stop();
}

static const struct unit_test tests[] = {
	UNIT(level_sets_remote_irr_until_eoi),
	UNIT(masked_level_waits),
	UNIT(wrong_polarity_looks_asserted),
	UNIT(edge_entry_sends_once),
	UNIT(timer_input_is_gsi_2),
	UNIT(ioapic_registers),
	UNIT(priority_and_tpr),
	UNIT(software_disabled_apic_takes_nothing),
	UNIT(x2apic_registers),
	UNIT(pic_shows_the_line_through_elcr),
	UNIT(pic_interrupts_through_lint0),
	UNIT(fault_edge_like_line),
};

int main(void)
{
	return UNIT_RUN(tests);
}
