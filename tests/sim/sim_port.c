/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * A port of the HBA: its registers, start and stop of its engines, the link and the signature FIS.
 * Source: AHCI 1.3.1 sec 3.3, 5.3 (state machine), 10.1 (PxSERR.DIAG.X holds the first D2H FIS
 * back), 10.3 (ST, FRE), 10.4.2 (COMRESET). What a command does stands in sim_engine.c.
 */
#include <string.h>

#include "tests/sim/sim_ahci_regs.h"
#include "tests/sim/sim_bend_hba.h"
#include "tests/sim/sim_machine.h"

#define START_TIME (1 * SIM_US)
#define STOP_TIME (20 * SIM_US)
#define POLL_TIME (5 * SIM_US) /* how soon a stalled engine tries again */
#define COMRESET_LEAST (1 * SIM_MS) /* sec 10.4.2: DET=1 held shorter need not reach the drive */
#define COMINIT_TIME (200 * SIM_US)
#define READY_TIME (200 * SIM_US)
#define SIGNATURE_TIME (2 * SIM_MS)

#define FIRMWARE_CLB 0x7f001000u /* firmware's memory: no bus master reaches it any more */
#define FIRMWARE_FB 0x7f002000u
#define PIS_FROM_SERR (PIS_UFS | PIS_PCS | PIS_PRCS) /* read-only, mirrors of PxSERR */

/* PxIS as it reads. */
uint32_t sim_port_is(const struct sim_port *port)
{
	uint32_t is = port->is;

	if (port->serr & SERR_DIAG_X)
		is |= PIS_PCS;
	if (port->serr & SERR_DIAG_N)
		is |= PIS_PRCS;
	if (port->serr & SERR_DIAG_F)
		is |= PIS_UFS;
	return is;
}

enum sim_bus sim_port_post_fis(struct sim_port *port, unsigned off, const uint8_t *fis, size_t len)
{
	uint64_t base = port->fb | (uint64_t)port->fbu << 32;

	if (!(port->cmd & PCMD_FR))
		return SIM_BUS_STALLED; /* not accepted: the drive waits with it */
	return sim_dma_write(port->hba->fn, base + off, fis, len);
}

/* Link and signature */

static void build_signature(const struct sim_port *port, uint8_t fis[20])
{
	memset(fis, 0, 20);
	fis[0] = FIS_D2H; /* I=0: a reset ends without an interrupt of the drive */
	fis[2] = STS_READY;
	fis[3] = 0x01; /* diagnostics passed */
	fis[4] = (uint8_t)(port->sig >> 8);
	fis[5] = (uint8_t)(port->sig >> 16);
	fis[6] = (uint8_t)(port->sig >> 24);
	fis[12] = (uint8_t)port->sig;
}

/*
 * The first D2H FIS updates PxTFD and PxSIG even with FRE=0, once PxSERR.DIAG.X is clear; it goes
 * to memory when the receive engine runs. True: nothing is left waiting.
 */
static bool take_signature(struct sim_port *port)
{
	uint8_t fis[20];
	enum sim_bus bus;

	if (!port->signature_waits || (port->serr & SERR_DIAG_X))
		return true;
	port->sig = sim_ata_signature(port->drive);
	port->tfd = 0x01 << 8 | STS_READY;
	if (port->hba->sim->machine->bsy_stays)
		port->tfd |= STS_BSY;
	if (!(port->cmd & PCMD_FR))
		return true;
	build_signature(port, fis);
	bus = sim_port_post_fis(port, RFIS_D2H, fis, sizeof(fis));
	if (bus == SIM_BUS_STALLED)
		return false;
	port->signature_waits = false;
	if (bus == SIM_BUS_ABORT)
		port->is |= PIS_HBFS;
	return true;
}

static void set_link(struct sim_port *port, enum sim_link link, uint64_t delay)
{
	port->link = link;
	sim_event_arm(port->hba->sim, &port->ev_link, delay);
}

static void link_event(void *arg)
{
	struct sim_port *port = arg;

	if (port->hba->fn->gone)
		return; /* or it would poll for ever */
	switch (port->link) {
	case LINK_COMINIT:
		port->ssts = 1;
		port->serr |= SERR_DIAG_X;
		port->tfd |= STS_BSY;
		set_link(port, LINK_READY, READY_TIME);
		break;
	case LINK_READY:
		port->ssts = SSTS_UP_GEN3;
		port->serr |= SERR_DIAG_N;
		sim_bend_link_up(port);
		set_link(port, LINK_SIGNATURE, SIGNATURE_TIME);
		break;
	case LINK_SIGNATURE:
		if (port->hba->fn->mute)
			break; /* BSY stays */
		port->signature_waits = true;
		if (!take_signature(port))
			set_link(port, LINK_SIGNATURE, POLL_TIME);
		break;
	}
	sim_ahci_update(port->hba, false);
}

