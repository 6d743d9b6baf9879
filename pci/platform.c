/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns Linux's lists of chipsets and bridges that do no MSI, and the look at HyperTransport's
 * mappings. Nothing is switched on here, though Linux does so for some: a bridge is not ours.
 */
#include "pci/platform.h"

#define NVIDIA 0x10de
#define ULI 0x10b9

/* Where a row's function must stand for the one under test to lose its messages. */
enum where { ANYWHERE, ABOVE, ABOVE_UNMAPPED };

struct row {
	uint16_t vendor, device;
	uint8_t where;
};

static const struct row rows[] = {
	/* drivers/pci/quirks.c, quirk_disable_all_msi() */
	{ 0x1166, 0x0017, ANYWHERE }, /* ServerWorks GCNB-LE */
	{ 0x1002, 0x5a33, ANYWHERE }, /* ATI RS400/200 */
	{ 0x1002, 0x5950, ANYWHERE }, /* ATI RS480 */
	{ 0x1106, 0x0336, ANYWHERE }, /* VIA VT3336, VT3351, VT3364, 8380 */
	{ 0x1106, 0x0351, ANYWHERE },
	{ 0x1106, 0x0364, ANYWHERE },
	{ 0x1106, 0x0204, ANYWHERE },
	{ 0x1039, 0x0761, ANYWHERE }, /* SiS 761 */
	{ 0x144d, 0xa5e3, ANYWHERE }, /* Samsung */
	/* ... quirk_disable_msi() */
	{ 0x1022, 0x7450, ABOVE }, /* AMD 8131 */
	{ 0x1106, 0xa238, ABOVE },
	{ 0x1002, 0x5a3f, ABOVE },
	{ 0x17f3, 0x1031, ABOVE }, /* RDC */
	/* ... quirk_msi_ht_cap(), quirk_nvidia_ck804_msi_ht_cap(): without a mapping, too */
	{ 0x1166, 0x0132, ABOVE_UNMAPPED }, /* ServerWorks HT2000 */
	{ NVIDIA, 0x005d, ABOVE_UNMAPPED }, /* CK804 */
};

static const char in_chipset[] = "a chipset on which Linux does no MSI";
static const char at_bridge[] = "a bridge behind which Linux does no MSI";
static const char unmapped[] = "its HyperTransport MSI mapping is off";
static const char from_all[] = "Linux drivers/pci/quirks.c, quirk_disable_all_msi()";
static const char from_bridge[] = "Linux drivers/pci/quirks.c, quirk_disable_msi()";
static const char from_780[] = "Linux drivers/pci/quirks.c, quirk_amd_780_apc_msi()";
static const char from_mapping[] = "Linux drivers/pci/quirks.c, quirk_msi_ht_cap()";
static const char switched_on[] = "Linux drivers/pci/quirks.c, which switches this one on";

static bool is_listed(const struct pci_fn *fn, enum where where)
{
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].where == where && rows[i].vendor == fn->vendor &&
		    rows[i].device == fn->device)
			return true;
	}
	return false;
}

static uint8_t ht_type(const struct pci_fn *fn, const struct pci_capability *cap)
{
	return pci_cfg_read8(fn, cap->off + HT_CAP_TYPE);
}

/* The list's standard part; what is before an error counts, as it does for Linux. */
static unsigned list_ht(const struct pci_fn *fn, struct pci_capability caps[PCI_MAX_CAPABILITIES])
{
	unsigned count = 0, kept = 0;
	enum err unread = pci_list_capabilities(fn, caps, PCI_MAX_CAPABILITIES, &count);

	(void)unread;
	for (unsigned i = 0; i < count; i++) {
		if (!caps[i].extended && caps[i].id == PCI_CAP_ID_HT)
			caps[kept++] = caps[i];
	}
	return kept;
}

unsigned pci_ht_msi_mappings(const struct pci_fn *fn,
			     struct pci_ht_mapping ret_mapping[PCI_MAX_HT_MAPPINGS])
{
	struct pci_capability caps[PCI_MAX_CAPABILITIES];
	unsigned count = list_ht(fn, caps), kept = 0;

	for (unsigned i = 0; i < count && kept < PCI_MAX_HT_MAPPINGS; i++) {
		uint8_t flags = pci_cfg_read8(fn, caps[i].off + HT_MSI_FLAGS);

		if ((ht_type(fn, &caps[i]) & HT_5BIT_CAP_MASK) != HT_CAPTYPE_MSI_MAPPING)
			continue;
		ret_mapping[kept++] = (struct pci_ht_mapping){
			.off = caps[i].off,
			.enabled = flags & HT_MSI_FLAGS_ENABLE,
			.fixed = flags & HT_MSI_FLAGS_FIXED,
		};
	}
	return kept;
}

