/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * A function that a reset takes away for a while, or for good: the wait for it, and what is put
 * back of one that left and came again.
 */
#ifndef INTXLAB_RUN_BENCH_RECOVER_H
#define INTXLAB_RUN_BENCH_RECOVER_H

#include "pci/ready.h"
#include "run/bench/source.h"
#include "run/check.h"

/*
 * The reset was initiated and settle_us have passed: until the function under test answers again
 * (pci_wait_ready()), and how long that took is told, settle_us and all. after: the reset's name.
 * False: not within PCI_RESET_READY_US; the function is gone, the check is ERROR and no register of
 * it may be touched.
 */
bool recover_wait(struct ctx *c, const char *after, unsigned pm, uint64_t settle_us);

/*
 * Before the function is left: look for it again, with a second's patience if it left, and put its
 * configuration space back as firmware had it. One that left has known Command afterwards. False:
 * it does not answer. Looks once; later calls give the same answer.
 */
bool recover_function(struct source *s);
/* A BAR that firmware had assigned reads 0: one read. */
bool recover_was_reset(const struct source *s);
/* What became of it, once everything else was put back too. Nothing is told of what was all well.
 */
void recover_tell(const struct source *s);

#endif
