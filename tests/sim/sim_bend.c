/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * What the simulated faults make of Command, Status and the INTx wire of one function. Each
 * condition stands where the register is touched; an honest machine passes through unchanged.
 */
#include "tests/sim/sim_bend.h"
#include "tests/sim/sim_bend_command.h"
#include "tests/sim/sim_bend_msi.h"

enum {
	CFG_COMMAND = 0x04,
	CFG_STATUS = 0x06,
	CFG_INTERRUPT_LINE = 0x3c,
	COMMAND_SERR = 0x0100,
	STATUS_INTX = 0x08,
	MSIX_ENABLE_BYTE = 0x80,
};

#define EDGE_LIKE_PULSE_NS 200 /* line.edge-like: shorter than any register access takes */
#define DROPS_AFTER (500 * SIM_US) /* line.drops */
#define LINGERS_FOR (30 * SIM_US) /* line.lingers, status.lingers */
#define LOST_ONE_IN 16 /* line.assert-lost-16th */
#define STATUS_COMMANDS 8 /* status.set-after-8-commands */
#define LOST_ONCE 100 /* line.assert-lost-100th */

static bool disintx(const struct sim_fn *fn)
{
	return sim_cfg_get16(fn, CFG_COMMAND) & CMD_DISINTX;
}

/* Configuration space */

static bool status_is_0(const struct sim_fn *fn)
{
	return sim_has_fault(fn, SIM_FAULT_INTX_STUCK_0) || fn->status_cleared ||
	       fn->status_missed || (disintx(fn) && sim_has_fault(fn, SIM_FAULT_STATUS_GATED));
}

static bool line_is_up(const struct sim_fn *fn)
{
	uint32_t gsi[2];

	sim_fn_gsis(fn, gsi);
	return sim_line_asserted(fn->sim, gsi[0]);
}

/* By a fault of the register. */
static bool status_is_1(const struct sim_fn *fn)
{
	bool master = sim_cfg_get16(fn, CFG_COMMAND) & CMD_MASTER;

	return sim_has_fault(fn, SIM_FAULT_INTX_STUCK_1) ||
	       (disintx(fn) && sim_has_fault(fn, SIM_FAULT_STATUS_SET_BY_DISINTX)) ||
	       (!master && sim_has_fault(fn, SIM_FAULT_STATUS_WITHOUT_MASTER)) ||
	       (fn->hba_off && sim_has_fault(fn, SIM_FAULT_STATUS_WITHOUT_IE)) ||
	       (fn->commands >= STATUS_COMMANDS &&
		sim_has_fault(fn, SIM_FAULT_STATUS_AFTER_COMMANDS)) ||
	       (sim_has_fault(fn, SIM_FAULT_STATUS_OF_LINE) && line_is_up(fn));
}

/* By what happened before. */
static bool status_stays_1(const struct sim_fn *fn)
{
	return fn->status_latched || fn->status_by_master || fn->sim->now < fn->status_until;
}

uint8_t sim_bend_status(const struct sim_fn *fn, uint8_t status)
{
	if (status_is_0(fn))
		status &= (uint8_t)~STATUS_INTX;
	if (status_is_1(fn) || status_stays_1(fn))
		status |= STATUS_INTX;
	return status;
}

