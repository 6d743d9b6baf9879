/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Until 6.10 and the release candidates of 6.11, rule by rule: what is recorded, what is released,
 * in which order, and what stays. Literals from drivers/pci/pci.c of 6.1 and from the commits.
 */
#include "tests/unit/device_rig.h"

/* v6.10: one struct pci_devres, made by pcim_enable_device() alone */

static void v6_10_second_pcim_enable_counts_nothing(void)
{
	begin_managed("v6.10", 0x0007);
	UNIT_STR(state_of(), "drv 1 managed: pcim_release");
	UNIT_EQ(pcim_enable_device(&rig.dev), OK);
	UNIT_STR(log_of(), "");
	UNIT_STR(state_of(), "drv 1 managed: pcim_release");
	UNIT_EQ(rig.tracker.allocations, 1);
	end();
}

static void v6_10_first_change_wins(void)
{
	begin_managed("v6.10", 0x0007);
	pci_intx(&rig.dev, true); /* changes nothing, records nothing */
	UNIT_TRUE(!rig.dev.shared.restore_intx);
	pci_intx(&rig.dev, false);
	pci_intx(&rig.dev, true);
	pci_intx(&rig.dev, false);
	UNIT_TRUE(rig.dev.shared.restore_intx && rig.dev.shared.orig_intx);
	UNIT_STR(log_of(), "R0007 R0007 W0407 R0407 W0007 R0007 W0407");
	pci_dev_unbind(&rig.dev);
	UNIT_STR(log_of(), "R0407 W0007 R0007 W0003");
	UNIT_STR(state_of(), "- 0 managed: "); /* is_managed is never cleared */
	UNIT_STR(hazards_of(), "");
	end();
}

static void v6_10_first_change_may_be_the_clearing_one(void)
{
	begin_managed("v6.10", 0x0007);
	pci_cfg_write16(&rig.fn, PCI_COMMAND, 0x0407);
	forget_log();
	pci_intx(&rig.dev, true);
	UNIT_TRUE(rig.dev.shared.restore_intx && !rig.dev.shared.orig_intx);
	pci_dev_unbind(&rig.dev);
	UNIT_STR(log_of(), "R0407 W0007 R0007 W0407 R0407 W0403");
	end();
}

static void v6_10_stale_is_managed_finds_no_node(void)
{
	begin_managed("v6.10", 0x0007);
	rebind("vfio-pci");
	UNIT_STR(state_of(), "vfio-pci 0 managed: ");
	pci_intx(&rig.dev, false);
	UNIT_STR(log_of(), "R0003 W0403");
	UNIT_STR(state_of(), "vfio-pci 0 managed: ");
	pci_dev_unbind(&rig.dev);
	UNIT_STR(log_of(), ""); /* and restores nothing */
	end();
}

static void v6_10_explicit_disable_is_not_repeated(void)
{
	begin_managed("v6.10", 0x0007);
	UNIT_TRUE(pci_disable_device(&rig.dev));
	UNIT_STR(log_of(), "R0007 W0003");
	pci_dev_unbind(&rig.dev);
	UNIT_STR(log_of(), "");
	UNIT_EQ(rig.dev.enable_cnt, 0);
	end();
}

static void v6_10_pcim_enable_behind_an_explicit_disable_enables(void)
{
	begin_managed("v6.10", 0x0007);
	UNIT_TRUE(pci_disable_device(&rig.dev));
	UNIT_EQ(pcim_enable_device(&rig.dev), OK);
	UNIT_STR(state_of(), "drv 1 managed: pcim_release");
	pci_dev_unbind(&rig.dev);
	UNIT_EQ(rig.dev.enable_cnt, 0);
	end();
}

static void v6_10_pinned_dies_with_the_binding(void)
{
	begin_managed("v6.10", 0x0007);
	pcim_pin_device(&rig.dev);
	UNIT_STR(state_of(), "drv 1 managed pinned: pcim_release");
	pci_dev_unbind(&rig.dev);
	UNIT_STR(log_of(), ""); /* not disabled */
	UNIT_STR(state_of(), "- 1 managed: ");
	UNIT_EQ(pci_dev_bind(&rig.dev, "next"), OK);
	UNIT_EQ(pcim_enable_device(&rig.dev), OK); /* a new node, not pinned */
	pci_dev_unbind(&rig.dev);
	UNIT_STR(state_of(), "- 1 managed: ");
	end();
}

static void v6_10_pin_without_a_node_does_nothing(void)
{
	begin("v6.10", 0x0007);
	UNIT_EQ(pci_dev_bind(&rig.dev, "drv"), OK);
	pcim_pin_device(&rig.dev);
	UNIT_STR(state_of(), "drv 0: ");
	end();
}

