/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * vfio-pci's role on the simulated q35 against literals from vfio_pci_core.c, vfio_pci_intrs.c and
 * vfio_pci_config.c, as recorded on Linux 6.1 and 6.12: accesses, notifications, deliveries, mask
 * state, at the device and at the controller.
 */
#include "tests/property/rig.h"
#include "tests/unit/unit.h"

static struct rig rig;
static char text[400];

static const struct passthrough_mask *const device = &passthrough_mask_at_device;
static const struct passthrough_mask *const controller = &passthrough_mask_at_controller;

/* "R32:00180007! W0407!": what passed the seam since the last look; "!" inside the handler. */
static const char *log_of(void)
{
	size_t n = 0;

	text[0] = 0;
	for (unsigned i = 0; i < rig.trace.count; i++) {
		const struct hw_trace_entry *e = &rig.trace.entry[i];
		const char *what = e->what == HW_TRACE_READ_COMMAND    ? "R"
				   : e->what == HW_TRACE_WRITE_COMMAND ? "W"
								       : "M";

		n += (size_t)snprintf(text + n, sizeof(text) - n,
				      e->width == 4 ? "%s%s32:%08x%s" : "%s%s%04x%s", n ? " " : "",
				      what, e->value, e->in_irq ? "!" : "");
	}
	rig_before(&rig);
	return text;
}

static uint16_t command(void)
{
	uint16_t value;

	hw_trace_observe(&rig.trace, true);
	value = pci_cfg_read16(&rig.fn, PCI_COMMAND);
	hw_trace_observe(&rig.trace, false);
	return value;
}

static void begin(const char *policy)
{
	UNIT_TRUE(rig_begin(&rig, policy, 0x0003, true));
	UNIT_EQ(passthrough_bind(&rig.vfio, &rig.dev, &rig.line), OK);
	rig_before(&rig);
}

/* Open, Bus Master on, the INTx trigger set. */
static void begin_triggered(const char *policy, const struct passthrough_mask *ops)
{
	begin(policy);
	passthrough_open(&rig.vfio, ops);
	passthrough_user_command(&rig.vfio, 0x0007);
	UNIT_EQ(passthrough_intx_enable(&rig.vfio), OK);
	rig_before(&rig);
}

static void end(void)
{
	if (rig.vfio.irq_is_msi)
		passthrough_msi_disable(&rig.vfio);
	if (rig.vfio.opened)
		passthrough_close(&rig.vfio);
	passthrough_unbind(&rig.vfio);
	UNIT_EQ(rig.tracker.depth, 0);
	UNIT_EQ(rig.tracker.locks, 0);
	rig_end(&rig);
}

static void raise_line(void)
{
	rig_raise(&rig);
	rig_settle(&rig);
}

static void bind_writes_nothing(void)
{
	UNIT_TRUE(rig_begin(&rig, "v6.15", 0x0107, true));
	rig_before(&rig);
	UNIT_EQ(passthrough_bind(&rig.vfio, &rig.dev, &rig.line), OK);
	UNIT_STR(log_of(), "");
	UNIT_EQ(rig.dev.enable_cnt, 0);
	end();
}

static void open_clears_bus_master_enables_and_saves(void)
{
	UNIT_TRUE(rig_begin(&rig, "v6.15", 0x0507, true));
	UNIT_EQ(passthrough_bind(&rig.vfio, &rig.dev, &rig.line), OK);
	rig_before(&rig);
	passthrough_open(&rig.vfio, device);
	UNIT_STR(log_of(), "R0507 W0503 R0503 R0503 W0103 R32:00100103 R0103");
	UNIT_EQ(rig.dev.enable_cnt, 1);
	UNIT_TRUE(rig.dev.saved.valid);
	end();
}

static void handler_is_one_dword_read_and_one_word_write(void)
{
	begin_triggered("v6.15", device);
	raise_line();
	UNIT_STR(log_of(), "R32:00180007! W0407!");
	UNIT_TRUE(rig.vfio.masked);
	UNIT_EQ(rig.vfio.notified, 1);
	UNIT_EQ(rig.line.count, 1);
	end();
}

