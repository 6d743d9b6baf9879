/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the walk from root buses through bridges, and the tree it fills. It writes nothing: bus
 * numbers are firmware's, and those that cannot be are counted and not followed.
 */
#include "pci/enumerate.h"

#include "pci/mem.h"

#define BUSES 256
#define BUS_SIZE (1u << 20) /* ECAM bytes of a bus */
#define FN_SIZE 4096u
#define RETRY_STATUS 0xffff0001u /* device FFFFh, vendor 0001h */

/* A bus being walked; one stands on the bridge of the one below it in the stack. */
struct level {
	const struct acpi_mcfg_allocation *ecam; /* the one that covers bus */
	uint8_t bus;
	uint8_t last; /* highest bus number that may be behind it */
	uint16_t end; /* one past the last dev * 8 + fn to look at */
	uint16_t devfn; /* to look at next */
	int16_t parent;
	bool multi; /* the device at devfn has more than function 0 */
};

/*
 * One root bus and all behind it. claimed[bus] is the depth of the level whose bridge claimed the
 * number, so a bridge may claim exactly what its own level holds and no sibling took. Bus numbers
 * grow with depth, which bounds it. entered[bus]: walked already, from this root or one before.
 */
struct walk {
	struct pci_tree *tree;
	uint16_t segment;
	bool waited; /* a function was not ready: patience runs */
	struct hw_timer patience;
	uint8_t claimed[BUSES];
	bool entered[BUSES];
	unsigned depth;
	struct level level[BUSES];
};

static uint64_t ecam_address(const struct acpi_mcfg_allocation *ecam, unsigned bus, unsigned devfn)
{
	return ecam->base + (uint64_t)bus * BUS_SIZE + devfn * FN_SIZE;
}

static const struct acpi_mcfg_allocation *ecam_of(const struct acpi_mcfg *mcfg, unsigned segment,
						  unsigned bus)
{
	for (unsigned i = 0; i < mcfg->count; i++) {
		const struct acpi_mcfg_allocation *ecam = &mcfg->allocation[i];

		if (ecam->segment == segment && ecam->bus_first <= bus && bus <= ecam->bus_last)
			return ecam;
	}
	return NULL;
}

static enum err enter_bus(struct walk *walk, unsigned bus, unsigned last, unsigned devices,
			  int16_t parent)
{
	const struct acpi_mcfg_allocation *ecam = ecam_of(&walk->tree->mcfg, walk->segment, bus);
	struct hw *hw = walk->tree->hw;
	unsigned end = devices * 8;

	if (!ecam ||
	    !hw->ops->mmio_is_mapped(hw, ecam_address(ecam, bus, 0), (uint64_t)end * FN_SIZE))
		return ERR_UNSUPPORTED;
	walk->entered[bus] = true;
	walk->level[walk->depth++] = (struct level){
		.ecam = ecam,
		.bus = (uint8_t)bus,
		.last = (uint8_t)last,
		.end = (uint16_t)end,
		.parent = parent,
	};
	return OK;
}

/*
 * Vendor 0000h is nobody's: what an empty slot reads on boards that pull the bus low. Nor is it one
 * that only says "not yet".
 */
static bool is_function(uint32_t id)
{
	uint16_t vendor = (uint16_t)id;

	return vendor != UINT16_MAX && vendor != 0 && id != RETRY_STATUS;
}

/*
 * Vendor ID again until it is one. The second counts from the reset, which lies before the walk: so
 * it is one for all functions together. No other register is read meanwhile: the root complex would
 * repeat that request by itself, for as long as it likes.
 */
