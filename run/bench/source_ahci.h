/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The state of a source that is an AHCI function: for the suites about AHCI's own registers, for
 * ahci as an owner, and for the disk behind it. Everybody else knows struct source only.
 */
#ifndef INTXLAB_RUN_BENCH_SOURCE_AHCI_H
#define INTXLAB_RUN_BENCH_SOURCE_AHCI_H

#include "drivers/ahci.h"
#include "run/bench/source.h"

struct source_ahci {
	enum err handoff_err, reset_err, scan_err, stop_err, identify_err;
	uint64_t reset_us;
	struct ahci hba;
	struct ahci_state hba_found;
	bool hba_saved;
	uint32_t lost; /* ports that had a device before our reset and have none after it */
	struct ahci_port *port; /* NULL: no drive answers */
	uint32_t held_ie;
	uint8_t worked[AHCI_DATA_SIZE]; /* what the managed driver read the first time */
	unsigned worked_len;
	uint8_t lba0[512]; /* of an ATA drive, read before anything else was done */
};

/* NULL: it is no AHCI function, or none was prepared. */
struct source_ahci *source_ahci(struct source *s);

#endif
