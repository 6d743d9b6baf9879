/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * From pci/next of December 2024 on, and the thread's alternatives: pci_intx() is never managed,
 * what pcim_intx() restores, the order of MSI and DisINTx. Literals from the commits.
 */
#include "tests/unit/device_rig.h"

static const char *const never_managed[] = { "next-20241218", "v6.14", "v6.12.17", "v6.15",
					     "no-pci-intx" };
#define NEVER_MANAGED (sizeof(never_managed) / sizeof(never_managed[0]))

static void pci_intx_of_a_managed_device_is_one_read_and_one_write(void)
{
	for (unsigned i = 0; i < NEVER_MANAGED; i++) {
		begin_managed(never_managed[i], 0x0007);
		pci_intx(&rig.dev, true);
		pci_intx(&rig.dev, false);
		UNIT_STR(log_of(), "R0007 R0007 W0407");
		UNIT_STR(state_of(), "drv 1 managed: pcim_disable_device");
		pci_dev_unbind(&rig.dev);
		UNIT_STR(log_of(), "R0407 W0403"); /* nothing is restored */
		UNIT_STR(state_of(), "- 0: ");
		UNIT_STR(hazards_of(), "disintx-left-set");
		end();
	}
}

static void msi_goes_first_and_then_disintx(void)
{
	for (unsigned i = 0; i < NEVER_MANAGED; i++) {
		begin_managed(never_managed[i], 0x0007);
		UNIT_EQ(pci_enable_msi(&rig.dev, message), OK);
		UNIT_STR(log_of(), "M0080 M0080 R0007 W0407 M0081");
		UNIT_STR(state_of(),
			 "drv 1 managed msi_managed msi: pcim_msi_release,pcim_disable_device");
		pci_dev_unbind(&rig.dev);
		UNIT_STR(log_of(), "M0080 R0407 W0007 R0007 W0003");
		UNIT_STR(hazards_of(), "");
		end();
	}
}

/* Its node is the oldest: MSI has cleared DisINTx before it is restored, and nothing is left to
 * write. */
static void v6_10_msi_goes_first_too(void)
{
	begin_managed("v6.10", 0x0007);
	UNIT_EQ(pci_enable_msi(&rig.dev, message), OK);
	UNIT_STR(log_of(), "M0080 M0080 R0007 W0407 M0081");
	pci_dev_unbind(&rig.dev);
	UNIT_STR(log_of(), "M0080 R0407 W0007 R0007 R0007 W0003");
	UNIT_STR(hazards_of(), "");
	end();
}

/* A stale flag: vfio-pci's MSI gets a release action of its own (until 6.11-rc7). */
static void stale_is_managed_makes_vfio_msi_managed(void)
{
	static const char *const stale[] = { "v6.10", "v6.11-rc2", "gfp-atomic", "unlocked" };

	for (unsigned i = 0; i < sizeof(stale) / sizeof(stale[0]); i++) {
		begin_managed(stale[i], 0x0007);
		rebind("vfio-pci");
		UNIT_EQ(pci_enable_msi(&rig.dev, message), OK);
		UNIT_TRUE(rig.dev.is_msi_managed &&
			  devres_find(&rig.dev.devres, "pcim_msi_release"));
		pci_disable_msi(&rig.dev);
		pci_dev_unbind(&rig.dev);
		UNIT_TRUE(!rig.dev.is_msi_managed);
		end();
	}
	begin_managed("v6.11", 0x0007);
	rebind("vfio-pci");
	UNIT_EQ(pci_enable_msi(&rig.dev, message), OK);
	UNIT_STR(state_of(), "vfio-pci 0 msi: ");
	end();
}

/* Enabled, disabled, enabled: one release action. */
static void msi_is_managed_once(void)
{
	begin_managed("v6.15", 0x0007);
	UNIT_EQ(pci_enable_msi(&rig.dev, message), OK);
	pci_disable_msi(&rig.dev);
	UNIT_EQ(pci_enable_msi(&rig.dev, message), OK);
	UNIT_STR(state_of(), "drv 1 managed msi_managed msi: pcim_msi_release,pcim_disable_device");
	end();
}

static void no_msi_capability_is_absent(void)
{
	begin_managed("v6.15", 0x0007);
	rig.dev.msi_cap = 0;
	UNIT_EQ(pci_enable_msi(&rig.dev, message), ERR_ABSENT);
	pci_disable_msi(&rig.dev);
	UNIT_STR(log_of(), "");
	UNIT_STR(state_of(), "drv 1 managed: pcim_disable_device");
	end();
}

static void next_restores_the_opposite_of_the_last_call(void)
{
	begin_managed("next-20241218", 0x0007);
	UNIT_EQ(pcim_intx(&rig.dev, true), OK);
	UNIT_STR(log_of(), "R0007");
	UNIT_STR(state_of(), "drv 1 managed: pcim_intx_restore,pcim_disable_device");
	pci_dev_unbind(&rig.dev);
	UNIT_STR(log_of(), "R0007 W0407 R0407 W0403");
	UNIT_STR(hazards_of(), "disintx-left-set");
	end();
}

static void v6_14_restores_what_was_read_once(void)
{
	begin_managed("v6.14", 0x0007);
	UNIT_EQ(pcim_intx(&rig.dev, true), OK);
	UNIT_STR(log_of(), "R0007 R0007"); /* the original, then pci_intx()'s own */
	UNIT_EQ(pcim_intx(&rig.dev, false), OK);
	UNIT_STR(log_of(), "R0007 W0407"); /* it is not read again */
	pci_dev_unbind(&rig.dev);
	UNIT_STR(log_of(), "R0407 W0007 R0007 W0003");
	UNIT_STR(hazards_of(), "");
	end();
}

