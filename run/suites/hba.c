/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The HBA's own tiers of interrupt registers: PxIS and PxIE, IS, GHC.IE, and in which order they
 * are acknowledged. Source: AHCI 1.3.1 chapter 3 and sec 10.7.
 */
#include "run/bench/source_ahci.h"
#include "run/bench/stage.h"

#define GHC_RESERVED 0x7ffffff8u /* AHCI 1.3.1 sec 3.1.2: 30:3 */
#define PX_RESERVED 0x023fff00u /* sec 3.3.5 and 3.3.6: 25, 21:8 */

#define SPEC_IS "AHCI 1.3.1 sec 3.1.3, IS.IPS, RWC"

struct order {
	struct stage stage;
	bool is_first;
	uint32_t second_port_is; /* PxIS as the second delivery found it */
};

static struct ahci *hba_of(struct ctx *c)
{
	return &source_ahci(&c->lab->bench->own)->hba;
}

/* PxIS alone: what the port's half of an acknowledge is. */
static void clear_port_is(struct ahci_port *port)
{
	uint32_t is = ahci_port_read(port, AHCI_PX_IS);

	port->served |= is;
	ahci_port_write(port, AHCI_PX_IS, is);
	(void)ahci_port_read(port, AHCI_PX_IS); /* flush the posted write */
}

static void clear_hba_is(struct ahci_port *port)
{
	ahci_write(port->hba, AHCI_IS, 1u << port->index);
	(void)ahci_read(port->hba, AHCI_IS); /* flush the posted write */
}

static bool acknowledge(void *arg)
{
	struct order *o = arg;
	struct ahci_port *port = source_ahci(o->stage.source)->port;

	if (o->stage.line->count == 1)
		o->second_port_is = ahci_port_read(port, AHCI_PX_IS);
	if (o->is_first)
		clear_hba_is(port);
	clear_port_is(port);
	if (!o->is_first)
		clear_hba_is(port);
	return true;
}

static void reserved_zero(struct ctx *c)
{
	struct stage stage, *s = &stage;
	struct ahci *hba = hba_of(c);

	if (!stage_open(s, c))
		return;
	raise_event(c);
	expect_hex(c, ahci_read(hba, AHCI_GHC) & GHC_RESERVED, 0, 8, "GHC, reserved bits");
	expect_hex(c, ahci_read(hba, AHCI_IS) & ~hba->pi, 0, 8, "IS of ports that PI has not");
	expect_hex(c, ahci_port_read(source_ahci(s->source)->port, AHCI_PX_IS) & PX_RESERVED, 0, 8,
		   "PxIS, reserved bits");
	expect_hex(c, ahci_port_read(source_ahci(s->source)->port, AHCI_PX_IE) & PX_RESERVED, 0, 8,
		   "PxIE, reserved bits");
	stage_close(s);
}

static void port_ie_gates(struct ctx *c)
{
	struct stage stage, *s = &stage;
	struct ahci_port *port = source_ahci(&c->lab->bench->own)->port;
	uint32_t ie;

	if (!stage_open(s, c))
		return;
	ie = ahci_port_read(port, AHCI_PX_IE);
	ahci_port_write(port, AHCI_PX_IE, 0);
	raise_event(c);
	expect_eq(c, (ahci_port_read(port, AHCI_PX_IS) & ie) != 0, 1, "PxIS shows the event");
	expect_eq(c, source_pending(s->source), 0, "IS of the port with PxIE = 0");
	expect_line(c, LINE_DEASSERTED, "the line with PxIE = 0");
	ahci_port_write(port, AHCI_PX_IE, ie);
	expect_eq(c, source_pending(s->source), 1, "IS of the port with PxIE set behind the event");
	expect_line(c, LINE_ASSERTED, "the line with PxIE set behind the event");
	stage_close(s);
}

static void ghc_ie_gates(struct ctx *c)
{
	struct stage stage, *s = &stage;
	struct ahci *hba = hba_of(c);

	if (!stage_open(s, c))
		return;
	ahci_write(hba, AHCI_GHC, AHCI_GHC_AE);
	raise_event(c);
	expect_eq(c, source_pending(s->source), 1, "IS of the port with GHC.IE = 0");
	expect_line(c, LINE_DEASSERTED, "the line with GHC.IE = 0");
	ahci_write(hba, AHCI_GHC, AHCI_GHC_AE | AHCI_GHC_IE);
	(void)ahci_read(hba, AHCI_GHC); /* flush the posted write */
	expect_line(c, LINE_ASSERTED, "the line with GHC.IE set behind the event");
	stage_close(s);
}

