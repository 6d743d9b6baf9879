/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns line discovery: which of the controller's pins follow the device. Evidence only: a pin that
 * is asserted while the device is and deasserted while it is not. Firmware's word is reported
 * beside it.
 */
#include "run/bench/bench.h"

#include "pci/mem.h"
#include "run/bench/inputs.h"

static void note(struct bench_inputs *list, uint32_t gsi)
{
	if (list->count < BENCH_ANSWERS)
		list->gsi[list->count] = gsi;
	list->count++;
}

unsigned bench_kept(const struct bench_inputs *list)
{
	return list->count < BENCH_ANSWERS ? list->count : BENCH_ANSWERS;
}

static enum err look_idle(struct bench *bench, struct inputs *in)
{
	enum err err = inputs_begin(in, bench->lab->irqc);

	bench->looked_at = in->count;
	for (unsigned i = 0; i < in->count; i++) {
		if (in->idle[i] == LINE_ASSERTED)
			note(&bench->stuck, in->gsi[i]);
	}
	return err;
}

/* The second controller's inputs as levels: what one latched goes with the function's first fall.
 */
static enum err watch_irqs(struct bench *bench, struct inputs *in)
{
	enum err err = inputs_watch(in);

	if (err || !in->watches_irqs)
		return err;
	err = source_raise(&bench->own);
	if (!err)
		err = source_ack(&bench->own);
	inputs_watch_idle(in);
	return err;
}

static void look_asserted(struct bench *bench, const struct inputs *in)
{
	for (unsigned i = 0; i < in->count; i++) {
		if (inputs_rose(in, i))
			note(&bench->answer, in->gsi[i]);
	}
	bench->irqs = inputs_irqs(in);
}

/*
 * A root complex or a bridge with an I/O APIC of its own may forward a line whose entry is masked
 * to the chipset (a "boot interrupt": Linux Documentation/PCI/boot-interrupts.rst), and there it
 * looks like a line of ours. So each is looked at once more with the others unmasked: what still
 * follows is the line, what does not is where it is taken to. Where each is quiet then, nothing is
 * known of any.
 */
static void part_rerouted(struct bench *bench, struct inputs *in)
{
	struct bench_inputs follow = { 0 }, moved = { 0 };
	unsigned count = bench_kept(&bench->answer);
	uint32_t irqs;

	for (unsigned i = 0; count > 1 && i < count; i++) {
		uint32_t gsi = bench->answer.gsi[i];
		enum irqc_line seen = inputs_line_beside(in, gsi, bench->answer.gsi, count);

		note(seen == LINE_DEASSERTED ? &moved : &follow, gsi);
	}
	if (follow.count && moved.count) {
		bench->answer = follow;
		bench->moved = moved;
	}
	if (!bench->irqs || !count)
		return;
	irqs = inputs_irqs_beside(in, bench->answer.gsi, bench_kept(&bench->answer));
	bench->moved_irqs = bench->irqs & ~irqs;
	bench->irqs &= irqs;
}

static bool all_fell(struct bench *bench, const struct inputs *in)
{
	for (unsigned i = 0; i < bench_kept(&bench->answer); i++) {
		if (irqc_line(in->irqc, bench->answer.gsi[i]) != LINE_DEASSERTED)
			return false;
	}
	return !(inputs_irqs(in) & bench->irqs);
}

/*
 * On a PC whose chipset also drives an ISA interrupt from the PIRQ, two pins follow: the PCI one is
 * the one from 16 up (ICH9 datasheet, PIRQ routing). With several there, one that is not the
 * chipset's, for lines are forwarded to the chipset and not from it; then the lowest.
 */
static unsigned rank(const struct bench *bench, uint32_t gsi)
{
	struct irqc *irqc = bench->lab->irqc;

	return (gsi >= 16) + (gsi >= 16 && !irqc->ops->is_chipset(irqc, gsi));
}

/*
 * The chipset is in PIC mode until _PIC(1), which is AML (ACPI 6.5 sec 5.8.1), or the PIRQ is
 * routed to the 8259s alone: what can be had there is delivered from there.
 */
static void choose_second(struct bench *bench)
{
	struct irqc *second = bench->lab->irqc->caps & IRQC_HAS_SECOND
				      ? bench->lab->irqc->ops->second(bench->lab->irqc)
				      : NULL;

	for (uint32_t irq = 0; second && irq < 32; irq++) {
		if (!(bench->irqs >> irq & 1) || !second->ops->has_line(second, irq))
			continue;
		bench->at_second = true;
		bench->line.irqc = second;
		bench->line.gsi = irq;
		bench->line.polarity = second->ops->polarity(second, irq);
		bench->line.known = true;
		return;
	}
}

