/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The owner in the role of vfio-pci: unmanaged, and ignorant of the device. It forwards the
 * interrupt to "user space" and masks it until user space says so. Rules:
 * drivers/vfio/pci/vfio_pci_core.c, vfio_pci_intrs.c, vfio_pci_config.c.
 *
 * Where it masks is an ops pair chosen once, when the device is opened: at the device (DisINTx)
 * where that works, else at the controller.
 */
#ifndef INTXLAB_DRIVERS_PASSTHROUGH_H
#define INTXLAB_DRIVERS_PASSTHROUGH_H

#include "drivers/line.h"
#include "pci/device.h"

struct passthrough;

struct passthrough_mask {
	const char *name; /* "device", "controller" */
	/* In the handler, under the lock: true when it was ours; it is masked then. */
	bool (*check_and_mask)(struct passthrough *pt);
	void (*mask)(struct passthrough *pt);
	/* With no interrupt of ours: the physical bit follows the virtual one. */
	void (*unmask)(struct passthrough *pt);
	/* False: still pending, stays masked, user space is to be told again. */
	bool (*check_and_unmask)(struct passthrough *pt);
	/* Before the line is requested. */
	void (*set_initial)(struct passthrough *pt, bool masked);
	/* IRQF_NO_AUTOEN: a line that begins masked is requested without being unmasked. */
	bool requests_disabled;
	/* A delivery that came although the owner had disabled the line lazily. */
	void (*redelivered)(struct passthrough *pt);
	/* As the hardware, and the flow handler before it, stand now. */
	bool (*is_masked)(struct passthrough *pt);
};

extern const struct passthrough_mask passthrough_mask_at_device, passthrough_mask_at_controller;

struct passthrough {
	struct pci_dev *dev;
	struct line *line;
	const struct passthrough_mask *mask_ops;
	bool opened;
	volatile bool lazily_disabled; /* at the controller: disabled, the entry not masked yet */
	/* What another CPU does as soon as it gets irqlock; once. NULL: nobody waits. */
	void (*waiting)(struct passthrough *pt);
	bool irq_is_msi;
	bool irq_is_intx; /* SET_IRQS gave it an INTx trigger */
	bool virq_disabled; /* the guest's DisINTx, virtual Command[10] */
	/* changed under the lock: by the handler, or by a task with interrupts off */
	volatile bool masked;
	/* user space's eventfd: since the play began, through every bind */
	volatile unsigned notified;
};

/*
 * Bind writes nothing. ERR_BUSY: resources were present before probing. From here to the unbind
 * memory is short, as far as --fail-alloc goes.
 */
MUST_CHECK enum err passthrough_bind(struct passthrough *pt, struct pci_dev *dev,
				     struct line *line);
/* Bus Master off, enable, state saved for the close. */
void passthrough_open(struct passthrough *pt, const struct passthrough_mask *mask_ops);
/*
 * SET_IRQS INTx with a trigger: DisINTx as the guest has it, then the line. ERR_NO_ROUTE, ERR_BUSY,
 * ERR_MISMATCH.
 */
MUST_CHECK enum err passthrough_intx_enable(struct passthrough *pt);
/* SET_IRQS with none: the line is let go; DisINTx stays what it is. */
void passthrough_intx_disable(struct passthrough *pt);
/*
 * SET_IRQS MSI: one vector on, with DisINTx set for it and put back with the whole saved word
 * (vfio_pci_memory_unlock_and_restore()); and off. ERR_ABSENT, ERR_BUSY, ERR_NOMEM,
 * ERR_UNSUPPORTED.
 */
MUST_CHECK enum err passthrough_msi_enable(struct passthrough *pt);
void passthrough_msi_disable(struct passthrough *pt);
/* ACTION_MASK, ACTION_UNMASK. Without a trigger for INTx they are refused: nothing is touched. */
void passthrough_user_mask(struct passthrough *pt);
void passthrough_user_unmask(struct passthrough *pt);
/*
 * User space writes Command through the virtual config space: everything but DisINTx goes to the
 * register, DisINTx becomes mask or unmask.
 */
void passthrough_user_command(struct passthrough *pt, uint16_t command);
/*
 * Bus Master off, line let go, 0x0400 (decode off, DisINTx), the state saved at open restored 32
 * bits wide, disable.
 */
void passthrough_close(struct passthrough *pt);
void passthrough_unbind(struct passthrough *pt);

#endif
