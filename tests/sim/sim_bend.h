/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* Where Command, Status and the INTx wire pass by the faults that bend them: sim_bend.c. */
#ifndef INTXLAB_TESTS_SIM_SIM_BEND_H
#define INTXLAB_TESTS_SIM_SIM_BEND_H

#include "tests/sim/sim_internal.h"

/* The low byte of Status as it reads. */
uint8_t sim_bend_status(const struct sim_fn *fn, uint8_t status);
/* Which bits of the byte a write of width at off reaches. */
uint8_t sim_bend_writable(const struct sim_fn *fn, unsigned off, unsigned width, unsigned byte);
/* Behind a write; was_masked: DisINTx before it. */
void sim_bend_write(struct sim_fn *fn, unsigned off, unsigned width, uint64_t value,
		    bool was_masked);
/* Behind a read. */
void sim_bend_read(struct sim_fn *fn, unsigned off, unsigned width);
/* True: a read of a function that is not there is answered all the same. */
bool sim_bend_absent(const struct sim *sim, unsigned off, uint64_t *ret_value);
/* Before the condition inside becomes pending. */
void sim_bend_pending(struct sim_fn *fn, bool pending);
/* Whether INTx is let out. */
bool sim_bend_gate(const struct sim_fn *fn, bool open);
/* Drives the wire as it is let out. */
void sim_bend_wire(struct sim_fn *fn, bool was_open, bool open);

#endif
