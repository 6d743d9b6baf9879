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

static const struct unit_test tests[] = {
	UNIT(a_port_is_started_with_its_interrupts_off),
};

int main(void)
{
	return UNIT_RUN(tests);
}
