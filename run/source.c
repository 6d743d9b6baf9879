/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns one AHCI function as an interrupt source: brought into a known state, raised, acknowledged,
 * given back. Where its interrupt goes is the bench's business.
 */
#include "run/source.h"

#include "pci/mem.h"
#include "run/sequence.h"

static void read_decode(struct source *s)
{
	struct pci_bar bar;

	for (unsigned i = 0; i < 6; i += bar.is_64 ? 2 : 1) {
		if (pci_bar_read(s->fn, i, &bar))
			return;
		if (bar.present && bar.base)
			s->decode |= bar.io ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY;
	}
}

static void set_msi(struct source *s, uint16_t control)
{
	if (s->msi_cap)
		pci_cfg_write16(s->fn, s->msi_cap + PCI_MSI_FLAGS, control);
}

/* Where every recorded kernel starts: decode and Bus Master on, DisINTx and MSI off. */
void source_known_command(struct source *s)
{
	uint16_t others = s->command_found & (uint16_t)~STEP_COMMAND_MASK;

	set_msi(s, s->msi_found & (uint16_t)~PCI_MSI_FLAGS_ENABLE);
	pci_cfg_write16(s->fn, PCI_COMMAND, others | s->decode | PCI_COMMAND_MASTER);
}

static void meet_hba(struct source *s)
{
	struct hw_timer timer;

	s->init_err = ahci_init(&s->hba, s->fn);
	if (!s->init_err)
		s->init_err = ahci_identify_hba(&s->hba);
	if (s->init_err)
		return;
	ahci_save(&s->hba, &s->hba_found);
	s->hba_saved = true;
	s->handoff_err = ahci_handoff(&s->hba);
	timer = hw_timer_us(s->lab->hw, AHCI_RESET_US);
	s->reset_err = ahci_reset(&s->hba);
	s->reset_us = hw_elapsed_us(s->lab->hw, &timer);
	if (!s->reset_err)
		s->scan_err = ahci_scan(&s->hba);
	s->usable = !s->reset_err && !s->scan_err;
}

/*
 * Polled, with interrupts off at the HBA: the bench must know the drive before any line is known.
 */
static bool identify(struct source *s, struct ahci_port *port)
{
	enum err err;

	ahci_port_clear(port);
	ahci_port_start(port, true);
	ahci_issue_identify(port);
	err = ahci_wait_done(port, AHCI_COMMAND_US);
	if (err) {
		port->drive = AHCI_DEAD;
		s->identify_err = err;
		return false;
	}
	ahci_parse_identify(port);
	if (!port->sectors)
		return false;
	ahci_issue_read(port, 0);
	err = ahci_wait_done(port, AHCI_COMMAND_US);
	if (err)
		port->drive = AHCI_DEAD;
	else
		memcpy(s->lba0, ahci_data(port), sizeof(s->lba0));
	s->identify_err = err;
	return !err;
}

/* The first ATA drive that can be read, else the first ATAPI drive. */
static void meet_drives(struct source *s)
{
	struct ahci_port *atapi = NULL;

	for (unsigned i = 0; i < AHCI_PORTS && !s->port; i++) {
		struct ahci_port *port = &s->hba.port[i];

		if (port->drive == AHCI_ATA && identify(s, port))
			s->port = port;
		else if (port->drive == AHCI_ATAPI && !atapi)
			atapi = port;
	}
	if (!s->port)
		s->port = atapi;
	s->stop_err = source_rest(s);
}

static void describe(struct source *s)
{
	struct ahci *hba = &s->hba;

	stream_line(
		&s->lab->out,
		"# hw ahci abar=%lx version=%08x cap=%08x cap2=%08x pi=%08x reset_us=%lu dma64=%u",
		hba->abar, hba->version, hba->cap, hba->cap2, hba->pi, s->reset_us,
		!!(hba->cap & AHCI_CAP_S64A));
	for (unsigned i = 0; i < AHCI_PORTS; i++) {
		struct ahci_port *port = &hba->port[i];

		if (port->drive != AHCI_EMPTY)
			stream_line(&s->lab->out,
				    "# hw port index=%u drive=%s model=%q sectors=%lu "
				    "sector_size=%u dma=%lx",
				    i, ahci_drive_name(port->drive), port->model, port->sectors,
				    port->sector_size, port->dma.bus);
	}
}

