/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Functions and their configuration space, over ECAM (PCIe Base sec 7.2.2): base +
 * bus:device:function:register.
 *
 * Every read of a function that is not there gives all-ones, at every width. All-ones from a
 * function that answered before means it is gone; pci_fn_is_gone() says so and the caller stops.
 * Capability walks are bounded by the space they walk in (48 headers below 100h, 960 above).
 */
#ifndef INTXLAB_PCI_CONFIG_H
#define INTXLAB_PCI_CONFIG_H

#include "pci/hw.h"
#include "pci/pci_regs.h"

/* Bus/device/function within a segment; printed 0000:00:1f.2. */
struct sbdf {
	uint16_t segment;
	uint8_t bus;
	uint8_t dev; /* 0-31 */
	uint8_t fn; /* 0-7 */
};

#define SBDF_TEXT 16 /* bytes for "ssss:bb:dd.f" and its end */

bool sbdf_equal(struct sbdf a, struct sbdf b);
/* Lower-case hex, always twelve characters. */
void sbdf_format(struct sbdf addr, char text[SBDF_TEXT]);
/* "0000:00:1f.2" or "00:1f.2" (segment 0). ERR_INVALID for anything else. */
MUST_CHECK enum err sbdf_parse(const char *text, struct sbdf *ret_addr);

struct pci_fn {
	struct hw *hw;
	uint64_t cfg; /* ECAM address of its 4 KiB page */
	struct sbdf addr;
	uint16_t vendor, device;
	uint32_t class_revision; /* class 31:8, revision 7:0 */
	uint8_t header_type; /* without the multi-function bit */
	uint8_t pin; /* Interrupt Pin as read; 0 none, 1-4 INTA-INTD, else malformed */
	uint8_t line; /* Interrupt Line as read: firmware's word, not routing */
	int16_t parent; /* index of the bridge it stands behind, -1 on a root bus */
	uint8_t secondary, subordinate; /* pci_is_bridge() only */
	uint8_t exp_type; /* PCI_EXP_TYPE_*, only if has_exp */
	bool has_exp;
};

/* To another bus: PCI to PCI, or to CardBus, whose bus numbers stand at the same place. */
static inline bool pci_is_bridge(const struct pci_fn *fn)
{
	return fn->header_type == PCI_HEADER_TYPE_BRIDGE ||
	       fn->header_type == PCI_HEADER_TYPE_CARDBUS;
}

static inline uint8_t pci_cfg_read8(const struct pci_fn *fn, unsigned off)
{
	return hw_read8(fn->hw, fn->cfg + off);
}

static inline uint16_t pci_cfg_read16(const struct pci_fn *fn, unsigned off)
{
	return hw_read16(fn->hw, fn->cfg + off);
}

static inline uint32_t pci_cfg_read32(const struct pci_fn *fn, unsigned off)
{
	return hw_read32(fn->hw, fn->cfg + off);
}

static inline void pci_cfg_write8(const struct pci_fn *fn, unsigned off, uint8_t value)
{
	hw_write8(fn->hw, fn->cfg + off, value);
}

static inline void pci_cfg_write16(const struct pci_fn *fn, unsigned off, uint16_t value)
{
	hw_write16(fn->hw, fn->cfg + off, value);
}

static inline void pci_cfg_write32(const struct pci_fn *fn, unsigned off, uint32_t value)
{
	hw_write32(fn->hw, fn->cfg + off, value);
}

/* One read, one write only if the word changes. Not for RW1C registers. Returns the word before. */
uint16_t pci_cfg_rmw16(const struct pci_fn *fn, unsigned off, uint16_t clear, uint16_t set);

/* One read of Vendor ID: all-ones, or Request Retry Status: no other register can be read. */
bool pci_fn_is_gone(const struct pci_fn *fn);

/*
 * ERR_ABSENT, ERR_LOOP (a pointer to a header already seen), ERR_INVALID (a pointer below 40h, or
 * 100h in the extended list, or to all-ones), ERR_GONE. Only with has_exp is there an extended
 * list.
 */
MUST_CHECK enum err pci_find_capability(const struct pci_fn *fn, uint8_t id, uint16_t *ret_off);
MUST_CHECK enum err pci_find_ext_capability(const struct pci_fn *fn, uint16_t id,
					    uint16_t *ret_off);

struct pci_capability {
	uint16_t id;
	uint16_t off;
	bool extended;
};

#define PCI_MAX_CAPABILITIES 64

/*
 * All of them, in list order, at most max (ERR_NOMEM: there are more). *ret_count is set whatever
 * is returned; the extended list is read even if the other is malformed: the first error counts.
 */
MUST_CHECK enum err pci_list_capabilities(const struct pci_fn *fn, struct pci_capability *caps,
					  unsigned max, unsigned *ret_count);

struct pci_bar {
	uint8_t index; /* register number, 0-5 */
	bool present; /* not a hard-wired 0 and not the upper half of the one before */
	bool io, is_64, prefetch;
	uint64_t base; /* 0: firmware assigned nothing */
	uint64_t size; /* 0 until sized */
};

/*
 * Decode BAR index as it stands; no write. A 64-bit BAR takes two registers.
 * ERR_INVALID: index out of the header's range, a 64-bit BAR in the last register, a reserved
 * memory type, all-ones. ERR_GONE. An unassigned 32-bit memory BAR reads 0 like one that is not
 * there: only sizing tells them apart.
 */
MUST_CHECK enum err pci_bar_read(const struct pci_fn *fn, unsigned index, struct pci_bar *ret_bar);
/*
 * The same with its size (PCI 3.0 sec 6.2.5.1, implementation note): decode off in Command,
 * all-ones written, read, the BAR restored, Command restored. Only for a function that is owned and
 * idle. A BAR that reads back 0 is not implemented: present = false. ERR_INVALID also: writable
 * bits that are no power of two; ERR_MISMATCH: the BAR or Command did not come back. Whatever is
 * returned, both were written back.
 */
MUST_CHECK enum err pci_bar_size(const struct pci_fn *fn, unsigned index, struct pci_bar *ret_bar);

#endif
