/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * What people want to know, in sentences, each standing on named checks. A claim is shown when all
 * that it stands on passed, refuted when one of them failed, and otherwise not tested, with the
 * reason. A run in which a claim that must be tested was not is UNTESTED, unless a selection left
 * its checks out.
 */
#ifndef INTXLAB_RUN_CLAIMS_H
#define INTXLAB_RUN_CLAIMS_H

#include "run/check.h"

#define CLAIM_CHECKS 6
#define CLAIM_VARIANTS 5

/* The same question where it is answered in another way: without DisINTx, for instance. */
struct claim_variant {
	const char *text; /* the sentence that is true when it is shown */
	bool (*applies)(const struct lab *lab); /* NULL: always */
	/* Why what passed shows nothing all the same, a sentence; NULL: it does. May be NULL. */
	const char *(*doubt)(const struct lab *lab);
	/* must PASS, of several policies under one at least, and be an ERROR under none */
	const char *checks[CLAIM_CHECKS];
	const char *also[CLAIM_CHECKS]; /* must not FAIL, nor ERROR; a SKIP does not matter */
};

struct claim {
	const char *id; /* a word, frozen */
	bool must; /* without it a run has tested nothing */
	/* with must: what can be done about it, when it was not tested; NULL: not known */
	const char *(*advice)(const struct lab *lab);
	struct claim_variant variant[CLAIM_VARIANTS]; /* the first that applies counts */
};

enum claim_state { CLAIM_SHOWN, CLAIM_REFUTED, CLAIM_NOT_TESTED };

struct claim_answer {
	const struct claim *claim;
	const struct claim_variant *variant;
	enum claim_state state;
	bool left_out; /* a check that must pass was not among those that were asked for */
	/* refuted: the checks that failed, as many as fit; not tested: one sentence */
	char why[480];
};

/* From the results so far. */
void claims_answer(const struct lab *lab, const struct claim *claim, struct claim_answer *ret);
/* "# run claim ..." for each of lab->claims, once; nothing when no plan was printed. */
void claims_tell(struct lab *lab);
/* One that must be tested was not, and no selection left its checks out. */
bool claims_untested(const struct lab *lab);
/*
 * The last words for who stands in front of the machine, some lines with a newline each: what the
 * verdict means to them. is_virtual: an emulator's FAIL may be one that is known, which only the
 * host can tell. Returns what it wrote, less than size.
 */
size_t claims_closing(const struct lab *lab, enum lab_verdict verdict, bool is_virtual, char *buf,
		      size_t size);

#endif
