/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns an EHCI controller as an interrupt source. Its event is Interrupt on Async Advance: the
 * asynchronous schedule is a halted queue head that points to itself, so that no packet is sent,
 * and the doorbell asks for the interrupt once the controller has advanced. The schedule runs for
 * an event only: a controller that runs reads memory, and may not do so without Bus Master. Ports
 * are left alone, but for what the controller's own reset does to them.
 *
 * Source: EHCI 1.0, sec 2.1 and 5.1 (handing over), 2.2 and 2.3 (registers), 3.6 (queue heads),
 * 4.8.2 (doorbell), 4.15 (interrupts). Not put back: the BIOS Owned Semaphore, which is firmware's,
 * and what a reset does to a port but its power; firmware's driver starts the ports anew.
 */
#include "drivers/mmio.h"
#include "pci/mem.h"
#include "run/bench/source.h"

#define CLASS_EHCI 0x0c0320
#define REGISTERS 0x100
#define DMA_SIZE 128 /* one queue head, with the room of a 64-bit one */
#define HANDOFF_US 1000000 /* Linux drivers/usb/host/pci-quirks.c, ehci_bios_handoff() */
/*
 * Sec 2.3.1: halted within 16 micro-frames, 2 ms; sec 4.8: a schedule need not run at once, Linux
 * waits 20 ms. An emulator on a busy machine was seen to take more than that.
 */
#define HALT_US 1000000
#define SCHEDULE_US 1000000
#define RESET_US 250000 /* Linux drivers/usb/host/ehci-hcd.c, ehci_reset() */
#define MAX_PORTS 15

/* Sec 2.1.7 and 2.1.8, configuration space; the capability's place is in HCCPARAMS. */
enum { LEGACY_BIOS = 2, LEGACY_OS = 3, LEGACY_CONTROL = 4 };

#define LEGACY_ID 0x01
#define LEGACY_SMI_STATUS 0xe0000000u /* RW1C */

/* Sec 2.2; the others are behind the first's length. */
enum { CAPLENGTH = 0x00, HCSPARAMS = 0x04, HCCPARAMS = 0x08 };

enum {
	USBCMD = 0x00, /* RW */
	CMD_RUN = 0x01,
	CMD_RESET = 0x02,
	CMD_ASYNC = 0x20,
	CMD_DOORBELL = 0x40,
	CMD_EACH_MICROFRAME = 0x010000, /* the shortest interrupt threshold */
	USBSTS = 0x04, /* RW1C below bit 6 */
	STS_HALTED = 0x1000, /* RO */
	STS_ASYNC = 0x8000, /* RO: the schedule runs */
	IAA = 0x20, /* of USBSTS and USBINTR */
	USBINTR = 0x08, /* RW */
	SEGMENT = 0x10, /* RW */
	PERIODIC = 0x14, /* RW */
	ASYNC = 0x18, /* RW */
	CONFIGFLAG = 0x40, /* RW */
	PORTSC = 0x44,
	PORT_RW1C = 0x2a,
	PORT_POWER = 0x1000,
};

/* What a reset clears, and drivers set while the controller is halted. */
static const uint8_t kept[] = { SEGMENT, PERIODIC, ASYNC, CONFIGFLAG };

struct ehci {
	struct hw *hw;
	uint64_t base, op; /* capability and operational registers */
	struct hw_dma queue;
	uint32_t id, parameters, command, enables, found[sizeof(kept)];
	uint32_t port[MAX_PORTS], served;
	uint16_t legacy; /* 0: no such capability */
	uint8_t os_owned;
	uint32_t smi;
	bool saved;
};

_Static_assert(sizeof(struct ehci) <= SOURCE_STATE, "an EHCI controller has its room");

static struct ehci *own(struct source *s)
{
	return (void *)s->state;
}

static const struct ehci *own_const(const struct source *s)
{
	return (const void *)s->state;
}

static bool matches(const struct pci_fn *fn)
{
	return fn->class_revision >> 8 == CLASS_EHCI;
}

static uint32_t read(const struct ehci *e, unsigned reg)
{
	return hw_read32(e->hw, e->op + reg);
}

static void write(const struct ehci *e, unsigned reg, uint32_t value)
{
	hw_write32(e->hw, e->op + reg, value);
}

static enum err wait_for(const struct ehci *e, unsigned reg, uint32_t mask, uint32_t value,
			 uint64_t us)
{
	struct mmio_wait wait = { e->hw, e->op + reg, HW_32, us };

	return mmio_wait(&wait, mask, value);
}

static unsigned ports(const struct ehci *e)
{
	return e->parameters & MAX_PORTS;
}

/* No schedule any more; the configuration of the ports stays. */
static enum err stop(const struct ehci *e)
{
	write(e, USBCMD, CMD_EACH_MICROFRAME);
	return wait_for(e, USBSTS, STS_HALTED, STS_HALTED, HALT_US);
}