uint8_t sim_bend_writable(const struct sim_fn *fn, unsigned off, unsigned width, unsigned byte)
{
	uint8_t writable = fn->writable[byte];

	if (byte == CFG_COMMAND + 1 && (sim_has_fault(fn, SIM_FAULT_DISINTX_NOT_WRITABLE) ||
					sim_has_fault(fn, SIM_FAULT_DISINTX_STUCK_1)))
		writable &= (uint8_t) ~(CMD_DISINTX >> 8);
	if (byte == CFG_STATUS && sim_has_fault(fn, SIM_FAULT_STATUS_WRITABLE))
		writable |= STATUS_INTX;
	if (fn->msi_cap && byte == fn->msi_cap + 2u && sim_bend_msi_is_fixed(fn))
		return 0;
	if (fn->msix_cap && byte == fn->msix_cap + 3u && !sim_fn_msix_enabled(fn) &&
	    sim_has_fault(fn, SIM_FAULT_MSIX_STAYS_0))
		writable &= (uint8_t)~MSIX_ENABLE_BYTE;
	if (width == 1 && off == CFG_COMMAND + 1 && sim_has_fault(fn, SIM_FAULT_BYTE_WRITE_LOST))
		return 0;
	if (width == 4 && off == CFG_COMMAND && byte < CFG_STATUS &&
	    sim_has_fault(fn, SIM_FAULT_DWORD_WRITE_LOST))
		return 0;
	return writable;
}

static void clear_byte(struct sim_fn *fn, unsigned off)
{
	fn->cfg[off] &= (uint8_t)~fn->writable[off];
}

static void bend_command(struct sim_fn *fn, bool was_masked, unsigned off, unsigned width)
{
	if (sim_has_fault(fn, SIM_FAULT_DISINTX_STUCK_1))
		fn->cfg[CFG_COMMAND + 1] |= CMD_DISINTX >> 8;
	if (!was_masked && disintx(fn) && sim_has_fault(fn, SIM_FAULT_DISINTX_SETS_SERR))
		fn->cfg[CFG_COMMAND + 1] |= COMMAND_SERR >> 8;
	if (was_masked != disintx(fn) && sim_has_fault(fn, SIM_FAULT_DISINTX_CLEARS_LINE))
		fn->cfg[CFG_INTERRUPT_LINE] = was_masked ? 0xff : 0;
	if (width != 1)
		return;
	if (off == CFG_COMMAND + 1 && sim_has_fault(fn, SIM_FAULT_BYTE_WRITE_SPILLS))
		clear_byte(fn, CFG_COMMAND);
	if (off == CFG_COMMAND && sim_has_fault(fn, SIM_FAULT_BYTE_WRITE_CLEARS_UPPER))
		clear_byte(fn, CFG_COMMAND + 1);
}

/* A wire that is up for so short that only an input that looks all the time sees it. */
static void glitch(struct sim_fn *fn)
{
	if (fn->intx_wire || fn->gone)
		return;
	sim_fn_drive(fn, true);
	sim_fn_drive(fn, false);
}

static void bend_edges(struct sim_fn *fn, bool was_masked)
{
	bool masked = disintx(fn), ghost = fn->ghost;

	if (!masked)
		fn->ghost = fn->status_latched = fn->status_missed = false;
	if (was_masked && masked && fn->intx_pending &&
	    sim_has_fault(fn, SIM_FAULT_REWRITE_1_GLITCHES))
		glitch(fn);
	if (!was_masked && !masked && sim_has_fault(fn, SIM_FAULT_REWRITE_0_PULSES))
		glitch(fn);
	if (was_masked && !masked && (ghost || sim_has_fault(fn, SIM_FAULT_UNMASK_PULSES)))
		glitch(fn);
}

void sim_bend_write(struct sim_fn *fn, unsigned off, unsigned width, uint64_t value,
		    bool was_masked)
{
	unsigned shift = 8 * (CFG_STATUS - off);

	if (off > CFG_STATUS || off + width <= CFG_COMMAND)
		return;
	if (off + width > CFG_STATUS && (value >> shift & STATUS_INTX) && fn->intx_pending &&
	    sim_has_fault(fn, SIM_FAULT_STATUS_RW1C))
		fn->status_cleared = true;
	if (width == 4 && fn->intx_pending && sim_has_fault(fn, SIM_FAULT_DWORD_WRITE_CLEARS))
		fn->status_cleared = true;
	if (off == CFG_STATUS)
		return;
	bend_command(fn, was_masked, off, width);
	if (sim_bend_is_late(fn, off, width))
		return;
	sim_fn_update_intx(fn);
	bend_edges(fn, was_masked);
}

