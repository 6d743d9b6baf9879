/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the way from the ACPI tables to the function under test, and the survey. Reads only.
 */
#include "run/bench/find.h"

#include "pci/mem.h"
#include "pci/platform.h"
#include "pci/quirk.h"
#include "run/bench/choose.h"
#include "run/bench/platform.h"

/* What was wrong in the tables and was read all the same, as far as it was not told yet. */
static void tell_remarks(struct lab *lab, struct acpi_remarks *remarks)
{
	for (; remarks->told < remarks->count; remarks->told++) {
		const struct acpi_remark *remark = &remarks->remark[remarks->told];

		if (remarks->told == ACPI_MAX_REMARKS) {
			stream_line(&lab->out, "# hw table more=%u",
				    remarks->count - ACPI_MAX_REMARKS);
			remarks->told = remarks->count;
			return;
		}
		stream_line(&lab->out, "# hw table name=%s offset=%u length=%u remark=%q",
			    remark->table, remark->offset, remark->length, remark->what);
	}
}

static enum err find_ecam(struct lab *lab, const struct acpi_memory *memory, uint64_t rsdp,
			  struct acpi_mcfg *ret_mcfg)
{
	struct acpi_table table;
	enum err err;

	if (!rsdp) {
		lab_stop(lab, LAB_CANNOT, "firmware names no ACPI RSDP: no way to ECAM");
		return ERR_ABSENT;
	}
	err = acpi_find_table(memory, rsdp, "MCFG", &table);
	if (err == ERR_ABSENT) {
		lab_stop(lab, LAB_CANNOT,
			 "no ACPI MCFG table: this machine has no ECAM "
			 "(QEMU's -machine pc has none, q35 has)");
		return err;
	}
	if (!err)
		err = acpi_parse_mcfg(table, ret_mcfg);
	tell_remarks(lab, memory->remarks);
	if (err)
		lab_stop(lab, LAB_CANNOT, "the ACPI tables on the way to MCFG are malformed: %s",
			 err_name(err));
	return err;
}

/* Without a MADT there are config space checks and no deliveries: not an error. */
static void find_controllers(struct lab *lab, const struct acpi_memory *memory, uint64_t rsdp)
{
	struct acpi_table table;
	enum err err = acpi_find_table(memory, rsdp, "APIC", &table);

	if (!err)
		err = acpi_parse_madt(table, &lab->madt);
	if (err) {
		memset(&lab->madt, 0, sizeof(lab->madt));
		stream_line(&lab->out, "# hw madt error=%q", err_name(err));
		return;
	}
	for (unsigned i = 0; i < lab->madt.ioapic_count; i++)
		stream_line(&lab->out, "# hw ioapic id=%u address=%lx gsi_base=%u",
			    lab->madt.ioapic[i].id, lab->madt.ioapic[i].address,
			    lab->madt.ioapic[i].gsi_base);
	for (unsigned i = 0; i < lab->madt.override_count; i++)
		stream_line(&lab->out, "# hw override irq=%u gsi=%u polarity=%u trigger=%u",
			    lab->madt.override[i].irq, lab->madt.override[i].gsi,
			    lab->madt.override[i].polarity, lab->madt.override[i].trigger);
}

#define VTD_GSTS 0x1c /* Intel VT-d 4.1, Global Status Register */
#define VTD_GSTS_IRES (1u << 25)

/*
 * With interrupt remapping on, an RTE of the plain format delivers nothing: no verdict can be had.
 */
static void find_remapping(struct lab *lab, const struct acpi_memory *memory, uint64_t rsdp)
{
	struct acpi_table table;
	struct acpi_dmar dmar;

	if (acpi_find_table(memory, rsdp, "DMAR", &table) || acpi_parse_dmar(table, &dmar))
		return;
	for (unsigned i = 0; i < dmar.count; i++) {
		uint32_t gsts;

		if (!lab->hw->ops->mmio_is_mapped(lab->hw, dmar.base[i], 0x1000))
			continue;
		gsts = hw_read32(lab->hw, dmar.base[i] + VTD_GSTS);
		stream_line(&lab->out, "# hw remapping unit=%lx gsts=%08x", dmar.base[i], gsts);
		if (gsts != UINT32_MAX && gsts & VTD_GSTS_IRES)
			lab->no_delivery = "firmware left interrupt remapping on (GSTS.IRES = 1)";
	}
}

