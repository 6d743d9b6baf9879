/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The function under test, set up for one check and cleared away after it. Opening arms the source:
 * known Command, able to interrupt, nothing pending. Closing puts Command and the device's enables
 * (PxIE, GHC) back as they were found, masks the line, and reads all of it back: what differs is an
 * ERROR that names the register. For checks that need NEED_ROUTE and bring a handler of their own.
 */
#ifndef INTXLAB_RUN_BENCH_STAGE_H
#define INTXLAB_RUN_BENCH_STAGE_H

#include "run/check.h"
#include "run/bench/events.h"

struct stage {
	struct ctx *c;
	struct source *source;
	struct line *line;
	const struct pci_fn *fn;
	uint16_t command; /* as found */
	struct source_register reg[SOURCE_REGISTERS];
	unsigned reg_count;
	uint32_t reg_found[SOURCE_REGISTERS];
};

/* False: the source could not be armed; everything is as it was, and the check has its verdict. */
bool stage_open(struct stage *s, struct ctx *c);
/* Whatever the body did. */
void stage_close(struct stage *s);
/*
 * The same of the neighbour, whose handler is the line's shared one. One that has gone is an ERROR,
 * whatever was found before.
 */
bool stage_open_neighbour(struct stage *s, struct ctx *c);
void stage_close_neighbour(struct stage *s);

bool stage_request(struct stage *s, line_handler_fn *handler, void *arg);
void stage_ack(struct stage *s);
/* With interrupts off: until the CPU has accepted the line's vector (IRR), BENCH_DELIVERY_US. */
void stage_accepted(struct stage *s);
bool stage_is_accepted(struct stage *s);
/* The deliveries within BENCH_DELIVERY_US, then a quiet window: so many since the request. */
void stage_expect_count(struct stage *s, unsigned count, const char *what);
bool stage_remote_irr(struct stage *s);
/* The function does not answer: nothing of it is touched. */
void stage_abandon(struct stage *s);
/*
 * Behind a reset of the function or of the HBA: as it was before the first check, or ERROR, and no
 * later check is blamed for it.
 */
void stage_revive(struct stage *s);
/*
 * The same behind a reset of the whole function, as an expectation: it ends with one event done and
 * one delivery of it. was_alive: there were deliveries before, so that if none comes any more, the
 * reset has lost the device (source_lose()).
 */
void stage_prove_alive(struct stage *s, bool was_alive);
/* ERROR when a register does not read as it was found. */
void stage_verify(struct stage *s, const char *what, uint64_t now, uint64_t found);

#endif
