/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * An xHCI controller: reset, run and halt, the command ring (No Op and Link), one event ring,
 * interrupter 0, USBLEGSUP. No slots and no transfers; a port may have a device, which shows itself
 * once behind each reset. Source: xHCI 1.2 chapters 4 to 7. Simulated for accesses of 32 bits.
 */
#include <string.h>

#include "tests/sim/sim_xhci.h"

#define BAR_SIZE 0x1000u
#define ID_CONFIG 0x000d1b36u
#define CLASS_REVISION 0x0c033001u

enum { MSI_CAP = 0x70, PM_CAP = 0x90, AF_CAP = 0xa0 };

#define RESET_TIME (700 * SIM_US)
#define READY_TIME (600 * SIM_US)
#define HALT_TIME (100 * SIM_US)
#define CONNECT_TIME (20 * SIM_MS)
#define BIOS_TIME (3 * SIM_MS)

static bool has(const struct sim_xhci *x, enum sim_fault fault)
{
	return sim_has_fault(x->fn, fault);
}

static enum sim_trouble trouble(const struct sim_xhci *x)
{
	return x->fn->sim->machine->trouble;
}

static void stop(struct sim_xhci *x)
{
	struct sim *sim = x->fn->sim;

	sim_event_cancel(sim, &x->ev_fetch);
	sim_event_cancel(sim, &x->ev_done);
	sim_event_cancel(sim, &x->ev_connect);
}

static void halted(void *arg)
{
	struct sim_xhci *x = arg;

	x->usbsts |= STS_HCH;
}

/* Sec 4.20: each scratchpad is a page. */
static void check_scratchpads(struct sim_xhci *x)
{
	uint32_t pointer[2];

	if (sim_dma_read(x->fn, sim_xhci_address(x->dcbaap, 0x3f), pointer, sizeof(pointer))) {
		sim_xhci_host_error(x);
		return;
	}
	for (unsigned i = 0; i < SCRATCHPADS; i++) {
		uint32_t pad[2];

		if (sim_dma_read(x->fn, sim_xhci_address(pointer, 0x3f) + 8 * i, pad,
				 sizeof(pad)) ||
		    (pad[0] & 0xfff) || !(pad[0] | pad[1]))
			sim_abuse("a scratchpad that is no page", i, 8);
	}
}

static void run(struct sim_xhci *x)
{
	if (!(x->usbsts & STS_HCH))
		sim_abuse("xHCI run before it has halted", x->usbcmd, 4);
	x->usbsts &= ~(uint32_t)STS_HCH;
	sim_event_cancel(x->fn->sim, &x->ev_halt);
	check_scratchpads(x);
	if (x->fn->sim->machine->usb_device && !x->connect_told)
		sim_event_arm(x->fn->sim, &x->ev_connect, CONNECT_TIME);
}

static void defaults(struct sim_xhci *x)
{
	stop(x);
	sim_event_cancel(x->fn->sim, &x->ev_halt);
	x->usbsts = STS_HCH;
	x->config = x->iman = x->erstsz = x->event_size = 0;
	x->imod = IMOD_DEFAULT;
	x->connect_told = false;
	memset(x->crcr, 0, sizeof(x->crcr));
	memset(x->dcbaap, 0, sizeof(x->dcbaap));
	memset(x->erstba, 0, sizeof(x->erstba));
	memset(x->erdp, 0, sizeof(x->erdp));
}

static void was_reset(void *arg)
{
	struct sim_xhci *x = arg;

	x->usbcmd = 0;
	sim_event_arm(x->fn->sim, &x->ev_ready, READY_TIME);
}

static void is_ready(void *arg)
{
	struct sim_xhci *x = arg;

	if (trouble(x) != TROUBLE_NEVER_READY)
		x->usbsts &= ~(uint32_t)STS_CNR;
}

static void write_usbcmd(struct sim_xhci *x, uint32_t value)
{
	struct sim *sim = x->fn->sim;
	bool ran = x->usbcmd & CMD_RS;

	if (value & CMD_HCRST) {
		if (!(x->usbsts & STS_HCH))
			sim_abuse("HCRST while the controller runs", value, 4);
		defaults(x);
		x->usbsts |= STS_CNR;
		x->usbcmd = CMD_HCRST;
		sim_event_arm(sim, &x->ev_reset, RESET_TIME);
		if (!has(x, SIM_FAULT_XHCI_RESET_KEEPS_LINE))
			sim_xhci_update(x);
		return;
	}
	x->usbcmd = value & (CMD_RS | CMD_INTE);
	if (!ran && (value & CMD_RS))
		run(x);
	if (ran && !(value & CMD_RS)) {
		stop(x);
		sim_event_arm(sim, &x->ev_halt, HALT_TIME);
	}
	sim_xhci_update(x);
}

