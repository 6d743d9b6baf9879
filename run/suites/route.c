/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The way from the function's pin to the interrupt controller's: firmware's word on it, the bridges
 * that turn the pin, and the one input that follows. Without AML no input can be predicted: what a
 * prediction is held against is another source's evidence.
 */
#include "run/bench/stage.h"

#define MAX_BRIDGES 8
#define UNKNOWN_IRQ 0xff
#define ISA_IRQS 16

#define SPEC_PIN "PCI 3.0 sec 6.2.4, Interrupt Pin: 1 to 4 for INTA to INTD, 0 without an interrupt"
#define SPEC_LINE "PCI 3.0 sec 6.2.4, Interrupt Line: on a PC the 8259s' IRQ, FFh for unknown"

/*
 * A bit for each ISA IRQ that follows: as an input below 16 of an I/O APIC, of the 8259s, or of
 * both. On most chipsets a PIRQ reaches the 8259s alone beside its input from 16 up (Intel 6 Series
 * Chipset datasheet sec 13.1.18, PIRQ[n]_ROUT).
 */
static uint32_t isa_answers(const struct bench *b)
{
	uint32_t irqs = b->irqs;

	for (unsigned i = 0; i < bench_kept(&b->answer); i++) {
		if (b->answer.gsi[i] < ISA_IRQS)
			irqs |= 1u << b->answer.gsi[i];
	}
	return irqs;
}

static unsigned answers(const struct bench *b, uint32_t from, uint32_t below)
{
	unsigned n = 0;

	for (unsigned i = 0; i < bench_kept(&b->answer); i++)
		n += b->answer.gsi[i] >= from && b->answer.gsi[i] < below;
	return n;
}

/* What cannot be looked at, or what the look could not tell. True: the check has its verdict. */
static bool cannot_tell(struct ctx *c)
{
	struct bench *b = c->lab->bench;

	if (b->lab->no_delivery || !b->lab->irqc) {
		check_skip(c, "%s",
			   b->lab->no_delivery ? b->lab->no_delivery
					       : "no interrupt controller was found");
		return true;
	}
	bench_probe(b);
	if (b->route_err && b->route_err != ERR_NO_ROUTE) {
		check_error(c, "the probe could not be made: %s", err_name(b->route_err));
		return true;
	}
	if (!b->line.known && b->stuck.count) {
		check_error(c, "no input follows; %u are asserted while the device is idle",
			    b->stuck.count);
		return true;
	}
	return false;
}

/* The register is not asked whether to look: an input that follows is evidence against it. */
static void interrupt_pin(struct ctx *c)
{
	const struct bench *b = c->lab->bench;
	unsigned pin = c->lab->fn->pin;
	char seen[16];

	if (cannot_tell(c))
		return;
	if (!b->line.known && !pin) {
		check_skip(c, "Interrupt Pin is 0, and no input follows: the function has no INTx");
		return;
	}
	if (!b->line.known) {
		check_error(c, "no pin was found for the line (see line.probe)");
		return;
	}
	fmt_text(seen, sizeof(seen), "%u", pin);
	expect_that(c, pin >= 1 && pin <= 4, "Interrupt Pin of a function that an input follows",
		    "1 to 4", seen);
}

static void interrupt_line(struct ctx *c)
{
	const struct bench *b = c->lab->bench;
	unsigned named = c->lab->fn->line;
	char isa[64], seen[16];

	/* rerouted: what an OS without I/O APICs, which masks them all, has the interrupt at */
	if (named == b->line.gsi || answers(b, named, named + 1) ||
	    (named < ISA_IRQS && (b->irqs | b->moved_irqs) >> named & 1)) {
		check_pass(c);
		return;
	}
	bench_list_irqs(isa_answers(b), isa, sizeof(isa));
	if (!isa[0] && !(b->lab->irqc->caps & IRQC_HAS_SECOND)) {
		check_skip(c, "no input below 16 follows, and there is no 8259 to ask");
		return;
	}
	if (!isa[0]) {
		check_skip(c, "no input below 16 and no IRQ of the 8259s follows: there is no "
			      "legacy route");
		return;
	}
	if (named == UNKNOWN_IRQ) {
		check_skip(c, "Interrupt Line is FFh: firmware names no IRQ");
		return;
	}
	fmt_text(seen, sizeof(seen), "%u", named);
	check_fail(c, "Interrupt Line, the input below 16 that follows", isa, seen);
}

