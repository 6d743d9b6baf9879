/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* What an expectation that fails says, kind by kind, and that the worst verdict stays. */
#include <stdlib.h>

#include "run/bench/find.h"
#include "run/suites/product.h"
#include "tests/sim/sim.h"
#include "tests/unit/unit.h"

static char text[4096];
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
	lab_begin(&lab, sim_hw(sim), NULL, 0, &about);
	if (find_function(&lab, &memory, sim_rsdp(sim), NULL, 0, &tree))
		abort();
	product_init(&lab, &bench, &play);
	c = (struct ctx){ .lab = &lab, .suite = &suite, .check = &check, .id = "unit.check" };
	text_len = 0;
	text[0] = 0;
}

/* The one line, and the reason that stands behind the result. */
static void told(const char *line, const char *reason)
{
	UNIT_TRUE(strstr(text, line));
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

static const struct unit_test tests[] = {
	UNIT(equal),
	UNIT(hexadecimal),
	UNIT(at_least),
	UNIT(no_error),
	UNIT(gone_is_an_error),
	UNIT(the_first_failure_is_the_reason_and_each_has_its_line),
	UNIT(a_round_before_the_last_tells_each_mismatch_once),
};

int main(void)
{
	return UNIT_RUN(tests);
}
