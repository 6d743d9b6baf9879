/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Intel 82559ER as far as its interrupts go: the SCB's status and interrupt control bytes, the
 * general pointer, PORT. Its units are idle: a command, the EEPROM or the PHY is nobody's business
 * here, and a caller that writes there has a bug. INTx is asserted while a bit of the status byte
 * is set and M is 0. It has no MSI. Source: Intel 8255x Open Source Software Developer Manual, CSR.
 */
#include "tests/sim/sim_device.h"

enum {
	R_STATUS = 0x00,
	R_ACK = 0x01,
	R_CONTROL = 0x03,
	R_POINTER = 0x04,
	R_PORT = 0x08,
	M = 0x01,
	SI = 0x02,
	SWI = 0x04,
	POWER_CAP = 0xdc,
};

#define BAR_SIZE 0x1000u
#define POINTER_FIRMWARE 0x00123450u

struct sim_i8255x {
	uint8_t ack, control;
	uint32_t pointer;
	bool si_dead, ack_sticks; /* of the device's row */
	bool held; /* a fault keeps the line up, whatever the registers say */
	bool lost; /* i8255x.unmask-loses-pending */
};

static void update(struct sim_fn *fn)
{
	const struct sim_i8255x *i = fn->device;

	sim_fn_set_pending(fn, i->held || (i->ack && !(i->control & M) && !i->lost));
}

static uint64_t bar_read(struct sim_fn *fn, uint32_t off, enum hw_width width)
{
	const struct sim_i8255x *i = fn->device;

	if (width == HW_8 && off == R_STATUS)
		return 0;
	if (width == HW_8 && off == R_ACK)
		return i->ack;
	if (width == HW_8 && off == R_CONTROL)
		return i->control;
	if (width == HW_32 && off == R_POINTER)
		return i->pointer;
	sim_stray(fn->sim, "an i8255x register that nobody has to read", off, width);
	return UINT32_MAX;
}

static void acknowledge(struct sim_fn *fn, uint8_t value)
{
	struct sim_i8255x *i = fn->device;

	i->held = false;
	if (i->ack_sticks)
		return;
	i->ack &= (uint8_t)~value;
	i->lost = i->lost && i->ack;
}

static void control(struct sim_fn *fn, uint8_t value)
{
	struct sim_i8255x *i = fn->device;
	bool asserted = i->ack && !(i->control & M);

	if (value & SI && !i->si_dead) {
		i->ack |= SWI;
		i->lost = sim_has_fault(fn, SIM_FAULT_I8255X_UNMASK_LOSES) && value & M;
	}
	i->control = value & (uint8_t)~SI;
	i->held = sim_has_fault(fn, SIM_FAULT_I8255X_M_HOLDS) && asserted && value & M;
}

static void port(struct sim_fn *fn, uint32_t value)
{
	struct sim_i8255x *i = fn->device;
	bool asserted = i->ack && !(i->control & M);

	if (value)
		sim_abuse("PORT is written other than a software reset", R_PORT, value);
	i->held = sim_has_fault(fn, SIM_FAULT_I8255X_RESET_KEEPS_LINE) && asserted;
	i->control = 0;
	i->pointer = 0;
	if (!sim_has_fault(fn, SIM_FAULT_I8255X_RESET_KEEPS_STATUS))
		i->ack = 0;
	i->lost = false;
}

static void bar_write(struct sim_fn *fn, uint32_t off, enum hw_width width, uint64_t value)
{
	struct sim_i8255x *i = fn->device;

	if (width == HW_8 && off == R_ACK)
		acknowledge(fn, (uint8_t)value);
	else if (width == HW_8 && off == R_CONTROL)
		control(fn, (uint8_t)value);
	else if (width == HW_32 && off == R_POINTER)
		i->pointer = (uint32_t)value;
	else if (width == HW_32 && off == R_PORT)
		port(fn, (uint32_t)value);
	else
		sim_stray(fn->sim, "an i8255x register that nobody has to write", off, width);
	update(fn);
}

static void reset(struct sim_fn *fn)
{
	struct sim_i8255x *i = fn->device;

	i->ack = i->control = 0;
	i->pointer = 0;
	i->held = i->lost = false;
	update(fn);
}

/* With Power Management and a Function Level Reset, which the kind has to come back from. */
static void begin(struct sim_fn *fn)
{
	struct sim_i8255x *i = fn->device;

	i->pointer = POINTER_FIRMWARE;
	i->control = M;
	sim_fn_add_list(fn, POWER_CAP);
	sim_fn_add_power(fn, POWER_CAP, POWER_CAP + 8, false);
}

static void begin_si_dead(struct sim_fn *fn)
{
	struct sim_i8255x *i = fn->device;

	begin(fn);
	i->si_dead = true;
}

static void begin_ack_sticks(struct sim_fn *fn)
{
	struct sim_i8255x *i = fn->device;

	begin(fn);
	i->ack_sticks = true;
}

static unsigned snapshot(const struct sim_fn *fn, uint32_t *ret)
{
	const struct sim_i8255x *i = fn->device;

	ret[0] = i->control;
	ret[1] = i->pointer;
	return 2;
}

static const struct sim_bar_ops bar_ops = { .read = bar_read, .write = bar_write, .reset = reset };

#define ROW                                                                                        \
	.id = 0x12098086u, .class_revision = 0x02000009u, .bar_size = BAR_SIZE,                    \
	.state = sizeof(struct sim_i8255x), .snapshot = snapshot, .ops = &bar_ops

const struct sim_device sim_device_i8255x = { ROW, .begin = begin };
const struct sim_device sim_device_i8255x_si_dead = { ROW, .begin = begin_si_dead };
const struct sim_device sim_device_i8255x_ack_sticks = { ROW, .begin = begin_ack_sticks };
