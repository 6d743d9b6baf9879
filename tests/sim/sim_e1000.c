/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Intel 82574 as far as its interrupts go: CTRL.RST, ICR, ICS, IMS, IMC, and registers that only
 * hold what is written. Nothing is received or sent; whoever turns receive or transmit on, or
 * writes to the EEPROM, the PHY or the link's bits, is a caller with a bug. INTx is asserted while
 * a bit is set in both ICR and IMS; with MSI a message is sent when that begins. Source: 82574
 * datasheet, sec 10.2: ICR is cleared by a read while IMS is 0 or the interrupt is asserted, and by
 * writing 1.
 */
#include <string.h>

#include "tests/sim/sim_device.h"

#define BAR_SIZE 0x20000u

enum {
	R_CTRL = 0x0000,
	R_STATUS = 0x0008,
	R_CTRL_EXT = 0x0018,
	R_ICR = 0x00c0,
	R_ITR = 0x00c4,
	R_ICS = 0x00c8,
	R_IMS = 0x00d0,
	R_IMC = 0x00d8,
	R_RCTL = 0x0100,
	R_TCTL = 0x0400,
	R_RAL = 0x5400,
	R_RAH = 0x5404,
	MSI_CAP = 0xd0,
	WORDS = 0x6000 / 4,
};

#define CTRL_RST 0x04000000u
#define CTRL_FIRMWARE 0x00140241u
#define EN 0x2u
#define RCTL_FIRMWARE 0x00008000u /* broadcasts are accepted, and receive is off */
#define IMS_FIRMWARE 0x00000004u
#define ITR_FIRMWARE 0x000000c3u
#define MAC_LOW 0x12005452u
#define MAC_HIGH 0x80005634u
#define ASSERTED 0x80000000u
#define RESET_NS (300 * SIM_US)

struct sim_e1000 {
	struct sim_fn *fn;
	uint32_t reg[WORDS];
	bool level; /* ICR & IMS is not 0 */
	bool held; /* a fault keeps the line up, whatever the registers say */
	bool deaf; /* e1000.reset-deafens */
	bool ics_dead, icr_sticks; /* of the device's row */
	uint32_t unasked; /* e1000.ims-loses-pending: set while masked */
	struct sim_event reset_ends;
};

static uint32_t *at(struct sim_e1000 *e, uint32_t off)
{
	return &e->reg[off / 4];
}

static bool has(const struct sim_e1000 *e, enum sim_fault fault)
{
	return sim_has_fault(e->fn, fault);
}

static void update(struct sim_e1000 *e)
{
	bool was = e->level;

	e->level = *at(e, R_ICR) & *at(e, R_IMS) & ~e->unasked && !e->deaf;
	sim_fn_set_pending(e->fn, e->level || e->held);
	if (e->level && !was && sim_fn_msi_enabled(e->fn))
		sim_fn_send_msi(e->fn);
}

static void power_on(struct sim_e1000 *e)
{
	memset(e->reg, 0, sizeof(e->reg));
	*at(e, R_CTRL) = 0x00140200u;
	*at(e, R_RAL) = MAC_LOW;
	*at(e, R_RAH) = MAC_HIGH;
}

static void reset_ends(void *arg)
{
	struct sim_e1000 *e = arg;
	bool was = e->level;

	e->deaf = has(e, SIM_FAULT_E1000_RESET_DEAFENS) && *at(e, R_ICR);
	power_on(e);
	e->unasked = 0;
	e->held = has(e, SIM_FAULT_E1000_RESET_KEEPS_LINE) && was;
	update(e);
}

static uint32_t read_icr(struct sim_e1000 *e)
{
	uint32_t icr = *at(e, R_ICR);
	bool asserted = icr & *at(e, R_IMS);

	if ((asserted || !*at(e, R_IMS)) && !e->icr_sticks)
		*at(e, R_ICR) = 0;
	e->unasked &= *at(e, R_ICR);
	e->held = false;
	update(e);
	return asserted ? icr | ASSERTED : icr;
}

static uint64_t bar_read(struct sim_fn *fn, uint32_t off, enum hw_width width)
{
	struct sim_e1000 *e = fn->device;

	if (width != HW_32)
		sim_abuse("an e1000 access that is not 4 bytes wide", off, width);
	if (off >= WORDS * 4 || off == R_ICS || off == R_IMC) {
		sim_stray(fn->sim, "an e1000 register that cannot be read", off, width);
		return UINT32_MAX;
	}
	if (off == R_STATUS)
		return 0x00080283u;
	return off == R_ICR ? read_icr(e) : *at(e, off);
}

