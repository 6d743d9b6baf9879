/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * A simulated function: its configuration registers and capabilities as it is made, its INTx gated
 * by Command, its message. Sources: PCI 3.0 chapter 6, PCIe Base chapter 7.
 */
#include "tests/sim/sim_bend.h"
#include "tests/sim/sim_bend_command.h"
#include "tests/sim/sim_bend_msi.h"
#include "tests/sim/sim_pci_regs.h"

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
						   !disabled && awake && !sim_fn_is_away(fn));
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
	if (fn->sim->config.back_us)
		sim_power_return(fn, fn->sim->config.back_us * SIM_US);
}

bool sim_fn_may_master(const struct sim_fn *fn)
{
	for (; fn; fn = fn->parent)
		if (sim_fn_is_away(fn) || !sim_fn_is_awake(fn) ||
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
