/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * A check around one or more events of the source: begin, raise, look, finish. The line is
 * requested for a handler that acknowledges or masks in the delivery that the check names; whatever
 * happened, finish leaves Command, PxIE and the line as the next check expects them.
 */
#ifndef INTXLAB_RUN_BENCH_EVENTS_H
#define INTXLAB_RUN_BENCH_EVENTS_H

#include "run/bench/bench.h"

/* Deliveries are counted from 1; 0: never. */
struct events {
	struct bench *bench;
	unsigned ack_at; /* from this one on the handler acknowledges the device */
	unsigned mask_at; /* from this one on the handler sets DisINTx */
	unsigned seen; /* deliveries in which Interrupt Status was 1 */
};

/* The source armed, DisINTx as given, the line requested. False: the check has its verdict. */
bool events_begin(struct ctx *c, struct events *e, bool disintx);
void events_finish(struct ctx *c);

/* The same without a line: nothing is delivered, the controller's entry stays masked. */
bool events_begin_unheard(struct ctx *c, bool disintx);
void events_finish_unheard(struct ctx *c);
/*
 * The last act of both, behind an acknowledged device and a line let go: Command and the device's
 * enables as the next check expects them. The runner reads them back.
 */
void events_restore(struct ctx *c);

/* The device raises its interrupt; if that never comes, ERROR with the registers. */
bool raise_event(struct ctx *c);
/* The stated window in which nothing may come, or nothing more. */
void quiet_window(struct ctx *c);

uint16_t read_command(struct ctx *c);
bool interrupt_status(struct ctx *c);
/* One write of Command, whether it changes or not, flushed. */
void write_disintx(struct ctx *c, bool on);
/*
 * Of a line that is UNKNOWN: SKIP where the controller cannot show it, ERROR where it can, for then
 * it was not at rest: a delivery waits or has no EOI.
 */
void expect_known_line(struct ctx *c);
/* Of the line's entry, where the controller has one; elsewhere nothing is expected. */
void expect_remote_irr(struct ctx *c, bool expected, const char *what);
/* UNKNOWN: as above. */
void expect_line(struct ctx *c, enum irqc_line expected, const char *what);

#endif
