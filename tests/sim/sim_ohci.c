/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * An OHCI controller: the operational registers that frames and interrupts need, and SMM's owning
 * it. Source: OpenHCI 1.0a, chapter 7; sec 4.4, HCCA; sec 5.1.1.3.3, ownership. It has no lists and
 * no ports: whoever enables a list, or touches the root hub, ends the process.
 */
#include <string.h>

#include "tests/sim/sim_machine.h"

enum {
	R_REVISION = 0x00,
	R_CONTROL = 0x04,
	R_COMMAND = 0x08,
	R_STATUS = 0x0c,
	R_ENABLE = 0x10,
	R_DISABLE = 0x14,
	R_HCCA = 0x18,
	R_DONE_HEAD = 0x30,
	R_FM_INTERVAL = 0x34,
	R_FM_NUMBER = 0x3c,
	R_PERIODIC_START = 0x40,
	R_THRESHOLD = 0x44,
	R_ROOT_HUB = 0x48,
	REGISTERS = 0x1000,
	MSI_CAP = 0x80,
};

#define ID_CONFIG 0x003f106bu
#define CLASS_REVISION 0x0c031000u
#define HCFS 0xc0u
#define OPERATIONAL 0x80u
#define SUSPEND 0xc0u
#define PERIODIC 0x0cu
#define OTHER_LISTS 0x30u
#define IR 0x100u
#define RWC 0x200u
#define HCR 0x1u
#define OCR 0x8u
#define WDH 0x2u
#define SF 0x4u
#define UE 0x10u
#define OC 0x40000000u
#define MIE 0x80000000u
#define RESET_NS (10 * SIM_US)
#define HANDOFF_NS (2 * SIM_MS)
#define HCCA_NUMBER 0x80
#define HCCA_DONE 0x84
#define ED_ISOCHRONOUS 0x8000u
#define ED_STOPPED 0x4000u
#define CC_DATA_OVERRUN 0x80000000u

struct sim_ohci {
	uint32_t reg[R_ROOT_HUB / 4];
	bool asserts;
	bool held; /* ohci.mie-loses-pending */
	unsigned retired; /* TDs since the machine began */
	struct sim_event ev_reset, ev_frame, ev_handoff;
};

static uint32_t *at(struct sim_ohci *o, unsigned off)
{
	return &o->reg[off / 4];
}

static void update(struct sim_fn *fn)
{
	struct sim_ohci *o = fn->device;
	uint32_t enable = *at(o, R_ENABLE), bits = *at(o, R_STATUS) & enable & ~MIE;
	bool was = o->asserts, open = enable & MIE;

	if (sim_has_fault(fn, SIM_FAULT_OHCI_MIE_IGNORED) ||
	    (o->asserts && sim_has_fault(fn, SIM_FAULT_OHCI_MIE_OFF_KEEPS)))
		open = true;
	if (!bits)
		o->held = false;
	else if (!open && sim_has_fault(fn, SIM_FAULT_OHCI_MIE_LOSES))
		o->held = true;
	o->asserts = bits && open && !o->held && !(*at(o, R_CONTROL) & IR);
	sim_fn_set_pending(fn, o->asserts);
	if (o->asserts && !was && sim_fn_msi_enabled(fn))
		sim_fn_send_msi(fn);
}

static bool is_operational(struct sim_ohci *o)
{
	return (*at(o, R_CONTROL) & HCFS) == OPERATIONAL && !(*at(o, R_STATUS) & UE);
}

/* The TD goes to the done queue, its completion code says why (sec 4.3.2). */
static bool retire(struct sim_fn *fn, uint32_t ed_at, uint32_t ed[4])
{
	struct sim_ohci *o = fn->device;
	uint32_t td[8], td_at = ed[2] & ~0xfu;
	uint16_t late;

	if (sim_dma_read(fn, td_at, td, sizeof(td)) != SIM_BUS_OK)
		return false;
	late = (uint16_t)(*at(o, R_FM_NUMBER) - td[0]);
	if (!(ed[0] & ED_ISOCHRONOUS) || late & 0x8000 || late <= (td[0] >> 24 & 7))
		sim_abuse("an OHCI TD that is a packet", td_at, td[0]);
	ed[2] = td[2];
	td[0] = (td[0] & 0x0fffffff) | CC_DATA_OVERRUN;
	td[2] = 0;
	o->retired++;
	*at(o, R_DONE_HEAD) = td_at;
	return sim_dma_write(fn, td_at, td, sizeof(td)) == SIM_BUS_OK &&
	       sim_dma_write(fn, ed_at + 8, &ed[2], 4) == SIM_BUS_OK;
}