static void print_quirks(struct lab *lab, const struct pci_fn *fn, const char *sbdf)
{
	unsigned quirks = pci_quirks(lab->tree, fn);

	for (unsigned bit = 1; bit <= quirks; bit <<= 1) {
		if (quirks & bit)
			stream_line(&lab->out, "# hw quirk sbdf=%s kind=%s source=%q", sbdf,
				    pci_quirk_name(bit), pci_quirk_source(bit));
	}
}

void find_tell_function(struct lab *lab, const struct pci_fn *fn)
{
	static const char pins[] = "-ABCD";
	char text[SBDF_TEXT], top[SBDF_TEXT];
	const struct pci_fn *root = fn;
	uint8_t root_pin = pci_root_pin(lab->tree, fn, NULL);
	uint16_t msi;

	sbdf_format(fn->addr, text);
	while (root->parent >= 0)
		root = &lab->tree->fn[root->parent];
	sbdf_format(root->addr, top);
	if (pci_find_capability(fn, PCI_CAP_ID_MSI, &msi))
		msi = 0;
	stream_line(&lab->out,
		    "# hw function sbdf=%s vendor=%04x device=%04x class=%06x revision=%02x pin=%c "
		    "interrupt_line=%02x command=%04x status=%04x msi_cap=%02x root=%s root_pin=%c",
		    text, fn->vendor, fn->device, fn->class_revision >> 8,
		    fn->class_revision & 0xff, fn->pin <= 4 ? pins[fn->pin] : '?', fn->line,
		    pci_cfg_read16(fn, PCI_COMMAND), pci_cfg_read16(fn, PCI_STATUS), msi, top,
		    pins[root_pin]);
	print_quirks(lab, fn, text);
}

static void print_bars(struct lab *lab, const struct pci_fn *fn, const char *sbdf)
{
	unsigned bars = fn->header_type == PCI_HEADER_TYPE_NORMAL    ? 6
			: fn->header_type == PCI_HEADER_TYPE_BRIDGE  ? 2
			: fn->header_type == PCI_HEADER_TYPE_CARDBUS ? 1
								     : 0;
	struct pci_bar bar;

	for (unsigned i = 0; i < bars; i += bar.is_64 ? 2 : 1) {
		if (pci_bar_read(fn, i, &bar))
			return;
		if (bar.present)
			stream_line(
				&lab->out,
				"# hw bar sbdf=%s index=%u kind=%s bits=%u prefetch=%u base=%lx",
				sbdf, i, bar.io ? "io" : "memory", bar.is_64 ? 64 : 32,
				bar.prefetch, bar.base);
	}
}

static void print_capabilities(struct lab *lab, const struct pci_fn *fn, const char *sbdf)
{
	struct pci_capability caps[PCI_MAX_CAPABILITIES];
	unsigned count = 0;
	enum err err = pci_list_capabilities(fn, caps, PCI_MAX_CAPABILITIES, &count);

	for (unsigned i = 0; i < count; i++)
		stream_line(&lab->out, "# hw capability sbdf=%s id=%04x offset=%03x kind=%s", sbdf,
			    caps[i].id, caps[i].off, caps[i].extended ? "extended" : "standard");
	if (err && err != ERR_ABSENT)
		stream_line(&lab->out, "# hw capability sbdf=%s error=%q", sbdf, err_name(err));
}

