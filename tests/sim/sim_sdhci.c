/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * An SD host controller with one slot and a card in it that firmware has set up. Source: SD Host
 * Controller Simplified Specification 3.00, chapter 2. It does no command: one that is sent ends
 * the process, as does an access to the buffer.
 */
#include <string.h>

#include "tests/sim/sim_machine.h"

enum {
	R_COMMAND = 0x0e,
	R_BUFFER = 0x20,
	R_PRESENT = 0x24,
	R_POWER = 0x29,
	R_CLOCK = 0x2c,
	R_RESET = 0x2f,
	R_NORMAL_STATUS = 0x30,
	R_ERROR_STATUS = 0x32,
	R_NORMAL_STATUS_ENABLE = 0x34,
	R_ERROR_STATUS_ENABLE = 0x36,
	R_NORMAL_SIGNAL_ENABLE = 0x38,
	R_ERROR_SIGNAL_ENABLE = 0x3a,
	R_AUTO_CMD = 0x3c,
	R_CAPABILITIES = 0x40,
	R_FORCE_AUTO_CMD = 0x50,
	R_FORCE_ERROR = 0x52,
	R_SLOT_STATUS = 0xfc,
	R_VERSION = 0xfe,
	REGISTERS = 0x100,
	MSI_CAP = 0x80,
};

#define ID_CONFIG 0x00071b36u
#define CLASS_REVISION 0x08050100u
#define RESET_NS (10 * SIM_US)
#define STABLE_NS (20 * SIM_US)
#define CLOCK_STABLE 0x02
#define CLOCK_INTERNAL 0x01
#define ANY_ERROR 0x80 /* of the status' second byte */
#define RESET_ALL 0x01

struct sim_sdhci {
	uint8_t reg[REGISTERS], present[4];
	bool asserts, deaf;
	unsigned forced; /* error statuses */
	bool unmask_lost; /* sdhci.enable-loses: until the status is set anew */
	struct sim_event ev_reset, ev_stable;
};

static uint16_t word(const struct sim_sdhci *h, unsigned off)
{
	return (uint16_t)(h->reg[off] | h->reg[off + 1] << 8);
}

static void put(struct sim_sdhci *h, unsigned off, uint16_t value)
{
	h->reg[off] = (uint8_t)value;
	h->reg[off + 1] = (uint8_t)(value >> 8);
}

static bool asserts(struct sim_fn *fn)
{
	const struct sim_sdhci *h = fn->device;
	uint16_t errors = word(h, R_ERROR_STATUS);

	if (!sim_has_fault(fn, SIM_FAULT_SDHCI_SIGNAL_IGNORED))
		errors &= word(h, R_ERROR_SIGNAL_ENABLE);
	if (h->unmask_lost || h->deaf)
		errors = 0;
	return errors || (word(h, R_NORMAL_STATUS) & word(h, R_NORMAL_SIGNAL_ENABLE) & 0x7fff);
}

static void update(struct sim_fn *fn)
{
	struct sim_sdhci *h = fn->device;
	bool was = h->asserts;

	h->reg[R_NORMAL_STATUS + 1] &= (uint8_t)~ANY_ERROR;
	if (word(h, R_ERROR_STATUS))
		h->reg[R_NORMAL_STATUS + 1] |= ANY_ERROR;
	else
		h->unmask_lost = false;
	h->asserts = asserts(fn);
	h->reg[R_SLOT_STATUS] = h->asserts;
	sim_fn_set_pending(fn, h->asserts);
	if (h->asserts && !was && sim_fn_msi_enabled(fn))
		sim_fn_send_msi(fn);
}

static void reset_registers(struct sim_fn *fn)
{
	struct sim_sdhci *h = fn->device;

	memset(h->reg, 0, R_CAPABILITIES);
	memcpy(&h->reg[R_PRESENT], h->present, sizeof(h->present)); /* the card is still in */
	h->unmask_lost = false;
}

static void reset_ends(void *arg)
{
	struct sim_fn *fn = arg;
	struct sim_sdhci *h = fn->device;

	if (fn->sim->machine->trouble == TROUBLE_NEVER_READY)
		return;
	if (h->asserts && sim_has_fault(fn, SIM_FAULT_SDHCI_RESET_DEAFENS))
		h->deaf = true;
	reset_registers(fn);
	if (!sim_has_fault(fn, SIM_FAULT_SDHCI_RESET_KEEPS_LINE))
		update(fn);
}

static void clock_stable(void *arg)
{
	struct sim_sdhci *h = ((struct sim_fn *)arg)->device;

	if (h->reg[R_CLOCK] & CLOCK_INTERNAL)
		h->reg[R_CLOCK] |= CLOCK_STABLE;
}

static void force(struct sim_fn *fn, unsigned byte, uint8_t bits)
{
	struct sim_sdhci *h = fn->device;
	enum sim_trouble trouble = fn->sim->machine->trouble;

	/* no event: but for the one of a trial, and one more */
	if (trouble == TROUBLE_DOORBELL_DEAD || !bits ||
	    (trouble == TROUBLE_NO_EVENT && h->forced == 2))
		return;
	h->forced++;
	h->reg[R_ERROR_STATUS + byte] |= bits & h->reg[R_ERROR_STATUS_ENABLE + byte];
	if (word(h, R_ERROR_STATUS) && !word(h, R_ERROR_SIGNAL_ENABLE) &&
	    sim_has_fault(fn, SIM_FAULT_SDHCI_ENABLE_LOSES))
		h->unmask_lost = true;
}

