/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* The e1000 source: what its registers hold behind a run is what firmware had left in them. */
#define RUN_MACHINE "e1000"
#include "tests/unit/run_rig.h"

#define BAR 0x81100000ull

extern const struct suite suite_own, suite_line;

static const struct {
	uint32_t off, left;
} as_found[] = {
	{ 0x0000, 0x00140241 }, /* CTRL */
	{ 0x0018, 0x00000008 }, /* CTRL_EXT */
	{ 0x0028, 0x00c28001 }, /* FCAL */
	{ 0x00c4, 0x000000c3 }, /* ITR */
	{ 0x00d0, 0x00000004 }, /* IMS */
	{ 0x0100, 0x00008000 }, /* RCTL */
	{ 0x0400, 0x00000000 }, /* TCTL */
	{ 0x0410, 0x00602006 }, /* TIPG */
	{ 0x2800, 0x7fe00000 }, /* RDBAL */
	{ 0x5400, 0x12005452 }, /* RAL0 */
	{ 0x5404, 0x80005634 }, /* RAH0 */
};

static void expect_as_found(void)
{
	for (unsigned i = 0; i < sizeof(as_found) / sizeof(as_found[0]); i++)
		UNIT_EQ(rd(BAR + as_found[i].off), as_found[i].left);
}

static void a_run_leaves_its_registers_as_found(void)
{
	run_ended = expect_as_found;
	run_watched(&suite_line, "", BAR + 0x0000);
	UNIT_EQ(watched_count, 0); /* CTRL is written for a reset alone */
}

/* Both of its resets, each behind an event: one write with RST, one that puts CTRL back. */
static void a_reset_is_undone(void)
{
	run_ended = expect_as_found;
	run_watched(&suite_own, "", BAR + 0x0000);
	UNIT_EQ(watched_count, 4);
	UNIT_EQ(watched[0], 0x04140241);
	UNIT_EQ(watched[1], 0x00140241);
}

static const struct unit_test tests[] = {
	UNIT(a_run_leaves_its_registers_as_found),
	UNIT(a_reset_is_undone),
};

int main(void)
{
	return UNIT_RUN(tests);
}
