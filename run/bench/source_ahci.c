/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* Owns an AHCI function as an interrupt source: the HBA, and the port whose drive is read. */
#include "run/bench/source_ahci.h"

#include "drivers/owner_ahci.h"
#include "pci/mem.h"
#include "pci/platform.h"

#define CONDITION_US 1000
#define EVENTS (AHCI_PX_IS_DHRS | AHCI_PX_IS_PSS | AHCI_PX_IS_TFES)

_Static_assert(sizeof(struct source_ahci) <= SOURCE_STATE, "an AHCI source has its room");

static struct source_ahci *own(struct source *s)
{
	return (void *)s->state;
}

static const struct source_ahci *own_const(const struct source *s)
{
	return (const void *)s->state;
}

struct source_ahci *source_ahci(struct source *s)
{
	return s->kind == &source_kind_ahci ? own(s) : NULL;
}

static bool matches(const struct pci_fn *fn)
{
	return fn->class_revision >> 8 == PCI_CLASS_STORAGE_SATA_AHCI;
}

bool source_is_raid(const struct pci_fn *fn)
{
	return fn->class_revision >> 16 == PCI_CLASS_STORAGE_RAID &&
	       fn->header_type == PCI_HEADER_TYPE_NORMAL && !pci_hides_functions(fn);
}

/*
 * Linux's ahci lists such functions by their ids (ahci_pci_tbl: 8086:2822 "RAID"); here the
 * registers decide. Decode is switched on for the look where firmware left it off.
 */
static bool is_raid_mode(const struct pci_fn *fn)
{
	uint16_t command;
	bool plausible;

	if (!source_is_raid(fn))
		return false;
	command = pci_cfg_rmw16(fn, PCI_COMMAND, 0, PCI_COMMAND_MEMORY);
	plausible = ahci_is_plausible(fn);
	if (!(command & PCI_COMMAND_MEMORY))
		pci_cfg_write16(fn, PCI_COMMAND, command);
	return plausible;
}

/* Decode off, as firmware without a driver for it leaves it: then nothing speaks against it. */
static bool is_promising(const struct pci_fn *fn)
{
	return !(pci_cfg_read16(fn, PCI_COMMAND) & PCI_COMMAND_MEMORY) || ahci_shows_device(fn);
}

static enum err rest(struct source *s)
{
	struct source_ahci *a = own(s);
	enum err err = ahci_stop_ports(&a->hba);

	ahci_irq_enable(&a->hba, false);
	for (unsigned i = 0; i < AHCI_PORTS; i++) {
		if (a->hba.port[i].implemented)
			ahci_port_clear(&a->hba.port[i]);
	}
	return err;
}

static void meet_hba(struct source *s)
{
	struct source_ahci *a = own(s);
	struct hw_timer timer;

	s->init_err = ahci_init(&a->hba, s->fn);
	if (!s->init_err)
		s->init_err = ahci_identify_hba(&a->hba);
	if (s->init_err)
		return;
	ahci_save(&a->hba, &a->hba_found);
	a->hba_saved = true;
	a->handoff_err = ahci_handoff(&a->hba);
	timer = hw_timer_us(s->lab->hw, AHCI_RESET_US);
	a->reset_err = ahci_reset(&a->hba);
	a->reset_us = hw_elapsed_us(s->lab->hw, &timer);
	if (!a->reset_err)
		a->scan_err = ahci_scan(&a->hba);
	s->usable = !a->reset_err && !a->scan_err;
	s->why = a->reset_err ? "the HBA is not usable (see ahci.reset)"
			      : "the HBA's ports could not be scanned";
}

/*
 * Polled, with interrupts off at the HBA: the bench must know the drive before any line is known.
 */