void sim_port_link_start(struct sim_port *port)
{
	if (port->drive != DRIVE_NONE && sim_ahci_port_enabled(port))
		set_link(port, LINK_COMINIT, COMINIT_TIME);
}

static void link_down(struct sim_port *port, uint32_t ssts)
{
	if ((port->ssts & 0xf) == 3)
		port->serr |= SERR_DIAG_N;
	port->ssts = ssts;
	port->tfd = TFD_RESET;
	port->sig = 0xffffffff;
	port->signature_waits = false;
	sim_event_cancel(port->hba->sim, &port->ev_link);
	if (port->engine == ENGINE_FETCH || port->engine == ENGINE_EXECUTE)
		port->engine = ENGINE_HALTED;
	sim_event_cancel(port->hba->sim, &port->ev_engine);
}

static void write_sctl(struct sim_port *port, uint32_t value)
{
	uint32_t before = port->sctl & SCTL_DET, det = value & SCTL_DET;
	uint64_t now = port->hba->sim->now;

	port->sctl = value & 0xfff;
	if (det == before)
		return;
	if (det == 1) {
		port->comreset_at = now;
		link_down(port, 0);
	} else if (det == 4) {
		link_down(port, 4);
	} else if (det == 0 && (before == 4 || now - port->comreset_at >= COMRESET_LEAST)) {
		port->ssts = 0;
		sim_port_link_start(port);
	}
}

/* Start and stop */

static void cr_event(void *arg)
{
	struct sim_port *port = arg;

	if (port->hba->fn->gone)
		return; /* or it would poll for ever */
	if (!(port->cmd & PCMD_ST)) {
		if (!sim_has_fault(port->hba->fn, SIM_FAULT_PORT_NEVER_STOPS))
			port->cmd &= ~PCMD_CR;
		return;
	}
	if ((port->ssts & 0xf) != 3 || (port->tfd & (STS_BSY | STS_DRQ)) ||
	    !(port->cmd & PCMD_FR)) {
		sim_event_arm(port->hba->sim, &port->ev_cr, POLL_TIME);
		return;
	}
	port->cmd |= PCMD_CR;
	sim_engine_kick(port);
}

static void fr_event(void *arg)
{
	struct sim_port *port = arg;

	if (port->hba->fn->gone)
		return; /* or it would poll for ever */
	if (port->cmd & PCMD_FRE) {
		port->cmd |= PCMD_FR;
		if (!take_signature(port))
			set_link(port, LINK_SIGNATURE, POLL_TIME);
	} else if (port->cmd & PCMD_CR) {
		sim_event_arm(port->hba->sim, &port->ev_fr,
			      POLL_TIME); /* the list engine still needs it */
	} else if (!sim_has_fault(port->hba->fn, SIM_FAULT_RECEIVE_NEVER_STOPS)) {
		port->cmd &= ~PCMD_FR;
	}
	sim_ahci_update(port->hba, false);
}

/* ST 1 to 0: the list is forgotten; a command under way leaves BSY as it is. */
static void stop_list(struct sim_port *port)
{
	port->ci = 0;
	port->cmd &= ~PCMD_CCS;
	port->engine = ENGINE_IDLE;
	sim_event_cancel(port->hba->sim, &port->ev_engine);
	sim_event_arm(port->hba->sim, &port->ev_cr, STOP_TIME);
}

static void write_cmd(struct sim_port *port, uint32_t value)
{
	uint32_t before = port->cmd, changed;

	port->cmd = (before & ~PCMD_WRITABLE) | (value & PCMD_WRITABLE);
	changed = before ^ port->cmd;
	/* CLO only works before ST is set, and clears itself. */
	if ((value & PCMD_CLO) && !(before & PCMD_ST))
		port->tfd &= ~(STS_BSY | STS_DRQ);
	if (changed & PCMD_FRE)
		sim_event_arm(port->hba->sim, &port->ev_fr,
			      (value & PCMD_FRE) ? START_TIME : STOP_TIME);
	if (changed & PCMD_ST & value)
		sim_event_arm(port->hba->sim, &port->ev_cr, START_TIME);
	else if (changed & PCMD_ST)
		stop_list(port);
}

