/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns line discovery: which of the controller's pins follow the device. Evidence only: a pin that
 * is asserted while the device is and deasserted while it is not. Firmware's word is reported
 * beside it.
 */
#include "run/bench/bench.h"

#define PROBE_LINES 2048 /* pins looked at: 64 I/O APICs of 32 inputs */

struct probe {
	struct bench *bench;
	unsigned count;
	uint32_t gsi[PROBE_LINES];
	bool idle[PROBE_LINES]; /* deasserted while the device was idle */
};

static enum irqc_line look(struct probe *probe, uint32_t gsi)
{
	return irqc_line(probe->bench->lab->irqc, gsi);
}

static void note(uint32_t *list, unsigned *count, uint32_t gsi)
{
	if (*count < BENCH_ANSWERS)
		list[*count] = gsi;
	(*count)++;
}

/* Every pin that may carry PCI, routed and masked, looked at once while nothing asserts. */
static enum err look_idle(struct probe *probe)
{
	struct bench *bench = probe->bench;
	struct irqc *irqc = bench->lab->irqc;
	const struct irqc_ops *ops = irqc->ops;

	for (uint32_t gsi = ops->next_line(irqc, 0);
	     gsi != UINT32_MAX && probe->count < PROBE_LINES; gsi = ops->next_line(irqc, gsi + 1)) {
		enum irqc_line seen;
		enum err err;

		if (!ops->may_be_pci(irqc, gsi))
			continue;
		err = ops->route(irqc, gsi, LINE_VECTOR, ops->polarity(irqc, gsi));
		if (err)
			return err;
		seen = look(probe, gsi);
		probe->idle[probe->count] = seen == LINE_DEASSERTED;
		if (seen == LINE_ASSERTED)
			note(bench->stuck, &bench->stuck_count, gsi);
		probe->gsi[probe->count++] = gsi;
	}
	return OK;
}

static void look_asserted(struct probe *probe)
{
	for (unsigned i = 0; i < probe->count; i++) {
		if (probe->idle[i] && look(probe, probe->gsi[i]) == LINE_ASSERTED)
			note(probe->bench->answer, &probe->bench->answer_count, probe->gsi[i]);
	}
}

static bool all_fell(struct probe *probe)
{
	struct bench *bench = probe->bench;

	for (unsigned i = 0; i < bench->answer_count && i < BENCH_ANSWERS; i++) {
		if (look(probe, bench->answer[i]) != LINE_DEASSERTED)
			return false;
	}
	return true;
}

/*
 * On a PC whose chipset also drives an ISA interrupt from the PIRQ, two pins follow: the PCI one is
 * the one from 16 up (ICH9 datasheet, PIRQ routing); with several there, the lowest.
 */
static void choose(struct bench *bench)
{
	uint32_t chosen = UINT32_MAX;

	for (unsigned i = 0; i < bench->answer_count && i < BENCH_ANSWERS; i++) {
		if (chosen == UINT32_MAX || (chosen < 16 && bench->answer[i] >= 16))
			chosen = bench->answer[i];
	}
	if (chosen == UINT32_MAX)
		return;
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

static void describe(struct bench *bench)
{
	char also[64] = "", stuck[64] = "";
	size_t n = 0;

	for (unsigned i = 0; i < bench->answer_count && i < BENCH_ANSWERS; i++) {
		if (!bench->line.known || bench->answer[i] != bench->line.gsi)
			n += fmt_text(also + n, sizeof(also) - n, "%s%u", n ? "," : "",
				      bench->answer[i]);
	}
	n = 0;
	for (unsigned i = 0; i < bench->stuck_count && i < BENCH_ANSWERS; i++)
		n += fmt_text(stuck + n, sizeof(stuck) - n, "%s%u", n ? "," : "", bench->stuck[i]);
	if (!bench->line.known) {
		stream_line(&bench->lab->out,
			    "# hw line gsi=UNKNOWN looked_at=%u stuck=%q interrupt_line=%02x "
			    "prt=not-evaluated",
			    bench->looked_at, stuck, bench->lab->fn->line);
		return;
	}
	stream_line(&bench->lab->out,
		    "# hw line gsi=%u polarity=%s trigger=level vector=%02x also=%q stuck=%q "
		    "looked_at=%u interrupt_line=%02x prt=not-evaluated",
		    bench->line.gsi, bench->line.polarity == IRQC_ACTIVE_LOW ? "low" : "high",
		    LINE_VECTOR, also, stuck, bench->looked_at, bench->lab->fn->line);
}

static enum err probe_lines(struct probe *probe)
{
	struct bench *bench = probe->bench;
	enum err err = look_idle(probe);

	bench->looked_at = probe->count;
	if (err)
		return err;
	err = source_raise(&bench->own);
	if (err)
		return err;
	look_asserted(probe);
	err = source_ack(&bench->own);
	if (err)
		return err;
	bench->falls = all_fell(probe);
	choose(bench);
	return bench->line.known ? OK : ERR_NO_ROUTE;
}

void bench_probe(struct bench *bench)
{
	struct probe probe = { .bench = bench };
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
		bench->route_err = probe_lines(&probe);
	source_disarm(&bench->own);
	if (bench->stuck_count || bench->route_err == ERR_NO_ROUTE)
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
	stream_line(&lab->out, "# hw neighbour same_line=%u", bench->same_line);
}
