/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the point of no return: what must hold before it, the last boot services that are called,
 * and what stands in firmware's place afterwards. Firmware's page tables stay in use (why:
 * docs/architecture.md).
 */
#include "efi/bare.h"

#include "efi/x86_64/gdt.h"
#include "pci/mem.h"

/* A handler of firmware's that allocates or frees makes the key stale; few do so twice. */
#define EXIT_TRIES 4
/* The map may grow from try to try, and the buffer cannot. */
#define SPARE_DESCRIPTORS 32

struct map {
	void *buf;
	UINTN size;
};

/* One for every service: whoever calls one is a bug of ours, and its address is in the record. */
static void EFIAPI service_gone(void)
{
	__builtin_trap();
}

static EFI_BOOT_SERVICES gone_services;

static void forget_services(struct uefi *uefi)
{
	void (*entry)(void) EFIAPI = service_gone;
	uint8_t *table = (uint8_t *)&gone_services;

	for (size_t at = sizeof(EFI_TABLE_HEADER); at < sizeof(gone_services); at += sizeof(entry))
		memcpy(table + at, &entry, sizeof(entry));
	uefi->bs = &gone_services;
	uefi->gone = true;
}

static enum err map_open(const struct uefi *uefi, struct map *ret_map)
{
	UINTN size = 0, key, descriptor;
	UINT32 version;
	EFI_STATUS status = uefi->bs->GetMemoryMap(&size, NULL, &key, &descriptor, &version);

	if (status != EFI_BUFFER_TOO_SMALL)
		return ERR_UNSUPPORTED;
	size += SPARE_DESCRIPTORS * descriptor;
	ret_map->buf = uefi_pages(uefi, size);
	ret_map->size = size;
	return ret_map->buf ? OK : ERR_NOMEM;
}

static EFI_STATUS read_key(const struct uefi *uefi, const struct map *map, UINTN *ret_key)
{
	UINTN size = map->size, descriptor;
	UINT32 version;

	return uefi->bs->GetMemoryMap(&size, map->buf, ret_key, &descriptor, &version);
}

/*
 * After the first ExitBootServices(), even one that failed, only the memory services may be called
 * (UEFI 2.10 sec 7.4.6): firmware may have shut down in part. So that is the point of no return.
 */
static enum err exit_boot_services(struct uefi *uefi, unsigned *ret_tries)
{
	struct map map = { 0 };
	EFI_STATUS status = EFI_ABORTED;
	unsigned tries = 0;
	UINTN key;
	enum err err = map_open(uefi, &map);

	if (err)
		return err;
	while (tries < EXIT_TRIES && EFI_ERROR(status)) {
		status = read_key(uefi, &map, &key);
		if (EFI_ERROR(status))
			break;
		tries++;
		cpu_irq_off();
		status = uefi->bs->ExitBootServices(uefi->image, key);
	}
	if (tries == 0) {
		uefi_free_pages(uefi, map.buf, map.size);
		return uefi_err(status);
	}
	/* Its handlers may have switched IF on again. */
	cpu_irq_off();
	forget_services(uefi);
	*ret_tries = tries;
	return uefi_err(status);
}

/* What would be missed behind the point of no return; NULL: nothing. */
static const char *unfit(const struct root *root)
{
	if (!root->pc.uart.present)
		return "no UART, and nothing else could carry the record";
	if (root->dma.bus != (uint64_t)root->dma.cpu)
		return "an IOMMU maps the DMA memory, and firmware's mapping ends with it";
	return NULL;
}

/* Behind the point of no return, whether or not firmware said that it had exited. */
static void stand_alone(struct root *root)
{
	root->pc.screen = NULL;
	root->screen.count = 0;
	gdt_install();
	pc_trap_open(&root->pc);
}

static enum err leave(struct root *root)
{
	static const char farewell[] = "--bare: the serial port alone has the rest.\n";
	struct lab *lab = &root->lab;
	unsigned tries = 0;
	enum err err;

	screen_write(&root->screen, farewell, sizeof(farewell) - 1);
	err = exit_boot_services(&root->uefi, &tries);
	if (root->uefi.gone)
		stand_alone(root);
	if (err && root->uefi.gone)
		lab_stop(lab, LAB_CANNOT, "--bare: ExitBootServices refuses %u times: %s", tries,
			 err_name(err));
	else if (err)
		lab_stop(lab, LAB_CANNOT, "--bare: no memory map: %s", err_name(err));
	else
		stream_line(&lab->out, "# run bare tries=%u gdt=%lx idt=%lx cr3=%lx", tries,
			    cpu_read_gdtr().base, cpu_read_idtr().base, cpu_read_cr3());
	return err;
}

enum err bare_take(struct root *root)
{
	struct lab *lab = &root->lab;
	const char *why = unfit(root);
	enum err err;

	if (why) {
		lab_stop(lab, LAB_CANNOT, "--bare: %s", why);
		return ERR_UNSUPPORTED;
	}
	err = leave(root);
	if (err)
		return err;
	return lab->irqc ? irqc_x86_take(&root->irqc, &root->machine.saved) : OK;
}
