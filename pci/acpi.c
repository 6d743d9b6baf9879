/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the reading of fixed ACPI tables out of memory that may hold anything. What the tables mean
 * to a machine is decided by their users; nothing here touches hardware.
 */
#include "pci/acpi.h"

#include "pci/mem.h"

/* ACPI 6.5 sec 5.2.5.3, table "RSDP Structure" */
#define RSDP_SIZE 20u /* of revision 0: what the first checksum covers */
#define RSDP_SIZE_2 36u
#define RSDP_REVISION 15
#define RSDP_RSDT 16
#define RSDP_LENGTH 20
#define RSDP_XSDT 24
/* ACPI 6.5 sec 5.2.6, table "DESCRIPTION_HEADER Fields" */
#define HEADER_SIZE 36u
#define HEADER_LENGTH 4
/* No table of a real machine comes near; a length field of a wild pointer does. */
#define TABLE_MAX (16u << 20)

static uint16_t le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t le32(const uint8_t *p)
{
	return le16(p) | (uint32_t)le16(p + 2) << 16;
}

static uint64_t le64(const uint8_t *p)
{
	return le32(p) | (uint64_t)le32(p + 4) << 32;
}

static bool adds_up(const uint8_t *bytes, size_t len)
{
	uint8_t sum = 0;

	while (len--)
		sum = (uint8_t)(sum + *bytes++);
	return sum == 0;
}

static const uint8_t *view(const struct acpi_memory *memory, uint64_t phys, size_t len)
{
	return memory->view(memory->arg, phys, len);
}

/* Where the list of tables is, and how wide its pointers are. */
struct root_table {
	uint64_t phys;
	const char *signature;
	unsigned entry_size;
};

static enum err read_rsdp(const struct acpi_memory *memory, uint64_t phys, struct root_table *root)
{
	const uint8_t *rsdp = view(memory, phys, RSDP_SIZE);
	uint32_t length;

	if (!rsdp)
		return ERR_TRUNCATED;
	if (memcmp(rsdp, "RSD PTR ", 8))
		return ERR_INVALID;
	if (!adds_up(rsdp, RSDP_SIZE))
		return ERR_CHECKSUM;
	*root = (struct root_table){ le32(rsdp + RSDP_RSDT), "RSDT", 4 };
	if (rsdp[RSDP_REVISION] >= 2) {
		rsdp = view(memory, phys, RSDP_SIZE_2);
		if (!rsdp)
			return ERR_TRUNCATED;
		length = le32(rsdp + RSDP_LENGTH);
		if (length < RSDP_SIZE_2)
			return ERR_TRUNCATED;
		if (length > TABLE_MAX)
			return ERR_INVALID;
		rsdp = view(memory, phys, length);
		if (!rsdp)
			return ERR_TRUNCATED;
		if (!adds_up(rsdp, length))
			return ERR_CHECKSUM;
		if (le64(rsdp + RSDP_XSDT))
			*root = (struct root_table){ le64(rsdp + RSDP_XSDT), "XSDT", 8 };
	}
	return root->phys ? OK : ERR_INVALID;
}

/* The table whose header is at phys, its length and checksum verified in that order. */
static enum err read_table(const struct acpi_memory *memory, uint64_t phys,
			   struct acpi_table *ret_table)
{
	const uint8_t *bytes = view(memory, phys, HEADER_SIZE);
	uint32_t length;

	if (!bytes)
		return ERR_TRUNCATED;
	length = le32(bytes + HEADER_LENGTH);
	if (length < HEADER_SIZE)
		return ERR_TRUNCATED;
	if (length > TABLE_MAX)
		return ERR_INVALID;
	bytes = view(memory, phys, length);
	if (!bytes)
		return ERR_TRUNCATED;
	if (!adds_up(bytes, length))
		return ERR_CHECKSUM;
	*ret_table = (struct acpi_table){ bytes, length };
	return OK;
}

static enum err read_root(const struct acpi_memory *memory, uint64_t rsdp, struct root_table *root,
			  struct acpi_table *list)
{
	enum err err = read_rsdp(memory, rsdp, root);
	const uint8_t *bytes;

	if (err)
		return err;
	bytes = view(memory, root->phys, HEADER_SIZE);
	if (!bytes)
		return ERR_TRUNCATED;
	if (memcmp(bytes, root->signature, 4))
		return ERR_INVALID;
	err = read_table(memory, root->phys, list);
	if (!err && (list->length - HEADER_SIZE) % root->entry_size)
		err = ERR_TRUNCATED;
	return err;
}

enum err acpi_find_table(const struct acpi_memory *memory, uint64_t rsdp, const char signature[4],
			 struct acpi_table *ret_table)
{
	struct root_table root;
	struct acpi_table list;
	enum err not_found = ERR_ABSENT;
	enum err err = read_root(memory, rsdp, &root, &list);

