/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The wires between INTx pins and the inputs of the interrupt controllers: swizzle through
 * bridges, the board's routing, wire-OR. Owns no register.
 */
#include "tests/sim/sim_data.h"
#include "tests/sim/sim_machine.h"

#define CFG_COMMAND 0x04
#define ISA_IRQS 16

/*
 * ICH9: PIRQA-H are GSI 16-23. Devices 0-24 of the root bus take E-H by (device + pin), 25-31 A-D
 * by pin; and firmware routes every PIRQ to an ISA interrupt too (PIRQx_ROUT, LPC 60h-6Bh), which
 * OVMF leaves on: A B E F to 10, C D G H to 11. The second IOAPIC's machine has no such second
 * path.
 */
void sim_root_gsis(const struct sim *sim, uint16_t segment, unsigned dev, unsigned pin,
		   uint32_t gsi[2])
{
	unsigned pirq = dev < 25 ? 4 + ((dev + pin - 1) & 3) : pin - 1;

	(void)segment; /* both segments of the two-segment machine are wired alike */
	if (sim->machine->two_ioapics) {
		gsi[0] = 24 + pirq;
		gsi[1] = SIM_NO_GSI;
		return;
	}
	gsi[0] = 16 + pirq;
	gsi[1] = sim->machine->low_irqs ? ((pirq & 2) ? 7 : 5) : (pirq & 2) ? 11 : 10;
}

/*
 * ISA inputs as the MADT's overrides say, or as the bus has it; PCI lines are low (PCI 3.0 sec
 * 2.2.6).
 */
bool sim_gsi_active_high(const struct sim *sim, uint32_t gsi)
{
	return gsi < ISA_IRQS && !(sim->data && sim->data->isa_low >> gsi & 1);
}

/* P2P Bridge 1.2 sec 9.1: each bridge turns the pin by the device number on its secondary bus. */
void sim_fn_gsis(const struct sim_fn *fn, uint32_t gsi[2])
{
	unsigned pin = fn->wire_pin;

	if (fn->has_gsi) {
		gsi[0] = fn->gsi;
		gsi[1] = SIM_NO_GSI;
		return;
	}
	for (; fn->parent; fn = fn->parent)
		if (!fn->sim->fault[SIM_FAULT_BRIDGE_NO_SWIZZLE])
			pin = (pin - 1 + fn->dev) % 4 + 1;
	sim_root_gsis(fn->sim, fn->segment, fn->dev, pin, gsi);
}

static bool gated_above(const struct sim_fn *fn)
{
	for (fn = fn->parent; fn; fn = fn->parent)
		if (sim_cfg_get16(fn, CFG_COMMAND) & CMD_DISINTX)
			return fn->sim->fault[SIM_FAULT_BRIDGE_DISINTX_GATES];
	return false;
}

static uint64_t wires_of(const struct sim_fn *fn)
{
	uint32_t gsi[2];
	uint64_t mask;

	if (gated_above(fn) || !fn->wire_pin)
		return 0;
	sim_fn_gsis(fn, gsi);
	mask = 1ull << gsi[0];
	if (sim_has_fault(fn, SIM_FAULT_TWO_INPUTS))
		mask |= 1ull << (gsi[0] ^ 1);
	if (sim_has_fault(fn, SIM_FAULT_ALL_INPUTS))
		mask |= 0xff0000;
	if (gsi[1] == SIM_NO_GSI)
		return mask;
	if (sim_has_fault(fn, SIM_FAULT_TWO_IRQS))
		mask |= 1ull << (gsi[1] ^ 1);
	return mask | 1ull << gsi[1];
}

/* Where a boot interrupt takes a line to. *irqs: of the 8259s alone. */
static uint64_t rerouted(const struct sim *sim, uint64_t pci, uint16_t *irqs)
{
	const struct sim_machine *m = sim->machine;
	uint64_t to = 0;

	*irqs = 0;
	for (uint32_t gsi = ISA_IRQS; sim->fault[SIM_FAULT_MASKED_REROUTED] && gsi < 24; gsi++)
		if (pci >> gsi & 1 && sim_ioapic_is_masked(sim, gsi))
			to |= 1ull << (gsi ^ 2);
	if (!m->reroute.from || !(pci >> m->reroute.from & 1) ||
	    (!m->reroute.always && !sim_ioapic_is_masked(sim, m->reroute.from)))
		return to;
	*irqs = m->reroute.irq ? (uint16_t)(1u << m->reroute.irq) : 0;
	return m->reroute.to ? to | 1ull << m->reroute.to : to;
}

/* IRQ 0 arrives at GSI 2 (the override that every PC has); IRQ 2 is the 8259s' cascade. */
static uint64_t isa_wires(const struct sim *sim)
{
	uint64_t mask = sim->isa_high & ~5u;

	return (sim->isa_high & 1) ? mask | 1u << 2 : mask;
}

void sim_wires_update(struct sim *sim)
{
	uint64_t pci = 0, now, changed;
	uint16_t irqs;

	for (unsigned i = 0; i < sim->fn_count; i++)
		if (sim->fn[i]->intx_wire && !sim->fn[i]->outdone)
			pci |= wires_of(sim->fn[i]);
	pci |= rerouted(sim, pci, &irqs);
	for (unsigned irq = 0; irq < ISA_IRQS; irq++)
		sim_pic_line(sim, irq, (pci | irqs | sim->isa_high) >> irq & 1);
	if (sim->machine->pch || sim->machine->pic_mode)
		pci &= sim->machine->pic_mode ? 0 : ~0xffffull;
	now = pci | isa_wires(sim);
	changed = now ^ sim->gsi_asserted;
	sim->gsi_asserted = now;
	for (uint32_t gsi = 0; gsi < SIM_MAX_GSIS; gsi++)
		if (changed >> gsi & 1)
			sim_ioapic_line(sim, gsi, now >> gsi & 1);
}

/* Where a line goes may depend on the mask of its entry. */
void sim_wires_masked(struct sim *sim)
{
	if (sim->machine->reroute.from || sim->fault[SIM_FAULT_MASKED_REROUTED])
		sim_wires_update(sim);
}

void sim_wires_driven(struct sim_fn *fn)
{
	struct sim *sim = fn->sim;
	bool lets_go = !fn->intx_wire && sim_has_fault(fn, SIM_FAULT_LAST_WINS);

	fn->outdone = false;
	for (unsigned i = 0; lets_go && i < sim->fn_count; i++)
		if (sim->fn[i]->intx_wire && (wires_of(sim->fn[i]) & wires_of(fn)))
			sim->fn[i]->outdone = true;
	sim_wires_update(sim);
}

bool sim_line_asserted(const struct sim *sim, uint32_t gsi)
{
	return gsi < SIM_MAX_GSIS && (sim->gsi_asserted >> gsi & 1);
}

void sim_isa_drive(struct sim *sim, unsigned irq, bool high)
{
	if (irq >= ISA_IRQS)
		sim_abuse("no such ISA interrupt", irq, 0);
	if (high)
		sim->isa_high |= (uint16_t)(1u << irq);
	else
		sim->isa_high &= (uint16_t) ~(1u << irq);
	sim_wires_update(sim);
}
