/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * An AHCI HBA, owned: registers, ports, and the two ATA commands there are here (IDENTIFY DEVICE
 * and READ DMA EXT; nothing in this tree writes to a drive). Source: AHCI 1.3.1. Every wait has the
 * bound named in ahci_regs.h. An HBA that reads all-ones gives ERR_GONE.
 *
 * Decode must be on in Command before any call but ahci_init(); Bus Master for commands.
 */
#ifndef INTXLAB_DRIVERS_AHCI_H
#define INTXLAB_DRIVERS_AHCI_H

#include "drivers/ahci_regs.h"
#include "pci/config.h"

#define AHCI_PORTS 32
#define AHCI_DATA_SIZE 4096

enum ahci_drive { AHCI_EMPTY, AHCI_ATA, AHCI_ATAPI, AHCI_OTHER, AHCI_DEAD };

const char *ahci_drive_name(enum ahci_drive drive);

struct ahci_port {
	struct ahci *hba;
	unsigned index;
	bool implemented;
	enum ahci_drive drive;
	struct hw_dma dma; /* command list, received FIS, command table, data; cpu NULL: none yet */
	volatile uint32_t served; /* PxIS bits that were cleared since the command began */
	volatile unsigned served_count; /* by ahci_irq(), so often */
	unsigned spurious_ifs; /* commands that succeeded with PxIS.IFS set */
	/* From IDENTIFY DEVICE; sectors 0: not identified, or no 48-bit addressing. */
	uint64_t sectors;
	uint32_t sector_size;
	char model[41];
};

/* PCS, Intel's port enables in configuration space: ahci_enables.c. */
struct ahci_enables {
	const struct pci_fn *fn; /* NULL: not one that is known to have them */
	uint16_t found; /* as firmware had them */
	bool put_back; /* a reset has cleared some, and then: */
	uint16_t after_reset, now;
};

struct ahci {
	struct hw *hw;
	const struct pci_fn *fn;
	uint64_t abar;
	uint32_t cap, cap2, pi, version;
	unsigned ae_writes; /* the most that GHC.AE took to read 1 */
	struct ahci_enables enables;
	struct ahci_port port[AHCI_PORTS];
};

/* One of the 32, implemented or not; another index is our own bug. */
static inline struct ahci_port *ahci_port_at(struct ahci *hba, unsigned index)
{
	hw_bug_if(hba->hw, index >= AHCI_PORTS);
	return &hba->port[index];
}

/* What firmware left in the HBA. Ports' registers only where PI has a port. */
struct ahci_state {
	uint32_t ghc;
	struct {
		uint32_t clb, clbu, fb, fbu, ie;
		bool present; /* PxSSTS.DET = 3: a device, and the link is up */
	} port[AHCI_PORTS];
};

/*
 * CAP, PI and VS are read, and can be an HBA's: for a function whose class does not say so. Memory
 * decode must be on.
 */
bool ahci_is_plausible(const struct pci_fn *fn);
/*
 * Some port that PI has shows a device (PxSSTS.DET = 3, or 1: not yet linked). Reads only; memory
 * decode must be on. True where the registers cannot be read: nothing is known then.
 */
bool ahci_shows_device(const struct pci_fn *fn);

static inline uint32_t ahci_read(const struct ahci *hba, unsigned reg)
{
	return hw_read32(hba->hw, hba->abar + reg);
}

static inline void ahci_write(const struct ahci *hba, unsigned reg, uint32_t value)
{
	hw_write32(hba->hw, hba->abar + reg, value);
}

static inline uint32_t ahci_port_read(const struct ahci_port *port, unsigned reg)
{
	return ahci_read(port->hba, AHCI_PORT_BASE + port->index * AHCI_PORT_SIZE + reg);
}

static inline void ahci_port_write(const struct ahci_port *port, unsigned reg, uint32_t value)
{
	ahci_write(port->hba, AHCI_PORT_BASE + port->index * AHCI_PORT_SIZE + reg, value);
}

/*
 * Where ABAR is. ERR_ABSENT: no memory BAR 5, or base 0; ERR_UNSUPPORTED: not mapped. Reads config
 * space only.
 */
MUST_CHECK enum err ahci_init(struct ahci *hba, const struct pci_fn *fn);
/*
 * CAP, PI, VS, CAP2. ERR_GONE: all-ones. ERR_INVALID: PI names no port, or more than CAP.NP says.
 */
