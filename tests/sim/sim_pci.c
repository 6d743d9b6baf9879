/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Configuration space over ECAM, routed by the bridges' bus numbers; BAR decode through the
 * bridges' windows; Command, Status, INTx gating and the MSI capability of every function.
 * Sources: PCI 3.0 chapter 6, PCI-to-PCI Bridge 1.2 chapter 3, PCIe Base chapter 7.
 */
#include "tests/sim/sim_bend.h"
#include "tests/sim/sim_bend_command.h"
#include "tests/sim/sim_bend_msi.h"

enum {
	CFG_ID = 0x00,
	CFG_COMMAND = 0x04,
	CFG_STATUS = 0x06,
	CFG_CLASS_REVISION = 0x08,
	CFG_HEADER_TYPE = 0x0e,
	CFG_BAR0 = 0x10,
	CFG_PRIMARY = 0x18,
	CFG_SECONDARY = 0x19,
	CFG_SUBORDINATE = 0x1a,
	CFG_MEM_BASE = 0x20,
	CFG_MEM_LIMIT = 0x22,
	CFG_CAP_PTR = 0x34,
	CFG_INTERRUPT_LINE = 0x3c,
};

enum {
	COMMAND_WRITABLE = 0x0547, /* IO, MEM, Master, Parity, SERR, DisINTx */
	RETRY_STATUS_VENDOR = 0x0001, /* PCIe Base sec 2.3.2; the device reads all-ones */
	STATUS_INTX = 0x0008,
	STATUS_CAP_LIST = 0x0010,
	STATUS_ERRORS_RW1C = 0xf900, /* PCI 3.0 sec 6.2.3 */
	MSI_ENABLE = 0x0001,
	MSI_64BIT = 0x0080,
	MSIX_ENABLE = 0x8000,
	MSIX_WRITABLE = 0xc000, /* MSI-X Enable, Function Mask */
	MSI_STALE_HIGH = 0x0000000a, /* of a message that firmware made and has switched off */
};

uint8_t sim_cfg_get8(const struct sim_fn *fn, unsigned off)
{
	return fn->cfg[off];
}

uint16_t sim_cfg_get16(const struct sim_fn *fn, unsigned off)
{
	return (uint16_t)(fn->cfg[off] | fn->cfg[off + 1] << 8);
}

uint32_t sim_cfg_get32(const struct sim_fn *fn, unsigned off)
{
	return sim_cfg_get16(fn, off) | (uint32_t)sim_cfg_get16(fn, off + 2) << 16;
}

void sim_cfg_set8(struct sim_fn *fn, unsigned off, uint8_t value)
{
	fn->cfg[off] = value;
}

void sim_cfg_set16(struct sim_fn *fn, unsigned off, uint16_t value)
{
	fn->cfg[off] = (uint8_t)value;
	fn->cfg[off + 1] = (uint8_t)(value >> 8);
}

void sim_cfg_set32(struct sim_fn *fn, unsigned off, uint32_t value)
{
	sim_cfg_set16(fn, off, (uint16_t)value);
	sim_cfg_set16(fn, off + 2, (uint16_t)(value >> 16));
}

void sim_cfg_writable16(struct sim_fn *fn, unsigned off, uint16_t mask)
{
	fn->writable[off] = (uint8_t)mask;
	fn->writable[off + 1] = (uint8_t)(mask >> 8);
}

void sim_cfg_writable32(struct sim_fn *fn, unsigned off, uint32_t mask)
{
	sim_cfg_writable16(fn, off, (uint16_t)mask);
	sim_cfg_writable16(fn, off + 2, (uint16_t)(mask >> 16));
}

/* INTx */

bool sim_fn_msi_enabled(const struct sim_fn *fn)
{
	return fn->msi_cap && (sim_cfg_get16(fn, fn->msi_cap + 2u) & MSI_ENABLE);
}

bool sim_fn_msix_enabled(const struct sim_fn *fn)
{
	return fn->msix_cap && (sim_cfg_get16(fn, fn->msix_cap + 2u) & MSIX_ENABLE);
}

void sim_fn_drive(struct sim_fn *fn, bool asserted)
{
	if (fn->intx_wire == asserted)
		return;
	fn->intx_wire = asserted;
	sim_wires_driven(fn);
}

static void wire_falls(void *arg)
{
	sim_fn_drive(arg, false);
}

