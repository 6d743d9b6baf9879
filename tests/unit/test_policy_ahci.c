/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * ahci's role on the simulated q35: what it takes in which order, what its release undoes, and what
 * a probe that fails leaves. Literals from drivers/ata/ahci.c and libahci.c.
 */
#include "tests/property/rig.h"
#include "tests/unit/unit.h"

#define SOFTWARE "ata_host,pcim_iomap_regions,"

static struct rig rig;

static void begin(const char *policy, bool has_msi)
{
	UNIT_TRUE(rig_begin(&rig, policy, 0x0003, has_msi));
	rig_before(&rig);
}

static enum err bind(void)
{
	return owner_managed_bind(&rig.ahci, &rig.dev, &owner_ahci_ops, &rig.hba, &rig.line);
}

static void end(void)
{
	UNIT_EQ(rig.tracker.depth, 0);
	rig_end(&rig);
}

static const char *names(void)
{
	static char text[160];

	devres_names(&rig.dev.devres, text, sizeof(text));
	return text;
}

/* "R0003 W0007 M0081": since the last look. */
static const char *log_of(void)
{
	static char text[200];
	size_t n = 0;

	text[0] = 0;
	for (unsigned i = 0; i < rig.trace.count; i++) {
		const struct hw_trace_entry *e = &rig.trace.entry[i];
		const char *what = e->what == HW_TRACE_READ_COMMAND    ? "R"
				   : e->what == HW_TRACE_WRITE_COMMAND ? "W"
								       : "M";

		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s%04x", n ? " " : "", what,
				      e->value);
	}
	rig_before(&rig);
	return text;
}

static void resources_are_in_the_order_of_the_probe(void)
{
	static const struct {
		const char *policy;
		bool has_msi;
		const char *names;
	} rows[] = {
		{ "v6.10", false, "irq,ata_host_stop," SOFTWARE "pcim_release" },
		{ "v6.10", true, "irq,ata_host_stop,pcim_msi_release," SOFTWARE "pcim_release" },
		{ "v6.11-rc1", false,
		  "irq,ata_host_stop,pcim_intx_restore," SOFTWARE "pcim_disable_device" },
		{ "v6.11-rc1", true,
		  "irq,ata_host_stop,pcim_intx_restore,pcim_msi_release," SOFTWARE
		  "pcim_disable_device" },
		{ "v6.11-rc2", false, "irq,ata_host_stop," SOFTWARE "pcim_disable_device" },
		{ "v6.11", true,
		  "irq,ata_host_stop,pcim_intx_restore,pcim_msi_release," SOFTWARE
		  "pcim_disable_device" },
		{ "next-20241218", false,
		  "irq,ata_host_stop,pcim_intx_restore," SOFTWARE "pcim_disable_device" },
		{ "v6.14", false,
		  "irq,ata_host_stop,pcim_intx_restore," SOFTWARE "pcim_disable_device" },
		{ "v6.14", true,
		  "irq,ata_host_stop,pcim_msi_release," SOFTWARE "pcim_disable_device" },
		{ "v6.12.17", false, "irq,ata_host_stop," SOFTWARE "pcim_disable_device" },
		{ "v6.15", false, "irq,ata_host_stop," SOFTWARE "pcim_disable_device" },
		{ "v6.15", true,
		  "irq,ata_host_stop,pcim_msi_release," SOFTWARE "pcim_disable_device" },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin(rows[i].policy, rows[i].has_msi);
		UNIT_EQ(bind(), OK);
		UNIT_STR(names(), rows[i].names);
		UNIT_EQ(owner_managed_unbind(&rig.ahci), OK);
		end();
	}
}

/* Bus Master behind MSI and DisINTx; unbound, decode stays on. */
static void command_is_written_in_linux_order(void)
{
	begin("v6.15", true);
	UNIT_EQ(bind(), OK);
	UNIT_STR(log_of(), "R0003 R0003 M0080 M0080 R0003 W0403 M0081 R0403 W0407");
	UNIT_EQ(owner_managed_unbind(&rig.ahci), OK);
	UNIT_STR(log_of(), "M0081 M0080 R0407 W0007 R0007 W0003");
	end();
}

static void release_stops_the_ports_and_leaves_ghc_ie(void)
{
	begin("v6.15", false);
	UNIT_EQ(bind(), OK);
	UNIT_EQ(ahci_port_read(&rig.hba.port[0], AHCI_PX_CMD) & AHCI_PX_CMD_ST, AHCI_PX_CMD_ST);
	UNIT_TRUE(ahci_port_read(&rig.hba.port[0], AHCI_PX_IE) != 0);
	UNIT_EQ(owner_managed_unbind(&rig.ahci), OK);
	UNIT_EQ(ahci_port_read(&rig.hba.port[0], AHCI_PX_CMD) & AHCI_PX_CMD_ST, 0);
	UNIT_EQ(ahci_port_read(&rig.hba.port[0], AHCI_PX_IE), 0);
	UNIT_EQ(ahci_read(&rig.hba, AHCI_GHC) & AHCI_GHC_IE, AHCI_GHC_IE);
	UNIT_TRUE(!sim_line_asserted(rig.sim, 16));
	end();
}

