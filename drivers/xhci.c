/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* Owns an xHCI controller's registers, its command ring and its one event ring. */
#include "drivers/xhci.h"

#include "drivers/mmio.h"
#include "pci/mem.h"

#define PAGE 4096u
#define XCAPS_MAX 64 /* of a list that may be a loop */
#define CAPABILITIES 0x1c /* bytes of the capability registers, to RTSOFF */

/* Where things lie in its DMA memory, one page: sec 6.1, 4.9.3, 6.5; each may cross no 64 KiB. */
#define DCBAA_OFF 0x000
#define TABLE_OFF 0x100
#define COMMAND_OFF 0x200
#define EVENT_OFF 0x400
#define POINTERS_OFF 0x800 /* of the scratchpads */
#define DMA_SIZE PAGE

_Static_assert(POINTERS_OFF + XHCI_MAX_SCRATCHPADS * 8 <= DMA_SIZE, "one page for all");
_Static_assert(EVENT_OFF + XHCI_EVENTS * 16 <= POINTERS_OFF, "the event ring's room");

static void op_write(const struct xhci *x, unsigned reg, uint32_t value)
{
	hw_write32(x->hw, x->op + reg, value);
}

static void rt_write(const struct xhci *x, unsigned reg, uint32_t value)
{
	hw_write32(x->hw, x->runtime + reg, value);
}

static void write_pair(const struct xhci *x, uint64_t at, const uint32_t halves[2])
{
	hw_write32(x->hw, at, halves[0]);
	hw_write32(x->hw, at + 4, halves[1]);
}

static void read_pair(const struct xhci *x, uint64_t at, uint32_t ret_halves[2])
{
	ret_halves[0] = hw_read32(x->hw, at);
	ret_halves[1] = hw_read32(x->hw, at + 4);
}

static void write_address(const struct xhci *x, uint64_t at, uint64_t address)
{
	write_pair(x, at, (uint32_t[2]){ (uint32_t)address, (uint32_t)(address >> 32) });
}

static void *memory(const struct xhci *x, unsigned off)
{
	return (uint8_t *)x->dma.cpu + off;
}

static bool is_mapped(const struct xhci *x, uint64_t at, uint64_t bytes)
{
	return x->hw->ops->mmio_is_mapped(x->hw, at, bytes);
}

static enum err find_legacy(struct xhci *x, uint32_t params)
{
	uint64_t at = x->base + XHCI_XECP(params);

	for (unsigned i = 0; i < XCAPS_MAX && at != x->base; i++) {
		uint32_t dword;

		if (!is_mapped(x, at, 8))
			return ERR_UNSUPPORTED;
		dword = hw_read32(x->hw, at);
		if (dword == UINT32_MAX)
			return ERR_GONE;
		if ((dword & XHCI_XCAP_ID) == XHCI_XCAP_LEGACY)
			x->legacy = at;
		if (x->legacy || XHCI_XCAP_NEXT(dword) == 0)
			return OK;
		at += XHCI_XCAP_NEXT(dword);
	}
	return at == x->base ? OK : ERR_LOOP;
}

static enum err find_registers(struct xhci *x, const struct pci_fn *fn)
{
	x->hw = fn->hw;
	return mmio_bar(fn, XHCI_BAR, CAPABILITIES, &x->base);
}

/* The capability registers that are used, by dword. */
static bool read_capabilities(const struct xhci *x, uint32_t *ret_cap)
{
	for (unsigned i = 0; i < CAPABILITIES / 4; i++) {
		ret_cap[i] = hw_read32(x->hw, x->base + 4 * i);
		if (ret_cap[i] == UINT32_MAX)
			return false;
	}
	return true;
}

enum err xhci_init(struct xhci *x, const struct pci_fn *fn)
{
	uint32_t cap[CAPABILITIES / 4];
	enum err err = find_registers(x, fn);

	if (err)
		return err;
	if (!read_capabilities(x, cap))
		return ERR_GONE;
	x->first = cap[XHCI_CAPLENGTH / 4];
	x->version = x->first >> 16;
	x->ports = XHCI_PORTS(cap[XHCI_HCSPARAMS1 / 4]);
	x->scratchpads = XHCI_SCRATCHPADS(cap[XHCI_HCSPARAMS2 / 4]);
	/* 0.96 is the oldest that was built */
	if ((x->first & 0xff) < CAPABILITIES || x->version < 0x0090 || !x->ports)
		return ERR_INVALID;
	x->op = x->base + (x->first & 0xff);
	x->doorbell = x->base + (cap[XHCI_DBOFF / 4] & ~3u);
	x->runtime = x->base + (cap[XHCI_RTSOFF / 4] & ~0x1fu);
	if (!is_mapped(x, x->op, XHCI_PORTSC + 16 * x->ports) || !is_mapped(x, x->doorbell, 4) ||
	    !is_mapped(x, x->runtime, 0x40) || x->scratchpads > XHCI_MAX_SCRATCHPADS)
		return ERR_UNSUPPORTED;
	if (!(xhci_op_read(x, XHCI_PAGESIZE) & 1))
		return ERR_UNSUPPORTED;
	return find_legacy(x, cap[XHCI_HCCPARAMS1 / 4]);
}

