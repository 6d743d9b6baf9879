/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * A simulated PC behind the seam (pci/hw.h): ECAM functions and bridges, IOAPICs, local APIC, 8259
 * pair, AHCI HBAs with drives, QEMU's edu, ACPI tables. Written from register descriptions only; it
 * knows no check, no sequence and no driver. Honest unless faults are named.
 *
 * Time is simulated: it moves with every operation at the seam and nowhere else, so a run depends
 * on nothing of the host and repeats exactly. One tick is one nanosecond.
 *
 * A misuse of the seam (misaligned address, a width that the register forbids, an access where no
 * device or no register is) and a run that never ends are the caller's bugs: a line on stderr, then
 * abort(). A function that left, sleeps or does not decode is still a device: it reads all-ones.
 */
#ifndef INTXLAB_TESTS_SIM_SIM_H
#define INTXLAB_TESTS_SIM_SIM_H

#include <stdio.h>

#include "pci/enumerate.h"
#include "pci/hw.h"

struct sim;

struct sim_name {
	const char *name;
	const char *what; /* one line */
};

/* A zero in any field is the default. */
struct sim_config {
	const char *machine; /* one of sim_machines(); default "q35" */
	const char *data; /* instead: a file as tests/data/README.md has it */
	const char *const *faults; /* names of sim_faults(), ended by NULL; default honest */
	bool x2apic; /* firmware switched the local APIC to x2APIC */
	uint16_t command; /* Command of the AHCI functions as firmware leaves it; default 0007h */
	uint64_t back_us; /* one that vanished comes back reset after so long; default never */
	uint64_t dma_base; /* bus address of the first DMA allocation; default below 4 GiB */
	uint32_t access_ns; /* cost of an access; default 100 */
	uint32_t relax_ns; /* cost of relax(); default 1000 */
	uint64_t watchdog; /* operations at the seam before "does not end"; default 200 million */
	void (*text)(void *arg, const char *s, size_t len); /* default: text is dropped */
	void *text_arg;
};

/* NULL, and a line on stderr, when the machine or a fault is unknown, or the file is none. */
struct sim *sim_new(const struct sim_config *config);
/* Frees every DMA allocation and the ACPI tables too. NULL is fine. */
void sim_free(struct sim *sim);

struct hw *sim_hw(struct sim *sim);
/* Valid until sim_free(). */
struct acpi_memory sim_acpi_memory(struct sim *sim);
uint64_t sim_rsdp(struct sim *sim);
/* Root buses as the firmware of a machine from a file names them; NULL and 0: it names none. */
const struct pci_root *sim_roots(struct sim *sim, unsigned *ret_count);

const struct sim_name *sim_machines(unsigned *ret_count);
const struct sim_name *sim_faults(unsigned *ret_count);

/* For sim_config.text, with a FILE * as text_arg. */
void sim_text_to_file(void *file, const char *s, size_t len);

/* Register accesses so far: mmio, port I/O and system registers; not time, not relax(). */
uint64_t sim_access_count(const struct sim *sim);
/*
 * The first AHCI function, or where there is none the first device, leaves with the nth register
 * access (1 is the next one): from then on its configuration space and BARs read all-ones, it
 * drives no line and does no DMA.
 */
void sim_vanish_after(struct sim *sim, uint64_t n);
/*
 * As efi/ does in the end: the DMA memory is firmware's again, which then starts its own driver and
 * so switches Bus Master on everywhere. A port that still runs on that memory, and a bus master
 * that reaches for it in the second behind, end the process.
 */
void sim_free_dma(struct sim *sim);
/*
 * A function's configuration space is other than firmware left it: where, and which function (dev *
 * 8 + fn); false: none is, of those that answer.
 */
bool sim_is_changed(const struct sim *sim, unsigned *ret_devfn, unsigned *ret_off);
/* From here on a pause of relax() is 500 us: a wait that will run out takes less of the host's
 * time. */
void sim_hurry(struct sim *sim);
/* Any command reached a drive whose opcode writes, trims or erases. */
bool sim_disk_was_written(const struct sim *sim);
/* What the devices' registers held as the machine began they hold now, but for one that left. */
bool sim_devices_are_as_found(const struct sim *sim);
/* The 512 bytes at lba of every simulated disk. */
void sim_disk_sector(uint64_t lba, uint8_t data[512]);
/* Sectors of every simulated disk, and its model as IDENTIFY DEVICE gives it, without padding. */
#define SIM_DISK_SECTORS 0x20000000ull
#define SIM_DISK_MODEL "INTXLAB SIMULATED DISK"

/* What a probe on the board would see: the wire-OR at an interrupt controller's input. */
bool sim_line_asserted(const struct sim *sim, uint32_t gsi);
/* Drive one of the ISA inputs IRQ 0-15 (active high) from outside. */
void sim_isa_drive(struct sim *sim, unsigned irq, bool high);
/*
 * From here on an access where no device is reads all-ones or is lost, as on a board; without this
 * it ends the process. Only the id and Command of a function may always be looked for.
 */
void sim_expect_strays(struct sim *sim);
/* From here on any access in [base, base+size) is a page fault, and mmio_is_mapped() is false. */
void sim_unmap(struct sim *sim, uint64_t base, uint64_t size);

#endif
