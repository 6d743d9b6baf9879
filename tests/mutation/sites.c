/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * With the files of run/suites, run/sequences and run/bench that were compiled behind sites.h, this
 * takes the place of libmutant.so: expectations that know where they stand, some of them made
 * always true, and a fault of one moment. A place is FILE:LINE. What it says, on stderr, has a tab
 * between its columns, and "-" for a place that is not there:
 *
 * site judged CHECK CALLER BENCH WHAT: once for each; CALLER is in run/suites or run/sequences
 * site missed CHECK CALLER BENCH WHAT: a mismatch
 * site read N ADDRESS WIDTH VALUE: where a moment looks for a read, when its MASK is 0
 *
 * INTXLAB_FORGIVE has lines "CHECK tab PLACE", or PLACE=WHAT: what this check expects there is
 * true.
 *
 * INTXLAB_MOMENT is "PLACE tab KIND N MASK TIME", the numbers but MASK decimal:
 * read: when PLACE is judged the TIMEth time, the Nth register read in it is wrong in MASK's bits
 * after: the same, of the reads from where PLACE was left the TIMEth time
 * handler: the same, of the reads in interrupt context since the run began; PLACE is "-"
 * extra: as PLACE begins to be judged the line's vector comes once more; N 1: its MSI vector
 * early: the same, and the next message of the line does not arrive
 * lost, late: the Nth message of the line does not arrive, or arrives MASK microseconds later
 * wire: while PLACE is judged, the function's INTx wire is at MASK
 * write, look: as PLACE begins, Command is written as it reads, or read, once more, N bytes wide
 * notify, forget: the Nth thing that user space asks of the passthrough owner makes it notify once
 * more, or take a masked interrupt for unmasked and the reverse
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/line.h"
#include "drivers/passthrough.h"
#include "run/check.h"
#include "tests/mutation/sites.h"
#include "tests/sim/sim_internal.h"
#undef check_fail
#undef expect_that

#define DEPTH 8
#define JUDGED_MAX 4096

struct place {
	const char *file; /* NULL: none */
	unsigned line;
};

/* A call from run/suites or run/sequences, and in it one from run/bench. */
struct places {
	struct place caller, bench;
};

static struct places now, stack[DEPTH];
static unsigned depth;

static struct judged {
	struct places places;
	const char *what;
	char check[LAB_ID_MAX];
} judged[JUDGED_MAX];
static unsigned judged_count;

static void give_up(const char *what)
{
	fprintf(stderr, "sites: %s\n", what);
	exit(3);
}

static void name(const struct place *place, char *buf, size_t size)
{
	if (place->file)
		snprintf(buf, size, "%s:%u", place->file, place->line);
	else
		snprintf(buf, size, "-");
}

/* forgiven and moments name a place in so many characters. */
static bool is_named(const char *named, size_t len, const struct place *place, const char *what)
{
	char here[80];
	size_t at;

	if (!place->file)
		return false;
	name(place, here, sizeof(here));
	at = strlen(here);
	if (len < at || memcmp(named, here, at))
		return false;
	return len == at || (named[at] == '=' && strlen(what) == len - at - 1 &&
			     !memcmp(named + at + 1, what, len - at - 1));
}

/* The fault of one moment */

static struct {
	bool parsed, done, is_early, was_asserted;
	bool met; /* met: the place is being judged now, at this depth */
	const char *place;
	size_t place_len;
	char kind[16];
	unsigned n, time, times, depth, seen;
	uint64_t mask;
} moment;

static struct sim *sim;
static struct hw_ops bent_ops;
static hw_irq_fn *sink;
static bool in_irq;

static bool moment_is(const char *kind)
{
	const char *text = getenv("INTXLAB_MOMENT");
	unsigned long long mask = 0;

	if (!moment.parsed && text) {
		moment.place = text;
		moment.place_len = strcspn(text, "\t");
		moment.time = 1;
		if (sscanf(text + moment.place_len, " %15s %u %llx %u", moment.kind, &moment.n,
			   &mask, &moment.time) < 2)
			give_up("INTXLAB_MOMENT is PLACE KIND N MASK TIME");
		moment.mask = mask;
	}
	moment.parsed = true;
	return text && !strcmp(moment.kind, kind);
}

static uint64_t bent(uint64_t addr, enum hw_width width, uint64_t value)
{
	bool sought = moment_is("handler") ? in_irq : moment.met && !moment_is("wire");

	if (!sought || moment.done)
		return value;
	moment.seen++;
	if (!moment.mask)
		fprintf(stderr, "site read\t%u\t%llx\t%d\t%llx\n", moment.seen,
			(unsigned long long)addr, width, (unsigned long long)value);
	if (moment.seen != moment.n)
		return value;
	moment.done = true;
	return value ^ moment.mask;
}

