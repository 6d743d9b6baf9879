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
#define HEADER_CHECKSUM 9
/* No table of a real machine comes near; a length field of a wild pointer does. */
#define TABLE_MAX (16u << 20)

static const char sum_wrong[] = "the checksum is wrong; the table is used";
static const char rest_left_out[] = "bytes behind the last whole entry are left out";

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

static void remark(struct acpi_remarks *remarks, struct acpi_remark what)
{
	if (!remarks)
		return;
	for (unsigned i = 0; i < remarks->count && i < ACPI_MAX_REMARKS; i++) {
		const struct acpi_remark *old = &remarks->remark[i];

		/* RSDP and XSDT are read again for every table. */
		if (!memcmp(old->table, what.table, 4) && old->offset == what.offset &&
		    old->what == what.what)
			return;
	}
	if (remarks->count < ACPI_MAX_REMARKS)
		remarks->remark[remarks->count] = what;
	remarks->count++;
}

/* Where the list of tables is, and how wide its pointers are. */
struct root_table {
	uint64_t phys;
	const char *signature;
	unsigned entry_size;
};

/*
 * Firmware hands the RSDP's address over, so that nothing has to be searched for and the sums are
 * not needed to know it; Linux does not look at them then (acpi_tb_parse_root_table()).
 */
static void judge_rsdp(const struct acpi_memory *memory, uint64_t phys, const uint8_t *rsdp)
{
	uint32_t length = RSDP_SIZE_2;
	bool extended = rsdp[RSDP_REVISION] >= 2;

	if (!adds_up(rsdp, RSDP_SIZE))
		remark(memory->remarks, (struct acpi_remark){ "RSDP", 8, 1, sum_wrong });
	if (!extended)
		return;
	length = le32(rsdp + RSDP_LENGTH);
	rsdp = length < RSDP_SIZE_2 || length > TABLE_MAX ? NULL : view(memory, phys, length);
	if (!rsdp)
		remark(memory->remarks,
		       (struct acpi_remark){ "RSDP", RSDP_LENGTH, 4,
					     "the length cannot be right: 36 is used" });
	else if (!adds_up(rsdp, length))
		remark(memory->remarks, (struct acpi_remark){ "RSDP", 32, 1, sum_wrong });
}

static enum err read_rsdp(const struct acpi_memory *memory, uint64_t phys, struct root_table *root)
{
	const uint8_t *rsdp = view(memory, phys, RSDP_SIZE);

	if (!rsdp)
		return ERR_TRUNCATED;
	if (memcmp(rsdp, "RSD PTR ", 8))
		return ERR_INVALID;
	*root = (struct root_table){ le32(rsdp + RSDP_RSDT), "RSDT", 4 };
	if (rsdp[RSDP_REVISION] >= 2) {
		rsdp = view(memory, phys, RSDP_SIZE_2);
		if (!rsdp)
			return ERR_TRUNCATED;
		if (le64(rsdp + RSDP_XSDT))
			*root = (struct root_table){ le64(rsdp + RSDP_XSDT), "XSDT", 8 };
	}
	judge_rsdp(memory, phys, rsdp);
	return root->phys ? OK : ERR_INVALID;
}

/*
 * The table whose header is at phys. A wrong checksum is told and no more: Linux warns and uses the
 * table (acpi_ut_verify_checksum() with ACPI_CHECKSUM_ABORT off, as it is built).
 */
static enum err read_table(const struct acpi_memory *memory, uint64_t phys, const char *signature,
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
		remark(memory->remarks,
		       (struct acpi_remark){ signature, HEADER_CHECKSUM, 1, sum_wrong });
	*ret_table = (struct acpi_table){ bytes, length, memory->remarks };
	return OK;
}

