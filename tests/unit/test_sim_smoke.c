/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The product's lower layers on the simulated machine, end to end: tables, enumeration, interrupt
 * controllers, HBA, a drive's data by interrupt, a level line that is delivered again until
 * served.
 */
#include <stdlib.h>

#include "drivers/ahci.h"
#include "drivers/irqc_x86.h"
#include "pci/enumerate.h"
#include "tests/sim/sim.h"
#include "tests/unit/unit.h"

#define VECTOR 0x51

static struct sim *sim;
static struct hw *hw;
static struct pci_tree tree;
static struct acpi_madt madt;
static struct irqc_x86 x86;
static struct irqc_x86_state saved;
static struct ahci hba;
static struct pci_fn *fn;
static unsigned deliveries, left_asserted;

static bool start(const char *machine, bool x2apic)
{
	struct sim_config config = { .machine = machine, .x2apic = x2apic };
	struct acpi_memory memory;
	struct acpi_table table;
	struct acpi_mcfg mcfg;

	sim = sim_new(&config);
	if (!sim)
		abort();
	hw = sim_hw(sim);
	memory = sim_acpi_memory(sim);
	deliveries = left_asserted = 0;
	fn = NULL;
	UNIT_EQ(acpi_find_table(&memory, sim_rsdp(sim), "APIC", &table), OK);
	UNIT_EQ(acpi_parse_madt(table, &madt), OK);
	if (acpi_find_table(&memory, sim_rsdp(sim), "MCFG", &table) ||
	    acpi_parse_mcfg(table, &mcfg) || pci_enumerate(hw, &mcfg, NULL, 0, &tree))
		return false;
	for (unsigned i = 0; i < tree.count && !fn; i++)
		if (tree.fn[i].class_revision >> 8 == PCI_CLASS_STORAGE_SATA_AHCI)
			fn = &tree.fn[i];
	return fn != NULL;
}

static void stop(void)
{
	UNIT_TRUE(!sim_disk_was_written(sim));
	sim_free(sim);
}

static void take(void)
{
	hw->ops->irq_switch(hw, false);
	UNIT_EQ(irqc_x86_init(&x86, hw, &madt), OK);
	UNIT_EQ(irqc_x86_take(&x86, &saved), OK);
}

static void give_back(void)
{
	hw->ops->irq_switch(hw, false);
	UNIT_EQ(irqc_x86_return(&x86, &saved), OK);
	stop();
}

static void bring_up(void)
{
	UNIT_EQ(ahci_init(&hba, fn), OK);
	UNIT_EQ(ahci_identify_hba(&hba), OK);
	UNIT_EQ(ahci_handoff(&hba), OK);
	UNIT_EQ(ahci_reset(&hba), OK);
	UNIT_EQ(ahci_scan(&hba), OK);
}

/* Leaves the condition standing for the first left_asserted deliveries. */
static void serve(void *arg, unsigned vector)
{
	(void)arg;
	if (deliveries++ >= left_asserted)
		UNIT_TRUE(ahci_irq(&hba));
	x86.irqc.ops->eoi(&x86.irqc, vector);
}

static void open_line(uint32_t gsi)
{
	struct irqc *irqc = &x86.irqc;

	irqc_attach(irqc, serve, NULL);
	UNIT_EQ(irqc->ops->route(irqc, gsi, VECTOR, irqc->ops->polarity(irqc, gsi)), OK);
	irqc->ops->unmask(irqc, gsi);
	ahci_irq_enable(&hba, true);
	hw->ops->irq_switch(hw, true);
}

static void identify_and_read(struct ahci_port *port, uint64_t lba)
{
	uint8_t expected[512];

	ahci_port_write(port, AHCI_PX_IE, 0x7dc0007f);
	ahci_issue_identify(port);
	UNIT_EQ(ahci_wait_done(port, 100000), OK);
	ahci_parse_identify(port);
	UNIT_STR(port->model, "INTXLAB SIMULATED DISK");
	UNIT_EQ(port->sectors, 0x20000000);
	ahci_issue_read(port, lba);
	UNIT_EQ(ahci_wait_done(port, 100000), OK);
	sim_disk_sector(lba, expected);
	UNIT_TRUE(!memcmp(ahci_data(port), expected, 512));
}

static struct ahci_port *disk(void)
{
	for (unsigned i = 0; i < AHCI_PORTS; i++)
		if (hba.port[i].drive == AHCI_ATA)
			return &hba.port[i];
	return NULL;
}

