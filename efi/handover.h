/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The function under test, from firmware's hands into ours and back; called with boot services
 * alive.
 */
#ifndef INTXLAB_EFI_HANDOVER_H
#define INTXLAB_EFI_HANDOVER_H

#include "efi/root.h"

/*
 * lab->may_take: firmware has a PciIo for it, and does not use it itself. Says why not, and touches
 * nothing.
 */
bool handover_may_take(struct lab *lab, struct pci_fn *fn);
/*
 * Firmware's driver off lab->fn, DMA memory for it. On an error the run was stopped or, of several
 * functions, lab->refused says why; handover_give_back() is due all the same.
 */
MUST_CHECK enum err handover_let_go(struct root *root);
/* Memory freed if no device can reach it, driver back on, firmware asked whether it lives; the
 * answers stay in *root. */
void handover_give_back(struct root *root);

#endif
