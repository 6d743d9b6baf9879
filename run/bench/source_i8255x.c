/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns an Intel 10/100 Ethernet function, 82557 to 82559 and 82551, as an interrupt source: bit SI
 * of the SCB's interrupt control byte raises, the status byte is cleared by writing 1, bit M masks
 * all. Command and receive unit stay idle: no packet comes or goes. EEPROM and PHY are left alone.
 *
 * Registers: Intel 8255x 10/100 Mbps Ethernet Controller Family, Open Source Software Developer
 * Manual, revision 1.3, sec 6.3, Control/Status Registers. Section numbers were not verified
 * against the document; offsets and bits agree with Linux's drivers/net/ethernet/intel/e100.c,
 * struct csr.
 */
#include "drivers/mmio.h"
#include "run/bench/source.h"

#define I8255X_VENDOR 0x8086

#define I8255X_STATUS 0x00 /* 8 bits, RO: CUS in bits 7:6, RUS in 5:2 */
#define I8255X_STATUS_UNITS 0xfc /* 0: both idle */
#define I8255X_ACK 0x01 /* 8 bits, RW1C: what interrupts */
#define I8255X_ACK_SWI 0x04
#define I8255X_CONTROL 0x03 /* 8 bits, RW: SI reads 0 */
#define I8255X_CONTROL_M 0x01 /* nothing interrupts */
#define I8255X_CONTROL_SI 0x02 /* written 1: SWI is set in the status */
#define I8255X_CONTROL_OTHERS 0xfc /* 82558 and later: each cause but SWI, masked */
#define I8255X_POINTER 0x04 /* 32 bits, RW: means something with a command alone */
#define I8255X_PORT 0x08 /* 32 bits, WO */
#define I8255X_PORT_SOFTWARE_RESET 0
#define I8255X_PORT_SELECTIVE_RESET 2 /* both units idle; the configuration stays */
#define I8255X_REGISTERS 0x20

#define EVERY_CAUSE 0xff
#define QUIET (I8255X_CONTROL_OTHERS | I8255X_CONTROL_M)
/* A pattern in a register that nobody reads meanwhile: what says that it is the same device. */
#define IDENTITY 0x5a3c0ff0u
/* sec 6.3.3: nothing may be accessed for 10 us behind a write of PORT; Linux waits twice as long.
 */
#define PORT_US 20

struct i8255x {
	struct hw *hw;
	uint64_t base; /* BAR 0 */
	bool saved;
	uint8_t control; /* as firmware left it */
	uint32_t pointer;
	bool stopped; /* a unit was running: it cannot be set going again */
};

_Static_assert(sizeof(struct i8255x) <= SOURCE_STATE, "an i8255x has its room");

static struct i8255x *own(struct source *s)
{
	return (void *)s->state;
}

static uint8_t read(const struct i8255x *i, unsigned reg)
{
	return hw_read8(i->hw, i->base + reg);
}

/* A read behind the write: it has arrived. */
static void write(const struct i8255x *i, unsigned reg, uint8_t value)
{
	hw_write8(i->hw, i->base + reg, value);
	(void)read(i, I8255X_STATUS);
}

static uint32_t read_pointer(const struct i8255x *i)
{
	return hw_read32(i->hw, i->base + I8255X_POINTER);
}

/* Bits 1:0 of the status byte are 0 in a device that is there. */
static enum err gone(const struct i8255x *i)
{
	return read(i, I8255X_STATUS) == UINT8_MAX ? ERR_GONE : OK;
}

/* Linux: e100_id_table, of those that are no part of a chipset. */
static bool matches(const struct pci_fn *fn)
{
	return fn->vendor == I8255X_VENDOR && (fn->device == 0x1229 || fn->device == 0x1209 ||
					       fn->device == 0x1029 || fn->device == 0x1030);
}

static enum err find_registers(struct i8255x *i, const struct pci_fn *fn)
{
	enum err err;

	*i = (struct i8255x){ .hw = fn->hw };
	err = mmio_bar(fn, 0, I8255X_REGISTERS, &i->base);
	return err ? err : gone(i);
}

static void write_port(const struct i8255x *i, uint32_t what)
{
	hw_write32(i->hw, i->base + I8255X_PORT, what);
	hw_delay_us(i->hw, PORT_US);
}

/* Whatever reads as pending: a reset may have cleared the byte and left the line. */
static enum err acknowledge(const struct i8255x *i)
{
	uint8_t left;

	write(i, I8255X_ACK, EVERY_CAUSE);
	left = read(i, I8255X_ACK);
	if (left == UINT8_MAX)
		return ERR_GONE;
	return left ? ERR_TIMEOUT : OK;
}

static enum err rest(struct source *s)
{
	write(own(s), I8255X_CONTROL, QUIET);
	return acknowledge(own(s));
}

static void save(struct i8255x *i)
{
	i->control = read(i, I8255X_CONTROL) & (uint8_t)~I8255X_CONTROL_SI;
	i->pointer = read_pointer(i);
	i->saved = true;
	if (!(read(i, I8255X_STATUS) & I8255X_STATUS_UNITS))
		return;
	i->stopped = true;
	write_port(i, I8255X_PORT_SELECTIVE_RESET);
}

