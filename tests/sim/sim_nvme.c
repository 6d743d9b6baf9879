/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * An NVMe controller: properties, admin queues, Identify Controller. No I/O queues and no medium.
 * Source: NVM Express Base 2.0c chapters 3 and 5, NVMe over PCIe Transport 1.0. Properties are
 * simulated for accesses of 32 bits. Vector 0 is pending while the admin completion queue has
 * entries that its head doorbell has not passed, and asserts unless INTMS masks it.
 */
#include <string.h>

#include "tests/sim/sim_machine.h"

#define BAR_SIZE 0x4000u
#define ID_CONFIG 0x00101b36u
#define CLASS_REVISION 0x01080202u
#define MODEL "INTXLAB SIMULATED NVME"

enum { MSI_CAP = 0x40, PM_CAP = 0x60, AF_CAP = 0x70 };

enum {
	R_CAP = 0x00,
	R_CAP_HIGH = 0x04,
	R_VS = 0x08,
	R_INTMS = 0x0c,
	R_INTMC = 0x10,
	R_CC = 0x14,
	R_CSTS = 0x1c,
	R_AQA = 0x24,
	R_ASQ = 0x28,
	R_ACQ = 0x30,
	R_SQ_TAIL = 0x1000,
	R_CQ_HEAD = 0x1010, /* DSTRD is 2: as no other model has it */
};

#define CAP_LOW 0x0a0107ffu /* 2048 entries, contiguous; ready within 5 s */
#define CAP_HIGH 0x00000022u /* DSTRD 2, the NVM command set, pages of 4 KiB */
#define VERSION 0x00010400u
#define CC_EN 0x1u
#define CC_FIXED 0x00460001u /* what is judged of CC: 64 and 16 bytes an entry, EN */
#define CC_MPS_CSS 0x000007f0u
#define CSTS_RDY 0x1u
#define CSTS_CFS 0x2u
#define PAGE_OFFSET 0xfffu

#define READY_AFTER (800 * SIM_US)
#define IDLE_AFTER (50 * SIM_US)
#define FETCH_TIME (2 * SIM_US)
#define COMMAND_TIME (10 * SIM_US)
#define POLL_TIME (5 * SIM_US) /* how soon a fetch that may not master tries again */

#define IDENTIFY 0x06
#define CNS_CONTROLLER 1
#define STATUS_INVALID_OPCODE 0x01
#define STATUS_INTERNAL 0x06

struct sim_nvme {
	struct sim_fn *fn;
	uint32_t intms, cc, csts, aqa, asq[2], acq[2];
	unsigned sq_head, sq_tail, cq_head, cq_tail;
	bool phase;
	uint8_t command[64];
	struct sim_event ev_ready, ev_idle, ev_fetch, ev_done;
	/* of its faults */
	bool swallowed; /* no interrupt before the next completion */
};

static bool has(const struct sim_nvme *n, enum sim_fault fault)
{
	return sim_has_fault(n->fn, fault);
}

static enum sim_trouble trouble(const struct sim_nvme *n)
{
	return n->fn->sim->machine->trouble;
}

static void update(struct sim_nvme *n)
{
	bool masked = (n->intms & 1) && !has(n, SIM_FAULT_NVME_INTMS_IGNORED);
	bool pending = n->cq_head != n->cq_tail && !masked && !n->swallowed;
	bool rises = pending && !n->fn->intx_pending;

	sim_fn_set_pending(n->fn, pending);
	if (rises && sim_fn_msi_enabled(n->fn))
		sim_fn_send_msi(n->fn);
}

static void reset_queues(struct sim_nvme *n)
{
	sim_event_cancel(n->fn->sim, &n->ev_ready);
	sim_event_cancel(n->fn->sim, &n->ev_fetch);
	sim_event_cancel(n->fn->sim, &n->ev_done);
	n->swallowed = n->cq_head != n->cq_tail && has(n, SIM_FAULT_NVME_FIRST_LOST);
	n->sq_head = n->sq_tail = n->cq_head = n->cq_tail = 0;
	n->phase = true;
	n->intms = 0;
	if (!has(n, SIM_FAULT_NVME_RESET_KEEPS_LINE))
		update(n);
}

static void becomes_ready(void *arg)
{
	struct sim_nvme *n = arg;

	if (trouble(n) != TROUBLE_NEVER_READY)
		n->csts |= CSTS_RDY;
}

static void becomes_idle(void *arg)
{
	struct sim_nvme *n = arg;

	n->csts &= ~(CSTS_RDY | CSTS_CFS);
}

