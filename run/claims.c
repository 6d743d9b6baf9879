/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the way from the results of checks to an answer in a sentence. Which claims there are is the
 * product's (run/suites/claims.c).
 */
#include "run/claims.h"

#include "pci/mem.h"
#include "run/plan.h"

static const char *const state_words[] = {
	[CLAIM_SHOWN] = "shown",
	[CLAIM_REFUTED] = "refuted",
	[CLAIM_NOT_TESTED] = "not-tested",
};

/* The place of a check in the list of all; false: this run has no such check. */
static bool find_check(const struct lab *lab, const char *id, unsigned *ret_index)
{
	for (unsigned i = 0; i < lab->suite_count; i++) {
		const struct suite *suite = lab->suites[i];

		for (size_t k = 0; k < suite->count; k++) {
			if (!text_equal(suite->checks[k].id, id))
				continue;
			*ret_index = plan_first_index(lab, suite) + (unsigned)k;
			return true;
		}
	}
	return false;
}

static void note_untested(struct claim_answer *a, const char *id, const char *why)
{
	if (a->state != CLAIM_SHOWN)
		return;
	a->state = CLAIM_NOT_TESTED;
	fmt_text(a->why, sizeof(a->why), "%s (%s)", why, id);
}

/* It says more than why another check of the claim was not tried. */
static void note_left_out(struct claim_answer *a, const char *id)
{
	if (a->state != CLAIM_REFUTED && !a->left_out) {
		a->state = CLAIM_NOT_TESTED;
		fmt_text(a->why, sizeof(a->why), "left out (%s)", id);
	}
	a->left_out = true;
}

/* A FAIL outweighs whatever else there is; the first that was not tried says why. */
static void add_result(const struct lab *lab, struct claim_answer *a, const char *id,
		       const struct lab_worst *worst, bool must_pass)
{
	if (worst->verdict == VERDICT_FAIL) {
		if (a->state != CLAIM_REFUTED)
			a->why[0] = 0;
		a->state = CLAIM_REFUTED;
		fmt_add_word(a->why, sizeof(a->why), id);
	} else if (worst->verdict == VERDICT_ERROR ||
		   (worst->verdict == VERDICT_SKIP && must_pass)) {
		note_untested(a, id,
			      worst->reason ? lab->reason[worst->reason - 1] : "no reason kept");
	} else if (worst->verdict == VERDICT_NONE && must_pass) {
		note_untested(a, id, "it did not run");
	}
}

/*
 * Of several policies one is enough: a rule under which the chain ends early, as it does in Linux,
 * is SKIP there and takes nothing from what another one showed. An ERROR does: it was to be tried.
 */
static bool passed_once(const struct lab *lab, unsigned index)
{
	for (unsigned p = 0; p < lab->policy_count; p++) {
		if (lab->worst[index][p].verdict == VERDICT_PASS)
			return true;
	}
	return false;
}

static void add_check(const struct lab *lab, struct claim_answer *a, const char *id, bool must_pass)
{
	const struct suite *suite;
	char full[LAB_ID_MAX];
	unsigned index;

	if (!find_check(lab, id, &index) || !lab->selected[index]) {
		if (must_pass)
			note_left_out(a, id);
		return;
	}
	(void)plan_check(lab, index, &suite);
	if (!suite->per_policy || lab->policy_count == 1) {
		add_result(lab, a, id, &lab->worst[index][0], must_pass);
		return;
	}
	must_pass = must_pass && !passed_once(lab, index);
	for (unsigned p = 0; p < lab->policy_count; p++) {
		const struct lab_worst *worst = &lab->worst[index][p];

		fmt_text(full, sizeof(full), "%s.%s", id, lab->policies[p].name);
		add_result(lab, a, full, worst, must_pass);
	}
}

static const struct claim_variant *choose(const struct lab *lab, const struct claim *claim)
{
	const struct claim_variant *v = claim->variant;

	while (v->applies && !v->applies(lab))
		v++;
	return v;
}

void claims_answer(const struct lab *lab, const struct claim *claim, struct claim_answer *ret)
{
	const struct claim_variant *v = choose(lab, claim);
	const char *doubt;

	*ret = (struct claim_answer){ .claim = claim, .variant = v, .state = CLAIM_SHOWN };
	for (unsigned i = 0; i < CLAIM_CHECKS && v->checks[i]; i++)
		add_check(lab, ret, v->checks[i], true);
	for (unsigned i = 0; i < CLAIM_CHECKS && v->also[i]; i++)
		add_check(lab, ret, v->also[i], false);
	doubt = ret->state == CLAIM_SHOWN && v->doubt ? v->doubt(lab) : NULL;
	if (doubt) {
		ret->state = CLAIM_NOT_TESTED;
		fmt_text(ret->why, sizeof(ret->why), "%s", doubt);
	}
}

