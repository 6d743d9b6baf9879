/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* Owns the choice of the functions under test, its reason, and what is said when there is none. */
#include "run/bench/choose.h"

#include "pci/mem.h"
#include "pci/platform.h"
#include "run/bench/find.h"
#include "run/bench/platform.h"
#include "run/bench/source.h"

/* "0000:00:1f.2 0000:00:04.0": what there is, for the one who named what there is not. */
static void list_sources(const struct lab *lab, const struct pci_fn *but, char *buf, size_t size)
{
	size_t n = 0;

	fmt_text(buf, size, "none");
	for (unsigned i = 0; i < lab->tree->count; i++) {
		const struct pci_fn *fn = &lab->tree->fn[i];
		char text[SBDF_TEXT];

		if (fn == but || !source_kind_of(fn))
			continue;
		sbdf_format(fn->addr, text);
		n += fmt_text(buf + n, size - n, "%s%s", n ? " " : "", text);
	}
}

/*
 * A class of all-ones from a function that had a Vendor ID: it left while it was enumerated, and
 * what it was is not known.
 */
static bool has_left(struct lab *lab, const struct pci_fn *fn)
{
	char text[SBDF_TEXT];

	if (fn->class_revision != UINT32_MAX || !pci_fn_is_gone(fn))
		return false;
	sbdf_format(fn->addr, text);
	lab_stop(lab, LAB_CANNOT, "gone: %s reads all-ones since its Vendor ID was read", text);
	return true;
}

/* Functions that are there and stayed not ready: this one, or with NULL any; their number. */
static unsigned stayed_not_ready(const struct pci_tree *tree, const struct sbdf *addr)
{
	unsigned count = 0;

	for (unsigned i = 0; i < tree->retry_count && i < PCI_MAX_RETRIES; i++)
		count += !tree->retry[i].is_ready &&
			 (!addr || sbdf_equal(tree->retry[i].addr, *addr));
	return count;
}

static bool may_take(struct lab *lab, struct pci_fn *fn)
{
	return !lab->may_take || lab->may_take(lab, fn);
}

static void add_target(struct lab *lab, struct pci_fn *fn, const struct source_kind *kind)
{
	lab->target[lab->target_count++] = (struct lab_target){ .fn = fn, .kind = kind };
}

static const char *no_kind(const struct pci_fn *fn)
{
	if (pci_hides_functions(fn))
		return ": it is Intel VMD, which hides functions behind it (switch it off in "
		       "firmware's setup)";
	if (source_is_raid(fn))
		return ": RAID mode, and CAP, PI and VS behind BAR 5 are no HBA's";
	return "";
}

/* ERR_*: stopped. */
static enum err add_named(struct lab *lab, struct sbdf addr)
{
	struct pci_fn *fn = pci_tree_find(lab->tree, addr);
	const struct source_kind *kind;
	char wanted[SBDF_TEXT], there[160];

	sbdf_format(addr, wanted);
	list_sources(lab, NULL, there, sizeof(there));
	if (!fn && stayed_not_ready(lab->tree, &addr)) {
		lab_stop(lab, LAB_CANNOT,
			 "--device %s: not ready: it answered Request Retry Status for %u ms",
			 wanted, PCI_READY_US / 1000);
		return ERR_TIMEOUT;
	}
	if (!fn) {
		lab_stop(lab, LAB_USAGE,
			 "--device %s: no such function; functions that can be tested: %s", wanted,
			 there);
		return ERR_ABSENT;
	}
	if (has_left(lab, fn))
		return ERR_GONE;
	kind = source_kind_named(fn);
	if (!kind) {
		lab_stop(lab, LAB_USAGE,
			 "--device %s: class %06x, %04x:%04x, is no kind that can be made to "
			 "interrupt here%s; functions that can be tested: %s",
			 wanted, fn->class_revision >> 8, fn->vendor, fn->device, no_kind(fn),
			 there);
		return ERR_INVALID;
	}
	if (!may_take(lab, fn)) {
		lab_stop(lab, LAB_CANNOT,
			 "--device %s may not be taken (--own-boot-device: even "
			 "the boot volume's)",
			 wanted);
		return ERR_BUSY;
	}
	add_target(lab, fn, kind);
	return OK;
}

static enum err choose_named(struct lab *lab)
{
	enum err err = OK;

	for (unsigned i = 0; i < lab->opt.device_count && !err; i++)
		err = add_named(lab, lab->opt.device[i]);
	return err;
}

