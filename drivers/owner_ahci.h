/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The owner in the role of Linux's ahci driver: managed. What it does to the function, in which
 * order, is drivers/ata/ahci.c and libahci.c; what it took is released by devres on detach.
 */
#ifndef INTXLAB_DRIVERS_OWNER_AHCI_H
#define INTXLAB_DRIVERS_OWNER_AHCI_H

#include "drivers/ahci.h"
#include "drivers/line.h"
#include "pci/device.h"

struct owner_ahci {
	struct pci_dev *dev;
	struct ahci *hba;
	struct line *line;
	bool shares; /* its interrupt is another function's line (line_share) */
	bool has_irq; /* the line is requested: without a known line it works without interrupts */
	enum err stop; /* of the ports, at release */
};

/*
 * ahci_init_one(): pcim_enable_device, INTx, HBA reset, GHC.IE, Bus Master, ports, interrupt.
 * On failure everything taken is released. ERR_BUSY: resources were present before probing.
 */
MUST_CHECK enum err owner_ahci_bind(struct owner_ahci *owner, struct pci_dev *dev, struct ahci *hba,
				    struct line *line);
/* The same on a line that belongs to another function under test. */
MUST_CHECK enum err owner_ahci_bind_shared(struct owner_ahci *owner, struct pci_dev *dev,
					   struct ahci *hba, struct line *line);
/*
 * ata_host_detach, then devres: interrupt, host, ..., pcim_disable_device. The first error of
 * stopping the ports.
 */
MUST_CHECK enum err owner_ahci_unbind(struct owner_ahci *owner);

/*
 * One command by interrupt: issued, completed, and seen by the handler; bounded. ERR_TIMEOUT,
 * ERR_IO, ERR_STORM, ERR_GONE.
 */
MUST_CHECK enum err owner_ahci_identify(struct owner_ahci *owner, struct ahci_port *port);
MUST_CHECK enum err owner_ahci_read(struct owner_ahci *owner, struct ahci_port *port, uint64_t lba);
/* The same, with another bound than AHCI_COMMAND_US for the interrupt to come. */
MUST_CHECK enum err owner_ahci_read_within(struct owner_ahci *owner, struct ahci_port *port,
					   uint64_t lba, uint64_t us);

#endif
