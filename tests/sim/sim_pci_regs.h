/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Configuration space as the simulated functions have it: PCI 3.0 chapter 6; of bridges PCI-to-PCI
 * Bridge 1.2 chapter 3.
 */
#ifndef INTXLAB_TESTS_SIM_SIM_PCI_REGS_H
#define INTXLAB_TESTS_SIM_SIM_PCI_REGS_H

enum {
	CFG_ID = 0x00,
	CFG_COMMAND = 0x04,
	CFG_STATUS = 0x06,
	CFG_CLASS_REVISION = 0x08,
	CFG_HEADER_TYPE = 0x0e,
	CFG_BAR0 = 0x10,
	CFG_PRIMARY = 0x18,
	CFG_SECONDARY = 0x19,
	CFG_SUBORDINATE = 0x1a,
	CFG_MEM_BASE = 0x20,
	CFG_MEM_LIMIT = 0x22,
	CFG_CAP_PTR = 0x34,
	CFG_INTERRUPT_LINE = 0x3c,
};

enum {
	COMMAND_WRITABLE = 0x0547, /* IO, MEM, Master, Parity, SERR, DisINTx */
	RETRY_STATUS_VENDOR = 0x0001, /* PCIe Base sec 2.3.2; the device reads all-ones */
	STATUS_INTX = 0x0008,
	STATUS_CAP_LIST = 0x0010,
	STATUS_ERRORS_RW1C = 0xf900, /* PCI 3.0 sec 6.2.3 */
	MSI_ENABLE = 0x0001,
	MSI_64BIT = 0x0080,
	MSIX_ENABLE = 0x8000,
	MSIX_WRITABLE = 0xc000, /* MSI-X Enable, Function Mask */
	MSI_STALE_HIGH = 0x0000000a, /* of a message that firmware made and has switched off */
};

#endif
