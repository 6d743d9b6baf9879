/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns one port: start, stop, COMRESET, what hangs on it, and commands on slot 0. The only ATA
 * opcodes in the tree are the two in ahci_regs.h; both only read.
 */
#include "drivers/ahci.h"

#include "drivers/mmio.h"
#include "pci/mem.h"

/* Where things lie in a port's DMA memory; alignments from AHCI 1.3.1 sec 4.2. */
#define LIST_OFF 0x0000 /* 1 KiB */
#define FIS_OFF 0x0400 /* 256 bytes */
#define TABLE_OFF 0x0500 /* 128-byte aligned */
#define DATA_OFF 0x1000
#define PORT_DMA_SIZE (DATA_OFF + AHCI_DATA_SIZE)

const char *ahci_drive_name(enum ahci_drive drive)
{
	static const char *const names[] = {
		[AHCI_EMPTY] = "empty", [AHCI_ATA] = "ata",   [AHCI_ATAPI] = "atapi",
		[AHCI_OTHER] = "other", [AHCI_DEAD] = "dead",
	};

	return names[drive];
}

/* Every register waited for has reserved bits that read 0, so all-ones is no state of it. */
static enum err wait_port(const struct ahci_port *port, unsigned reg, uint32_t mask, uint32_t value,
			  uint64_t us)
{
	uint64_t at = port->hba->abar + AHCI_PORT_BASE + port->index * AHCI_PORT_SIZE + reg;
	struct mmio_wait wait = { port->hba->hw, at, HW_32, us };

	return mmio_wait(&wait, mask, value);
}

void ahci_port_clear(struct ahci_port *port)
{
	uint32_t is = ahci_port_read(port, AHCI_PX_IS);

	port->served |= is;
	ahci_port_write(port, AHCI_PX_SERR, ahci_port_read(port, AHCI_PX_SERR));
	ahci_port_write(port, AHCI_PX_IS, is);
	ahci_write(port->hba, AHCI_IS, 1u << port->index);
	(void)ahci_read(port->hba, AHCI_IS); /* flush the posted writes */
}

static void set_command(struct ahci_port *port, uint32_t clear, uint32_t set)
{
	uint32_t cmd = ahci_port_read(port, AHCI_PX_CMD);

	ahci_port_write(port, AHCI_PX_CMD, (cmd & ~clear) | set);
}

void ahci_port_start(struct ahci_port *port, bool st)
{
	uint64_t bus = port->dma.bus;

	ahci_port_write(port, AHCI_PX_CLB, (uint32_t)(bus + LIST_OFF));
	ahci_port_write(port, AHCI_PX_CLBU, (uint32_t)((bus + LIST_OFF) >> 32));
	ahci_port_write(port, AHCI_PX_FB, (uint32_t)(bus + FIS_OFF));
	ahci_port_write(port, AHCI_PX_FBU, (uint32_t)((bus + FIS_OFF) >> 32));
	set_command(port, 0, AHCI_PX_CMD_FRE | AHCI_PX_CMD_SUD | AHCI_PX_CMD_POD);
	if (st)
		set_command(port, 0, AHCI_PX_CMD_ST);
	(void)ahci_port_read(port, AHCI_PX_CMD); /* flush the posted writes */
}

enum err ahci_port_stop(struct ahci_port *port)
{
	enum err err;

	if (ahci_port_read(port, AHCI_PX_CMD) == UINT32_MAX)
		return ERR_GONE; /* no value to clear ST in */
	set_command(port, AHCI_PX_CMD_ST, 0);
	err = wait_port(port, AHCI_PX_CMD, AHCI_PX_CMD_CR, 0, AHCI_STOP_US);
	if (err)
		return err;
	set_command(port, AHCI_PX_CMD_FRE, 0);
	return wait_port(port, AHCI_PX_CMD, AHCI_PX_CMD_FR, 0, AHCI_STOP_US);
}