static bool periodic(struct sim_fn *fn)
{
	struct sim_ohci *o = fn->device;
	uint32_t ed[4], ed_at;

	if ((*at(o, R_CONTROL) & PERIODIC) != PERIODIC)
		return true;
	if (sim_dma_read(fn, *at(o, R_HCCA) + (*at(o, R_FM_NUMBER) & 31) * 4, &ed_at, 4) !=
	    SIM_BUS_OK)
		return false;
	if (!ed_at)
		return true;
	if (sim_dma_read(fn, ed_at, ed, sizeof(ed)) != SIM_BUS_OK)
		return false;
	if (ed[0] & ED_STOPPED || !((ed[1] ^ ed[2]) & ~0xfu))
		return true;
	return retire(fn, ed_at, ed);
}

/* The number, a 0 and the done queue, if there is one. */
static bool write_hcca(struct sim_fn *fn)
{
	struct sim_ohci *o = fn->device;
	uint32_t words[2] = { *at(o, R_FM_NUMBER), *at(o, R_DONE_HEAD) };
	bool done = words[1] && !(*at(o, R_STATUS) & WDH);

	if (sim_dma_write(fn, *at(o, R_HCCA) + HCCA_NUMBER, words, done ? 8 : 4) != SIM_BUS_OK)
		return false;
	*at(o, R_STATUS) |= SF | (done ? WDH : 0);
	if (done)
		*at(o, R_DONE_HEAD) = 0;
	return true;
}

/* Where memory does not answer, the controller stops until it is reset. */
static void frame(void *arg)
{
	struct sim_fn *fn = arg;
	struct sim_ohci *o = fn->device;
	enum sim_trouble trouble = fn->sim->machine->trouble;

	if (!is_operational(o) || fn->gone || trouble == TROUBLE_DOORBELL_DEAD ||
	    (trouble == TROUBLE_NO_EVENT && o->retired == 2))
		return;
	*at(o, R_FM_NUMBER) = (*at(o, R_FM_NUMBER) + 1) & 0xffff;
	if (periodic(fn) && write_hcca(fn))
		sim_event_arm(fn->sim, &o->ev_frame, SIM_MS);
	else
		*at(o, R_STATUS) |= UE;
	update(fn);
}

static void reset_registers(struct sim_ohci *o)
{
	uint32_t kept = *at(o, R_CONTROL) & (IR | RWC);

	memset(o->reg, 0, sizeof(o->reg));
	*at(o, R_REVISION) = 0x10;
	*at(o, R_CONTROL) = kept | SUSPEND;
	*at(o, R_FM_INTERVAL) = 0x2edf;
	*at(o, R_THRESHOLD) = 0x628;
	o->held = false;
}

static void reset_ends(void *arg)
{
	struct sim_fn *fn = arg;
	struct sim_ohci *o = fn->device;

	if (fn->sim->machine->trouble == TROUBLE_NEVER_READY)
		return;
	sim_event_cancel(fn->sim, &o->ev_frame);
	reset_registers(o);
	/* the wire stays as it is until an enable is written */
	if (!sim_has_fault(fn, SIM_FAULT_OHCI_RESET_KEEPS_LINE))
		update(fn);
}

static void handoff_ends(void *arg)
{
	struct sim_fn *fn = arg;
	struct sim_ohci *o = fn->device;

	if (fn->sim->machine->trouble == TROUBLE_ERROR_STATUS)
		return; /* firmware keeps it */
	*at(o, R_CONTROL) &= ~IR;
	update(fn);
}

