/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns SBDF text, the shared verbs of configuration space, and capability walks. Which functions
 * exist is enumerate.c's; BARs are bar.c's.
 */
#include "pci/config.h"

#include "pci/mem.h"

bool sbdf_equal(struct sbdf a, struct sbdf b)
{
	return a.segment == b.segment && a.bus == b.bus && a.dev == b.dev && a.fn == b.fn;
}

static char *put_hex(char *text, unsigned value, unsigned digits)
{
	static const char hex[] = "0123456789abcdef";

	while (digits--)
		*text++ = hex[value >> (4 * digits) & 0xf];
	return text;
}

void sbdf_format(struct sbdf addr, char text[SBDF_TEXT])
{
	text = put_hex(text, addr.segment, 4);
	*text++ = ':';
	text = put_hex(text, addr.bus, 2);
	*text++ = ':';
	text = put_hex(text, addr.dev, 2);
	*text++ = '.';
	text = put_hex(text, addr.fn, 1);
	*text = '\0';
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Exactly this many digits and then end; NULL if it is anything else, else the text behind end. */
static const char *take_hex(const char *text, unsigned digits, char end, unsigned *ret_value)
{
	unsigned value = 0;

	while (digits--) {
		int digit = hex_digit(*text);

		if (digit < 0)
			return NULL;
		value = value << 4 | (unsigned)digit;
		text++;
	}
	if (*text != end)
		return NULL;
	*ret_value = value;
	return text + 1;
}

enum err sbdf_parse(const char *text, struct sbdf *ret_addr)
{
	unsigned segment = 0, bus, dev, fn;
	const char *rest = take_hex(text, 4, ':', &segment);

	rest = take_hex(rest ? rest : text, 2, ':', &bus);
	if (rest)
		rest = take_hex(rest, 2, '.', &dev);
	if (rest)
		rest = take_hex(rest, 1, '\0', &fn);
	if (!rest || dev > 31 || fn > 7)
		return ERR_INVALID;
	*ret_addr = (struct sbdf){
		.segment = (uint16_t)segment,
		.bus = (uint8_t)bus,
		.dev = (uint8_t)dev,
		.fn = (uint8_t)fn,
	};
	return OK;
}

uint16_t pci_cfg_rmw16(const struct pci_fn *fn, unsigned off, uint16_t clear, uint16_t set)
{
	uint16_t before = pci_cfg_read16(fn, off);
	uint16_t after = (uint16_t)((before & ~clear) | set);

	if (after != before)
		pci_cfg_write16(fn, off, after);
	return before;
}

bool pci_fn_is_gone(const struct pci_fn *fn)
{
	uint16_t vendor = pci_cfg_read16(fn, PCI_VENDOR_ID);

	return vendor == UINT16_MAX || vendor == PCI_VENDOR_RETRIES;
}

#define FIRST_CAP 0x40u /* PCI 3.0 sec 6.7: pointers are to the device-dependent region */
#define FIRST_EXT_CAP 0x100u

/* A capability list being followed; a dword is visited once, which bounds every walk. */
struct cap_walk {
	const struct pci_fn *fn;
	bool extended;
	unsigned next; /* config offset of the header to look at, 0 at the end */
	uint64_t seen[PCI_CFG_SPACE_EXP_SIZE / 4 / 64];
};

static bool seen_before(struct cap_walk *walk, unsigned off)
{
	uint64_t *word = &walk->seen[off / 4 / 64];
	uint64_t bit = 1ull << off / 4 % 64;
	bool seen = *word & bit;

	*word |= bit;
	return seen;
}

/* An all-ones header is no capability: the function went away, or the list leads to nowhere. */
static enum err why_all_ones(const struct pci_fn *fn)
{
	return pci_fn_is_gone(fn) ? ERR_GONE : ERR_INVALID;
}

static enum err walk_begin(struct cap_walk *walk, const struct pci_fn *fn)
{
	uint16_t status = pci_cfg_read16(fn, PCI_STATUS);
	unsigned pointer = PCI_CAPABILITY_LIST;

	memset(walk, 0, sizeof(*walk));
	walk->fn = fn;
	if (status == UINT16_MAX)
		return why_all_ones(fn);
	if (!(status & PCI_STATUS_CAP_LIST) || fn->header_type > PCI_HEADER_TYPE_CARDBUS)
		return OK;
	if (fn->header_type == PCI_HEADER_TYPE_CARDBUS)
		pointer = PCI_CB_CAPABILITY_LIST;
	/* The two low bits are reserved and to be masked, here and in every header. */
	walk->next = pci_cfg_read8(fn, pointer) & ~3u;
	return OK;
}

/*
 * Only PCIe functions have a space above FFh. Of the others some bridges show the first 256 bytes
 * again there, which would be walked as if they were headers.
 */
static enum err walk_begin_extended(struct cap_walk *walk, const struct pci_fn *fn)
{
	uint32_t header;

	memset(walk, 0, sizeof(*walk));
	walk->fn = fn;
	walk->extended = true;
	if (!fn->has_exp)
		return OK;
	header = pci_cfg_read32(fn, FIRST_EXT_CAP);
	if (header == UINT32_MAX && pci_fn_is_gone(fn))
		return ERR_GONE;
	/* ID 0, next 0 is an empty list; all-ones is a bridge to conventional PCI. */
	if (header && header != UINT32_MAX)
		walk->next = FIRST_EXT_CAP;
	return OK;
}

/* The next capability; ERR_ABSENT at the end of the list. */
static enum err walk_next(struct cap_walk *walk, struct pci_capability *ret_cap)
{
	unsigned off = walk->next;
	uint32_t header;
	unsigned id;

	if (!off)
		return ERR_ABSENT;
	if (off < (walk->extended ? FIRST_EXT_CAP : FIRST_CAP))
		return ERR_INVALID;
	if (seen_before(walk, off))
		return ERR_LOOP;
	if (walk->extended) {
		header = pci_cfg_read32(walk->fn, off);
		if (header == UINT32_MAX)
			return why_all_ones(walk->fn);
		id = PCI_EXT_CAP_ID(header);
		walk->next = PCI_EXT_CAP_NEXT(header);
	} else {
		header = pci_cfg_read16(walk->fn, off);
		if (header == UINT16_MAX)
			return why_all_ones(walk->fn);
		id = header & 0xff;
		walk->next = header >> 8 & ~3u;
	}
	*ret_cap = (struct pci_capability){
		.id = (uint16_t)id,
		.off = (uint16_t)off,
		.extended = walk->extended,
	};
	return OK;
}

static enum err walk_find(struct cap_walk *walk, unsigned id, uint16_t *ret_off)
{
	struct pci_capability cap;
	enum err err;

	while (!(err = walk_next(walk, &cap))) {
		if (cap.id == id) {
			*ret_off = cap.off;
			return OK;
		}
	}
	return err;
}

enum err pci_find_capability(const struct pci_fn *fn, uint8_t id, uint16_t *ret_off)
{
	struct cap_walk walk;
	enum err err = walk_begin(&walk, fn);

	return err ? err : walk_find(&walk, id, ret_off);
}

enum err pci_find_ext_capability(const struct pci_fn *fn, uint16_t id, uint16_t *ret_off)
{
	struct cap_walk walk;
	enum err err = walk_begin_extended(&walk, fn);

	return err ? err : walk_find(&walk, id, ret_off);
}

/* Append what the walk gives; OK at the end of the list. */
static enum err walk_list(struct cap_walk *walk, struct pci_capability *caps, unsigned max,
			  unsigned *count)
{
	struct pci_capability cap;
	enum err err;

	while (!(err = walk_next(walk, &cap))) {
		if (*count == max)
			return ERR_NOMEM;
		caps[(*count)++] = cap;
	}
	return err == ERR_ABSENT ? OK : err;
}

enum err pci_list_capabilities(const struct pci_fn *fn, struct pci_capability *caps, unsigned max,
			       unsigned *ret_count)
{
	struct cap_walk walk;
	enum err err, ext_err;

	*ret_count = 0;
	err = walk_begin(&walk, fn);
	if (!err)
		err = walk_list(&walk, caps, max, ret_count);
	/* A bad list below 100h says nothing of the one above: both, and the first error. */
	ext_err = walk_begin_extended(&walk, fn);
	if (!ext_err)
		ext_err = walk_list(&walk, caps, max, ret_count);
	return err ? err : ext_err;
}
