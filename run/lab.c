/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the life of a run: header, plan, one result per check, end marker. It decides no verdict of
 * a check and touches no register of the function under test.
 */
#include "run/lab.h"

#include "pci/mem.h"
#include "run/bench.h"
#include "run/check.h"

static const char *const verdict_words[] = {
	[LAB_PASS] = "PASS", [LAB_FAIL] = "FAIL",   [LAB_ERROR] = "ERROR",   [LAB_SKIP] = "SKIP",
	[LAB_DONE] = "DONE", [LAB_USAGE] = "USAGE", [LAB_CANNOT] = "CANNOT",
};

void lab_begin(struct lab *lab, struct hw *below, char *copy, size_t copy_size,
	       const struct lab_about *about)
{
	hw_trace_init(&lab->trace, below);
	lab->hw = &lab->trace.hw;
	lab->about = *about;
	lab->started = lab->hw->ops->ticks(lab->hw);
	stream_init(&lab->out, lab->hw, copy, copy_size);
	stream_line(&lab->out, "KTAP version 1");
	stream_line(&lab->out, "# run intxlab version=%s git=%s run=%016lx arch=%s mode=%s",
		    about->version, about->git, about->run_id, about->arch, about->mode);
}

void lab_stop(struct lab *lab, enum lab_verdict verdict, const char *fmt, ...)
{
	char why[256];
	va_list ap;

	if (lab->stopped)
		return;
	va_start(ap, fmt);
	fmt_vtext(why, sizeof(why), fmt, ap);
	va_end(ap);
	lab->stopped = true;
	lab->verdict = verdict;
	stream_line(&lab->out, "# run stop reason=%q", why);
	if (!lab->plan_printed)
		stream_line(&lab->out, verdict == LAB_DONE ? "1..0" : "1..0 # SKIP %s", why);
	lab->plan_printed = true;
}

/*
 * A suite's place in the run's list of checks; the list is every suite's checks, one suite behind
 * the other.
 */
static unsigned first_index(const struct lab *lab, const struct suite *suite)
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
	if (opt->suite[0] && !glob_match(opt->suite, suite->name))
		return false;
	return !opt->check[0] || glob_match(opt->check, check->id);
}

static unsigned skipped(const struct options *opt, const struct suite *suite)
{
	unsigned n = 0;

	for (size_t i = 0; opt->skip[0] && i < suite->count; i++)
		n += glob_match(opt->skip, suite->checks[i].id);
	return n;
}

static void select_suite(struct lab *lab, const struct suite *suite)
{
	unsigned first = first_index(lab, suite);

	for (size_t i = 0; i < suite->count; i++)
		lab->selected[first + i] = true;
}

static void select_checks(struct lab *lab, const struct suite *suite)
{
	unsigned first = first_index(lab, suite);
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
	unsigned first = first_index(lab, suite);

	for (size_t i = 0; i < suite->count; i++) {
		if (lab->selected[first + i])
			return true;
	}
	return false;
}

static void unselect(struct lab *lab, const struct suite *suite)
{
	memset(&lab->selected[first_index(lab, suite)], 0, suite->count * sizeof(lab->selected[0]));
}

/* --skip: single checks; a sequence whole, and with it what runs after it. */
static enum err leave_out(struct lab *lab, unsigned *ret_matched)
{
	for (unsigned i = 0; i < lab->suite_count; i++) {
		const struct suite *suite = lab->suites[i];
		const struct suite *before = suite->runs_after ? find_suite(lab, suite->runs_after)
							       : NULL;
		unsigned n = skipped(&lab->opt, suite);

		*ret_matched += n;
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
			if (glob_match(lab->opt.skip, suite->checks[k].id))
				lab->selected[first_index(lab, suite) + k] = false;
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
		unsigned first = first_index(lab, suite);

		for (size_t k = 0; k < suite->count; k++) {
			if (lab->selected[first + k])
				planned += suite->per_policy ? lab->policy_count : 1;
		}
	}
	return planned;
}

static void print_setting(struct lab *lab)
{
	static const char *const places[] = {
		[INTX_MASK_AUTO] = "auto",
		[INTX_MASK_DEVICE] = "device",
		[INTX_MASK_CONTROLLER] = "controller",
	};

	stream_line(&lab->out,
		    "# run setting policy=%s policies=%u msi=%s intx_mask=%s fail_alloc=%u",
		    lab->policy_count > 1 ? "all" : lab->policies->name, lab->policy_count,
		    lab->opt.msi ? "on" : "off", places[lab->opt.intx_mask], lab->opt.fail_alloc);
}

