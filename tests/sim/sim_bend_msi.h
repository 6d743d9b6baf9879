/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* Where MSI and the mask that DisINTx is pass by the faults that bend them: sim_bend_msi.c. */
#ifndef INTXLAB_TESTS_SIM_SIM_BEND_MSI_H
#define INTXLAB_TESTS_SIM_SIM_BEND_MSI_H

#include "tests/sim/sim_internal.h"

/* Before the condition inside becomes pending. */
void sim_bend_msi_pending(struct sim_fn *fn, bool pending);
/* MSI Enable cannot be written as it is now. */
bool sim_bend_msi_is_fixed(const struct sim_fn *fn);
/* Behind a write of MSI Enable. */
void sim_bend_msi_write(struct sim_fn *fn);
/* The condition as far as MSI lets INTx see it. */
bool sim_bend_msi_gate(const struct sim_fn *fn);
/* Whether a message goes out. */
bool sim_bend_msi_sends(struct sim_fn *fn);

#endif
