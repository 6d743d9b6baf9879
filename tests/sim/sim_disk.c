/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The drives behind the ports: what each ATA command answers, IDENTIFY data, sector contents.
 * Source: ATA8-ACS. No command changes anything; one that would is refused and remembered.
 */
#include <string.h>

#include "tests/sim/sim_ahci_regs.h"
#include "tests/sim/sim_internal.h"

#define SIGNATURE_ATA 0x00000101u
#define SIGNATURE_ATAPI 0xeb140101u
#define DEVICE_LBA 0x40

enum {
	CMD_READ_SECTORS = 0x20,
	CMD_READ_SECTORS_EXT = 0x24,
	CMD_READ_DMA_EXT = 0x25,
	CMD_READ_VERIFY = 0x40,
	CMD_READ_VERIFY_EXT = 0x42,
	CMD_IDENTIFY_PACKET = 0xa1,
	CMD_READ_DMA = 0xc8,
	CMD_STANDBY_IMMEDIATE = 0xe0,
	CMD_IDLE_IMMEDIATE = 0xe1,
	CMD_CHECK_POWER = 0xe5,
	CMD_FLUSH_CACHE = 0xe7,
	CMD_FLUSH_CACHE_EXT = 0xea,
	CMD_IDENTIFY = 0xec,
	CMD_SET_FEATURES = 0xef,
};

/* Every opcode of ATA8-ACS (and before) that changes the medium or what the drive keeps. */
static const uint8_t writing[] = {
	0x06, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d,
	0x3e, 0x3f, 0x45, 0x57, 0x5d, 0x5e, 0x5f, 0x61, 0x92, 0x93, 0xb4, 0xc0, 0xc5, 0xca,
	0xcb, 0xcc, 0xcd, 0xce, 0xe8, 0xe9, 0xeb, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf9,
};

void sim_disk_sector(uint64_t lba, uint8_t data[512])
{
	uint64_t state = lba * 0x9e3779b97f4a7c15ull + 1;

	for (unsigned i = 0; i < 8; i++)
		data[i] = (uint8_t)(lba >> (8 * i));
	for (unsigned i = 8; i < 512; i++) {
		state = state * 6364136223846793005ull + 1442695040888963407ull;
		data[i] = (uint8_t)(state >> 56);
	}
}

static void put_word(uint8_t data[512], unsigned word, uint32_t value)
{
	data[2 * word] = (uint8_t)value;
	data[2 * word + 1] = (uint8_t)(value >> 8);
}

/* ATA strings: padded with blanks, the two characters of each word swapped. */
static void put_string(uint8_t data[512], unsigned word, unsigned words, const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < 2 * words; i++)
		data[2 * word + (i ^ 1)] = (uint8_t)(i < len ? text[i] : ' ');
}

static void put_checksum(uint8_t data[512])
{
	uint8_t sum = 0xa5;

	data[510] = 0xa5;
	for (unsigned i = 0; i < 510; i++)
		sum = (uint8_t)(sum + data[i]);
	data[511] = (uint8_t)-sum;
}

static void identify_disk(uint8_t data[512])
{
	static const struct {
		uint8_t word;
		uint16_t value;
	} words[] = {
		{ 0, 0x0040 },   { 1, 16383 },   { 3, 16 },       { 6, 63 },      { 47, 0x8001 },
		{ 49, 0x0f00 },  { 50, 0x4000 }, { 53, 0x0006 },  { 60, 0xffff }, { 61, 0x0fff },
		{ 63, 0x0007 },  { 64, 0x0003 }, { 65, 120 },     { 66, 120 },    { 67, 120 },
		{ 68, 120 },     { 76, 0x000e }, { 80, 0x01f0 },  { 82, 0x4020 }, { 83, 0x7400 },
		{ 84, 0x4000 },  { 85, 0x4020 }, { 86, 0x3400 },  { 87, 0x4000 }, { 88, 0x407f },
		{ 106, 0x4000 }, { 217, 1 },     { 222, 0x103f },
	};

	memset(data, 0, 512);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		put_word(data, words[i].word, words[i].value);
	for (unsigned i = 0; i < 4; i++)
		put_word(data, 100 + i, (uint32_t)(SIM_DISK_SECTORS >> (16 * i)) & 0xffff);
	put_string(data, 10, 10, "SIM0000001");
	put_string(data, 23, 4, "1.0");
	put_string(data, 27, 20, SIM_DISK_MODEL);
	put_checksum(data);
}

static void identify_atapi(uint8_t data[512])
{
	memset(data, 0, 512);
	put_word(data, 0, 0x8580); /* packet device, CD/DVD, removable, 12-byte packets */
	put_word(data, 49, 0x0f00);
	put_word(data, 80, 0x01f0);
	put_string(data, 10, 10, "SIM0000002");
	put_string(data, 23, 4, "1.0");
	put_string(data, 27, 20, "INTXLAB SIMULATED DVD");
	put_checksum(data);
}

