/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the list discipline of devres: order, the private list while releasing, what is found when.
 * Not which resource a PCI device has: that is pci/managed.c and the owners.
 */
#include "pci/devres.h"

#include "pci/mem.h"

enum err devres_add(struct devres *list, const char *name, devres_release_fn *release, void *arg,
		    struct devres_node **ret_node)
{
	for (unsigned i = 0; i < DEVRES_NODES; i++) {
		struct devres_node *node = &list->node[i];

		if (node->used)
			continue;
		*node = (struct devres_node){
			.name = name,
			.release = release,
			.arg = arg,
			.older = list->newest,
			.used = true,
		};
		list->newest = node;
		*ret_node = node;
		return OK;
	}
	return ERR_NOMEM;
}

struct devres_node *devres_find(struct devres *list, const char *name)
{
	for (struct devres_node *node = list->newest; node; node = node->older) {
		if (text_equal(node->name, name))
			return node;
	}
	return NULL;
}

void devres_release_all(struct devres *list, struct pci_dev *dev)
{
	struct devres_node *released = list->newest;

	list->newest = NULL;
	while (released) {
		struct devres_node *older = released->older;

		released->release(dev, released);
		released->used = false;
		released = older;
	}
}

bool devres_is_empty(const struct devres *list)
{
	return !list->newest;
}

void devres_names(const struct devres *list, char *buf, size_t size)
{
	size_t len = 0;

	for (const struct devres_node *node = list->newest; node; node = node->older) {
		if (len && len + 1 < size)
			buf[len++] = ',';
		for (const char *s = node->name; *s && len + 1 < size; s++)
			buf[len++] = *s;
	}
	buf[len] = 0;
}
