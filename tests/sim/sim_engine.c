/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The command list engine of a port: fetch of header, command FIS and PRDs by DMA, data, the final
 * FIS, PxIS and PxCI. Source: AHCI 1.3.1 sec 4.2 and 5.3; Serial ATA for the FISes. One command at
 * a time.
 *
 * Bits that the specification reserves in memory structures are refused with PxIS.HBFS, because
 * silicon is free to do anything with them.
 */
#include <string.h>

#include "tests/sim/sim_ahci_regs.h"
#include "tests/sim/sim_bend_hba.h"

#define FETCH_TIME (1 * SIM_US)
#define COMMAND_TIME (60 * SIM_US)
#define POLL_TIME (5 * SIM_US)
#define SRST_TIME (2 * SIM_MS)
#define SECTOR 512u

struct prd {
	uint64_t base;
	uint32_t len;
	bool interrupt;
};

static void set_engine(struct sim_port *port, enum sim_engine engine, uint64_t delay)
{
	port->engine = engine;
	sim_event_arm(port->hba->sim, &port->ev_engine, delay);
}

void sim_engine_kick(struct sim_port *port)
{
	const uint32_t on = PCMD_ST | PCMD_CR;

	if (port->engine != ENGINE_IDLE || (port->cmd & on) != on || !port->ci ||
	    (port->tfd & (STS_BSY | STS_DRQ)))
		return;
	port->slot = (unsigned)__builtin_ctz(port->ci);
	port->cmd = (port->cmd & ~PCMD_CCS) | port->slot << 8;
	set_engine(port, ENGINE_FETCH, FETCH_TIME);
}

/* A fatal error: the engine waits for software to clear ST; PxCI keeps the command. */
static void halt(struct sim_port *port, uint32_t is)
{
	port->is |= is;
	port->engine = ENGINE_HALTED;
	sim_ahci_update(port->hba, false);
}

static void finish(struct sim_port *port, uint32_t is)
{
	port->ci &= ~(1u << port->slot);
	port->is |= sim_bend_done(port, is);
	port->engine = ENGINE_IDLE;
	sim_ahci_update(port->hba, false);
	sim_engine_kick(port);
}

/* A transfer that was not done: try again later, or stop for good. */
static void not_done(struct sim_port *port, enum sim_bus bus)
{
	if (bus == SIM_BUS_STALLED)
		set_engine(port, port->engine, POLL_TIME);
	else
		halt(port, PIS_HBFS);
}

static uint64_t header_address(const struct sim_port *port)
{
	return (port->clb | (uint64_t)port->clbu << 32) + port->slot * 32u;
}

static uint64_t table_address(const struct sim_port *port)
{
	return port->header[2] | (uint64_t)port->header[3] << 32;
}

static uint32_t get32(const uint8_t *bytes)
{
	return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 24;
}

static void put32(uint8_t *bytes, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
}

/* A FIS that updates Device Control only: SRST set, then cleared, ends in a new signature. */
static void device_control(struct sim_port *port)
{
	bool srst = port->cfis[15] & CTL_SRST;

	if (port->in_srst && !srst) {
		port->link = LINK_SIGNATURE;
		sim_event_arm(port->hba->sim, &port->ev_link, SRST_TIME);
	}
	if (srst)
		port->tfd |= STS_BSY;
	port->in_srst = srst;
	/*
	 * No answer comes; the slot is free when the FIS is sent. BSY holds the next command back.
	 */
	port->ci &= ~(1u << port->slot);
	port->engine = ENGINE_IDLE;
	/* The second FIS of a soft reset is sent although BSY is set (sec 10.4.1, header bit C). */
	if (srst && port->ci) {
		port->slot = (unsigned)__builtin_ctz(port->ci);
		set_engine(port, ENGINE_FETCH, FETCH_TIME);
	}
}

static void fetch(struct sim_port *port)
{
	struct sim_fn *fn = port->hba->fn;
	uint8_t header[32];
	unsigned dwords;
	enum sim_bus bus = sim_dma_read(fn, header_address(port), header, sizeof(header));

	if (bus != SIM_BUS_OK) {
		not_done(port, bus);
		return;
	}
	for (unsigned i = 0; i < 4; i++)
		port->header[i] = get32(header + 4 * i);
	dwords = port->header[0] & HDR_CFL;
	if (dwords < 2 || dwords > 16 || (port->header[2] & 0x7f)) {
		halt(port, PIS_HBFS);
		return;
	}
	memset(port->cfis, 0, sizeof(port->cfis));
	bus = sim_dma_read(fn, table_address(port), port->cfis, 4 * dwords);
	if (bus != SIM_BUS_OK) {
		not_done(port, bus);
	} else if (port->cfis[0] != FIS_H2D) {
		halt(port, PIS_IFS); /* the drive refuses a FIS that it does not know */
	} else if (!(port->cfis[1] & FIS_C)) {
		device_control(port);
	} else {
		port->tfd = (port->tfd & ~0xffu) | STS_BSY;
		set_engine(port, ENGINE_EXECUTE, COMMAND_TIME);
	}
}

static enum sim_bus read_prd(struct sim_port *port, unsigned index, struct prd *ret_prd)
{
	uint8_t bytes[PRD_SIZE];
	uint64_t address = table_address(port) + TABLE_PRDT + (uint64_t)index * PRD_SIZE;
	enum sim_bus bus = sim_dma_read(port->hba->fn, address, bytes, sizeof(bytes));
	uint32_t count;

