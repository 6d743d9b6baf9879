/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Linux's verbs on the function under test, one at a time: the model's device under the default
 * policy, the accesses that a verb made, and the passthrough owner with its INTx on. For the checks
 * of suites vfio, guest and policy.
 */
#ifndef INTXLAB_RUN_BENCH_VERBS_H
#define INTXLAB_RUN_BENCH_VERBS_H

#include "run/bench/events.h"

/* The device as Linux's core sees it, bound to nobody. */
struct pci_dev *verbs_meet(struct ctx *c);
/* Forget the accesses so far. */
void verbs_clear(struct ctx *c);
/* Accesses to Command and Status since then: what, and how wide (0: any). */
unsigned verbs_accesses(struct ctx *c, enum hw_trace_what what, unsigned width);
/* words 16-bit writes and no other; the record ends with the first look. */
void verbs_expect_writes(struct ctx *c, unsigned words);
bool verbs_disintx(struct ctx *c);

/* In the passthrough owner's hands, masking at the device, INTx on. NULL: c has its verdict. */
struct passthrough *verbs_own(struct ctx *c);
/* The same, opened, but with no trigger for its INTx. */
struct passthrough *verbs_open(struct ctx *c);
/* The same, masking at the controller. */
struct passthrough *verbs_open_at_controller(struct ctx *c);
/* Raised, taken by the owner's handler once, and masked by it; count in all. */
void verbs_taken(struct ctx *c, const struct passthrough *vfio, unsigned count);
/* User space writes Command with this DisINTx, through the virtual config space. */
void verbs_guest_disintx(struct ctx *c, struct passthrough *vfio, bool on);
void verbs_give_back(struct ctx *c);

#endif
