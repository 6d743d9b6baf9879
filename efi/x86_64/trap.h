/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Our own interrupt descriptor table, and guards. Only this CPU's; one owner at a time. Interrupts
 * are off in every handler. No boot service may be called while the table is installed.
 */
#ifndef INTXLAB_EFI_X86_64_TRAP_H
#define INTXLAB_EFI_X86_64_TRAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "efi/x86_64/cpu.h"

#define TRAP_FIRST_IRQ 32 /* vectors below are the CPU's own (SDM vol. 3, table of exceptions) */

/* As entry.S pushes it; the handler may change it, and iretq takes what it finds. */
struct trap_frame {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
	uint64_t rbp, rdi, rsi, rdx, rcx, rbx, rax;
	uint64_t vector, error_code;
	uint64_t rip, cs, rflags, rsp, ss;
};

_Static_assert(sizeof(struct trap_frame) == 22 * 8,
	       "entry.S pushes 15 registers and 2 words on the CPU's 5");
_Static_assert(offsetof(struct trap_frame, vector) == 15 * 8, "entry.S, trap_common");

typedef void trap_fn(void *arg, struct trap_frame *frame);

/* Interrupts must be off. Returns the table that was there before. */
struct cpu_table trap_install(trap_fn *fn, void *arg);
/* True when the CPU reads back what was put. */
bool trap_remove(struct cpu_table before);

/*
 * Run body(arg); true when it returned. False: the trap handler called trap_guard_land() on its
 * frame, or somebody trap_guard_jump(), with the value that is in *ret_sp while body runs.
 */
bool trap_guard(uint64_t *ret_sp, void (*body)(void *arg), void *arg);
void trap_guard_land(struct trap_frame *frame, uint64_t sp);
void trap_guard_jump(uint64_t sp) __attribute__((noreturn));

#endif