static uint64_t bent_read(struct hw *hw, uint64_t addr, enum hw_width width)
{
	return bent(addr, width, sim_hw_ops.mmio_read(hw, addr, width));
}

static void watched_sink(void *arg, unsigned vector)
{
	in_irq = true;
	sink(arg, vector);
	in_irq = false;
}

static void watched_attach(struct hw *hw, hw_irq_fn *fn, void *arg)
{
	sink = fn;
	sim_hw_ops.irq_attach(hw, fn ? watched_sink : NULL, arg);
}

struct hw *sim_hw(struct sim *made)
{
	struct hw *(*next)(struct sim *) = dlsym(RTLD_NEXT, "sim_hw");
	struct hw *hw = next(made);

	sim = made;
	bent_ops = sim_hw_ops;
	bent_ops.mmio_read = bent_read;
	bent_ops.irq_attach = watched_attach;
	hw->ops = &bent_ops;
	return hw;
}

static bool send(unsigned vector, bool level)
{
	bool (*next)(struct sim *, unsigned, bool, unsigned, unsigned,
		     bool) = dlsym(RTLD_NEXT, "sim_lapic_message");

	return next(sim, 0xff, false, 0, vector, level);
}

static void send_late(void *arg)
{
	(void)arg;
	(void)send(LINE_VECTOR, true);
}

/* True: the message is taken off its way. */
static bool is_taken_off(void)
{
	static struct sim_event late;

	if (moment.is_early) {
		moment.is_early = false;
		return true;
	}
	if (!(moment_is("lost") || moment_is("late")) || ++moment.seen != moment.n)
		return false;
	if (moment_is("late")) {
		sim_event_init(sim, &late, send_late, NULL);
		sim_event_arm(sim, &late, moment.mask * SIM_US);
	}
	return true;
}

bool sim_lapic_message(struct sim *to, unsigned dest, bool logical, unsigned mode, unsigned vector,
		       bool level)
{
	bool (*next)(struct sim *, unsigned, bool, unsigned, unsigned,
		     bool) = dlsym(RTLD_NEXT, "sim_lapic_message");

	if ((vector == LINE_VECTOR || vector == LINE_MSI_VECTOR) && is_taken_off())
		return true;
	return next(to, dest, logical, mode, vector, level);
}

static struct sim_fn *driven; /* the last function that asserted INTx */

void sim_fn_drive(struct sim_fn *fn, bool asserted)
{
	void (*next)(struct sim_fn *, bool) = dlsym(RTLD_NEXT, "sim_fn_drive");

	if (asserted)
		driven = fn;
	next(fn, asserted);
}

/* The TIMEth time at the place of the moment. */
static bool is_now(void)
{
	if (moment.done || moment.met ||
	    (!is_named(moment.place, moment.place_len, &now.caller, "") &&
	     !is_named(moment.place, moment.place_len, &now.bench, "")))
		return false;
	return ++moment.times == moment.time;
}

static struct lab *lab;

void lab_begin(struct lab *begun, struct hw *below, char *copy, size_t copy_size,
	       const struct lab_about *about)
{
	void (*next)(struct lab *, struct hw *, char *, size_t,
		     const struct lab_about *) = dlsym(RTLD_NEXT, "lab_begin");

	lab = begun;
	next(begun, below, copy, copy_size, about);
}

/* Of the function whose accesses are recorded. */
static void access_command(void)
{
	uint64_t command = lab->trace.cfg + PCI_COMMAND;
	enum hw_width width = (enum hw_width)moment.n;

	moment.done = true;
	if (moment_is("look"))
		lab->hw->ops->mmio_read(lab->hw, command, width);
	else
		lab->hw->ops->mmio_write(lab->hw, command, width,
					 sim_hw_ops.mmio_read(&sim->hw, command, width));
}

static void was_asked(struct passthrough *pt)
{
	if (!(moment_is("notify") || moment_is("forget")) || ++moment.seen != moment.n)
		return;
	if (moment_is("notify"))
		pt->notified++;
	else
		pt->masked = !pt->masked;
}

void passthrough_user_mask(struct passthrough *pt)
{
	((void (*)(struct passthrough *))dlsym(RTLD_NEXT, "passthrough_user_mask"))(pt);
	was_asked(pt);
}

