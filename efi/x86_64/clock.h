/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* The frequency of the time-stamp counter, found once at the start. */
#ifndef INTXLAB_EFI_X86_64_CLOCK_H
#define INTXLAB_EFI_X86_64_CLOCK_H

#include "pci/acpi.h"

/* gBS->Stall() or what stands for it: at least us microseconds, as little more as may be. */
typedef void clock_stall_fn(void *arg, unsigned us);

struct clock {
	uint64_t tsc_hz; /* never 0 */
	const char *source; /* "cpuid-15h", "cpuid-40000010h", "acpi-pm-timer", "stall" */
	bool invariant; /* CPUID 80000007h EDX[8] */
};

/* Takes at most 5 ms. rsdp 0: no tables, so no PM timer. */
struct clock clock_find(const struct acpi_memory *memory, uint64_t rsdp, clock_stall_fn *stall,
			void *arg);

#endif
