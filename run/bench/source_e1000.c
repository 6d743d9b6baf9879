/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns an Intel gigabit Ethernet function as an interrupt source: 8254x (but the 82542), 82571 to
 * 82574 and 82583. Not igb's and igc's, whose registers are elsewhere, nor the LAN functions of the
 * chipsets (ICH8 and later), whose reset is shared with the management engine.
 *
 * Raised by ICS, acknowledged by the read of ICR, which clears it; so nothing here can tell a
 * pending event without taking it. Receive and transmit are off for as long as it is ours: no
 * packet comes or goes. Link, PHY and EEPROM are left alone, but for what CTRL.RST does to the
 * MAC's side of the link; of the registers that it resets, those below are put back.
 *
 * Registers: Intel, PCI/PCI-X Family of Gigabit Ethernet Controllers Software Developer's Manual,
 * 317453, sec 13.4; those used here are the same in the 82574 datasheet, sec 10.2. Section numbers
 * were not verified against the documents; offsets and bits agree with Linux's
 * drivers/net/ethernet/intel/e1000/e1000_hw.h and e1000e/regs.h.
 */
#include "drivers/mmio.h"
#include "run/bench/source.h"

#define E1000_VENDOR 0x8086

#define E1000_CTRL 0x0000 /* RW, sec 13.4.1 */
#define E1000_CTRL_RST (1u << 26) /* self clearing */
#define E1000_STATUS 0x0008 /* RO, sec 13.4.2: never all-ones */
#define E1000_CTRL_EXT 0x0018 /* RW, sec 13.4.6 */
#define E1000_CTRL_EXT_EE_RST (1u << 13) /* reads the EEPROM again: never written */
#define E1000_ICR 0x00c0 /* read to clear, sec 13.4.17 */
#define E1000_ITR 0x00c4 /* RW, sec 13.4.18: in 256 ns; 0: no throttling */
#define E1000_ICS 0x00c8 /* WO, sec 13.4.19: bits set are set in ICR */
#define E1000_IMS 0x00d0 /* RW, sec 13.4.20: bits set are unmasked; reads the mask */
#define E1000_IMC 0x00d8 /* WO, sec 13.4.21: bits set are masked */
#define E1000_RCTL 0x0100 /* RW, sec 13.4.22 */
#define E1000_TCTL 0x0400 /* RW, sec 13.4.33 */
#define E1000_XCTL_EN (1u << 1) /* of RCTL and of TCTL */
#define E1000_RAL0 0x5400 /* RW, sec 13.5.2: the MAC address, its first four bytes */
#define E1000_REGISTERS 0x6000

/* Receive Descriptor Minimum Threshold Reached: with receive off nobody else sets it. */
#define CAUSE (1u << 4)
#define ALL_CAUSES UINT32_MAX
/*
 * ITR = 0 is no throttling. QEMU's models take 0 for 500, 128 us, by a timer that may be late: an
 * interrupt is given this long to come out, and what did not come is for the check to judge.
 */
#define SETTLE_US 100000
#define SETTLE_MSI_US 5000 /* a handler that does not acknowledge is waited for in vain */
#define SETTLES 3 /* after so many that showed nothing, none is waited for */
#define LOOK_US 20 /* between two looks: an emulator's timer needs the time, too */
/* Linux waits so long, e1000_reset_hw(): the EEPROM is read anew, and no bit says when it was. */
#define RESET_SETTLE_US 5000
#define RESET_US 100000 /* no document gives a bound: Linux looks at nothing behind the 5 ms */

/* What CTRL.RST clears and a driver had set up, as far as it can be written back. */
static const uint16_t kept[] = {
	E1000_CTRL, E1000_CTRL_EXT, 0x0028, /* FCAL */
	0x002c, /* FCAH */
	0x0030, /* FCT */
	0x0038, /* VET */
	0x0170, /* FCTTV */
	0x0410, /* TIPG */
	0x2800, /* RDBAL */
	0x2804, /* RDBAH */
	0x2808, /* RDLEN */
	0x2820, /* RDTR */
	0x3800, /* TDBAL */
	0x3804, /* TDBAH */
	0x3808, /* TDLEN */
	0x3820, /* TIDV */
	0x5000, /* RXCSUM */
	E1000_RAL0, 0x5404, /* RAH0 */
};

