/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * DMA remapping units of a simulated machine, as firmware left them. Source: Intel VT-d 4.1,
 * Global Status Register (IRES, CFIS) and the DRHD structure of the DMAR table.
 */
#ifndef INTXLAB_TESTS_SIM_SIM_VTD_H
#define INTXLAB_TESTS_SIM_SIM_VTD_H

#include "tests/sim/sim_internal.h"

struct sim_vtd {
	uint64_t base;
	uint32_t gsts; /* all-ones: it does not answer */
};

/* The units of this machine, in the order of the DMAR; NULL and 0: it has no DMAR. */
const struct sim_vtd *sim_vtd_units(const struct sim *sim, unsigned *ret_count);
/* Nothing but its Global Status may be read, and nothing is writable. */
bool sim_vtd_read(struct sim *sim, uint64_t addr, enum hw_width width, uint64_t *ret_value);
/* An RTE or an MSI of the plain format ends at the unit. */
bool sim_vtd_blocks(const struct sim *sim);

#endif
