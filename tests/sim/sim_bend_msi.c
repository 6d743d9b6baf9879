/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * What the simulated faults make of MSI beside INTx, and of a condition that begins behind
 * DisINTx. An honest machine passes through unchanged.
 */
#include "tests/sim/sim_bend_msi.h"

#define CFG_COMMAND 0x04

static bool disintx(const struct sim_fn *fn)
{
	return sim_cfg_get16(fn, CFG_COMMAND) & CMD_DISINTX;
}

void sim_bend_msi_pending(struct sim_fn *fn, bool pending)
{
	bool ends = fn->intx_pending && !pending;

	if (ends && sim_fn_msi_enabled(fn) && sim_has_fault(fn, SIM_FAULT_MSI_SENT_AT_END))
		sim_fn_send_msi(fn);
	fn->msi_stale = false;
	if (!pending)
		fn->msi_lost = fn->began_masked = false;
	else if (!fn->intx_pending && disintx(fn))
		fn->began_masked = sim_has_fault(fn, SIM_FAULT_UNMASK_LOSES);
}

bool sim_bend_msi_is_fixed(const struct sim_fn *fn)
{
	return sim_has_fault(fn, SIM_FAULT_MSI_NOT_WRITABLE) ||
	       (sim_fn_msi_enabled(fn) && sim_has_fault(fn, SIM_FAULT_MSI_STICKS));
}

void sim_bend_msi_write(struct sim_fn *fn)
{
	bool on = sim_fn_msi_enabled(fn), turned_off = fn->msi_on && !on;

	fn->msi_on = on;
	if (!turned_off)
		return;
	if (fn->intx_pending) {
		fn->msi_lost = sim_has_fault(fn, SIM_FAULT_MSI_OFF_LOSES);
		fn->msi_dead = fn->msi_dead || sim_has_fault(fn, SIM_FAULT_MSI_DEAD_AFTER_OFF);
	}
	fn->msi_stale = fn->msi_sent && sim_has_fault(fn, SIM_FAULT_MSI_OFF_STALE);
	fn->msi_sent = false;
}

bool sim_bend_msi_gate(const struct sim_fn *fn)
{
	bool wanted = (fn->intx_pending && !fn->msi_lost && !fn->began_masked) || fn->msi_stale;

	return wanted && (!sim_fn_msi_enabled(fn) || sim_has_fault(fn, SIM_FAULT_MSI_INTX_TOO));
}

bool sim_bend_msi_sends(struct sim_fn *fn)
{
	if (fn->msi_dead || (disintx(fn) && sim_has_fault(fn, SIM_FAULT_MSI_DISINTX_STOPS)))
		return false;
	fn->msi_sent = true;
	return true;
}
