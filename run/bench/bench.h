/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * What the checks stand on: the function under test brought into a known state, as an interrupt
 * source that can be raised and acknowledged at will, and its line. Made ready once, when the first
 * check needs it; given back as firmware had it by bench_release().
 */
#ifndef INTXLAB_RUN_BENCH_BENCH_H
#define INTXLAB_RUN_BENCH_BENCH_H

#include "drivers/line.h"
#include "drivers/passthrough.h"
#include "pci/quirk.h"
#include "run/bench/registers.h"
#include "run/bench/source.h"
#include "run/bench/upstream.h"
#include "run/check.h"

/* A raised line is delivered well within: IOAPIC and MSI writes take under 10 us. */
#define BENCH_DELIVERY_US 1000
/* "Nothing came": this window, twenty times what a delivery takes. */
#define BENCH_QUIET_US 200
#define BENCH_ANSWERS 8
#define BENCH_UNMASK_FIRST                                                                         \
	"the controller shows no level that is there before the unmask (see line.probe)"
#define BENCH_LACKS_DISINTX "lacks DisINTx: Command[10] is read-only 0, legal before PCI 2.3"

/* Linux's core and vfio-pci's role, for the checks of single verbs (verbs.h). */
struct verbs {
	struct tracker tracker;
	struct pci_dev dev;
	struct passthrough vfio;
};

struct bench_inputs {
	unsigned count; /* may be more than are kept: bench_kept() */
	uint32_t gsi[BENCH_ANSWERS];
};

struct bench {
	struct lab *lab;
	struct source own; /* the function under test */
	struct upstream upstream; /* the bridges above it */
	struct source other; /* --neighbour: another function, perhaps on the same line */
	bool same_line; /* it is */

	/*
	 * DisINTx as vfio-pci detects it: saved, flipped, read back, restored. A function without
	 * it is legal (PCI 2.3 brought it): masked at the controller then. None of the three: the
	 * function was gone, and nothing is known.
	 */
	bool has_disintx, disintx_stuck, lacks_disintx;
	unsigned quirks; /* PCI_QUIRK_*, Linux's word on this function */

	struct line line;
	bool line_programmed; /* registers_program_line() */
	struct registers found; /* as the check or the sequence in progress began */
	struct registers seen[LAB_MOMENTS]; /* of the check in progress */
	bool probed;
	enum err route_err; /* of the probe */
	struct bench_inputs answer; /* pins that follow the device */
	struct bench_inputs moved; /* that follow only while the entries of those are masked */
	uint32_t irqs, moved_irqs; /* the same of the second controller, a bit each */
	/*
	 * No pin shows a line that was up before its entry was unmasked; the answers are those that
	 * were accepted when the device rose with every entry unmasked, twice.
	 */
	bool unmask_first;
	struct bench_inputs pulse; /* pins that only showed an edge when the device rose */
	/* No pin of an I/O APIC follows, and the line is an input of the second controller. */
	bool at_second;
	struct bench_inputs stuck; /* pins asserted while the device was idle */
	bool falls; /* every pin that answered fell when the device was acknowledged */
	unsigned looked_at;

	struct verbs verbs;
};

void bench_init(struct bench *bench, struct lab *lab);
/* Its own looks at registers are the laboratory's and no access of an owner. */
void bench_init_tracker(struct bench *bench, struct tracker *tracker);
/*
 * Once: known Command (decode and Bus Master on, DisINTx and MSI off), handoff, HBA reset, scan,
 * IDENTIFY.
 */
void bench_prepare(struct bench *bench);
/* vfio-pci's choice for this function: --intx-mask, else the rule, DisINTx and Linux's lists. */
bool bench_masks_at_controller(struct bench *bench, const struct policy *policy);
/* Once, after bench_prepare(): which GSI follows the source. */
void bench_probe(struct bench *bench);
unsigned bench_kept(const struct bench_inputs *list);
/* "10,11": the bits of a second controller's inputs. */
void bench_list_irqs(uint32_t irqs, char *text, size_t size);
/* Once, after bench_probe(): the neighbour made ready, and whether it is on the line. */
void bench_probe_neighbour(struct bench *bench);
/*
 * 0, or the first NEED_* of needs that is not met with *ret_why; *ret_error: it is an ERROR, not a
 * SKIP.
 */
unsigned bench_unmet(struct bench *bench, unsigned needs, const char **ret_why, bool *ret_error);

/*
 * Everything as firmware had it: ports, HBA registers, Message Control, Command last; read back
 * into the fields.
 */
void bench_release(struct bench *bench);
/*
 * NULL: no function can reach the DMA memory any more, so it may be freed; or the sentence why one
 * may. Behind bench_release(), or where no function was ever prepared.
 */
const char *bench_dma_kept(const struct bench *bench);

#endif