static uint32_t wait_ready(struct walk *walk, const struct pci_fn *fn)
{
	struct pci_tree *tree = walk->tree;
	struct hw_timer here = hw_timer_us(tree->hw, PCI_READY_US);
	uint32_t id;
	bool expired;

	if (!walk->waited)
		walk->patience = here;
	walk->waited = true;
	do {
		expired = hw_expired(tree->hw, &walk->patience);
		tree->hw->ops->relax(tree->hw);
		id = pci_cfg_read32(fn, PCI_VENDOR_ID);
	} while (id == RETRY_STATUS && !expired);
	if (tree->retry_count < PCI_MAX_RETRIES)
		tree->retry[tree->retry_count] = (struct pci_retry){
			.addr = fn->addr,
			.is_ready = is_function(id),
			.waited_us = hw_elapsed_us(tree->hw, &here),
		};
	tree->retry_count++;
	return id;
}

static void read_express(struct pci_fn *fn)
{
	uint16_t cap;

	/* A list that is malformed leads to no capability; whoever lists them says why. */
	if (pci_find_capability(fn, PCI_CAP_ID_EXP, &cap) != OK)
		return;
	fn->has_exp = true;
	fn->exp_type = (uint8_t)((pci_cfg_read16(fn, cap + PCI_EXP_FLAGS) & PCI_EXP_FLAGS_TYPE) >>
				 PCI_EXP_FLAGS_TYPE_SHIFT);
}

/* All but the fields that the probe has read. */
static void read_function(struct pci_fn *fn)
{
	fn->class_revision = pci_cfg_read32(fn, PCI_CLASS_REVISION);
	/* The other 48 bytes of a layout nobody defined mean nothing. */
	if (fn->header_type > PCI_HEADER_TYPE_CARDBUS)
		return;
	fn->line = pci_cfg_read8(fn, PCI_INTERRUPT_LINE);
	fn->pin = pci_cfg_read8(fn, PCI_INTERRUPT_PIN);
	if (pci_is_bridge(fn)) {
		fn->secondary = pci_cfg_read8(fn, PCI_SECONDARY_BUS);
		fn->subordinate = pci_cfg_read8(fn, PCI_SUBORDINATE_BUS);
	}
	read_express(fn);
}

/*
 * Look at one devfn: false if nothing answers. *ret_multi is meaningful for function 0 of a device
 * that does. Into the tree while it has room; *ret_stored is NULL when it has none.
 */
static bool probe(struct walk *walk, const struct level *at, bool *ret_multi,
		  struct pci_fn **ret_stored)
{
	struct pci_tree *tree = walk->tree;
	struct pci_fn fn = {
		.hw = tree->hw,
		.cfg = ecam_address(at->ecam, at->bus, at->devfn),
		.addr = { walk->segment, at->bus, (uint8_t)(at->devfn >> 3), at->devfn & 7 },
		.parent = at->parent,
	};
	uint32_t id = pci_cfg_read32(&fn, PCI_VENDOR_ID);
	uint8_t header_type;

	if (id == RETRY_STATUS)
		id = wait_ready(walk, &fn);
	if (!is_function(id))
		return false;
	header_type = pci_cfg_read8(&fn, PCI_HEADER_TYPE);
	*ret_multi = header_type & PCI_HEADER_TYPE_MFD;
	if (tree->count == PCI_MAX_FUNCTIONS) {
		tree->truncated++;
		*ret_stored = NULL;
		return true;
	}
	fn.vendor = (uint16_t)id;
	fn.device = (uint16_t)(id >> 16);
	fn.header_type = header_type & PCI_HEADER_TYPE_MASK;
	read_function(&fn);
	tree->fn[tree->count] = fn;
	*ret_stored = &tree->fn[tree->count++];
	return true;
}

/*
 * Secondary and subordinate must lie behind the bridge's own bus, in order, within what the bus
 * above holds, and untaken. Primary is not looked at: PCIe does not use it, and some hard-wire it.
 */
static bool claim_buses(struct walk *walk, const struct level *at, const struct pci_fn *bridge)
{
	unsigned bus;

	if (bridge->secondary <= at->bus || bridge->subordinate < bridge->secondary ||
	    bridge->subordinate > at->last)
		return false;
	for (bus = bridge->secondary; bus <= bridge->subordinate; bus++) {
		if (walk->claimed[bus] != walk->depth - 1 || walk->entered[bus])
			return false;
	}
	for (bus = bridge->secondary; bus <= bridge->subordinate; bus++)
		walk->claimed[bus] = (uint8_t)walk->depth;
	return true;
}

