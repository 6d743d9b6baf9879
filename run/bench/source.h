/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * A function as an interrupt source that can be raised and acknowledged at will, and put back as
 * firmware had it. What kind of device it is, is a row of operations: AHCI, edu.
 */
#ifndef INTXLAB_RUN_BENCH_SOURCE_H
#define INTXLAB_RUN_BENCH_SOURCE_H

#include "drivers/ahci.h"
#include "drivers/edu.h"
#include "run/lab.h"

#define SOURCE_REGISTERS 4
/* After so many events that never came, the device is taken to be dead: every wait costs 5 s. */
#define SOURCE_TIMEOUTS 2

struct source;

/* A register of the device that says what it does about interrupts. 32 bits. */
struct source_register {
	const char *name; /* the field's word: "PxIE" */
	const char *key; /* in the stream: "px_ie" */
	uint64_t at;
	bool is_enable; /* RW, and a check must leave it as it was */
};

struct source_kind {
	const char *name;
	bool (*matches)(const struct pci_fn *fn);
	/* Known Command is set: handoff, reset, what hangs on it. Fills the fields of the source.
	 */
	void (*meet)(struct source *s);
	/* The contracts of source_start() and so on. */
	enum err (*start)(struct source *s);
	enum err (*raise)(struct source *s);
	enum err (*hold)(struct source *s);
	void (*let_go)(struct source *s);
	void (*clear)(struct source *s);
	bool (*handle)(struct source *s);
	bool (*pending)(struct source *s);
	enum err (*ack)(struct source *s);
	enum err (*rest)(struct source *s);
	void (*disarm)(struct source *s);
	bool (*armed)(struct source *s);
	enum err (*revive)(struct source *s);
	enum err (*restore)(struct source *s);
	uint32_t (*identity)(const struct source *s, uint32_t *ret_known);
	unsigned (*registers)(const struct source *s, struct source_register *ret);
};

extern const struct source_kind source_ahci, source_edu;
/* NULL: no kind that can be made to interrupt. Looks at fields of fn only. */
const struct source_kind *source_kind_of(const struct pci_fn *fn);

struct source {
	struct lab *lab;
	const struct pci_fn *fn;
	const struct source_kind *kind;
	bool prepared;
	uint16_t command_found; /* as firmware left it */
	uint16_t msi_found; /* Message Control, 0 without the capability */
	uint16_t msi_cap;
	uint16_t decode; /* Command bits that the BARs need */
	enum err init_err, handoff_err, reset_err, scan_err, stop_err, identify_err;
	bool usable; /* init, reset and scan went well */
	bool ready; /* ... and there is something that can be made to interrupt */
	unsigned timeouts; /* events that did not come */
	/* AHCI */
	struct ahci hba;
	struct ahci_state hba_found;
	bool hba_saved;
	uint64_t reset_us;
	struct ahci_port *port; /* NULL: no drive answers */
	uint32_t held_ie;
	uint8_t lba0[512]; /* of an ATA drive, read before anything else was done */
	/* edu */
	struct edu edu;
	enum err release_err;
	uint16_t command_left, msi_left;
	bool released;
};

/*
 * Once: known Command (decode and Bus Master on, DisINTx and MSI off), then the kind's meet(). What
 * went wrong is in the fields.
 */
void source_prepare(struct source *s, struct lab *lab, const struct pci_fn *fn);
/* A line_source_fn: AHCI PxIS and IS; edu its status, twice. arg is the source. */
void source_registers(void *arg, uint32_t *ret_port_is, uint32_t *ret_hba_is);

/*
 * Command as every recorded kernel found it: decode and Bus Master on, DisINTx and MSI off, the
 * rest as firmware left it.
 */
void source_known_command(struct source *s);
/* The source idle, able to interrupt, nothing pending. Command is left alone. */
MUST_CHECK enum err source_start(struct source *s);
/* Both. */
MUST_CHECK enum err source_arm(struct source *s);
/*
 * Make the device raise its interrupt condition (AHCI: a READ DMA EXT, or IDENTIFY DEVICE that an
 * ATAPI drive aborts; edu: its raise register) and wait until it has. ERR_TIMEOUT: 5 s.
 * ERR_MISMATCH: the command was done, and PxIS shows no event.
 */
MUST_CHECK enum err source_raise(struct source *s);
/* The same with the device's own enable off (AHCI: PxIE), until source_let_go(). */
MUST_CHECK enum err source_hold(struct source *s);
void source_let_go(struct source *s);
/* In a handler: acknowledge. Register accesses only. */
void source_clear(struct source *s);
/* A driver's handler. False: nothing pending, not ours. */
bool source_handle(struct source *s);
/* The device's own word: an interrupt is pending. */
bool source_pending(struct source *s);
/* Acknowledge, and ready for the next event. */
MUST_CHECK enum err source_ack(struct source *s);
/* The whole device at rest: nothing runs, nothing enabled, nothing pending. ERR_TIMEOUT. */
MUST_CHECK enum err source_rest(struct source *s);
/* Not able to interrupt, nothing pending. */
void source_disarm(struct source *s);
bool source_armed(struct source *s);
/* Behind a reset of the function, Command restored: as source_prepare() made it. */
MUST_CHECK enum err source_revive(struct source *s);
/* A register that never changes: what it reads; *ret_known: what it read at first. */
uint32_t source_identity(const struct source *s, uint32_t *ret_known);
/* At most SOURCE_REGISTERS; their number. */
unsigned source_list_registers(const struct source *s, struct source_register *ret);

/* Everything as firmware had it: device, Message Control, Command last; read back. */
void source_release(struct source *s);

#endif
