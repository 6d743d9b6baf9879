/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The table of simulated faults, by name. The behaviour of each stands at the register that it
 * bends, in the file of that register; the rows stand in sim_faults.h.
 */
#include <string.h>

#include "tests/sim/sim_internal.h"

#define SIM_FAULT_ROW(id, name, what) { name, what },
static const struct sim_name faults[] = { SIM_FAULTS(SIM_FAULT_ROW) };
#undef SIM_FAULT_ROW

_Static_assert(sizeof(faults) / sizeof(faults[0]) == SIM_FAULT_COUNT, "one row for every id");

const struct sim_name *sim_faults(unsigned *ret_count)
{
	*ret_count = SIM_FAULT_COUNT;
	return faults;
}

bool sim_fault_arm(struct sim *sim, const char *name)
{
	for (unsigned i = 0; i < SIM_FAULT_COUNT; i++) {
		if (strcmp(faults[i].name, name) == 0) {
			sim->fault[i] = true;
			return true;
		}
	}
	return false;
}
