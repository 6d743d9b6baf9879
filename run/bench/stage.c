/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns what a check of one line finds and must leave. What is done in between is the check's.
 */
#include "run/bench/stage.h"

static uint32_t read_register(struct stage *s, unsigned i)
{
	return source_read_register(s->line->hw, &s->reg[i]);
}

static void put_back(struct stage *s)
{
	source_known_command(s->source);
	source_disarm(s->source);
	for (unsigned i = 0; i < s->reg_count; i++) {
		if (!s->reg[i].is_enable)
			continue;
		source_write_register(s->line->hw, &s->reg[i], s->reg_found[i]);
		stage_verify(s, s->reg[i].name, read_register(s, i), s->reg_found[i]);
	}
	pci_cfg_write16(s->fn, PCI_COMMAND, s->command);
	stage_verify(s, "Command", pci_cfg_read16(s->fn, PCI_COMMAND), s->command);
}

static bool open_source(struct stage *s, struct ctx *c, struct source *source)
{
	s->c = c;
	s->source = source;
	s->line = &c->lab->bench->line;
	s->fn = source->fn;
	s->command = pci_cfg_read16(s->fn, PCI_COMMAND);
	/* the device's registers are there only with decode on */
	source_known_command(s->source);
	s->reg_count = source_list_registers(s->source, s->reg);
	for (unsigned i = 0; i < s->reg_count; i++)
		s->reg_found[i] = read_register(s, i);
	if (expect_ok(c, source_start(s->source), "the source is armed"))
		return true;
	put_back(s);
	return false;
}

bool stage_open(struct stage *s, struct ctx *c)
{
	return open_source(s, c, &c->lab->bench->own);
}

/* As the runner does it for the function: what was made of all-ones is no verdict on hardware. */
static bool neighbour_is_gone(struct ctx *c)
{
	if (!pci_fn_is_gone(c->lab->neighbour))
		return false;
	c->verdict = VERDICT_NONE;
	check_error(c, "gone: the neighbour reads all-ones");
	return true;
}

bool stage_open_neighbour(struct stage *s, struct ctx *c)
{
	if (neighbour_is_gone(c))
		return false;
	if (open_source(s, c, &c->lab->bench->other))
		return true;
	(void)neighbour_is_gone(c);
	return false;
}

static void put_to_rest(struct stage *s)
{
	if (source_ack(s->source))
		check_error(s->c, "the source could not be put to rest");
}

void stage_close_neighbour(struct stage *s)
{
	if (!neighbour_is_gone(s->c))
		put_to_rest(s);
	line_unshare(s->line);
	if (!neighbour_is_gone(s->c))
		put_back(s);
}

void stage_close(struct stage *s)
{
	put_to_rest(s);
	line_free(s->line);
	put_back(s);
}

void stage_abandon(struct stage *s)
{
	line_free(s->line);
}

void stage_verify(struct stage *s, const char *what, uint64_t now, uint64_t found)
{
	if (now != found)
		check_error(s->c, "%s was left %lx, found %lx", what, now, found);
}

bool stage_request(struct stage *s, line_handler_fn *handler, void *arg)
{
	return expect_ok(s->c, line_request(s->line, handler, arg), "the line is requested");
}

void stage_ack(struct stage *s)
{
	expect_ok(s->c, source_ack(s->source), "the device is acknowledged");
}

bool stage_is_accepted(struct stage *s)
{
	struct hw *hw = s->line->hw;
	struct hw_timer timer = hw_timer_us(hw, BENCH_DELIVERY_US);
	bool seen;

	do {
		hw->ops->relax(hw);
		seen = s->line->irqc->ops->pending(s->line->irqc, LINE_VECTOR);
	} while (!seen && !hw_expired(hw, &timer));
	return seen;
}

void stage_accepted(struct stage *s)
{
	expect_eq(s->c, stage_is_accepted(s), 1, "IRR of the vector within 1 ms, interrupts off");
}

void stage_expect_count(struct stage *s, unsigned count, const char *what)
{
	/* the count says more than the error: too few, too many, or a storm */
	if (line_wait(s->line, count, BENCH_DELIVERY_US) != ERR_STORM)
		quiet_window(s->c);
	expect_eq(s->c, s->line->count, count, what);
}

bool stage_remote_irr(struct stage *s)
{
	return s->line->irqc->ops->remote_irr(s->line->irqc, s->line->gsi);
}

void stage_revive(struct stage *s)
{
	if (!source_revive(s->source))
		return;
	check_error(s->c, "the device does not come back from the reset");
	source_lose(s->source, s->c->id);
}

/* From Command 0 and a reset of the device on, as a driver that has never seen it. */
static bool delivers(struct stage *s)
{
	unsigned before = s->line->count;

	pci_cfg_write16(s->fn, PCI_COMMAND, 0);
	source_known_command(s->source);
	source_disarm(s->source);
	if (source_revive(s->source) || source_arm(s->source) || source_raise(s->source))
		return false;
	(void)!line_wait(s->line, before + 1, BENCH_DELIVERY_US);
	return s->line->count > before;
}

static bool expect_event(struct stage *s)
{
	struct ctx *c = s->c;
	unsigned before;

	/* Command is as it was saved, with DisINTx set */
	if (!expect_ok(c, source_revive(s->source), "the device comes back from the reset") ||
	    !expect_ok(c, source_arm(s->source), "the source is armed behind the reset"))
		return false;
	line_unmask(s->line);
	before = s->line->count;
	if (!raise_event(c))
		return false;
	stage_expect_count(s, before + 1, "deliveries of an event behind the reset");
	return true;
}

void stage_prove_alive(struct stage *s, bool was_alive)
{
	unsigned before = s->line->count;

	if (!expect_event(s) ||
	    (was_alive && s->line->count == before && !delivers(s) && !delivers(s)))
		source_lose(s->source, s->c->id);
}
