/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the hand-over of a function from firmware's drivers to us and back. It writes no register
 * itself; what firmware's drivers write while they stop and start is theirs.
 */
#include "efi/firmware.h"

#include "pci/mem.h"

static EFI_GUID pci_io_guid = EFI_PCI_IO_PROTOCOL_GUID;

static bool is_at(EFI_PCI_IO_PROTOCOL *io, struct sbdf addr)
{
	UINTN segment, bus, dev, fn;

	if (EFI_ERROR(io->GetLocation(io, &segment, &bus, &dev, &fn)))
		return false;
	return segment == addr.segment && bus == addr.bus && dev == addr.dev && fn == addr.fn;
}

enum err firmware_find(const struct uefi *uefi, struct sbdf addr, struct firmware_fn *ret_fn)
{
	UINTN count;
	EFI_HANDLE *handles = uefi_handles(uefi, &pci_io_guid, &count);
	enum err err = ERR_ABSENT;

	for (UINTN i = 0; i < count && err != OK; i++) {
		EFI_PCI_IO_PROTOCOL *io = uefi_protocol(uefi, handles[i], &pci_io_guid);

		if (io && is_at(io, addr)) {
			*ret_fn = (struct firmware_fn){ .uefi = uefi,
							.handle = handles[i],
							.io = io };
			err = OK;
		}
	}
	uefi_free(uefi, handles);
	return err;
}

bool firmware_is_boot_device(const struct firmware_fn *fn)
{
	const EFI_DEVICE_PATH *function = uefi_path(fn->uefi, fn->handle);

	return fn->uefi->volume && function && uefi_path_below(fn->uefi->volume, function);
}

static bool any_below(const struct firmware_fn *fn, EFI_GUID *guid)
{
	const EFI_DEVICE_PATH *function = uefi_path(fn->uefi, fn->handle);
	UINTN count = 0;
	EFI_HANDLE *handles = uefi_handles(fn->uefi, guid, &count);
	bool any = false;

	for (UINTN i = 0; i < count && function; i++) {
		const EFI_DEVICE_PATH *path = uefi_path(fn->uefi, handles[i]);

		any = any || (path && uefi_path_below(path, function));
	}
	if (handles)
		uefi_free(fn->uefi, handles);
	return any;
}

/*
 * Firmware marks the devices that its consoles are made of with these (EDK2 MdeModulePkg,
 * ConPlatformDxe): console in, console out, standard error.
 */
bool firmware_is_console(const struct firmware_fn *fn)
{
	EFI_GUID marks[] = {
		{ 0xd3b36f2b, 0xd551, 0x11d4, { 0x9a, 0x46, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d } },
		{ 0xd3b36f2c, 0xd551, 0x11d4, { 0x9a, 0x46, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d } },
		{ 0xd3b36f2d, 0xd551, 0x11d4, { 0x9a, 0x46, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d } },
	};

	for (unsigned i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (any_below(fn, &marks[i]))
			return true;
	}
	return false;
}

/* Drivers that have the function open for themselves. */
static unsigned count_drivers(const struct firmware_fn *fn)
{
	EFI_OPEN_PROTOCOL_INFORMATION_ENTRY *entries = NULL;
	UINTN count = 0;
	unsigned drivers = 0;

	if (EFI_ERROR(fn->uefi->bs->OpenProtocolInformation(fn->handle, &pci_io_guid, &entries,
							    &count)))
		return 0;
	for (UINTN i = 0; i < count; i++)
		drivers += (entries[i].Attributes & EFI_OPEN_PROTOCOL_BY_DRIVER) != 0;
	uefi_free(fn->uefi, entries);
	return drivers;
}

enum err firmware_let_go(struct firmware_fn *fn)
{
	EFI_STATUS status;

	fn->drivers = count_drivers(fn);
	if (fn->drivers == 0)
		return OK;
	status = fn->uefi->bs->DisconnectController(fn->handle, NULL, NULL);
	if (EFI_ERROR(status) || count_drivers(fn) != 0)
		return ERR_BUSY;
	return OK;
}

enum err firmware_take_back(struct firmware_fn *fn)
{
	if (fn->drivers == 0)
		return OK; /* as it was */
	(void)fn->uefi->bs->ConnectController(fn->handle, NULL, NULL, TRUE);
	return count_drivers(fn) != 0 ? OK : ERR_ABSENT;
}
