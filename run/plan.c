/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the choice of what runs, and its order: filters, the plan line, the units that a shuffle
 * moves. It runs nothing.
 */
#include "run/plan.h"

#include "pci/mem.h"

/*
 * A suite's place in the run's list of checks; the list is every suite's checks, one suite behind
 * the other.
 */
unsigned plan_first_index(const struct lab *lab, const struct suite *suite)
{
	unsigned index = 0;

	for (unsigned i = 0; i < lab->suite_count && lab->suites[i] != suite; i++)
		index += (unsigned)lab->suites[i]->count;
	return index;
}

static const struct suite *find_suite(const struct lab *lab, const char *name)
{
	for (unsigned i = 0; i < lab->suite_count; i++) {
		if (text_equal(lab->suites[i]->name, name))
			return lab->suites[i];
	}
	return NULL;
}

static bool asked_for(const struct options *opt)
{
	return opt->sequence[0] || opt->suite[0] || opt->check[0] || opt->action == ACTION_LIST;
}

static bool wanted(const struct options *opt, const struct suite *suite, const struct check *check)
{
	if (suite->applies && !suite->applies(opt) && !asked_for(opt))
		return false;
	if (opt->sequence[0] && !text_equal(opt->sequence, suite->name))
		return false;
	if (opt->suite[0] && !glob_match_any(opt->suite, suite->name))
		return false;
	return !opt->check[0] || glob_match_any(opt->check, check->id);
}

static unsigned skipped(const struct options *opt, const struct suite *suite)
{
	unsigned n = 0;

	for (size_t i = 0; opt->skip[0] && i < suite->count; i++)
		n += glob_match_any(opt->skip, suite->checks[i].id);
	return n;
}

static void select_suite(struct lab *lab, const struct suite *suite)
{
	unsigned first = plan_first_index(lab, suite);

	for (size_t i = 0; i < suite->count; i++)
		lab->selected[first + i] = true;
}

static void select_checks(struct lab *lab, const struct suite *suite)
{
	unsigned first = plan_first_index(lab, suite);
	bool any = false;

	for (size_t i = 0; i < suite->count; i++) {
		lab->selected[first + i] = wanted(&lab->opt, suite, &suite->checks[i]);
		any = any || lab->selected[first + i];
	}
	/* The steps of a sequence stand on each other, and on the sequence before. */
	for (; any && suite && suite->whole;
	     suite = suite->runs_after ? find_suite(lab, suite->runs_after) : NULL)
		select_suite(lab, suite);
}

static bool any_selected(const struct lab *lab, const struct suite *suite)
{
	unsigned first = plan_first_index(lab, suite);

	for (size_t i = 0; i < suite->count; i++) {
		if (lab->selected[first + i])
			return true;
	}
	return false;
}

static void unselect(struct lab *lab, const struct suite *suite)
{
	memset(&lab->selected[plan_first_index(lab, suite)], 0,
	       suite->count * sizeof(lab->selected[0]));
}

/* --skip: single checks; a sequence whole, and with it what runs after it. */
static enum err leave_out(struct lab *lab)
{
	for (unsigned i = 0; i < lab->suite_count; i++) {
		const struct suite *suite = lab->suites[i];
		const struct suite *before = suite->runs_after ? find_suite(lab, suite->runs_after)
							       : NULL;
		unsigned n = skipped(&lab->opt, suite);

		if (suite->whole && n && n < suite->count) {
			lab_stop(lab, LAB_USAGE,
				 "--skip %s: the steps of a sequence cannot be left out singly "
				 "(%s.* leaves out all)",
				 lab->opt.skip, suite->name);
			return ERR_INVALID;
		}
		if (suite->whole && (n || (before && !any_selected(lab, before)))) {
			unselect(lab, suite);
			continue;
		}
		for (size_t k = 0; n && k < suite->count; k++) {
			if (glob_match_any(lab->opt.skip, suite->checks[k].id))
				lab->selected[plan_first_index(lab, suite) + k] = false;
		}
	}
	return OK;
}

static enum err stop_usage(struct lab *lab, const char *option, const char *value)
{
	lab_stop(lab, LAB_USAGE, "%s %s matches nothing (--list shows what there is)", option,
		 value);
	return ERR_INVALID;
}

static enum err choose_policies(struct lab *lab)
{
	const char *name = lab->opt.policy[0] ? lab->opt.policy : POLICY_DEFAULT;
	char there[128] = "";
	size_t n = 0;