static enum err wait_for(const struct xhci *x, uint64_t at, uint32_t mask, uint32_t value,
			 uint64_t us)
{
	struct mmio_wait wait = { x->hw, at, HW_32, us };

	return mmio_wait(&wait, mask, value);
}

enum err xhci_handoff(struct xhci *x)
{
	uint32_t seen;
	enum err err;

	if (!x->legacy)
		return OK;
	seen = hw_read32(x->hw, x->legacy);
	if (seen == UINT32_MAX)
		return ERR_GONE;
	if (!(seen & XHCI_LEGACY_BIOS))
		return OK;
	hw_write32(x->hw, x->legacy, seen | XHCI_LEGACY_OS);
	err = wait_for(x, x->legacy, XHCI_LEGACY_BIOS, 0, XHCI_HANDOFF_US);
	if (err == ERR_GONE)
		return err;
	seen = hw_read32(x->hw, x->legacy + XHCI_LEGACY_CONTROL);
	hw_write32(x->hw, x->legacy + XHCI_LEGACY_CONTROL,
		   (seen & ~XHCI_LEGACY_SMI_ENABLES) | XHCI_LEGACY_SMI_EVENTS);
	return err;
}

void xhci_save(const struct xhci *x, struct xhci_state *save)
{
	save->usbcmd = xhci_op_read(x, XHCI_USBCMD);
	save->config = xhci_op_read(x, XHCI_CONFIG);
	save->iman = xhci_rt_read(x, XHCI_IMAN);
	save->imod = xhci_rt_read(x, XHCI_IMOD);
	save->erstsz = xhci_rt_read(x, XHCI_ERSTSZ);
	read_pair(x, x->op + XHCI_DCBAAP, save->dcbaap);
	read_pair(x, x->runtime + XHCI_ERSTBA, save->erstba);
	read_pair(x, x->runtime + XHCI_ERDP, save->erdp);
	save->erdp[0] &= ~XHCI_ERDP_EHB;
}

enum err xhci_halt(struct xhci *x)
{
	uint32_t cmd = xhci_op_read(x, XHCI_USBCMD);

	if (cmd == UINT32_MAX)
		return ERR_GONE;
	x->running = false;
	op_write(x, XHCI_USBCMD, cmd & ~XHCI_USBCMD_RS);
	return wait_for(x, x->op + XHCI_USBSTS, XHCI_USBSTS_HCH, XHCI_USBSTS_HCH, XHCI_HALT_US);
}

enum err xhci_reset(struct xhci *x)
{
	uint64_t us = x->dead ? 0 : XHCI_RESET_US;
	enum err err = xhci_halt(x);

	if (err)
		return err;
	op_write(x, XHCI_USBCMD, XHCI_USBCMD_HCRST);
	/* no read behind it: Intel's may not be accessed meanwhile (Linux xhci_reset()) */
	hw_delay_us(x->hw, XHCI_QUIET_US);
	err = wait_for(x, x->op + XHCI_USBCMD, XHCI_USBCMD_HCRST, 0, us);
	if (!err)
		err = wait_for(x, x->op + XHCI_USBSTS, XHCI_USBSTS_CNR, 0, us);
	x->dead = x->dead || err == ERR_TIMEOUT;
	return err;
}

static enum err give_memory(struct xhci *x)
{
	enum err err = OK;

	if (!x->dma.cpu)
		err = x->hw->ops->dma_alloc(x->hw, DMA_SIZE, PAGE, &x->dma);
	if (!err && x->scratchpads && !x->scratch.cpu)
		err = x->hw->ops->dma_alloc(x->hw, x->scratchpads * PAGE, PAGE, &x->scratch);
	return err;
}

