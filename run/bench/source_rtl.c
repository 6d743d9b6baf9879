/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns a Realtek Ethernet function, RTL8139 or RTL8169 and 8168, as an interrupt source: the timer
 * TCTR reaches TimerInt, which sets TimeOut in ISR; written 1 it is cleared, IMR is the device's
 * own mask. Receive and transmit are off for as long as it is ours: no packet comes or goes.
 * EEPROM, PHY and the MAC address are left alone. TCTR runs on: what it counted cannot be put back.
 *
 * Registers: Realtek RTL8139C(L)+ datasheet, rev. 1.6, sec 5; RTL8169S datasheet, rev. 1.5, sec 6.
 * Not verified: section numbers; and all of the 8169 and 8168, where nothing of this was tried
 * (QEMU has no model). Offsets and bits agree with Linux's 8139too.c and r8169_main.c.
 */
#include "drivers/mmio.h"
#include "run/bench/source.h"

#define RTL_VENDOR 0x10ec

#define RTL_IDR 0x00 /* 32 bits, RW: the MAC address, its first four bytes; no reset changes it */
#define RTL_CR 0x37 /* 8 bits, RW */
#define RTL_CR_TE 0x04
#define RTL_CR_RE 0x08
#define RTL_CR_RST 0x10 /* self clearing */
#define RTL_IMR 0x3c /* 16 bits, RW */
#define RTL_ISR 0x3e /* 16 bits, RW1C; set whatever IMR is */
#define RTL_ISR_TIMEOUT 0x4000
#define RTL_TCTR 0x48 /* 32 bits: counts; whatever is written makes it 0 */
#define RTL8139_TIMER_INT 0x54 /* 32 bits, RW: TimeOut is set when TCTR reaches it; 0: never */
#define RTL8169_TIMER_INT 0x58
#define RTL_REGISTERS 0x80

#define EVERY_CAUSE 0xffff
/* 10 us at the 8139's 33 MHz, less at the 8168's 125 MHz. */
#define TIMER_TICKS 330
#define EVENT_US 5000000
/* 8139too.c waits 10 ms for RST, r8169_main.c 10 ms too. */
#define RESET_US 100000

struct rtl {
	struct hw *hw;
	uint64_t base;
	unsigned timer_int; /* its offset */
	bool saved, was_reset;
	uint32_t address; /* IDR */
	uint8_t cr; /* as firmware left them */
	uint16_t imr;
	uint32_t timer;
	volatile bool served; /* acknowledged since it was begun */
};

_Static_assert(sizeof(struct rtl) <= SOURCE_STATE, "an rtl has its room");

static struct rtl *own(struct source *s)
{
	return (void *)s->state;
}

static uint16_t read_isr(const struct rtl *r)
{
	return hw_read16(r->hw, r->base + RTL_ISR);
}

static uint8_t read_cr(const struct rtl *r)
{
	return hw_read8(r->hw, r->base + RTL_CR);
}

static void write_timer(const struct rtl *r, uint32_t ticks)
{
	hw_write32(r->hw, r->base + r->timer_int, ticks);
}

/* A read behind the write: it has arrived. */
static void write_imr(const struct rtl *r, uint16_t value)
{
	hw_write16(r->hw, r->base + RTL_IMR, value);
	(void)read_isr(r);
}

/* Reserved bits of CR read 0 in a device that is there. */
static enum err gone(const struct rtl *r)
{
	return read_cr(r) == UINT8_MAX ? ERR_GONE : OK;
}

static bool is_8139(const struct pci_fn *fn)
{
	return fn->device == 0x8139 || fn->device == 0x8138;
}

/* Linux: rtl8139_pci_tbl, rtl8169_pci_tbl; those of Realtek's own id, and not the 8125 and later.
 */
static bool matches(const struct pci_fn *fn)
{
	return fn->vendor == RTL_VENDOR &&
	       (is_8139(fn) || fn->device == 0x8136 || fn->device == 0x8161 ||
		fn->device == 0x8167 || fn->device == 0x8168 || fn->device == 0x8169);
}

/* The first memory BAR: 1 of the 8139 and 8169, 2 of the 8168. */
static enum err find_registers(struct rtl *r, const struct pci_fn *fn)
{
	enum err err = ERR_ABSENT;

	*r = (struct rtl){ .hw = fn->hw,
			   .timer_int = is_8139(fn) ? RTL8139_TIMER_INT : RTL8169_TIMER_INT };
	for (unsigned i = 0; i < 6 && err == ERR_ABSENT; i++)
		err = mmio_bar(fn, i, RTL_REGISTERS, &r->base);
	return err ? err : gone(r);
}

static enum err acknowledge(const struct rtl *r)
{
	uint16_t left;

	write_timer(r, 0);
	hw_write16(r->hw, r->base + RTL_ISR, EVERY_CAUSE);
	left = read_isr(r);
	if (left == UINT16_MAX)
		return ERR_GONE;
	return (left & RTL_ISR_TIMEOUT) ? ERR_TIMEOUT : OK;
}

static enum err rest(struct source *s)
{
	write_imr(own(s), 0);
	return acknowledge(own(s));
}

static void begin(struct source *s)
{
	struct rtl *r = own(s);

	r->served = false;
	write_timer(r, TIMER_TICKS);
	hw_write32(r->hw, r->base + RTL_TCTR, 0);
	(void)read_isr(r); /* flush the posted writes */
}

