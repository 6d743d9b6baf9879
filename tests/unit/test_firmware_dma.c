/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* DMA memory from firmware lies below 4 GiB; the firmware is a PciIo of ours, on the heap. */
#include <stdlib.h>

#include "efi/firmware_dma.c"
#include "tests/unit/unit.h"

#define DAC EFI_PCI_IO_ATTRIBUTE_DUAL_ADDRESS_CYCLE
#define LOW 0x7e000000ull
#define HIGH 0x140000000ull
#define SIZE (512 * 1024)

static struct {
	UINT64 attributes;
	bool refuses; /* to switch attributes */
	UINT64 low; /* where memory is handed out with DUAL_ADDRESS_CYCLE off */
	UINTN short_by;
	unsigned buffers, mappings, switches;
	UINT64 handed_out;
} fake;

enum err uefi_err(EFI_STATUS status)
{
	return status == EFI_OUT_OF_RESOURCES ? ERR_NOMEM : ERR_UNSUPPORTED;
}

static EFI_STATUS EFIAPI switch_attributes(EFI_PCI_IO_PROTOCOL *this,
					   EFI_PCI_IO_PROTOCOL_ATTRIBUTE_OPERATION operation,
					   UINT64 bits, UINT64 *result)
{
	(void)this;
	if (operation == EfiPciIoAttributeOperationGet) {
		*result = fake.attributes;
		return EFI_SUCCESS;
	}
	if (fake.refuses)
		return EFI_UNSUPPORTED;
	fake.switches++;
	if (operation == EfiPciIoAttributeOperationEnable)
		fake.attributes |= bits;
	else
		fake.attributes &= ~bits;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI allocate_buffer(EFI_PCI_IO_PROTOCOL *this, EFI_ALLOCATE_TYPE type,
					 EFI_MEMORY_TYPE memory, UINTN pages, VOID **address,
					 UINT64 wanted)
{
	(void)this;
	(void)type;
	(void)memory;
	(void)wanted;
	*address = calloc(pages, EFI_PAGE_SIZE);
	fake.buffers++;
	fake.handed_out = (fake.attributes & DAC) ? HIGH : fake.low;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI free_buffer(EFI_PCI_IO_PROTOCOL *this, UINTN pages, VOID *address)
{
	(void)this;
	(void)pages;
	free(address);
	fake.buffers--;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI map_buffer(EFI_PCI_IO_PROTOCOL *this,
				    EFI_PCI_IO_PROTOCOL_OPERATION operation, VOID *address,
				    UINTN *bytes, EFI_PHYSICAL_ADDRESS *bus, VOID **mapping)
{
	(void)this;
	(void)operation;
	*bytes -= fake.short_by;
	*bus = fake.handed_out;
	*mapping = address;
	fake.mappings++;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI unmap(EFI_PCI_IO_PROTOCOL *this, VOID *mapping)
{
	(void)this;
	(void)mapping;
	fake.mappings--;
	return EFI_SUCCESS;
}

static EFI_PCI_IO_PROTOCOL fake_io = { .Attributes = switch_attributes,
				       .AllocateBuffer = allocate_buffer,
				       .FreeBuffer = free_buffer,
				       .Map = map_buffer,
				       .Unmap = unmap };
static const struct firmware_fn fn = { .io = &fake_io };

static enum err open_dma(UINT64 had, struct firmware_dma *ret_dma)
{
	fake.attributes = had;
	return firmware_dma_open(&fn, SIZE, ret_dma);
}

static void reset_fake(void)
{
	memset(&fake, 0, sizeof(fake));
	fake.low = LOW;
}

static void memory_is_below_4_gib_and_given_back(void)
{
	struct firmware_dma dma;

	reset_fake();
	UNIT_EQ(open_dma(0, &dma), OK);
	UNIT_EQ(dma.bus, LOW);
	UNIT_EQ(dma.size, SIZE);
	UNIT_EQ(fake.switches, 0);
	firmware_dma_close(&fn, &dma);
	UNIT_EQ(fake.buffers, 0);
	UNIT_EQ(fake.mappings, 0);
}

/* As a driver of firmware's leaves it that believed CAP.S64A. */
static void dual_address_cycle_is_off_for_the_time(void)
{
	struct firmware_dma dma;

	reset_fake();
	UNIT_EQ(open_dma(DAC | 7, &dma), OK);
	UNIT_EQ(dma.bus, LOW);
	UNIT_EQ(fake.attributes, DAC | 7);
	firmware_dma_close(&fn, &dma);
}

static void high_memory_is_refused_and_freed(void)
{
	struct firmware_dma dma;

	reset_fake();
	fake.refuses = true;
	UNIT_EQ(open_dma(DAC, &dma), ERR_UNSUPPORTED);
	UNIT_EQ(fake.buffers, 0);
	UNIT_EQ(fake.mappings, 0);
	reset_fake();
	fake.low = 0x100000000ull - SIZE + EFI_PAGE_SIZE;
	UNIT_EQ(open_dma(0, &dma), ERR_UNSUPPORTED);
	fake.low = 0x100000000ull - SIZE;
	UNIT_EQ(open_dma(0, &dma), OK);
	firmware_dma_close(&fn, &dma);
}

static void a_mapping_that_is_too_short_is_refused_and_freed(void)
{
	struct firmware_dma dma;

	reset_fake();
	fake.short_by = EFI_PAGE_SIZE;
	UNIT_EQ(open_dma(0, &dma), ERR_UNSUPPORTED);
	UNIT_EQ(fake.buffers, 0);
	UNIT_EQ(fake.mappings, 0);
}

static const struct unit_test tests[] = {
	UNIT(memory_is_below_4_gib_and_given_back),
	UNIT(dual_address_cycle_is_off_for_the_time),
	UNIT(high_memory_is_refused_and_freed),
	UNIT(a_mapping_that_is_too_short_is_refused_and_freed),
};

int main(void)
{
	return UNIT_RUN(tests);
}
