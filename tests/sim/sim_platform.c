/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * What the simulated platform makes of a message on its way to the CPU. HyperTransport: a write to
 * FEEx_xxxxh becomes an interrupt where a mapping is enabled, and ends as a write to nothing where
 * the way has mappings and none is. Registers as in Linux's pci_regs.h (HT_*), behaviour as its
 * drivers/pci/quirks.c tells it.
 */
#include "tests/sim/sim_machine.h"

#define HT_CAP 0x08
#define HT_MSI_MAPPING 0xa8
#define HT_SLAVE 0x00
#define HT_FIXED 0x02
#define HT_ENABLE 0x01
#define CFG_STATUS 0x06
#define CFG_CAP_PTR 0x34
#define STATUS_CAP_LIST 0x10

/* In front of the list. */
static void add_ht(struct sim_fn *fn, uint8_t off, uint8_t flags, uint8_t type)
{
	sim_cfg_set8(fn, off, HT_CAP);
	sim_cfg_set8(fn, off + 1u, sim_cfg_get8(fn, CFG_CAP_PTR));
	sim_cfg_set8(fn, off + 2u, flags);
	sim_cfg_set8(fn, off + 3u, type);
	sim_cfg_set8(fn, CFG_CAP_PTR, off);
	sim_cfg_set8(fn, CFG_STATUS, sim_cfg_get8(fn, CFG_STATUS) | STATUS_CAP_LIST);
}

void sim_platform_add_link(struct sim_fn *fn)
{
	add_ht(fn, 0x44, 0, HT_SLAVE);
}

void sim_platform_add_mapping(struct sim_fn *fn, bool enabled)
{
	fn->ht_mapping = 0x4c;
	add_ht(fn, fn->ht_mapping, HT_FIXED | (enabled ? HT_ENABLE : 0), HT_MSI_MAPPING);
	sim_cfg_writable16(fn, fn->ht_mapping + 2u, HT_ENABLE);
}

static bool is_mapped(const struct sim_fn *fn)
{
	return sim_cfg_get8(fn, fn->ht_mapping + 2u) & HT_ENABLE;
}

bool sim_platform_loses(const struct sim_fn *sender)
{
	const struct sim *sim = sender->sim;
	bool any = false;

	if (sim->machine->loses_messages)
		return true;
	for (const struct sim_fn *fn = sender; fn; fn = fn->parent) {
		bool counts = fn->ht_mapping && (fn != sender || sim->machine->ht_host);

		if (fn->ht_mapping && is_mapped(fn))
			return false;
		any = any || counts;
	}
	for (unsigned i = 0; i < sim->fn_count; i++) {
		const struct sim_fn *fn = sim->fn[i];

		if (!fn->parent && !fn->dev && !fn->fn && fn->ht_mapping && is_mapped(fn))
			return false;
	}
	return any;
}