#define KEPT (sizeof(kept) / sizeof(kept[0]))

/* Linux: e1000_pci_tbl but the 82542; e1000_pci_tbl of e1000e, 82571 to 82583. */
static const uint16_t ids[] = {
	0x1001, 0x1004, 0x1008, 0x1009, 0x100c, 0x100d, 0x100e, 0x100f, 0x1010, 0x1011, 0x1012,
	0x1013, 0x1014, 0x1015, 0x1016, 0x1017, 0x1018, 0x1019, 0x101a, 0x101d, 0x101e, 0x1026,
	0x1027, 0x1028, 0x1075, 0x1076, 0x1077, 0x1078, 0x1079, 0x107a, 0x107b, 0x107c, 0x108a,
	0x1099, 0x10b5, 0x105e, 0x105f, 0x1060, 0x10a4, 0x10a5, 0x10bc, 0x10d5, 0x10d9, 0x10da,
	0x107d, 0x107e, 0x107f, 0x10b9, 0x108b, 0x108c, 0x109a, 0x10d3, 0x10f6, 0x150c,
};

struct e1000 {
	struct hw *hw;
	uint64_t base; /* BAR 0 */
	bool saved;
	uint32_t address; /* RAL0 */
	uint32_t ims, itr, rctl, tctl, kept[KEPT]; /* as firmware left them */
	bool masked; /* by mask() */
	volatile bool served; /* acknowledged since it was begun */
	unsigned unseen; /* settle() ran out */
};

_Static_assert(sizeof(struct e1000) <= SOURCE_STATE, "an e1000 has its room");

static struct e1000 *own(struct source *s)
{
	return (void *)s->state;
}

static uint32_t read(const struct e1000 *e, unsigned reg)
{
	return hw_read32(e->hw, e->base + reg);
}

static void write(const struct e1000 *e, unsigned reg, uint32_t value)
{
	hw_write32(e->hw, e->base + reg, value);
}

static void flush(const struct e1000 *e)
{
	(void)read(e, E1000_STATUS); /* flush the posted write */
}

static enum err gone(const struct e1000 *e)
{
	return read(e, E1000_STATUS) == UINT32_MAX ? ERR_GONE : OK;
}

static bool matches(const struct pci_fn *fn)
{
	for (unsigned i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		if (fn->vendor == E1000_VENDOR && fn->device == ids[i])
			return true;
	}
	return false;
}

static enum err find_registers(struct e1000 *e, const struct pci_fn *fn)
{
	enum err err;

	*e = (struct e1000){ .hw = fn->hw };
	err = mmio_bar(fn, 0, E1000_REGISTERS, &e->base);
	return err ? err : gone(e);
}

static void save(struct e1000 *e)
{
	e->ims = read(e, E1000_IMS);
	e->itr = read(e, E1000_ITR);
	e->rctl = read(e, E1000_RCTL);
	e->tctl = read(e, E1000_TCTL);
	for (unsigned i = 0; i < KEPT; i++)
		e->kept[i] = read(e, kept[i]);
	e->address = read(e, E1000_RAL0);
	e->saved = true;
}

/* Written only where it differs: what no reset touched is never written. */
static void put(const struct e1000 *e, unsigned reg, uint32_t value)
{
	if (read(e, reg) != value)
		write(e, reg, value);
}

/* Receive and transmit off, no throttling: as it is while it is ours, and all of it undone. */
static void put_to_work(const struct e1000 *e)
{
	put(e, E1000_RCTL, e->rctl & ~E1000_XCTL_EN);
	put(e, E1000_TCTL, e->tctl & ~E1000_XCTL_EN);
	put(e, E1000_ITR, 0);
	flush(e);
}

