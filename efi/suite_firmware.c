/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Does firmware live? Judged after the machine was returned and the function reconnected; main.c
 * did that, whatever was selected, and kept what came of it in struct root.
 */
#include "efi/root.h"

#include "pci/mem.h"
#include "run/bench/source_ahci.h"

static const struct root *root_of(const struct ctx *c)
{
	return (const void *)((const uint8_t *)c->lab - offsetof(struct root, lab));
}

/* Nothing can be asked of it any more. */
static bool firmware_is_gone(struct ctx *c)
{
	if (root_of(c)->uefi.gone)
		check_skip(c, "--bare: firmware is gone");
	return root_of(c)->uefi.gone;
}

static void machine_returned(struct ctx *c)
{
	const struct root *root = root_of(c);

	if (firmware_is_gone(c))
		return;
	if (!root->was_taken) {
		check_skip(c, "the machine was not taken");
		return;
	}
	expect_ok(c, root->return_err, root->return_what);
}

static void timer_ticks(struct ctx *c)
{
	if (firmware_is_gone(c))
		return;
	expect_ok(c, root_of(c)->timer_err, "a timer event of 10 ms within 200 ms");
}

static void driver_back(struct ctx *c)
{
	const struct root *root = root_of(c);

	if (firmware_is_gone(c))
		return;
	if (root->fn.drivers == 0) {
		check_skip(c, "no firmware driver managed the function before");
		return;
	}
	expect_ok(c, root->connect_err, "ConnectController");
}

static void disk_reads(struct ctx *c)
{
	const struct root *root = root_of(c);
	const uint8_t *lba0;

	if (firmware_is_gone(c))
		return;
	if (root->fn.drivers == 0) {
		check_skip(c, "no firmware driver managed the function before");
		return;
	}
	if (root->bench.own.lost) {
		check_error(c, "%s", root->bench.own.why);
		return;
	}
	if (!root->has_disk && !root->disk.path_len) {
		check_skip(c, "no disk was found behind the function");
		return;
	}
	if (!expect_ok(c, root->lba0.err, "LBA 0 by firmware's BlockIo"))
		return;
	if (!root->has_disk) {
		expect_eq(c,
			  root->lba0.len == root->disk.len &&
				  memcmp(root->lba0.data, root->disk.lba0, root->disk.len) == 0,
			  1, "LBA 0 by firmware equals LBA 0 by firmware before it let go");
		return;
	}
	lba0 = source_ahci(&c->lab->bench->own)->lba0;
	expect_eq(c, memcmp(root->lba0.data, lba0, root->lba0.len) == 0, 1,
		  "LBA 0 by firmware equals LBA 0 by READ DMA EXT");
}

static const struct check checks[] = {
	{ .id = "firmware.machine",
	  .title = "Interrupt controllers, IDT and IF read back as firmware left them",
	  .spec = "observation: intxlab's own promise",
	  .why = "A machine that is not given back as it was hangs the firmware, or what it boots "
		 "next.",
	  .advice = "The register named beside it: IOAPIC entry, local APIC, 8259, IDT.",
	  .body = machine_returned },
	{ .id = "firmware.timer",
	  .title = "Firmware's timer ticks after the machine was returned",
	  .spec = "UEFI 2.10 sec 7.1, SetTimer()",
	  .why = "Firmware without its timer tick waits for ever in every timeout.",
	  .advice = "The local APIC's timer entry and the 8259's masks: are they as firmware left "
		    "them?",
	  .body = timer_ticks },
	{ .id = "firmware.driver",
	  .title = "A firmware driver manages the function again",
	  .spec = "UEFI 2.10 sec 7.3, ConnectController()",
	  .why = "A disk without its driver cannot be booted from.",
	  .advice = "What ConnectController says; then Command and the HBA as they were left.",
	  .body = driver_back },
	{ .id = "firmware.disk",
	  .title = "Firmware's driver reads the disk behind the function, and the same bytes",
	  .spec = "UEFI 2.10 sec 13.9, ReadBlocks()",
	  .why = "It shows that the disk still works for who comes next, and that nothing was "
		 "written.",
	  .advice = "Which read fails or differs; then PxCMD and PxSSTS of the port as firmware "
		    "left them.",
	  .body = disk_reads },
};

const struct suite suite_firmware = SUITE("firmware", checks);
