/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The input populates configuration space: two bytes of set-up, then records of 16 bytes, one a
 * function (layout at struct function). Capability lists and everything else come from the input's
 * own bytes. Enumeration must end, with work linear in what is there, and nothing may stay written.
 */
#include "pci/enumerate.h"

#include <stdlib.h>
#include <string.h>

#define MAX_RECORDS 700
#define RECORD_SIZE 16u
#define ECAM 0x80000000ull
#define NOT_READY 0x7e /* a header type nobody defined: Request Retry Status, for ever */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * Bytes of a record: 0 bus, 1 devfn, 2 header type, 3 Status low, 4 capability pointer,
 * 5 secondary, 6 subordinate, 7 pin, 8-11 first BAR, 12-15 its write mask.
 */
struct function {
	const uint8_t *record;
	uint8_t regs[64];
	uint8_t writable[64];
};

struct machine {
	struct hw hw;
	const uint8_t *data;
	size_t size;
	unsigned count;
	struct function function[MAX_RECORDS];
	int16_t index[65536]; /* bus << 8 | devfn: which function, or -1 */
	uint64_t accesses;
	uint64_t map_asks;
	uint64_t retries; /* looks at functions that are not ready; no other access of theirs */
	uint64_t ticks;
	unsigned unmapped_bus;
	const struct acpi_mcfg *mcfg;
};

static struct machine machine;
static struct pci_tree tree;

static void check(bool condition)
{
	if (!condition)
		abort();
}

/* Beyond the header a function reads the input, from a place of its own. */
static uint8_t config_byte(const struct machine *m, const struct function *function, unsigned off)
{
	size_t start = (size_t)(function->record - m->data);

	if (off < sizeof(function->regs))
		return function->regs[off];
	return m->data[(start + (off < 0x100 ? off : off * 5)) % m->size];
}

static bool is_covered(const struct machine *m, uint64_t bus)
{
	for (unsigned i = 0; i < m->mcfg->count; i++) {
		if (bus >= m->mcfg->allocation[i].bus_first &&
		    bus <= m->mcfg->allocation[i].bus_last)
			return true;
	}
	return false;
}

static struct function *function_at(struct machine *m, uint64_t addr, unsigned width)
{
	uint64_t bdf = (addr - ECAM) >> 12;

	check(addr >= ECAM && bdf < 65536 && addr % width == 0 && is_covered(m, bdf >> 8));
	m->accesses++;
	return m->index[bdf] < 0 ? NULL : &m->function[m->index[bdf]];
}

static uint64_t machine_read(struct hw *hw, uint64_t addr, enum hw_width width)
{
	struct machine *m = (struct machine *)hw;
	struct function *function = function_at(m, addr, width);
	uint64_t value = 0;

	if (!function)
		return UINT64_MAX >> (64 - 8 * width);
	if (function->regs[PCI_HEADER_TYPE] == NOT_READY) {
		check(addr % 4096 == 0 && width == HW_32);
		m->accesses--;
		m->retries++;
		return 0xffff0001;
	}
	for (unsigned i = width; i--;)
		value = value << 8 | config_byte(m, function, (addr & 0xfff) + i);
	return value;
}

static void machine_write(struct hw *hw, uint64_t addr, enum hw_width width, uint64_t value)
{
	struct machine *m = (struct machine *)hw;
	struct function *function = function_at(m, addr, width);

	for (unsigned i = 0; function && i < width; i++) {
		unsigned off = (addr & 0xfff) + i;

		check(off < sizeof(function->regs));
		function->regs[off] = (uint8_t)((function->regs[off] & ~function->writable[off]) |
						(value >> 8 * i & function->writable[off]));
	}
}

static bool machine_is_mapped(struct hw *hw, uint64_t addr, uint64_t size)
{
	struct machine *m = (struct machine *)hw;

	check(addr >= ECAM && addr + size <= ECAM + (256ull << 20) && size);
	m->map_asks++;
	return (addr - ECAM) >> 20 != m->unmapped_bus;
}

static uint64_t machine_ticks(struct hw *hw)
{
	return ((struct machine *)hw)->ticks;
}

/* A second is a thousand looks. */
static uint64_t machine_tick_hz(struct hw *hw)
{
	(void)hw;
	return 1000;
}

static void machine_relax(struct hw *hw)
{
	((struct machine *)hw)->ticks++;
}

/* Whatever else enumeration calls is a finding: it would be a call of NULL. */
static const struct hw_ops ops = {
	.mmio_read = machine_read,
	.mmio_write = machine_write,
	.mmio_is_mapped = machine_is_mapped,
	.ticks = machine_ticks,
	.tick_hz = machine_tick_hz,
	.relax = machine_relax,
};

static void populate(const uint8_t *records, size_t count)
{
	memset(machine.index, 0xff, sizeof(machine.index));
	for (size_t i = 0; i < count && machine.count < MAX_RECORDS; i++) {
		const uint8_t *record = records + i * RECORD_SIZE;
		struct function *function = &machine.function[machine.count];

		*function = (struct function){ .record = record };
		memcpy(function->regs, (uint8_t[]){ 0x86, 0x80, record[0], record[1] }, 4);
		function->regs[PCI_COMMAND] = record[8];
		function->regs[PCI_STATUS] = record[3];
		function->regs[PCI_HEADER_TYPE] = record[2];
		memcpy(function->regs + PCI_BASE_ADDRESS_0, record + 8, 4);
		memcpy(function->regs + PCI_BASE_ADDRESS_0 + 4, record + 10, 4);
		memcpy(function->writable + PCI_BASE_ADDRESS_0, record + 12, 4);
		memcpy(function->writable + PCI_BASE_ADDRESS_0 + 4, record + 11, 4);
		memset(function->writable + PCI_COMMAND, 0xff, 2);
		function->regs[PCI_CAPABILITY_LIST] = record[4];
		if ((record[2] & 0x7f) == PCI_HEADER_TYPE_BRIDGE ||
		    (record[2] & 0x7f) == PCI_HEADER_TYPE_CARDBUS) {
			function->regs[PCI_SECONDARY_BUS] = record[5];
			function->regs[PCI_SUBORDINATE_BUS] = record[6];
		}
		function->regs[PCI_INTERRUPT_PIN] = record[7];
		machine.index[record[0] << 8 | record[1]] = (int16_t)machine.count++;
	}
}