void sim_ata_data(enum sim_drive drive, const struct sim_ata_result *result, uint32_t index,
		  uint8_t data[512])
{
	if (!result->is_identify)
		sim_disk_sector(result->lba + index, data);
	else if (drive == DRIVE_ATAPI)
		identify_atapi(data);
	else
		identify_disk(data);
}

uint32_t sim_ata_signature(enum sim_drive drive)
{
	return drive == DRIVE_ATAPI ? SIGNATURE_ATAPI : SIGNATURE_ATA;
}

static void fail(struct sim_ata_result *result, uint8_t error)
{
	result->transfer = ATA_FAILED;
	result->status = STS_ERROR;
	result->error = error;
}

static void identify(struct sim_ata_result *result)
{
	result->transfer = ATA_PIO_IN;
	result->is_identify = true;
	result->sectors = 1;
}

static void read(struct sim_ata_result *result, const uint8_t cfis[64], enum sim_transfer transfer,
		 bool ext)
{
	uint64_t lba = cfis[4] | (uint64_t)cfis[5] << 8 | (uint64_t)cfis[6] << 16;
	uint32_t count = cfis[12];

	if (ext) {
		lba |= (uint64_t)cfis[8] << 24 | (uint64_t)cfis[9] << 32 | (uint64_t)cfis[10] << 40;
		count |= (uint32_t)cfis[13] << 8;
	} else {
		lba |= (uint64_t)(cfis[7] & 0x0f) << 24;
	}
	if (count == 0)
		count = ext ? 65536 : 256;
	if (!(cfis[7] & DEVICE_LBA)) {
		fail(result, ERR_ABRT); /* cylinders, heads, sectors: not on this drive */
		return;
	}
	if (lba + count > SIM_DISK_SECTORS) {
		fail(result, ERR_IDNF);
		return;
	}
	result->transfer = transfer;
	result->lba = lba;
	result->sectors = count;
}

static void disk_command(const uint8_t cfis[64], struct sim_ata_result *result)
{
	switch (cfis[2]) {
	case CMD_IDENTIFY:
		identify(result);
		break;
	case CMD_READ_DMA_EXT:
		read(result, cfis, ATA_DMA_IN, true);
		break;
	case CMD_READ_DMA:
		read(result, cfis, ATA_DMA_IN, false);
		break;
	case CMD_READ_SECTORS_EXT:
		read(result, cfis, ATA_PIO_IN, true);
		break;
	case CMD_READ_SECTORS:
		read(result, cfis, ATA_PIO_IN, false);
		break;
	case CMD_READ_VERIFY_EXT:
		read(result, cfis, ATA_NO_DATA, true);
		break;
	case CMD_READ_VERIFY:
		read(result, cfis, ATA_NO_DATA, false);
		break;
	case CMD_CHECK_POWER:
		result->signature[0] = 0xff;
		break; /* active */
	case CMD_STANDBY_IMMEDIATE:
	case CMD_IDLE_IMMEDIATE:
	case CMD_FLUSH_CACHE:
	case CMD_FLUSH_CACHE_EXT:
	case CMD_SET_FEATURES:
		break;
	default:
		fail(result, ERR_ABRT);
	}
}

/* A packet device aborts IDENTIFY DEVICE and shows its signature in the same FIS. */
static void atapi_command(const uint8_t cfis[64], struct sim_ata_result *result)
{
	if (cfis[2] == CMD_IDENTIFY_PACKET) {
		identify(result);
		return;
	}
	fail(result, ERR_ABRT);
	if (cfis[2] == CMD_IDENTIFY)
		for (unsigned i = 0; i < 4; i++)
			result->signature[i] = (uint8_t)(SIGNATURE_ATAPI >> (8 * i));
}

void sim_ata_command(struct sim *sim, enum sim_drive drive, const uint8_t cfis[64],
		     struct sim_ata_result *ret_result)
{
	*ret_result = (struct sim_ata_result){ .transfer = ATA_NO_DATA, .status = STS_READY };
	if (memchr(writing, cfis[2], sizeof(writing)))
		sim->disk_written = true;
	if (drive == DRIVE_DEAD)
		ret_result->transfer = ATA_SILENT;
	else if (drive == DRIVE_ATAPI)
		atapi_command(cfis, ret_result);
	else if (drive == DRIVE_UNREADABLE && cfis[2] != CMD_IDENTIFY)
		fail(ret_result, ERR_UNC);
	else
		disk_command(cfis, ret_result);
}
