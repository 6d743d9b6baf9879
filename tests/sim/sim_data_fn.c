/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Configuration spaces of a machine from a file: which bits can be written, who stands behind whom,
 * and the AHCI function that works. Sources: PCI 3.0 chapter 6, PCI-to-PCI Bridge 1.2 chapter 3.
 */
#include "tests/sim/sim_data.h"
#include "tests/sim/sim_pci_regs.h"

enum { CAP_PM = 0x01, CAP_MSI = 0x05, CAP_MSIX = 0x11, CAP_AF = 0x13 };
enum { PM_CSR = 4, PM_STATE = 0x03, AF_CONTROL = 4, AF_FLR = 0x01, MSI_MME = 0x70 };
enum { BAR_IO = 0x1, BAR_64 = 0x4 };
enum { ABAR = 5, ABAR_SIZE = 0x800 };

struct sim_fn *sim_data_add_fn(struct sim *sim, uint16_t segment, uint8_t bus, uint8_t dev,
			       uint8_t fn)
{
	struct sim_fn *new = sim_fn_add(sim, NULL, dev, fn, 0, 0);

	new->segment = segment;
	new->root_bus = bus;
	return new;
}

void sim_data_size_bar(struct sim_fn *fn, unsigned index, uint64_t size)
{
	unsigned off = CFG_BAR0 + 4 * index;
	uint32_t low = sim_cfg_get32(fn, off);
	uint64_t mask = ~(size - 1);

	sim_cfg_writable32(fn, off, (uint32_t)mask & ((low & BAR_IO) ? ~0x3u : ~0xfu));
	if (!(low & BAR_IO) && (low & 0x6) == BAR_64)
		sim_cfg_writable32(fn, off + 4, (uint32_t)(mask >> 32));
}

static bool is_bridge(const struct sim_fn *fn)
{
	uint8_t type = fn->cfg[CFG_HEADER_TYPE] & 0x7f;

	return type == 1 || type == 2;
}

static struct sim_fn *bridge_to(struct sim *sim, uint16_t segment, uint8_t bus)
{
	for (unsigned i = 0; i < sim->fn_count; i++) {
		struct sim_fn *fn = sim->fn[i];

		if (is_bridge(fn) && fn->segment == segment && bus && fn->cfg[CFG_SECONDARY] == bus)
			return fn;
	}
	return NULL;
}

void sim_data_join(struct sim *sim)
{
	for (unsigned i = 0; i < sim->fn_count; i++) {
		struct sim_fn *fn = sim->fn[i];

		fn->parent = bridge_to(sim, fn->segment, fn->root_bus);
		if (!is_bridge(fn))
			continue;
		for (unsigned off = CFG_PRIMARY; off <= CFG_SUBORDINATE; off++)
			fn->writable[off] = 0xff;
		if ((fn->cfg[CFG_HEADER_TYPE] & 0x7f) == 2)
			continue;
		sim_cfg_writable16(fn, CFG_MEM_BASE, 0xfff0);
		sim_cfg_writable16(fn, CFG_MEM_LIMIT, 0xfff0);
	}
}

static void open_msi(struct sim_fn *fn, unsigned cap)
{
	bool is_64 = sim_cfg_get16(fn, cap + 2) & MSI_64BIT;

	sim_cfg_writable16(fn, cap + 2, MSI_ENABLE | MSI_MME);
	sim_cfg_writable32(fn, cap + 4, 0xfffffffc);
	if (is_64)
		sim_cfg_writable32(fn, cap + 8, 0xffffffff);
	sim_cfg_writable16(fn, cap + (is_64 ? 12 : 8), 0xffff);
	fn->msi_cap = (uint16_t)cap;
}

/* What the simulator has a model of. The list is the dump's, so it may be anything. */
static void open_capabilities(struct sim_fn *fn)
{
	unsigned cap = (fn->cfg[CFG_STATUS] & STATUS_CAP_LIST) ? fn->cfg[CFG_CAP_PTR] & 0xfc : 0;

	for (unsigned i = 0; cap >= 0x40 && i < 48; i++, cap = fn->cfg[cap + 1] & 0xfcu) {
		switch (fn->cfg[cap]) {
		case CAP_PM:
			fn->pm_cap = (uint16_t)cap;
			fn->writable[cap + PM_CSR] = PM_STATE;
			break;
		case CAP_MSI:
			open_msi(fn, cap);
			break;
		case CAP_MSIX:
			sim_cfg_writable16(fn, cap + 2, MSIX_WRITABLE);
			fn->msix_cap = (uint16_t)cap;
			break;
		case CAP_AF:
			fn->af_cap = (uint16_t)cap;
			fn->writable[cap + AF_CONTROL] = AF_FLR;
			break;
		default:
			break;
		}
	}
}

void sim_data_make_ahci(struct sim_fn *fn, uint32_t gsi)
{
	unsigned abar = CFG_BAR0 + 4 * ABAR;
	struct sim_ahci *hba;

	open_capabilities(fn);
	fn->cfg[CFG_STATUS] &= (uint8_t)~STATUS_INTX; /* the model's own from here on */
	fn->mem_bar = ABAR;
	fn->mem_size = ABAR_SIZE;
	fn->mem_base = sim_cfg_get32(fn, abar) & ~0xfu;
	fn->wire_pin = fn->cfg[CFG_INTERRUPT_LINE + 1];
	fn->has_gsi = true;
	fn->gsi = gsi;
	hba = sim_ahci_add(fn->sim, fn, false, false);
	sim_port_plug(&hba->port[0], DRIVE_DISK, false);
}
