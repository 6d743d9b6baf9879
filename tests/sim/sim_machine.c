/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The machines: which functions stand where, and the state in which firmware hands them over.
 * Modelled on QEMU's q35 with OVMF. A row here and nothing else makes a machine.
 */
#include <string.h>

#include "tests/sim/sim_internal.h"

#define ECAM_BASE 0xb0000000ull
#define ECAM_SECOND 0xc0000000ull
#define IOAPIC_FIRST 0xfec00000ull
#define IOAPIC_SECOND 0xfec10000ull
#define IOAPIC_APART 0x1000
#define ABAR_SIZE 0x1000
#define ABAR_SIZE_32 0x2000 /* the registers of 32 ports end at 1100h */
#define ABAR_32 0x81086000u
#define EDU_BAR 0x81100000u
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

static const struct sim_machine machines[] = {
	{ .text = { "q35", "AHCI at 00:1f.2, INTA on GSI 16 and, by PIRQ routing, on 10; a disk" },
	  .ahci_count = 1,
	  .ahci = { { 31, 2 } },
	  .drive = DRIVE_DISK },
	{ .text = { "ich9-at-4",
		    "AHCI at 00:04.0, INTA on GSI 20 and, by PIRQ routing, on 10; a disk" },
	  .ahci_count = 1,
	  .ahci = { { 4, 0 } },
	  .drive = DRIVE_DISK },
	{ .text = { "behind-bridge",
		    "AHCI at 02:05.0 behind a root port and a PCI bridge, INTA on GSI 23 and 11" },
	  .flags = M_BEHIND_BRIDGE,
	  .ahci_count = 1,
	  .ahci = { { 5, 0 } },
	  .drive = DRIVE_DISK,
	  .drive_port = 3 },
	{ .text = { "port-first",
		    "behind-bridge with the root port at 00:00.0: the host bridge is no function" },
	  .flags = M_BEHIND_BRIDGE | M_PORT_FIRST,
	  .ahci_count = 1,
	  .ahci = { { 5, 0 } },
	  .drive = DRIVE_DISK,
	  .drive_port = 3 },
	{ .text = { "two-ahci", "AHCI at 00:04.0 and 00:08.0, both on GSI 20 and 10, a disk each" },
	  .ahci_count = 2,
	  .ahci = { { 4, 0 }, { 8, 0 } },
	  .drive = DRIVE_DISK },
	{ .text = { "no-drive", "q35 with six empty ports" },
	  .ahci_count = 1,
	  .ahci = { { 31, 2 } } },
	{ .text = { "no-ahci", "q35 without an AHCI function" } },
	{ .text = { "no-mcfg", "q35 without MCFG and without ECAM" },
	  .flags = M_NO_MCFG,
	  .ahci_count = 1,
	  .ahci = { { 31, 2 } },
	  .drive = DRIVE_DISK },
	{ .text = { "two-ioapics",
		    "AHCI at 00:04.0, INTA on GSI 28 of a second IOAPIC with 32 inputs" },
	  .flags = M_TWO_IOAPICS,
	  .ahci_count = 1,
	  .ahci = { { 4, 0 } },
	  .drive = DRIVE_DISK },
	{ .text = { "atapi", "q35 with nothing but a DVD drive, on port 2" },
	  .ahci_count = 1,
	  .ahci = { { 31, 2 } },
	  .drive = DRIVE_ATAPI,
	  .drive_port = 2 },
	{ .text = { "dead-drive",
		    "q35 with a drive that shows its signature and answers no command" },
	  .ahci_count = 1,
	  .ahci = { { 31, 2 } },
	  .drive = DRIVE_DEAD },
	{ .text = { "mem-bar-only",
		    "q35 whose AHCI has only its memory BAR; Command[0] is hard-wired 0" },
	  .flags = M_MEM_BAR_ONLY,
	  .ahci_count = 1,
	  .ahci = { { 31, 2 } },
	  .drive = DRIVE_DISK },
	{ .text = { "bios-owned", "q35 with CAP2.BOH=1 and firmware's SMI handler owning the HBA" },
	  .flags = M_BIOS_OWNED,
	  .ahci_count = 1,
	  .ahci = { { 31, 2 } },
	  .drive = DRIVE_DISK },
	{ .text = { "running-port", "q35 whose firmware leaves the disk's port started" },
	  .flags = M_RUNNING_PORT,
	  .ahci_count = 1,
	  .ahci = { { 31, 2 } },
	  .drive = DRIVE_DISK },
	{ .text = { "two-segments", "AHCI at 0001:00:04.0, in a second segment with its own ECAM" },
	  .flags = M_TWO_SEGMENTS,
	  .ahci_count = 1,
	  .ahci = { { 4, 0 } },
	  .drive = DRIVE_DISK },
	{ .text = { "sb700", "q35 whose AHCI and SMBus say SB700, revision 3Ah: Linux lists it" },
	  .ahci_count = 1,
	  .ahci = { { 31, 2 } },
	  .drive = DRIVE_DISK,
	  .ahci_id = 0x43911002,
	  .smbus_id = 0x43851002,
	  .smbus_revision = 0x3a },
	{ .text = { "listed-masking", "q35 whose AHCI has an id on Linux's list of broken masks" },
	  .ahci_count = 1,
	  .ahci = { { 31, 2 } },
	  .drive = DRIVE_DISK,
	  .ahci_id = 0x15728086 },
	{ .text = { "express", "q35 whose AHCI is a PCI Express integrated endpoint" },
	  .ahci_count = 1,
	  .ahci = { { 31, 2 } },
	  .drive = DRIVE_DISK,
	  .ahci_is_express = true },
	{ .text = { "slow-ae", "q35 whose HBA has CAP.SAM 0 and takes GHC.AE at the third write" },
	  .flags = M_SLOW_AE,
	  .ahci_count = 1,
	  .ahci = { { 31, 2 } },
	  .drive = DRIVE_DISK },
	{ .text = { "sparse-ports", "q35 whose HBA has ports 0, 5 and 31, the disk on 31" },
	  .flags = M_SPARSE_PORTS,
	  .ahci_count = 1,
	  .ahci = { { 31, 2 } },
	  .drive = DRIVE_DISK,
	  .drive_port = 31 },
	{ .text = { "no-msi", "q35 whose AHCI has no MSI capability" },
	  .flags = M_NO_MSI,
	  .ahci_count = 1,
	  .ahci = { { 31, 2 } },
	  .drive = DRIVE_DISK },
	{ .text = { "msi-32", "q35 whose MSI capability has addresses of 32 bits" },
	  .flags = M_MSI_32,
	  .ahci_count = 1,
	  .ahci = { { 31, 2 } },
	  .drive = DRIVE_DISK },
	{ .text = { "posts-writes",
		    "q35 whose posted writes arrive with the next read, or after 1 ms" },
	  .flags = M_POSTS_WRITES,
	  .ahci_count = 1,
	  .ahci = { { 31, 2 } },
	  .drive = DRIVE_DISK },
	{ .text = { "no-ioapic", "q35 without an IOAPIC, and none in the MADT" },
	  .flags = M_NO_IOAPIC,
	  .ahci_count = 1,
	  .ahci = { { 31, 2 } },
	  .drive = DRIVE_DISK },
	{ .text = { "remapping",
		    "q35 with two VT-d units; firmware left one's interrupt remapping on" },
	  .flags = M_REMAPS,
	  .ahci_count = 1,
	  .ahci = { { 31, 2 } },
	  .drive = DRIVE_DISK },
	{ .text = { "remapping-off",
		    "q35 with three VT-d units: remapping off, all-ones, not mapped" },
	  .flags = M_REMAPS_NOT,
	  .ahci_count = 1,
	  .ahci = { { 31, 2 } },
	  .drive = DRIVE_DISK },
	{ .text = { "unreadable-drive", "q35 with a drive that is identified and cannot be read" },
	  .ahci_count = 1,
	  .ahci = { { 31, 2 } },
	  .drive = DRIVE_UNREADABLE },
	{ .text = { "edu", "q35 with an edu at 00:05.0, INTA on GSI 21 and 10" },
	  .ahci_count = 1,
	  .ahci = { { 31, 2 } },
	  .drive = DRIVE_DISK,
	  .edu_dev = 5 },
	{ .text = { "shared",
		    "AHCI at 00:1f.2 and 00:19.0, an edu at 00:1a.0, all on GSI 16 and 10" },
	  .ahci_count = 2,
	  .ahci = { { 31, 2 }, { 25, 0 } },
	  .drive = DRIVE_DISK,
	  .edu_dev = 26 },
	{ .text = { "shared-behind-bridge",
		    "behind-bridge, and an edu at 01:00.1 whose INTB is on GSI 23 and 11 too" },
	  .flags = M_BEHIND_BRIDGE | M_EDU_BESIDE_BRIDGE,
	  .ahci_count = 1,
	  .ahci = { { 5, 0 } },
	  .drive = DRIVE_DISK,
	  .drive_port = 3 },
	{ .text = { "raid",
		    "q35 whose AHCI is in RAID mode, class 010400, 8086:2822; an edu at 00:1a.0" },
	  .ahci_count = 1,
	  .ahci = { { 31, 2 } },
	  .drive = DRIVE_DISK,
	  .edu_dev = 26,
	  .ahci_id = 0x28228086,
	  .ahci_class = 0x01040002 },
	{ .text = { "no-pin", "q35 whose AHCI has no INTx: Interrupt Pin is 0, no wire" },
	  .flags = M_NO_PIN,
	  .ahci_count = 1,
	  .ahci = { { 31, 2 } },
	  .drive = DRIVE_DISK },
	{ .text = { "msix-on",
		    "AHCI at 00:1f.2 and 00:19.0; firmware leaves MSI-X of both enabled" },
	  .flags = M_MSIX_ON,
	  .ahci_count = 2,
	  .ahci = { { 31, 2 }, { 25, 0 } },
	  .drive = DRIVE_DISK },
	{ .text = { "not-ready",
		    "q35 with 00:04.0, ready after 300 ms, and 00:05.0, which stays not ready" },
	  .flags = M_NOT_READY,
	  .ahci_count = 1,
	  .ahci = { { 31, 2 } },
	  .drive = DRIVE_DISK },
	{ .text = { "split-ecam",
		    "ECAM of buses 00-0f and 20-2f; AHCI at 21:05.0; a bridge to bus 10" },
	  .flags = M_BEHIND_BRIDGE,
	  .ahci_count = 1,
	  .ahci = { { 5, 0 } },
	  .drive = DRIVE_DISK,
	  .drive_port = 3,
	  .buses = { { 0x00, 0x0f }, { 0x20, 0x2f } },
	  .port_bus = 0x20,
	  .bridge_bus = 0x21,
	  .stray_bus = 0x10 },
	{ .text = { "short-ecam", "q35 whose ECAM ends at bus 11, and a bridge to bus 12" },
	  .flags = M_EMPTY_BRIDGE,
	  .ahci_count = 1,
	  .ahci = { { 31, 2 } },
	  .drive = DRIVE_DISK,
	  .buses = { { 0x00, 0x11 } },
	  .port_bus = 0x11,
	  .bridge_bus = 0x12 },
	{ .text = { "madt-checksum", "q35 whose MADT's checksum byte is wrong" },
	  .flags = M_MADT_SUM,
	  .ahci_count = 1,
	  .ahci = { { 31, 2 } },
	  .drive = DRIVE_DISK },
	{ .text = { "madt-tail", "q35 with two zero bytes behind the MADT's last entry" },
	  .flags = M_MADT_TAIL,
	  .ahci_count = 1,
	  .ahci = { { 31, 2 } },
	  .drive = DRIVE_DISK },
	{ .text = { "madt-odd",
		    "q35 whose MADT has entries that cannot be right among the good ones" },
	  .flags = M_MADT_ODD,
	  .ahci_count = 1,
	  .ahci = { { 31, 2 } },
	  .drive = DRIVE_DISK },
	{ .text = { "many-ioapics", "AHCI at 00:04.0, INTA on GSI 28 of the second of 20 IOAPICs" },
	  .flags = M_TWO_IOAPICS | M_MADT_MANY,
	  .ahci_count = 1,
	  .ahci = { { 4, 0 } },
	  .drive = DRIVE_DISK },
	{ .text = { "mcfg-tail",
		    "q35 with ECAM of buses 00-3f and an MCFG of 62 bytes: two are over" },
	  .flags = M_MCFG_TAIL,
	  .ahci_count = 1,
	  .ahci = { { 31, 2 } },
	  .drive = DRIVE_DISK,
	  .buses = { { 0x00, 0x3f } } },
};