static void release_intx_off(struct pci_dev *dev, struct devres_node *node)
{
	(void)node;
	pci_intx(dev, false);
}

static void release_intx_on(struct pci_dev *dev, struct devres_node *node)
{
	(void)node;
	pci_intx(dev, true);
}

static void v6_10_pci_intx_in_release_writes_and_records_nothing(void)
{
	begin_managed("v6.10", 0x0007);
	UNIT_EQ(pci_devres_add(&rig.dev, "drv", GFP_KERNEL, release_intx_off, NULL), OK);
	pci_dev_unbind(&rig.dev);
	UNIT_STR(log_of(), "R0007 W0407 R0407 W0403");
	UNIT_STR(state_of(), "- 0 managed: ");
	UNIT_STR(hazards_of(), "disintx-left-set");
	end();
}

/* v6.11-rc1: always to pcim_intx(), before any look at Command */

static void rc1_every_pcim_enable_adds_and_counts(void)
{
	begin_managed("v6.11-rc1", 0x0007);
	UNIT_EQ(pcim_enable_device(&rig.dev), OK);
	UNIT_STR(state_of(), "drv 2 managed: pcim_disable_device,pcim_disable_device");
	pci_dev_unbind(&rig.dev);
	UNIT_STR(log_of(), "R0007 W0003"); /* at 0 only */
	UNIT_STR(state_of(), "- 0 managed: ");
	end();
}

static void rc1_call_that_changes_nothing_makes_a_node(void)
{
	begin_managed("v6.11-rc1", 0x0007);
	pci_intx(&rig.dev, true);
	UNIT_STR(log_of(), "R0007"); /* pcim_intx()'s only: no read before it */
	UNIT_STR(state_of(), "drv 1 managed: pcim_intx_restore,pcim_disable_device");
	pci_dev_unbind(&rig.dev);
	UNIT_STR(log_of(), "R0007 W0407 R0407 W0403"); /* !enable, taken blindly */
	UNIT_STR(hazards_of(), "disintx-left-set");
	end();
}

static void rc1_last_call_wins(void)
{
	begin_managed("v6.11-rc1", 0x0007);
	pci_intx(&rig.dev, true);
	pci_intx(&rig.dev, false);
	pci_dev_unbind(&rig.dev);
	UNIT_STR(log_of(), "R0007 R0007 W0407 R0407 W0007 R0007 W0003");
	end();
	begin_managed("v6.11-rc1", 0x0007);
	pci_intx(&rig.dev, false);
	pci_intx(&rig.dev, true);
	pci_dev_unbind(&rig.dev);
	UNIT_STR(log_of(), "R0007 W0407 R0407 W0007 R0007 W0407 R0407 W0403");
	end();
}

static void rc1_failed_allocation_leaves_the_register(void)
{
	begin_managed("v6.11-rc1", 0x0007);
	rig.tracker.pressure = true;
	rig.tracker.fail_from = 1;
	UNIT_EQ(pcim_intx(&rig.dev, false), ERR_NOMEM);
	pci_intx(&rig.dev, false);
	pci_intx(&rig.dev, true); /* lost too, but nobody is left unmasked by it */
	UNIT_STR(log_of(), "");
	UNIT_STR(hazards_of(), "mask-lost");
	UNIT_STR(state_of(), "drv 1 managed: pcim_disable_device");
	end();
}

static void rc1_stale_is_managed_gives_the_next_driver_a_node(void)
{
	begin_managed("v6.11-rc1", 0x0007);
	rebind("vfio-pci");
	UNIT_STR(state_of(), "vfio-pci 0 managed: ");
	pci_intx(&rig.dev, true);
	UNIT_STR(state_of(), "vfio-pci 0 managed: pcim_intx_restore");
	pci_dev_unbind(&rig.dev);
	UNIT_STR(log_of(), "R0003 R0003 W0403");
	end();
}

static void rc1_msi_release_makes_a_node_and_nobody_can_be_bound(void)
{
	begin_managed("v6.11-rc1", 0x0007);
	UNIT_EQ(pci_enable_msi(&rig.dev, message), OK);
	UNIT_STR(log_of(), "M0080 M0080 R0007 W0407 M0081");
	UNIT_STR(state_of(), "drv 1 managed msi_managed msi: "
			     "pcim_intx_restore,pcim_msi_release,pcim_disable_device");
	pci_dev_unbind(&rig.dev);
	UNIT_STR(log_of(), "R0407 W0007 M0080 R0007 R0007 W0003");
	UNIT_STR(state_of(), "- 0 managed: pcim_intx_restore");
	UNIT_EQ(pci_dev_bind(&rig.dev, "vfio-pci"), ERR_BUSY);
	UNIT_EQ(pci_dev_bind(&rig.dev, "ahci"), ERR_BUSY);
	UNIT_STR(state_of(), "- 0 managed: pcim_intx_restore");
	UNIT_STR(hazards_of(), "intx-under-msi; resource-in-release; probe-refused; probe-refused");
	end();
}

