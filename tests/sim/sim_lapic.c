/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The local APIC of the one CPU: xAPIC page and x2APIC registers, IRR/ISR/TMR, priorities, EOI,
 * LVT. Source: Intel SDM vol. 3, chapter "Advanced Programmable Interrupt Controller (APIC)". The
 * timer does not count: its registers hold what is written.
 */
#include "tests/sim/sim_internal.h"

enum {
	REG_ID = 0x020,
	REG_VERSION = 0x030,
	REG_TPR = 0x080,
	REG_APR = 0x090,
	REG_PPR = 0x0a0,
	REG_EOI = 0x0b0,
	REG_LDR = 0x0d0,
	REG_DFR = 0x0e0,
	REG_SVR = 0x0f0,
	REG_ISR = 0x100,
	REG_TMR = 0x180,
	REG_IRR = 0x200,
	REG_ESR = 0x280,
	REG_ICR_LOW = 0x300,
	REG_ICR_HIGH = 0x310,
	REG_LVT_TIMER = 0x320,
	REG_LVT_ERROR = 0x370,
	REG_TIMER_INITIAL = 0x380,
	REG_TIMER_CURRENT = 0x390,
	REG_TIMER_DIVIDE = 0x3e0,
	REG_SELF_IPI = 0x3f0,
	REG_LVT_FIRST = REG_LVT_TIMER,
	REG_LVT_LAST = REG_LVT_ERROR,
};

enum { MODE_FIXED = 0, MODE_LOWEST = 1, MODE_EXTINT = 7 };

#define MSR_APIC_BASE 0x1bu
#define BASE_BSP (1ull << 8)
#define BASE_X2APIC (1ull << 10)
#define BASE_ENABLE (1ull << 11)
#define MSR_X2APIC_FIRST 0x800u
#define MSR_X2APIC_LAST 0x83fu

#define XAPIC_ADDRESS 0xfee00000ull
#define VERSION 0x00050014u /* six LVT entries, no EOI-broadcast suppression */
#define SVR_ENABLE 0x100u
#define SVR_WRITABLE 0x3ffu
#define LVT_MASKED 0x10000u
#define LVT_WRITABLE 0x1a7ffu /* vector, mode, polarity, trigger, mask */
#define ESR_ILLEGAL_SENT 0x20u
#define ESR_ILLEGAL_RECEIVED 0x40u
#define FIRST_LEGAL_VECTOR 16

void sim_lapic_init(struct sim *sim, bool has_x2apic)
{
	struct sim_lapic *apic = &sim->lapic;

	apic->base_msr = XAPIC_ADDRESS | BASE_ENABLE | BASE_BSP | (has_x2apic ? BASE_X2APIC : 0);
	apic->has_x2apic = has_x2apic;
	apic->dfr = 0xffffffff;
	apic->svr = SVR_ENABLE | 0x0f;
	apic->ldr = has_x2apic ? 1 : 0;
	for (unsigned i = 0; i < LVT_COUNT; i++)
		apic->lvt[i] = LVT_MASKED;
	/* Virtual wire: the 8259's interrupts come in through LINT0. */
	apic->lvt[LVT_LINT0] = MODE_EXTINT << 8;
	apic->lvt[LVT_LINT1] = 4 << 8; /* NMI */
}

static bool bit_get(const uint32_t set[8], unsigned vector)
{
	return set[vector / 32] >> (vector % 32) & 1;
}

static void bit_put(uint32_t set[8], unsigned vector, bool on)
{
	if (on)
		set[vector / 32] |= 1u << (vector % 32);
	else
		set[vector / 32] &= ~(1u << (vector % 32));
}

static int highest(const uint32_t set[8])
{
	for (int i = 7; i >= 0; i--)
		if (set[i])
			return i * 32 + 31 - __builtin_clz(set[i]);
	return -1;
}

static bool is_x2apic(const struct sim_lapic *apic)
{
	return apic->base_msr & BASE_X2APIC;
}

