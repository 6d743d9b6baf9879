/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* The ways out: the exit port that a test bench listens to, and what --end asks of the firmware. */
#ifndef INTXLAB_EFI_EXIT_H
#define INTXLAB_EFI_EXIT_H

#include "efi/uefi.h"
#include "pci/hw.h"
#include "run/options.h"

/*
 * Write value (docs/stream.md: 10h-13h) as one byte to port. Where QEMU's isa-debug-exit listens
 * this does not return; elsewhere nothing happens, and it does. port 0: none was named, nothing is
 * written.
 */
void exit_port_write(struct hw *hw, uint16_t port, unsigned value);

/*
 * END_RETURN returns. The others do not, unless firmware refuses: that is said through hw, and
 * where firmware is gone (--bare) the CPU halts for good, since there is nobody to return to.
 */
void exit_firmware(const struct uefi *uefi, struct hw *hw, enum options_end end);

#endif
