/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* What a simulated machine is made of: a row of sim_machines.c, built by sim_machine.c. */
#ifndef INTXLAB_TESTS_SIM_SIM_MACHINE_H
#define INTXLAB_TESTS_SIM_SIM_MACHINE_H

#include "tests/sim/sim_internal.h"

enum {
	M_NO_MCFG = 1 << 0,
	M_TWO_IOAPICS = 1 << 1,
	M_MEM_BAR_ONLY = 1 << 2,
	M_BEHIND_BRIDGE = 1 << 3,
	M_BIOS_OWNED = 1 << 4,
	M_RUNNING_PORT = 1 << 5,
	M_TWO_SEGMENTS = 1 << 6,
	M_EDU_BESIDE_BRIDGE = 1 << 7, /* 01:00.1, INTB, behind the same root port */
	M_EMPTY_BRIDGE = 1 << 8, /* those of M_BEHIND_BRIDGE, and nothing behind */
	M_MSIX_ON = 1 << 10, /* firmware leaves the AHCI's MSI-X enabled */
	M_NO_PIN = 1 << 11, /* the AHCI has no INTx, and says so */
	M_NOT_READY = 1 << 9, /* 00:04.0 for 300 ms, 00:05.0 for ever */
	M_SPARSE_PORTS = 1 << 12,
	M_NO_MSI = 1 << 13,
	M_MSI_32 = 1 << 14,
	M_POSTS_WRITES = 1 << 15,
	M_NO_IOAPIC = 1 << 16,
	M_SLOW_AE = 1 << 20, /* CAP.SAM is 0, and GHC.AE takes three writes */
	M_REMAPS = 1 << 17, /* firmware left interrupt remapping on: sim_vtd.c */
	M_REMAPS_NOT = 1 << 18,
	M_PORT_FIRST = 1 << 19, /* M_BEHIND_BRIDGE, the port at 00:00.0 and no host bridge */
	M_MADT_SUM = 1 << 21, /* a checksum byte that is wrong */
	M_MADT_TAIL = 1 << 22, /* two zero bytes behind the last entry */
	M_MADT_ODD = 1 << 23, /* entries that cannot be right among the good ones */
	M_MADT_MANY = 1 << 24, /* 18 more I/O APICs, eight pins each */
	M_PCS = 1 << 26, /* port enables in config space (92h), which every reset clears */
	M_MCFG_TAIL = 1 << 25, /* 62 bytes: an allocation and two bytes */
};

struct sim_machine {
	struct sim_name text;
	unsigned flags;
	unsigned ahci_count;
	struct {
		uint8_t dev, fn;
	} ahci[2];
	enum sim_drive drive;
	unsigned drive_port;
	uint8_t edu_dev; /* of the root bus; 0: none */
	uint32_t ahci_id, smbus_id; /* device above vendor; 0: ICH9's */
	uint32_t ahci_class; /* with revision; 0: AHCI's */
	uint8_t smbus_revision; /* with smbus_id */
	bool ahci_is_express; /* it has a PCI Express capability */
	struct {
		uint8_t first, last;
	} buses[SIM_MAX_ECAMS]; /* that ECAM covers, by allocation; all 0: 00-ff */
	/* the bus behind the root port, and the one behind the bridge on it; 0: 1 and 2 */
	uint8_t port_bus, bridge_bus;
	uint8_t stray_bus; /* another root port's, with nothing on it; 0: no such port */
};

const struct sim_machine *sim_machine_find(const char *name);
void sim_machine_build(struct sim *sim);

#endif
