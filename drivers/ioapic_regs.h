/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * I/O APIC registers. Intel 82093AA I/O Advanced Programmable Interrupt Controller datasheet, order
 * number 290566-001; EOIR from the Intel I/O Controller Hub 9 (ICH9) Family Datasheet.
 * Two windows in memory, 32 bits wide, reach all the others by index.
 */
#ifndef INTXLAB_DRIVERS_IOAPIC_REGS_H
#define INTXLAB_DRIVERS_IOAPIC_REGS_H

#define IOAPIC_IOREGSEL		0x00	/* 32 RW, index in 7:0 */
#define IOAPIC_IOWIN		0x10	/* 32 RW, the register that IOREGSEL names */
#define IOAPIC_EOIR		0x40	/* 32 WO, vector in 7:0; version 20h and up */
#define IOAPIC_WINDOW_SIZE	0x44	/* bytes from the base to the end of EOIR */

#define IOAPIC_REG_ID		0x00	/* 32 RW, IOAPICID */
#define  IOAPIC_ID_SHIFT		24	/* 27:24 of the 82093AA, 31:24 of some successors */
#define  IOAPIC_ID_MASK			0xff
#define IOAPIC_REG_VER		0x01	/* 32 RO, IOAPICVER */
#define  IOAPIC_VER_MASK		0xff	/* 7:0, 11h: 82093AA; 20h: has EOIR */
#define  IOAPIC_VER_HAS_EOIR		0x20
#define  IOAPIC_VER_MAX_RTE_SHIFT	16	/* 23:16, number of the last entry */
#define  IOAPIC_VER_MAX_RTE_MASK	0xff
#define IOAPIC_REG_RTE_LOW(pin)		(0x10 + 2 * (pin))	/* 32 RW, IOREDTBL[31:0] */
#define IOAPIC_REG_RTE_HIGH(pin)	(0x11 + 2 * (pin))	/* 32 RW, IOREDTBL[63:32] */
#define  IOAPIC_RTE_VECTOR		0x000000ffu
#define  IOAPIC_RTE_DELIVERY		0x00000700u	/* 10:8 */
#define  IOAPIC_RTE_DELIVERY_SMI	0x00000200u
#define  IOAPIC_RTE_LOGICAL		0x00000800u	/* destination mode; 0: physical */
#define  IOAPIC_RTE_SEND_PENDING	0x00001000u	/* RO, delivery status */
#define  IOAPIC_RTE_ACTIVE_LOW		0x00002000u
#define  IOAPIC_RTE_REMOTE_IRR		0x00004000u	/* RO */
#define  IOAPIC_RTE_LEVEL		0x00008000u
#define  IOAPIC_RTE_MASKED		0x00010000u
#define  IOAPIC_RTE_RO			(IOAPIC_RTE_SEND_PENDING | IOAPIC_RTE_REMOTE_IRR)
#define  IOAPIC_RTE_LOW_RESERVED	0xfffe0000u
#define  IOAPIC_RTE_DEST_SHIFT		56	/* 63:56, physical: local APIC id */

/* An index register of 8 bits leaves room for (100h - 10h) / 2 entries. */
#define IOAPIC_MAX_PINS		120

#endif
