/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns what is said of the platform between the function and the CPU. Where a message becomes no
 * interrupt, nothing is tried: MSI is not enabled, and the reason names the part.
 */
#include "run/bench/platform.h"

#include "pci/platform.h"

static void lose_messages(struct lab *lab, const char *part, const char *what, const char *source)
{
	stream_line(&lab->out, "# hw no_msi part=%s reason=%q source=%q", part, what, source);
	if (!lab->no_msi[0])
		fmt_text(lab->no_msi, sizeof(lab->no_msi), "the platform does no MSI: %s: %s", part,
			 what);
}

void platform_read_fadt(struct lab *lab, const struct acpi_memory *memory, uint64_t rsdp)
{
	struct acpi_table table;
	struct acpi_fadt fadt;
	enum err err = acpi_find_table(memory, rsdp, "FACP", &table);

	if (!err)
		err = acpi_parse_fadt(table, &fadt);
	if (err) {
		stream_line(&lab->out, "# hw fadt error=%q", err_name(err));
		return;
	}
	if (fadt.has_boot_arch)
		stream_line(&lab->out, "# hw fadt length=%u iapc_boot_arch=%04x", table.length,
			    fadt.boot_arch);
	else
		stream_line(&lab->out, "# hw fadt length=%u", table.length);
	if (fadt.boot_arch & ACPI_FADT_NO_MSI)
		lose_messages(lab, "FADT", "IAPC_BOOT_ARCH says MSI Not Supported (bit 3)",
			      "ACPI 6.5 sec 5.2.9.3");
}

void platform_tell_mappings(struct lab *lab, const struct pci_fn *fn)
{
	struct pci_ht_mapping mapping[PCI_MAX_HT_MAPPINGS];
	unsigned count = pci_ht_msi_mappings(fn, mapping);
	char text[SBDF_TEXT];

	sbdf_format(fn->addr, text);
	for (unsigned i = 0; i < count; i++)
		stream_line(&lab->out, "# hw ht_msi_mapping sbdf=%s offset=%02x enable=%u fixed=%u",
			    text, mapping[i].off, mapping[i].enabled, mapping[i].fixed);
}

/* The function, the bridges above it, nearest first, and the host bridge. */
static void tell_all_mappings(struct lab *lab)
{
	const struct pci_fn *host = pci_host_bridge(lab->tree, lab->fn);
	bool is_above = false;

	for (const struct pci_fn *fn = lab->fn; fn;
	     fn = fn->parent < 0 ? NULL : &lab->tree->fn[fn->parent]) {
		platform_tell_mappings(lab, fn);
		is_above = is_above || fn == host;
	}
	if (host && !is_above)
		platform_tell_mappings(lab, host);
}

void platform_judge_messages(struct lab *lab)
{
	struct pci_no_msi found;
	char part[SBDF_TEXT];

	tell_all_mappings(lab);
	if (pci_loses_messages(lab->tree, lab->fn, &found)) {
		sbdf_format(found.part->addr, part);
		lose_messages(lab, part, found.what, found.source);
	}
	if (lab->no_msi[0] && lab->opt.msi)
		stream_line(&lab->out, "# run note text=%q",
			    "--msi on: the platform does no MSI; the ahci owner uses INTx, as "
			    "Linux's does then");
}

void platform_tell_hidden(struct lab *lab)
{
	for (unsigned i = 0; i < lab->tree->count; i++) {
		const struct pci_fn *fn = &lab->tree->fn[i];
		char text[SBDF_TEXT];

		if (!pci_hides_functions(fn))
			continue;
		sbdf_format(fn->addr, text);
		stream_line(&lab->out,
			    "# hw hides sbdf=%s vendor=%04x device=%04x kind=%q source=%q", text,
			    fn->vendor, fn->device, "Intel VMD", PCI_HIDES_SOURCE);
	}
}

void platform_describe_hidden(const struct lab *lab, char *buf, size_t size)
{
	char text[SBDF_TEXT];

	buf[0] = 0;
	for (unsigned i = 0; i < lab->tree->count && !buf[0]; i++) {
		const struct pci_fn *fn = &lab->tree->fn[i];

		if (!pci_hides_functions(fn))
			continue;
		sbdf_format(fn->addr, text);
		fmt_text(buf, size,
			 "; functions are hidden behind Intel VMD at %s (%04x:%04x): switch VMD "
			 "off in firmware's setup to see them",
			 text, fn->vendor, fn->device);
	}
}
