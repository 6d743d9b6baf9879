/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns slot 0 of an SD host controller as an interrupt source. The Force Event register sets an
 * error status as if a command had timed out; no command is sent, and the card is not touched but
 * by the host's own reset, behind which clock and power are as they were found. Other slots of the
 * function are left alone.
 *
 * Registers: SD Host Controller Simplified Specification 3.00, chapter 2, by offset (its numbers of
 * sections: not verified); Slot Information: its appendix on PCI. What a reset clears of the
 * registers of a single command (00h-0Fh, 58h) is not put back: a write there may start a transfer,
 * and drivers write them before each command. Statuses that were cleared cannot be set again.
 */
#include "drivers/mmio.h"
#include "pci/mem.h"
#include "run/bench/source.h"

#define CLASS_SD_HOST 0x0805
#define SLOT_INFORMATION 0x40 /* configuration space: 2:0 the BAR of slot 0 */
#define REGISTERS 0x100
#define RESET_US 100000 /* Linux drivers/mmc/host/sdhci.c, sdhci_do_reset() */
#define CLOCK_US 150000 /* its sdhci_enable_clk(): the specification's 150 ms */

enum {
	HOST_CONTROL = 0x28, /* 8, RW */
	POWER_CONTROL = 0x29, /* 8, RW */
	BLOCK_GAP = 0x2a, /* 8, RW */
	WAKEUP = 0x2b, /* 8, RW */
	CLOCK = 0x2c, /* 16, RW */
	CLOCK_INTERNAL = 0x0001,
	CLOCK_STABLE = 0x0002, /* ROC */
	CLOCK_TO_CARD = 0x0004,
	TIMEOUT = 0x2e, /* 8, RW */
	RESET = 0x2f, /* 8, RWAC */
	RESET_ALL = 0x01,
	NORMAL_STATUS = 0x30, /* 16, RW1C; bit 15: any error, ROC */
	ERROR_STATUS = 0x32, /* 16, RW1C */
	COMMAND_TIMEOUT = 0x0001, /* in all four registers of errors */
	NORMAL_STATUS_ENABLE = 0x34, /* 16, RW */
	ERROR_STATUS_ENABLE = 0x36, /* 16, RW: 0 keeps the status from being set */
	NORMAL_SIGNAL_ENABLE = 0x38, /* 16, RW */
	ERROR_SIGNAL_ENABLE = 0x3a, /* 16, RW: 0 keeps the status from interrupting */
	HOST_CONTROL_2 = 0x3e, /* 16, RW */
	CAPABILITIES = 0x40, /* 32, HwInit */
	FORCE_ERROR = 0x52, /* 16, WO: sets these bits of the error status */
	VERSION = 0xfe, /* 16, HwInit; 7:0: 0 is 1.00, which has no Force Event */
};

/* What a reset clears. The bus's stand first; how it is clocked follows. */
static const struct {
	uint8_t at, bytes;
} kept[] = {
	{ HOST_CONTROL, 1 },
	{ BLOCK_GAP, 1 },
	{ TIMEOUT, 1 },
	{ HOST_CONTROL_2, 2 },
	{ POWER_CONTROL, 1 },
#define KEPT_OF_BUS 5
	{ WAKEUP, 1 },
	{ NORMAL_STATUS_ENABLE, 2 },
	{ ERROR_STATUS_ENABLE, 2 },
	{ NORMAL_SIGNAL_ENABLE, 2 },
	{ ERROR_SIGNAL_ENABLE, 2 },
};

#define KEPT (sizeof(kept) / sizeof(kept[0]))

struct sdhci {
	struct hw *hw;
	uint64_t base;
	uint32_t capabilities;
	uint32_t served; /* error statuses that a handler acknowledged since begin() */
	uint16_t version, clock, forced, found[KEPT];
	bool saved;
};

_Static_assert(sizeof(struct sdhci) <= SOURCE_STATE, "an SD host has its room");

static struct sdhci *own(struct source *s)
{
	return (void *)s->state;
}

static const struct sdhci *own_const(const struct source *s)
{
	return (const void *)s->state;
}

static bool matches(const struct pci_fn *fn)
{
	return fn->class_revision >> 16 == CLASS_SD_HOST &&
	       fn->header_type == PCI_HEADER_TYPE_NORMAL;
}

static uint16_t read16(const struct sdhci *h, unsigned reg)
{
	return hw_read16(h->hw, h->base + reg);
}