static uint64_t bar_read(struct sim_fn *fn, uint32_t off, enum hw_width width)
{
	struct sim_ohci *o = fn->device;

	if (width != HW_32 || off >= R_ROOT_HUB)
		sim_abuse("an OHCI access that is not 4 bytes wide, or to the root hub", off,
			  width);
	return *at(o, off == R_DISABLE ? R_ENABLE : off);
}

static void write_control(struct sim_fn *fn, uint32_t value)
{
	struct sim_ohci *o = fn->device;
	bool ran = is_operational(o);

	if (value & OTHER_LISTS)
		sim_abuse("an OHCI list is enabled", R_CONTROL, value);
	*at(o, R_CONTROL) = value;
	if (!ran && is_operational(o))
		sim_event_arm(fn->sim, &o->ev_frame, SIM_MS);
}

static void write_command(struct sim_fn *fn, uint32_t value)
{
	struct sim_ohci *o = fn->device;

	*at(o, R_COMMAND) |= value & (HCR | OCR);
	if (value & HCR)
		sim_event_arm(fn->sim, &o->ev_reset, RESET_NS);
	if (value & OCR)
		sim_event_arm(fn->sim, &o->ev_handoff, HANDOFF_NS);
}

static void bar_write(struct sim_fn *fn, uint32_t off, enum hw_width width, uint64_t wide)
{
	struct sim_ohci *o = fn->device;
	uint32_t value = (uint32_t)wide;

	if (width != HW_32 || off >= R_ROOT_HUB)
		sim_abuse("an OHCI access that is not 4 bytes wide, or to the root hub", off,
			  width);
	switch (off) {
	case R_CONTROL:
		write_control(fn, value);
		break;
	case R_COMMAND:
		write_command(fn, value);
		break;
	case R_STATUS:
		*at(o, off) &= ~value;
		break;
	case R_ENABLE:
		*at(o, off) |= value & 0xc000007f;
		break;
	case R_DISABLE:
		*at(o, R_ENABLE) &= ~value;
		break;
	case R_HCCA:
		*at(o, off) = value & 0xffffff00;
		break;
	default:
		*at(o, off) = value;
	}
	if (off != R_COMMAND && off < R_HCCA)
		update(fn);
}

static void reset(struct sim_fn *fn)
{
	struct sim_ohci *o = fn->device;

	sim_event_cancel(fn->sim, &o->ev_frame);
	reset_registers(o);
	*at(o, R_CONTROL) = 0;
	update(fn);
}

/* IR is not there any more, and firmware's own word. */
static unsigned snapshot(const struct sim_fn *fn, uint32_t *ret)
{
	static const uint8_t settings[] = {
		R_CONTROL, R_ENABLE,      R_HCCA,           0x20,
		0x28,      R_FM_INTERVAL, R_PERIODIC_START, R_THRESHOLD
	};
	struct sim_ohci *o = fn->device;

	for (unsigned i = 0; i < sizeof(settings); i++)
		ret[i] = *at(o, settings[i]);
	ret[0] &= ~IR;
	return sizeof(settings);
}

static void begin(struct sim_fn *fn)
{
	struct sim_ohci *o = fn->device;

	sim_event_init(fn->sim, &o->ev_reset, reset_ends, fn);
	sim_event_init(fn->sim, &o->ev_frame, frame, fn);
	sim_event_init(fn->sim, &o->ev_handoff, handoff_ends, fn);
	reset_registers(o);
	*at(o, R_CONTROL) = RWC | IR | SUSPEND;
	*at(o, R_ENABLE) = OC;
	*at(o, R_HCCA) = 0x0badf00;
	*at(o, R_FM_INTERVAL) = 0x27782edf;
	*at(o, R_PERIODIC_START) = 0x2a2f;
}

static const struct sim_bar_ops bar_ops = { .read = bar_read, .write = bar_write, .reset = reset };

const struct sim_device sim_device_ohci = {
	.id = ID_CONFIG,
	.class_revision = CLASS_REVISION,
	.bar_size = REGISTERS,
	.msi_cap = MSI_CAP,
	.state = sizeof(struct sim_ohci),
	.begin = begin,
	.snapshot = snapshot,
	.ops = &bar_ops,
};
