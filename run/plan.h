/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Which checks run, and in what order: the part of struct lab that lab_plan() fills. The list of
 * all checks is every suite's, one suite behind the other; an index is a place in it.
 */
#ifndef INTXLAB_RUN_PLAN_H
#define INTXLAB_RUN_PLAN_H

#include "run/check.h"

unsigned plan_first_index(const struct lab *lab, const struct suite *suite);
const struct check *plan_check(const struct lab *lab, unsigned index,
			       const struct suite **ret_suite);
/* The last selected check of the unit; its first index when none is. */
unsigned plan_last_selected(const struct lab *lab, const struct lab_unit *unit);
/*
 * lab->unit for the next round, of the suites in front of last: in the order of the suites, or with
 * --shuffle in another one, of which "# run order" tells the seed.
 */
void plan_order(struct lab *lab, const struct suite *last);

#endif