static void unmask_while_pending_notifies_and_writes_nothing(void)
{
	begin_triggered("v6.15", device);
	raise_line();
	log_of();
	passthrough_user_unmask(&rig.vfio);
	UNIT_STR(log_of(), "R32:00180407");
	UNIT_TRUE(rig.vfio.masked);
	UNIT_EQ(rig.vfio.notified, 2);
	UNIT_EQ(rig.line.count, 1);
	rig_acknowledge(&rig);
	passthrough_user_unmask(&rig.vfio);
	UNIT_STR(log_of(), "R32:00100407 W0007");
	UNIT_TRUE(!rig.vfio.masked);
	passthrough_user_unmask(&rig.vfio); /* masked = 0: nothing at all */
	UNIT_STR(log_of(), "");
	UNIT_EQ(rig.vfio.notified, 2);
	end();
}

static void user_mask_is_unconditional_and_once(void)
{
	begin_triggered("v6.15", device);
	passthrough_user_mask(&rig.vfio);
	UNIT_STR(log_of(), "R0007 W0407");
	passthrough_user_mask(&rig.vfio);
	UNIT_STR(log_of(), "");
	raise_line();
	UNIT_EQ(rig.line.count, 0);
	end();
}

static void without_intx_mask_and_unmask_are_refused(void)
{
	begin_triggered("v6.15", device);
	passthrough_intx_disable(&rig.vfio);
	(void)log_of();
	passthrough_user_mask(&rig.vfio);
	UNIT_STR(log_of(), "");
	pci_cfg_write16(rig.dev.fn, PCI_COMMAND, 0x0407);
	(void)log_of();
	passthrough_user_unmask(&rig.vfio);
	UNIT_STR(log_of(), "");
	UNIT_EQ(command(), 0x0407);
	end();
}

static void virtual_disintx_masks_and_blocks_unmask(void)
{
	begin_triggered("v6.15", device);
	passthrough_user_command(&rig.vfio, 0x0407);
	UNIT_STR(log_of(), "R0007 W0007 R0007 W0407");
	UNIT_TRUE(rig.vfio.virq_disabled && rig.vfio.masked);
	passthrough_user_unmask(&rig.vfio);
	UNIT_STR(log_of(), "");
	passthrough_user_command(&rig.vfio, 0x0007);
	UNIT_STR(log_of(), "R0407 W0407 R32:00100407 W0007");
	UNIT_TRUE(!rig.vfio.virq_disabled && !rig.vfio.masked);
	end();
}

static void virtual_disintx_cleared_while_pending_notifies(void)
{
	begin_triggered("v6.15", device);
	passthrough_user_command(&rig.vfio, 0x0407);
	raise_line();
	log_of();
	passthrough_user_command(&rig.vfio, 0x0007);
	UNIT_STR(log_of(), "R0407 W0407 R32:00180407");
	UNIT_TRUE(rig.vfio.masked);
	UNIT_EQ(rig.vfio.notified, 1);
	UNIT_EQ(rig.line.count, 0);
	end();
}

static void without_a_trigger_the_bit_follows_the_virtual_one(void)
{
	begin("v6.15");
	passthrough_open(&rig.vfio, device);
	log_of();
	passthrough_user_command(&rig.vfio, 0x0407);
	UNIT_STR(log_of(), "R0003 W0007 R0007 W0407");
	passthrough_user_command(&rig.vfio, 0x0007);
	UNIT_STR(log_of(), "R0407 W0407 R0407 W0007");
	UNIT_TRUE(!rig.vfio.masked);
	end();
}

static void trigger_takes_the_guests_disintx(void)
{
	begin("v6.15");
	passthrough_open(&rig.vfio, device);
	passthrough_user_command(&rig.vfio, 0x0407);
	pci_cfg_write16(&rig.fn, PCI_COMMAND, 0x0007);
	log_of();
	UNIT_EQ(passthrough_intx_enable(&rig.vfio), OK);
	UNIT_STR(log_of(), "R0007 W0407");
	UNIT_TRUE(rig.vfio.masked);
	end();
}

static void trigger_off_leaves_disintx(void)
{
	begin_triggered("v6.15", device);
	raise_line();
	log_of();
	passthrough_intx_disable(&rig.vfio);
	UNIT_STR(log_of(), "");
	UNIT_EQ(command(), 0x0407);
	passthrough_intx_disable(&rig.vfio);
	UNIT_STR(log_of(), "");
	end();
}

