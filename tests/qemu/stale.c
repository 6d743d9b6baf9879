/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * A test image whose firmware changes the memory map just before ExitBootServices() looks at its
 * key: for the suite "once" the first time, for "always" every time.
 */
#include "efi/root.h"
#include "pci/mem.h"
#include "run/check.h"

static const struct uefi *uefi;
static EFI_EXIT_BOOT_SERVICES exit_boot_services;
static bool always, was_stale;

/* Two pages of another type than their neighbours: a new entry in the map. */
static EFI_STATUS EFIAPI exit_with_another_map(EFI_HANDLE image, UINTN key)
{
	EFI_PHYSICAL_ADDRESS pages;

	if (always || !was_stale)
		(void)uefi->bs->AllocatePages(AllocateAnyPages, EfiRuntimeServicesData, 2, &pages);
	was_stale = true;
	return exit_boot_services(image, key);
}

/* The plan asks this while firmware is alive. */
static bool applies(const struct options *opt)
{
	const struct root *root = (const void *)((const uint8_t *)opt -
						 offsetof(struct root, lab.opt));

	if (!uefi) {
		uefi = &root->uefi;
		always = text_equal(opt->suite, "always");
		exit_boot_services = uefi->bs->ExitBootServices;
		uefi->bs->ExitBootServices = exit_with_another_map;
	}
	return true;
}

static void the_key_was_stale(struct ctx *c)
{
	expect_eq(c, was_stale, 1, "a stale key was handed to firmware");
}

static const struct check once_checks[] = {
	{ .id = "once.left",
	  .title = "firmware was left with the second key",
	  .spec = "UEFI 2.10 sec 7.4.6, ExitBootServices()",
	  .body = the_key_was_stale },
};

static const struct check always_checks[] = {
	{ .id = "always.left",
	  .title = "never runs",
	  .spec = "UEFI 2.10 sec 7.4.6, ExitBootServices()",
	  .body = the_key_was_stale },
};

static const struct suite suite_once = {
	.name = "once", .checks = once_checks, .count = 1, .applies = applies
};
static const struct suite suite_always = {
	.name = "always", .checks = always_checks, .count = 1, .applies = applies
};

const struct suite *const root_taken_suites[] = { &suite_once, &suite_always, NULL };
