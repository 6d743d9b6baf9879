/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* Claims from results: which variant counts, what outweighs what, and the last words on a screen.
 */
#include "run/claims.h"

#include "run/bench/find.h"
#include "run/suites/product.h"
#include "tests/unit/sim_rig.h"

static bool lacks;

static bool applies(const struct lab *lab)
{
	(void)lab;
	return lacks;
}

static const char *advice(const struct lab *lab)
{
	(void)lab;
	return "attach one";
}

static const struct check checks[] = { { .id = "a.one" }, { .id = "a.two" }, { .id = "a.three" } };
static const struct check steps[] = { { .id = "s.step" } };
static const struct suite suite_a = SUITE("a", checks);
static const struct suite suite_s = {
	.name = "s", .checks = steps, .count = 1, .per_policy = true
};
static const struct suite *const suites[] = { &suite_a, &suite_s };
static const struct policy rules[] = { { .name = "old" }, { .name = "new" } };
static const struct claim claims[] = {
	{ .id = "must",
	  .must = true,
	  .advice = advice,
	  .variant = { { .text = "another way", .applies = applies, .checks = { "a.three" } },
		       { .text = "the way",
			 .checks = { "a.one", "a.two" },
			 .also = { "a.three" } } } },
	{ .id = "steps", .variant = { { .text = "in steps", .checks = { "s.step" } } } },
	{ .id = NULL },
};

static struct lab lab;
static struct claim_answer answer;

static void set(unsigned index, unsigned policy, enum verdict verdict, unsigned reason)
{
	lab.worst[index][policy] = (struct lab_worst){ (uint8_t)verdict, (uint8_t)reason, 1 };
}

/* All passed. */
static void all_passed(void)
{
	memset(&lab, 0, sizeof(lab));
	lacks = false;
	lab.claims = claims;
	lab.suites = suites;
	lab.suite_count = 2;
	lab.policies = rules;
	lab.policy_count = 2;
	lab.planned = 5;
	for (unsigned i = 0; i < 4; i++) {
		lab.selected[i] = true;
		set(i, 0, VERDICT_PASS, 0);
		set(i, 1, VERDICT_PASS, 0);
	}
	memcpy(lab.reason[0], "no drive", 9);
}

static enum claim_state state_of(unsigned claim)
{
	claims_answer(&lab, &claims[claim], &answer);
	return answer.state;
}

static void shown(void)
{
	all_passed();
	UNIT_EQ(state_of(0), CLAIM_SHOWN);
	UNIT_STR(answer.variant->text, "the way");
	set(2, 0, VERDICT_SKIP, 1); /* "also": a SKIP does not matter */
	UNIT_EQ(state_of(0), CLAIM_SHOWN);
	UNIT_TRUE(!claims_untested(&lab));
}

static void a_fail_outweighs_what_was_not_tried(void)
{
	all_passed();
	set(0, 0, VERDICT_SKIP, 1);
	UNIT_EQ(state_of(0), CLAIM_NOT_TESTED);
	UNIT_STR(answer.why, "no drive (a.one)");
	UNIT_TRUE(claims_untested(&lab));
	set(1, 0, VERDICT_FAIL, 0);
	set(2, 0, VERDICT_FAIL, 0);
	UNIT_EQ(state_of(0), CLAIM_REFUTED);
	UNIT_STR(answer.why, "a.two a.three");
	UNIT_TRUE(!claims_untested(&lab));
}

static void what_did_not_run_is_not_shown(void)
{
	all_passed();
	set(1, 0, VERDICT_NONE, 0);
	UNIT_EQ(state_of(0), CLAIM_NOT_TESTED);
	UNIT_STR(answer.why, "it did not run (a.two)");
	lab.selected[0] = false;
	UNIT_EQ(state_of(0), CLAIM_NOT_TESTED);
	UNIT_STR(answer.why, "left out (a.one)");
	all_passed();
	set(2, 0, VERDICT_ERROR, 1); /* "also" */
	UNIT_EQ(state_of(0), CLAIM_NOT_TESTED);
}

static void another_variant(void)
{
	all_passed();
	lacks = true;
	set(0, 0, VERDICT_FAIL, 0);
	UNIT_EQ(state_of(0), CLAIM_SHOWN);
	UNIT_STR(answer.variant->text, "another way");
}

