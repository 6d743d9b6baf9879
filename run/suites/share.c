/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Two functions on one line: what one does to the other, at the device and at the controller. The
 * second one is --neighbour, proven to be on the line that was found.
 */
#include "run/bench/stage.h"
#include "run/bench/verbs.h"

/* How long an asserted line waits behind the mask: no level may time out. */
#define HELD_US 3000

#define SPEC_SHARED "PCI 3.0 sec 2.2.6, INTx is level sensitive and may be shared"
#define SPEC_STATUS "PCI 3.0 sec 6.2.3, Status[3]"
#define SPEC_DISINTX "PCI 3.0 sec 6.2.2, Command[10]"

/* One function of the two, and what its handler said in each delivery. */
struct side {
	struct stage stage;
	unsigned took, none;
};

struct pair {
	struct side own, other;
	struct pci_dev *dev; /* the function, for the handler that is vfio-pci's */
	bool masked; /* that handler has set DisINTx: nothing is its own until it is cleared */
};

static bool said(struct side *side, bool ours)
{
	if (ours)
		side->took++;
	else
		side->none++;
	return ours;
}

/* A driver that acknowledges its device. */
static bool serve_own(void *arg)
{
	struct pair *p = arg;

	return said(&p->own, source_handle(p->own.stage.source));
}

static bool serve_other(void *arg)
{
	struct pair *p = arg;

	return said(&p->other, source_handle(p->other.stage.source));
}

/* vfio-pci: it masks what is pending inside its function and knows nothing of the device. */
static bool mask_own(void *arg)
{
	struct pair *p = arg;
	bool ours = !p->masked && pci_check_and_mask_intx(p->dev);

	p->masked = p->masked || ours;
	return said(&p->own, ours);
}

static bool begin(struct ctx *c, struct pair *p, line_handler_fn *own)
{
	struct stage *a = &p->own.stage, *b = &p->other.stage;

	p->dev = verbs_meet(c);
	if (!stage_open(a, c))
		return false;
	if (!stage_open_neighbour(b, c)) {
		stage_close(a);
		return false;
	}
	if (expect_ok(c, line_share(b->line, serve_other, p), "the line is shared") &&
	    stage_request(a, own, p))
		return true;
	stage_close_neighbour(b);
	stage_close(a);
	return false;
}

static void finish(struct pair *p)
{
	stage_close_neighbour(&p->other.stage);
	stage_close(&p->own.stage);
}

static void raise(struct side *side, const char *what)
{
	expect_ok(side->stage.c, source_raise(side->stage.source), what);
}

static void raise_own(struct pair *p)
{
	raise(&p->own, "the function raises its interrupt");
}

static void raise_other(struct pair *p)
{
	raise(&p->other, "the neighbour raises its interrupt");
}

static uint16_t command_of(const struct side *side)
{
	return pci_cfg_read16(side->stage.fn, PCI_COMMAND);
}

static bool status_of(const struct side *side)
{
	return pci_cfg_read16(side->stage.fn, PCI_STATUS) & PCI_STATUS_INTERRUPT;
}

static void expect_status(struct ctx *c, const struct pair *p, bool own, bool other,
			  const char *own_what, const char *other_what)
{
	expect_eq(c, status_of(&p->own), own, own_what);
	expect_eq(c, status_of(&p->other), other, other_what);
}

static void status_tells_own(struct ctx *c)
{
	struct pair p = { .masked = false };
	uint16_t own, other;

	if (!begin(c, &p, serve_own))
		return;
	line_mask(p.own.stage.line);
	own = command_of(&p.own);
	other = command_of(&p.other);
	expect_status(c, &p, 0, 0, "Interrupt Status, both idle",
		      "the neighbour's Interrupt Status, both idle");
	raise_other(&p);
	expect_status(c, &p, 0, 1, "Interrupt Status, the neighbour pending",
		      "the neighbour's Interrupt Status, it is pending");
	stage_ack(&p.other.stage);
	raise_own(&p);
	expect_status(c, &p, 1, 0, "Interrupt Status, pending",
		      "the neighbour's Interrupt Status, only the function is pending");
	write_disintx(c, true);
	expect_hex(c, command_of(&p.other), other, 4, "the neighbour's Command, DisINTx = 1");
	write_disintx(c, false);
	expect_hex(c, command_of(&p.own), own, 4, "Command, DisINTx = 0 again");
	finish(&p);
}

