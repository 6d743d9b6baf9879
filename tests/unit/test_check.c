/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * What an expectation that fails says, kind by kind: on its line, in the copy that becomes the
 * report file, and with the registers before and at the mismatch. And that the worst verdict stays.
 */
#include <stdlib.h>

#include "run/bench/find.h"
#include "run/suites/product.h"
#include "tests/sim/sim.h"
#include "tests/unit/unit.h"

static char text[8192], copy[8192];
static size_t text_len;
static struct sim *sim;
static struct lab lab;
static struct bench bench;
static struct play play;
static const struct suite suite = { .name = "unit" };
static const struct check check = { .id = "unit.check", .spec = "PCI 3.0" };
static struct ctx c;

static void keep_text(void *arg, const char *s, size_t len)
{
	(void)arg;
	if (text_len + len >= sizeof(text))
		return;
	memcpy(text + text_len, s, len);
	text_len += len;
	text[text_len] = 0;
}

static void begin(void)
{
	struct sim_config config = { .text = keep_text };
	static const struct lab_about about = { "0", "0", "sim", "borrowed", 1 };
	static struct pci_tree tree;
	struct acpi_memory memory;

	sim = sim_new(&config);
	if (!sim)
		abort();
	memory = sim_acpi_memory(sim);
	memset(&lab, 0, sizeof(lab));
	lab_begin(&lab, sim_hw(sim), copy, sizeof(copy), &about);
	if (find_function(&lab, &memory, sim_rsdp(sim), NULL, 0, &tree))
		abort();
	product_init(&lab, &bench, &play);
	c = (struct ctx){ .lab = &lab, .suite = &suite, .check = &check, .id = "unit.check" };
	text_len = lab.out.copy_len = 0;
	text[0] = 0;
}

/* The report file has what the wire had. */
static void is_kept(void)
{
	UNIT_EQ(lab.out.copy_len, text_len);
	UNIT_TRUE(!memcmp(copy, text, text_len));
}

/* The one line, and the reason that stands behind the result. */
static void told(const char *line, const char *reason)
{
	UNIT_TRUE(strstr(text, line));
	is_kept();
	UNIT_STR(c.reason, reason);
	UNIT_EQ(c.verdict, VERDICT_FAIL);
	sim_free(sim);
}

#define SAID(expected, observed)                                                                   \
	"# run mismatch check=unit.check what=\"what\" expected=\"" expected                       \
	"\" observed=\"" observed "\" spec=\"PCI 3.0\"\n"

static void equal(void)
{
	begin();
	UNIT_TRUE(expect_eq(&c, 3, 3, "what"));
	UNIT_EQ(c.verdict, VERDICT_PASS);
	UNIT_TRUE(!expect_eq(&c, 18446744073709551615u, 4, "what"));
	told(SAID("4", "18446744073709551615"), "what: expected 4, observed 18446744073709551615");
}

static void hexadecimal(void)
{
	begin();
	UNIT_TRUE(expect_hex(&c, 7, 7, 4, "what"));
	UNIT_TRUE(!expect_hex(&c, 0x407, 7, 4, "what"));
	told(SAID("0007", "0407"), "what: expected 0007, observed 0407");
}

static void at_least(void)
{
	begin();
	UNIT_TRUE(expect_at_least(&c, 5, 5, "what"));
	UNIT_TRUE(!expect_at_least(&c, 4, 5, "what"));
	told(SAID("at least 5", "4"), "what: expected at least 5, observed 4");
}

static void no_error(void)
{
	begin();
	UNIT_TRUE(expect_ok(&c, OK, "what"));
	UNIT_TRUE(!expect_ok(&c, ERR_TIMEOUT, "what"));
	told(SAID("done", "timeout"), "what: expected done, observed timeout");
}

static void gone_is_an_error(void)
{
	begin();
	UNIT_TRUE(!expect_ok(&c, ERR_GONE, "what"));
	UNIT_EQ(c.verdict, VERDICT_ERROR);
	UNIT_STR(c.reason, "gone: what");
	UNIT_TRUE(!strstr(text, "# run mismatch"));
	sim_free(sim);
}

static void anything(void)
{
	begin();
	UNIT_TRUE(expect_that(&c, true, "what", "this", "that"));
	UNIT_TRUE(!expect_that(&c, false, "what", "this", "that"));
	told(SAID("this", "that"), "what: expected this, observed that");
}

static void nothing_but_a_failure(void)
{
	begin();
	check_fail(&c, "what", "this", "that");
	told(SAID("this", "that"), "what: expected this, observed that");
}

/* Of what cannot be tried nothing is expected, and so nothing said. */
static void nothing_of_what_was_not_tried(void)
{
	begin();
	c.untried = true;
	UNIT_TRUE(!expect_eq(&c, 1, 2, "what"));
	UNIT_EQ(c.verdict, VERDICT_NONE);
	UNIT_EQ(lab.expectations, 0);
	UNIT_EQ(text_len, 0);
	sim_free(sim);
}

static void a_good_one_speaks_when_verbose(void)
{
	begin();
	lab.opt.verbose = true;
	UNIT_TRUE(expect_hex(&c, 0x407, 0x407, 4, "what"));
	UNIT_STR(text, "# run seen check=unit.check what=\"what\" observed=\"0407\"\n");
	is_kept();
	sim_free(sim);
}

/* A check from its beginning to its result: DisINTx is set between the two reads of the registers.
 */

static void raise_disintx(struct ctx *ctx)
{
	pci_cfg_write16(ctx->lab->fn, PCI_COMMAND, 0x0407);
}

