/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * One device of the PCI core's on the simulated q35's AHCI function, under a policy; what passed
 * the seam, the software state and the hazards as text.
 */
#ifndef INTXLAB_TESTS_UNIT_DEVICE_RIG_H
#define INTXLAB_TESTS_UNIT_DEVICE_RIG_H

#include <stdlib.h>

#include "pci/device.h"
#include "pci/trace.h"
#include "tests/sim/sim.h"
#include "tests/unit/unit.h"

#define ECAM_1F_2 (0xb0000000ull + (0x1full << 15) + (2ull << 12))
#define MSI_CAP 0x80

struct rig {
	struct sim *sim;
	struct hw_trace trace;
	struct pci_fn fn;
	struct tracker tracker;
	struct pci_dev dev;
	char log[400], state[200], hazards[400];
};

static struct rig rig;
static const struct pci_msi_message message = { .address = 0xfee00000, .data = 0x52 };

static inline void rig_observe(void *trace, bool on)
{
	hw_trace_observe(trace, on);
}

static inline void begin(const char *policy, uint16_t command)
{
	struct sim_config config = { .machine = "q35", .command = command };

	if (!policy_find(policy))
		abort();
	memset(&rig, 0, sizeof(rig));
	rig.sim = sim_new(&config);
	hw_trace_init(&rig.trace, sim_hw(rig.sim));
	rig.fn = (struct pci_fn){ .hw = &rig.trace.hw, .cfg = ECAM_1F_2, .pin = 1 };
	hw_trace_watch(&rig.trace, rig.fn.cfg, MSI_CAP);
	tracker_init(&rig.tracker, 0);
	rig.tracker.observe = rig_observe;
	rig.tracker.observe_arg = &rig.trace;
	pci_dev_init(&rig.dev, &rig.fn, policy_find(policy), &rig.tracker,
		     PCI_COMMAND_IO | PCI_COMMAND_MEMORY);
	rig.dev.msi_cap = MSI_CAP;
}

static inline void end(void)
{
	UNIT_EQ(rig.tracker.depth, 0);
	UNIT_EQ(rig.tracker.locks, 0);
	sim_free(rig.sim);
}

/* "R0007 W0003 R32:00100003 M0081": what passed the seam since the last look. */
static inline const char *log_of(void)
{
	size_t n = 0;

	rig.log[0] = 0;
	for (unsigned i = 0; i < rig.trace.count; i++) {
		const struct hw_trace_entry *e = &rig.trace.entry[i];
		const char *what = e->what == HW_TRACE_READ_COMMAND    ? "R"
				   : e->what == HW_TRACE_WRITE_COMMAND ? "W"
								       : "M";

		n += (size_t)snprintf(rig.log + n, sizeof(rig.log) - n,
				      e->width == 4   ? "%s%s32:%08x"
				      : e->width == 1 ? "%s%s8:%02x"
						      : "%s%s%04x",
				      n ? " " : "", what, e->value);
	}
	hw_trace_clear(&rig.trace);
	return rig.log;
}

static inline void forget_log(void)
{
	hw_trace_clear(&rig.trace);
}

/* "ahci 1 managed pinned msi: newest,older": the driver, enable_cnt, the flags, devres. */
static inline const char *state_of(void)
{
	const struct pci_dev *dev = &rig.dev;
	char names[120];

	devres_names(&dev->devres, names, sizeof(names));
	snprintf(rig.state, sizeof(rig.state), "%s %d%s%s%s%s: %s", dev->driver ? dev->driver : "-",
		 dev->enable_cnt, dev->is_managed ? " managed" : "",
		 dev->is_msi_managed ? " msi_managed" : "",
		 dev->pinned || dev->shared.pinned ? " pinned" : "", dev->msi_enabled ? " msi" : "",
		 names);
	return rig.state;
}

/* "mask-lost; probe-refused": since the beginning. */
static inline const char *hazards_of(void)
{
	size_t n = 0;

	rig.hazards[0] = 0;
	for (unsigned i = 0; i < rig.tracker.hazards; i++)
		n += (size_t)snprintf(rig.hazards + n, sizeof(rig.hazards) - n, "%s%s",
				      n ? "; " : "", hazard_name(rig.tracker.hazard[i].hazard));
	return rig.hazards;
}

/* A driver that is managed from the start; the log begins behind it. */
static inline void begin_managed(const char *policy, uint16_t command)
{
	begin(policy, command);
	UNIT_EQ(pci_dev_bind(&rig.dev, "drv"), OK);
	UNIT_EQ(pcim_enable_device(&rig.dev), OK);
	forget_log();
}

static inline void rebind(const char *driver)
{
	pci_dev_unbind(&rig.dev);
	UNIT_EQ(pci_dev_bind(&rig.dev, driver), OK);
	forget_log();
}

#endif