/*
 * 32 Vendor IDs a bus; 7 more and a header type for each function that answers; and of those in the
 * tree at most class, line, pin, bus numbers, Status, pointer, 48 headers, one look whether it is
 * gone, and PCIe flags. A bus is a root's or a bridge's.
 */
static void check_work(unsigned roots)
{
	uint64_t buses = roots, seen = tree.count + (uint64_t)tree.truncated;

	for (unsigned i = 0; i < tree.count; i++)
		buses += pci_is_bridge(&tree.fn[i]);
	check(buses >= tree.bad_bridges);
	buses -= tree.bad_bridges;
	check(machine.map_asks <= buses);
	check(machine.accesses <= 32 * buses + 8 * seen + 57 * (uint64_t)tree.count);
	/* the second, and two looks at each beyond it */
	check(machine.retries <= 1001 + 2 * (uint64_t)tree.retry_count);
	check(!tree.retry_count == !machine.retries);
}

static void check_tree(void)
{
	check(tree.count <= PCI_MAX_FUNCTIONS);
	for (unsigned i = 0; i < tree.count; i++) {
		struct pci_fn *fn = &tree.fn[i];
		unsigned bdf = fn->addr.bus << 8 | fn->addr.dev << 3 | fn->addr.fn;
		struct sbdf root;
		uint8_t pin = pci_root_pin(&tree, fn, &root);

		check(fn->cfg == ECAM + ((uint64_t)bdf << 12));
		check(machine.index[bdf] >= 0);
		check(machine.function[machine.index[bdf]].record[2] != NOT_READY);
		/* Each once: found by its address is found itself. */
		check(pci_tree_find(&tree, fn->addr) == fn);
		check(fn->parent < (int)i);
		check(fn->parent < 0 || tree.fn[fn->parent].secondary == fn->addr.bus);
		check(pin <= 4);
	}
}

/* Every verb of config.h on it; afterwards it reads as before. */
static void use_function(const struct pci_fn *fn)
{
	unsigned bdf = fn->addr.bus << 8 | fn->addr.dev << 3 | fn->addr.fn;
	struct function *function = &machine.function[machine.index[bdf]];
	struct pci_capability caps[PCI_MAX_CAPABILITIES];
	uint8_t before[64];
	unsigned count = 0;
	uint16_t off;

	memcpy(before, function->regs, sizeof(before));
	machine.accesses = 0;
	/* A malformed list is listed up to its flaw. */
	check(pci_list_capabilities(fn, caps, PCI_MAX_CAPABILITIES, &count) < ERR_COUNT);
	check(count <= PCI_MAX_CAPABILITIES);
	for (unsigned i = 0; i < count; i++)
		check(caps[i].off >= (caps[i].extended ? 0x100 : 0x40) && caps[i].off < 0x1000);
	if (pci_find_capability(fn, PCI_CAP_ID_MSI, &off) == OK)
		check(off >= 0x40 && off < 0x100);
	if (pci_find_ext_capability(fn, 0x0001, &off) == OK)
		check(off >= 0x100 && off < 0x1000);
	check(machine.accesses <= 2 * (48 + 960 + 8));
	for (unsigned i = 0; i < 7; i++) {
		struct pci_bar bar;

		if (pci_bar_size(fn, i, &bar) == OK && bar.size)
			check((bar.size & (bar.size - 1)) == 0);
		if (pci_bar_read(fn, i, &bar) == OK)
			check(bar.index == i && !bar.size);
	}
	check(!memcmp(before, function->regs, sizeof(before)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct acpi_mcfg mcfg = { .count = 1 };
	struct pci_root roots[2] = { { 0, 0 }, { 0, 0 } };
	unsigned root_count;

	if (size < 2)
		return 0;
	machine.hw.ops = &ops;
	machine.data = data;
	machine.size = size;
	machine.count = 0;
	machine.accesses = 0;
	machine.map_asks = 0;
	machine.retries = 0;
	machine.ticks = 0;
	machine.mcfg = &mcfg;
	machine.unmapped_bus = data[0] & 0x80 ? data[1] : 256;
	root_count = data[0] % 3;
	roots[1].bus = data[1];
	mcfg.allocation[0] = (struct acpi_mcfg_allocation){
		.base = ECAM,
		.bus_last = data[0] & 0x40 ? data[1] : 255,
	};
	if (data[0] & 0x20) { /* a gap between 00-(n/4) and (n/2+1)-ff */
		mcfg.allocation[mcfg.count++] = (struct acpi_mcfg_allocation){
			.base = ECAM,
			.bus_first = data[1] / 2 + 1,
			.bus_last = 255,
		};
		mcfg.allocation[0].bus_last = data[1] / 4;
	}
	populate(data + 2, (size - 2) / RECORD_SIZE);
	if (pci_enumerate(&machine.hw, &mcfg, roots, root_count, &tree) != ERR_INVALID)
		check_work(root_count ? root_count : mcfg.count);
	check_tree();
	for (unsigned i = 0; i < tree.count; i++)
		use_function(&tree.fn[i]);
	return 0;
}
