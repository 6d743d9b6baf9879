/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * A port of the simulated HBA with memory behind it: list at 0, FISes at 400h, table at 500h, data
 * from 1000h.
 */
#ifndef INTXLAB_TESTS_UNIT_SIM_RIG_AHCI_H
#define INTXLAB_TESTS_UNIT_SIM_RIG_AHCI_H

#include "tests/unit/sim_rig.h"

#define GHC (ABAR + 0x04)
#define IS (ABAR + 0x08)
#define BOHC (ABAR + 0x28)
#define PX(n) (ABAR + 0x100 + (n)*0x80)
#define TABLE 0x500

static struct hw_dma mem;

/* Interrupts off, DMA memory above 4 GiB. */
static inline void start_ahci(const char *machine, const char *fault)
{
	const char *faults[] = { fault, NULL };
	struct sim_config config = { .machine = machine,
				     .faults = faults,
				     .dma_base = 0x140000000ull };

	sim = sim_new(&config);
	if (!sim)
		abort();
	hw = sim_hw(sim);
	hw->ops->irq_switch(hw, false);
	if (hw->ops->dma_alloc(hw, 0x4000, 4096, &mem))
		abort();
}

static inline uint8_t *bytes(unsigned off)
{
	return (uint8_t *)mem.cpu + off;
}

static inline void put32(unsigned off, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		bytes(off)[i] = (uint8_t)(value >> (8 * i));
}

static inline uint32_t get32(unsigned off)
{
	return bytes(off)[0] | (uint32_t)bytes(off)[1] << 8 | (uint32_t)bytes(off)[2] << 16 |
	       (uint32_t)bytes(off)[3] << 24;
}

static inline void start_port(unsigned n)
{
	wr(PX(n) + 0x00, (uint32_t)mem.bus);
	wr(PX(n) + 0x04, (uint32_t)(mem.bus >> 32));
	wr(PX(n) + 0x08, (uint32_t)mem.bus + 0x400);
	wr(PX(n) + 0x0c, (uint32_t)(mem.bus >> 32));
	wr(PX(n) + 0x10, 0xffffffff);
	wr(PX(n) + 0x18, 0x10);
	wait_us(10);
	wr(PX(n) + 0x18, 0x11);
	wait_us(10);
}

static inline void fill_prd(unsigned index, uint64_t bus, uint32_t count_less_one)
{
	put32(TABLE + 0x80 + 16 * index, (uint32_t)bus);
	put32(TABLE + 0x84 + 16 * index, (uint32_t)(bus >> 32));
	put32(TABLE + 0x8c + 16 * index, count_less_one);
}

static inline void fill_command(unsigned slot, uint8_t opcode, uint64_t lba, unsigned sectors,
				unsigned prds)
{
	put32(32 * slot, prds << 16 | 5);
	put32(32 * slot + 4, 0);
	put32(32 * slot + 8, (uint32_t)mem.bus + TABLE);
	put32(32 * slot + 12, (uint32_t)(mem.bus >> 32));
	memset(bytes(TABLE), 0, 64);
	put32(TABLE, (uint32_t)opcode << 16 | 0x8027);
	put32(TABLE + 4, (uint32_t)(lba & 0xffffff) | 0x40000000);
	put32(TABLE + 8, (uint32_t)(lba >> 24) & 0xffffff);
	put32(TABLE + 12, sectors);
}

static inline void run(unsigned n, uint8_t opcode, uint64_t lba, unsigned sectors)
{
	fill_command(0, opcode, lba, sectors, 1);
	fill_prd(0, mem.bus + 0x1000, sectors * 512 - 1);
	wr(PX(n) + 0x38, 1);
	wait_us(200);
}

#endif
