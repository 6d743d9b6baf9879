/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Two I/O APICs, one local APIC and an 8259A pair as register models behind the seam, for the unit
 * tests of drivers/ioapic, lapic, pic8259 and irqc_x86. Written from the datasheets; tests set and
 * read its state directly. Time moves by 1 us with every operation, so no wait can be unbounded.
 */
#ifndef INTXLAB_TESTS_UNIT_FAKE_IRQC_H
#define INTXLAB_TESTS_UNIT_FAKE_IRQC_H

#include "drivers/irqc_x86.h"

#define FAKE_IOAPIC0 0xfec00000u
#define FAKE_IOAPIC1 0xfec10000u
#define FAKE_LAPIC 0xfee00000u
#define FAKE_PINS 24
#define FAKE_LOG 512

/* A register write as the chip sees it: for an IOAPIC the index, not the address. */
struct fake_write {
	enum { FAKE_RTE0, FAKE_RTE1, FAKE_LAPIC_REG, FAKE_PORT } where;
	unsigned reg; /* index, offset or port */
	uint32_t value;
};

struct fake_ioapic {
	uint64_t base;
	uint32_t regsel;
	uint32_t version; /* whole IOAPICVER */
	uint32_t id; /* whole IOAPICID */
	uint64_t rte[FAKE_PINS];
	bool high[FAKE_PINS]; /* the wire */
	bool stuck[FAKE_PINS]; /* the entry ignores writes */
	bool gone;
};

struct fake_irqc {
	struct hw hw; /* first */
	struct fake_ioapic ioapic[2];

	uint64_t apic_base; /* the MSR */
	uint64_t tsc_deadline;
	uint32_t lapic_id; /* as the register reads */
	uint32_t lapic_version;
	uint32_t svr, tpr, icr, timer_count;
	uint32_t lvt[0x100]; /* by offset >> 4 */
	uint32_t irr[8], isr[8], tmr[8];
	unsigned eois;
	bool lapic_gone;
	bool lapic_deaf; /* accepts into IRR and never interrupts the CPU */
	bool icr_busy;
	bool no_broadcast; /* an EOI never reaches an IOAPIC */

	uint16_t imr, elcr, pic_irr, pic_isr;
	uint8_t ocw3[2];
	bool imr_stuck;

	bool irq_on;
	hw_irq_fn *sink;
	void *sink_arg;
	unsigned torn; /* IOAPIC accesses with interrupts on: index and data could come apart */
	uint64_t unmapped; /* mmio_is_mapped() says no for this base */
	uint64_t now;
	unsigned writes;
	unsigned tick_at; /* with this write vector 20h arrives; 0: never */
	struct fake_write log[FAKE_LOG];
};

/*
 * As firmware might leave a q35: RTEs masked edge 0x10000 but pin 2 of the first IOAPIC (edge,
 * unmasked, vector 38h); LINT0 ExtINT, LINT1 NMI, timer periodic; PCI wires high (deasserted);
 * version 20h; second IOAPIC at GSI 24. Interrupts off.
 */
void fake_irqc_init(struct fake_irqc *fake);
struct acpi_madt fake_irqc_madt(void);
/* A wire changes; the IOAPIC reacts. */
void fake_irqc_wire(struct fake_irqc *fake, unsigned ioapic, unsigned pin, bool high);
/* A vector arrives at the local APIC, as an MSI or an IPI does. */
void fake_irqc_accept(struct fake_irqc *fake, unsigned vector, bool level);
/* The nth logged write, or an impossible one. */
struct fake_write fake_irqc_write(const struct fake_irqc *fake, unsigned n);

#endif
