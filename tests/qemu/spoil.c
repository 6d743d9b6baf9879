/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * A test image whose checks spoil what is to be given back to firmware, or what it is compared
 * with: suite "firmware" must FAIL, each check on what was spoilt.
 */
#include "efi/root.h"
#include "run/bench/source_ahci.h"
#include "run/check.h"

static struct root *root_of(struct ctx *c)
{
	return (void *)((uint8_t *)c->lab - offsetof(struct root, lab));
}

/* ELCR's bit 0 is reserved and reads 0: what is "saved" cannot be read back. */
static void machine(struct ctx *c)
{
	root_of(c)->machine.saved.pic.elcr ^= 1;
	check_pass(c);
}

/* Whatever firmware's timer driver uses stays masked: every LVT entry (bit 16) and every IRQ. */
static void timer(struct ctx *c)
{
	struct irqc_x86_state *saved = &root_of(c)->machine.saved;

	for (unsigned i = 0; i < LAPIC_LVT_COUNT; i++)
		saved->lapic.lvt[i] |= saved->lapic.lvt[i] ? 1u << 16 : 0;
	saved->pic.imr = 0xffff;
	check_pass(c);
}

static void disk(struct ctx *c)
{
	struct source_ahci *ahci = source_ahci(&root_of(c)->bench.own);

	if (ahci)
		ahci->lba0[511] ^= 0xff;
	root_of(c)->disk.lba0[511] ^= 0xff;
	check_pass(c);
}

static const struct check checks[] = {
	{ .id = "spoil.machine",
	  .title = "the saved ELCR cannot be read back",
	  .spec = "observation: made on purpose",
	  .body = machine },
	{ .id = "spoil.timer",
	  .title = "the saved masks stop firmware's timer",
	  .spec = "observation: made on purpose",
	  .body = timer },
	{ .id = "spoil.disk",
	  .title = "LBA 0 as we read it is another",
	  .spec = "observation: made on purpose",
	  .body = disk },
};

static const struct suite suite_spoil = SUITE("spoil", checks);

const struct suite *const root_taken_suites[] = { &suite_spoil, NULL };
