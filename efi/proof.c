/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the proofs that firmware lives after we gave the machine back (its timer ticks, its driver
 * reads a disk), and its word on root buses. Only questions: nothing here changes a device.
 */
#include "efi/firmware.h"

#include "pci/mem.h"

#define ADDRESS_SPACE_DESCRIPTOR 0x8a /* ACPI 6.5 sec 6.4.3.5.1, QWord Address Space Descriptor */
#define END_TAG 0x79
#define DESCRIPTORS_MAX 64
#define TYPE_BUS 2

struct address_space {
	uint8_t tag;
	uint16_t length; /* bytes behind it */
	uint8_t type;
	uint8_t flags, specific;
	uint64_t granularity, first, last, translation, count;
} __attribute__((packed));

_Static_assert(sizeof(struct address_space) == 46, "2Bh bytes behind the length");

/* The first bus of one host bridge, from the resources it decodes. */
static bool first_bus(EFI_PCI_ROOT_BRIDGE_IO_PROTOCOL *bridge, uint8_t *ret_bus)
{
	const uint8_t *at;
	void *resources = NULL;
	struct address_space d;

	if (EFI_ERROR(bridge->Configuration(bridge, &resources)) || !resources)
		return false;
	at = resources;
	for (unsigned i = 0; i < DESCRIPTORS_MAX && *at == ADDRESS_SPACE_DESCRIPTOR;
	     i++, at += 3 + d.length) {
		memcpy(&d, at, sizeof(d));
		if (d.type == TYPE_BUS && d.first <= 255) {
			*ret_bus = (uint8_t)d.first;
			return true;
		}
	}
	return false;
}

enum err firmware_roots(const struct uefi *uefi, struct pci_root *roots, unsigned max,
			unsigned *ret_count)
{
	EFI_GUID guid = EFI_PCI_ROOT_BRIDGE_IO_PROTOCOL_GUID;
	UINTN count;
	EFI_HANDLE *handles = uefi_handles(uefi, &guid, &count);
	unsigned n = 0;

	for (UINTN i = 0; i < count && n < max; i++) {
		EFI_PCI_ROOT_BRIDGE_IO_PROTOCOL *bridge = uefi_protocol(uefi, handles[i], &guid);

		if (bridge && first_bus(bridge, &roots[n].bus))
			roots[n++].segment = (uint16_t)bridge->SegmentNumber;
	}
	uefi_free(uefi, handles);
	if (n == 0)
		return ERR_ABSENT;
	*ret_count = n;
	return OK;
}

#define TIMER_MS 10
/* a PC's slowest tick is 54.9 ms (8254, count 65536): three of them and some */
#define TIMER_BOUND_MS 200

enum err firmware_timer_ticks(const struct uefi *uefi, unsigned *ret_waited_ms)
{
	EFI_BOOT_SERVICES *bs = uefi->bs;
	EFI_EVENT event;
	enum err err = ERR_TIMEOUT;
	EFI_STATUS status = bs->CreateEvent(EVT_TIMER, TPL_CALLBACK, NULL, NULL, &event);

	if (EFI_ERROR(status))
		return uefi_err(status);
	status = bs->SetTimer(event, TimerRelative, TIMER_MS * 10000); /* units of 100 ns */
	if (EFI_ERROR(status))
		err = uefi_err(status);
	for (unsigned ms = 0; err == ERR_TIMEOUT && ms <= TIMER_BOUND_MS; ms++) {
		if (bs->CheckEvent(event) == EFI_SUCCESS) {
			*ret_waited_ms = ms;
			err = OK;
		} else {
			(void)bs->Stall(1000);
		}
	}
	(void)bs->CloseEvent(event);
	return err;
}

/*
 * The function's path, then a SATA node with this port, then nothing: the disk and no partition of
 * it.
 */
static bool is_disk_of(const struct firmware_fn *fn, EFI_HANDLE handle, unsigned sata_port)
{
	const EFI_DEVICE_PATH *path = uefi_path(fn->uefi, handle),
			      *function = uefi_path(fn->uefi, fn->handle);
	const EFI_DEVICE_PATH *node, *behind;
	SATA_DEVICE_PATH sata;

	if (!path || !function || !uefi_path_below(path, function))
		return false;
	node = (const void *)((const uint8_t *)path + uefi_path_length(function));
	behind = uefi_path_next(node);
	if (!behind || node->Type != MESSAGING_DEVICE_PATH || node->SubType != MSG_SATA_DP ||
	    (size_t)((const uint8_t *)behind - (const uint8_t *)node) < sizeof(sata))
		return false;
	memcpy(&sata, node, sizeof(sata));
	return sata.HBAPortNumber == sata_port && uefi_path_next(behind) == NULL;
}