#define MACHINE_COUNT (sizeof(machines) / sizeof(machines[0]))

const struct sim_name *sim_machines(unsigned *ret_count)
{
	static struct sim_name names[MACHINE_COUNT];

	for (unsigned i = 0; i < MACHINE_COUNT; i++)
		names[i] = machines[i].text;
	*ret_count = MACHINE_COUNT;
	return names;
}

const struct sim_machine *sim_machine_find(const char *name)
{
	for (unsigned i = 0; i < MACHINE_COUNT; i++)
		if (strcmp(machines[i].text.name, name) == 0)
			return &machines[i];
	return NULL;
}

static struct sim_fn *add_simple(struct sim *sim, unsigned dev, unsigned fn, uint32_t id,
				 uint32_t class_revision, uint8_t header_type)
{
	struct sim_fn *new = sim_fn_add(sim, NULL, dev, fn, id, class_revision);

	new->cfg[CFG_HEADER_TYPE] = header_type;
	sim_cfg_set32(new, CFG_SUBSYSTEM, 0x11001af4);
	return new;
}

/* What every one of them has besides the function that matters. */
static void add_chipset(struct sim *sim)
{
	const struct sim_machine *machine = sim->machine;
	uint32_t smbus = machine->smbus_id ? machine->smbus_id : 0x29308086;
	uint8_t revision = machine->smbus_id ? machine->smbus_revision : 2;
	struct sim_fn *vga;

	if (!(machine->flags & M_PORT_FIRST))
		(void)add_simple(sim, 0, 0, 0x29c08086, 0x06000000, 0x00);
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
	unsigned dev = machine->flags & M_PORT_FIRST ? 0 : 2;
	struct sim_fn *port = add_simple(sim, dev, 0, 0x000c1b36, 0x06040000, 0x00);
	struct sim_fn *bridge;

	sim_fn_make_bridge(port, 0, outer, inner);
	sim_fn_add_express(port, 0x54, 4);
	sim_cfg_set8(port, CFG_INTERRUPT_PIN, 1);
	open_bridge(port);
	bridge = sim_fn_add(sim, port, 0, 0, 0x000e1b36, 0x06040000);
	sim_fn_make_bridge(bridge, outer, inner, inner);
	sim_fn_add_express(bridge, 0x54, 7);
	sim_cfg_set8(bridge, CFG_INTERRUPT_PIN, 1);
	open_bridge(bridge);
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
	if (machine->flags & M_NO_MSI)
		sim_fn_add_list(fn, 0xa8);
	else
		sim_fn_add_msi(fn, 0x80, 0xa8, !(machine->flags & M_MSI_32));
	sim_cfg_set32(fn, 0xa8, 0x0010c012); /* SATA capability, revision 1.0, next at C0h */
	sim_cfg_set32(fn, 0xac, 0x00000048);
	sim_fn_add_power(fn, 0xc0, 0xd0, !(machine->flags & M_TWO_IOAPICS));
	if (machine->ahci_is_express) {
		sim_cfg_set8(fn, 0xd1, 0xe0); /* behind Advanced Features, the last of the list */
		sim_cfg_set32(fn, 0xe0, 0x00920010); /* root complex integrated endpoint */
	}
	if (machine->flags & M_MSIX_ON) {
		sim_cfg_set8(fn, 0xd1, 0xe0);
		sim_fn_add_msix(fn, 0xe0);
	}
	if (machine->flags & M_SPARSE_PORTS)
		sim_fn_add_bar(fn, 5, ABAR_SIZE_32, ABAR_32, false);
	else
		sim_fn_add_bar(fn, 5, ABAR_SIZE, abar, false);
	if (machine->flags & M_MEM_BAR_ONLY) {
		fn->writable[CFG_COMMAND] &= (uint8_t)~CMD_IO;
		command &= (uint16_t)~CMD_IO;
	} else {
		sim_fn_add_bar(fn, 4, 0x20, 0x6040 + index * 0x20, true);
	}
	sim_cfg_set16(fn, CFG_COMMAND, command);
	sim_cfg_set8(fn, CFG_INTERRUPT_PIN, machine->flags & M_NO_PIN ? 0 : 1);
	return fn;
}

