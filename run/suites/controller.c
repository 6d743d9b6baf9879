/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Masking at the controller, for functions that lack DisINTx: what the entry's mask bit does to a
 * level line that is asserted before, while and after it is set. The entry stays level throughout.
 */
#include "pci/mem.h"
#include "run/bench/inputs.h"
#include "run/bench/stage.h"

/* How long an asserted line waits behind the mask: no level may time out. */
#define HELD_US 3000

#define SPEC_MASK "82093AA, IOREDTBL interrupt mask"
/* Remote IRR is set when the local APIC accepts: well within what a delivery takes. */
#define ACCEPTED_US BENCH_DELIVERY_US

#define SPEC_RIRR "82093AA, IOREDTBL interrupt mask, remote IRR"

struct flow {
	struct stage stage;
	unsigned mask_at; /* the delivery, counted from 1, that masks the line; 0: none */
	unsigned ack_at; /* ... that acknowledges the device */
	bool remote_irr; /* as read behind the mask, before the EOI */
};

static bool handle(void *arg)
{
	struct flow *f = arg;
	struct line *line = f->stage.line;
	unsigned now = line->count + 1;

	if (now == f->mask_at) {
		line_mask(line);
		f->remote_irr = line->irqc->ops->remote_irr(line->irqc, line->gsi);
	}
	if (f->ack_at && now >= f->ack_at)
		source_clear(f->stage.source);
	return true;
}

static bool begin(struct ctx *c, struct flow *f)
{
	return stage_open(&f->stage, c) && stage_request(&f->stage, handle, f);
}

static void mask_in_handler(struct ctx *c)
{
	struct flow f = { .mask_at = 1 };
	struct stage *s = &f.stage;

	if (!begin(c, &f))
		return;
	raise_event(c);
	stage_expect_count(s, 1, "deliveries, masked at the controller in the first");
	expect_eq(c, line_is_masked(s->line), 1, "the entry's mask bit");
	expect_remote_irr(c, 0, "remote IRR after the EOI");
	stage_close(s);
}

static void mask_in_second(struct ctx *c)
{
	struct flow f = { .mask_at = 2 };
	struct stage *s = &f.stage;

	if (!begin(c, &f))
		return;
	raise_event(c);
	stage_expect_count(s, 2, "deliveries, masked at the controller in the second");
	expect_eq(c, line_is_masked(s->line), 1, "the entry's mask bit");
	expect_remote_irr(c, 0, "remote IRR after the second EOI");
	stage_close(s);
}

static void unmask_redelivers(struct ctx *c)
{
	struct flow f = { .mask_at = 1, .ack_at = 2 };
	struct stage *s = &f.stage;

	if (!begin(c, &f))
		return;
	raise_event(c);
	stage_expect_count(s, 1, "deliveries, masked at the controller in the first");
	line_unmask(s->line);
	stage_expect_count(s, 2, "deliveries after the unmask, the device still asserting");
	stage_close(s);
}

static void pending_at_unmask(struct ctx *c)
{
	struct flow f = { .ack_at = 1 };
	struct stage *s = &f.stage;

	if (!begin(c, &f))
		return;
	line_mask(s->line);
	raise_event(c);
	hw_delay_us(s->line->hw, HELD_US);
	expect_eq(c, s->line->count, 0, "deliveries while masked, 3 ms");
	line_unmask(s->line);
	stage_expect_count(s, 1, "deliveries after the unmask");
	stage_close(s);
}

static void eoi_while_masked(struct ctx *c)
{
	struct flow f = { .mask_at = 1, .ack_at = 1 };
	struct stage *s = &f.stage;

	if (!begin(c, &f))
		return;
	raise_event(c);
	stage_expect_count(s, 1, "deliveries, masked and acknowledged in the first");
	expect_eq(c, f.remote_irr, 1, "remote IRR behind the mask, before the EOI");
	expect_remote_irr(c, 0, "remote IRR after the EOI");
	line_unmask(s->line);
	quiet_window(c);
	expect_eq(c, s->line->count, 1, "deliveries after the unmask, the line deasserted");
	stage_ack(s);
	raise_event(c);
	stage_expect_count(s, 2, "deliveries after the next event");
	stage_close(s);
}

