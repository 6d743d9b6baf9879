/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The machine, borrowed: from machine_take() to machine_return() the interrupt table, the interrupt
 * controllers and IF are ours, and no boot service is called.
 */
#ifndef INTXLAB_EFI_MACHINE_H
#define INTXLAB_EFI_MACHINE_H

#include "drivers/irqc_x86.h"
#include "efi/hw_pc.h"
#include "efi/uefi.h"

struct machine {
	const struct uefi *uefi;
	struct pc *pc;
	struct irqc_x86 *irqc;
	struct irqc_x86_state saved;
	EFI_TPL tpl;
	bool irq_was_on;
	bool taken;
};

/*
 * irqc: initialised; NULL: there is none that we know, and none is touched. On an error everything
 * is as it was before. ERR_MISMATCH: a controller does not keep its mask.
 */
MUST_CHECK enum err machine_take(struct machine *machine, const struct uefi *uefi, struct pc *pc,
				 struct irqc_x86 *irqc);

/*
 * Everything back, read back. Goes through to the end in every case; the first thing that did not
 * come back is named in *ret_what ("interrupt controllers", "IDTR", "RFLAGS.IF"), with its error.
 * ERR_INVALID: not taken.
 */
MUST_CHECK enum err machine_return(struct machine *machine, const char **ret_what);

/*
 * For the last resort: whatever of it is still to be done, without a word. Nothing when nothing is
 * taken.
 */
void machine_abandon(struct machine *machine);

#endif