static void add_ahcis(struct sim *sim)
{
	const struct sim_machine *machine = sim->machine;
	struct sim_fn *parent = machine->flags & M_BEHIND_BRIDGE ? add_bridges(sim) : NULL;

	if (machine->flags & M_EMPTY_BRIDGE)
		(void)add_bridges(sim);
	if (machine->stray_bus)
		sim_fn_make_bridge(add_simple(sim, 3, 0, 0x000c1b36, 0x06040000, 0x00), 0,
				   machine->stray_bus, machine->stray_bus);
	for (unsigned i = 0; i < machine->ahci_count; i++) {
		struct sim_fn *fn = add_ahci_function(sim, parent, i);
		struct sim_ahci *hba = sim_ahci_add(sim, fn, machine->flags & M_BIOS_OWNED,
						    machine->flags & M_SPARSE_PORTS);

		if (machine->flags & M_SLOW_AE)
			hba->ae_takes = hba->ae_written = 3;
		if (machine->flags & M_TWO_SEGMENTS)
			fn->segment = 1;
		if (machine->drive != DRIVE_NONE)
			sim_port_plug(&hba->port[machine->drive_port], machine->drive,
				      machine->flags & M_RUNNING_PORT);
	}
}

static void add_edu(struct sim *sim)
{
	const struct sim_machine *machine = sim->machine;
	struct sim_fn *bridge, *port;

	if (machine->edu_dev)
		sim_edu_add(sim, NULL, machine->edu_dev, 0, 1, EDU_BAR);
	if (!(machine->flags & M_EDU_BESIDE_BRIDGE))
		return;
	bridge = sim->ahci[0]->fn->parent;
	port = bridge->parent;
	bridge->cfg[CFG_HEADER_TYPE] |= 0x80;
	sim_cfg_set16(port, CFG_MEM_LIMIT, EDU_BAR_BRIDGE >> 16);
	sim_edu_add(sim, port, 0, 1, 2, EDU_BAR_BRIDGE);
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
	add_simple(sim, 4, 0, 0x10d38086, 0x02000000, 0x00)->ready_at = 300 * SIM_MS;
	add_simple(sim, 5, 0, 0x10d38086, 0x02000000, 0x00)->ready_at = SIM_NEVER;
}

