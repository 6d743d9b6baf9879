/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * An EHCI controller with two ports that the BIOS owns at first. Source: EHCI 1.0, chapters 2 and
 * 3; sec 4.8, asynchronous schedule; sec 5.1, handing over. It sends no packet: a queue head that
 * is not halted, and a periodic schedule that is enabled, end the process.
 */
#include <string.h>

#include "tests/sim/sim_machine.h"

enum {
	R_CAPLENGTH = 0x00,
	R_HCSPARAMS = 0x04,
	R_HCCPARAMS = 0x08,
	OP = 0x20,
	R_USBCMD = OP,
	R_USBSTS = OP + 0x04,
	R_USBINTR = OP + 0x08,
	R_FRINDEX = OP + 0x0c,
	R_SEGMENT = OP + 0x10,
	R_PERIODIC = OP + 0x14,
	R_ASYNC = OP + 0x18,
	R_CONFIGFLAG = OP + 0x40,
	R_PORTSC = OP + 0x44,
	REGISTERS = R_PORTSC + 8,
	BAR_SIZE = 0x1000,
	LEGACY = 0x60, /* configuration space */
	MSI_CAP = 0x80,
};

#define ID_CONFIG 0x24cd8086u
#define CLASS_REVISION 0x0c032010u
#define RUN 0x01u
#define HCRESET 0x02u
#define PERIODIC_ENABLE 0x10u
#define ASYNC_ENABLE 0x20u
#define DOORBELL 0x40u
#define ITC_DEFAULT 0x080000u
#define IAA 0x20u
#define HSE 0x10u
#define STATUS_RW1C 0x3fu
#define HALTED 0x1000u
#define ASYNC_RUNS 0x8000u
#define PORT_POWER 0x1000u
#define MICROFRAME_NS (125 * SIM_US)
#define RESET_NS (50 * SIM_US)
#define HANDOFF_NS (3 * SIM_MS)

struct sim_ehci {
	uint32_t reg[REGISTERS / 4];
	bool asserts;
	bool held; /* ehci.enable-loses-pending */
	unsigned advances; /* since the machine began */
	struct sim_event ev_frame, ev_reset, ev_handoff;
};

static uint32_t *at(struct sim_ehci *e, unsigned off)
{
	return &e->reg[off / 4];
}

static void update(struct sim_fn *fn)
{
	struct sim_ehci *e = fn->device;
	uint32_t status = *at(e, R_USBSTS) & STATUS_RW1C, open = *at(e, R_USBINTR) & STATUS_RW1C;
	bool was = e->asserts;

	if (sim_has_fault(fn, SIM_FAULT_EHCI_ENABLE_IGNORED))
		open |= IAA;
	if (!status)
		e->held = false;
	else if (!(status & open) && sim_has_fault(fn, SIM_FAULT_EHCI_ENABLE_LOSES))
		e->held = true;
	e->asserts = status & open && !e->held;
	sim_fn_set_pending(fn, e->asserts);
	if (e->asserts && !was && sim_fn_msi_enabled(fn))
		sim_fn_send_msi(fn);
}

/* Head of the list, of high speed, halted: there is nothing to execute (sec 3.6, 4.8.3). */
static bool walk(struct sim_fn *fn)
{
	struct sim_ehci *e = fn->device;
	uint32_t head[12], place = *at(e, R_ASYNC);

	if (sim_dma_read(fn, place, head, sizeof(head)) != SIM_BUS_OK)
		return false;
	if ((head[0] & ~0x1fu) != place || (head[0] & 7) != 2 || !(head[1] & 0x8000) ||
	    !(head[6] & 0x40) || !(head[4] & 1) || !(head[5] & 1))
		sim_abuse("an EHCI queue that is not one halted head", place, head[6]);
	return true;
}

