/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The fixed ACPI tables that lead to ECAM and to the interrupt controllers: RSDP, XSDT (RSDT when
 * there is none), MCFG, MADT, DMAR. Source: ACPI 6.5 sec 5.2.5-5.2.12, PCI Firmware 3.3 sec 4.1.2,
 * Intel VT-d 4.1 chapter 8. No AML. Every table's signature, length and checksum is verified before
 * a field of it is believed; every entry's length is checked against what is left. A malformed
 * table is an error, never a guess.
 */
#ifndef INTXLAB_PCI_ACPI_H
#define INTXLAB_PCI_ACPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pci/err.h"

/*
 * Physical memory as the parsers see it: len readable bytes at phys, valid for the whole run, or
 * NULL when any of them is not. Tables may be unaligned.
 */
struct acpi_memory {
	const uint8_t *(*view)(void *arg, uint64_t phys, size_t len);
	void *arg;
};

struct acpi_table {
	const uint8_t *bytes;
	uint32_t length; /* from the header, verified */
};

/*
 * The first table with this four-letter signature. ERR_ABSENT: the chain is good and has none.
 * ERR_TRUNCATED/ERR_CHECKSUM/ERR_INVALID: RSDP, XSDT or the table itself is malformed.
 */
MUST_CHECK enum err acpi_find_table(const struct acpi_memory *memory, uint64_t rsdp,
				    const char signature[4], struct acpi_table *ret_table);

#define ACPI_MAX_SEGMENTS 32

struct acpi_mcfg {
	unsigned count;
	struct acpi_mcfg_allocation {
		uint64_t base; /* address of bus 0 of the segment, whatever bus_first is */
		uint16_t segment;
		uint8_t bus_first, bus_last;
	} allocation[ACPI_MAX_SEGMENTS];
};

/*
 * ERR_INVALID: bus_first > bus_last, base not 1 MiB aligned or 0, overlapping allocations.
 * ERR_NOMEM: more than ACPI_MAX_SEGMENTS. ERR_ABSENT: no allocation.
 */
MUST_CHECK enum err acpi_parse_mcfg(struct acpi_table table, struct acpi_mcfg *ret_mcfg);

#define ACPI_MAX_IOAPICS 16
#define ACPI_MAX_OVERRIDES 32

enum acpi_polarity { ACPI_POLARITY_BUS = 0, ACPI_POLARITY_HIGH = 1, ACPI_POLARITY_LOW = 3 };
enum acpi_trigger { ACPI_TRIGGER_BUS = 0, ACPI_TRIGGER_EDGE = 1, ACPI_TRIGGER_LEVEL = 3 };

struct acpi_madt {
	uint64_t lapic; /* physical address, type 5 override applied */
	bool has_8259; /* PCAT_COMPAT */
	unsigned cpus; /* enabled LAPICs and x2APICs */
	unsigned ioapic_count;
	struct acpi_ioapic {
		uint8_t id;
		uint64_t address;
		uint32_t gsi_base;
	} ioapic[ACPI_MAX_IOAPICS];
	unsigned override_count;
	struct acpi_override {
		uint8_t irq; /* ISA IRQ */
		uint32_t gsi;
		enum acpi_polarity polarity;
		enum acpi_trigger trigger;
	} override[ACPI_MAX_OVERRIDES];
};

/*
 * ERR_INVALID: reserved polarity/trigger, an entry shorter than its type. Unknown types are stepped
 * over.
 */
MUST_CHECK enum err acpi_parse_madt(struct acpi_table table, struct acpi_madt *ret_madt);

#define ACPI_MAX_DRHDS 16

/*
 * Register bases of the DMA remapping units; GSTS.IRES at each says whether interrupts are
 * remapped.
 */
struct acpi_dmar {
	unsigned count;
	uint64_t base[ACPI_MAX_DRHDS];
};

MUST_CHECK enum err acpi_parse_dmar(struct acpi_table table, struct acpi_dmar *ret_dmar);

#endif
