/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * AHCI 1.3.1 chapter 3 and sec 4.2, Serial ATA 3.x FIS layouts, ATA8-ACS: as the simulated HBA has
 * them.
 */
#ifndef INTXLAB_TESTS_SIM_SIM_AHCI_REGS_H
#define INTXLAB_TESTS_SIM_SIM_AHCI_REGS_H

/* Generic host control */
#define R_CAP 0x00
#define  CAP_S64A 0x80000000u
#define  CAP_SCLO 0x01000000u
#define  CAP_ISS_GEN3 0x00300000u
#define  CAP_SAM 0x00040000u
#define  CAP_NCS_32 0x00001f00u
#define R_GHC 0x04
#define  GHC_HR 0x00000001u
#define  GHC_IE 0x00000002u
#define  GHC_AE 0x80000000u
#define R_IS 0x08
#define R_PI 0x0c
#define R_VS 0x10
#define  VS_1_3_1 0x00010301u
#define R_CAP2 0x24
#define  CAP2_BOH 0x01u
#define R_BOHC 0x28
#define  BOHC_BOS 0x01u
#define  BOHC_OOS 0x02u
#define  BOHC_SOOE 0x04u
#define  BOHC_OOC 0x08u
#define  BOHC_BB 0x10u
#define R_PORTS 0x100
#define R_PORT_SIZE 0x80

/* Port registers */
#define P_CLB 0x00
#define P_CLBU 0x04
#define P_FB 0x08
#define P_FBU 0x0c
#define P_IS 0x10
#define P_IE 0x14
#define  PIS_DHRS 0x00000001u
#define  PIS_PSS 0x00000002u
#define  PIS_UFS 0x00000010u
#define  PIS_DPS 0x00000020u
#define  PIS_PCS 0x00000040u
#define  PIS_PRCS 0x00400000u
#define  PIS_OFS 0x01000000u
#define  PIS_IFS 0x08000000u
#define  PIS_HBFS 0x20000000u
#define  PIS_TFES 0x40000000u
#define  PIS_DEFINED 0xfdc000ffu
#define P_CMD 0x18
#define  PCMD_ST 0x00000001u
#define  PCMD_SUD 0x00000002u
#define  PCMD_POD 0x00000004u
#define  PCMD_CLO 0x00000008u
#define  PCMD_FRE 0x00000010u
#define  PCMD_CCS 0x00001f00u
#define  PCMD_FR 0x00004000u
#define  PCMD_CR 0x00008000u
#define  PCMD_WRITABLE 0x0f000011u /* ASP ALPE DLAE ATAPI FRE ST */
#define P_TFD 0x20
#define  STS_BSY 0x80u
#define  STS_DRQ 0x08u
#define  STS_READY 0x50u /* DRDY, seek complete */
#define  STS_ERROR 0x51u
#define  TFD_RESET 0x7fu
#define P_SIG 0x24
#define P_SSTS 0x28
#define  SSTS_UP_GEN3 0x133u
#define P_SCTL 0x2c
#define  SCTL_DET 0x0fu
#define P_SERR 0x30
#define  SERR_DEFINED 0x07ff0f03u
#define  SERR_DIAG_N 0x00010000u
#define  SERR_DIAG_F 0x02000000u
#define  SERR_DIAG_X 0x04000000u
#define P_CI 0x38

/* Command header DW0 (sec 4.2.2), PRD (sec 4.2.3.3), FIS receive area (sec 4.2.1) */
#define HDR_CFL 0x1fu
#define HDR_WRITE 0x40u
#define HDR_PRDTL_SHIFT 16
#define TABLE_PRDT 0x80
#define PRD_SIZE 16u
#define PRD_DBC 0x003fffffu
#define PRD_I 0x80000000u
#define RFIS_PIO_SETUP 0x20
#define RFIS_D2H 0x40

#define FIS_H2D 0x27
#define FIS_D2H 0x34
#define FIS_PIO_SETUP 0x5f
#define FIS_C 0x80 /* H2D: an update of the Command register */
#define FIS_I 0x40
#define FIS_DIR_IN 0x20
#define CTL_SRST 0x04

#define ERR_ABRT 0x04
#define ERR_IDNF 0x10
#define ERR_UNC 0x40

#endif
