/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The PCI core's verbs and devres against literals from Linux: which accesses, in which order, and
 * what the software state is afterwards. The function is the simulated q35's AHCI.
 */
#include "tests/unit/device_rig.h"

static void first_enable_turns_decode_on_and_disintx_off(void)
{
	begin("v6.15", 0x0400);
	pci_enable_device(&rig.dev);
	UNIT_STR(log_of(), "R0400 W0403 R0403 W0003");
	UNIT_EQ(rig.dev.enable_cnt, 1);
	end();
}

static void second_enable_only_counts(void)
{
	begin("v6.15", 0x0407);
	rig.dev.enable_cnt = 1;
	pci_enable_device(&rig.dev);
	UNIT_STR(log_of(), "");
	UNIT_EQ(rig.dev.enable_cnt, 2);
	end();
}

static void enable_leaves_disintx_with_msi_on(void)
{
	begin("v6.15", 0x0407);
	rig.dev.msi_enabled = true;
	pci_enable_device(&rig.dev);
	UNIT_STR(log_of(), "R0407");
	end();
}

static void enable_of_a_function_without_a_pin_does_not_look_at_disintx(void)
{
	begin("v6.15", 0x0400);
	rig.fn.pin = 0;
	pci_enable_device(&rig.dev);
	UNIT_STR(log_of(), "R0400 W0403");
	end();
}

/* Not by pci_intx(): no generation records it, so what firmware left is lost for good. */
static void enable_clears_disintx_without_a_record(void)
{
	static const char *const policies_of_each_kind[] = { "v6.10", "v6.11-rc1", "v6.11-rc2",
							     "v6.11", "v6.14" };

	for (unsigned i = 0; i < 5; i++) {
		begin(policies_of_each_kind[i], 0x0403);
		UNIT_EQ(pci_dev_bind(&rig.dev, "drv"), OK);
		UNIT_EQ(pcim_enable_device(&rig.dev), OK);
		UNIT_STR(log_of(), "R0403 R0403 W0003");
		UNIT_EQ(rig.tracker.allocations, 1);
		pci_dev_unbind(&rig.dev);
		UNIT_STR(log_of(), "R0003");
		end();
	}
}

static void bus_master_is_read_and_written_once(void)
{
	begin("v6.15", 0x0503);
	pci_set_master(&rig.dev);
	UNIT_TRUE(rig.dev.is_busmaster);
	pci_set_master(&rig.dev);
	pci_clear_master(&rig.dev);
	UNIT_TRUE(!rig.dev.is_busmaster);
	pci_clear_master(&rig.dev);
	UNIT_STR(log_of(), "R0503 W0507 R0507 R0507 W0503 R0503");
	end();
}

static void disable_forgets_bus_mastering_at_zero_alone(void)
{
	begin("v6.15", 0x0003);
	pci_enable_device(&rig.dev);
	pci_enable_device(&rig.dev);
	pci_set_master(&rig.dev);
	UNIT_TRUE(pci_disable_device(&rig.dev) && rig.dev.is_busmaster);
	UNIT_TRUE(pci_disable_device(&rig.dev) && !rig.dev.is_busmaster);
	end();
}

static void disable_clears_bus_master_alone_at_zero(void)
{
	begin("v6.15", 0x0507);
	rig.dev.enable_cnt = 2;
	UNIT_TRUE(pci_disable_device(&rig.dev));
	UNIT_STR(log_of(), "");
	UNIT_TRUE(pci_disable_device(&rig.dev));
	UNIT_STR(log_of(), "R0507 W0503");
	UNIT_TRUE(!pci_disable_device(&rig.dev)); /* Linux warns, and counts on */
	UNIT_STR(log_of(), "");
	UNIT_EQ(rig.dev.enable_cnt, -1);
	end();
}

static void intx_writes_only_a_change(void)
{
	begin("v6.15", 0x0007);
	pci_intx(&rig.dev, true);
	UNIT_STR(log_of(), "R0007");
	pci_intx(&rig.dev, false);
	UNIT_STR(log_of(), "R0007 W0407");
	end();
}

static void check_and_mask_of_an_idle_device_writes_nothing(void)
{
	begin("v6.15", 0x0007);
	UNIT_TRUE(!pci_check_and_mask_intx(&rig.dev));
	UNIT_STR(log_of(), "R32:00100007");
	UNIT_TRUE(pci_check_and_unmask_intx(&rig.dev));
	UNIT_STR(log_of(), "R32:00100007");
	end();
}

static void check_and_unmask_of_an_idle_device_clears_disintx(void)
{
	begin("v6.15", 0x0407);
	UNIT_TRUE(pci_check_and_unmask_intx(&rig.dev));
	UNIT_STR(log_of(), "R32:00100407 W0007");
	end();
}

