/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The bridges above the function, as they must stand for its registers to be reached and for its
 * memory accesses and messages to get out: Memory Space and Bus Master.
 */
#ifndef INTXLAB_RUN_BENCH_UPSTREAM_H
#define INTXLAB_RUN_BENCH_UPSTREAM_H

#include "run/lab.h"

#define UPSTREAM_BRIDGES 8

struct upstream {
	unsigned count; /* bridges that were opened */
	struct {
		const struct pci_fn *fn;
		uint16_t found, left; /* Command */
	} bridge[UPSTREAM_BRIDGES];
	const struct pci_fn *closed; /* one that stays so; NULL: none */
};

/*
 * What firmware left off is switched on, as Linux's pci_enable_bridge() does, and told. Memory
 * Space only where the bridge's window has the function's memory BARs: else nobody programmed it.
 */
void upstream_open(struct upstream *up, struct lab *lab, const struct pci_fn *fn);
/* As firmware had them; read back into left. */
void upstream_restore(struct upstream *up);

#endif