void passthrough_user_unmask(struct passthrough *pt)
{
	((void (*)(struct passthrough *))dlsym(RTLD_NEXT, "passthrough_user_unmask"))(pt);
	was_asked(pt);
}

void passthrough_user_command(struct passthrough *pt, uint16_t command)
{
	((void (*)(struct passthrough *, uint16_t))dlsym(RTLD_NEXT, "passthrough_user_command"))(
		pt, command);
	was_asked(pt);
}

static void interrupt_now(void)
{
	moment.done = true;
	if (!send(LINE_VECTOR + moment.n, false))
		give_up("nobody takes the vector");
	sim->hw.ops->relax(&sim->hw);
	moment.is_early = moment_is("early");
}

static void bend_wire(void)
{
	if (!driven)
		give_up("no function asserted INTx before");
	moment.was_asserted = driven->intx_wire;
	sim_fn_drive(driven, moment.mask);
}

static void begin_moment(void)
{
	static const struct {
		const char *kind;
		void (*begin)(void); /* NULL: nothing happens but what the site itself does */
		bool stays; /* while the site is judged */
	} kinds[] = {
		{ "read", NULL, true },
		{ "wire", bend_wire, true },
		{ "extra", interrupt_now, false },
		{ "early", interrupt_now, false },
		{ "write", access_command, false },
		{ "look", access_command, false },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!moment_is(kinds[i].kind) || !is_now())
			continue;
		moment.met = kinds[i].stays;
		moment.depth = depth;
		if (kinds[i].begin)
			kinds[i].begin();
	}
}

static void end_moment(void)
{
	if (moment_is("after")) {
		moment.met = moment.met || is_now();
	} else if (moment.met && depth == moment.depth) {
		moment.met = false;
		moment.done = true;
		if (moment_is("wire"))
			sim_fn_drive(driven, moment.was_asserted);
	}
}

void site_enter(const char *file, unsigned line)
{
	struct place here = { file, line };

	if (depth == DEPTH)
		give_up("a site was not left");
	stack[depth++] = now;
	if (!strncmp(file, "run/bench/", 10))
		now.bench = here;
	else
		now = (struct places){ .caller = here };
	begin_moment();
}

void site_leave(void)
{
	end_moment();
	now = stack[--depth];
}

bool site_left(bool result)
{
	site_leave();
	return result;
}

static bool is_forgiven(const char *check, const char *what)
{
	const char *line = getenv("INTXLAB_FORGIVE"), *end;
	size_t len = strlen(check);

	for (; line && *line; line = *end ? end + 1 : end) {
		end = line + strcspn(line, "\n");
		if (strncmp(line, check, len) || line[len] != '\t')
			continue;
		if (is_named(line + len + 1, (size_t)(end - line) - len - 1, &now.caller, what) ||
		    is_named(line + len + 1, (size_t)(end - line) - len - 1, &now.bench, what))
			return true;
	}
	return false;
}

static void tell(const char *event, const char *check, const char *what)
{
	char caller[80], bench[80];

	name(&now.caller, caller, sizeof(caller));
	name(&now.bench, bench, sizeof(bench));
	fprintf(stderr, "site %s\t%s\t%s\t%s\t%s\n", event, check, caller, bench, what);
}

static void note_judged(const char *check, const char *what)
{
	for (unsigned i = 0; i < judged_count; i++) {
		if (judged[i].what == what && !strcmp(judged[i].check, check) &&
		    !memcmp(&judged[i].places, &now, sizeof(now)))
			return;
	}
	if (judged_count == JUDGED_MAX)
		give_up("too many sites");
	judged[judged_count] = (struct judged){ .places = now, .what = what };
	snprintf(judged[judged_count++].check, LAB_ID_MAX, "%s", check);
	tell("judged", check, what);
}

void check_fail(struct ctx *c, const char *what, const char *expected, const char *observed)
{
	void (*next)(struct ctx *, const char *, const char *, const char *) = dlsym(RTLD_NEXT,
										     "check_fail");

	note_judged(c->id, what);
	if (is_forgiven(c->id, what)) {
		check_pass(c);
		return;
	}
	tell("missed", c->id, what);
	next(c, what, expected, observed);
}

bool expect_that(struct ctx *c, bool good, const char *what, const char *expected,
		 const char *observed)
{
	bool (*next)(struct ctx *, bool, const char *, const char *,
		     const char *) = dlsym(RTLD_NEXT, "expect_that");

	if (!c->untried)
		note_judged(c->id, what);
	return next(c, good || is_forgiven(c->id, what), what, expected, observed);
}
