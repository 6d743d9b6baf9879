/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* How a step of a sequence stands in the stream: docs/stream.md, Steps. */
#ifndef INTXLAB_RUN_SEQUENCES_STEP_LINES_H
#define INTXLAB_RUN_SEQUENCES_STEP_LINES_H

#include "run/sequences/sequence.h"

struct step_seen {
	uint16_t command, status, msi_control;
	enum irqc_line line;
	int irq_count;
	unsigned eventfd;
	unsigned read_count, write_count;
	char writes[256], reads[256];
	uint64_t us;
};

struct step_want {
	const struct step_expect *expect;
	uint16_t command;
	bool line_judged; /* deliveries are counted */
	bool level_judged; /* and the line's level is seen */
	char irq_count[24];
	char writes[128];
};

/* reads, writes and their counts, from the seam's record. */
void step_list_accesses(const struct hw_trace *trace, struct step_seen *seen);
/* The lines "hw step" and "model step"; err: how the action ended. */
void step_tell_seen(struct play *play, const struct sequence_step *row,
		    const struct step_seen *seen, enum err err);
/* The line "run expect". */
void step_tell_want(struct play *play, const struct sequence_step *row,
		    const struct step_want *want);

#endif
