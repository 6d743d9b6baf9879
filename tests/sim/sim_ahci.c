/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The HBA: generic host control, reset, BIOS/OS handoff, IS, and the interrupt that comes of it.
 * Source: AHCI 1.3.1 sec 3.1, 10.4.3 (reset), 10.6 (handoff), 10.7 (interrupts). Ports:
 * sim_port.c.
 */
#include "tests/sim/sim_ahci_regs.h"
#include "tests/sim/sim_bend_hba.h"
#include "tests/sim/sim_machine.h"

#define CAP_VALUE (CAP_S64A | CAP_SCLO | CAP_ISS_GEN3 | CAP_SAM | CAP_NCS_32) /* without NP */
#define PI_ICH9 0x0000003fu
#define PI_SPARSE 0x80000021u
#define BOHC_WRITABLE (BOHC_OOS | BOHC_SOOE)
#define CFG_PCS 0x92
#define RESET_TIME (100 * SIM_US)
#define BIOS_NOTICES (10 * SIM_US)
#define BIOS_LETS_GO (3 * SIM_MS)

static void latch(struct sim_ahci *hba)
{
	uint32_t now = 0;

	for (unsigned i = 0; i < SIM_PORTS; i++)
		if (sim_port_is(&hba->port[i]) & sim_bend_port_enabled(&hba->port[i]))
			now |= 1u << i;
	hba->is_held &= now;
	hba->is |= now & ~hba->is_held;
	if (sim_has_fault(hba->fn, SIM_FAULT_IS_NO_LATCH))
		hba->is = now;
}

/*
 * IS is a level latch: a bit is set while PxIS & PxIE of its port is not 0 and stays until it is
 * written 1, and is set again at once while the condition holds. A message is sent when a bit of
 * IS newly sets, and when software clears bits and others are, or become, set.
 */
void sim_ahci_update(struct sim_ahci *hba, bool cleared)
{
	bool on, message;

	latch(hba);
	hba->fn->hba_off = !(hba->ghc & GHC_IE);
	on = sim_bend_hba_enabled(hba) && hba->is;
	message = on && (cleared || (hba->is & ~hba->msi_seen));
	hba->msi_seen = on ? hba->is : 0;
	sim_fn_set_pending(hba->fn, on);
	if (message && sim_fn_msi_enabled(hba->fn))
		sim_fn_send_msi(hba->fn);
}

/* Port enables: Intel ICH8 datasheet, PCS at 92h of configuration space. */

bool sim_ahci_port_enabled(const struct sim_port *port)
{
	const struct sim_ahci *hba = port->hba;

	return !hba->has_pcs || sim_cfg_get16(hba->fn, CFG_PCS) >> (port - hba->port) & 1;
}

static void config_written(struct sim_fn *fn, unsigned off, unsigned width)
{
	struct sim_ahci *hba = fn->device;

	if (!hba->has_pcs || off > CFG_PCS + 1 || off + width <= CFG_PCS)
		return;
	for (unsigned i = 0; i < SIM_PORTS; i++) {
		struct sim_port *port = &hba->port[i];

		if (!sim_ahci_port_enabled(port))
			port->ssts = 0;
		else if (!port->ssts)
			sim_port_link_start(port);
	}
}

static void add_enables(struct sim_ahci *hba)
{
	hba->has_pcs = true;
	sim_cfg_set16(hba->fn, CFG_PCS, PI_ICH9);
	hba->fn->writable[CFG_PCS] = PI_ICH9;
}

/* Reset */

static void end_reset(void *arg)
{
	struct sim_ahci *hba = arg;

	if (sim_has_fault(hba->fn, SIM_FAULT_RESET_NEVER_ENDS))
		return;
	hba->ghc &= ~GHC_HR;
	/* No staggered spin-up: the reset sends a COMRESET on every port. */
	for (unsigned i = 0; i < SIM_PORTS; i++)
		if (hba->pi >> i & 1)
			sim_port_link_start(&hba->port[i]);
}

static void begin_reset(struct sim_ahci *hba)
{
	sim_bend_hba_reset(hba);
	if (hba->has_pcs)
		sim_cfg_set16(hba->fn, CFG_PCS, 0);
	hba->ae_written = 0;
	hba->ghc = (hba->ae_takes ? 0 : GHC_AE) | GHC_HR |
		   (sim_has_fault(hba->fn, SIM_FAULT_RESET_KEEPS_IE) ? hba->ghc & GHC_IE : 0);
	for (unsigned i = 0; i < SIM_PORTS; i++)
		sim_port_reset(&hba->port[i]);
	hba->is = 0;
	if (!sim_has_fault(hba->fn, SIM_FAULT_RESET_KEEPS_LINE))
		sim_ahci_update(hba, false);
	sim_event_arm(hba->sim, &hba->ev_reset, RESET_TIME);
}

/* Nothing survives but what hardware initializes. */
static void reset_function(struct sim_fn *fn)
{
	struct sim_ahci *hba = fn->device;

	begin_reset(hba);
	for (unsigned i = 0; i < SIM_PORTS; i++) {
		struct sim_port *port = &hba->port[i];

		port->clb = port->clbu = port->fb = port->fbu = 0;
	}
}

static bool takes_ae(struct sim_ahci *hba, uint32_t value)
{
	if (!hba->ae_takes)
		return true;
	hba->ae_written = value & GHC_AE ? hba->ae_written + 1 : 0;
	return hba->ae_written >= hba->ae_takes;
}

static void write_ghc(struct sim_ahci *hba, uint32_t value)
{
	if (value & GHC_HR) {
		begin_reset(hba);
		return;
	}
	/* CAP.SAM=1: AE is read-only 1. */
	hba->ghc = takes_ae(hba, value) ? GHC_AE | (value & GHC_IE) : 0;
	sim_ahci_update(hba, false);
}