static uint32_t ppr(const struct sim_lapic *apic)
{
	int serving = highest(apic->isr);
	uint32_t class = serving < 0 ? 0 : (uint32_t)serving & 0xf0;

	return (apic->tpr & 0xf0) >= class ? apic->tpr : class;
}

int sim_lapic_next(const struct sim *sim)
{
	const struct sim_lapic *apic = &sim->lapic;
	int vector = highest(apic->irr);

	if (vector < 0 || !(apic->base_msr & BASE_ENABLE))
		return -1;
	return ((uint32_t)vector & 0xf0) > (ppr(apic) & 0xf0) ? vector : -1;
}

void sim_lapic_take(struct sim *sim, unsigned vector)
{
	bit_put(sim->lapic.irr, vector, false);
	bit_put(sim->lapic.isr, vector, true);
}

unsigned sim_lapic_requests(const struct sim *sim)
{
	unsigned count = 0;

	/* asked at every operation, and nearly always there are none */
	for (unsigned i = 0; i < 8; i++) {
		if (sim->lapic.irr[i])
			count += (unsigned)__builtin_popcount(sim->lapic.irr[i]);
	}
	return count;
}

bool sim_lapic_extint_open(const struct sim *sim)
{
	uint32_t lint0 = sim->lapic.lvt[LVT_LINT0];

	/* An APIC that is off in its MSR is not in the way of INTR at all. */
	if (!(sim->lapic.base_msr & BASE_ENABLE))
		return true;
	return !(lint0 & LVT_MASKED) && (lint0 >> 8 & 7) == MODE_EXTINT;
}

static bool is_addressed(const struct sim_lapic *apic, unsigned dest, bool logical)
{
	if (dest == 0xff)
		return true;
	if (!logical)
		return dest == apic->id;
	if (is_x2apic(apic))
		return (dest & apic->ldr & 0xffff) != 0;
	return apic->dfr >> 28 == 0xf && (dest & apic->ldr >> 24) != 0;
}

bool sim_lapic_message(struct sim *sim, unsigned dest, bool logical, unsigned mode, unsigned vector,
		       bool level)
{
	struct sim_lapic *apic = &sim->lapic;

	if (!is_addressed(apic, dest, logical) || !(apic->base_msr & BASE_ENABLE))
		return false;
	if (mode != MODE_FIXED && mode != MODE_LOWEST)
		return false; /* NMI, SMI, INIT, ExtINT: nobody is simulated who takes them */
	if (!(apic->svr & SVR_ENABLE))
		return false;
	if (vector < FIRST_LEGAL_VECTOR) {
		apic->esr_latch |= ESR_ILLEGAL_RECEIVED;
		return false;
	}
	bit_put(apic->irr, vector, true);
	bit_put(apic->tmr, vector, level);
	return true;
}

bool sim_lapic_waits(const struct sim *sim, unsigned vector)
{
	return sim->lapic.irr[vector / 32] >> vector % 32 & 1;
}

static void end_of_interrupt(struct sim *sim)
{
	int vector = highest(sim->lapic.isr);

	if (vector < 0)
		return;
	bit_put(sim->lapic.isr, (unsigned)vector, false);
	if (bit_get(sim->lapic.tmr, (unsigned)vector))
		sim_ioapic_eoi(sim, (unsigned)vector);
}

/* Only what a single CPU can send to itself; a message to others finds nobody. */
static void send_ipi(struct sim *sim)
{
	struct sim_lapic *apic = &sim->lapic;
	unsigned vector = apic->icr & 0xff, shorthand = apic->icr >> 18 & 3;
	unsigned dest = is_x2apic(apic) ? (unsigned)(apic->icr >> 32) & 0xff
					: (unsigned)(apic->icr >> 56);

	if (vector < FIRST_LEGAL_VECTOR) {
		apic->esr_latch |= ESR_ILLEGAL_SENT;
		return;
	}
	if (shorthand == 3)
		return;
	(void)sim_lapic_message(sim, shorthand ? apic->id : dest,
				!shorthand && (apic->icr >> 11 & 1), apic->icr >> 8 & 7, vector,
				false);
}

