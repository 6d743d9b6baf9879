/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Command as a register: how DisINTx is written, at every width, and what a write must not move.
 * What DisINTx does to the line is suite mask's.
 */
#include "run/bench/events.h"

#define HEADER_DWORDS 16 /* type 0 and 1, PCI 3.0 sec 6.1 */
#define REWRITES 8

static void idle_clear(struct ctx *c)
{
	struct bench *b = c->lab->bench;

	source_known_command(&b->own);
	expect_eq(c, !!(read_command(c) & PCI_COMMAND_INTX_DISABLE), 0, "DisINTx, written 0");
	expect_eq(c, interrupt_status(c), 0, "Interrupt Status, the device at rest");
}

/* The header but for Command; of Status, what no bus error moves. */
static void read_header(struct ctx *c, uint32_t header[HEADER_DWORDS])
{
	for (unsigned i = 0; i < HEADER_DWORDS; i++)
		header[i] = pci_cfg_read32(c->lab->fn, i * 4);
	header[PCI_COMMAND / 4] &= ~(0xffff | (uint32_t)PCI_STATUS_RW1C << 16);
}

/* Config offset of the first dword that differs; 40h: none does. */
static unsigned first_difference(struct ctx *c, const uint32_t before[HEADER_DWORDS])
{
	uint32_t now[HEADER_DWORDS];
	unsigned i = 0;

	read_header(c, now);
	while (i < HEADER_DWORDS && now[i] == before[i])
		i++;
	return i * 4;
}

static void no_side_effect(struct ctx *c)
{
	uint32_t before[HEADER_DWORDS];
	uint16_t word;

	source_known_command(&c->lab->bench->own);
	word = read_command(c);
	read_header(c, before);
	write_disintx(c, true);
	expect_hex(c, read_command(c), word | PCI_COMMAND_INTX_DISABLE, 4, "Command, DisINTx set");
	expect_hex(c, first_difference(c, before), 0x40, 2,
		   "first offset of the header that changed, DisINTx set (40: none)");
	write_disintx(c, false);
	expect_hex(c, read_command(c), word & (uint16_t)~PCI_COMMAND_INTX_DISABLE, 4,
		   "Command, DisINTx cleared");
	expect_hex(c, first_difference(c, before), 0x40, 2,
		   "first offset of the header that changed, DisINTx cleared (40: none)");
	source_known_command(&c->lab->bench->own);
}

/* Byte enables: 05h alone. */
static void upper_byte(struct ctx *c)
{
	const struct pci_fn *fn = c->lab->fn;
	uint16_t word;

	source_known_command(&c->lab->bench->own);
	/* not as read: a DisINTx that cannot be cleared has not moved */
	word = read_command(c) & (uint16_t)~PCI_COMMAND_INTX_DISABLE;
	pci_cfg_write8(fn, PCI_COMMAND + 1, (uint8_t)((word | PCI_COMMAND_INTX_DISABLE) >> 8));
	expect_hex(c, read_command(c), word | PCI_COMMAND_INTX_DISABLE, 4,
		   "Command, 05h written with DisINTx = 1");
	pci_cfg_write8(fn, PCI_COMMAND + 1, (uint8_t)(word >> 8));
	expect_hex(c, read_command(c), word, 4, "Command, 05h written with DisINTx = 0");
	source_known_command(&c->lab->bench->own);
}

static void lower_byte(struct ctx *c)
{
	const struct pci_fn *fn = c->lab->fn;
	uint16_t word;

	source_known_command(&c->lab->bench->own);
	write_disintx(c, true);
	/* not as read: a Bus Master that cannot be set has not moved */
	word = read_command(c) | PCI_COMMAND_MASTER;
	pci_cfg_write8(fn, PCI_COMMAND, (uint8_t)(word & ~PCI_COMMAND_MASTER));
	expect_hex(c, read_command(c), word & (uint16_t)~PCI_COMMAND_MASTER, 4,
		   "Command, 04h written with Bus Master = 0");
	expect_eq(c, !!(read_command(c) & PCI_COMMAND_INTX_DISABLE), 1, "DisINTx, 04h written");
	pci_cfg_write8(fn, PCI_COMMAND, (uint8_t)word);
	expect_hex(c, read_command(c), word, 4, "Command, 04h written with Bus Master = 1");
	source_known_command(&c->lab->bench->own);
}