static void pulse_while_masked(struct ctx *c)
{
	struct flow f = { .ack_at = 1 };
	struct stage *s = &f.stage;

	if (!begin(c, &f))
		return;
	line_mask(s->line);
	raise_event(c);
	stage_ack(s);
	line_unmask(s->line);
	quiet_window(c);
	expect_eq(c, s->line->count, 0, "deliveries in a 200 us window after the unmask");
	expect_remote_irr(c, 0, "remote IRR");
	stage_close(s);
}

static void request_while_asserted(struct ctx *c)
{
	struct flow f = { .ack_at = 1 };
	struct stage *s = &f.stage;

	if (!stage_open(s, c))
		return;
	raise_event(c);
	hw_delay_us(s->line->hw, HELD_US);
	if (stage_request(s, handle, &f))
		stage_expect_count(s, 1, "deliveries after the entry was programmed and unmasked");
	stage_close(s);
}

static void mask_does_not_count(struct ctx *c)
{
	struct flow f = { .ack_at = 1 };
	struct stage *s = &f.stage;

	if (!begin(c, &f))
		return;
	line_mask(s->line);
	line_mask(s->line);
	raise_event(c);
	hw_delay_us(s->line->hw, HELD_US);
	expect_eq(c, s->line->count, 0, "deliveries while masked twice");
	line_unmask(s->line);
	stage_expect_count(s, 1, "deliveries after one unmask");
	stage_close(s);
}

/* Another input that follows the function; the probe has routed it, and left it masked. */
static bool find_second(const struct bench *b, uint32_t *ret_gsi)
{
	for (unsigned i = 0; i < bench_kept(&b->answer); i++) {
		if (b->answer.gsi[i] == b->line.gsi)
			continue;
		*ret_gsi = b->answer.gsi[i];
		return true;
	}
	return false;
}

/* Of the line's entry and the second's: those whose remote IRR is 1. */
static unsigned accepted(struct stage *s, uint32_t second)
{
	return stage_remote_irr(s) + s->line->irqc->ops->remote_irr(s->line->irqc, second);
}

static void wait_both_accepted(struct stage *s, uint32_t second)
{
	struct hw *hw = s->line->hw;
	struct hw_timer timer = hw_timer_us(hw, ACCEPTED_US);

	while (accepted(s, second) < 2 && !hw_expired(hw, &timer))
		hw->ops->relax(hw);
	expect_eq(s->c, accepted(s, second), 2,
		  "entries with remote IRR 1 within 1 ms, interrupts off");
}

static void one_eoi(struct ctx *c, struct flow *f, uint32_t second)
{
	struct stage *s = &f->stage;
	struct hw *hw = s->line->hw;

	s->line->irqc->ops->unmask(s->line->irqc, second);
	raise_event(c);
	wait_both_accepted(s, second);
	hw->ops->irq_switch(hw, true);
	stage_expect_count(s, 1, "deliveries of the vector that both entries sent");
	expect_eq(c, accepted(s, second), 0, "entries with remote IRR 1 after one EOI");
	s->line->irqc->ops->mask(s->line->irqc, second);
}

/* Masked; also clears a remote IRR that an EOI did not. */
static enum err route(struct stage *s, uint32_t gsi)
{
	s->line->hw->ops->irq_switch(s->line->hw, false);
	return s->line->irqc->ops->route(s->line->irqc, gsi, LINE_VECTOR,
					 s->line->irqc->ops->polarity(s->line->irqc, gsi));
}

static void eoi_ends_both(struct ctx *c)
{
	struct flow f = { .ack_at = 1 };
	struct stage *s = &f.stage;
	uint32_t second;

	if (!find_second(c->lab->bench, &second)) {
		check_skip(c, "no other entry has an input that follows the device");
		return;
	}
	if (!begin(c, &f))
		return;
	if (expect_ok(c, route(s, second), "the second entry takes the line's vector"))
		one_eoi(c, &f, second);
	stage_close(s);
	/* as the probe left them */
	if (route(s, second) || route(s, s->line->gsi))
		check_error(c, "the entries were not left as they were found");
}