/* Entry 0 of the DCBAA points to the scratchpads' pointers (sec 4.20, 6.6). */
static void lay_out(struct xhci *x)
{
	uint64_t *dcbaa = memory(x, DCBAA_OFF), *pointers = memory(x, POINTERS_OFF);
	struct xhci_segment *table = memory(x, TABLE_OFF);
	struct xhci_trb *link = (struct xhci_trb *)memory(x, COMMAND_OFF) + XHCI_COMMANDS - 1;
	uint64_t command = x->dma.bus + COMMAND_OFF, events = x->dma.bus + EVENT_OFF;

	memset(x->dma.cpu, 0, x->dma.size);
	for (unsigned i = 0; i < x->scratchpads; i++)
		pointers[i] = x->scratch.bus + i * PAGE;
	dcbaa[0] = x->scratchpads ? x->dma.bus + POINTERS_OFF : 0;
	*table = (struct xhci_segment){ .base = { (uint32_t)events, (uint32_t)(events >> 32) },
					.size = XHCI_EVENTS };
	link->parameter[0] = (uint32_t)command;
	link->parameter[1] = (uint32_t)(command >> 32);
	x->issued = x->taken = x->done = 0;
	x->hw->ops->dma_barrier(x->hw);
}

static void program(const struct xhci *x)
{
	op_write(x, XHCI_CONFIG, 0);
	write_address(x, x->op + XHCI_DCBAAP, x->dma.bus + DCBAA_OFF);
	write_address(x, x->op + XHCI_CRCR, (x->dma.bus + COMMAND_OFF) | XHCI_CRCR_RCS);
	rt_write(x, XHCI_IMAN, XHCI_IMAN_IP);
	rt_write(x, XHCI_IMOD, 0);
	rt_write(x, XHCI_ERSTSZ, 1);
	write_address(x, x->runtime + XHCI_ERDP, (x->dma.bus + EVENT_OFF) | XHCI_ERDP_EHB);
	write_address(x, x->runtime + XHCI_ERSTBA, x->dma.bus + TABLE_OFF);
}

enum err xhci_run(struct xhci *x)
{
	enum err err = give_memory(x);

	if (err)
		return err;
	lay_out(x);
	program(x);
	op_write(x, XHCI_USBCMD, XHCI_USBCMD_RS);
	err = wait_for(x, x->op + XHCI_USBSTS, XHCI_USBSTS_HCH, 0, XHCI_HALT_US);
	x->running = !err;
	if (x->running && x->has_devices)
		hw_delay_us(x->hw, XHCI_SETTLE_US);
	if (x->running)
		(void)xhci_take(x);
	return err;
}

void xhci_set_inte(const struct xhci *x, bool on)
{
	uint32_t cmd = xhci_op_read(x, XHCI_USBCMD);

	if (cmd == UINT32_MAX)
		return;
	op_write(x, XHCI_USBCMD, on ? cmd | XHCI_USBCMD_INTE : cmd & ~XHCI_USBCMD_INTE);
	(void)xhci_op_read(x, XHCI_USBSTS); /* flush the posted write */
}

/* IP is RW1C: written 0 it stays. */
void xhci_set_ie(const struct xhci *x, bool on)
{
	rt_write(x, XHCI_IMAN, on ? XHCI_IMAN_IE : 0);
	(void)xhci_op_read(x, XHCI_USBSTS); /* flush the posted write */
}

static bool reads_as(const struct xhci_state *a, const struct xhci_state *b)
{
	const uint32_t kept = ~(XHCI_USBCMD_RS | XHCI_USBCMD_HCRST);

	return (a->usbcmd & kept) == (b->usbcmd & kept) && a->config == b->config &&
	       (a->iman & XHCI_IMAN_IE) == (b->iman & XHCI_IMAN_IE) && a->imod == b->imod &&
	       a->erstsz == b->erstsz && !memcmp(a->dcbaap, b->dcbaap, sizeof(a->dcbaap)) &&
	       !memcmp(a->erstba, b->erstba, sizeof(a->erstba)) &&
	       !memcmp(a->erdp, b->erdp, sizeof(a->erdp));
}

/* ERSTSZ behind ERSTBA: with 0 segments the controller fetches nothing of firmware's memory. */
enum err xhci_restore(struct xhci *x, const struct xhci_state *save)
{
	struct xhci_state now;
	enum err err = xhci_reset(x);

	if (err)
		return err;
	op_write(x, XHCI_CONFIG, save->config);
	write_pair(x, x->op + XHCI_DCBAAP, save->dcbaap);
	rt_write(x, XHCI_IMAN, XHCI_IMAN_IP | (save->iman & XHCI_IMAN_IE));
	rt_write(x, XHCI_IMOD, save->imod);
	rt_write(x, XHCI_ERSTSZ, 0);
	write_pair(x, x->runtime + XHCI_ERSTBA, save->erstba);
	write_pair(x, x->runtime + XHCI_ERDP, save->erdp);
	rt_write(x, XHCI_ERSTSZ, save->erstsz);
	op_write(x, XHCI_USBCMD, save->usbcmd & ~(XHCI_USBCMD_RS | XHCI_USBCMD_HCRST));
	xhci_save(x, &now);
	return reads_as(&now, save) ? OK : ERR_MISMATCH;
}