/* PCIe sec 7.3.1: a link has a device 0 and no other; an internal or conventional bus has 32. */
static unsigned devices_behind(const struct pci_fn *bridge)
{
	if (!bridge->has_exp)
		return 32;
	switch (bridge->exp_type) {
	case PCI_EXP_TYPE_ROOT_PORT:
	case PCI_EXP_TYPE_DOWNSTREAM:
	case PCI_EXP_TYPE_PCIE_BRIDGE:
		return 1;
	default:
		return 32;
	}
}

static enum err follow_bridge(struct walk *walk, const struct level *at,
			      const struct pci_fn *bridge)
{
	if (!claim_buses(walk, at, bridge) ||
	    !ecam_of(&walk->tree->mcfg, walk->segment, bridge->secondary)) {
		walk->tree->bad_bridges++;
		return OK;
	}
	return enter_bus(walk, bridge->secondary, bridge->subordinate, devices_behind(bridge),
			 (int16_t)(bridge - walk->tree->fn));
}

/* One devfn of the innermost bus, and on to the next that can be there. */
static enum err step(struct walk *walk, struct level *at)
{
	struct pci_fn *fn = NULL;
	bool first = (at->devfn & 7) == 0;
	bool multi = false;
	bool found = probe(walk, at, &multi, &fn);

	if (first)
		at->multi = found && multi;
	/* Function 0 must be there and say so before 1-7 are looked for (PCI 3.0 sec 6.2.1). */
	at->devfn = (uint16_t)(at->multi ? at->devfn + 1 : (at->devfn | 7) + 1);
	if (fn && pci_is_bridge(fn))
		return follow_bridge(walk, at, fn);
	return OK;
}

static enum err walk_root(struct walk *walk, unsigned bus, unsigned last)
{
	enum err err;

	memset(walk->claimed, 0, sizeof(walk->claimed));
	walk->depth = 0;
	err = enter_bus(walk, bus, last, 32, -1);
	while (!err && walk->depth) {
		struct level *at = &walk->level[walk->depth - 1];

		if (at->devfn < at->end)
			err = step(walk, at);
		else
			walk->depth--;
	}
	return err;
}

static bool named_before(const struct pci_root *roots, unsigned index)
{
	for (unsigned i = 0; i < index; i++) {
		if (roots[i].segment == roots[index].segment && roots[i].bus == roots[index].bus)
			return true;
	}
	return false;
}

/* The buses of a root end before the next root. */
static unsigned last_bus(const struct pci_root *roots, unsigned root_count,
			 const struct pci_root *root)
{
	unsigned last = BUSES - 1;

	for (unsigned i = 0; i < root_count; i++) {
		if (roots[i].segment == root->segment && roots[i].bus > root->bus &&
		    roots[i].bus <= last)
			last = roots[i].bus - 1u;
	}
	return last;
}

static enum err walk_named_roots(struct walk *walk, const struct pci_root *roots,
				 unsigned root_count)
{
	enum err err = OK;

	for (unsigned i = 0; i < root_count && !err; i++) {
		if (named_before(roots, i))
			continue;
		memset(walk->entered, 0, sizeof(walk->entered));
		walk->segment = roots[i].segment;
		err = walk_root(walk, roots[i].bus, last_bus(roots, root_count, &roots[i]));
	}
	return err;
}

/* The next behind last by segment and first bus, NULL at the end; last NULL: the first. */
static const struct acpi_mcfg_allocation *next_allocation(const struct acpi_mcfg *mcfg,
							  const struct acpi_mcfg_allocation *last)
{
	const struct acpi_mcfg_allocation *next = NULL;
	unsigned after = last ? last->segment * BUSES + last->bus_first + 1u : 0, lowest = 0;

	for (unsigned i = 0; i < mcfg->count; i++) {
		const struct acpi_mcfg_allocation *ecam = &mcfg->allocation[i];
		unsigned key = ecam->segment * BUSES + ecam->bus_first;

		if (key < after || (next && key >= lowest))
			continue;
		next = ecam;
		lowest = key;
	}
	return next;
}

