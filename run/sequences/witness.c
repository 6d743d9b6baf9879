/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* Owns the marks; who reads them stands outside the machine. */
#include "run/sequences/witness.h"

static const struct pci_fn *host_bridge(struct lab *lab)
{
	return pci_tree_find(lab->tree, (struct sbdf){ 0 });
}

void witness_mark(struct lab *lab, unsigned seq, bool begin)
{
	const struct pci_fn *bridge;

	/* no mark for a step that the stream does not tell */
	if (!lab->opt.witness || lab->out.muted)
		return;
	bridge = host_bridge(lab);
	if (!bridge)
		return;
	pci_cfg_write8(bridge, PCI_INTERRUPT_LINE, (uint8_t)((begin ? 0xa0 : 0xc0) | (seq & 0xf)));
	pci_cfg_write8(bridge, PCI_INTERRUPT_LINE,
		       (uint8_t)((begin ? 0x50 : 0x70) | (seq >> 4 & 0xf)));
}

void witness_restore(struct lab *lab)
{
	const struct pci_fn *bridge;

	if (!lab->opt.witness)
		return;
	bridge = host_bridge(lab);
	if (bridge)
		pci_cfg_write8(bridge, PCI_INTERRUPT_LINE, bridge->line);
}
