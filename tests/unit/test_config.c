/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* SBDF text, rmw16, gone, capability lists good and hostile, and the waits of hw.c. */
#include "tests/unit/fake_hw.h"
#include "tests/unit/unit.h"

static struct fake_hw fake;

static struct fake_page *one_fn(struct pci_fn *fn)
{
	struct fake_page *page;

	fake_init(&fake);
	page = fake_add_fn(&fake, 0, 31, 2);
	*fn = fake_fn(&fake, page);
	return page;
}

static void sbdf_prints_twelve_characters(void)
{
	char text[SBDF_TEXT];

	sbdf_format((struct sbdf){ 0, 0, 31, 2 }, text);
	UNIT_STR(text, "0000:00:1f.2");
	sbdf_format((struct sbdf){ 0xfedc, 0xba, 0, 7 }, text);
	UNIT_STR(text, "fedc:ba:00.7");
}

static void sbdf_parses_both_forms(void)
{
	struct sbdf addr;

	UNIT_EQ(sbdf_parse("0000:00:1f.2", &addr), OK);
	UNIT_TRUE(sbdf_equal(addr, (struct sbdf){ 0, 0, 31, 2 }));
	UNIT_EQ(sbdf_parse("80:1F.7", &addr), OK);
	UNIT_TRUE(sbdf_equal(addr, (struct sbdf){ 0, 0x80, 31, 7 }));
	UNIT_EQ(sbdf_parse("aBcD:12:03.0", &addr), OK);
	UNIT_TRUE(sbdf_equal(addr, (struct sbdf){ 0xabcd, 0x12, 3, 0 }));
}

static void sbdf_refuses_all_else(void)
{
	/* clang-format off */
	static const char *const bad[] = {
		"", "0", "00", "00:", "00:1f", "00:1f.", "00:1f.8", "00:20.0", "00:1f.2 ",
		" 00:1f.2", "000:00:1f.2", "00000:00:1f.2", "0000:00:1f.2x", "0000:00:1f.-1",
		"0000:0:1f.2", "0x00:1f.2", "0000-00-1f.2", "0000:00:1g.2", "0000:", "0000:00:1f:2", "00.1f.2",
	};
	/* clang-format on */
	struct sbdf addr = { 1, 2, 3, 4 };

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (sbdf_parse(bad[i], &addr) != ERR_INVALID)
			UNIT_FAIL("\"%s\" was taken", bad[i]);
	}
	UNIT_TRUE(sbdf_equal(addr, (struct sbdf){ 1, 2, 3, 4 }));
}

static void rmw16_writes_only_a_change(void)
{
	struct pci_fn fn;
	struct fake_page *page = one_fn(&fn);

	fake_set16(page, PCI_COMMAND, 0x0107);
	UNIT_EQ(pci_cfg_rmw16(&fn, PCI_COMMAND, 0, 0x0107), 0x0107);
	UNIT_EQ(fake.reads, 1);
	UNIT_EQ(fake.writes, 0);
	UNIT_EQ(pci_cfg_rmw16(&fn, PCI_COMMAND, 0x0004, 0x0400), 0x0107);
	UNIT_EQ(fake.reads, 2);
	UNIT_EQ(fake.writes, 1);
	UNIT_EQ(fake.log[2].addr, 0xb00fa004);
	UNIT_EQ(fake.log[2].width, 2);
	UNIT_EQ(fake.log[2].value, 0x0503);
}

static void gone_is_vendor_all_ones(void)
{
	struct pci_fn fn;
	struct fake_page *page = one_fn(&fn);

	UNIT_TRUE(!pci_fn_is_gone(&fn));
	page->gone = true;
	UNIT_TRUE(pci_fn_is_gone(&fn));
	UNIT_EQ(pci_cfg_read8(&fn, 0x3d), 0xff);
	UNIT_EQ(pci_cfg_read16(&fn, PCI_COMMAND), 0xffff);
	UNIT_EQ(pci_cfg_read32(&fn, 0), 0xffffffff);
}

static void capability_is_found(void)
{
	struct pci_fn fn;
	struct fake_page *page = one_fn(&fn);
	uint16_t off = 0;

	/* q35's AHCI: MSI at 80h, SATA at A8h, pointing back; bits 1:0 are reserved. */
	page->bytes[PCI_CAPABILITY_LIST] = 0xab;
	fake_set_cap(page, 0xa8, PCI_CAP_ID_SATA, 0x82);
	fake_set_cap(page, 0x80, PCI_CAP_ID_MSI, 0);
	UNIT_EQ(pci_find_capability(&fn, PCI_CAP_ID_MSI, &off), OK);
	UNIT_EQ(off, 0x80);
	UNIT_EQ(pci_find_capability(&fn, PCI_CAP_ID_SATA, &off), OK);
	UNIT_EQ(off, 0xa8);
	UNIT_EQ(pci_find_capability(&fn, PCI_CAP_ID_EXP, &off), ERR_ABSENT);
	UNIT_EQ(off, 0xa8);
}