	lab->policies = policy_find(name);
	lab->policy_count = 1;
	if (text_equal(name, "all")) {
		lab->policies = policies;
		lab->policy_count = policy_count;
	}
	if (lab->policies)
		return OK;
	for (unsigned i = 0; i < policy_count; i++)
		n += fmt_text(there + n, sizeof(there) - n, "%s ", policies[i].name);
	lab_stop(lab, LAB_USAGE, "no policy %s; there is: %sall", name, there);
	return ERR_INVALID;
}

static unsigned count_planned(const struct lab *lab)
{
	unsigned planned = 0;

	for (unsigned i = 0; i < lab->suite_count; i++) {
		const struct suite *suite = lab->suites[i];
		unsigned first = plan_first_index(lab, suite);

		for (size_t k = 0; k < suite->count; k++) {
			if (lab->selected[first + k])
				planned += suite->per_policy ? lab->policy_count : 1;
		}
	}
	return lab->target_count > 1 ? planned * lab->target_count : planned;
}

static void print_setting(struct lab *lab)
{
	static const char *const places[] = {
		[INTX_MASK_AUTO] = "auto",
		[INTX_MASK_DEVICE] = "device",
		[INTX_MASK_CONTROLLER] = "controller",
	};

	stream_line(&lab->out,
		    "# run setting policy=%s policies=%u msi=%s intx_mask=%s fail_alloc=%u "
		    "shuffle=%u repeat=%u selection=%u",
		    lab->policy_count > 1 ? "all" : lab->policies->name, lab->policy_count,
		    lab->opt.msi ? "on" : "off", places[lab->opt.intx_mask], lab->opt.fail_alloc,
		    lab->opt.shuffle, lab->rounds, options_select(&lab->opt));
}

static bool fits_any(const struct lab *lab, const char *glob, bool of_suites)
{
	for (unsigned i = 0; i < lab->suite_count; i++) {
		const struct suite *suite = lab->suites[i];

		if (of_suites && glob_match(glob, suite->name))
			return true;
		for (size_t k = 0; k < suite->count && !of_suites; k++) {
			if (glob_match(glob, suite->checks[k].id))
				return true;
		}
	}
	return false;
}

/* Each of several globs must fit something: one that does not is a slip of the pen. */
static enum err check_globs(struct lab *lab, const char *option, const char *globs, bool of_suites)
{
	char one[OPTIONS_WORD_MAX];

	while (globs && globs[0]) {
		globs = glob_next(globs, one);
		if (!fits_any(lab, one, of_suites))
			return stop_usage(lab, option, one);
	}
	return OK;
}

static enum err check_filters(struct lab *lab)
{
	const struct suite *sequence = find_suite(lab, lab->opt.sequence);
	enum err err;

	if (lab->opt.sequence[0] && (!sequence || !sequence->whole))
		return stop_usage(lab, "--sequence", lab->opt.sequence);
	err = check_globs(lab, "--suite", lab->opt.suite, true);
	if (!err)
		err = check_globs(lab, "--check", lab->opt.check, false);
	if (!err)
		err = check_globs(lab, "--skip", lab->opt.skip, false);
	if (err || lab->planned)
		return err;
	lab_stop(lab, LAB_USAGE, "the filters together leave no check");
	return ERR_INVALID;
}

static void list_check(struct lab *lab, const struct suite *suite, const struct check *check)
{
	const char *reason = check_why(suite, check);
	char needs[96], why[200] = "";

	needs_words(check->needs, needs, sizeof(needs));
	if (reason[0])
		fmt_text(why, sizeof(why), " why=%q", reason);
	stream_line(&lab->out, "# run list check=%s title=%q spec=%q needs=%q%s advice=%q",
		    check->id, check->title, check->spec, needs, why, check_advice(suite, check));
}

static void list(struct lab *lab)
{
	for (unsigned i = 0; i < lab->suite_count; i++) {
		const struct suite *suite = lab->suites[i];

		for (size_t k = 0; k < suite->count; k++) {
			if (lab->selected[plan_first_index(lab, suite) + k])
				list_check(lab, suite, &suite->checks[k]);
		}
	}
	lab_stop(lab, LAB_DONE, "%u checks listed, no device touched", lab->planned);
}

enum err lab_plan(struct lab *lab, const struct suite *const *suites, unsigned count)
{
	enum err err;

