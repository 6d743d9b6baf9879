/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* Owns QEMU's edu as an interrupt source: two registers, no drive, no DMA, no enable of its own. */
#include "run/bench/source.h"

static bool matches(const struct pci_fn *fn)
{
	return fn->vendor == EDU_VENDOR && fn->device == EDU_DEVICE;
}

static void meet(struct source *s)
{
	s->init_err = edu_init(&s->edu, s->fn);
	s->usable = s->ready = !s->init_err;
	if (s->usable)
		stream_line(&s->lab->out, "# hw edu base=%lx id=%08x", s->edu.base, s->edu.id);
}

static enum err rest(struct source *s)
{
	(void)edu_ack(&s->edu);
	return edu_read(&s->edu, EDU_IRQ_STATUS) ? ERR_TIMEOUT : OK;
}

static enum err raise_event(struct source *s)
{
	edu_raise(&s->edu);
	/* its status may be clear again by now: a handler is quick */
	return edu_read(&s->edu, EDU_ID) == s->edu.id ? OK : ERR_GONE;
}

/* Nothing holds a raised interrupt back here: it is raised when it is let go. */
static enum err hold(struct source *s)
{
	(void)s;
	return OK;
}

static void let_go(struct source *s)
{
	edu_raise(&s->edu);
}

static void clear(struct source *s)
{
	(void)edu_ack(&s->edu);
}

static bool handle(struct source *s)
{
	return edu_ack(&s->edu);
}

static bool pending(struct source *s)
{
	return edu_read(&s->edu, EDU_IRQ_STATUS);
}

static enum err restore(struct source *s)
{
	return s->usable ? rest(s) : OK;
}

/* The interrupt is never enabled and never disabled: what is armed is what is pending. */
static void disarm(struct source *s)
{
	(void)edu_ack(&s->edu);
}

static uint32_t identity(const struct source *s, uint32_t *ret_known)
{
	*ret_known = s->edu.id;
	return edu_read(&s->edu, EDU_ID);
}

static unsigned registers(const struct source *s, struct source_register *ret)
{
	ret[0] = (struct source_register){ "interrupt status", "irq_status",
					   s->edu.base + EDU_IRQ_STATUS, false };
	return 1;
}

const struct source_kind source_edu = {
	.name = "edu",
	.matches = matches,
	.meet = meet,
	.start = rest,
	.raise = raise_event,
	.hold = hold,
	.let_go = let_go,
	.clear = clear,
	.handle = handle,
	.pending = pending,
	.ack = rest,
	.rest = rest,
	.disarm = disarm,
	.armed = pending,
	.revive = rest,
	.restore = restore,
	.identity = identity,
	.registers = registers,
};