/* Only one that is halted may be reset (sec 2.3.1). */
static enum err reset(struct source *s)
{
	struct ehci *e = own(s);
	enum err err = stop(e);

	if (err)
		return err;
	write(e, USBCMD, CMD_RESET);
	return wait_for(e, USBCMD, CMD_RESET, 0, RESET_US);
}

static void fill_queue(const struct ehci *e)
{
	uint32_t *head = e->queue.cpu;

	memset(head, 0, DMA_SIZE);
	head[0] = (uint32_t)e->queue.bus | 2; /* to itself; a queue head */
	head[1] = 0x0040e000; /* 64 bytes, H: head of the list, DTC, high speed */
	head[2] = 0x40000000; /* one transaction a micro-frame */
	head[4] = head[5] = 1; /* no next TD, no alternate */
	head[6] = 0x40; /* halted */
	e->hw->ops->dma_barrier(e->hw);
}

/* The doorbell may be rung only while the schedule runs (sec 4.8.2). */
static void begin(struct source *s)
{
	struct ehci *e = own(s);

	e->served = 0;
	if (stop(e))
		return; /* finish() meets what does not run */
	write(e, USBSTS, IAA);
	fill_queue(e);
	if (e->parameters >> 31)
		write(e, SEGMENT, 0);
	write(e, ASYNC, (uint32_t)e->queue.bus);
	write(e, USBCMD, CMD_EACH_MICROFRAME | CMD_RUN | CMD_ASYNC);
	if (!wait_for(e, USBSTS, STS_ASYNC, STS_ASYNC, SCHEDULE_US))
		write(e, USBCMD, CMD_EACH_MICROFRAME | CMD_RUN | CMD_ASYNC | CMD_DOORBELL);
	(void)read(e, USBCMD); /* flush the posted write */
}

static enum err finish(struct source *s)
{
	struct ehci *e = own(s);
	struct mmio_wait wait = { e->hw, e->op + USBSTS, HW_32, SOURCE_WORK_US };
	enum err err = mmio_wait_event(&wait, IAA, &e->served);

	return err ? err : stop(e);
}

static bool pending(struct source *s)
{
	uint32_t status = read(own(s), USBSTS);

	return status != UINT32_MAX && status & IAA;
}

static bool handle(struct source *s)
{
	struct ehci *e = own(s);

	if (!pending(s))
		return false;
	e->served |= IAA;
	write(e, USBSTS, IAA);
	(void)read(e, USBSTS); /* flush the posted write */
	return true;
}

static enum err ack(struct source *s)
{
	(void)handle(s);
	return pending(s) ? ERR_TIMEOUT : OK;
}

static void mask(struct source *s)
{
	write(own(s), USBINTR, 0);
	(void)read(own(s), USBINTR); /* flush the posted write */
}

static void unmask(struct source *s)
{
	write(own(s), USBINTR, IAA);
	(void)read(own(s), USBINTR);
}

static void disarm(struct source *s)
{
	mask(s);
	(void)handle(s);
}

static enum err rest(struct source *s)
{
	struct ehci *e = own(s);
	enum err err;

	mask(s);
	err = stop(e);
	return err ? err : ack(s);
}

static enum err start(struct source *s)
{
	enum err err = rest(s);

	if (!err)
		unmask(s);
	return err;
}

static enum err find_registers(struct source *s)
{
	struct ehci *e = own(s);
	enum err err = mmio_bar(s->fn, 0, REGISTERS, &e->base);
	uint8_t length;

	e->hw = s->fn->hw;
	if (err)
		return err;
	e->id = hw_read32(e->hw, e->base + CAPLENGTH);
	length = e->id & 0xff;
	if (e->id == UINT32_MAX)
		return ERR_GONE;
	if (length < 0x0c || length & 3 || length > REGISTERS - PORTSC - 4 * MAX_PORTS)
		return ERR_INVALID;
	e->op = e->base + length;
	e->parameters = hw_read32(e->hw, e->base + HCSPARAMS) & MAX_PORTS;
	/* bit 31 here: it has a segment register, by HCCPARAMS[0] */
	e->parameters |= hw_read32(e->hw, e->base + HCCPARAMS) << 31;
	return OK;
}

static void save(struct ehci *e)
{
	e->command = read(e, USBCMD);
	e->enables = read(e, USBINTR);
	for (unsigned i = 0; i < sizeof(kept); i++)
		e->found[i] = read(e, kept[i]);
	for (unsigned i = 0; i < ports(e); i++)
		e->port[i] = read(e, PORTSC + 4 * i);
	e->saved = true;
}

