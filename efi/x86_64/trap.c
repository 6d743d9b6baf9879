/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the interrupt descriptor table and its contents. It does not decide what an exception means
 * and knows no interrupt controller: hw_pc.c does.
 */
#include "efi/x86_64/trap.h"

/* present, DPL 0, 64-bit interrupt gate: clears IF (SDM vol. 3, IDT descriptors) */
#define GATE_INTERRUPT 0x8e
#define ENTRY_BYTES 16

struct gate {
	uint16_t offset_low;
	uint16_t selector;
	uint8_t ist;
	uint8_t type;
	uint16_t offset_middle;
	uint32_t offset_high;
	uint32_t reserved;
} __attribute__((packed));

_Static_assert(sizeof(struct gate) == 16, "SDM vol. 3, 64-bit IDT gate descriptor");

extern const uint8_t trap_entries[] __attribute__((visibility("hidden")));
extern const uint8_t trap_guard_landing[] __attribute__((visibility("hidden")));
int trap_guard_call(uint64_t *ret_sp, void (*body)(void *arg), void *arg);
void trap_dispatch(struct trap_frame *frame);

/* Statics, because the CPU has one table and its entries carry no argument. */
static struct gate idt[256] __attribute__((aligned(16)));
static trap_fn *handler;
static void *handler_arg;

void trap_dispatch(struct trap_frame *frame)
{
	handler(handler_arg, frame);
}

struct cpu_table trap_install(trap_fn *fn, void *arg)
{
	struct cpu_table before = cpu_read_idtr();
	struct cpu_table own = { .limit = sizeof(idt) - 1, .base = (uintptr_t)idt };
	uint16_t selector = cpu_read_cs();

	handler = fn;
	handler_arg = arg;
	for (unsigned v = 0; v < 256; v++) {
		uint64_t entry = (uintptr_t)trap_entries + (uint64_t)v * ENTRY_BYTES;

		idt[v] = (struct gate){
			.offset_low = (uint16_t)entry,
			.selector = selector,
			.type = GATE_INTERRUPT,
			.offset_middle = (uint16_t)(entry >> 16),
			.offset_high = (uint32_t)(entry >> 32),
		};
	}
	cpu_write_idtr(own);
	return before;
}

bool trap_remove(struct cpu_table before)
{
	struct cpu_table now;

	cpu_write_idtr(before);
	now = cpu_read_idtr();
	return now.limit == before.limit && now.base == before.base;
}

bool trap_guard(uint64_t *ret_sp, void (*body)(void *arg), void *arg)
{
	return trap_guard_call(ret_sp, body, arg) == 0;
}

/* By way of iretq, so that an NMI's blocking of the next one ends here too. Interrupts stay off. */
void trap_guard_land(struct trap_frame *frame, uint64_t sp)
{
	frame->rip = (uintptr_t)trap_guard_landing;
	frame->rsp = sp;
	frame->rax = 1;
	frame->rflags = 1 << 1; /* the bit that is always 1; IF, DF, TF and NT clear */
}