/* BIOS/OS handoff: firmware's side is an SMI handler that first says it is busy, then lets go. */

static void bios_runs(void *arg)
{
	struct sim_ahci *hba = arg;

	if (sim_has_fault(hba->fn, SIM_FAULT_BIOS_KEEPS))
		return;
	if (hba->bohc & BOHC_BB) {
		hba->bohc &= ~(BOHC_BB | BOHC_BOS);
		return;
	}
	hba->bohc |= BOHC_BB;
	sim_event_arm(hba->sim, &hba->ev_handoff, BIOS_LETS_GO);
}

static void write_bohc(struct sim_ahci *hba, uint32_t value)
{
	uint32_t before = hba->bohc;

	if (!(hba->cap2 & CAP2_BOH))
		return;
	hba->bohc = (before & ~BOHC_WRITABLE) | (value & BOHC_WRITABLE);
	hba->bohc &= ~(value & BOHC_OOC);
	if (!(hba->bohc & ~before & BOHC_OOS))
		return;
	hba->bohc |= BOHC_OOC;
	if (hba->bohc & BOHC_BOS)
		sim_event_arm(hba->sim, &hba->ev_handoff, BIOS_NOTICES);
}

/* Registers */

static void write_is(struct sim_ahci *hba, uint32_t value)
{
	bool cleared = hba->is & value;

	hba->is &= ~value;
	if (sim_has_fault(hba->fn, SIM_FAULT_IS_WRITE_WINS))
		hba->is_held |= value;
	sim_ahci_update(hba, cleared);
}

static uint32_t read_host(const struct sim_ahci *hba, uint32_t off)
{
	switch (off) {
	case R_CAP:
		return (hba->ae_takes ? CAP_VALUE & ~CAP_SAM : CAP_VALUE) |
		       ((unsigned)__builtin_popcount(hba->pi) - 1);
	case R_GHC:
		return sim_bend_ghc(hba);
	case R_IS:
		return hba->is;
	case R_PI:
		return sim_bend_pi(hba, hba->pi);
	case R_VS:
		return sim_bend_vs(hba, VS_1_3_1);
	case R_CAP2:
		return hba->cap2;
	case R_BOHC:
		return hba->bohc;
	default:
		sim_stray(hba->sim, "an HBA register that there is not", off, HW_32);
		return 0;
	}
}

static void write_host(struct sim_ahci *hba, uint32_t off, uint32_t value)
{
	switch (off) {
	case R_GHC:
		write_ghc(hba, value);
		break;
	case R_IS:
		write_is(hba, value);
		break;
	case R_BOHC:
		write_bohc(hba, value);
		break;
	default:
		sim_stray(hba->sim, "an HBA register that cannot be written", off, HW_32);
	}
}

static struct sim_port *port_at(struct sim_ahci *hba, uint32_t off)
{
	uint32_t index = (off - R_PORTS) / R_PORT_SIZE;

	if (off < R_PORTS)
		return NULL;
	if (index >= SIM_PORTS || !(sim_bend_pi(hba, hba->pi) >> index & 1))
		sim_stray(hba->sim, "a port that the HBA does not have", off, HW_32);
	return index < SIM_PORTS ? &hba->port[index] : NULL;
}

static uint64_t bar_read(struct sim_fn *fn, uint32_t off, enum hw_width width)
{
	struct sim_ahci *hba = fn->device;
	struct sim_port *port = port_at(hba, off);
	uint32_t value;

	if (width != HW_32)
		sim_abuse("an ABAR access that is not 4 bytes wide", off, width);
	if (hba->sim->machine->hr_all_ones && (hba->ghc & GHC_HR))
		return UINT32_MAX;
	value = port ? sim_port_read(port, (off - R_PORTS) % R_PORT_SIZE) : read_host(hba, off);
	return value;
}

static void bar_write(struct sim_fn *fn, uint32_t off, enum hw_width width, uint64_t value)
{
	struct sim_ahci *hba = fn->device;
	struct sim_port *port = port_at(hba, off);

	if (width != HW_32)
		sim_abuse("an ABAR access that is not 4 bytes wide", off, width);
	if ((hba->ghc & GHC_HR) && off != R_BOHC)
		return; /* in reset nothing listens */
	if (port)
		sim_port_write(port, (off - R_PORTS) % R_PORT_SIZE, (uint32_t)value);
	else
		write_host(hba, off, (uint32_t)value);
}

static const struct sim_bar_ops bar_ops = { .read = bar_read,
					    .write = bar_write,
					    .config_written = config_written,
					    .reset = reset_function };

struct sim_ahci *sim_ahci_add(struct sim *sim, struct sim_fn *fn, bool bios_owned, bool sparse)
{
	struct sim_ahci *hba = sim_calloc(sizeof(*hba));

	hba->sim = sim;
	hba->fn = fn;
	hba->ghc = GHC_AE;
	hba->pi = sparse ? PI_SPARSE : PI_ICH9;
	if (bios_owned) {
		hba->cap2 = CAP2_BOH;
		hba->bohc = BOHC_BOS;
	}
	if (sim->machine->pcs)
		add_enables(hba);
	sim_event_init(sim, &hba->ev_reset, end_reset, hba);
	sim_event_init(sim, &hba->ev_handoff, bios_runs, hba);
	for (unsigned i = 0; i < SIM_PORTS; i++)
		sim_port_init(hba, i);
	fn->ops = &bar_ops;
	fn->device = hba;
	fn->bends = true;
	sim->ahci[sim->ahci_count++] = hba;
	return hba;
}
