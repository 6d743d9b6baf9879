/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the memory that a function's DMA has from firmware. When it may be given back is not
 * decided here.
 */
#include "efi/firmware.h"

#include "pci/mem.h"

#define BYTES_4G 0x100000000ull

/* With it firmware is free to hand out memory above 4 GiB (UEFI 2.10 sec 14.4). */
static bool switch_dual_address(EFI_PCI_IO_PROTOCOL *io, bool on)
{
	return !EFI_ERROR(io->Attributes(
		io, on ? EfiPciIoAttributeOperationEnable : EfiPciIoAttributeOperationDisable,
		EFI_PCI_IO_ATTRIBUTE_DUAL_ADDRESS_CYCLE, NULL));
}

static EFI_STATUS map(EFI_PCI_IO_PROTOCOL *io, struct firmware_dma *dma)
{
	UINTN mapped = dma->size;
	EFI_STATUS status = io->Map(io, EfiPciIoOperationBusMasterCommonBuffer, dma->cpu, &mapped,
				    &dma->bus, &dma->mapping);

	if (EFI_ERROR(status))
		return status;
	if (mapped == dma->size && dma->bus <= BYTES_4G - dma->size)
		return EFI_SUCCESS;
	(void)io->Unmap(io, dma->mapping);
	return EFI_UNSUPPORTED;
}

static EFI_STATUS allocate(EFI_PCI_IO_PROTOCOL *io, struct firmware_dma *dma)
{
	UINTN pages = EFI_SIZE_TO_PAGES(dma->size);
	EFI_STATUS status = io->AllocateBuffer(io, AllocateAnyPages, EfiBootServicesData, pages,
					       &dma->cpu, 0);

	if (EFI_ERROR(status))
		return status;
	status = map(io, dma);
	if (EFI_ERROR(status))
		(void)io->FreeBuffer(io, pages, dma->cpu);
	return status;
}

enum err firmware_dma_open(const struct firmware_fn *fn, size_t size, struct firmware_dma *ret_dma)
{
	struct firmware_dma dma = { .size = EFI_SIZE_TO_PAGES(size) * EFI_PAGE_SIZE };
	EFI_PCI_IO_PROTOCOL *io = fn->io;
	UINT64 attributes = 0;
	EFI_STATUS status;
	bool was_on;

	status = io->Attributes(io, EfiPciIoAttributeOperationGet, 0, &attributes);
	if (EFI_ERROR(status))
		return uefi_err(status);
	/* Refused: what is handed out is looked at, too. */
	was_on = attributes & EFI_PCI_IO_ATTRIBUTE_DUAL_ADDRESS_CYCLE &&
		 switch_dual_address(io, false);
	status = allocate(io, &dma);
	if (was_on)
		(void)switch_dual_address(io, true);
	if (EFI_ERROR(status))
		return uefi_err(status);
	memset(dma.cpu, 0, dma.size);
	*ret_dma = dma;
	return OK;
}

void firmware_dma_close(const struct firmware_fn *fn, struct firmware_dma *dma)
{
	EFI_PCI_IO_PROTOCOL *io = fn->io;

	if (!dma->cpu)
		return;
	(void)io->Unmap(io, dma->mapping);
	(void)io->FreeBuffer(io, EFI_SIZE_TO_PAGES(dma->size), dma->cpu);
	memset(dma, 0, sizeof(*dma));
}
