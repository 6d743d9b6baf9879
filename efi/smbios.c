/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* Owns the SMBIOS parser: bytes in, strings out. It touches no firmware service. */
#include "efi/smbios.h"

#include "pci/mem.h"

#define STRUCTURES_MAX 4096
#define TABLE_MAX (1u << 20) /* a 3.0 entry point states only a maximum, which may be anything */
#define HEADER_BYTES 4 /* type, length, handle */

struct table {
	uint64_t address;
	uint32_t size;
};

static uint64_t little(const uint8_t *b, unsigned bytes)
{
	uint64_t value = 0;

	while (bytes--)
		value = value << 8 | b[bytes];
	return value;
}

static bool sums_to_zero(const uint8_t *b, size_t len)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum = (uint8_t)(sum + b[i]);
	return sum == 0;
}

/* DSP0134 sec 5.2.2: 64-bit entry point. */
static enum err entry_30(const struct acpi_memory *memory, uint64_t entry, struct table *ret)
{
	const uint8_t *b = memory->view(memory->arg, entry, 24);
	uint32_t size;

	if (!b || b[6] < 24 || !(b = memory->view(memory->arg, entry, b[6])))
		return ERR_TRUNCATED;
	if (!sums_to_zero(b, b[6]))
		return ERR_CHECKSUM;
	size = (uint32_t)little(b + 12, 4);
	*ret = (struct table){ .address = little(b + 16, 8),
			       .size = size < TABLE_MAX ? size : TABLE_MAX };
	return OK;
}

/*
 * DSP0134 sec 5.2.1: 32-bit entry point; the table is named in its second half, which has a
 * checksum of its own.
 */
static enum err entry_21(const struct acpi_memory *memory, uint64_t entry, struct table *ret)
{
	const uint8_t *b = memory->view(memory->arg, entry, 31);

	if (!b)
		return ERR_TRUNCATED;
	/* Version 2.1 of the specification gave the length as 1Eh by mistake. */
	if (b[5] != 0x1f && b[5] != 0x1e)
		return ERR_TRUNCATED;
	if (!sums_to_zero(b, b[5]) || memcmp(b + 16, "_DMI_", 5) != 0 || !sums_to_zero(b + 16, 15))
		return ERR_CHECKSUM;
	*ret = (struct table){ .address = little(b + 24, 4), .size = (uint32_t)little(b + 22, 2) };
	return OK;
}

struct structure {
	const uint8_t *bytes;
	size_t length; /* the formatted part */
	const uint8_t *strings, *end; /* end: behind the two zeros */
};

/* False at the end of the table, and where a structure does not fit what is left. */
static bool next_structure(const uint8_t **at, const uint8_t *end, struct structure *ret)
{
	const uint8_t *b = *at, *s;

	if (end - b < HEADER_BYTES || b[1] < HEADER_BYTES || end - b < b[1])
		return false;
	for (s = b + b[1]; end - s >= 2; s++) {
		if (s[0] == 0 && s[1] == 0) {
			*ret = (struct structure){ b, b[1], b + b[1], s + 2 };
			*at = s + 2;
			return true;
		}
	}
	return false;
}

static void copy_text(char to[SMBIOS_TEXT], const uint8_t *from, const uint8_t *end)
{
	size_t n = 0;

	while (from < end && *from == ' ')
		from++;
	for (; from < end && *from && n < SMBIOS_TEXT - 1; from++)
		to[n++] = *from >= 0x20 && *from <= 0x7e ? (char)*from : '?';
	while (n && to[n - 1] == ' ')
		n--;
	to[n] = 0;
}

/* The string whose number stands at offset; strings are numbered from 1, 0 means none. */
static void get_text(const struct structure *s, size_t offset, char to[SMBIOS_TEXT])
{
	const uint8_t *at = s->strings;
	unsigned number;

	if (offset >= s->length)
		return;
	number = s->bytes[offset];
	if (number == 0)
		return;
	while (--number) {
		while (at < s->end && *at)
			at++;
		if (at < s->end)
			at++;
	}
	copy_text(to, at, s->end);
}

/* The first structure of a type counts: type 2 may come once for every board in a blade chassis. */
static void read_structure(const struct structure *s, struct smbios *out, unsigned *seen)
{
	unsigned type = s->bytes[0];

	if (type > 2 || *seen & 1u << type)
		return;
	*seen |= 1u << type;
	switch (type) {
	case 0:
		get_text(s, 4, out->bios_vendor);
		get_text(s, 5, out->bios_version);
		get_text(s, 8, out->bios_date);
		break;
	case 1:
		get_text(s, 4, out->system_vendor);
		get_text(s, 5, out->system_product);
		break;
	case 2:
		get_text(s, 4, out->board_vendor);
		get_text(s, 5, out->board_product);
		break;
	}
}

enum err smbios_parse(const struct acpi_memory *memory, uint64_t entry, struct smbios *ret_smbios)
{
	const uint8_t *anchor = memory->view(memory->arg, entry, 5), *at, *end;
	struct structure s;
	struct table table;
	unsigned seen = 0;
	enum err err;

	if (!anchor)
		return ERR_TRUNCATED;
	if (memcmp(anchor, "_SM3_", 5) == 0)
		err = entry_30(memory, entry, &table);
	else if (memcmp(anchor, "_SM_", 4) == 0)
		err = entry_21(memory, entry, &table);
	else
		return ERR_ABSENT;
	if (err != OK)
		return err;
	at = memory->view(memory->arg, table.address, table.size);
	if (!at)
		return ERR_TRUNCATED;

	memset(ret_smbios, 0, sizeof(*ret_smbios));
	end = at + table.size;
	for (unsigned i = 0; i < STRUCTURES_MAX && next_structure(&at, end, &s); i++) {
		if (s.bytes[0] == 127) /* end-of-table */
			break;
		read_structure(&s, ret_smbios, &seen);
	}
	return OK;
}
