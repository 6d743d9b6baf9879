/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * What the parts of the simulated machine know of each other. Register constants are the
 * simulator's own, from the specifications, so that a wrong constant in the product meets a
 * different number here.
 */
#ifndef INTXLAB_TESTS_SIM_SIM_INTERNAL_H
#define INTXLAB_TESTS_SIM_SIM_INTERNAL_H

#include <setjmp.h>

#include "tests/sim/sim.h"
#include "tests/sim/sim_faults.h"

#define SIM_NEVER UINT64_MAX
#define SIM_US 1000ull
#define SIM_MS 1000000ull

/* Something that happens at a simulated time. Lives in its owner; registered once. */
struct sim_event {
	uint64_t at; /* SIM_NEVER: not armed */
	void (*fn)(void *arg);
	void *arg;
	struct sim_event *next;
};

void sim_event_init(struct sim *sim, struct sim_event *event, void (*fn)(void *arg), void *arg);
void sim_event_arm(struct sim *sim, struct sim_event *event, uint64_t delay_ns);
void sim_event_cancel(struct sim *sim, struct sim_event *event);

/* PCI: sim_pci.c */

#define SIM_MAX_FUNCTIONS 160
#define SIM_MAX_ECAMS 16

enum {
	CMD_IO = 0x0001,
	CMD_MEM = 0x0002,
	CMD_MASTER = 0x0004,
	CMD_DISINTX = 0x0400,
};

struct sim_fn;
struct sim_device;

#define SIM_SNAPSHOT 16

/* Registers behind a memory BAR; only naturally aligned accesses come here. */
struct sim_bar_ops {
	uint64_t (*read)(struct sim_fn *fn, uint32_t off, enum hw_width width);
	void (*write)(struct sim_fn *fn, uint32_t off, enum hw_width width, uint64_t value);
	void (*reset)(struct sim_fn *fn); /* of the function as a whole */
	void (*config_written)(struct sim_fn *fn, unsigned off, unsigned width); /* or NULL */
};

struct sim_fn {
	struct sim *sim;
	struct sim_fn *parent; /* the bridge that it stands behind; NULL on a root bus */
	uint16_t segment;
	uint8_t root_bus; /* of a function without a parent */
	uint8_t dev, fn;
	uint8_t cfg[4096], writable[4096], rw1c[4096];
	uint16_t msi_cap, msix_cap; /* 0: none */
	uint16_t pm_cap, af_cap; /* 0: none */
	uint8_t ht_mapping; /* HyperTransport MSI mapping; 0: none */
	bool slept; /* PMCSR was not D0 at the last write */
	bool bends; /* the faults of the machine apply to it */
	uint8_t wire_pin; /* what it is wired to, 1-4, whatever its register says; 0: nothing */
	bool has_gsi; /* its wire ends at gsi, wherever it stands */
	uint32_t gsi;
	uint64_t ready_at; /* until then its IDs read as Request Retry Status */
	uint64_t away_until; /* until then it reads all-ones, in the middle of a reset */
	uint64_t awake_at; /* until then PMCSR says D3hot, D0 though it was told */
	struct sim_event comes_back; /* at one of the three, or one that vanished */
	bool gone;
	bool lost_bars; /* it was reset by nobody's wish: its addresses are still asked */
	bool mute; /* a reset killed it: no FIS passes between a port and its drive */
	bool garbles; /* ... or every command ends in an interface error */
	uint8_t cfg_found[256]; /* cfg as firmware left it */
	bool intx_pending; /* inside the function, whatever Command says */
	bool intx_gated; /* intx_pending as far as Command and MSI let it out */
	bool intx_wire; /* what it drives */
	bool outdone; /* line.last-driver-wins: another on the line has let go since */
	struct sim_event wire_falls; /* of a fault that lets it fall by itself */
	/* what the faults of sim_bend.c remember */
	bool status_cleared, status_latched, ghost;
	unsigned assertions;
	/* of sim_bend_command.c; the counts are since Command[2] last changed */
	unsigned disintx_sets, disintx_clears;
	bool master_rose, status_by_master;
	struct sim_event disintx_falls, master_rises;
	/* of sim_bend_hba.c */
	unsigned commands;
	bool silenced, status_missed, hba_off, deaf;
	uint64_t status_until;
	/* of sim_bend_msi.c */
	bool msi_on, msi_sent, msi_lost, msi_stale, msi_dead, began_masked;
	unsigned mem_bar; /* the one with registers behind it */
	uint32_t mem_size; /* 0: none */
	uint32_t mem_base; /* as firmware assigned it, whatever the BAR says since */
	const struct sim_bar_ops *ops;
	void *device;
	void *own_device; /* the same where it is freed with the function */
	const struct sim_device *row; /* of what stands there; may be NULL */
	uint32_t found[SIM_SNAPSHOT]; /* its registers as the machine began */
};

