/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns an OHCI controller as an interrupt source. Its event is a done queue written back: the
 * periodic list holds one isochronous TD whose frame is long over, which the controller retires
 * without a packet. The bus is operational for that alone, and suspended when the event has come:
 * a controller that runs writes to memory in each frame, and may not do so without Bus Master. No
 * packet is sent but SOF; ports are left alone. MIE is the device's own mask.
 *
 * Source: OpenHCI 1.0a, chapter 7 (registers), sec 4.2 to 4.4 (ED, TD, HCCA), sec 4.3.2.3.3 (a TD
 * that has expired; the number of the section: not verified), sec 5.1.1 (taking over, start,
 * reset). Not put back: HcControl.IR where firmware's SMM driver had the controller (only that
 * driver may set it), and HcFmNumber, which counts on.
 */
#include "drivers/mmio.h"
#include "pci/mem.h"
#include "run/bench/source.h"

#define CLASS_OHCI 0x0c0310
#define REGISTERS 0x100
#define HCCA_SIZE 256
#define ED_AT 256 /* 16 bytes */
#define TD_AT 288 /* 32 bytes, and as many behind it that the queue ends at */
#define DMA_SIZE 352
#define HCCA_LISTS 32 /* of the frames, by their number's low bits */
#define HANDOFF_US 500000 /* Linux drivers/usb/host/pci-quirks.c, quirk_usb_handoff_ohci() */
#define RESET_US 1000 /* sec 7.1.3, HostControllerReset: within 10 us */

enum {
	REVISION = 0x00, /* RO, 10h in its low byte */
	CONTROL = 0x04, /* RW */
	CONTROL_PLE = 0x004,
	CONTROL_IE = 0x008,
	CONTROL_HCFS = 0x0c0,
	CONTROL_OPERATIONAL = 0x080,
	CONTROL_SUSPEND = 0x0c0,
	CONTROL_IR = 0x100, /* interrupts go to SMM */
	CONTROL_RWC = 0x200, /* firmware's word; no reset clears it */
	COMMAND_STATUS = 0x08, /* RW, set by 1 */
	COMMAND_HCR = 0x1,
	COMMAND_OCR = 0x8,
	INTERRUPT_STATUS = 0x0c, /* RW1C */
	INTERRUPT_ENABLE = 0x10, /* RW, set by 1 */
	INTERRUPT_DISABLE = 0x14, /* clears by 1, reads as the enables */
	HCCA = 0x18, /* RW, 256 bytes aligned */
	FM_INTERVAL = 0x34, /* RW; a reset sets it to its default */
	FM_NUMBER = 0x3c, /* RO */
	PERIODIC_START = 0x40, /* RW */
};

#define WDH (1u << 1) /* the done queue was written back */
#define MIE (1u << 31)
#define ALL_INTERRUPTS 0xc000007fu

/* What a reset clears of what drivers set: HCCA, list heads, frame interval, periods, threshold. */
static const uint8_t kept[] = { HCCA, 0x20, 0x28, FM_INTERVAL, 0x40, 0x44 };

#define ED_OUT_ISOCHRONOUS 0x00008800u /* address 0, endpoint 0 */
#define TD_NOT_ACCESSED 0xf0000000u /* one packet, no delay of the interrupt */
#define TD_LATE 0x100 /* so many frames ago */
#define PERIODIC_START_90 0x2a2f /* sec 5.1.1.4: nine tenths of a frame */

struct ohci {
	struct hw *hw;
	uint64_t base;
	struct hw_dma dma;
	uint32_t revision, control, enables, found[sizeof(kept)];
	uint32_t served;
	bool saved;
};

_Static_assert(sizeof(struct ohci) <= SOURCE_STATE, "an OHCI controller has its room");

static struct ohci *own(struct source *s)
{
	return (void *)s->state;
}

static const struct ohci *own_const(const struct source *s)
{
	return (const void *)s->state;
}

static bool matches(const struct pci_fn *fn)
{
	return fn->class_revision >> 8 == CLASS_OHCI;
}

static uint32_t read(const struct ohci *o, unsigned reg)
{
	return hw_read32(o->hw, o->base + reg);
}

static void write(const struct ohci *o, unsigned reg, uint32_t value)
{
	hw_write32(o->hw, o->base + reg, value);
}

static enum err wait_for(const struct ohci *o, unsigned reg, uint32_t mask, uint64_t us)
{
	struct mmio_wait wait = { o->hw, o->base + reg, HW_32, us };

