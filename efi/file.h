/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The boot volume: the file system that this image was loaded from, if there is one. Two names on
 * it are ours, both in \intxlab.
 */
#ifndef INTXLAB_EFI_FILE_H
#define INTXLAB_EFI_FILE_H

#include "efi/uefi.h"

/* A sentence's worth of why there is no file; "" is never it. */
#define FILE_WHY_MAX 96

/*
 * \intxlab\options.txt, at most size - 1 bytes, ended. ERR_ABSENT: no volume, or no such file.
 * ERR_NOMEM: it is longer. ERR_IO: it could not be read.
 */
MUST_CHECK enum err file_read_options(const struct uefi *uefi, char *buf, size_t size);

/*
 * Write \intxlab\report.ktap: report.new is written, flushed and closed, then takes the old one's
 * place. On any error the old report is as it was (or, when only the last renaming failed, whole
 * under the name report.new), and why holds one reason. ERR_ABSENT: there is no boot volume.
 */
MUST_CHECK enum err file_write_report(const struct uefi *uefi, const char *text, size_t len,
				      char why[FILE_WHY_MAX]);

#endif
