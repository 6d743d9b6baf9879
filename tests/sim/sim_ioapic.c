/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * IOAPICs: index and data, redirection table entries, remote IRR, polarity, the EOI broadcast.
 * Source: Intel 82093AA sec 3.2.4 for the entry; ICH9 for version 20h and its EOI register.
 */
#include "tests/sim/sim_vtd.h"

enum { REG_SELECT = 0x00, REG_WINDOW = 0x10, REG_EOI = 0x40, PAGE_SIZE = 0x1000 };
enum { INDEX_ID = 0x00, INDEX_VERSION = 0x01, INDEX_ARBITRATION = 0x02, INDEX_RTE = 0x10 };

#define VERSION 0x20u
#define EOI_TIME (1 * SIM_US) /* ioapic.eoi-loses-rise */
#define NO_RTE "an IOAPIC entry that there is not"
#define NO_REGISTER "an IOAPIC register that there is not"

#define RTE_VECTOR 0xffull
#define RTE_MODE_SHIFT 8
#define RTE_LOGICAL (1ull << 11)
#define RTE_DELIVERY_STATUS (1ull << 12) /* RO */
#define RTE_ACTIVE_LOW (1ull << 13)
#define RTE_REMOTE_IRR (1ull << 14) /* RO */
#define RTE_LEVEL (1ull << 15)
#define RTE_MASKED (1ull << 16)
#define RTE_DEST_SHIFT 56
#define RTE_WRITABLE (0xff0000000001ffffull & ~(RTE_DELIVERY_STATUS | RTE_REMOTE_IRR))

void sim_ioapic_init(struct sim *sim, uint64_t address, uint32_t gsi_base, unsigned pins)
{
	struct sim_ioapic *ioapic = &sim->ioapic[sim->ioapic_count];

	ioapic->sim = sim;
	ioapic->address = address;
	ioapic->gsi_base = gsi_base;
	ioapic->pins = pins;
	ioapic->id = (uint8_t)sim->ioapic_count;
	for (unsigned pin = 0; pin < pins; pin++)
		ioapic->rte[pin] = RTE_MASKED;
	sim->ioapic_count++;
}

/*
 * The input compared with the programmed polarity: the wrong one makes an idle line look asserted.
 */
static bool seen_asserted(const struct sim_ioapic *ioapic, unsigned pin)
{
	bool wired_high = sim_gsi_active_high(ioapic->sim, ioapic->gsi_base + pin);
	bool electrical = ioapic->level[pin] == wired_high;

	return electrical == !(ioapic->rte[pin] & RTE_ACTIVE_LOW);
}

static bool has_fault(const struct sim_ioapic *ioapic, enum sim_fault fault)
{
	return ioapic->sim->fault[fault];
}

static bool send(struct sim_ioapic *ioapic, unsigned pin)
{
	uint64_t rte = ioapic->rte[pin];
	bool accepted = sim_vtd_blocks(ioapic->sim) ||
			sim_lapic_message(
				ioapic->sim, (unsigned)(rte >> RTE_DEST_SHIFT),
				(rte & RTE_LOGICAL) != 0, (unsigned)(rte >> RTE_MODE_SHIFT) & 7,
				(unsigned)(rte & RTE_VECTOR),
				(rte & RTE_LEVEL) && !has_fault(ioapic, SIM_FAULT_SENT_AS_EDGE));

	if (accepted)
		ioapic->rte[pin] &= ~RTE_DELIVERY_STATUS;
	else
		ioapic->rte[pin] |= RTE_DELIVERY_STATUS;
	return accepted;
}

static void evaluate(struct sim_ioapic *ioapic, unsigned pin)
{
	uint64_t rte = ioapic->rte[pin];
	bool merged;

	if (rte & RTE_MASKED)
		return;
	if (!(rte & RTE_LEVEL)) {
		if (ioapic->edge_latch[pin] && send(ioapic, pin))
			ioapic->edge_latch[pin] = false;
		return;
	}
	if (ioapic->deaf[pin] || (!seen_asserted(ioapic, pin) && !ioapic->pulse_latched[pin])) {
		ioapic->rte[pin] &= ~RTE_DELIVERY_STATUS;
		return;
	}
	/*
	 * Remote IRR is set when the local APIC accepts, and holds further messages back until its
	 * EOI.
	 */
	merged = sim_lapic_waits(ioapic->sim, rte & RTE_VECTOR);
	if (!(rte & RTE_REMOTE_IRR) && send(ioapic, pin)) {
		if (!merged || !has_fault(ioapic, SIM_FAULT_MERGED_UNSEEN))
			ioapic->rte[pin] |= RTE_REMOTE_IRR;
		ioapic->pulse_latched[pin] = false;
	}
}