/*
 * The smaller, the better; 0: not unasked. A kind whose function shows that there is nothing to
 * interrupt with comes behind all others.
 */
static unsigned rank(const struct source_kind *kind, const struct pci_fn *fn)
{
	if (!kind || !kind->rank)
		return 0;
	return kind->is_promising && !kind->is_promising(fn) ? SOURCE_RANK_LAST : kind->rank;
}

static bool is_neighbour(const struct lab *lab, const struct pci_fn *fn)
{
	return lab->opt.has_neighbour && sbdf_equal(fn->addr, lab->opt.neighbour);
}

static void tell_chosen(struct lab *lab, const char *why)
{
	for (unsigned i = 0; i < lab->target_count; i++) {
		const struct lab_target *target = &lab->target[i];
		char text[SBDF_TEXT];

		sbdf_format(target->fn->addr, text);
		stream_line(&lab->out, "# run chosen sbdf=%s kind=%q reason=%q", text,
			    target->kind->name, why);
	}
}

static const char *first_reason(const struct lab_target *target)
{
	static const char *const reasons[] = {
		[SOURCE_RANK_AHCI] = "the first AHCI function with a device on a port",
		[SOURCE_RANK_NVME] = "the first NVMe function",
		[SOURCE_RANK_NETWORK] = "the first network function",
		[SOURCE_RANK_XHCI] = "the first xHCI function",
		[SOURCE_RANK_OTHER] = "the first function of a kind that can be made to interrupt",
		[SOURCE_RANK_LAST] = "no function shows something to interrupt with: the first of "
				     "those that could",
	};

	return reasons[rank(target->kind, target->fn)];
}

/* None that is taken unasked: what there is instead, in one line. */
static void tell_none(struct lab *lab)
{
	const struct pci_tree *tree = lab->tree;
	char text[SBDF_TEXT], raid[160] = "", hidden[160];

	for (unsigned i = 0; i < tree->count && !raid[0]; i++) {
		const struct pci_fn *fn = &tree->fn[i];

		if (!source_is_raid(fn))
			continue;
		sbdf_format(fn->addr, text);
		fmt_text(raid, sizeof(raid),
			 "; %s is a controller in RAID mode (class %06x, %04x:%04x): --device %s "
			 "takes it if AHCI registers are behind its BAR 5",
			 text, fn->class_revision >> 8, fn->vendor, fn->device, text);
	}
	platform_describe_hidden(lab, hidden, sizeof(hidden));
	lab_stop(lab, LAB_SKIP,
		 "no function that can be made to interrupt in %u functions found%s%s%s",
		 tree->count,
		 stayed_not_ready(tree, NULL) ? "; some stayed not ready (hw retry_status)" : "",
		 hidden,
		 raid[0]     ? raid
		 : hidden[0] ? ""
			     : ": add one (--survey lists what there is)");
}

/* Each is asked once: what it shows may change, should it leave. */
static enum err rank_all(struct lab *lab, uint8_t ranks[PCI_MAX_FUNCTIONS])
{
	for (unsigned i = 0; i < lab->tree->count; i++) {
		const struct pci_fn *fn = &lab->tree->fn[i];

		if (has_left(lab, fn))
			return ERR_GONE;
		ranks[i] = is_neighbour(lab, fn) ? 0 : (uint8_t)rank(source_kind_of(fn), fn);
	}
	return OK;
}

/* All that may be taken unasked, in order of rank; then of the tree. ERR_GONE: stopped. */
static enum err add_ranked(struct lab *lab, unsigned max, unsigned *ret_refused)
{
	uint8_t ranks[PCI_MAX_FUNCTIONS];
	enum err err = rank_all(lab, ranks);

	for (unsigned at = 1; at <= SOURCE_RANK_LAST && !err; at++) {
		for (unsigned i = 0; i < lab->tree->count && lab->target_count < max; i++) {
			struct pci_fn *fn = &lab->tree->fn[i];

			if (ranks[i] != at)
				continue;
			if (may_take(lab, fn))
				add_target(lab, fn, source_kind_of(fn));
			else
				++*ret_refused;
		}
	}
	return err;
}

static bool neighbour_is_the_only_one(const struct lab *lab)
{
	const struct pci_fn *fn = lab->opt.has_neighbour
					  ? pci_tree_find(lab->tree, lab->opt.neighbour)
					  : NULL;

	return fn && rank(source_kind_of(fn), fn);
}

