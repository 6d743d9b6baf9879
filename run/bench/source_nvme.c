/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns an NVMe controller as an interrupt source: admin queues of ours, whose completions interrupt
 * by vector 0. The event is an Identify Controller that completes; the acknowledge is the
 * completion queue's head doorbell; INTMS and INTMC are the device's own mask. Between checks the
 * controller is enabled or not, as the last one left it: an idle one does nothing.
 */
#include "drivers/nvme.h"
#include "run/bench/source.h"

struct source_nvme {
	struct nvme n;
	struct nvme_state found;
	bool saved;
	bool stale; /* disabled, and Interrupt Status was 1: look again once it is enabled */
};

_Static_assert(sizeof(struct source_nvme) <= SOURCE_STATE, "an NVMe source has its room");

static struct nvme *own(struct source *s)
{
	return &((struct source_nvme *)(void *)s->state)->n;
}

static const struct nvme *own_const(const struct source *s)
{
	return &((const struct source_nvme *)(const void *)s->state)->n;
}

static bool matches(const struct pci_fn *fn)
{
	return fn->class_revision >> 8 == PCI_CLASS_STORAGE_EXPRESS;
}

/* With MSI-X enabled INTMS and INTMC may not be touched: each vector has a mask in its table. */
static bool may_mask(const struct source *s)
{
	return !s->msix_cap ||
	       !(pci_cfg_read16(s->fn, s->msix_cap + PCI_MSIX_FLAGS) & PCI_MSIX_FLAGS_ENABLE);
}

static void put_mask(struct source *s, bool masked)
{
	if (may_mask(s))
		nvme_mask(own(s), masked);
}

static void mask(struct source *s)
{
	put_mask(s, true);
}

static void unmask(struct source *s)
{
	put_mask(s, false);
}

static void clear(struct source *s)
{
	(void)nvme_take(own(s));
}

static bool handle(struct source *s)
{
	return nvme_take(own(s));
}

static bool pending(struct source *s)
{
	return nvme_has_completion(own(s));
}

static enum err ack(struct source *s)
{
	clear(s);
	return OK;
}

static bool is_asserting(struct source *s)
{
	struct hw_trace *trace = &s->lab->trace;
	uint16_t status;

	hw_trace_observe(trace, true);
	status = pci_cfg_read16(s->fn, PCI_STATUS);
	hw_trace_observe(trace, false);
	return status != UINT16_MAX && status & PCI_STATUS_INTERRUPT;
}

/*
 * Nothing is to be taken, and Interrupt Status is 1: a reset in the middle of an event left it so.
 * That is a verdict of the check that did it; the next one gets a device that is at rest. A head
 * doorbell of an empty queue makes the controller look at its queue once more.
 */
static void look_again(struct source *s)
{
	struct source_nvme *own_state = (void *)s->state;

	own_state->stale = is_asserting(s);
	if (!own_state->stale || !own(s)->enabled)
		return;
	nvme_look_again(own(s));
	own_state->stale = false;
}

/* A completion that comes yet would be an event of nobody's. */
static void disarm(struct source *s)
{
	clear(s);
	look_again(s);
	mask(s);
}

static enum err rest(struct source *s)
{
	enum err err = nvme_disable(own(s));

	if (!err)
		mask(s); /* a reset may have cleared it */
	return err;
}

/* One command by polling, its interrupt masked: the bench must know before any line is known. */
static const char *try_it(struct source *s, enum err *ret_err)
{
	struct nvme *n = own(s);

	*ret_err = nvme_disable(n);
	if (*ret_err)
		return "the controller does not become idle: CSTS.RDY stays 1 (see hw nvme)";
	*ret_err = nvme_enable(n);
	if (*ret_err)
		return "the controller does not become ready within CAP.TO (see hw nvme)";
	mask(s);
	nvme_identify(n);
	*ret_err = nvme_wait(n, NVME_COMMAND_US);
	if (*ret_err == ERR_IO)
		return "the controller answers Identify with an error status (see hw nvme)";
	if (*ret_err)
		return "the controller does not answer Identify within 5 s (see hw nvme)";
	nvme_parse_identify(n);
	return NULL;
}