static bool hangs_on_ht(const struct pci_fn *fn)
{
	struct pci_capability caps[PCI_MAX_CAPABILITIES];
	unsigned count = list_ht(fn, caps);

	for (unsigned i = 0; i < count; i++) {
		if ((ht_type(fn, &caps[i]) & HT_3BIT_CAP_MASK) == HT_CAPTYPE_SLAVE)
			return true;
	}
	return false;
}

enum mapping { NO_MAPPING, MAPPING_OFF, MAPPING_ON };

/* "MSI is supported if the MSI capability is set in any of these mappings." */
static enum mapping mapping_of(const struct pci_fn *fn)
{
	struct pci_ht_mapping mapping[PCI_MAX_HT_MAPPINGS];
	unsigned count = pci_ht_msi_mappings(fn, mapping);

	for (unsigned i = 0; i < count; i++) {
		if (mapping[i].enabled)
			return MAPPING_ON;
	}
	return count ? MAPPING_OFF : NO_MAPPING;
}

static const struct pci_fn *above(const struct pci_tree *tree, const struct pci_fn *fn)
{
	return fn->parent < 0 ? NULL : &tree->fn[fn->parent];
}

const struct pci_fn *pci_host_bridge(struct pci_tree *tree, const struct pci_fn *fn)
{
	struct sbdf addr = { 0 };

	while (above(tree, fn))
		fn = above(tree, fn);
	addr.segment = fn->addr.segment;
	addr.bus = fn->addr.bus;
	return pci_tree_find(tree, addr);
}

/* Erratum 18: that bridge's Vendor ID is anybody's, so the host bridge tells. */
static bool is_780_apc(const struct pci_fn *host, const struct pci_fn *bridge)
{
	return host && host->vendor == 0x1022 &&
	       (host->device == 0x9600 || host->device == 0x9601) && bridge->parent < 0 &&
	       bridge->addr.dev == 1 && bridge->addr.fn == 0 && bridge->device == 0x9602;
}

static bool switched_on_by_linux(const struct pci_fn *fn)
{
	return fn->vendor == NVIDIA || fn->vendor == ULI ||
	       (fn->vendor == 0x1166 && fn->device == 0x0036) ||
	       (fn->vendor == 0x1022 && fn->device == 0x7458);
}

static bool tell(struct pci_no_msi *ret, const struct pci_fn *part, const char *what,
		 const char *source)
{
	*ret = (struct pci_no_msi){ part, what, source };
	return true;
}

static bool is_listed_on_the_way(struct pci_tree *tree, const struct pci_fn *fn,
				 struct pci_no_msi *ret)
{
	const struct pci_fn *host = pci_host_bridge(tree, fn);

	for (unsigned i = 0; i < tree->count; i++) {
		if (is_listed(&tree->fn[i], ANYWHERE))
			return tell(ret, &tree->fn[i], in_chipset, from_all);
	}
	for (const struct pci_fn *up = above(tree, fn); up; up = above(tree, up)) {
		if (is_listed(up, ABOVE))
			return tell(ret, up, at_bridge, from_bridge);
		if (is_780_apc(host, up))
			return tell(ret, up, at_bridge, from_780);
	}
	return false;
}

static bool is_unmapped(struct pci_tree *tree, const struct pci_fn *fn, struct pci_no_msi *ret)
{
	const struct pci_fn *host = pci_host_bridge(tree, fn), *off = NULL;
	enum mapping own = mapping_of(fn);

	for (const struct pci_fn *up = above(tree, fn); up; up = above(tree, up)) {
		enum mapping mapping = mapping_of(up);

		if (mapping == MAPPING_ON)
			return false;
		if (!off && (mapping == MAPPING_OFF || is_listed(up, ABOVE_UNMAPPED)))
			off = up;
	}
	if (!off && own == MAPPING_OFF && host && hangs_on_ht(host))
		off = fn;
	if (!off || own == MAPPING_ON || (host && mapping_of(host) == MAPPING_ON))
		return false;
	return tell(ret, off, unmapped, switched_on_by_linux(off) ? switched_on : from_mapping);
}

bool pci_loses_messages(struct pci_tree *tree, const struct pci_fn *fn, struct pci_no_msi *ret)
{
	return is_listed_on_the_way(tree, fn, ret) || is_unmapped(tree, fn, ret);
}

bool pci_hides_functions(const struct pci_fn *fn)
{
	static const uint16_t ids[] = { 0x201d, 0x28c0, 0x467f, 0x4c3d, 0xa77f, 0x7d0b,
					0xad0b, 0x9a0b, 0xb60b, 0xb06f, 0xb07f };

	for (unsigned i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		if (fn->vendor == 0x8086 && fn->device == ids[i])
			return true;
	}
	return false;
}
