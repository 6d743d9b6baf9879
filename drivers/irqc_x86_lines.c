/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the lines of a PC: which IOAPIC has a GSI, what a routed entry looks like, the look at a
 * masked line, and the sink for every vector. Taking and returning the machine is irqc_x86.c's; the
 * IDT is efi's, the meaning of a vector its owner's.
 */
#include "drivers/irqc_x86_lines.h"

/* TPR of a look: everything but the look vector's class waits. */
#define LOOK_TPR ((IRQC_X86_LOOK_VECTOR & 0xf0u) - 0x10u)

/* A level interrupt once sent is accepted within bus cycles; until then "send pending" reads 1. */
#define SENT_WITHIN_US 20

struct pin {
	const struct ioapic *ioapic;
	unsigned number;
};

_Static_assert(offsetof(struct irqc_x86, irqc) == 0, "an irqc of this provider is an irqc_x86");
_Static_assert(IRQC_X86_LOOK_VECTOR > IRQC_VECTOR_LAST, "a look's vector is no owner's");
_Static_assert((IRQC_X86_LOOK_VECTOR & 0xf0) > (IRQC_VECTOR_LAST & 0xf0), "nor is its class");

static struct irqc_x86 *x86_of(struct irqc *irqc)
{
	return (struct irqc_x86 *)irqc;
}

static bool irq_off(struct irqc_x86 *x86)
{
	return x86->irqc.hw->ops->irq_switch(x86->irqc.hw, false);
}

static void irq_on(struct irqc_x86 *x86)
{
	(void)x86->irqc.hw->ops->irq_switch(x86->irqc.hw, true);
}

static bool find_pin(const struct irqc_x86 *x86, uint32_t gsi, struct pin *ret_pin)
{
	for (unsigned i = 0; i < x86->ioapic_count; i++) {
		const struct ioapic *ioapic = &x86->ioapic[i];

		if (ioapic_has_gsi(ioapic, gsi)) {
			*ret_pin = (struct pin){ ioapic, gsi - ioapic->gsi_base };
			return true;
		}
	}
	return false;
}

/* All-ones when there is no such line: what a read of nothing gives. */
static uint64_t entry_of(const struct irqc_x86 *x86, uint32_t gsi)
{
	struct pin pin;

	return find_pin(x86, gsi, &pin) ? ioapic_entry(pin.ioapic, pin.number) : UINT64_MAX;
}

static bool is_entry(uint64_t entry)
{
	return !(entry & IOAPIC_RTE_LOW_RESERVED);
}

static bool in_flight(const struct irqc_x86 *x86, unsigned vector)
{
	return lapic_irr(&x86->lapic, vector) || lapic_isr(&x86->lapic, vector);
}

static void drop(struct irqc_x86 *x86, unsigned vector)
{
	/* what came past the local APIC (ExtINT) has no ISR bit: an EOI would end another's */
	if (lapic_isr(&x86->lapic, vector))
		lapic_eoi(&x86->lapic);
}

static bool is_foreign(struct irqc_x86 *x86, unsigned vector)
{
	uint32_t bit = 1u << vector % 32;
	uint32_t *word = &x86->foreign.word[vector / 32];
	bool foreign = (*word & bit) != 0;

	*word &= ~bit;
	return foreign;
}

void irqc_x86_sink(void *arg, unsigned vector)
{
	struct irqc_x86 *x86 = arg;
	/* the one that the owner is attached to */
	struct irqc *to = x86->irqc.fn ? &x86->irqc : &x86->second.irqc;

	if (irqc_pic_sink(&x86->second, vector))
		return;
	if (vector == LAPIC_SPURIOUS_VECTOR) {
		x86->spurious++;
	} else if (vector == IRQC_X86_LOOK_VECTOR && x86->irqc.looking) {
		x86->irqc.looked++;
		drop(x86, vector);
	} else if (is_foreign(x86, vector) || x86->dropping || !to->fn ||
		   vector > IRQC_VECTOR_LAST) {
		x86->strays++;
		drop(x86, vector);
	} else {
		to->fn(to->arg, vector);
	}
}

static void x86_about(struct irqc *irqc, struct irqc_about *ret_about)
{
	const struct lapic *lapic = &x86_of(irqc)->lapic;

	*ret_about = (struct irqc_about){ "lapic", lapic->x2apic ? "x2apic" : "xapic", lapic->id };
}

static uint32_t x86_next_line(struct irqc *irqc, uint32_t from)
{
	return irqc_x86_next_line(x86_of(irqc), from);
}

