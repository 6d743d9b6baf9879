/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* Owns the snapshot of the registers around an interrupt, and what a check must not leave in them.
 */
#include "run/bench/registers.h"

#include "pci/mem.h"
#include "run/bench/bench.h"
#include "run/check.h"

static bool is_ours(const struct lab *lab)
{
	return lab->fn && lab->bench && lab->bench->own.prepared && !lab->bench->own.released;
}

static bool has_entry(const struct line *line)
{
	return line->known && (line->irqc->caps & IRQC_HAS_RTE);
}

/* The entry and the vector's bits; whether it is asserted is a look of its own. */
static void read_line(struct bench *bench, struct registers *r)
{
	struct line *line = &bench->line;
	const struct irqc_ops *ops;

	if (!has_entry(line))
		return;
	ops = line->irqc->ops;
	r->has_line = true;
	r->rte = ops->entry(line->irqc, line->gsi);
	r->remote_irr = r->rte & line->irqc->entry_remote_irr;
	r->irr = ops->pending(line->irqc, LINE_VECTOR);
	r->isr = ops->in_service(line->irqc, LINE_VECTOR);
	r->tmr = ops->accepted_level(line->irqc, LINE_VECTOR);
}

/* Decode must be on, or what is read is no register. */
static void read_device(struct bench *bench, struct registers *r)
{
	struct source *source = &bench->own;

	if (!source->ready || !(r->command & PCI_COMMAND_MEMORY))
		return;
	r->device_count = source->kind->registers(source, r->device);
	for (unsigned i = 0; i < r->device_count; i++)
		r->value[i] = source_read_register(bench->lab->hw, &r->device[i]);
}

static void read_all(struct bench *bench, struct registers *r)
{
	const struct pci_fn *fn = bench->lab->fn;
	const struct source *source = &bench->own;

	*r = (struct registers){ .taken = true };
	r->command = pci_cfg_read16(fn, PCI_COMMAND);
	r->gone = r->command == UINT16_MAX;
	if (r->gone)
		return;
	r->status = pci_cfg_read16(fn, PCI_STATUS);
	r->has_msi = source->msi_cap;
	if (r->has_msi)
		r->msi = pci_cfg_read16(fn, source->msi_cap + PCI_MSI_FLAGS);
	r->has_msix = source->msix_cap;
	if (r->has_msix)
		r->msix = pci_cfg_read16(fn, source->msix_cap + PCI_MSIX_FLAGS);
	read_line(bench, r);
	read_device(bench, r);
}

void registers_read(struct lab *lab, bool look, struct registers *ret)
{
	ret->taken = false;
	if (!is_ours(lab))
		return;
	hw_trace_observe(&lab->trace, true);
	read_all(lab->bench, ret);
	/* last: a look at a masked line unmasks it for a moment */
	ret->looked = look && ret->has_line;
	if (ret->looked)
		ret->line = line_level(&lab->bench->line);
	hw_trace_observe(&lab->trace, false);
}

void registers_tell(struct lab *lab, const char *id, const char *when, const struct registers *r)
{
	char msi[24] = "", level[24] = "", line[112] = "", device[96] = "";
	size_t n = 0;

	if (!r->taken)
		return;
	if (r->gone) {
		stream_line(&lab->out, "# hw registers check=%s when=%s command=%04x", id, when,
			    r->command);
		return;
	}
	if (r->has_msi)
		n = fmt_text(msi, sizeof(msi), " msi=%04x", r->msi);
	if (r->has_msix)
		fmt_text(msi + n, sizeof(msi) - n, " msix=%04x", r->msix);
	n = 0;
	if (r->has_line)
		fmt_text(line, sizeof(line), " rte=%08x remote_irr=%u irr=%u isr=%u tmr=%u",
			 (uint32_t)r->rte, r->remote_irr, r->irr, r->isr, r->tmr);
	if (r->looked)
		fmt_text(level, sizeof(level), " line=%s", irqc_line_name(r->line));
	for (unsigned i = 0; i < r->device_count; i++)
		n += fmt_text(device + n, sizeof(device) - n, " %s=%08x", r->device[i].key,
			      r->value[i]);
	stream_line(&lab->out, "# hw registers check=%s when=%s command=%04x status=%04x%s%s%s%s",
		    id, when, r->command, r->status, msi, level, line, device);
}