static void write_byte(struct sim_fn *fn, unsigned off, uint8_t value)
{
	struct sim_sdhci *h = fn->device;

	switch (off) {
	case R_COMMAND:
	case R_COMMAND + 1:
		sim_abuse("a command to the SD card", off, value);
		break;
	case R_RESET:
		h->reg[off] = value;
		if (value & RESET_ALL)
			sim_event_arm(fn->sim, &h->ev_reset, RESET_NS);
		break;
	case R_CLOCK:
		h->reg[off] = (value & (uint8_t)~CLOCK_STABLE) | (h->reg[off] & CLOCK_STABLE);
		if (!(value & CLOCK_INTERNAL))
			h->reg[off] &= (uint8_t)~CLOCK_STABLE;
		else if (!(h->reg[off] & CLOCK_STABLE))
			sim_event_arm(fn->sim, &h->ev_stable, STABLE_NS);
		break;
	case R_NORMAL_STATUS:
	case R_NORMAL_STATUS + 1:
	case R_ERROR_STATUS:
	case R_ERROR_STATUS + 1:
		h->reg[off] &= (uint8_t)~value;
		break;
	case R_FORCE_ERROR:
	case R_FORCE_ERROR + 1:
		force(fn, off - R_FORCE_ERROR, value);
		break;
	default:
		h->reg[off] = value;
	}
}

static bool is_read_only(unsigned off)
{
	return (off >= R_PRESENT && off < R_PRESENT + 4) || off == R_AUTO_CMD ||
	       off == R_AUTO_CMD + 1 || (off >= R_CAPABILITIES && off < R_FORCE_AUTO_CMD) ||
	       off >= R_SLOT_STATUS;
}

static uint64_t bar_read(struct sim_fn *fn, uint32_t off, enum hw_width width)
{
	const struct sim_sdhci *h = fn->device;
	uint64_t value = 0;

	if (off >= R_BUFFER && off < R_PRESENT)
		sim_abuse("a read of the SD host's buffer", off, width);
	for (unsigned i = 0; i < (unsigned)width; i++)
		value |= (uint64_t)h->reg[off + i] << (8 * i);
	return value;
}

static void bar_write(struct sim_fn *fn, uint32_t off, enum hw_width width, uint64_t value)
{
	if (off >= R_BUFFER && off < R_PRESENT)
		sim_abuse("a write to the SD host's buffer", off, width);
	for (unsigned i = 0; i < (unsigned)width; i++) {
		if (is_read_only(off + i))
			sim_stray(fn->sim, "an SD host's register that cannot be written", off,
				  width);
		else
			write_byte(fn, off + i, (uint8_t)(value >> (8 * i)));
	}
	if ((off >= R_NORMAL_STATUS && off < R_AUTO_CMD) || off >= R_CAPABILITIES ||
	    !sim_has_fault(fn, SIM_FAULT_SDHCI_RESET_KEEPS_LINE))
		update(fn);
}

static void reset(struct sim_fn *fn)
{
	reset_registers(fn);
	update(fn);
}

/* What a command uses (00h-0fh) is written anew before each, and a status is no setting. */
static unsigned snapshot(const struct sim_fn *fn, uint32_t *ret)
{
	static const uint8_t at[] = { 0x28, R_CLOCK, R_NORMAL_STATUS_ENABLE, R_NORMAL_SIGNAL_ENABLE,
				      R_AUTO_CMD };
	const struct sim_sdhci *h = fn->device;

	for (unsigned i = 0; i < sizeof(at); i++)
		ret[i] = word(h, at[i]) | (uint32_t)word(h, at[i] + 2u) << 16;
	ret[1] &= 0x00ffffff; /* 2fh is the reset */
	return sizeof(at);
}

static void begin(struct sim_fn *fn)
{
	struct sim_sdhci *h = fn->device;

	sim_event_init(fn->sim, &h->ev_reset, reset_ends, fn);
	sim_event_init(fn->sim, &h->ev_stable, clock_stable, fn);
	put(h, R_PRESENT + 2, 0x01ff); /* a card, its lines high */
	put(h, 0x28, 0x0f06); /* 4 bits, high speed; 3.3 V, on */
	put(h, R_CLOCK, 0x0107);
	h->reg[0x2b] = 0x02; /* wake up at an insertion */
	h->reg[0x2e] = 0x0e;
	put(h, R_NORMAL_STATUS_ENABLE, 0x01ff);
	put(h, R_ERROR_STATUS_ENABLE, 0x03ff);
	put(h, R_NORMAL_SIGNAL_ENABLE, 0x00c0);
	put(h, R_ERROR_SIGNAL_ENABLE, 0x0002);
	put(h, 0x3e, 0x0008);
	put(h, R_CAPABILITIES, 0x34b4);
	put(h, R_CAPABILITIES + 2, 0x0578);
	put(h, R_VERSION, 0x2402); /* 3.00 */
	memcpy(h->present, &h->reg[R_PRESENT], sizeof(h->present));
}

static const struct sim_bar_ops bar_ops = {
	.read = bar_read,
	.write = bar_write,
	.reset = reset,
};

const struct sim_device sim_device_sdhci = {
	.id = ID_CONFIG,
	.class_revision = CLASS_REVISION,
	.bar_size = REGISTERS,
	.msi_cap = MSI_CAP,
	.state = sizeof(struct sim_sdhci),
	.begin = begin,
	.snapshot = snapshot,
	.ops = &bar_ops,
};