static bool x86_may_be_pci(struct irqc *irqc, uint32_t gsi)
{
	return irqc_x86_may_be_pci(x86_of(irqc), gsi);
}

/* ISA IRQs are GSIs 0 to 15 (ACPI 6.5 sec 5.2.12.3, Global System Interrupts). */
static bool x86_is_chipset(struct irqc *irqc, uint32_t gsi)
{
	struct pin pin;

	return find_pin(x86_of(irqc), gsi, &pin) && pin.ioapic->gsi_base < 16;
}

static enum irqc_polarity x86_polarity(struct irqc *irqc, uint32_t gsi)
{
	return irqc_x86_polarity(x86_of(irqc), gsi);
}

static bool x86_has_line(struct irqc *irqc, uint32_t gsi)
{
	struct pin pin;

	return find_pin(x86_of(irqc), gsi, &pin);
}

static uint64_t x86_entry(struct irqc *irqc, uint32_t gsi)
{
	return entry_of(x86_of(irqc), gsi);
}

static bool x86_is_masked(struct irqc *irqc, uint32_t gsi)
{
	return (entry_of(x86_of(irqc), gsi) & IOAPIC_RTE_MASKED) != 0;
}

static bool x86_remote_irr(struct irqc *irqc, uint32_t gsi)
{
	uint64_t entry = entry_of(x86_of(irqc), gsi);

	return is_entry(entry) && (entry & IOAPIC_RTE_REMOTE_IRR);
}

static void x86_mask(struct irqc *irqc, uint32_t gsi)
{
	struct pin pin;

	if (find_pin(x86_of(irqc), gsi, &pin))
		ioapic_mask(pin.ioapic, pin.number);
}

static void x86_unmask(struct irqc *irqc, uint32_t gsi)
{
	struct pin pin;

	if (find_pin(x86_of(irqc), gsi, &pin))
		ioapic_unmask(pin.ioapic, pin.number);
}

static bool x86_pending(struct irqc *irqc, unsigned vector)
{
	return lapic_irr(&x86_of(irqc)->lapic, vector);
}

static bool x86_in_service(struct irqc *irqc, unsigned vector)
{
	return lapic_isr(&x86_of(irqc)->lapic, vector);
}

static bool x86_accepted_level(struct irqc *irqc, unsigned vector)
{
	return lapic_tmr(&x86_of(irqc)->lapic, vector);
}

static void x86_eoi(struct irqc *irqc, unsigned vector)
{
	(void)vector; /* the local APIC ends the highest in service, which the caller is serving */
	lapic_eoi(&x86_of(irqc)->lapic);
}

/* Intel SDM vol. 3, "Physical Destination Mode": as a destination of 8 bits, a broadcast. */
#define EVERY_CPU 0xff

/* Intel SDM vol. 3, "Message Signalled Interrupts": fixed, edge, physical destination. */
static enum err x86_msi_message(struct irqc *irqc, unsigned vector, uint64_t *ret_address,
				uint16_t *ret_data)
{
	struct irqc_x86 *x86 = x86_of(irqc);

	if (x86->lapic.id >= EVERY_CPU)
		return ERR_UNSUPPORTED;
	*ret_address = 0xfee00000u | x86->lapic.id << 12;
	*ret_data = (uint16_t)vector;
	return OK;
}

/*
 * May the entry get another vector? Not while its last delivery has no EOI: the EOI would no longer
 * find it and remote IRR would stay for ever. One whose EOI was lost before is cleared here.
 */
static bool is_settled(const struct irqc_x86 *x86, struct pin pin, uint64_t entry)
{
	if (!(entry & IOAPIC_RTE_REMOTE_IRR))
		return true;
	if (in_flight(x86, entry & IOAPIC_RTE_VECTOR))
		return false;
	return ioapic_clear_remote_irr(pin.ioapic, pin.number);
}

static enum err x86_route(struct irqc *irqc, uint32_t gsi, unsigned vector,
			  enum irqc_polarity polarity)
{
	struct irqc_x86 *x86 = x86_of(irqc);
	uint64_t entry;
	struct pin pin;