/* Sec 5.1: the OS asks by its semaphore, the BIOS lets go of its own. SMIs are off behind it. */
static enum err handoff(struct source *s)
{
	struct ehci *e = own(s);
	uint32_t place = hw_read32(e->hw, e->base + HCCPARAMS) >> 8 & 0xff;
	struct mmio_wait wait = { e->hw, s->fn->cfg + place + LEGACY_BIOS, HW_8, HANDOFF_US };
	enum err err;

	if (place < 0x40 || place & 3 || place > 0xf8 || pci_cfg_read8(s->fn, place) != LEGACY_ID)
		return OK;
	e->legacy = (uint16_t)place;
	e->os_owned = pci_cfg_read8(s->fn, place + LEGACY_OS);
	e->smi = pci_cfg_read32(s->fn, place + LEGACY_CONTROL) & ~LEGACY_SMI_STATUS;
	pci_cfg_write8(s->fn, place + LEGACY_OS, 1);
	err = mmio_wait(&wait, 1, 0);
	if (!err)
		pci_cfg_write32(s->fn, place + LEGACY_CONTROL, 0);
	return err;
}

static void take(struct source *s)
{
	struct ehci *e = own(s);

	s->why = "firmware does not let go of the controller (USBLEGSUP, BIOS Owned Semaphore)";
	if (handoff(s))
		return;
	save(e);
	s->why = "the controller does not halt, or its reset does not end (USBCMD, USBSTS)";
	if (reset(s))
		return;
	s->usable = s->lost = true;
	s->why = "no memory for the controller";
	if (e->hw->ops->dma_alloc(e->hw, DMA_SIZE, DMA_SIZE, &e->queue) || e->queue.bus >> 32)
		return;
	s->why = "the doorbell is not answered: USBSTS.IAA stays 0";
	begin(s);
	s->ready = !finish(s);
	s->lost = !s->ready;
}

static void meet(struct source *s)
{
	struct ehci *e = own(s);

	s->init_err = find_registers(s);
	if (s->init_err)
		return;
	take(s);
	stream_line(&s->lab->out,
		    "# hw ehci base=%lx id=%08x ports=%u legacy=%02x found=%08x command=%08x "
		    "status=%08x queue=%lx",
		    e->base, e->id, ports(e), e->legacy, e->command, read(e, USBCMD),
		    read(e, USBSTS), e->queue.bus);
	if (s->usable && rest(s))
		s->usable = false;
}

static void restore_ports(const struct ehci *e)
{
	for (unsigned i = 0; i < ports(e); i++) {
		uint32_t now = read(e, PORTSC + 4 * i);

		if ((now ^ e->port[i]) & PORT_POWER)
			write(e, PORTSC + 4 * i,
			      (now & ~(uint32_t)(PORT_RW1C | PORT_POWER)) |
				      (e->port[i] & PORT_POWER));
	}
}

static enum err restore_registers(struct source *s)
{
	struct ehci *e = own(s);
	uint32_t command = e->command & ~(uint32_t)(CMD_RESET | CMD_DOORBELL);
	enum err err = OK;

	(void)!rest(s); /* what it reads afterwards says what could be done */
	if (s->usable)
		(void)!reset(s);
	for (unsigned i = 0; i < sizeof(kept); i++) {
		if (kept[i] != SEGMENT || e->parameters >> 31)
			write(e, kept[i], e->found[i]);
		if (read(e, kept[i]) != e->found[i])
			err = ERR_MISMATCH;
	}
	restore_ports(e);
	write(e, USBINTR, e->enables);
	write(e, USBCMD, command);
	return read(e, USBINTR) == e->enables ? err : ERR_MISMATCH;
}

static enum err restore(struct source *s)
{
	struct ehci *e = own(s);
	enum err err = e->saved ? restore_registers(s) : OK;

	if (e->legacy) {
		pci_cfg_write32(s->fn, e->legacy + LEGACY_CONTROL, e->smi);
		pci_cfg_write8(s->fn, e->legacy + LEGACY_OS, e->os_owned);
	}
	return err;
}

static uint32_t identity(const struct source *s, uint32_t *ret_known)
{
	*ret_known = own_const(s)->id;
	return hw_read32(own_const(s)->hw, own_const(s)->base + CAPLENGTH);
}

static unsigned registers(const struct source *s, struct source_register *ret)
{
	uint64_t op = own_const(s)->op;

	ret[0] = (struct source_register){ .name = "USBSTS", .key = "usbsts", .at = op + USBSTS };
	ret[1] = (struct source_register){
		.name = "USBINTR", .key = "usbintr", .at = op + USBINTR, .is_enable = true
	};
	ret[2] = (struct source_register){ .name = "USBCMD", .key = "usbcmd", .at = op + USBCMD };
	return 3;
}

const struct source_kind source_kind_ehci = {
	.name = "EHCI",
	.rank = SOURCE_RANK_OTHER,
	.unreachable = "the EHCI controller's registers do not answer as they must",
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
