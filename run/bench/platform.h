/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The platform's part, told in the header: whether a message of the function becomes an interrupt
 * at all (FADT, chipset, the bridges above it), and who hides functions. Reads only.
 */
#ifndef INTXLAB_RUN_BENCH_PLATFORM_H
#define INTXLAB_RUN_BENCH_PLATFORM_H

#include "run/lab.h"

/* The FADT's word on MSI. */
void platform_read_fadt(struct lab *lab, const struct acpi_memory *memory, uint64_t rsdp);
/* Once lab->fn is known: lab->no_msi, from the FADT and from what stands above the function. */
void platform_judge_messages(struct lab *lab);
/* fn's HyperTransport mappings; sbdf: its name. */
void platform_tell_mappings(struct lab *lab, const struct pci_fn *fn);
/* Functions that hide others. */
void platform_tell_hidden(struct lab *lab);
/* The first of them as a sentence's end that begins with ";"; "" without one. */
void platform_describe_hidden(const struct lab *lab, char *buf, size_t size);

#endif
