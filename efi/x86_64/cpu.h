/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The x86-64 instructions that C has no word for. One instruction each, nothing decided here.
 * Every access to a port or a register carries a memory clobber: the seam promises program order.
 */
#ifndef INTXLAB_EFI_X86_64_CPU_H
#define INTXLAB_EFI_X86_64_CPU_H

#include <stdbool.h>
#include <stdint.h>

#define CPU_RFLAGS_IF (1u << 9)
#define CPU_CR0_WP (1u << 16)
#define CPU_CR4_LA57 (1u << 12)

struct cpu_leaf {
	uint32_t eax, ebx, ecx, edx;
};

static inline struct cpu_leaf cpu_id(uint32_t leaf)
{
	struct cpu_leaf r;

	__asm__ volatile("cpuid"
			 : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
			 : "a"(leaf), "c"(0));
	return r;
}

static inline uint64_t cpu_read_msr(uint32_t reg)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(reg) : "memory");
	return (uint64_t)high << 32 | low;
}

static inline void cpu_write_msr(uint32_t reg, uint64_t value)
{
	__asm__ volatile("wrmsr"
			 :
			 : "c"(reg), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
			 : "memory");
}

static inline uint8_t cpu_in8(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline uint16_t cpu_in16(uint16_t port)
{
	uint16_t value;

	__asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline uint32_t cpu_in32(uint16_t port)
{
	uint32_t value;

	__asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline void cpu_out8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void cpu_out16(uint16_t port, uint16_t value)
{
	__asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void cpu_out32(uint16_t port, uint32_t value)
{
	__asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

/* The fence keeps the counter from being read before the access that it times has been made. */
static inline uint64_t cpu_read_tsc(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

static inline void cpu_pause(void)
{
	__asm__ volatile("pause" : : : "memory");
}

static inline void cpu_fence(void)
{
	__asm__ volatile("mfence" : : : "memory");
}

static inline uint64_t cpu_read_flags(void)
{
	uint64_t flags;

	__asm__ volatile("pushfq\n\tpopq %0" : "=r"(flags) : : "memory");
	return flags;
}

static inline void cpu_irq_on(void)
{
	__asm__ volatile("sti" : : : "memory");
}

static inline void cpu_irq_off(void)
{
	__asm__ volatile("cli" : : : "memory");
}

/* Nothing wakes it but an NMI or a reset. */
static inline void cpu_halt(void)
{
	__asm__ volatile("cli\n\thlt" : : : "memory");
}

static inline uint64_t cpu_read_cr0(void)
{
	uint64_t value;

	__asm__ volatile("movq %%cr0, %0" : "=r"(value));
	return value;
}

static inline uint64_t cpu_read_cr2(void)
{
	uint64_t value;

	__asm__ volatile("movq %%cr2, %0" : "=r"(value) : : "memory");
	return value;
}

static inline uint64_t cpu_read_cr3(void)
{
	uint64_t value;

	__asm__ volatile("movq %%cr3, %0" : "=r"(value));
	return value;
}

static inline uint64_t cpu_read_cr4(void)
{
	uint64_t value;

	__asm__ volatile("movq %%cr4, %0" : "=r"(value));
	return value;
}

static inline uint16_t cpu_read_cs(void)
{
	uint16_t value;

	__asm__ volatile("movw %%cs, %0" : "=r"(value));
	return value;
}

/* What a descriptor table register holds. */
struct cpu_table {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

_Static_assert(sizeof(struct cpu_table) == 10, "SDM vol. 3, GDTR and IDTR in 64-bit mode");

static inline struct cpu_table cpu_read_idtr(void)
{
	struct cpu_table idtr;

	__asm__ volatile("sidt %0" : "=m"(idtr) : : "memory");
	return idtr;
}

static inline void cpu_write_idtr(struct cpu_table idtr)
{
	__asm__ volatile("lidt %0" : : "m"(idtr) : "memory");
}

static inline struct cpu_table cpu_read_gdtr(void)
{
	struct cpu_table gdtr;

	__asm__ volatile("sgdt %0" : "=m"(gdtr) : : "memory");
	return gdtr;
}

static inline void cpu_write_gdtr(struct cpu_table gdtr)
{
	__asm__ volatile("lgdt %0" : : "m"(gdtr) : "memory");
}

/* CS has no load instruction: a far return is one. */
static inline void cpu_load_segments(uint16_t code, uint16_t data)
{
	uint64_t next;

	__asm__ volatile("pushq %1\n\t"
			 "leaq 1f(%%rip), %0\n\t"
			 "pushq %0\n\t"
			 "lretq\n"
			 "1:\n\t"
			 "movw %w2, %%ds\n\t"
			 "movw %w2, %%es\n\t"
			 "movw %w2, %%fs\n\t"
			 "movw %w2, %%gs\n\t"
			 "movw %w2, %%ss"
			 : "=&r"(next)
			 : "r"((uint64_t)code), "r"(data)
			 : "memory");
}

/* n bytes to one port, in order. */
static inline void cpu_out_string(uint16_t port, const char *s, uint64_t n)
{
	__asm__ volatile("cld; rep outsb" : "+S"(s), "+c"(n) : "d"(port) : "memory", "cc");
}

#endif