void registers_program_line(struct bench *bench)
{
	struct line *line = &bench->line;

	if (bench->line_programmed || !has_entry(line) || line->requested || line->shared)
		return;
	bench->line_programmed = true;
	line->hw->ops->irq_switch(line->hw, false);
	/* busy or refused: the first request meets the same, and says so */
	(void)!line->irqc->ops->route(line->irqc, line->gsi, LINE_VECTOR, line->polarity);
}

/* One register that is not as it was: found, left, and what it reads after it was put back. */
static void tell_debris(struct ctx *c, const char *name, unsigned digits, uint32_t found,
			uint32_t left, uint32_t after)
{
	char fmt[8], was[12], is[12], now[12];

	fmt_text(fmt, sizeof(fmt), "%%0%ux", digits);
	fmt_text(was, sizeof(was), fmt, found);
	fmt_text(is, sizeof(is), fmt, left);
	fmt_text(now, sizeof(now), fmt, after);
	stream_line(&c->lab->out, "# run debris check=%s register=%q found=%s left=%s after=%s",
		    c->id, name, was, is, now);
	check_error(c, "debris: %s was %s, is %s%s", name, was, is,
		    after == found ? "" : ", and cannot be put back");
}

/* The entry first: whatever is undone below, nothing is delivered meanwhile. */
static void expect_entry(struct ctx *c, const struct registers *before)
{
	struct line *line = &c->lab->bench->line;
	const struct irqc_ops *ops = line->irqc->ops;
	uint64_t kept = line->irqc->entry_kept;
	uint32_t found = (uint32_t)(before->rte & kept),
		 left = (uint32_t)(ops->entry(line->irqc, line->gsi) & kept);

	if (left == found)
		return;
	/* what it reads afterwards says whether it could be done */
	(void)!ops->put_entry(line->irqc, line->gsi, found);
	tell_debris(c, "the line's RTE", 8, found, left,
		    (uint32_t)(ops->entry(line->irqc, line->gsi) & kept));
}

/* A word of configuration space, in the bits of mask. */
static void expect_word(struct ctx *c, const char *name, unsigned off, uint16_t found,
			uint16_t mask)
{
	const struct pci_fn *fn = c->lab->fn;
	uint16_t left = pci_cfg_read16(fn, off);

	if (!((left ^ found) & mask) || left == UINT16_MAX)
		return;
	pci_cfg_write16(fn, off, found);
	tell_debris(c, name, 4, found, left, pci_cfg_read16(fn, off));
}

/* Behind Command: by now the registers are decoded again as they were before. */
static void expect_device(struct ctx *c, const struct registers *before)
{
	struct hw *hw = c->lab->hw;

	for (unsigned i = 0; i < before->device_count; i++) {
		const struct source_register *reg = &before->device[i];
		uint32_t found = before->value[i], left;

		if (!reg->is_enable)
			continue;
		left = source_read_register(hw, reg);
		if (left == found)
			continue;
		source_write_register(hw, reg, found);
		tell_debris(c, reg->name, 8, found, left, source_read_register(hw, reg));
	}
}

static void expect_config(struct ctx *c, const struct registers *before, uint16_t command_mask)
{
	if (before->has_msi)
		expect_word(c, "Message Control", c->lab->bench->own.msi_cap + PCI_MSI_FLAGS,
			    before->msi, UINT16_MAX);
	if (before->has_msix)
		expect_word(c, "Message Control of MSI-X",
			    c->lab->bench->own.msix_cap + PCI_MSIX_FLAGS, before->msix, UINT16_MAX);
	expect_word(c, "Command", PCI_COMMAND, before->command, command_mask);
}

static bool is_judged(const struct lab *lab, const struct registers *before)
{
	return before->taken && !before->gone && is_ours(lab) && !pci_fn_is_gone(lab->fn);
}

void registers_expect_unchanged(struct ctx *c, const struct registers *before)
{
	struct line *line;

	if (!is_judged(c->lab, before))
		return;
	line = &c->lab->bench->line;
	if (line->requested) {
		line_free(line);
		check_error(c, "debris: the line was left requested");
	}
	if (before->has_line)
		expect_entry(c, before);
	expect_config(c, before, UINT16_MAX);
	expect_device(c, before);
}

void registers_expect_released(struct ctx *c, const struct registers *before)
{
	struct source *source = &c->lab->bench->own;

	if (!is_judged(c->lab, before))
		return;
	if (before->has_line)
		expect_entry(c, before);
	expect_config(c, before, (uint16_t)~COMMAND_JUDGED);
	source_known_command(source);
	if (source->usable && source_rest(source))
		check_error(c, "debris: the device cannot be put to rest");
	registers_expect_unchanged(c, before);
}