static void start_events(struct sim_xhci *x)
{
	uint32_t entry[4];

	if (!(x->usbsts & STS_HCH))
		sim_abuse("ERSTBA written while the controller runs", ERSTBA, 4);
	x->event_size = x->event_at = 0;
	x->event_cycle = true;
	if (!x->erstsz)
		return;
	if (sim_dma_read(x->fn, sim_xhci_address(x->erstba, 0x3f), entry, sizeof(entry))) {
		sim_xhci_host_error(x);
		return;
	}
	if (entry[2] < 16 || entry[2] > 4096 || (entry[0] & 0x3f))
		sim_abuse("an event ring segment that cannot be", entry[2], 4);
	x->event_base = sim_xhci_address(entry, 0);
	x->event_size = entry[2];
}

static void write_erdp(struct sim_xhci *x, uint32_t value)
{
	bool keeps = (x->erdp[0] & EHB) && has(x, SIM_FAULT_XHCI_EHB_STICKS);

	x->erdp[0] = (value & ~(uint32_t)EHB) | (x->erdp[0] & EHB);
	if ((value & EHB) && !keeps)
		x->erdp[0] &= ~(uint32_t)EHB;
}

/* The high half ends the write; events that were not taken signal anew. */
static void write_erdp_high(struct sim_xhci *x, uint32_t value)
{
	x->erdp[1] = value;
	if (x->event_size && !(x->erdp[0] & EHB) &&
	    sim_xhci_address(x->erdp, 0xf) != x->event_base + 16 * x->event_at)
		sim_xhci_signal(x);
}

static void write_legsup(struct sim_xhci *x, uint32_t value)
{
	x->legsup = (x->legsup & ~LEGACY_OS) | (value & LEGACY_OS);
	if ((value & LEGACY_OS) && (x->legsup & LEGACY_BIOS) && trouble(x) != TROUBLE_KEPT)
		sim_event_arm(x->fn->sim, &x->ev_bios, BIOS_TIME);
}

static void bios_lets_go(void *arg)
{
	struct sim_xhci *x = arg;

	x->legsup &= ~LEGACY_BIOS;
}

static uint32_t read_capability(struct sim_xhci *x, uint32_t off)
{
	switch (off) {
	case 0x00:
		return 0x01100000 | R_OP;
	case 0x04:
		return PORT_COUNT << 24 | 1u << 8 | 32;
	case 0x08:
		return SCRATCHPADS << 27 | 0x10;
	case 0x0c:
		return 0; /* HCSPARAMS3: no exit latencies */
	case 0x10:
		return (R_LEGSUP / 4) << 16 | 1;
	case 0x14:
		return R_DOORBELL;
	case 0x18:
		return R_RUNTIME;
	default:
		sim_stray(x->fn->sim, "an xHCI capability register of nobody's", off, 4);
		return UINT32_MAX;
	}
}

static uint64_t bar_read(struct sim_fn *fn, uint32_t off, enum hw_width width)
{
	struct sim_xhci *x = fn->device;

	if (width != HW_32)
		sim_abuse("an xHCI access that is not 4 bytes wide", off, width);
	if (off < R_OP)
		return read_capability(x, off);
	if (off >= R_PORTS && off < R_PORTS + 16 * PORT_COUNT && !(off & 0xf))
		return off == R_PORTS && fn->sim->machine->usb_device ? 0x201 : 0x200;
	switch (off) {
	case USBCMD:
		return x->usbcmd;
	case USBSTS:
		return x->usbsts;
	case PAGESIZE:
		return 1;
	case DCBAAP:
	case DCBAAP + 4:
		return x->dcbaap[(off - DCBAAP) / 4];
	case CONFIG:
		return x->config;
	case IMAN:
		return x->iman;
	case IMOD:
		return x->imod;
	case ERSTSZ:
		return x->erstsz;
	case ERSTBA:
	case ERSTBA + 4:
		return x->erstba[(off - ERSTBA) / 4];
	case ERDP:
	case ERDP + 4:
		return x->erdp[(off - ERDP) / 4];
	case R_LEGSUP:
		return x->legsup;
	case R_LEGCTL:
		return x->legctl;
	default:
		sim_stray(fn->sim, "an xHCI register that cannot be read", off, width);
		return UINT32_MAX;
	}
}

static void write_iman(struct sim_xhci *x, uint32_t value)
{
	bool was = x->iman & IE;

	x->iman = (x->iman & IP & ~value) | (value & IE);
	if (was || !(value & IE) || !has(x, SIM_FAULT_XHCI_UNMASK_LOSES))
		sim_xhci_update(x);
}

static void write_halted(struct sim_xhci *x, uint32_t off, uint32_t value)
{
	switch (off) {
	case CRCR:
		x->crcr[0] = value;
		return;
	case CRCR + 4:
		x->crcr[1] = value;
		x->command = sim_xhci_address(x->crcr, 0x3f);
		x->command_cycle = x->crcr[0] & 1;
		return;
	case DCBAAP:
	case DCBAAP + 4:
		x->dcbaap[(off - DCBAAP) / 4] = value;
		return;
	case CONFIG:
		x->config = value;
		return;
	case ERSTSZ:
		x->erstsz = value & 0xffff;
		return;
	case ERSTBA:
		x->erstba[0] = value;
		return;
	case ERSTBA + 4:
		x->erstba[1] = value;
		start_events(x);
		return;
	default:
		sim_stray(x->fn->sim, "an xHCI register that cannot be written", off, 4);
	}
}

