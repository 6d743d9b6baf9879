/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * How a machine is built from its row: which functions stand where, and the state in which firmware
 * hands them over. Modelled on QEMU's q35 with OVMF.
 */
#include "tests/sim/sim_machine.h"

#define IOAPIC_FIRST 0xfec00000ull
#define IOAPIC_SECOND 0xfec10000ull
#define IOAPIC_DEAD 0xfec20000ull
#define IOAPIC_APART 0x1000
#define ABAR_SIZE 0x1000
#define ABAR_SIZE_32 0x2000 /* the registers of 32 ports end at 1100h */
#define ABAR_32 0x81086000u
#define DEVICE_BAR 0x81100000u
#define DEVICE_BAR_APART 0x1000000u
#define EDU_BAR_BRIDGE 0x81300000u /* beside what the bridge behind the port forwards */
#define RTE_MASKED (1ull << 16)
#define RTE_LEVEL (1ull << 15)

enum {
	CFG_COMMAND = 0x04,
	CFG_HEADER_TYPE = 0x0e,
	CFG_IO_BASE = 0x1c,
	CFG_MEM_BASE = 0x20,
	CFG_MEM_LIMIT = 0x22,
	CFG_SUBSYSTEM = 0x2c,
	CFG_INTERRUPT_LINE = 0x3c,
	CFG_INTERRUPT_PIN = 0x3d
};

static struct sim_fn *add_simple(struct sim *sim, unsigned dev, unsigned fn, uint32_t id,
				 uint32_t class_revision, uint8_t header_type)
{
	struct sim_fn *new = sim_fn_add(sim, NULL, dev, fn, id, class_revision);

	new->cfg[CFG_HEADER_TYPE] = header_type;
	sim_cfg_set32(new, CFG_SUBSYSTEM, 0x11001af4);
	return new;
}

static void add_host_bridge(struct sim *sim)
{
	const struct sim_machine *machine = sim->machine;
	uint32_t id = machine->host_id ? machine->host_id : 0x29c08086;
	struct sim_fn *host = add_simple(sim, 0, 0, id, 0x06000000, 0x00);

	if (machine->ht_host)
		sim_platform_add_link(host);
	if (machine->ht_host_on)
		sim_platform_add_mapping(host, true);
}

/* Intel VMD: RAID by its class, its BARs 0, 2 and 4 of 64 bits; nothing decodes. */
static void add_vmd(struct sim *sim)
{
	struct sim_fn *vmd = add_simple(sim, 14, 0, 0x9a0b8086, 0x01040000, 0x00);

	sim_cfg_set32(vmd, 0x10, 0x0000000c);
	sim_cfg_set32(vmd, 0x14, 0x00000060);
	sim_cfg_set32(vmd, 0x18, 0x82000004);
	sim_cfg_set32(vmd, 0x20, 0x0100000c);
	sim_cfg_set32(vmd, 0x24, 0x00000060);
}

/* What every one of them has besides the function that matters. */
static void add_chipset(struct sim *sim)
{
	const struct sim_machine *machine = sim->machine;
	uint32_t smbus = machine->smbus_id ? machine->smbus_id : 0x29308086;
	uint8_t revision = machine->smbus_id ? machine->smbus_revision : 2;
	struct sim_fn *vga;

	if (!machine->port_first)
		add_host_bridge(sim);
	if (machine->vmd)
		add_vmd(sim);
	vga = add_simple(sim, 1, 0, 0x11111234, 0x03000002, 0x00);
	sim_cfg_set16(vga, CFG_COMMAND, CMD_IO | CMD_MEM);
	sim_cfg_set16(add_simple(sim, 31, 0, 0x29188086, 0x06010002, 0x80), CFG_COMMAND,
		      CMD_IO | CMD_MEM | CMD_MASTER);
	sim_cfg_set8(add_simple(sim, 31, 3, smbus, 0x0c050000u | revision, 0x80), CFG_INTERRUPT_PIN,
		     1);
}

static void open_bridge(struct sim_fn *bridge)
{
	sim_cfg_set16(bridge, CFG_COMMAND, CMD_IO | CMD_MEM | CMD_MASTER);
	sim_cfg_set16(bridge, CFG_IO_BASE, 0x7060);
	sim_cfg_set16(bridge, CFG_MEM_BASE, 0x8120);
	sim_cfg_set16(bridge, CFG_MEM_LIMIT, 0x8120);
}

/* A root port at 00:02.0 and, in its slot, a PCI Express to PCI bridge. */
static struct sim_fn *add_bridges(struct sim *sim)
{
	const struct sim_machine *machine = sim->machine;
	uint8_t outer = machine->port_bus ? machine->port_bus : 1;
	uint8_t inner = machine->bridge_bus ? machine->bridge_bus : 2;
	unsigned dev = machine->port_first ? 0 : 2;
	struct sim_fn *port = add_simple(sim, dev, 0, 0x000c1b36, 0x06040000, 0x00);
	struct sim_fn *bridge;

