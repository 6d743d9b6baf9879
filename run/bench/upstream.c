/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns Command of the bridges above the function, for as long as it is ours. Without it a drive
 * would be called dead whose commands a bridge does not let out.
 */
#include "run/bench/upstream.h"

#define ON (PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER)

/* PCI-to-PCI Bridge 1.2 sec 3.2.5.8, 3.2.5.9: 1 MiB units; base above limit: none. */
static bool window_has(const struct pci_fn *bridge, unsigned at, unsigned upper, uint64_t addr)
{
	uint32_t both = pci_cfg_read32(bridge, at);
	uint64_t base = (uint64_t)(both & 0xfff0) << 16;
	uint64_t limit = (uint64_t)(both >> 16 & 0xfff0) << 16 | 0xfffff;

	if (upper && (both & 0xf) == PCI_PREF_RANGE_TYPE_64) {
		base |= (uint64_t)pci_cfg_read32(bridge, upper) << 32;
		limit |= (uint64_t)pci_cfg_read32(bridge, upper + 4) << 32;
	}
	return addr >= base && addr <= limit;
}

static bool forwards_all(const struct pci_fn *bridge, const struct pci_fn *fn)
{
	struct pci_bar bar;

	for (unsigned i = 0; i < 6; i += bar.is_64 ? 2 : 1) {
		if (pci_bar_read(fn, i, &bar))
			return false;
		if (bar.present && !bar.io && bar.base &&
		    !window_has(bridge, PCI_MEMORY_BASE, 0, bar.base) &&
		    !window_has(bridge, PCI_PREF_MEMORY_BASE, PCI_PREF_BASE_UPPER32, bar.base))
			return false;
	}
	return true;
}

static void tell_closed(struct upstream *up, struct lab *lab, const struct pci_fn *bridge,
			uint16_t command)
{
	char text[SBDF_TEXT];

	sbdf_format(bridge->addr, text);
	stream_line(&lab->out, "# hw bridge_closed sbdf=%s command=%04x", text, command);
	up->closed = bridge;
}

static void open_bridge(struct upstream *up, struct lab *lab, const struct pci_fn *bridge,
			const struct pci_fn *fn)
{
	uint16_t found = pci_cfg_read16(bridge, PCI_COMMAND), off = ON & (uint16_t)~found;
	char text[SBDF_TEXT];

	if (!off)
		return;
	if (up->count == UPSTREAM_BRIDGES ||
	    (off & PCI_COMMAND_MEMORY && !forwards_all(bridge, fn))) {
		tell_closed(up, lab, bridge, found);
		return;
	}
	pci_cfg_write16(bridge, PCI_COMMAND, found | ON);
	up->bridge[up->count].fn = bridge;
	up->bridge[up->count++].found = found;
	sbdf_format(bridge->addr, text);
	stream_line(&lab->out, "# hw bridge_opened sbdf=%s found=%04x now=%04x source=%q", text,
		    found, pci_cfg_read16(bridge, PCI_COMMAND),
		    "Linux drivers/pci/pci.c, pci_enable_bridge()");
}

void upstream_open(struct upstream *up, struct lab *lab, const struct pci_fn *fn)
{
	for (const struct pci_fn *bridge = fn; bridge->parent >= 0;) {
		bridge = &lab->tree->fn[bridge->parent];
		open_bridge(up, lab, bridge, fn);
	}
}

void upstream_restore(struct upstream *up)
{
	for (unsigned i = up->count; i--;) {
		const struct pci_fn *bridge = up->bridge[i].fn;

		if (!pci_fn_is_gone(bridge))
			pci_cfg_write16(bridge, PCI_COMMAND, up->bridge[i].found);
		up->bridge[i].left = pci_cfg_read16(bridge, PCI_COMMAND);
	}
}
