/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the last access of a run. What the value means is run/lab.c's; what is given back before,
 * machine.c's.
 */
#include "efi/exit.h"

void exit_port_write(struct hw *hw, uint16_t port, unsigned value)
{
	if (port)
		hw->ops->port_write(hw, port, HW_8, (uint8_t)value);
}

void exit_firmware(const struct uefi *uefi, enum options_end end)
{
	EFI_RUNTIME_SERVICES *rt = uefi->st->RuntimeServices;

	switch (end) {
	case END_RETURN:
		return;
	case END_RESET:
		rt->ResetSystem(EfiResetCold, EFI_SUCCESS, 0, NULL);
		return;
	case END_OFF:
		rt->ResetSystem(EfiResetShutdown, EFI_SUCCESS, 0, NULL);
		return;
	}
}
