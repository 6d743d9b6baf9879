/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * A test image with checks that make the CPU take exceptions. Each must end as ERROR with its
 * vector, and the run must go on to a valid end marker, firmware alive where it was not left.
 */
#include "efi/root.h"
#include "run/check.h"

static void breakpoint(struct ctx *c)
{
	(void)c;
	__asm__ volatile("int3");
}

static void undefined_opcode(struct ctx *c)
{
	(void)c;
	__asm__ volatile("ud2");
}

/* Canonical, and above what firmware maps. */
static void page_fault(struct ctx *c)
{
	hw_write32(c->lab->hw, 0x7ffffffff000, 1);
}

static void panics(struct ctx *c)
{
	c->lab->hw->ops->panic(c->lab->hw, "a panic made on purpose");
}

/* Once firmware is gone its services are traps; while it lives they are not ours to call here. */
static void boot_service(struct ctx *c)
{
	const struct root *root = (const void *)((const uint8_t *)c->lab -
						 offsetof(struct root, lab));

	if (!root->uefi.gone) {
		check_skip(c, "firmware is there");
		return;
	}
	(void)root->uefi.bs->Stall(1);
	check_pass(c);
}

static void lives_on(struct ctx *c)
{
	check_pass(c);
}

static const struct check checks[] = {
	{ .id = "fault.breakpoint",
	  .title = "never true: vector 3",
	  .spec = "observation: made on purpose",
	  .body = breakpoint },
	{ .id = "fault.undefined-opcode",
	  .title = "never true: vector 6",
	  .spec = "observation: made on purpose",
	  .body = undefined_opcode },
	{ .id = "fault.page",
	  .title = "never true: vector 14",
	  .spec = "observation: made on purpose",
	  .body = page_fault },
	{ .id = "fault.panic",
	  .title = "never true: a panic",
	  .spec = "observation: made on purpose",
	  .body = panics },
	{ .id = "fault.boot-service",
	  .title = "never true: with --bare vector 6",
	  .spec = "observation: made on purpose",
	  .body = boot_service },
	{ .id = "fault.lives-on",
	  .title = "a check after so many exceptions runs",
	  .spec = "observation: made on purpose",
	  .body = lives_on },
};

static const struct suite suite_fault = SUITE("fault", checks);

const struct suite *const root_taken_suites[] = { &suite_fault, NULL };
