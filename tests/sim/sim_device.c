/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* How a device becomes a function of the machine. */
#include "tests/sim/sim_device.h"

enum { CFG_COMMAND = 0x04, CFG_INTERRUPT_PIN = 0x3d };

struct sim_fn *sim_device_add(struct sim *sim, const struct sim_device *row, struct sim_fn *parent,
			      unsigned dev, unsigned fn_number, unsigned pin, uint32_t address)
{
	struct sim_fn *fn = sim_fn_add(sim, parent, dev, fn_number, row->id, row->class_revision);

	if (row->msi_cap)
		sim_fn_add_msi(fn, row->msi_cap, 0, true);
	sim_fn_add_bar(fn, row->bar, row->bar_size, address, false);
	sim_cfg_set16(fn, CFG_COMMAND, sim->config.command);
	sim_cfg_set8(fn, CFG_INTERRUPT_PIN, (uint8_t)pin);
	fn->ops = row->ops;
	fn->device = fn->own_device = sim_calloc(row->state);
	fn->bends = true;
	fn->row = row;
	if (row->begin)
		row->begin(fn);
	if (row->snapshot)
		(void)row->snapshot(fn, fn->found);
	return fn;
}

static bool is_as_found(const struct sim_fn *fn)
{
	uint32_t now[SIM_SNAPSHOT];
	unsigned count;

	if (!fn->row || !fn->row->snapshot || fn->gone)
		return true;
	count = fn->row->snapshot(fn, now);
	for (unsigned i = 0; i < count; i++)
		if (now[i] != fn->found[i])
			return false;
	return true;
}

bool sim_devices_are_as_found(const struct sim *sim)
{
	for (unsigned i = 0; i < sim->fn_count; i++)
		if (!is_as_found(sim->fn[i]))
			return false;
	return true;
}
