/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The PCI core's verbs and devres against literals from Linux: which accesses, in which order, and
 * what the software state is afterwards. The function is the simulated q35's AHCI.
 */
#include "pci/device.h"
#include "pci/trace.h"
#include "tests/sim/sim.h"
#include "tests/unit/unit.h"

#define ECAM_1F_2 (0xb0000000ull + (0x1full << 15) + (2ull << 12))

struct rig {
	struct sim *sim;
	struct hw_trace trace;
	struct pci_fn fn;
	struct tracker tracker;
	struct pci_dev dev;
	char log[256];
};

static void observe(void *trace, bool on)
{
	hw_trace_observe(trace, on);
}

static void begin(struct rig *rig, uint16_t command)
{
	struct sim_config config = { .machine = "q35", .command = command };

	memset(rig, 0, sizeof(*rig));
	rig->sim = sim_new(&config);
	hw_trace_init(&rig->trace, sim_hw(rig->sim));
	rig->fn = (struct pci_fn){ .hw = &rig->trace.hw, .cfg = ECAM_1F_2, .pin = 1 };
	hw_trace_watch(&rig->trace, rig->fn.cfg, 0);
	tracker_init(&rig->tracker, 0);
	rig->tracker.observe = observe;
	rig->tracker.observe_arg = &rig->trace;
	pci_dev_init(&rig->dev, &rig->fn, policy_find("v6.15"), &rig->tracker,
		     PCI_COMMAND_IO | PCI_COMMAND_MEMORY);
}

static void end(struct rig *rig)
{
	sim_free(rig->sim);
}

/* "R0007 W0003 W32:00100003": what passed the seam since the last look. */
static const char *log_of(struct rig *rig)
{
	size_t n = 0;

	rig->log[0] = 0;
	for (unsigned i = 0; i < rig->trace.count; i++) {
		const struct hw_trace_entry *e = &rig->trace.entry[i];
		const char *what = e->what == HW_TRACE_READ_COMMAND ? "R" : "W";

		n += (size_t)snprintf(rig->log + n, sizeof(rig->log) - n,
				      e->width == 4 ? "%s%s32:%08x" : "%s%s%04x", n ? " " : "",
				      what, e->value);
	}
	hw_trace_clear(&rig->trace);
	return rig->log;
}

static void first_enable_turns_decode_on_and_disintx_off(void)
{
	struct rig rig;

	begin(&rig, 0x0400);
	pci_enable_device(&rig.dev);
	UNIT_STR(log_of(&rig), "R0400 W0403 R0403 W0003");
	UNIT_EQ(rig.dev.enable_cnt, 1);
	end(&rig);
}

static void second_enable_only_counts(void)
{
	struct rig rig;

	begin(&rig, 0x0407);
	rig.dev.enable_cnt = 1;
	pci_enable_device(&rig.dev);
	UNIT_STR(log_of(&rig), "");
	UNIT_EQ(rig.dev.enable_cnt, 2);
	end(&rig);
}

static void enable_leaves_disintx_with_msi_on(void)
{
	struct rig rig;

	begin(&rig, 0x0407);
	rig.dev.msi_enabled = true;
	pci_enable_device(&rig.dev);
	UNIT_STR(log_of(&rig), "R0407");
	end(&rig);
}

static void disable_clears_bus_master_alone_at_zero(void)
{
	struct rig rig;

	begin(&rig, 0x0507);
	rig.dev.enable_cnt = 2;
	UNIT_TRUE(pci_disable_device(&rig.dev));
	UNIT_STR(log_of(&rig), "");
	UNIT_TRUE(pci_disable_device(&rig.dev));
	UNIT_STR(log_of(&rig), "R0507 W0503");
	UNIT_TRUE(!pci_disable_device(&rig.dev));
	UNIT_EQ(rig.dev.enable_cnt, 0);
	end(&rig);
}

static void intx_writes_only_a_change(void)
{
	struct rig rig;

	begin(&rig, 0x0007);
	pci_intx(&rig.dev, true);
	UNIT_STR(log_of(&rig), "R0007");
	pci_intx(&rig.dev, false);
	UNIT_STR(log_of(&rig), "R0007 W0407");
	end(&rig);
}

