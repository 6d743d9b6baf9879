/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the patience with a function that was reset. What the reset has to do is the check's; what
 * the device behind it needs is its kind's.
 */
#include "run/bench/recover.h"

#define UNSAID_US 1000000 /* a wait that is longer is announced, as Linux does */
#define LAST_LOOK_US 1000000

static const char *why_not(const struct pci_wait *wait)
{
	return wait->asleep    ? "is not in D0"
	       : wait->retried ? "answers Request Retry Status"
			       : "reads all-ones";
}

static void tell_wait(struct lab *lab, const char *after, const char *state,
		      const struct pci_wait *wait)
{
	char sbdf[SBDF_TEXT];

	sbdf_format(lab->fn->addr, sbdf);
	stream_line(
		&lab->out,
		"# hw reset_wait sbdf=%s after=%q state=%s waited_us=%lu all_ones=%u retried=%u "
		"asleep=%u",
		sbdf, after, state, wait->us, wait->absent, wait->retried, wait->asleep);
}

bool recover_wait(struct ctx *c, const char *after, unsigned pm, uint64_t settle_us)
{
	struct lab *lab = c->lab;
	struct pci_wait wait = { .us = settle_us };
	enum err err = pci_wait_ready(lab->fn, pm, UNSAID_US, &wait);

	if (err) {
		tell_wait(lab, after, "waiting", &wait);
		err = pci_wait_ready(lab->fn, pm, PCI_RESET_READY_US - UNSAID_US, &wait);
	}
	tell_wait(lab, after, err ? "not-ready" : "ready", &wait);
	if (!err)
		return true;
	fmt_text(lab->gone, sizeof(lab->gone), "%s", c->id);
	lab->gone_how = "does not answer";
	lab->gone_by = after;
	c->verdict = VERDICT_NONE;
	check_error(c, "gone: the function %s %u s after %s", why_not(&wait),
		    (unsigned)(wait.us / 1000000), after);
	return false;
}

/* Nobody knows how long one that left takes to come back; a second is nothing to who waits here. */
static bool answers(struct source *s)
{
	struct pci_wait wait = { .us = 0 };
	bool there;

	if (!s->left)
		return true;
	there = !pci_wait_ready(s->fn, 0, LAST_LOOK_US, &wait);
	s->looked_us = wait.us;
	return there;
}

/* It was told D0 and is not there: its configuration space answers, and its registers do not. */
static bool is_asleep(struct source *s)
{
	struct pci_wait wait = { .us = 0 };
	uint16_t pm;

	return s->left && s->lab->gone_by && !pci_find_capability(s->fn, PCI_CAP_ID_PM, &pm) &&
	       pci_wait_ready(s->fn, pm, LAST_LOOK_US, &wait);
}

bool recover_function(struct source *s)
{
	if (s->presence || s->command_found == UINT16_MAX)
		return s->presence == SOURCE_THERE;
	s->left = (s->lab->gone[0] && s->fn == s->lab->fn) || pci_fn_is_gone(s->fn);
	s->presence = !answers(s) ? SOURCE_GONE : is_asleep(s) ? SOURCE_ASLEEP : SOURCE_THERE;
	if (s->presence == SOURCE_GONE)
		return false;
	pci_put_back(s->fn, &s->found, &s->config);
	if (s->left && s->presence == SOURCE_THERE)
		source_known_command(s);
	return s->presence == SOURCE_THERE;
}

bool recover_was_reset(const struct source *s)
{
	for (unsigned i = 0; s->prepared && !s->released && i < s->found.count; i++) {
		const struct pci_snapshot_register *reg = &s->found.reg[i];

		if (reg->off >= PCI_BASE_ADDRESS_0 && reg->off < PCI_BASE_ADDRESS_0 + 24 &&
		    reg->value & PCI_BASE_ADDRESS_MEM_MASK)
			return !(pci_cfg_read32(s->fn, reg->off) & PCI_BASE_ADDRESS_MEM_MASK);
	}
	return false;
}

void recover_tell(const struct source *s)
{
	char sbdf[SBDF_TEXT];

	if (s->presence == SOURCE_THERE && !s->left && !s->config.differed)
		return;
	sbdf_format(s->fn->addr, sbdf);
	if (s->presence <= SOURCE_GONE) {
		stream_line(&s->lab->out, "# hw put_back sbdf=%s state=%s looked_us=%lu", sbdf,
			    s->presence == SOURCE_GONE ? "gone" : "unknown", s->looked_us);
		return;
	}
	stream_line(
		&s->lab->out,
		"# hw put_back sbdf=%s state=%s registers=%u failed=%u first=%q first_failed=%q "
		"command=%04x command_found=%04x device=%q msix_table=%s",
		sbdf,
		s->presence == SOURCE_ASLEEP ? "asleep"
		: s->left                    ? "back"
					     : "there",
		s->config.differed, s->config.failed, s->config.first ? s->config.first : "",
		s->config.first_failed ? s->config.first_failed : "", s->command_left,
		s->command_found,
		s->presence == SOURCE_ASLEEP ? "out of reach" : err_name(s->release_err),
		s->left && s->msix_found & PCI_MSIX_FLAGS_ENABLE ? "lost" : "as-found");
}
