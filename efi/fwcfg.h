/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * QEMU's fw_cfg device over its I/O ports (QEMU docs/specs/fw_cfg): named files that a test bench
 * hands to the guest. Ports 510h/511h belong to nobody in particular on a board: they are touched
 * only where the machine may be QEMU's (facts_may_be_qemu()).
 */
#ifndef INTXLAB_EFI_FWCFG_H
#define INTXLAB_EFI_FWCFG_H

#include "pci/hw.h"

struct fwcfg_file {
	const char *name; /* the caller's */
	bool found;
	uint16_t selector;
	uint32_t size;
};

/* Reads the device's signature: true if it is there. */
bool fwcfg_is_present(struct hw *hw);
/*
 * One walk over the directory, at most FWCFG_FILES_MAX entries: fills found, selector and size of
 * each file.
 */
#define FWCFG_FILES_MAX 4096
void fwcfg_find(struct hw *hw, struct fwcfg_file *files, unsigned count);
/* size bytes of it from the start; size is at most file->size. */
void fwcfg_read(struct hw *hw, const struct fwcfg_file *file, void *buf, uint32_t size);

#endif