static void one_line(struct ctx *c)
{
	const struct bench *b = c->lab->bench;
	unsigned pci = answers(b, ISA_IRQS, UINT32_MAX), isa = 0;

	for (uint32_t irqs = isa_answers(b); irqs; irqs &= irqs - 1)
		isa++;

	if (b->answer.count > BENCH_ANSWERS) {
		check_fail(c, "inputs that follow", "2 at most", "more than are kept");
		return;
	}
	expect_eq(c, pci > 1 ? pci - 1 : 0, 0, "inputs from 16 up that follow beside the line's");
	expect_eq(c, isa > 1 ? isa - 1 : 0, 0, "ISA IRQs that follow beside one");
}

static const struct pci_fn *bridge_of(const struct lab *lab, const struct pci_fn *fn)
{
	return fn->parent < 0 ? NULL : &lab->tree->fn[fn->parent];
}

/* gsi: as it was found; UINT32_MAX: not known. */
static void describe(const struct lab *lab, struct stream *out, const struct pci_fn *fn,
		     uint32_t gsi)
{
	struct sbdf root = { 0 };
	uint8_t pin = pci_root_pin(lab->tree, fn, &root);
	char self[SBDF_TEXT], top[SBDF_TEXT], found[16] = "UNKNOWN", path[128] = "";
	size_t n = 0;

	for (const struct pci_fn *up = bridge_of(lab, fn); up; up = bridge_of(lab, up)) {
		char text[SBDF_TEXT];

		sbdf_format(up->addr, text);
		n += fmt_text(path + n, sizeof(path) - n, "%s%s", n ? " " : "", text);
	}
	sbdf_format(fn->addr, self);
	sbdf_format(root, top);
	if (gsi != UINT32_MAX)
		fmt_text(found, sizeof(found), "%u", gsi);
	stream_line(out, "# hw route sbdf=%s pin=%c path=%q root=%s root_pin=%c gsi=%s", self,
		    'A' + fn->pin - 1, path, top, 'A' + pin - 1, found);
}

/* Behind the same bridge of the root bus, at the same of its four interrupts. */
static bool same_prediction(const struct lab *lab)
{
	struct sbdf own, other;
	uint8_t pin = pci_root_pin(lab->tree, lab->fn, &own);

	return pci_root_pin(lab->tree, lab->neighbour, &other) == pin && sbdf_equal(own, other);
}

static bool not_ours(void *arg)
{
	(void)arg;
	return false;
}

/* The neighbour asserts; the line was found by what the function asserts. */
static void compare(struct ctx *c)
{
	struct stage own, other;

	if (!stage_open(&own, c))
		return;
	if (!stage_open_neighbour(&other, c)) {
		stage_close(&own);
		return;
	}
	if (stage_request(&own, not_ours, NULL)) {
		line_mask(own.line);
		expect_line(c, LINE_DEASSERTED, "the function's line, both idle");
		expect_ok(c, source_raise(other.source), "the neighbour raises its interrupt");
		expect_line(c, LINE_ASSERTED, "the function's line, the neighbour asserting");
		stage_ack(&other);
		expect_line(c, LINE_DEASSERTED, "the function's line, the neighbour acknowledged");
	}
	stage_close_neighbour(&other);
	stage_close(&own);
}

static void swizzle(struct ctx *c)
{
	struct lab *lab = c->lab;
	struct bench *b = lab->bench;

	describe(lab, &lab->out, lab->fn, b->line.gsi);
	if (lab->fn->parent < 0) {
		check_skip(c, "the function is on a root bus: no bridge turns its pin");
		return;
	}
	bench_probe_neighbour(b);
	if (!lab->neighbour || !same_prediction(lab)) {
		check_skip(c, "no second source with the same predicted root pin");
		return;
	}
	if (!b->other.ready) {
		check_skip(c, "the neighbour cannot be made to raise an interrupt");
		return;
	}
	describe(lab, &lab->out, lab->neighbour, b->same_line ? b->line.gsi : UINT32_MAX);
	compare(c);
}

struct bridges {
	unsigned count, taken; /* of them, those whose DisINTx is writable */
	const struct pci_fn *fn[MAX_BRIDGES];
	uint16_t command[MAX_BRIDGES]; /* as found */
};