/* Where the line is seen with its own entry masked. As texts: "GSI 20", "IRQ 11 of the second". */
struct elsewhere {
	struct inputs in;
	char moved[96]; /* and not with its entry unmasked */
	char both[96]; /* from 16 up, with its entry unmasked as well */
};

#define ISA_IRQS 16

static void look_elsewhere(struct bench *b, struct elsewhere *e)
{
	uint32_t own = b->line.gsi, irqs;
	char text[96], list[64];

	for (unsigned i = 0; i < e->in.count; i++) {
		uint32_t gsi = e->in.gsi[i];

		if (gsi == own || !inputs_rose(&e->in, i))
			continue;
		fmt_text(text, sizeof(text), "GSI %u", gsi);
		if (inputs_line_beside(&e->in, gsi, &own, 1) == LINE_DEASSERTED)
			fmt_add_word(e->moved, sizeof(e->moved), text);
		else if (gsi >= ISA_IRQS)
			fmt_add_word(e->both, sizeof(e->both), text);
	}
	irqs = inputs_irqs(&e->in);
	irqs &= ~inputs_irqs_beside(&e->in, &own, 1);
	if (!irqs)
		return;
	bench_list_irqs(irqs, list, sizeof(list));
	fmt_text(text, sizeof(text), "IRQ %s of the 8259s", list);
	fmt_add_word(e->moved, sizeof(e->moved), text);
}

/* The second controller's inputs go up and down once, so that what they latched before is gone. */
static bool begin_elsewhere(struct ctx *c, struct stage *s, struct elsewhere *e)
{
	enum err err;

	s->line->hw->ops->irq_switch(s->line->hw, false);
	err = inputs_begin(&e->in, s->line->irqc);
	if (!err)
		err = inputs_watch(&e->in);
	if (err)
		check_error(c, "the inputs cannot all be looked at: %s", err_name(err));
	if (err || !raise_event(c))
		return false;
	stage_ack(s);
	inputs_watch_idle(&e->in);
	return raise_event(c);
}

static void reroutes_nothing(struct ctx *c)
{
	struct elsewhere e = { .in = { .count = 0 } };
	struct stage s;

	if (c->lab->bench->unmask_first) {
		check_skip(c, BENCH_UNMASK_FIRST);
		return;
	}
	if (!stage_open(&s, c))
		return;
	if (begin_elsewhere(c, &s, &e)) {
		look_elsewhere(c->lab->bench, &e);
		expect_that(c, !e.moved[0],
			    "inputs that show the line only while its entry is masked (rerouting)",
			    "none", e.moved);
		expect_that(c, !e.both[0],
			    "inputs from 16 up that show the line beside its own, masked or not",
			    "none", e.both);
	}
	if (inputs_end(&e.in))
		check_error(c, "ELCR or IMR was not restored");
	stage_close(&s);
}