static void write_cc(struct sim_nvme *n, uint32_t value)
{
	struct sim *sim = n->fn->sim;
	bool was = n->cc & CC_EN, is = value & CC_EN;

	n->cc = value & 0x00fffff1u;
	if (is && !was) {
		if ((value & (CC_FIXED | CC_MPS_CSS)) != CC_FIXED || n->asq[0] & PAGE_OFFSET ||
		    n->acq[0] & PAGE_OFFSET || !(n->aqa & 0xfff) || !(n->aqa >> 16 & 0xfff))
			sim_abuse("NVMe enabled with what its admin queues cannot be", value, 4);
		if (n->csts & CSTS_RDY)
			sim_abuse("NVMe enabled before CSTS.RDY was 0", value, 4);
		sim_event_cancel(sim, &n->ev_idle);
		sim_event_arm(sim, &n->ev_ready, READY_AFTER);
	} else if (was && !is) {
		reset_queues(n);
		sim_event_arm(sim, &n->ev_idle, IDLE_AFTER);
	}
}

static void fatal(struct sim_nvme *n)
{
	n->csts |= CSTS_CFS;
}

static uint64_t address(const uint32_t halves[2], uint32_t off)
{
	return (halves[0] | (uint64_t)halves[1] << 32) + off;
}

static uint32_t dword(const uint8_t *bytes, unsigned index)
{
	uint32_t value;

	memcpy(&value, bytes + 4 * index, sizeof(value));
	return value;
}

static void fetch(void *arg)
{
	struct sim_nvme *n = arg;
	enum sim_bus bus;

	if (n->sq_head == n->sq_tail)
		return;
	bus = sim_dma_read(n->fn, address(n->asq, n->sq_head * 64), n->command, sizeof(n->command));
	if (bus == SIM_BUS_STALLED) {
		sim_event_arm(n->fn->sim, &n->ev_fetch, POLL_TIME);
		return;
	}
	if (bus == SIM_BUS_ABORT) {
		fatal(n);
		return;
	}
	n->sq_head = (n->sq_head + 1) % ((n->aqa & 0xfff) + 1);
	sim_event_arm(n->fn->sim, &n->ev_done, COMMAND_TIME);
}

/* Identify Controller into the page of PRP entry 1. */
static unsigned execute(struct sim_nvme *n)
{
	uint32_t prp[2] = { dword(n->command, 6), dword(n->command, 7) };
	uint8_t data[4096] = { 0x36, 0x1b, 0xf4, 0x1a };

	if (trouble(n) == TROUBLE_ERROR_STATUS)
		return STATUS_INTERNAL;
	if (n->command[0] != IDENTIFY || (dword(n->command, 10) & 0xff) != CNS_CONTROLLER) {
		n->fn->sim->disk_written = true; /* or worse: nothing else is to come here */
		return STATUS_INVALID_OPCODE;
	}
	if (prp[0] & PAGE_OFFSET)
		sim_abuse("PRP entry 1 of a whole page that is not aligned to it", prp[0], 4);
	memset(data + 24, ' ', 40);
	memcpy(data + 24, MODEL, strlen(MODEL));
	if (sim_dma_write(n->fn, address(prp, 0), data, sizeof(data)) == SIM_BUS_ABORT)
		fatal(n);
	return 0;
}

static void done(void *arg)
{
	struct sim_nvme *n = arg;
	unsigned size = (n->aqa >> 16 & 0xfff) + 1, status;
	uint32_t entry[4] = { 0 };

	if (trouble(n) == TROUBLE_NO_EVENT)
		return;
	if ((n->cq_tail + 1) % size == n->cq_head || !sim_fn_may_master(n->fn)) {
		sim_event_arm(n->fn->sim, &n->ev_done, POLL_TIME);
		return;
	}
	status = execute(n);
	entry[2] = n->sq_head;
	entry[3] = dword(n->command, 0) >> 16 | (uint32_t)n->phase << 16 | status << 17;
	if (sim_dma_write(n->fn, address(n->acq, n->cq_tail * 16), entry, sizeof(entry)))
		fatal(n);
	n->cq_tail = (n->cq_tail + 1) % size;
	n->phase ^= n->cq_tail == 0;
	update(n);
	n->swallowed = false;
	if (n->sq_head != n->sq_tail)
		sim_event_arm(n->fn->sim, &n->ev_fetch, FETCH_TIME);
}

static void ring(struct sim_nvme *n, uint32_t off, uint32_t value)
{
	unsigned size = (off == R_SQ_TAIL ? n->aqa : n->aqa >> 16) & 0xfff;

	if (!(n->csts & CSTS_RDY) || value > size)
		sim_abuse("an NVMe doorbell of no such entry, or of no such queue yet", off, 4);
	if (off == R_CQ_HEAD) {
		bool all = value == n->cq_tail;

		n->cq_head = value;
		if (!all || !has(n, SIM_FAULT_NVME_HEAD_LATE))
			update(n);
		return;
	}
	n->sq_tail = value;
	if (trouble(n) != TROUBLE_DOORBELL_DEAD)
		sim_event_arm(n->fn->sim, &n->ev_fetch, FETCH_TIME);
}

static void check_width(const struct sim_fn *fn, uint32_t off, enum hw_width width)
{
	if (width != HW_32)
		sim_abuse("an NVMe access that is not 4 bytes wide", off, width);
	if ((off == R_INTMS || off == R_INTMC) && sim_fn_msix_enabled(fn))
		sim_abuse("INTMS or INTMC with MSI-X enabled", off, width);
}

