/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * What lockdep would know: the locks that are held and their classes, whether interrupts are off,
 * whether this is a hard interrupt, whether devres is releasing, and the call chain. The model's
 * code says what it enters and takes; a hazard is found here, at the call that makes it, with the
 * chain that led to it. No policy and no table names a hazard.
 *
 * A tracker belongs to one device and lives as long as the play it is part of.
 */
#ifndef INTXLAB_PCI_TRACKER_H
#define INTXLAB_PCI_TRACKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRACKER_DEPTH 12
#define TRACKER_LOCKS 6
#define TRACKER_HARDIRQ_LOCKS 4
#define TRACKER_HAZARDS 32
#define TRACKER_ALLOCATIONS 64
#define TRACKER_CHAIN_TEXT 200

enum gfp { GFP_KERNEL, GFP_ATOMIC };

const char *gfp_name(enum gfp gfp);

enum hazard {
	/* may sleep with interrupts off, under a spinlock, or in hardirq */
	HAZARD_SLEEPING_ALLOCATION,
	HAZARD_RESOURCE_IN_RELEASE, /* devres made while the device's devres are being released */
	/* resources present before probing: the next bind fails with -EBUSY */
	HAZARD_PROBE_REFUSED,
	HAZARD_MASK_LOST, /* a mask request did not reach the register */
	HAZARD_DISINTX_LEFT, /* a driver left DisINTx set that was clear when it came */
	HAZARD_INTX_UNDER_MSI, /* DisINTx cleared while MSI is still enabled */
	HAZARD_INTERRUPT_LOST, /* DisINTx set while its owner holds it to be unmasked */
	HAZARD_NEIGHBOUR, /* another function on the line starved, or stormed */
	HAZARD_COUNT
};

const char *hazard_name(enum hazard hazard); /* "sleeping-allocation", … */

struct tracker_lock {
	const char *name; /* "&vdev->irqlock" */
	bool spin; /* a spinlock, taken with interrupts off; else a mutex */
};

struct tracker_hazard {
	enum hazard hazard;
	const char *where; /* the step */
	char chain[TRACKER_CHAIN_TEXT]; /* innermost first, as in a stack dump: "a < b < c" */
	const char *lock; /* innermost spinlock held, NULL: none */
	/* ... and lockdep has seen its class in a hard interrupt: HARDIRQ-safe */
	bool lock_hardirq_safe;
	bool irqs_off, in_irq, in_release;
	const char *owner;
	uint16_t command; /* as the register read at that moment, if one was read */
};

struct tracker_allocation {
	const char *where;
	const char *site; /* the function that allocates */
	enum gfp gfp;
	const char *lock;
	bool irqs_off, in_release, failed;
	bool intx_node; /* what pcim_intx() keeps the old state in */
	const char *owner;
};

struct tracker {
	const char *chain[TRACKER_DEPTH];
	unsigned depth;
	struct tracker_lock lock[TRACKER_LOCKS];
	unsigned locks;
	/* classes that were taken in a hard interrupt */
	const char *hardirq_safe[TRACKER_HARDIRQ_LOCKS];
	bool in_irq;
	unsigned in_release;
	const char *owner; /* the bound driver's name */
	const char *where; /* the step that runs; set from outside */
	/* Around a read that is ours and not the model's; may be NULL. */
	void (*observe)(void *arg, bool on);
	void *observe_arg;
	bool muted; /* the laboratory tidies up: what happens is no policy's doing */
	bool pressure; /* memory is short: INTx nodes count towards fail_from */
	/* the so-many-th INTx node under pressure and all later fail; 0: none */
	unsigned fail_from;
	unsigned intx_allocations;
	unsigned hazards, allocations; /* may exceed what is kept */
	struct tracker_hazard hazard[TRACKER_HAZARDS];
	struct tracker_allocation allocation[TRACKER_ALLOCATIONS];
};

void tracker_init(struct tracker *t, unsigned fail_from);
void tracker_enter(struct tracker *t, const char *function);
void tracker_leave(struct tracker *t);
void tracker_lock(struct tracker *t, const char *name, bool spin);
void tracker_unlock(struct tracker *t);
bool tracker_irqs_off(const struct tracker *t);
/* False: the allocation fails (only INTx nodes do, and only from fail_from on). */
bool tracker_allocate(struct tracker *t, const char *site, enum gfp gfp, bool intx_node);
void tracker_hazard(struct tracker *t, enum hazard hazard, uint16_t command);
unsigned tracker_count(const struct tracker *t, enum hazard hazard);

#endif