static void is_latches(struct ctx *c)
{
	struct stage stage, *s = &stage;

	if (!stage_open(s, c))
		return;
	raise_event(c);
	expect_eq(c, source_pending(s->source), 1, "IS of the port");
	clear_port_is(source_ahci(s->source)->port);
	expect_eq(c, source_pending(s->source), 1, "IS of the port after PxIS was cleared");
	clear_hba_is(source_ahci(s->source)->port);
	expect_eq(c, source_pending(s->source), 0, "IS of the port after IS was cleared");
	expect_line(c, LINE_DEASSERTED, "the line, PxIS and IS cleared");
	stage_close(s);
}

static void is_relatches(struct ctx *c)
{
	struct stage stage, *s = &stage;

	if (!stage_open(s, c))
		return;
	raise_event(c);
	clear_hba_is(source_ahci(s->source)->port);
	expect_eq(c, source_pending(s->source), 1,
		  "IS of the port, cleared while PxIS and PxIE are set");
	expect_line(c, LINE_ASSERTED, "the line, PxIS not cleared");
	stage_close(s);
}

static void ack_in_order(struct ctx *c)
{
	struct order o = { .is_first = false };
	struct stage *s = &o.stage;

	if (!stage_open(s, c))
		return;
	if (stage_request(s, acknowledge, &o)) {
		raise_event(c);
		stage_expect_count(s, 1, "deliveries, PxIS cleared before IS");
	}
	stage_close(s);
}

static void ack_reversed(struct ctx *c)
{
	struct order o = { .is_first = true };
	struct stage *s = &o.stage;

	if (!stage_open(s, c))
		return;
	if (stage_request(s, acknowledge, &o)) {
		raise_event(c);
		stage_expect_count(s, 2, "deliveries, IS cleared before PxIS");
		expect_hex(c, o.second_port_is, 0, 8, "PxIS in the second");
	}
	stage_close(s);
}

/* No write after GHC.HR: another would hide what the reset itself left. */
static bool reset_only(struct ctx *c, struct ahci *hba)
{
	enum err err;

	ahci_write(hba, AHCI_GHC, AHCI_GHC_AE | AHCI_GHC_IE | AHCI_GHC_HR);
	err = ahci_wait_reset(hba);
	return !err ||
	       expect_ok(c, err, err == ERR_GONE ? "GHC.HR reads 0" : "GHC.HR reads 0 within 1 s");
}

static void reset_clears(struct ctx *c)
{
	struct stage stage, *s = &stage;
	struct ahci *hba = hba_of(c);

	if (!stage_open(s, c))
		return;
	raise_event(c);
	if (reset_only(c, hba)) {
		expect_eq(c, !!(ahci_read(hba, AHCI_GHC) & AHCI_GHC_IE), 0, "GHC.IE");
		expect_hex(c, ahci_read(hba, AHCI_IS), 0, 8, "IS");
		expect_hex(c, ahci_port_read(source_ahci(s->source)->port, AHCI_PX_IE), 0, 8,
			   "PxIE");
	}
	stage_revive(s);
	stage_close(s);
}

static void reset_deasserts(struct ctx *c)
{
	struct stage stage, *s = &stage;
	struct ahci *hba = hba_of(c);

	if (!stage_open(s, c))
		return;
	raise_event(c);
	expect_line(c, LINE_ASSERTED, "the line before the reset");
	if (reset_only(c, hba))
		expect_line(c, LINE_DEASSERTED, "the line after the reset, nothing written since");
	stage_revive(s);
	stage_close(s);
}