	if (!find_pin(x86, gsi, &pin))
		return ERR_ABSENT;
	if (vector < IRQC_VECTOR_FIRST || vector > IRQC_VECTOR_LAST)
		return ERR_INVALID;
	if (x86->lapic.id >= EVERY_CPU) /* 63:56 of the entry are all there is */
		return ERR_UNSUPPORTED;
	entry = ioapic_entry(pin.ioapic, pin.number);
	if (!is_entry(entry))
		return ERR_GONE;
	if ((entry & IOAPIC_RTE_DELIVERY) == IOAPIC_RTE_DELIVERY_SMI)
		return ERR_BUSY;
	ioapic_mask(pin.ioapic, pin.number);
	entry = ioapic_entry(pin.ioapic, pin.number);
	x86->unended += lapic_end_service(&x86->lapic, &x86->serving);
	/* a vector that waits already would be taken for a delivery of this line */
	if (in_flight(x86, vector) || !is_settled(x86, pin, entry))
		return ERR_BUSY;
	/*
	 * QEMU's IOAPIC keeps no pin level for an edge entry: a line asserted before its first
	 * routing is seen only when it is asserted anew. Hardware samples it.
	 */
	entry = (uint64_t)x86->lapic.id << IOAPIC_RTE_DEST_SHIFT | IOAPIC_RTE_LEVEL | vector;
	if (polarity == IRQC_ACTIVE_LOW)
		entry |= IOAPIC_RTE_ACTIVE_LOW;
	return ioapic_program(pin.ioapic, pin.number, entry);
}

static enum err x86_put_entry(struct irqc *irqc, uint32_t gsi, uint64_t entry)
{
	enum err err = OK;

	x86_mask(irqc, gsi);
	if ((entry_of(x86_of(irqc), gsi) ^ entry) & IRQC_X86_RTE_KEPT & ~IOAPIC_RTE_MASKED)
		err = x86_route(irqc, gsi, entry & IOAPIC_RTE_VECTOR,
				entry & IOAPIC_RTE_ACTIVE_LOW ? IRQC_ACTIVE_LOW : IRQC_ACTIVE_HIGH);
	if (!err && !(entry & IOAPIC_RTE_MASKED))
		x86_unmask(irqc, gsi);
	return err;
}

/* As x86_route() leaves an entry: fixed, physical, level, to this CPU. Excludes all-ones. */
static bool is_routed(const struct irqc_x86 *x86, uint64_t entry)
{
	unsigned vector = entry & IOAPIC_RTE_VECTOR;

	return is_entry(entry) && (entry & IOAPIC_RTE_LEVEL) &&
	       !(entry & (IOAPIC_RTE_DELIVERY | IOAPIC_RTE_LOGICAL)) &&
	       entry >> IOAPIC_RTE_DEST_SHIFT == x86->lapic.id && vector >= IRQC_VECTOR_FIRST &&
	       vector <= IRQC_VECTOR_LAST;
}

static bool entry_accepts(const struct irqc_x86 *x86, uint64_t entry)
{
	return (entry & IOAPIC_RTE_RO) || lapic_irr(&x86->lapic, entry & IOAPIC_RTE_VECTOR);
}

/*
 * Take the look's vector now; the entry is masked. True when nothing of it is left, neither waiting
 * nor at the IOAPIC.
 */
static bool drain_look(struct irqc_x86 *x86, struct pin pin)
{
	struct hw *hw = x86->irqc.hw;
	struct hw_timer timer = hw_timer_us(hw, IRQC_X86_TAKEN_US);
	bool taken, cleared;

	x86->irqc.looking = true;
	irq_on(x86);
	while (in_flight(x86, IRQC_X86_LOOK_VECTOR) && !hw_expired(hw, &timer))
		hw->ops->relax(hw);
	(void)irq_off(x86);
	x86->irqc.looking = false;
	taken = !in_flight(x86, IRQC_X86_LOOK_VECTOR);
	/* even if it was not taken: its EOI will not find an entry that has its vector back */
	cleared = ioapic_clear_remote_irr(pin.ioapic, pin.number);
	return taken && cleared;
}

/* Unmask for at most IRQC_LOOK_US, mask, and wait until what was sent has arrived. */
static bool glimpse(struct irqc_x86 *x86, struct pin pin)
{
	struct hw *hw = x86->irqc.hw;
	struct hw_timer timer;
	bool seen;

	ioapic_unmask(pin.ioapic, pin.number);
	timer = hw_timer_us(hw, IRQC_LOOK_US);
	do {
		hw->ops->relax(hw);
		seen = entry_accepts(x86, ioapic_entry(pin.ioapic, pin.number));
	} while (!seen && !hw_expired(hw, &timer));
	ioapic_mask(pin.ioapic, pin.number);

	timer = hw_timer_us(hw, SENT_WITHIN_US);
	while (ioapic_entry(pin.ioapic, pin.number) & IOAPIC_RTE_SEND_PENDING &&
	       !hw_expired(hw, &timer))
		hw->ops->relax(hw);
	/* asserted between the last read and the mask: seen all the same */
	return seen || entry_accepts(x86, ioapic_entry(pin.ioapic, pin.number));
}

