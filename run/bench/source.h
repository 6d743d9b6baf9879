/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * A function as an interrupt source that can be raised and acknowledged at will, and put back as
 * firmware had it. What kind of device it is, is a row of operations; a kind's registers and state
 * are its own file's (source_ahci.c, source_edu.c).
 */
#ifndef INTXLAB_RUN_BENCH_SOURCE_H
#define INTXLAB_RUN_BENCH_SOURCE_H

#include "drivers/owner_managed.h"
#include "pci/ready.h"
#include "run/lab.h"

/* I/O, memory, Bus Master, DisINTx: what drivers own. The other bits stay as firmware left them. */
#define COMMAND_JUDGED 0x0407
#define SOURCE_REGISTERS 4
/* Room for the state of any kind; each asserts that its own fits. */
#define SOURCE_STATE 16384
/* After so many events that never came, the device is taken to be dead: every wait costs 5 s. */
#define SOURCE_TIMEOUTS 2
/* Within this the managed driver's work must be served. */
#define SOURCE_WORK_US 5000000

/* Of kinds, and of a function that shows that there is nothing to interrupt with. */
enum source_rank {
	SOURCE_RANK_AHCI = 1,
	SOURCE_RANK_NVME,
	SOURCE_RANK_NETWORK,
	SOURCE_RANK_XHCI,
	SOURCE_RANK_OTHER,
	SOURCE_RANK_LAST,
};

struct source;

/* In the end; SOURCE_ASLEEP: its configuration space answers, but it does not leave D3hot. */
enum source_presence { SOURCE_UNKNOWN, SOURCE_GONE, SOURCE_ASLEEP, SOURCE_THERE };

/* A register of the device that says what it does about interrupts; to read it changes nothing. */
struct source_register {
	const char *name; /* the field's word: "PxIE" */
	const char *key; /* in the stream: "px_ie" */
	uint64_t at;
	bool is_enable; /* RW, and a check must leave it as it was */
	uint8_t bytes; /* 1, 2 or 4; 0: 4 */
	/* An enable whose bits are set by writing 1 at `at`, and cleared by writing 1 here. 0:
	 * plain */
	uint64_t clear_at;
};

struct source_kind {
	const char *name;
	/*
	 * Taken unasked in this order, the smallest first; 0: only when it is named, as what is
	 * part of an emulator only.
	 */
	unsigned rank;
	/* By reads alone: there is something to interrupt with. NULL: there always is. */
	bool (*is_promising)(const struct pci_fn *fn);
	const char *remedy; /* what to do where it cannot be made to interrupt; may be NULL */
	const char *unreachable; /* a sentence: its registers do not answer as they must */
	bool (*matches)(const struct pci_fn *fn);
	/* The same of a function that somebody named; may read its registers. NULL: no more. */
	bool (*matches_named)(const struct pci_fn *fn);
	/*
	 * Known Command is set: handoff, reset, what hangs on it. Fills init_err, usable, ready and
	 * why, and its own state.
	 */
	void (*meet)(struct source *s);
	/* The contracts of source_start() and so on. */
	enum err (*start)(struct source *s);
	void (*begin)(struct source *s);
	enum err (*finish)(struct source *s);
	void (*mask)(struct source *s); /* NULL: it has no enable of its own */
	void (*unmask)(struct source *s);
	void (*clear)(struct source *s); /* NULL: handle() */
	bool (*handle)(struct source *s);
	/*
	 * A message that was sent is the end of what INTx would assert: MSI turned off behind it
	 * hands nothing back. Says who says so; NULL: the condition stays.
	 */
	const char *message_ends;
	bool (*pending)(struct source *s); /* NULL: it shows none, or to look is to acknowledge */
	enum err (*ack)(struct source *s);
	enum err (*rest)(struct source *s);
	void (*disarm)(struct source *s);
	enum err (*reset)(struct source *s); /* NULL: none by a register of its own */
	/* source_revive(); NULL: reset, or rest where there is none. */
	enum err (*revive)(struct source *s);
	enum err (*restore)(struct source *s);
	/* Its engines do not run, by read-back: no DMA can come of it. NULL: it was given no
	 * memory. */
	bool (*is_idle)(const struct source *s);
	/* It cannot be made to interrupt any more: nobody is to wait for it. NULL: nothing to do.
	 */
	void (*lose)(struct source *s);
	uint32_t (*identity)(const struct source *s, uint32_t *ret_known);
	unsigned (*registers)(const struct source *s, struct source_register *ret);
	/* NULL: what source_managed.c makes of the operations above. */
	enum err (*unheard)(struct source *s);
	const struct managed_ops *managed;
	void *(*managed_arg)(struct source *s);
	enum err (*work)(struct source *s, const struct owner_managed *owner, bool again,
			 uint64_t us);
};

extern const struct source_kind source_kind_ahci;
extern const struct source_kind source_kind_edu;
extern const struct source_kind source_kind_sdhci;
extern const struct source_kind source_kind_e1000;
extern const struct source_kind source_kind_nvme;
extern const struct source_kind source_kind_xhci;
extern const struct source_kind source_kind_i8255x;
extern const struct source_kind source_kind_rtl;
extern const struct source_kind source_kind_ehci;
extern const struct source_kind source_kind_ohci;
/* NULL: no kind that can be made to interrupt. Looks at fields of fn only. */
const struct source_kind *source_kind_of(const struct pci_fn *fn);
/* The same of a function that somebody named: what its registers say counts too. */
const struct source_kind *source_kind_named(const struct pci_fn *fn);
/* RAID mode: by its class only, whatever is behind its BARs; Intel VMD has it too and is not. */
bool source_is_raid(const struct pci_fn *fn);

