/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * What the simulated faults make of Command, Status and the INTx wire of one function. Each
 * condition stands where the register is touched; an honest machine passes through unchanged.
 */
#include "tests/sim/sim_bend.h"

enum {
	CFG_COMMAND = 0x04,
	CFG_STATUS = 0x06,
	CFG_INTERRUPT_LINE = 0x3c,
	COMMAND_SERR = 0x0100,
	STATUS_INTX = 0x08,
};

#define EDGE_LIKE_PULSE_NS 200 /* line.edge-like: shorter than any register access takes */
#define DROPS_AFTER (500 * SIM_US) /* line.drops */
#define LINGERS_FOR (30 * SIM_US) /* line.lingers */
#define LOST_ONE_IN 16 /* line.assert-lost-16th */

static bool disintx(const struct sim_fn *fn)
{
	return sim_cfg_get16(fn, CFG_COMMAND) & CMD_DISINTX;
}

/* Configuration space */

uint8_t sim_bend_status(const struct sim_fn *fn, uint8_t status)
{
	bool masked = disintx(fn);

	if (sim_has_fault(fn, SIM_FAULT_INTX_STUCK_0) || fn->status_cleared ||
	    (masked && sim_has_fault(fn, SIM_FAULT_STATUS_GATED)))
		status &= (uint8_t)~STATUS_INTX;
	if (sim_has_fault(fn, SIM_FAULT_INTX_STUCK_1) || fn->status_latched ||
	    (masked && sim_has_fault(fn, SIM_FAULT_STATUS_SET_BY_DISINTX)))
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
	if (!was_masked && disintx(fn)) {
		if (sim_has_fault(fn, SIM_FAULT_DISINTX_SETS_SERR))
			fn->cfg[CFG_COMMAND + 1] |= COMMAND_SERR >> 8;
		if (sim_has_fault(fn, SIM_FAULT_DISINTX_CLEARS_LINE))
			clear_byte(fn, CFG_INTERRUPT_LINE);
	}
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
		fn->ghost = fn->status_latched = false;
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
	sim_fn_update_intx(fn);
	bend_edges(fn, was_masked);
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
		fn->status_cleared = false;
	if (pending && disintx(fn) && sim_has_fault(fn, SIM_FAULT_STATUS_LATCHED))
		fn->status_latched = true;
	if (ends && disintx(fn) && sim_has_fault(fn, SIM_FAULT_GHOST_AFTER_MASK))
		fn->ghost = true;
}

bool sim_bend_gate(const struct sim_fn *fn, bool open)
{
	bool master = sim_cfg_get16(fn, CFG_COMMAND) & CMD_MASTER;

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
	} else {
		sim_fn_drive(fn, open);
	}
}
