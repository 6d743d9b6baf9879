/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Simulated time: events in the order of their times, and the watchdog over a run that does not
 * end.
 */
#include <stdlib.h>

#include "tests/sim/sim_internal.h"

static void find_next_event(struct sim *sim)
{
	sim->next_event = SIM_NEVER;
	for (struct sim_event *event = sim->events; event; event = event->next)
		if (event->at < sim->next_event)
			sim->next_event = event->at;
}

void sim_event_init(struct sim *sim, struct sim_event *event, void (*fn)(void *arg), void *arg)
{
	*event = (struct sim_event){ .at = SIM_NEVER, .fn = fn, .arg = arg, .next = sim->events };
	sim->events = event;
}

void sim_event_arm(struct sim *sim, struct sim_event *event, uint64_t delay_ns)
{
	event->at = sim->now + delay_ns;
	find_next_event(sim);
}

void sim_event_cancel(struct sim *sim, struct sim_event *event)
{
	event->at = SIM_NEVER;
	find_next_event(sim);
}

/* Each event sees its own time as now, so that what it arms is not late. */
static void run_events(struct sim *sim, uint64_t until)
{
	while (sim->next_event <= until) {
		struct sim_event *event = sim->events;

		while (event->at != sim->next_event)
			event = event->next;
		if (event->at > sim->now)
			sim->now = event->at;
		sim_event_cancel(sim, event);
		event->fn(event->arg);
	}
	sim->now = until;
}

void sim_pass_time(struct sim *sim, uint64_t ns)
{
	if (++sim->operations > sim->config.watchdog) {
		fprintf(stderr, "sim: the code under test does not end\n");
		abort();
	}
	run_events(sim, sim->now + ns);
}
