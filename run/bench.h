/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * What the checks stand on: the function under test brought into a known state, its HBA as an
 * interrupt source that can be raised and acknowledged at will, and its line. Made ready once, when
 * the first check needs it; given back as firmware had it by bench_release().
 */
#ifndef INTXLAB_RUN_BENCH_H
#define INTXLAB_RUN_BENCH_H

#include "drivers/ahci.h"
#include "drivers/line.h"
#include "run/lab.h"
#include "run/sequence.h"

/* A raised line is delivered well within: IOAPIC and MSI writes take under 10 us. */
#define BENCH_DELIVERY_US 1000
/* "Nothing came": this window, twenty times what a delivery takes. */
#define BENCH_QUIET_US 200
#define BENCH_ANSWERS 8

struct bench {
	struct lab *lab;
	bool prepared;
	uint16_t command_found; /* as firmware left it */
	uint16_t msi_found; /* Message Control, 0 without the capability */
	uint16_t msi_cap;
	uint16_t decode; /* Command bits that the BARs need */
	struct ahci hba;
	struct ahci_state hba_found;
	bool hba_saved;
	enum err init_err, handoff_err, reset_err, scan_err, stop_err, identify_err;
	uint64_t reset_us;
	struct ahci_port *port; /* the source; NULL: nothing that can be made to interrupt */
	uint8_t lba0[512]; /* of an ATA source, read before anything else was done */
	bool usable; /* init, reset and scan went well */

	struct line line;
	bool probed;
	enum err route_err; /* of the probe */
	unsigned answer_count; /* pins that followed the device */
	uint32_t answer[BENCH_ANSWERS];
	unsigned stuck_count; /* pins asserted while the device was idle */
	uint32_t stuck[BENCH_ANSWERS];
	bool falls; /* every pin that answered fell when the device was acknowledged */
	unsigned looked_at;

	struct play play;
	enum err release_err;
	uint16_t command_left, msi_left;
	bool released;
};

void bench_init(struct bench *bench, struct lab *lab);
/*
 * Once: known Command (decode and Bus Master on, DisINTx and MSI off), handoff, HBA reset, scan,
 * IDENTIFY.
 */
void bench_prepare(struct bench *bench);
/* Once, after bench_prepare(): which GSI follows the source. */
void bench_probe(struct bench *bench);
/*
 * 0, or the first NEED_* of needs that is not met with *ret_why; *ret_error: it is an ERROR, not a
 * SKIP.
 */
unsigned bench_unmet(struct bench *bench, unsigned needs, const char **ret_why, bool *ret_error);

/*
 * Command as every recorded kernel found it: decode and Bus Master on, DisINTx and MSI off, the
 * rest as firmware left it.
 */
void bench_known_command(struct bench *bench);
/*
 * The source idle: port running with PxIE and GHC.IE set, nothing pending. Command is left alone.
 */
MUST_CHECK enum err bench_start_source(struct bench *bench);
/* Both. */
MUST_CHECK enum err bench_arm(struct bench *bench);
/*
 * Make the device raise its interrupt condition (a READ DMA EXT, or IDENTIFY DEVICE that an ATAPI
 * drive aborts) and wait for PxIS.
 */
MUST_CHECK enum err bench_raise(struct bench *bench);
/* Acknowledge at the device: PxIS, IS. */
MUST_CHECK enum err bench_ack(struct bench *bench);
/* The whole HBA: ports stopped, PxIE and GHC.IE off, nothing pending. ERR_TIMEOUT: a port goes on. */
MUST_CHECK enum err bench_rest(struct bench *bench);
/* The source: PxIE and GHC.IE off, nothing pending. */
void bench_disarm(struct bench *bench);

/*
 * Everything as firmware had it: ports, HBA registers, Message Control, Command last; read back
 * into the fields.
 */
void bench_release(struct bench *bench);

#endif