/* The second look must find nothing: the first has cleared it. */
static enum err acknowledge(const struct e1000 *e)
{
	uint32_t icr;

	(void)read(e, E1000_ICR);
	icr = read(e, E1000_ICR);
	if (icr == UINT32_MAX)
		return ERR_GONE;
	return (icr & CAUSE) ? ERR_TIMEOUT : OK;
}

static enum err rest(struct source *s)
{
	write(own(s), E1000_IMC, ALL_CAUSES);
	put_to_work(own(s));
	return acknowledge(own(s));
}

/* With everything masked: ICS sets a bit in ICR, and to read it clears it. */
static void prove(struct source *s)
{
	struct e1000 *e = own(s);
	uint32_t icr;

	if (rest(s)) {
		s->why = "ICR does not clear when it is read: no event could be acknowledged";
		return;
	}
	write(e, E1000_ICS, CAUSE);
	icr = read(e, E1000_ICR);
	if (icr == UINT32_MAX || !(icr & CAUSE)) {
		s->why = "ICS sets nothing in ICR: no event can be raised";
		return;
	}
	s->usable = !acknowledge(e);
	s->why = "ICR does not clear when it is read: no event could be acknowledged";
}

static void meet(struct source *s)
{
	struct e1000 *e = own(s);

	s->init_err = find_registers(e, s->fn);
	if (s->init_err)
		return;
	save(e);
	prove(s);
	s->ready = s->usable;
	stream_line(&s->lab->out,
		    "# hw e1000 base=%lx status=%08x ctrl=%08x rctl=%08x tctl=%08x ims=%08x "
		    "itr=%08x icr=%08x",
		    e->base, read(e, E1000_STATUS), read(e, E1000_CTRL), e->rctl, e->tctl, e->ims,
		    e->itr, read(e, E1000_ICR));
}

static bool uses_msi(const struct source *s)
{
	return s->msi_cap &&
	       pci_cfg_read16(s->fn, s->msi_cap + PCI_MSI_FLAGS) & PCI_MSI_FLAGS_ENABLE;
}

static bool has_come_out(const struct source *s, bool msi)
{
	const struct e1000 *e = (const void *)s->state;

	return e->served || (!msi && pci_cfg_read16(s->fn, PCI_STATUS) & PCI_STATUS_INTERRUPT);
}

/*
 * Interrupt Status, which DisINTx does not gate, or the handler says so; with MSI the handler
 * alone. It is no evidence.
 */
static void settle(struct source *s)
{
	struct e1000 *e = own(s);
	bool msi, seen;
	struct hw_timer timer;

	hw_trace_observe(&s->lab->trace, true);
	msi = uses_msi(s);
	timer = hw_timer_us(e->hw, msi ? SETTLE_MSI_US : SETTLE_US);
	seen = e->unseen >= SETTLES || has_come_out(s, msi);
	while (!seen && !hw_expired(e->hw, &timer)) {
		hw_delay_us(e->hw, LOOK_US);
		seen = has_come_out(s, msi);
	}
	e->unseen += !seen && !msi;
	hw_trace_observe(&s->lab->trace, false);
}

static enum err start(struct source *s)
{
	struct e1000 *e = own(s);
	enum err err = rest(s);

	if (err)
		return err;
	e->masked = false;
	write(e, E1000_IMS, CAUSE);
	return gone(e);
}

static void begin(struct source *s)
{
	own(s)->served = false;
	write(own(s), E1000_ICS, CAUSE);
	flush(own(s));
}

/* A handler may have acknowledged it by now, and to look is to acknowledge: meet() has proved it.
 */
static enum err finish(struct source *s)
{
	if (!own(s)->masked)
		settle(s);
	return gone(own(s));
}

static void mask(struct source *s)
{
	own(s)->masked = true;
	write(own(s), E1000_IMC, CAUSE);
	flush(own(s));
}