void sim_bend_read(struct sim_fn *fn, unsigned off, unsigned width)
{
	if (off > CFG_STATUS || off + width <= CFG_STATUS || !fn->intx_pending ||
	    !sim_has_fault(fn, SIM_FAULT_STATUS_READ_CLEARS))
		return;
	fn->silenced = true;
	sim_fn_update_intx(fn);
}

bool sim_bend_absent(const struct sim *sim, unsigned off, uint64_t *ret_value)
{
	if (!sim->fault[SIM_FAULT_ABSENT_READS_0] || (off & ~3u) != CFG_COMMAND)
		return false;
	*ret_value = 0;
	return true;
}

/* The condition inside, and the wire */

void sim_bend_pending(struct sim_fn *fn, bool pending)
{
	bool ends = fn->intx_pending && !pending;

	if (!pending)
		fn->status_cleared = fn->silenced = fn->status_missed = false;
	if (ends && sim_has_fault(fn, SIM_FAULT_STATUS_LINGERS))
		fn->status_until = fn->sim->now + LINGERS_FOR;
	if (pending && !fn->intx_pending && disintx(fn))
		fn->status_missed = sim_has_fault(fn, SIM_FAULT_STATUS_MISSES);
	if (pending && disintx(fn) && sim_has_fault(fn, SIM_FAULT_STATUS_LATCHED))
		fn->status_latched = true;
	if (ends && disintx(fn) && sim_has_fault(fn, SIM_FAULT_GHOST_AFTER_MASK))
		fn->ghost = true;
}

bool sim_bend_gate(const struct sim_fn *fn, bool open)
{
	bool master = sim_cfg_get16(fn, CFG_COMMAND) & CMD_MASTER;

	if (sim_has_fault(fn, SIM_FAULT_LINE_DEAD) || fn->silenced || fn->deaf)
		return false;
	if (!master && !fn->gone && sim_has_fault(fn, SIM_FAULT_LINE_WITHOUT_MASTER))
		return !disintx(fn);
	return open && (master || !sim_has_fault(fn, SIM_FAULT_INTX_NEEDS_MASTER));
}

static void for_a_while(struct sim_fn *fn, uint64_t ns)
{
	sim_fn_drive(fn, true);
	sim_event_arm(fn->sim, &fn->wire_falls, ns);
}

static void let_go(struct sim_fn *fn)
{
	sim_event_cancel(fn->sim, &fn->wire_falls);
	sim_fn_drive(fn, false);
}

void sim_bend_wire(struct sim_fn *fn, bool was_open, bool open)
{
	bool begins = open && !was_open;

	if (begins)
		fn->assertions++;
	if (sim_has_fault(fn, SIM_FAULT_LINE_EDGE_LIKE)) {
		if (begins)
			for_a_while(fn, EDGE_LIKE_PULSE_NS);
	} else if (sim_has_fault(fn, SIM_FAULT_LINE_DROPS)) {
		if (begins)
			for_a_while(fn, DROPS_AFTER);
		else if (!open)
			let_go(fn);
	} else if (sim_has_fault(fn, SIM_FAULT_LINE_LINGERS)) {
		if (open)
			sim_event_cancel(fn->sim, &fn->wire_falls);
		if (open || was_open)
			sim_fn_drive(fn, true);
		if (was_open && !open)
			sim_event_arm(fn->sim, &fn->wire_falls, LINGERS_FOR);
	} else if (sim_has_fault(fn, SIM_FAULT_ASSERT_LOST)) {
		sim_fn_drive(fn, open && fn->assertions % LOST_ONE_IN);
	} else if (sim_has_fault(fn, SIM_FAULT_ASSERT_LOST_ONCE)) {
		sim_fn_drive(fn, open && fn->assertions != LOST_ONCE);
	} else {
		sim_fn_drive(fn, open);
	}
}
