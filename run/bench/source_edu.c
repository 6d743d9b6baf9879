/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* Owns QEMU's edu as an interrupt source: two registers, no drive, no DMA, no enable of its own. */
#include "drivers/edu.h"
#include "run/bench/source.h"

_Static_assert(sizeof(struct edu) <= SOURCE_STATE, "an edu has its room");

static struct edu *own(struct source *s)
{
	return (void *)s->state;
}

static const struct edu *own_const(const struct source *s)
{
	return (const void *)s->state;
}

static bool matches(const struct pci_fn *fn)
{
	return fn->vendor == EDU_VENDOR && fn->device == EDU_DEVICE;
}

static void meet(struct source *s)
{
	s->init_err = edu_init(own(s), s->fn);
	s->usable = s->ready = !s->init_err;
	if (s->usable)
		stream_line(&s->lab->out, "# hw edu base=%lx id=%08x", own(s)->base, own(s)->id);
}

static enum err rest(struct source *s)
{
	(void)edu_ack(own(s));
	return edu_read(own(s), EDU_IRQ_STATUS) ? ERR_TIMEOUT : OK;
}

static void begin(struct source *s)
{
	edu_raise(own(s));
}

static enum err finish(struct source *s)
{
	/* its status may be clear again by now: a handler is quick */
	return edu_read(own(s), EDU_ID) == own(s)->id ? OK : ERR_GONE;
}

static void clear(struct source *s)
{
	(void)edu_ack(own(s));
}

static bool handle(struct source *s)
{
	return edu_ack(own(s));
}

static bool pending(struct source *s)
{
	return edu_read(own(s), EDU_IRQ_STATUS);
}

static enum err restore(struct source *s)
{
	return s->usable ? rest(s) : OK;
}

/* The interrupt is never enabled and never disabled: it can only be acknowledged. */
static void disarm(struct source *s)
{
	(void)edu_ack(own(s));
}

static uint32_t identity(const struct source *s, uint32_t *ret_known)
{
	*ret_known = own_const(s)->id;
	return edu_read(own_const(s), EDU_ID);
}

static unsigned registers(const struct source *s, struct source_register *ret)
{
	ret[0] = (struct source_register){ .name = "interrupt status",
					   .key = "irq_status",
					   .at = own_const(s)->base + EDU_IRQ_STATUS };
	return 1;
}

const struct source_kind source_kind_edu = {
	.name = "edu",
	.unreachable = "the device's registers do not answer as they must",
	.matches = matches,
	.meet = meet,
	.start = rest,
	.begin = begin,
	.finish = finish,
	.clear = clear,
	.handle = handle,
	.pending = pending,
	.ack = rest,
	.rest = rest,
	.disarm = disarm,
	.restore = restore,
	.identity = identity,
	.registers = registers,
};