static void mask_bridges(struct ctx *c, struct bridges *b)
{
	const struct pci_fn *up = bridge_of(c->lab, c->lab->fn);

	for (; up && b->count < MAX_BRIDGES; up = bridge_of(c->lab, up)) {
		uint16_t found = pci_cfg_read16(up, PCI_COMMAND);

		b->fn[b->count] = up;
		b->command[b->count++] = found;
		pci_cfg_write16(up, PCI_COMMAND, found | PCI_COMMAND_INTX_DISABLE);
		b->taken += !!(pci_cfg_read16(up, PCI_COMMAND) & PCI_COMMAND_INTX_DISABLE);
	}
}

static void restore_bridges(struct ctx *c, const struct bridges *b)
{
	for (unsigned i = 0; i < b->count; i++) {
		uint16_t now;

		pci_cfg_write16(b->fn[i], PCI_COMMAND, b->command[i]);
		now = pci_cfg_read16(b->fn[i], PCI_COMMAND);
		if (now != b->command[i])
			check_error(c, "a bridge's Command was left %04x, found %04x", now,
				    b->command[i]);
	}
}

static void bridge_disintx(struct ctx *c)
{
	struct events e = { .ack_at = 1 };
	struct bridges bridges = { .count = 0 };

	if (c->lab->fn->parent < 0) {
		check_skip(c, "the function is on a root bus: no bridge forwards its interrupt");
		return;
	}
	if (!events_begin(c, &e, false))
		return;
	mask_bridges(c, &bridges);
	if (bridges.taken) {
		raise_event(c);
		expect_ok(c, line_wait(&e.bench->line, 1, BENCH_DELIVERY_US),
			  "a delivery within 1 ms, DisINTx = 1 in the bridges above");
		quiet_window(c);
		expect_eq(c, e.bench->line.count, 1, "deliveries");
	} else {
		check_skip(c, "DisINTx is read-only 0 in every bridge above");
	}
	restore_bridges(c, &bridges);
	events_finish(c);
}

static const struct check checks[] = {
	{ .id = "route.interrupt-pin",
	  .title = "a function whose interrupt arrives at an input says so in Interrupt Pin",
	  .spec = SPEC_PIN,
	  .why = WHY("An OS that reads 0 there gives the driver no interrupt, and nobody looks at "
		     "the line that storms."),
	  .advice = "Interrupt Pin beside gsi= of `hw line`: a device model that forgets the "
		    "register drives the line all the same.",
	  .needs = NEED_SOURCE,
	  .body = interrupt_pin },
	{ .id = "route.interrupt-line",
	  .title = "Interrupt Line names an input that follows the function",
	  .spec = SPEC_LINE,
	  .why = WHY("DOS, boot loaders and kernels without ACPI take this byte for the "
		     "interrupt's number."),
	  .advice = "Interrupt Line beside also= of `hw line`, and the chipset's PIRQ "
		    "routing registers.",
	  .needs = NEED_ROUTE,
	  .body = interrupt_line },
	{ .id = "route.one-line",
	  .title = "at most one input from 16 up and one below follow the function",
	  .spec = "PCI 3.0 sec 2.2.6; observation: a PIRQ may drive an ISA input as well",
	  .why = WHY("A second input that follows brings every interrupt twice, or storms "
		     "for whoever owns it."),
	  .advice = "also= of `hw line`: which inputs follow. A boot interrupt of the chipset's is "
		    "the usual reason.",
	  .needs = NEED_ROUTE,
	  .body = one_line },
	{ .id = "route.swizzle",
	  .title = "a function behind a bridge shares the line of another with the same root pin",
	  .spec = "PCI-to-PCI Bridge 1.2 sec 9.1; PCI Express Base sec 2.2.8.1, INTx mapping",
	  .why = WHY("An OS without a _PRT for the bridge computes the pin this way; a "
		     "wrong turn is a device without interrupts."),
	  .advice = "Both `hw route` lines. A bus on the board itself may be wired otherwise: then "
		    "_PRT says how.",
	  .needs = NEED_ROUTE,
	  .body = swizzle },
	{ .id = "route.bridge-disintx-no-gate",
	  .title = "DisINTx of the bridges above does not stop the function's interrupt",
	  .spec = "PCI Express Base sec 7.5.1.1.3, Interrupt Disable: no effect on what a bridge "
		  "forwards",
	  .why = WHY("An OS sets DisINTx in a bridge whose own interrupt is an MSI; every "
		     "INTx behind it would go silent."),
	  .advice = "The bridges of path= in `hw route`: whose Command[10] stops what it "
		    "only forwards?",
	  .needs = NEED_ROUTE,
	  .body = bridge_disintx },
};

const struct suite suite_route = CONFORMANCE_SUITE("route", checks);
