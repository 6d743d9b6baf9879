/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Serial ATA AHCI 1.3.1 (June 2011), chapters 3 and 4: offsets from ABAR. All registers are 32 bits
 * wide. Access: RO, RW, RWC (a 1 clears), as each line says.
 */
#ifndef INTXLAB_DRIVERS_AHCI_REGS_H
#define INTXLAB_DRIVERS_AHCI_REGS_H

#include <stddef.h>
#include <stdint.h>

#define AHCI_BAR	5		/* ABAR, sec 2.1.11 */

#define AHCI_CAP	0x00		/* RO, sec 3.1.1 */
#define  AHCI_CAP_NP		0x1fu		/* ports, less one */
#define  AHCI_CAP_ISS		0x00f00000u	/* interface speed; 0 is reserved */
#define  AHCI_CAP_SSS		(1u << 27)	/* staggered spin-up: a port waits for PxCMD.SUD */
#define  AHCI_CAP_S64A		(1u << 31)
#define AHCI_GHC	0x04		/* RW, sec 3.1.2 */
#define  AHCI_GHC_HR		(1u << 0)
#define  AHCI_GHC_IE		(1u << 1)
#define  AHCI_GHC_AE		(1u << 31)
#define AHCI_IS		0x08		/* RWC, sec 3.1.3: bit n = port n */
#define AHCI_PI		0x0c		/* RO, sec 3.1.4 */
#define AHCI_VS		0x10		/* RO, sec 3.1.5 */
#define AHCI_CAP2	0x24		/* RO, sec 3.1.10 */
#define  AHCI_CAP2_BOH		(1u << 0)
#define AHCI_BOHC	0x28		/* RW, sec 3.1.11 */
#define  AHCI_BOHC_BOS		(1u << 0)
#define  AHCI_BOHC_OOS		(1u << 1)
#define  AHCI_BOHC_BB		(1u << 4)

#define AHCI_PORT_BASE	0x100		/* port n at 100h + n * 80h, sec 3.3 */
#define AHCI_PORT_SIZE	0x80
#define AHCI_PX_CLB	0x00		/* RW, 1 KiB aligned */
#define AHCI_PX_CLBU	0x04		/* RW, RO 0 without CAP.S64A */
#define AHCI_PX_FB	0x08		/* RW, 256-byte aligned */
#define AHCI_PX_FBU	0x0c		/* RW, RO 0 without CAP.S64A */
#define AHCI_PX_IS	0x10		/* RWC and RO, sec 3.3.5 */
#define  AHCI_PX_IS_DHRS	(1u << 0)	/* D2H Register FIS with I */
#define  AHCI_PX_IS_PSS		(1u << 1)	/* PIO Setup FIS with I */
#define  AHCI_PX_IS_DSS		(1u << 2)
#define  AHCI_PX_IS_SDBS	(1u << 3)
#define  AHCI_PX_IS_PCS		(1u << 6)	/* RO: PxSERR.DIAG.X */
#define  AHCI_PX_IS_PRCS	(1u << 22)	/* RO: PxSERR.DIAG.N */
#define  AHCI_PX_IS_INFS	(1u << 26)
#define  AHCI_PX_IS_IFS		(1u << 27)
#define  AHCI_PX_IS_HBDS	(1u << 28)
#define  AHCI_PX_IS_HBFS	(1u << 29)
#define  AHCI_PX_IS_TFES	(1u << 30)
#define  AHCI_PX_IS_ERRORS	(AHCI_PX_IS_IFS | AHCI_PX_IS_HBDS | AHCI_PX_IS_HBFS | \
				 AHCI_PX_IS_TFES)
