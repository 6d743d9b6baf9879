/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns what happens around a step: the record of the seam cleared, the action, the observation, the
 * comparison. What a step does is in acts.c, what it must look like in steps.c.
 */
#include "run/sequences/sequence.h"

#include "pci/mem.h"
#include "run/bench/events.h"
#include "run/sequences/step_lines.h"
#include "run/sequences/witness.h"

static void observe(struct play *play, struct step_seen *seen)
{
	struct bench *bench = play->bench;
	struct lab *lab = bench->lab;

	step_list_accesses(&lab->trace, seen);
	hw_trace_observe(&lab->trace, true);
	seen->command = pci_cfg_read16(lab->fn, PCI_COMMAND);
	seen->status = pci_cfg_read16(lab->fn, PCI_STATUS);
	if (bench->own.msi_cap)
		seen->msi_control = pci_cfg_read16(lab->fn, bench->own.msi_cap + PCI_MSI_FLAGS);
	seen->line = line_level(&bench->line);
	seen->irq_count = bench->line.requested ? (int)bench->line.count : STEP_NO_IRQ;
	hw_trace_observe(&lab->trace, false);
}

/*
 * A literal of the table, on this function: decode as far as its BARs need it, the other bits as
 * they were.
 */
static uint16_t literal(const struct play *play, uint16_t command)
{
	const uint16_t decode = PCI_COMMAND_IO | PCI_COMMAND_MEMORY;

	return (command & (uint16_t)~decode) | (command & decode & play->bench->own.decode) |
	       play->command_base;
}

static size_t put_write(const struct play *play, const struct step_write *w, char *buf, size_t size)
{
	switch (w->kind) {
	case STEP_W_NONE:
		break;
	case STEP_W:
		return fmt_text(buf, size, "W=%04x", literal(play, w->value));
	case STEP_W_EXACT:
		return fmt_text(buf, size, "W=%04x", w->value);
	case STEP_W32:
		return fmt_text(buf, size, "W32=%04x%04x", play->status_saved,
				literal(play, w->value));
	case STEP_MSICTL:
		return fmt_text(buf, size, "MSIctl=%04x",
				(play->bench->own.msi_found &
				 (uint16_t) ~(PCI_MSI_FLAGS_QSIZE | PCI_MSI_FLAGS_ENABLE)) |
					w->value);
	}
	return 0;
}

static void expected_writes(const struct play *play, const struct step_expect *expect, char *buf,
			    size_t size)
{
	size_t n = 0;

	buf[0] = 0;
	for (unsigned i = 0; i < STEP_WRITES && expect->writes[i].kind != STEP_W_NONE; i++) {
		n += fmt_text(buf + n, size - n, "%s", n ? " " : "");
		n += put_write(play, &expect->writes[i], buf + n, size - n);
	}
}

static void make_want(const struct play *play, const struct step_expect *expect,
		      struct step_want *want)
{
	*want = (struct step_want){
		.expect = expect,
		.command = literal(play, expect->command),
		.line_judged = play->bench->line.known,
		.level_judged = play->bench->line.known && !play->bench->unmask_first,
	};
	expected_writes(play, expect, want->writes, sizeof(want->writes));
	if (expect->irq_count == STEP_SOME)
		fmt_text(want->irq_count, sizeof(want->irq_count), "%d+", expect->irq_least);
	else if (expect->irq_count == STEP_NO_IRQ)
		fmt_text(want->irq_count, sizeof(want->irq_count), "-");
	else
		fmt_text(want->irq_count, sizeof(want->irq_count), "%d", expect->irq_count);
}

static void judge_count(struct ctx *c, const struct step_want *want, const struct step_seen *seen)
{
	const struct step_expect *expect = want->expect;
	char text[12] = "-";
	bool good = expect->irq_count == STEP_SOME ? seen->irq_count >= expect->irq_least
						   : seen->irq_count == expect->irq_count;

	if (seen->irq_count >= 0)
		fmt_text(text, sizeof(text), "%d", seen->irq_count);
	expect_that(c, good, "interrupt count", want->irq_count, text);
}

static void judge(struct ctx *c, const struct step_want *want, const struct step_seen *seen)
{
	const struct step_expect *expect = want->expect;

	expect_hex(c, seen->command, want->command, 4, "Command");
	if (!expect->any_status)
		expect_eq(c, !!(seen->status & PCI_STATUS_INTERRUPT), expect->intx_status,
			  "Interrupt Status");
	expect_eq(c, seen->msi_control & PCI_MSI_FLAGS_ENABLE, expect->msi_enable, "MSI Enable");
	expect_eq(c, seen->eventfd, expect->eventfd, "notifications");
	if (hw_trace_overflowed(&c->lab->trace))
		check_error(c, "more accesses than the record holds");
	else
		expect_that(c, text_equal(seen->writes, want->writes), "writes", want->writes,
			    seen->writes);
	if (!want->line_judged)
		return;
	judge_count(c, want, seen);
	if (!want->level_judged)
		return;
	if (seen->line == LINE_UNKNOWN)
		expect_known_line(c);
	else
		expect_that(c, seen->line == expect->line, "line", irqc_line_name(expect->line),
			    irqc_line_name(seen->line));
}

