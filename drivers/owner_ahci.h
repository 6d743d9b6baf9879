/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* Linux's ahci driver: what the managed owner does to an HBA, and its commands by interrupt. */
#ifndef INTXLAB_DRIVERS_OWNER_AHCI_H
#define INTXLAB_DRIVERS_OWNER_AHCI_H

#include "drivers/ahci.h"
#include "drivers/owner_managed.h"

/* arg: struct ahci. */
extern const struct managed_ops owner_ahci_ops;

/*
 * One command by interrupt: issued, completed, and seen by the handler within us. ERR_TIMEOUT,
 * ERR_IO, ERR_STORM, ERR_GONE.
 */
MUST_CHECK enum err owner_ahci_identify(const struct owner_managed *owner, struct ahci_port *port,
					uint64_t us);
MUST_CHECK enum err owner_ahci_read(const struct owner_managed *owner, struct ahci_port *port,
				    uint64_t lba, uint64_t us);

#endif