static enum err check_filters(struct lab *lab, unsigned skip_matched)
{
	const struct suite *sequence = find_suite(lab, lab->opt.sequence);
	bool suite_matched = false;

	for (unsigned i = 0; i < lab->suite_count; i++)
		suite_matched = suite_matched || glob_match(lab->opt.suite, lab->suites[i]->name);
	if (lab->opt.sequence[0] && (!sequence || !sequence->whole))
		return stop_usage(lab, "--sequence", lab->opt.sequence);
	if (lab->opt.suite[0] && !suite_matched)
		return stop_usage(lab, "--suite", lab->opt.suite);
	if (lab->opt.skip[0] && !skip_matched)
		return stop_usage(lab, "--skip", lab->opt.skip);
	if (!lab->planned)
		return stop_usage(lab, "--check",
				  lab->opt.check[0] ? lab->opt.check : "(with these filters)");
	return OK;
}

static void list(struct lab *lab)
{
	for (unsigned i = 0; i < lab->suite_count; i++) {
		for (size_t k = 0; k < lab->suites[i]->count; k++) {
			const struct check *check = &lab->suites[i]->checks[k];

			if (lab->selected[first_index(lab, lab->suites[i]) + k])
				stream_line(&lab->out, "# run list check=%s title=%q spec=%q",
					    check->id, check->title, check->spec);
		}
	}
	lab_stop(lab, LAB_DONE, "%u checks listed, no device touched", lab->planned);
}

enum err lab_plan(struct lab *lab, const struct suite *const *suites, unsigned count)
{
	unsigned matched = 0;
	enum err err;

	err = choose_policies(lab);
	if (err)
		return err;
	lab->suites = suites;
	lab->suite_count = count;
	hw_bug_if(lab->hw, first_index(lab, NULL) > LAB_MAX_CHECKS);
	for (unsigned i = 0; i < count; i++)
		select_checks(lab, suites[i]);
	err = leave_out(lab, &matched);
	if (err)
		return err;
	lab->planned = count_planned(lab);
	err = check_filters(lab, matched);
	if (err)
		return err;
	if (lab->opt.action == ACTION_LIST) {
		list(lab);
		lab->planned = 0;
		return ERR_INVALID;
	}
	print_setting(lab);
	stream_line(&lab->out, "1..%u", lab->planned);
	lab->plan_printed = true;
	return OK;
}

static void report(struct lab *lab, const struct ctx *c)
{
	unsigned n = ++lab->reported;

	switch (c->verdict) {
	case VERDICT_PASS:
		lab->pass++;
		stream_line(&lab->out, "ok %u %s", n, c->id);
		break;
	case VERDICT_SKIP:
		lab->skip++;
		stream_line(&lab->out, "ok %u %s # SKIP %s", n, c->id, c->reason);
		break;
	case VERDICT_FAIL:
		lab->fail++;
		stream_line(&lab->out, "not ok %u %s", n, c->id);
		break;
	case VERDICT_NONE:
	case VERDICT_ERROR:
		lab->error++;
		stream_line(&lab->out, "not ok %u %s # ERROR %s", n, c->id,
			    c->verdict == VERDICT_NONE ? "the check said nothing" : c->reason);
		break;
	}
}

static void run_body(void *arg)
{
	struct ctx *c = arg;
	const char *why;
	bool is_error;

	if (c->lab->gone[0]) {
		check_error(c, "gone: the function reads all-ones since %s", c->lab->gone);
		return;
	}
	if (c->lab->bench && bench_unmet(c->lab->bench, c->check->needs, &why, &is_error)) {
		if (is_error)
			check_error(c, "%s", why);
		else
			check_skip(c, "%s", why);
		return;
	}
	c->check->body(c);
}

/* What a check made of a function that left while it ran is no verdict on hardware. */
static void note_gone(struct lab *lab, struct ctx *c)
{
	if (lab->gone[0] || !lab->fn || !pci_fn_is_gone(lab->fn))
		return;
	fmt_text(lab->gone, sizeof(lab->gone), "%s", c->id);
	c->verdict = VERDICT_NONE;
	check_error(c, "gone: the function reads all-ones");
}

