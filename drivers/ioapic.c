/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the registers of one I/O APIC. Knows pins and entries; vectors, the local APIC and who may
 * have a line are irqc_x86's.
 */
#include "drivers/ioapic.h"

#define ALL_ONES 0xffffffffu

/* Callers hold interrupts off from the first access of a pair to the last. */
static uint32_t reg_read(const struct ioapic *ioapic, unsigned index)
{
	hw_write32(ioapic->hw, ioapic->address + IOAPIC_IOREGSEL, index);
	return hw_read32(ioapic->hw, ioapic->address + IOAPIC_IOWIN);
}

static void reg_write(const struct ioapic *ioapic, unsigned index, uint32_t value)
{
	hw_write32(ioapic->hw, ioapic->address + IOAPIC_IOREGSEL, index);
	hw_write32(ioapic->hw, ioapic->address + IOAPIC_IOWIN, value);
}

static bool irq_off(const struct ioapic *ioapic)
{
	return ioapic->hw->ops->irq_switch(ioapic->hw, false);
}

static void irq_restore(const struct ioapic *ioapic, bool was_on)
{
	if (was_on)
		(void)ioapic->hw->ops->irq_switch(ioapic->hw, true);
}

static bool is_smi(uint64_t entry)
{
	return (entry & IOAPIC_RTE_DELIVERY) == IOAPIC_RTE_DELIVERY_SMI;
}

static bool is_gone(uint64_t entry)
{
	return (uint32_t)entry == ALL_ONES;
}

static bool same_but_ro(uint64_t a, uint64_t b)
{
	return ((a ^ b) & ~(uint64_t)IOAPIC_RTE_RO) == 0;
}

enum err ioapic_init(struct ioapic *ioapic, struct hw *hw, uint64_t address, uint32_t gsi_base)
{
	struct ioapic found = { .hw = hw, .address = address, .gsi_base = gsi_base };
	uint32_t version;
	bool was_on;

	if (address % 16)
		return ERR_INVALID;
	if (!hw->ops->mmio_is_mapped(hw, address, IOAPIC_WINDOW_SIZE))
		return ERR_UNSUPPORTED;
	was_on = irq_off(&found);
	version = reg_read(&found, IOAPIC_REG_VER);
	found.id = reg_read(&found, IOAPIC_REG_ID) >> IOAPIC_ID_SHIFT & IOAPIC_ID_MASK;
	irq_restore(&found, was_on);
	if (version == ALL_ONES)
		return ERR_GONE;
	found.version = version & IOAPIC_VER_MASK;
	found.pins = (version >> IOAPIC_VER_MAX_RTE_SHIFT & IOAPIC_VER_MAX_RTE_MASK) + 1;
	if (found.pins > IOAPIC_MAX_PINS || gsi_base > UINT32_MAX - found.pins)
		return ERR_INVALID;
	*ioapic = found;
	return OK;
}

uint64_t ioapic_entry(const struct ioapic *ioapic, unsigned pin)
{
	uint32_t low, high;
	bool was_on;

	hw_bug_if(ioapic->hw, pin >= ioapic->pins);
	was_on = irq_off(ioapic);
	low = reg_read(ioapic, IOAPIC_REG_RTE_LOW(pin));
	high = reg_read(ioapic, IOAPIC_REG_RTE_HIGH(pin));
	irq_restore(ioapic, was_on);
	return (uint64_t)high << 32 | low;
}

static void change_mask(const struct ioapic *ioapic, unsigned pin, bool masked)
{
	uint32_t low;
	bool was_on;

	hw_bug_if(ioapic->hw, pin >= ioapic->pins);
	was_on = irq_off(ioapic);
	low = reg_read(ioapic, IOAPIC_REG_RTE_LOW(pin));
	if (low != ALL_ONES) {
		low &= ~(IOAPIC_RTE_MASKED | IOAPIC_RTE_RO);
		reg_write(ioapic, IOAPIC_REG_RTE_LOW(pin), low | (masked ? IOAPIC_RTE_MASKED : 0));
		/* flush the posted write: after this the entry accepts, or no longer does */
		(void)reg_read(ioapic, IOAPIC_REG_RTE_LOW(pin));
	}
	irq_restore(ioapic, was_on);
}

