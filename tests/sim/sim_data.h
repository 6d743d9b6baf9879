/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * A machine read from a file: ACPI tables and configuration spaces as a real machine had them, with
 * the simulator's own controllers, HBA and drive where the file says that they are. The format
 * stands in tests/data/README.md.
 */
#ifndef INTXLAB_TESTS_SIM_SIM_DATA_H
#define INTXLAB_TESTS_SIM_SIM_DATA_H

#include "tests/sim/sim_vtd.h"

#define SIM_DATA_TABLES 5
#define SIM_DATA_TABLE_SIZE 4096
#define SIM_DATA_ROOTS 8
#define SIM_DATA_UNITS 8

struct sim_data {
	unsigned table_count;
	struct {
		size_t len;
		uint8_t bytes[SIM_DATA_TABLE_SIZE];
	} table[SIM_DATA_TABLES];
	unsigned root_count;
	struct pci_root root[SIM_DATA_ROOTS];
	unsigned vtd_count;
	struct sim_vtd vtd[SIM_DATA_UNITS];
	uint16_t isa_low; /* inputs below 16 that are active low; one bit a GSI */
};

/* The row of a machine from a file: none of the others' oddities. */
extern const struct sim_machine sim_data_machine;

/* Fills the machine. False, and a line on stderr: no such file, or it is not in the format. */
bool sim_data_build(struct sim *sim, const char *path);

/*
 * sim_data_fn.c. A function whose registers are all read-only but for Command, Status, Interrupt
 * Line and a bridge's bus numbers and windows; it stands on bus, behind whom sim_data_join() finds.
 */
struct sim_fn *sim_data_add_fn(struct sim *sim, uint16_t segment, uint8_t bus, uint8_t dev,
			       uint8_t fn);
/* The bits of BAR index that make it so large; of a 64-bit BAR those of both registers. */
void sim_data_size_bar(struct sim_fn *fn, unsigned index, uint64_t size);
/* All are there: each goes behind the bridge that leads to its bus. */
void sim_data_join(struct sim *sim);
/* Simulated AHCI registers behind its BAR 5, a disk on port 0, its INTx wired to gsi. */
void sim_data_make_ahci(struct sim_fn *fn, uint32_t gsi);

#endif