static void eq_body(struct ctx *ctx)
{
	raise_disintx(ctx);
	expect_eq(ctx, 1, 2, "what");
	pci_cfg_write16(ctx->lab->fn, PCI_COMMAND, 0x0007);
	expect_hex(ctx, 0xab, 0xcd, 2, "more");
}

static void fail_body(struct ctx *ctx)
{
	raise_disintx(ctx);
	check_fail(ctx, "what", "this", "that");
	pci_cfg_write16(ctx->lab->fn, PCI_COMMAND, 0x0007);
}

static const struct check whole_checks[] = {
	{ .id = "unit.eq",
	  .title = "t",
	  .spec = "s",
	  .advice = "a",
	  .needs = NEED_DEVICE,
	  .body = eq_body },
	{ .id = "unit.fail",
	  .title = "t",
	  .spec = "s",
	  .advice = "a",
	  .needs = NEED_DEVICE,
	  .body = fail_body },
};

#define MISMATCH(check, what, expected, observed)                                                  \
	"# run mismatch check=" check " what=\"" what "\" expected=\"" expected                    \
	"\" observed=\"" observed "\" spec=\"s\"\n"
#define REGISTERS(check, when, command)                                                            \
	"# hw registers check=" check " when=" when " command=" command " status=0010 msi=0080"
#define FAILED(check, n)                                                                           \
	"# run failed check=" check " rule=\"t\" spec=\"s\" advice=\"a\"\nnot ok " n " " check "\n"

static void a_failed_check_shows_its_registers(void)
{
	static const struct suite whole = SUITE("unit", whole_checks);
	static const struct suite *const suites[] = { &whole, NULL };
	static const char *const lines[] = {
		MISMATCH("unit.eq", "what", "2", "1") MISMATCH("unit.eq", "more", "cd", "ab"),
		REGISTERS("unit.eq", "before", "0007"),
		REGISTERS("unit.eq", "failed", "0407"),
		FAILED("unit.eq", "1"),
		MISMATCH("unit.fail", "what", "this", "that"),
		REGISTERS("unit.fail", "before", "0007"),
		REGISTERS("unit.fail", "failed", "0407"),
		FAILED("unit.fail", "2"),
	};
	const char *at = text;

	begin();
	UNIT_EQ(lab_plan(&lab, suites, 1), OK);
	lab_run(&lab, &whole);
	for (size_t i = 0; at && i < sizeof(lines) / sizeof(lines[0]); i++) {
		at = strstr(at, lines[i]);
		if (!at)
			UNIT_FAIL("not there, or not in its place: %s", lines[i]);
	}
	is_kept();
	sim_free(sim);
}

static void the_first_failure_is_the_reason_and_each_has_its_line(void)
{
	begin();
	check_skip(&c, "no %s", "drive");
	UNIT_STR(c.reason, "no drive");
	check_error(&c, "no %s", "answer");
	check_skip(&c, "too late");
	UNIT_STR(c.reason, "no answer");
	UNIT_EQ(c.verdict, VERDICT_ERROR);
	UNIT_TRUE(!expect_eq(&c, 1, 2, "what"));
	UNIT_TRUE(!expect_eq(&c, 3, 4, "what"));
	check_error(&c, "too late");
	UNIT_TRUE(expect_eq(&c, 5, 5, "what"));
	UNIT_EQ(lab.expectations, 3);
	UNIT_TRUE(strstr(text, SAID("4", "3")));
	told(SAID("2", "1"), "what: expected 2, observed 1");
}

static unsigned mismatches(void)
{
	unsigned n = 0;

	for (const char *at = text; (at = strstr(at, "# run mismatch")); at++)
		n++;
	return n;
}

/* Before the last round a mismatch has its line once; one that differs in a character is another.
 */
static void a_round_before_the_last_tells_each_mismatch_once(void)
{
	static const char *const words[] = { "0401", "0403", "0407", "0405", "0501", "0503" };
	const unsigned count = sizeof(words) / sizeof(words[0]);

	begin();
	lab.out.muted = true;
	for (unsigned round = 0; round < 2; round++)
		for (unsigned i = 0; i < count; i++)
			check_fail(&c, "what", "0007", words[i]);
	UNIT_EQ(mismatches(), count);
	check_fail(&c, "what", "0003", words[0]);
	check_fail(&c, "other", "0007", words[0]);
	UNIT_EQ(mismatches(), count + 2);
	sim_free(sim);
}

static void each_verdict_has_its_word(void)
{
	UNIT_STR(verdict_name(VERDICT_NONE), "NONE");
	UNIT_STR(verdict_name(VERDICT_PASS), "PASS");
	UNIT_STR(verdict_name(VERDICT_SKIP), "SKIP");
	UNIT_STR(verdict_name(VERDICT_ERROR), "ERROR");
	UNIT_STR(verdict_name(VERDICT_FAIL), "FAIL");
}

static const struct unit_test tests[] = {
	UNIT(each_verdict_has_its_word),
	UNIT(equal),
	UNIT(hexadecimal),
	UNIT(at_least),
	UNIT(no_error),
	UNIT(anything),
	UNIT(nothing_but_a_failure),
	UNIT(gone_is_an_error),
	UNIT(nothing_of_what_was_not_tried),
	UNIT(a_good_one_speaks_when_verbose),
	UNIT(a_failed_check_shows_its_registers),
	UNIT(the_first_failure_is_the_reason_and_each_has_its_line),
	UNIT(a_round_before_the_last_tells_each_mismatch_once),
};

int main(void)
{
	return UNIT_RUN(tests);
}