/* The cycle bit of a pass over a ring: 1 in the first, and turned with each. */
static uint32_t cycle_of(unsigned number, unsigned per_pass)
{
	return number / per_pass & 1 ? 0 : XHCI_TRB_CYCLE;
}

void xhci_no_op(struct xhci *x)
{
	struct xhci_trb *ring = memory(x, COMMAND_OFF);
	unsigned last = XHCI_COMMANDS - 1, at = x->issued % last;
	uint32_t cycle = cycle_of(x->issued, last);

	if (!x->running)
		return; /* xhci_wait() says so */
	ring[at] = (struct xhci_trb){ .control = XHCI_TRB_NO_OP | cycle };
	if (at + 1 == last)
		ring[last].control = XHCI_TRB_LINK | XHCI_TRB_TOGGLE | cycle;
	x->issued++;
	x->hw->ops->dma_barrier(x->hw);
	hw_write32(x->hw, x->doorbell, XHCI_DOORBELL_COMMAND);
	(void)xhci_op_read(x, XHCI_USBSTS); /* flush the posted write */
}

/* The event with that number since it runs; false: it is not there yet. */
static bool event(const struct xhci *x, unsigned number, struct xhci_trb *ret_trb)
{
	const struct xhci_trb *trb = (const struct xhci_trb *)memory(x, EVENT_OFF) +
				     number % XHCI_EVENTS;
	uint32_t control = *(const volatile uint32_t *)&trb->control;

	if ((control & XHCI_TRB_CYCLE) != cycle_of(number, XHCI_EVENTS))
		return false;
	*ret_trb = *trb;
	return true;
}

/* Of an event that was not taken: a completion's code stays. */
static bool is_completion(struct xhci *x, const struct xhci_trb *trb)
{
	if (XHCI_TRB_TYPE(trb->control) != XHCI_TRB_COMPLETION)
		return false;
	x->code = (uint8_t)XHCI_CODE(trb->status);
	return true;
}

/* done first: a handler in between takes what is there, and then one look more is needed. */
static bool all_done(struct xhci *x)
{
	unsigned done = x->done;
	struct xhci_trb trb;

	for (unsigned at = x->taken; done < x->issued && event(x, at, &trb); at++)
		done += is_completion(x, &trb);
	return done >= x->issued;
}

/* The event is in memory before the interrupt is pending; a handler may have been there already. */
static void wait_pending(const struct xhci *x)
{
	struct hw_timer timer = hw_timer_us(x->hw, XHCI_EVENT_US);

	while (!(xhci_op_read(x, XHCI_USBSTS) & XHCI_USBSTS_EINT) && x->done != x->issued &&
	       !hw_expired(x->hw, &timer))
		x->hw->ops->relax(x->hw);
}

enum err xhci_wait(struct xhci *x, uint64_t us)
{
	struct hw_timer timer = hw_timer_us(x->hw, us);

	if (!x->running || !x->issued)
		return ERR_BUSY;
	for (;;) {
		bool expired = hw_expired(x->hw, &timer);
		uint32_t sts = xhci_op_read(x, XHCI_USBSTS);

		if (sts == UINT32_MAX)
			return ERR_GONE;
		if (all_done(x)) {
			wait_pending(x);
			return x->code == XHCI_CODE_SUCCESS ? OK : ERR_IO;
		}
		if (sts & (XHCI_USBSTS_HSE | XHCI_USBSTS_HCE))
			return ERR_IO;
		if (expired)
			return ERR_TIMEOUT;
		x->hw->ops->relax(x->hw);
	}
}

static bool take_events(struct xhci *x)
{
	unsigned before = x->taken;
	struct xhci_trb trb;

	while (event(x, x->taken, &trb)) {
		x->done += is_completion(x, &trb);
		x->taken++;
	}
	return x->taken != before;
}

bool xhci_take(struct xhci *x)
{
	uint32_t sts = xhci_op_read(x, XHCI_USBSTS), iman = xhci_rt_read(x, XHCI_IMAN);
	bool any;

	if (!x->running || sts == UINT32_MAX)
		return false;
	op_write(x, XHCI_USBSTS, sts & XHCI_USBSTS_EINT);
	rt_write(x, XHCI_IMAN, iman & (XHCI_IMAN_IE | XHCI_IMAN_IP));
	any = take_events(x);
	write_address(x, x->runtime + XHCI_ERDP,
		      (x->dma.bus + EVENT_OFF + 16 * (x->taken % XHCI_EVENTS)) | XHCI_ERDP_EHB);
	(void)xhci_op_read(x, XHCI_USBSTS); /* flush: the line must fall before the EOI */
	return any || iman & XHCI_IMAN_IP || sts & XHCI_USBSTS_EINT;
}
