/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* What the AHCI source writes while it makes itself able to interrupt. */
#include "tests/unit/run_rig.h"

#define PORT_0_IE (ABAR + 0x114)

extern const struct suite suite_line;

/* AHCI 1.3.1 sec 3.3.6: with PxIE = 0 the FIS that a port receives at its start is no event. */
static void a_port_is_started_with_its_interrupts_off(void)
{
	unsigned enabled = 0;

	run_watched(&suite_line, "--check line.probe", PORT_0_IE);
	for (unsigned i = 0; i < watched_count; i++) {
		if (!watched[i])
			continue;
		enabled++;
		UNIT_TRUE(i && !watched[i - 1]);
	}
	UNIT_TRUE(enabled > 0);
}

static unsigned raised, missing;

static void raise_sixteen(struct ctx *c)
{
	struct source *own = &c->lab->bench->own;

	UNIT_EQ(source_arm(own), OK);
	for (unsigned i = 0; i < 16; i++) {
		enum err err = source_raise(own);

		raised += err == OK;
		missing += err == ERR_MISMATCH;
		UNIT_EQ(source_ack(own), OK);
	}
	source_disarm(own);
	check_pass(c);
}

static const struct check raises[] = {
	{ .id = "raises.sixteen", .needs = NEED_SOURCE, .body = raise_sixteen },
};
static const struct suite suite_raises = SUITE("raises", raises);

/* A command that is done is no event: PxIS must show it (the FIS of every 8th sets no DHRS). */
static void an_event_that_px_is_does_not_show_was_not_raised(void)
{
	run_watched(&suite_raises, "", PORT_0_IE);
	UNIT_EQ(raised, 16);
	raised = missing = 0;
	run_fault = "port.dhrs-lost-8th";
	run_watched(&suite_raises, "", PORT_0_IE);
	UNIT_EQ(raised, 14);
	UNIT_EQ(missing, 2);
}

static const struct unit_test tests[] = {
	UNIT(a_port_is_started_with_its_interrupts_off),
	UNIT(an_event_that_px_is_does_not_show_was_not_raised),
};

int main(void)
{
	return UNIT_RUN(tests);
}