static void write_ctrl(struct sim_e1000 *e, uint32_t value)
{
	if ((value & ~CTRL_RST) != CTRL_FIRMWARE)
		sim_abuse("CTRL is written and is not what firmware left", R_CTRL, value);
	*at(e, R_CTRL) = value;
	if (value & CTRL_RST && !has(e, SIM_FAULT_E1000_RESET_NEVER_ENDS))
		sim_event_arm(e->fn->sim, &e->reset_ends, RESET_NS);
}

static void set_causes(struct sim_e1000 *e, uint32_t causes)
{
	if (e->ics_dead)
		return;
	*at(e, R_ICR) |= causes;
	if (has(e, SIM_FAULT_E1000_IMS_LOSES))
		e->unasked |= causes & ~*at(e, R_IMS);
}

static void write_imc(struct sim_e1000 *e, uint32_t value)
{
	bool was = e->level;

	*at(e, R_IMS) &= ~value;
	e->held = has(e, SIM_FAULT_E1000_IMC_HOLDS) && was;
}

static void bar_write(struct sim_fn *fn, uint32_t off, enum hw_width width, uint64_t value)
{
	struct sim_e1000 *e = fn->device;
	uint32_t v = (uint32_t)value;

	if (width != HW_32)
		sim_abuse("an e1000 access that is not 4 bytes wide", off, width);
	switch (off) {
	case R_CTRL:
		write_ctrl(e, v);
		return;
	case R_ICR:
		*at(e, R_ICR) &= ~v;
		break;
	case R_ICS:
		set_causes(e, v);
		break;
	case R_IMS:
		*at(e, R_IMS) |= v;
		break;
	case R_IMC:
		write_imc(e, v);
		break;
	case R_RCTL:
	case R_TCTL:
		if (v & EN)
			sim_abuse("receive or transmit is turned on", off, v);
		*at(e, off) = v;
		break;
	case R_ITR:
	case R_CTRL_EXT:
	case 0x28:
	case 0x410:
	case 0x2800:
		*at(e, off) = v;
		break;
	default:
		sim_stray(fn->sim, "an e1000 register that nobody has to write", off, width);
	}
	update(e);
}

/* Of the function: as CTRL.RST, at once. */
static void reset(struct sim_fn *fn)
{
	struct sim_e1000 *e = fn->device;

	sim_event_cancel(fn->sim, &e->reset_ends);
	power_on(e);
	e->unasked = 0;
	e->held = false;
	update(e);
}

/* A driver of firmware's stopped it: what it set up is still there. */
static void begin(struct sim_fn *fn)
{
	struct sim_e1000 *e = fn->device;

	e->fn = fn;
	sim_event_init(fn->sim, &e->reset_ends, reset_ends, e);
	power_on(e);
	*at(e, R_CTRL) = CTRL_FIRMWARE;
	*at(e, R_CTRL_EXT) = 0x00000008u;
	*at(e, R_RCTL) = RCTL_FIRMWARE;
	*at(e, R_ITR) = ITR_FIRMWARE;
	*at(e, R_IMS) = IMS_FIRMWARE;
	*at(e, 0x28) = 0x00c28001u;
	*at(e, 0x410) = 0x00602006u;
	*at(e, 0x2800) = 0x7fe00000u;
}

static void begin_ics_dead(struct sim_fn *fn)
{
	struct sim_e1000 *e = fn->device;

	begin(fn);
	e->ics_dead = true;
}

static void begin_icr_sticks(struct sim_fn *fn)
{
	struct sim_e1000 *e = fn->device;

	begin(fn);
	e->icr_sticks = true;
}

static unsigned snapshot(const struct sim_fn *fn, uint32_t *ret)
{
	static const uint16_t written[] = { R_CTRL, R_CTRL_EXT, R_ITR,  R_IMS, R_RCTL, R_TCTL,
					    0x28,   0x410,      0x2800, R_RAL, R_RAH };
	const struct sim_e1000 *e = fn->device;
	unsigned count = 0;

	for (; count < sizeof(written) / sizeof(written[0]); count++)
		ret[count] = e->reg[written[count] / 4];
	ret[0] &= ~CTRL_RST; /* of a reset that never ends */
	return count;
}

static const struct sim_bar_ops bar_ops = { .read = bar_read, .write = bar_write, .reset = reset };

#define ROW                                                                                        \
	.id = 0x10d38086u, .class_revision = 0x02000000u, .bar_size = BAR_SIZE,                    \
	.msi_cap = MSI_CAP, .state = sizeof(struct sim_e1000), .snapshot = snapshot,               \
	.ops = &bar_ops

const struct sim_device sim_device_e1000 = { ROW, .begin = begin };
const struct sim_device sim_device_e1000_ics_dead = { ROW, .begin = begin_ics_dead };
const struct sim_device sim_device_e1000_icr_sticks = { ROW, .begin = begin_icr_sticks };
