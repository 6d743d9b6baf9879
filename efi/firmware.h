/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * One PCI function between firmware and us: found, let go of, given back, and proof that firmware's
 * driver works again. Boot services must be callable for everything here.
 */
#ifndef INTXLAB_EFI_FIRMWARE_H
#define INTXLAB_EFI_FIRMWARE_H

#include "efi/uefi.h"
#include "pci/enumerate.h"

struct firmware_fn {
	const struct uefi *uefi;
	EFI_HANDLE handle;
	EFI_PCI_IO_PROTOCOL *io;
	unsigned drivers; /* how many managed it before firmware_let_go() */
};

/*
 * Buses that host bridges start, for pci_enumerate(). ERR_ABSENT: firmware names none (then MCFG's
 * are used).
 */
MUST_CHECK enum err firmware_roots(const struct uefi *uefi, struct pci_root *roots, unsigned max,
				   unsigned *ret_count);

/* ERR_ABSENT: firmware has no PciIo for it. */
MUST_CHECK enum err firmware_find(const struct uefi *uefi, struct sbdf addr,
				  struct firmware_fn *ret_fn);
/* The volume this image was loaded from is on this function or below it. */
bool firmware_is_boot_device(const struct firmware_fn *fn);
/* A console that firmware uses (input, output or errors) is on this function or below it. */
bool firmware_is_console(const struct firmware_fn *fn);
/* Stop every driver on it and below. ERR_BUSY: one refused, or is still there. */
MUST_CHECK enum err firmware_let_go(struct firmware_fn *fn);
/* Start them again, and all below. ERR_ABSENT: a driver managed it before and none does now. */
MUST_CHECK enum err firmware_take_back(struct firmware_fn *fn);

/* Memory for the function's DMA, from firmware, so that an IOMMU that firmware set up knows it. */
struct firmware_dma {
	void *cpu;
	uint64_t bus;
	size_t size;
	void *mapping;
};

/*
 * Between let_go and take_back. Every byte lies below 4 GiB, whatever the device says of 64-bit
 * addresses: on some (JMB58x, ASM1061, SB600) CAP.S64A is 1 and upper address bits are dropped.
 * ERR_NOMEM; ERR_UNSUPPORTED: the mapping is shorter than asked, or firmware has none below 4 GiB.
 */
MUST_CHECK enum err firmware_dma_open(const struct firmware_fn *fn, size_t size,
				      struct firmware_dma *ret_dma);
/* Once nothing can write to it any more: handover.c decides that. */
void firmware_dma_close(const struct firmware_fn *fn, struct firmware_dma *dma);

/* A timer of 10 ms fires within 200 ms: interrupts reach firmware. ERR_TIMEOUT: it does not. */
MUST_CHECK enum err firmware_timer_ticks(const struct uefi *uefi, unsigned *ret_waited_ms);

/*
 * LBA 0 of the whole disk on HBA port sata_port below the function, through firmware's BlockIo: at
 * most size bytes of it, *ret_len of them. ERR_ABSENT: no such disk, or no medium. Never a write.
 */
MUST_CHECK enum err firmware_read_lba0(const struct firmware_fn *fn, unsigned sata_port, void *buf,
				       size_t size, size_t *ret_len);

#define FIRMWARE_LBA0_MAX 512
#define FIRMWARE_PATH_MAX 256

/* A disk that firmware read while the function was its own. Its handle dies with the driver. */
struct firmware_disk {
	size_t path_len; /* 0: none */
	uint8_t path[FIRMWARE_PATH_MAX]; /* without the end node */
	size_t len;
	uint8_t lba0[FIRMWARE_LBA0_MAX];
};

/*
 * The first whole disk on the function or below it whose LBA 0 firmware's BlockIo reads, and what
 * it read. ERR_ABSENT: there is none. Never a write.
 */
MUST_CHECK enum err firmware_meet_disk(const struct firmware_fn *fn,
				       struct firmware_disk *ret_disk);
/* LBA 0 of that disk, found again by its path. ERR_ABSENT: it is not there, or has no medium. */
MUST_CHECK enum err firmware_read_disk(const struct firmware_fn *fn,
				       const struct firmware_disk *wanted, void *buf, size_t size,
				       size_t *ret_len);

#endif
