/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* The command ring and the event ring of the simulated xHCI controller, and its interrupter. */
#include "tests/sim/sim_xhci.h"

#define COMMAND_TIME (5 * SIM_US)
#define POLL_TIME (5 * SIM_US) /* how soon what may not master tries again */

static bool has(const struct sim_xhci *x, enum sim_fault fault)
{
	return sim_has_fault(x->fn, fault);
}

static enum sim_trouble trouble(const struct sim_xhci *x)
{
	return x->fn->sim->machine->trouble;
}

/* Sec 5.5.2.1: with MSI the message takes IP with it. */
void sim_xhci_update(struct sim_xhci *x)
{
	bool enabled = (x->iman & IE) || has(x, SIM_FAULT_XHCI_IE_IGNORED);
	bool pending = (x->iman & IP) && enabled && (x->usbcmd & CMD_INTE);

	if (pending && sim_fn_msi_enabled(x->fn)) {
		x->iman &= ~(uint32_t)IP;
		sim_fn_set_pending(x->fn, true);
		sim_fn_send_msi(x->fn);
		pending = false;
	}
	sim_fn_set_pending(x->fn, pending);
}

void sim_xhci_host_error(struct sim_xhci *x)
{
	x->usbsts |= STS_HSE;
}

/* Sec 4.17.2: an event raises IP while the handler is not busy; ERDP.EHB says that it is. */
void sim_xhci_signal(struct sim_xhci *x)
{
	if (x->erdp[0] & EHB)
		return;
	x->erdp[0] |= EHB;
	if (!(x->iman & IP))
		x->usbsts |= STS_EINT;
	x->iman |= IP;
	sim_xhci_update(x);
}

static void post(struct sim_xhci *x, uint64_t parameter, unsigned code, unsigned type)
{
	uint32_t trb[4] = { (uint32_t)parameter, (uint32_t)(parameter >> 32), code << 24,
			    type << 10 | x->event_cycle };

	if (x->imod)
		sim_abuse("an xHCI event with interrupt moderation, which is not simulated",
			  x->imod, 4);
	if (!x->event_size ||
	    sim_dma_write(x->fn, x->event_base + 16 * x->event_at, trb, sizeof(trb))) {
		sim_xhci_host_error(x);
		return;
	}
	x->event_at = (x->event_at + 1) % x->event_size;
	x->event_cycle ^= x->event_at == 0;
	sim_xhci_signal(x);
}

void sim_xhci_done(void *arg)
{
	struct sim_xhci *x = arg;

	if (trouble(x) == TROUBLE_NO_EVENT)
		return;
	if (!sim_fn_may_master(x->fn)) {
		sim_event_arm(x->fn->sim, &x->ev_done, POLL_TIME);
		return;
	}
	post(x, x->trb_at, trouble(x) == TROUBLE_ERROR_STATUS ? CODE_TRB_ERROR : CODE_SUCCESS,
	     TRB_COMPLETION);
	sim_event_arm(x->fn->sim, &x->ev_fetch, FETCH_TIME);
}

void sim_xhci_fetch(void *arg)
{
	struct sim_xhci *x = arg;
	uint32_t trb[4];
	enum sim_bus bus = sim_dma_read(x->fn, x->command, trb, sizeof(trb));

	if (bus == SIM_BUS_STALLED) {
		sim_event_arm(x->fn->sim, &x->ev_fetch, POLL_TIME);
		return;
	}
	if (bus == SIM_BUS_ABORT) {
		sim_xhci_host_error(x);
		return;
	}
	if ((trb[3] & TRB_CYCLE) != x->command_cycle)
		return; /* the ring is empty */
	x->trb_at = x->command;
	if ((trb[3] >> 10 & 0x3f) == TRB_LINK) {
		x->command = sim_xhci_address(trb, 0xf);
		x->command_cycle ^= (trb[3] & TRB_TOGGLE) != 0;
		sim_event_arm(x->fn->sim, &x->ev_fetch, FETCH_TIME);
		return;
	}
	if ((trb[3] >> 10 & 0x3f) != TRB_NO_OP)
		sim_abuse("an xHCI command that is not No Op", trb[3], 4);
	x->command += 16;
	sim_event_arm(x->fn->sim, &x->ev_done, COMMAND_TIME);
}

void sim_xhci_connect(void *arg)
{
	struct sim_xhci *x = arg;

	x->connect_told = true;
	post(x, 1u << 24, CODE_SUCCESS, TRB_PORT);
}