/*
 * DisINTx deasserts at once and MSI enable prohibits INTx (PCI 3.0 sec 6.2.2 and 6.8.1.3); neither
 * is a latch: what is still pending is asserted again when the gate opens.
 */
void sim_fn_update_intx(struct sim_fn *fn)
{
	bool disabled = sim_cfg_get16(fn, CFG_COMMAND) & CMD_DISINTX;
	bool was_open = fn->intx_gated;

	if (sim_has_fault(fn, SIM_FAULT_DISINTX_IGNORED))
		disabled = false;
	bool awake = sim_fn_is_awake(fn) || sim_has_fault(fn, SIM_FAULT_D3_KEEPS_INTX);

	sim_bend_msi_write(fn);
	fn->intx_gated = sim_bend_gate(fn, sim_bend_msi_gate(fn) && !sim_fn_msix_enabled(fn) &&
						   !disabled && awake && !fn->gone);
	sim_bend_wire(fn, was_open, fn->intx_gated);
}

void sim_fn_set_pending(struct sim_fn *fn, bool pending)
{
	sim_bend_pending(fn, pending);
	sim_bend_msi_pending(fn, pending);
	fn->intx_pending = pending;
	sim_fn_update_intx(fn);
}

void sim_fn_vanish(struct sim_fn *fn)
{
	if (fn->gone)
		return;
	fn->gone = true;
	sim_fn_update_intx(fn);
	sim_fn_drive(fn, false);
}

bool sim_fn_may_master(const struct sim_fn *fn)
{
	for (; fn; fn = fn->parent)
		if (fn->gone || !sim_fn_is_awake(fn) ||
		    !(sim_cfg_get16(fn, CFG_COMMAND) & CMD_MASTER))
			return false;
	return true;
}

void sim_fn_send_msi(struct sim_fn *fn)
{
	unsigned cap = fn->msi_cap;
	bool is_64 = sim_cfg_get16(fn, cap + 2) & MSI_64BIT;
	uint64_t high = is_64 ? sim_cfg_get32(fn, cap + 8) : 0;
	uint64_t address = sim_cfg_get32(fn, cap + 4) | high << 32;
	unsigned at = cap + (is_64 ? 12 : 8);
	uint8_t data[4] = { fn->cfg[at], fn->cfg[at + 1], 0, 0 };

	if (sim_bend_msi_sends(fn))
		(void)sim_dma_write(fn, address, data, sizeof(data));
}

/* Construction */

struct sim_fn *sim_fn_add(struct sim *sim, struct sim_fn *parent, unsigned dev, unsigned fn,
			  uint32_t id, uint32_t class_revision)
{
	struct sim_fn *new = sim_calloc(sizeof(*new));

	if (sim->fn_count == SIM_MAX_FUNCTIONS)
		sim_abuse("too many functions", dev, fn);
	new->sim = sim;
	new->parent = parent;
	new->segment = parent ? parent->segment : 0;
	new->dev = (uint8_t)dev;
	new->fn = (uint8_t)fn;
	sim_cfg_set32(new, CFG_ID, id);
	sim_cfg_set32(new, CFG_CLASS_REVISION, class_revision);
	sim_cfg_writable16(new, CFG_COMMAND, COMMAND_WRITABLE);
	new->writable[CFG_INTERRUPT_LINE] = 0xff;
	new->rw1c[CFG_STATUS] = (uint8_t)STATUS_ERRORS_RW1C;
	new->rw1c[CFG_STATUS + 1] = (uint8_t)(STATUS_ERRORS_RW1C >> 8);
	sim_event_init(sim, &new->wire_falls, wire_falls, new);
	sim_bend_command_init(new);
	sim->fn[sim->fn_count++] = new;
	return new;
}

void sim_fn_make_bridge(struct sim_fn *fn, uint8_t primary, uint8_t secondary, uint8_t subordinate)
{
	fn->cfg[CFG_HEADER_TYPE] = (fn->cfg[CFG_HEADER_TYPE] & 0x80) | 1;
	fn->cfg[CFG_PRIMARY] = primary;
	fn->cfg[CFG_SECONDARY] = secondary;
	fn->cfg[CFG_SUBORDINATE] = subordinate;
	fn->writable[CFG_PRIMARY] = fn->writable[CFG_SECONDARY] = fn->writable[CFG_SUBORDINATE] =
		0xff;
	sim_cfg_writable16(fn, CFG_MEM_BASE, 0xfff0);
	sim_cfg_writable16(fn, CFG_MEM_LIMIT, 0xfff0);
}

