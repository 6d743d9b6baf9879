/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The simulated machine against literals of the specifications: configuration space, bridges, INTx
 * and its gates, wires, DMA, guard, time, ACPI bytes. No product code.
 */
#include "tests/unit/sim_rig.h"

static void absent_function_reads_all_ones(void)
{
	start("q35", NULL);
	UNIT_EQ(rd(ECAM + 0x28000), ABSENT);
	UNIT_EQ(hw_read16(hw, ECAM + 0x28000), 0xffff);
	UNIT_EQ(hw_read8(hw, ECAM + 0x28000), 0xff);
	UNIT_EQ(rd(ECAM + 0x100000), ABSENT);
	sim_expect_strays(sim);
	UNIT_EQ(rd(ECAM + 0x28008), ABSENT);
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
	UNIT_EQ(rd(AHCI_1F2 + 0xa8), 0x0010c012);
	UNIT_EQ(rd(AHCI_1F2 + 0xc0), 0x4003d001);
	UNIT_EQ(rd(AHCI_1F2 + 0xc4), 0x00000008);
	UNIT_EQ(rd(AHCI_1F2 + 0xd0), 0x03060013);
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
	UNIT_TRUE(count >= 45);
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
	UNIT(guard_ends_what_it_runs),
	UNIT(dma_memory_is_zeroed_and_elsewhere),
	UNIT(time_moves_only_with_operations),
	UNIT(acpi_bytes_add_up),
	UNIT(function_vanishes_on_time),
	UNIT(faults_of_command_and_status),
	UNIT(unknown_names_are_refused),
};

int main(void)
{
	return UNIT_RUN(tests);
}
