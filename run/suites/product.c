/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the list of suites, each resting on what those before it have shown, and the run's ties to
 * the bench and the sequences.
 */
#include "run/suites/product.h"

#include "pci/mem.h"
#include "run/bench/recover.h"
#include "run/sequences/witness.h"

extern const struct suite suite_ahci, suite_line, suite_level, suite_cmd, suite_access,
	suite_status, suite_mask, suite_controller, suite_hba, suite_own, suite_interleave,
	suite_msi, suite_reset, suite_route, suite_share, suite_vfio, suite_guest, suite_policy,
	suite_hazard, suite_leave;

const struct suite *const product_suites[] = {
	&suite_ahci,       &suite_line,      &suite_level,      &suite_cmd,    &suite_access,
	&suite_status,     &suite_mask,      &suite_controller, &suite_own,    &suite_hba,
	&suite_interleave, &suite_msi,       &suite_reset,      &suite_route,  &suite_share,
	&suite_vfio,       &suite_guest,     &suite_policy,     &suite_enable, &suite_release,
	&suite_rebind,     &suite_dirty,     &suite_fresh,      &suite_race,   &suite_vfio_msi,
	&suite_intx_first, &suite_neighbour, &suite_hazard,     &suite_leave,  NULL,
};

bool suite_compares_no_policies(const struct options *opt)
{
	return !text_equal(opt->policy, "all");
}

static unsigned unmet(struct lab *lab, unsigned needs, const char **ret_why, bool *ret_error)
{
	return bench_unmet(lab->bench, needs, ret_why, ret_error);
}

static void begin(struct lab *lab)
{
	lab->bench->found.taken = false;
}

static void read(struct ctx *c, enum lab_moment moment)
{
	struct bench *bench = c->lab->bench;
	struct registers *r = &bench->seen[moment];

	if (moment != LAB_BEFORE) {
		registers_read(c->lab, true, r);
		return;
	}
	registers_program_line(bench);
	/* a policy's step tells the line's level before it as the last one's after */
	registers_read(c->lab, !c->suite->per_policy, r);
	if (!bench->found.taken)
		bench->found = *r;
}

static void tell(const struct ctx *c, enum lab_moment moment)
{
	static const char *const words[] = {
		[LAB_BEFORE] = "before",
		[LAB_FAILED] = "failed",
		[LAB_AFTER] = "after",
	};

	registers_tell(c->lab, c->id, words[moment], &c->lab->bench->seen[moment]);
}

static const char *listed(const struct ctx *c)
{
	unsigned about = c->check->quirk;

	if (c->lab->opt.msi && c->suite->whole)
		about |= PCI_QUIRK_NO_MSI; /* its owners use MSI */
	about &= c->lab->bench->quirks;
	return about ? pci_quirk_source(about) : NULL;
}

static void clear(struct ctx *c)
{
	struct lab *lab = c->lab;

	if (!c->suite->whole) {
		registers_expect_unchanged(c, &lab->bench->found);
		return;
	}
	play_finish(lab->play);
	registers_expect_released(c, &lab->bench->found);
}

static void faulted(struct ctx *c)
{
	play_break(c->lab->play, c->id, ERR_FAULT);
}

static bool was_reset(struct lab *lab)
{
	return recover_was_reset(&lab->bench->own);
}

static void release(struct lab *lab)
{
	/* owners that let go write to registers, which must be there */
	if (lab->bench->own.prepared && recover_function(&lab->bench->own))
		play_finish(lab->play);
	bench_release(lab->bench);
	witness_restore(lab);
}

void product_init(struct lab *lab, struct bench *bench, struct play *play)
{
	static const struct lab_around around = {
		.was_reset = was_reset,
		.unmet = unmet,
		.begin = begin,
		.read = read,
		.tell = tell,
		.listed = listed,
		.clear = clear,
		.faulted = faulted,
		.begin_policy = play_begin_policy,
		.end_policy = play_end_policy,
		.release = release,
	};

	lab->around = &around;
	lab->claims = product_claims;
	bench_init(bench, lab);
	play_init(play, bench);
}