static void bend_line(struct sim_ioapic *ioapic, unsigned pin, bool rises)
{
	uint64_t level_masked = RTE_LEVEL | RTE_MASKED;

	if (rises && (ioapic->rte[pin] & level_masked) == level_masked)
		ioapic->pulse_latched[pin] = has_fault(ioapic, SIM_FAULT_PULSE_LATCHED);
	if (rises && ioapic->leaks[pin] && (ioapic->rte[pin] & level_masked) == level_masked)
		(void)send(ioapic, pin);
	if (!seen_asserted(ioapic, pin))
		ioapic->deaf[pin] = false;
	if (rises && ioapic->in_eoi)
		ioapic->deaf[pin] = true;
}

/* False: the EOI does nothing to the entry. */
static bool bend_eoi(struct sim_ioapic *ioapic, unsigned pin, bool broadcast)
{
	bool asserted = seen_asserted(ioapic, pin);

	if (!(ioapic->rte[pin] & RTE_MASKED)) {
		ioapic->deaf[pin] |= asserted && has_fault(ioapic, SIM_FAULT_LEVEL_SENT_ONCE);
		ioapic->leaks[pin] = has_fault(ioapic, SIM_FAULT_SERVED_LEAKS);
		return true;
	}
	if (broadcast && has_fault(ioapic, SIM_FAULT_EOI_SKIPS_MASKED))
		return false;
	if (ioapic->late[pin] && asserted)
		(void)send(ioapic, pin);
	ioapic->late[pin] = false;
	ioapic->deaf[pin] = asserted && has_fault(ioapic, SIM_FAULT_DEAF_AFTER_EOI);
	return true;
}

void sim_ioapic_line(struct sim *sim, uint32_t gsi, bool asserted)
{
	for (unsigned i = 0; i < sim->ioapic_count; i++) {
		struct sim_ioapic *ioapic = &sim->ioapic[i];
		unsigned pin = gsi - ioapic->gsi_base;
		bool before;

		if (gsi < ioapic->gsi_base || pin >= ioapic->pins)
			continue;
		before = seen_asserted(ioapic, pin);
		ioapic->level[pin] = asserted;
		bend_line(ioapic, pin, !before && seen_asserted(ioapic, pin));
		/* Edges on a masked pin are neither delivered nor held pending. */
		if (!before && seen_asserted(ioapic, pin) &&
		    !(ioapic->rte[pin] & (RTE_LEVEL | RTE_MASKED)))
			ioapic->edge_latch[pin] = true;
		evaluate(ioapic, pin);
	}
}

bool sim_ioapic_is_masked(const struct sim *sim, uint32_t gsi)
{
	for (unsigned i = 0; i < sim->ioapic_count; i++) {
		const struct sim_ioapic *ioapic = &sim->ioapic[i];

		if (gsi >= ioapic->gsi_base && gsi - ioapic->gsi_base < ioapic->pins)
			return ioapic->rte[gsi - ioapic->gsi_base] & RTE_MASKED;
	}
	return true;
}

static void eoi_one(struct sim_ioapic *ioapic, unsigned vector, bool broadcast)
{
	for (unsigned pin = 0; pin < ioapic->pins; pin++) {
		uint64_t rte = ioapic->rte[pin];

		if (!(rte & RTE_REMOTE_IRR) || (rte & RTE_VECTOR) != vector ||
		    !bend_eoi(ioapic, pin, broadcast))
			continue;
		ioapic->rte[pin] &= ~RTE_REMOTE_IRR;
		evaluate(ioapic, pin);
		if (has_fault(ioapic, SIM_FAULT_EOI_CLEARS_ONE))
			return;
	}
}

/* The write of an EOI takes no time but with the fault: then what moves the lines goes on. */
static void bend_broadcast(struct sim *sim)
{
	if (!sim->fault[SIM_FAULT_EOI_LOSES_RISE])
		return;
	for (unsigned i = 0; i < sim->ioapic_count; i++)
		sim->ioapic[i].in_eoi = true;
	sim_pass_time(sim, EOI_TIME);
	for (unsigned i = 0; i < sim->ioapic_count; i++)
		sim->ioapic[i].in_eoi = false;
}

void sim_ioapic_eoi(struct sim *sim, unsigned vector)
{
	bend_broadcast(sim);
	for (unsigned i = 0; i < sim->ioapic_count; i++)
		eoi_one(&sim->ioapic[i], vector, true);
}

void sim_ioapic_retry(struct sim *sim)
{
	for (unsigned i = 0; i < sim->ioapic_count; i++)
		for (unsigned pin = 0; pin < sim->ioapic[i].pins; pin++)
			if (sim->ioapic[i].rte[pin] & RTE_DELIVERY_STATUS)
				evaluate(&sim->ioapic[i], pin);
}