static void write_svr(struct sim_lapic *apic, uint32_t value)
{
	apic->svr = value & SVR_WRITABLE;
	if (!(value & SVR_ENABLE))
		for (unsigned i = 0; i < LVT_COUNT; i++)
			apic->lvt[i] |= LVT_MASKED;
}

static void write_lvt(struct sim_lapic *apic, unsigned entry, uint32_t value)
{
	apic->lvt[entry] = value & (entry == LVT_TIMER ? 0x300ffu | LVT_MASKED : LVT_WRITABLE);
	if (!(apic->svr & SVR_ENABLE))
		apic->lvt[entry] |= LVT_MASKED;
}

static uint32_t read_set(const struct sim_lapic *apic, uint32_t off)
{
	unsigned word = off >> 4 & 7;

	if (off >= REG_IRR)
		return apic->irr[word];
	return off >= REG_TMR ? apic->tmr[word] : apic->isr[word];
}

static uint32_t read_reg(const struct sim *sim, uint32_t off)
{
	const struct sim_lapic *apic = &sim->lapic;

	if (off >= REG_ISR && off < REG_ESR)
		return read_set(apic, off);
	if (off >= REG_LVT_FIRST && off <= REG_LVT_LAST)
		return apic->lvt[(off - REG_LVT_FIRST) >> 4];
	switch (off) {
	case REG_ID:
		return is_x2apic(apic) ? apic->id : apic->id << 24;
	case REG_VERSION:
		return VERSION;
	case REG_TPR:
		return apic->tpr;
	case REG_APR:
	case REG_PPR:
		return ppr(apic);
	case REG_LDR:
		return apic->ldr;
	case REG_DFR:
		return apic->dfr;
	case REG_SVR:
		return apic->svr;
	case REG_ESR:
		return apic->esr;
	case REG_ICR_LOW:
		return (uint32_t)apic->icr;
	case REG_ICR_HIGH:
		return (uint32_t)(apic->icr >> 32);
	case REG_TIMER_INITIAL:
		return apic->timer_initial;
	case REG_TIMER_DIVIDE:
		return apic->timer_divide;
	default:
		sim_stray(sim, "a local APIC register that there is not", off, HW_32);
		return 0;
	}
}

static void write_reg(struct sim *sim, uint32_t off, uint32_t value)
{
	struct sim_lapic *apic = &sim->lapic;

	if (off >= REG_LVT_FIRST && off <= REG_LVT_LAST) {
		write_lvt(apic, (off - REG_LVT_FIRST) >> 4, value);
		return;
	}
	switch (off) {
	case REG_TPR:
		apic->tpr = value & 0xff;
		break;
	case REG_EOI:
		end_of_interrupt(sim);
		break;
	case REG_LDR:
		apic->ldr = value & 0xff000000;
		break;
	case REG_DFR:
		apic->dfr = value | 0x0fffffff;
		break;
	case REG_SVR:
		write_svr(apic, value);
		break;
	/* The write moves what was collected into the register that is read. */
	case REG_ESR:
		apic->esr = apic->esr_latch;
		apic->esr_latch = 0;
		break;
	case REG_ICR_LOW:
		apic->icr = (apic->icr & ~0xffffffffull) | (value & 0xccfff);
		send_ipi(sim);
		break;
	case REG_ICR_HIGH:
		apic->icr = (apic->icr & 0xffffffffull) | (uint64_t)(value & 0xff000000) << 32;
		break;
	case REG_TIMER_INITIAL:
		apic->timer_initial = value;
		break;
	case REG_TIMER_DIVIDE:
		apic->timer_divide = value & 0xb;
		break;
	default:
		sim_stray(sim, "a local APIC register that cannot be written", off, HW_32);
	}
	sim_ioapic_retry(sim);
}

