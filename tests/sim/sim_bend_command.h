/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Where a write of Command passes by the faults that depend on what Command was before:
 * sim_bend_command.c.
 */
#ifndef INTXLAB_TESTS_SIM_SIM_BEND_COMMAND_H
#define INTXLAB_TESTS_SIM_SIM_BEND_COMMAND_H

#include "tests/sim/sim_internal.h"

void sim_bend_command_init(struct sim_fn *fn);
/* Command was written and nothing follows from it yet; before: what it was. */
void sim_bend_settle(struct sim_fn *fn, uint16_t before);
/* INTx does not follow a write of width at off. */
bool sim_bend_is_late(const struct sim_fn *fn, unsigned off, unsigned width);

#endif
