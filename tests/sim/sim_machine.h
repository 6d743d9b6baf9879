/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* What a simulated machine is made of: a row of sim_machines.c, built by sim_machine.c. */
#ifndef INTXLAB_TESTS_SIM_SIM_MACHINE_H
#define INTXLAB_TESTS_SIM_SIM_MACHINE_H

#include "tests/sim/sim_device.h"

#define SIM_MAX_DEVICES 10

/* What the devices of the machine do instead of an event. */
enum sim_trouble {
	TROUBLE_NONE,
	TROUBLE_NEVER_READY, /* the controller does not start */
	TROUBLE_DOORBELL_DEAD, /* it runs, and does not hear what it is told */
	TROUBLE_NO_EVENT, /* it takes a command, and never ends it */
	TROUBLE_ERROR_STATUS, /* it ends every command with an error status */
	TROUBLE_KEPT, /* firmware's SMI handler does not let go of it */
};

#define SIM_MS_NEVER UINT32_MAX

struct sim_machine {
	struct sim_name text;
	/* The AHCI function is away for so long behind a reset of it; 0: it answers at once. */
	unsigned flr_ms, d3_ms; /* SIM_MS_NEVER: for good */
	bool flr_retries; /* it answers Request Retry Status, where others read all-ones */
	bool d3_stays; /* it is not away: PMCSR says D3hot for so long */
	bool d3_resets; /* No_Soft_Reset is 0 */
	bool flr_kills; /* no FIS passes behind a Function Level Reset */
	bool no_mcfg;
	bool two_ioapics;
	bool mem_bar_only;
	bool behind_bridge;
	bool bios_owned;
	bool running_port;
	bool two_segments;
	bool edu_beside_bridge; /* 01:00.1, INTB, behind the same root port */
	bool empty_bridge; /* those of behind_bridge, and nothing behind */
	bool not_ready; /* 00:04.0 for 300 ms, 00:05.0 for ever */
	bool msix_on; /* firmware leaves the AHCI's MSI-X enabled */
	bool no_pin; /* the AHCI has no INTx, and says so */
	bool sparse_ports;
	bool no_msi;
	bool msi_32;
	bool posts_writes;
	bool no_ioapic;
	bool remaps; /* firmware left interrupt remapping on: sim_vtd.c */
	bool remaps_not;
	bool port_first; /* behind_bridge, the port at 00:00.0 and no host bridge */
	bool slow_ae; /* CAP.SAM is 0, and GHC.AE takes three writes */
	bool madt_sum; /* a checksum byte that is wrong */
	bool madt_tail; /* two zero bytes behind the last entry */
	bool madt_odd; /* entries that cannot be right among the good ones */
	bool madt_many; /* 18 more I/O APICs, eight pins each */
	bool mcfg_tail; /* 62 bytes: an allocation and two bytes */
	bool hr_all_ones; /* while GHC.HR is 1 the HBA's registers read all-ones */
	bool half_dma; /* CAP.S64A is 1, and the HBA drops the high half of every address */
	bool pch; /* a PIRQ reaches the 8259s' IRQ, and no input of the IOAPIC beside its own */
	bool pic_mode; /* and not even that one */
	bool low_irqs; /* the IRQs of PIRQs are the master's: 5 and 7 */
	/*
	 * A boot interrupt: while the entry of an input is masked, its line is forwarded to another
	 * input, to an IRQ of the 8259s alone, or to both; 0: to none.
	 */
	struct {
		uint8_t from, to, irq;
		bool always; /* unmasked, too */
	} reroute;
	bool pcs; /* port enables in config space (92h), which every reset clears */
	bool loses_messages; /* the chipset makes no interrupt of a message */
	bool fadt_no_msi; /* and IAPC_BOOT_ARCH says so */
	bool fadt_old; /* an FADT of ACPI 1.0 with something in the bytes of IAPC_BOOT_ARCH */
	bool ht_off, ht_on; /* the bridge above the AHCI has an HT MSI mapping, off or on */
	bool ht_leaf; /* the AHCI has one itself, off */
	bool ht_host, ht_host_on; /* the host bridge hangs on HT; it has a mapping, on */
	bool vmd; /* 00:0e.0, which hides functions */
	bool no_master_above; /* the bridges above the AHCI have Bus Master 0 */
	bool closed_above; /* the bridge above it has Memory Space 0 */
	bool no_window_above; /* and its window is elsewhere */
	bool bsy_stays; /* PxTFD.BSY, whatever the signature FIS behind a reset says */
	bool spurious_ifs; /* PxIS.IFS comes with the FIS of a command that succeeded */
	unsigned ahci_count;
	struct {
		uint8_t dev, fn;
	} ahci[2];
	enum sim_drive drive;
	uint8_t empty; /* a bit an AHCI function: no drive on this one */
	unsigned drive_port;
	/* of the root bus, INTA, BARs 16 MiB apart; NULL: no more */
	struct {
		const struct sim_device *row;
		uint8_t dev;
	} device[SIM_MAX_DEVICES];
	enum sim_trouble trouble;
	bool usb_device; /* on the first port of a host controller */
	uint32_t ahci_id, smbus_id; /* device above vendor; 0: ICH9's */
	uint32_t ahci_class; /* with revision; 0: AHCI's */
	uint32_t host_id, bridge_id; /* of 00:00.0, of the bridge above the AHCI; 0: the usual */
	uint8_t smbus_revision; /* with smbus_id */
	bool ahci_is_express; /* it has a PCI Express capability */
	struct {
		uint8_t first, last;
	} buses[SIM_MAX_ECAMS]; /* that ECAM covers, by allocation; all 0: 00-ff */
	/* the bus behind the root port, and the one behind the bridge on it; 0: 1 and 2 */
	uint8_t port_bus, bridge_bus;
	uint8_t stray_bus; /* another root port's, with nothing on it; 0: no such port */
};

#define SIM_DEVICE_MACHINES 38
extern const struct sim_machine sim_device_machines[SIM_DEVICE_MACHINES];
#define SIM_RESET_MACHINES 14
extern const struct sim_machine sim_reset_machines[SIM_RESET_MACHINES];

const struct sim_machine *sim_machine_find(const char *name);
void sim_machine_build(struct sim *sim);

/* sim_platform.c: HyperTransport capabilities of a function, and what becomes of a message. */
void sim_platform_add_link(struct sim_fn *fn);
void sim_platform_add_mapping(struct sim_fn *fn, bool enabled);
bool sim_platform_loses(const struct sim_fn *sender);

#endif