/* A handler may have acknowledged it by now. */
static enum err finish(struct source *s)
{
	struct rtl *r = own(s);
	struct hw_timer timer = hw_timer_us(r->hw, EVENT_US);
	uint16_t isr;

	do {
		isr = read_isr(r);
		if (isr == UINT16_MAX)
			return ERR_GONE;
		if (isr & RTL_ISR_TIMEOUT || r->served)
			return OK;
		/* an emulator's timer needs the time, too */
		hw_delay_us(r->hw, 1);
	} while (!hw_expired(r->hw, &timer));
	return ERR_TIMEOUT;
}

/* Receive and transmit are told to stop only where one was on. */
static void save(struct rtl *r)
{
	r->cr = read_cr(r);
	r->imr = hw_read16(r->hw, r->base + RTL_IMR);
	r->timer = hw_read32(r->hw, r->base + r->timer_int);
	r->address = hw_read32(r->hw, r->base + RTL_IDR);
	r->saved = true;
	if (r->cr & (RTL_CR_RE | RTL_CR_TE))
		hw_write8(r->hw, r->base + RTL_CR, r->cr & (uint8_t) ~(RTL_CR_RE | RTL_CR_TE));
}

/* With everything masked: the timer sets TimeOut, and writing 1 clears it. */
static bool is_proved(struct source *s)
{
	s->why = "ISR does not clear when 1 is written: no event could be acknowledged";
	if (rest(s))
		return false;
	begin(s);
	if (finish(s)) {
		s->why = "the timer sets nothing in ISR: no event can be raised";
		return false;
	}
	return !rest(s);
}

static void meet(struct source *s)
{
	struct rtl *r = own(s);

	s->init_err = find_registers(r, s->fn);
	if (s->init_err)
		return;
	save(r);
	s->usable = s->ready = is_proved(s);
	stream_line(&s->lab->out, "# hw rtl base=%lx cr=%02x imr=%04x timer_int=%08x", r->base,
		    r->cr, r->imr, r->timer);
}

static enum err start(struct source *s)
{
	enum err err = rest(s);

	if (!err)
		write_imr(own(s), RTL_ISR_TIMEOUT);
	return err;
}

static void mask(struct source *s)
{
	write_imr(own(s), 0);
}

static void unmask(struct source *s)
{
	write_imr(own(s), RTL_ISR_TIMEOUT);
}

static void clear(struct source *s)
{
	struct rtl *r = own(s);

	write_timer(r, 0);
	hw_write16(r->hw, r->base + RTL_ISR, EVERY_CAUSE);
	(void)read_isr(r); /* flush the posted writes */
	r->served = true;
}

static bool pending(struct source *s)
{
	uint16_t isr = read_isr(own(s));

	return isr != UINT16_MAX && isr & RTL_ISR_TIMEOUT;
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
	write_imr(own(s), 0);
	clear(s);
}

/*
 * Nothing is masked or acknowledged on either side of it: that the line falls is the reset's doing.
 */
static enum err reset(struct source *s)
{
	struct rtl *r = own(s);
	struct mmio_wait wait = { r->hw, r->base + RTL_CR, HW_8, RESET_US };

	if (gone(r))
		return ERR_GONE;
	r->was_reset = true;
	hw_write8(r->hw, r->base + RTL_CR, RTL_CR_RST);
	return mmio_wait(&wait, RTL_CR_RST, 0);
}

/*
 * Behind a reset the receive buffer's place is forgotten: what was on stays off, or packets would
 * be written there.
 */
static enum err restore(struct source *s)
{
	struct rtl *r = own(s);
	enum err err;

	if (!r->saved)
		return OK;
	err = rest(s);
	if (r->cr & (RTL_CR_RE | RTL_CR_TE) && !r->was_reset)
		hw_write8(r->hw, r->base + RTL_CR, r->cr);
	write_timer(r, r->timer);
	write_imr(r, r->imr);
	if (!s->usable)
		return OK; /* meet() has told what does not clear */
	if (!err && (hw_read16(r->hw, r->base + RTL_IMR) != r->imr ||
		     hw_read32(r->hw, r->base + r->timer_int) != r->timer))
		err = ERR_MISMATCH;
	return err;
}

static uint32_t identity(const struct source *s, uint32_t *ret_known)
{
	const struct rtl *r = (const void *)s->state;

	*ret_known = r->address;
	return hw_read32(r->hw, r->base + RTL_IDR);
}

static unsigned registers(const struct source *s, struct source_register *ret)
{
	uint64_t base = ((const struct rtl *)(const void *)s->state)->base;

	ret[0] = (struct source_register){
		.name = "ISR", .key = "rtl_isr", .at = base + RTL_ISR, .bytes = 2
	};
	ret[1] = (struct source_register){
		.name = "IMR", .key = "rtl_imr", .at = base + RTL_IMR, .is_enable = true, .bytes = 2
	};
	ret[2] = (struct source_register){
		.name = "CR", .key = "rtl_cr", .at = base + RTL_CR, .bytes = 1
	};
	return 3;
}

const struct source_kind source_kind_rtl = {
	.name = "rtl",
	.rank = SOURCE_RANK_NETWORK,
	.unreachable = "no memory BAR answers as the registers of an RTL8139 or RTL8169",
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
