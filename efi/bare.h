/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * --bare: the machine taken for good. Behind bare_take() there is no firmware but its runtime
 * services: no screen, no file, no memory, and nothing is given back to it.
 */
#ifndef INTXLAB_EFI_BARE_H
#define INTXLAB_EFI_BARE_H

#include "efi/root.h"

/*
 * ExitBootServices(), then our own segments and interrupt table, then root->lab.irqc's controllers
 * as machine_take() takes them; interrupts are off. Firmware has let go of the function before, and
 * its DMA memory is there. On an error the run may have been stopped, and root->uefi.gone says on
 * which side of the point of no return it was. False: everything is as before. True: segments and
 * traps are ours all the same, and nothing is left to do but to end.
 */
MUST_CHECK enum err bare_take(struct root *root);

#endif