void sim_fn_add_list(struct sim_fn *fn, uint8_t off)
{
	fn->cfg[CFG_CAP_PTR] = off;
	fn->cfg[CFG_STATUS] |= STATUS_CAP_LIST;
}

static void add_capability(struct sim_fn *fn, uint8_t off, uint8_t id, uint8_t next)
{
	fn->cfg[off] = id;
	fn->cfg[off + 1] = next;
	if (fn->cfg[CFG_CAP_PTR] == 0)
		sim_fn_add_list(fn, off);
}

void sim_fn_add_express(struct sim_fn *fn, uint8_t off, unsigned type)
{
	add_capability(fn, off, 0x10, 0);
	sim_cfg_set16(fn, off + 2u, (uint16_t)(type << 4 | 2));
}

void sim_fn_add_msi(struct sim_fn *fn, uint8_t off, uint8_t next, bool is_64)
{
	add_capability(fn, off, 0x05, next);
	sim_cfg_set16(fn, off + 2u, is_64 ? MSI_64BIT : 0);
	sim_cfg_writable16(fn, off + 2u, MSI_ENABLE);
	sim_cfg_writable32(fn, off + 4u, 0xfffffffc);
	if (is_64) {
		sim_cfg_writable32(fn, off + 8u, 0xffffffff);
		sim_cfg_set32(fn, off + 8u, MSI_STALE_HIGH);
	}
	sim_cfg_writable16(fn, off + (is_64 ? 12u : 8u), 0xffff);
	fn->msi_cap = off;
}

/* PCI 3.0 sec 6.8.2. The table is in the last BAR, at 800h; nobody looks at it. */
void sim_fn_add_msix(struct sim_fn *fn, uint8_t off)
{
	add_capability(fn, off, 0x11, 0);
	sim_cfg_set16(fn, off + 2u, MSIX_ENABLE);
	sim_cfg_writable16(fn, off + 2u, MSIX_WRITABLE);
	sim_cfg_set32(fn, off + 4u, 0x805);
	sim_cfg_set32(fn, off + 8u, 0xc05);
	fn->msix_cap = off;
}

/* The writable bits above the size are what makes sizing work (PCI 3.0 sec 6.2.5.1). */
void sim_fn_add_bar(struct sim_fn *fn, unsigned index, uint32_t size, uint32_t address, bool io)
{
	unsigned off = CFG_BAR0 + 4 * index;

	sim_cfg_set32(fn, off, address | io);
	sim_cfg_writable32(fn, off, ~(size - 1));
	if (!io) {
		fn->mem_bar = index;
		fn->mem_size = size;
		fn->mem_base = address;
	}
}

/* Configuration accesses */

static struct sim_fn *on_bus(struct sim *sim, uint16_t segment, const struct sim_fn *bridge,
			     unsigned devfn)
{
	for (unsigned i = 0; i < sim->fn_count; i++) {
		struct sim_fn *fn = sim->fn[i];

		if (fn->parent == bridge && fn->segment == segment && fn->dev == devfn >> 3 &&
		    fn->fn == (devfn & 7))
			return fn;
	}
	return NULL;
}

/* The bridge below above that forwards to bus, by the numbers in its registers now. */
static struct sim_fn *next_hop(struct sim *sim, uint16_t segment, const struct sim_fn *above,
			       unsigned bus)
{
	for (unsigned i = 0; i < sim->fn_count; i++) {
		struct sim_fn *fn = sim->fn[i];

		if (fn->parent == above && fn->segment == segment &&
		    (fn->cfg[CFG_HEADER_TYPE] & 0x7f) == 1 && fn->cfg[CFG_SECONDARY] != 0 &&
		    bus >= fn->cfg[CFG_SECONDARY] && bus <= fn->cfg[CFG_SUBORDINATE])
			return fn;
	}
	return NULL;
}

static struct sim_fn *route(struct sim *sim, uint16_t segment, unsigned bus, unsigned devfn)
{
	struct sim_fn *bridge;

	if (bus == 0)
		return on_bus(sim, segment, NULL, devfn);
	bridge = next_hop(sim, segment, NULL, bus);
	while (bridge && bridge->cfg[CFG_SECONDARY] != bus)
		bridge = next_hop(sim, segment, bridge, bus);
	return bridge ? on_bus(sim, segment, bridge, devfn) : NULL;
}