static void write16(const struct sdhci *h, unsigned reg, uint16_t value)
{
	hw_write16(h->hw, h->base + reg, value);
}

static uint16_t read_kept(const struct sdhci *h, unsigned i)
{
	uint64_t at = h->base + kept[i].at;

	return kept[i].bytes == 1 ? hw_read8(h->hw, at) : hw_read16(h->hw, at);
}

static void write_kept(const struct sdhci *h, unsigned i, uint16_t value)
{
	uint64_t at = h->base + kept[i].at;

	if (kept[i].bytes == 1)
		hw_write8(h->hw, at, (uint8_t)value);
	else
		hw_write16(h->hw, at, value);
}

static enum err rest(struct source *s)
{
	struct sdhci *h = own(s);
	uint16_t left;

	write16(h, ERROR_SIGNAL_ENABLE, 0);
	write16(h, ERROR_STATUS, COMMAND_TIMEOUT);
	left = read16(h, ERROR_STATUS);
	if (left == UINT16_MAX)
		return ERR_GONE;
	return left & COMMAND_TIMEOUT ? ERR_TIMEOUT : OK;
}

static void save(struct sdhci *h)
{
	for (unsigned i = 0; i < KEPT; i++)
		h->found[i] = read_kept(h, i);
	h->clock = read16(h, CLOCK) & (uint16_t)~CLOCK_STABLE;
	h->saved = true;
}

static enum err find_registers(struct source *s)
{
	struct sdhci *h = own(s);
	enum err err;

	h->hw = s->fn->hw;
	err = mmio_bar(s->fn, pci_cfg_read8(s->fn, SLOT_INFORMATION) & 7, REGISTERS, &h->base);
	if (err)
		return err;
	h->capabilities = hw_read32(h->hw, h->base + CAPABILITIES);
	h->version = read16(h, VERSION);
	if (h->capabilities == UINT32_MAX || h->version == UINT16_MAX)
		return ERR_GONE;
	save(h);
	return OK;
}

static void begin(struct source *s)
{
	struct sdhci *h = own(s);

	h->served = 0;
	write16(h, FORCE_ERROR, COMMAND_TIMEOUT);
	(void)read16(h, ERROR_STATUS); /* flush the posted write */
}

static enum err finish(struct source *s)
{
	struct sdhci *h = own(s);
	struct mmio_wait wait = { h->hw, h->base + ERROR_STATUS, HW_16, SOURCE_WORK_US };

	return mmio_wait_event(&wait, COMMAND_TIMEOUT, &h->served);
}

static enum err start(struct source *s)
{
	struct sdhci *h = own(s);
	enum err err = rest(s);

	if (err)
		return err;
	write16(h, ERROR_STATUS_ENABLE, COMMAND_TIMEOUT);
	write16(h, ERROR_SIGNAL_ENABLE, COMMAND_TIMEOUT);
	(void)read16(h, ERROR_SIGNAL_ENABLE); /* flush the posted write */
	return OK;
}

static void mask(struct source *s)
{
	write16(own(s), ERROR_SIGNAL_ENABLE, 0);
	(void)read16(own(s), ERROR_SIGNAL_ENABLE); /* flush the posted write */
}

static void unmask(struct source *s)
{
	write16(own(s), ERROR_SIGNAL_ENABLE, COMMAND_TIMEOUT);
	(void)read16(own(s), ERROR_SIGNAL_ENABLE);
}

static bool pending(struct source *s)
{
	return read16(own(s), ERROR_STATUS) & COMMAND_TIMEOUT;
}

static bool handle(struct source *s)
{
	struct sdhci *h = own(s);
	uint16_t status = read16(h, ERROR_STATUS);

	if (status == UINT16_MAX || !(status & COMMAND_TIMEOUT))
		return false;
	h->served |= status;
	write16(h, ERROR_STATUS, COMMAND_TIMEOUT);
	(void)read16(h, ERROR_STATUS); /* flush the posted write */
	return true;
}

static enum err ack(struct source *s)
{
	(void)handle(s);
	return pending(s) ? ERR_TIMEOUT : OK;
}

static void disarm(struct source *s)
{
	(void)!rest(s);
}

/* Clock to the card only behind a stable internal one (its sec 3.2.1). */
static enum err put_clock(struct sdhci *h)
{
	struct mmio_wait wait = { h->hw, h->base + CLOCK, HW_16, CLOCK_US };
	enum err err = OK;

