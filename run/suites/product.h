/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The product, put together: its suites in run order, and what stands around every check. A root
 * may add suites of its own.
 */
#ifndef INTXLAB_RUN_SUITES_PRODUCT_H
#define INTXLAB_RUN_SUITES_PRODUCT_H

#include "run/claims.h"
#include "run/sequences/sequence.h"

/* In run order, NULL-terminated; "leave" is the last, and judges what the others left behind. */
extern const struct suite *const product_suites[];

/* Each a question and the checks that answer it; ends with one without an id. */
extern const struct claim product_claims[];

/* Behind find_function(), before lab_plan(): the storage is the root's. */
void product_init(struct lab *lab, struct bench *bench, struct play *play);

#endif