/* Drops, and tells, what is behind the last whole entry of a list from first on. */
static void whole_entries(struct acpi_table *table, const char *signature, uint32_t first,
			  uint32_t entry_size)
{
	uint32_t rest = (table->length - first) % entry_size;

	table->length -= rest;
	if (rest)
		remark(table->remarks,
		       (struct acpi_remark){ signature, table->length, rest, rest_left_out });
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
	err = read_table(memory, root->phys, root->signature, list);
	if (!err)
		whole_entries(list, root->signature, HEADER_SIZE, root->entry_size);
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
			return read_table(memory, phys, signature, ret_table);
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

static bool can_be(const struct acpi_mcfg_allocation *allocation)
{
	uint64_t above = UINT64_MAX - allocation->base;

	return allocation->base && allocation->base % MCFG_BUS_SIZE == 0 &&
	       allocation->bus_first <= allocation->bus_last &&
	       above >= (allocation->bus_last + 1ull) * MCFG_BUS_SIZE - 1;
}

/* NULL, or why the entry was left out. */
static const char *add_allocation(struct acpi_mcfg *mcfg, const uint8_t *entry)
{
	struct acpi_mcfg_allocation allocation = {
		.base = le64(entry),
		.segment = le16(entry + 8),
		.bus_first = entry[10],
		.bus_last = entry[11],
	};

	if (!can_be(&allocation))
		return "an allocation that cannot be (base, or bus numbers): left out";
	for (unsigned i = 0; i < mcfg->count; i++) {
		if (allocations_overlap(&mcfg->allocation[i], &allocation))
			return "an allocation that overlaps an earlier one: left out";
	}
	if (mcfg->count == ACPI_MAX_SEGMENTS)
		return "more allocations than are kept: left out";
	mcfg->allocation[mcfg->count++] = allocation;
	return NULL;
}

enum err acpi_parse_mcfg(struct acpi_table table, struct acpi_mcfg *ret_mcfg)
{
	struct acpi_mcfg mcfg = { 0 };

	if (table.length < MCFG_FIRST)
		return ERR_TRUNCATED;
	whole_entries(&table, "MCFG", MCFG_FIRST, MCFG_ENTRY);
	if (table.length == MCFG_FIRST)
		return ERR_ABSENT;
	for (uint32_t off = MCFG_FIRST; off < table.length; off += MCFG_ENTRY) {
		const char *why = add_allocation(&mcfg, table.bytes + off);

		if (why)
			remark(table.remarks, (struct acpi_remark){ "MCFG", off, MCFG_ENTRY, why });
	}
	if (!mcfg.count)
		return ERR_INVALID;
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

/* The adders answer NULL, or why the entry was left out. */

static const char *add_ioapic(struct acpi_madt *madt, const uint8_t *entry)
{
	if (!le32(entry + 4))
		return "an I/O APIC at address 0: left out";
	if (madt->ioapic_count == ACPI_MAX_IOAPICS)
		return "more I/O APICs than are kept: left out";
	madt->ioapic[madt->ioapic_count++] = (struct acpi_ioapic){
		.id = entry[2],
		.address = le32(entry + 4),
		.gsi_base = le32(entry + 8),
	};
	return NULL;
}

static const char *add_override(struct acpi_madt *madt, const uint8_t *entry)
{
	unsigned flags = le16(entry + 8);
	unsigned polarity = flags & MADT_POLARITY;
	unsigned trigger = flags >> MADT_TRIGGER_SHIFT & MADT_POLARITY;

	/* Bus 0 is ISA, and there is no other. */
	if (entry[2])
		return "an override of a bus that is not ISA: left out";
	if (polarity == MADT_RESERVED_CHOICE || trigger == MADT_RESERVED_CHOICE)
		return "an override with a reserved polarity or trigger: left out";
	if (madt->override_count == ACPI_MAX_OVERRIDES)
		return "more overrides than are kept: left out";
	madt->override[madt->override_count++] = (struct acpi_override){
		.irq = entry[3],
		.gsi = le32(entry + 4),
		.polarity = (enum acpi_polarity)polarity,
		.trigger = (enum acpi_trigger)trigger,
	};
	return NULL;
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

static const char *add_madt_entry(struct acpi_madt *madt, const uint8_t *entry)
{
	if (entry[1] < madt_entry_size(entry[0]))
		return "an entry shorter than its type: left out";
	switch (entry[0]) {
	case MADT_LAPIC:
		madt->cpus += le32(entry + 4) & MADT_CPU_ENABLED;
		return NULL;
	case MADT_IOAPIC:
		return add_ioapic(madt, entry);
	case MADT_OVERRIDE:
		return add_override(madt, entry);
	case MADT_LAPIC_OVERRIDE:
		madt->lapic = le64(entry + 4);
		return NULL;
	case MADT_X2APIC:
		madt->cpus += le32(entry + 8) & MADT_CPU_ENABLED;
		return NULL;
	default:
		return NULL;
	}
}

/* Padding: pairs of zero bytes, which as an entry would be a local APIC of length 0. */
static uint32_t zero_bytes(const uint8_t *bytes, uint32_t left)
{
	uint32_t count = 0;

	while (count + 1 < left && !bytes[count] && !bytes[count + 1])
		count += 2;
	return count;
}

/*
 * How far it is to the next entry. A length below 2 says nothing: then it is what the type has, if
 * the type is one of those read, else no entry behind it can be found.
 */
static uint32_t madt_step(const uint8_t *entry, uint32_t left, const char **ret_why)
{
	uint32_t zeros = zero_bytes(entry, left);
	unsigned size;

	if (zeros) {
		*ret_why = "zero bytes are no entry: left out";
		return zeros;
	}
	if (left < 2 || entry[1] > left) {
		*ret_why = "an entry that does not end in the table: left out";
		return left;
	}
	if (entry[1] >= 2)
		return entry[1];
	*ret_why = "an entry of length 0 or 1: left out";
	size = madt_entry_size(entry[0]);
	return size > 2 && size < left ? size : left;
}

enum err acpi_parse_madt(struct acpi_table table, struct acpi_madt *ret_madt)
{
	struct acpi_madt madt = { 0 };
	uint32_t off = MADT_FIRST;

	if (table.length < MADT_FIRST)
		return ERR_TRUNCATED;
	madt.lapic = le32(table.bytes + MADT_LAPIC_ADDRESS);
	madt.has_8259 = le32(table.bytes + MADT_FLAGS) & MADT_PCAT_COMPAT;
	while (off < table.length) {
		const uint8_t *entry = table.bytes + off;
		const char *why = NULL;
		uint32_t step = madt_step(entry, table.length - off, &why);

		if (!why)
			why = add_madt_entry(&madt, entry);
		if (why)
			remark(table.remarks, (struct acpi_remark){ "APIC", off, step, why });
		off += step;
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

static const char *add_drhd(struct acpi_dmar *dmar, const uint8_t *entry)
{
	uint64_t base = le64(entry + DMAR_DRHD_BASE);

	if (!base || base % 4096)
		return "a remapping unit whose address cannot be: left out";
	if (dmar->count == ACPI_MAX_DRHDS)
		return "more remapping units than are kept: left out";
	dmar->base[dmar->count++] = base;
	return NULL;
}

/* As madt_step(), for lengths of 16 bits. */
static uint32_t dmar_step(const uint8_t *entry, uint32_t left, const char **ret_why)
{
	uint32_t length = left < DMAR_HEADER_SIZE ? left : le16(entry + 2);

	if (left < DMAR_HEADER_SIZE || length > left || length < DMAR_HEADER_SIZE) {
		*ret_why = "an entry whose length cannot be: it and what is behind it left out";
		return left;
	}
	if (le16(entry) == DMAR_DRHD && length < DMAR_DRHD_SIZE)
		*ret_why = "an entry shorter than its type: left out";
	return length;
}

enum err acpi_parse_dmar(struct acpi_table table, struct acpi_dmar *ret_dmar)
{
	struct acpi_dmar dmar = { 0 };
	uint32_t off = DMAR_FIRST;

	if (table.length < DMAR_FIRST)
		return ERR_TRUNCATED;
	while (off < table.length) {
		const uint8_t *entry = table.bytes + off;
		const char *why = NULL;
		uint32_t step = dmar_step(entry, table.length - off, &why);

		if (!why && le16(entry) == DMAR_DRHD)
			why = add_drhd(&dmar, entry);
		if (why)
			remark(table.remarks, (struct acpi_remark){ "DMAR", off, step, why });
		off += step;
	}
	*ret_dmar = dmar;
	return OK;
}
