/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Interrupt Status: what moves it, and what must not. No line is involved: it says what is pending
 * inside the function.
 */
#include "run/bench/events.h"

#define TOGGLES 4

/* Interrupt Status at each setting of DisINTx: how often it was 1. */
static unsigned ones_over_toggles(struct ctx *c)
{
	unsigned ones = 0, taken = 0;

	for (unsigned i = 0; i < TOGGLES; i++) {
		write_disintx(c, i & 1);
		taken += !!(read_command(c) & PCI_COMMAND_INTX_DISABLE) == (i & 1);
		ones += interrupt_status(c);
	}
	expect_eq(c, taken, 4, "settings of DisINTx that read back, of 4");
	return ones;
}

static void independent(struct ctx *c)
{
	if (!events_begin_unheard(c, false))
		return;
	expect_eq(c, ones_over_toggles(c), 0, "Interrupt Status 1 in 4 looks, idle");
	raise_event(c);
	expect_eq(c, ones_over_toggles(c), 4, "Interrupt Status 1 in 4 looks, pending");
	expect_ok(c, source_ack(&c->lab->bench->own), "the device is acknowledged");
	expect_eq(c, ones_over_toggles(c), 0, "Interrupt Status 1 in 4 looks, acknowledged");
	events_finish_unheard(c);
}

/* Set before DisINTx, cleared behind it: the condition alone decides. */
static void falls_masked(struct ctx *c)
{
	if (!events_begin_unheard(c, false))
		return;
	raise_event(c);
	write_disintx(c, true);
	expect_eq(c, interrupt_status(c), 1, "Interrupt Status, pending, then DisINTx = 1");
	expect_ok(c, source_ack(&c->lab->bench->own), "the device is acknowledged");
	expect_eq(c, interrupt_status(c), 0, "Interrupt Status, acknowledged, DisINTx = 1");
	write_disintx(c, false);
	expect_eq(c, interrupt_status(c), 0, "Interrupt Status, acknowledged, DisINTx = 0");
	events_finish_unheard(c);
}

static void write_status(struct ctx *c, uint16_t word)
{
	pci_cfg_write16(c->lab->fn, PCI_STATUS, word);
}

/* The word written has no other bit: a 0 leaves the RW1C bits beside it alone. */
static void read_only(struct ctx *c)
{
	if (!events_begin_unheard(c, true))
		return;
	write_status(c, PCI_STATUS_INTERRUPT);
	expect_eq(c, interrupt_status(c), 0, "Interrupt Status, idle, written 1");
	raise_event(c);
	write_status(c, PCI_STATUS_INTERRUPT);
	expect_eq(c, interrupt_status(c), 1, "Interrupt Status, pending, written 1");
	write_status(c, 0);
	expect_eq(c, interrupt_status(c), 1, "Interrupt Status, pending, written 0");
	events_finish_unheard(c);
}

/*
 * As pci_restore_state() does it: Command and Status of one read in one write. A 0 in the error
 * bits, so that nothing but the width is the stimulus.
 */
static void restored(struct ctx *c)
{
	const struct pci_fn *fn = c->lab->fn;
	uint32_t saved;

	if (!events_begin_unheard(c, true))
		return;
	raise_event(c);
	saved = pci_cfg_read32(fn, PCI_COMMAND) & ~((uint32_t)PCI_STATUS_RW1C << 16);
	write_disintx(c, false);
	pci_cfg_write32(fn, PCI_COMMAND, saved);
	expect_hex(c, read_command(c), saved & 0xffff, 4, "Command, written 32 bits wide");
	expect_eq(c, interrupt_status(c), 1, "Interrupt Status, pending, Status written back");
	expect_hex(c, pci_cfg_read32(fn, PCI_COMMAND) & ~((uint32_t)PCI_STATUS_RW1C << 16), saved,
		   8, "Command and Status but for the error bits");
	events_finish_unheard(c);
}

static const struct check checks[] = {
	{ .id = "status.independent-of-disintx",
	  .title = "Interrupt Status is the same for DisINTx 0 and 1: pending 1, else 0",
	  .spec = "PCI 3.0 sec 6.2.3, Status[3]",
	  .why = WHY("vfio-pci reads Interrupt Status while it is masked, to know whether the "
		     "interrupt is its own."),
	  .advice = "Status[3] must be taken in front of the gate that DisINTx closes, not behind "
		    "it.",
	  .quirk = PCI_QUIRK_INTX_MASKING,
	  .needs = NEED_SOURCE | NEED_DISINTX,
	  .body = independent },
	{ .id = "status.falls-behind-disintx",
	  .title = "Interrupt Status falls when the device is acknowledged behind DisINTx",
	  .spec = "PCI 3.0 sec 6.2.3, Status[3]",
	  .why = WHY(
		  "vfio-pci unmasks only when Interrupt Status is 0; stuck, the guest never gets "
		  "another."),
	  .advice = "The device's own registers: if nothing is pending there, Status[3] latches "
		    "what it should follow.",
	  .needs = NEED_SOURCE | NEED_DISINTX,
	  .body = falls_masked },
	{ .id = "status.write-changes-nothing",
	  .title = "writing Interrupt Status neither clears nor sets it: it is read-only",
	  .spec = "PCI 3.0 sec 6.2.3, Status[3]",
	  .why = WHY(
		  "Software clears error bits in Status; an interrupt must not be lost by that."),
	  .advice = "The write mask of Status: bit 3 is read-only, bits 8 and 15:11 are RW1C.",
	  .needs = NEED_SOURCE | NEED_DISINTX,
	  .body = read_only },
	{ .id = "status.restore-leaves-pending",
	  .title =
		  "a 32-bit write of Command and Status as read sets Command and changes no Status",
	  .spec = "PCI 3.0 sec 6.2.3, Status[3]; observation: what a restore of saved state writes",
	  .why = WHY("Restoring saved state writes Command and Status in one dword; a pending "
		     "interrupt must survive."),
	  .advice = "A 32-bit write at 04h: does Command arrive, and is Status[3] left alone?",
	  .needs = NEED_SOURCE | NEED_DISINTX,
	  .body = restored },
};

const struct suite suite_status = CONFORMANCE_SUITE("status", checks);