/* The function pending and masked by its owner, in the first delivery. */
static void mask_one(struct ctx *c, struct pair *p)
{
	raise_own(p);
	stage_expect_count(&p->own.stage, 1, "deliveries, DisINTx set in the first");
	expect_eq(c, p->own.took, 1, "deliveries that the function's owner took");
	expect_eq(c, p->other.none, 1, "deliveries that the neighbour's driver called not its own");
}

static void lets_other(struct ctx *c)
{
	struct pair p = { .masked = false };

	if (!begin(c, &p, mask_own))
		return;
	mask_one(c, &p);
	raise_other(&p);
	stage_expect_count(&p.own.stage, 2, "deliveries after the neighbour's event");
	expect_eq(c, p.own.none, 1, "deliveries that the function's owner called not its own");
	expect_eq(c, p.other.took, 1, "deliveries that the neighbour's driver took");
	expect_eq(c, p.own.stage.line->unhandled, 0, "deliveries that nobody took");
	expect_line(c, LINE_DEASSERTED, "the line, the neighbour acknowledged");
	expect_status(c, &p, 1, 0, "Interrupt Status behind DisINTx",
		      "the neighbour's Interrupt Status, acknowledged");
	expect_eq(c, verbs_disintx(c), 1, "DisINTx");
	finish(&p);
}

static void unmask_after_other(struct ctx *c)
{
	struct pair p = { .masked = false };

	if (!begin(c, &p, mask_own))
		return;
	mask_one(c, &p);
	raise_other(&p);
	stage_expect_count(&p.own.stage, 2, "deliveries after the neighbour's event");
	p.masked = false;
	write_disintx(c, false);
	stage_expect_count(&p.own.stage, 3, "deliveries after DisINTx = 0");
	expect_eq(c, p.own.took, 2, "deliveries that the function's owner took");
	expect_eq(c, p.other.none, 2, "deliveries that the neighbour's driver called not its own");
	finish(&p);
}

static void acknowledge_in_turn(struct ctx *c, struct pair *p, struct side *first,
				struct side *second)
{
	raise_own(p);
	expect_line(c, LINE_ASSERTED, "the line, one pending");
	raise_other(p);
	expect_line(c, LINE_ASSERTED, "the line, both pending");
	stage_ack(&first->stage);
	expect_line(c, LINE_ASSERTED, "the line, the first of two acknowledged");
	expect_eq(c, status_of(first), 0, "Interrupt Status of the first");
	expect_eq(c, status_of(second), 1, "Interrupt Status of the second");
	stage_ack(&second->stage);
	expect_line(c, LINE_DEASSERTED, "the line, both acknowledged");
}

static void both_pending(struct ctx *c)
{
	struct pair p = { .masked = false };

	if (!begin(c, &p, serve_own))
		return;
	line_mask(p.own.stage.line);
	acknowledge_in_turn(c, &p, &p.own, &p.other);
	acknowledge_in_turn(c, &p, &p.other, &p.own);
	expect_eq(c, p.own.stage.line->count, 0, "deliveries, masked at the controller");
	finish(&p);
}

static void controller_stops_both(struct ctx *c)
{
	struct pair p = { .masked = false };

	if (!begin(c, &p, serve_own))
		return;
	line_mask(p.own.stage.line);
	raise_other(&p);
	quiet_window(c);
	expect_eq(c, p.own.stage.line->count, 0, "deliveries, masked at the controller");
	expect_status(c, &p, 0, 1, "Interrupt Status",
		      "the neighbour's Interrupt Status, waiting for the controller");
	line_unmask(p.own.stage.line);
	stage_expect_count(&p.own.stage, 1, "deliveries after the unmask");
	expect_eq(c, p.other.took, 1, "deliveries that the neighbour's driver took");
	expect_eq(c, p.own.none, 1, "deliveries that the function's driver called not its own");
	finish(&p);
}

static void unmask_finds_both(struct ctx *c)
{
	struct pair p = { .masked = false };

	if (!begin(c, &p, serve_own))
		return;
	line_mask(p.own.stage.line);
	raise_own(&p);
	raise_other(&p);
	hw_delay_us(c->lab->hw, HELD_US);
	line_unmask(p.own.stage.line);
	stage_expect_count(&p.own.stage, 1, "deliveries after the unmask, both pending");
	expect_eq(c, p.own.took, 1, "deliveries that the function's driver took");
	expect_eq(c, p.other.took, 1, "deliveries that the neighbour's driver took");
	expect_line(c, LINE_DEASSERTED, "the line, both acknowledged");
	finish(&p);
}

