/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The product adds no suite of its own to those in run/; a test image is linked with another of
 * this file.
 */
#include "efi/root.h"

const struct suite *const root_taken_suites[] = { NULL };
