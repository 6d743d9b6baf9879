/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The provider of pci/hw.h on a PC under UEFI. Identity mapped memory, x86 ports, the time-stamp
 * counter, one interrupt table. Delivery works only between pc_trap_open() and pc_trap_close(), and
 * no boot service may be called there. A guard outside of them catches panics, but no exceptions:
 * those are the firmware's.
 */
#ifndef INTXLAB_EFI_HW_PC_H
#define INTXLAB_EFI_HW_PC_H

#include "efi/uart.h"
#include "efi/x86_64/clock.h"
#include "efi/x86_64/trap.h"
#include "pci/hw.h"

typedef void pc_text_fn(void *arg, const char *s, size_t len);

struct pc_guard {
	uint64_t sp;
	struct hw_fault fault;
	struct pc_guard *outer;
};

struct pc {
	struct hw hw; /* hand &pc->hw to the trace wrapper */
	struct clock clock;
	struct uart uart;
	/* Also gets every text while the firmware's table is in place (a screen); NULL: nobody. */
	pc_text_fn *screen;
	void *screen_arg;
	/*
	 * An exception or panic that no guard waits for ends here, after its line was printed. It
	 * must not return; if it is NULL, or faults itself, the CPU is halted.
	 */
	void (*last_resort)(void *arg);
	void *last_resort_arg;

	struct {
		uint8_t *cpu;
		uint64_t bus;
		size_t size, used;
	} arena;
	hw_irq_fn *irq_fn;
	void *irq_arg;
	struct pc_guard *guard; /* the innermost */
	bool trapping;
	bool dying;
	struct cpu_table firmware_idtr;
};

/* Measures the clock (at most 5 ms; stall is gBS->Stall). The UART is the caller's to open. */
void pc_init(struct pc *pc, const struct acpi_memory *memory, uint64_t rsdp, clock_stall_fn *stall,
	     void *stall_arg);

/*
 * Memory for dma_alloc(): page aligned, bus address of its first byte. Given once, emptied by a
 * second call.
 */
void pc_give_dma(struct pc *pc, void *cpu, uint64_t bus, size_t size);

/*
 * Interrupts must be off, and are off after both. ERR_MISMATCH: the CPU's table register reads
 * otherwise.
 */
void pc_trap_open(struct pc *pc);
MUST_CHECK enum err pc_trap_close(struct pc *pc);

/*
 * The ACPI tables as the parsers see them: physical memory that is mapped to itself. Needs no
 * struct pc, because the clock is found with it.
 */
extern const struct acpi_memory pc_memory;

#endif
