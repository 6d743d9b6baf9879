/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Configuration space through the ports of a PC, CONFIG_ADDRESS and CONFIG_DATA: PCI 3.0 sec
 * 3.2.2.3.2. The first 256 bytes of functions of segment 0. It is the other way to the registers
 * that ECAM reaches; nothing but a check that compares the two goes it.
 */
#ifndef INTXLAB_PCI_PORTS_H
#define INTXLAB_PCI_PORTS_H

#include "pci/config.h"

/*
 * fn is in segment 0, CONFIG_ADDRESS keeps what is written, and fn's Vendor and Device ID read as
 * through ECAM. False too of a function that reads all-ones. CONFIG_ADDRESS is as found afterwards.
 */
bool pci_ports_answer(const struct pci_fn *fn);
/*
 * One write of exactly that width at off, naturally aligned and below 100h; CONFIG_ADDRESS is as
 * found afterwards.
 */
void pci_ports_write(const struct pci_fn *fn, unsigned off, enum hw_width width, uint32_t value);

#endif