/*
 * base is bus 0's, as in the MCFG. An access to a bus of its 256 MiB that no ECAM of the machine
 * covers is the caller's bug: on a board that address is somebody else's.
 */
struct sim_ecam {
	uint64_t base;
	uint16_t segment;
	uint8_t bus_first, bus_last;
};

uint8_t sim_cfg_get8(const struct sim_fn *fn, unsigned off);
uint16_t sim_cfg_get16(const struct sim_fn *fn, unsigned off);
uint32_t sim_cfg_get32(const struct sim_fn *fn, unsigned off);
void sim_cfg_set8(struct sim_fn *fn, unsigned off, uint8_t value);
void sim_cfg_set16(struct sim_fn *fn, unsigned off, uint16_t value);
void sim_cfg_set32(struct sim_fn *fn, unsigned off, uint32_t value);
void sim_cfg_writable16(struct sim_fn *fn, unsigned off, uint16_t mask);
void sim_cfg_writable32(struct sim_fn *fn, unsigned off, uint32_t mask);

/* A function with the header fields that all types have; added to the machine. */
struct sim_fn *sim_fn_add(struct sim *sim, struct sim_fn *parent, unsigned dev, unsigned fn,
			  uint32_t id, uint32_t class_revision);
void sim_fn_make_bridge(struct sim_fn *fn, uint8_t primary, uint8_t secondary, uint8_t subordinate);
/* A PCI Express capability of that port type at off; it must be the last of the list. */
void sim_fn_add_express(struct sim_fn *fn, uint8_t off, unsigned type);
/* A one-vector MSI-X capability at off, enabled, the last of the list. Nobody sends by it. */
void sim_fn_add_msix(struct sim_fn *fn, uint8_t off);
/* The list of capabilities begins at off. */
void sim_fn_add_list(struct sim_fn *fn, uint8_t off);
/* A one-message MSI capability at off that points on to next. */
void sim_fn_add_msi(struct sim_fn *fn, uint8_t off, uint8_t next, bool is_64);
void sim_fn_add_bar(struct sim_fn *fn, unsigned index, uint32_t size, uint32_t address, bool io);

/* The device's own word on its condition; the gates of Command and MSI follow. */
void sim_fn_set_pending(struct sim_fn *fn, bool pending);
void sim_fn_update_intx(struct sim_fn *fn);
void sim_fn_vanish(struct sim_fn *fn);
bool sim_fn_msi_enabled(const struct sim_fn *fn);
bool sim_fn_msix_enabled(const struct sim_fn *fn);
void sim_fn_drive(struct sim_fn *fn, bool asserted);
/* Power Management at pm, then Advanced Features at af, which ends the list. */
void sim_fn_add_power(struct sim_fn *fn, uint8_t pm, uint8_t af, bool no_soft_reset);
bool sim_fn_is_awake(const struct sim_fn *fn);
/* It is gone, or in the middle of a reset: nothing of it answers. */
bool sim_fn_is_away(const struct sim_fn *fn);
/* Once at the end: how firmware leaves it. */
void sim_power_init(struct sim_fn *fn);
/* Its link went down and comes back: it vanished for so long, and was reset. */
void sim_power_return(struct sim_fn *fn, uint64_t delay_ns);
/* What the byte at off reads beside what it holds. */
uint8_t sim_power_state(const struct sim_fn *fn, unsigned off);
/* Behind every write of configuration space. */
void sim_power_write(struct sim_fn *fn);
/* The memory write of message 0; lost when the function may not master. */
void sim_fn_send_msi(struct sim_fn *fn);
/* Bus Master is on here and in every bridge above. */
bool sim_fn_may_master(const struct sim_fn *fn);

