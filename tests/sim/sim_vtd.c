/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * DMA remapping units. They translate no DMA; one that remaps interrupts has no entry for anybody
 * and lets nothing of the plain format by.
 */
#include "tests/sim/sim_vtd.h"
#include "tests/sim/sim_data.h"
#include "tests/sim/sim_machine.h"

#define PAGE 0x1000u
#define GSTS 0x1c
#define GSTS_IRES (1u << 25)
#define GSTS_CFIS (1u << 23)
#define ALL_ONES 0xffffffffu

/* QIES 26 and IRTPS 24 stand beside IRES: queue and table are set up, and not in use. */
static const struct sim_vtd on[] = { { 0xfed90000, 0 }, { 0xfed91000, 0x07000000 } };
static const struct sim_vtd off[] = {
	{ 0xfed90000, 0x05000000 },
	{ 0xfed91000, ALL_ONES },
	{ 0x100000000, ALL_ONES }, /* beyond what firmware maps */
};

const struct sim_vtd *sim_vtd_units(const struct sim *sim, unsigned *ret_count)
{
	if (sim->data) {
		*ret_count = sim->data->vtd_count;
		return sim->data->vtd;
	}
	if (sim->machine->remaps) {
		*ret_count = sizeof(on) / sizeof(on[0]);
		return on;
	}
	if (sim->machine->remaps_not) {
		*ret_count = sizeof(off) / sizeof(off[0]);
		return off;
	}
	*ret_count = 0;
	return NULL;
}

bool sim_vtd_read(struct sim *sim, uint64_t addr, enum hw_width width, uint64_t *ret_value)
{
	unsigned count;
	const struct sim_vtd *unit = sim_vtd_units(sim, &count);

	for (unsigned i = 0; i < count; i++) {
		if (addr < unit[i].base || addr - unit[i].base >= PAGE)
			continue;
		if (addr - unit[i].base != GSTS || width != HW_32)
			return false;
		*ret_value = unit[i].gsts;
		return true;
	}
	return false;
}

bool sim_vtd_blocks(const struct sim *sim)
{
	unsigned count;
	const struct sim_vtd *unit = sim_vtd_units(sim, &count);

	for (unsigned i = 0; i < count; i++)
		if ((unit[i].gsts & (GSTS_IRES | GSTS_CFIS)) == GSTS_IRES)
			return true;
	return false;
}