enum err ahci_stop_ports(struct ahci *hba)
{
	enum err first = OK;

	for (unsigned i = 0; i < AHCI_PORTS; i++) {
		enum err err;

		if (!hba->port[i].implemented)
			continue;
		ahci_port_write(&hba->port[i], AHCI_PX_IE, 0);
		err = ahci_port_stop(&hba->port[i]);
		if (!first)
			first = err;
	}
	return first;
}

bool ahci_is_idle(const struct ahci *hba)
{
	const uint32_t runs = AHCI_PX_CMD_ST | AHCI_PX_CMD_CR | AHCI_PX_CMD_FRE | AHCI_PX_CMD_FR;

	for (unsigned i = 0; i < AHCI_PORTS; i++) {
		if (hba->port[i].implemented && ahci_port_read(&hba->port[i], AHCI_PX_CMD) & runs)
			return false;
	}
	return true;
}

enum err ahci_port_comreset(struct ahci_port *port)
{
	uint32_t sctl = ahci_port_read(port, AHCI_PX_SCTL) & ~AHCI_PX_SCTL_DET;

	ahci_port_write(port, AHCI_PX_SCTL, sctl | AHCI_PX_SCTL_DET_COMRESET);
	(void)ahci_port_read(port, AHCI_PX_SCTL); /* flush: the window begins at the port */
	hw_delay_us(port->hba->hw, AHCI_COMRESET_US);
	ahci_port_write(port, AHCI_PX_SCTL, sctl);
	return wait_port(port, AHCI_PX_SSTS, AHCI_PX_SSTS_DET, AHCI_PX_SSTS_DET_READY,
			 AHCI_RESET_US);
}

/*
 * Behind a reset: spin up where CAP.SSS makes the port wait for it, and receive the signature FIS.
 */
static enum err give_memory(struct ahci_port *port)
{
	struct hw *hw = port->hba->hw;

	if (port->dma.cpu)
		return OK;
	return hw->ops->dma_alloc(hw, PORT_DMA_SIZE, 4096, &port->dma);
}

static bool detected(const struct ahci_port *port)
{
	return (ahci_port_read(port, AHCI_PX_SSTS) & AHCI_PX_SSTS_DET) != AHCI_PX_SSTS_DET_NONE;
}

enum err ahci_port_wait_ready(struct ahci_port *port)
{
	enum err err = wait_port(port, AHCI_PX_SSTS, AHCI_PX_SSTS_DET, AHCI_PX_SSTS_DET_READY,
				 AHCI_RESET_US);

	if (err)
		return err;
	ahci_port_write(port, AHCI_PX_SERR, UINT32_MAX); /* DIAG.X holds back PxTFD (sec 10.1.2) */
	return wait_port(port, AHCI_PX_TFD, AHCI_PX_TFD_BSY | AHCI_PX_TFD_DRQ, 0, AHCI_READY_US);
}

/*
 * A device showed itself: let its signature in and name it. A Phy that never comes up, or a drive
 * that stays busy, is dead: it cannot be asked anything.
 */
static enum err meet_drive(struct ahci_port *port)
{
	uint32_t signature;
	enum err err = give_memory(port);

	if (err)
		return err;
	ahci_port_start(port, false);
	port->drive = AHCI_DEAD;
	if (ahci_port_wait_ready(port))
		return OK;
	signature = ahci_port_read(port, AHCI_PX_SIG);
	port->drive = signature == AHCI_PX_SIG_ATA     ? AHCI_ATA
		      : signature == AHCI_PX_SIG_ATAPI ? AHCI_ATAPI
						       : AHCI_OTHER;
	return OK;
}

static void spin_up(struct ahci *hba)
{
	for (unsigned i = 0; i < AHCI_PORTS; i++) {
		if (hba->port[i].implemented)
			set_command(&hba->port[i], 0, AHCI_PX_CMD_SUD | AHCI_PX_CMD_POD);
	}
}