/*
 * The first bus of an allocation is a root's, unless a bridge of a lower bus has led there. Lower
 * buses first: a bridge leads to higher ones only.
 */
static enum err walk_allocations(struct walk *walk)
{
	const struct acpi_mcfg *mcfg = &walk->tree->mcfg;
	const struct acpi_mcfg_allocation *ecam = NULL, *before;
	enum err err = OK;

	for (;;) {
		before = ecam;
		ecam = next_allocation(mcfg, before);
		if (err || !ecam)
			return err;
		if (!before || before->segment != ecam->segment)
			memset(walk->entered, 0, sizeof(walk->entered));
		walk->segment = ecam->segment;
		if (!walk->entered[ecam->bus_first])
			err = walk_root(walk, ecam->bus_first, BUSES - 1);
	}
}

enum err pci_enumerate(struct hw *hw, const struct acpi_mcfg *mcfg, const struct pci_root *roots,
		       unsigned root_count, struct pci_tree *tree)
{
	struct walk walk;
	enum err err;

	if (mcfg->count > ACPI_MAX_SEGMENTS || root_count > PCI_MAX_ROOTS)
		return ERR_INVALID;
	memset(tree, 0, sizeof(*tree));
	tree->hw = hw;
	tree->mcfg = *mcfg;
	walk.tree = tree;
	walk.waited = false;
	err = root_count ? walk_named_roots(&walk, roots, root_count) : walk_allocations(&walk);
	if (!err && !tree->count)
		err = ERR_ABSENT;
	return err;
}

bool pci_leads_beyond_ecam(const struct pci_tree *tree, const struct pci_fn *bridge,
			   uint8_t *ret_bus)
{
	if (!pci_is_bridge(bridge) || bridge->secondary <= bridge->addr.bus)
		return false;
	for (unsigned bus = bridge->secondary; bus <= bridge->subordinate; bus++) {
		if (ecam_of(&tree->mcfg, bridge->addr.segment, bus))
			continue;
		*ret_bus = (uint8_t)bus;
		return true;
	}
	return false;
}

struct pci_fn *pci_tree_find(struct pci_tree *tree, struct sbdf addr)
{
	for (unsigned i = 0; i < tree->count; i++) {
		if (sbdf_equal(tree->fn[i].addr, addr))
			return &tree->fn[i];
	}
	return NULL;
}

/* Below a port that forwards ARI all eight bits are the function's number, and it is device 0. */
static unsigned swizzled_device(const struct pci_fn *port, const struct pci_fn *fn)
{
	uint16_t cap;

	if (!pci_find_capability(port, PCI_CAP_ID_EXP, &cap) &&
	    pci_cfg_read16(port, cap + PCI_EXP_DEVCTL2) & PCI_EXP_DEVCTL2_ARI)
		return 0;
	return fn->addr.dev;
}

uint8_t pci_root_pin(const struct pci_tree *tree, const struct pci_fn *fn,
		     struct sbdf *ret_root_dev)
{
	unsigned pin = fn->pin;

	while (pin >= 1 && pin <= 4 && fn->parent >= 0) {
		const struct pci_fn *port = &tree->fn[fn->parent];

		/* A card's one interrupt is its socket's (Linux drivers/pcmcia/cardbus.c). */
		if (port->header_type == PCI_HEADER_TYPE_CARDBUS)
			pin = port->pin;
		else
			pin = (pin - 1 + swizzled_device(port, fn)) % 4 + 1;
		fn = port;
	}
	if (pin < 1 || pin > 4)
		return 0;
	if (ret_root_dev)
		*ret_root_dev = fn->addr;
	return (uint8_t)pin;
}
