/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * eXtensible Host Controller Interface for USB, revision 1.2 (May 2019), chapters 5, 6 and 7.
 * Registers of 64 bits are accessed as two of 32, low half first (sec 5.1). Access: RO, RW, RW1C
 * (a 1 clears), RW1S, WO.
 */
#ifndef INTXLAB_DRIVERS_XHCI_REGS_H
#define INTXLAB_DRIVERS_XHCI_REGS_H

#include <stdint.h>

#define XHCI_BAR	0

/* Capability registers, sec 5.3: from BAR 0, RO. */
#define XHCI_CAPLENGTH	0x00		/* 7:0 length, 31:16 HCIVERSION */
#define XHCI_HCSPARAMS1	0x04
#define  XHCI_PORTS(params1)	((params1) >> 24)
#define XHCI_HCSPARAMS2	0x08
#define  XHCI_SCRATCHPADS(params2)	(((params2) >> 16 & 0x3e0u) | (params2) >> 27)
#define XHCI_HCCPARAMS1	0x10
#define  XHCI_XECP(params)	(((params) >> 16) * 4)	/* of the first extended capability */
#define XHCI_DBOFF	0x14		/* 31:2 */
#define XHCI_RTSOFF	0x18		/* 31:5 */

/* Operational registers, sec 5.4: from BAR 0 and CAPLENGTH. */
#define XHCI_USBCMD	0x00		/* RW, sec 5.4.1 */
#define  XHCI_USBCMD_RS		(1u << 0)
#define  XHCI_USBCMD_HCRST	(1u << 1)	/* reads 1 until the reset is done */
#define  XHCI_USBCMD_INTE	(1u << 2)
#define XHCI_USBSTS	0x04		/* sec 5.4.2 */
#define  XHCI_USBSTS_HCH	(1u << 0)	/* RO */
#define  XHCI_USBSTS_HSE	(1u << 2)	/* RW1C */
#define  XHCI_USBSTS_EINT	(1u << 3)	/* RW1C: an interrupter's IP went from 0 to 1 */
#define  XHCI_USBSTS_CNR	(1u << 11)	/* RO: no other register may be written */
#define  XHCI_USBSTS_HCE	(1u << 12)	/* RO */
#define XHCI_PAGESIZE	0x08		/* RO, sec 5.4.3: bit 0, pages of 4 KiB */
#define XHCI_CRCR	0x18		/* RW, sec 5.4.5: pointer and CS read as 0 */
#define  XHCI_CRCR_RCS		(1u << 0)
#define XHCI_DCBAAP	0x30		/* RW, sec 5.4.6 */
#define XHCI_CONFIG	0x38		/* RW, sec 5.4.7: 7:0 device slots enabled */
#define XHCI_PORTSC	0x400		/* sec 5.4.8: 10h apart */
#define  XHCI_PORTSC_CCS	(1u << 0)	/* RO: a device is connected */

/* Runtime registers, sec 5.5: from BAR 0 and RTSOFF; of interrupter 0. */
#define XHCI_IMAN	0x20		/* sec 5.5.2.1 */
#define  XHCI_IMAN_IP		(1u << 0)	/* RW1C */
#define  XHCI_IMAN_IE		(1u << 1)
#define XHCI_IMOD	0x24		/* RW, sec 5.5.2.2: 15:0 interval in 250 ns; 0: none */
#define XHCI_ERSTSZ	0x28		/* RW, sec 5.5.2.3.1 */
#define XHCI_ERSTBA	0x30		/* RW, sec 5.5.2.3.2: to write it starts the event ring */
#define XHCI_ERDP	0x38		/* RW, sec 5.5.2.3.3 */
#define  XHCI_ERDP_EHB		(1u << 3)	/* RW1C */

/* Doorbell 0, sec 5.6: from BAR 0 and DBOFF; WO. Target 0: the command ring. */
#define XHCI_DOORBELL_COMMAND	0u

/* Extended capability, sec 7.1: 7:0 id, 15:8 next in dwords. */
#define XHCI_XCAP_ID		0xffu
#define XHCI_XCAP_NEXT(dword)	(((dword) >> 8 & 0xff) * 4)
#define XHCI_XCAP_LEGACY	1u		/* USBLEGSUP */
#define  XHCI_LEGACY_BIOS	(1u << 16)
#define  XHCI_LEGACY_OS		(1u << 24)
#define XHCI_LEGACY_CONTROL	4		/* USBLEGCTLSTS, from there */
#define  XHCI_LEGACY_SMI_ENABLES	0x0000e011u
#define  XHCI_LEGACY_SMI_EVENTS		0xe0000000u	/* RW1C */

/* Bounds, in microseconds. */
#define XHCI_HALT_US	32000u		/* 16 ms, sec 5.4.1.1; Linux waits twice that */
#define XHCI_RESET_US	10000000u	/* HCRST and CNR: no bound in the text; Linux's 10 s */
#define XHCI_QUIET_US	1000u		/* behind HCRST: Linux xhci_reset(), XHCI_INTEL_HOST */
#define XHCI_SETTLE_US	100000u		/* devices connect anew: USB 2.0 sec 7.1.7.3, TATTDB */
#define XHCI_HANDOFF_US	1000000u	/* sec 4.22.1 */
#define XHCI_COMMAND_US	5000000u	/* Linux XHCI_CMD_DEFAULT_TIMEOUT */
#define XHCI_EVENT_US	1000u		/* USBSTS.EINT behind the event in memory */

/* Sec 6.4: transfer request block. */
struct xhci_trb {
	uint32_t parameter[2];
	uint32_t status;	/* of an event: completion code 31:24 */
	uint32_t control;	/* cycle 0, type 15:10 */
};
_Static_assert(sizeof(struct xhci_trb) == 16, "xHCI 1.2 sec 6.4");

#define XHCI_TRB_CYCLE		(1u << 0)
#define XHCI_TRB_TOGGLE		(1u << 1)	/* of a Link TRB: the cycle turns there */
#define XHCI_TRB_TYPE(control)	((control) >> 10 & 0x3f)
#define XHCI_TRB_LINK		(6u << 10)
#define XHCI_TRB_NO_OP		(23u << 10)	/* No Op Command, sec 6.4.3.1 */
#define XHCI_TRB_COMPLETION	33u		/* Command Completion Event, sec 6.4.2.2 */
#define XHCI_CODE(status)	((status) >> 24)
#define XHCI_CODE_SUCCESS	1u

/* Sec 6.5: event ring segment table entry. */
struct xhci_segment {
	uint32_t base[2];
	uint32_t size;	/* TRBs, 16 at least */
	uint32_t reserved;
};
_Static_assert(sizeof(struct xhci_segment) == 16, "xHCI 1.2 sec 6.5");

#endif