static void v6_14_restores_a_disintx_that_was_set(void)
{
	begin_managed("v6.14", 0x0007);
	pci_cfg_write16(&rig.fn, PCI_COMMAND, 0x0407);
	forget_log();
	UNIT_EQ(pcim_intx(&rig.dev, true), OK);
	pci_dev_unbind(&rig.dev);
	UNIT_STR(log_of(), "R0407 R0407 W0007 R0007 W0407 R0407 W0403");
	end();
}

static void v6_15_pcim_intx_without_memory_writes_nothing(void)
{
	begin_managed("v6.15", 0x0007);
	rig.tracker.pressure = true;
	rig.tracker.fail_from = 1;
	UNIT_EQ(pcim_intx(&rig.dev, false), ERR_NOMEM);
	UNIT_STR(log_of(), ""); /* not read either */
	pci_intx(&rig.dev, false); /* and pci_intx() needs none */
	UNIT_STR(log_of(), "R0007 W0407");
	UNIT_STR(hazards_of(), "");
	end();
}

static void pci_intx_in_release_makes_nothing(void)
{
	for (unsigned i = 0; i < NEVER_MANAGED; i++) {
		begin_managed(never_managed[i], 0x0007);
		pci_intx(&rig.dev, false);
		UNIT_EQ(pci_enable_msi(&rig.dev, message), OK);
		pci_dev_unbind(&rig.dev);
		UNIT_STR(state_of(), "- 0: ");
		UNIT_EQ(pci_dev_bind(&rig.dev, "vfio-pci"), OK);
		UNIT_STR(hazards_of(), "");
		end();
	}
}

static void second_pcim_enable_counts(void)
{
	for (unsigned i = 0; i < NEVER_MANAGED; i++) {
		begin_managed(never_managed[i], 0x0007);
		UNIT_EQ(pcim_enable_device(&rig.dev), OK);
		UNIT_STR(state_of(), "drv 2 managed: pcim_disable_device,pcim_disable_device");
		pci_dev_unbind(&rig.dev);
		UNIT_STR(state_of(), "- 0: ");
		end();
	}
}

static void stale_pinned_keeps_the_next_drivers_device_enabled(void)
{
	for (unsigned i = 0; i < NEVER_MANAGED; i++) {
		begin_managed(never_managed[i], 0x0007);
		pcim_pin_device(&rig.dev);
		rebind("next");
		UNIT_EQ(pcim_enable_device(&rig.dev), OK);
		pci_dev_unbind(&rig.dev);
		UNIT_STR(log_of(), "");
		UNIT_STR(state_of(), "- 2 pinned: ");
		end();
	}
}

/* next-20241218 leaves DisINTx 1; pinned, the next enable does not take it away. */
static void next_pinned_keeps_the_disintx_that_it_left(void)
{
	begin_managed("next-20241218", 0x0007);
	pcim_pin_device(&rig.dev);
	UNIT_EQ(pcim_intx(&rig.dev, true), OK);
	rebind("next");
	pci_enable_device(&rig.dev);
	UNIT_STR(log_of(), "");
	UNIT_EQ(pci_cfg_read16(&rig.fn, PCI_COMMAND), 0x0407);
	end();
}

static void gfp_atomic_under_irqlock_is_no_hazard_and_still_a_node(void)
{
	begin_managed("gfp-atomic", 0x0007);
	rebind("vfio-pci");
	tracker_lock(&rig.tracker, "&vdev->irqlock", true);
	pci_intx(&rig.dev, false);
	tracker_unlock(&rig.tracker);
	UNIT_STR(hazards_of(), "");
	UNIT_STR(state_of(), "vfio-pci 0 managed: pcim_intx_restore");
	UNIT_EQ(rig.tracker.allocation[rig.tracker.allocations - 1].gfp, GFP_ATOMIC);
	UNIT_EQ(rig.tracker.allocation[0].gfp, GFP_KERNEL); /* pcim_enable_device()'s own */
	end();
}

static void gfp_atomic_fails_as_well(void)
{
	begin_managed("gfp-atomic", 0x0007);
	rig.tracker.pressure = true;
	rig.tracker.fail_from = 1;
	pci_intx(&rig.dev, false);
	UNIT_STR(log_of(), "R0007");
	UNIT_STR(hazards_of(), "mask-lost");
	end();
}

static const struct unit_test tests[] = {
	UNIT(pci_intx_of_a_managed_device_is_one_read_and_one_write),
	UNIT(msi_goes_first_and_then_disintx),
	UNIT(v6_10_msi_goes_first_too),
	UNIT(stale_is_managed_makes_vfio_msi_managed),
	UNIT(msi_is_managed_once),
	UNIT(no_msi_capability_is_absent),
	UNIT(next_restores_the_opposite_of_the_last_call),
	UNIT(v6_14_restores_what_was_read_once),
	UNIT(v6_14_restores_a_disintx_that_was_set),
	UNIT(v6_15_pcim_intx_without_memory_writes_nothing),
	UNIT(pci_intx_in_release_makes_nothing),
	UNIT(second_pcim_enable_counts),
	UNIT(stale_pinned_keeps_the_next_drivers_device_enabled),
	UNIT(next_pinned_keeps_the_disintx_that_it_left),
	UNIT(gfp_atomic_under_irqlock_is_no_hazard_and_still_a_node),
	UNIT(gfp_atomic_fails_as_well),
};

int main(void)
{
	return UNIT_RUN(tests);
}