enum err source_start(struct source *s)
{
	struct ahci_port *port = s->port;
	enum err err;

	ahci_port_write(port, AHCI_PX_IE, 0);
	err = ahci_port_stop(port);
	if (err)
		return err;
	ahci_port_start(port, false);
	err = ahci_port_wait_ready(port);
	if (err)
		return err;
	ahci_port_start(port, true);
	/* behind the signature FIS, so that it is cleared here and is no event */
	ahci_irq_enable(&s->hba, true);
	ahci_port_write(port, AHCI_PX_IE, AHCI_PX_IS_DHRS | AHCI_PX_IS_PSS | AHCI_PX_IS_TFES);
	(void)ahci_port_read(port, AHCI_PX_IE); /* flush the posted write */
	return OK;
}

enum err source_arm(struct source *s)
{
	source_known_command(s);
	return source_start(s);
}

enum err source_raise(struct source *s)
{
	struct ahci_port *port = s->port;
	enum err err;

	if (port->drive == AHCI_ATA) {
		ahci_issue_read(port, 0);
		return ahci_wait_done(port, AHCI_COMMAND_US);
	}
	ahci_issue_identify(port);
	err = ahci_wait_done(port, AHCI_COMMAND_US);
	/* an ATAPI drive aborts IDENTIFY DEVICE: PxIS.TFES is the interrupt */
	return err == ERR_IO ? OK : err;
}

enum err source_ack(struct source *s)
{
	struct ahci_port *port = s->port;
	enum err err;

	ahci_port_clear(port);
	if (port->drive == AHCI_ATA)
		return OK;
	/* after TFES the engine runs again only behind ST 0 to 1 (sec 6.2.2.1) */
	err = ahci_port_stop(port);
	if (!err)
		ahci_port_start(port, true);
	return err;
}

enum err source_rest(struct source *s)
{
	enum err err = ahci_stop_ports(&s->hba);

	ahci_irq_enable(&s->hba, false);
	for (unsigned i = 0; i < AHCI_PORTS; i++) {
		if (s->hba.port[i].implemented)
			ahci_port_clear(&s->hba.port[i]);
	}
	return err;
}

void source_disarm(struct source *s)
{
	ahci_port_write(s->port, AHCI_PX_IE, 0);
	ahci_irq_enable(&s->hba, false);
	ahci_port_clear(s->port);
}

void source_prepare(struct source *s, struct lab *lab, const struct pci_fn *fn)
{
	s->lab = lab;
	s->fn = fn;
	s->prepared = true;
	s->command_found = pci_cfg_read16(fn, PCI_COMMAND);
	if (s->command_found == UINT16_MAX) {
		s->init_err = ERR_GONE;
		return;
	}
	if (pci_find_capability(fn, PCI_CAP_ID_MSI, &s->msi_cap))
		s->msi_cap = 0;
	if (s->msi_cap)
		s->msi_found = pci_cfg_read16(fn, s->msi_cap + PCI_MSI_FLAGS);
	read_decode(s);
	source_known_command(s);
	meet_hba(s);
	if (s->usable)
		meet_drives(s);
	if (!s->init_err)
		describe(s);
}

void source_registers(void *arg, uint32_t *ret_port_is, uint32_t *ret_hba_is)
{
	struct source *s = arg;

	if (!s->port)
		return;
	*ret_port_is = ahci_port_read(s->port, AHCI_PX_IS);
	*ret_hba_is = ahci_read(&s->hba, AHCI_IS);
}

void source_release(struct source *s)
{
	if (!s->prepared || s->released)
		return;
	s->released = true;
	if (pci_fn_is_gone(s->fn))
		return; /* nothing to put back, and no port that could ever stop */
	if (s->hba_saved) {
		/* decode on, so that the HBA's registers can be reached */
		source_known_command(s);
		s->release_err = ahci_restore(&s->hba, &s->hba_found);
	}
	set_msi(s, s->msi_found);
	pci_cfg_write16(s->fn, PCI_COMMAND, s->command_found);
	s->command_left = pci_cfg_read16(s->fn, PCI_COMMAND);
	s->msi_left = s->msi_cap ? pci_cfg_read16(s->fn, s->msi_cap + PCI_MSI_FLAGS) : 0;
}