static void choose(struct bench *bench)
{
	uint32_t chosen = UINT32_MAX;

	for (unsigned i = 0; i < bench_kept(&bench->answer); i++) {
		uint32_t gsi = bench->answer.gsi[i];

		if (chosen == UINT32_MAX || rank(bench, gsi) > rank(bench, chosen))
			chosen = gsi;
	}
	if (chosen == UINT32_MAX) {
		choose_second(bench);
		return;
	}
	bench->line.gsi = chosen;
	bench->line.polarity = bench->lab->irqc->ops->polarity(bench->lab->irqc, chosen);
	bench->line.known = true;
}

/* Who could hold a line that is asserted without us: Interrupt Status 1 and DisINTx 0. */
static void name_holders(struct bench *bench)
{
	struct pci_tree *tree = bench->lab->tree;

	for (unsigned i = 0; i < tree->count; i++) {
		const struct pci_fn *fn = &tree->fn[i];
		char text[SBDF_TEXT];
		uint16_t command, status;

		if (fn == bench->lab->fn)
			continue;
		command = pci_cfg_read16(fn, PCI_COMMAND);
		status = pci_cfg_read16(fn, PCI_STATUS);
		if (command == UINT16_MAX || !(status & PCI_STATUS_INTERRUPT) ||
		    (command & PCI_COMMAND_INTX_DISABLE))
			continue;
		sbdf_format(fn->addr, text);
		stream_line(&bench->lab->out, "# hw line_held sbdf=%s command=%04x status=%04x",
			    text, command, status);
	}
}

static void list_inputs(const struct bench *bench, const struct bench_inputs *list, char *text,
			size_t size)
{
	size_t n = 0;

	text[0] = 0;
	for (unsigned i = 0; i < bench_kept(list); i++) {
		if (!bench->line.known || list->gsi[i] != bench->line.gsi)
			n += fmt_text(text + n, size - n, "%s%u", n ? "," : "", list->gsi[i]);
	}
}

void bench_list_irqs(uint32_t irqs, char *text, size_t size)
{
	size_t n = 0;

	text[0] = 0;
	for (unsigned irq = 0; irq < 32; irq++) {
		if (irqs >> irq & 1)
			n += fmt_text(text + n, size - n, "%s%u", n ? "," : "", irq);
	}
}

/* " key="10,11"", or nothing for an empty list. */
static void add_list(char *text, size_t size, const char *key, const char *list)
{
	size_t n = text_length(text);

	if (list[0])
		fmt_text(text + n, size - n, " %s=%q", key, list);
}

static void describe(struct bench *bench)
{
	char also[64], stuck[64], list[96], more[300] = "";

	list_inputs(bench, &bench->answer, also, sizeof(also));
	list_inputs(bench, &bench->stuck, stuck, sizeof(stuck));
	bench_list_irqs(bench->irqs, list, sizeof(list));
	add_list(more, sizeof(more), "irqs", list);
	list_inputs(bench, &bench->moved, list, sizeof(list));
	add_list(more, sizeof(more), "rerouted", list);
	bench_list_irqs(bench->moved_irqs, list, sizeof(list));
	add_list(more, sizeof(more), "rerouted_irqs", list);
	list_inputs(bench, &bench->pulse, list, sizeof(list));
	add_list(more, sizeof(more), "pulses", list);
	add_list(more, sizeof(more), "shown", bench->unmask_first ? "unmask-first" : "");
	if (bench->at_second) {
		stream_line(&bench->lab->out,
			    "# hw line gsi=NONE irq=%u controller=8259 trigger=level vector=%02x "
			    "stuck=%q looked_at=%u interrupt_line=%02x prt=not-evaluated%s",
			    bench->line.gsi, LINE_VECTOR, stuck, bench->looked_at,
			    bench->lab->fn->line, more);
		return;
	}
	if (!bench->line.known) {
		stream_line(&bench->lab->out,
			    "# hw line gsi=UNKNOWN looked_at=%u stuck=%q interrupt_line=%02x "
			    "prt=not-evaluated%s",
			    bench->looked_at, stuck, bench->lab->fn->line, more);
		return;
	}
	stream_line(&bench->lab->out,
		    "# hw line gsi=%u polarity=%s trigger=level vector=%02x also=%q stuck=%q "
		    "looked_at=%u interrupt_line=%02x prt=not-evaluated%s",
		    bench->line.gsi, bench->line.polarity == IRQC_ACTIVE_LOW ? "low" : "high",
		    LINE_VECTOR, also, stuck, bench->looked_at, bench->lab->fn->line, more);
}

static void note_accepted(const struct inputs *in, struct bench_inputs *ret)
{
	for (unsigned i = 0; i < in->count; i++) {
		if (in->idle[i] == LINE_DEASSERTED && inputs_accepted(in, i))
			note(ret, in->gsi[i]);
	}
}

