/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Memory that the CPU and bus masters share. The bus address differs from the CPU's and leaves a
 * gap after each allocation, so that a driver which confuses them, or a device that overruns, is
 * seen.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim_machine.h"
#include "tests/sim/sim_vtd.h"

#define PAGE 4096u
#define MSI_FIRST 0xfee00000ull /* Intel SDM vol. 3, Message Address Register Format */
#define MSI_LAST 0xfeefffffull
#define PCI_STATUS_OFF 0x06
#define STATUS_RECEIVED_MASTER_ABORT 0x2000 /* PCI 3.0 sec 6.2.3, Status[13] */

enum err sim_dma_alloc(struct hw *hw, size_t size, size_t align, struct hw_dma *ret_dma)
{
	struct sim *sim = (struct sim *)(void *)hw;
	struct sim_dma *dma;

	if (size == 0 || align == 0 || (align & (align - 1)) != 0 || align > PAGE)
		sim_abuse("dma_alloc of no size, or of an alignment that is not promised", size,
			  (unsigned)align);
	dma = sim_calloc(sizeof(*dma));
	/* The end of the allocation is the end of the block: the sanitizer sees one byte beyond. */
	dma->block = sim_calloc(size + align - 1);
	dma->dma.cpu = (void *)(((uintptr_t)dma->block + align - 1) & ~(uintptr_t)(align - 1));
	dma->dma.size = size;
	dma->dma.bus = (sim->next_bus + align - 1) & ~(uint64_t)(align - 1);
	sim->next_bus = ((dma->dma.bus + size + PAGE - 1) & ~(uint64_t)(PAGE - 1)) + PAGE;
	dma->next = sim->dma;
	sim->dma = dma;
	*ret_dma = dma->dma;
	return OK;
}

void sim_dma_free(struct sim *sim)
{
	while (sim->dma) {
		struct sim_dma *dma = sim->dma;

		sim->dma = dma->next;
		free(dma->block);
		free(dma);
	}
}

bool sim_dma_covers(const struct sim *sim, uint64_t bus)
{
	for (const struct sim_dma *dma = sim->dma; dma; dma = dma->next)
		if (bus >= dma->dma.bus && bus - dma->dma.bus < dma->dma.size)
			return true;
	return false;
}

static uint8_t *translate(struct sim *sim, uint64_t bus, size_t len)
{
	if (sim->machine->half_dma)
		bus &= UINT32_MAX;
	if (sim->dma_freed && sim_dma_covers(sim, bus))
		sim_abuse("DMA to memory that was freed", bus, (unsigned)len);
	for (struct sim_dma *dma = sim->dma; dma; dma = dma->next)
		if (bus >= dma->dma.bus && bus - dma->dma.bus < dma->dma.size &&
		    len <= dma->dma.size - (bus - dma->dma.bus))
			return (uint8_t *)dma->dma.cpu + (bus - dma->dma.bus);
	return NULL;
}

static enum sim_bus master_abort(struct sim_fn *fn)
{
	uint16_t status = sim_cfg_get16(fn, PCI_STATUS_OFF);

	sim_cfg_set16(fn, PCI_STATUS_OFF, status | STATUS_RECEIVED_MASTER_ABORT);
	return SIM_BUS_ABORT;
}

enum sim_bus sim_dma_read(struct sim_fn *fn, uint64_t bus, void *data, size_t len)
{
	const uint8_t *memory;

	if (!sim_fn_may_master(fn))
		return SIM_BUS_STALLED;
	memory = translate(fn->sim, bus, len);
	if (!memory)
		return master_abort(fn);
	memcpy(data, memory, len);
	return SIM_BUS_OK;
}

/* Address bits 19:12 destination, bit 2 logical; data bits 7:0 vector, 10:8 mode, 15 level. */
static void write_msi(struct sim *sim, uint64_t bus, const uint8_t *data, size_t len)
{
	unsigned low = data[0], high = len > 1 ? data[1] : 0;

	if (sim_vtd_blocks(sim))
		return;
	(void)sim_lapic_message(sim, (unsigned)(bus >> 12) & 0xff, (bus & 4) != 0, high & 7, low,
				(high & 0x80) != 0);
}

enum sim_bus sim_dma_write(struct sim_fn *fn, uint64_t bus, const void *data, size_t len)
{
	bool is_message = bus >= MSI_FIRST && bus <= MSI_LAST;
	uint8_t *memory;

	if (!sim_fn_may_master(fn) &&
	    !(is_message && sim_has_fault(fn, SIM_FAULT_MSI_IGNORES_MASTER)))
		return SIM_BUS_STALLED;
	if (is_message) {
		if (!sim_platform_loses(fn))
			write_msi(fn->sim, bus, data, len);
		return SIM_BUS_OK;
	}
	memory = translate(fn->sim, bus, len);
	if (!memory)
		return master_abort(fn);
	memcpy(memory, data, len);
	return SIM_BUS_OK;
}