	if (bus != SIM_BUS_OK)
		return bus;
	count = get32(bytes + 12);
	ret_prd->base = get32(bytes) | (uint64_t)get32(bytes + 4) << 32;
	ret_prd->len = (count & PRD_DBC) + 1;
	ret_prd->interrupt = count & PRD_I;
	/* Words only: bit 0 of the address is 0, bit 0 of the count (less one) is 1. */
	return (ret_prd->base & 1) || !(count & 1) ? SIM_BUS_ABORT : SIM_BUS_OK;
}

/* The bytes from offset of the command's data to one PRD's memory. */
static enum sim_bus fill_prd(struct sim_port *port, const struct sim_ata_result *result,
			     uint32_t offset, uint64_t base, uint32_t len)
{
	uint8_t sector[SECTOR];

	while (len > 0) {
		uint32_t skip = offset % SECTOR, part = SECTOR - skip < len ? SECTOR - skip : len;
		enum sim_bus bus;

		sim_ata_data(port->drive, result, offset / SECTOR, sector);
		sim_bend_data(port, sector);
		bus = sim_dma_write(port->hba->fn, base, sector + skip, part);
		if (bus != SIM_BUS_OK)
			return bus;
		offset += part;
		base += part;
		len -= part;
	}
	return SIM_BUS_OK;
}

/* All data to memory, and PRDBC. *ret_is gets DPS and OFS. */
static enum sim_bus transfer(struct sim_port *port, const struct sim_ata_result *result,
			     uint32_t *ret_is)
{
	uint32_t total = result->sectors * SECTOR, done = 0, is = 0;
	unsigned prds = port->header[0] >> HDR_PRDTL_SHIFT;
	uint8_t byte_count[4];

	for (unsigned i = 0; i < prds && done < total; i++) {
		struct prd prd;
		enum sim_bus bus = read_prd(port, i, &prd);
		uint32_t part;

		if (bus != SIM_BUS_OK)
			return bus;
		part = prd.len < total - done ? prd.len : total - done;
		bus = fill_prd(port, result, done, prd.base, part);
		if (bus != SIM_BUS_OK)
			return bus;
		done += part;
		if (prd.interrupt)
			is |= PIS_DPS;
	}
	if (done < total)
		is |= PIS_OFS; /* the drive had more than the PRDs hold */
	*ret_is = is;
	put32(byte_count, done);
	return sim_dma_write(port->hba->fn, header_address(port) + 4, byte_count,
			     sizeof(byte_count));
}

static enum sim_bus post_pio_setup(struct sim_port *port, const struct sim_ata_result *result)
{
	uint8_t fis[20] = { FIS_PIO_SETUP, FIS_I | FIS_DIR_IN, STS_READY | STS_DRQ };

	fis[7] = port->cfis[7];
	fis[12] = (uint8_t)result->sectors;
	fis[15] = result->status;
	fis[16] = (uint8_t)(SECTOR & 0xff);
	fis[17] = (uint8_t)(SECTOR >> 8);
	return sim_port_post_fis(port, RFIS_PIO_SETUP, fis, sizeof(fis));
}

static enum sim_bus post_d2h(struct sim_port *port, const struct sim_ata_result *result)
{
	uint8_t fis[20] = { FIS_D2H, FIS_I, result->status, result->error };

	memcpy(fis + 4, result->signature + 1, 3);
	fis[7] = port->cfis[7];
	fis[12] = result->signature[0];
	return sim_port_post_fis(port, RFIS_D2H, fis, sizeof(fis));
}

static void execute(struct sim_port *port)
{
	struct sim_ata_result result;
	bool pio;
	uint32_t is = 0;
	enum sim_bus bus = SIM_BUS_OK;

	sim_ata_command(port->hba->sim, port->drive, port->cfis, &result);
	if (result.transfer == ATA_SILENT || port->hba->fn->mute)
		return;
	if (port->hba->fn->garbles) {
		halt(port, PIS_IFS);
		return;
	}
	pio = result.transfer == ATA_PIO_IN;
	if (pio || result.transfer == ATA_DMA_IN) {
		if (port->header[0] & HDR_WRITE) {
			halt(port, PIS_IFS); /* data comes where data was to go */
			return;
		}
		bus = transfer(port, &result, &is);
	}
	if (bus == SIM_BUS_OK)
		bus = pio ? post_pio_setup(port, &result) : post_d2h(port, &result);
	if (bus != SIM_BUS_OK) {
		not_done(port, bus);
		return;
	}
	port->tfd = (uint32_t)result.error << 8 | result.status;
	/* sec 5.3.8.1: with ERR set it is TFES, whatever the I bit says. */
	if (result.transfer == ATA_FAILED)
		halt(port, PIS_TFES);
	else
		finish(port, is | (pio ? PIS_PSS : PIS_DHRS));
}

void sim_engine_run(void *arg)
{
	struct sim_port *port = arg;

	if (port->hba->fn->gone)
		return;
	if (port->engine == ENGINE_FETCH)
		fetch(port);
	else if (port->engine == ENGINE_EXECUTE)
		execute(port);
}
