/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * How the work of pci_enumerate() grows: root ports, eight to a device as chipsets have them, with
 * one function behind each. Prints "functions reads" of configuration space for each count asked
 * for. What the reads are is tests/unit/test_enumerate.c's.
 */
#include <stdio.h>
#include <stdlib.h>

#include "pci/enumerate.h"
#include "tests/unit/fake_hw.h"

static struct fake_hw fake;
static struct pci_tree tree;

static const struct acpi_mcfg mcfg = {
	.count = 1,
	.allocation = { { .base = FAKE_ECAM, .segment = 0, .bus_first = 0, .bus_last = 255 } },
};

static void add_root_port(unsigned n)
{
	struct fake_page *port = fake_add_bridge(&fake, 0, 1 + n / 8, n + 1, n + 1);

	port->addr = FAKE_ECAM + (uint64_t)(1 + n / 8) * 0x8000 + n % 8 * 0x1000;
	port->bytes[PCI_HEADER_TYPE] |= 0x80; /* multi-function */
	fake_set_cap(port, 0x40, PCI_CAP_ID_EXP, 0);
	port->bytes[0x42] = PCI_EXP_TYPE_ROOT_PORT << 4 | 2;
	fake_add_fn(&fake, n + 1, 0, 0);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		unsigned behind = (unsigned)strtoul(argv[i], NULL, 10);

		fake_init(&fake);
		for (unsigned n = 0; n < behind; n++)
			add_root_port(n);
		fake_forget(&fake);
		if (pci_enumerate(&fake.hw, &mcfg, NULL, 0, &tree) || tree.count != 2 * behind) {
			fprintf(stderr, "%u functions found of %u\n", tree.count, 2 * behind);
			return 1;
		}
		printf("%u %u\n", tree.count, fake.reads);
	}
	return 0;
}