/* What the device or the line did to an action is a FAIL; what kept us from trying is an ERROR. */
static void judge_action(struct ctx *c, struct play *play, const struct step_want *want,
			 const char *step, enum err err)
{
	enum err expected = want->expect->result;

	if (err == expected) {
		play->refused = err == ERR_BUSY;
		return;
	}
	play_break(play, c->id, err ? err : expected);
	/* ERR_BUSY: the model's list refused a bind that it should have let through, or let one
	 * through. */
	if (!err || err == ERR_BUSY || err == ERR_TIMEOUT || err == ERR_IO || err == ERR_STORM ||
	    err == ERR_MISMATCH)
		check_fail(c, step, err_name(expected), err_name(err));
	else
		check_error(c, "%s: %s", step, err_name(err));
}

void play_break(struct play *play, const char *check, enum err err)
{
	play->broken = true;
	play->broken_err = err;
	fmt_text(play->broken_at, sizeof(play->broken_at), "%s", check);
}

/* For the comparison of policies: what a kernel developer asks about first. */
static void summarise(struct play *play, const char *step, const struct step_seen *seen,
		      enum err err)
{
	struct play_summary *summary = &play->summary;

	summary->steps++;
	summary->reads += seen->read_count;
	summary->writes += seen->write_count;
	if (text_equal(step, "ahci_unbind")) {
		summary->released = true;
		summary->command_after_release = seen->command;
		fmt_text(summary->detach, sizeof(summary->detach), "%s", seen->writes);
	} else if (text_equal(step, "vfio_bind")) {
		summary->probed = true;
		summary->next_probe = err;
	}
}

static void run_step(struct ctx *c, const struct sequence_step *row)
{
	struct play *play = c->lab->play;
	const char *name = row->step.name;
	struct hw *hw = c->lab->hw;
	struct step_seen seen = { .line = LINE_UNKNOWN };
	struct step_setting setting = {
		.policy = play->policy->name,
		.msi = play->dev.msi_cap,
		.at_controller = play->at_controller,
	};
	struct step_want want;
	unsigned notified = play->vfio.notified;
	struct hw_timer timer;
	enum err err;

	play->seq++;
	play->tracker.where = c->check->id;
	witness_mark(c->lab, play->seq, true);
	hw_trace_clear(&c->lab->trace);
	line_rearm(&play->bench->line);
	timer = hw_timer_us(hw, 0);
	err = row->step.act(play);
	seen.us = hw_elapsed_us(hw, &timer);
	seen.eventfd = play->vfio.notified - notified;
	observe(play, &seen);
	witness_mark(c->lab, play->seq, false);
	make_want(play, step_expectation(row, &setting), &want);
	step_tell_seen(play, row, &seen, err);
	step_tell_want(play, row, &want);
	summarise(play, name, &seen, err);
	if (seen.command == UINT16_MAX) {
		play_break(play, c->id, ERR_GONE);
		check_error(c, "gone: Command reads all-ones");
		return;
	}
	judge_action(c, play, &want, name, err);
	judge(c, &want, &seen);
}

/*
 * Why no step can be tried with MSI, or NULL. MSI turns DisINTx on and off around itself; a device
 * without it makes other writes of that.
 */
static const char *no_msi(const struct play *play)
{
	const struct bench *bench = play->bench;

	if (!play->dev.msi_cap)
		return NULL;
	if (!bench->lab->irqc)
		return "no interrupt controller was found: an MSI has nowhere to go";
	if (bench->lacks_disintx)
		return "lacks DisINTx: no kernel was recorded with MSI on such a function";
	return NULL;
}

void step_body(struct ctx *c)
{
	struct play *play = c->lab->play;

	if (play->begun && no_msi(play))
		check_skip(c, "%s", no_msi(play));
	else if (!play->begun)
		check_error(c, "the sequence could not begin");
	else if (play->broken)
		check_error(c, "not tried: %s ended with %s", play->broken_at,
			    err_name(play->broken_err));
	else if (play->refused)
		check_skip(c, "not reached: the bind was refused, as under this rule it must be");
	else
		run_step(c, c->check->data);
}

void play_init(struct play *play, struct bench *bench)
{
	/* a step's number is one of the whole run, whatever the function */
	unsigned seq = bench->lab->target_index ? play->seq : 0;

	memset(play, 0, sizeof(*play));
	play->seq = seq;
	play->bench = bench;
	bench->lab->play = play;
}

void play_begin_policy(struct lab *lab)
{
	struct play *play = lab->play;

	memset(&play->policy, 0, sizeof(*play) - offsetof(struct play, policy));
	play->policy = lab->policy;
	bench_init_tracker(play->bench, &play->tracker);
}

void sequence_begin_first(struct lab *lab)
{
	struct bench *bench = lab->bench;
	struct play *play = lab->play;
	const char *why;
	bool is_error;

	if (lab->gone[0])
		return;
	play_finish(play);
	play->broken = play->refused = false;
	memset(&play->vfio, 0, sizeof(play->vfio));
	/* The line decides which columns are judged: known or not, before the first step. */
	if (bench_unmet(bench, NEED_ROUTE, &why, &is_error) && !bench->own.usable)
		return;
	play->at_controller = bench_masks_at_controller(bench, play->policy);
	source_known_command(&bench->own);
	if (source_rest(&bench->own)) {
		play_break(play, lab->running[0] ? lab->running : "the one before", ERR_TIMEOUT);
		return;
	}
	pci_dev_init(&play->dev, lab->fn, play->policy, &play->tracker, bench->own.decode);
	/* where the platform does no MSI, Linux's ahci uses INTx although it has the capability */
	if (lab->opt.msi && !lab->no_msi[0])
		play->dev.msi_cap = bench->own.msi_cap;
	play->command_base = pci_cfg_read16(lab->fn, PCI_COMMAND) & (uint16_t)~COMMAND_JUDGED;
	play->begun = true;
}