static void foreign_event(struct ctx *c)
{
	struct pair p = { .masked = false };

	if (!begin(c, &p, mask_own))
		return;
	verbs_clear(c);
	raise_other(&p);
	stage_expect_count(&p.own.stage, 1, "deliveries after the neighbour's event");
	verbs_expect_writes(c, 0);
	expect_eq(c, p.own.none, 1, "pci_check_and_mask_intx() said not mine");
	expect_eq(c, p.other.took, 1, "deliveries that the neighbour's driver took");
	expect_eq(c, verbs_disintx(c), 0, "DisINTx");
	finish(&p);
}

static const struct check checks[] = {
	{ .id = "share.status-tells-own",
	  .title = "Interrupt Status tells the function's own event, never its neighbour's",
	  .spec = SPEC_STATUS,
	  .why = WHY("A handler on a shared line asks Interrupt Status whose event it is; a "
		     "1 for another's masks the wrong one."),
	  .advice = "Both functions' Status[3] at each look: one that follows the line and "
		    "not its function is at fault.",
	  .needs = NEED_NEIGHBOUR,
	  .body = status_tells_own },
	{ .id = "share.foreign-event-not-ours",
	  .title = "check-and-mask in a delivery of the neighbour's says not mine, writes nothing",
	  .spec = SPEC_STATUS "; observation: Linux drivers/pci/irq.c, "
			      "pci_check_and_set_intx_mask()",
	  .why = WHY("vfio-pci would take its neighbour's interrupt for its own and mask a "
		     "device that asked for nothing."),
	  .advice = "Interrupt Status in the delivery: 1 with nothing pending in the "
		    "function makes check-and-mask set DisINTx.",
	  .needs = NEED_NEIGHBOUR,
	  .body = foreign_event },
	{ .id = "share.masked-one-lets-other",
	  .title = "a function pending behind DisINTx does not keep its neighbour from the line",
	  .spec = SPEC_DISINTX "; " SPEC_SHARED,
	  .why = WHY("A guest that never acknowledges its device must not stop or storm the "
		     "disk beside it."),
	  .advice = "The line behind DisINTx = 1: still asserted, it keeps both functions' "
		    "handlers busy for ever.",
	  .needs = NEED_NEIGHBOUR | NEED_DISINTX,
	  .body = lets_other },
	{ .id = "share.unmask-after-other",
	  .title = "an event held back by DisINTx outlives its neighbour's and is delivered once",
	  .spec = SPEC_DISINTX "; " SPEC_SHARED,
	  .why = WHY("An event that is held back for a guest must survive whatever its "
		     "neighbour does meanwhile."),
	  .advice = "Interrupt Status before DisINTx = 0, and the deliveries after it: "
		    "none means that the event was lost.",
	  .needs = NEED_NEIGHBOUR | NEED_DISINTX,
	  .body = unmask_after_other },
	{ .id = "share.both-pending",
	  .title = "a line that two assert is asserted until both are acknowledged, in any order",
	  .spec = SPEC_SHARED,
	  .why = WHY("A line that falls with the first acknowledgment loses the other "
		     "function's interrupt."),
	  .advice = "The line after one of two was acknowledged: it is the OR of all who drive it.",
	  .needs = NEED_NEIGHBOUR,
	  .body = both_pending },
	{ .id = "share.controller-mask-stops-both",
	  .title = "the line masked at the controller stops the neighbour until the unmask",
	  .spec = "82093AA, IOREDTBL interrupt mask",
	  .why = WHY("Masking at the controller, for want of DisINTx, makes every neighbour "
		     "on the line wait."),
	  .advice = "The line's mask at the controller; a delivery in the window was sent past "
		    "it.",
	  .needs = NEED_NEIGHBOUR,
	  .body = controller_stops_both },
	{ .id = "share.unmask-finds-both",
	  .title = "two events that waited for the unmask are one delivery, and both are found",
	  .spec = "82093AA, IOREDTBL interrupt mask; " SPEC_SHARED,
	  .why = WHY("After a mask at the controller every function on the line must be "
		     "asked, not the first one alone."),
	  .advice = "Which handler took the delivery, and the line after it: a second "
		    "delivery means that one was left asserting.",
	  .needs = NEED_NEIGHBOUR,
	  .body = unmask_finds_both },
};

static bool applies(const struct options *opt)
{
	return opt->has_neighbour && suite_compares_no_policies(opt);
}

const struct suite suite_share = {
	.name = "share",
	.checks = checks,
	.count = sizeof(checks) / sizeof(checks[0]),
	.applies = applies,
};
