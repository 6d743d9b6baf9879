/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Local APIC registers. Intel 64 and IA-32 Architectures Software Developer's Manual (SDM) vol. 3A,
 * chapter "Advanced Programmable Interrupt Controller (APIC)". Offsets are those of xAPIC (memory,
 * 32 bits wide, 16-byte aligned); in x2APIC the same register is MSR LAPIC_X2_MSR(offset), 32 bits
 * in 31:0.
 */
#ifndef INTXLAB_DRIVERS_LAPIC_REGS_H
#define INTXLAB_DRIVERS_LAPIC_REGS_H

#define MSR_APIC_BASE		0x1b	/* IA32_APIC_BASE */
#define  MSR_APIC_BASE_EXTD		0x400u	/* RW, x2APIC mode; only with EN */
#define  MSR_APIC_BASE_EN		0x800u	/* RW, globally enabled */
#define  MSR_APIC_BASE_ADDRESS		0x000ffffffffff000ull
#define MSR_TSC_DEADLINE	0x6e0	/* IA32_TSC_DEADLINE, 64 RW; 0: not armed */

#define LAPIC_X2_MSR(offset)	(0x800u + ((offset) >> 4))
#define LAPIC_WINDOW_SIZE	0x400	/* up to the divide configuration register, 3E0h */

#define LAPIC_ID		0x020	/* RO here; xAPIC: id in 31:24, x2APIC: in 31:0 */
#define  LAPIC_ID_XAPIC_SHIFT		24
#define LAPIC_VERSION		0x030	/* RO */
#define  LAPIC_VERSION_MASK		0xff
#define  LAPIC_VERSION_MAX_LVT_SHIFT	16	/* 23:16, number of LVT entries less one */
#define  LAPIC_VERSION_MAX_LVT_MASK	0xff
#define LAPIC_TPR		0x080	/* RW, class in 7:4: that class and lower wait */
#define LAPIC_EOI		0x0b0	/* WO, 0 */
#define LAPIC_SVR		0x0f0	/* RW, spurious-interrupt vector */
#define  LAPIC_SVR_VECTOR		0x0ffu
#define  LAPIC_SVR_ENABLE		0x100u	/* APIC software enable */
#define  LAPIC_SVR_NO_BROADCAST		0x1000u	/* EOI-broadcast suppression, where it exists */
#define LAPIC_ISR		0x100	/* RO, 8 registers 10h apart; vector n: bit n % 32 */
#define LAPIC_TMR		0x180	/* RO, 8, 1: level */
#define LAPIC_IRR		0x200	/* RO, 8 */
#define LAPIC_ICR		0x300	/* RW, xAPIC: low half */
#define  LAPIC_ICR_SEND_PENDING		0x01000u	/* RO */
#define  LAPIC_ICR_ASSERT		0x04000u
#define  LAPIC_ICR_SELF			0x40000u	/* destination shorthand */
#define LAPIC_SELF_IPI		0x3f0	/* WO, x2APIC only: vector */
#define LAPIC_TIMER_COUNT	0x390	/* RO, current count; 0: expired or never started */

#define LAPIC_LVT_CMCI		0x2f0	/* RW, max LVT entry >= 6 */
#define LAPIC_LVT_TIMER		0x320	/* RW */
#define LAPIC_LVT_THERMAL	0x330	/* RW, max LVT entry >= 5 */
#define LAPIC_LVT_PERF		0x340	/* RW, max LVT entry >= 4 */
#define LAPIC_LVT_LINT0		0x350	/* RW */
#define LAPIC_LVT_LINT1		0x360	/* RW */
#define LAPIC_LVT_ERROR		0x370	/* RW, max LVT entry >= 3 */
#define  LAPIC_LVT_VECTOR		0x000000ffu
#define  LAPIC_LVT_DELIVERY		0x00000700u	/* 10:8, not in timer and error */
#define  LAPIC_LVT_DELIVERY_SMI		0x00000200u
#define  LAPIC_LVT_DELIVERY_EXTINT	0x00000700u	/* the vector is the 8259's */
#define  LAPIC_LVT_MASKED		0x00010000u
#define  LAPIC_LVT_RO			0x00005000u	/* delivery status 12, remote IRR 14 */
#define  LAPIC_LVT_TIMER_MODE		0x00060000u	/* 18:17 */
#define  LAPIC_LVT_TIMER_ONE_SHOT	0x00000000u
#define  LAPIC_LVT_TIMER_DEADLINE	0x00040000u
#define LAPIC_LVT_COUNT		7

#endif
