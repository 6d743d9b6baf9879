/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * All inputs of the interrupt controllers at once: which are quiet while the function is, and which
 * show that it asserts, each masked, or with others unmasked beside it. Interrupts are off.
 */
#ifndef INTXLAB_RUN_BENCH_INPUTS_H
#define INTXLAB_RUN_BENCH_INPUTS_H

#include "drivers/irqc.h"

#define INPUTS_MAX 2048 /* pins looked at: 64 I/O APICs of 32 inputs */
/* Of an entry that is open beside the one that is looked at: neither of line.h. */
#define INPUTS_VECTOR 0x53

struct inputs {
	struct irqc *irqc;
	unsigned count;
	uint32_t gsi[INPUTS_MAX];
	enum irqc_line idle[INPUTS_MAX]; /* as it was while the function was idle */
	bool watches_irqs; /* the second controller is open */
	uint32_t irqs_idle; /* of its inputs, those that were deasserted */
};

/* Every pin that may carry PCI is routed, masked and looked at, while the function is idle. */
MUST_CHECK enum err inputs_begin(struct inputs *in, struct irqc *irqc);
/*
 * From here to inputs_end() the second controller's inputs are watched as levels. What it latched
 * as an edge before goes with the input's next fall: the caller has the function rise and fall, and
 * calls inputs_watch_idle(). Without a second controller: nothing.
 */
MUST_CHECK enum err inputs_watch(struct inputs *in);
void inputs_watch_idle(struct inputs *in);
/* A bit for each input of the second controller that was deasserted and is asserted now. */
uint32_t inputs_irqs(const struct inputs *in);
MUST_CHECK enum err inputs_end(struct inputs *in);

/* Was deasserted, and is asserted now. */
bool inputs_rose(const struct inputs *in, unsigned i);
/*
 * The other way round, for a controller that shows a line only when it rises while its entry is
 * unmasked: open, have the function assert, ask (IRQC_HAS_RTE: remote IRR), shut.
 */
void inputs_open_idle(struct inputs *in);
bool inputs_accepted(const struct inputs *in, unsigned i);
/* As long as a line may take to an entry. */
void inputs_wait(const struct inputs *in);
/* An EOI of what was accepted, with the entries open: a line that is up is accepted again. */
void inputs_end_service(struct inputs *in);
void inputs_shut_idle(struct inputs *in);
/*
 * The others of open are unmasked, with a vector of their own, for as long as work is looked at.
 * What they deliver is dropped, and they are routed as before.
 */
enum irqc_line inputs_line_beside(struct inputs *in, uint32_t gsi, const uint32_t *open,
				  unsigned count);
uint32_t inputs_irqs_beside(struct inputs *in, const uint32_t *open, unsigned count);

#endif
