/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns PCS, the port enables that Intel's SATA functions keep in their configuration space, and the
 * list of the functions that have it as Linux knows them. Source: Linux commit 0077a504e1a4,
 * drivers/ata/ahci.c: ahci_pci_reset_controller() calls ahci_intel_pcs_quirk() behind every GHC.HR,
 * for Intel's rows of ahci_pci_tbl but board_ahci_pcs7 (Denverton: more ports, PCS elsewhere). Left
 * out: its row for subsystems of Dell's in RAID mode. Register: Intel ICH8 datasheet, section "PCS
 * - Port Control and Status Register".
 */
#include "drivers/ahci.h"

#define PCS 0x92
#define INTEL 0x8086

/* clang-format off */
static const uint16_t intel[] = {
	0x02d3, 0x02d7, 0x06d6, 0x06d7, 0x0f22, 0x0f23, 0x1c02, 0x1c03, 0x1c04, 0x1c05, 0x1c06, 0x1c07,
	0x1d02, 0x1d04, 0x1d06, 0x1e02, 0x1e03, 0x1e04, 0x1e05, 0x1e06, 0x1e07, 0x1e0e, 0x1f22, 0x1f23,
	0x1f24, 0x1f25, 0x1f26, 0x1f27, 0x1f2e, 0x1f2f, 0x1f32, 0x1f33, 0x1f34, 0x1f35, 0x1f36, 0x1f37,
	0x1f3e, 0x1f3f, 0x22a3, 0x2323, 0x23a3, 0x2652, 0x2653, 0x2681, 0x2682, 0x2683, 0x27c1, 0x27c3,
	0x27c5, 0x27c6, 0x2821, 0x2822, 0x2823, 0x2824, 0x2826, 0x2827, 0x2829, 0x282a, 0x282f, 0x2922,
	0x2923, 0x2924, 0x2925, 0x2927, 0x2929, 0x292a, 0x292b, 0x292c, 0x292f, 0x294d, 0x294e, 0x34d3,
	0x3a05, 0x3a22, 0x3a25, 0x3b22, 0x3b23, 0x3b24, 0x3b25, 0x3b29, 0x3b2b, 0x3b2c, 0x3b2f, 0x43d4,
	0x43d5, 0x43d6, 0x43d7, 0x4b63, 0x502a, 0x502b, 0x5ae3, 0x7ae2, 0x8c02, 0x8c03, 0x8c04, 0x8c05,
	0x8c06, 0x8c07, 0x8c0e, 0x8c0f, 0x8c82, 0x8c83, 0x8c84, 0x8c85, 0x8c86, 0x8c87, 0x8c8e, 0x8c8f,
	0x8d02, 0x8d04, 0x8d06, 0x8d0e, 0x8d62, 0x8d64, 0x8d66, 0x8d6e, 0x9c02, 0x9c03, 0x9c04, 0x9c05,
	0x9c06, 0x9c07, 0x9c0e, 0x9c0f, 0x9c83, 0x9c85, 0x9c87, 0x9c8f, 0x9d03, 0x9d05, 0x9d07, 0x9dd3,
	0xa102, 0xa103, 0xa105, 0xa106, 0xa107, 0xa10f, 0xa182, 0xa186, 0xa1d2, 0xa1d6, 0xa202, 0xa206,
	0xa252, 0xa256, 0xa356, 0xa386,
};
/* clang-format on */

bool ahci_has_enables(const struct pci_fn *fn)
{
	if (fn->vendor != INTEL)
		return false;
	for (unsigned i = 0; i < sizeof(intel) / sizeof(intel[0]); i++) {
		if (fn->device == intel[i])
			return true;
	}
	return false;
}

void ahci_note_enables(struct ahci *hba, const struct pci_fn *fn)
{
	hba->enables = (struct ahci_enables){ .fn = ahci_has_enables(fn) ? fn : NULL };
	if (hba->enables.fn)
		hba->enables.found = pci_cfg_read16(fn, PCS);
	if (hba->enables.found == UINT16_MAX)
		hba->enables.found = 0;
}

/*
 * Linux enables every port of PI; here those that firmware had enabled, and only if the reset took
 * them: no port is changed that was not in use.
 */
void ahci_put_enables_back(struct ahci *hba)
{
	struct ahci_enables *enables = &hba->enables;
	uint16_t wanted = enables->found & (uint16_t)hba->pi;
	uint16_t now;

	if (!wanted)
		return;
	now = pci_cfg_read16(enables->fn, PCS);
	if ((now & wanted) == wanted)
		return;
	pci_cfg_write16(enables->fn, PCS, now | wanted);
	enables->put_back = true;
	enables->after_reset = now;
	enables->now = pci_cfg_read16(enables->fn, PCS);
}
