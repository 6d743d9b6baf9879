/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Sequences are tables of steps; a step is an action and what the hardware must look like after it.
 * Expected values are literals from recorded kernels (step names are those of the recordings) and
 * from Linux's sources. They are written for a function that decodes both I/O and memory and whose
 * other Command bits are 0: Command and writes are literal in the bits of mask 0x0407, the rest
 * must stay what it was before the first bind, and Command.IO/.MEMORY are expected only as far as
 * the function's BARs need them. Where a policy, MSI or the place of masking makes a difference,
 * the step's expectation is another literal row: exceptions.c.
 */
#ifndef INTXLAB_RUN_SEQUENCES_SEQUENCE_H
#define INTXLAB_RUN_SEQUENCES_SEQUENCE_H

#include "drivers/passthrough.h"
#include "pci/tracker.h"
#include "run/bench/bench.h"

#define STEP_WRITES 6

struct play;

enum step_write_kind {
	STEP_W_NONE, /* end of the list */
	/* 16 bits, literal under COMMAND_JUDGED, the other bits as before the first bind */
	STEP_W,
	STEP_W_EXACT, /* 16 bits, the whole word */
	STEP_W32, /* 32 bits: Command as STEP_W, Status as it was when the state was saved */
	STEP_MSICTL, /* Message Control: Enable as given, the other bits as firmware left them */
};

struct step_write {
	uint8_t kind; /* enum step_write_kind */
	uint16_t value;
};

#define STEP_NO_IRQ (-1)
#define STEP_SOME (-2)

/* Some 250 of these are in the image: small types. */
struct step_expect {
	uint16_t command;
	bool intx_status;
	/* not judged: with MSI enabled, functions differ in what Status[3] shows */
	bool any_status;
	bool msi_enable;
	uint8_t line; /* enum irqc_line, judged when the line is known */
	int8_t irq_count; /* STEP_NO_IRQ: none attached; STEP_SOME: at least irq_least */
	int8_t irq_least;
	uint8_t eventfd; /* notifications in this step */
	/* enum err, of the action; ERR_BUSY: the bind is refused and the chain ends here */
	uint8_t result;
	struct step_write writes[STEP_WRITES];
};

struct step {
	const char *name;
	enum err (*act)(struct play *play);
	struct step_expect expect;
};

/* What a step's check carries. */
struct sequence_step {
	const char *sequence;
	struct step step;
};

/*
 * What the run's options and the policy's row make of a step: the step's own row, or the last row
 * of exceptions.c that matches.
 */
struct step_setting {
	const char *policy;
	bool msi;
	bool at_controller;
};
const struct step_expect *step_expectation(const struct sequence_step *row,
					   const struct step_setting *setting);

/* What a policy's sequences showed, for the comparison at the end. */
struct play_summary {
	unsigned steps;
	bool released; /* release.ahci_unbind ran */
	uint16_t command_after_release;
	char detach[96]; /* the owner's writes in it */
	enum err next_probe;
	bool probed;
	unsigned reads, writes; /* of Command, in all steps */
};

#define STEP_TOLD_MAX 128

enum step_line { STEP_LINE_HW, STEP_LINE_MODEL, STEP_LINE_EXPECT, STEP_LINES };

/* The last time that a step's lines were told in full. */
struct step_told {
	const struct sequence_step *row;
	unsigned seq[STEP_LINES];
	size_t at[STEP_LINES]; /* of the fields, in the copy of the stream */
	size_t len[STEP_LINES];
};

/* The state that the steps share. */
struct play {
	/* through the whole run */
	struct bench *bench;
	struct step_told told[STEP_TOLD_MAX];
	unsigned seq; /* rows so far */

	/* of one policy, and the chain in progress: what play_begin_policy() forgets */
	const struct policy *policy;
	struct tracker tracker; /* from the policy's first sequence to its last */
	struct play_summary summary;
	struct pci_dev dev;
	struct owner_managed managed;
	struct passthrough vfio;
	/* The neighbour's driver, under the same policy, with a tracker of its own. */
	struct pci_dev neighbour_dev;
	struct tracker neighbour_tracker;
	struct owner_managed neighbour;
	bool neighbour_bound, neighbour_ran;
	bool at_controller; /* vfio-pci masks there */
	bool managed_bound;
	bool begun;
	bool broken; /* nothing more can be tried in this chain */
	char broken_at[48]; /* the check after which it is so */
	enum err broken_err;
	bool refused; /* a bind was refused as expected: the chain ends, as it does in Linux */
	uint16_t command_base; /* Command before the first bind, bits outside COMMAND_JUDGED */
	uint16_t status_saved; /* Status when the passthrough owner saved the state */
};

/* The laboratory's: lab->play from here on. */
void play_init(struct play *play, struct bench *bench);
/* Around all sequences of one policy: lab->policy. The end tells what the comparison shows. */
void play_begin_policy(struct lab *lab);
void play_end_policy(struct lab *lab);
/* Give up whatever owner holds the function; the chain is over. */
void play_finish(struct play *play);
/* Nothing more can be tried: every step that follows in this chain is an ERROR that says why. */
void play_break(struct play *play, const char *check, enum err err);

/* Body of every step's check; check->data is its struct sequence_step. */
void step_body(struct ctx *c);
/* a device that no driver has touched, then the first step */
void sequence_begin_first(struct lab *lab);

extern const struct suite suite_enable, suite_release, suite_rebind, suite_dirty, suite_fresh,
	suite_race, suite_vfio_msi, suite_intx_first, suite_neighbour;

#endif
