/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The simulated machine against literals of the specifications: configuration space, bridges, INTx
 * and its gates, IOAPIC, local APIC, 8259, DMA, guard, ACPI bytes. No product code. The HBA:
 * test_sim_ahci.c.
 */
#include <stdlib.h>

#include "tests/sim/sim.h"
#include "tests/unit/unit.h"

#define ECAM 0xb0000000ull
#define AHCI_1F2 (ECAM + 0xfa000)
#define AHCI_04 (ECAM + 0x20000)
#define ABAR 0x81085000ull
#define IOAPIC 0xfec00000ull
#define LAPIC 0xfee00000ull
#define ABSENT 0xffffffffu

static struct sim *sim;
static struct hw *hw;
static unsigned taken, last_vector;

static void start(const char *machine, const char *fault)
{
	const char *faults[] = { fault, NULL };
	struct sim_config config = { .machine = machine, .faults = faults };

	sim = sim_new(&config);
	if (!sim)
		abort();
	hw = sim_hw(sim);
	taken = last_vector = 0;
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

static uint32_t rte(unsigned pin)
{
	wr(IOAPIC, 0x10 + 2 * pin);
	return rd(IOAPIC + 0x10);
}

static void set_rte(unsigned pin, uint32_t low)
{
	wr(IOAPIC, 0x11 + 2 * pin);
	wr(IOAPIC + 0x10, 0);
	wr(IOAPIC, 0x10 + 2 * pin);
	wr(IOAPIC + 0x10, low);
}

static bool irr(unsigned vector)
{
	return rd(LAPIC + 0x200 + vector / 32 * 16) >> (vector % 32) & 1;
}

static bool isr(unsigned vector)
{
	return rd(LAPIC + 0x100 + vector / 32 * 16) >> (vector % 32) & 1;
}

static void count_vector(void *arg, unsigned vector)
{
	(void)arg;
	taken++;
	last_vector = vector;
}

/* COMRESET with PxIE.PCE: PxSERR.DIAG.X raises PxIS.PCS (AHCI 1.3.1 sec 3.3.5), no DMA needed. */
static void assert_intx_by(uint64_t abar, unsigned port)
{
	uint64_t px = abar + 0x100 + port * 0x80;

	wr(px + 0x14, 0x40);
	wr(px + 0x2c, 1);
	wait_us(1100);
	wr(px + 0x2c, 0);
	wait_us(500);
	wr(abar + 0x04, 0x80000002);
}

static void assert_intx(uint64_t abar)
{
	assert_intx_by(abar, 0);
}

static void deassert_intx(uint64_t abar)
{
	wr(abar + 0x130, 0xffffffff);
	wr(abar + 0x08, 0xffffffff);
}

static void absent_function_reads_all_ones(void)
{
	start("q35", NULL);
	UNIT_EQ(rd(ECAM + 0x28000), ABSENT);
	UNIT_EQ(hw_read16(hw, ECAM + 0x28000), 0xffff);
	UNIT_EQ(hw_read8(hw, ECAM + 0x28000), 0xff);
	UNIT_EQ(rd(ECAM + 0x100000), ABSENT);
	UNIT_EQ(rd(0xd0000000ull), ABSENT);
	stop();
}

static void ahci_header(void)
{
	start("q35", NULL);
	UNIT_EQ(rd(AHCI_1F2), 0x29228086);
	UNIT_EQ(rd(AHCI_1F2 + 8), 0x01060102);
	UNIT_EQ(hw_read8(hw, AHCI_1F2 + 0x0e), 0x80);
	UNIT_EQ(hw_read16(hw, AHCI_1F2 + 4), 0x0007);
	UNIT_EQ(hw_read16(hw, AHCI_1F2 + 6), 0x0010);
	UNIT_EQ(rd(AHCI_1F2 + 0x24), 0x81085000);
	UNIT_EQ(hw_read16(hw, AHCI_1F2 + 0x3c), 0x010a);
	UNIT_EQ(hw_read8(hw, AHCI_1F2 + 0x34), 0x80);
	UNIT_EQ(rd(AHCI_1F2 + 0x80), 0x0080a805);
	UNIT_EQ(rd(AHCI_1F2 + 0xa8), 0x00100012);
	stop();
}

static void command_keeps_only_its_bits(void)
{
	start("q35", NULL);
	hw_write16(hw, AHCI_1F2 + 4, 0xffff);
	UNIT_EQ(hw_read16(hw, AHCI_1F2 + 4), 0x0547);
	hw_write8(hw, AHCI_1F2 + 5, 0x00);
	UNIT_EQ(hw_read16(hw, AHCI_1F2 + 4), 0x0047);
	stop();
	start("mem-bar-only", NULL);
	UNIT_EQ(hw_read16(hw, AHCI_1F2 + 4), 0x0006);
	hw_write16(hw, AHCI_1F2 + 4, 0x0007);
	UNIT_EQ(hw_read16(hw, AHCI_1F2 + 4), 0x0006);
	UNIT_EQ(rd(AHCI_1F2 + 0x20), 0);
	stop();
}

static void bars_size(void)
{
	start("q35", NULL);
	hw_write16(hw, AHCI_1F2 + 4, 0);
	UNIT_EQ(rd(ABAR), ABSENT);
	wr(AHCI_1F2 + 0x24, 0xffffffff);
	UNIT_EQ(rd(AHCI_1F2 + 0x24), 0xfffff000);
	wr(AHCI_1F2 + 0x20, 0xffffffff);
	UNIT_EQ(rd(AHCI_1F2 + 0x20), 0xffffffe1);
	wr(AHCI_1F2 + 0x10, 0xffffffff);
	UNIT_EQ(rd(AHCI_1F2 + 0x10), 0);
	wr(AHCI_1F2 + 0x24, 0x81085000);
	hw_write16(hw, AHCI_1F2 + 4, 2);
	UNIT_EQ(rd(ABAR + 0x10), 0x00010301);
	stop();
}

static void status_is_not_writable(void)
{
	start("q35", NULL);
	hw_write16(hw, AHCI_1F2 + 6, 0xffff);
	UNIT_EQ(hw_read16(hw, AHCI_1F2 + 6), 0x0010);
	stop();
}

static void bridges_route_by_their_registers(void)
{
	const uint64_t port = ECAM + 0x10000, bridge = ECAM + 0x100000, ahci = ECAM + 0x228000;

	start("behind-bridge", NULL);
	UNIT_EQ(hw_read8(hw, port + 0x0e), 1);
	UNIT_EQ(rd(bridge), 0x000e1b36);
	UNIT_EQ(rd(ahci), 0x29228086);
	UNIT_EQ(rd(0x81200010ull), 0x00010301);
	hw_write8(hw, bridge + 0x19, 5);
	UNIT_EQ(rd(ahci), ABSENT);
	hw_write8(hw, bridge + 0x19, 2);
	UNIT_EQ(rd(ahci), 0x29228086);
	hw_write16(hw, bridge + 0x20, 0x8130);
	UNIT_EQ(rd(0x81200010ull), ABSENT);
	hw_write16(hw, bridge + 0x20, 0x8120);
	hw_write16(hw, port + 4, 0x0005);
	UNIT_EQ(rd(0x81200010ull), ABSENT);
	stop();
}

static void intx_follows_condition_and_disintx(void)
{
	start("q35", NULL);
	UNIT_TRUE(!sim_line_asserted(sim, 16));
	assert_intx(ABAR);
	UNIT_TRUE(sim_line_asserted(sim, 16) && sim_line_asserted(sim, 10));
	UNIT_EQ(hw_read16(hw, AHCI_1F2 + 6), 0x0018);
	hw_write16(hw, AHCI_1F2 + 4, 0x0407);
	UNIT_TRUE(!sim_line_asserted(sim, 16) && !sim_line_asserted(sim, 10));
	UNIT_EQ(hw_read16(hw, AHCI_1F2 + 6), 0x0018);
	hw_write16(hw, AHCI_1F2 + 6, 0x0008);
	UNIT_EQ(hw_read16(hw, AHCI_1F2 + 6), 0x0018);
	hw_write16(hw, AHCI_1F2 + 4, 0x0007);
	UNIT_TRUE(sim_line_asserted(sim, 16));
	hw_write16(hw, AHCI_1F2 + 0x82, 0x0081);
	UNIT_TRUE(!sim_line_asserted(sim, 16));
	hw_write16(hw, AHCI_1F2 + 0x82, 0x0080);
	UNIT_TRUE(sim_line_asserted(sim, 16));
	deassert_intx(ABAR);
	UNIT_TRUE(!sim_line_asserted(sim, 16));
	UNIT_EQ(hw_read16(hw, AHCI_1F2 + 6), 0x0010);
	stop();
}

static void wires_of_each_machine(void)
{
	static const struct {
		const char *machine;
		uint64_t abar;
		unsigned port;
		uint32_t gsi, second;
	} rows[] = {
		{ "q35", 0x81085000, 0, 16, 10 },
		{ "ich9-at-4", 0x81085000, 0, 20, 10 },
		{ "behind-bridge", 0x81200000, 3, 23, 11 },
		{ "two-ioapics", 0x81085000, 0, 28, 28 },
		{ "two-segments", 0x81085000, 0, 20, 10 },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t lines = 0;

		start(rows[i].machine, NULL);
		assert_intx_by(rows[i].abar, rows[i].port);
		for (unsigned gsi = 0; gsi < 64; gsi++)
			lines |= (uint64_t)sim_line_asserted(sim, gsi) << gsi;
		UNIT_EQ(lines, 1ull << rows[i].gsi | 1ull << rows[i].second);
		stop();
	}
}

static void two_functions_are_wire_ored(void)
{
	start("two-ahci", NULL);
	assert_intx(0x81085000);
	assert_intx(0x81086000);
	hw_write16(hw, AHCI_04 + 4, 0x0407);
	UNIT_TRUE(sim_line_asserted(sim, 20));
	deassert_intx(0x81086000);
	UNIT_TRUE(!sim_line_asserted(sim, 20));
	stop();
}

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
	hw->ops->irq_attach(hw, count_vector, NULL);
	hw->ops->irq_switch(hw, true);
	UNIT_EQ(taken, 1);
	UNIT_EQ(last_vector, 0x51);
	UNIT_TRUE(!irr(0x51) && isr(0x51));
	wait_us(10);
	UNIT_EQ(taken, 1);
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
	hw->ops->irq_attach(hw, count_vector, NULL);
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
	hw->ops->irq_attach(hw, count_vector, NULL);
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

static void msr_body(void *arg)
{
	(void)arg;
	(void)hw->ops->sysreg_read(hw, 0x803);
}

static void panic_body(void *arg)
{
	(void)arg;
	hw->ops->panic(hw, "as asked");
}

static void unmapped_body(void *arg)
{
	(void)arg;
	(void)rd(ECAM + 0x10);
}

static void nested_body(void *arg)
{
	*(enum err *)arg = hw->ops->guard(hw, panic_body, NULL, &(struct hw_fault){ .vector = 0 });
}

static void guard_ends_what_it_runs(void)
{
	struct hw_fault fault = { .vector = 0 };
	enum err inner = OK;

	start("q35", NULL);
	UNIT_EQ(hw->ops->guard(hw, msr_body, NULL, &fault), ERR_FAULT);
	UNIT_EQ(fault.vector, 13);
	UNIT_TRUE(!hw->ops->irq_switch(hw, true));
	UNIT_EQ(hw->ops->guard(hw, nested_body, &inner, &fault), OK);
	UNIT_EQ(inner, ERR_FAULT);
	sim_unmap(sim, ECAM, 0x1000);
	UNIT_TRUE(!hw->ops->mmio_is_mapped(hw, ECAM - 1, 2));
	UNIT_TRUE(hw->ops->mmio_is_mapped(hw, ECAM + 0x1000, 0x1000));
	UNIT_EQ(hw->ops->guard(hw, unmapped_body, NULL, &fault), ERR_FAULT);
	UNIT_EQ(fault.vector, 14);
	UNIT_EQ(fault.address, 0xb0000010);
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
	hw->ops->irq_attach(hw, count_vector, NULL);
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

static void dma_memory_is_zeroed_and_elsewhere(void)
{
	struct hw_dma a, b;

	start("q35", NULL);
	UNIT_EQ(hw->ops->dma_alloc(hw, 100, 4096, &a), OK);
	UNIT_EQ(hw->ops->dma_alloc(hw, 100, 128, &b), OK);
	UNIT_EQ(a.bus % 4096 | (uintptr_t)a.cpu % 4096, 0);
	UNIT_EQ(b.bus % 128 | (uintptr_t)b.cpu % 128, 0);
	UNIT_TRUE(a.bus != (uintptr_t)a.cpu && b.bus >= a.bus + 4096);
	UNIT_EQ(((uint8_t *)a.cpu)[99], 0);
	stop();
}

static void time_moves_only_with_operations(void)
{
	uint64_t before, after;

	start("q35", NULL);
	UNIT_EQ(hw->ops->tick_hz(hw), 1000000000);
	before = hw->ops->ticks(hw);
	after = hw->ops->ticks(hw);
	UNIT_EQ(after - before, 100);
	wait_us(1);
	(void)rd(ECAM);
	UNIT_EQ(hw->ops->ticks(hw) - after, 1200);
	UNIT_EQ(sim_access_count(sim), 1);
	stop();
}

static void acpi_bytes_add_up(void)
{
	struct acpi_memory memory;
	const uint8_t *rsdp;
	uint8_t sum = 0;

	start("q35", NULL);
	memory = sim_acpi_memory(sim);
	rsdp = memory.view(memory.arg, sim_rsdp(sim), 36);
	UNIT_TRUE(rsdp && !memcmp(rsdp, "RSD PTR ", 8));
	for (unsigned i = 0; rsdp && i < 36; i++)
		sum = (uint8_t)(sum + rsdp[i]);
	UNIT_EQ(sum, 0);
	UNIT_TRUE(!memory.view(memory.arg, sim_rsdp(sim), 37));
	UNIT_TRUE(!memory.view(memory.arg, 0x1000, 1));
	stop();
}

static void function_vanishes_on_time(void)
{
	start("q35", NULL);
	assert_intx(ABAR);
	sim_vanish_after(sim, 2);
	UNIT_EQ(rd(AHCI_1F2), 0x29228086);
	UNIT_TRUE(sim_line_asserted(sim, 16));
	UNIT_EQ(rd(AHCI_1F2), ABSENT);
	UNIT_EQ(rd(ABAR), ABSENT);
	UNIT_TRUE(!sim_line_asserted(sim, 16));
	stop();
}

static void faults_of_command_and_status(void)
{
	start("q35", "cmd.disintx-not-writable");
	hw_write16(hw, AHCI_1F2 + 4, 0x0407);
	UNIT_EQ(hw_read16(hw, AHCI_1F2 + 4), 0x0007);
	stop();
	start("q35", "cmd.disintx-ignored");
	assert_intx(ABAR);
	hw_write16(hw, AHCI_1F2 + 4, 0x0407);
	UNIT_EQ(hw_read16(hw, AHCI_1F2 + 4), 0x0407);
	UNIT_TRUE(sim_line_asserted(sim, 16));
	stop();
	start("q35", "status.intx-stuck-1");
	UNIT_EQ(hw_read16(hw, AHCI_1F2 + 6), 0x0018);
	UNIT_TRUE(!sim_line_asserted(sim, 16));
	stop();
	start("q35", "status.intx-stuck-0");
	assert_intx(ABAR);
	UNIT_EQ(hw_read16(hw, AHCI_1F2 + 6), 0x0010);
	UNIT_TRUE(sim_line_asserted(sim, 16));
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
	hw->ops->irq_attach(hw, count_vector, NULL);
	hw->ops->irq_switch(hw, true);
	wr(LAPIC + 0xb0, 0);
	wait_us(5);
	UNIT_EQ(taken, 1);
	stop();
}

static void unknown_names_are_refused(void)
{
	const char *faults[] = { "no.such-fault", NULL };
	struct sim_config config = { .machine = "no-such-machine" };
	unsigned count;

	UNIT_TRUE(!sim_new(&config));
	config = (struct sim_config){ .faults = faults };
	UNIT_TRUE(!sim_new(&config));
	UNIT_TRUE(sim_machines(&count) && count >= 11);
	UNIT_STR(sim_faults(&count)[0].name, "cmd.disintx-not-writable");
	UNIT_EQ(count, 7);
	sim_free(NULL);
}

static const struct unit_test tests[] = {
	UNIT(absent_function_reads_all_ones),
	UNIT(ahci_header),
	UNIT(command_keeps_only_its_bits),
	UNIT(bars_size),
	UNIT(status_is_not_writable),
	UNIT(bridges_route_by_their_registers),
	UNIT(intx_follows_condition_and_disintx),
	UNIT(wires_of_each_machine),
	UNIT(two_functions_are_wire_ored),
	UNIT(level_sets_remote_irr_until_eoi),
	UNIT(masked_level_waits),
	UNIT(wrong_polarity_looks_asserted),
	UNIT(edge_entry_sends_once),
	UNIT(timer_input_is_gsi_2),
	UNIT(ioapic_registers),
	UNIT(priority_and_tpr),
	UNIT(software_disabled_apic_takes_nothing),
	UNIT(x2apic_registers),
	UNIT(guard_ends_what_it_runs),
	UNIT(pic_shows_the_line_through_elcr),
	UNIT(pic_interrupts_through_lint0),
	UNIT(dma_memory_is_zeroed_and_elsewhere),
	UNIT(time_moves_only_with_operations),
	UNIT(acpi_bytes_add_up),
	UNIT(function_vanishes_on_time),
	UNIT(faults_of_command_and_status),
	UNIT(fault_edge_like_line),
	UNIT(unknown_names_are_refused),
};

int main(void)
{
	return UNIT_RUN(tests);
}