	sim_fn_make_bridge(port, 0, outer, inner);
	sim_fn_add_express(port, 0x54, 4);
	sim_cfg_set8(port, CFG_INTERRUPT_PIN, 1);
	open_bridge(port);
	bridge = sim_fn_add(sim, port, 0, 0, machine->bridge_id ? machine->bridge_id : 0x000e1b36,
			    0x06040000);
	sim_fn_make_bridge(bridge, outer, inner, inner);
	sim_fn_add_express(bridge, 0x54, 7);
	sim_cfg_set8(bridge, CFG_INTERRUPT_PIN, 1);
	open_bridge(bridge);
	if (machine->ht_off || machine->ht_on)
		sim_platform_add_mapping(bridge, machine->ht_on);
	if (machine->no_master_above) {
		sim_cfg_set16(bridge, CFG_COMMAND, CMD_IO | CMD_MEM);
		sim_cfg_set16(port, CFG_COMMAND, CMD_IO | CMD_MEM);
	}
	if (machine->closed_above)
		sim_cfg_set16(bridge, CFG_COMMAND, CMD_IO | CMD_MASTER);
	if (machine->no_window_above)
		sim_cfg_set16(bridge, CFG_MEM_BASE, 0xfff0);
	return bridge;
}

/*
 * ICH9: the MSI capability comes first in its list, at 80h, then SATA's at A8h; Power Management
 * and Advanced Features behind them. Only the machine with two IOAPICs resets on leaving D3hot.
 */
static struct sim_fn *add_ahci_function(struct sim *sim, struct sim_fn *parent, unsigned index)
{
	const struct sim_machine *machine = sim->machine;
	struct sim_fn *fn = sim_fn_add(sim, parent, machine->ahci[index].dev,
				       machine->ahci[index].fn,
				       machine->ahci_id ? machine->ahci_id : 0x29228086,
				       machine->ahci_class ? machine->ahci_class : 0x01060102);
	uint32_t abar = (parent ? 0x81200000u : 0x81085000u) + index * ABAR_SIZE;
	uint16_t command = sim->config.command;

	if (machine->ahci[index].dev == 31)
		fn->cfg[CFG_HEADER_TYPE] = 0x80;
	sim_cfg_set32(fn, CFG_SUBSYSTEM, 0x11001af4);
	if (machine->no_msi)
		sim_fn_add_list(fn, 0xa8);
	else
		sim_fn_add_msi(fn, 0x80, 0xa8, !machine->msi_32);
	sim_cfg_set32(fn, 0xa8, 0x0010c012); /* SATA capability, revision 1.0, next at C0h */
	sim_cfg_set32(fn, 0xac, 0x00000048);
	sim_fn_add_power(fn, 0xc0, 0xd0, !machine->two_ioapics && !machine->d3_resets);
	if (machine->ahci_is_express) {
		sim_cfg_set8(fn, 0xd1, 0xe0); /* behind Advanced Features, the last of the list */
		sim_cfg_set32(fn, 0xe0, 0x00920010); /* root complex integrated endpoint */
	}
	if (machine->msix_on) {
		sim_cfg_set8(fn, 0xd1, 0xe0);
		sim_fn_add_msix(fn, 0xe0);
	}
	if (machine->ht_leaf)
		sim_platform_add_mapping(fn, false);
	if (machine->sparse_ports)
		sim_fn_add_bar(fn, 5, ABAR_SIZE_32, ABAR_32, false);
	else
		sim_fn_add_bar(fn, 5, ABAR_SIZE, abar, false);
	if (machine->mem_bar_only) {
		fn->writable[CFG_COMMAND] &= (uint8_t)~CMD_IO;
		command &= (uint16_t)~CMD_IO;
	} else {
		sim_fn_add_bar(fn, 4, 0x20, 0x6040 + index * 0x20, true);
	}
	sim_cfg_set16(fn, CFG_COMMAND, command);
	sim_cfg_set8(fn, CFG_INTERRUPT_PIN, machine->no_pin ? 0 : 1);
	return fn;
}

