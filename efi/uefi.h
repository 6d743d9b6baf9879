/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * What the files of efi/ share of UEFI: the handle that stands for the firmware, and the few things
 * that every caller of a boot service needs. Needs -DGNU_EFI_USE_MS_ABI, so that services are
 * called as what they are.
 */
#ifndef INTXLAB_EFI_UEFI_H
#define INTXLAB_EFI_UEFI_H

#include <efi.h>
#include <stdbool.h>
#include <stddef.h>

#include "pci/err.h"

struct uefi {
	EFI_HANDLE image;
	EFI_SYSTEM_TABLE *st;
	/* After ExitBootServices() a table whose every service is an undefined opcode. */
	EFI_BOOT_SERVICES *bs;
	EFI_RUNTIME_SERVICES *rt;
	/* ExitBootServices() was called (bare.h): nothing of firmware is left but rt. */
	bool gone;
	EFI_LOADED_IMAGE *loaded; /* never NULL: uefi_init() fails without */
	/*
	 * Our own copy of the path of the volume this image came from; NULL: it came from none. Its
	 * handle is no use: it dies with the driver when the controller is let go, and a new one
	 * has the same path.
	 */
	EFI_DEVICE_PATH *volume;
};

/* Also ends the firmware's watchdog, which would reset the machine in the middle of a long run. */
MUST_CHECK enum err uefi_init(struct uefi *uefi, EFI_HANDLE image, EFI_SYSTEM_TABLE *st);

/* The protocol's interface on handle, or NULL. */
void *uefi_protocol(const struct uefi *uefi, EFI_HANDLE handle, EFI_GUID *guid);
/* Every handle that carries the protocol; NULL and 0 when there is none. Give it to uefi_free(). */
EFI_HANDLE *uefi_handles(const struct uefi *uefi, EFI_GUID *guid, UINTN *ret_count);
void uefi_free(const struct uefi *uefi, void *pool);

/* Zeroed pages; NULL when there are none. */
void *uefi_pages(const struct uefi *uefi, size_t bytes);
void uefi_free_pages(const struct uefi *uefi, void *pages, size_t bytes);

/* A configuration table by its GUID, or NULL. */
void *uefi_config_table(const struct uefi *uefi, const EFI_GUID *guid);
/* The RSDP: the ACPI 2.0 GUID's before the 1.0 one's. 0: none. */
uint64_t uefi_rsdp(const struct uefi *uefi);

/* gBS->Stall in clock_stall_fn's shape; arg is the struct uefi. */
void uefi_stall(void *arg, unsigned us);

/* "write-protected", "volume full", … ; never NULL. */
const char *uefi_status_text(EFI_STATUS status);
enum err uefi_err(EFI_STATUS status);

/*
 * Device paths: bytes in front of the end node; what follows a prefix of n bytes is its own node.
 */
size_t uefi_path_length(const EFI_DEVICE_PATH *path);
/* path begins with all of prefix and goes on, or is the same. */
bool uefi_path_below(const EFI_DEVICE_PATH *path, const EFI_DEVICE_PATH *prefix);
EFI_DEVICE_PATH *uefi_path(const struct uefi *uefi, EFI_HANDLE handle);
/* The node behind this one; NULL at the end, and for a node that is malformed. */
const EFI_DEVICE_PATH *uefi_path_next(const EFI_DEVICE_PATH *node);

#endif