/* In x2APIC mode, and when the APIC is off, nobody answers at the page. */
static bool is_page(const struct sim_lapic *apic, uint64_t addr, enum hw_width width)
{
	uint64_t page = apic->base_msr & 0xffffff000ull;

	if ((addr & ~0xfffull) != page || !(apic->base_msr & BASE_ENABLE) || is_x2apic(apic))
		return false;
	if (width != HW_32 || addr % 16 != 0)
		sim_abuse("a local APIC access that is not 4 bytes on 16", addr, width);
	return true;
}

bool sim_lapic_read(struct sim *sim, uint64_t addr, enum hw_width width, uint64_t *ret_value)
{
	if (!is_page(&sim->lapic, addr, width))
		return false;
	*ret_value = read_reg(sim, addr & 0xfff);
	return true;
}

bool sim_lapic_write(struct sim *sim, uint64_t addr, enum hw_width width, uint64_t value)
{
	if (!is_page(&sim->lapic, addr, width))
		return false;
	write_reg(sim, addr & 0xfff, (uint32_t)value);
	return true;
}

/* The registers that exist in the x2APIC's MSR range, by their offset in the page. */
static bool x2apic_has(uint32_t off)
{
	switch (off) {
	case REG_ID:
	case REG_VERSION:
	case REG_TPR:
	case REG_PPR:
	case REG_EOI:
	case REG_LDR:
	case REG_SVR:
	case REG_ESR:
	case REG_ICR_LOW:
	case REG_TIMER_INITIAL:
	case REG_TIMER_CURRENT:
	case REG_TIMER_DIVIDE:
	case REG_SELF_IPI:
		return true;
	default:
		return (off >= REG_ISR && off < REG_ESR) ||
		       (off >= REG_LVT_FIRST && off <= REG_LVT_LAST);
	}
}

bool sim_lapic_read_msr(struct sim *sim, uint32_t reg, uint64_t *ret_value)
{
	struct sim_lapic *apic = &sim->lapic;
	uint32_t off = (reg - MSR_X2APIC_FIRST) << 4;

	if (reg == MSR_APIC_BASE) {
		*ret_value = apic->base_msr;
		return true;
	}
	if (reg < MSR_X2APIC_FIRST || reg > MSR_X2APIC_LAST || !is_x2apic(apic) || !x2apic_has(off))
		return false;
	if (off == REG_EOI || off == REG_SELF_IPI)
		return false; /* write only */
	*ret_value = off == REG_ICR_LOW ? apic->icr : read_reg(sim, off);
	return true;
}

static bool write_base(struct sim_lapic *apic, uint64_t value)
{
	bool enable = value & BASE_ENABLE, x2 = value & BASE_X2APIC;

	/* x2APIC is left only through "off", and cannot be on alone. */
	if ((x2 && (!apic->has_x2apic || !enable)) || (enable && !x2 && is_x2apic(apic)))
		return false;
	apic->base_msr = (value & ~BASE_BSP) | BASE_BSP;
	return true;
}

bool sim_lapic_write_msr(struct sim *sim, uint32_t reg, uint64_t value)
{
	struct sim_lapic *apic = &sim->lapic;
	uint32_t off = (reg - MSR_X2APIC_FIRST) << 4;

	if (reg == MSR_APIC_BASE)
		return write_base(apic, value);
	if (reg < MSR_X2APIC_FIRST || reg > MSR_X2APIC_LAST || !is_x2apic(apic) || !x2apic_has(off))
		return false;
	if ((off == REG_EOI || off == REG_ESR) && value != 0)
		return false;
	switch (off) {
	case REG_ID:
	case REG_VERSION:
	case REG_LDR:
	case REG_PPR:
	case REG_TIMER_CURRENT:
		return false; /* read only */
	case REG_SELF_IPI:
		apic->icr = 1ull << 18 | (value & 0xff);
		send_ipi(sim);
		return true;
	case REG_ICR_LOW:
		apic->icr = value & 0xffffffff000ccfffull;
		send_ipi(sim);
		return true;
	default:
		if ((off >= REG_ISR && off < REG_ESR) || value >> 32 != 0)
			return false;
		write_reg(sim, off, (uint32_t)value);
		return true;
	}
}
