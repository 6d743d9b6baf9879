/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * DisINTx is one bit, and software reaches it in every way. A check is a cell of a table: the path
 * (ECAM, the ports CF8h and CFCh), the write's width and place, and what the device is doing. After
 * each write the line and Interrupt Status are looked at, and after the next event and its
 * acknowledge too.
 */
#include "pci/ports.h"
#include "run/bench/stage.h"

enum place { LOWER_BYTE, UPPER_BYTE, WORD, DWORD };
enum doing { IDLE, ASSERTED, PENDING, SERVICED };

struct cell {
	bool by_ports;
	uint8_t place, doing;
};

static void put(const struct pci_fn *fn, bool by_ports, unsigned off, enum hw_width width,
		uint32_t value)
{
	if (by_ports)
		pci_ports_write(fn, off, width, value);
	else if (width == HW_8)
		pci_cfg_write8(fn, off, (uint8_t)value);
	else if (width == HW_16)
		pci_cfg_write16(fn, off, (uint16_t)value);
	else
		pci_cfg_write32(fn, off, value);
	(void)pci_cfg_read16(fn, PCI_COMMAND); /* flush the posted write */
}

/* A write that took decode with it: the device's registers are not there any more. */
static void heed_others(struct ctx *c, uint16_t word)
{
	uint16_t now = read_command(c);

	if (((now ^ word) & (uint16_t)~PCI_COMMAND_INTX_DISABLE) == 0 || now == UINT16_MAX)
		return;
	check_error(c, "the write moved more than DisINTx: Command was %04x, is %04x", word, now);
	source_known_command(&c->lab->bench->own);
}

/* Command as it is but for DisINTx; Status' RW1C bits as 0. The byte at 04h holds no DisINTx. */
static void write_command(struct ctx *c, const struct cell *cell, bool disintx)
{
	const struct pci_fn *fn = c->lab->fn;
	uint32_t word = read_command(c) & (uint16_t)~PCI_COMMAND_INTX_DISABLE;

	word |= disintx ? PCI_COMMAND_INTX_DISABLE : 0;
	switch ((enum place)cell->place) {
	case LOWER_BYTE:
		put(fn, cell->by_ports, PCI_COMMAND, HW_8, word & 0xff);
		break;
	case UPPER_BYTE:
		put(fn, cell->by_ports, PCI_COMMAND + 1, HW_8, word >> 8);
		break;
	case WORD:
		put(fn, cell->by_ports, PCI_COMMAND, HW_16, word);
		break;
	case DWORD:
		put(fn, cell->by_ports, PCI_COMMAND, HW_32, word);
		break;
	}
	heed_others(c, (uint16_t)word);
}

/* A line that stays up with nothing behind it is named where it is freed: # hw stuck_line. */
static void look(struct ctx *c, bool asserted, bool status, const char *when)
{
	char what[80];

	fmt_text(what, sizeof(what), "Interrupt Status, %s", when);
	expect_eq(c, interrupt_status(c), status, what);
	expect_line(c, asserted ? LINE_ASSERTED : LINE_DEASSERTED, when);
}

static void serve(struct stage *s)
{
	stage_ack(s);
	look(s->c, false, false, "the event acknowledged");
}

static void next_event(struct stage *s)
{
	if (!raise_event(s->c))
		return;
	look(s->c, true, true, "the next event, DisINTx 0");
	serve(s);
}

static void while_idle(struct stage *s, const struct cell *cell, bool moves)
{
	write_command(s->c, cell, true);
	look(s->c, false, false, "idle, DisINTx written 1");
	if (!raise_event(s->c))
		return;
	look(s->c, !moves, true, "an event, DisINTx written 1 before");
	write_command(s->c, cell, false);
	look(s->c, true, true, "the event pending, DisINTx written 0");
	serve(s);
}

static void while_asserted(struct stage *s, const struct cell *cell, bool moves)
{
	if (!raise_event(s->c))
		return;
	look(s->c, true, true, "an event, DisINTx 0");
	write_command(s->c, cell, true);
	look(s->c, !moves, true, "asserted, DisINTx written 1");
	serve(s);
	write_command(s->c, cell, false);
	look(s->c, false, false, "idle, DisINTx written 0");
	next_event(s);
}