static enum irqc_line look(struct irqc_x86 *x86, struct pin pin, uint64_t entry)
{
	uint64_t look_entry = (entry & ~(uint64_t)IOAPIC_RTE_VECTOR) | IRQC_X86_LOOK_VECTOR;
	enum irqc_line level = LINE_UNKNOWN;
	uint32_t tpr;

	/* the last delivery is not over: the line accepts no second, and that one has an owner */
	if (entry_accepts(x86, entry) || in_flight(x86, entry & IOAPIC_RTE_VECTOR))
		return LINE_UNKNOWN;
	tpr = lapic_set_tpr(&x86->lapic, LOOK_TPR);
	/* left by firmware, if at all: it would be mistaken for this line */
	if (in_flight(x86, IRQC_X86_LOOK_VECTOR) && !drain_look(x86, pin))
		goto out_tpr;
	if (ioapic_program(pin.ioapic, pin.number, look_entry))
		goto out_entry;
	level = glimpse(x86, pin) ? LINE_ASSERTED : LINE_DEASSERTED;
	if (level == LINE_ASSERTED && !drain_look(x86, pin))
		level = LINE_UNKNOWN;
out_entry:
	if (ioapic_program(pin.ioapic, pin.number, entry))
		level = LINE_UNKNOWN;
out_tpr:
	(void)lapic_set_tpr(&x86->lapic, tpr);
	return level;
}

static enum irqc_line x86_line(struct irqc *irqc, uint32_t gsi)
{
	struct irqc_x86 *x86 = x86_of(irqc);
	enum irqc_line level;
	struct pin pin;
	uint64_t entry;
	bool was_on;

	if (!find_pin(x86, gsi, &pin))
		return LINE_UNKNOWN;
	was_on = irq_off(x86);
	entry = ioapic_entry(pin.ioapic, pin.number);
	if (!is_routed(x86, entry))
		level = LINE_UNKNOWN;
	else if (entry & IOAPIC_RTE_MASKED)
		level = look(x86, pin, entry);
	else
		level = entry_accepts(x86, entry) ? LINE_ASSERTED : LINE_DEASSERTED;
	if (was_on)
		irq_on(x86);
	return level;
}

/*
 * ISA IRQs are GSIs of the same number, and the 8259s have no others. Those that ELCR cannot make a
 * level keep what they latched: they show no line.
 */
static bool x86_second_sees(struct irqc *irqc, uint32_t gsi)
{
	return (irqc->caps & IRQC_HAS_SECOND) && gsi < 16 && !(PIC_ELCR_RESERVED >> gsi & 1);
}

static enum err x86_second_open(struct irqc *irqc, uint32_t gsi)
{
	struct irqc_x86 *x86 = x86_of(irqc);
	struct pic8259_state level;

	pic8259_save(&x86->pic, &x86->second_found);
	level = x86->second_found;
	level.elcr |= gsi == IRQC_EVERY_INPUT ? (uint16_t)~PIC_ELCR_RESERVED
					      : (uint16_t)(1u << gsi);
	return pic8259_restore(&x86->pic, &level);
}

/* Every IRQ is masked in the 8259 while the machine is taken: IRR shows a level all the same. */
static bool x86_second_asserted(struct irqc *irqc, uint32_t gsi)
{
	return pic8259_irr(&x86_of(irqc)->pic) >> gsi & 1;
}

static enum err x86_second_close(struct irqc *irqc)
{
	struct irqc_x86 *x86 = x86_of(irqc);

	return pic8259_restore(&x86->pic, &x86->second_found);
}

static struct irqc *x86_second(struct irqc *irqc)
{
	return &x86_of(irqc)->second.irqc;
}

const struct irqc_ops irqc_x86_ops = {
	.about = x86_about,
	.has_line = x86_has_line,
	.next_line = x86_next_line,
	.may_be_pci = x86_may_be_pci,
	.is_chipset = x86_is_chipset,
	.polarity = x86_polarity,
	.route = x86_route,
	.mask = x86_mask,
	.unmask = x86_unmask,
	.entry = x86_entry,
	.put_entry = x86_put_entry,
	.is_masked = x86_is_masked,
	.remote_irr = x86_remote_irr,
	.pending = x86_pending,
	.in_service = x86_in_service,
	.accepted_level = x86_accepted_level,
	.line = x86_line,
	.eoi = x86_eoi,
	.msi_message = x86_msi_message,
	.second_sees = x86_second_sees,
	.second_open = x86_second_open,
	.second_asserted = x86_second_asserted,
	.second_close = x86_second_close,
	.second = x86_second,
};
