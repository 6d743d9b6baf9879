/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the line that tells a policy's sequences in one row, for the comparison of policies: what
 * the registers were, and how the rule allocated.
 */
#include "run/sequences/sequence.h"

#include "pci/mem.h"

/* Made alike: only the step differs. */
static bool made_alike(const struct tracker_allocation *a, const struct tracker_allocation *b)
{
	return a->intx_node && a->owner == b->owner && a->gfp == b->gfp && a->lock == b->lock &&
	       a->irqs_off == b->irqs_off && a->in_release == b->in_release &&
	       a->failed == b->failed;
}

/*
 * Every way in which INTx nodes were allocated, once, at the first step that did:
 * "rebind.user_mask:GFP_KERNEL:&vdev->irqlock:irqs-off".
 */
static void describe_allocations(const struct tracker *t, char *buf, size_t size)
{
	size_t n = 0;

	buf[0] = 0;
	for (unsigned i = 0; i < t->allocations && i < TRACKER_ALLOCATIONS; i++) {
		const struct tracker_allocation *a = &t->allocation[i];
		unsigned before = 0;

		while (before < i && !made_alike(&t->allocation[before], a))
			before++;
		if (!a->intx_node || before < i)
			continue;
		n += fmt_text(buf + n, size - n, "%s%s:%s:%s:%s%s%s", n ? " " : "", a->where,
			      gfp_name(a->gfp), a->lock ? a->lock : "-",
			      a->irqs_off ? "irqs-off" : "irqs-on", a->in_release ? ":release" : "",
			      a->failed ? ":failed" : "");
	}
}

static void list_hazards(const struct tracker *t, char *buf, size_t size)
{
	buf[0] = 0;
	for (unsigned h = 0; h < HAZARD_COUNT; h++) {
		if (tracker_count(t, (enum hazard)h))
			fmt_add_word(buf, size, hazard_name((enum hazard)h));
	}
}

void play_end_policy(struct lab *lab)
{
	struct play *play = lab->play;
	const struct play_summary *s = &play->summary;
	char nodes[320], hazards[160], command[8] = "-";

	play_finish(play);
	if (!s->steps)
		return;
	memset(hazards, 0, sizeof(hazards));
	describe_allocations(&play->tracker, nodes, sizeof(nodes));
	list_hazards(&play->tracker, hazards, sizeof(hazards));
	if (s->released)
		fmt_text(command, sizeof(command), "%u",
			 !!(s->command_after_release & PCI_COMMAND_INTX_DISABLE));
	stream_evidence(&lab->out,
			"# model policy name=%s msi=%s masks=%s kernels=%q source=%q "
			"disintx_after_release=%s detach=%q next_probe=%q intx_nodes=%q hazards=%q "
			"reads=%u writes=%u",
			play->policy->name, play->dev.msi_cap ? "on" : "off",
			play->at_controller ? "controller" : "device", play->policy->kernels,
			play->policy->source, command, s->detach,
			s->probed ? err_name(s->next_probe) : "-", nodes, hazards, s->reads,
			s->writes);
}