/* Everything on one machine, its line known from the wires. */
static void whole_way(const char *machine, uint32_t gsi, bool x2apic)
{
	struct ahci_port *port;

	if (!start(machine, x2apic)) {
		UNIT_FAIL("%s: no AHCI function", machine);
		return;
	}
	take();
	bring_up();
	port = disk();
	if (!port) {
		UNIT_FAIL("%s: no drive", machine);
		return;
	}
	UNIT_EQ(ahci_start_ports(&hba), OK);
	open_line(gsi);
	left_asserted = 3;
	identify_and_read(port, 0x1fffffff);
	/* four for the first command, of which three were not served; one for the second */
	UNIT_EQ(deliveries, 5);
	UNIT_EQ(port->served_count, 1);
	UNIT_TRUE(!sim_line_asserted(sim, gsi));
	UNIT_EQ(ahci_stop_ports(&hba), OK);
	give_back();
}

static void q35_whole_way(void)
{
	whole_way("q35", 16, false);
}

static void q35_whole_way_x2apic(void)
{
	whole_way("q35", 16, true);
}

static void q35_by_the_pirq_route(void)
{
	whole_way("q35", 10, false);
}

static void ich9_at_4_whole_way(void)
{
	whole_way("ich9-at-4", 20, false);
}

static void behind_bridge_whole_way(void)
{
	whole_way("behind-bridge", 23, false);
}

static void two_ioapics_whole_way(void)
{
	whole_way("two-ioapics", 28, false);
}

static void two_segments_whole_way(void)
{
	whole_way("two-segments", 20, false);
}

static void mem_bar_only_whole_way(void)
{
	whole_way("mem-bar-only", 16, false);
}

static void bios_owned_whole_way(void)
{
	whole_way("bios-owned", 16, false);
}

static void running_port_whole_way(void)
{
	whole_way("running-port", 16, false);
}

static void drives_are_told_apart(void)
{
	static const struct {
		const char *machine;
		unsigned port;
		enum ahci_drive drive;
	} rows[] = {
		{ "no-drive", 0, AHCI_EMPTY },
		{ "atapi", 2, AHCI_ATAPI },
		{ "dead-drive", 0, AHCI_ATA },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		UNIT_TRUE(start(rows[i].machine, false));
		hw->ops->irq_switch(hw, false);
		bring_up();
		UNIT_EQ(hba.port[rows[i].port].drive, rows[i].drive);
		stop();
	}
}

static void dead_drive_times_out(void)
{
	UNIT_TRUE(start("dead-drive", false));
	hw->ops->irq_switch(hw, false);
	bring_up();
	UNIT_EQ(ahci_start_ports(&hba), OK);
	ahci_issue_identify(&hba.port[0]);
	UNIT_EQ(ahci_wait_done(&hba.port[0], 100000), ERR_TIMEOUT);
	stop();
}

static void machines_without(void)
{
	UNIT_TRUE(!start("no-ahci", false));
	UNIT_EQ(tree.count, 4);
	stop();
	UNIT_TRUE(!start("no-mcfg", false));
	stop();
}

/* What stands behind the last IOAPIC is no IOAPIC: at address 0 the machine ends the test. */
static void no_ioapic_behind_the_last_is_driven(void)
{
	start("two-ioapics", false);
	hw->ops->irq_switch(hw, false);
	UNIT_EQ(irqc_x86_init(&x86, hw, &madt), OK);
	UNIT_EQ(x86.ioapic_count, 2);
	for (unsigned i = 2; i < ACPI_MAX_IOAPICS; i++)
		x86.ioapic[i] = (struct ioapic){ .hw = hw, .pins = 24 };
	UNIT_EQ(irqc_x86_take(&x86, &saved), OK);
	give_back();
}

static const struct unit_test tests[] = {
	UNIT(no_ioapic_behind_the_last_is_driven),
	UNIT(q35_whole_way),
	UNIT(q35_whole_way_x2apic),
	UNIT(q35_by_the_pirq_route),
	UNIT(ich9_at_4_whole_way),
	UNIT(behind_bridge_whole_way),
	UNIT(two_ioapics_whole_way),
	UNIT(two_segments_whole_way),
	UNIT(mem_bar_only_whole_way),
	UNIT(bios_owned_whole_way),
	UNIT(running_port_whole_way),
	UNIT(drives_are_told_apart),
	UNIT(dead_drive_times_out),
	UNIT(machines_without),
};

int main(void)
{
	return UNIT_RUN(tests);
}
