/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Device resources as Linux's drivers/base/devres.c keeps them: a list per device, last in first
 * out. Release moves the whole list to a private one first and then runs it, so while it runs a
 * find on the device finds nothing and an add leaves a node behind for the next driver to stumble
 * over. Nodes come from a pool in the list itself; nothing here touches hardware.
 */
#ifndef INTXLAB_PCI_DEVRES_H
#define INTXLAB_PCI_DEVRES_H

#include <stdbool.h>
#include <stddef.h>

#include "pci/err.h"

struct pci_dev;
struct devres_node;

typedef void devres_release_fn(struct pci_dev *dev, struct devres_node *node);

#define DEVRES_NODES 16

struct devres_node {
	const char *name;
	devres_release_fn *release;
	void *arg; /* the release function's own */
	bool orig_intx; /* of an INTx node: enabled before */
	struct devres_node *older;
	bool used;
};

struct devres {
	struct devres_node *newest;
	struct devres_node node[DEVRES_NODES];
};

/* ERR_NOMEM: the pool is used up. */
MUST_CHECK enum err devres_add(struct devres *list, const char *name, devres_release_fn *release,
			       void *arg, struct devres_node **ret_node);
/* NULL when it is not on the list. */
struct devres_node *devres_find(struct devres *list, const char *name);
void devres_release_all(struct devres *list, struct pci_dev *dev);
bool devres_is_empty(const struct devres *list);
/* "newest,older,…" into buf, always ended; "" for an empty list. */
void devres_names(const struct devres *list, char *buf, size_t size);

#endif