/* Linux on a function that is gone: mask claims it, unmask never succeeds; neither writes. */
static void check_on_all_ones(void)
{
	begin("v6.15", 0x0007);
	sim_vanish_after(rig.sim, 1);
	UNIT_TRUE(pci_check_and_mask_intx(&rig.dev));
	UNIT_TRUE(!pci_check_and_unmask_intx(&rig.dev));
	UNIT_STR(log_of(), "R32:ffffffff R32:ffffffff");
	end();
}

static void restore_is_one_dword_write_and_once(void)
{
	begin("v6.15", 0x0103);
	pci_save_state(&rig.dev);
	pci_cfg_write16(&rig.fn, PCI_COMMAND, 0x0400);
	log_of();
	pci_restore_state(&rig.dev);
	UNIT_STR(log_of(), "R32:00100400 W32:00100103");
	pci_cfg_write16(&rig.fn, PCI_COMMAND, 0x0400);
	log_of();
	pci_restore_state(&rig.dev); /* no state is stored: nothing happens */
	UNIT_STR(log_of(), "");
	end();
}

/* From the top down, BARs before Command, and only the dwords that differ. */
static void restore_writes_what_differs(void)
{
	begin("v6.15", 0x0103);
	pci_save_state(&rig.dev);
	pci_cfg_write8(&rig.fn, PCI_INTERRUPT_LINE, 0x55);
	forget_log();
	pci_restore_state(&rig.dev);
	UNIT_STR(log_of(), "R32:00100103");
	UNIT_EQ(pci_cfg_read8(&rig.fn, PCI_INTERRUPT_LINE), rig.dev.saved.dword[15] & 0xff);
	UNIT_TRUE(!rig.dev.saved.valid);
	end();
}

static void bind_of_a_bound_device_is_busy_and_no_hazard(void)
{
	begin("v6.15", 0x0007);
	UNIT_EQ(pci_dev_bind(&rig.dev, "ahci"), OK);
	UNIT_EQ(pci_dev_bind(&rig.dev, "vfio-pci"), ERR_BUSY);
	UNIT_STR(state_of(), "ahci 0: ");
	UNIT_STR(hazards_of(), "");
	end();
}

static void msi_registers_are_linux(void)
{
	begin("v6.15", 0x0007);
	UNIT_EQ(pci_enable_msi(&rig.dev, message), OK);
	UNIT_STR(log_of(), "M0080 M0080 R0007 W0407 M0081");
	UNIT_EQ(pci_cfg_read32(&rig.fn, 0x84), 0xfee00000);
	UNIT_EQ(pci_cfg_read32(&rig.fn, 0x88), 0);
	UNIT_EQ(pci_cfg_read16(&rig.fn, 0x8c), 0x52);
	pci_deactivate_msi(&rig.dev);
	UNIT_STR(log_of(), "M0081");
	pci_disable_msi(&rig.dev);
	UNIT_STR(log_of(), "M0080 R0407 W0007");
	pci_deactivate_msi(&rig.dev);
	pci_disable_msi(&rig.dev); /* off already */
	UNIT_STR(log_of(), "");
	end();
}

/* The register is asked, not our flag: a driver that wrote the capability itself is seen, too. */
static void disintx_cleared_under_msi_is_a_hazard(void)
{
	begin("v6.15", 0x0407);
	pci_cfg_write16(&rig.fn, 0x82, 0x0081);
	pci_intx(&rig.dev, true);
	UNIT_STR(hazards_of(), "intx-under-msi");
	UNIT_EQ(rig.tracker.hazard[0].command, 0x0407);
	pci_intx(&rig.dev, false);
	UNIT_EQ(rig.tracker.hazards, 1);
	end();
}

static void disintx_left_set_is_the_drivers_that_found_it_clear(void)
{
	begin("v6.15", 0x0407);
	UNIT_EQ(pci_dev_bind(&rig.dev, "first"), OK);
	pci_dev_unbind(&rig.dev);
	UNIT_STR(hazards_of(), "");
	pci_cfg_write16(&rig.fn, PCI_COMMAND, 0x0007);
	UNIT_EQ(pci_dev_bind(&rig.dev, "second"), OK);
	pci_intx(&rig.dev, false);
	pci_dev_unbind(&rig.dev);
	UNIT_STR(hazards_of(), "disintx-left-set");
	UNIT_STR(rig.tracker.hazard[0].owner, "second");
	UNIT_EQ(rig.tracker.hazard[0].command, 0x0407);
	end();
}