/* False: nothing here claims the address. */
bool sim_pci_read(struct sim *sim, uint64_t addr, enum hw_width width, uint64_t *ret_value);
bool sim_pci_write(struct sim *sim, uint64_t addr, enum hw_width width, uint64_t value);
void sim_pci_init(struct sim *sim);
void sim_pci_add_ecams(struct sim *sim);
/* Of an access that nothing claimed: a function stands there, only that it does not answer now. */
bool sim_pci_is_silent(struct sim *sim, uint64_t addr, enum hw_width width, bool write);

/* Configuration space by CF8h and CFCh: sim_ports.c. False: another port. */
bool sim_ports_read(struct sim *sim, uint16_t port, enum hw_width width, uint32_t *ret_value);
bool sim_ports_write(struct sim *sim, uint16_t port, enum hw_width width, uint32_t value);

/* Wires: sim_wires.c */

#define SIM_MAX_GSIS 64

/* INTA-INTD of a root-bus device to the GSIs it is wired to; SIM_NO_GSI fills up. */
#define SIM_NO_GSI UINT32_MAX
void sim_root_gsis(const struct sim *sim, uint16_t segment, unsigned dev, unsigned pin,
		   uint32_t gsi[2]);
/* The GSIs that a function's INTx ends at, through the bridges above it. */
void sim_fn_gsis(const struct sim_fn *fn, uint32_t gsi[2]);
/* Behind a change of what the function drives. */
void sim_wires_driven(struct sim_fn *fn);
void sim_wires_update(struct sim *sim);
/* An entry of an IOAPIC was written. */
void sim_wires_masked(struct sim *sim);
/* How firmware describes the input: the electrical level that means asserted. */
bool sim_gsi_active_high(const struct sim *sim, uint32_t gsi);

/* DMA: sim_dma.c */

struct sim_dma {
	void *block; /* what malloc() gave */
	struct hw_dma dma;
	struct sim_dma *next;
};

enum err sim_dma_alloc(struct hw *hw, size_t size, size_t align, struct hw_dma *ret_dma);
void sim_dma_free(struct sim *sim);
/* False: nothing was allocated there, or it was freed. */
bool sim_dma_covers(const struct sim *sim, uint64_t bus);

enum sim_bus { SIM_BUS_OK, SIM_BUS_STALLED, SIM_BUS_ABORT };

/*
 * A bus master's access. STALLED: Bus Master is off, nothing was asked. ABORT: nobody at the
 * address.
 */
enum sim_bus sim_dma_read(struct sim_fn *fn, uint64_t bus, void *data, size_t len);
enum sim_bus sim_dma_write(struct sim_fn *fn, uint64_t bus, const void *data, size_t len);

/* IOAPIC: sim_ioapic.c */

#define SIM_MAX_IOAPICS 20
#define SIM_MAX_PINS 32

struct sim_ioapic {
	struct sim *sim;
	uint64_t address;
	uint32_t gsi_base;
	unsigned pins;
	uint8_t id, index;
	bool dead; /* reads all-ones */
	uint64_t rte[SIM_MAX_PINS];
	bool edge_latch[SIM_MAX_PINS]; /* an edge that the destination has not accepted yet */
	bool level[SIM_MAX_PINS]; /* as wired, logical */
	/* what the faults remember */
	bool pulse_latched[SIM_MAX_PINS], late[SIM_MAX_PINS], deaf[SIM_MAX_PINS];
	bool leaks[SIM_MAX_PINS];
	bool in_eoi;
};

