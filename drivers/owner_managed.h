/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The owner in the role of a managed Linux driver: what it took is released by devres on detach.
 * The order in which it takes and leaves a function is ahci's (drivers/ata/ahci.c, libahci.c),
 * whatever the function is; what it does to the device's registers is the kind's (managed_ops).
 */
#ifndef INTXLAB_DRIVERS_OWNER_MANAGED_H
#define INTXLAB_DRIVERS_OWNER_MANAGED_H

#include "drivers/line.h"
#include "pci/device.h"

/* arg: the owner's. Command is the owner's business and left alone by all of them. */
struct managed_ops {
	const char *driver, *probe; /* the driver's name, and its function that takes the device */
	const char *host, *host_stop; /* names of its two managed resources */
	/* Memory decode is on, Bus Master may be off: the device reset, nothing asserted. */
	enum err (*reset)(void *arg);
	/* Bus Master is on: the device running, its interrupts off; behind the stop's resource. */
	enum err (*start)(void *arg);
	/* The interrupt is requested (heard), or there is no known line: the device's own enables.
	 */
	enum err (*thaw)(void *arg, bool heard);
	void (*freeze)(void *arg); /* detach begins: the device's own enables off */
	/* At the release of host_stop: at rest, and nothing asserted once MSI is off. */
	enum err (*stop)(void *arg);
	/* In interrupt context. False: nothing pending, not ours. */
	bool (*handle)(void *arg);
};

struct owner_managed {
	struct pci_dev *dev;
	const struct managed_ops *ops;
	void *arg;
	struct line *line;
	bool shares; /* its interrupt is another function's line (line_share) */
	bool has_irq; /* the line is requested: without a known line it works without interrupts */
	volatile unsigned served; /* interrupts that its handler took as its own */
	enum err stop; /* what ops->stop() said at release */
};

/*
 * ahci_init_one(): pcim_enable_device, INTx or MSI, reset, Bus Master, start, interrupt, thaw.
 * On failure everything taken is released. ERR_BUSY: resources were present before probing.
 */
MUST_CHECK enum err owner_managed_bind(struct owner_managed *owner, struct pci_dev *dev,
				       const struct managed_ops *ops, void *arg, struct line *line);
/* The same on a line that belongs to another function under test. */
MUST_CHECK enum err owner_managed_bind_shared(struct owner_managed *owner, struct pci_dev *dev,
					      const struct managed_ops *ops, void *arg,
					      struct line *line);
/* freeze(), then devres: interrupt, host, ..., pcim_disable_device. What stop() said. */
MUST_CHECK enum err owner_managed_unbind(struct owner_managed *owner);

/*
 * Until the handler has taken an interrupt as its own beyond the first `before` (owner->served as
 * it was when the event began), at most us. ERR_TIMEOUT, ERR_STORM.
 */
MUST_CHECK enum err owner_managed_served(const struct owner_managed *owner, unsigned before,
					 uint64_t us);

#endif
