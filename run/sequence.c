/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns what happens around a step: the record of the seam cleared, the action, the observation, the
 * comparison. What a step does is in acts.c, what it must look like in steps.c.
 */
#include "run/bench.h"

#include "pci/mem.h"
#include "run/witness.h"

struct seen {
	uint16_t command, status, msi_control;
	enum irqc_line line;
	int irq_count;
	unsigned eventfd;
	char writes[256], reads[256];
	uint64_t us;
};

static void put_entry(char *buf, size_t size, const struct hw_trace_entry *e)
{
	size_t n = 0;

	while (buf[n])
		n++;
	if (n)
		n += fmt_text(buf + n, size - n, " ");
	if (e->what == HW_TRACE_WRITE_MSI) {
		fmt_text(buf + n, size - n, "MSIctl=%04x", e->value);
		return;
	}
	n += fmt_text(buf + n, size - n, "%c", e->what == HW_TRACE_READ_COMMAND ? 'R' : 'W');
	if (e->width != 2)
		n += fmt_text(buf + n, size - n, "%u", e->width * 8u);
	if (e->offset != PCI_COMMAND)
		n += fmt_text(buf + n, size - n, "+%u", e->offset - PCI_COMMAND);
	if (e->width == 2)
		fmt_text(buf + n, size - n, "=%04x", e->value);
	else if (e->width == 1)
		fmt_text(buf + n, size - n, "=%02x", e->value);
	else
		fmt_text(buf + n, size - n, "=%08x", e->value);
}

static void list_accesses(const struct hw_trace *trace, struct seen *seen)
{
	for (unsigned i = 0; i < trace->count && i < HW_TRACE_DEPTH; i++) {
		const struct hw_trace_entry *e = &trace->entry[i];

		if (e->what == HW_TRACE_READ_COMMAND)
			put_entry(seen->reads, sizeof(seen->reads), e);
		else
			put_entry(seen->writes, sizeof(seen->writes), e);
	}
}

static void observe(struct play *play, struct seen *seen)
{
	struct bench *bench = play->bench;
	struct lab *lab = bench->lab;

	list_accesses(&lab->trace, seen);
	hw_trace_observe(&lab->trace, true);
	seen->command = pci_cfg_read16(lab->fn, PCI_COMMAND);
	seen->status = pci_cfg_read16(lab->fn, PCI_STATUS);
	if (bench->msi_cap)
		seen->msi_control = pci_cfg_read16(lab->fn, bench->msi_cap + PCI_MSI_FLAGS);
	seen->line = line_level(&bench->line);
	seen->irq_count = bench->line.requested ? (int)bench->line.count : STEP_NO_IRQ;
	hw_trace_observe(&lab->trace, false);
}

static void print_seen(struct play *play, const char *sequence, const struct step *step,
		       const struct seen *seen)
{
	struct bench *bench = play->bench;
	char count[12] = "-", devres[160];

	if (seen->irq_count >= 0)
		fmt_text(count, sizeof(count), "%d", seen->irq_count);
	stream_line(
		&bench->lab->out,
		"# hw step seq=%u sequence=%s step=%s command=%04x status=%04x line=%s irq_count=%s "
		"msi_enable=%u reads=%q writes=%q us=%lu",
		play->seq, sequence, step->name, seen->command, seen->status,
		irqc_line_name(seen->line), count, seen->msi_control & PCI_MSI_FLAGS_ENABLE,
		seen->reads, seen->writes, seen->us);
	devres_names(&play->dev.devres, devres, sizeof(devres));
	stream_line(
		&bench->lab->out,
		"# model step seq=%u sequence=%s step=%s policy=%s owner=%s eventfd=%u is_managed=%u "
		"enable_cnt=%d devres=%q",
		play->seq, sequence, step->name, play->dev.policy->name,
		play->dev.driver ? play->dev.driver : "-", seen->eventfd, play->dev.is_managed,
		play->dev.enable_cnt, devres);
}

/*
 * A literal of the table, on this function: decode as far as its BARs need it, the other bits as
 * they were.
 */
static uint16_t literal(const struct play *play, uint16_t command)
{
	const uint16_t decode = PCI_COMMAND_IO | PCI_COMMAND_MEMORY;

	return (command & (uint16_t)~decode) | (command & decode & play->bench->decode) |
	       play->command_base;
}

static void expected_writes(const struct play *play, const struct step *step, char *buf,
			    size_t size)
{
	size_t n = 0;

	buf[0] = 0;
	for (unsigned i = 0; i < STEP_WRITES && step->writes[i].kind != STEP_W_NONE; i++) {
		const struct step_write *w = &step->writes[i];

		n += fmt_text(buf + n, size - n, "%s", n ? " " : "");
		switch (w->kind) {
		case STEP_W_EXACT:
			n += fmt_text(buf + n, size - n, "W=%04x", w->command);
			break;
		case STEP_W32:
			n += fmt_text(buf + n, size - n, "W32=%04x%04x", play->status_saved,
				      literal(play, w->command));
			break;
		default:
			n += fmt_text(buf + n, size - n, "W=%04x", literal(play, w->command));
			break;
		}
	}
}

struct want {
	uint16_t command;
	bool line_judged;
	char irq_count[24];
	char writes[96];
};

static void print_want(struct play *play, const char *sequence, const struct step *step,
		       struct want *want)
{
	char line[24] = "", count[40] = "";

