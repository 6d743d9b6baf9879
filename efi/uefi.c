/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the small change of talking to firmware: protocols, handles, pages, device paths, status
 * words. It decides nothing about devices; firmware.c, file.c and the others do.
 */
#include "efi/uefi.h"

#include "pci/mem.h"

#define PATH_NODES_MAX 64 /* real ones have ten or so: a list that goes on is not a path */
#define CONFIG_TABLES_MAX 256

static EFI_DEVICE_PATH *copy_path(const struct uefi *uefi, const EFI_DEVICE_PATH *path)
{
	static const EFI_DEVICE_PATH end = { END_DEVICE_PATH_TYPE,
					     END_ENTIRE_DEVICE_PATH_SUBTYPE,
					     { sizeof(end), 0 } };
	size_t length = uefi_path_length(path);
	void *copy;

	if (EFI_ERROR(uefi->bs->AllocatePool(EfiLoaderData, length + sizeof(end), &copy)))
		return NULL;
	memcpy(copy, path, length);
	memcpy((uint8_t *)copy + length, &end, sizeof(end));
	return copy;
}

enum err uefi_init(struct uefi *uefi, EFI_HANDLE image, EFI_SYSTEM_TABLE *st)
{
	EFI_GUID loaded_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
	const EFI_DEVICE_PATH *volume;

	*uefi = (struct uefi){
		.image = image,
		.st = st,
		.bs = st->BootServices,
		.rt = st->RuntimeServices,
	};
	uefi->loaded = uefi_protocol(uefi, image, &loaded_guid);
	if (!uefi->loaded)
		return ERR_ABSENT;
	volume = uefi_path(uefi, uefi->loaded->DeviceHandle);
	uefi->volume = volume ? copy_path(uefi, volume) : NULL;
	/* A firmware without a watchdog says unsupported, which is as good. */
	(void)uefi->bs->SetWatchdogTimer(0, 0, 0, NULL);
	return OK;
}

void *uefi_protocol(const struct uefi *uefi, EFI_HANDLE handle, EFI_GUID *guid)
{
	void *interface = NULL;

	if (!handle || EFI_ERROR(uefi->bs->HandleProtocol(handle, guid, &interface)))
		return NULL;
	return interface;
}

EFI_HANDLE *uefi_handles(const struct uefi *uefi, EFI_GUID *guid, UINTN *ret_count)
{
	EFI_HANDLE *handles = NULL;
	UINTN count = 0;

	if (EFI_ERROR(uefi->bs->LocateHandleBuffer(ByProtocol, guid, NULL, &count, &handles))) {
		*ret_count = 0;
		return NULL;
	}
	*ret_count = count;
	return handles;
}

void uefi_free(const struct uefi *uefi, void *pool)
{
	if (pool)
		(void)uefi->bs->FreePool(pool);
}

void *uefi_pages(const struct uefi *uefi, size_t bytes)
{
	EFI_PHYSICAL_ADDRESS address = 0;
	UINTN pages = EFI_SIZE_TO_PAGES(bytes);

	if (EFI_ERROR(uefi->bs->AllocatePages(AllocateAnyPages, EfiLoaderData, pages, &address)))
		return NULL;
	memset((void *)(uintptr_t)address, 0, pages * EFI_PAGE_SIZE);
	return (void *)(uintptr_t)address;
}

void uefi_free_pages(const struct uefi *uefi, void *pages, size_t bytes)
{
	if (pages)
		(void)uefi->bs->FreePages((uintptr_t)pages, EFI_SIZE_TO_PAGES(bytes));
}

void *uefi_config_table(const struct uefi *uefi, const EFI_GUID *guid)
{
	UINTN count = uefi->st->NumberOfTableEntries;

	for (UINTN i = 0; i < count && i < CONFIG_TABLES_MAX; i++) {
		if (memcmp(&uefi->st->ConfigurationTable[i].VendorGuid, guid, sizeof(*guid)) == 0)
			return uefi->st->ConfigurationTable[i].VendorTable;
	}
	return NULL;
}

