/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * What the two parts of the simulated xHCI controller share: its registers, sim_xhci.c, and its
 * rings, sim_xhci_rings.c. Source: xHCI 1.2 chapters 5 and 6.
 */
#ifndef INTXLAB_TESTS_SIM_SIM_XHCI_H
#define INTXLAB_TESTS_SIM_SIM_XHCI_H

#include "tests/sim/sim_machine.h"

/* As no other model lays them out. */
enum {
	R_OP = 0x40,
	R_PORTS = R_OP + 0x400,
	R_LEGSUP = 0x500,
	R_LEGCTL = 0x504,
	R_RUNTIME = 0x600,
	R_DOORBELL = 0x800,
	USBCMD = R_OP + 0x00,
	USBSTS = R_OP + 0x04,
	PAGESIZE = R_OP + 0x08,
	CRCR = R_OP + 0x18,
	DCBAAP = R_OP + 0x30,
	CONFIG = R_OP + 0x38,
	IMAN = R_RUNTIME + 0x20,
	IMOD = R_RUNTIME + 0x24,
	ERSTSZ = R_RUNTIME + 0x28,
	ERSTBA = R_RUNTIME + 0x30,
	ERDP = R_RUNTIME + 0x38,
};

enum { CMD_RS = 1, CMD_HCRST = 2, CMD_INTE = 4 };
enum { STS_HCH = 1, STS_HSE = 4, STS_EINT = 8, STS_CNR = 0x800 };
enum { IP = 1, IE = 2, EHB = 8, TRB_CYCLE = 1, TRB_TOGGLE = 2 };
enum { TRB_LINK = 6, TRB_NO_OP = 23, TRB_COMPLETION = 33, TRB_PORT = 34 };
enum { CODE_SUCCESS = 1, CODE_TRB_ERROR = 5 };

#define PORT_COUNT 4
#define SCRATCHPADS 5u
#define LEGACY_BIOS 0x10000u
#define LEGACY_OS 0x1000000u
#define SMI_ENABLE 0x1u
#define IMOD_DEFAULT 4000u

#define FETCH_TIME (2 * SIM_US)

struct sim_xhci {
	struct sim_fn *fn;
	uint32_t usbcmd, usbsts, config, iman, imod, erstsz, legsup, legctl;
	uint32_t crcr[2], dcbaap[2], erstba[2], erdp[2];
	uint64_t command, event_base; /* command ring dequeue; event ring */
	bool command_cycle, event_cycle, connect_told;
	uint32_t event_size, event_at;
	uint64_t trb_at;
	struct sim_event ev_reset, ev_ready, ev_halt, ev_fetch, ev_done, ev_connect, ev_bios;
};

static inline uint64_t sim_xhci_address(const uint32_t halves[2], uint32_t clear)
{
	return (halves[0] & ~clear) | (uint64_t)halves[1] << 32;
}

/* The interrupt follows IMAN and USBCMD. */
void sim_xhci_update(struct sim_xhci *x);
void sim_xhci_host_error(struct sim_xhci *x);
/* An event that was not taken is signalled. */
void sim_xhci_signal(struct sim_xhci *x);
/* Of its events. */
void sim_xhci_fetch(void *arg);
void sim_xhci_done(void *arg);
void sim_xhci_connect(void *arg);

#endif