static void close_writes_three_times_and_the_last_is_a_dword(void)
{
	begin_triggered("v6.15", device);
	raise_line();
	log_of();
	passthrough_close(&rig.vfio);
	UNIT_STR(log_of(), "R0407 W0403 W0400 R32:00180400 W32:00100003 R0003");
	UNIT_EQ(rig.dev.enable_cnt, 0);
	UNIT_TRUE(!rig.vfio.opened && !rig.vfio.virq_disabled && !rig.vfio.masked);
	UNIT_TRUE(sim_line_asserted(rig.sim, 16)); /* nobody serviced it */
	end();
}

static void msi_puts_the_whole_word_back(void)
{
	begin("v6.15");
	passthrough_open(&rig.vfio, device);
	passthrough_user_command(&rig.vfio, 0x0007);
	log_of();
	UNIT_EQ(passthrough_msi_enable(&rig.vfio), OK);
	UNIT_STR(log_of(), "R0007 M0080 M0080 R0007 W0407 M0081 W0007 R0007 W0007");
	raise_line();
	UNIT_EQ(rig.vfio.notified, 1);
	passthrough_msi_disable(&rig.vfio);
	UNIT_STR(log_of(), "R0007 M0081 W0007 R0007 M0080 R0007 W0007");
	UNIT_TRUE(!rig.vfio.irq_is_msi && !rig.dev.msi_enabled);
	end();
}

static enum err no_message(struct irqc *irqc, unsigned vector, uint64_t *ret_address,
			   uint16_t *ret_data)
{
	(void)irqc;
	(void)vector;
	(void)ret_address;
	(void)ret_data;
	return ERR_UNSUPPORTED;
}

/* A CPU that no MSI reaches, then a function without MSI: nothing is written, nothing requested. */
static void msi_that_cannot_be_is_refused(void)
{
	struct irqc_ops ops;

	begin("v6.15");
	passthrough_open(&rig.vfio, device);
	ops = *rig.line.irqc->ops;
	ops.msi_message = no_message;
	for (unsigned i = 0; i < 2; i++) {
		const struct irqc_ops *before = rig.line.irqc->ops;

		if (i == 0)
			rig.line.irqc->ops = &ops;
		else
			rig.dev.msi_cap = 0;
		log_of();
		UNIT_EQ(passthrough_msi_enable(&rig.vfio), i == 0 ? ERR_UNSUPPORTED : ERR_ABSENT);
		UNIT_TRUE(!strchr(log_of(), 'M') && !rig.line.requested);
		UNIT_TRUE(!rig.vfio.irq_is_msi && !rig.dev.msi_enabled);
		rig.line.irqc->ops = before;
	}
	end();
}

/* Recorded with the guest's DisINTx set: MSI's shutdown clears it, the saved word sets it again. */
static void msi_keeps_the_guests_disintx(void)
{
	begin("v6.15");
	passthrough_open(&rig.vfio, device);
	passthrough_user_command(&rig.vfio, 0x0407);
	log_of();
	UNIT_EQ(passthrough_msi_enable(&rig.vfio), OK);
	UNIT_STR(log_of(), "R0407 M0080 M0080 R0407 M0081 W0407 R0407 W0407");
	passthrough_msi_disable(&rig.vfio);
	UNIT_STR(log_of(), "R0407 M0081 W0407 R0407 M0080 R0407 W0007 W0407");
	end();
}

/* At the controller: Command is never touched; lazily two deliveries reach the CPU, one counts. */

static void at_the_controller_lazily_masked_at_the_second_delivery(void)
{
	begin_triggered("v6.15", controller);
	raise_line();
	UNIT_STR(log_of(), "");
	UNIT_TRUE(rig.vfio.masked && line_is_masked(&rig.line) && !rig.vfio.lazily_disabled);
	UNIT_EQ(rig.line.count, 1);
	UNIT_EQ(rig.vfio.notified, 1);
	passthrough_user_unmask(&rig.vfio); /* still asserted: really delivered again */
	rig_settle(&rig);
	UNIT_EQ(rig.line.count, 2);
	UNIT_EQ(rig.vfio.notified, 2);
	UNIT_TRUE(rig.vfio.masked && line_is_masked(&rig.line));
	rig_acknowledge(&rig);
	passthrough_user_unmask(&rig.vfio);
	UNIT_TRUE(!rig.vfio.masked && !line_is_masked(&rig.line));
	UNIT_STR(log_of(), "");
	end();
}

