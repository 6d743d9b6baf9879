/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the state of the function under test between checks: made ready, raised, acknowledged, given
 * back. What a check makes of it is the check's business.
 */
#include "run/bench.h"

#include "pci/mem.h"
#include "run/witness.h"

void bench_init(struct bench *bench, struct lab *lab)
{
	memset(bench, 0, sizeof(*bench));
	bench->lab = lab;
	bench->play.bench = bench;
	lab->bench = bench;
}

static void read_decode(struct bench *bench)
{
	struct pci_bar bar;

	for (unsigned i = 0; i < 6; i += bar.is_64 ? 2 : 1) {
		if (pci_bar_read(bench->lab->fn, i, &bar))
			return;
		if (bar.present && bar.base)
			bench->decode |= bar.io ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY;
	}
}

static void set_msi(struct bench *bench, uint16_t control)
{
	if (bench->msi_cap)
		pci_cfg_write16(bench->lab->fn, bench->msi_cap + PCI_MSI_FLAGS, control);
}

/* Where every recorded kernel starts: decode and Bus Master on, DisINTx and MSI off. */
void bench_known_command(struct bench *bench)
{
	uint16_t others = bench->command_found & (uint16_t)~STEP_COMMAND_MASK;

	set_msi(bench, bench->msi_found & (uint16_t)~PCI_MSI_FLAGS_ENABLE);
	pci_cfg_write16(bench->lab->fn, PCI_COMMAND, others | bench->decode | PCI_COMMAND_MASTER);
}

static void meet_hba(struct bench *bench)
{
	struct hw_timer timer;

	bench->init_err = ahci_init(&bench->hba, bench->lab->fn);
	if (!bench->init_err)
		bench->init_err = ahci_identify_hba(&bench->hba);
	if (bench->init_err)
		return;
	ahci_save(&bench->hba, &bench->hba_found);
	bench->hba_saved = true;
	bench->handoff_err = ahci_handoff(&bench->hba);
	timer = hw_timer_us(bench->lab->hw, AHCI_RESET_US);
	bench->reset_err = ahci_reset(&bench->hba);
	bench->reset_us = hw_elapsed_us(bench->lab->hw, &timer);
	if (!bench->reset_err)
		bench->scan_err = ahci_scan(&bench->hba);
	bench->usable = !bench->reset_err && !bench->scan_err;
}

/*
 * Polled, with interrupts off at the HBA: the bench must know the drive before any line is known.
 */