static void no_list_is_absent(void)
{
	struct pci_fn fn;
	struct fake_page *page = one_fn(&fn);
	uint16_t off;

	/* A pointer that Status[4] does not announce is not followed. */
	page->bytes[PCI_CAPABILITY_LIST] = 0x40;
	page->bytes[0x40] = PCI_CAP_ID_MSI;
	UNIT_EQ(pci_find_capability(&fn, PCI_CAP_ID_MSI, &off), ERR_ABSENT);
	page->bytes[PCI_STATUS] = PCI_STATUS_CAP_LIST;
	UNIT_EQ(pci_find_capability(&fn, PCI_CAP_ID_MSI, &off), OK);
	page->bytes[PCI_CAPABILITY_LIST] = 0;
	UNIT_EQ(pci_find_capability(&fn, PCI_CAP_ID_MSI, &off), ERR_ABSENT);
}

static void cardbus_points_from_14h(void)
{
	struct pci_fn fn;
	struct fake_page *page = one_fn(&fn);
	uint16_t off = 0;

	fn.header_type = PCI_HEADER_TYPE_CARDBUS;
	page->bytes[0x14] = 0xa0;
	page->bytes[0x34] = 0x01;
	fake_set_cap(page, 0xa0, PCI_CAP_ID_PM, 0);
	UNIT_EQ(pci_find_capability(&fn, PCI_CAP_ID_PM, &off), OK);
	UNIT_EQ(off, 0xa0);
	fn.header_type = 0x55;
	UNIT_EQ(pci_find_capability(&fn, PCI_CAP_ID_PM, &off), ERR_ABSENT);
}

static void hostile_lists_end(void)
{
	struct pci_fn fn;
	struct fake_page *page = one_fn(&fn);
	uint16_t off;

	page->bytes[PCI_CAPABILITY_LIST] = 0x40;
	fake_set_cap(page, 0x40, 0x09, 0x40);
	UNIT_EQ(pci_find_capability(&fn, PCI_CAP_ID_MSI, &off), ERR_LOOP);
	fake_set_cap(page, 0x40, 0x09, 0xfc);
	fake_set_cap(page, 0xfc, 0x09, 0x40);
	UNIT_EQ(pci_find_capability(&fn, PCI_CAP_ID_MSI, &off), ERR_LOOP);
	fake_set_cap(page, 0xfc, 0x09, 0x3c);
	UNIT_EQ(pci_find_capability(&fn, PCI_CAP_ID_MSI, &off), ERR_INVALID);
	fake_set_cap(page, 0xfc, 0xff, 0xff);
	UNIT_EQ(pci_find_capability(&fn, PCI_CAP_ID_MSI, &off), ERR_INVALID);
	page->gone = true;
	UNIT_EQ(pci_find_capability(&fn, PCI_CAP_ID_MSI, &off), ERR_GONE);
}

static void the_longest_list_is_walked(void)
{
	struct pci_fn fn;
	struct fake_page *page = one_fn(&fn);
	struct pci_capability caps[PCI_MAX_CAPABILITIES];
	unsigned count = 0;

	page->bytes[PCI_CAPABILITY_LIST] = 0x40;
	for (unsigned off = 0x40; off < 0x100; off += 4)
		fake_set_cap(page, off, 0x09, off + 4);
	UNIT_EQ(pci_list_capabilities(&fn, caps, PCI_MAX_CAPABILITIES, &count), OK);
	UNIT_EQ(count, 48);
	UNIT_EQ(caps[47].off, 0xfc);
	UNIT_EQ(pci_list_capabilities(&fn, caps, 47, &count), ERR_NOMEM);
	UNIT_EQ(count, 47);
	page->bytes[0xfd] = 0x40;
	UNIT_EQ(pci_list_capabilities(&fn, caps, PCI_MAX_CAPABILITIES, &count), ERR_LOOP);
	UNIT_EQ(count, 48);
}

static void ext_capability_is_found(void)
{
	struct pci_fn fn;
	struct fake_page *page = one_fn(&fn);
	struct pci_capability caps[4];
	unsigned count;
	uint16_t off = 0;

	fake_set32(page, 0x100, 0x14820001);
	fake_set32(page, 0x148, 0x00010003);
	UNIT_EQ(pci_find_ext_capability(&fn, 0x0003, &off), ERR_ABSENT);
	fn.has_exp = true;
	UNIT_EQ(pci_find_ext_capability(&fn, 0x0003, &off), OK);
	UNIT_EQ(off, 0x148);
	UNIT_EQ(pci_find_ext_capability(&fn, 0x0005, &off), ERR_ABSENT);
	page->bytes[PCI_CAPABILITY_LIST] = 0x40;
	fake_set_cap(page, 0x40, PCI_CAP_ID_EXP, 0);
	UNIT_EQ(pci_list_capabilities(&fn, caps, 4, &count), OK);
	UNIT_EQ(count, 3);
	UNIT_EQ(caps[0].id, 0x10);
	UNIT_TRUE(!caps[0].extended);
	UNIT_EQ(caps[2].id, 0x0003);
	UNIT_EQ(caps[2].off, 0x148);
	UNIT_TRUE(caps[2].extended);
}