static void one_policy_of_several_shows(void)
{
	all_passed();
	set(3, 0, VERDICT_SKIP, 1);
	UNIT_EQ(state_of(1), CLAIM_SHOWN);
	set(3, 0, VERDICT_ERROR, 1);
	UNIT_EQ(state_of(1), CLAIM_NOT_TESTED);
	UNIT_STR(answer.why, "no drive (s.step.old)");
	set(3, 0, VERDICT_SKIP, 1);
	set(3, 1, VERDICT_SKIP, 1);
	UNIT_EQ(state_of(1), CLAIM_NOT_TESTED);
	UNIT_STR(answer.why, "no drive (s.step.old)");
	set(3, 1, VERDICT_FAIL, 0);
	UNIT_EQ(state_of(1), CLAIM_REFUTED);
	UNIT_STR(answer.why, "s.step.new");
	lab.policy_count = 1;
	UNIT_EQ(state_of(1), CLAIM_NOT_TESTED);
	UNIT_STR(answer.why, "no drive (s.step)");
}

static void last_words(void)
{
	char words[400];

	all_passed();
	lab.pass = 4;
	(void)claims_closing(&lab, LAB_PASS, true, words, sizeof(words));
	UNIT_STR(words, "\nintxlab: PASS (4 pass, 0 fail, 0 error, 0 skip)\n");
	(void)claims_closing(&lab, LAB_FAIL, false, words, sizeof(words));
	UNIT_STR(words, "\nintxlab: FAIL (4 pass, 0 fail, 0 error, 0 skip)\n");
	(void)claims_closing(&lab, LAB_FAIL, true, words, sizeof(words));
	UNIT_STR(words, "\nintxlab: FAIL (4 pass, 0 fail, 0 error, 0 skip)\n"
			"This is a virtual machine, and emulators have known deviations:\n"
			"host/intxlab report tells which of the FAILs are known.\n");
	set(0, 0, VERDICT_SKIP, 1);
	UNIT_EQ(claims_closing(&lab, LAB_UNTESTED, true, words, sizeof(words)), strlen(words));
	UNIT_STR(words, "\nintxlab: UNTESTED (4 pass, 0 fail, 0 error, 0 skip)\n"
			"not tested: the way:\nno drive (a.one)\nwhat to do: attach one\n");
	/* what a selection left out is nothing to be done about */
	lab.selected[1] = false;
	lab.opt.suite[0] = 'a';
	UNIT_TRUE(!claims_untested(&lab));
	(void)claims_closing(&lab, LAB_UNTESTED, true, words, sizeof(words));
	UNIT_STR(words, "\nintxlab: UNTESTED (4 pass, 0 fail, 0 error, 0 skip)\n");
	lab.opt.suite[0] = 0;
	UNIT_TRUE(claims_untested(&lab));
}

/* The product's own: when nothing was tested, that no interrupt could be had comes first. */
static void no_interrupt_is_the_first_of_the_last_words(void)
{
	static const struct lab_about about = { "0", "0", "sim", "borrowed", 1 };
	static struct bench bench;
	static struct play play;
	static struct pci_tree tree;
	struct acpi_memory memory;
	unsigned count = 0;
	char words[400];

	while (product_suites[count])
		count++;
	start("no-drive", NULL);
	memory = sim_acpi_memory(sim);
	memset(&lab, 0, sizeof(lab));
	lab_begin(&lab, hw, NULL, 0, &about);
	UNIT_EQ(find_function(&lab, &memory, sim_rsdp(sim), NULL, 0, &tree), OK);
	product_init(&lab, &bench, &play);
	UNIT_EQ(lab_plan(&lab, product_suites, count), OK);
	(void)claims_closing(&lab, LAB_UNTESTED, false, words, sizeof(words));
	UNIT_TRUE(strstr(words, "\nnot tested: the device can be made to interrupt, and it "
				"arrives:\n"));
	stop();
}

static const struct unit_test tests[] = {
	UNIT(shown),
	UNIT(a_fail_outweighs_what_was_not_tried),
	UNIT(what_did_not_run_is_not_shown),
	UNIT(another_variant),
	UNIT(one_policy_of_several_shows),
	UNIT(last_words),
	UNIT(no_interrupt_is_the_first_of_the_last_words),
};

int main(void)
{
	return UNIT_RUN(tests);
}
