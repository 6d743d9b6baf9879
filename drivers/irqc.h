/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * What the layers above know of interrupt controllers. GSIs name lines, vectors name what the CPU
 * takes. One provider so far: irqc_x86 (IOAPICs, LAPIC, 8259 pair).
 *
 * "line" answers come from a register or are LINE_UNKNOWN; nothing here guesses. Every call except
 * irqc_eoi(), irqc_mask() and the readers is for task context with interrupts off.
 */
#ifndef INTXLAB_DRIVERS_IRQC_H
#define INTXLAB_DRIVERS_IRQC_H

#include "pci/acpi.h"
#include "pci/hw.h"

enum irqc_line { LINE_UNKNOWN, LINE_DEASSERTED, LINE_ASSERTED };

enum {
	IRQC_HAS_RTE = 1 << 0, /* per-line entry with mask, trigger, polarity, remote IRR */
	IRQC_SEES_LINE = 1 << 1, /* irqc_line() can answer */
	IRQC_HAS_SECOND = 1 << 2, /* a second controller sees some of the lines: second_...() */
};

/* second_open(): not one line, but all. */
#define IRQC_EVERY_INPUT UINT32_MAX

enum irqc_polarity { IRQC_ACTIVE_LOW, IRQC_ACTIVE_HIGH };

/* Vectors that an owner may use. Those above are the provider's. */
#define IRQC_VECTOR_FIRST 0x20
#define IRQC_VECTOR_LAST 0xef

struct irqc;

/* What delivers to this CPU, for a report: x86 "lapic", "xapic" or "x2apic", the APIC id. */
struct irqc_about {
	const char *name, *mode;
	uint32_t id;
};

struct irqc_ops {
	void (*about)(struct irqc *irqc, struct irqc_about *ret_about);
	/* True when gsi is a line of a controller that is there. */
	bool (*has_line)(struct irqc *irqc, uint32_t gsi);
	/* Visit lines: the lowest GSI >= from that exists, or UINT32_MAX. */
	uint32_t (*next_line)(struct irqc *irqc, uint32_t from);
	/* May this line carry a PCI interrupt? One that may not is left alone by a probe. */
	bool (*may_be_pci)(struct irqc *irqc, uint32_t gsi);
	/*
	 * Is it an input of the chipset's controller, where the ISA interrupts end, and with them
	 * whatever another controller forwards?
	 */
	bool (*is_chipset)(struct irqc *irqc, uint32_t gsi);
	/* Of a PCI line on gsi, by firmware's word; else active low (PCI 3.0 sec 2.2.6). */
	enum irqc_polarity (*polarity)(struct irqc *irqc, uint32_t gsi);
	/*
	 * Program gsi as level, masked, to deliver vector to this CPU; verified by read-back
	 * (ERR_MISMATCH). Keeps the line masked throughout. ERR_ABSENT: no such line. ERR_INVALID:
	 * not a vector for a line (IRQC_VECTOR_FIRST to IRQC_VECTOR_LAST). ERR_UNSUPPORTED: the
	 * entry cannot name this CPU. ERR_BUSY: the line is firmware's for good, or the vector or
	 * the line's last delivery still waits or is being served (switch interrupts on once, then
	 * try again). ERR_GONE: the entry reads all-ones.
	 */
	enum err (*route)(struct irqc *irqc, uint32_t gsi, unsigned vector,
			  enum irqc_polarity polarity);
	/* One posted write each, flushed by a read-back. */
	void (*mask)(struct irqc *irqc, uint32_t gsi);
	void (*unmask)(struct irqc *irqc, uint32_t gsi);
	/*
	 * The line's entry as read: x86 RTE, mask bit 16, level bit 15, remote IRR bit 14, delivery
	 * status bit 12.
	 */
	uint64_t (*entry)(struct irqc *irqc, uint32_t gsi);
	/*
	 * A routed line's entry as it was read before: vector and polarity as route() programs
	 * them, with its errors, where a bit of entry_kept differs; then the mask as it was.
	 */
	enum err (*put_entry)(struct irqc *irqc, uint32_t gsi, uint64_t entry);
	bool (*is_masked)(struct irqc *irqc, uint32_t gsi);
	bool (*remote_irr)(struct irqc *irqc, uint32_t gsi);
	/* Vector waiting for the CPU (IRR); vector being served (ISR). */
	bool (*pending)(struct irqc *irqc, unsigned vector);
	bool (*in_service)(struct irqc *irqc, unsigned vector);
	/*
	 * IRQC_HAS_RTE: was the vector accepted as a level the last time (x86: its bit of TMR)? An
	 * EOI is told to the controllers only then.
	 */
	bool (*accepted_level)(struct irqc *irqc, unsigned vector);
	/* The level of a routed line, see irqc_line() below. */
	enum irqc_line (*line)(struct irqc *irqc, uint32_t gsi);
	void (*eoi)(struct irqc *irqc, unsigned vector);
	/*
	 * Where a message-signalled interrupt is written so that vector comes to this CPU (x86:
	 * Intel SDM vol. 3, message address and data). ERR_UNSUPPORTED: this CPU cannot be named
	 * there.
	 */
	enum err (*msi_message)(struct irqc *irqc, unsigned vector, uint64_t *ret_address,
				uint16_t *ret_data);
	/*
	 * IRQC_HAS_SECOND: another controller behind the same wire (x86: the 8259, of the ISA
	 * IRQs), masked; it delivers nothing. Of a line that it sees, open sets its input to level
	 * (IRQC_EVERY_INPUT: all that it sees) and close puts that back, both read back
	 * (ERR_MISMATCH); in between second_asserted() reads what it has of the input.
	 */
	bool (*second_sees)(struct irqc *irqc, uint32_t gsi);
	enum err (*second_open)(struct irqc *irqc, uint32_t gsi);
	bool (*second_asserted)(struct irqc *irqc, uint32_t gsi);
	enum err (*second_close)(struct irqc *irqc);
	/*
	 * The second one as what delivers a line: its gsi is the input's number. It is attached to
	 * in place of this one, and hands on this one's messages, too. Not all inputs may have
	 * lines there (has_line).
	 */
	struct irqc *(*second)(struct irqc *irqc);
};

