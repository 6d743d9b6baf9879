/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns deliveries of the 8259 pair: one IRQ at a time, level, through LINT0. Saving and restoring
 * both is irqc_x86.c's.
 */
#include "drivers/irqc_pic.h"

#define CASCADE 2
#define IRQS 16

_Static_assert(offsetof(struct irqc_pic, irqc) == 0, "an irqc of this provider is an irqc_pic");

static struct irqc_pic *pic_of(struct irqc *irqc)
{
	return (struct irqc_pic *)irqc;
}

static bool is_input(uint32_t gsi)
{
	return gsi < IRQS && !(PIC_ELCR_RESERVED >> gsi & 1);
}

static uint16_t bits(unsigned irq)
{
	return (uint16_t)(1u << irq | (irq >= 8 ? 1u << CASCADE : 0));
}

static void pic_about(struct irqc *irqc, struct irqc_about *ret_about)
{
	*ret_about = (struct irqc_about){ "8259", "extint", pic_of(irqc)->lapic->id };
}

static bool pic_has_line(struct irqc *irqc, uint32_t gsi)
{
	(void)irqc;
	return is_input(gsi);
}

static uint32_t pic_next_line(struct irqc *irqc, uint32_t from)
{
	(void)irqc;
	for (uint32_t gsi = from; gsi < IRQS; gsi++) {
		if (is_input(gsi))
			return gsi;
	}
	return UINT32_MAX;
}

static bool pic_may_be_pci(struct irqc *irqc, uint32_t gsi)
{
	return pic_has_line(irqc, gsi);
}

static bool pic_is_chipset(struct irqc *irqc, uint32_t gsi)
{
	return pic_has_line(irqc, gsi);
}

/* ICH9 datasheet, PIRQ routing: the chipset inverts a PIRQ for the 8259, whose inputs are high. */
static enum irqc_polarity pic_polarity(struct irqc *irqc, uint32_t gsi)
{
	(void)irqc;
	(void)gsi;
	return IRQC_ACTIVE_HIGH;
}

static void set_imr(struct irqc_pic *pic, uint16_t imr)
{
	struct pic8259_state now;

	pic8259_save(pic->pic, &now);
	now.imr = imr;
	(void)!pic8259_restore(pic->pic, &now); /* route() has seen that it can be written */
}

static enum err pic_route(struct irqc *irqc, uint32_t gsi, unsigned vector,
			  enum irqc_polarity polarity)
{
	struct irqc_pic *pic = pic_of(irqc);
	struct pic8259_state now;
	enum err err;

	(void)polarity;
	if (!is_input(gsi))
		return ERR_ABSENT;
	if (vector < IRQC_VECTOR_FIRST || vector > IRQC_VECTOR_LAST)
		return ERR_INVALID;
	if (pic8259_isr(pic->pic) >> gsi & 1)
		return ERR_BUSY;
	if (!pic->live && !pic->firmware_takes)
		pic8259_set_base(pic->pic, IRQC_PIC_BASE);
	pic8259_save(pic->pic, &now);
	now.imr = 0xffff;
	now.elcr |= (uint16_t)(1u << gsi);
	err = pic8259_restore(pic->pic, &now);
	if (err)
		return err;
	pic->irq = gsi;
	pic->vector = vector;
	pic->live = true;
	return lapic_open_extint(pic->lapic);
}

static void pic_mask(struct irqc *irqc, uint32_t gsi)
{
	(void)gsi; /* it is the only one that is ever open */
	set_imr(pic_of(irqc), 0xffff);
}

static void pic_unmask(struct irqc *irqc, uint32_t gsi)
{
	set_imr(pic_of(irqc), (uint16_t)~bits(gsi));
}

static bool pic_is_masked(struct irqc *irqc, uint32_t gsi)
{
	return (pic8259_imr(pic_of(irqc)->pic) & bits(gsi)) != 0;
}

static uint64_t pic_entry(struct irqc *irqc, uint32_t gsi)
{
	(void)irqc;
	(void)gsi;
	return UINT64_MAX;
}