	if ((read16(h, CLOCK) & (uint16_t)~CLOCK_STABLE) == h->clock)
		return OK;
	write16(h, CLOCK, h->clock & (uint16_t)~CLOCK_TO_CARD);
	if (h->clock & CLOCK_INTERNAL)
		err = mmio_wait(&wait, CLOCK_STABLE, CLOCK_STABLE);
	write16(h, CLOCK, h->clock);
	return err;
}

static enum err put_back(struct sdhci *h, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		if (read_kept(h, i) != h->found[i])
			write_kept(h, i, h->found[i]);
	}
	return put_clock(h);
}

static enum err reset(struct source *s)
{
	struct sdhci *h = own(s);
	struct mmio_wait wait = { h->hw, h->base + RESET, HW_8, RESET_US };
	enum err err;

	hw_write8(h->hw, h->base + RESET, RESET_ALL);
	err = mmio_wait(&wait, RESET_ALL, 0);
	if (err)
		return err;
	/* no register of interrupts: what they read, and the line, is the reset's doing */
	return put_back(h, KEPT_OF_BUS);
}

/* The event is tried once, with nothing enabled to interrupt: can it be made at all? */
static void try_event(struct source *s)
{
	struct sdhci *h = own(s);

	write16(h, ERROR_STATUS_ENABLE, COMMAND_TIMEOUT);
	begin(s);
	h->forced = read16(h, ERROR_STATUS);
	s->ready = h->forced & COMMAND_TIMEOUT && !rest(s);
	s->lost = !s->ready && h->version & 0xff;
	s->why = s->lost ? "the Force Event register does not set the error status, or it stays"
			 : "an SD host of version 1.00 has no Force Event register";
}

static void meet(struct source *s)
{
	struct sdhci *h = own(s);
	enum err err;

	s->init_err = find_registers(s);
	if (s->init_err)
		return;
	err = reset(s);
	s->usable = !err;
	s->why = "the SD host's reset does not end, or its clock does not come back";
	if (s->usable)
		try_event(s);
	stream_line(&s->lab->out,
		    "# hw sdhci base=%lx version=%04x capabilities=%08x reset=%02x clock=%04x "
		    "forced=%04x",
		    h->base, h->version, h->capabilities, hw_read8(h->hw, h->base + RESET),
		    read16(h, CLOCK), h->forced);
}

static enum err restore(struct source *s)
{
	struct sdhci *h = own(s);
	enum err err;

	if (!h->saved)
		return OK;
	(void)!rest(s);
	err = put_back(h, KEPT);
	for (unsigned i = 0; !err && i < KEPT; i++)
		err = read_kept(h, i) == h->found[i] ? OK : ERR_MISMATCH;
	return err;
}

static uint32_t identity(const struct source *s, uint32_t *ret_known)
{
	const struct sdhci *h = own_const(s);

	*ret_known = h->capabilities;
	return hw_read32(h->hw, h->base + CAPABILITIES);
}

static unsigned registers(const struct source *s, struct source_register *ret)
{
	uint64_t base = own_const(s)->base;

	ret[0] = (struct source_register){ .name = "error interrupt status",
					   .key = "error_status",
					   .at = base + ERROR_STATUS,
					   .bytes = 2 };
	ret[1] = (struct source_register){ .name = "error interrupt status enable",
					   .key = "error_status_enable",
					   .at = base + ERROR_STATUS_ENABLE,
					   .bytes = 2 };
	ret[2] = (struct source_register){ .name = "error interrupt signal enable",
					   .key = "error_signal_enable",
					   .at = base + ERROR_SIGNAL_ENABLE,
					   .is_enable = true,
					   .bytes = 2 };
	return 3;
}

const struct source_kind source_kind_sdhci = {
	.name = "SD host",
	.rank = SOURCE_RANK_OTHER,
	.unreachable = "the SD host's registers do not answer as they must",
	.matches = matches,
	.meet = meet,
	.start = start,
	.begin = begin,
	.finish = finish,
	.mask = mask,
	.unmask = unmask,
	.handle = handle,
	.pending = pending,
	.ack = ack,
	.rest = rest,
	.disarm = disarm,
	.reset = reset,
	.restore = restore,
	.identity = identity,
	.registers = registers,
};