static void answer_doorbell(struct sim_fn *fn)
{
	struct sim_ehci *e = fn->device;
	enum sim_trouble trouble = fn->sim->machine->trouble;

	if (!(*at(e, R_USBCMD) & DOORBELL) || trouble == TROUBLE_DOORBELL_DEAD ||
	    (trouble == TROUBLE_NO_EVENT && e->advances == 2))
		return;
	e->advances++;
	*at(e, R_USBCMD) &= ~DOORBELL;
	*at(e, R_USBSTS) |= IAA;
}

static void frame(void *arg)
{
	struct sim_fn *fn = arg;
	struct sim_ehci *e = fn->device;
	uint32_t command = *at(e, R_USBCMD);

	if (fn->gone)
		return;
	if (!(command & RUN)) {
		*at(e, R_USBSTS) = (*at(e, R_USBSTS) | HALTED) & ~ASYNC_RUNS;
		return;
	}
	if (command & ASYNC_ENABLE && !walk(fn)) {
		*at(e, R_USBCMD) &= ~RUN;
		*at(e, R_USBSTS) |= HSE | HALTED;
		*at(e, R_USBSTS) &= ~ASYNC_RUNS;
		update(fn);
		return;
	}
	if (*at(e, R_USBSTS) & ASYNC_RUNS)
		answer_doorbell(fn);
	*at(e, R_USBSTS) = (*at(e, R_USBSTS) & ~ASYNC_RUNS) |
			   (command & ASYNC_ENABLE ? ASYNC_RUNS : 0);
	*at(e, R_FRINDEX) = (*at(e, R_FRINDEX) + 1) & 0x3fff;
	sim_event_arm(fn->sim, &e->ev_frame, MICROFRAME_NS);
	update(fn);
}

static void reset_registers(struct sim_ehci *e)
{
	memset(&e->reg[OP / 4], 0, sizeof(e->reg) - OP);
	*at(e, R_USBCMD) = ITC_DEFAULT;
	*at(e, R_USBSTS) = HALTED;
	*at(e, R_PORTSC) = *at(e, R_PORTSC + 4) = 0x2000; /* the companion's, without power */
	e->held = false;
}

static void reset_ends(void *arg)
{
	struct sim_fn *fn = arg;

	if (fn->sim->machine->trouble == TROUBLE_NEVER_READY)
		return;
	reset_registers(fn->device);
	/* the wire stays as it is until a status or an enable is written */
	if (!sim_has_fault(fn, SIM_FAULT_EHCI_RESET_KEEPS_LINE))
		update(fn);
}

static void handoff_ends(void *arg)
{
	struct sim_fn *fn = arg;

	if (fn->sim->machine->trouble !=
	    TROUBLE_ERROR_STATUS) /* it stands for a BIOS that keeps it */
		sim_cfg_set8(fn, LEGACY + 2, 0);
}

static void config_written(struct sim_fn *fn, unsigned off, unsigned width)
{
	struct sim_ehci *e = fn->device;

	if (off <= LEGACY + 3 && off + width > LEGACY + 3 && sim_cfg_get8(fn, LEGACY + 3))
		sim_event_arm(fn->sim, &e->ev_handoff, HANDOFF_NS);
}

static uint64_t bar_read(struct sim_fn *fn, uint32_t off, enum hw_width width)
{
	struct sim_ehci *e = fn->device;

	if (width != HW_32 || off >= REGISTERS)
		sim_abuse("an EHCI access that is not 4 bytes wide, or to no register", off, width);
	return *at(e, off);
}

static void write_command(struct sim_fn *fn, uint32_t value)
{
	struct sim_ehci *e = fn->device;
	uint32_t was = *at(e, R_USBCMD);

	if (value & RUN && value & PERIODIC_ENABLE)
		sim_abuse("an EHCI periodic schedule", R_USBCMD, value);
	if (value & HCRESET) {
		if (!(*at(e, R_USBSTS) & HALTED))
			sim_abuse("a reset of an EHCI controller that runs", R_USBCMD, value);
		*at(e, R_USBCMD) |= HCRESET;
		sim_event_arm(fn->sim, &e->ev_reset, RESET_NS);
		return;
	}
	if (value & DOORBELL && !(*at(e, R_USBSTS) & ASYNC_RUNS))
		sim_abuse("an EHCI doorbell without a schedule that runs", R_USBCMD, value);
	*at(e, R_USBCMD) = value;
	if (value & RUN)
		*at(e, R_USBSTS) &= ~HALTED;
	if ((value ^ was) & RUN)
		sim_event_arm(fn->sim, &e->ev_frame, MICROFRAME_NS);
}