	if (err)
		return err;
	for (uint32_t off = HEADER_SIZE; off < list.length; off += root.entry_size) {
		const uint8_t *entry = list.bytes + off;
		uint64_t phys = root.entry_size == 8 ? le64(entry) : le32(entry);
		const uint8_t *header;

		/* Firmware that dropped a table leaves a null entry behind. */
		if (!phys)
			continue;
		header = view(memory, phys, HEADER_SIZE);
		if (!header)
			not_found = ERR_TRUNCATED; /* it may have been the one */
		else if (!memcmp(header, signature, 4))
			return read_table(memory, phys, ret_table);
	}
	return not_found;
}

/* PCI Firmware 3.3 sec 4.1.2: header, 8 reserved bytes, allocations of 16. */
#define MCFG_FIRST 44u
#define MCFG_ENTRY 16u
#define MCFG_BUS_SIZE (1u << 20)

static bool ranges_overlap(uint64_t a_first, uint64_t a_last, uint64_t b_first, uint64_t b_last)
{
	return a_first <= b_last && b_first <= a_last;
}

/* In units of a bus, so that no sum overflows. */
static uint64_t first_page(const struct acpi_mcfg_allocation *allocation)
{
	return allocation->base / MCFG_BUS_SIZE + allocation->bus_first;
}

static uint64_t last_page(const struct acpi_mcfg_allocation *allocation)
{
	return allocation->base / MCFG_BUS_SIZE + allocation->bus_last;
}

/* Two that name one bus twice, or one address twice, cannot both be true. */
static bool allocations_overlap(const struct acpi_mcfg_allocation *a,
				const struct acpi_mcfg_allocation *b)
{
	if (a->segment == b->segment &&
	    ranges_overlap(a->bus_first, a->bus_last, b->bus_first, b->bus_last))
		return true;
	return ranges_overlap(first_page(a), last_page(a), first_page(b), last_page(b));
}

static enum err add_allocation(struct acpi_mcfg *mcfg, const uint8_t *entry)
{
	struct acpi_mcfg_allocation allocation = {
		.base = le64(entry),
		.segment = le16(entry + 8),
		.bus_first = entry[10],
		.bus_last = entry[11],
	};
	uint64_t above = UINT64_MAX - allocation.base;

	if (!allocation.base || allocation.base % MCFG_BUS_SIZE ||
	    allocation.bus_first > allocation.bus_last)
		return ERR_INVALID;
	if (above < (allocation.bus_last + 1ull) * MCFG_BUS_SIZE - 1)
		return ERR_INVALID;
	for (unsigned i = 0; i < mcfg->count; i++) {
		if (allocations_overlap(&mcfg->allocation[i], &allocation))
			return ERR_INVALID;
	}
	if (mcfg->count == ACPI_MAX_SEGMENTS)
		return ERR_NOMEM;
	mcfg->allocation[mcfg->count++] = allocation;
	return OK;
}

enum err acpi_parse_mcfg(struct acpi_table table, struct acpi_mcfg *ret_mcfg)
{
	struct acpi_mcfg mcfg = { 0 };
	enum err err;

	if (table.length < MCFG_FIRST || (table.length - MCFG_FIRST) % MCFG_ENTRY)
		return ERR_TRUNCATED;
	for (uint32_t off = MCFG_FIRST; off < table.length; off += MCFG_ENTRY) {
		err = add_allocation(&mcfg, table.bytes + off);
		if (err)
			return err;
	}
	if (!mcfg.count)
		return ERR_ABSENT;
	*ret_mcfg = mcfg;
	return OK;
}

/* ACPI 6.5 sec 5.2.12, "Multiple APIC Description Table" and its structures by type */
#define MADT_LAPIC_ADDRESS 36
#define MADT_FLAGS 40
#define MADT_PCAT_COMPAT 1u
#define MADT_FIRST 44u
#define MADT_LAPIC 0
#define MADT_IOAPIC 1
#define MADT_OVERRIDE 2
#define MADT_LAPIC_OVERRIDE 5
#define MADT_X2APIC 9
#define MADT_CPU_ENABLED 1u
/* MPS INTI flags of type 2 */
#define MADT_POLARITY 0x0003
#define MADT_TRIGGER_SHIFT 2
#define MADT_RESERVED_CHOICE 2

static enum err add_ioapic(struct acpi_madt *madt, const uint8_t *entry)
{
	if (madt->ioapic_count == ACPI_MAX_IOAPICS)
		return ERR_NOMEM;
	if (!le32(entry + 4))
		return ERR_INVALID;
	madt->ioapic[madt->ioapic_count++] = (struct acpi_ioapic){
		.id = entry[2],
		.address = le32(entry + 4),
		.gsi_base = le32(entry + 8),
	};
	return OK;
}