void sim_ioapic_init(struct sim *sim, uint64_t address, uint32_t gsi_base, unsigned pins);
void sim_ioapic_set(struct sim_ioapic *ioapic, unsigned pin, uint64_t rte);
bool sim_ioapic_read(struct sim *sim, uint64_t addr, enum hw_width width, uint64_t *ret_value);
bool sim_ioapic_write(struct sim *sim, uint64_t addr, enum hw_width width, uint64_t value);
void sim_ioapic_line(struct sim *sim, uint32_t gsi, bool asserted);
bool sim_ioapic_is_masked(const struct sim *sim, uint32_t gsi);
void sim_ioapic_eoi(struct sim *sim, unsigned vector);
/* Offer again what the local APIC refused before. */
void sim_ioapic_retry(struct sim *sim);

/* Local APIC: sim_lapic.c */

enum sim_lvt { LVT_TIMER, LVT_THERMAL, LVT_PERF, LVT_LINT0, LVT_LINT1, LVT_ERROR, LVT_COUNT };

struct sim_lapic {
	uint64_t base_msr;
	bool has_x2apic;
	uint32_t id, tpr, ldr, dfr, svr, esr, esr_latch;
	uint64_t icr;
	uint32_t lvt[LVT_COUNT], timer_initial, timer_divide;
	uint32_t irr[8], isr[8], tmr[8];
};

void sim_lapic_init(struct sim *sim, bool has_x2apic);
bool sim_lapic_read(struct sim *sim, uint64_t addr, enum hw_width width, uint64_t *ret_value);
bool sim_lapic_write(struct sim *sim, uint64_t addr, enum hw_width width, uint64_t value);
bool sim_lapic_waits(const struct sim *sim, unsigned vector);
/* False: no such register (the CPU takes #GP). */
bool sim_lapic_read_msr(struct sim *sim, uint32_t reg, uint64_t *ret_value);
bool sim_lapic_write_msr(struct sim *sim, uint32_t reg, uint64_t value);
/* A message of the interrupt bus; false when this APIC does not take it. */
bool sim_lapic_message(struct sim *sim, unsigned dest, bool logical, unsigned mode, unsigned vector,
		       bool level);
/* LINT0 lets the 8259's request through to the CPU. */
bool sim_lapic_extint_open(const struct sim *sim);
/* The vector that the CPU would take now, -1 for none; taking it moves it from IRR to ISR. */
int sim_lapic_next(const struct sim *sim);
void sim_lapic_take(struct sim *sim, unsigned vector);
unsigned sim_lapic_requests(const struct sim *sim);

/* 8259 pair with ELCR: sim_pic.c */

struct sim_pic_chip {
	uint8_t irr, isr, imr, elcr, elcr_writable, base;
	uint8_t lines; /* inputs, high = asserted */
	uint8_t icw; /* initialization word expected next; 0: none */
	bool icw4; /* ICW1 announced an ICW4 */
	bool read_isr; /* OCW3 */
	bool auto_eoi;
};

struct sim_pic {
	struct sim_pic_chip chip[2];
};

void sim_pic_init(struct sim *sim);
bool sim_pic_read(struct sim *sim, uint16_t port, enum hw_width width, uint32_t *ret_value);
bool sim_pic_write(struct sim *sim, uint16_t port, enum hw_width width, uint32_t value);
void sim_pic_line(struct sim *sim, unsigned irq, bool high);
bool sim_pic_intr(const struct sim *sim);
/* The acknowledge cycle: the vector, IRQ 7's (or 15's) when nothing asks any more. */
unsigned sim_pic_ack(struct sim *sim);

/* Drives and HBA: sim_disk.c, sim_ahci.c, sim_port.c */

