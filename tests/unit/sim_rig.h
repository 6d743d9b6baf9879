/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * What the simulator's own unit tests share: one machine at a time, and accesses to it by absolute
 * address, as the specifications give them.
 */
#ifndef INTXLAB_TESTS_UNIT_SIM_RIG_H
#define INTXLAB_TESTS_UNIT_SIM_RIG_H

#include <stdlib.h>

#include "tests/sim/sim.h"
#include "tests/unit/unit.h"

#define ECAM 0xb0000000ull
#define AHCI_1F2 0xb00fa000ull
#define AHCI_04 0xb0020000ull
#define ABAR 0x81085000ull
#define IOAPIC 0xfec00000ull
#define LAPIC 0xfee00000ull
#define ABSENT 0xffffffffu

static struct sim *sim;
static struct hw *hw;

/* One fault, or NULL for an honest machine. */
static inline void start(const char *machine, const char *fault)
{
	const char *faults[] = { fault, NULL };
	struct sim_config config = { .machine = machine, .faults = faults };

	sim = sim_new(&config);
	if (!sim)
		abort();
	hw = sim_hw(sim);
}

static inline void stop(void)
{
	sim_free(sim);
}

static inline uint32_t rd(uint64_t addr)
{
	return hw_read32(hw, addr);
}

static inline void wr(uint64_t addr, uint32_t value)
{
	hw_write32(hw, addr, value);
}

static inline void wait_us(unsigned us)
{
	while (us--)
		hw->ops->relax(hw);
}

static inline uint32_t rte(unsigned pin)
{
	wr(IOAPIC, 0x10 + 2 * pin);
	return rd(IOAPIC + 0x10);
}

/* Destination: APIC id 0, physical. */
static inline void set_rte(unsigned pin, uint32_t low)
{
	wr(IOAPIC, 0x11 + 2 * pin);
	wr(IOAPIC + 0x10, 0);
	wr(IOAPIC, 0x10 + 2 * pin);
	wr(IOAPIC + 0x10, low);
}

static inline bool irr(unsigned vector)
{
	return rd(LAPIC + 0x200 + vector / 32 * 16) >> (vector % 32) & 1;
}

static inline bool isr(unsigned vector)
{
	return rd(LAPIC + 0x100 + vector / 32 * 16) >> (vector % 32) & 1;
}

/* COMRESET with PxIE.PCE: PxSERR.DIAG.X raises PxIS.PCS (AHCI 1.3.1 sec 3.3.5), no DMA needed. */
static inline void assert_intx_by(uint64_t abar, unsigned port)
{
	uint64_t px = abar + 0x100 + port * 0x80;

	wr(px + 0x14, 0x40);
	wr(px + 0x2c, 1);
	wait_us(1100);
	wr(px + 0x2c, 0);
	wait_us(500);
	wr(abar + 0x04, 0x80000002);
}

static inline void assert_intx(uint64_t abar)
{
	assert_intx_by(abar, 0);
}

static inline void deassert_intx(uint64_t abar)
{
	wr(abar + 0x130, 0xffffffff);
	wr(abar + 0x08, 0xffffffff);
}

static unsigned taken, last_vector;

static inline void count_vector(void *arg, unsigned vector)
{
	(void)arg;
	taken++;
	last_vector = vector;
}

/* The sink counts from here; no EOI is given. */
static inline void count_interrupts(void)
{
	taken = last_vector = 0;
	hw->ops->irq_attach(hw, count_vector, NULL);
}

#endif