void ioapic_mask(const struct ioapic *ioapic, unsigned pin)
{
	change_mask(ioapic, pin, true);
}

void ioapic_unmask(const struct ioapic *ioapic, unsigned pin)
{
	change_mask(ioapic, pin, false);
}

enum err ioapic_program(const struct ioapic *ioapic, unsigned pin, uint64_t entry)
{
	uint32_t low = ((uint32_t)entry & ~IOAPIC_RTE_RO) | IOAPIC_RTE_MASKED;
	uint32_t high = (uint32_t)(entry >> 32);
	uint64_t now;
	bool was_on;

	ioapic_mask(ioapic, pin);
	was_on = irq_off(ioapic);
	reg_write(ioapic, IOAPIC_REG_RTE_HIGH(pin), high);
	reg_write(ioapic, IOAPIC_REG_RTE_LOW(pin), low);
	irq_restore(ioapic, was_on);
	now = ioapic_entry(ioapic, pin);
	if (is_gone(now))
		return ERR_GONE;
	return same_but_ro(now, (uint64_t)high << 32 | low) ? OK : ERR_MISMATCH;
}

bool ioapic_clear_remote_irr(const struct ioapic *ioapic, unsigned pin)
{
	uint64_t entry = ioapic_entry(ioapic, pin);

	if (is_gone(entry))
		return false;
	if (!(entry & IOAPIC_RTE_REMOTE_IRR))
		return true;
	if (ioapic->version < IOAPIC_VER_HAS_EOIR)
		return false;
	hw_write32(ioapic->hw, ioapic->address + IOAPIC_EOIR, entry & IOAPIC_RTE_VECTOR);
	/* the read that answers also flushes the posted EOI */
	return !(ioapic_entry(ioapic, pin) & IOAPIC_RTE_REMOTE_IRR);
}

enum err ioapic_save(const struct ioapic *ioapic, struct ioapic_state *ret_state)
{
	struct ioapic_state found = { .rte = { 0 } };

	for (unsigned pin = 0; pin < ioapic->pins; pin++) {
		found.rte[pin] = ioapic_entry(ioapic, pin);
		if (is_gone(found.rte[pin]))
			return ERR_GONE;
	}
	*ret_state = found;
	return OK;
}

enum err ioapic_mask_all(const struct ioapic *ioapic)
{
	enum err first = OK;

	for (unsigned pin = 0; pin < ioapic->pins; pin++) {
		uint64_t entry = ioapic_entry(ioapic, pin);
		enum err err = OK;

		if (is_smi(entry))
			continue;
		ioapic_mask(ioapic, pin);
		entry = ioapic_entry(ioapic, pin);
		if (is_gone(entry))
			err = ERR_GONE;
		else if (!(entry & IOAPIC_RTE_MASKED))
			err = ERR_MISMATCH;
		if (!first)
			first = err;
	}
	return first;
}

enum err ioapic_restore_masked(const struct ioapic *ioapic, const struct ioapic_state *state)
{
	enum err first = OK;

	for (unsigned pin = 0; pin < ioapic->pins; pin++) {
		uint64_t now = ioapic_entry(ioapic, pin);
		enum err err;

		/* untouched but for the mask: writing it again would only risk something */
		if (is_smi(state->rte[pin]) ||
		    same_but_ro(now, state->rte[pin] | IOAPIC_RTE_MASKED))
			continue;
		/* an EOI finds its entry by vector, which is about to change */
		(void)ioapic_clear_remote_irr(ioapic, pin);
		err = ioapic_program(ioapic, pin, state->rte[pin]);
		if (!first)
			first = err;
	}
	return first;
}

enum err ioapic_restore_unmask(const struct ioapic *ioapic, const struct ioapic_state *state)
{
	enum err first = OK;

	for (unsigned pin = 0; pin < ioapic->pins; pin++) {
		uint64_t now;
		enum err err = OK;

		if (!is_smi(state->rte[pin]) && !(state->rte[pin] & IOAPIC_RTE_MASKED))
			ioapic_unmask(ioapic, pin);
		now = ioapic_entry(ioapic, pin);
		if (is_gone(now))
			err = ERR_GONE;
		else if (!same_but_ro(now, state->rte[pin]))
			err = ERR_MISMATCH;
		if (!first)
			first = err;
	}
	return first;
}
