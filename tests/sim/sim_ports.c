/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Configuration mechanism of a PC: CONFIG_ADDRESS at CF8h, a dword, and CONFIG_DATA at CFCh. The
 * host bridge makes an access of the same width and bytes of it; PCI 3.0 sec 3.2.2.3.2.
 */
#include "tests/sim/sim_internal.h"

#define ADDRESS 0xcf8
#define DATA 0xcfc
#define ENABLED 0x80000000u
#define KEPT 0x80fffffcu

static bool is_data(uint16_t port)
{
	return port >= DATA && port < DATA + 4;
}

/* As ECAM has it; false: no bus there, or the mechanism is not enabled. */
static bool find(const struct sim *sim, uint16_t port, uint64_t *ret_addr)
{
	uint32_t address = sim->config_address;
	uint8_t bus = (uint8_t)(address >> 16);

	for (unsigned i = 0; address & ENABLED && i < sim->ecam_count; i++) {
		const struct sim_ecam *ecam = &sim->ecam[i];

		if (ecam->segment || bus < ecam->bus_first || bus > ecam->bus_last)
			continue;
		*ret_addr = ecam->base + ((uint64_t)bus << 20) +
			    ((uint64_t)(address >> 8 & 0xff) << 12) + (address & 0xfc) +
			    (port - DATA);
		return true;
	}
	return false;
}

bool sim_ports_read(struct sim *sim, uint16_t port, enum hw_width width, uint32_t *ret_value)
{
	uint64_t addr, value = UINT64_MAX;

	if (port == ADDRESS && width == HW_32) {
		*ret_value = sim->config_address;
		return true;
	}
	if (!is_data(port))
		return false;
	if (find(sim, port, &addr))
		(void)sim_pci_read(sim, addr, width, &value);
	*ret_value = (uint32_t)(value & (UINT64_MAX >> (64 - 8 * (unsigned)width)));
	return true;
}

bool sim_ports_write(struct sim *sim, uint16_t port, enum hw_width width, uint32_t value)
{
	uint64_t addr;

	if (port == ADDRESS && width == HW_32) {
		sim->config_address = value & KEPT;
		return true;
	}
	if (!is_data(port))
		return false;
	sim->by_ports = true;
	if (find(sim, port, &addr))
		(void)sim_pci_write(sim, addr, width, value);
	sim->by_ports = false;
	return true;
}