static const struct check checks[] = {
	{ .id = "controller.mask-in-handler",
	  .title = "a line masked at the controller in its handler is delivered once",
	  .spec = SPEC_RIRR,
	  .why = WHY("This is how vfio-pci masks a device that lacks DisINTx."),
	  .advice =
		  "The line's entry after the EOI: masked, nothing pending; a second delivery was "
		  "sent past the mask.",
	  .needs = NEED_ROUTE,
	  .body = mask_in_handler },
	{ .id = "controller.mask-in-second",
	  .title = "a line masked in its second delivery, as a lazy disable does, is delivered "
		   "twice",
	  .spec = SPEC_RIRR,
	  .why = WHY("Linux disables lazily: the mask is set only when one more interrupt comes."),
	  .advice = "The line's entry after the second EOI: masked, nothing pending.",
	  .needs = NEED_ROUTE,
	  .body = mask_in_second },
	{ .id = "controller.unmask-redelivers",
	  .title = "a line still asserted when it is unmasked is delivered again, once",
	  .spec = "82093AA, IOREDTBL trigger mode",
	  .why = WHY(
		  "A threaded handler unmasks at its end; what is still asserted must come again."),
	  .advice = "Remote IRR at the unmask: left set, the entry accepts nothing more.",
	  .needs = NEED_ROUTE,
	  .body = unmask_redelivers },
	{ .id = "controller.pending-at-unmask",
	  .title = "a line asserted while masked is delivered once when it is unmasked",
	  .spec = SPEC_MASK,
	  .why = WHY("What comes while a line is masked must not be lost."),
	  .advice = "The level at the unmask: a pin that is sampled as an edge loses it.",
	  .needs = NEED_ROUTE,
	  .body = pending_at_unmask },
	{ .id = "controller.eoi-while-masked",
	  .title = "an EOI clears remote IRR of a masked entry, and the next event is delivered",
	  .spec = SPEC_RIRR,
	  .why = WHY(
		  "An EOI that skips a masked entry leaves remote IRR set: the line is dead from "
		  "then on."),
	  .advice =
		  "Remote IRR after the EOI, and whether the EOI broadcast reaches every I/O APIC.",
	  .needs = NEED_ROUTE | NEED_RTE,
	  .body = eoi_while_masked },
	{ .id = "controller.pulse-while-masked",
	  .title = "a line asserted and deasserted while masked is not delivered afterwards",
	  .spec = "82093AA, IOREDTBL trigger mode",
	  .why = WHY(
		  "A level that has ended is nobody's interrupt; delivered late it is spurious."),
	  .advice = "The trigger mode, and whether the controller latches what it sees behind "
		    "the mask.",
	  .needs = NEED_ROUTE,
	  .body = pulse_while_masked },
	{ .id = "controller.request-while-asserted",
	  .title = "an entry programmed and unmasked while its line is asserted delivers once",
	  .spec = "82093AA, IOREDTBL trigger mode",
	  .why = WHY("A driver may request a line that its device, or another, asserts already."),
	  .advice = "Whether an entry that becomes level samples its pin, or waits for an edge.",
	  .needs = NEED_ROUTE,
	  .body = request_while_asserted },
	{ .id = "controller.mask-does-not-count",
	  .title = "a line masked twice delivers after one unmask: depth is software's to keep",
	  .spec = SPEC_MASK,
	  .why = WHY("Depth of masking is software's: hardware that counts would stay masked."),
	  .advice = "The line's mask at the controller after one unmask.",
	  .needs = NEED_ROUTE,
	  .body = mask_does_not_count },
	{ .id = "controller.eoi-ends-both",
	  .title = "one EOI clears remote IRR of both entries that sent its vector",
	  .spec = "82093AA, IOREDTBL remote IRR; Intel SDM vol. 3, EOI broadcast to all I/O APICs",
	  .why = WHY("An OS short of vectors gives one to several lines; the entry that an EOI "
		     "passes over is dead from then on."),
	  .advice = "The entry whose remote IRR stays 1: a search for the vector that ends at the "
		    "first match.",
	  .needs = NEED_ROUTE | NEED_RTE,
	  .body = eoi_ends_both },
	{ .id = "controller.mask-reroutes-nothing",
	  .title = "a line masked at its controller appears at no other input of one",
	  .spec = SPEC_MASK "; observation: Linux Documentation/PCI/boot-interrupts.rst; Intel "
			    "6700PXH datasheet sec 2.15.2, boot interrupt",
	  .why = WHY(
		  "A masked line that comes out elsewhere storms there: the mask does not hold."),
	  .advice = "rerouted= of `hw line`; Linux drivers/pci/quirks.c, "
		    "quirk_disable_intel_boot_interrupt().",
	  .needs = NEED_ROUTE | NEED_RTE,
	  .body = reroutes_nothing },
};

const struct suite suite_controller = CONFORMANCE_SUITE("controller", checks);