static enum err pic_put_entry(struct irqc *irqc, uint32_t gsi, uint64_t entry)
{
	(void)irqc;
	(void)gsi;
	(void)entry;
	return ERR_UNSUPPORTED;
}

static bool pic_remote_irr(struct irqc *irqc, uint32_t gsi)
{
	(void)irqc;
	(void)gsi;
	return false;
}

static bool is_ours(const struct irqc_pic *pic, unsigned vector)
{
	return pic->live && vector == pic->vector;
}

static bool pic_pending(struct irqc *irqc, unsigned vector)
{
	struct irqc_pic *pic = pic_of(irqc);

	if (!is_ours(pic, vector))
		return lapic_irr(pic->lapic, vector);
	return pic8259_irr(pic->pic) >> pic->irq & 1 && !pic_is_masked(irqc, pic->irq);
}

static bool pic_in_service(struct irqc *irqc, unsigned vector)
{
	struct irqc_pic *pic = pic_of(irqc);

	if (!is_ours(pic, vector))
		return lapic_isr(pic->lapic, vector);
	return pic8259_isr(pic->pic) >> pic->irq & 1;
}

static bool pic_accepted_level(struct irqc *irqc, unsigned vector)
{
	return lapic_tmr(pic_of(irqc)->lapic, vector);
}

/* IRR of a level input is its line, masked or not. */
static enum irqc_line pic_line(struct irqc *irqc, uint32_t gsi)
{
	struct irqc_pic *pic = pic_of(irqc);

	if (!pic->live || gsi != pic->irq)
		return LINE_UNKNOWN;
	return pic8259_irr(pic->pic) >> gsi & 1 ? LINE_ASSERTED : LINE_DEASSERTED;
}

static void pic_eoi(struct irqc *irqc, unsigned vector)
{
	struct irqc_pic *pic = pic_of(irqc);

	if (is_ours(pic, vector))
		pic8259_eoi(pic->pic, pic->irq);
	else
		lapic_eoi(pic->lapic);
}

static enum err pic_msi_message(struct irqc *irqc, unsigned vector, uint64_t *ret_address,
				uint16_t *ret_data)
{
	struct irqc *other = pic_of(irqc)->other;

	return other->ops->msi_message(other, vector, ret_address, ret_data);
}

bool irqc_pic_sink(struct irqc_pic *pic, unsigned vector)
{
	uint16_t isr;

	/* what the local APIC accepted has its bit there: ExtINT has none */
	if (!pic->live || lapic_isr(pic->lapic, vector))
		return false;
	isr = pic8259_isr(pic->pic);
	if (!(isr >> pic->irq & 1)) {
		/* the request went before the acknowledge: the slave has no bit, the master has */
		if (isr == 1u << CASCADE)
			pic8259_eoi(pic->pic, CASCADE);
		return isr == 1u << CASCADE;
	}
	if (pic->irqc.fn)
		pic->irqc.fn(pic->irqc.arg, pic->vector);
	else
		pic8259_eoi(pic->pic, pic->irq);
	return true;
}

static const struct irqc_ops pic_ops = {
	.about = pic_about,
	.has_line = pic_has_line,
	.next_line = pic_next_line,
	.may_be_pci = pic_may_be_pci,
	.is_chipset = pic_is_chipset,
	.polarity = pic_polarity,
	.route = pic_route,
	.mask = pic_mask,
	.unmask = pic_unmask,
	.entry = pic_entry,
	.put_entry = pic_put_entry,
	.is_masked = pic_is_masked,
	.remote_irr = pic_remote_irr,
	.pending = pic_pending,
	.in_service = pic_in_service,
	.accepted_level = pic_accepted_level,
	.line = pic_line,
	.eoi = pic_eoi,
	.msi_message = pic_msi_message,
};

void irqc_pic_init(struct irqc_pic *pic, struct irqc *other, const struct lapic *lapic,
		   const struct pic8259 *chips)
{
	*pic = (struct irqc_pic){
		.irqc = { .ops = &pic_ops, .hw = other->hw, .caps = IRQC_SEES_LINE },
		.lapic = lapic,
		.pic = chips,
		.other = other,
	};
}
