/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Marks for an outside witness (QEMU's trace of config writes): at a step's begin and end two byte
 * writes to Interrupt Line (3Ch) of 0000:00:00.0, a scratch byte that routes nothing: A0h + seq 3:0
 * and 50h + seq 7:4 at the begin, C0h + seq 3:0 and 70h + seq 7:4 at the end. Only under --witness;
 * restored afterwards.
 */
#ifndef INTXLAB_RUN_SEQUENCES_WITNESS_H
#define INTXLAB_RUN_SEQUENCES_WITNESS_H

#include "run/lab.h"

void witness_mark(struct lab *lab, unsigned seq, bool begin);
/* The byte as it was. Nothing without --witness. */
void witness_restore(struct lab *lab);

#endif
