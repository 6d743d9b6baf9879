/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * NVM Express Base Specification 2.0c (October 2022), chapter 3 "Controller Properties" and chapter
 * 4 "Data Structures": offsets from BAR 0. Properties of 64 bits are accessed as two of 32 (sec
 * 3.1.1 allows it). The sections of the transport specification were not verified. Access: RO, RW,
 * RW1S (a 1 sets), RW1C (a 1 clears), WO.
 */
#ifndef INTXLAB_DRIVERS_NVME_REGS_H
#define INTXLAB_DRIVERS_NVME_REGS_H

#include <stddef.h>
#include <stdint.h>

#define NVME_BAR	0		/* NVMe over PCIe Transport 1.0, MLBAR and MUBAR */

#define NVME_CAP	0x00		/* RO, sec 3.1.3.1, low half */
#define  NVME_CAP_MQES		0xffffu		/* entries of a queue at most, less one */
#define  NVME_CAP_TO(low)	((low) >> 24)	/* to CSTS.RDY, in units of 500 ms */
#define NVME_CAP_HIGH	0x04
#define  NVME_CAP_HIGH_DSTRD	0xfu		/* doorbells are 4 << DSTRD bytes apart */
#define  NVME_CAP_HIGH_CSS	(1u << 5)	/* CAP.CSS, the NVM command set */
#define  NVME_CAP_HIGH_CSS_IOCS	(1u << 11)	/* ... I/O command sets */
#define  NVME_CAP_HIGH_CSS_NONE	(1u << 12)	/* ... none but the admin commands */
#define  NVME_CAP_HIGH_MPSMIN	0xf0000u	/* smallest page 4 KiB << MPSMIN */
#define NVME_VS		0x08		/* RO, sec 3.1.3.2 */
#define NVME_INTMS	0x0c		/* RW1S, sec 3.1.3.3: bit n: vector n; not with MSI-X */
#define NVME_INTMC	0x10		/* RW1C, sec 3.1.3.4: reads as INTMS */
#define  NVME_VECTOR_0		(1u << 0)	/* the admin completion queue's, sec 3.3.1.1 */
#define NVME_CC		0x14		/* RW, sec 3.1.3.5 */
#define  NVME_CC_EN		(1u << 0)
#define  NVME_CC_CSS_NVM	(0u << 4)
#define  NVME_CC_CSS_IOCS	(6u << 4)
#define  NVME_CC_CSS_ADMIN	(7u << 4)
#define  NVME_CC_SHN		(3u << 14)	/* written other than 0: a shutdown begins */
#define  NVME_CC_IOSQES_64	(6u << 16)
#define  NVME_CC_IOCQES_16	(4u << 20)
#define NVME_CSTS	0x1c		/* RO but NSSRO, sec 3.1.3.6 */
#define  NVME_CSTS_RDY		(1u << 0)
#define  NVME_CSTS_CFS		(1u << 1)	/* fatal: nothing but a reset helps */
#define NVME_AQA	0x24		/* RW, sec 3.1.3.8: ACQS 27:16, ASQS 11:0, less one each */
#define NVME_ASQ	0x28		/* RW, sec 3.1.3.9, low half; ASQ and ACQ page aligned */
#define NVME_ACQ	0x30		/* RW, sec 3.1.3.10, low half */
#define NVME_DOORBELLS	0x1000		/* WO, transport 1.0 sec 3.1.2: admin SQ tail, and a */
					/* stride behind it admin CQ head */

#define NVME_PAGE	4096u		/* CC.MPS = 0 */
/* CAP.TO at most; and an admin command: Linux's default, drivers/nvme/host/core.c admin_timeout,
 * is 60 s; Identify reads no medium, so that libata's 5 s for IDENTIFY DEVICE do. */
#define NVME_READY_UNIT_US	500000u
#define NVME_COMMAND_US		5000000u

/* Sec 3.3.3.1: submission queue entry. */
struct nvme_command {
	uint32_t cdw0;	/* opcode 7:0, command identifier 31:16 */
	uint32_t nsid;
	uint32_t cdw2, cdw3;
	uint32_t metadata[2];
	uint32_t prp1[2], prp2[2];
	uint32_t cdw10, cdw11, cdw12, cdw13, cdw14, cdw15;
};
_Static_assert(sizeof(struct nvme_command) == 64, "NVMe Base 2.0c sec 3.3.3.1");
_Static_assert(offsetof(struct nvme_command, prp1) == 24, "NVMe Base 2.0c figure 87");
_Static_assert(offsetof(struct nvme_command, cdw10) == 40, "NVMe Base 2.0c figure 87");

/* Sec 3.3.3.2: completion queue entry. */
struct nvme_completion {
	uint32_t dw0, dw1;
	uint32_t sq;	/* SQ head 15:0, SQ identifier 31:16 */
	uint32_t status;	/* command identifier 15:0, phase tag 16, status 31:17 */
};
_Static_assert(sizeof(struct nvme_completion) == 16, "NVMe Base 2.0c sec 3.3.3.2");

#define NVME_PHASE	(1u << 16)
#define NVME_STATUS(dw3)	((dw3) >> 17)	/* 0: successful completion, sec 3.3.3.2.1 */

#define NVME_IDENTIFY	0x06u		/* sec 5.17; CNS 01h: the controller, 4096 bytes */
#define NVME_CNS_CONTROLLER	0x01u
#define NVME_MODEL_OFF	24		/* MN, 40 bytes of ASCII, filled up with spaces */
#define NVME_MODEL_LEN	40

#endif
