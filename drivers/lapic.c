/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the local APIC's registers, in both modes. Does not own the IDT, or what a vector means.
 */
#include "drivers/lapic.h"

/*
 * The ICR's delivery status clears when the local unit accepts; a self-IPI crosses no bus. 1 ms is
 * the bound that kernels grant any IPI.
 */
#define ICR_BUSY_US 1000

/*
 * LVT entries with the Max LVT Entry from which each exists. Error is first: masking another entry
 * that holds an illegal vector raises an APIC error, which must then find its own entry masked.
 */
static const struct lvt {
	uint16_t offset;
	uint8_t needs_max;
	bool has_delivery; /* bits 10:8 are a delivery mode */
} lvts[LAPIC_LVT_COUNT] = {
	{ LAPIC_LVT_ERROR, 3, false }, { LAPIC_LVT_TIMER, 0, false },
	{ LAPIC_LVT_LINT0, 0, true },  { LAPIC_LVT_LINT1, 0, true },
	{ LAPIC_LVT_PERF, 4, true },   { LAPIC_LVT_THERMAL, 5, true },
	{ LAPIC_LVT_CMCI, 6, true },
};

#define LVT_TIMER_INDEX 1 /* in lvts[] */

static uint32_t reg_read(const struct lapic *lapic, unsigned offset)
{
	struct hw *hw = lapic->hw;

	if (lapic->x2apic)
		return (uint32_t)hw->ops->sysreg_read(hw, LAPIC_X2_MSR(offset));
	return hw_read32(hw, lapic->base + offset);
}

static void reg_write(const struct lapic *lapic, unsigned offset, uint32_t value)
{
	struct hw *hw = lapic->hw;

	if (lapic->x2apic)
		hw->ops->sysreg_write(hw, LAPIC_X2_MSR(offset), value);
	else
		hw_write32(hw, lapic->base + offset, value);
}

static bool vector_bit(const struct lapic *lapic, unsigned bank, unsigned vector)
{
	hw_bug_if(lapic->hw, vector > 0xff);
	return reg_read(lapic, bank + vector / 32 * 0x10) >> vector % 32 & 1;
}

static struct lapic_vectors vectors_of(const struct lapic *lapic, unsigned bank)
{
	struct lapic_vectors vectors;

	for (unsigned i = 0; i < 8; i++)
		vectors.word[i] = reg_read(lapic, bank + i * 0x10);
	return vectors;
}

enum err lapic_init(struct lapic *lapic, struct hw *hw, uint64_t madt_address)
{
	uint64_t msr = hw->ops->sysreg_read(hw, MSR_APIC_BASE);
	struct lapic found = {
		.hw = hw,
		.base = msr & MSR_APIC_BASE_ADDRESS,
		.x2apic = (msr & MSR_APIC_BASE_EXTD) != 0,
	};
	uint32_t version;

	if (!(msr & MSR_APIC_BASE_EN))
		return ERR_UNSUPPORTED;
	if (!found.x2apic && !hw->ops->mmio_is_mapped(hw, found.base, LAPIC_WINDOW_SIZE))
		return ERR_UNSUPPORTED;
	version = reg_read(&found, LAPIC_VERSION);
	if (version == 0xffffffff)
		return ERR_GONE;
	found.madt_differs = found.base != madt_address;
	found.version = version & LAPIC_VERSION_MASK;
	found.max_lvt = version >> LAPIC_VERSION_MAX_LVT_SHIFT & LAPIC_VERSION_MAX_LVT_MASK;
	found.id = reg_read(&found, LAPIC_ID);
	if (!found.x2apic)
		found.id >>= LAPIC_ID_XAPIC_SHIFT;
	*lapic = found;
	return OK;
}

bool lapic_irr(const struct lapic *lapic, unsigned vector)
{
	return vector_bit(lapic, LAPIC_IRR, vector);
}

bool lapic_isr(const struct lapic *lapic, unsigned vector)
{
	return vector_bit(lapic, LAPIC_ISR, vector);
}

bool lapic_tmr(const struct lapic *lapic, unsigned vector)
{
	return vector_bit(lapic, LAPIC_TMR, vector);
}

