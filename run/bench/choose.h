/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Which functions are under test: those that --device names, every one that can be made to
 * interrupt (--device all), or the most promising one. Nothing is written to any of them.
 */
#ifndef INTXLAB_RUN_BENCH_CHOOSE_H
#define INTXLAB_RUN_BENCH_CHOOSE_H

#include "run/lab.h"

/*
 * lab->target, and with a single one lab->fn, printed; the neighbour. lab->may_take is asked of
 * each. ERR_*: lab_stop() was called, with what there is instead.
 */
MUST_CHECK enum err choose_functions(struct lab *lab);
/* lab->fn and what is known of it becomes target number index; prints it where there are several.
 */
void choose_begin(struct lab *lab, unsigned index);
/* "# hw source ...": whether and how this function can be made to interrupt. */
void choose_tell_source(struct lab *lab, const struct pci_fn *fn);

#endif
