/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Before every file of the image (-include): all of its names are defined in it, so the compiler
 * needs no table of addresses (GOT) to reach them. -fvisibility=hidden says so of definitions only.
 */
#ifndef INTXLAB_EFI_HIDDEN_H
#define INTXLAB_EFI_HIDDEN_H

#pragma GCC visibility push(hidden)

#endif