static uint64_t bar_read(struct sim_fn *fn, uint32_t off, enum hw_width width)
{
	const struct sim_nvme *n = fn->device;

	check_width(fn, off, width);
	switch (off) {
	case R_CAP:
		return CAP_LOW;
	case R_CAP_HIGH:
		return CAP_HIGH;
	case R_VS:
		return VERSION;
	case R_INTMS:
	case R_INTMC:
		return n->intms;
	case R_CC:
		return n->cc;
	case R_CSTS:
		return n->csts;
	case R_AQA:
		return n->aqa;
	case R_ASQ:
	case R_ASQ + 4:
		return n->asq[(off - R_ASQ) / 4];
	case R_ACQ:
	case R_ACQ + 4:
		return n->acq[(off - R_ACQ) / 4];
	default:
		sim_stray(fn->sim, "an NVMe property that cannot be read", off, width);
		return UINT32_MAX;
	}
}

static void write_queue(struct sim_nvme *n, uint32_t off, uint32_t value)
{
	if (n->cc & CC_EN)
		sim_abuse("an admin queue moved while the controller is enabled", off, 4);
	if (off == R_AQA)
		n->aqa = value & 0x0fff0fff;
	else if (off < R_ACQ)
		n->asq[(off - R_ASQ) / 4] = off == R_ASQ ? value & ~PAGE_OFFSET : value;
	else
		n->acq[(off - R_ACQ) / 4] = off == R_ACQ ? value & ~PAGE_OFFSET : value;
}

static void bar_write(struct sim_fn *fn, uint32_t off, enum hw_width width, uint64_t value)
{
	struct sim_nvme *n = fn->device;

	check_width(fn, off, width);
	switch (off) {
	case R_INTMS:
		n->intms |= (uint32_t)value;
		update(n);
		break;
	case R_INTMC:
		n->intms &= ~(uint32_t)value;
		if (!has(n, SIM_FAULT_NVME_UNMASK_LOSES))
			update(n);
		break;
	case R_CC:
		write_cc(n, (uint32_t)value);
		break;
	case R_AQA:
	case R_ASQ:
	case R_ASQ + 4:
	case R_ACQ:
	case R_ACQ + 4:
		write_queue(n, off, (uint32_t)value);
		break;
	case R_SQ_TAIL:
	case R_CQ_HEAD:
		ring(n, off, (uint32_t)value);
		break;
	default:
		sim_stray(fn->sim, "an NVMe property that cannot be written", off, width);
	}
}

/* Of the function: unlike a Controller Reset it takes the admin queues' properties, too. */
static void reset(struct sim_fn *fn)
{
	struct sim_nvme *n = fn->device;

	reset_queues(n);
	update(n);
	n->cc = n->csts = n->aqa = 0;
	memset(n->asq, 0, sizeof(n->asq));
	memset(n->acq, 0, sizeof(n->acq));
}

/* As a firmware driver leaves it that was stopped: enabled, its admin queues idle. */
static void begin(struct sim_fn *fn)
{
	struct sim_nvme *n = fn->device;

	fn->cfg[MSI_CAP + 1] = PM_CAP;
	sim_fn_add_power(fn, PM_CAP, AF_CAP, true);
	*n = (struct sim_nvme){ .fn = fn,
				.intms = 0x5,
				.cc = CC_FIXED,
				.csts = CSTS_RDY,
				.aqa = 0x00010001,
				.asq = { 0x7fe00000, 0 },
				.acq = { 0x7fe01000, 0 } };
	if (trouble(n) == TROUBLE_NEVER_READY) /* nor did it for firmware */
		n->intms = n->cc = n->csts = 0;
	sim_event_init(fn->sim, &n->ev_ready, becomes_ready, n);
	sim_event_init(fn->sim, &n->ev_idle, becomes_idle, n);
	sim_event_init(fn->sim, &n->ev_fetch, fetch, n);
	sim_event_init(fn->sim, &n->ev_done, done, n);
}

static unsigned snapshot(const struct sim_fn *fn, uint32_t *ret)
{
	const struct sim_nvme *n = fn->device;
	const uint32_t now[] = { n->intms,  n->cc,     n->csts,   n->aqa,
				 n->asq[0], n->asq[1], n->acq[0], n->acq[1] };

	memcpy(ret, now, sizeof(now));
	return sizeof(now) / sizeof(now[0]);
}

static const struct sim_bar_ops bar_ops = { .read = bar_read, .write = bar_write, .reset = reset };

const struct sim_device sim_device_nvme = {
	.id = ID_CONFIG,
	.class_revision = CLASS_REVISION,
	.bar_size = BAR_SIZE,
	.msi_cap = MSI_CAP,
	.state = sizeof(struct sim_nvme),
	.begin = begin,
	.snapshot = snapshot,
	.ops = &bar_ops,
};
