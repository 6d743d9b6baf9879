/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * A source in the hands of a managed driver. For a kind without a driver's ways of its own, what
 * the driver does is made of the source's operations; its work is one event, raised and served.
 */
#include "run/bench/source.h"

/*
 * As drivers do it (Linux e1000_reset_hw(), e100_hw_reset(), ahci_init_controller()): the reset,
 * then the enables off and what is left of an event acknowledged. What a reset alone does is suite
 * own's.
 */
static enum err reset(void *arg)
{
	enum err err = source_revive(arg);

	if (!err)
		source_disarm(arg);
	return err;
}

/* The device's enables are thaw()'s: an interrupt must find its handler. */
static enum err start(void *arg)
{
	(void)arg;
	return OK;
}

static enum err thaw(void *arg, bool heard)
{
	return heard ? source_start(arg) : OK;
}

static void freeze(void *arg)
{
	source_disarm(arg);
}

static enum err stop(void *arg)
{
	return source_rest(arg);
}

static bool handle(void *arg)
{
	return source_handle(arg);
}

static const struct managed_ops of_any_kind = {
	.driver = "managed",
	.probe = "managed_probe",
	.host = "host",
	.host_stop = "host_stop",
	.reset = reset,
	.start = start,
	.thaw = thaw,
	.freeze = freeze,
	.stop = stop,
	.handle = handle,
};

static const struct managed_ops *ops_of(const struct source *s)
{
	return s->kind->managed ? s->kind->managed : &of_any_kind;
}

static void *arg_of(struct source *s)
{
	return s->kind->managed_arg ? s->kind->managed_arg(s) : s;
}

enum err source_bind(struct source *s, struct owner_managed *owner, struct pci_dev *dev,
		     struct line *line)
{
	return owner_managed_bind(owner, dev, ops_of(s), arg_of(s), line);
}

enum err source_bind_shared(struct source *s, struct owner_managed *owner, struct pci_dev *dev,
			    struct line *line)
{
	return owner_managed_bind_shared(owner, dev, ops_of(s), arg_of(s), line);
}

/* Done is what the handler says: its count is the evidence that an interrupt came. */
enum err source_work(struct source *s, const struct owner_managed *owner, bool again, uint64_t us)
{
	unsigned before = owner->served;
	enum err err;

	if (s->kind->work)
		return s->kind->work(s, owner, again, us);
	err = source_raise(s);
	return err ? err : owner_managed_served(owner, before, us);
}

enum err source_unheard(struct source *s)
{
	enum err err;

	if (s->kind->unheard)
		return s->kind->unheard(s);
	err = source_start(s);
	return err ? err : source_hold(s);
}
