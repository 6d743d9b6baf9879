/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Where the option text comes from: the image's LoadOptions, else fw_cfg opt/org.intxlab/options,
 * else \intxlab\options.txt on the boot volume. The first that is not empty is used whole. The
 * grammar is run/options.h's.
 */
#ifndef INTXLAB_EFI_OPTIONS_H
#define INTXLAB_EFI_OPTIONS_H

#include "efi/uefi.h"
#include "pci/hw.h"
#include "run/options.h"

struct option_text {
	char text[OPTIONS_TEXT_MAX + 1];
	const char *source; /* "load-options", "fw-cfg", "file", "none" */
	const char *note; /* what was passed over, in a sentence; NULL: nothing */
	/* a source that is there and cannot be used, in a sentence; NULL: none */
	const char *error;
	uint16_t exit_port; /* from fw_cfg opt/org.intxlab/exit-port; 0: none */
};

/*
 * try_fwcfg: the machine may have one, so its ports may be touched. With error set the run is to
 * end as a usage error: text is "" then, and no other source was tried. exit_port is filled in
 * every case.
 */
void options_gather(const struct uefi *uefi, struct hw *hw, bool try_fwcfg,
		    struct option_text *ret);

#endif