/* One window for all ports together: an empty one is known only by the end of it. */
static void wait_for_devices(struct ahci *hba)
{
	struct hw_timer timer = hw_timer_us(hba->hw, AHCI_DETECT_US);
	bool all = false;

	while (!all && !hw_expired(hba->hw, &timer)) {
		all = true;
		for (unsigned i = 0; i < AHCI_PORTS; i++)
			all = all && (!hba->port[i].implemented || detected(&hba->port[i]));
		hba->hw->ops->relax(hba->hw);
	}
}

enum err ahci_scan(struct ahci *hba)
{
	spin_up(hba);
	wait_for_devices(hba);
	for (unsigned i = 0; i < AHCI_PORTS; i++) {
		struct ahci_port *port = ahci_port_at(hba, i);
		enum err err;

		port->drive = AHCI_EMPTY;
		if (!port->implemented || !detected(port))
			continue;
		err = meet_drive(port);
		if (err)
			return err;
	}
	return ahci_read(hba, AHCI_CAP) == UINT32_MAX ? ERR_GONE : OK;
}

enum err ahci_start_ports(struct ahci *hba)
{
	enum err first = OK;

	spin_up(hba);
	for (unsigned i = 0; i < AHCI_PORTS; i++) {
		struct ahci_port *port = ahci_port_at(hba, i);
		enum err err;

		if (port->drive != AHCI_ATA && port->drive != AHCI_ATAPI)
			continue;
		ahci_port_start(port, false);
		err = ahci_port_wait_ready(port);
		if (!first)
			first = err;
		ahci_port_start(port, true);
	}
	return first;
}

uint8_t *ahci_data(const struct ahci_port *port)
{
	return (uint8_t *)port->dma.cpu + DATA_OFF;
}

static void fill_fis(uint8_t *fis, uint8_t command, uint64_t lba, uint16_t count)
{
	memset(fis, 0, 64);
	fis[0] = FIS_H2D;
	fis[1] = FIS_H2D_C;
	fis[2] = command;
	fis[4] = (uint8_t)lba;
	fis[5] = (uint8_t)(lba >> 8);
	fis[6] = (uint8_t)(lba >> 16);
	fis[7] = command == ATA_READ_DMA_EXT ? 0x40 : 0; /* LBA mode */
	fis[8] = (uint8_t)(lba >> 24);
	fis[9] = (uint8_t)(lba >> 32);
	fis[10] = (uint8_t)(lba >> 40);
	fis[12] = (uint8_t)count;
	fis[13] = (uint8_t)(count >> 8);
}

static void issue(struct ahci_port *port, uint8_t command, uint64_t lba, uint32_t bytes)
{
	uint8_t *mem = port->dma.cpu;
	struct ahci_header *header = (struct ahci_header *)(void *)(mem + LIST_OFF);
	struct ahci_table *table = (struct ahci_table *)(void *)(mem + TABLE_OFF);
	uint64_t table_bus = port->dma.bus + TABLE_OFF, data_bus = port->dma.bus + DATA_OFF;

	memset(table, 0, sizeof(*table));
	memset(ahci_data(port), 0, AHCI_DATA_SIZE);
	fill_fis(table->cfis, command, lba, command == ATA_READ_DMA_EXT ? 1 : 0);
	table->prd[0].dba = (uint32_t)data_bus;
	table->prd[0].dbau = (uint32_t)(data_bus >> 32);
	table->prd[0].dbc = bytes - 1;
	*header = (struct ahci_header){
		.flags = 5, /* CFL: five dwords; W 0: the HBA writes memory, never the drive */
		.prdtl = 1,
		.ctba = (uint32_t)table_bus,
		.ctbau = (uint32_t)(table_bus >> 32),
	};
	port->served = 0;
	port->served_count = 0;
	port->hba->hw->ops->dma_barrier(port->hba->hw);
	ahci_port_write(port, AHCI_PX_CI, 1);
}

