/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* The network sources: what their registers hold behind a run is what firmware had left in them. */
#include "tests/unit/run_rig.h"

#define BAR 0x81100000ull

extern const struct suite suite_own, suite_line;

static void e1000_is_as_found(void)
{
	UNIT_EQ(rd(BAR + 0x0000), 0x00140241); /* CTRL */
	UNIT_EQ(rd(BAR + 0x0018), 0x00000008); /* CTRL_EXT */
	UNIT_EQ(rd(BAR + 0x0028), 0x00c28001); /* FCAL */
	UNIT_EQ(rd(BAR + 0x00c4), 0x000000c3); /* ITR */
	UNIT_EQ(rd(BAR + 0x00d0), 0x00000004); /* IMS */
	UNIT_EQ(rd(BAR + 0x0100), 0x00008000); /* RCTL */
	UNIT_EQ(rd(BAR + 0x0400), 0x00000000); /* TCTL */
	UNIT_EQ(rd(BAR + 0x0410), 0x00602006); /* TIPG */
	UNIT_EQ(rd(BAR + 0x2800), 0x7fe00000); /* RDBAL */
	UNIT_EQ(rd(BAR + 0x5400), 0x12005452); /* RAL0 */
	UNIT_EQ(rd(BAR + 0x5404), 0x80005634); /* RAH0 */
}

static void i8255x_is_as_found(void)
{
	UNIT_EQ(hw_read8(hw, BAR + 0x01), 0x00);
	UNIT_EQ(hw_read8(hw, BAR + 0x03), 0x01);
	UNIT_EQ(rd(BAR + 0x04), 0x00123450);
}

static void rtl8139_is_as_found(void)
{
	UNIT_EQ(hw_read8(hw, BAR + 0x37), 0x01);
	UNIT_EQ(hw_read16(hw, BAR + 0x3c), 0x0001);
	UNIT_EQ(hw_read16(hw, BAR + 0x3e), 0x0000);
	UNIT_EQ(rd(BAR + 0x54), 0x89abcdef);
}

static void run_on(const char *machine, const struct suite *suite, uint64_t at, void (*ended)(void))
{
	run_machine = machine;
	run_ended = ended;
	run_watched(suite, "", BAR + at);
}

static void a_run_leaves_an_e1000_as_found(void)
{
	run_on("e1000", &suite_line, 0x0000, e1000_is_as_found);
	UNIT_EQ(watched_count, 0); /* CTRL is written for a reset alone */
}

/* Both resets of suite own, each behind an event: one write with RST, one that puts CTRL back. */
static void a_reset_of_an_e1000_is_undone(void)
{
	run_on("e1000", &suite_own, 0x0000, e1000_is_as_found);
	UNIT_EQ(watched_count, 4);
	UNIT_EQ(watched[0], 0x04140241);
	UNIT_EQ(watched[1], 0x00140241);
}

static void a_run_leaves_an_i8255x_as_found(void)
{
	run_on("i8255x", &suite_line, 0x08, i8255x_is_as_found);
	UNIT_EQ(watched_count, 0); /* PORT is written for a reset alone */
}

static void a_reset_of_an_i8255x_is_undone(void)
{
	run_on("i8255x", &suite_own, 0x08, i8255x_is_as_found);
	UNIT_EQ(watched_count, 2);
	UNIT_EQ(watched[0], 0);
}

static void a_run_leaves_an_rtl8139_as_found(void)
{
	run_on("rtl8139", &suite_line, 0x37, rtl8139_is_as_found);
	UNIT_EQ(watched_count, 0); /* CR is written for a reset alone */
}

static void a_reset_of_an_rtl8139_is_undone(void)
{
	run_on("rtl8139", &suite_own, 0x37, rtl8139_is_as_found);
	UNIT_EQ(watched_count, 2);
	UNIT_EQ(watched[0], 0x10);
}

static const struct unit_test tests[] = {
	UNIT(a_run_leaves_an_e1000_as_found),   UNIT(a_reset_of_an_e1000_is_undone),
	UNIT(a_run_leaves_an_i8255x_as_found),  UNIT(a_reset_of_an_i8255x_is_undone),
	UNIT(a_run_leaves_an_rtl8139_as_found), UNIT(a_reset_of_an_rtl8139_is_undone),
};

int main(void)
{
	return UNIT_RUN(tests);
}
