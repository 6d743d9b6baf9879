/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * A simulated q35 with its AHCI function as the device, both owners and a line; its state as one
 * line of text.
 */
#ifndef INTXLAB_TESTS_PROPERTY_RIG_H
#define INTXLAB_TESTS_PROPERTY_RIG_H

#include <stdio.h>
#include <string.h>

#include "drivers/irqc_x86.h"
#include "drivers/owner_ahci.h"
#include "drivers/passthrough.h"
#include "tests/sim/sim.h"

struct rig {
	struct sim *sim;
	struct hw_trace trace;
	struct pci_fn fn;
	struct tracker tracker;
	struct pci_dev dev;
	struct irqc_x86 x86;
	struct irqc_x86_state taken;
	struct line line;
	struct ahci hba;
	struct owner_managed ahci;
	struct passthrough vfio;
};

/* False: no such policy. */
bool rig_begin(struct rig *rig, const char *policy, uint16_t command, bool has_msi);
void rig_end(struct rig *rig);
/* The record empty, the storm guard rearmed. */
void rig_before(struct rig *rig);
/* Every delivery that is due has come. */
void rig_settle(struct rig *rig);
/* The device's interrupt condition, past the owners; needs memory decode. */
void rig_raise(struct rig *rig);
void rig_acknowledge(struct rig *rig);
/* The nth INTx node from now on and all later ones cannot be allocated; 0: all can. */
void rig_fail_from(struct rig *rig, unsigned n);
void rig_print(struct rig *rig, enum err err);

#endif
