/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the last access of a run. What the value means is run/lab.c's; what is given back before,
 * machine.c's.
 */
#include "efi/exit.h"

#include "efi/x86_64/cpu.h"

void exit_port_write(struct hw *hw, uint16_t port, unsigned value)
{
	if (port)
		hw->ops->port_write(hw, port, HW_8, (uint8_t)value);
}

/*
 * A runtime service, and callable by physical address in both modes: nobody called
 * SetVirtualAddressMap() (UEFI 2.10 sec 8.5.1).
 */
void exit_firmware(const struct uefi *uefi, struct hw *hw, enum options_end end)
{
	/* No line of the stream: that has had its last one. */
	static const char refused[] = "intxlab: ResetSystem() came back\n";

	if (end != END_RETURN) {
		uefi->rt->ResetSystem(end == END_RESET ? EfiResetCold : EfiResetShutdown,
				      EFI_SUCCESS, 0, NULL);
		hw->ops->text(hw, refused, sizeof(refused) - 1);
	}
	while (uefi->gone)
		cpu_halt();
}
