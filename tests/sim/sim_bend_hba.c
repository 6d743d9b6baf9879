/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * What the simulated faults make of the HBA's registers, of a port's and of the end of a command.
 * An honest machine passes through unchanged.
 */
#include "tests/sim/sim_bend_hba.h"

#include "tests/sim/sim_ahci_regs.h"
#include "tests/sim/sim_machine.h"

#define CFG_COMMAND 0x04
#define GHC_RESERVED 0x100u /* hba.ghc-reserved-1 */
#define LOST_ONE_IN 8 /* port.dhrs-lost-8th */
#define EXPIRES_AFTER (100 * SIM_US) /* port.condition-expires */
#define PIS_LINK (PIS_PCS | PIS_PRCS)

static void expire(void *arg)
{
	struct sim_port *port = arg;

	port->is = 0;
	port->hba->is &= ~(1u << port->index);
	sim_ahci_update(port->hba, false);
}

void sim_bend_port_init(struct sim_port *port)
{
	sim_event_init(port->hba->sim, &port->ev_expire, expire, port);
}

uint32_t sim_bend_port_enabled(const struct sim_port *port)
{
	const struct sim_fn *fn = port->hba->fn;

	if (sim_has_fault(fn, SIM_FAULT_PORT_IE_IGNORED))
		return UINT32_MAX;
	return port->ie | (sim_has_fault(fn, SIM_FAULT_PORT_LINK_UNGATED) ? PIS_LINK : 0);
}

static bool link_changed(const struct sim_ahci *hba)
{
	for (unsigned i = 0; i < SIM_PORTS; i++)
		if (sim_port_is(&hba->port[i]) & PIS_LINK)
			return true;
	return false;
}

bool sim_bend_hba_enabled(const struct sim_ahci *hba)
{
	if (hba->deaf)
		return false;
	return (hba->ghc & GHC_IE) || sim_has_fault(hba->fn, SIM_FAULT_GHC_IE_IGNORED) ||
	       (link_changed(hba) && sim_has_fault(hba->fn, SIM_FAULT_PORT_LINK_UNGATED));
}

uint32_t sim_bend_ghc(const struct sim_ahci *hba)
{
	uint32_t ghc = hba->ghc;

	if (sim_has_fault(hba->fn, SIM_FAULT_GHC_RESERVED_1))
		ghc |= GHC_RESERVED;
	return hba->ae_lost ? ghc & ~GHC_AE : ghc;
}

uint32_t sim_bend_pi(const struct sim_ahci *hba, uint32_t pi)
{
	if (sim_has_fault(hba->fn, SIM_FAULT_PI_READS_0))
		return 0;
	return sim_has_fault(hba->fn, SIM_FAULT_PI_BEYOND_NP) ? pi << 1 | 1 : pi;
}

uint32_t sim_bend_vs(const struct sim_ahci *hba, uint32_t vs)
{
	if (sim_has_fault(hba->fn, SIM_FAULT_VS_READS_0))
		return 0;
	return sim_has_fault(hba->fn, SIM_FAULT_VS_ALL_ONES) ? UINT32_MAX : vs;
}

void sim_bend_hba_reset(struct sim_ahci *hba)
{
	struct sim_fn *fn = hba->fn;

	hba->deaf = hba->is && sim_has_fault(fn, SIM_FAULT_RESET_DEAFENS);
	hba->ae_lost = sim_has_fault(fn, SIM_FAULT_RESET_CLEARS_AE);
	fn->master_rose = false;
	fn->commands = 0;
}

void sim_bend_link_up(struct sim_port *port)
{
	if (sim_has_fault(port->hba->fn, SIM_FAULT_LINK_UP_DROPS_IE))
		port->hba->ghc &= ~GHC_IE;
}

uint32_t sim_bend_done(struct sim_port *port, uint32_t is)
{
	struct sim_fn *fn = port->hba->fn;

	fn->commands++;
	if (fn->sim->machine->spurious_ifs)
		is |= PIS_IFS;
	if (sim_has_fault(fn, SIM_FAULT_PORT_PSS_MISSING))
		is &= ~PIS_PSS;
	if ((is & PIS_DHRS) && ++port->d2h_count % LOST_ONE_IN == 0 &&
	    sim_has_fault(fn, SIM_FAULT_PORT_DHRS_LOST))
		is &= ~PIS_DHRS;
	if (sim_has_fault(fn, SIM_FAULT_PORT_EXPIRES))
		sim_event_arm(fn->sim, &port->ev_expire, EXPIRES_AFTER);
	return is;
}

void sim_bend_data(const struct sim_port *port, uint8_t *sector)
{
	const struct sim_fn *fn = port->hba->fn;

	if (fn->master_rose && sim_has_fault(fn, SIM_FAULT_DATA_AFTER_MASTER))
		sector[0] ^= 0xff;
}

uint32_t sim_bend_clearable(const struct sim_port *port)
{
	const struct sim_fn *fn = port->hba->fn;
	bool masked = sim_cfg_get16(fn, CFG_COMMAND) & CMD_DISINTX;

	return masked && sim_has_fault(fn, SIM_FAULT_PORT_ACK_LOST) ? 0 : UINT32_MAX;
}

void sim_bend_port_enable(struct sim_port *port)
{
	if (port->ie && sim_has_fault(port->hba->fn, SIM_FAULT_PORT_ENABLE_RAISES))
		port->is |= PIS_DHRS;
}
