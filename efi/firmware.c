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

enum err firmware_read_bar32(const struct firmware_fn *fn, unsigned bar, uint64_t offset,
			     uint32_t *ret_value)
{
	uint32_t value;
	EFI_STATUS status = fn->io->Mem.Read(fn->io, EfiPciIoWidthUint32, (UINT8)bar, offset, 1,
					     &value);

	if (EFI_ERROR(status))
		return uefi_err(status);
	*ret_value = value;
	return OK;
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

enum err firmware_dma_open(const struct firmware_fn *fn, size_t size, bool above_4g,
			   struct firmware_dma *ret_dma)
{
	EFI_PCI_IO_PROTOCOL *io = fn->io;
	UINTN pages = EFI_SIZE_TO_PAGES(size), mapped = pages * EFI_PAGE_SIZE;
	struct firmware_dma dma = { .size = pages * EFI_PAGE_SIZE };
	EFI_STATUS status;

	status = io->Attributes(io, EfiPciIoAttributeOperationGet, 0, &dma.attributes);
	if (EFI_ERROR(status))
		return uefi_err(status);
	/* Without it firmware keeps the buffer below 4 GiB; a firmware that refuses does so too. */
	if (above_4g)
		(void)io->Attributes(io, EfiPciIoAttributeOperationEnable,
				     EFI_PCI_IO_ATTRIBUTE_DUAL_ADDRESS_CYCLE, NULL);
	status = io->AllocateBuffer(io, AllocateAnyPages, EfiBootServicesData, pages, &dma.cpu, 0);
	if (EFI_ERROR(status))
		goto restore;
	status = io->Map(io, EfiPciIoOperationBusMasterCommonBuffer, dma.cpu, &mapped, &dma.bus,
			 &dma.mapping);
	if (EFI_ERROR(status))
		goto free;
	if (mapped < dma.size) {
		status = EFI_UNSUPPORTED;
		goto unmap;
	}
	memset(dma.cpu, 0, dma.size);
	*ret_dma = dma;
	return OK;

unmap:
	(void)io->Unmap(io, dma.mapping);
free:
	(void)io->FreeBuffer(io, pages, dma.cpu);
restore:
	(void)io->Attributes(io, EfiPciIoAttributeOperationSet, dma.attributes, NULL);
	return uefi_err(status);
}

void firmware_dma_close(const struct firmware_fn *fn, struct firmware_dma *dma)
{
	EFI_PCI_IO_PROTOCOL *io = fn->io;

	if (!dma->cpu)
		return;
	(void)io->Unmap(io, dma->mapping);
	(void)io->FreeBuffer(io, EFI_SIZE_TO_PAGES(dma->size), dma->cpu);
	(void)io->Attributes(io, EfiPciIoAttributeOperationSet, dma->attributes, NULL);
	memset(dma, 0, sizeof(*dma));
}
