/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* The wait behind a reset, and what is put back, on functions of a fake machine. */
#include "pci/ready.h"
#include "tests/unit/fake_hw.h"
#include "tests/unit/unit.h"

static struct fake_hw fake;
static struct fake_page *page;
static struct pci_fn fn;

static void put16(unsigned off, uint16_t value)
{
	page->bytes[off] = (uint8_t)value;
	page->bytes[off + 1] = (uint8_t)(value >> 8);
}

static void start(void)
{
	fake_init(&fake);
	fake.hz = 1000000; /* a tick is a microsecond */
	fake.ticks_per_relax = 1000;
	page = fake_add_page(&fake, FAKE_ECAM);
	fn = (struct pci_fn){
		.hw = &fake.hw, .cfg = FAKE_ECAM, .vendor = 0x8086, .device = 0x2922
	};
	put16(0, 0x8086);
	put16(2, 0x2922);
}

static void one_that_answers_is_asked_once(void)
{
	struct pci_wait wait = { .us = 100000 };

	start();
	UNIT_EQ(pci_wait_ready(&fn, 0, 1000000, &wait), OK);
	UNIT_EQ(wait.us, 100000);
	UNIT_EQ(fake.reads, 2); /* the IDs, then Command */
	UNIT_TRUE(!wait.retried && !wait.absent && !wait.asleep);
}

/* 1, 2, 4, 8 and then 16 ms apart: six answers of the kind are 31 ms. */
static void one_that_retries_is_waited_for(void)
{
	struct pci_wait wait = { .us = 0 };

	start();
	page->retries = 6;
	UNIT_EQ(pci_wait_ready(&fn, 0, 1000000, &wait), OK);
	UNIT_EQ(wait.us, 1000 + 2000 + 4000 + 8000 + 16000 + 16000);
	UNIT_TRUE(wait.retried && !wait.absent);
}

static void one_that_is_gone_is_given_up_at_the_bound(void)
{
	struct pci_wait wait = { .us = 0 };

	start();
	page->gone = true;
	UNIT_EQ(pci_wait_ready(&fn, 0, 60000000, &wait), ERR_TIMEOUT);
	UNIT_TRUE(wait.us >= 60000000 && wait.us < 60020000);
	UNIT_TRUE(wait.absent && !wait.retried);
}

static void another_s_ids_are_not_its_own(void)
{
	struct pci_wait wait = { .us = 0 };

	start();
	put16(2, 0x2923);
	UNIT_EQ(pci_wait_ready(&fn, 0, 20000, &wait), ERR_TIMEOUT);
	UNIT_TRUE(!wait.absent && !wait.retried);
}

static void one_that_says_d3hot_is_not_ready(void)
{
	struct pci_wait wait = { .us = 0 };

	start();
	put16(0x44, 0x0003);
	UNIT_EQ(pci_wait_ready(&fn, 0x40, 20000, &wait), ERR_TIMEOUT);
	UNIT_TRUE(wait.asleep);
	put16(0x44, 0x0008);
	UNIT_EQ(pci_wait_ready(&fn, 0x40, 20000, &wait), OK);
}

static void command_of_all_ones_is_not_ready(void)
{
	struct pci_wait wait = { .us = 0 };

	start();
	put16(4, 0xffff);
	UNIT_EQ(pci_wait_ready(&fn, 0, 20000, &wait), ERR_TIMEOUT);
	UNIT_TRUE(wait.absent);
}

/* MSI with 64-bit addresses at 50h, PCI Express version 2 at 70h. */
static void add_capabilities(void)
{
	put16(6, 0x0010);
	page->bytes[0x34] = 0x50;
	put16(0x50, 0x7005);
	put16(0x52, 0x0080);
	put16(0x70, 0x0010);
	put16(0x72, 0x0002);
	memset(page->writable + 0x10, 0xff, 0x18);
	memset(page->writable + 0x54, 0xff, 10);
	page->writable[0x3c] = 0xff;
	memset(page->writable + 0x78, 0xff, 2);
	memset(page->writable + 0x98, 0xff, 2);
}

static void what_a_reset_took_is_put_back(void)
{
	struct pci_snapshot snapshot;
	struct pci_put_back put;

	start();
	add_capabilities();
	put16(0x24, 0x5000);
	put16(0x26, 0x8108);
	page->bytes[0x3c] = 0x0b;
	put16(0x54, 0x1000);
	put16(0x5c, 0x4041);
	put16(0x78, 0x2830);
	put16(0x98, 0x0009);
	pci_snapshot(&fn, &snapshot);
	UNIT_EQ(snapshot.count, 9 + 4 + 3);
	UNIT_EQ(fake.writes, 0);
	pci_put_back(&fn, &snapshot, &put);
	UNIT_EQ(put.differed, 0);
	UNIT_EQ(fake.writes, 0);

	put16(0x24, 0);
	put16(0x26, 0);
	page->bytes[0x3c] = 0;
	put16(0x54, 0);
	put16(0x5c, 0);
	put16(0x78, 0);
	put16(0x98, 0);
	page->writable[0x98] = 0;
	pci_put_back(&fn, &snapshot, &put);
	UNIT_EQ(put.differed, 6);
	UNIT_EQ(put.failed, 1);
	UNIT_STR(put.first, "BAR 5");
	UNIT_STR(put.first_failed, "Device Control 2");
	UNIT_EQ(pci_cfg_read32(&fn, 0x24), 0x81085000);
	UNIT_EQ(pci_cfg_read8(&fn, 0x3c), 0x0b);
	UNIT_EQ(pci_cfg_read16(&fn, 0x5c), 0x4041);
	UNIT_EQ(pci_cfg_read16(&fn, 0x78), 0x2830);
	UNIT_EQ(pci_cfg_read16(&fn, 4), 0);
}

static void a_bridge_is_not_ours_to_put_back(void)
{
	struct pci_snapshot snapshot;

	start();
	fn.header_type = 1;
	pci_snapshot(&fn, &snapshot);
	UNIT_EQ(snapshot.count, 0);
}

static const struct unit_test tests[] = {
	UNIT(one_that_answers_is_asked_once),
	UNIT(one_that_retries_is_waited_for),
	UNIT(one_that_is_gone_is_given_up_at_the_bound),
	UNIT(another_s_ids_are_not_its_own),
	UNIT(one_that_says_d3hot_is_not_ready),
	UNIT(command_of_all_ones_is_not_ready),
	UNIT(what_a_reset_took_is_put_back),
	UNIT(a_bridge_is_not_ours_to_put_back),
};

int main(void)
{
	return UNIT_RUN(tests);
}