static void survey(struct lab *lab)
{
	for (unsigned i = 0; i < lab->tree->count; i++) {
		const struct pci_fn *fn = &lab->tree->fn[i];
		char text[SBDF_TEXT];

		sbdf_format(fn->addr, text);
		find_tell_function(lab, fn);
		if (pci_is_bridge(fn))
			stream_line(&lab->out,
				    "# hw bridge sbdf=%s secondary=%02x subordinate=%02x", text,
				    fn->secondary, fn->subordinate);
		print_bars(lab, fn, text);
		print_capabilities(lab, fn, text);
		platform_tell_mappings(lab, fn);
		choose_tell_source(lab, fn);
	}
	lab_stop(lab, LAB_DONE, "survey of %u functions, no function was written to",
		 lab->tree->count);
}

/* Functions that are not there yet, and buses that cannot be looked at. */
static void print_unseen(struct lab *lab)
{
	const struct pci_tree *tree = lab->tree;
	char text[SBDF_TEXT];
	uint8_t bus;

	for (unsigned i = 0; i < tree->retry_count && i < PCI_MAX_RETRIES; i++) {
		sbdf_format(tree->retry[i].addr, text);
		stream_line(&lab->out, "# hw retry_status sbdf=%s state=%s waited_us=%lu", text,
			    tree->retry[i].is_ready ? "ready" : "not-ready",
			    tree->retry[i].waited_us);
	}
	for (unsigned i = 0; i < tree->count; i++) {
		const struct pci_fn *fn = &tree->fn[i];

		if (!pci_leads_beyond_ecam(tree, fn, &bus))
			continue;
		sbdf_format(fn->addr, text);
		stream_line(&lab->out,
			    "# hw beyond_ecam sbdf=%s secondary=%02x subordinate=%02x from=%02x",
			    text, fn->secondary, fn->subordinate, bus);
	}
}

static void print_tree(struct lab *lab)
{
	const struct pci_tree *tree = lab->tree;
	unsigned bridges = 0;

	for (unsigned i = 0; i < tree->mcfg.count; i++)
		stream_line(&lab->out,
			    "# hw ecam segment=%04x base=%lx bus_first=%02x bus_last=%02x",
			    tree->mcfg.allocation[i].segment, tree->mcfg.allocation[i].base,
			    tree->mcfg.allocation[i].bus_first, tree->mcfg.allocation[i].bus_last);
	for (unsigned i = 0; i < tree->count; i++)
		bridges += pci_is_bridge(&tree->fn[i]);
	stream_line(&lab->out,
		    "# hw pci functions=%u bridges=%u bridges_not_followed=%u not_kept=%u",
		    tree->count, bridges, tree->bad_bridges, tree->truncated);
	print_unseen(lab);
	platform_tell_hidden(lab);
}

static enum err find_machine(struct lab *lab, const struct acpi_memory *memory, uint64_t rsdp,
			     const struct pci_root *roots, unsigned root_count,
			     struct pci_tree *tree)
{
	struct acpi_mcfg mcfg;
	enum err err = find_ecam(lab, memory, rsdp, &mcfg);

	if (err)
		return err;
	lab->tree = tree;
	err = pci_enumerate(lab->hw, &mcfg, roots, root_count, tree);
	if (err) {
		lab_stop(lab, LAB_CANNOT, "ECAM at %lx does not enumerate: %s",
			 mcfg.allocation[0].base, err_name(err));
		return err;
	}
	print_tree(lab);
	find_controllers(lab, memory, rsdp);
	find_remapping(lab, memory, rsdp);
	platform_read_fadt(lab, memory, rsdp);
	tell_remarks(lab, memory->remarks);
	return OK;
}

enum err find_function(struct lab *lab, const struct acpi_memory *memory, uint64_t rsdp,
		       const struct pci_root *roots, unsigned root_count, struct pci_tree *tree)
{
	struct acpi_remarks remarks = { 0 };
	struct acpi_memory remarked = *memory;
	enum err err;

	remarked.remarks = &remarks;
	err = find_machine(lab, &remarked, rsdp, roots, root_count, tree);
	if (err)
		return err;
	if (lab->opt.action == ACTION_SURVEY) {
		survey(lab);
		return ERR_INVALID;
	}
	return choose_functions(lab);
}