/*
 * The function rises with every idle entry unmasked, and is acknowledged. held: those that were
 * accepted once more behind an EOI, the function still asserting, as a level is and a pulse is not.
 */
static enum err rise_unmasked(struct bench *bench, struct inputs *in, struct bench_inputs *rose,
			      struct bench_inputs *held)
{
	enum err err;

	inputs_open_idle(in);
	err = source_raise(&bench->own);
	if (!err) {
		inputs_wait(in);
		note_accepted(in, rose);
		inputs_end_service(in);
		note_accepted(in, held);
	}
	inputs_shut_idle(in);
	return err ? err : source_ack(&bench->own);
}

static bool is_in(const struct bench_inputs *list, uint32_t gsi)
{
	for (unsigned i = 0; i < bench_kept(list); i++) {
		if (list->gsi[i] == gsi)
			return true;
	}
	return false;
}

/*
 * What follows only so: a controller that does not sample a level at the unmask. To rise twice an
 * input must have fallen once. It is a level if it held behind an EOI, or if the second controller
 * sees it as one; else it is a pulse, and that is no line.
 */
static enum err look_unmasked(struct bench *bench, struct inputs *in)
{
	struct bench_inputs once = { 0 }, again = { 0 }, held = { 0 };
	enum err err = rise_unmasked(bench, in, &once, &held);

	held.count = 0;
	if (!err && once.count)
		err = rise_unmasked(bench, in, &again, &held);
	for (unsigned i = 0; i < bench_kept(&again); i++) {
		uint32_t gsi = again.gsi[i];

		if (is_in(&once, gsi))
			note(bench->irqs || is_in(&held, gsi) ? &bench->answer : &bench->pulse,
			     gsi);
	}
	bench->unmask_first = bench->answer.count;
	if (!bench->unmask_first)
		return err;
	bench->falls = bench->answer.count == once.count;
	/* nor will any look show it */
	bench->lab->irqc->caps &= ~(unsigned)IRQC_SEES_LINE;
	return err;
}

static enum err look_at_all(struct bench *bench, struct inputs *in)
{
	enum err err = source_raise(&bench->own);

	if (err)
		return err;
	look_asserted(bench, in);
	part_rerouted(bench, in);
	err = source_ack(&bench->own);
	if (err)
		return err;
	bench->falls = all_fell(bench, in);
	return OK;
}

static enum err probe_lines(struct bench *bench)
{
	struct inputs in;
	enum err err = look_idle(bench, &in), end;

	if (!err)
		err = watch_irqs(bench, &in);
	if (!err)
		err = look_at_all(bench, &in);
	if (!err && !bench->answer.count && bench->lab->irqc->caps & IRQC_HAS_RTE)
		err = look_unmasked(bench, &in);
	end = inputs_end(&in);
	if (err || end)
		return err ? err : end;
	choose(bench);
	if (bench->at_second) /* from here on it is an owner's: masked, and level */
		return bench->line.irqc->ops->route(bench->line.irqc, bench->line.gsi, LINE_VECTOR,
						    bench->line.polarity);
	return bench->line.known ? OK : ERR_NO_ROUTE;
}

void bench_probe(struct bench *bench)
{
	struct irqc_about about;

	if (bench->probed)
		return;
	bench->probed = true;
	bench->lab->irqc->ops->about(bench->lab->irqc, &about);
	stream_line(&bench->lab->out, "# hw irqc name=%s mode=%s id=%x", about.name, about.mode,
		    about.id);
	bench->lab->hw->ops->irq_switch(bench->lab->hw, false);
	bench->route_err = source_arm(&bench->own);
	if (!bench->route_err)
		bench->route_err = probe_lines(bench);
	source_disarm(&bench->own);
	if (bench->stuck.count || bench->route_err == ERR_NO_ROUTE)
		name_holders(bench);
	describe(bench);
}

/* The neighbour asserts: does the line that was found follow? */
void bench_probe_neighbour(struct bench *bench)
{
	struct lab *lab = bench->lab;
	enum err err;

	if (bench->other.prepared || !lab->neighbour || !bench->line.known)
		return;
	lab->hw->ops->irq_switch(lab->hw, false);
	source_prepare(&bench->other, lab, lab->neighbour);
	if (!bench->other.ready)
		return;
	err = source_arm(&bench->other);
	bench->same_line = !err && line_level(&bench->line) == LINE_DEASSERTED;
	if (!err)
		err = source_raise(&bench->other);
	bench->same_line &= !err && line_level(&bench->line) == LINE_ASSERTED;
	if (source_ack(&bench->other))
		bench->same_line = false;
	source_disarm(&bench->other);
	if (!bench->unmask_first)
		stream_line(&lab->out, "# hw neighbour same_line=%u", bench->same_line);
}
