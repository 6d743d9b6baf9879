/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Does firmware live? Judged after the machine was returned and the function reconnected; main.c
 * did that, whatever was selected, and kept what came of it in struct root.
 */
#include "efi/root.h"

#include "pci/mem.h"
#include "run/check.h"

static const struct root *root_of(const struct ctx *c)
{
	return (const void *)((const uint8_t *)c->lab - offsetof(struct root, lab));
}

static void machine_returned(struct ctx *c)
{
	const struct root *root = root_of(c);

	if (!root->was_taken) {
		check_skip(c, "the machine was not taken");
		return;
	}
	expect_ok(c, root->return_err, root->return_what);
}

static void timer_ticks(struct ctx *c)
{
	expect_ok(c, root_of(c)->timer_err, "a timer event of 10 ms within 200 ms");
}

static void driver_back(struct ctx *c)
{
	const struct root *root = root_of(c);

	if (root->fn.drivers == 0) {
		check_skip(c, "no firmware driver managed the function before");
		return;
	}
	expect_ok(c, root->connect_err, "ConnectController");
}

static void disk_reads(struct ctx *c)
{
	const struct root *root = root_of(c);
	const struct bench *bench = &root->bench;

	if (root->fn.drivers == 0) {
		check_skip(c, "no firmware driver managed the function before");
		return;
	}
	if (!root->has_disk) {
		check_skip(c, "no disk was found behind the function");
		return;
	}
	if (!expect_ok(c, root->lba0.err, "LBA 0 by firmware's BlockIo"))
		return;
	expect_eq(c,
		  memcmp(root->lba0.data, bench->own.lba0,
			 root->lba0.len < sizeof(bench->own.lba0) ? root->lba0.len
								  : sizeof(bench->own.lba0)) == 0,
		  1, "LBA 0 by firmware equals LBA 0 by READ DMA EXT");
}

static const struct check checks[] = {
	{ .id = "firmware.machine",
	  .title = "Interrupt controllers, IDT and IF read back as firmware left them",
	  .spec = "observation: intxlab's own promise",
	  .body = machine_returned },
	{ .id = "firmware.timer",
	  .title = "Firmware's timer ticks after the machine was returned",
	  .spec = "UEFI 2.10 sec 7.1, SetTimer()",
	  .body = timer_ticks },
	{ .id = "firmware.driver",
	  .title = "A firmware driver manages the function again",
	  .spec = "UEFI 2.10 sec 7.3, ConnectController()",
	  .body = driver_back },
	{ .id = "firmware.disk",
	  .title = "Firmware's driver reads the disk behind the function, and the same bytes",
	  .spec = "UEFI 2.10 sec 13.9, ReadBlocks()",
	  .body = disk_reads },
};

const struct suite suite_firmware = SUITE("firmware", checks);
