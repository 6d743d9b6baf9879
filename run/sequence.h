/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Sequences are tables of steps; a step is an action and what the hardware must look like after it.
 * Expected values are literals from recorded kernels (step names are those of the recordings) and
 * from Linux's sources. They are written for a function that decodes both I/O and memory and whose
 * other Command bits are 0: Command and writes are literal in the bits of mask 0x0407, the rest
 * must stay what it was before the first bind, and Command.IO/.MEMORY are expected only as far as
 * the function's BARs need them.
 */
#ifndef INTXLAB_RUN_SEQUENCE_H
#define INTXLAB_RUN_SEQUENCE_H

#include "drivers/owner_ahci.h"
#include "drivers/passthrough.h"
#include "run/check.h"

#define STEP_COMMAND_MASK 0x0407
#define STEP_WRITES 4

struct play;

enum step_write_kind {
	STEP_W_NONE, /* end of the list */
	/* 16 bits, literal under STEP_COMMAND_MASK, the other bits as before the first bind */
	STEP_W,
	STEP_W_EXACT, /* 16 bits, the whole word */
	STEP_W32, /* 32 bits: Command as STEP_W, Status as it was when the state was saved */
};

struct step_write {
	enum step_write_kind kind;
	uint16_t command;
};

struct step {
	const char *name;
	enum err (*act)(struct play *play);
	uint16_t command;
	bool intx_status;
	enum irqc_line line; /* judged when the line is known */
	int irq_count; /* STEP_NO_IRQ: none attached; STEP_SOME: at least irq_least */
	int irq_least;
	unsigned eventfd; /* notifications in this step */
	struct step_write writes[STEP_WRITES];
};

/* What a step's check carries. */
struct sequence_step {
	const char *sequence;
	struct step step;
};

#define STEP_NO_IRQ (-1)
#define STEP_SOME (-2)

/* The state that the steps of one chain share. */
struct play {
	struct bench *bench;
	struct pci_dev dev;
	struct owner_ahci ahci;
	struct passthrough vfio;
	bool ahci_bound;
	bool begun;
	const char *broken; /* the check after which nothing more can be tried */
	enum err broken_err;
	uint16_t command_base; /* Command before the first bind, bits outside STEP_COMMAND_MASK */
	uint16_t status_saved; /* Status when the passthrough owner saved the state */
	unsigned seq; /* rows so far */
	uint8_t data[AHCI_DATA_SIZE]; /* read before the release */
	unsigned data_len;
};

/* Give up whatever owner holds the function; the play is over. */
void play_finish(struct play *play);

/* Body of every step's check; check->data is its struct sequence_step. */
void step_body(struct ctx *c);
/* a device that no driver has touched, then the first step */
void sequence_begin_first(struct lab *lab);

extern const struct suite suite_enable, suite_release, suite_rebind, suite_dirty, suite_fresh;

#endif