static void meet(struct source *s)
{
	struct source_nvme *own_state = (void *)s->state;
	struct nvme *n = own(s);
	const char *why;
	enum err err;

	s->init_err = nvme_init(n, s->fn);
	if (s->init_err)
		return;
	nvme_save(n, &own_state->found);
	own_state->saved = true;
	why = try_it(s, &err);
	stream_line(&s->lab->out,
		    "# hw nvme base=%lx version=%08x cap=%08x%08x cc=%08x csts=%08x status=%04x "
		    "model=%q error=%q",
		    n->base, n->version, n->cap_high, n->cap, nvme_read(n, NVME_CC),
		    nvme_read(n, NVME_CSTS), n->status, n->model, err_name(err));
	disarm(s);
	if (rest(s) && !why)
		why = "the controller does not become idle: CSTS.RDY stays 1 (see hw nvme)";
	s->usable = s->ready = !why;
	s->why = why;
}

static enum err start(struct source *s)
{
	struct source_nvme *own_state = (void *)s->state;
	enum err err = own(s)->enabled ? OK : nvme_enable(own(s));

	if (err)
		return err;
	clear(s);
	if (own_state->stale)
		nvme_look_again(own(s));
	own_state->stale = false;
	unmask(s);
	return OK;
}

static void begin(struct source *s)
{
	nvme_identify(own(s));
}

static enum err finish(struct source *s)
{
	return nvme_wait(own(s), NVME_COMMAND_US);
}

/* INTMS is what the reset makes of it: the line must fall by the reset, not by a mask. */
static enum err reset(struct source *s)
{
	return nvme_disable(own(s));
}

/*
 * What is pending is taken first, if there is a queue yet, behind a reset of the function: a driver
 * that takes over leaves nothing to chance.
 */
static enum err revive(struct source *s)
{
	if (nvme_read(own(s), NVME_CSTS) & NVME_CSTS_RDY)
		clear(s);
	return reset(s);
}

static enum err restore(struct source *s)
{
	const struct source_nvme *own_state = (const void *)s->state;

	return own_state->saved ? nvme_restore(own(s), &own_state->found) : OK;
}

/* Enabled again it is with firmware's queues, and only behind CSTS.RDY 0. */
static bool is_idle(const struct source *s)
{
	const struct source_nvme *own_state = (const void *)s->state;

	return !own_state->saved || (own_state->found.cc & NVME_CC_EN && !s->release_err) ||
	       !(nvme_read(&own_state->n, NVME_CSTS) & NVME_CSTS_RDY);
}

static uint32_t identity(const struct source *s, uint32_t *ret_known)
{
	*ret_known = own_const(s)->cap;
	return nvme_read(own_const(s), NVME_CAP);
}

static unsigned registers(const struct source *s, struct source_register *ret)
{
	uint64_t base = own_const(s)->base;

	ret[0] = (struct source_register){ .name = "CSTS", .key = "csts", .at = base + NVME_CSTS };
	ret[1] = (struct source_register){ .name = "CC", .key = "cc", .at = base + NVME_CC };
	if (!may_mask(s))
		return 2;
	ret[2] = (struct source_register){ .name = "INTMS",
					   .key = "intms",
					   .at = base + NVME_INTMS,
					   .clear_at = base + NVME_INTMC,
					   .is_enable = true };
	return 3;
}

const struct source_kind source_kind_nvme = {
	.name = "NVMe",
	.rank = SOURCE_RANK_NVME,
	.unreachable = "BAR 0 does not answer as an NVMe controller: CAP or VS cannot be",
	.matches = matches,
	.meet = meet,
	.start = start,
	.begin = begin,
	.finish = finish,
	.mask = mask,
	.unmask = unmask,
	.clear = clear,
	.handle = handle,
	.pending = pending,
	.ack = ack,
	.rest = rest,
	.disarm = disarm,
	.reset = reset,
	.revive = revive,
	.restore = restore,
	.is_idle = is_idle,
	.identity = identity,
	.registers = registers,
};