static const struct check checks[] = {
	{ .id = "hba.reserved-zero",
	  .title = "reserved bits of GHC, IS, PxIS and PxIE read 0",
	  .spec = "AHCI 1.3.1 sec 3.1.2, 3.1.3, 3.3.5, 3.3.6",
	  .why = WHY(
		  "Reserved bits that read 1 are taken for interrupt causes by a driver that loops "
		  "until 0."),
	  .advice = "Which bits are set, in which register: expected is 0.",
	  .needs = NEED_AHCI | NEED_ROUTE,
	  .body = reserved_zero },
	{ .id = "hba.port-ie-gates",
	  .title = "PxIE gates PxIS out of IS and off the line, and lets a pending bit through",
	  .spec = "AHCI 1.3.1 sec 3.3.6, PxIE; sec 3.1.3, IS",
	  .why = WHY(
		  "Polling drivers, reset and error handling rely on PxIE to keep a port quiet."),
	  .advice = "IS with PxIE = 0: PxIS & PxIE must be what sets it.",
	  .needs = NEED_AHCI | NEED_ROUTE,
	  .body = port_ie_gates },
	{ .id = "hba.ghc-ie-gates",
	  .title = "GHC.IE gates the line, not IS, and lets a pending bit through",
	  .spec = "AHCI 1.3.1 sec 3.1.2, GHC.IE",
	  .why = WHY("A driver clears GHC.IE while it must not be interrupted."),
	  .advice = "The line with GHC.IE = 0, and again when it is set behind a pending IS.",
	  .needs = NEED_AHCI | NEED_ROUTE,
	  .body = ghc_ie_gates },
	{ .id = "hba.is-latches",
	  .title = "IS keeps a port's bit when PxIS is cleared, until IS is written",
	  .spec = SPEC_IS,
	  .why = WHY("Drivers clear PxIS, then IS, and rely on IS to hold until then."),
	  .advice = "IS between the two writes: it is RWC, not a copy of PxIS & PxIE.",
	  .needs = NEED_AHCI | NEED_ROUTE,
	  .body = is_latches },
	{ .id = "hba.is-relatches",
	  .title = "IS written while PxIS and PxIE are set reads 1 again",
	  .spec = SPEC_IS,
	  .why = WHY("Clearing IS too early must not lose the port's interrupt."),
	  .advice = "IS right after it was written, while PxIS & PxIE is not 0.",
	  .needs = NEED_AHCI | NEED_ROUTE,
	  .body = is_relatches },
	{ .id = "hba.ack-in-order",
	  .title = "PxIS cleared before IS: one delivery",
	  .spec = SPEC_IS,
	  .why = WHY("This is the order that AHCI asks for; a second delivery doubles the load of "
		     "every command."),
	  .advice = "The line after each of the two writes: PxIS, then IS.",
	  .quirk = PCI_QUIRK_AHCI_ACK_REVERSED,
	  .needs = NEED_AHCI | NEED_ROUTE,
	  .body = ack_in_order },
	{ .id = "hba.ack-reversed",
	  .title = "IS cleared before PxIS: a second delivery, with PxIS 0",
	  .spec = SPEC_IS,
	  .why = WHY("It shows why the order matters: IS cleared first is latched again by PxIS."),
	  .advice = "One delivery means that IS does not latch; more than two, that it cannot be "
		    "cleared.",
	  .quirk = PCI_QUIRK_AHCI_ACK_REVERSED,
	  .needs = NEED_AHCI | NEED_ROUTE,
	  .body = ack_reversed },
	{ .id = "hba.reset-clears",
	  .title = "an HBA reset clears GHC.IE, IS and PxIE",
	  .spec = "AHCI 1.3.1 sec 10.4.3, GHC.HR",
	  .why = WHY("The next driver relies on a reset HBA that is not able to interrupt."),
	  .advice = "Which of GHC.IE, IS, PxIE reads other than 0 behind GHC.HR.",
	  .needs = NEED_AHCI | NEED_ROUTE,
	  .body = reset_clears },
	{ .id = "hba.reset-deasserts",
	  .title = "an HBA reset deasserts the line",
	  .spec = "AHCI 1.3.1 sec 10.4.3, GHC.HR",
	  .why = WHY("A line that stays up behind a reset storms as soon as somebody unmasks it."),
	  .advice = "INTx behind GHC.HR: is it driven anew when the registers are cleared?",
	  .needs = NEED_AHCI | NEED_ROUTE,
	  .body = reset_deasserts },
};

const struct suite suite_hba = CONFORMANCE_SUITE("hba", checks);