static void check_and_mask_of_an_idle_device_writes_nothing(void)
{
	struct rig rig;

	begin(&rig, 0x0007);
	UNIT_TRUE(!pci_check_and_mask_intx(&rig.dev));
	UNIT_STR(log_of(&rig), "R32:00100007");
	UNIT_TRUE(pci_check_and_unmask_intx(&rig.dev));
	UNIT_STR(log_of(&rig), "R32:00100007");
	end(&rig);
}

static void check_and_unmask_of_an_idle_device_clears_disintx(void)
{
	struct rig rig;

	begin(&rig, 0x0407);
	UNIT_TRUE(pci_check_and_unmask_intx(&rig.dev));
	UNIT_STR(log_of(&rig), "R32:00100407 W0007");
	end(&rig);
}

/* Linux on a function that is gone: mask claims it, unmask never succeeds; neither writes. */
static void check_on_all_ones(void)
{
	struct rig rig;

	begin(&rig, 0x0007);
	sim_vanish_after(rig.sim, 1);
	UNIT_TRUE(pci_check_and_mask_intx(&rig.dev));
	UNIT_TRUE(!pci_check_and_unmask_intx(&rig.dev));
	UNIT_STR(log_of(&rig), "R32:ffffffff R32:ffffffff");
	end(&rig);
}

static void restore_is_one_dword_write_and_once(void)
{
	struct rig rig;

	begin(&rig, 0x0103);
	pci_save_state(&rig.dev);
	pci_cfg_write16(&rig.fn, PCI_COMMAND, 0x0400);
	log_of(&rig);
	pci_restore_state(&rig.dev);
	UNIT_STR(log_of(&rig), "R32:00100400 W32:00100103");
	pci_cfg_write16(&rig.fn, PCI_COMMAND, 0x0400);
	log_of(&rig);
	pci_restore_state(&rig.dev); /* no state is stored: nothing happens */
	UNIT_STR(log_of(&rig), "");
	end(&rig);
}

static void managed_enable_is_released_last_and_clears_is_managed(void)
{
	struct rig rig;

	begin(&rig, 0x0007);
	UNIT_EQ(pci_dev_bind(&rig.dev, "ahci"), OK);
	UNIT_EQ(pcim_enable_device(&rig.dev), OK);
	UNIT_TRUE(rig.dev.is_managed);
	pci_dev_unbind(&rig.dev);
	UNIT_STR(log_of(&rig), "R0007 R0007 R0007 W0003");
	UNIT_TRUE(!rig.dev.is_managed);
	UNIT_EQ(rig.dev.enable_cnt, 0);
	UNIT_EQ(pci_dev_bind(&rig.dev, "vfio-pci"), OK);
	end(&rig);
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
	struct rig rig;
	char names[32];

	begin(&rig, 0x0007);
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
	end(&rig);
}

static void devres_pool_is_bounded(void)
{
	struct devres_node *node;
	struct rig rig;

	begin(&rig, 0x0007);
	for (unsigned i = 0; i < 16; i++)
		UNIT_EQ(devres_add(&rig.dev.devres, "n", note, late, &node), OK);
	UNIT_EQ(devres_add(&rig.dev.devres, "n", note, late, &node), ERR_NOMEM);
	end(&rig);
}

static const struct unit_test tests[] = {
	UNIT(first_enable_turns_decode_on_and_disintx_off),
	UNIT(second_enable_only_counts),
	UNIT(enable_leaves_disintx_with_msi_on),
	UNIT(disable_clears_bus_master_alone_at_zero),
	UNIT(intx_writes_only_a_change),
	UNIT(check_and_mask_of_an_idle_device_writes_nothing),
	UNIT(check_and_unmask_of_an_idle_device_clears_disintx),
	UNIT(check_on_all_ones),
	UNIT(restore_is_one_dword_write_and_once),
	UNIT(managed_enable_is_released_last_and_clears_is_managed),
	UNIT(devres_is_last_in_first_out_and_an_add_in_release_stays),
	UNIT(devres_pool_is_bounded),
};

int main(void)
{
	return UNIT_RUN(tests);
}