/* " by=..." of a refuted one, " reason=... advice=..." of one that was not tested. */
static void describe(const struct lab *lab, const struct claim_answer *a, char *buf, size_t size)
{
	const char *advice = a->claim->advice ? a->claim->advice(lab) : NULL;
	size_t n = 0;

	buf[0] = 0;
	if (a->state == CLAIM_SHOWN)
		return;
	n = fmt_text(buf, size, a->state == CLAIM_REFUTED ? " by=%q" : " reason=%q", a->why);
	if (a->state == CLAIM_NOT_TESTED && advice)
		fmt_text(buf + n, size - n, " advice=%q", advice);
}

static void tell(struct lab *lab, const struct claim_answer *a)
{
	const struct claim_variant *v = a->variant;
	char checks[300] = "", also[160] = "", more[700], sbdf[SBDF_TEXT + 6] = "";

	for (unsigned i = 0; i < CLAIM_CHECKS && v->checks[i]; i++)
		fmt_add_word(checks, sizeof(checks), v->checks[i]);
	for (unsigned i = 0; i < CLAIM_CHECKS && v->also[i]; i++)
		fmt_add_word(also, sizeof(also), v->also[i]);
	describe(lab, a, more, sizeof(more));
	if (lab->target_count > 1) {
		fmt_text(sbdf, sizeof(sbdf), " sbdf=");
		sbdf_format(lab->fn->addr, sbdf + 6);
	}
	stream_line(&lab->out, "# run claim id=%s%s state=%s text=%q checks=%q also=%q%s",
		    a->claim->id, sbdf, state_words[a->state], v->text, checks, also, more);
}

void claims_tell(struct lab *lab)
{
	struct claim_answer answer;

	if (lab->claims_told || !lab->planned || !lab->claims)
		return;
	lab->claims_told = true;
	for (const struct claim *claim = lab->claims; claim->id; claim++) {
		claims_answer(lab, claim, &answer);
		tell(lab, &answer);
	}
}

/* The first that must be tested and was not, unless a selection left its checks out. */
static bool find_untested(const struct lab *lab, struct claim_answer *ret)
{
	for (const struct claim *claim = lab->claims; claim && claim->id; claim++) {
		if (!claim->must)
			continue;
		claims_answer(lab, claim, ret);
		if (ret->state == CLAIM_NOT_TESTED && !(ret->left_out && options_select(&lab->opt)))
			return true;
	}
	return false;
}

bool claims_untested(const struct lab *lab)
{
	struct claim_answer answer;

	return find_untested(lab, &answer);
}

/* Of several functions by name; what it takes is in the report. */
static size_t close_several(const struct lab *lab, char *buf, size_t size)
{
	char text[SBDF_TEXT];
	size_t n = 0;

	for (unsigned i = 0; i < lab->target_count; i++) {
		if (!lab->target[i].untested)
			continue;
		sbdf_format(lab->target[i].fn->addr, text);
		n += fmt_text(buf + n, size - n, "not tested: %s\n", text);
	}
	return n;
}

static size_t close_untested(const struct lab *lab, char *buf, size_t size)
{
	struct claim_answer answer;
	const char *advice;
	size_t n;

	if (!find_untested(lab, &answer))
		return 0;
	advice = answer.claim->advice ? answer.claim->advice(lab) : NULL;
	n = fmt_text(buf, size, "not tested: %s:\n%s\n", answer.variant->text, answer.why);
	if (advice)
		n += fmt_text(buf + n, size - n, "what to do: %s\n", advice);
	return n;
}

size_t claims_closing(const struct lab *lab, enum lab_verdict verdict, bool is_virtual, char *buf,
		      size_t size)
{
	size_t n = fmt_text(buf, size, "\nintxlab: %s (%u pass, %u fail, %u error, %u skip)\n",
			    lab_verdict_name(verdict), lab->pass, lab->fail, lab->error, lab->skip);

	if (verdict == LAB_UNTESTED && lab->planned)
		n += lab->target_count > 1 ? close_several(lab, buf + n, size - n)
					   : close_untested(lab, buf + n, size - n);
	if (verdict == LAB_FAIL && is_virtual)
		n += fmt_text(buf + n, size - n,
			      "This is a virtual machine, and emulators have known deviations:\n"
			      "host/intxlab report tells which of the FAILs are known.\n");
	return n;
}