static void bar_write(struct sim_fn *fn, uint32_t off, enum hw_width width, uint64_t wide)
{
	struct sim_xhci *x = fn->device;
	uint32_t value = (uint32_t)wide;

	if (width != HW_32)
		sim_abuse("an xHCI access that is not 4 bytes wide", off, width);
	if ((x->usbsts & STS_CNR) && off >= R_OP && off != R_LEGSUP && off != R_LEGCTL &&
	    trouble(x) != TROUBLE_NEVER_READY)
		sim_abuse("an xHCI register written while CNR is 1", off, width);
	switch (off) {
	case USBCMD:
		write_usbcmd(x, value);
		break;
	case USBSTS:
		x->usbsts &= ~(value & (STS_HSE | STS_EINT));
		break;
	case IMAN:
		write_iman(x, value);
		break;
	case IMOD:
		x->imod = value;
		break;
	case ERDP:
		write_erdp(x, value);
		break;
	case ERDP + 4:
		write_erdp_high(x, value);
		break;
	case R_DOORBELL:
		if (value)
			sim_abuse("a doorbell of no command ring", value, 4);
		if (trouble(x) != TROUBLE_DOORBELL_DEAD && (x->usbcmd & CMD_RS))
			sim_event_arm(fn->sim, &x->ev_fetch, FETCH_TIME);
		break;
	case R_LEGSUP:
		write_legsup(x, value);
		break;
	case R_LEGCTL:
		x->legctl = (value & 0xe011) | (x->legctl & 0xe0000000 & ~value);
		break;
	default:
		if (!(x->usbsts & STS_HCH))
			sim_abuse("an xHCI register written while it runs", off, width);
		write_halted(x, off, value);
	}
}

/* Of the function: as HCRST, and at once. */
static void reset(struct sim_fn *fn)
{
	struct sim_xhci *x = fn->device;

	defaults(x);
	sim_event_cancel(fn->sim, &x->ev_reset);
	sim_event_cancel(fn->sim, &x->ev_ready);
	x->usbcmd = 0;
	sim_xhci_update(x);
}

/* As a firmware driver leaves it that was stopped: halted, its memory still named. */
static void begin(struct sim_fn *fn)
{
	struct sim_xhci *x = fn->device;
	bool owned = fn->sim->machine->bios_owned;

	fn->cfg[MSI_CAP + 1] = PM_CAP;
	sim_fn_add_power(fn, PM_CAP, AF_CAP, true);
	*x = (struct sim_xhci){ .fn = fn,
				.usbcmd = CMD_INTE,
				.usbsts = STS_HCH,
				.config = 8,
				.imod = 0x3f8,
				.erstsz = 1,
				.dcbaap = { 0x7fd00000, 0 },
				.erstba = { 0x7fd01000, 0 },
				.erdp = { 0x7fd02000, 0 },
				.legsup = 1 | (owned ? LEGACY_BIOS : LEGACY_OS),
				.legctl = owned ? SMI_ENABLE : 0 };
	sim_event_init(fn->sim, &x->ev_reset, was_reset, x);
	sim_event_init(fn->sim, &x->ev_ready, is_ready, x);
	sim_event_init(fn->sim, &x->ev_halt, halted, x);
	sim_event_init(fn->sim, &x->ev_fetch, sim_xhci_fetch, x);
	sim_event_init(fn->sim, &x->ev_done, sim_xhci_done, x);
	sim_event_init(fn->sim, &x->ev_connect, sim_xhci_connect, x);
	sim_event_init(fn->sim, &x->ev_bios, bios_lets_go, x);
}

/* But CRCR, which reads as 0, and USBLEGSUP, which firmware has given away. */
static unsigned snapshot(const struct sim_fn *fn, uint32_t *ret)
{
	const struct sim_xhci *x = fn->device;
	const uint32_t now[] = { x->usbcmd,    x->usbsts,    x->config,    x->iman,
				 x->imod,      x->erstsz,    x->dcbaap[0], x->dcbaap[1],
				 x->erstba[0], x->erstba[1], x->erdp[0],   x->erdp[1] };

	memcpy(ret, now, sizeof(now));
	/* a controller that does not come out of a reset cannot be written to */
	return trouble(x) == TROUBLE_NEVER_READY ? 0 : sizeof(now) / sizeof(now[0]);
}

static const struct sim_bar_ops bar_ops = { .read = bar_read, .write = bar_write, .reset = reset };

const struct sim_device sim_device_xhci = {
	.id = ID_CONFIG,
	.class_revision = CLASS_REVISION,
	.bar_size = BAR_SIZE,
	.msi_cap = MSI_CAP,
	.state = sizeof(struct sim_xhci),
	.begin = begin,
	.snapshot = snapshot,
	.ops = &bar_ops,
};