MUST_CHECK enum err ahci_identify_hba(struct ahci *hba);
/* ahci_init()'s and ahci_reset()'s: config space only; nothing is written but what a reset took. */
bool ahci_has_enables(const struct pci_fn *fn);
void ahci_note_enables(struct ahci *hba, const struct pci_fn *fn);
void ahci_put_enables_back(struct ahci *hba);
void ahci_save(struct ahci *hba, struct ahci_state *save);
/*
 * Ports stopped, their registers and GHC.IE/AE as saved, read back. ERR_TIMEOUT: a port does not
 * stop; ERR_MISMATCH: a register does not read as saved.
 */
MUST_CHECK enum err ahci_restore(struct ahci *hba, const struct ahci_state *save);

/*
 * BIOS/OS handoff (sec 10.6.3). OK when there is none or it is done; ERR_TIMEOUT: firmware kept
 * BOS.
 */
MUST_CHECK enum err ahci_handoff(struct ahci *hba);
/* VS is one that can be: 0.95 to 1.x (sec 3.1.5). */
bool ahci_has_version(const struct ahci *hba);
/*
 * GHC.AE written until it reads 1, AHCI_AE_WRITES times at most with AHCI_AE_PAUSE_US between, as
 * Linux does (drivers/ata/libahci.c, ahci_enable_ahci()); GHC.IE is 0 afterwards. ERR_MISMATCH: it
 * never did; ERR_GONE.
 */
#define AHCI_AE_WRITES 5
#define AHCI_AE_PAUSE_US 10000
MUST_CHECK enum err ahci_enable(struct ahci *hba);
/*
 * ahci_enable(), then GHC.HR until it reads 0 (ERR_TIMEOUT), then ahci_enable() again, then the
 * port enables as ahci_init() found them. Interrupts are off afterwards (GHC.IE = 0).
 */
MUST_CHECK enum err ahci_reset(struct ahci *hba);
/* GHC.HR was written: until it reads 0, through all-ones if the function itself is there. */
MUST_CHECK enum err ahci_wait_reset(struct ahci *hba);
/*
 * After a reset: find out what hangs on every implemented port (port->drive), memory for the ports
 * that have something. Waits AHCI_DETECT_US once for all ports together, longer only for a port
 * that shows a device.
 */
MUST_CHECK enum err ahci_scan(struct ahci *hba);
/*
 * The same for the ports that a scan found, after another reset. ERR_TIMEOUT: a drive did not come
 * back.
 */
MUST_CHECK enum err ahci_start_ports(struct ahci *hba);
/*
 * PxIE = 0 on every port, then ST and FRE off, bounded; all ports are tried, the first error is
 * returned.
 */
MUST_CHECK enum err ahci_stop_ports(struct ahci *hba);
/* No port has a command list or a FIS receive engine that runs, by one read of each PxCMD. */
bool ahci_is_idle(const struct ahci *hba);
/* PxIS and IS cleared, in the order of sec 10.7, then GHC.IE. */
void ahci_irq_enable(struct ahci *hba, bool on);

/* CLB, FB, FRE; ST when st is set. Needs port->dma. */
void ahci_port_start(struct ahci_port *port, bool st);
MUST_CHECK enum err ahci_port_stop(struct ahci_port *port);
/* After COMRESET and with FRE set: DET = 3, then PxTFD.BSY and DRQ clear. Bounded; ERR_TIMEOUT. */
MUST_CHECK enum err ahci_port_wait_ready(struct ahci_port *port);
/* PxSERR, PxIS, then this port's bit in IS. */
void ahci_port_clear(struct ahci_port *port);
/*
 * PxSCTL.DET = 1 for AHCI_COMRESET_US, then 0; waits for DET = 3, bounded. The port must be
 * stopped.
 */
MUST_CHECK enum err ahci_port_comreset(struct ahci_port *port);

/* Issue on slot 0. lba is ignored by IDENTIFY DEVICE. Bytes land at ahci_data(). */
void ahci_issue_identify(struct ahci_port *port);
void ahci_issue_read(struct ahci_port *port, uint64_t lba);
uint8_t *ahci_data(const struct ahci_port *port);
/*
 * PxCI clear, or an error in PxIS or served. Reads PxCI, PxIS. ERR_IO: the drive or the HBA
 * reported an error; PxIS.IFS is one only if the port has stopped (PxCMD.CR), the command is not
 * done within AHCI_IFS_US of it, or PxTFD is not that of a success. ERR_TIMEOUT.
 */
MUST_CHECK enum err ahci_wait_done(struct ahci_port *port, uint64_t us);
/* The data of an IDENTIFY DEVICE that succeeded, into sectors, sector_size, model. */
void ahci_parse_identify(struct ahci_port *port);

/*
 * The handler's part: for each port in IS read PxIS, write it back, count it; then write IS back
 * (sec 10.7; Linux ahci_single_level_irq_intr()). False: IS was 0, not ours.
 */
bool ahci_irq(struct ahci *hba);

#endif