enum sim_drive { DRIVE_NONE, DRIVE_DISK, DRIVE_ATAPI, DRIVE_DEAD, DRIVE_UNREADABLE };

enum sim_transfer { ATA_NO_DATA, ATA_PIO_IN, ATA_DMA_IN, ATA_FAILED, ATA_SILENT };

struct sim_ata_result {
	enum sim_transfer transfer;
	uint8_t status, error;
	bool is_identify;
	uint64_t lba;
	uint32_t sectors;
	uint8_t signature[4]; /* count, LBA low, mid, high of the final FIS */
};

void sim_ata_command(struct sim *sim, enum sim_drive drive, const uint8_t cfis[64],
		     struct sim_ata_result *ret_result);
/* Sector number index of the command's data. */
void sim_ata_data(enum sim_drive drive, const struct sim_ata_result *result, uint32_t index,
		  uint8_t data[512]);
uint32_t sim_ata_signature(enum sim_drive drive);

#define SIM_PORTS 32 /* that an HBA may have; which it has, PI says */

struct sim_ahci;

enum sim_link { LINK_COMINIT, LINK_READY, LINK_SIGNATURE };
enum sim_engine { ENGINE_IDLE, ENGINE_FETCH, ENGINE_EXECUTE, ENGINE_HALTED };

struct sim_port {
	struct sim_ahci *hba;
	unsigned index;
	enum sim_drive drive;
	uint32_t clb, clbu, fb, fbu, is, ie, cmd, tfd, sig, ssts, sctl, serr, ci;
	enum sim_link link;
	bool signature_waits; /* received, not yet let into PxTFD and memory */
	bool in_srst;
	uint64_t comreset_at; /* PxSCTL.DET became 1 */
	enum sim_engine engine;
	unsigned slot;
	uint32_t header[4];
	uint8_t cfis[64];
	struct sim_event ev_cr, ev_fr, ev_link, ev_engine;
	/* of sim_bend_hba.c */
	unsigned d2h_count;
	struct sim_event ev_expire;
};

struct sim_ahci {
	struct sim *sim;
	struct sim_fn *fn;
	uint32_t ghc, is, pi, cap2, bohc;
	uint32_t msi_seen; /* IS as the last message told it */
	uint32_t is_held; /* hba.is-write-wins: not set again while the condition holds */
	bool deaf, ae_lost; /* of sim_bend_hba.c */
	unsigned ae_takes,
		ae_written; /* CAP.SAM is 0 and AE reads 1 from this write on; 0: SAM is 1 */
	bool has_pcs; /* a port that is not enabled at 92h has no link */
	struct sim_event ev_reset, ev_handoff;
	struct sim_port port[SIM_PORTS];
};

struct sim_ahci *sim_ahci_add(struct sim *sim, struct sim_fn *fn, bool bios_owned, bool sparse);
/* Port conditions changed, or software cleared bits of IS. */
void sim_ahci_update(struct sim_ahci *hba, bool cleared);
void sim_port_init(struct sim_ahci *hba, unsigned index);
/*
 * Put a drive in with the link up and the state that firmware leaves; running: ST and FRE still
 * set.
 */
void sim_port_plug(struct sim_port *port, enum sim_drive drive, bool running);
bool sim_ahci_port_enabled(const struct sim_port *port);
/* GHC.HR: all but CLB, FB and HwInit bits; then the COMRESET that ends it. */
void sim_port_reset(struct sim_port *port);
void sim_port_link_start(struct sim_port *port);
uint32_t sim_port_read(struct sim_port *port, uint32_t off);
void sim_port_write(struct sim_port *port, uint32_t off, uint32_t value);
uint32_t sim_port_is(const struct sim_port *port);
/* The command engine, sim_engine.c. */
void sim_engine_run(void *arg);
void sim_engine_kick(struct sim_port *port);
/* Post a received FIS of len bytes at off of the FIS receive area. */
enum sim_bus sim_port_post_fis(struct sim_port *port, unsigned off, const uint8_t *fis, size_t len);

