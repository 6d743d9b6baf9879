/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * One run, and what would have become of it had the function under test left at this access, or at
 * the next, ...: at every access (or every stride-th) the process forks. In the child the function
 * vanishes with that access and the rest of the run is judged; the parent goes on, its function
 * alive.
 */
#ifndef INTXLAB_TESTS_SIM_SWEEP_H
#define INTXLAB_TESTS_SIM_SWEEP_H

#include "run/lab.h"
#include "tests/sim/sim.h"

/*
 * A run that lost its function ends within so much time of the machine. A Function Level Reset
 * takes 100 ms and is not looked at meanwhile; any wait for the HBA or a drive that runs out to its
 * bound (AHCI_STOP_US is the shortest, 500 ms) is too long, but those for the function itself,
 * which are told.
 */
#define SWEEP_REST_US 400000

struct sweep_shared;

struct sweep {
	struct hw hw; /* hand this to lab_begin() */
	struct hw *below;
	struct sim *sim;
	struct lab *lab;
	uint64_t stride;
	bool begun; /* accesses count from here on */
	struct sweep_shared *shared; /* what the children add up */

	bool is_child;
	/* Of a child, as the parent had it when the function left: */
	uint64_t left_at; /* access */
	uint64_t left_ticks;
	unsigned reported, fail;
	size_t copy_len;
};

/*
 * The lab is the one that lab_begin() is called for; stride 1 is every access. from_policies: not
 * the accesses before the first check that runs per policy.
 */
struct hw *sweep_begin(struct sweep *sweep, struct sim *sim, struct lab *lab, uint64_t stride,
		       bool from_policies);
/*
 * Behind lab_end() and the return of the machine. In a child it judges the run and does not return;
 * in the parent it prints the totals to stderr: false when any child's run was not as it must be.
 */
bool sweep_end(struct sweep *sweep, enum lab_verdict verdict, enum err returned);

#endif
