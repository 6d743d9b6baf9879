/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The seam: all that pci/, drivers/ and run/ know of the machine under them.
 *
 * A handle, not link-time symbols: one process holds many simulated machines, and wrappers (trace,
 * fault) stack on a struct hw of their own. Providers: efi/ (a PC under UEFI), tests/sim.
 *
 * Contract of every access: exactly one access of exactly that width, never split, merged, widened,
 * repeated or elided, in program order with every other access through the seam. Addresses are
 * naturally aligned; anything else is a caller's bug. Nothing answers: all-ones of that width, and
 * the write is lost.
 */
#ifndef INTXLAB_PCI_HW_H
#define INTXLAB_PCI_HW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pci/err.h"

struct hw;

enum hw_width { HW_8 = 1, HW_16 = 2, HW_32 = 4, HW_64 = 8 };

#define HW_FAULT_PANIC 256 /* hw_fault.vector when the end was a panic, not an exception */

/* What the CPU said when it took an exception inside hw_guard(). */
struct hw_fault {
	unsigned vector;
	uint64_t error_code;
	uint64_t ip; /* RIP */
	uint64_t address; /* CR2; only a page fault sets it */
};

/* Memory that the CPU and a bus master share: coherent, zeroed, never moved, never paged. */
struct hw_dma {
	void *cpu;
	uint64_t bus; /* the address a device uses; differs from cpu's under an IOMMU */
	size_t size;
};

/*
 * Called with interrupts off, in interrupt context: count, snapshot, mask, EOI. No text, no
 * allocation.
 */
typedef void hw_irq_fn(void *arg, unsigned vector);
typedef void hw_body_fn(void *arg);

struct hw_ops {
	/*
	 * Memory-mapped registers. 64-bit accesses only where the register's specification allows
	 * them.
	 */
	uint64_t (*mmio_read)(struct hw *hw, uint64_t addr, enum hw_width width);
	void (*mmio_write)(struct hw *hw, uint64_t addr, enum hw_width width, uint64_t value);
	/* True when every byte of [addr, addr+size) can be accessed without a fault. */
	bool (*mmio_is_mapped)(struct hw *hw, uint64_t addr, uint64_t size);

	/* Port I/O; all-ones and no effect on machines without it. */
	uint32_t (*port_read)(struct hw *hw, uint16_t port, enum hw_width width);
	void (*port_write)(struct hw *hw, uint16_t port, enum hw_width width, uint32_t value);

	/* A counter that never goes back, and its frequency in Hz (constant, never 0). */
	uint64_t (*ticks)(struct hw *hw);
	uint64_t (*tick_hz)(struct hw *hw);
	/*
	 * Inside every polling loop: a pause for the CPU; a simulated machine moves its time here.
	 */
	void (*relax)(struct hw *hw);

	/*
	 * size bytes aligned to align (a power of two, at most 4096), on a board below 4 GiB
	 * (efi/firmware.h says why). Freed all at once by the provider.
	 */
	enum err (*dma_alloc)(struct hw *hw, size_t size, size_t align, struct hw_dma *ret_dma);
	/* Orders memory accesses before it against register accesses after it, and the reverse. */
	void (*dma_barrier)(struct hw *hw);

	/*
	 * One sink for every external vector (32 and up); NULL detaches: such vectors are then
	 * dropped.
	 */
	void (*irq_attach)(struct hw *hw, hw_irq_fn *fn, void *arg);
	/* Switch delivery to this CPU; return what it was before. */
	bool (*irq_switch)(struct hw *hw, bool on);
	/*
	 * Run body; OK when it returns. An exception (or a panic) in it ends it, fills *ret_fault
	 * and gives ERR_FAULT, with interrupts switched off. Nests.
	 */
	enum err (*guard)(struct hw *hw, hw_body_fn *body, void *arg, struct hw_fault *ret_fault);
	/*
	 * A CPU system register by its architectural number (x86: MSR). The caller knows it exists.
	 */
	uint64_t (*sysreg_read)(struct hw *hw, uint32_t reg);
	void (*sysreg_write)(struct hw *hw, uint32_t reg, uint64_t value);

	/* The record: len bytes of ASCII, '\n' ends a line. Bounded; never fails visibly. */
	void (*text)(struct hw *hw, const char *s, size_t len);
	/*
	 * A bug of ours: prints what, then ends the innermost guard, or the run. Does not return.
	 */
	void (*panic)(struct hw *hw, const char *what) __attribute__((noreturn));
};

struct hw {
	const struct hw_ops *ops;
	uint64_t delayed_us; /* in hw_delay_us(), by this handle */
};

static inline uint8_t hw_read8(struct hw *hw, uint64_t addr)
{
	return (uint8_t)hw->ops->mmio_read(hw, addr, HW_8);
}

static inline uint16_t hw_read16(struct hw *hw, uint64_t addr)
{
	return (uint16_t)hw->ops->mmio_read(hw, addr, HW_16);
}

static inline uint32_t hw_read32(struct hw *hw, uint64_t addr)
{
	return (uint32_t)hw->ops->mmio_read(hw, addr, HW_32);
}

static inline void hw_write8(struct hw *hw, uint64_t addr, uint8_t value)
{
	hw->ops->mmio_write(hw, addr, HW_8, value);
}

static inline void hw_write16(struct hw *hw, uint64_t addr, uint16_t value)
{
	hw->ops->mmio_write(hw, addr, HW_16, value);
}

static inline void hw_write32(struct hw *hw, uint64_t addr, uint32_t value)
{
	hw->ops->mmio_write(hw, addr, HW_32, value);
}

/* Our own bugs only, never a device's answer; the condition has no side effects. */
#define hw_bug_if(hw, condition)                                                                   \
	do {                                                                                       \
		if (condition)                                                                     \
			(hw)->ops->panic((hw), "bug: " #condition);                                \
	} while (0)

/*
 * Bounded waits. A deadline is a tick count; hw_expired() is true from it on. Every user names
 * where its bound comes from.
 */
struct hw_timer {
	uint64_t start;
	uint64_t limit; /* ticks */
};

/* Starts now, runs us microseconds. */
struct hw_timer hw_timer_us(struct hw *hw, uint64_t us);
bool hw_expired(struct hw *hw, const struct hw_timer *timer);
uint64_t hw_elapsed_us(struct hw *hw, const struct hw_timer *timer);
/* A stated window in which nothing is waited for: settle times of a specification. */
void hw_delay_us(struct hw *hw, uint64_t us);

#endif
