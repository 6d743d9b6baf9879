/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The fixed ACPI tables that lead to ECAM and to the interrupt controllers: RSDP, XSDT (RSDT when
 * there is none), MCFG, MADT, DMAR; of the FADT its boot flags (fadt.c). Source: ACPI 6.5 sec
 * 5.2.5-5.2.12, PCI Firmware 3.3 sec 4.1.2, Intel VT-d 4.1 chapter 8. No AML. Every table's
 * signature and length is verified before a field of it is believed; every entry's length is
 * checked against what is left.
 *
 * Read as tolerantly as Linux does, and never in silence: a wrong checksum is a remark, an entry
 * that cannot be right is left out with a remark, and the others are used.
 */
#ifndef INTXLAB_PCI_ACPI_H
#define INTXLAB_PCI_ACPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pci/err.h"

/* What was not as it must be, and was read all the same. */
#define ACPI_MAX_REMARKS 32

struct acpi_remarks {
	unsigned count; /* of all; beyond ACPI_MAX_REMARKS they are only counted */
	unsigned told; /* the reader's: how many it has dealt with */
	struct acpi_remark {
		const char *table; /* "RSDP", or the signature that was looked for */
		uint32_t offset, length; /* of the bytes it is about */
		const char *what; /* a sentence's end, for people */
	} remark[ACPI_MAX_REMARKS];
};

/*
 * Physical memory as the parsers see it: len readable bytes at phys, valid for the whole run, or
 * NULL when any of them is not. Tables may be unaligned.
 */
struct acpi_memory {
	const uint8_t *(*view)(void *arg, uint64_t phys, size_t len);
	void *arg;
	struct acpi_remarks *remarks; /* where they are added; NULL: nobody asks */
};

struct acpi_table {
	const uint8_t *bytes;
	uint32_t length; /* from the header, verified */
	struct acpi_remarks *remarks; /* the memory's */
};

/*
 * The first table with this four-letter signature, which must live as long as the remarks.
 * ERR_ABSENT: the chain is good and has none. ERR_TRUNCATED/ERR_INVALID: RSDP, XSDT or the table
 * itself cannot be read. A checksum that is wrong is a remark.
 */
MUST_CHECK enum err acpi_find_table(const struct acpi_memory *memory, uint64_t rsdp,
				    const char signature[4], struct acpi_table *ret_table);

/* A segment for every root complex of 32 sockets, and more. */
#define ACPI_MAX_SEGMENTS 128

struct acpi_mcfg {
	unsigned count;
	struct acpi_mcfg_allocation {
		uint64_t base; /* address of bus 0 of the segment, whatever bus_first is */
		uint16_t segment;
		uint8_t bus_first, bus_last;
	} allocation[ACPI_MAX_SEGMENTS];
};

/*
 * Left out, with a remark: bus_first > bus_last, base not 1 MiB aligned or 0, an allocation that
 * overlaps an earlier one, those beyond ACPI_MAX_SEGMENTS, bytes behind the last whole entry.
 * ERR_ABSENT: no entry. ERR_INVALID: all were left out.
 */
MUST_CHECK enum err acpi_parse_mcfg(struct acpi_table table, struct acpi_mcfg *ret_mcfg);

/* Servers of eight sockets have an I/O APIC for every stack of a socket: over 40. */
#define ACPI_MAX_IOAPICS 64
#define ACPI_MAX_OVERRIDES 64 /* four times the ISA IRQs */

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
 * Left out, with a remark: an entry whose length cannot be, an I/O APIC at address 0, an override
 * with a reserved polarity or trigger, those beyond the arrays, zero bytes. Unknown types are
 * stepped over. ERR_TRUNCATED: not even the fixed part is there.
 */
MUST_CHECK enum err acpi_parse_madt(struct acpi_table table, struct acpi_madt *ret_madt);

#define ACPI_MAX_DRHDS 128

/*
 * Register bases of the DMA remapping units; GSTS.IRES at each says whether interrupts are
 * remapped.
 */
struct acpi_dmar {
	unsigned count;
	uint64_t base[ACPI_MAX_DRHDS];
};

/* Left out, with a remark: as of the MADT; a unit at 0 or off a page. */
MUST_CHECK enum err acpi_parse_dmar(struct acpi_table table, struct acpi_dmar *ret_dmar);

/* ACPI 6.5 sec 5.2.9.3, MSI Not Supported: Message Signaled Interrupts must not be enabled. */
#define ACPI_FADT_NO_MSI 0x0008

struct acpi_fadt {
	bool has_boot_arch; /* the table is one of ACPI 2.0 or later; else: */
	uint16_t boot_arch; /* IAPC_BOOT_ARCH; 0 */
};

/* "FACP" is its signature. ERR_TRUNCATED: it ends before the field. */
MUST_CHECK enum err acpi_parse_fadt(struct acpi_table table, struct acpi_fadt *ret_fadt);

#endif
