/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * PCI configuration space. Names as in Linux's pci_regs.h; facts from PCI Local Bus 3.0 chapter 6
 * (PCI 3.0), PCI-to-PCI Bridge 1.2 chapter 3, PCI Express Base chapter 7; HyperTransport's, HT_*,
 * from Linux's file.
 * Access: RO, RW, RW1C, as each line says.
 */
#ifndef INTXLAB_PCI_PCI_REGS_H
#define INTXLAB_PCI_PCI_REGS_H

#define PCI_VENDOR_ID		0x00	/* 16 RO, PCI 3.0 sec 6.2.1; FFFFh: no such function */
#define  PCI_VENDOR_RETRIES		0x0001	/* Request Retry Status, PCIe Base sec 2.3.2 */
#define PCI_DEVICE_ID		0x02	/* 16 RO */
#define PCI_COMMAND		0x04	/* 16 RW, PCI 3.0 sec 6.2.2 */
#define  PCI_COMMAND_IO			0x0001
#define  PCI_COMMAND_MEMORY		0x0002
#define  PCI_COMMAND_MASTER		0x0004
#define  PCI_COMMAND_SERR		0x0100
#define  PCI_COMMAND_INTX_DISABLE	0x0400	/* DisINTx */
#define PCI_STATUS		0x06	/* 16 RO/RW1C, PCI 3.0 sec 6.2.3 */
#define  PCI_STATUS_INTERRUPT		0x0008	/* RO, Interrupt Status */
#define  PCI_STATUS_CAP_LIST		0x0010	/* RO */
#define  PCI_STATUS_RW1C		0xf900	/* the error bits that a 1 clears */
#define PCI_CLASS_REVISION	0x08	/* 32 RO: class 31:8, revision 7:0 */
#define  PCI_CLASS_STORAGE_RAID		0x0104		/* base and sub-class alone */
#define  PCI_CLASS_STORAGE_SATA_AHCI	0x010601
#define  PCI_CLASS_SERIAL_USB_XHCI	0x0c0330
#define  PCI_CLASS_STORAGE_EXPRESS	0x010802	/* NVM Express, with I/O queues */
#define PCI_CACHE_LINE_SIZE	0x0c	/* 8 RW; behind it Latency Timer, 8 RW or RO */
#define PCI_HEADER_TYPE		0x0e	/* 8 RO */
#define  PCI_HEADER_TYPE_MASK		0x7f
#define  PCI_HEADER_TYPE_NORMAL		0
#define  PCI_HEADER_TYPE_BRIDGE		1
#define  PCI_HEADER_TYPE_CARDBUS	2
#define  PCI_HEADER_TYPE_MFD		0x80	/* more than one function */
#define PCI_BASE_ADDRESS_0	0x10	/* 32 RW, PCI 3.0 sec 6.2.5.1 */
#define  PCI_BASE_ADDRESS_SPACE_IO	0x01
#define  PCI_BASE_ADDRESS_MEM_TYPE_MASK	0x06
#define  PCI_BASE_ADDRESS_MEM_TYPE_64	0x04
#define  PCI_BASE_ADDRESS_MEM_PREFETCH	0x08
#define  PCI_BASE_ADDRESS_MEM_MASK	0xfffffff0u
#define  PCI_BASE_ADDRESS_IO_MASK	0xfffffffcu
#define PCI_PRIMARY_BUS		0x18	/* 8 RW, type 1: P2P Bridge 1.2 sec 3.2.5.3 */
#define PCI_SECONDARY_BUS	0x19	/* 8 RW, type 1 */
#define PCI_SUBORDINATE_BUS	0x1a	/* 8 RW, type 1 */
#define PCI_MEMORY_BASE		0x20	/* 16 RW, type 1, its limit behind it: sec 3.2.5.8 */
#define PCI_PREF_MEMORY_BASE	0x24	/* 16 RW, type 1, its limit behind it: sec 3.2.5.9 */
#define  PCI_PREF_RANGE_TYPE_64		0x01	/* RO */
#define PCI_PREF_BASE_UPPER32	0x28	/* 32 RW, type 1, its limit's behind it: sec 3.2.5.10 */
#define PCI_ROM_ADDRESS		0x30	/* 32 RW, PCI 3.0 sec 6.2.5.2 */
#define PCI_CAPABILITY_LIST	0x34	/* 8 RO, PCI 3.0 sec 6.7 */
#define PCI_CB_CAPABILITY_LIST	0x14	/* 8 RO, in a CardBus bridge (PC Card Standard) */
#define PCI_INTERRUPT_LINE	0x3c	/* 8 RW: firmware's scratch byte, PCI 3.0 sec 6.2.4 */
#define PCI_INTERRUPT_PIN	0x3d	/* 8 RO: 0 none, 1-4 INTA-INTD */

