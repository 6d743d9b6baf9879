/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* The option grammar and the globs. */
#include "run/options.h"
#include "tests/unit/unit.h"

static enum err parse(const char *text, struct options *options, char why[160])
{
	return options_parse(text, options, why, 160);
}

static void empty_text_is_a_plain_run(void)
{
	struct options o;
	char why[160] = "of an earlier one";

	UNIT_EQ(parse(" \r\n\t # nothing here", &o, why), OK);
	UNIT_STR(why, "");
	UNIT_EQ(o.action, ACTION_RUN);
	UNIT_EQ(o.end, END_RETURN);
	UNIT_TRUE(!o.device_count && !o.device_all && !o.has_exit_port && !o.check[0] &&
		  !o.witness);
}

static void words_and_values(void)
{
	struct options o;
	char why[160];

	UNIT_EQ(parse("--check=mask.* --device 0001:02:03.4\n"
		      "--exit-port F4 --end off # --list\n--verbose",
		      &o, why),
		OK);
	UNIT_STR(o.check, "mask.*");
	UNIT_EQ(o.device[0].segment, 1);
	UNIT_EQ(o.device[0].bus, 2);
	UNIT_EQ(o.device[0].dev, 3);
	UNIT_EQ(o.device[0].fn, 4);
	UNIT_TRUE(o.device_count == 1 && o.has_exit_port);
	UNIT_EQ(o.exit_port, 0xf4);
	UNIT_EQ(o.end, END_OFF);
	UNIT_EQ(o.action, ACTION_RUN);
	UNIT_TRUE(o.verbose);
}

static void a_value_may_hold_an_equals_sign(void)
{
	struct options o;
	char why[160];

	UNIT_EQ(parse("--check a=b", &o, why), OK);
	UNIT_STR(o.check, "a=b");
	UNIT_EQ(parse("--check=a=b", &o, why), OK);
	UNIT_STR(o.check, "a=b");
}

/* Every hexadecimal digit, in both cases, and the characters next to each end of their ranges. */
static void an_exit_port_is_hexadecimal(void)
{
	static const struct {
		const char *text;
		unsigned port;
	} rows[] = {
		{ "--exit-port 0", 0 },
		{ "--exit-port 501", 0x501 },
		{ "--exit-port 2345", 0x2345 },
		{ "--exit-port 6789", 0x6789 },
		{ "--exit-port abcd", 0xabcd },
		{ "--exit-port ef", 0xef },
		{ "--exit-port ABCD", 0xabcd },
		{ "--exit-port EF", 0xef },
		{ "--exit-port ffff", UINT16_MAX },
	};
	static const char *const bad[] = { "/", ":", "@", "G", "`", "g", "0x10", "1_" };
	struct options o;
	char why[160], text[24] = "--exit-port ";

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		UNIT_EQ(parse(rows[i].text, &o, why), OK);
		UNIT_TRUE(o.has_exit_port);
		UNIT_EQ(o.exit_port, rows[i].port);
	}
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		strcpy(text + strlen("--exit-port "), bad[i]);
		UNIT_EQ(parse(text, &o, why), ERR_INVALID);
	}
}

static void refusals_leave_the_result_alone(void)
{
	static const char *const bad[] = {
		"--nosuch",
		"check",
		"--check",
		"--check=",
		"--end maybe",
		"--exit-port 10000",
		"--exit-port",
		"--device 00:20.0",
		"--device 00:1f.8",
		"--device 00:1f.2x",
		"--list=yes",
		"--shuffle 0",
		"--shuffle 4294967296",
		"--shuffle 1x",
		"--repeat 0",
		"--repeat 10001",
		"--repeat -1",
		"--repeat",
		"--check \x80",
		("--check 0123456789012345678901234567890123456789012345678901234567890123"
		 "4567890123456789012345678901234567890123456789012345678901234567"),
	};
	struct options o = { .end = END_RESET };
	char why[160];

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		UNIT_EQ(parse(bad[i], &o, why), ERR_INVALID);
		UNIT_TRUE(why[0]);
		UNIT_EQ(o.end, END_RESET);
	}
}