static enum err read_block0(const struct uefi *uefi, EFI_BLOCK_IO_PROTOCOL *block, void *buf,
			    size_t size, size_t *ret_len)
{
	size_t block_size = block->Media->BlockSize;
	EFI_STATUS status;
	void *pages; /* whole pages, because Media->IoAlign may ask for as much */

	if (!block->Media->MediaPresent || block_size == 0)
		return ERR_ABSENT;
	pages = uefi_pages(uefi, block_size);
	if (!pages)
		return ERR_NOMEM;
	status = block->ReadBlocks(block, block->Media->MediaId, 0, block_size, pages);
	if (!EFI_ERROR(status)) {
		*ret_len = block_size < size ? block_size : size;
		memcpy(buf, pages, *ret_len);
	}
	uefi_free_pages(uefi, pages, block_size);
	return uefi_err(status);
}

enum err firmware_read_lba0(const struct firmware_fn *fn, unsigned sata_port, void *buf,
			    size_t size, size_t *ret_len)
{
	EFI_GUID guid = EFI_BLOCK_IO_PROTOCOL_GUID;
	UINTN count;
	EFI_HANDLE *handles = uefi_handles(fn->uefi, &guid, &count);
	enum err err = ERR_ABSENT;

	for (UINTN i = 0; i < count; i++) {
		EFI_BLOCK_IO_PROTOCOL *block;

		if (!is_disk_of(fn, handles[i], sata_port))
			continue;
		block = uefi_protocol(fn->uefi, handles[i], &guid);
		if (block && !block->Media->LogicalPartition)
			err = read_block0(fn->uefi, block, buf, size, ret_len);
		break;
	}
	uefi_free(fn->uefi, handles);
	return err;
}

/* A whole disk on the function or below it, by the path of its handle; NULL: another handle. */
static EFI_BLOCK_IO_PROTOCOL *whole_disk(const struct firmware_fn *fn, EFI_HANDLE handle,
					 const EFI_DEVICE_PATH **ret_path)
{
	EFI_GUID guid = EFI_BLOCK_IO_PROTOCOL_GUID;
	const EFI_DEVICE_PATH *path = uefi_path(fn->uefi, handle);
	const EFI_DEVICE_PATH *function = uefi_path(fn->uefi, fn->handle);
	EFI_BLOCK_IO_PROTOCOL *block = uefi_protocol(fn->uefi, handle, &guid);

	if (!path || !function || !uefi_path_below(path, function) || !block ||
	    block->Media->LogicalPartition)
		return NULL;
	*ret_path = path;
	return block;
}

static enum err read_below(const struct firmware_fn *fn, const struct firmware_disk *wanted,
			   struct firmware_disk *ret_disk)
{
	EFI_GUID guid = EFI_BLOCK_IO_PROTOCOL_GUID;
	UINTN count;
	EFI_HANDLE *handles = uefi_handles(fn->uefi, &guid, &count);
	enum err err = ERR_ABSENT;

	for (UINTN i = 0; i < count && err; i++) {
		const EFI_DEVICE_PATH *path = NULL;
		EFI_BLOCK_IO_PROTOCOL *block = whole_disk(fn, handles[i], &path);
		size_t len = block ? uefi_path_length(path) : 0;

		if (!block || len > sizeof(ret_disk->path))
			continue;
		if (wanted && (len != wanted->path_len || memcmp(path, wanted->path, len)))
			continue;
		err = read_block0(fn->uefi, block, ret_disk->lba0, sizeof(ret_disk->lba0),
				  &ret_disk->len);
		ret_disk->path_len = len;
		memcpy(ret_disk->path, path, len);
	}
	uefi_free(fn->uefi, handles);
	return err;
}

enum err firmware_meet_disk(const struct firmware_fn *fn, struct firmware_disk *ret_disk)
{
	struct firmware_disk disk;
	enum err err = read_below(fn, NULL, &disk);

	if (!err)
		*ret_disk = disk;
	return err;
}

enum err firmware_read_disk(const struct firmware_fn *fn, const struct firmware_disk *wanted,
			    void *buf, size_t size, size_t *ret_len)
{
	struct firmware_disk disk;
	enum err err = read_below(fn, wanted, &disk);

	if (err)
		return err;
	*ret_len = disk.len < size ? disk.len : size;
	memcpy(buf, disk.lba0, *ret_len);
	return OK;
}
