/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * A function behind a reset: when it answers again, and what of its configuration space has to be
 * put back. Which reset it was is the caller's business.
 */
#ifndef INTXLAB_PCI_READY_H
#define INTXLAB_PCI_READY_H

#include "pci/config.h"

/* PCIe Base 6.0 sec 6.6.1 and 6.6.2: no request for so long behind a reset. */
#define PCI_RESET_SETTLE_US 100000
/* PCI PM 1.2 sec 5.6.1: between D3hot and D0, either way. */
#define PCI_D3HOT_SETTLE_US 10000
/*
 * The specification has no bound for Request Retry Status (sec 2.3.1); Linux's is 60 s
 * (drivers/pci/pci.c, PCIE_RESET_READY_POLL_MS, for a Function Level Reset and for D3hot to D0).
 */
#define PCI_RESET_READY_US 60000000

struct pci_wait {
	uint64_t us; /* it took so long */
	bool retried; /* it answered Request Retry Status, at least once */
	bool absent; /* it read all-ones, at least once */
	bool asleep; /* PMCSR said that it was not in D0, at least once */
};

/*
 * Until the function's IDs are its own again, Command is not all-ones and, if pm is not 0, PMCSR in
 * that Power Management capability says D0: asked at once and then in growing intervals, as Linux's
 * pci_dev_wait() does, but no further apart than 16 ms. No register but the IDs is read before
 * they are its own: of a function that retries, the root complex would repeat the request by itself
 * (sec 2.3.2). Adds to *wait, so that one wait can be made in parts. ERR_TIMEOUT.
 */
MUST_CHECK enum err pci_wait_ready(const struct pci_fn *fn, unsigned pm, uint64_t bound_us,
				   struct pci_wait *wait);

/*
 * What a reset takes of a type 0 function and software has to put back: the writable registers of
 * the header but Command, PCI Express control, the MSI message. Left to the caller, because they
 * switch something on: Command, Message Control, that of MSI-X.
 */
#define PCI_SNAPSHOT_MAX 24

struct pci_snapshot {
	unsigned count;
	struct pci_snapshot_register {
		const char *name;
		uint16_t off;
		uint8_t bytes;
		uint32_t value;
	} reg[PCI_SNAPSHOT_MAX];
};

void pci_snapshot(const struct pci_fn *fn, struct pci_snapshot *ret_snapshot);

struct pci_put_back {
	unsigned differed; /* from what was saved, and were written */
	unsigned failed; /* ... and do not read as saved now */
	const char *first; /* the name of the first that differed, NULL: none */
	const char *first_failed;
};

/* Writes only what differs; every register is read again. Decode and Bus Master should be off. */
void pci_put_back(const struct pci_fn *fn, const struct pci_snapshot *saved,
		  struct pci_put_back *ret);

#endif