/* With one policy a check has its plain name; with several, the policy's behind it. */
static const char *full_id(struct lab *lab, const struct check *check)
{
	if (lab->policy_count > 1 && lab->policy)
		fmt_text(lab->running, sizeof(lab->running), "%s.%s", check->id, lab->policy->name);
	else
		fmt_text(lab->running, sizeof(lab->running), "%s", check->id);
	return lab->running;
}

static void run_check(struct lab *lab, const struct check *check)
{
	struct ctx c = { .lab = lab, .check = check, .id = full_id(lab, check) };
	struct hw_fault fault;

	stream_line(&lab->out, "# run begin check=%s", c.id);
	if (lab->hw->ops->guard(lab->hw, run_body, &c, &fault)) {
		stream_line(
			&lab->out,
			"# hw exception check=%s vector=%u error_code=%lx rip=%016lx cr2=%016lx",
			c.id, fault.vector, fault.error_code, fault.ip, fault.address);
		if (lab->bench)
			play_break(&lab->bench->play, c.id, ERR_FAULT);
		if (fault.vector == HW_FAULT_PANIC)
			check_error(&c, "a bug of intxlab, see the line before");
		else
			check_error(&c, "exception %u at %016lx", fault.vector, fault.ip);
	}
	note_gone(lab, &c);
	report(lab, &c);
	lab->running[0] = 0;
}

static void run_suite(struct lab *lab, const struct suite *suite)
{
	unsigned first = first_index(lab, suite);

	if (!any_selected(lab, suite))
		return;
	if (suite->begin)
		suite->begin(lab);
	for (size_t i = 0; i < suite->count; i++) {
		if (lab->selected[first + i])
			run_check(lab, &suite->checks[i]);
	}
}

static bool any_policy_check(const struct lab *lab)
{
	for (unsigned i = 0; i < lab->suite_count; i++) {
		if (lab->suites[i]->per_policy && any_selected(lab, lab->suites[i]))
			return true;
	}
	return false;
}

/* All suites of a policy before the next policy: a generation's story is told in one piece. */
static void run_policies(struct lab *lab)
{
	if (!any_policy_check(lab))
		return;
	for (unsigned p = 0; p < lab->policy_count; p++) {
		lab->policy = lab->policies + p;
		play_begin_policy(lab->bench, lab->policy);
		for (unsigned i = 0; i < lab->suite_count; i++) {
			if (lab->suites[i]->per_policy)
				run_suite(lab, lab->suites[i]);
		}
		play_end_policy(lab->bench);
	}
	lab->policy = NULL;
}

void lab_run(struct lab *lab, const struct suite *suite)
{
	if (!suite->per_policy) {
		run_suite(lab, suite);
	} else if (!lab->policies_ran) {
		lab->policies_ran = true;
		run_policies(lab);
	}
}

static enum lab_verdict judge(const struct lab *lab)
{
	if (lab->stopped)
		return lab->verdict;
	if (lab->fail)
		return LAB_FAIL;
	if (lab->error || lab->reported != lab->planned || !lab->reported)
		return LAB_ERROR;
	return lab->skip == lab->reported ? LAB_SKIP : LAB_PASS;
}

enum lab_verdict lab_end(struct lab *lab)
{
	enum lab_verdict verdict = judge(lab);

	if (!lab->ended)
		lab->ended = lab->hw->ops->ticks(lab->hw);
	stream_line(&lab->out,
		    "# run end run=%016lx planned=%u reported=%u pass=%u fail=%u error=%u skip=%u "
		    "verdict=%s app_us=%lu",
		    lab->about.run_id, lab->planned, lab->reported, lab->pass, lab->fail,
		    lab->error, lab->skip, verdict_words[verdict],
		    (lab->ended - lab->started) * 1000000 / lab->hw->ops->tick_hz(lab->hw));
	return verdict;
}

const char *lab_verdict_name(enum lab_verdict verdict)
{
	return verdict_words[verdict];
}

unsigned lab_exit_value(enum lab_verdict verdict)
{
	static const uint8_t values[] = {
		[LAB_PASS] = 0x10, [LAB_DONE] = 0x10,  [LAB_FAIL] = 0x11,   [LAB_ERROR] = 0x11,
		[LAB_SKIP] = 0x12, [LAB_USAGE] = 0x13, [LAB_CANNOT] = 0x13,
	};

	return values[verdict];
}
