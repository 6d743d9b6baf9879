/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns taking and returning the interrupt controllers of a PC, all three kinds in one order, and
 * what the MADT says of a line. Lines and deliveries are irqc_x86_lines.c's.
 */
#include "drivers/irqc_x86_lines.h"

static bool overlaps(const struct ioapic *a, const struct ioapic *b)
{
	return ioapic_has_gsi(a, b->gsi_base) || ioapic_has_gsi(b, a->gsi_base);
}

static enum err find_ioapic(struct irqc_x86 *x86, struct hw *hw, const struct acpi_ioapic *named)
{
	struct ioapic *found = &x86->ioapic[x86->ioapic_count];
	enum err err = ioapic_init(found, hw, named->address, named->gsi_base);

	for (unsigned i = 0; !err && i < x86->ioapic_count; i++) {
		if (overlaps(found, &x86->ioapic[i]))
			err = ERR_INVALID;
	}
	if (!err)
		x86->ioapic_count++;
	return err;
}

/*
 * As Linux: one whose registers read all-ones (bad_ioapic_register()) or whose GSIs are another's
 * (mp_register_ioapic()) is left out, the others are used. One that is there and that we cannot
 * reach is an error: we could not mask it.
 */
static enum err find_ioapics(struct irqc_x86 *x86, struct hw *hw, const struct acpi_madt *madt)
{
	for (unsigned i = 0; i < madt->ioapic_count; i++) {
		enum err err = find_ioapic(x86, hw, &madt->ioapic[i]);

		if (err == ERR_GONE || err == ERR_INVALID)
			x86->left_out[x86->left_out_count++] =
				(struct irqc_x86_left_out){ madt->ioapic[i].address, err };
		else if (err)
			return err;
	}
	return x86->ioapic_count ? OK : x86->left_out[0].why;
}

enum err irqc_x86_init(struct irqc_x86 *x86, struct hw *hw, const struct acpi_madt *madt)
{
	enum err err;

	*x86 = (struct irqc_x86){
		.irqc = { .ops = &irqc_x86_ops,
			  .hw = hw,
			  .caps = IRQC_HAS_RTE | IRQC_SEES_LINE,
			  .entry_kept = IRQC_X86_RTE_KEPT,
			  .entry_remote_irr = IOAPIC_RTE_REMOTE_IRR },
		.has_pic = madt->has_8259,
		.override_count = madt->override_count,
	};
	if (!madt->ioapic_count)
		return ERR_ABSENT;
	for (unsigned i = 0; i < madt->override_count; i++)
		x86->override[i] = madt->override[i];
	err = lapic_init(&x86->lapic, hw, madt->lapic);
	if (!err)
		err = find_ioapics(x86, hw, madt);
	if (err)
		return err;
	if (x86->has_pic)
		pic8259_init(&x86->pic, hw);
	if (x86->has_pic && x86->pic.has_elcr) {
		x86->irqc.caps |= IRQC_HAS_SECOND;
		irqc_pic_init(&x86->second, &x86->irqc, &x86->lapic, &x86->pic);
	}
	hw->ops->irq_attach(hw, irqc_x86_sink, x86);
	return OK;
}

static enum err save_all(struct irqc_x86 *x86, struct irqc_x86_state *save)
{
	lapic_save(&x86->lapic, &save->lapic);
	if (x86->has_pic)
		pic8259_save(&x86->pic, &save->pic);
	for (unsigned i = 0; i < x86->ioapic_count; i++) {
		enum err err = ioapic_save(&x86->ioapic[i], &save->ioapic[i]);

		if (err)
			return err;
	}
	return OK;
}

static void keep_first(enum err *first, enum err err)
{
	if (!*first)
		*first = err;
}

static enum err mask_ioapics(struct irqc_x86 *x86)
{
	enum err first = OK;

	for (unsigned i = 0; i < x86->ioapic_count; i++)
		keep_first(&first, ioapic_mask_all(&x86->ioapic[i]));
	return first;
}

/*
 * With every line masked: take what waits, so that firmware meets no vector of ours. What stays in
 * service would keep firmware's own vectors waiting for ever, so it is ended, before (a handler
 * that faulted) and after (a seam that has lost its sink). ERR_TIMEOUT: something waits still.
 */
static enum err drop_waiting(struct irqc_x86 *x86, const struct lapic_vectors *serving)
{
	struct hw *hw = x86->irqc.hw;
	struct hw_timer timer = hw_timer_us(hw, IRQC_X86_TAKEN_US);