/* Masked by a 16-bit write, whatever the cell's is: the byte at 04h must not unmask. */
static void while_pending(struct stage *s, const struct cell *cell, bool moves)
{
	write_disintx(s->c, true);
	if (!raise_event(s->c))
		return;
	look(s->c, false, true, "an event, DisINTx 1");
	write_command(s->c, cell, false);
	look(s->c, moves, true, "pending, DisINTx written 0");
	serve(s);
	write_disintx(s->c, false);
	next_event(s);
}

static void while_serviced(struct stage *s, const struct cell *cell, bool moves)
{
	(void)moves;
	write_disintx(s->c, true);
	if (!raise_event(s->c))
		return;
	serve(s);
	write_command(s->c, cell, false);
	look(s->c, false, false, "acknowledged while masked, DisINTx written 0");
	write_disintx(s->c, false);
	next_event(s);
}

static bool is_stuck(struct ctx *c)
{
	return line_level(&c->lab->bench->line) == LINE_ASSERTED && !interrupt_status(c);
}

/* An event between two accesses that should have moved the line, and did not: here is one back. */
static void event_between(struct stage *s, const struct cell *cell, bool disintx_first)
{
	write_disintx(s->c, disintx_first);
	if (source_raise(s->source))
		return;
	write_command(s->c, cell, !disintx_first);
	(void)!source_ack(s->source); /* what the line does then is looked at */
	write_disintx(s->c, false);
}

/*
 * A line that stays asserted with nothing behind it would make every check behind this one lie.
 * What counts assertions, and missed one half of a pair, is given the other half: the same accesses
 * the other way round. Where the line follows, nothing of this is done.
 */
static void free_line(struct stage *s, const struct cell *cell)
{
	static const bool ways[] = { true, false, false };
	unsigned tries = 0;

	if (!is_stuck(s->c))
		return;
	while (tries < sizeof(ways) && is_stuck(s->c))
		event_between(s, cell, ways[tries++]);
	stream_line(&s->c->lab->out, "# hw stuck_line check=%s freed=%u tries=%u", s->c->id,
		    !is_stuck(s->c), tries);
}

static void judge(struct ctx *c)
{
	static void (*const stories[])(struct stage *, const struct cell *, bool) = {
		[IDLE] = while_idle,
		[ASSERTED] = while_asserted,
		[PENDING] = while_pending,
		[SERVICED] = while_serviced,
	};
	const struct cell *cell = c->check->data;
	struct stage stage;

	if (cell->by_ports && !pci_ports_answer(c->lab->fn)) {
		check_skip(c, "the function does not answer at CF8h and CFCh");
		return;
	}
	if (!stage_open(&stage, c))
		return;
	stories[cell->doing](&stage, cell, cell->place != LOWER_BYTE);
	free_line(&stage, cell);
	stage_close(&stage);
}

#define CELL(path, ports, width, at, state, doing_it, what, it_does)                               \
	{                                                                                          \
		.id = "access." path "-" width "-" state,                                          \
		.title = what " by " path ", " it_does ": line and Interrupt Status follow",       \
		.spec = "PCI 3.0 sec 6.2.2, Command[10]; sec 6.2.3, Status[3]",                    \
		.needs = NEED_ROUTE | NEED_DISINTX, .body = judge,                                 \
		.data = &(const struct cell){ ports, at, doing_it },                               \
	}
#define STATES(path, ports, width, at, what)                                                       \
	CELL(path, ports, width, at, "idle", IDLE, what, "the device idle"),                       \
		CELL(path, ports, width, at, "asserted", ASSERTED, what, "INTx asserted"),         \
		CELL(path, ports, width, at, "pending", PENDING, what,                             \
		     "an event pending and masked"),                                               \
		CELL(path, ports, width, at, "serviced", SERVICED, what,                           \
		     "an event serviced while masked")
#define WIDTHS(path, ports)                                                                        \
	STATES(path, ports, "lower", LOWER_BYTE, "8 bits at 04h"),                                 \
		STATES(path, ports, "upper", UPPER_BYTE, "8 bits at 05h"),                         \
		STATES(path, ports, "word", WORD, "16 bits at 04h"),                               \
		STATES(path, ports, "dword", DWORD, "32 bits at 04h")

static const struct check checks[] = { WIDTHS("ecam", false), WIDTHS("ports", true) };

const struct suite suite_access = {
	.name = "access",
	.checks = checks,
	.count = sizeof(checks) / sizeof(checks[0]),
	.applies = suite_compares_no_policies,
	.why = WHY(
		"Software writes Command in every width: a line that follows only one is lost or "
		"stays up."),
	.advice = "Is INTx driven anew behind every write that reaches 05h, of any width?",
};
