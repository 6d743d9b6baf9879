/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* Owns the wait behind a reset, and the list of what a reset takes. */
#include "pci/ready.h"

#include "pci/mem.h"

#define POLL_FIRST_US 1000
#define POLL_MOST_US 16000 /* Linux doubles on; what is told should be near the truth */
#define EXP_VERSION_2 2 /* PCI_EXP_FLAGS_VERS: Device and Link Control 2 are there from here on */

static bool answers(const struct pci_fn *fn, struct pci_wait *wait)
{
	uint32_t id = pci_cfg_read32(fn, PCI_VENDOR_ID);

	wait->retried |= (uint16_t)id == PCI_VENDOR_RETRIES;
	wait->absent |= id == UINT32_MAX;
	return id == ((uint32_t)fn->device << 16 | fn->vendor);
}

static bool is_ready(const struct pci_fn *fn, unsigned pm, struct pci_wait *wait)
{
	uint16_t power;

	if (!answers(fn, wait))
		return false;
	if (pci_cfg_read16(fn, PCI_COMMAND) == UINT16_MAX) {
		wait->absent = true;
		return false;
	}
	power = pm ? pci_cfg_read16(fn, pm + PCI_PM_CTRL) & PCI_PM_CTRL_STATE_MASK : 0;
	wait->asleep |= power != 0;
	return power == 0;
}

static void pause(struct hw *hw, uint64_t us)
{
	struct hw_timer timer = hw_timer_us(hw, us);

	while (!hw_expired(hw, &timer))
		hw->ops->relax(hw);
}

enum err pci_wait_ready(const struct pci_fn *fn, unsigned pm, uint64_t bound_us,
			struct pci_wait *wait)
{
	struct hw_timer timer = hw_timer_us(fn->hw, bound_us);
	uint64_t interval = POLL_FIRST_US;
	bool ready, expired;

	for (;;) {
		expired = hw_expired(fn->hw, &timer);
		ready = is_ready(fn, pm, wait);
		if (ready || expired)
			break;
		pause(fn->hw, interval);
		if (interval < POLL_MOST_US)
			interval *= 2;
	}
	wait->us += hw_elapsed_us(fn->hw, &timer);
	return ready ? OK : ERR_TIMEOUT;
}

/* What is saved */

static const struct pci_snapshot_register header[] = {
	{ "Cache Line Size", PCI_CACHE_LINE_SIZE, 2, 0 }, /* and Latency Timer; BIST is not */
	{ "BAR 0", PCI_BASE_ADDRESS_0, 4, 0 },
	{ "BAR 1", PCI_BASE_ADDRESS_0 + 4, 4, 0 },
	{ "BAR 2", PCI_BASE_ADDRESS_0 + 8, 4, 0 },
	{ "BAR 3", PCI_BASE_ADDRESS_0 + 12, 4, 0 },
	{ "BAR 4", PCI_BASE_ADDRESS_0 + 16, 4, 0 },
	{ "BAR 5", PCI_BASE_ADDRESS_0 + 20, 4, 0 },
	{ "Expansion ROM", PCI_ROM_ADDRESS, 4, 0 },
	{ "Interrupt Line", PCI_INTERRUPT_LINE, 1, 0 },
};

static uint32_t read_register(const struct pci_fn *fn, const struct pci_snapshot_register *reg)
{
	return reg->bytes == 1   ? pci_cfg_read8(fn, reg->off)
	       : reg->bytes == 2 ? pci_cfg_read16(fn, reg->off)
				 : pci_cfg_read32(fn, reg->off);
}

static void write_register(const struct pci_fn *fn, const struct pci_snapshot_register *reg)
{
	if (reg->bytes == 1)
		pci_cfg_write8(fn, reg->off, (uint8_t)reg->value);
	else if (reg->bytes == 2)
		pci_cfg_write16(fn, reg->off, (uint16_t)reg->value);
	else
		pci_cfg_write32(fn, reg->off, reg->value);
}

static void save_one(const struct pci_fn *fn, struct pci_snapshot *saved, const char *name,
		     unsigned off, uint8_t bytes)
{
	struct pci_snapshot_register *reg = &saved->reg[saved->count++];

	*reg = (struct pci_snapshot_register){ name, (uint16_t)off, bytes, 0 };
	reg->value = read_register(fn, reg);
}

/* As Linux's pci_save_pcie_state() for a function that is no port. Initiate FLR reads 0. */
static void save_express(const struct pci_fn *fn, struct pci_snapshot *saved)
{
	uint16_t cap;

	if (pci_find_capability(fn, PCI_CAP_ID_EXP, &cap))
		return;
	save_one(fn, saved, "Device Control", cap + PCI_EXP_DEVCTL, 2);
	save_one(fn, saved, "Link Control", cap + PCI_EXP_LNKCTL, 2);
	if ((pci_cfg_read16(fn, cap + PCI_EXP_FLAGS) & PCI_EXP_FLAGS_VERS) < EXP_VERSION_2)
		return;
	save_one(fn, saved, "Device Control 2", cap + PCI_EXP_DEVCTL2, 2);
	save_one(fn, saved, "Link Control 2", cap + PCI_EXP_LNKCTL2, 2);
}

static void save_message(const struct pci_fn *fn, struct pci_snapshot *saved)
{
	unsigned data;
	uint16_t cap, control;

	if (pci_find_capability(fn, PCI_CAP_ID_MSI, &cap))
		return;
	control = pci_cfg_read16(fn, cap + PCI_MSI_FLAGS);
	data = cap + (control & PCI_MSI_FLAGS_64BIT ? PCI_MSI_DATA_64 : PCI_MSI_DATA_32);
	save_one(fn, saved, "MSI Address", cap + PCI_MSI_ADDRESS_LO, 4);
	if (control & PCI_MSI_FLAGS_64BIT)
		save_one(fn, saved, "MSI Upper Address", cap + PCI_MSI_ADDRESS_HI, 4);
	save_one(fn, saved, "MSI Data", data, 2);
	if (control & PCI_MSI_FLAGS_MASKBIT)
		save_one(fn, saved, "MSI Mask Bits", data + 4, 4);
}

void pci_snapshot(const struct pci_fn *fn, struct pci_snapshot *ret_snapshot)
{
	ret_snapshot->count = 0;
	if (fn->header_type != PCI_HEADER_TYPE_NORMAL)
		return;
	for (unsigned i = 0; i < sizeof(header) / sizeof(header[0]); i++)
		save_one(fn, ret_snapshot, header[i].name, header[i].off, header[i].bytes);
	save_express(fn, ret_snapshot);
	save_message(fn, ret_snapshot);
}

void pci_put_back(const struct pci_fn *fn, const struct pci_snapshot *saved,
		  struct pci_put_back *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (unsigned i = 0; i < saved->count; i++) {
		const struct pci_snapshot_register *reg = &saved->reg[i];

		if (read_register(fn, reg) == reg->value)
			continue;
		if (!ret->differed++)
			ret->first = reg->name;
		write_register(fn, reg);
		if (read_register(fn, reg) != reg->value && !ret->failed++)
			ret->first_failed = reg->name;
	}
}