static void rc1_pinned_is_the_devices_for_ever(void)
{
	begin_managed("v6.11-rc1", 0x0007);
	pcim_pin_device(&rig.dev);
	pci_dev_unbind(&rig.dev);
	UNIT_STR(log_of(), "");
	UNIT_STR(state_of(), "- 1 managed pinned: ");
	UNIT_EQ(pci_dev_bind(&rig.dev, "next"), OK);
	UNIT_EQ(pcim_enable_device(&rig.dev), OK);
	pci_dev_unbind(&rig.dev);
	UNIT_STR(log_of(), ""); /* the next driver never pinned it */
	UNIT_STR(state_of(), "- 2 managed pinned: ");
	end();
}

/* Pinned, so enable_cnt stays 1 and the next enable returns early: the DisINTx that rc1 left stays.
 */
static void rc1_pinned_keeps_the_disintx_that_it_left(void)
{
	begin_managed("v6.11-rc1", 0x0007);
	pcim_pin_device(&rig.dev);
	pci_intx(&rig.dev, true);
	pci_dev_unbind(&rig.dev);
	UNIT_STR(log_of(), "R0007 R0007 W0407");
	UNIT_EQ(pci_dev_bind(&rig.dev, "next"), OK);
	pci_enable_device(&rig.dev);
	UNIT_STR(log_of(), "");
	UNIT_EQ(rig.dev.enable_cnt, 2);
	end();
}

/* v6.11-rc2: only if Command would change */

static void rc2_call_that_changes_nothing_makes_nothing(void)
{
	begin_managed("v6.11-rc2", 0x0007);
	pci_intx(&rig.dev, true);
	UNIT_STR(log_of(), "R0007");
	UNIT_STR(state_of(), "drv 1 managed: pcim_disable_device");
	pci_intx(&rig.dev, false);
	UNIT_STR(log_of(), "R0007 R0007 W0407"); /* pci_intx()'s read, then pcim_intx()'s */
	UNIT_STR(state_of(), "drv 1 managed: pcim_intx_restore,pcim_disable_device");
	end();
}

static void rc2_last_change_wins(void)
{
	begin_managed("v6.11-rc2", 0x0007);
	pci_intx(&rig.dev, false);
	pci_intx(&rig.dev, true);
	pci_intx(&rig.dev, true); /* no change, so not recorded */
	forget_log();
	pci_dev_unbind(&rig.dev);
	UNIT_STR(log_of(), "R0007 W0407 R0407 W0403");
	end();
}

static void rc2_under_irqlock_is_a_sleeping_allocation(void)
{
	begin_managed("v6.11-rc2", 0x0007);
	rebind("vfio-pci");
	tracker_lock(&rig.tracker, "&vdev->irqlock", true);
	pci_intx(&rig.dev, false);
	tracker_unlock(&rig.tracker);
	UNIT_STR(log_of(), "R0003 R0003 W0403");
	UNIT_STR(hazards_of(), "sleeping-allocation");
	UNIT_STR(rig.tracker.hazard[0].chain, "__devres_alloc_node < pcim_intx < pci_intx");
	UNIT_STR(rig.tracker.hazard[0].lock, "&vdev->irqlock");
	UNIT_TRUE(rig.tracker.hazard[0].irqs_off && !rig.tracker.hazard[0].in_irq);
	UNIT_STR(rig.tracker.hazard[0].owner, "vfio-pci");
	end();
}

static void rc2_failed_allocation_loses_the_mask(void)
{
	begin_managed("v6.11-rc2", 0x0007);
	rig.tracker.pressure = true;
	rig.tracker.fail_from = 1;
	pci_intx(&rig.dev, false);
	UNIT_STR(log_of(), "R0007");
	UNIT_STR(hazards_of(), "mask-lost");
	UNIT_EQ(rig.tracker.hazard[0].command, 0x0007);
	end();
}

static void rc2_msi_release_changes_nothing_any_more(void)
{
	begin_managed("v6.11-rc2", 0x0007);
	UNIT_EQ(pci_enable_msi(&rig.dev, message), OK);
	UNIT_STR(log_of(), "M0080 M0080 R0007 R0007 W0407 M0081");
	pci_dev_unbind(&rig.dev);
	UNIT_STR(log_of(), "R0407 W0007 M0080 R0007 R0007 W0003");
	UNIT_STR(state_of(), "- 0 managed: ");
	UNIT_STR(hazards_of(), "intx-under-msi");
	end();
}

/* v6.11: is_managed is cleared by the last action */