static void managed_enable_is_released_last_and_clears_is_managed(void)
{
	begin("v6.15", 0x0007);
	UNIT_EQ(pci_dev_bind(&rig.dev, "ahci"), OK);
	UNIT_EQ(pcim_enable_device(&rig.dev), OK);
	UNIT_TRUE(rig.dev.is_managed);
	pci_dev_unbind(&rig.dev);
	UNIT_STR(log_of(), "R0007 R0007 R0007 W0003");
	UNIT_TRUE(!rig.dev.is_managed);
	UNIT_EQ(rig.dev.enable_cnt, 0);
	UNIT_EQ(pci_dev_bind(&rig.dev, "vfio-pci"), OK);
	end();
}

static char order[64], name_a[] = "a", name_b[] = "b", name_c[] = "c", late[] = "L";

static void note(struct pci_dev *dev, struct devres_node *node)
{
	const char *name = node->arg;
	struct devres_node *added;

	strcat(order, name);
	if (*name == 'c') { /* in release: nothing is found, an add stays behind */
		UNIT_TRUE(!devres_find(&dev->devres, "a"));
		UNIT_EQ(devres_add(&dev->devres, "late", note, late, &added), OK);
	}
}

static void devres_is_last_in_first_out_and_an_add_in_release_stays(void)
{
	struct devres_node *node;
	char names[32];

	begin("v6.15", 0x0007);
	order[0] = 0;
	UNIT_EQ(pci_dev_bind(&rig.dev, "x"), OK);
	UNIT_EQ(devres_add(&rig.dev.devres, "a", note, name_a, &node), OK);
	UNIT_EQ(devres_add(&rig.dev.devres, "b", note, name_b, &node), OK);
	UNIT_EQ(devres_add(&rig.dev.devres, "c", note, name_c, &node), OK);
	devres_names(&rig.dev.devres, names, sizeof(names));
	UNIT_STR(names, "c,b,a");
	pci_dev_unbind(&rig.dev);
	UNIT_STR(order, "cba");
	devres_names(&rig.dev.devres, names, sizeof(names));
	UNIT_STR(names, "late");
	UNIT_EQ(pci_dev_bind(&rig.dev, "y"), ERR_BUSY);
	end();
}

static void devres_pool_is_bounded(void)
{
	struct devres_node *node;
	begin("v6.15", 0x0007);
	for (unsigned i = 0; i < 16; i++)
		UNIT_EQ(devres_add(&rig.dev.devres, "n", note, late, &node), OK);
	UNIT_EQ(devres_add(&rig.dev.devres, "n", note, late, &node), ERR_NOMEM);
	end();
}

static void a_full_pool_enables_nothing(void)
{
	struct devres_node *node;

	for (unsigned i = 0; i < policy_count; i++) {
		begin(policies[i].name, 0x0100);
		while (!devres_add(&rig.dev.devres, "n", note, late, &node))
			;
		forget_log();
		UNIT_EQ(pcim_enable_device(&rig.dev), ERR_NOMEM);
		UNIT_TRUE(!rig.dev.is_managed && !rig.dev.enable_cnt);
		UNIT_STR(log_of(), "");
		end();
	}
}

static const struct unit_test tests[] = {
	UNIT(a_full_pool_enables_nothing),
	UNIT(first_enable_turns_decode_on_and_disintx_off),
	UNIT(second_enable_only_counts),
	UNIT(enable_leaves_disintx_with_msi_on),
	UNIT(enable_of_a_function_without_a_pin_does_not_look_at_disintx),
	UNIT(enable_clears_disintx_without_a_record),
	UNIT(bus_master_is_read_and_written_once),
	UNIT(disable_forgets_bus_mastering_at_zero_alone),
	UNIT(disable_clears_bus_master_alone_at_zero),
	UNIT(intx_writes_only_a_change),
	UNIT(check_and_mask_of_an_idle_device_writes_nothing),
	UNIT(check_and_unmask_of_an_idle_device_clears_disintx),
	UNIT(check_on_all_ones),
	UNIT(restore_is_one_dword_write_and_once),
	UNIT(restore_writes_what_differs),
	UNIT(bind_of_a_bound_device_is_busy_and_no_hazard),
	UNIT(msi_registers_are_linux),
	UNIT(disintx_cleared_under_msi_is_a_hazard),
	UNIT(disintx_left_set_is_the_drivers_that_found_it_clear),
	UNIT(managed_enable_is_released_last_and_clears_is_managed),
	UNIT(devres_is_last_in_first_out_and_an_add_in_release_stays),
	UNIT(devres_pool_is_bounded),
};

int main(void)
{
	return UNIT_RUN(tests);
}