static void write_ci(struct sim_port *port, uint32_t value)
{
	if (!(port->cmd & PCMD_ST))
		return;
	port->ci |= value;
	sim_engine_kick(port);
}

static void write_serr(struct sim_port *port, uint32_t value)
{
	port->serr &= ~value;
	if (!take_signature(port))
		set_link(port, LINK_SIGNATURE, POLL_TIME);
}

/* Registers */

uint32_t sim_port_read(struct sim_port *port, uint32_t off)
{
	switch (off) {
	case P_CLB:
		return port->clb;
	case P_CLBU:
		return port->clbu;
	case P_FB:
		return port->fb;
	case P_FBU:
		return port->fbu;
	case P_IS:
		return sim_port_is(port);
	case P_IE:
		return port->ie;
	case P_CMD:
		return port->cmd;
	case P_TFD:
		return port->tfd;
	case P_SIG:
		return port->sig;
	case P_SSTS:
		return port->ssts;
	case P_SCTL:
		return port->sctl;
	case P_SERR:
		return port->serr;
	case P_CI:
		return port->ci;
	default:
		sim_stray(port->hba->sim, "a port register that there is not", off, HW_32);
		return 0;
	}
}

void sim_port_write(struct sim_port *port, uint32_t off, uint32_t value)
{
	switch (off) {
	case P_CLB:
		port->clb = value & ~0x3ffu;
		break;
	case P_CLBU:
		port->clbu = value;
		break;
	case P_FB:
		port->fb = value & ~0xffu;
		break;
	case P_FBU:
		port->fbu = value;
		break;
	case P_IS:
		port->is &= ~(value & ~PIS_FROM_SERR & sim_bend_clearable(port));
		break;
	case P_IE:
		port->ie = value & PIS_DEFINED;
		sim_bend_port_enable(port);
		break;
	case P_CMD:
		write_cmd(port, value);
		break;
	case P_SCTL:
		write_sctl(port, value);
		break;
	case P_SERR:
		write_serr(port, value & SERR_DEFINED);
		break;
	case P_CI:
		write_ci(port, value);
		break;
	default:
		sim_stray(port->hba->sim, "a port register that cannot be written", off, HW_32);
	}
	sim_ahci_update(port->hba, false);
}

/* Everything but CLB, FB and what hardware initializes; SUD and POD are read-only 1 here. */
void sim_port_reset(struct sim_port *port)
{
	struct sim *sim = port->hba->sim;

	port->is = port->ie = port->ssts = port->sctl = port->serr = port->ci = 0;
	port->cmd = PCMD_SUD | PCMD_POD;
	port->tfd = TFD_RESET;
	port->sig = 0xffffffff;
	port->signature_waits = port->in_srst = false;
	port->engine = ENGINE_IDLE;
	sim_event_cancel(sim, &port->ev_cr);
	sim_event_cancel(sim, &port->ev_fr);
	sim_event_cancel(sim, &port->ev_link);
	sim_event_cancel(sim, &port->ev_engine);
}

void sim_port_init(struct sim_ahci *hba, unsigned index)
{
	struct sim_port *port = &hba->port[index];

	port->hba = hba;
	port->index = index;
	sim_event_init(hba->sim, &port->ev_cr, cr_event, port);
	sim_event_init(hba->sim, &port->ev_fr, fr_event, port);
	sim_event_init(hba->sim, &port->ev_link, link_event, port);
	sim_event_init(hba->sim, &port->ev_engine, sim_engine_run, port);
	sim_bend_port_init(port);
	sim_port_reset(port);
	port->clb = FIRMWARE_CLB;
	port->fb = FIRMWARE_FB;
}

/* EDK2 leaves the last command's status bits in PxIS, with PxIE 0 and the engines stopped. */
void sim_port_plug(struct sim_port *port, enum sim_drive drive, bool running)
{
	port->drive = drive;
	port->ssts = SSTS_UP_GEN3;
	port->tfd = STS_READY;
	port->sig = sim_ata_signature(drive);
	port->is = PIS_DHRS | PIS_PSS;
	if (running)
		port->cmd |= PCMD_ST | PCMD_FRE | PCMD_CR | PCMD_FR;
}
