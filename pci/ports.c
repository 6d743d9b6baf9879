/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* Owns the two ports: an address, then an access to the dword it names. */
#include "pci/ports.h"

enum { CONFIG_ADDRESS = 0xcf8, CONFIG_DATA = 0xcfc };

#define ENABLE 0x80000000u

static uint32_t address_of(const struct pci_fn *fn, unsigned off)
{
	return ENABLE | (uint32_t)fn->addr.bus << 16 | (uint32_t)fn->addr.dev << 11 |
	       (uint32_t)fn->addr.fn << 8 | (off & 0xfcu);
}

static uint32_t read_address(struct hw *hw)
{
	return hw->ops->port_read(hw, CONFIG_ADDRESS, HW_32);
}

static void write_address(struct hw *hw, uint32_t address)
{
	hw->ops->port_write(hw, CONFIG_ADDRESS, HW_32, address);
}

bool pci_ports_answer(const struct pci_fn *fn)
{
	struct hw *hw = fn->hw;
	uint32_t found, kept, id = UINT32_MAX;

	if (fn->addr.segment)
		return false;
	found = read_address(hw);
	write_address(hw, address_of(fn, 0));
	kept = read_address(hw);
	if (kept == address_of(fn, 0))
		id = hw->ops->port_read(hw, CONFIG_DATA, HW_32);
	write_address(hw, found);
	return id != UINT32_MAX && id == pci_cfg_read32(fn, 0);
}

void pci_ports_write(const struct pci_fn *fn, unsigned off, enum hw_width width, uint32_t value)
{
	struct hw *hw = fn->hw;
	uint32_t found;

	hw_bug_if(hw, off >= 0x100 || off % width);
	found = read_address(hw);
	write_address(hw, address_of(fn, off));
	hw->ops->port_write(hw, (uint16_t)(CONFIG_DATA + off % 4), width, value);
	write_address(hw, found);
}
