/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* What is left behind: judged after lab_release(), which runs whatever was selected. */
#include "run/bench/bench.h"

/* --neighbour was made a source too, and has as much to get back. */
static void neighbour_restored(struct ctx *c, const struct source *s)
{
	if (pci_fn_is_gone(s->fn)) {
		check_error(c, "gone: the neighbour reads all-ones");
		return;
	}
	expect_hex(c, s->command_left, s->command_found, 4, "the neighbour's Command");
	if (s->msi_cap)
		expect_hex(c, s->msi_left, s->msi_found, 4, "the neighbour's Message Control");
	if (s->msix_cap)
		expect_hex(c, s->msix_left, s->msix_found, 4,
			   "the neighbour's Message Control of MSI-X");
	expect_ok(c, s->release_err, "the neighbour's registers as firmware had them");
}

static void bridges_restored(struct ctx *c, const struct upstream *up)
{
	for (unsigned i = 0; i < up->count; i++) {
		if (up->bridge[i].left != up->bridge[i].found)
			check_error(c, "a bridge's Command was left %04x, found %04x",
				    up->bridge[i].left, up->bridge[i].found);
	}
}

static void restored(struct ctx *c)
{
	struct bench *b = c->lab->bench;

	if (!b->own.prepared) {
		check_skip(c, "the function was not touched");
		return;
	}
	expect_hex(c, b->own.command_left, b->own.command_found, 4, "Command as firmware had it");
	if (b->own.msi_cap)
		expect_hex(c, b->own.msi_left, b->own.msi_found, 4,
			   "Message Control as firmware had it");
	if (b->own.msix_cap)
		expect_hex(c, b->own.msix_left, b->own.msix_found, 4,
			   "Message Control of MSI-X as firmware had it");
	expect_ok(c, b->own.release_err, "the HBA's registers as firmware had them");
	if (b->other.prepared)
		neighbour_restored(c, &b->other);
	bridges_restored(c, &b->upstream);
}

static const struct check checks[] = {
	{ .id = "leave.function",
	  .title = "Command, Message Control and the HBA's registers are what firmware left",
	  .spec = "observation: intxlab's own promise",
	  .why = WHY("A lab must give the board back as it was, or the next boot is another."),
	  .advice = "Which of Command, Message Control and the HBA's registers differs from what "
		    "firmware left.",
	  .body = restored },
};

const struct suite suite_leave = SUITE("leave", checks);