static void name_it(const struct i8255x *i)
{
	hw_write32(i->hw, i->base + I8255X_POINTER, IDENTITY);
}

/* With everything masked: SI sets SWI, and writing 1 clears it. */
static bool is_proved(struct source *s)
{
	struct i8255x *i = own(s);

	s->why = "the status byte does not clear when 1 is written: no event could be acknowledged";
	if (rest(s))
		return false;
	write(i, I8255X_CONTROL, QUIET | I8255X_CONTROL_SI);
	if (!(read(i, I8255X_ACK) & I8255X_ACK_SWI)) {
		s->why = "SI sets nothing in the status byte: no event can be raised";
		return false;
	}
	if (rest(s))
		return false;
	s->why = "the general pointer does not hold what is written";
	return read_pointer(i) == IDENTITY;
}

static void meet(struct source *s)
{
	struct i8255x *i = own(s);

	s->init_err = find_registers(i, s->fn);
	if (s->init_err)
		return;
	save(i);
	name_it(i);
	s->usable = s->ready = is_proved(s);
	stream_line(&s->lab->out, "# hw i8255x base=%lx control=%02x pointer=%08x stopped=%u",
		    i->base, i->control, i->pointer, i->stopped);
}

static enum err start(struct source *s)
{
	enum err err = rest(s);

	if (err)
		return err;
	write(own(s), I8255X_CONTROL, I8255X_CONTROL_OTHERS);
	return gone(own(s));
}

/* SI is no state: the byte is written once more without it, with the mask as it was. */
static void begin(struct source *s)
{
	struct i8255x *i = own(s);
	uint8_t control = read(i, I8255X_CONTROL) & (uint8_t)~I8255X_CONTROL_SI;

	write(i, I8255X_CONTROL, control | I8255X_CONTROL_SI);
	write(i, I8255X_CONTROL, control);
}

/* The status byte may be clear again by now: a handler is quick, and meet() has proved SI. */
static enum err finish(struct source *s)
{
	return gone(own(s));
}

static void mask(struct source *s)
{
	write(own(s), I8255X_CONTROL, QUIET);
}

static void unmask(struct source *s)
{
	write(own(s), I8255X_CONTROL, I8255X_CONTROL_OTHERS);
}

static void clear(struct source *s)
{
	write(own(s), I8255X_ACK, EVERY_CAUSE);
}

static bool pending(struct source *s)
{
	uint8_t seen = read(own(s), I8255X_ACK);

	return seen != UINT8_MAX && seen & I8255X_ACK_SWI;
}

static bool handle(struct source *s)
{
	if (!pending(s))
		return false;
	clear(s);
	return true;
}

static enum err ack(struct source *s)
{
	return acknowledge(own(s));
}

static void disarm(struct source *s)
{
	write(own(s), I8255X_CONTROL, QUIET);
	clear(s);
}

/*
 * M is 0 behind it, and nothing is pending. Nothing is masked or acknowledged here: that the line
 * falls is the reset's doing. The individual address is gone with the configuration: every driver
 * sets both up when it starts.
 */
static enum err reset(struct source *s)
{
	enum err err = gone(own(s));

	if (err)
		return err;
	write_port(own(s), I8255X_PORT_SOFTWARE_RESET);
	name_it(own(s));
	return gone(own(s));
}

static enum err restore(struct source *s)
{
	struct i8255x *i = own(s);
	enum err err;

	if (!i->saved)
		return OK;
	err = rest(s);
	hw_write32(i->hw, i->base + I8255X_POINTER, i->pointer);
	write(i, I8255X_CONTROL, i->control);
	if (!s->usable)
		return OK; /* meet() has told what does not clear */
	if (!err && (read(i, I8255X_CONTROL) != i->control || read_pointer(i) != i->pointer))
		err = ERR_MISMATCH;
	return err;
}

static uint32_t identity(const struct source *s, uint32_t *ret_known)
{
	*ret_known = IDENTITY;
	return read_pointer((const void *)s->state);
}

static unsigned registers(const struct source *s, struct source_register *ret)
{
	uint64_t base = ((const struct i8255x *)(const void *)s->state)->base;

	ret[0] = (struct source_register){
		.name = "STAT/ACK", .key = "stat_ack", .at = base + I8255X_ACK, .bytes = 1
	};
	ret[1] = (struct source_register){ .name = "interrupt control",
					   .key = "control",
					   .at = base + I8255X_CONTROL,
					   .is_enable = true,
					   .bytes = 1 };
	return 2;
}

const struct source_kind source_kind_i8255x = {
	.name = "i8255x",
	.rank = SOURCE_RANK_NETWORK,
	.unreachable = "BAR 0 does not answer as the registers of an i8255x",
	.matches = matches,
	.meet = meet,
	.start = start,
	.begin = begin,
	.finish = finish,
	.mask = mask,
	.unmask = unmask,
	.clear = clear,
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
