/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Power states and Function Level Reset: what PMCSR and the Advanced Features capability make of a
 * function. Sources: PCI Power Management 1.2, PMCSR; PCI ECN Advanced Capabilities.
 */
#include "tests/sim/sim_internal.h"

enum {
	CFG_COMMAND = 0x04,
	CFG_BAR0 = 0x10,
	CFG_BARS_END = 0x28,
	CFG_INTERRUPT_LINE = 0x3c,
	PM_CSR = 4,
	PM_STATE = 0x03,
	PM_NO_SOFT_RESET = 0x08,
	AF_CONTROL = 4,
	MSI_SIZE = 14,
	MSIX_SIZE = 12,
};

void sim_fn_add_power(struct sim_fn *fn, uint8_t pm, uint8_t af, bool no_soft_reset)
{
	fn->pm_cap = pm;
	sim_cfg_set32(fn, pm, 0x40030001u | (uint32_t)af << 8);
	fn->cfg[pm + PM_CSR] = no_soft_reset ? PM_NO_SOFT_RESET : 0;
	fn->writable[pm + PM_CSR] = PM_STATE;
	fn->af_cap = af;
	sim_cfg_set32(fn, af, 0x03060013); /* six bytes long, TP and FLR; end of the list */
	fn->writable[af + AF_CONTROL] = 0x01;
}

bool sim_fn_is_awake(const struct sim_fn *fn)
{
	return !fn->pm_cap || !(fn->cfg[fn->pm_cap + PM_CSR] & PM_STATE);
}

static void clear(struct sim_fn *fn, unsigned from, unsigned end)
{
	for (unsigned off = from; off < end; off++)
		fn->cfg[off] &= (uint8_t)~fn->writable[off];
}

static void reset(struct sim_fn *fn)
{
	uint8_t kept = sim_has_fault(fn, SIM_FAULT_FLR_KEEPS_DISINTX)
			       ? fn->cfg[CFG_COMMAND + 1] & (CMD_DISINTX >> 8)
			       : 0;

	clear(fn, CFG_COMMAND, CFG_COMMAND + 2);
	fn->cfg[CFG_COMMAND + 1] |= kept;
	clear(fn, CFG_BAR0, CFG_BARS_END);
	clear(fn, CFG_INTERRUPT_LINE, CFG_INTERRUPT_LINE + 1);
	if (fn->msi_cap && !sim_has_fault(fn, SIM_FAULT_MSI_STICKS))
		clear(fn, fn->msi_cap, fn->msi_cap + MSI_SIZE);
	if (fn->msix_cap)
		clear(fn, fn->msix_cap, fn->msix_cap + MSIX_SIZE);
	clear(fn, fn->pm_cap + PM_CSR, fn->pm_cap + PM_CSR + 1);
	fn->ops->reset(fn);
}

void sim_power_write(struct sim_fn *fn)
{
	bool slept = fn->slept;

	if (!fn->pm_cap)
		return;
	fn->slept = !sim_fn_is_awake(fn);
	if (slept && !fn->slept &&
	    (!(fn->cfg[fn->pm_cap + PM_CSR] & PM_NO_SOFT_RESET) ||
	     sim_has_fault(fn, SIM_FAULT_D3_RESETS)))
		reset(fn);
	if (fn->af_cap && fn->cfg[fn->af_cap + AF_CONTROL]) {
		fn->cfg[fn->af_cap + AF_CONTROL] = 0;
		reset(fn);
	}
}