static void a_bare_run_has_an_end_of_its_own(void)
{
	struct options o = { .end = END_OFF };
	char why[160];

	UNIT_EQ(parse("--end return --bare", &o, why), ERR_INVALID);
	UNIT_STR(why, "--bare cannot return to firmware: --end reset or off");
	UNIT_EQ(o.end, END_OFF);
	UNIT_EQ(parse("--bare", &o, why), OK);
	UNIT_TRUE(o.bare);
	UNIT_EQ(o.end, END_RESET);
	UNIT_EQ(parse("--end off --bare", &o, why), OK);
	UNIT_EQ(o.end, END_OFF);
	UNIT_EQ(parse("--bare --list", &o, why), OK);
	UNIT_TRUE(!o.bare);
	UNIT_EQ(o.end, END_RETURN);
}

static void a_text_too_long_is_refused_whole(void)
{
	static char text[OPTIONS_TEXT_MAX + 2];
	struct options o;
	char why[160];

	memset(text, ' ', OPTIONS_TEXT_MAX);
	UNIT_EQ(parse(text, &o, why), OK);
	text[OPTIONS_TEXT_MAX] = ' ';
	UNIT_EQ(parse(text, &o, why), ERR_INVALID);
	UNIT_STR(why, "option text too long (over 2048 bytes)");
}

/* 127 bytes, the name and its value together. */
static void a_word_too_long_is_refused(void)
{
	struct options o;
	char text[160], why[160];

	memset(text, 'x', sizeof(text));
	memcpy(text, "--check=", 8);
	text[127] = 0;
	UNIT_EQ(parse(text, &o, why), OK);
	UNIT_EQ(strlen(o.check), 119);
	text[127] = 'x';
	text[128] = 0;
	UNIT_EQ(parse(text, &o, why), ERR_INVALID);
	UNIT_TRUE(strstr(why, "option word too long (over 127 bytes): --check..."));
}

static void orders_and_rounds(void)
{
	struct options o;
	char why[160];

	UNIT_EQ(parse("", &o, why), OK);
	UNIT_EQ(o.shuffle, 0);
	UNIT_EQ(o.repeat, 0);
	UNIT_EQ(parse("--shuffle 4294967295 --repeat=10000", &o, why), OK);
	UNIT_EQ(o.shuffle, 4294967295u);
	UNIT_EQ(o.repeat, 10000);
}

static void globs(void)
{
	UNIT_TRUE(glob_match("*", "mask.a"));
	UNIT_TRUE(glob_match("mask.*", "mask.a"));
	UNIT_TRUE(glob_match("*.?", "mask.a"));
	UNIT_TRUE(glob_match("m*k*a", "mask.bka"));
	UNIT_TRUE(!glob_match("mask", "mask.a"));
	UNIT_TRUE(!glob_match("", "mask.a"));
	UNIT_TRUE(!glob_match("*.b", "mask.a"));
	UNIT_TRUE(glob_match_any("mask.*", "mask.a"));
	UNIT_TRUE(glob_match_any("line,cmd.*,mask.*", "mask.a"));
	UNIT_TRUE(!glob_match_any("line.*,cmd.*", "mask.a"));
	UNIT_TRUE(!glob_match_any("mask,a,", "mask.a"));
}

static const struct unit_test tests[] = {
	UNIT(empty_text_is_a_plain_run),        UNIT(words_and_values),
	UNIT(a_value_may_hold_an_equals_sign),  UNIT(refusals_leave_the_result_alone),
	UNIT(a_text_too_long_is_refused_whole), UNIT(globs),
	UNIT(a_bare_run_has_an_end_of_its_own), UNIT(orders_and_rounds),
	UNIT(a_word_too_long_is_refused),       UNIT(an_exit_port_is_hexadecimal),
};

int main(void)
{
	return UNIT_RUN(tests);
}