struct source {
	struct lab *lab;
	const struct pci_fn *fn;
	const struct source_kind *kind;
	bool prepared;
	uint16_t command_found; /* as firmware left it */
	uint16_t msi_found; /* Message Control, 0 without the capability */
	uint16_t msi_cap;
	uint16_t msix_found; /* Message Control of MSI-X, 0 without the capability */
	uint16_t msix_cap;
	uint16_t decode; /* Command bits that the BARs need */
	enum err init_err; /* the kind's registers do not answer */
	bool usable; /* init, reset and the rest of meet() went well */
	bool ready; /* ... and there is something that can be made to interrupt */
	bool lost; /* not ready, and that is our doing: an ERROR */
	const char *why; /* a sentence, of what is not usable or not ready */
	unsigned timeouts; /* events that did not come */
	enum err release_err;
	uint16_t command_left, msi_left, msix_left;
	bool released;
	char lost_why[96]; /* why, where a reset of ours lost it */
	struct pci_snapshot found; /* configuration space as firmware left it */
	struct pci_put_back config; /* what became of that in the end */
	enum source_presence presence; /* as recover_function() found it */
	bool left; /* ... and it had left before */
	uint64_t looked_us; /* ... and was looked for so long */
	const char *dma_kept; /* a sentence: why it may still master. NULL: it cannot */
	_Alignas(uint64_t) uint8_t state[SOURCE_STATE]; /* the kind's own */
};

/*
 * Once: known Command (decode and Bus Master on, DisINTx, MSI and MSI-X off), then the kind's
 * meet(). What went wrong is in the fields.
 */
void source_prepare(struct source *s, struct lab *lab, const struct pci_fn *fn);

/*
 * Command as every recorded kernel found it: decode and Bus Master on, DisINTx, MSI and MSI-X off,
 * the rest as firmware left it. Linux switches off what firmware left on of the two when it
 * enumerates (pci_msi_init(), pci_msix_init()).
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
/*
 * The two halves of it. Begun, the event comes by itself: a command's time later (AHCI), or at once
 * (edu). Register accesses only.
 */
void source_begin(struct source *s);
MUST_CHECK enum err source_finish(struct source *s);
/* The device has a mask of its own, that holds an event back and lets it out: AHCI's PxIE. */
bool source_has_mask(const struct source *s);
void source_mask(struct source *s);
void source_unmask(struct source *s);
/*
 * source_raise() with the device's own enable off, until source_let_go(). Without one the event is
 * raised when it is let go.
 */
MUST_CHECK enum err source_hold(struct source *s);
void source_let_go(struct source *s);
/* In a handler: acknowledge. Register accesses only. */
void source_clear(struct source *s);
/* A driver's handler. False: nothing pending, not ours. */
bool source_handle(struct source *s);
/*
 * The device's own word: an interrupt is pending, by a register that can be read without
 * acknowledging; only where it has one.
 */
bool source_shows_event(const struct source *s);
bool source_pending(struct source *s);
/* Acknowledge, and ready for the next event. */
MUST_CHECK enum err source_ack(struct source *s);
/* The whole device at rest: nothing runs, nothing enabled, nothing pending. ERR_TIMEOUT. */
MUST_CHECK enum err source_rest(struct source *s);
/* Not able to interrupt, nothing pending. */
void source_disarm(struct source *s);
bool source_has_reset(const struct source *s);
/*
 * A reset by a register of the device's own; then as source_prepare() made it: source_start()
 * works, nothing is enabled, nothing pending. Bus Master may be off, but for kinds with a driver's
 * ways of their own (AHCI). ERR_TIMEOUT: it does not end.
 */
MUST_CHECK enum err source_reset(struct source *s);
/*
 * Behind a reset of the function, Command restored, and a managed driver's reset as it takes the
 * device from whoever had it: as source_reset() leaves it, by the kind's own way where it has one.
 */
MUST_CHECK enum err source_revive(struct source *s);
/* A register that never changes: what it reads; *ret_known: what it read at first. */
uint32_t source_identity(const struct source *s, uint32_t *ret_known);
/* At most SOURCE_REGISTERS; their number. */
unsigned source_list_registers(const struct source *s, struct source_register *ret);
uint32_t source_read_register(struct hw *hw, const struct source_register *reg);
void source_write_register(struct hw *hw, const struct source_register *reg, uint32_t value);

/*
 * The function and a managed driver (source_managed.c). Bound, it works by interrupt: once, or with
 * AHCI as many commands as there are sectors to read; each must be served by the driver's handler
 * within us. again: what is read must be what was read before (ERR_MISMATCH).
 */
MUST_CHECK enum err source_bind(struct source *s, struct owner_managed *owner, struct pci_dev *dev,
				struct line *line);
MUST_CHECK enum err source_bind_shared(struct source *s, struct owner_managed *owner,
				       struct pci_dev *dev, struct line *line);
MUST_CHECK enum err source_work(struct source *s, const struct owner_managed *owner, bool again,
				uint64_t us);
/*
 * With source_has_mask(): from rest, an event with the device's own enable off, which nobody may
 * hear (AHCI: COMRESET with PxIE = 0). source_ack() ends it.
 */
MUST_CHECK enum err source_unheard(struct source *s);

/*
 * It does not come back from a reset of ours, in the check of that id: an ERROR for whoever needs
 * it, and nobody's fault but that check's.
 */
void source_lose(struct source *s, const char *id);

/*
 * Everything as firmware had it: configuration space, device, Message Control, Command last; read
 * back. One whose engines do not stop is left without Bus Master.
 */
void source_release(struct source *s);

#endif