	return mmio_wait(&wait, mask, 0);
}

/* The bus is suspended behind it, the root hub as it was. */
static enum err reset(struct source *s)
{
	struct ohci *o = own(s);

	write(o, COMMAND_STATUS, COMMAND_HCR);
	return wait_for(o, COMMAND_STATUS, COMMAND_HCR, RESET_US);
}

static void suspend(const struct ohci *o)
{
	write(o, CONTROL, CONTROL_SUSPEND | (o->control & CONTROL_RWC));
}

/* All frames have the one ED, which has the one TD. */
static void fill_memory(struct ohci *o)
{
	uint32_t bus = (uint32_t)o->dma.bus, late = read(o, FM_NUMBER) - TD_LATE;
	uint32_t *lists = o->dma.cpu, *ed = lists + ED_AT / 4, *td = lists + TD_AT / 4;

	memset(o->dma.cpu, 0, DMA_SIZE);
	for (unsigned i = 0; i < HCCA_LISTS; i++)
		lists[i] = bus + ED_AT;
	ed[0] = ED_OUT_ISOCHRONOUS;
	ed[1] = bus + TD_AT + 32; /* tail */
	ed[2] = bus + TD_AT; /* head */
	td[0] = TD_NOT_ACCESSED | (late & 0xffff);
	td[1] = td[3] = bus & ~0xfffu; /* no packet is made of it */
	td[2] = bus + TD_AT + 32; /* next */
	o->hw->ops->dma_barrier(o->hw);
}

/* From a reset: behind it the bus may be operational at once, within 2 ms (sec 5.1.1.4). */
static void run(struct source *s, uint32_t enables)
{
	struct ohci *o = own(s);

	if (reset(s))
		return; /* finish() meets what does not run */
	write(o, INTERRUPT_DISABLE, ALL_INTERRUPTS);
	for (unsigned i = 0; i < sizeof(kept); i++)
		write(o, kept[i], kept[i] == FM_INTERVAL ? o->found[i] : 0);
	write(o, PERIODIC_START, PERIODIC_START_90);
	fill_memory(o);
	write(o, HCCA, (uint32_t)o->dma.bus);
	write(o, INTERRUPT_ENABLE, WDH | enables);
	write(o, CONTROL,
	      CONTROL_OPERATIONAL | CONTROL_PLE | CONTROL_IE | (o->control & CONTROL_RWC));
	(void)read(o, CONTROL); /* flush the posted writes */
}

static void begin(struct source *s)
{
	struct ohci *o = own(s);

	o->served = 0;
	run(s, read(o, INTERRUPT_ENABLE) & MIE);
}

static enum err finish(struct source *s)
{
	struct ohci *o = own(s);
	struct mmio_wait wait = { o->hw, o->base + INTERRUPT_STATUS, HW_32, SOURCE_WORK_US };
	enum err err = mmio_wait_event(&wait, WDH, &o->served);

	suspend(o);
	return err;
}

static bool pending(struct source *s)
{
	uint32_t status = read(own(s), INTERRUPT_STATUS);

	return status != UINT32_MAX && status & WDH;
}

static bool handle(struct source *s)
{
	struct ohci *o = own(s);

	if (!pending(s))
		return false;
	o->served |= WDH;
	write(o, INTERRUPT_STATUS, WDH);
	(void)read(o, INTERRUPT_STATUS); /* flush the posted write */
	return true;
}

static enum err ack(struct source *s)
{
	(void)handle(s);
	return pending(s) ? ERR_TIMEOUT : OK;
}

static void disarm(struct source *s)
{
	write(own(s), INTERRUPT_DISABLE, WDH | MIE);
	(void)handle(s);
}

static enum err rest(struct source *s)
{
	struct ohci *o = own(s);

	if (read(o, CONTROL) == UINT32_MAX)
		return ERR_GONE;
	write(o, INTERRUPT_DISABLE, ALL_INTERRUPTS);
	suspend(o);
	write(o, INTERRUPT_STATUS, WDH);
	return pending(s) || (read(o, CONTROL) & CONTROL_HCFS) != CONTROL_SUSPEND ? ERR_TIMEOUT
										  : OK;
}

static enum err start(struct source *s)
{
	struct ohci *o = own(s);
	enum err err = rest(s);

	if (err)
		return err;
	write(o, INTERRUPT_ENABLE, WDH | MIE);
	(void)read(o, INTERRUPT_ENABLE); /* flush the posted write */
	return OK;
}