static void at_the_controller_a_lazy_mask_waits_for_the_line(void)
{
	begin_triggered("v6.15", controller);
	passthrough_user_mask(&rig.vfio);
	UNIT_TRUE(!line_is_masked(&rig.line) && rig.vfio.lazily_disabled);
	raise_line();
	UNIT_TRUE(line_is_masked(&rig.line) && !rig.vfio.lazily_disabled);
	UNIT_EQ(rig.line.count, 0);
	UNIT_EQ(rig.vfio.notified, 0);
	end();
}

static void at_the_controller_unlazily_masked_at_once(void)
{
	begin_triggered("v6.12.17", controller);
	passthrough_user_mask(&rig.vfio);
	UNIT_TRUE(line_is_masked(&rig.line) && !rig.vfio.lazily_disabled);
	passthrough_user_unmask(&rig.vfio);
	UNIT_TRUE(!line_is_masked(&rig.line));
	raise_line();
	UNIT_EQ(rig.line.count, 1);
	UNIT_TRUE(line_is_masked(&rig.line));
	UNIT_STR(log_of(), "");
	end();
}

static void at_the_controller_virtual_disintx_never_reaches_the_register(void)
{
	begin_triggered("v6.15", controller);
	passthrough_user_command(&rig.vfio, 0x0407);
	UNIT_STR(log_of(), "R0007 W0007");
	passthrough_user_command(&rig.vfio, 0x0007);
	UNIT_STR(log_of(), "R0007 W0007");
	end();
}

/* irqlock */

static void race(void)
{
	rig.vfio.waiting = passthrough_user_unmask;
	passthrough_user_mask(&rig.vfio);
}

static void unmask_behind_the_lock_wins(void)
{
	begin_triggered("v6.15", device);
	race();
	UNIT_STR(log_of(), "R0007 W0407 R32:00100407 W0007");
	UNIT_TRUE(!rig.vfio.masked);
	UNIT_EQ(rig.tracker.hazards, 0);
	end();
}

/* The write comes behind the UNMASK: DisINTx 1 with masked = 0, and no UNMASK will ever do
 * anything. */
static void unlocked_write_loses_the_interrupt_for_ever(void)
{
	begin_triggered("unlocked", device);
	race();
	UNIT_STR(log_of(), "R32:00100007 R0007 W0407");
	UNIT_TRUE(!rig.vfio.masked);
	raise_line();
	passthrough_user_unmask(&rig.vfio);
	UNIT_STR(log_of(), "");
	UNIT_EQ(rig.line.count, 0);
	UNIT_EQ(rig.vfio.notified, 0);
	end();
}

static void unlocked_is_the_hazard_interrupt_lost(void)
{
	begin_triggered("unlocked", device);
	race();
	UNIT_EQ(rig.tracker.hazards, 1);
	UNIT_EQ(rig.tracker.hazard[0].hazard, HAZARD_INTERRUPT_LOST);
	UNIT_EQ(rig.tracker.hazard[0].command, 0x0407);
	UNIT_TRUE(!rig.tracker.hazard[0].lock && !rig.tracker.hazard[0].irqs_off);
	end();
}

/* The stale flag of the driver before, and the first MASK: the report of the thread. */
static void first_mask_behind_a_managed_driver(void)
{
	UNIT_TRUE(rig_begin(&rig, "v6.11-rc2", 0x0007, false));
	UNIT_EQ(owner_managed_bind(&rig.ahci, &rig.dev, &owner_ahci_ops, &rig.hba, &rig.line), OK);
	UNIT_EQ(owner_managed_unbind(&rig.ahci), OK);
	UNIT_EQ(passthrough_bind(&rig.vfio, &rig.dev, &rig.line), OK);
	passthrough_open(&rig.vfio, device);
	UNIT_EQ(passthrough_intx_enable(&rig.vfio), OK);
	UNIT_EQ(rig.tracker.hazards, 0);
	passthrough_user_mask(&rig.vfio);
	UNIT_EQ(rig.tracker.hazards, 1);
	UNIT_STR(rig.tracker.hazard[0].chain,
		 "__devres_alloc_node < pcim_intx < pci_intx < __vfio_pci_intx_mask < "
		 "vfio_pci_set_intx_mask");
	UNIT_STR(rig.tracker.hazard[0].lock, "&vdev->irqlock");
	end();
}

