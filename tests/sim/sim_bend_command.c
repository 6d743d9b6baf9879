/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * What the simulated faults make of a change of Command: bits that change only so often, or only
 * at some time. Settled before INTx follows the register, so that a bit which does not change
 * makes no pulse. An honest machine passes through unchanged.
 */
#include "tests/sim/sim_bend_command.h"

#define CFG_COMMAND 0x04
#define CMD_DECODE_AND_MASTER (CMD_IO | CMD_MEM | CMD_MASTER)
#define SETS_AFTER (20 * SIM_US) /* cmd.master-sets-late */
#define CLEARS_AFTER (5 * SIM_US) /* cmd.disintx-clears-late */

static void disintx_falls(void *arg)
{
	struct sim_fn *fn = arg;

	fn->cfg[CFG_COMMAND + 1] &= (uint8_t) ~(CMD_DISINTX >> 8);
	sim_fn_update_intx(fn);
}

static void master_rises(void *arg)
{
	struct sim_fn *fn = arg;

	fn->cfg[CFG_COMMAND] |= CMD_MASTER;
}

void sim_bend_command_init(struct sim_fn *fn)
{
	sim_event_init(fn->sim, &fn->master_rises, master_rises, fn);
	sim_event_init(fn->sim, &fn->disintx_falls, disintx_falls, fn);
}

/* What Command[2] becomes; its changes are what the other faults count from. */
static uint16_t settle_master(struct sim_fn *fn, uint16_t before, uint16_t now)
{
	if ((before & CMD_MASTER) && sim_has_fault(fn, SIM_FAULT_MASTER_STICKS))
		now |= CMD_MASTER;
	if (fn->master_rises.at != SIM_NEVER)
		return now & (uint16_t)~CMD_MASTER;
	if ((now & ~before & CMD_MASTER) && sim_has_fault(fn, SIM_FAULT_MASTER_SETS_LATE)) {
		sim_event_arm(fn->sim, &fn->master_rises, SETS_AFTER);
		return now & (uint16_t)~CMD_MASTER;
	}
	if (!((before ^ now) & CMD_MASTER))
		return now;
	fn->disintx_sets = fn->disintx_clears = 0;
	fn->master_rose = fn->master_rose || (now & CMD_MASTER);
	if (now & CMD_MASTER)
		fn->status_by_master = sim_has_fault(fn, SIM_FAULT_STATUS_SET_BY_MASTER);
	return now;
}

static bool may_set(const struct sim_fn *fn, bool master)
{
	unsigned sets = fn->disintx_sets;

	if (!master && sim_has_fault(fn, SIM_FAULT_DISINTX_NEEDS_MASTER))
		return false;
	return !(sets >= 1 && sim_has_fault(fn, SIM_FAULT_DISINTX_SETS_ONCE)) &&
	       !(sets >= 2 && sim_has_fault(fn, SIM_FAULT_DISINTX_SETS_TWICE)) &&
	       !(sets >= 3 && sim_has_fault(fn, SIM_FAULT_DISINTX_SETS_THRICE));
}

static bool may_clear(struct sim_fn *fn)
{
	if (!sim_has_fault(fn, SIM_FAULT_DISINTX_CLEARS_LATE))
		return !fn->disintx_clears || !sim_has_fault(fn, SIM_FAULT_DISINTX_CLEARS_ONCE);
	sim_event_arm(fn->sim, &fn->disintx_falls, CLEARS_AFTER);
	return false;
}

static uint16_t settle_disintx(struct sim_fn *fn, uint16_t before, uint16_t now)
{
	uint16_t changed = (before ^ now) & CMD_DISINTX;

	if (now & CMD_DISINTX)
		sim_event_cancel(fn->sim, &fn->disintx_falls);
	if (!changed)
		return now;
	if (!((now & CMD_DISINTX) ? may_set(fn, now & CMD_MASTER) : may_clear(fn)))
		return now ^ CMD_DISINTX;
	fn->status_by_master = false;
	if (now & CMD_DISINTX)
		fn->disintx_sets++;
	else
		fn->disintx_clears++;
	return now;
}

void sim_bend_settle(struct sim_fn *fn, uint16_t before)
{
	uint16_t now = sim_cfg_get16(fn, CFG_COMMAND);

	if (!fn->bends)
		return;
	if ((before & CMD_DECODE_AND_MASTER) && !(now & CMD_DECODE_AND_MASTER) &&
	    sim_has_fault(fn, SIM_FAULT_ALL_OFF_LOST))
		now = before;
	now = settle_master(fn, before, now);
	if ((before & ~now & CMD_MASTER) && sim_has_fault(fn, SIM_FAULT_DISINTX_FALLS_WITH_MASTER))
		now &= (uint16_t)~CMD_DISINTX;
	now = settle_disintx(fn, before, now);
	sim_cfg_set16(fn, CFG_COMMAND, now);
}

bool sim_bend_is_late(const struct sim_fn *fn, unsigned off, unsigned width)
{
	if (off > CFG_COMMAND + 1 || off + width <= CFG_COMMAND)
		return false;
	return (width == 1 && sim_has_fault(fn, SIM_FAULT_BYTE_WRITE_LATE)) ||
	       (width == 4 && sim_has_fault(fn, SIM_FAULT_DWORD_WRITE_LATE)) ||
	       (fn->sim->by_ports && sim_has_fault(fn, SIM_FAULT_PORT_WRITE_LATE));
}