#define PORT_0_IE 0x81085114ull
#define IOAPIC_FIRST 0xfec00000ull

static const struct hw_ops *honest;
static struct hw_ops watched;
static unsigned writes, froze_at, masked_at; /* counted from 1; 0: not yet */

static void watch(struct hw *hw, uint64_t addr, enum hw_width width, uint64_t value)
{
	writes++;
	if (addr == PORT_0_IE && !value && !froze_at)
		froze_at = writes;
	if (addr - IOAPIC_FIRST < 0x1000 && !masked_at)
		masked_at = writes;
	honest->mmio_write(hw, addr, width, value);
}

/* ata_host_detach() ends in ahci_freeze(), and free_irq() comes with the managed resources behind.
 */
static void release_freezes_the_port_before_the_interrupt_is_freed(void)
{
	struct hw *hw;

	begin("v6.15", false);
	UNIT_EQ(bind(), OK);
	hw = sim_hw(rig.sim);
	honest = hw->ops;
	watched = *honest;
	watched.mmio_write = watch;
	hw->ops = &watched;
	writes = froze_at = masked_at = 0;
	UNIT_EQ(owner_managed_unbind(&rig.ahci), OK);
	hw->ops = honest;
	UNIT_TRUE(froze_at && masked_at && froze_at < masked_at);
	end();
}

static void refused_probe_takes_nothing(void)
{
	struct devres_node *node;

	begin("v6.15", false);
	UNIT_EQ(devres_add(&rig.dev.devres, "left", NULL, NULL, &node), OK);
	UNIT_EQ(bind(), ERR_BUSY);
	UNIT_STR(names(), "left");
	UNIT_STR(log_of(), "");
	UNIT_TRUE(!rig.dev.driver);
	end();
}

static bool nobody(void *arg)
{
	(void)arg;
	return false;
}

/* Somebody has the line, exclusively: what the probe took before is released, in order. */
static void failed_probe_releases_what_it_took(void)
{
	begin("v6.15", true);
	UNIT_EQ(line_request_msi(&rig.line, nobody, NULL), OK);
	UNIT_EQ(bind(), ERR_BUSY);
	UNIT_STR(names(), "");
	UNIT_TRUE(!rig.dev.driver && !rig.dev.is_managed && !rig.dev.msi_enabled);
	UNIT_EQ(rig.dev.enable_cnt, 0);
	UNIT_STR(log_of(), "R0003 R0003 M0080 M0080 R0003 W0403 M0081 R0403 W0407 "
			   "M0081 M0080 R0407 W0007 R0007 W0003");
	UNIT_EQ(bind(), OK);
	UNIT_EQ(owner_managed_unbind(&rig.ahci), OK);
	end();
}

/* pci_intx() only warns: the probe goes on. */
static void failed_redirection_is_no_failed_probe(void)
{
	begin("v6.11-rc1", false);
	rig_fail_from(&rig, 1);
	UNIT_EQ(bind(), OK);
	UNIT_STR(names(), "irq,ata_host_stop," SOFTWARE "pcim_disable_device");
	UNIT_EQ(rig.tracker.hazards, 0); /* it was not to be masked */
	UNIT_EQ(owner_managed_unbind(&rig.ahci), OK);
	end();
}

/*
 * Bound, interrupts off: a command that is done has no interrupt yet. Then the HBA leaves: it is
 * not waited for.
 */
static void an_hba_that_left_is_gone_and_not_late(void)
{
	struct ahci_port *port = &rig.hba.port[0];
	uint64_t until_done;

	begin("v6.11-rc1", false);
	UNIT_EQ(bind(), OK);
	sim_hw(rig.sim)->ops->irq_switch(sim_hw(rig.sim), false);
	until_done = sim_access_count(rig.sim);
	ahci_issue_read(port, 0);
	UNIT_EQ(ahci_wait_done(port, AHCI_COMMAND_US), OK);
	until_done = sim_access_count(rig.sim) - until_done;
	end();

	begin("v6.11-rc1", false);
	UNIT_EQ(bind(), OK);
	sim_hw(rig.sim)->ops->irq_switch(sim_hw(rig.sim), false);
	sim_vanish_after(rig.sim, until_done + 3);
	UNIT_EQ(owner_ahci_read(&rig.ahci, port, 0, AHCI_COMMAND_US), ERR_GONE);
	end();
}

static const struct unit_test tests[] = {
	UNIT(resources_are_in_the_order_of_the_probe),
	UNIT(command_is_written_in_linux_order),
	UNIT(release_stops_the_ports_and_leaves_ghc_ie),
	UNIT(release_freezes_the_port_before_the_interrupt_is_freed),
	UNIT(refused_probe_takes_nothing),
	UNIT(failed_probe_releases_what_it_took),
	UNIT(failed_redirection_is_no_failed_probe),
	UNIT(an_hba_that_left_is_gone_and_not_late),
};

int main(void)
{
	return UNIT_RUN(tests);
}
