/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* Owns what Linux's ahci does to an HBA's registers, between what the managed owner does. */
#include "drivers/owner_ahci.h"

static enum err reset(void *arg)
{
	struct ahci *hba = arg;
	enum err err = ahci_reset(hba);

	if (!err)
		ahci_irq_enable(hba, true);
	return err;
}

static enum err start(void *arg)
{
	return ahci_start_ports(arg);
}

/* PxIE last: an interrupt must find its handler (libahci's ahci_thaw()). */
static enum err thaw(void *arg, bool heard)
{
	for (unsigned i = 0; i < AHCI_PORTS; i++) {
		struct ahci_port *port = ahci_port_at(arg, i);

		if (port->drive != AHCI_ATA && port->drive != AHCI_ATAPI)
			continue;
		ahci_port_clear(port);
		if (heard)
			ahci_port_write(port, AHCI_PX_IE,
					AHCI_PX_IS_DHRS | AHCI_PX_IS_PSS | AHCI_PX_IS_ERRORS);
	}
	return OK;
}

/* ata_host_detach() ends in ahci_freeze() */
static void freeze(void *arg)
{
	struct ahci *hba = arg;

	for (unsigned i = 0; i < AHCI_PORTS; i++) {
		if (hba->port[i].implemented)
			ahci_port_write(&hba->port[i], AHCI_PX_IE, 0);
	}
}

/*
 * ahci_port_stop() of every port; IS is written so that nothing asserts once MSI is off
 * (libahci.c).
 */
static enum err stop(void *arg)
{
	struct ahci *hba = arg;
	enum err err = ahci_stop_ports(hba);

	ahci_write(hba, AHCI_IS, hba->pi);
	(void)ahci_read(hba, AHCI_IS); /* flush the posted write */
	return err;
}

static bool handle(void *arg)
{
	return ahci_irq(arg);
}

const struct managed_ops owner_ahci_ops = {
	.driver = "ahci",
	.probe = "ahci_init_one",
	.host = "ata_host",
	.host_stop = "ata_host_stop",
	.reset = reset,
	.start = start,
	.thaw = thaw,
	.freeze = freeze,
	.stop = stop,
	.handle = handle,
};

/*
 * Done is what the handler says, not what a poll finds: the count is the evidence that an interrupt
 * came.
 */
static enum err complete(const struct owner_managed *owner, struct ahci_port *port, uint64_t us)
{
	struct hw *hw = port->hba->hw;
	enum err err = ahci_wait_done(port, AHCI_COMMAND_US);
	struct hw_timer timer = hw_timer_us(hw, us);

	while (!err && !port->served_count) {
		if (owner->line->storm)
			return ERR_STORM;
		if (ahci_port_read(port, AHCI_PX_IS) == UINT32_MAX)
			return ERR_GONE; /* and will not interrupt any more */
		if (hw_expired(hw, &timer))
			return ERR_TIMEOUT;
		hw->ops->relax(hw);
	}
	return err;
}

enum err owner_ahci_identify(const struct owner_managed *owner, struct ahci_port *port, uint64_t us)
{
	ahci_issue_identify(port);
	return complete(owner, port, us);
}

enum err owner_ahci_read(const struct owner_managed *owner, struct ahci_port *port, uint64_t lba,
			 uint64_t us)
{
	ahci_issue_read(port, lba);
	return complete(owner, port, us);
}