static void hostile_ext_lists_end(void)
{
	struct pci_fn fn;
	struct fake_page *page = one_fn(&fn);
	struct pci_capability caps[4];
	unsigned count;
	uint16_t off;

	fn.has_exp = true;
	UNIT_EQ(pci_find_ext_capability(&fn, 0x0003, &off), ERR_ABSENT);
	fake_set32(page, 0x100, 0xffffffff);
	UNIT_EQ(pci_find_ext_capability(&fn, 0x0003, &off), ERR_ABSENT);
	fake_set32(page, 0x100, 0x10010001);
	UNIT_EQ(pci_find_ext_capability(&fn, 0x0003, &off), ERR_LOOP);
	fake_set32(page, 0x100, 0x0fc10001);
	UNIT_EQ(pci_find_ext_capability(&fn, 0x0003, &off), ERR_INVALID);
	/* The list above is listed although the one below is bad, whose error is the answer. */
	page->bytes[PCI_CAPABILITY_LIST] = 0x40;
	fake_set_cap(page, 0x40, PCI_CAP_ID_EXP, 0x40);
	UNIT_EQ(pci_list_capabilities(&fn, caps, 4, &count), ERR_LOOP);
	UNIT_EQ(count, 2);
	UNIT_TRUE(caps[1].extended);
	page->gone = true;
	UNIT_EQ(pci_find_ext_capability(&fn, 0x0003, &off), ERR_GONE);
	UNIT_EQ(pci_list_capabilities(&fn, caps, 4, &count), ERR_GONE);
	UNIT_EQ(count, 0);
}

static void timers_are_never_short(void)
{
	struct hw_timer timer;

	fake_init(&fake);
	fake.hz = 3579545;
	fake.now = UINT64_MAX - 1; /* the counter's own wrap does not matter */
	timer = hw_timer_us(&fake.hw, 10);
	UNIT_EQ(timer.limit, 36);
	UNIT_TRUE(!hw_expired(&fake.hw, &timer));
	fake.now += 35;
	UNIT_TRUE(!hw_expired(&fake.hw, &timer));
	UNIT_EQ(hw_elapsed_us(&fake.hw, &timer), 9);
	fake.now += 1;
	UNIT_TRUE(hw_expired(&fake.hw, &timer));
	UNIT_EQ(hw_elapsed_us(&fake.hw, &timer), 10);
}

static void timers_do_not_overflow(void)
{
	struct hw_timer timer;

	fake_init(&fake);
	fake.hz = 5000000000ull;
	timer = hw_timer_us(&fake.hw, 86400000000ull);
	UNIT_EQ(timer.limit, 432000000000000ull);
	fake.now = 432000000000000ull;
	UNIT_TRUE(hw_expired(&fake.hw, &timer));
	UNIT_EQ(hw_elapsed_us(&fake.hw, &timer), 86400000000ull);
	timer = hw_timer_us(&fake.hw, UINT64_MAX);
	UNIT_EQ(timer.limit, UINT64_MAX);
}

static void delay_relaxes_until_its_end(void)
{
	fake_init(&fake);
	fake.hz = 1000000;
	hw_delay_us(&fake.hw, 250);
	UNIT_EQ(fake.relaxes, 250);
	hw_delay_us(&fake.hw, 0);
	UNIT_EQ(fake.relaxes, 250);
}

static void errors_have_names(void)
{
	UNIT_STR(err_name(OK), "ok");
	UNIT_STR(err_name(ERR_TIMEOUT), "timeout");
	UNIT_STR(err_name(ERR_FAULT), "CPU exception");
	UNIT_STR(err_name(ERR_COUNT), "unknown");
	UNIT_STR(err_name((enum err) - 1), "unknown");
}

static const struct unit_test tests[] = {
	UNIT(sbdf_prints_twelve_characters),
	UNIT(sbdf_parses_both_forms),
	UNIT(sbdf_refuses_all_else),
	UNIT(rmw16_writes_only_a_change),
	UNIT(gone_is_vendor_all_ones),
	UNIT(capability_is_found),
	UNIT(no_list_is_absent),
	UNIT(cardbus_points_from_14h),
	UNIT(hostile_lists_end),
	UNIT(the_longest_list_is_walked),
	UNIT(ext_capability_is_found),
	UNIT(hostile_ext_lists_end),
	UNIT(timers_are_never_short),
	UNIT(timers_do_not_overflow),
	UNIT(delay_relaxes_until_its_end),
	UNIT(errors_have_names),
};

int main(void)
{
	return UNIT_RUN(tests);
}