static void rewrite(struct ctx *c)
{
	for (unsigned i = 0; i < REWRITES; i++)
		pci_cfg_write16(c->lab->fn, PCI_COMMAND, read_command(c));
	quiet_window(c);
}

static void rewrite_is_quiet(struct ctx *c)
{
	struct events e = { .mask_at = 1 };
	struct line *line = &c->lab->bench->line;

	if (!events_begin(c, &e, false))
		return;
	rewrite(c);
	expect_eq(c, line->count, 0, "deliveries, 0 over 0, nothing pending");
	expect_eq(c, interrupt_status(c), 0, "Interrupt Status, 0 over 0, nothing pending");
	write_disintx(c, true);
	raise_event(c);
	rewrite(c);
	expect_eq(c, line->count, 0, "deliveries, 1 over 1, pending");
	expect_eq(c, interrupt_status(c), 1, "Interrupt Status");
	events_finish(c);
}

static const struct check checks[] = {
	{ .id = "cmd.idle-reads-clear",
	  .title = "at rest DisINTx and Interrupt Status read 0",
	  .spec = "PCI 3.0 sec 6.2.2, Command[10]; sec 6.2.3, Status[3]",
	  .why = WHY("A device that looks masked or pending at rest misleads every driver."),
	  .advice = "Command[10] and Status[3] right after decode was set; then the device's own "
		    "registers.",
	  .needs = NEED_DEVICE,
	  .body = idle_clear },
	{ .id = "cmd.toggle-has-no-side-effect",
	  .title = "writing DisINTx moves no other bit of Command and nothing else in the header",
	  .spec = "PCI 3.0 sec 6.2.2, Command[10]",
	  .why = WHY(
		  "Masking an interrupt must not change decode, error reporting or the interrupt's "
		  "routing."),
	  .advice = "The first offset that changed, and what in the device is wired to a write of "
		    "05h.",
	  .needs = NEED_DEVICE | NEED_DISINTX,
	  .body = no_side_effect },
	{ .id = "cmd.upper-byte-alone",
	  .title = "an 8-bit write at 05h moves DisINTx and leaves the byte at 04h",
	  .spec = "PCI 3.0 sec 6.2.2; observation: byte enables of a configuration write",
	  .why = WHY("Software that writes the upper byte alone must not turn decode or Bus Master "
		     "off."),
	  .advice = "Byte enables on the way: the ECAM of the host bridge, then the device.",
	  .needs = NEED_DEVICE | NEED_DISINTX,
	  .body = upper_byte },
	{ .id = "cmd.lower-byte-alone",
	  .title = "an 8-bit write at 04h moves Bus Master and leaves DisINTx",
	  .spec = "PCI 3.0 sec 6.2.2; observation: byte enables of a configuration write",
	  .why = WHY("Software that writes the lower byte alone must not unmask an interrupt."),
	  .advice = "Byte enables on the way: the ECAM of the host bridge, then the device.",
	  .needs = NEED_DEVICE | NEED_DISINTX,
	  .body = lower_byte },
	{ .id = "cmd.rewrite-is-quiet",
	  .title = "writing Command as it is delivers nothing and leaves Interrupt Status",
	  .spec = "PCI 3.0 sec 6.2.2, Command[10]; sec 6.2.3, Status[3]",
	  .why = WHY(
		  "Drivers rewrite Command all the time; a pulse on INTx then is an interrupt that "
		  "nobody handles."),
	  .advice = "INTx with a scope at the write: it may not depend on the write, only on "
		    "DisINTx and the condition.",
	  .needs = NEED_ROUTE | NEED_DISINTX,
	  .body = rewrite_is_quiet },
};

const struct suite suite_cmd = CONFORMANCE_SUITE("cmd", checks);