static bool identify(struct source *s, struct ahci_port *port)
{
	struct source_ahci *a = own(s);
	enum err err;

	ahci_port_clear(port);
	ahci_port_start(port, true);
	ahci_issue_identify(port);
	err = ahci_wait_done(port, AHCI_COMMAND_US);
	if (err) {
		port->drive = AHCI_DEAD;
		a->identify_err = err;
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
		memcpy(a->lba0, ahci_data(port), sizeof(a->lba0));
	a->identify_err = err;
	return !err;
}

/* The first ATA drive that can be read, else the first ATAPI drive. */
static void meet_drives(struct source *s)
{
	struct source_ahci *a = own(s);
	struct ahci_port *atapi = NULL;

	for (unsigned i = 0; i < AHCI_PORTS && !a->port; i++) {
		struct ahci_port *port = ahci_port_at(&a->hba, i);

		if (port->drive == AHCI_ATA && identify(s, port))
			a->port = port;
		else if (port->drive == AHCI_ATAPI && !atapi)
			atapi = port;
	}
	if (!a->port)
		a->port = atapi;
	a->stop_err = rest(s);
	s->ready = a->port;
	s->why = "no drive answers: nothing can be made to raise an interrupt";
}

/* What was there and is not any more is our doing, and no reason to call a port empty. */
static void miss_drives(struct source *s)
{
	struct source_ahci *a = own(s);

	for (unsigned i = 0; i < AHCI_PORTS; i++) {
		if (a->hba_found.port[i].present && a->hba.port[i].drive == AHCI_EMPTY)
			a->lost |= 1u << i;
	}
	if (!a->lost || a->port)
		return;
	s->lost = true;
	s->why = "our own reset lost the drive (see ahci.drive)";
}

static void describe(struct source *s)
{
	struct source_ahci *a = own(s);
	struct ahci *hba = &a->hba;

	stream_line(&s->lab->out,
		    "# hw ahci abar=%lx version=%08x cap=%08x cap2=%08x pi=%08x reset_us=%lu "
		    "ae_writes=%u dma64=%u",
		    hba->abar, hba->version, hba->cap, hba->cap2, hba->pi, a->reset_us,
		    hba->ae_writes, !!(hba->cap & AHCI_CAP_S64A));
	if (hba->enables.put_back)
		stream_line(&s->lab->out,
			    "# hw port_enables found=%04x after_reset=%04x now=%04x source=%q",
			    hba->enables.found, hba->enables.after_reset, hba->enables.now,
			    "Linux drivers/ata/ahci.c, ahci_intel_pcs_quirk()");
	for (unsigned i = 0; i < AHCI_PORTS; i++) {
		struct ahci_port *port = ahci_port_at(hba, i);

		if (port->drive != AHCI_EMPTY)
			stream_line(&s->lab->out,
				    "# hw port index=%u drive=%s model=%q sectors=%lu "
				    "sector_size=%u dma=%lx",
				    i, ahci_drive_name(port->drive), port->model, port->sectors,
				    port->sector_size, port->dma.bus);
		if (port->spurious_ifs)
			stream_line(&s->lab->out, "# hw spurious_ifs port=%u commands=%u source=%q",
				    i, port->spurious_ifs,
				    "Linux drivers/ata/ahci.c, AHCI_HFLAG_IGN_IRQ_IF_ERR");
	}
}

static void meet(struct source *s)
{
	meet_hba(s);
	if (s->usable) {
		meet_drives(s);
		miss_drives(s);
	}
	if (!s->init_err)
		describe(s);
}

static enum err start(struct source *s)
{
	struct source_ahci *a = own(s);
	struct ahci_port *port = a->port;
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
	ahci_irq_enable(&a->hba, true);
	ahci_port_write(port, AHCI_PX_IE, EVENTS);
	(void)ahci_port_read(port, AHCI_PX_IE); /* flush the posted write */
	return OK;
}

/* The command is done; its FIS sets PxIS, at the latest a moment behind PxCI. */
static enum err wait_condition(const struct ahci_port *port)
{
	struct hw *hw = port->hba->hw;
	struct hw_timer timer = hw_timer_us(hw, CONDITION_US);
	bool seen;

	do {
		uint32_t is = ahci_port_read(port, AHCI_PX_IS);

		/* behind the read: a handler may have been in between */
		seen = (is | port->served) & EVENTS;
		if (!seen)
			hw->ops->relax(hw);
	} while (!seen && !hw_expired(hw, &timer));
	return seen ? OK : ERR_MISMATCH;
}

static void begin(struct source *s)
{
	struct ahci_port *port = own(s)->port;

	if (port->drive == AHCI_ATA)
		ahci_issue_read(port, 0);
	else
		ahci_issue_identify(port);
}

static enum err finish(struct source *s)
{
	struct ahci_port *port = own(s)->port;
	enum err err = ahci_wait_done(port, AHCI_COMMAND_US);

	if (port->drive == AHCI_ATA)
		return err ? err : wait_condition(port);
	/* an ATAPI drive aborts IDENTIFY DEVICE: PxIS.TFES is the interrupt */
	return err == ERR_IO ? OK : err;
}

/*
 * Both enables: PxIE keeps an event out of IS, and GHC.IE lowers the line of one that is in it,
 * for IS is a latch. The other way round on the way back, so that a message is sent as IS is set.
 */
static void mask(struct source *s)
{
	struct source_ahci *a = own(s);

	a->held_ie = ahci_port_read(a->port, AHCI_PX_IE);
	ahci_port_write(a->port, AHCI_PX_IE, 0);
	ahci_write(&a->hba, AHCI_GHC, AHCI_GHC_AE);
	(void)ahci_read(&a->hba, AHCI_GHC); /* flush the posted writes */
}

static void unmask(struct source *s)
{
	struct source_ahci *a = own(s);

	ahci_write(&a->hba, AHCI_GHC, AHCI_GHC_AE | AHCI_GHC_IE);
	ahci_port_write(a->port, AHCI_PX_IE, a->held_ie);
	(void)ahci_port_read(a->port, AHCI_PX_IE);
}

static void clear(struct source *s)
{
	ahci_port_clear(own(s)->port);
}

static bool handle(struct source *s)
{
	return ahci_irq(&own(s)->hba);
}

static bool pending(struct source *s)
{
	struct source_ahci *a = own(s);

	return ahci_read(&a->hba, AHCI_IS) >> a->port->index & 1;
}

static enum err ack(struct source *s)
{
	struct ahci_port *port = own(s)->port;
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

static void disarm(struct source *s)
{
	struct source_ahci *a = own(s);

	ahci_port_write(a->port, AHCI_PX_IE, 0);
	ahci_irq_enable(&a->hba, false);
	ahci_port_clear(a->port);
}

static enum err reset(struct source *s)
{
	struct source_ahci *a = own(s);
	enum err err = ahci_reset(&a->hba);

	return err ? err : ahci_start_ports(&a->hba);
}

static enum err restore(struct source *s)
{
	struct source_ahci *a = own(s);

	return a->hba_saved ? ahci_restore(&a->hba, &a->hba_found) : OK;
}

static bool is_idle(const struct source *s)
{
	const struct source_ahci *a = own_const(s);

	return !a->hba_saved || ahci_is_idle(&a->hba);
}

static void lose(struct source *s)
{
	struct source_ahci *a = own(s);

	if (a->port)
		a->port->drive = AHCI_DEAD;
}

static uint32_t identity(const struct source *s, uint32_t *ret_known)
{
	const struct source_ahci *a = own_const(s);

	*ret_known = a->hba.cap;
	return ahci_read(&a->hba, AHCI_CAP);
}

static unsigned registers(const struct source *s, struct source_register *ret)
{
	const struct source_ahci *a = own_const(s);
	uint64_t hba = a->hba.abar, port = hba + AHCI_PORT_BASE + a->port->index * AHCI_PORT_SIZE;

	ret[0] =
		(struct source_register){ .name = "PxIS", .key = "px_is", .at = port + AHCI_PX_IS };
	ret[1] = (struct source_register){ .name = "IS", .key = "is", .at = hba + AHCI_IS };
	ret[2] = (struct source_register){
		.name = "PxIE", .key = "px_ie", .at = port + AHCI_PX_IE, .is_enable = true
	};
	ret[3] = (struct source_register){
		.name = "GHC", .key = "ghc", .at = hba + AHCI_GHC, .is_enable = true
	};
	return 4;
}

static enum err unheard(struct source *s)
{
	return ahci_port_comreset(own(s)->port);
}

static void *managed_arg(struct source *s)
{
	return &own(s)->hba;
}

/* As many sectors from LBA 0 as the buffer holds, one command each. */
static enum err read_disk(struct source *s, const struct owner_managed *owner, uint64_t us,
			  uint8_t *data, unsigned *ret_len)
{
	struct ahci_port *port = own(s)->port;
	unsigned len = 0;

	for (uint64_t lba = 0; len + port->sector_size <= AHCI_DATA_SIZE && lba < port->sectors;
	     lba++) {
		enum err err = owner_ahci_read(owner, port, lba, us);

		if (err)
			return err;
		memcpy(data + len, ahci_data(port), port->sector_size);
		len += port->sector_size;
	}
	*ret_len = len;
	return OK;
}

static enum err work(struct source *s, const struct owner_managed *owner, bool again, uint64_t us)
{
	struct source_ahci *a = own(s);
	uint8_t data[AHCI_DATA_SIZE];
	unsigned len = 0;
	enum err err = owner_ahci_identify(owner, a->port, us);

	if (a->port->drive == AHCI_ATAPI && err == ERR_IO)
		/* an ATAPI drive aborts it: that is its answer */
		return ack(s);
	if (!err && a->port->drive == AHCI_ATA)
		err = read_disk(s, owner, us, data, &len);
	if (err || a->port->drive != AHCI_ATA)
		return err;
	if (again && a->worked_len)
		return len == a->worked_len && !memcmp(data, a->worked, len) ? OK : ERR_MISMATCH;
	memcpy(a->worked, data, len);
	a->worked_len = len;
	return OK;
}

const struct source_kind source_kind_ahci = {
	.name = "AHCI",
	.rank = SOURCE_RANK_AHCI,
	.is_promising = is_promising,
	.remedy = "attach a drive to one of its ports, or choose another function: --survey "
		  "lists them, --device names one",
	.unreachable = "ABAR does not answer as an HBA (see ahci.registers)",
	.matches = matches,
	.matches_named = is_raid_mode,
	.meet = meet,
	.start = start,
	.begin = begin,
	.finish = finish,
	.mask = mask,
	.unmask = unmask,
	.clear = clear,
	.handle = handle,
	.pending = pending,
	.ack = ack,
	.rest = rest,
	.disarm = disarm,
	.reset = reset,
	.restore = restore,
	.is_idle = is_idle,
	.lose = lose,
	.identity = identity,
	.registers = registers,
	.unheard = unheard,
	.managed = &owner_ahci_ops,
	.managed_arg = managed_arg,
	.work = work,
};