static enum err add_override(struct acpi_madt *madt, const uint8_t *entry)
{
	unsigned flags = le16(entry + 8);
	unsigned polarity = flags & MADT_POLARITY;
	unsigned trigger = flags >> MADT_TRIGGER_SHIFT & MADT_POLARITY;

	/* Bus 0 is ISA, and there is no other. */
	if (entry[2] || polarity == MADT_RESERVED_CHOICE || trigger == MADT_RESERVED_CHOICE)
		return ERR_INVALID;
	if (madt->override_count == ACPI_MAX_OVERRIDES)
		return ERR_NOMEM;
	madt->override[madt->override_count++] = (struct acpi_override){
		.irq = entry[3],
		.gsi = le32(entry + 4),
		.polarity = (enum acpi_polarity)polarity,
		.trigger = (enum acpi_trigger)trigger,
	};
	return OK;
}

/* Shortest length of the types that are read; 2, the header's own, for those stepped over. */
static unsigned madt_entry_size(unsigned type)
{
	switch (type) {
	case MADT_LAPIC:
		return 8;
	case MADT_IOAPIC:
	case MADT_LAPIC_OVERRIDE:
		return 12;
	case MADT_OVERRIDE:
		return 10;
	case MADT_X2APIC:
		return 16;
	default:
		return 2;
	}
}

static enum err add_madt_entry(struct acpi_madt *madt, const uint8_t *entry)
{
	switch (entry[0]) {
	case MADT_LAPIC:
		madt->cpus += le32(entry + 4) & MADT_CPU_ENABLED;
		return OK;
	case MADT_IOAPIC:
		return add_ioapic(madt, entry);
	case MADT_OVERRIDE:
		return add_override(madt, entry);
	case MADT_LAPIC_OVERRIDE:
		madt->lapic = le64(entry + 4);
		return OK;
	case MADT_X2APIC:
		madt->cpus += le32(entry + 8) & MADT_CPU_ENABLED;
		return OK;
	default:
		return OK;
	}
}

enum err acpi_parse_madt(struct acpi_table table, struct acpi_madt *ret_madt)
{
	struct acpi_madt madt = { 0 };
	uint32_t off = MADT_FIRST;
	enum err err;

	if (table.length < MADT_FIRST)
		return ERR_TRUNCATED;
	madt.lapic = le32(table.bytes + MADT_LAPIC_ADDRESS);
	madt.has_8259 = le32(table.bytes + MADT_FLAGS) & MADT_PCAT_COMPAT;
	while (off < table.length) {
		const uint8_t *entry = table.bytes + off;
		uint32_t left = table.length - off;

		if (left < 2 || entry[1] > left)
			return ERR_TRUNCATED;
		/* Length 0 as well, which would never end. */
		if (entry[1] < madt_entry_size(entry[0]))
			return ERR_INVALID;
		err = add_madt_entry(&madt, entry);
		if (err)
			return err;
		off += entry[1];
	}
	*ret_madt = madt;
	return OK;
}

/* Intel VT-d 4.1 chapter 8: DMA Remapping Reporting Structure, DRHD structure (type 0) */
#define DMAR_FIRST 48u
#define DMAR_DRHD 0
#define DMAR_DRHD_SIZE 16u
#define DMAR_DRHD_BASE 8
#define DMAR_HEADER_SIZE 4u

static enum err add_drhd(struct acpi_dmar *dmar, const uint8_t *entry)
{
	uint64_t base = le64(entry + DMAR_DRHD_BASE);

	if (!base || base % 4096)
		return ERR_INVALID;
	if (dmar->count == ACPI_MAX_DRHDS)
		return ERR_NOMEM;
	dmar->base[dmar->count++] = base;
	return OK;
}

enum err acpi_parse_dmar(struct acpi_table table, struct acpi_dmar *ret_dmar)
{
	struct acpi_dmar dmar = { 0 };
	uint32_t off = DMAR_FIRST;

	if (table.length < DMAR_FIRST)
		return ERR_TRUNCATED;
	while (off < table.length) {
		const uint8_t *entry = table.bytes + off;
		uint32_t left = table.length - off;
		bool drhd;
		unsigned length;
		enum err err;

		if (left < DMAR_HEADER_SIZE || le16(entry + 2) > left)
			return ERR_TRUNCATED;
		length = le16(entry + 2);
		drhd = le16(entry) == DMAR_DRHD;
		if (length < (drhd ? DMAR_DRHD_SIZE : DMAR_HEADER_SIZE))
			return ERR_INVALID;
		err = drhd ? add_drhd(&dmar, entry) : OK;
		if (err)
			return err;
		off += length;
	}
	*ret_dmar = dmar;
	return OK;
}