struct irqc {
	const struct irqc_ops *ops;
	struct hw *hw;
	unsigned caps;
	/* IRQC_HAS_RTE: the bits of an entry that only programming changes; remote IRR's */
	uint64_t entry_kept, entry_remote_irr;
	hw_irq_fn *fn; /* the owner's sink; the vector's EOI is for it to give */
	void *arg;
	volatile unsigned looked; /* vectors taken and dropped by a look */
	bool looking;
};

/*
 * Hand every delivery to fn (NULL: drop it with an EOI). The provider is the sink of the seam. fn
 * is not called for what nobody of ours asked for: spurious vectors and those that were already
 * waiting when the machine was taken; the provider counts them.
 */
void irqc_attach(struct irqc *irqc, hw_irq_fn *fn, void *arg);

/*
 * The level of gsi, which must be routed. Unmasked: a level entry that is unmasked accepts an
 * asserted line at once, so remote IRR or IRR of its vector is the answer; while that vector waits
 * or is being served it is the level that was accepted, for only an EOI clears remote IRR. Masked:
 * unmasked for a look with interrupts off (a stated window, IRQC_LOOK_US), masked again, and what
 * the look left pending is drained: the vector is taken while irqc->looking is set, given its EOI,
 * and never reaches the owner's handler; nor does any other vector come meanwhile. Ends with
 * interrupts off, as it began.
 *
 * LINE_UNKNOWN: no such line, not routed, all-ones; or masked while its last delivery has no EOI
 * yet (a line accepts no second one, so there is nothing to see).
 */
#define IRQC_LOOK_US 20
static inline enum irqc_line irqc_line(struct irqc *irqc, uint32_t gsi)
{
	return irqc->ops->line(irqc, gsi);
}

const char *irqc_line_name(enum irqc_line line); /* "UNKNOWN", "deasserted", "asserted" */

#endif