static void bar_write(struct sim_fn *fn, uint32_t off, enum hw_width width, uint64_t wide)
{
	struct sim_ehci *e = fn->device;
	uint32_t value = (uint32_t)wide;

	if (width != HW_32 || off < OP || off >= REGISTERS)
		sim_abuse("an EHCI write that is not 4 bytes wide, or to no register", off, width);
	switch (off) {
	case R_USBCMD:
		write_command(fn, value);
		break;
	case R_USBSTS:
		*at(e, off) &= ~(value & STATUS_RW1C);
		break;
	case R_USBINTR:
		*at(e, off) = value & STATUS_RW1C;
		break;
	default:
		*at(e, off) = value;
	}
	if (off == R_USBSTS || (off == R_USBINTR && !sim_has_fault(fn, SIM_FAULT_EHCI_ENABLE_LATE)))
		update(fn);
}

static void reset(struct sim_fn *fn)
{
	reset_registers(fn->device);
	update(fn);
}

/* FRINDEX counts, and is no setting. */
static unsigned snapshot(const struct sim_fn *fn, uint32_t *ret)
{
	static const uint8_t settings[] = { R_USBCMD, R_USBINTR,    R_SEGMENT, R_PERIODIC,
					    R_ASYNC,  R_CONFIGFLAG, R_PORTSC,  R_PORTSC + 4 };
	struct sim_ehci *e = fn->device;

	for (unsigned i = 0; i < sizeof(settings); i++)
		ret[i] = *at(e, settings[i]);
	ret[sizeof(settings)] = sim_cfg_get8(fn, LEGACY + 3);
	ret[sizeof(settings) + 1] = sim_cfg_get32(fn, LEGACY + 4);
	return sizeof(settings) + 2;
}

static void begin(struct sim_fn *fn)
{
	struct sim_ehci *e = fn->device;

	sim_event_init(fn->sim, &e->ev_frame, frame, fn);
	sim_event_init(fn->sim, &e->ev_reset, reset_ends, fn);
	sim_event_init(fn->sim, &e->ev_handoff, handoff_ends, fn);
	*at(e, R_CAPLENGTH) = 0x01000000 | OP;
	*at(e, R_HCSPARAMS) = 0x12 | 1 << 12; /* two ports with power switches, a companion */
	*at(e, R_HCCPARAMS) = LEGACY << 8 | 1;
	reset_registers(e);
	*at(e, R_USBINTR) = 0x04; /* port changes */
	*at(e, R_PERIODIC) = 0x00badf0000u & 0xfffff000;
	*at(e, R_CONFIGFLAG) = 1;
	*at(e, R_PORTSC) = *at(e, R_PORTSC + 4) = 0x2000 | PORT_POWER;
	sim_cfg_set32(fn, LEGACY, 0x00010001); /* USBLEGSUP: the BIOS's, no next one */
	sim_cfg_set32(fn, LEGACY + 4, 0x00002001); /* SMIs at interrupts and at a change of owner */
	sim_cfg_writable32(fn, LEGACY, 0x01000000);
	sim_cfg_writable32(fn, LEGACY + 4, 0x0000e03f);
}

static const struct sim_bar_ops bar_ops = {
	.read = bar_read,
	.write = bar_write,
	.reset = reset,
	.config_written = config_written,
};

const struct sim_device sim_device_ehci = {
	.id = ID_CONFIG,
	.class_revision = CLASS_REVISION,
	.bar_size = BAR_SIZE,
	.msi_cap = MSI_CAP,
	.state = sizeof(struct sim_ehci),
	.begin = begin,
	.snapshot = snapshot,
	.ops = &bar_ops,
};
