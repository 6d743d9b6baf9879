/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The registers around an interrupt, read at one moment: the function's, the line's entry at the
 * controller, the device's own. Shown beside a check that fails, and held against each other to see
 * whether a check left something behind. Reading them is the laboratory's looking and is no access
 * of an owner.
 */
#ifndef INTXLAB_RUN_BENCH_REGISTERS_H
#define INTXLAB_RUN_BENCH_REGISTERS_H

#include "drivers/irqc.h"
#include "run/bench/source.h"

struct bench;
struct ctx;
struct lab;

struct registers {
	bool taken; /* they were read */
	bool gone; /* Command reads all-ones: nothing else is known */
	uint16_t command, status;
	bool has_msi;
	uint16_t msi; /* Message Control */
	bool has_msix;
	uint16_t msix; /* Message Control of MSI-X */
	bool has_line; /* the line is known: what follows is of its entry and vector */
	bool looked; /* line was looked at */
	enum irqc_line line;
	uint64_t rte;
	bool remote_irr;
	bool irr, isr, tmr; /* tmr: accepted as a level the last time */
	unsigned device_count; /* 0: cannot be reached */
	struct source_register device[SOURCE_REGISTERS];
	uint32_t value[SOURCE_REGISTERS];
};

/*
 * Nothing is taken while there is no function, or when it was given back already. look: the line's
 * level too, which takes IRQC_LOOK_US while it is masked.
 */
void registers_read(struct lab *lab, bool look, struct registers *ret);
/* "# hw registers check=ID when=WHEN ...": nothing for what was not taken. */
void registers_tell(struct lab *lab, const char *id, const char *when, const struct registers *r);

/*
 * Once: the line's entry as every request programs it, masked, so that the check that is the first
 * to request it finds what it leaves.
 */
void registers_program_line(struct bench *bench);
/*
 * Command, Message Control, the line's entry (but for delivery status and remote IRR) and the
 * device's enables must be as they were. What is not is ERROR, told with what was found and left,
 * and put back. Nothing is judged of a function that is gone.
 */
void registers_expect_unchanged(struct ctx *c, const struct registers *before);
/*
 * The same behind a sequence whose owners have let go. What they leave on purpose is not debris:
 * its steps have judged Command in the bits of COMMAND_JUDGED, and the device's enables are left
 * as they are by Linux's ahci (GHC.IE) and by user space (PxIE). Both are put back first.
 */
void registers_expect_released(struct ctx *c, const struct registers *before);

#endif
