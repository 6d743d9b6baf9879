/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* What the first code of the image (efi/x86_64/start.c) hands over to: one in each image. */
#ifndef INTXLAB_EFI_START_H
#define INTXLAB_EFI_START_H

#include <efi.h>

/* The image is relocated. What it returns is the image's exit status. */
EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *st);

#endif
