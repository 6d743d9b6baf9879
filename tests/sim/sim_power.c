/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Power states and Function Level Reset: what PMCSR and the Advanced Features capability make of a
 * function. Sources: PCI Power Management 1.2, PMCSR; PCI ECN Advanced Capabilities.
 */
#include "tests/sim/sim_machine.h"

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
	return fn->sim->now >= fn->awake_at &&
	       (!fn->pm_cap || !(fn->cfg[fn->pm_cap + PM_CSR] & PM_STATE));
}

bool sim_fn_is_away(const struct sim_fn *fn)
{
	return fn->gone || fn->sim->now < fn->away_until || fn->sim->now < fn->ready_at;
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

/* Time passed, and nothing else: what was held back comes out. */
static void comes_back(void *arg)
{
	struct sim_fn *fn = arg;

	if (fn->gone) {
		fn->gone = false;
		fn->lost_bars = true;
		reset(fn);
	}
	sim_fn_update_intx(fn);
}

void sim_power_init(struct sim_fn *fn)
{
	sim_event_init(fn->sim, &fn->comes_back, comes_back, fn);
	for (unsigned i = 0; i < sizeof(fn->cfg_found); i++)
		fn->cfg_found[i] = fn->cfg[i];
}

void sim_power_return(struct sim_fn *fn, uint64_t delay_ns)
{
	sim_event_arm(fn->sim, &fn->comes_back, delay_ns);
}

static uint64_t in_ms(const struct sim_fn *fn, unsigned ms)
{
	return ms == SIM_MS_NEVER ? SIM_NEVER : fn->sim->now + ms * SIM_MS;
}

/* The function is away for as long as its machine says, from now on. */
static void stay_away(struct sim_fn *fn, unsigned ms, bool retries)
{
	if (!ms || !fn->bends)
		return;
	if (retries)
		fn->ready_at = in_ms(fn, ms);
	else
		fn->away_until = in_ms(fn, ms);
	if (ms != SIM_MS_NEVER)
		sim_event_arm(fn->sim, &fn->comes_back, ms * SIM_MS);
	sim_fn_update_intx(fn);
}

static void reset_level(struct sim_fn *fn)
{
	const struct sim_machine *machine = fn->sim->machine;

	reset(fn);
	fn->mute = machine->flr_kills;
	fn->garbles = sim_has_fault(fn, SIM_FAULT_FLR_BREAKS_FIS);
	fn->deaf = sim_has_fault(fn, SIM_FAULT_FLR_KILLS_INTX);
	stay_away(fn, machine->flr_ms, machine->flr_retries);
}

static void wake(struct sim_fn *fn)
{
	const struct sim_machine *machine = fn->sim->machine;

	if (!(fn->cfg[fn->pm_cap + PM_CSR] & PM_NO_SOFT_RESET) ||
	    sim_has_fault(fn, SIM_FAULT_D3_RESETS))
		reset(fn);
	fn->garbles = fn->garbles || sim_has_fault(fn, SIM_FAULT_D3_BREAKS_FIS);
	if (machine->d3_stays && fn->bends) {
		fn->awake_at = in_ms(fn, machine->d3_ms);
		sim_event_arm(fn->sim, &fn->comes_back, machine->d3_ms * SIM_MS);
	} else {
		stay_away(fn, machine->d3_ms, false);
	}
}

void sim_power_write(struct sim_fn *fn)
{
	bool slept = fn->slept;

	if (!fn->pm_cap)
		return;
	fn->slept = fn->cfg[fn->pm_cap + PM_CSR] & PM_STATE;
	if (slept && !fn->slept)
		wake(fn);
	if (fn->af_cap && fn->cfg[fn->af_cap + AF_CONTROL]) {
		fn->cfg[fn->af_cap + AF_CONTROL] = 0;
		reset_level(fn);
	}
}

/* PMCSR as it reads. */
uint8_t sim_power_state(const struct sim_fn *fn, unsigned off)
{
	return fn->pm_cap && off == fn->pm_cap + 0u + PM_CSR && fn->sim->now < fn->awake_at
		       ? PM_STATE
		       : 0;
}
