/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the function's way from firmware to the laboratory and back: which one may be taken, in what
 * order its driver lets go, and what is asked of firmware afterwards. The boot services themselves
 * are firmware.c's.
 */
#include "efi/handover.h"

#include "pci/mem.h"
#include "run/bench/source_ahci.h"

#define ARENA_BYTES (512 * 1024) /* 32 ports of 8 KiB each, twice over */

/* What firmware still needs its own driver for, or NULL. */
static const char *use_by_firmware(const struct root *root, const struct firmware_fn *fn)
{
	if (firmware_is_boot_device(fn) && !root->lab.opt.own_boot_device)
		return "it holds the boot volume";
	return firmware_is_console(fn) ? "a console of firmware is behind it" : NULL;
}

bool handover_may_take(struct lab *lab, struct pci_fn *fn)
{
	const struct root *root = (const void *)((const uint8_t *)lab - offsetof(struct root, lab));
	struct firmware_fn found;
	const char *why = "firmware has no PciIo for it";
	char sbdf[SBDF_TEXT];

	if (!firmware_find(&root->uefi, fn->addr, &found))
		why = use_by_firmware(root, &found);
	if (!why)
		return true;
	sbdf_format(fn->addr, sbdf);
	stream_line(&lab->out, "# run passed-over sbdf=%s reason=%q", sbdf, why);
	return false;
}

/* A single function ends the run; of several the others are still to be tested. */
static enum err refuse(struct lab *lab, const char *what, enum err err)
{
	if (lab->target_count > 1)
		fmt_text(lab->refused, sizeof(lab->refused), "%s: %s", what, err_name(err));
	else
		lab_stop(lab, LAB_CANNOT, "%s: %s", what, err_name(err));
	return err;
}

/*
 * The neighbour's DMA comes out of the same arena, which an IOMMU would know for the first function
 * only: then it is not taken. Nor is the boot volume's.
 */
static enum err let_go_neighbour(struct root *root)
{
	struct lab *lab = &root->lab;
	const char *why = NULL;

	if (!lab->neighbour)
		return OK;
	if (firmware_find(&root->uefi, lab->neighbour->addr, &root->neighbour))
		why = "firmware has no PciIo for it";
	else if (use_by_firmware(root, &root->neighbour))
		why = use_by_firmware(root, &root->neighbour);
	else if (root->dma.bus != (uint64_t)root->dma.cpu)
		why = "an IOMMU maps memory for each function";
	else if (firmware_let_go(&root->neighbour))
		why = "firmware's driver does not let go";
	if (!why)
		return OK;
	memset(&root->neighbour, 0, sizeof(root->neighbour));
	lab_stop(lab, LAB_CANNOT, "the neighbour cannot be taken: %s", why);
	return ERR_BUSY;
}

/* A kind whose commands read no medium: firmware's own word, before and after. */
static void meet_disk(struct root *root)
{
	root->disk.path_len = 0; /* there is none, or not this way */
	if (root->lab.fn_kind != &source_kind_ahci && firmware_meet_disk(&root->fn, &root->disk))
		root->disk.path_len = 0;
}

enum err handover_let_go(struct root *root)
{
	enum err err = firmware_find(&root->uefi, root->lab.fn->addr, &root->fn);

	if (!err) {
		meet_disk(root);
		err = firmware_let_go(&root->fn);
	}
	if (err)
		return refuse(&root->lab, "firmware's driver does not let go of the function", err);
	err = firmware_dma_open(&root->fn, ARENA_BYTES, &root->dma);
	if (err)
		return refuse(&root->lab, "no memory below 4 GiB for the function's DMA", err);
	pc_give_dma(&root->pc, root->dma.cpu, root->dma.bus, root->dma.size);
	stream_line(&root->lab.out, "# run handover drivers=%u dma=%lx dma_bytes=%lu",
		    root->fn.drivers, root->dma.bus, root->dma.size);
	return let_go_neighbour(root);
}

static void read_lba0(struct root *root)
{
	const struct source_ahci *ahci = source_ahci(&root->bench.own);
	const struct ahci_port *port = ahci ? ahci->port : NULL;

	root->has_disk = port && port->drive == AHCI_ATA && port->sectors;
	if (root->disk.path_len)
		root->lba0.err = firmware_read_disk(&root->fn, &root->disk, root->lba0.data,
						    sizeof(root->lba0.data), &root->lba0.len);
	if (!root->has_disk)
		return;
	root->sata_port = port->index;
	root->lba0.err = firmware_read_lba0(&root->fn, root->sata_port, root->lba0.data,
					    sizeof(root->lba0.data), &root->lba0.len);
}

/* What a device can still write to is not firmware's to hand out again. */
static void give_dma_back(struct root *root)
{
	const char *kept = bench_dma_kept(&root->bench);

	stream_line(&root->lab.out, "# run dma state=%s reason=%q", kept ? "kept" : "freed",
		    kept ? kept : "");
	if (kept)
		memset(&root->dma, 0, sizeof(root->dma)); /* nor is it the next function's */
	else
		firmware_dma_close(&root->fn, &root->dma);
}

/* Boot services again. In every case that went through handover_let_go(), however the run ended. */
void handover_give_back(struct root *root)
{
	give_dma_back(root);
	root->connect_err = firmware_take_back(&root->fn);
	if (root->neighbour.handle && firmware_take_back(&root->neighbour) && !root->connect_err)
		root->connect_err = ERR_ABSENT;
	root->timer_err = firmware_timer_ticks(&root->uefi, &root->timer_ms);
	read_lba0(root);
	stream_line(&root->lab.out, "# run returned machine=%q connect=%q timer=%q timer_ms=%u",
		    err_name(root->return_err), err_name(root->connect_err),
		    err_name(root->timer_err), root->timer_ms);
}