void ahci_issue_identify(struct ahci_port *port)
{
	issue(port, ATA_IDENTIFY, 0, 512);
}

void ahci_issue_read(struct ahci_port *port, uint64_t lba)
{
	issue(port, ATA_READ_DMA_EXT, lba, port->sector_size);
}

/*
 * PxIS.IFS is fatal: the HBA has stopped, PxCMD.CR reads 0, PxCI keeps the command (sec 6.2.2).
 */
static bool has_stopped(const struct ahci_port *port)
{
	return !(ahci_port_read(port, AHCI_PX_CMD) & AHCI_PX_CMD_CR);
}

/*
 * PxCI is clear. Some HBAs set PxIS.IFS although the command succeeded; Linux ignores it on those
 * that it lists (AHCI_HFLAG_IGN_IRQ_IF_ERR). Here PxTFD decides.
 */
static enum err judge_done(struct ahci_port *port, bool ifs)
{
	const uint32_t bad = AHCI_PX_TFD_BSY | AHCI_PX_TFD_DRQ | AHCI_PX_TFD_ERR;

	port->hba->hw->ops->dma_barrier(port->hba->hw);
	if (!ifs)
		return OK;
	if (ahci_port_read(port, AHCI_PX_TFD) & bad)
		return ERR_IO;
	port->spurious_ifs++;
	return OK;
}

enum err ahci_wait_done(struct ahci_port *port, uint64_t us)
{
	struct hw *hw = port->hba->hw;
	struct hw_timer timer = hw_timer_us(hw, us);
	bool ifs = false;

	for (;;) {
		bool expired = hw_expired(hw, &timer);
		uint32_t ci = ahci_port_read(port, AHCI_PX_CI);
		uint32_t is = ahci_port_read(port, AHCI_PX_IS), seen = is | port->served;

		if (is == UINT32_MAX)
			return ERR_GONE;
		if (seen & AHCI_PX_IS_ERRORS & ~AHCI_PX_IS_IFS)
			return ERR_IO;
		if (!ifs && seen & AHCI_PX_IS_IFS) {
			ifs = true;
			timer = hw_timer_us(hw, AHCI_IFS_US);
			continue; /* PxCI was read before it */
		}
		if (!(ci & 1))
			return judge_done(port, ifs);
		if (ifs && (expired || has_stopped(port)))
			return ERR_IO;
		if (expired)
			return ERR_TIMEOUT;
		hw->ops->relax(hw);
	}
}

static uint16_t identify_word(const uint8_t *data, unsigned word)
{
	return (uint16_t)(data[word * 2] | data[word * 2 + 1] << 8);
}

/*
 * ATA8-ACS, IDENTIFY DEVICE: words 27-46 model, 83 bit 10 48-bit, 100-103 sectors, 106 and 117-118
 * sector size.
 */
void ahci_parse_identify(struct ahci_port *port)
{
	const uint8_t *data = ahci_data(port);
	uint16_t sizes = identify_word(data, 106);
	unsigned len = 40;

	for (unsigned i = 0; i < 40; i++)
		port->model[i] = (char)data[27 * 2 + (i ^ 1)];
	while (len && (port->model[len - 1] == ' ' || !port->model[len - 1]))
		len--;
	port->model[len] = 0;
	port->sectors = 0;
	port->sector_size = 512;
	if ((identify_word(data, 83) & 0xc400) != 0x4400)
		return;
	for (unsigned i = 0; i < 4; i++)
		port->sectors |= (uint64_t)identify_word(data, 100 + i) << (16 * i);
	if ((sizes & 0xd000) == 0x5000)
		port->sector_size = 2 * (identify_word(data, 117) |
					 (uint32_t)identify_word(data, 118) << 16);
	if (!port->sector_size || port->sector_size > AHCI_DATA_SIZE)
		port->sectors = 0;
}
