/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* Owns the fw_cfg protocol. What the files mean is options.c's. */
#include "efi/fwcfg.h"

#include "pci/mem.h"

#define FWCFG_SELECTOR 0x510 /* 16 bits, little endian; a write also rewinds the data */
#define FWCFG_DATA 0x511 /* 8 bits, the next byte of the item */
#define FWCFG_SIGNATURE 0x0000
#define FWCFG_DIRECTORY 0x0019
#define FWCFG_NAME_BYTES 56

static void select_item(struct hw *hw, uint16_t item)
{
	hw->ops->port_write(hw, FWCFG_SELECTOR, HW_16, item);
}

static void read_bytes(struct hw *hw, uint8_t *buf, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++)
		buf[i] = (uint8_t)hw->ops->port_read(hw, FWCFG_DATA, HW_8);
}

static uint32_t be32(const uint8_t *b)
{
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

bool fwcfg_is_present(struct hw *hw)
{
	uint8_t signature[4];

	select_item(hw, FWCFG_SIGNATURE);
	read_bytes(hw, signature, sizeof(signature));
	return memcmp(signature, "QEMU", 4) == 0;
}

static void match_entry(const uint8_t entry[8 + FWCFG_NAME_BYTES], struct fwcfg_file *files,
			unsigned count)
{
	char name[FWCFG_NAME_BYTES + 1];

	memcpy(name, entry + 8, FWCFG_NAME_BYTES);
	name[FWCFG_NAME_BYTES] = 0;
	for (unsigned i = 0; i < count; i++) {
		if (!text_equal(files[i].name, name))
			continue;
		files[i].found = true;
		files[i].size = be32(entry);
		files[i].selector = (uint16_t)(entry[4] << 8 | entry[5]);
	}
}

void fwcfg_find(struct hw *hw, struct fwcfg_file *files, unsigned count)
{
	uint8_t entry[8 + FWCFG_NAME_BYTES]; /* size, selector (both big endian), reserved, name */
	uint8_t head[4];
	uint32_t entries;

	select_item(hw, FWCFG_DIRECTORY);
	read_bytes(hw, head, sizeof(head));
	entries = be32(head);
	for (uint32_t i = 0; i < entries && i < FWCFG_FILES_MAX; i++) {
		read_bytes(hw, entry, sizeof(entry));
		match_entry(entry, files, count);
	}
}

void fwcfg_read(struct hw *hw, const struct fwcfg_file *file, void *buf, uint32_t size)
{
	select_item(hw, file->selector);
	read_bytes(hw, buf, size);
}