static void unmask(struct source *s)
{
	own(s)->masked = false;
	write(own(s), E1000_IMS, CAUSE);
	flush(own(s));
	settle(s);
}

static void clear(struct source *s)
{
	(void)read(own(s), E1000_ICR);
	own(s)->served = true;
}

static bool handle(struct source *s)
{
	uint32_t icr = read(own(s), E1000_ICR);

	if (icr == UINT32_MAX || !(icr & CAUSE))
		return false;
	own(s)->served = true;
	return true;
}

static enum err ack(struct source *s)
{
	return acknowledge(own(s));
}

static void disarm(struct source *s)
{
	write(own(s), E1000_IMC, ALL_CAUSES);
	(void)read(own(s), E1000_ICR);
}

static enum err wait_for_reset(const struct e1000 *e)
{
	struct mmio_wait wait = { e->hw, e->base + E1000_CTRL, HW_32, RESET_US };

	hw_delay_us(e->hw, RESET_SETTLE_US);
	return mmio_wait(&wait, E1000_CTRL_RST, 0);
}

/*
 * Nothing is masked or acknowledged on either side of it: that the line falls is the reset's doing.
 */
static enum err reset(struct source *s)
{
	struct e1000 *e = own(s);
	enum err err = gone(e);

	if (err)
		return err;
	write(e, E1000_CTRL, e->kept[0] | E1000_CTRL_RST);
	err = wait_for_reset(e);
	if (err)
		return err;
	for (unsigned i = 0; i < KEPT; i++)
		put(e, kept[i],
		    kept[i] == E1000_CTRL_EXT ? e->kept[i] & ~E1000_CTRL_EXT_EE_RST : e->kept[i]);
	put_to_work(e);
	return OK;
}

/* Enables last. Behind a reset the rings are empty: head and tail are 0, and nothing is sent. */
static enum err restore(struct source *s)
{
	struct e1000 *e = own(s);
	enum err err;

	if (!e->saved)
		return OK;
	err = rest(s);
	if (!s->usable)
		err = OK; /* meet() has told what does not clear */
	put(e, E1000_ITR, e->itr);
	put(e, E1000_RCTL, e->rctl);
	put(e, E1000_TCTL, e->tctl);
	put(e, E1000_IMS, e->ims);
	if (!err && (read(e, E1000_IMS) != e->ims || read(e, E1000_ITR) != e->itr ||
		     read(e, E1000_RCTL) != e->rctl || read(e, E1000_TCTL) != e->tctl))
		err = ERR_MISMATCH;
	return err;
}

static uint32_t identity(const struct source *s, uint32_t *ret_known)
{
	const struct e1000 *e = (const void *)s->state;

	*ret_known = e->address;
	return read(e, E1000_RAL0);
}

static unsigned registers(const struct source *s, struct source_register *ret)
{
	uint64_t base = ((const struct e1000 *)(const void *)s->state)->base;

	ret[0] = (struct source_register){ .name = "IMS",
					   .key = "ims",
					   .at = base + E1000_IMS,
					   .is_enable = true,
					   .clear_at = base + E1000_IMC };
	ret[1] = (struct source_register){
		.name = "RCTL", .key = "rctl", .at = base + E1000_RCTL, .is_enable = true
	};
	ret[2] = (struct source_register){
		.name = "TCTL", .key = "tctl", .at = base + E1000_TCTL, .is_enable = true
	};
	return 3;
}

const struct source_kind source_kind_e1000 = {
	.name = "e1000",
	.rank = SOURCE_RANK_NETWORK,
	.unreachable = "BAR 0 does not answer as the registers of an e1000",
	.matches = matches,
	.meet = meet,
	.start = start,
	.begin = begin,
	.finish = finish,
	.mask = mask,
	.unmask = unmask,
	.clear = clear,
	.handle = handle,
	.ack = ack,
	.rest = rest,
	.disarm = disarm,
	.reset = reset,
	.restore = restore,
	.identity = identity,
	.registers = registers,
};
