/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * A test image whose one more check never comes back: interrupts off and the CPU halted, as a
 * wedged bus leaves it. The host must end it at its limit and name this check.
 */
#include "efi/root.h"
#include "efi/x86_64/cpu.h"
#include "run/check.h"

static void halts(struct ctx *c)
{
	(void)c;
	for (;;)
		cpu_halt();
}

static const struct check checks[] = {
	{ .id = "hang.halts",
	  .title = "never printed",
	  .spec = "observation: a hang made on purpose",
	  .body = halts },
};

static const struct suite suite_hang = SUITE("hang", checks);

const struct suite *const root_taken_suites[] = { &suite_hang, NULL };