#define AHCI_PX_IE	0x14		/* RW, sec 3.3.6, bits as PxIS */
#define AHCI_PX_CMD	0x18		/* RW and RO, sec 3.3.7 */
#define  AHCI_PX_CMD_ST		(1u << 0)
#define  AHCI_PX_CMD_SUD	(1u << 1)
#define  AHCI_PX_CMD_POD	(1u << 2)
#define  AHCI_PX_CMD_FRE	(1u << 4)
#define  AHCI_PX_CMD_FR		(1u << 14)	/* RO */
#define  AHCI_PX_CMD_CR		(1u << 15)	/* RO */
#define AHCI_PX_TFD	0x20		/* RO, sec 3.3.8 */
#define  AHCI_PX_TFD_ERR	0x01u
#define  AHCI_PX_TFD_DRQ	0x08u
#define  AHCI_PX_TFD_BSY	0x80u
#define AHCI_PX_SIG	0x24		/* RO, sec 3.3.9 */
#define  AHCI_PX_SIG_ATA	0x00000101u
#define  AHCI_PX_SIG_ATAPI	0xeb140101u
#define AHCI_PX_SSTS	0x28		/* RO, sec 3.3.10 */
#define  AHCI_PX_SSTS_DET	0x0fu
#define  AHCI_PX_SSTS_DET_NONE		0x0u
#define  AHCI_PX_SSTS_DET_PRESENT	0x1u	/* device there, no communication */
#define  AHCI_PX_SSTS_DET_READY		0x3u	/* device there, Phy communication up */
#define AHCI_PX_SCTL	0x2c		/* RW, sec 3.3.11 */
#define  AHCI_PX_SCTL_DET	0x0fu
#define  AHCI_PX_SCTL_DET_COMRESET	0x1u
#define AHCI_PX_SERR	0x30		/* RWC, sec 3.3.12 */
#define AHCI_PX_CI	0x38		/* RW1, sec 3.3.14 */

/* Bounds, in microseconds. */
#define AHCI_RESET_US		1000000u	/* GHC.HR, sec 10.4.3 */
#define AHCI_STOP_US		500000u		/* CR and FR, sec 10.1.2 */
#define AHCI_BOH_US		25000u		/* BOS, sec 10.6.3; with BB set ... */
#define AHCI_BOH_BUSY_US	2000000u	/* ... so long */
#define AHCI_COMRESET_US	1000u		/* PxSCTL.DET = 1 at least so long, sec 10.4.2 */
#define AHCI_DETECT_US		10000u		/* COMINIT after COMRESET: Serial ATA, OOB */
#define AHCI_READY_US		10000000u	/* BSY until the signature: libata's first */
#define AHCI_IFS_US		100000u		/* behind PxIS.IFS: one sector is read by then */
#define AHCI_COMMAND_US		5000000u	/* IDENTIFY or READ: libata's first timeout */

/* In memory, sec 4.2.2: command list entry. */
struct ahci_header {
	uint16_t flags;	/* CFL 4:0 in dwords, W bit 6, C bit 10 */
	uint16_t prdtl;
	uint32_t prdbc;	/* bytes moved, written by the HBA */
	uint32_t ctba, ctbau;
	uint32_t reserved[4];
};
_Static_assert(sizeof(struct ahci_header) == 32, "AHCI 1.3.1 sec 4.2.2");

struct ahci_prd {
	uint32_t dba, dbau;
	uint32_t reserved;
	uint32_t dbc;	/* 21:0 bytes less one, bit 31 interrupt */
};
_Static_assert(sizeof(struct ahci_prd) == 16, "AHCI 1.3.1 sec 4.2.3.3");

struct ahci_table {
	uint8_t cfis[64];
	uint8_t acmd[16];
	uint8_t reserved[48];
	struct ahci_prd prd[1];
};
_Static_assert(offsetof(struct ahci_table, prd) == 0x80, "AHCI 1.3.1 sec 4.2.3");

#define FIS_H2D		0x27		/* Register - Host to Device (Serial ATA) */
#define FIS_H2D_C	0x80
#define ATA_IDENTIFY	0xec		/* IDENTIFY DEVICE, PIO data-in, 512 bytes */
#define ATA_READ_DMA_EXT 0x25		/* 48-bit, DMA data-in */

#endif