static uint8_t cfg_read_byte(const struct sim_fn *fn, unsigned off)
{
	uint8_t value = fn->cfg[off];

	if (off != CFG_STATUS)
		return value;
	/*
	 * Pending inside, whatever DisINTx says; with MSI or MSI-X enabled there is no INTx to be
	 * pending.
	 */
	if (fn->intx_pending && !sim_fn_msi_enabled(fn) && !sim_fn_msix_enabled(fn))
		value |= STATUS_INTX;
	return sim_bend_status(fn, value);
}

static uint64_t cfg_read(const struct sim_fn *fn, unsigned off, unsigned width)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < width; i++)
		value |= (uint64_t)cfg_read_byte(fn, off + i) << (8 * i);
	return value;
}

static void cfg_write(struct sim_fn *fn, unsigned off, unsigned width, uint64_t value)
{
	uint16_t command = sim_cfg_get16(fn, CFG_COMMAND);

	for (unsigned i = off; i < off + width; i++) {
		uint8_t writable = sim_bend_writable(fn, off, width, i);
		uint8_t byte = (uint8_t)(value >> 8 * (i - off));

		fn->cfg[i] = (uint8_t)((fn->cfg[i] & ~writable) | (byte & writable));
		fn->cfg[i] &= (uint8_t) ~(byte & fn->rw1c[i]);
	}
	if (off < CFG_STATUS && off + width > CFG_COMMAND)
		sim_bend_settle(fn, command);
	sim_power_write(fn);
	sim_fn_update_intx(fn);
	sim_bend_write(fn, off, width, value, command & CMD_DISINTX);
	if (fn->cfg[CFG_HEADER_TYPE] & 1) /* of a bridge: bridge.disintx-gates */
		sim_wires_update(fn->sim);
}

/* True: addr is in an ECAM; *ret_fn: who stands there, or NULL. */
static bool find_cfg(struct sim *sim, uint64_t addr, enum hw_width width, struct sim_fn **ret_fn)
{
	bool uncovered = false;

	for (unsigned i = 0; i < sim->ecam_count; i++) {
		const struct sim_ecam *ecam = &sim->ecam[i];
		uint64_t off = addr - ecam->base, bus = off >> 20;

		if (addr < ecam->base || bus > 0xff)
			continue;
		uncovered |= bus < ecam->bus_first || bus > ecam->bus_last;
		if (bus < ecam->bus_first || bus > ecam->bus_last)
			continue;
		if (width > HW_32)
			sim_abuse("a configuration access of more than 4 bytes", addr, width);
		*ret_fn = route(sim, ecam->segment, (unsigned)(off >> 20),
				(unsigned)(off >> 12) & 0xff);
		return true;
	}
	if (uncovered)
		sim_abuse("a bus that no ECAM covers", addr, width);
	return false;
}

/*
 * Not ready: the root complex makes it visible for a read of both bytes of Vendor ID and no other,
 * which it would repeat for as long as it takes.
 */
static bool is_retried(const struct sim_fn *fn, uint64_t addr, enum hw_width width,
		       uint64_t *ret_value)
{
	if (fn->sim->now >= fn->ready_at)
		return false;
	if ((addr & 0xfff) != CFG_ID || width < HW_16)
		sim_abuse("a register of a function that is not ready", addr, width);
	*ret_value = UINT64_MAX << 16 | RETRY_STATUS_VENDOR;
	return true;
}

/* BARs */

static bool forwards(const struct sim_fn *bridge, uint64_t addr)
{
	uint64_t base = (uint64_t)(sim_cfg_get16(bridge, CFG_MEM_BASE) & 0xfff0) << 16;
	uint64_t limit = (uint64_t)(sim_cfg_get16(bridge, CFG_MEM_LIMIT) & 0xfff0) << 16 | 0xfffff;

	return (sim_cfg_get16(bridge, CFG_COMMAND) & CMD_MEM) && addr >= base && addr <= limit;
}

static uint32_t mem_base_now(const struct sim_fn *fn)
{
	return sim_cfg_get32(fn, CFG_BAR0 + 4 * fn->mem_bar) & 0xfffffff0u;
}

static bool claims(const struct sim_fn *fn, uint64_t addr, uint32_t *ret_off)
{
	uint64_t base;

	if (!fn->mem_size || fn->gone || !sim_fn_is_awake(fn) ||
	    !(sim_cfg_get16(fn, CFG_COMMAND) & CMD_MEM))
		return false;
	base = mem_base_now(fn);
	if (base == 0 || addr < base || addr - base >= fn->mem_size)
		return false;
	for (const struct sim_fn *up = fn->parent; up; up = up->parent)
		if (!forwards(up, addr))
			return false;
	*ret_off = (uint32_t)(addr - base);
	return true;
}