bool lapic_any_irr(const struct lapic *lapic)
{
	struct lapic_vectors irr = vectors_of(lapic, LAPIC_IRR);
	uint32_t any = 0;

	for (unsigned i = 0; i < 8; i++)
		any |= irr.word[i];
	return any != 0;
}

void lapic_eoi(const struct lapic *lapic)
{
	reg_write(lapic, LAPIC_EOI, 0);
}

static int highest_of(const struct lapic_vectors *vectors)
{
	for (int vector = 0xff; vector >= 0; vector--)
		if (vectors->word[vector / 32] >> vector % 32 & 1)
			return vector;
	return -1;
}

unsigned lapic_end_service(const struct lapic *lapic, const struct lapic_vectors *keep)
{
	unsigned ended;

	for (ended = 0; ended < 256; ended++) {
		struct lapic_vectors isr = vectors_of(lapic, LAPIC_ISR);
		int vector = highest_of(&isr);

		if (vector < 0 || keep->word[vector / 32] >> vector % 32 & 1)
			break;
		lapic_eoi(lapic);
	}
	return ended;
}

uint32_t lapic_set_tpr(const struct lapic *lapic, uint32_t tpr)
{
	uint32_t was = reg_read(lapic, LAPIC_TPR);

	reg_write(lapic, LAPIC_TPR, tpr);
	/* flush the posted write: the next instruction may switch delivery on */
	(void)reg_read(lapic, LAPIC_TPR);
	return was;
}

static bool lvt_exists(const struct lapic *lapic, unsigned index)
{
	return lapic->max_lvt >= lvts[index].needs_max;
}

static bool lvt_is_smi(unsigned index, uint32_t value)
{
	return lvts[index].has_delivery && (value & LAPIC_LVT_DELIVERY) == LAPIC_LVT_DELIVERY_SMI;
}

/* A timer that gives one tick and then stops: is that tick still to come? */
static bool timer_is_armed(const struct lapic *lapic, uint32_t lvt)
{
	switch (lvt & LAPIC_LVT_TIMER_MODE) {
	case LAPIC_LVT_TIMER_ONE_SHOT:
		return reg_read(lapic, LAPIC_TIMER_COUNT) != 0;
	case LAPIC_LVT_TIMER_DEADLINE:
		return lapic->hw->ops->sysreg_read(lapic->hw, MSR_TSC_DEADLINE) != 0;
	default:
		return false;
	}
}

void lapic_save(const struct lapic *lapic, struct lapic_state *ret_state)
{
	uint32_t timer;

	*ret_state = (struct lapic_state){
		.svr = reg_read(lapic, LAPIC_SVR),
		.tpr = reg_read(lapic, LAPIC_TPR),
	};
	for (unsigned i = 0; i < LAPIC_LVT_COUNT; i++)
		if (lvt_exists(lapic, i))
			ret_state->lvt[i] = reg_read(lapic, lvts[i].offset);
	timer = ret_state->lvt[LVT_TIMER_INDEX];
	ret_state->timer_armed = !(timer & LAPIC_LVT_MASKED) && timer_is_armed(lapic, timer);
	lapic_save_pending(lapic, ret_state);
}

void lapic_save_pending(const struct lapic *lapic, struct lapic_state *ret_state)
{
	ret_state->irr = vectors_of(lapic, LAPIC_IRR);
	ret_state->isr = vectors_of(lapic, LAPIC_ISR);
	ret_state->tmr = vectors_of(lapic, LAPIC_TMR);
}

static enum err mask_lvt(const struct lapic *lapic, unsigned index)
{
	uint32_t value = reg_read(lapic, lvts[index].offset);

	if (lvt_is_smi(index, value))
		return OK;
	reg_write(lapic, lvts[index].offset, (value & ~LAPIC_LVT_RO) | LAPIC_LVT_MASKED);
	value = reg_read(lapic, lvts[index].offset);
	return value & LAPIC_LVT_MASKED ? OK : ERR_MISMATCH;
}

enum err lapic_take(const struct lapic *lapic)
{
	uint32_t svr = reg_read(lapic, LAPIC_SVR) & ~(LAPIC_SVR_VECTOR | LAPIC_SVR_NO_BROADCAST);
	enum err err = OK;

