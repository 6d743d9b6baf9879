/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* Owns what a verdict is made of: which is worse, and the evidence line that goes with it. */
#include "run/check.h"

#include "pci/mem.h"

static const struct {
	unsigned need;
	const char *word;
} need_words[] = {
	{ NEED_FUNCTION, "function" }, { NEED_DEVICE, "device" },
	{ NEED_AHCI, "ahci" },         { NEED_INTX_PIN, "intx-pin" },
	{ NEED_SOURCE, "source" },     { NEED_MSI, "msi" },
	{ NEED_ROUTE, "route" },       { NEED_NEIGHBOUR, "neighbour" },
	{ NEED_OWN_MASK, "own-mask" }, { NEED_DISINTX, "disintx" },
	{ NEED_RTE, "rte" },
};

void needs_words(unsigned needs, char *buf, size_t size)
{
	size_t n = 0;

	buf[0] = 0;
	for (unsigned i = 0; i < sizeof(need_words) / sizeof(need_words[0]); i++) {
		if (needs & need_words[i].need)
			n += fmt_text(buf + n, size - n, "%s%s", n ? " " : "", need_words[i].word);
	}
}

const char *check_why(const struct suite *suite, const struct check *check)
{
	return check->why ? check->why : suite->why ? suite->why : "";
}

const char *check_advice(const struct suite *suite, const struct check *check)
{
	return check->advice ? check->advice : suite->advice ? suite->advice : "";
}

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

/* FNV-1a, over a text and its end. */
static uint32_t hash_text(uint32_t hash, const char *text)
{
	do {
		hash = (hash ^ (uint8_t)*text) * 16777619u;
	} while (*text++);
	return hash;
}

/*
 * In a round before the last: did an earlier one write the very same mismatch of this check? When
 * too many were kept, none is taken for known.
 */
static bool is_known(struct lab *lab, uint32_t hash)
{
	for (unsigned i = 0; i < lab->mismatches; i++) {
		if (lab->mismatch[i] == hash)
			return true;
	}
	if (lab->mismatches < LAB_MISMATCHES)
		lab->mismatch[lab->mismatches++] = hash;
	return false;
}

void check_fail(struct ctx *c, const char *what, const char *expected, const char *observed)
{
	struct lab *lab = c->lab;
	uint32_t hash = hash_text(hash_text(hash_text(2166136261u, c->id), what), observed);

	if (c->verdict != VERDICT_FAIL) {
		lab->around->read(c, LAB_FAILED);
		fmt_text(c->reason, sizeof(c->reason), "%s: expected %s, observed %s", what,
			 expected, observed);
	}
	c->verdict = VERDICT_FAIL;
	if (lab->out.muted && is_known(lab, hash_text(hash, expected)))
		return;
	c->told = true;
	stream_line(&lab->out, "# run mismatch check=%s what=%q expected=%q observed=%q spec=%q",
		    c->id, what, expected, observed, c->check->spec);
}

bool expect_that(struct ctx *c, bool good, const char *what, const char *expected,
		 const char *observed)
{
	if (c->untried)
		return false;
	c->lab->expectations++;
	if (!good) {
		check_fail(c, what, expected, observed);
		return false;
	}
	if (c->lab->opt.verbose)
		stream_evidence(&c->lab->out, "# run seen check=%s what=%q observed=%q", c->id,
				what, observed);
	check_pass(c);
	return true;
}

bool expect_eq(struct ctx *c, uint64_t observed, uint64_t expected, const char *what)
{
	char want[24], seen[24];

	fmt_text(want, sizeof(want), "%lu", expected);
	fmt_text(seen, sizeof(seen), "%lu", observed);
	return expect_that(c, observed == expected, what, want, seen);
}

bool expect_hex(struct ctx *c, uint64_t observed, uint64_t expected, unsigned digits,
		const char *what)
{
	char want[24], seen[24], fmt[8];

	fmt_text(fmt, sizeof(fmt), "%%0%ulx", digits);
	fmt_text(want, sizeof(want), fmt, expected);
	fmt_text(seen, sizeof(seen), fmt, observed);
	return expect_that(c, observed == expected, what, want, seen);
}

bool expect_at_least(struct ctx *c, uint64_t observed, uint64_t least, const char *what)
{
	char want[32], seen[24];

	fmt_text(want, sizeof(want), "at least %lu", least);
	fmt_text(seen, sizeof(seen), "%lu", observed);
	return expect_that(c, observed >= least, what, want, seen);
}

bool expect_ok(struct ctx *c, enum err err, const char *what)
{
	if (err == ERR_GONE) {
		check_error(c, "gone: %s", what);
		return false;
	}
	return expect_that(c, !err, what, "done", err_name(err));
}
