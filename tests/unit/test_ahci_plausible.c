/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* Which registers behind BAR 5 can be an HBA's, where the class does not say. */
#include "drivers/ahci.h"
#include "tests/unit/fake_hw.h"
#include "tests/unit/unit.h"

#define ABAR 0x81085000u

static struct fake_hw fake;

static bool is_plausible(uint32_t bar, uint32_t cap, uint32_t pi, uint32_t vs)
{
	struct fake_page *page, *abar;
	struct pci_fn fn;
	bool plausible;

	fake_init(&fake);
	page = fake_add_fn(&fake, 0, 31, 2);
	fake_set32(page, PCI_BASE_ADDRESS_0 + 4 * AHCI_BAR, bar);
	abar = fake_add_page(&fake, ABAR);
	fake_set32(abar, 0x00, cap);
	fake_set32(abar, 0x0c, pi);
	fake_set32(abar, 0x10, vs);
	fn = fake_fn(&fake, page);
	plausible = ahci_is_plausible(&fn);
	UNIT_EQ(fake.writes, 0);
	return plausible;
}

static void an_hba_is(void)
{
	static const uint32_t versions[] = { 0x00000905, 0x00010000, 0x00010100,
					     0x00010200, 0x00010300, 0x00010301 };

	for (unsigned i = 0; i < 6; i++)
		UNIT_TRUE(is_plausible(ABAR, 0xc0141f05, 0x3f, versions[i]));
	UNIT_TRUE(is_plausible(ABAR, 0xe730ff45, 0x20, 0x00010301)); /* one port of six */
}

static void anything_else_is_not(void)
{
	UNIT_TRUE(!is_plausible(ABAR, 0xc0141f05, 0x3f, 0));
	UNIT_TRUE(!is_plausible(ABAR, 0xc0141f05, 0x3f, 0x00020000));
	UNIT_TRUE(!is_plausible(ABAR, 0xc0141f05, 0x3f, 0x00000904));
	UNIT_TRUE(!is_plausible(ABAR, 0xc0141f05, 0, 0x00010301)); /* no port */
	UNIT_TRUE(!is_plausible(ABAR, 0xc0141f05, 0x7f, 0x00010301)); /* more than CAP.NP */
	UNIT_TRUE(!is_plausible(ABAR, 0xc0041f05, 0x3f, 0x00010301)); /* CAP.ISS 0 */
	UNIT_TRUE(!is_plausible(ABAR, 0, 0, 0));
	UNIT_TRUE(!is_plausible(ABAR, UINT32_MAX, UINT32_MAX, UINT32_MAX));
	UNIT_TRUE(!is_plausible(0, 0xc0141f05, 0x3f, 0x00010301)); /* no BAR 5 */
	UNIT_TRUE(!is_plausible(0x6041, 0xc0141f05, 0x3f, 0x00010301)); /* ports */
}

static const struct unit_test tests[] = {
	UNIT(an_hba_is),
	UNIT(anything_else_is_not),
};

int main(void)
{
	return UNIT_RUN(tests);
}