#define PCI_CAP_LIST_ID		0	/* 8 */
#define PCI_CAP_LIST_NEXT	1	/* 8, bits 1:0 reserved */
#define  PCI_CAP_ID_PM			0x01
#define  PCI_CAP_ID_MSI			0x05
#define  PCI_CAP_ID_HT			0x08	/* HyperTransport; several in a list */
#define  PCI_CAP_ID_EXP			0x10
#define  PCI_CAP_ID_MSIX		0x11
#define  PCI_CAP_ID_SATA		0x12
#define  PCI_CAP_ID_AF			0x13

#define PCI_PM_CTRL		4	/* 16 RW, PCI PM 1.2, PMCSR */
#define  PCI_PM_CTRL_STATE_MASK		0x0003
#define  PCI_PM_CTRL_D3HOT		0x0003
#define  PCI_PM_CTRL_NO_SOFT_RESET	0x0008	/* RO */
#define  PCI_PM_CTRL_PME_STATUS		0x8000	/* RW1C */

#define PCI_AF_CAP		3	/* 8 RO, PCI ECN Advanced Capabilities */
#define  PCI_AF_CAP_FLR			0x02
#define PCI_AF_CTRL		4	/* 8 RW, reads 0 */
#define  PCI_AF_CTRL_FLR		0x01

#define PCI_MSI_FLAGS		2	/* 16 RW, PCI 3.0 sec 6.8.1.3 */
#define  PCI_MSI_FLAGS_ENABLE		0x0001
#define  PCI_MSI_FLAGS_QSIZE		0x0070
#define  PCI_MSI_FLAGS_64BIT		0x0080
#define  PCI_MSI_FLAGS_MASKBIT		0x0100	/* Mask Bits stand 4 behind the data */
#define PCI_MSI_ADDRESS_LO	4	/* 32 RW */
#define PCI_MSI_ADDRESS_HI	8	/* 32 RW, if PCI_MSI_FLAGS_64BIT */
#define PCI_MSI_DATA_32		8	/* 16 RW */
#define PCI_MSI_DATA_64		12	/* 16 RW */

#define PCI_MSIX_FLAGS		2	/* 16 RW, PCI 3.0 sec 6.8.2.3 */
#define  PCI_MSIX_FLAGS_ENABLE		0x8000

#define HT_CAP_TYPE		3	/* 8 RO: which of them, in 7:5 or in 7:3 */
#define  HT_3BIT_CAP_MASK		0xe0
#define  HT_CAPTYPE_SLAVE		0x00	/* Slave/Primary interface: it hangs on a link */
#define  HT_5BIT_CAP_MASK		0xf8
#define  HT_CAPTYPE_MSI_MAPPING		0xa8	/* turns a message into an interrupt of the link */
#define HT_MSI_FLAGS		2	/* 8 RW */
#define  HT_MSI_FLAGS_ENABLE		0x01
#define  HT_MSI_FLAGS_FIXED		0x02	/* RO: for FEEx_xxxxh alone */

#define PCI_EXP_FLAGS		2	/* 16 RO, PCIe sec 7.5.3.2 */
#define  PCI_EXP_FLAGS_VERS		0x000f
#define  PCI_EXP_FLAGS_TYPE		0x00f0
#define  PCI_EXP_FLAGS_TYPE_SHIFT	4
#define  PCI_EXP_TYPE_ROOT_PORT		4
#define  PCI_EXP_TYPE_UPSTREAM		5
#define  PCI_EXP_TYPE_DOWNSTREAM	6
#define  PCI_EXP_TYPE_PCI_BRIDGE	7	/* PCIe to conventional PCI */
#define  PCI_EXP_TYPE_PCIE_BRIDGE	8	/* conventional PCI to PCIe */
#define PCI_EXP_DEVCAP		4	/* 32 RO */
#define  PCI_EXP_DEVCAP_FLR		0x10000000
#define PCI_EXP_DEVCTL		8	/* 16 RW */
#define  PCI_EXP_DEVCTL_BCR_FLR		0x8000	/* reads 0 */
#define PCI_EXP_LNKCTL		16	/* 16 RW, reads 0 where there is no link */
#define PCI_EXP_LNKCTL2		48	/* 16 RW */
#define PCI_EXP_DEVCTL2		40	/* 16 RW */
#define  PCI_EXP_DEVCTL2_ARI		0x0020	/* ARI Forwarding Enable, of a downstream port */

#define PCI_CFG_SPACE_SIZE	0x100
#define PCI_CFG_SPACE_EXP_SIZE	0x1000
#define PCI_EXT_CAP_ID(header)		((header) & 0xffff)	/* PCIe sec 7.6.3 */
#define PCI_EXT_CAP_NEXT(header)	(((header) >> 20) & 0xffc)

#endif
