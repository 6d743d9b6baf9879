/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Devices that are registers behind one memory BAR and a condition that asserts INTx: a row each,
 * with the device's own file beside it.
 */
#ifndef INTXLAB_TESTS_SIM_SIM_DEVICE_H
#define INTXLAB_TESTS_SIM_SIM_DEVICE_H

#include "tests/sim/sim_internal.h"

struct sim_device {
	uint32_t id, class_revision; /* device above vendor; class above revision */
	uint8_t bar; /* the index of the one with the registers */
	uint32_t bar_size;
	uint8_t msi_cap; /* where its MSI capability is, the last of the list; 0: none */
	size_t state; /* of what fn->device points to, all 0 */
	void (*begin)(struct sim_fn *fn); /* as firmware leaves it; may be NULL */
	/* Its registers that software may write, at most SIM_SNAPSHOT; their number. Or NULL. */
	/* Its registers that software may write, at most SIM_SNAPSHOT; their number. May be NULL.
	 */
	unsigned (*snapshot)(const struct sim_fn *fn, uint32_t *ret);
	const struct sim_bar_ops *ops; /* reset too: its registers on a reset of the function */
};

extern const struct sim_device sim_device_edu;
extern const struct sim_device sim_device_sdhci;
extern const struct sim_device sim_device_ehci;
extern const struct sim_device sim_device_ohci;
extern const struct sim_device sim_device_e1000, sim_device_e1000_ics_dead,
	sim_device_e1000_icr_sticks;
extern const struct sim_device sim_device_edu, sim_device_nvme;
extern const struct sim_device sim_device_edu, sim_device_nvme, sim_device_xhci;
extern const struct sim_device sim_device_i8255x, sim_device_i8255x_si_dead,
	sim_device_i8255x_ack_sticks;
extern const struct sim_device sim_device_rtl8139, sim_device_rtl8139_timer_dead,
	sim_device_rtl8139_isr_sticks;

/* INTx on that pin (1-4), the registers at address. */
struct sim_fn *sim_device_add(struct sim *sim, const struct sim_device *row, struct sim_fn *parent,
			      unsigned dev, unsigned fn, unsigned pin, uint32_t address);

#endif