void sim_ioapic_set(struct sim_ioapic *ioapic, unsigned pin, uint64_t rte)
{
	uint64_t read_only = ioapic->rte[pin] & (RTE_DELIVERY_STATUS | RTE_REMOTE_IRR);
	bool opens = (ioapic->rte[pin] & RTE_MASKED) && !(rte & RTE_MASKED);

	ioapic->rte[pin] = (rte & RTE_WRITABLE) | read_only;
	if (opens && (rte & RTE_LEVEL) && seen_asserted(ioapic, pin))
		ioapic->deaf[pin] |= has_fault(ioapic, SIM_FAULT_UNMASK_BLIND);
	/* Remote IRR has a meaning for level entries only; going to edge mode clears it. */
	if (rte & RTE_LEVEL)
		ioapic->edge_latch[pin] = false;
	else
		ioapic->rte[pin] &= ~RTE_REMOTE_IRR;
	if ((rte & RTE_MASKED) && (read_only & RTE_REMOTE_IRR))
		ioapic->late[pin] = has_fault(ioapic, SIM_FAULT_MASK_ONE_LATE);
	if (rte & RTE_MASKED) {
		ioapic->edge_latch[pin] = false;
		ioapic->rte[pin] &= ~RTE_DELIVERY_STATUS;
	}
	evaluate(ioapic, pin);
	sim_wires_masked(ioapic->sim);
}

/* Of the entry that the index register names; UINT32_MAX: it names another register. */
static unsigned index_pin(const struct sim_ioapic *ioapic)
{
	return ioapic->index < INDEX_RTE ? UINT32_MAX : (ioapic->index - INDEX_RTE) / 2u;
}

static uint32_t read_window(const struct sim_ioapic *ioapic)
{
	unsigned pin = index_pin(ioapic);

	if (ioapic->index == INDEX_ID || ioapic->index == INDEX_ARBITRATION)
		return (uint32_t)ioapic->id << 24;
	if (ioapic->index == INDEX_VERSION)
		return (ioapic->pins - 1) << 16 | VERSION;
	if (pin >= ioapic->pins) {
		sim_stray(ioapic->sim, NO_RTE, ioapic->index, 4);
		return 0;
	}
	return (uint32_t)(ioapic->rte[pin] >> (ioapic->index & 1 ? 32 : 0));
}

static void write_window(struct sim_ioapic *ioapic, uint32_t value)
{
	unsigned pin = index_pin(ioapic);

	if (ioapic->index == INDEX_ID)
		ioapic->id = (uint8_t)(value >> 24 & 0x0f);
	else if (pin >= ioapic->pins)
		sim_stray(ioapic->sim, NO_RTE, ioapic->index, 4);
	else if (ioapic->index & 1)
		sim_ioapic_set(ioapic, pin,
			       (ioapic->rte[pin] & 0xffffffffull) | (uint64_t)value << 32);
	else
		sim_ioapic_set(ioapic, pin, (ioapic->rte[pin] & ~0xffffffffull) | value);
}

static struct sim_ioapic *find(struct sim *sim, uint64_t addr, enum hw_width width)
{
	for (unsigned i = 0; i < sim->ioapic_count; i++) {
		if (addr < sim->ioapic[i].address || addr - sim->ioapic[i].address >= PAGE_SIZE)
			continue;
		if (width != HW_32)
			sim_abuse("an IOAPIC access that is not 4 bytes wide", addr, width);
		return &sim->ioapic[i];
	}
	return NULL;
}

bool sim_ioapic_read(struct sim *sim, uint64_t addr, enum hw_width width, uint64_t *ret_value)
{
	struct sim_ioapic *ioapic = find(sim, addr, width);

	if (!ioapic)
		return false;
	if (ioapic->dead) {
		*ret_value = UINT32_MAX;
		return true;
	}
	switch (addr - ioapic->address) {
	case REG_SELECT:
		*ret_value = ioapic->index;
		break;
	case REG_WINDOW:
		*ret_value = read_window(ioapic);
		break;
	default:
		sim_stray(sim, NO_REGISTER, addr, width);
		*ret_value = 0;
	}
	return true;
}

bool sim_ioapic_write(struct sim *sim, uint64_t addr, enum hw_width width, uint64_t value)
{
	struct sim_ioapic *ioapic = find(sim, addr, width);

	if (!ioapic || ioapic->dead)
		return ioapic;
	switch (addr - ioapic->address) {
	case REG_SELECT:
		ioapic->index = (uint8_t)value;
		break;
	case REG_WINDOW:
		write_window(ioapic, (uint32_t)value);
		break;
	case REG_EOI:
		eoi_one(ioapic, (unsigned)value & 0xff, false);
		break;
	default:
		sim_stray(sim, NO_REGISTER, addr, width);
	}
	return true;
}