	want->command = literal(play, step->command);
	want->line_judged = play->bench->line.known;
	expected_writes(play, step, want->writes, sizeof(want->writes));
	if (step->irq_count == STEP_SOME)
		fmt_text(want->irq_count, sizeof(want->irq_count), "%d+", step->irq_least);
	else if (step->irq_count == STEP_NO_IRQ)
		fmt_text(want->irq_count, sizeof(want->irq_count), "-");
	else
		fmt_text(want->irq_count, sizeof(want->irq_count), "%d", step->irq_count);
	if (want->line_judged) {
		fmt_text(line, sizeof(line), " line=%s", irqc_line_name(step->line));
		fmt_text(count, sizeof(count), " irq_count=%s", want->irq_count);
	}
	stream_line(
		&play->bench->lab->out,
		"# run expect seq=%u sequence=%s step=%s command=%04x intx_status=%u%s%s eventfd=%u "
		"writes=%q",
		play->seq, sequence, step->name, want->command, step->intx_status, line, count,
		step->eventfd, want->writes);
}

static void judge_count(struct ctx *c, const struct step *step, const struct want *want,
			const struct seen *seen)
{
	char text[12] = "-";
	bool good = step->irq_count == STEP_SOME ? seen->irq_count >= step->irq_least
						 : seen->irq_count == step->irq_count;

	if (seen->irq_count >= 0)
		fmt_text(text, sizeof(text), "%d", seen->irq_count);
	if (!good)
		check_fail(c, "interrupt count", want->irq_count, text);
}

static void judge(struct ctx *c, const struct step *step, const struct want *want,
		  const struct seen *seen)
{
	expect_hex(c, seen->command, want->command, 4, "Command");
	expect_eq(c, !!(seen->status & PCI_STATUS_INTERRUPT), step->intx_status,
		  "Interrupt Status");
	expect_eq(c, seen->eventfd, step->eventfd, "notifications");
	if (hw_trace_overflowed(&c->lab->trace))
		check_error(c, "more accesses than the record holds");
	else if (!text_equal(seen->writes, want->writes))
		check_fail(c, "writes", want->writes, seen->writes);
	if (!want->line_judged)
		return;
	judge_count(c, step, want, seen);
	if (seen->line == LINE_UNKNOWN)
		check_skip(c, "the controller cannot show the line");
	else if (seen->line != step->line)
		check_fail(c, "line", irqc_line_name(step->line), irqc_line_name(seen->line));
}

/* What the device or the line did to an action is a FAIL; what kept us from trying is an ERROR. */
static void judge_action(struct ctx *c, struct play *play, const struct step *step, enum err err)
{
	if (!err)
		return;
	play->broken = c->check->id;
	play->broken_err = err;
	if (err == ERR_TIMEOUT || err == ERR_IO || err == ERR_STORM || err == ERR_MISMATCH)
		check_fail(c, step->name, "done", err_name(err));
	else
		check_error(c, "%s: %s", step->name, err_name(err));
}

static unsigned notifications(const struct play *play)
{
	return play->vfio.notified;
}

static void run_step(struct ctx *c, const char *sequence, const struct step *step)
{
	struct play *play = &c->lab->bench->play;
	struct hw *hw = c->lab->hw;
	struct seen seen = { .line = LINE_UNKNOWN };
	struct want want;
	struct hw_timer timer;
	unsigned notified = notifications(play);
	enum err err;

	play->seq++;
	witness_mark(c->lab, play->seq, true);
	hw_trace_clear(&c->lab->trace);
	line_rearm(&play->bench->line);
	timer = hw_timer_us(hw, 0);
	err = step->act(play);
	seen.us = hw_elapsed_us(hw, &timer);
	seen.eventfd = notifications(play) - notified;
	observe(play, &seen);
	witness_mark(c->lab, play->seq, false);
	print_seen(play, sequence, step, &seen);
	print_want(play, sequence, step, &want);
	if (seen.command == UINT16_MAX) {
		play->broken = c->check->id;
		play->broken_err = ERR_GONE;
		check_error(c, "gone: Command reads all-ones");
		return;
	}
	judge_action(c, play, step, err);
	judge(c, step, &want, &seen);
}

void step_body(struct ctx *c)
{
	struct play *play = &c->lab->bench->play;
	const struct sequence_step *row = c->check->data;

	if (!play->begun)
		check_error(c, "the sequence could not begin");
	else if (play->broken)
		check_error(c, "not tried: %s ended with %s", play->broken,
			    err_name(play->broken_err));
	else
		run_step(c, row->sequence, &row->step);
}

void sequence_begin_first(struct lab *lab)
{
	struct bench *bench = lab->bench;
	struct play *play = &bench->play;
	const char *name = lab->opt.policy[0] ? lab->opt.policy : POLICY_DEFAULT;
	unsigned seq = play->seq;
	const char *why;
	bool is_error;

	play_finish(play);
	memset(play, 0, sizeof(*play));
	play->bench = bench;
	play->seq = seq;
	/* The line decides which columns are judged: known or not, before the first step. */
	if (bench_unmet(bench, NEED_ROUTE, &why, &is_error) && !bench->usable)
		return;
	bench_known_command(bench);
	pci_dev_init(&play->dev, lab->fn, policy_find(name), bench->decode);
	play->command_base = pci_cfg_read16(lab->fn, PCI_COMMAND) & (uint16_t)~STEP_COMMAND_MASK;
	play->begun = true;
}
