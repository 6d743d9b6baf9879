/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the way from the ACPI tables to the function under test, and the survey. Reads only.
 */
#include "run/bench/find.h"

#include "pci/mem.h"
#include "pci/platform.h"
#include "pci/quirk.h"
#include "run/bench/platform.h"
#include "run/bench/source.h"

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
				    pci_quirk_name((enum pci_quirk)bit),
				    pci_quirk_source((enum pci_quirk)bit));
	}
}

static void print_function(struct lab *lab, const struct pci_fn *fn)
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
	unsigned bars = fn->header_type == PCI_HEADER_TYPE_NORMAL   ? 6
			: fn->header_type == PCI_HEADER_TYPE_BRIDGE ? 2
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
		print_function(lab, fn);
		if (fn->header_type == PCI_HEADER_TYPE_BRIDGE)
			stream_line(&lab->out,
				    "# hw bridge sbdf=%s secondary=%02x subordinate=%02x", text,
				    fn->secondary, fn->subordinate);
		print_bars(lab, fn, text);
		print_capabilities(lab, fn, text);
		platform_tell_mappings(lab, fn);
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
		bridges += tree->fn[i].header_type == PCI_HEADER_TYPE_BRIDGE;
	stream_line(&lab->out,
		    "# hw pci functions=%u bridges=%u bridges_not_followed=%u not_kept=%u",
		    tree->count, bridges, tree->bad_bridges, tree->truncated);
	print_unseen(lab);
	platform_tell_hidden(lab);
}

/* "0000:00:1f.2 0000:00:04.0": what there is, for the one who named what there is not. */
static void list_sources(const struct lab *lab, const struct pci_fn *but, char *buf, size_t size)
{
	size_t n = 0;

	fmt_text(buf, size, "none");
	for (unsigned i = 0; i < lab->tree->count; i++) {
		const struct pci_fn *fn = &lab->tree->fn[i];
		char text[SBDF_TEXT];

		if (fn == but || !source_kind_of(fn))
			continue;
		sbdf_format(fn->addr, text);
		n += fmt_text(buf + n, size - n, "%s%s", n ? " " : "", text);
	}
}

/*
 * A class of all-ones from a function that had a Vendor ID: it left while it was enumerated, and
 * what it was is not known.
 */
static bool has_left(struct lab *lab, const struct pci_fn *fn)
{
	char text[SBDF_TEXT];

	if (fn->class_revision != UINT32_MAX || !pci_fn_is_gone(fn))
		return false;
	sbdf_format(fn->addr, text);
	lab_stop(lab, LAB_CANNOT, "gone: %s reads all-ones since its Vendor ID was read", text);
	return true;
}

/* Functions that are there and stayed not ready: this one, or with NULL any; their number. */
static unsigned stayed_not_ready(const struct pci_tree *tree, const struct sbdf *addr)
{
	unsigned count = 0;

	for (unsigned i = 0; i < tree->retry_count && i < PCI_MAX_RETRIES; i++)
		count += !tree->retry[i].is_ready &&
			 (!addr || sbdf_equal(tree->retry[i].addr, *addr));
	return count;
}

static enum err choose_named(struct lab *lab)
{
	char wanted[SBDF_TEXT], there[160];

	sbdf_format(lab->opt.device, wanted);
	list_sources(lab, NULL, there, sizeof(there));
	lab->fn = pci_tree_find(lab->tree, lab->opt.device);
	if (!lab->fn && stayed_not_ready(lab->tree, &lab->opt.device)) {
		lab_stop(lab, LAB_CANNOT,
			 "--device %s: not ready: it answered Request Retry Status for %u ms",
			 wanted, PCI_READY_US / 1000);
		return ERR_TIMEOUT;
	}
	if (!lab->fn) {
		lab_stop(lab, LAB_USAGE,
			 "--device %s: no such function; AHCI or edu functions here: %s", wanted,
			 there);
		return ERR_ABSENT;
	}
	if (has_left(lab, lab->fn)) {
		lab->fn = NULL;
		return ERR_GONE;
	}
	lab->fn_kind = source_kind_named(lab->fn);
	if (!lab->fn_kind) {
		lab_stop(lab, LAB_USAGE,
			 "--device %s: class %06x is not AHCI, and it is no edu%s; AHCI or edu "
			 "functions here: %s",
			 wanted, lab->fn->class_revision >> 8,
			 pci_hides_functions(lab->fn)
				 ? ": it is Intel VMD, which hides functions behind it (switch it "
				   "off in firmware's setup)"
			 : source_is_raid(lab->fn) ? "; CAP, PI and VS behind BAR 5 are no HBA's"
						   : "",
			 there);
		lab->fn = NULL;
		return ERR_INVALID;
	}
	return OK;
}

