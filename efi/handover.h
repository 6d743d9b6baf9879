/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The function under test, from firmware's hands into ours and back; called with boot services
 * alive.
 */
#ifndef INTXLAB_EFI_HANDOVER_H
#define INTXLAB_EFI_HANDOVER_H

#include "efi/root.h"

/*
 * Settle which function may be taken; fills root->fn and, when find_function()'s choice may not be,
 * moves lab->fn to the next of its class. Touches nothing. ERR_BUSY: none may be; the run was
 * stopped.
 */
MUST_CHECK enum err handover_choose(struct root *root);
/*
 * Firmware's driver off it, DMA memory for it. On an error the run was stopped;
 * handover_give_back() is due all the same.
 */
MUST_CHECK enum err handover_let_go(struct root *root);
/* Memory freed, driver back on, firmware asked whether it lives; the answers stay in *root. */
void handover_give_back(struct root *root);

#endif