/* ACPI tables: sim_acpi.c */

struct sim_data; /* sim_data.h */

#define SIM_MAX_TABLES 8

struct sim_table {
	uint64_t phys;
	uint8_t *bytes; /* an allocation of its own: a read beyond is seen by the sanitizer */
	size_t len;
};

void sim_acpi_build(struct sim *sim);
/* The same with tables that were read from a file, as they are there. */
void sim_acpi_build_from(struct sim *sim, const struct sim_data *data);
void sim_acpi_free(struct sim *sim);

/* The whole: sim.c; the seam's operations: sim_seam.c; time: sim_time.c */

struct sim_guard {
	jmp_buf env;
	struct sim_guard *outer;
};

#define SIM_MAX_UNMAPPED 4
#define SIM_MAX_POSTED 16
#define SIM_MAX_AHCIS 2

struct sim_machine; /* sim_machine.h */

struct sim {
	struct hw hw; /* first: the handle is the machine */
	struct sim_config config;
	const struct sim_machine *machine;
	struct sim_data *data; /* NULL: the machine is one of sim_machines() */
	bool fault[SIM_FAULT_COUNT];

	uint64_t now, operations, accesses, vanish_at;
	struct sim_event *events;
	uint64_t next_event;

	bool irq_on;
	hw_irq_fn *irq_fn;
	void *irq_arg;
	struct sim_guard *guard;
	struct hw_fault exception; /* what ended the last guard */

	unsigned ecam_count, fn_count, ioapic_count, ahci_count, table_count, unmapped_count;
	struct sim_ecam ecam[SIM_MAX_ECAMS];
	struct sim_fn *fn[SIM_MAX_FUNCTIONS];
	struct sim_ioapic ioapic[SIM_MAX_IOAPICS];
	struct sim_ahci *ahci[SIM_MAX_AHCIS];
	struct sim_table table[SIM_MAX_TABLES];
	struct {
		uint64_t base, size;
	} unmapped[SIM_MAX_UNMAPPED];
	/* Writes to a function's registers that are under way; a read of any function pushes them.
	 */
	struct {
		struct sim_fn *fn;
		uint32_t off;
		enum hw_width width;
		uint64_t value;
	} posted[SIM_MAX_POSTED];
	unsigned posted_count;
	struct sim_event posted_arrive;
	struct sim_lapic lapic;
	struct sim_pic pic;
	uint32_t config_address; /* CF8h */
	bool by_ports; /* the write under way came through CFCh */
	uint64_t gsi_asserted; /* one bit a GSI */
	uint16_t isa_high;

	struct sim_dma *dma;
	bool dma_freed; /* as by efi/ in the end: whoever masters into it is a hard error */
	uint64_t next_bus;
	bool disk_written;
	bool strays_expected;
};

_Static_assert(offsetof(struct sim, hw) == 0, "sim_hw() and its inverse are casts");

/* A fault of the machine, as far as it bends this function. */
static inline bool sim_has_fault(const struct sim_fn *fn, enum sim_fault fault)
{
	return fn->bends && fn->sim->fault[fault];
}

extern const struct hw_ops sim_hw_ops;

/* Every operation at the seam passes here. */
void sim_pass_time(struct sim *sim, uint64_t ns);
bool sim_fault_arm(struct sim *sim, const char *name);
/* Memory of the machine itself; out of it: abort. */
void *sim_calloc(size_t size);
/* A misuse of the seam. Does not return. */
void sim_abuse(const char *what, uint64_t addr, unsigned width) __attribute__((noreturn));
/* An access that nobody answers: a misuse, too, unless the test expects it. */
void sim_stray(const struct sim *sim, const char *what, uint64_t addr, unsigned width);
/* The CPU takes an exception: ends the innermost guard, or the process. */
void sim_exception(struct sim *sim, unsigned vector, uint64_t address) __attribute__((noreturn));

#endif