	x86->unended += lapic_end_service(&x86->lapic, serving);
	if (!lapic_any_irr(&x86->lapic))
		return OK;
	(void)lapic_set_tpr(&x86->lapic, 0);
	x86->dropping = true;
	(void)hw->ops->irq_switch(hw, true);
	while (lapic_any_irr(&x86->lapic) && !hw_expired(hw, &timer))
		hw->ops->relax(hw);
	(void)hw->ops->irq_switch(hw, false);
	x86->dropping = false;
	x86->unended += lapic_end_service(&x86->lapic, serving);
	return lapic_any_irr(&x86->lapic) ? ERR_TIMEOUT : OK;
}

static enum err put_back(struct irqc_x86 *x86, const struct irqc_x86_state *save)
{
	enum err first = mask_ioapics(x86);

	keep_first(&first, drop_waiting(x86, &save->lapic.isr));
	for (unsigned i = 0; i < x86->ioapic_count; i++)
		keep_first(&first, ioapic_restore_masked(&x86->ioapic[i], &save->ioapic[i]));
	if (x86->has_pic)
		keep_first(&first, pic8259_restore(&x86->pic, &save->pic));
	keep_first(&first, lapic_restore(&x86->lapic, &save->lapic));
	for (unsigned i = 0; i < x86->ioapic_count; i++)
		keep_first(&first, ioapic_restore_unmask(&x86->ioapic[i], &save->ioapic[i]));
	keep_first(&first, lapic_raise_owed(&x86->lapic, &save->lapic));
	x86->foreign = (struct lapic_vectors){ { 0 } };
	return first;
}

enum err irqc_x86_take(struct irqc_x86 *x86, struct irqc_x86_state *save)
{
	enum err first = save_all(x86, save);

	if (first)
		return first; /* nothing was changed */
	x86->second.firmware_takes = x86->has_pic && save->pic.imr != 0xffff &&
				     lapic_takes_extint(&x86->lapic);
	/* again: a seam that gave its vectors back to firmware let go of its sink */
	x86->irqc.hw->ops->irq_attach(x86->irqc.hw, irqc_x86_sink, x86);
	if (x86->has_pic)
		first = pic8259_mask_all(&x86->pic);
	keep_first(&first, mask_ioapics(x86));
	keep_first(&first, lapic_take(&x86->lapic));
	lapic_save_pending(&x86->lapic, &save->lapic);
	x86->second.live = false;
	x86->foreign = save->lapic.irr;
	x86->serving = save->lapic.isr;
	if (first)
		(void)put_back(x86, save); /* the first error is the one to report */
	return first;
}

enum err irqc_x86_return(struct irqc_x86 *x86, const struct irqc_x86_state *save)
{
	return put_back(x86, save);
}

static const struct acpi_override *override_of_gsi(const struct irqc_x86 *x86, uint32_t gsi)
{
	for (unsigned i = 0; i < x86->override_count; i++)
		if (x86->override[i].gsi == gsi)
			return &x86->override[i];
	return NULL;
}

enum irqc_polarity irqc_x86_polarity(const struct irqc_x86 *x86, uint32_t gsi)
{
	const struct acpi_override *override = override_of_gsi(x86, gsi);

	/* ACPI_POLARITY_BUS leaves it to the bus, and that is PCI */
	if (override && override->polarity == ACPI_POLARITY_HIGH)
		return IRQC_ACTIVE_HIGH;
	return IRQC_ACTIVE_LOW;
}

static bool is_moved(const struct irqc_x86 *x86, uint32_t irq)
{
	for (unsigned i = 0; i < x86->override_count; i++)
		if (x86->override[i].irq == irq && x86->override[i].gsi != irq)
			return true;
	return false;
}

bool irqc_x86_may_be_pci(const struct irqc_x86 *x86, uint32_t gsi)
{
	const struct acpi_override *override = override_of_gsi(x86, gsi);
	uint32_t irq = override ? override->irq : gsi;

	if (gsi >= 16)
		return true;
	if (override && override->trigger != ACPI_TRIGGER_BUS)
		return override->trigger == ACPI_TRIGGER_LEVEL;
	/* ISA IRQs are GSIs of the same number but where an override moves them (ACPI, MADT) */
	if (!override && is_moved(x86, irq))
		return false;
	return x86->has_pic && x86->pic.has_elcr && irq < 16 && pic8259_elcr(&x86->pic) >> irq & 1;
}

uint32_t irqc_x86_next_line(const struct irqc_x86 *x86, uint32_t from)
{
	uint32_t lowest = UINT32_MAX;

	for (unsigned i = 0; i < x86->ioapic_count; i++) {
		const struct ioapic *ioapic = &x86->ioapic[i];
		uint32_t gsi = from > ioapic->gsi_base ? from : ioapic->gsi_base;

		if (ioapic_has_gsi(ioapic, gsi) && gsi < lowest)
			lowest = gsi;
	}
	return lowest;
}