static void add_ecam(struct sim *sim, uint64_t base, uint16_t segment, uint8_t bus_first,
		     uint8_t bus_last)
{
	sim->ecam[sim->ecam_count++] = (struct sim_ecam){
		.base = base,
		.segment = segment,
		.bus_first = bus_first,
		.bus_last = bus_last,
	};
}

static void add_ecams(struct sim *sim)
{
	const struct sim_machine *machine = sim->machine;

	for (unsigned i = 0; i < SIM_MAX_ECAMS; i++)
		if (machine->buses[i].last)
			add_ecam(sim, ECAM_BASE, 0, machine->buses[i].first,
				 machine->buses[i].last);
	if (!sim->ecam_count)
		add_ecam(sim, ECAM_BASE, 0, 0, 0xff);
	if (machine->flags & M_TWO_SEGMENTS)
		add_ecam(sim, ECAM_SECOND, 1, 0, 0x0f);
}

/*
 * The entries that firmware leaves open: a serial port's edge interrupt and the SCI. Nobody drives
 * them unless a test does (sim_isa_drive()).
 */
static void add_controllers(struct sim *sim)
{
	sim_lapic_init(sim, sim->config.x2apic);
	sim_pic_init(sim);
	if (sim->machine->flags & M_NO_IOAPIC)
		return;
	sim_ioapic_init(sim, IOAPIC_FIRST, 0, 24);
	if (sim->machine->flags & M_TWO_IOAPICS)
		sim_ioapic_init(sim, IOAPIC_SECOND, 24, 32);
	for (unsigned i = 2; sim->machine->flags & M_MADT_MANY && i < SIM_MAX_IOAPICS; i++)
		sim_ioapic_init(sim, IOAPIC_SECOND + (i - 1) * IOAPIC_APART, 56 + (i - 2) * 8, 8);
	sim_ioapic_set(&sim->ioapic[0], 4, 0x6c);
	sim_ioapic_set(&sim->ioapic[0], 9, RTE_LEVEL | 0x71);
}

void sim_machine_build(struct sim *sim)
{
	unsigned flags = sim->machine->flags;

	sim_pci_init(sim);
	add_controllers(sim);
	add_chipset(sim);
	add_ahcis(sim);
	add_edu(sim);
	wire_pins(sim);
	set_interrupt_lines(sim);
	if (flags & M_NOT_READY)
		add_not_ready(sim);
	if (!(flags & M_NO_MCFG))
		add_ecams(sim);
}
