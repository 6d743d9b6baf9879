/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* Where the registers of the HBA and its ports pass by the faults that bend them: sim_bend_hba.c.
 */
#ifndef INTXLAB_TESTS_SIM_SIM_BEND_HBA_H
#define INTXLAB_TESTS_SIM_SIM_BEND_HBA_H

#include "tests/sim/sim_internal.h"

void sim_bend_port_init(struct sim_port *port);
/* Which bits of PxIS reach IS. */
uint32_t sim_bend_port_enabled(const struct sim_port *port);
/* Whether IS is let out. */
bool sim_bend_hba_enabled(const struct sim_ahci *hba);
/* GHC and PI as they read. */
uint32_t sim_bend_ghc(const struct sim_ahci *hba);
uint32_t sim_bend_pi(const struct sim_ahci *hba, uint32_t pi);
uint32_t sim_bend_vs(const struct sim_ahci *hba, uint32_t vs);
/* Before GHC.HR, or the function's reset, does anything. */
void sim_bend_hba_reset(struct sim_ahci *hba);
/* PxSSTS.DET became 3. */
void sim_bend_link_up(struct sim_port *port);
/* A command ended; the bits of PxIS that it sets. */
uint32_t sim_bend_done(struct sim_port *port, uint32_t is);
/* A sector on its way to memory. */
void sim_bend_data(const struct sim_port *port, uint8_t *sector);
/* Which bits of PxIS a write can clear. */
uint32_t sim_bend_clearable(const struct sim_port *port);
/* Behind a write of PxIE. */
void sim_bend_port_enable(struct sim_port *port);

#endif
