/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the decoding and sizing of BARs. It assigns nothing: addresses are firmware's, and after
 * sizing every register is what it was, verified by read-back.
 */
#include "pci/config.h"

static unsigned bar_offset(unsigned index)
{
	return PCI_BASE_ADDRESS_0 + 4 * index;
}

static unsigned bar_registers(const struct pci_fn *fn)
{
	switch (fn->header_type) {
	case PCI_HEADER_TYPE_NORMAL:
		return 6;
	case PCI_HEADER_TYPE_BRIDGE:
		return 2;
	case PCI_HEADER_TYPE_CARDBUS:
		return 1;
	default:
		return 0;
	}
}

static bool is_io(uint32_t low)
{
	return low & PCI_BASE_ADDRESS_SPACE_IO;
}

static bool is_64(uint32_t low)
{
	return !is_io(low) &&
	       (low & PCI_BASE_ADDRESS_MEM_TYPE_MASK) == PCI_BASE_ADDRESS_MEM_TYPE_64;
}

static uint32_t address_bits(uint32_t low)
{
	return is_io(low) ? PCI_BASE_ADDRESS_IO_MASK : PCI_BASE_ADDRESS_MEM_MASK;
}

/* Only the types of all registers before it tell. */
static bool is_upper_half(const struct pci_fn *fn, unsigned index)
{
	unsigned i = 0;

	while (i < index)
		i += is_64(pci_cfg_read32(fn, bar_offset(i))) ? 2 : 1;
	return i > index;
}

/* *upper says that there is nothing to decode or size: the register belongs to the one before. */
static enum err decode(const struct pci_fn *fn, unsigned index, bool *upper, struct pci_bar *bar)
{
	uint32_t low;

	*bar = (struct pci_bar){ .index = (uint8_t)index };
	*upper = false;
	if (index >= bar_registers(fn))
		return ERR_INVALID;
	*upper = is_upper_half(fn, index);
	if (*upper)
		return OK;
	low = pci_cfg_read32(fn, bar_offset(index));
	/* Bit 1 of an I/O BAR is reserved 0 (PCI 3.0 sec 6.2.5.1): all-ones is no BAR. */
	if (low == UINT32_MAX)
		return pci_fn_is_gone(fn) ? ERR_GONE : ERR_INVALID;
	bar->present = low != 0;
	bar->io = is_io(low);
	bar->is_64 = is_64(low);
	bar->prefetch = !bar->io && (low & PCI_BASE_ADDRESS_MEM_PREFETCH);
	bar->base = low & address_bits(low);
	/* Type 01 was "below 1 MiB" before PCI 2.2 and decodes as 32 bits; 11 means nothing. */
	if (!bar->io && (low & PCI_BASE_ADDRESS_MEM_TYPE_MASK) == PCI_BASE_ADDRESS_MEM_TYPE_MASK)
		return ERR_INVALID;
	if (bar->is_64) {
		if (index + 1 >= bar_registers(fn))
			return ERR_INVALID;
		bar->base |= (uint64_t)pci_cfg_read32(fn, bar_offset(index + 1)) << 32;
	}
	return OK;
}

enum err pci_bar_read(const struct pci_fn *fn, unsigned index, struct pci_bar *ret_bar)
{
	struct pci_bar bar;
	bool upper;
	enum err err = decode(fn, index, &upper, &bar);

	if (!err)
		*ret_bar = bar;
	return err;
}

/* What one register reads while it holds all-ones; put back and verified. */
static enum err probe_register(const struct pci_fn *fn, unsigned off, uint32_t *ret_ones)
{
	uint32_t before = pci_cfg_read32(fn, off);
	uint32_t ones;

	pci_cfg_write32(fn, off, UINT32_MAX);
	ones = pci_cfg_read32(fn, off);
	pci_cfg_write32(fn, off, before);
	if (pci_cfg_read32(fn, off) != before)
		return ERR_MISMATCH;
	*ret_ones = ones;
	return OK;
}

/* Both halves of a 64-bit BAR are probed one by one: decode is off, nothing sees them mixed. */
static enum err probe(const struct pci_fn *fn, const struct pci_bar *bar, uint64_t *ret_ones)
{
	uint32_t low, high = 0;
	enum err err = probe_register(fn, bar_offset(bar->index), &low);

	if (!err && bar->is_64)
		err = probe_register(fn, bar_offset(bar->index + 1u), &high);
	if (!err)
		*ret_ones = (uint64_t)high << 32 | low;
	return err;
}

/* The same with decode off around it (PCI 3.0 sec 6.2.5.1, implementation note). */
static enum err probe_quietly(const struct pci_fn *fn, const struct pci_bar *bar,
			      uint64_t *ret_ones)
{
	uint16_t decode_bits = PCI_COMMAND_IO | PCI_COMMAND_MEMORY;
	uint16_t command = pci_cfg_read16(fn, PCI_COMMAND);
	enum err err;

	if (command == UINT16_MAX)
		return ERR_GONE;
	if (command & decode_bits)
		pci_cfg_write16(fn, PCI_COMMAND, (uint16_t)(command & ~decode_bits));
	err = probe(fn, bar, ret_ones);
	if (command & decode_bits)
		pci_cfg_write16(fn, PCI_COMMAND, command);
	if (pci_fn_is_gone(fn))
		return ERR_GONE;
	return pci_cfg_read16(fn, PCI_COMMAND) == command ? err : ERR_MISMATCH;
}

/*
 * The writable bits must be one block that ends at the top: anything else is no power of two. Only
 * an I/O BAR may have its upper 16 bits hard-wired to 0.
 */
static enum err size_of(const struct pci_bar *bar, uint64_t ones, uint64_t *ret_size)
{
	uint64_t mask = ones & ~(uint64_t)~address_bits((uint32_t)ones);

	if (!mask)
		return ERR_INVALID;
	if (bar->io && !(mask & 0xffff0000u))
		mask |= 0xffff0000u;
	if (!bar->is_64)
		mask |= (uint64_t)UINT32_MAX << 32;
	if ((mask | (mask - 1)) != UINT64_MAX)
		return ERR_INVALID;
	*ret_size = mask & -mask;
	return OK;
}

enum err pci_bar_size(const struct pci_fn *fn, unsigned index, struct pci_bar *ret_bar)
{
	struct pci_bar bar;
	uint64_t ones = 0;
	uint32_t type;
	bool upper;
	enum err err = decode(fn, index, &upper, &bar);

	if (err)
		return err;
	if (upper) {
		*ret_bar = bar;
		return OK;
	}
	type = pci_cfg_read32(fn, bar_offset(index)) & 0xf;
	err = probe_quietly(fn, &bar, &ones);
	if (err)
		return err;
	bar.present = ones != 0;
	if (bar.present) {
		/* The type bits are read-only; if they moved it is no BAR and there is no size. */
		if ((ones ^ type) & (bar.io ? 0x3 : 0xf))
			return ERR_INVALID;
		err = size_of(&bar, ones, &bar.size);
	}
	if (!err)
		*ret_bar = bar;
	return err;
}
