/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The guest's own DisINTx: vfio-pci keeps it virtual and turns it into masking, so the register and
 * the guest's view may differ. What of it reaches the register, and what the guest is told.
 */
#include "run/bench/verbs.h"

#define SPEC_CONFIG                                                                                \
	"observation: Linux drivers/vfio/pci/vfio_pci_config.c, vfio_basic_config_write()"
#define SPEC_INTRS "observation: Linux drivers/vfio/pci/vfio_pci_intrs.c"

static void holds(struct ctx *c)
{
	struct passthrough *vfio = verbs_own(c);

	if (!vfio)
		return;
	verbs_guest_disintx(c, vfio, true);
	expect_eq(c, verbs_disintx(c), 1, "DisINTx, set by the guest");
	raise_event(c);
	quiet_window(c);
	expect_eq(c, vfio->line->count, 0, "deliveries while the guest's DisINTx is 1");
	expect_eq(c, vfio->notified, 0, "notifications");
	expect_eq(c, interrupt_status(c), 1, "Interrupt Status");
	verbs_give_back(c);
}

static void cleared_notifies(struct ctx *c)
{
	struct passthrough *vfio = verbs_own(c);

	if (!vfio)
		return;
	verbs_guest_disintx(c, vfio, true);
	raise_event(c);
	verbs_guest_disintx(c, vfio, false);
	quiet_window(c);
	expect_eq(c, verbs_disintx(c), 1,
		  "DisINTx, cleared by the guest with the interrupt pending");
	expect_eq(c, vfio->notified, 1, "notifications");
	expect_eq(c, vfio->line->count, 0, "deliveries");
	verbs_give_back(c);
}

static void cleared_opens(struct ctx *c)
{
	struct passthrough *vfio = verbs_own(c);

	if (!vfio)
		return;
	verbs_guest_disintx(c, vfio, true);
	verbs_guest_disintx(c, vfio, false);
	expect_eq(c, verbs_disintx(c), 0, "DisINTx, cleared by the guest with nothing pending");
	expect_eq(c, vfio->notified, 0, "notifications");
	verbs_taken(c, vfio, 1);
	verbs_give_back(c);
}

static void off_leaves(struct ctx *c)
{
	struct passthrough *vfio = verbs_own(c);

	if (!vfio)
		return;
	verbs_clear(c);
	passthrough_intx_disable(vfio);
	verbs_expect_writes(c, 0);
	expect_eq(c, verbs_disintx(c), 0, "DisINTx, INTx turned off unmasked");
	if (expect_ok(c, passthrough_intx_enable(vfio), "INTx is turned on again")) {
		verbs_taken(c, vfio, 1);
		verbs_clear(c);
		passthrough_intx_disable(vfio);
		verbs_expect_writes(c, 0);
		expect_eq(c, verbs_disintx(c), 1, "DisINTx, INTx turned off masked");
	}
	verbs_give_back(c);
}

static void follows(struct ctx *c)
{
	struct passthrough *vfio = verbs_open(c);

	if (!vfio)
		return;
	verbs_guest_disintx(c, vfio, true);
	expect_eq(c, verbs_disintx(c), 1, "DisINTx, set by the guest, INTx off");
	verbs_guest_disintx(c, vfio, false);
	expect_eq(c, verbs_disintx(c), 0, "DisINTx, cleared by the guest, INTx off");
	expect_eq(c, vfio->notified, 0, "notifications");
	verbs_give_back(c);
}

/* IRQF_NO_AUTOEN: the line is requested, and its entry stays masked until the guest says so. */
static void on_while_masked(struct ctx *c)
{
	if (c->lab->bench->unmask_first) {
		check_skip(c, BENCH_UNMASK_FIRST);
		return;
	}
	struct passthrough *vfio = verbs_open_at_controller(c);

	if (!vfio)
		return;
	verbs_guest_disintx(c, vfio, true);
	if (expect_ok(c, passthrough_intx_enable(vfio), "INTx is turned on")) {
		raise_event(c);
		quiet_window(c);
		expect_eq(c, line_is_masked(vfio->line), 1, "the entry's mask bit");
		expect_eq(c, vfio->line->count, 0, "deliveries while the guest's DisINTx is 1");
		verbs_guest_disintx(c, vfio, false);
		expect_ok(c, line_wait(vfio->line, 1, BENCH_DELIVERY_US), "a delivery within 1 ms");
		quiet_window(c);
		expect_eq(c, vfio->notified, 1, "notifications, the guest's DisINTx cleared");
		expect_eq(c, verbs_disintx(c), 0, "DisINTx of the device");
	}
	verbs_give_back(c);
}

static const struct check checks[] = {
	{ .id = "guest.disintx-holds",
	  .title = "the guest's DisINTx holds the interrupt back; Interrupt Status shows it",
	  .spec = SPEC_CONFIG,
	  .why = WHY(
		  "A guest that disables INTx must not be interrupted, nor its host's line held."),
	  .advice = "DisINTx behind the guest's write, then the line: does the register mask?",
	  .needs = NEED_ROUTE | NEED_DISINTX,
	  .body = holds },
	{ .id = "guest.disintx-cleared-notifies",
	  .title = "the guest clears its DisINTx with an interrupt pending: it is told, and the "
		   "register stays masked",
	  .spec = SPEC_CONFIG,
	  .why = WHY("The guest must hear of what came while it was masked, or it waits for ever."),
	  .advice = "Interrupt Status at the guest's write: it must read 1 while the device is "
		    "pending.",
	  .needs = NEED_ROUTE | NEED_DISINTX,
	  .body = cleared_notifies },
	{ .id = "guest.disintx-cleared-opens",
	  .title = "the guest clears its DisINTx with nothing pending: the next event comes once",
	  .spec = SPEC_CONFIG,
	  .why = WHY("A guest that unmasks must get its next interrupt, once."),
	  .advice = "DisINTx behind the guest's write: is Command[10] writable both ways?",
	  .needs = NEED_ROUTE | NEED_DISINTX,
	  .body = cleared_opens },
	{ .id = "guest.intx-off-leaves-disintx",
	  .title = "turning INTx off leaves DisINTx as it is, masked or not",
	  .spec = SPEC_INTRS ", vfio_intx_disable()",
	  .why = WHY("A mask that changes when nobody listens lets a pending line rise."),
	  .advice = "Who wrote Command: the writes counted must be 0.",
	  .needs = NEED_ROUTE | NEED_DISINTX,
	  .body = off_leaves },
	{ .id = "guest.disintx-without-intx",
	  .title = "with INTx off the register follows the guest's DisINTx",
	  .spec = SPEC_CONFIG,
	  .why = WHY("A guest may mask before it sets up its interrupt, and must find that done."),
	  .advice = "DisINTx behind the guest's write: is Command[10] writable?",
	  .needs = NEED_ROUTE | NEED_DISINTX,
	  .body = follows },
	{ .id = "guest.intx-on-while-masked",
	  .title = "INTx turned on while the guest masks it at the controller waits for the unmask",
	  .spec = SPEC_INTRS ", vfio_intx_enable(), IRQF_NO_AUTOEN",
	  .why = WHY(
		  "A line unmasked by its own request reaches a guest that is not ready for it."),
	  .advice = "The entry's mask bit behind the request, and who cleared it.",
	  .needs = NEED_ROUTE,
	  .body = on_while_masked },
};

const struct suite suite_guest = CONFORMANCE_SUITE("guest", checks);
