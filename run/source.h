/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * An AHCI function as an interrupt source that can be raised and acknowledged at will, and put back
 * as firmware had it.
 */
#ifndef INTXLAB_RUN_SOURCE_H
#define INTXLAB_RUN_SOURCE_H

#include "drivers/ahci.h"
#include "run/lab.h"

struct source {
	struct lab *lab;
	const struct pci_fn *fn;
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
	struct ahci_port *port; /* NULL: nothing that can be made to interrupt */
	uint8_t lba0[512]; /* of an ATA drive, read before anything else was done */
	bool usable; /* init, reset and scan went well */
	enum err release_err;
	uint16_t command_left, msi_left;
	bool released;
};

/*
 * Once: known Command (decode and Bus Master on, DisINTx and MSI off), handoff, HBA reset, scan,
 * IDENTIFY, LBA 0. What went wrong is in the fields.
 */
void source_prepare(struct source *s, struct lab *lab, const struct pci_fn *fn);
/* A line_source_fn: PxIS and IS. arg is the source. */
void source_registers(void *arg, uint32_t *ret_port_is, uint32_t *ret_hba_is);

/*
 * Command as every recorded kernel found it: decode and Bus Master on, DisINTx and MSI off, the
 * rest as firmware left it.
 */
void source_known_command(struct source *s);
/*
 * The source idle: port running with PxIE and GHC.IE set, nothing pending. Command is left alone.
 */
MUST_CHECK enum err source_start(struct source *s);
/* Both. */
MUST_CHECK enum err source_arm(struct source *s);
/*
 * Make the device raise its interrupt condition (a READ DMA EXT, or IDENTIFY DEVICE that an ATAPI
 * drive aborts) and wait for PxIS.
 */
MUST_CHECK enum err source_raise(struct source *s);
/* Acknowledge at the device: PxIS, IS. */
MUST_CHECK enum err source_ack(struct source *s);
/*
 * The whole HBA: ports stopped, PxIE and GHC.IE off, nothing pending. ERR_TIMEOUT: a port goes on.
 */
MUST_CHECK enum err source_rest(struct source *s);
/* The source: PxIE and GHC.IE off, nothing pending. */
void source_disarm(struct source *s);

/* Everything as firmware had it: ports, HBA registers, Message Control, Command last; read back. */
void source_release(struct source *s);

#endif
