/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the context of the model's code and the judgement of an allocation in it, as
 * might_sleep_if() and lockdep would make it. It changes nothing that the model does.
 */
#include "pci/tracker.h"

#include "pci/mem.h"

const char *gfp_name(enum gfp gfp)
{
	return gfp == GFP_ATOMIC ? "GFP_ATOMIC" : "GFP_KERNEL";
}

const char *hazard_name(enum hazard hazard)
{
	static const char *const names[HAZARD_COUNT] = {
		[HAZARD_SLEEPING_ALLOCATION] = "sleeping-allocation",
		[HAZARD_RESOURCE_IN_RELEASE] = "resource-in-release",
		[HAZARD_PROBE_REFUSED] = "probe-refused",
		[HAZARD_MASK_LOST] = "mask-lost",
		[HAZARD_DISINTX_LEFT] = "disintx-left-set",
		[HAZARD_INTX_UNDER_MSI] = "intx-under-msi",
		[HAZARD_INTERRUPT_LOST] = "interrupt-lost",
		[HAZARD_NEIGHBOUR] = "neighbour",
	};

	return names[hazard];
}

void tracker_init(struct tracker *t, unsigned fail_from)
{
	memset(t, 0, sizeof(*t));
	t->fail_from = fail_from;
}

void tracker_enter(struct tracker *t, const char *function)
{
	if (t->depth < TRACKER_DEPTH)
		t->chain[t->depth] = function;
	t->depth++;
}

void tracker_leave(struct tracker *t)
{
	t->depth--;
}

static bool is_hardirq_safe(const struct tracker *t, const char *name)
{
	for (unsigned i = 0; i < TRACKER_HARDIRQ_LOCKS && t->hardirq_safe[i]; i++) {
		if (text_equal(t->hardirq_safe[i], name))
			return true;
	}
	return false;
}

static void note_hardirq(struct tracker *t, const char *name)
{
	unsigned i = 0;

	if (!t->in_irq || is_hardirq_safe(t, name))
		return;
	while (i < TRACKER_HARDIRQ_LOCKS && t->hardirq_safe[i])
		i++;
	if (i < TRACKER_HARDIRQ_LOCKS)
		t->hardirq_safe[i] = name;
}

void tracker_lock(struct tracker *t, const char *name, bool spin)
{
	note_hardirq(t, name);
	if (t->locks < TRACKER_LOCKS)
		t->lock[t->locks] = (struct tracker_lock){ .name = name, .spin = spin };
	t->locks++;
}

void tracker_unlock(struct tracker *t)
{
	t->locks--;
}

static const char *innermost_spinlock(const struct tracker *t)
{
	for (unsigned i = t->locks < TRACKER_LOCKS ? t->locks : TRACKER_LOCKS; i-- > 0;) {
		if (t->lock[i].spin)
			return t->lock[i].name;
	}
	return NULL;
}

/* Every spinlock of the model is taken with spin_lock_irqsave(). */
bool tracker_irqs_off(const struct tracker *t)
{
	return t->in_irq || innermost_spinlock(t);
}

static void write_chain(const struct tracker *t, char *buf, size_t size)
{
	size_t len = 0;

	for (unsigned i = t->depth < TRACKER_DEPTH ? t->depth : TRACKER_DEPTH; i-- > 0;) {
		const char *parts[] = { len ? " < " : "", t->chain[i] };

		for (unsigned k = 0; k < 2; k++) {
			for (const char *s = parts[k]; *s && len + 1 < size; s++)
				buf[len++] = *s;
		}
	}
	buf[len] = 0;
}

void tracker_hazard(struct tracker *t, enum hazard hazard, uint16_t command)
{
	struct tracker_hazard *h;

	if (t->muted || t->hazards++ >= TRACKER_HAZARDS)
		return;
	h = &t->hazard[t->hazards - 1];
	*h = (struct tracker_hazard){
		.hazard = hazard,
		.where = t->where,
		.lock = innermost_spinlock(t),
		.irqs_off = tracker_irqs_off(t),
		.in_irq = t->in_irq,
		.in_release = t->in_release,
		.owner = t->owner,
		.command = command,
	};
	h->lock_hardirq_safe = h->lock && is_hardirq_safe(t, h->lock);
	write_chain(t, h->chain, sizeof(h->chain));
}

bool tracker_allocate(struct tracker *t, const char *site, enum gfp gfp, bool intx_node)
{
	bool failed = intx_node && t->pressure && t->fail_from &&
		      ++t->intx_allocations >= t->fail_from;

	if (!t->muted && t->allocations < TRACKER_ALLOCATIONS)
		t->allocation[t->allocations] = (struct tracker_allocation){
			.where = t->where,
			.site = site,
			.gfp = gfp,
			.lock = innermost_spinlock(t),
			.irqs_off = tracker_irqs_off(t),
			.in_release = t->in_release,
			.failed = failed,
			.intx_node = intx_node,
			.owner = t->owner,
		};
	t->allocations += !t->muted;
	tracker_enter(t, site);
	if (gfp == GFP_KERNEL && tracker_irqs_off(t))
		tracker_hazard(t, HAZARD_SLEEPING_ALLOCATION, 0);
	if (t->in_release && !failed)
		tracker_hazard(t, HAZARD_RESOURCE_IN_RELEASE, 0);
	tracker_leave(t);
	return !failed;
}

unsigned tracker_count(const struct tracker *t, enum hazard hazard)
{
	unsigned n = 0;

	for (unsigned i = 0; i < t->hazards && i < TRACKER_HAZARDS; i++)
		n += t->hazard[i].hazard == hazard;
	return n;
}