uint64_t uefi_rsdp(const struct uefi *uefi)
{
	static const EFI_GUID acpi_20 = ACPI_20_TABLE_GUID;
	static const EFI_GUID acpi_10 = ACPI_TABLE_GUID;
	void *rsdp = uefi_config_table(uefi, &acpi_20);

	return (uintptr_t)(rsdp ? rsdp : uefi_config_table(uefi, &acpi_10));
}

void uefi_stall(void *arg, unsigned us)
{
	const struct uefi *uefi = arg;

	(void)uefi->bs->Stall(us);
}

const char *uefi_status_text(EFI_STATUS status)
{
	switch (status) {
	case EFI_SUCCESS:
		return "success";
	case EFI_INVALID_PARAMETER:
		return "invalid parameter";
	case EFI_UNSUPPORTED:
		return "unsupported";
	case EFI_BAD_BUFFER_SIZE:
	case EFI_BUFFER_TOO_SMALL:
		return "buffer too small";
	case EFI_NOT_READY:
		return "not ready";
	case EFI_DEVICE_ERROR:
		return "device error";
	case EFI_WRITE_PROTECTED:
		return "write-protected";
	case EFI_OUT_OF_RESOURCES:
		return "out of memory";
	case EFI_VOLUME_CORRUPTED:
		return "volume corrupted";
	case EFI_VOLUME_FULL:
		return "volume full";
	case EFI_NO_MEDIA:
		return "no medium";
	case EFI_MEDIA_CHANGED:
		return "medium changed";
	case EFI_NOT_FOUND:
		return "not found";
	case EFI_ACCESS_DENIED:
		return "access denied";
	case EFI_TIMEOUT:
		return "timeout";
	case EFI_ABORTED:
		return "aborted";
	default:
		return "another EFI error";
	}
}

enum err uefi_err(EFI_STATUS status)
{
	switch (status) {
	case EFI_SUCCESS:
		return OK;
	case EFI_NOT_FOUND:
	case EFI_NO_MEDIA:
		return ERR_ABSENT;
	case EFI_OUT_OF_RESOURCES:
	case EFI_VOLUME_FULL:
		return ERR_NOMEM;
	case EFI_TIMEOUT:
		return ERR_TIMEOUT;
	case EFI_UNSUPPORTED:
		return ERR_UNSUPPORTED;
	case EFI_INVALID_PARAMETER:
		return ERR_INVALID;
	case EFI_ACCESS_DENIED:
	case EFI_NOT_READY:
		return ERR_BUSY;
	default:
		return ERR_IO;
	}
}

const EFI_DEVICE_PATH *uefi_path_next(const EFI_DEVICE_PATH *node)
{
	unsigned length = (unsigned)(node->Length[0] | node->Length[1] << 8);

	if ((node->Type & 0x7f) == END_DEVICE_PATH_TYPE || length < sizeof(*node))
		return NULL;
	return (const void *)((const uint8_t *)node + length);
}

size_t uefi_path_length(const EFI_DEVICE_PATH *path)
{
	const EFI_DEVICE_PATH *node = path, *next;

	for (unsigned i = 0; i < PATH_NODES_MAX; i++) {
		next = uefi_path_next(node);
		if (!next)
			break;
		node = next;
	}
	return (size_t)((const uint8_t *)node - (const uint8_t *)path);
}

bool uefi_path_below(const EFI_DEVICE_PATH *path, const EFI_DEVICE_PATH *prefix)
{
	size_t length = uefi_path_length(prefix);

	return uefi_path_length(path) >= length && memcmp(path, prefix, length) == 0;
}

EFI_DEVICE_PATH *uefi_path(const struct uefi *uefi, EFI_HANDLE handle)
{
	EFI_GUID guid = EFI_DEVICE_PATH_PROTOCOL_GUID;

	return uefi_protocol(uefi, handle, &guid);
}
