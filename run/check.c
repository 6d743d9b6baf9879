/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* Owns what a verdict is made of: which is worse, and the evidence line that goes with it. */
#include "run/check.h"

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
		[VERDICT_NONE] = "NONE",   [VERDICT_PASS] = "PASS", [VERDICT_SKIP] = "SKIP",
		[VERDICT_ERROR] = "ERROR", [VERDICT_FAIL] = "FAIL",
	};

	return names[verdict];
}

static void say(struct ctx *c, enum verdict verdict, const char *fmt, va_list ap)
{
	if (verdict <= c->verdict)
		return;
	c->verdict = verdict;
	fmt_vtext(c->reason, sizeof(c->reason), fmt, ap);
}

void check_pass(struct ctx *c)
{
	if (c->verdict < VERDICT_PASS)
		c->verdict = VERDICT_PASS;
}

void check_skip(struct ctx *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(c, VERDICT_SKIP, fmt, ap);
	va_end(ap);
}

void check_error(struct ctx *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(c, VERDICT_ERROR, fmt, ap);
	va_end(ap);
}

void check_fail(struct ctx *c, const char *what, const char *expected, const char *observed)
{
	stream_line(&c->lab->out, "# run mismatch check=%s what=%q expected=%q observed=%q spec=%q",
		    c->id, what, expected, observed, c->check->spec);
	c->verdict = VERDICT_FAIL;
}

static bool judge(struct ctx *c, bool good, const char *what, const char *expected,
		  const char *observed)
{
	if (!good) {
		check_fail(c, what, expected, observed);
		return false;
	}
	if (c->lab->opt.verbose)
		stream_line(&c->lab->out, "# run seen check=%s what=%q observed=%q", c->id, what,
			    observed);
	check_pass(c);
	return true;
}

bool expect_eq(struct ctx *c, uint64_t observed, uint64_t expected, const char *what)
{
	char want[24], seen[24];

	fmt_text(want, sizeof(want), "%lu", expected);
	fmt_text(seen, sizeof(seen), "%lu", observed);
	return judge(c, observed == expected, what, want, seen);
}

bool expect_hex(struct ctx *c, uint64_t observed, uint64_t expected, unsigned digits,
		const char *what)
{
	char want[24], seen[24], fmt[8];

	fmt_text(fmt, sizeof(fmt), "%%0%ulx", digits);
	fmt_text(want, sizeof(want), fmt, expected);
	fmt_text(seen, sizeof(seen), fmt, observed);
	return judge(c, observed == expected, what, want, seen);
}

bool expect_at_least(struct ctx *c, uint64_t observed, uint64_t least, const char *what)
{
	char want[32], seen[24];

	fmt_text(want, sizeof(want), "at least %lu", least);
	fmt_text(seen, sizeof(seen), "%lu", observed);
	return judge(c, observed >= least, what, want, seen);
}

bool expect_ok(struct ctx *c, enum err err, const char *what)
{
	if (err == ERR_GONE) {
		check_error(c, "gone: %s", what);
		return false;
	}
	return judge(c, !err, what, "done", err_name(err));
}
