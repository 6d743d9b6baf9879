/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* Owns the rows, nothing else. */
#include "pci/policy.h"

#include "pci/mem.h"

const struct policy policies[] = {
	{
		.name = "v6.15",
		.kernels = "6.15 and later",
		.source =
			"565d065acd7e (ata: ahci: simplify init function), on top of d555ed45a5a1; "
			"drivers/pci/devres.c",
		.clear_managed = true,
		.ahci_intx = AHCI_INTX_ALLOC_VECTORS,
	},
};

const unsigned policy_count = sizeof(policies) / sizeof(policies[0]);

const struct policy *policy_find(const char *name)
{
	for (unsigned i = 0; i < policy_count; i++) {
		if (text_equal(policies[i].name, name))
			return &policies[i];
	}
	return NULL;
}