static void v6_11_the_next_driver_is_not_managed(void)
{
	begin_managed("v6.11", 0x0007);
	rebind("vfio-pci");
	UNIT_STR(state_of(), "vfio-pci 0: ");
	pci_intx(&rig.dev, false);
	UNIT_STR(log_of(), "R0003 W0403");
	UNIT_STR(state_of(), "vfio-pci 0: ");
	end();
}

static void v6_11_is_still_managed_during_release(void)
{
	begin_managed("v6.11", 0x0007);
	UNIT_EQ(pci_devres_add(&rig.dev, "drv", GFP_KERNEL, release_intx_off, NULL), OK);
	pci_dev_unbind(&rig.dev);
	UNIT_STR(log_of(), "R0007 R0007 W0407 R0407 W0403");
	UNIT_STR(state_of(), "- 0: pcim_intx_restore");
	UNIT_STR(hazards_of(), "resource-in-release; disintx-left-set");
	end();
}

/* DisINTx before MSI: the INTx node is the older, so MSI's release clears DisINTx, a change. */
static void v6_11_residual_leak(void)
{
	begin_managed("v6.11", 0x0007);
	pci_intx(&rig.dev, false);
	UNIT_EQ(pci_enable_msi(&rig.dev, message), OK);
	UNIT_STR(log_of(), "R0007 R0007 W0407 M0080 M0080 R0407 M0081");
	pci_dev_unbind(&rig.dev);
	UNIT_STR(log_of(), "M0080 R0407 R0407 W0007 R0007 R0007 W0003");
	UNIT_STR(state_of(), "- 0: pcim_intx_restore");
	UNIT_EQ(pci_dev_bind(&rig.dev, "vfio-pci"), ERR_BUSY);
	UNIT_STR(hazards_of(), "resource-in-release; probe-refused");
	end();
}

static void v6_11_clears_is_managed_of_a_pinned_device_too(void)
{
	begin_managed("v6.11", 0x0007);
	pcim_pin_device(&rig.dev);
	pci_dev_unbind(&rig.dev);
	UNIT_STR(state_of(), "- 1 pinned: ");
	end();
}

/* The younger of two actions clears it already: what is released between them is not managed. */
static void v6_11_two_actions(void)
{
	begin_managed("v6.11", 0x0407);
	UNIT_EQ(pci_devres_add(&rig.dev, "drv", GFP_KERNEL, release_intx_on, NULL), OK);
	UNIT_EQ(pcim_enable_device(&rig.dev), OK);
	pci_cfg_write16(&rig.fn, PCI_COMMAND, 0x0407);
	forget_log();
	pci_dev_unbind(&rig.dev);
	UNIT_STR(log_of(), "R0407 W0007 R0007 W0003");
	UNIT_STR(state_of(), "- 0: ");
	end();
}

static const struct unit_test tests[] = {
	UNIT(v6_10_second_pcim_enable_counts_nothing),
	UNIT(v6_10_first_change_wins),
	UNIT(v6_10_first_change_may_be_the_clearing_one),
	UNIT(v6_10_stale_is_managed_finds_no_node),
	UNIT(v6_10_explicit_disable_is_not_repeated),
	UNIT(v6_10_pcim_enable_behind_an_explicit_disable_enables),
	UNIT(v6_10_pinned_dies_with_the_binding),
	UNIT(v6_10_pin_without_a_node_does_nothing),
	UNIT(v6_10_pci_intx_in_release_writes_and_records_nothing),
	UNIT(rc1_every_pcim_enable_adds_and_counts),
	UNIT(rc1_call_that_changes_nothing_makes_a_node),
	UNIT(rc1_last_call_wins),
	UNIT(rc1_failed_allocation_leaves_the_register),
	UNIT(rc1_stale_is_managed_gives_the_next_driver_a_node),
	UNIT(rc1_msi_release_makes_a_node_and_nobody_can_be_bound),
	UNIT(rc1_pinned_is_the_devices_for_ever),
	UNIT(rc1_pinned_keeps_the_disintx_that_it_left),
	UNIT(rc2_call_that_changes_nothing_makes_nothing),
	UNIT(rc2_last_change_wins),
	UNIT(rc2_under_irqlock_is_a_sleeping_allocation),
	UNIT(rc2_failed_allocation_loses_the_mask),
	UNIT(rc2_msi_release_changes_nothing_any_more),
	UNIT(v6_11_the_next_driver_is_not_managed),
	UNIT(v6_11_is_still_managed_during_release),
	UNIT(v6_11_residual_leak),
	UNIT(v6_11_clears_is_managed_of_a_pinned_device_too),
	UNIT(v6_11_two_actions),
};

int main(void)
{
	return UNIT_RUN(tests);
}
