/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* The way from firmware's tables to the function under test, and the survey. Reads only. */
#ifndef INTXLAB_RUN_BENCH_FIND_H
#define INTXLAB_RUN_BENCH_FIND_H

#include "run/lab.h"

/*
 * Tables, ECAM, tree, and the functions under test (choose.h). Prints them. OK to go on. Otherwise
 * the run was stopped (lab_stop called: no MCFG, a device that is not there, none that can be made
 * to interrupt) or is done (--survey), and the root goes to lab_end(). rsdp 0: firmware names none.
 */
MUST_CHECK enum err find_function(struct lab *lab, const struct acpi_memory *memory, uint64_t rsdp,
				  const struct pci_root *roots, unsigned root_count,
				  struct pci_tree *tree);
/* "# hw function ...", and what Linux's lists say of it. */
void find_tell_function(struct lab *lab, const struct pci_fn *fn);

#endif
