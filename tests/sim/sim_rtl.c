/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Realtek's RTL8139 as far as its interrupts go: CR.RST, IMR, ISR, TCTR at 33 MHz and TimerInt.
 * Nothing is received or sent: whoever turns it on is a caller with a bug. INTx is asserted while a
 * bit is set in both ISR and IMR. It has no MSI. Source: RTL8139C(L)+ datasheet, rev. 1.6.
 */
#include "tests/sim/sim_device.h"

enum {
	R_IDR = 0x00,
	R_CR = 0x37,
	R_IMR = 0x3c,
	R_ISR = 0x3e,
	R_TCTR = 0x48,
	R_TIMER_INT = 0x54,
	CR_TE_RE = 0x0c,
	CR_RST = 0x10,
	ISR_TIMEOUT = 0x4000,
};

#define BAR_SIZE 0x100u
#define TICK_NS 30ull
#define WRAP_NS (TICK_NS << 32)
#define RESET_NS (20 * SIM_US)
#define IDR_VALUE 0x5634e000u
#define IMR_FIRMWARE 0x0001u
#define TIMER_FIRMWARE 0x89abcdefu

struct sim_rtl {
	struct sim_fn *fn;
	uint16_t imr, isr;
	uint32_t timer_int;
	uint64_t zero; /* the time at which TCTR was 0 */
	bool timer_dead, isr_sticks; /* of the device's row */
	bool in_reset;
	bool held; /* a fault keeps the line up, whatever the registers say */
	uint16_t lost; /* rtl8139.imr-loses-pending */
	struct sim_event reaches, reset_ends;
};

static void update(struct sim_rtl *r)
{
	sim_fn_set_pending(r->fn, r->held || (r->isr & r->imr & (uint16_t)~r->lost));
}

static void arm(struct sim_rtl *r)
{
	uint64_t passed = r->fn->sim->now - r->zero, due = r->timer_int * TICK_NS;

	sim_event_cancel(r->fn->sim, &r->reaches);
	if (r->timer_int && !r->timer_dead)
		sim_event_arm(r->fn->sim, &r->reaches,
			      due > passed ? due - passed : WRAP_NS + due - passed % WRAP_NS);
}

static void reaches(void *arg)
{
	struct sim_rtl *r = arg;

	r->isr |= ISR_TIMEOUT;
	if (sim_has_fault(r->fn, SIM_FAULT_RTL_IMR_LOSES))
		r->lost |= ISR_TIMEOUT & (uint16_t)~r->imr;
	update(r);
	arm(r);
}

static void put_first_values(struct sim_rtl *r)
{
	r->imr = r->isr = r->lost = 0;
	r->timer_int = 0;
	r->zero = r->fn->sim->now;
	r->in_reset = false;
	arm(r);
}

static void reset_ends(void *arg)
{
	struct sim_rtl *r = arg;
	bool asserted = r->isr & r->imr;

	put_first_values(r);
	r->held = asserted && sim_has_fault(r->fn, SIM_FAULT_RTL_RESET_KEEPS_LINE);
	update(r);
}

static uint64_t bar_read(struct sim_fn *fn, uint32_t off, enum hw_width width)
{
	const struct sim_rtl *r = fn->device;

	if (width == HW_32 && off == R_IDR)
		return IDR_VALUE;
	if (width == HW_8 && off == R_CR)
		return 1 | (r->in_reset ? CR_RST : 0); /* the receive buffer is empty */
	if (width == HW_16 && off == R_IMR)
		return r->imr;
	if (width == HW_16 && off == R_ISR)
		return r->isr;
	if (width == HW_32 && off == R_TIMER_INT)
		return r->timer_int;
	sim_stray(fn->sim, "an RTL8139 register that nobody has to read", off, width);
	return UINT32_MAX;
}

static void write_cr(struct sim_rtl *r, uint8_t value)
{
	if (value & CR_TE_RE)
		sim_abuse("receive or transmit is turned on", R_CR, value);
	if (!(value & CR_RST))
		return;
	r->in_reset = true;
	if (!sim_has_fault(r->fn, SIM_FAULT_RTL_RESET_NEVER_ENDS))
		sim_event_arm(r->fn->sim, &r->reset_ends, RESET_NS);
}

static void write_isr(struct sim_rtl *r, uint16_t value)
{
	r->held = false;
	if (!r->isr_sticks)
		r->isr &= (uint16_t)~value;
	r->lost &= r->isr;
}

static void write_imr(struct sim_rtl *r, uint16_t value)
{
	bool asserted = r->isr & r->imr;

	r->imr = value;
	r->held = asserted && sim_has_fault(r->fn, SIM_FAULT_RTL_IMR_HOLDS);
}

static void bar_write(struct sim_fn *fn, uint32_t off, enum hw_width width, uint64_t value)
{
	struct sim_rtl *r = fn->device;

	if (width == HW_8 && off == R_CR)
		write_cr(r, (uint8_t)value);
	else if (width == HW_16 && off == R_IMR)
		write_imr(r, (uint16_t)value);
	else if (width == HW_16 && off == R_ISR)
		write_isr(r, (uint16_t)value);
	else if (width == HW_32 && off == R_TCTR)
		r->zero = fn->sim->now;
	else if (width == HW_32 && off == R_TIMER_INT)
		r->timer_int = (uint32_t)value;
	else
		sim_stray(fn->sim, "an RTL8139 register that nobody has to write", off, width);
	if (off == R_TCTR || off == R_TIMER_INT)
		arm(r);
	update(r);
}

static void reset(struct sim_fn *fn)
{
	struct sim_rtl *r = fn->device;

	sim_event_cancel(fn->sim, &r->reset_ends);
	put_first_values(r);
	r->held = false;
	update(r);
}

static void begin(struct sim_fn *fn)
{
	struct sim_rtl *r = fn->device;

	r->fn = fn;
	sim_event_init(fn->sim, &r->reaches, reaches, r);
	sim_event_init(fn->sim, &r->reset_ends, reset_ends, r);
	put_first_values(r);
	r->imr = IMR_FIRMWARE;
	r->timer_int = TIMER_FIRMWARE;
}

static void begin_timer_dead(struct sim_fn *fn)
{
	struct sim_rtl *r = fn->device;

	begin(fn);
	r->timer_dead = true;
}

static void begin_isr_sticks(struct sim_fn *fn)
{
	struct sim_rtl *r = fn->device;

	begin(fn);
	r->isr_sticks = true;
}

static unsigned snapshot(const struct sim_fn *fn, uint32_t *ret)
{
	const struct sim_rtl *r = fn->device;

	ret[0] = r->imr;
	ret[1] = r->timer_int;
	return 2;
}

static const struct sim_bar_ops bar_ops = { .read = bar_read, .write = bar_write, .reset = reset };

#define ROW                                                                                        \
	.id = 0x813910ecu, .class_revision = 0x02000020u, .bar = 1, .bar_size = BAR_SIZE,          \
	.state = sizeof(struct sim_rtl), .snapshot = snapshot, .ops = &bar_ops

const struct sim_device sim_device_rtl8139 = { ROW, .begin = begin };
const struct sim_device sim_device_rtl8139_timer_dead = { ROW, .begin = begin_timer_dead };
const struct sim_device sim_device_rtl8139_isr_sticks = { ROW, .begin = begin_isr_sticks };