static void mask(struct source *s)
{
	write(own(s), INTERRUPT_DISABLE, MIE);
	(void)read(own(s), INTERRUPT_ENABLE); /* flush the posted write */
}

static void unmask(struct source *s)
{
	write(own(s), INTERRUPT_ENABLE, MIE);
	(void)read(own(s), INTERRUPT_ENABLE);
}

static enum err find_registers(struct source *s)
{
	struct ohci *o = own(s);
	enum err err = mmio_bar(s->fn, 0, REGISTERS, &o->base);

	o->hw = s->fn->hw;
	if (err)
		return err;
	o->revision = read(o, REVISION);
	if (o->revision == UINT32_MAX)
		return ERR_GONE;
	if ((o->revision & 0xff) != 0x10)
		return ERR_INVALID;
	o->control = read(o, CONTROL);
	o->enables = read(o, INTERRUPT_ENABLE);
	for (unsigned i = 0; i < sizeof(kept); i++)
		o->found[i] = read(o, kept[i]);
	return OK;
}

/* Sec 5.1.1.3.3: the SMM driver is asked to let go, and says so by IR. */
static enum err handoff(struct ohci *o)
{
	if (!(o->control & CONTROL_IR))
		return OK;
	write(o, COMMAND_STATUS, COMMAND_OCR);
	return wait_for(o, CONTROL, CONTROL_IR, HANDOFF_US);
}

static void take(struct source *s)
{
	struct ohci *o = own(s);

	s->why = "firmware's SMM driver does not let go of the controller (HcControl.IR)";
	if (handoff(o))
		return;
	o->saved = true;
	s->why = "the controller's reset does not end (HcCommandStatus.HCR)";
	if (reset(s))
		return;
	s->usable = true;
	s->lost = true;
	s->why = "no memory for the controller";
	if (o->hw->ops->dma_alloc(o->hw, DMA_SIZE, HCCA_SIZE, &o->dma) || o->dma.bus >> 32)
		return;
	s->why = "no done queue is written back: HcInterruptStatus.WDH stays 0";
	begin(s);
	s->ready = !finish(s);
	s->lost = !s->ready;
}

static void meet(struct source *s)
{
	struct ohci *o = own(s);

	s->init_err = find_registers(s);
	if (s->init_err)
		return;
	take(s);
	stream_line(&s->lab->out,
		    "# hw ohci base=%lx revision=%08x found=%08x control=%08x command=%08x "
		    "status=%08x hcca=%lx",
		    o->base, o->revision, o->control, read(o, CONTROL), read(o, COMMAND_STATUS),
		    read(o, INTERRUPT_STATUS), o->dma.bus);
	if (s->usable && rest(s))
		s->usable = false;
}

/* Control last: it is what makes the controller run, if firmware had it run. */
static enum err restore(struct source *s)
{
	struct ohci *o = own(s);
	uint32_t control = o->control & ~(uint32_t)CONTROL_IR;

	if (!o->saved)
		return OK;
	(void)!rest(s); /* what it reads afterwards says what could be done */
	if (s->usable)
		(void)!reset(s);
	write(o, INTERRUPT_DISABLE, ALL_INTERRUPTS);
	for (unsigned i = 0; i < sizeof(kept); i++)
		write(o, kept[i], o->found[i]);
	write(o, CONTROL, control);
	write(o, INTERRUPT_ENABLE, o->enables);
	return read(o, CONTROL) == control && read(o, INTERRUPT_ENABLE) == o->enables
		       ? OK
		       : ERR_MISMATCH;
}

static uint32_t identity(const struct source *s, uint32_t *ret_known)
{
	*ret_known = own_const(s)->revision;
	return read(own_const(s), REVISION);
}

static unsigned registers(const struct source *s, struct source_register *ret)
{
	uint64_t base = own_const(s)->base;

	ret[0] = (struct source_register){ .name = "HcInterruptStatus",
					   .key = "hc_status",
					   .at = base + INTERRUPT_STATUS };
	ret[1] = (struct source_register){ .name = "HcInterruptEnable",
					   .key = "hc_enable",
					   .at = base + INTERRUPT_ENABLE,
					   .is_enable = true,
					   .clear_at = base + INTERRUPT_DISABLE };
	ret[2] = (struct source_register){ .name = "HcControl",
					   .key = "hc_control",
					   .at = base + CONTROL };
	return 3;
}

const struct source_kind source_kind_ohci = {
	.name = "OHCI",
	.rank = SOURCE_RANK_OTHER,
	.unreachable = "the OHCI controller's registers do not answer as they must",
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
