/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* What is left behind: judged after lab_release(), which runs whatever was selected. */
#include "run/bench.h"

static void restored(struct ctx *c)
{
	struct bench *b = c->lab->bench;

	if (!b->prepared) {
		check_skip(c, "the function was not touched");
		return;
	}
	expect_hex(c, b->command_left, b->command_found, 4, "Command as firmware had it");
	if (b->msi_cap)
		expect_hex(c, b->msi_left, b->msi_found, 4, "Message Control as firmware had it");
	expect_ok(c, b->release_err, "the HBA's registers as firmware had them");
}

static const struct check checks[] = {
	{ .id = "leave.function",
	  .title = "Command, Message Control and the HBA's registers are what firmware left",
	  .spec = "observation: intxlab's own promise",
	  .body = restored },
};

const struct suite suite_leave = SUITE("leave", checks);