/* Recorded: 6.1 and 6.12 allocate nothing there, and rc1 has its node already, from SET_IRQS. */
static void first_mask_of_every_other_rule(void)
{
	static const char *const others[] = { "v6.10", "v6.11-rc1", "v6.11", "next-20241218",
					      "v6.14", "v6.12.17",  "v6.15" };

	for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		UNIT_TRUE(rig_begin(&rig, others[i], 0x0007, false));
		UNIT_EQ(owner_managed_bind(&rig.ahci, &rig.dev, &owner_ahci_ops, &rig.hba,
					   &rig.line),
			OK);
		UNIT_EQ(owner_managed_unbind(&rig.ahci), OK);
		UNIT_EQ(passthrough_bind(&rig.vfio, &rig.dev, &rig.line), OK);
		passthrough_open(&rig.vfio, device);
		UNIT_EQ(passthrough_intx_enable(&rig.vfio), OK);
		rig.tracker.hazards = rig.tracker.allocations = 0;
		passthrough_user_mask(&rig.vfio);
		UNIT_EQ(rig.tracker.hazards, 0);
		UNIT_EQ(rig.tracker.allocations, 0);
		end();
	}
}

static void lost_mask_is_a_storm_that_the_guard_ends(void)
{
	begin_triggered("v6.11-rc2", device);
	rig.dev.is_managed = true; /* stale */
	rig_fail_from(&rig, 1);
	passthrough_user_mask(&rig.vfio);
	UNIT_EQ(tracker_count(&rig.tracker, HAZARD_MASK_LOST), 1);
	UNIT_TRUE(rig.vfio.masked);
	UNIT_EQ(command(), 0x0007);
	raise_line();
	UNIT_TRUE(rig.line.storm && line_is_masked(&rig.line));
	UNIT_EQ(rig.line.count, 1000);
	UNIT_EQ(rig.line.unhandled, 1000);
	end();
}

static const struct unit_test tests[] = {
	UNIT(bind_writes_nothing),
	UNIT(open_clears_bus_master_enables_and_saves),
	UNIT(handler_is_one_dword_read_and_one_word_write),
	UNIT(unmask_while_pending_notifies_and_writes_nothing),
	UNIT(user_mask_is_unconditional_and_once),
	UNIT(without_intx_mask_and_unmask_are_refused),
	UNIT(virtual_disintx_masks_and_blocks_unmask),
	UNIT(virtual_disintx_cleared_while_pending_notifies),
	UNIT(without_a_trigger_the_bit_follows_the_virtual_one),
	UNIT(trigger_takes_the_guests_disintx),
	UNIT(trigger_off_leaves_disintx),
	UNIT(close_writes_three_times_and_the_last_is_a_dword),
	UNIT(msi_puts_the_whole_word_back),
	UNIT(msi_that_cannot_be_is_refused),
	UNIT(msi_keeps_the_guests_disintx),
	UNIT(at_the_controller_lazily_masked_at_the_second_delivery),
	UNIT(at_the_controller_a_lazy_mask_waits_for_the_line),
	UNIT(at_the_controller_unlazily_masked_at_once),
	UNIT(at_the_controller_virtual_disintx_never_reaches_the_register),
	UNIT(unmask_behind_the_lock_wins),
	UNIT(unlocked_write_loses_the_interrupt_for_ever),
	UNIT(unlocked_is_the_hazard_interrupt_lost),
	UNIT(first_mask_behind_a_managed_driver),
	UNIT(first_mask_of_every_other_rule),
	UNIT(lost_mask_is_a_storm_that_the_guard_ends),
};

int main(void)
{
	return UNIT_RUN(tests);
}
