/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the life of a run: header, rounds, one result per check, end marker. It decides no verdict
 * of a check; what runs in which order is plan.c's.
 */
#include "run/lab.h"

#include "pci/mem.h"
#include "run/claims.h"
#include "run/plan.h"

static const char *const verdict_words[] = {
	[LAB_PASS] = "PASS",   [LAB_FAIL] = "FAIL",         [LAB_ERROR] = "ERROR",
	[LAB_SKIP] = "SKIP",   [LAB_UNTESTED] = "UNTESTED", [LAB_DONE] = "DONE",
	[LAB_USAGE] = "USAGE", [LAB_CANNOT] = "CANNOT",
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
	char why[512];
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

static void report(struct lab *lab, const struct ctx *c, const char *reason)
{
	unsigned n = ++lab->reported;

	switch (c->verdict) {
	case VERDICT_PASS:
		lab->pass++;
		stream_line(&lab->out, "ok %u %s", n, c->id);
		break;
	case VERDICT_SKIP:
		lab->skip++;
		stream_line(&lab->out, "ok %u %s # SKIP %s", n, c->id, reason);
		break;
	case VERDICT_FAIL:
		lab->fail++;
		stream_line(&lab->out, reason[0] ? "not ok %u %s # %s" : "not ok %u %s", n, c->id,
			    reason);
		break;
	case VERDICT_NONE:
	case VERDICT_ERROR:
		lab->error++;
		stream_line(&lab->out, "not ok %u %s # ERROR %s", n, c->id, reason);
		break;
	}
}

/* Many checks have one reason: each text is kept once. */
static void keep_reason(struct lab *lab, struct lab_worst *worst, const char *reason)
{
	char text[LAB_REASON_MAX];
	unsigned i = 0;

	fmt_text(text, sizeof(text), "%s", reason);
	while (i < lab->reasons && !text_equal(lab->reason[i], text))
		i++;
	worst->reason = 0;
	if (i == LAB_REASONS)
		return;
	if (i == lab->reasons)
		memcpy(lab->reason[lab->reasons++], text, sizeof(text));
	worst->reason = (uint8_t)(i + 1);
}

/* An earlier round, and what it said, where that is the result. */
static void report_worst(struct lab *lab, struct ctx *c, const struct lab_worst *worst)
{
	char reason[LAB_REASON_MAX + 40];

	c->verdict = worst->verdict;
	if (worst->round == lab->round) {
		report(lab, c, c->verdict == VERDICT_FAIL ? "" : c->reason);
		return;
	}
	fmt_text(reason, sizeof(reason), "in round %u of %u%s%s", worst->round, lab->rounds,
		 worst->reason ? ": " : "", worst->reason ? lab->reason[worst->reason - 1] : "");
	report(lab, c, reason);
}

/*
 * Every round that did not go well is told; what an earlier one told in the same words is not kept,
 * or a copy of a thousand rounds would hold nothing else.
 */
static void tell_round(struct lab *lab, const struct ctx *c, bool is_new)
{
	void (*say)(struct stream *, const char *, ...) = is_new ? stream_line : stream_mark;

	say(&lab->out, "# run round check=%s round=%u verdict=%s reason=%q", c->id, lab->round,
	    verdict_name(c->verdict), c->reason);
}

static void settle_round(struct lab *lab, struct ctx *c, unsigned index)
{
	struct lab_worst *worst = &lab->worst[index][lab->policy ? lab->policy - lab->policies : 0];
	bool is_worse = c->verdict > worst->verdict, is_last = !lab->out.muted;

	/* a FAIL of the last round stands beside its evidence, whatever came before */
	if (is_worse || (is_last && c->verdict == worst->verdict)) {
		worst->verdict = (uint8_t)c->verdict;
		worst->round = (uint16_t)lab->round;
		keep_reason(lab, worst, c->reason);
	}
	if (is_last)
		report_worst(lab, c, worst);
	else if (c->verdict >= VERDICT_ERROR)
		tell_round(lab, c, is_worse || c->told);
}

/* Linux's list changes what is said of a failure, never the failure. */
static void tell_rule(struct lab *lab, const struct ctx *c)
{
	const char *listed = lab->around->listed(c);
	char quirk[128] = "";

	if (listed)
		fmt_text(quirk, sizeof(quirk), " quirk=%q", listed);
	stream_line(&lab->out, "# run failed check=%s rule=%q spec=%q advice=%q%s", c->id,
		    c->check->title, c->check->spec, check_advice(c->suite, c->check), quirk);
}

/* What stands beside a result: a FAIL's rule and registers; --verbose: a PASS's registers. */
static void tell_evidence(struct lab *lab, const struct ctx *c)
{
	if (c->verdict == VERDICT_FAIL && c->told) {
		lab->around->tell(c, LAB_BEFORE);
		lab->around->tell(c, LAB_FAILED);
		tell_rule(lab, c);
	} else if (c->verdict == VERDICT_PASS && lab->opt.verbose && !lab->out.muted) {
		lab->around->tell(c, LAB_BEFORE);
		lab->around->tell(c, LAB_AFTER);
	}
}

static const char *how_gone(const struct lab *lab)
{
	return lab->gone_how ? lab->gone_how : "reads all-ones";
}

static void run_body(void *arg)
{
	struct ctx *c = arg;
	struct lab *lab = c->lab;
	const char *why;
	bool is_error;

	if (lab->refused[0]) {
		check_error(c, "%s", lab->refused);
		return;
	}
	if (lab->gone[0]) {
		check_error(c, "gone: the function %s since %s", how_gone(lab), lab->gone);
		return;
	}
	if (lab->around->unmet(lab, c->check->needs, &why, &is_error)) {
		if (is_error)
			check_error(c, "%s", why);
		else
			check_skip(c, "%s", why);
		return;
	}
	lab->around->read(c, LAB_BEFORE);
	c->check->body(c);
	if (lab->opt.verbose && c->verdict == VERDICT_PASS)
		lab->around->read(c, LAB_AFTER);
}

static void clear_away(void *arg)
{
	struct ctx *c = arg;

	c->lab->around->clear(c);
}

/* What a check made of a function that left while it ran is no verdict on hardware. */
static void note_gone(struct lab *lab, struct ctx *c)
{
	bool was_reset;

	if (lab->gone[0] || !lab->fn)
		return;
	was_reset = lab->around->was_reset && lab->around->was_reset(lab);
	/* last: one that leaves from here on is the next check's */
	if (pci_fn_is_gone(lab->fn))
		was_reset = false;
	else if (!was_reset)
		return;
	if (was_reset)
		lab->gone_how = "has lost its BARs";
	fmt_text(lab->gone, sizeof(lab->gone), "%s", c->id);
	c->verdict = VERDICT_NONE;
	check_error(c, "gone: the function %s", how_gone(lab));
}

/* ".0000-00-1f.2" */
static void format_suffix(const struct lab *lab, char *buf, size_t size)
{
	char text[SBDF_TEXT];

	sbdf_format(lab->fn->addr, text);
	fmt_text(buf, size, ".%s", text);
	for (; *buf; buf++)
		*buf = *buf == ':' ? '-' : *buf;
}

/*
 * With one policy and one function a check has its plain name; with several, the policy's behind
 * it, and the function's behind that.
 */
static const char *full_id(struct lab *lab, const struct check *check)
{
	char suffix[SBDF_TEXT + 1] = "";
	bool is_ruled = lab->policy_count > 1 && lab->policy;

	if (lab->target_count > 1)
		format_suffix(lab, suffix, sizeof(suffix));
	fmt_text(lab->running, sizeof(lab->running), "%s%s%s%s", check->id, is_ruled ? "." : "",
		 is_ruled ? lab->policy->name : "", suffix);
	return lab->running;
}

/* A fault ends what it came up in, not the run. */
static void guarded(struct lab *lab, struct ctx *c, hw_body_fn *body)
{
	struct hw_fault fault;

	if (!lab->hw->ops->guard(lab->hw, body, c, &fault))
		return;
	stream_line(&lab->out,
		    "# hw exception check=%s vector=%u error_code=%lx rip=%016lx cr2=%016lx", c->id,
		    fault.vector, fault.error_code, fault.ip, fault.address);
	lab->around->faulted(c);
	if (fault.vector == HW_FAULT_PANIC)
		check_error(c, "a bug of intxlab, see the line before");
	else
		check_error(c, "exception %u at %016lx", fault.vector, fault.ip);
}

static void begin(struct lab *lab, const char *id)
{
	if (lab->out.muted)
		stream_mark(&lab->out, "# run begin check=%s round=%u", id, lab->round);
	else
		stream_line(&lab->out, "# run begin check=%s", id);
}

/* is_last: nothing stands on what this check leaves, so it must leave nothing. */
static void run_check(struct lab *lab, unsigned index, bool is_last)
{
	struct ctx c = { .lab = lab };

	c.check = plan_check(lab, index, &c.suite);
	c.id = full_id(lab, c.check);
	begin(lab, c.id);
	guarded(lab, &c, run_body);
	if (c.verdict == VERDICT_NONE)
		check_error(&c, "the check said nothing");
	note_gone(lab, &c);
	if (is_last && !lab->gone[0])
		guarded(lab, &c, clear_away);
	note_gone(lab, &c);
	tell_evidence(lab, &c);
	settle_round(lab, &c, index);
	lab->running[0] = 0;
}

static void run_unit(struct lab *lab, const struct lab_unit *unit)
{
	unsigned last = plan_last_selected(lab, unit);
	const struct suite *begun = NULL, *suite;

	if (!lab->selected[last])
		return;
	for (unsigned i = unit->first; i <= last; i++) {
		(void)plan_check(lab, i, &suite);
		if (!lab->selected[i])
			continue;
		if (!begun || !suite->whole)
			lab->around->begin(lab);
		if (suite != begun && suite->begin && !lab->refused[0])
			suite->begin(lab);
		begun = suite;
		run_check(lab, i, !suite->whole || i == last);
	}
}

static bool any_policy_check(const struct lab *lab)
{
	for (unsigned i = 0; i < lab->policy_units; i++) {
		const struct lab_unit *unit = &lab->unit[lab->head + i];

		if (lab->selected[plan_last_selected(lab, unit)])
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
		lab->around->begin_policy(lab);
		for (unsigned i = 0; i < lab->policy_units; i++)
			run_unit(lab, &lab->unit[lab->head + i]);
		lab->around->end_policy(lab);
	}
	lab->policy = NULL;
}

void lab_run_before(struct lab *lab, const struct suite *last)
{
	/* a function that is gone does not come back: the last round says so, others nothing */
	for (lab->round = 1;; lab->round = lab->gone[0] ? lab->rounds : lab->round + 1) {
		lab->out.muted = lab->round < lab->rounds;
		plan_order(lab, last);
		for (unsigned i = 0; i < lab->head; i++)
			run_unit(lab, &lab->unit[i]);
		run_policies(lab);
		for (unsigned i = 0; i < lab->tail; i++)
			run_unit(lab, &lab->unit[lab->head + lab->policy_units + i]);
		if (lab->round == lab->rounds)
			return;
	}
}

void lab_run(struct lab *lab, const struct suite *suite)
{
	struct lab_unit unit = { (uint16_t)plan_first_index(lab, suite), (uint16_t)suite->count };

	/* whatever ended the rounds */
	lab->out.muted = false;
	lab->round = lab->rounds;
	run_unit(lab, &unit);
}

void lab_begin_target(struct lab *lab, unsigned index)
{
	lab->target_index = index;
	lab->refused[0] = lab->gone[0] = lab->running[0] = 0;
	lab->gone_how = lab->gone_by = NULL;
	lab->reasons = lab->mismatches = 0;
	lab->claims_told = false;
	lab->shuffle = lab->opt.shuffle;
	memset(lab->worst, 0, sizeof(lab->worst));
}

void lab_end_target(struct lab *lab)
{
	claims_tell(lab);
	lab->target[lab->target_index].untested = claims_untested(lab);
}

void lab_release(struct lab *lab)
{
	if (lab->around)
		lab->around->release(lab);
}

/*
 * What a run is for was not tested: on the function; of several that were named, on one of them;
 * with --device all, on any.
 */
static bool is_untested(const struct lab *lab)
{
	unsigned untested = 0;

	if (lab->target_count < 2)
		return claims_untested(lab);
	for (unsigned i = 0; i < lab->target_count; i++)
		untested += lab->target[i].untested;
	return lab->opt.device_all ? untested == lab->target_count : untested;
}

static enum lab_verdict judge(const struct lab *lab)
{
	bool whole = !options_select(&lab->opt);

	if (lab->stopped)
		return lab->verdict == LAB_SKIP && whole ? LAB_UNTESTED : lab->verdict;
	if (lab->fail)
		return LAB_FAIL;
	if (lab->error || lab->reported != lab->planned || !lab->reported)
		return LAB_ERROR;
	if (lab->skip == lab->reported)
		return whole ? LAB_UNTESTED : LAB_SKIP;
	return is_untested(lab) ? LAB_UNTESTED : LAB_PASS;
}

enum lab_verdict lab_end(struct lab *lab)
{
	enum lab_verdict verdict = judge(lab);

	if (!lab->ended)
		lab->ended = lab->hw->ops->ticks(lab->hw);
	stream_line(&lab->out,
		    "# run end run=%016lx planned=%u reported=%u pass=%u fail=%u error=%u skip=%u "
		    "verdict=%s expectations=%u windows_us=%lu app_us=%lu",
		    lab->about.run_id, lab->planned, lab->reported, lab->pass, lab->fail,
		    lab->error, lab->skip, verdict_words[verdict], lab->expectations,
		    lab->hw->delayed_us,
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
		[LAB_PASS] = 0x10, [LAB_DONE] = 0x10,     [LAB_FAIL] = 0x11,  [LAB_ERROR] = 0x11,
		[LAB_SKIP] = 0x12, [LAB_UNTESTED] = 0x12, [LAB_USAGE] = 0x13, [LAB_CANNOT] = 0x13,
	};

	return values[verdict];
}