	for (unsigned i = 0; i < LAPIC_LVT_COUNT; i++) {
		enum err one = lvt_exists(lapic, i) ? mask_lvt(lapic, i) : OK;

		if (!err)
			err = one;
	}
	/* enabled only now: entries of a disabled unit are masked by the hardware until then */
	svr |= LAPIC_SVR_ENABLE | LAPIC_SPURIOUS_VECTOR;
	reg_write(lapic, LAPIC_SVR, svr);
	(void)lapic_set_tpr(lapic, 0);
	if (!err && (reg_read(lapic, LAPIC_SVR) != svr || reg_read(lapic, LAPIC_TPR) != 0))
		err = ERR_MISMATCH;
	return err;
}

bool lapic_takes_extint(const struct lapic *lapic)
{
	uint32_t lint0 = reg_read(lapic, LAPIC_LVT_LINT0);

	return (lint0 & LAPIC_LVT_DELIVERY) == LAPIC_LVT_DELIVERY_EXTINT &&
	       !(lint0 & LAPIC_LVT_MASKED);
}

enum err lapic_open_extint(const struct lapic *lapic)
{
	reg_write(lapic, LAPIC_LVT_LINT0, LAPIC_LVT_DELIVERY_EXTINT);
	return (reg_read(lapic, LAPIC_LVT_LINT0) & ~LAPIC_LVT_RO) == LAPIC_LVT_DELIVERY_EXTINT
		       ? OK
		       : ERR_MISMATCH;
}

static enum err restore_lvt(const struct lapic *lapic, const struct lapic_state *state,
			    unsigned index)
{
	uint32_t saved = state->lvt[index] & ~LAPIC_LVT_RO;

	if (!lvt_exists(lapic, index) || lvt_is_smi(index, saved))
		return OK;
	reg_write(lapic, lvts[index].offset, saved);
	return (reg_read(lapic, lvts[index].offset) & ~LAPIC_LVT_RO) == saved ? OK : ERR_MISMATCH;
}

enum err lapic_restore(const struct lapic *lapic, const struct lapic_state *state)
{
	enum err err = OK;

	/* SVR first: a software-disabled unit accepts no unmasked entry, and none was saved */
	reg_write(lapic, LAPIC_SVR, state->svr);
	if (reg_read(lapic, LAPIC_SVR) != state->svr)
		err = ERR_MISMATCH;
	/* the reverse of masking: the error entry last */
	for (unsigned i = LAPIC_LVT_COUNT; i-- > 0;) {
		enum err one = restore_lvt(lapic, state, i);

		if (!err)
			err = one;
	}
	(void)lapic_set_tpr(lapic, state->tpr);
	if (!err && reg_read(lapic, LAPIC_TPR) != state->tpr)
		err = ERR_MISMATCH;
	return err;
}

static enum err self_ipi(const struct lapic *lapic, unsigned vector)
{
	struct hw_timer timer = hw_timer_us(lapic->hw, ICR_BUSY_US);

	if (lapic->x2apic) { /* no delivery status in this mode */
		reg_write(lapic, LAPIC_SELF_IPI, vector);
		return OK;
	}
	while (reg_read(lapic, LAPIC_ICR) & LAPIC_ICR_SEND_PENDING) {
		if (hw_expired(lapic->hw, &timer))
			return ERR_TIMEOUT;
		lapic->hw->ops->relax(lapic->hw);
	}
	reg_write(lapic, LAPIC_ICR, LAPIC_ICR_SELF | LAPIC_ICR_ASSERT | vector);
	return OK;
}

enum err lapic_raise_owed(const struct lapic *lapic, const struct lapic_state *state)
{
	uint32_t timer = state->lvt[LVT_TIMER_INDEX];
	struct lapic_vectors owed;
	enum err err = OK;

	for (unsigned i = 0; i < 8; i++)
		owed.word[i] = state->irr.word[i] & ~state->tmr.word[i];
	if (state->timer_armed && !timer_is_armed(lapic, timer)) {
		unsigned vector = timer & LAPIC_LVT_VECTOR;

		owed.word[vector / 32] |= 1u << vector % 32;
	}
	for (unsigned vector = 32; vector <= 0xff; vector++) {
		enum err one = OK;

		if (owed.word[vector / 32] >> vector % 32 & 1 && !lapic_irr(lapic, vector))
			one = self_ipi(lapic, vector);
		if (!err)
			err = one;
	}
	return err;
}
