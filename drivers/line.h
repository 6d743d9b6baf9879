/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * An interrupt line, owned: one GSI, one vector, one handler, as request_irq() gives it. Every
 * delivery is counted and snapshot before the handler runs; the EOI follows the handler, so a level
 * line that the handler did not lower is delivered again. Over it stands the storm guard: at its
 * limit the line is masked at the controller and stays so until it is requested again.
 */
#ifndef INTXLAB_DRIVERS_LINE_H
#define INTXLAB_DRIVERS_LINE_H

#include "drivers/irqc.h"
#include "pci/config.h"
#include "pci/trace.h"

#define LINE_VECTOR                                                                                \
	0x51 /* the owner's; above the 32 exceptions, clear of firmware's 0x20-0x2f and 0x68 */
#define LINE_MSI_VECTOR 0x52 /* the same owner's, when it uses MSI */
#define LINE_SNAPSHOTS 16
#define LINE_STORM_LIMIT                                                                           \
	1000 /* deliveries between two rearmings; the busiest step has under 40                    \
	      */

struct line_snapshot {
	uint16_t command, status;
	bool remote_irr, irr, isr;
	bool level; /* accepted as a level; only of a controller with entries */
	bool handled;
};

/* True: it was ours. Runs in interrupt context. */
typedef bool line_handler_fn(void *arg);

struct line {
	struct hw *hw;
	struct hw_trace *trace; /* the snapshot's own reads are observing */
	struct irqc *irqc;
	const struct pci_fn *fn;
	uint32_t gsi;
	enum irqc_polarity polarity;
	bool known; /* gsi and polarity were found */
	bool requested;
	bool is_msi; /* requested for MSI: the controller's entry of the GSI is not involved */
	line_handler_fn *handler;
	void *handler_arg;
	line_handler_fn *shared; /* another function's handler on the same line; NULL: none */
	void *shared_arg;
	volatile unsigned count; /* deliveries since the request */
	volatile unsigned unhandled;
	volatile unsigned budget; /* deliveries left before the storm guard */
	volatile bool storm;
	struct line_snapshot snapshot[LINE_SNAPSHOTS]; /* the first ones since the request */
};

void line_init(struct line *line, struct hw_trace *trace, struct irqc *irqc,
	       const struct pci_fn *fn);
/*
 * ERR_NO_ROUTE: not known; ERR_BUSY: requested already; ERR_MISMATCH: the controller did not take
 * it. Ends unmasked, interrupts on.
 */
MUST_CHECK enum err line_request(struct line *line, line_handler_fn *handler, void *arg);
/* The same with IRQF_NO_AUTOEN: masked at the controller until line_unmask(). */
MUST_CHECK enum err line_request_disabled(struct line *line, line_handler_fn *handler, void *arg);
/* Masks at the controller (the mode stays level), then detaches; interrupts off. */
void line_free(struct line *line);
/*
 * IRQF_SHARED: another function's handler on this line, whether the owner has requested it or not.
 * The line stays unmasked until both have let go. Errors as line_request().
 */
MUST_CHECK enum err line_share(struct line *line, line_handler_fn *handler, void *arg);
void line_unshare(struct line *line);
/*
 * The same for an MSI that goes to line_msi_message(): nothing is routed, and the storm guard stops
 * the handler, because there is no mask between a message and the CPU.
 */
MUST_CHECK enum err line_request_msi(struct line *line, line_handler_fn *handler, void *arg);
/* ERR_UNSUPPORTED: this CPU cannot be addressed by an MSI. */
MUST_CHECK enum err line_msi_message(struct line *line, uint64_t *ret_address, uint16_t *ret_data);
/*
 * In the handler: this delivery is the flow's own and counts for nobody, as in /proc/interrupts.
 */
void line_uncount(struct line *line);
void line_rearm(struct line *line);
/* At the controller. */
void line_mask(struct line *line);
void line_unmask(struct line *line);
bool line_is_masked(struct line *line);
/* The level, from hardware. Interrupts are off during the look and as before after it. */
enum irqc_line line_level(struct line *line);
/*
 * Until count reaches want, or the storm guard has struck, or us microseconds have gone; the last
 * is ERR_TIMEOUT.
 */
MUST_CHECK enum err line_wait(struct line *line, unsigned want, uint64_t us);

#endif
