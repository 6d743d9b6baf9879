/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * All that the image's composition root holds, in one allocation: main.c fills it, the suite
 * "firmware" judges what is in it after the machine went back.
 */
#ifndef INTXLAB_EFI_ROOT_H
#define INTXLAB_EFI_ROOT_H

#include "efi/facts.h"
#include "efi/firmware.h"
#include "efi/machine.h"
#include "efi/options.h"
#include "efi/screen.h"
#include "run/suites/product.h"

#define ROOT_LBA0_MAX 512
#define ROOT_SUITES_MAX 40

/* LBA 0 of one disk as firmware's driver reads it. */
struct root_lba0 {
	enum err err;
	size_t len;
	uint8_t data[ROOT_LBA0_MAX];
};

struct root {
	struct uefi uefi;
	struct pc pc;
	struct screen screen;
	struct facts facts;
	struct option_text option_text;
	enum err option_err;
	char option_why[160]; /* with option_err: one sentence */
	uint16_t exit_port; /* 0: none */

	struct lab lab;
	/* in run order; the last two judge what is left behind */
	const struct suite *suites[ROOT_SUITES_MAX];
	unsigned suite_count;
	struct bench bench;
	struct play play;
	struct pci_tree tree;
	struct irqc_x86 irqc;
	struct machine machine;
	struct firmware_fn fn;
	struct firmware_fn neighbour; /* --neighbour's; handle NULL: none */
	struct firmware_dma dma;
	size_t shown; /* bytes of the stream's copy that a screen had when the machine was taken */

	/* What came of giving back. */
	bool was_taken;
	enum err return_err, connect_err, timer_err;
	const char *return_what;
	unsigned timer_ms;
	unsigned sata_port; /* of the source; only with has_disk */
	/* the bench found a disk with 48-bit addressing, so LBA 0 can be compared */
	bool has_disk;
	/* Where the source reads no disk of its own: what firmware read before it let go. */
	struct firmware_disk disk;
	struct root_lba0 lba0;
};

/*
 * Suites of this image that run with the machine taken, behind the product's; NULL-terminated.
 * Empty but in a test image.
 */
extern const struct suite *const root_taken_suites[];
/* Runs last, with the machine given back. */
extern const struct suite suite_firmware;

#endif