static struct sim_fn *find_claimer(struct sim *sim, uint64_t addr, uint32_t *ret_off)
{
	for (unsigned i = 0; i < sim->fn_count; i++)
		if (claims(sim->fn[i], addr, ret_off))
			return sim->fn[i];
	return NULL;
}

/* Posted writes, PCI 3.0 sec 3.2.5: in order, and no read or configuration access passes them. */

#define POSTED_FOR SIM_MS /* nothing bounds it but a read; a driver may not count on either */

static void arrive(void *arg)
{
	struct sim *sim = arg;
	unsigned count = sim->posted_count;

	sim->posted_count = 0;
	for (unsigned i = 0; i < count; i++) {
		struct sim_fn *fn = sim->posted[i].fn;

		if (!fn->gone)
			fn->ops->write(fn, sim->posted[i].off, sim->posted[i].width,
				       sim->posted[i].value);
	}
}

static void push_posted(struct sim *sim)
{
	if (!sim->posted_count)
		return;
	sim_event_cancel(sim, &sim->posted_arrive);
	arrive(sim);
}

static void post(struct sim_fn *fn, uint32_t off, enum hw_width width, uint64_t value)
{
	struct sim *sim = fn->sim;
	unsigned at = sim->posted_count;

	if (at == SIM_MAX_POSTED) {
		push_posted(sim);
		at = 0;
	}
	if (at == 0)
		sim_event_arm(sim, &sim->posted_arrive, POSTED_FOR);
	sim->posted[at].fn = fn;
	sim->posted[at].off = off;
	sim->posted[at].width = width;
	sim->posted[at].value = value;
	sim->posted_count++;
}

void sim_pci_init(struct sim *sim)
{
	sim_event_init(sim, &sim->posted_arrive, arrive, sim);
}

bool sim_pci_read(struct sim *sim, uint64_t addr, enum hw_width width, uint64_t *ret_value)
{
	struct sim_fn *fn = NULL;
	uint32_t off;

	push_posted(sim);
	if (find_cfg(sim, addr, width, &fn)) {
		if (!fn || fn->gone)
			return sim_bend_absent(sim, addr & 0xfff, ret_value);
		if (is_retried(fn, addr, width, ret_value))
			return true;
		*ret_value = cfg_read(fn, addr & 0xfff, width);
		sim_bend_read(fn, addr & 0xfff, width);
		return true;
	}
	fn = find_claimer(sim, addr, &off);
	if (fn)
		*ret_value = fn->ops->read(fn, off, width);
	return fn != NULL;
}

bool sim_pci_write(struct sim *sim, uint64_t addr, enum hw_width width, uint64_t value)
{
	struct sim_fn *fn = NULL;
	uint32_t off;

	if (find_cfg(sim, addr, width, &fn)) {
		push_posted(sim);
		if (!fn || fn->gone)
			return false;
		cfg_write(fn, addr & 0xfff, width, value);
		return true;
	}
	fn = find_claimer(sim, addr, &off);
	if (fn && sim->machine->flags & M_POSTS_WRITES)
		post(fn, off, width, value);
	else if (fn)
		fn->ops->write(fn, off, width, value);
	return fn != NULL;
}

static bool is_within(const struct sim_fn *fn, uint64_t base, uint64_t addr)
{
	return fn->mem_size && base && addr >= base && addr - base < fn->mem_size;
}

/*
 * Whether a function is there is asked of its id, and a check reads Command and Status beside it:
 * any other access to the space of one that never was there is stray. So is a write to registers
 * that do not decode, unless the function left, be it in the middle of a reset.
 */
bool sim_pci_is_silent(struct sim *sim, uint64_t addr, enum hw_width width, bool write)
{
	struct sim_fn *fn = NULL;

	if (find_cfg(sim, addr, width, &fn))
		return fn || (!write && (addr & 0xfff) < CFG_CLASS_REVISION);
	for (unsigned i = 0; i < sim->fn_count; i++) {
		fn = sim->fn[i];
		if (fn->gone ? is_within(fn, fn->mem_base, addr)
			     : !write && is_within(fn, mem_base_now(fn), addr))
			return true;
	}
	return false;
}
