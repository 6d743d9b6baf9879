/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Text for a person in front of the machine: every text console that stands for a screen. Only
 * while boot services may be called.
 */
#ifndef INTXLAB_EFI_SCREEN_H
#define INTXLAB_EFI_SCREEN_H

#include "efi/uefi.h"

#define SCREENS_MAX 4

struct screen {
	unsigned count;
	SIMPLE_TEXT_OUTPUT_INTERFACE *out[SCREENS_MAX];
};

/* None is not an error. clear: what is there is a logo or a menu, over which nobody can read. */
void screen_open(struct screen *screen, const struct uefi *uefi, bool clear);
/* ASCII; '\n' ends a line. In pc_text_fn's shape. */
void screen_write(void *arg, const char *s, size_t len);

/*
 * Until a key is pressed, at most seconds: a boot manager that we return to draws its menu over the
 * verdict. Returns at once without a screen.
 */
void screen_linger(const struct screen *screen, const struct uefi *uefi, unsigned seconds);

#endif