/* Named, or none: nobody's second controller is disturbed unasked. */
static enum err choose_neighbour(struct lab *lab)
{
	struct pci_fn *fn = pci_tree_find(lab->tree, lab->opt.neighbour);
	char wanted[SBDF_TEXT], there[160];
	const char *why;

	if (!lab->opt.has_neighbour)
		return OK;
	if (fn && fn != lab->fn)
		lab->neighbour_kind = source_kind_named(fn);
	why = !fn                    ? "no such function"
	      : fn == lab->fn        ? "it is the function under test"
	      : !lab->neighbour_kind ? "neither AHCI nor edu"
				     : NULL;
	if (!why) {
		lab->neighbour = fn;
		print_function(lab, fn);
		return OK;
	}
	sbdf_format(lab->opt.neighbour, wanted);
	list_sources(lab, lab->fn, there, sizeof(there));
	lab_stop(lab, LAB_USAGE, "--neighbour %s: %s; other AHCI or edu functions here: %s", wanted,
		 why, there);
	return ERR_ABSENT;
}

/* None that is taken unasked: what there is instead, in one line. */
static void tell_no_ahci(struct lab *lab)
{
	const struct pci_tree *tree = lab->tree;
	char text[SBDF_TEXT], raid[160] = "", hidden[160];

	for (unsigned i = 0; i < tree->count && !raid[0]; i++) {
		const struct pci_fn *fn = &tree->fn[i];

		if (!source_is_raid(fn))
			continue;
		sbdf_format(fn->addr, text);
		fmt_text(raid, sizeof(raid),
			 "; %s is a controller in RAID mode (class %06x, %04x:%04x): --device %s "
			 "takes it if AHCI registers are behind its BAR 5",
			 text, fn->class_revision >> 8, fn->vendor, fn->device, text);
	}
	platform_describe_hidden(lab, hidden, sizeof(hidden));
	lab_stop(lab, LAB_SKIP, "no AHCI function in %u functions found%s%s%s", tree->count,
		 stayed_not_ready(tree, NULL) ? "; some stayed not ready (hw retry_status)" : "",
		 hidden,
		 raid[0]     ? raid
		 : hidden[0] ? ""
			     : ": add one, or name another kind with --device (--survey lists what "
			       "there is)");
}

/* An edu is QEMU's and taken only when it is named. */
static enum err choose_first(struct lab *lab)
{
	bool named = false;

	for (unsigned i = 0; i < lab->tree->count && !lab->fn; i++) {
		struct pci_fn *fn = &lab->tree->fn[i];
		const struct source_kind *kind = source_kind_of(fn);

		if (has_left(lab, fn))
			return ERR_GONE;
		if (!kind || !kind->is_default)
			continue;
		if (lab->opt.has_neighbour && sbdf_equal(fn->addr, lab->opt.neighbour))
			named = true;
		else
			lab->fn = fn;
		lab->fn_kind = kind;
	}
	if (lab->fn)
		return OK;
	if (named) {
		lab_stop(lab, LAB_USAGE,
			 "--neighbour names the only AHCI function: none is left to be tested");
		return ERR_INVALID;
	}
	tell_no_ahci(lab);
	return ERR_ABSENT;
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
	err = lab->opt.has_device ? choose_named(lab) : choose_first(lab);
	if (err)
		return err;
	print_function(lab, lab->fn);
	platform_judge_messages(lab);
	return choose_neighbour(lab);
}
