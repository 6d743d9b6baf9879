/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* Intel's port enables (PCS, 92h): known by Linux's list, lost by a reset, and put back. */
#include "drivers/ahci.h"
#include "tests/unit/sim_rig.h"

#define PCS (AHCI_1F2 + 0x92)
#define PORT0_SSTS (ABAR + 0x128)

static struct pci_fn fn;
static struct ahci hba;

static void meet(const char *machine, uint16_t enables)
{
	start(machine, NULL);
	hw_write16(hw, PCS, enables);
	fn = (struct pci_fn){ .hw = hw, .cfg = AHCI_1F2 };
	fn.vendor = hw_read16(hw, AHCI_1F2);
	fn.device = hw_read16(hw, AHCI_1F2 + 2);
	UNIT_EQ(ahci_init(&hba, &fn), OK);
	UNIT_EQ(ahci_identify_hba(&hba), OK);
}

static void what_a_reset_clears_is_put_back(void)
{
	meet("pcs-cleared", 0x3f);
	UNIT_EQ(rd(PORT0_SSTS) & 0xf, 3);
	for (unsigned i = 0; i < 2; i++) {
		UNIT_EQ(ahci_reset(&hba), OK);
		UNIT_EQ(hw_read16(hw, PCS), 0x3f);
		UNIT_TRUE(hba.enables.put_back);
		UNIT_EQ(hba.enables.after_reset, 0);
		UNIT_EQ(hba.enables.now, 0x3f);
		wait_us(5000);
		UNIT_EQ(rd(PORT0_SSTS) & 0xf, 3);
	}
	stop();
}

static void a_port_that_firmware_had_off_stays_off(void)
{
	meet("pcs-cleared", 0x05);
	UNIT_EQ(ahci_reset(&hba), OK);
	UNIT_EQ(hw_read16(hw, PCS), 0x05);
	stop();
	meet("pcs-cleared", 0);
	UNIT_EQ(ahci_reset(&hba), OK);
	UNIT_EQ(hw_read16(hw, PCS), 0);
	UNIT_TRUE(!hba.enables.put_back);
	stop();
}

static void a_function_that_is_not_listed_is_left_alone(void)
{
	meet("pcs-unlisted", 0x3f);
	UNIT_EQ(ahci_reset(&hba), OK);
	UNIT_EQ(hw_read16(hw, PCS), 0);
	UNIT_TRUE(!hba.enables.put_back);
	wait_us(5000);
	UNIT_EQ(rd(PORT0_SSTS) & 0xf, 0);
	stop();
}

static void the_list_is_linux_s(void)
{
	static const struct {
		uint16_t vendor, device;
		bool listed;
	} rows[] = {
		{ 0x8086, 0x2652, true }, /* ICH6, as the first of them */
		{ 0x8086, 0x2829, true }, /* ICH8M */
		{ 0x8086, 0x2922, true }, /* ICH9 */
		{ 0x8086, 0x02d3, true }, /* the ends of our table */
		{ 0x8086, 0xa386, true },
		{ 0x8086, 0x19b0, false }, /* Denverton: board_ahci_pcs7 */
		{ 0x8086, 0x19cf, false },
		{ 0x8086, 0x2920, false }, /* ICH9 in IDE mode */
		{ 0x1002, 0x2922, false },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pci_fn one = { .vendor = rows[i].vendor, .device = rows[i].device };

		if (ahci_has_enables(&one) != rows[i].listed)
			UNIT_FAIL("%04x:%04x", rows[i].vendor, rows[i].device);
	}
}

static const struct unit_test tests[] = {
	UNIT(what_a_reset_clears_is_put_back),
	UNIT(a_port_that_firmware_had_off_stays_off),
	UNIT(a_function_that_is_not_listed_is_left_alone),
	UNIT(the_list_is_linux_s),
};

int main(void)
{
	return UNIT_RUN(tests);
}