	err = choose_policies(lab);
	if (err)
		return err;
	lab->suites = suites;
	lab->suite_count = count;
	lab->rounds = lab->opt.repeat ? lab->opt.repeat : 1;
	lab->shuffle = lab->opt.shuffle;
	hw_bug_if(lab->hw, plan_first_index(lab, NULL) > LAB_MAX_CHECKS ||
				   lab->policy_count > LAB_MAX_POLICIES);
	for (unsigned i = 0; i < count; i++)
		select_checks(lab, suites[i]);
	err = leave_out(lab);
	if (err)
		return err;
	lab->planned = count_planned(lab);
	err = check_filters(lab);
	if (!err && lab->opt.action == ACTION_LIST) {
		list(lab);
		err = ERR_INVALID;
	}
	if (err) {
		lab->planned = 0;
		return err;
	}
	print_setting(lab);
	stream_line(&lab->out, "1..%u", lab->planned);
	lab->plan_printed = true;
	return OK;
}

const struct check *plan_check(const struct lab *lab, unsigned index,
			       const struct suite **ret_suite)
{
	unsigned i = 0;

	while (index >= lab->suites[i]->count)
		index -= (unsigned)lab->suites[i++]->count;
	*ret_suite = lab->suites[i];
	return &lab->suites[i]->checks[index];
}

unsigned plan_last_selected(const struct lab *lab, const struct lab_unit *unit)
{
	unsigned last = unit->first;

	for (unsigned i = 0; i < unit->count; i++) {
		if (lab->selected[unit->first + i])
			last = unit->first + i;
	}
	return last;
}

static void add_unit(struct lab *lab, unsigned first, size_t count)
{
	unsigned n = lab->head + lab->policy_units + lab->tail;

	lab->unit[n] = (struct lab_unit){ (uint16_t)first, (uint16_t)count };
}

/* A sequence with those behind it that stand on it: only together can they be moved. */
static unsigned chain_length(const struct lab *lab, unsigned suite, unsigned end)
{
	unsigned n = 1;

	while (suite + n < end && lab->suites[suite + n]->runs_after)
		n++;
	return n;
}

/* The suites [suite, end), of one kind; *ret_count grows with every unit. */
static void add_units(struct lab *lab, unsigned suite, unsigned end, bool per_policy,
		      unsigned *ret_count)
{
	for (unsigned n; suite < end; suite += n) {
		const struct suite *first = lab->suites[suite];
		unsigned index = plan_first_index(lab, first);
		unsigned length = 0;

		n = first->whole ? chain_length(lab, suite, end) : 1;
		if (first->per_policy != per_policy)
			continue;
		for (unsigned i = 0; i < n; i++)
			length += (unsigned)lab->suites[suite + i]->count;
		for (unsigned i = 0; i < (first->whole ? 1 : length); i++) {
			add_unit(lab, index + i, first->whole ? length : 1);
			++*ret_count;
		}
	}
}

/* xorshift32 (Marsaglia, 2003): small, without a multiplication, never 0. */
static uint32_t next_random(struct lab *lab)
{
	lab->shuffle ^= lab->shuffle << 13;
	lab->shuffle ^= lab->shuffle >> 17;
	lab->shuffle ^= lab->shuffle << 5;
	return lab->shuffle;
}

/* Fisher and Yates. */
static void shuffle(struct lab *lab, struct lab_unit *unit, unsigned count)
{
	for (unsigned i = count; i > 1; i--) {
		unsigned other = next_random(lab) % i;
		struct lab_unit swap = unit[i - 1];

		unit[i - 1] = unit[other];
		unit[other] = swap;
	}
}

/* Of the policies' units the sequences; the suites behind them judge what they did. */
static unsigned count_sequences(const struct lab *lab)
{
	const struct suite *suite;
	unsigned n = 0;

	while (n < lab->policy_units) {
		(void)plan_check(lab, lab->unit[lab->head + n].first, &suite);
		if (!suite->whole)
			break;
		n++;
	}
	return n;
}

static void tell_order(struct lab *lab)
{
	static const char line[] = "# run order round=%u seed=%u";

	if (lab->out.muted)
		stream_mark(&lab->out, line, lab->round, lab->shuffle);
	else
		stream_line(&lab->out, line, lab->round, lab->shuffle);
}

void plan_order(struct lab *lab, const struct suite *last)
{
	unsigned end = 0, begin, behind;

	while (end < lab->suite_count && lab->suites[end] != last)
		end++;
	for (begin = 0; begin < end && !lab->suites[begin]->per_policy; begin++)
		;
	for (behind = end; behind > begin && !lab->suites[behind - 1]->per_policy; behind--)
		;
	lab->head = lab->policy_units = lab->tail = 0;
	add_units(lab, 0, behind, false, &lab->head);
	add_units(lab, begin, behind, true, &lab->policy_units);
	add_units(lab, behind, end, false, &lab->tail);
	if (!lab->opt.shuffle)
		return;
	tell_order(lab);
	shuffle(lab, lab->unit, lab->head);
	shuffle(lab, lab->unit + lab->head, count_sequences(lab));
}