static enum err choose_unnamed(struct lab *lab)
{
	unsigned refused = 0;
	enum err err = add_ranked(lab, lab->opt.device_all ? LAB_MAX_TARGETS : 1, &refused);

	if (err || lab->target_count)
		return err;
	if (!refused && neighbour_is_the_only_one(lab)) {
		lab_stop(lab, LAB_USAGE,
			 "--neighbour names the only function that can be tested: none is left");
		return ERR_INVALID;
	}
	if (refused)
		lab_stop(lab, LAB_SKIP,
			 "no function may be taken (--own-boot-device: even the boot volume's)");
	else
		tell_none(lab);
	return ERR_ABSENT;
}

/* Named, or none: nobody's second controller is disturbed unasked. */
static enum err choose_neighbour(struct lab *lab)
{
	struct pci_fn *fn = pci_tree_find(lab->tree, lab->opt.neighbour);
	char wanted[SBDF_TEXT], there[160];
	const char *why;

	if (!lab->opt.has_neighbour)
		return OK;
	if (fn && fn != lab->fn)
		lab->neighbour_kind = source_kind_named(fn);
	why = lab->target_count > 1  ? "it goes with one function under test"
	      : !fn                  ? "no such function"
	      : fn == lab->fn        ? "it is the function under test"
	      : !lab->neighbour_kind ? "no kind that can be made to interrupt here"
				     : NULL;
	if (!why) {
		lab->neighbour = fn;
		find_tell_function(lab, fn);
		return OK;
	}
	sbdf_format(lab->opt.neighbour, wanted);
	list_sources(lab, lab->fn, there, sizeof(there));
	lab_stop(lab, LAB_USAGE, "--neighbour %s: %s; other functions that can be tested: %s",
		 wanted, why, there);
	return ERR_ABSENT;
}

static enum err allow_several(struct lab *lab)
{
	if (lab->target_count < 2 || !(lab->opt.bare || lab->opt.witness))
		return OK;
	lab_stop(lab, LAB_USAGE, "--%s takes one function, and --device names %u",
		 lab->opt.bare ? "bare" : "witness", lab->target_count);
	return ERR_INVALID;
}

enum err choose_functions(struct lab *lab)
{
	bool named = lab->opt.device_count;
	enum err err = named ? choose_named(lab) : choose_unnamed(lab);

	if (err)
		return err;
	tell_chosen(lab, named                 ? "named by --device"
			 : lab->opt.device_all ? "--device all"
					       : first_reason(&lab->target[0]));
	memcpy(lab->no_msi_all, lab->no_msi, sizeof(lab->no_msi));
	lab->fn = lab->target[0].fn;
	if (lab->target_count == 1)
		choose_begin(lab, 0);
	err = choose_neighbour(lab);
	return err ? err : allow_several(lab);
}

void choose_begin(struct lab *lab, unsigned index)
{
	const struct lab_target *target = &lab->target[index];
	char text[SBDF_TEXT];

	lab_begin_target(lab, index);
	lab->fn = target->fn;
	lab->fn_kind = target->kind;
	memcpy(lab->no_msi, lab->no_msi_all, sizeof(lab->no_msi));
	sbdf_format(target->fn->addr, text);
	if (lab->target_count > 1)
		stream_line(&lab->out, "# run target index=%u of=%u sbdf=%s kind=%q", index + 1,
			    lab->target_count, text, target->kind->name);
	find_tell_function(lab, lab->fn);
	platform_judge_messages(lab);
}

void choose_tell_source(struct lab *lab, const struct pci_fn *fn)
{
	const struct source_kind *kind = source_kind_of(fn);
	const char *can = "yes", *why = "";
	char text[SBDF_TEXT];

	if (!kind && source_is_raid(fn)) {
		can = "named";
		why = "RAID mode: if AHCI registers are behind its BAR 5";
	} else if (!kind) {
		return;
	} else if (!kind->rank) {
		can = "named";
		why = "only when --device names it";
	} else if (rank(kind, fn) == SOURCE_RANK_LAST) {
		can = "no";
		why = kind->remedy;
	}
	sbdf_format(fn->addr, text);
	stream_line(&lab->out, "# hw source sbdf=%s kind=%q can=%s reason=%q", text,
		    kind ? kind->name : "AHCI", can, why ? why : "");
}
