/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The device's own enable and its own reset: the third place where an interrupt is held back,
 * beside DisINTx and the interrupt controller. Whatever the kind of device is, its line follows.
 */
#include "run/bench/stage.h"

#define SPEC_LEVEL "PCI 3.0 sec 2.2.6; the device's own enable is its data sheet's"

static bool acknowledge(void *arg)
{
	struct stage *s = arg;

	source_clear(s->source);
	return true;
}

static bool tried(struct stage *s, enum err err, const char *what)
{
	if (err)
		check_error(s->c, "%s: %s", what, err_name(err));
	return !err;
}

static bool holds(struct stage *s)
{
	return tried(s, source_hold(s->source), "an event with the device's own enable off");
}

static bool resets(struct stage *s)
{
	return tried(s, source_reset(s->source), "the device's own reset");
}

static void mask_holds(struct ctx *c)
{
	struct stage stage, *s = &stage;

	if (!stage_open(s, c))
		return;
	if (stage_request(s, acknowledge, s) && holds(s)) {
		stage_expect_count(s, 0, "deliveries with the device's own enable off");
		expect_line(c, LINE_DEASSERTED, "the line with the device's own enable off");
		source_unmask(s->source);
		stage_expect_count(s, 1, "deliveries with the enable on again, the event pending");
	}
	stage_close(s);
}

static void mask_lowers(struct ctx *c)
{
	struct stage stage, *s = &stage;

	if (!stage_open(s, c))
		return;
	if (raise_event(c)) {
		expect_line(c, LINE_ASSERTED, "the line, an event pending");
		source_mask(s->source);
		expect_line(c, LINE_DEASSERTED, "the line, the device's own enable off");
		source_unmask(s->source);
		expect_line(c, LINE_ASSERTED, "the line, the enable on again");
	}
	stage_close(s);
}

static void reset_deasserts(struct ctx *c)
{
	struct stage stage, *s = &stage;

	if (!source_has_reset(&c->lab->bench->own)) {
		check_skip(c, "the device has no reset of its own");
		return;
	}
	if (!stage_open(s, c))
		return;
	if (raise_event(c)) {
		expect_line(c, LINE_ASSERTED, "the line before the reset");
		if (resets(s)) {
			expect_line(c, LINE_DEASSERTED, "the line after the reset");
			expect_eq(c, interrupt_status(c), 0, "Interrupt Status after the reset");
		}
	}
	stage_close(s);
}

static void reset_then_works(struct ctx *c)
{
	struct stage stage, *s = &stage;

	if (!source_has_reset(&c->lab->bench->own)) {
		check_skip(c, "the device has no reset of its own");
		return;
	}
	if (!stage_open(s, c))
		return;
	raise_event(c);
	if (resets(s) && tried(s, source_start(s->source), "the source armed again") &&
	    stage_request(s, acknowledge, s)) {
		raise_event(c);
		stage_expect_count(s, 1, "deliveries of the first event after the reset");
	}
	stage_close(s);
}

static const struct check checks[] = {
	{ .id = "own.mask-holds",
	  .title = "an event behind the device's own enable is delivered once, when it is enabled",
	  .spec = SPEC_LEVEL,
	  .why = WHY(
		  "A driver that polls, or sets itself up, keeps the device quiet by this alone."),
	  .advice = "The line while the enable is off, and again right after it is on: the event "
		    "must be kept.",
	  .needs = NEED_OWN_MASK | NEED_ROUTE,
	  .body = mask_holds },
	{ .id = "own.mask-lowers",
	  .title = "the device's own enable lowers an asserted line, and raises it again",
	  .spec = SPEC_LEVEL,
	  .why = WHY("A handler that only masks, and leaves the work to a thread, relies on it."),
	  .advice = "INTx behind the write that turns the enable off: is it driven anew?",
	  .needs = NEED_OWN_MASK | NEED_ROUTE,
	  .body = mask_lowers },
	{ .id = "own.reset-deasserts",
	  .title = "the device's own reset deasserts the line and clears Interrupt Status",
	  .spec = "PCI 3.0 sec 6.2.3, Status[3]; the reset is the device's data sheet's",
	  .why = WHY(
		  "A driver resets its device first: a line that stays up storms at its request."),
	  .advice = "INTx behind the reset: is it driven anew when the registers are cleared?",
	  .needs = NEED_ROUTE,
	  .body = reset_deasserts },
	{ .id = "own.reset-then-works",
	  .title = "the first event after the device's own reset is delivered",
	  .spec = "PCI 3.0 sec 2.2.6",
	  .why = WHY("What a reset leaves of an old interrupt must not swallow the next one."),
	  .advice = "Is the reset's end waited for, and what of the interrupt logic does it keep?",
	  .needs = NEED_ROUTE,
	  .body = reset_then_works },
};

const struct suite suite_own = CONFORMANCE_SUITE("own", checks);