static void add_ahcis(struct sim *sim)
{
	const struct sim_machine *machine = sim->machine;
	struct sim_fn *parent = machine->behind_bridge ? add_bridges(sim) : NULL;

	if (machine->empty_bridge)
		(void)add_bridges(sim);
	if (machine->stray_bus)
		sim_fn_make_bridge(add_simple(sim, 3, 0, 0x000c1b36, 0x06040000, 0x00), 0,
				   machine->stray_bus, machine->stray_bus);
	for (unsigned i = 0; i < machine->ahci_count; i++) {
		struct sim_fn *fn = add_ahci_function(sim, parent, i);
		struct sim_ahci *hba = sim_ahci_add(sim, fn, machine->bios_owned,
						    machine->sparse_ports);

		if (machine->slow_ae)
			hba->ae_takes = hba->ae_written = 3;
		if (machine->two_segments)
			fn->segment = 1;
		if (machine->drive != DRIVE_NONE && !(machine->empty >> i & 1))
			sim_port_plug(&hba->port[machine->drive_port], machine->drive,
				      machine->running_port);
	}
}

static void add_devices(struct sim *sim)
{
	const struct sim_machine *machine = sim->machine;
	struct sim_fn *bridge, *port;

	for (unsigned i = 0; i < SIM_MAX_DEVICES && machine->device[i].row; i++)
		(void)sim_device_add(sim, machine->device[i].row, NULL, machine->device[i].dev, 0,
				     1, DEVICE_BAR + i * DEVICE_BAR_APART);
	if (!machine->edu_beside_bridge)
		return;
	bridge = sim->ahci[0]->fn->parent;
	port = bridge->parent;
	bridge->cfg[CFG_HEADER_TYPE] |= 0x80;
	sim_cfg_set16(port, CFG_MEM_LIMIT, EDU_BAR_BRIDGE >> 16);
	(void)sim_device_add(sim, &sim_device_edu, port, 0, 1, 2, EDU_BAR_BRIDGE);
}

static void wire_pins(struct sim *sim)
{
	for (unsigned i = 0; i < sim->fn_count; i++) {
		struct sim_fn *fn = sim->fn[i];

		fn->wire_pin = fn->cfg[CFG_INTERRUPT_PIN];
		if (sim_has_fault(fn, SIM_FAULT_PIN_READS_0))
			fn->cfg[CFG_INTERRUPT_PIN] = 0;
	}
}

/* What firmware writes there: the 8259's input that the PIRQ is routed to, FFh for none. */
static void set_interrupt_lines(struct sim *sim)
{
	uint8_t turned = sim->fault[SIM_FAULT_LINE_BYTE_WRONG] ? 1 : 0;

	for (unsigned i = 0; i < sim->fn_count; i++) {
		uint32_t gsi[2];

		if (!sim->fn[i]->ops || !sim->fn[i]->wire_pin)
			continue;
		sim_fn_gsis(sim->fn[i], gsi);
		sim_cfg_set8(sim->fn[i], CFG_INTERRUPT_LINE,
			     gsi[1] == SIM_NO_GSI ? 0xff : (uint8_t)gsi[1] ^ turned);
	}
}

/* Plain network functions that came out of their reset when the machine began. */
static void add_not_ready(struct sim *sim)
{
	add_simple(sim, 4, 0, 0x165914e4, 0x02000000, 0x00)->ready_at = 300 * SIM_MS;
	add_simple(sim, 5, 0, 0x165914e4, 0x02000000, 0x00)->ready_at = SIM_NEVER;
}

/*
 * The entries that firmware leaves open: a serial port's edge interrupt and the SCI. Nobody drives
 * them unless a test does (sim_isa_drive()).
 */
static void add_controllers(struct sim *sim)
{
	sim_lapic_init(sim, sim->config.x2apic);
	sim_pic_init(sim);
	if (sim->machine->no_ioapic)
		return;
	sim_ioapic_init(sim, IOAPIC_FIRST, 0, 24);
	if (sim->machine->two_ioapics)
		sim_ioapic_init(sim, IOAPIC_SECOND, 24, 32);
	for (unsigned i = 2; sim->machine->madt_many && i < SIM_MAX_IOAPICS; i++)
		sim_ioapic_init(sim, IOAPIC_SECOND + (i - 1) * IOAPIC_APART, 56 + (i - 2) * 8, 8);
	if (sim->machine->madt_odd) {
		sim_ioapic_init(sim, IOAPIC_DEAD, 24, 24);
		sim->ioapic[1].dead = true;
	}
	sim_ioapic_set(&sim->ioapic[0], 4, 0x6c);
	sim_ioapic_set(&sim->ioapic[0], 9, RTE_LEVEL | 0x71);
}

void sim_machine_build(struct sim *sim)
{
	const struct sim_machine *machine = sim->machine;

	sim_pci_init(sim);
	add_controllers(sim);
	add_chipset(sim);
	add_ahcis(sim);
	add_devices(sim);
	wire_pins(sim);
	set_interrupt_lines(sim);
	if (machine->not_ready)
		add_not_ready(sim);
	if (!machine->no_mcfg)
		sim_pci_add_ecams(sim);
	for (unsigned i = 0; i < sim->fn_count; i++)
		sim_power_init(sim->fn[i]);
}
