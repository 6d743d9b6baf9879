/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Configuration space over ECAM, routed by the bridges' bus numbers; BAR decode through the
 * bridges' windows; posted writes. What a function is made of is sim_fn.c's.
 * Sources: PCI 3.0 chapter 6, PCI-to-PCI Bridge 1.2 chapter 3, PCIe Base chapter 7.
 */
#include "tests/sim/sim_bend.h"
#include "tests/sim/sim_bend_command.h"
#include "tests/sim/sim_machine.h"
#include "tests/sim/sim_pci_regs.h"

#define ECAM_BASE 0xb0000000ull
#define ECAM_SECOND 0xc0000000ull

static struct sim_fn *on_bus(struct sim *sim, uint16_t segment, const struct sim_fn *bridge,
			     unsigned bus, unsigned devfn)
{
	for (unsigned i = 0; i < sim->fn_count; i++) {
		struct sim_fn *fn = sim->fn[i];

		if (fn->parent == bridge && fn->segment == segment &&
		    (bridge || fn->root_bus == bus) && fn->dev == devfn >> 3 &&
		    fn->fn == (devfn & 7))
			return fn;
	}
	return NULL;
}

/* PCI to PCI, or to CardBus: the bus numbers stand at the same place. */
static bool is_bridge(const struct sim_fn *fn)
{
	uint8_t type = fn->cfg[CFG_HEADER_TYPE] & 0x7f;

	return type == 1 || type == 2;
}

/* The bridge below above that forwards to bus, by the numbers in its registers now. */
static struct sim_fn *next_hop(struct sim *sim, uint16_t segment, const struct sim_fn *above,
			       unsigned bus)
{
	for (unsigned i = 0; i < sim->fn_count; i++) {
		struct sim_fn *fn = sim->fn[i];

		if (fn->parent == above && fn->segment == segment && is_bridge(fn) &&
		    fn->cfg[CFG_SECONDARY] != 0 && bus >= fn->cfg[CFG_SECONDARY] &&
		    bus <= fn->cfg[CFG_SUBORDINATE])
			return fn;
	}
	return NULL;
}

static bool is_root_bus(const struct sim *sim, uint16_t segment, unsigned bus)
{
	for (unsigned i = 0; i < sim->fn_count; i++)
		if (!sim->fn[i]->parent && sim->fn[i]->segment == segment &&
		    sim->fn[i]->root_bus == bus)
			return true;
	return false;
}

static struct sim_fn *route(struct sim *sim, uint16_t segment, unsigned bus, unsigned devfn)
{
	struct sim_fn *bridge;

	if (is_root_bus(sim, segment, bus))
		return on_bus(sim, segment, NULL, bus, devfn);
	bridge = next_hop(sim, segment, NULL, bus);
	while (bridge && bridge->cfg[CFG_SECONDARY] != bus)
		bridge = next_hop(sim, segment, bridge, bus);
	return bridge ? on_bus(sim, segment, bridge, bus, devfn) : NULL;
}

static uint8_t cfg_read_byte(const struct sim_fn *fn, unsigned off)
{
	uint8_t value = fn->cfg[off] | sim_power_state(fn, off);

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
	if (!sim_bend_is_late(fn, off, width))
		sim_fn_update_intx(fn);
	sim_bend_write(fn, off, width, value, command & CMD_DISINTX);
	if (fn->ops && fn->ops->config_written)
		fn->ops->config_written(fn, off, width);
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
	/* a machine from a file has BARs and more where ECAM would go on; the rest is stray */
	if (uncovered && !sim->data)
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

	if (!fn->mem_size || sim_fn_is_away(fn) || !sim_fn_is_awake(fn) ||
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

		if (!sim_fn_is_away(fn))
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
		if (!fn || fn->gone || sim->now < fn->away_until)
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
		if (!fn || fn->gone || sim->now < fn->away_until)
			return false;
		if (sim->now < fn->ready_at)
			sim_abuse("a write to a function that is not ready", addr, width);
		cfg_write(fn, addr & 0xfff, width, value);
		return true;
	}
	fn = find_claimer(sim, addr, &off);
	if (fn && sim->machine->posts_writes)
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
		if (sim_fn_is_away(fn) || fn->lost_bars
			    ? is_within(fn, fn->mem_base, addr)
			    : !write && is_within(fn, mem_base_now(fn), addr))
			return true;
	}
	return false;
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

void sim_pci_add_ecams(struct sim *sim)
{
	const struct sim_machine *machine = sim->machine;

	for (unsigned i = 0; i < SIM_MAX_ECAMS; i++)
		if (machine->buses[i].last)
			add_ecam(sim, ECAM_BASE, 0, machine->buses[i].first,
				 machine->buses[i].last);
	if (!sim->ecam_count)
		add_ecam(sim, ECAM_BASE, 0, 0, 0xff);
	if (machine->two_segments)
		add_ecam(sim, ECAM_SECOND, 1, 0, 0x0f);
}