static bool identify(struct bench *bench, struct ahci_port *port)
{
	enum err err;

	ahci_port_clear(port);
	ahci_port_start(port, true);
	ahci_issue_identify(port);
	err = ahci_wait_done(port, AHCI_COMMAND_US);
	if (err) {
		port->drive = AHCI_DEAD;
		bench->identify_err = err;
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
		memcpy(bench->lba0, ahci_data(port), sizeof(bench->lba0));
	bench->identify_err = err;
	return !err;
}

/* The first ATA drive that can be read, else the first ATAPI drive. */
static void meet_drives(struct bench *bench)
{
	struct ahci_port *atapi = NULL;

	for (unsigned i = 0; i < AHCI_PORTS && !bench->port; i++) {
		struct ahci_port *port = &bench->hba.port[i];

		if (port->drive == AHCI_ATA && identify(bench, port))
			bench->port = port;
		else if (port->drive == AHCI_ATAPI && !atapi)
			atapi = port;
	}
	if (!bench->port)
		bench->port = atapi;
	bench->stop_err = bench_rest(bench);
}

static void describe(struct bench *bench)
{
	struct ahci *hba = &bench->hba;

	stream_line(
		&bench->lab->out,
		"# hw ahci abar=%lx version=%08x cap=%08x cap2=%08x pi=%08x reset_us=%lu dma64=%u",
		hba->abar, hba->version, hba->cap, hba->cap2, hba->pi, bench->reset_us,
		!!(hba->cap & AHCI_CAP_S64A));
	for (unsigned i = 0; i < AHCI_PORTS; i++) {
		struct ahci_port *port = &hba->port[i];

		if (port->drive != AHCI_EMPTY)
			stream_line(
				&bench->lab->out,
				"# hw port index=%u drive=%s model=%q sectors=%lu sector_size=%u dma=%lx",
				i, ahci_drive_name(port->drive), port->model, port->sectors,
				port->sector_size, port->dma.bus);
	}
}

static void source_registers(void *arg, uint32_t *ret_port_is, uint32_t *ret_hba_is)
{
	struct bench *bench = arg;

	if (!bench->port)
		return;
	*ret_port_is = ahci_port_read(bench->port, AHCI_PX_IS);
	*ret_hba_is = ahci_read(&bench->hba, AHCI_IS);
}

void bench_prepare(struct bench *bench)
{
	struct lab *lab = bench->lab;

	if (bench->prepared || !lab->fn)
		return;
	bench->prepared = true;
	bench->command_found = pci_cfg_read16(lab->fn, PCI_COMMAND);
	if (bench->command_found == UINT16_MAX) {
		bench->init_err = ERR_GONE;
		return;
	}
	if (pci_find_capability(lab->fn, PCI_CAP_ID_MSI, &bench->msi_cap))
		bench->msi_cap = 0;
	if (bench->msi_cap)
		bench->msi_found = pci_cfg_read16(lab->fn, bench->msi_cap + PCI_MSI_FLAGS);
	read_decode(bench);
	hw_trace_watch(&lab->trace, lab->fn->cfg, bench->msi_cap);
	bench_known_command(bench);
	meet_hba(bench);
	if (bench->usable)
		meet_drives(bench);
	if (!bench->init_err)
		describe(bench);
	if (lab->irqc) {
		line_init(&bench->line, &lab->trace, &lab->irqc->irqc, lab->fn);
		bench->line.source = source_registers;
		bench->line.source_arg = bench;
	}
}

enum err bench_start_source(struct bench *bench)
{
	struct ahci_port *port = bench->port;
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
	ahci_irq_enable(&bench->hba, true);
	ahci_port_write(port, AHCI_PX_IE, AHCI_PX_IS_DHRS | AHCI_PX_IS_PSS | AHCI_PX_IS_TFES);
	(void)ahci_port_read(port, AHCI_PX_IE); /* flush the posted write */
	return OK;
}

enum err bench_arm(struct bench *bench)
{
	bench_known_command(bench);
	return bench_start_source(bench);
}

enum err bench_raise(struct bench *bench)
{
	struct ahci_port *port = bench->port;
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

enum err bench_ack(struct bench *bench)
{
	struct ahci_port *port = bench->port;
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

enum err bench_rest(struct bench *bench)
{
	enum err err = ahci_stop_ports(&bench->hba);

	ahci_irq_enable(&bench->hba, false);
	for (unsigned i = 0; i < AHCI_PORTS; i++) {
		if (bench->hba.port[i].implemented)
			ahci_port_clear(&bench->hba.port[i]);
	}
	return err;
}

void bench_disarm(struct bench *bench)
{
	ahci_port_write(bench->port, AHCI_PX_IE, 0);
	ahci_irq_enable(&bench->hba, false);
	ahci_port_clear(bench->port);
}

static bool no_source(const struct bench *bench, const char **ret_why)
{
	if (bench->port)
		return false;
	*ret_why = "no drive answers: nothing can be made to raise an interrupt";
	return true;
}

static unsigned unmet_route(struct bench *bench, const char **ret_why, bool *ret_error)
{
	if (bench->lab->no_delivery) {
		*ret_why = bench->lab->no_delivery;
		return NEED_ROUTE;
	}
	if (!bench->lab->irqc) {
		*ret_why = "no interrupt controller was found";
		return NEED_ROUTE;
	}
	bench_probe(bench);
	if (!bench->line.known) {
		*ret_error = true;
		*ret_why = "no pin was found for the line (see line.probe)";
		return NEED_ROUTE;
	}
	return 0;
}

unsigned bench_unmet(struct bench *bench, unsigned needs, const char **ret_why, bool *ret_error)
{
	*ret_error = false;
	*ret_why = "";
	if (needs & NEED_ROUTE)
		needs |= NEED_SOURCE | NEED_INTX_PIN;
	if (needs & NEED_SOURCE)
		needs |= NEED_AHCI;
	if (needs)
		bench_prepare(bench);
	if ((needs & NEED_AHCI) && !bench->usable) {
		*ret_error = true;
		*ret_why = bench->init_err ? "ABAR does not answer as an HBA (see ahci.registers)"
					   : "the HBA is not usable (see ahci.reset)";
		return NEED_AHCI;
	}
	if ((needs & NEED_INTX_PIN) && (bench->lab->fn->pin < 1 || bench->lab->fn->pin > 4)) {
		*ret_why = "Interrupt Pin is 0: the function has no INTx";
		return NEED_INTX_PIN;
	}
	if ((needs & NEED_SOURCE) && no_source(bench, ret_why))
		return NEED_SOURCE;
	if ((needs & NEED_MSI) && !bench->lab->opt.msi) {
		*ret_why = "only with --msi on";
		return NEED_MSI;
	}
	if ((needs & NEED_MSI) && !bench->msi_cap) {
		*ret_why = "the function has no MSI capability";
		return NEED_MSI;
	}
	return needs & NEED_ROUTE ? unmet_route(bench, ret_why, ret_error) : 0;
}

void bench_release(struct bench *bench)
{
	const struct pci_fn *fn = bench->lab->fn;

	if (!bench->prepared || bench->released)
		return;
	line_free(&bench->line);
	bench->released = true;
	if (pci_fn_is_gone(fn))
		return; /* nothing to put back, and no port that could ever stop */
	play_finish(&bench->play);
	if (bench->hba_saved) {
		/* decode on, so that the HBA's registers can be reached */
		bench_known_command(bench);
		bench->release_err = ahci_restore(&bench->hba, &bench->hba_found);
	}
	set_msi(bench, bench->msi_found);
	pci_cfg_write16(fn, PCI_COMMAND, bench->command_found);
	bench->command_left = pci_cfg_read16(fn, PCI_COMMAND);
	bench->msi_left = bench->msi_cap ? pci_cfg_read16(fn, bench->msi_cap + PCI_MSI_FLAGS) : 0;
}

void lab_release(struct lab *lab)
{
	if (lab->bench)
		bench_release(lab->bench);
	witness_restore(lab);
}
