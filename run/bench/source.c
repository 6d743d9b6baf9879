/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns a function as an interrupt source: its Command and MSI, and what every kind of device has in
 * common. Where its interrupt goes is the bench's business.
 */
#include "run/bench/recover.h"

/* clang-format off */
static const struct source_kind *const kinds[] = {
	&source_kind_ahci,
	&source_kind_edu,
	&source_kind_sdhci,
	&source_kind_e1000,
	&source_kind_nvme,
	&source_kind_xhci,
	&source_kind_i8255x,
	&source_kind_rtl,
	&source_kind_ohci,
	&source_kind_ehci,
};
/* clang-format on */

const struct source_kind *source_kind_of(const struct pci_fn *fn)
{
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i]->matches(fn))
			return kinds[i];
	}
	return NULL;
}

const struct source_kind *source_kind_named(const struct pci_fn *fn)
{
	const struct source_kind *kind = source_kind_of(fn);

	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && !kind; i++) {
		if (kinds[i]->matches_named && kinds[i]->matches_named(fn))
			kind = kinds[i];
	}
	return kind;
}

static void read_decode(struct source *s)
{
	struct pci_bar bar;

	for (unsigned i = 0; i < 6; i += bar.is_64 ? 2 : 1) {
		if (pci_bar_read(s->fn, i, &bar))
			return;
		if (bar.present && bar.base)
			s->decode |= bar.io ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY;
	}
}

static void set_msi(struct source *s, uint16_t control)
{
	if (s->msi_cap)
		pci_cfg_write16(s->fn, s->msi_cap + PCI_MSI_FLAGS, control);
}

static bool had_msix(const struct source *s)
{
	return s->msix_cap && s->msix_found & PCI_MSIX_FLAGS_ENABLE;
}

/* One that firmware left off is never written to. */
static void set_msix(struct source *s, uint16_t control)
{
	if (had_msix(s))
		pci_cfg_write16(s->fn, s->msix_cap + PCI_MSIX_FLAGS, control);
}

/* Where every recorded kernel starts: decode and Bus Master on, DisINTx, MSI and MSI-X off. */
void source_known_command(struct source *s)
{
	uint16_t others = s->command_found & (uint16_t)~COMMAND_JUDGED;

	set_msi(s, s->msi_found & (uint16_t)~PCI_MSI_FLAGS_ENABLE);
	set_msix(s, s->msix_found & (uint16_t)~PCI_MSIX_FLAGS_ENABLE);
	pci_cfg_write16(s->fn, PCI_COMMAND, others | s->decode | PCI_COMMAND_MASTER);
}

static void find_messages(struct source *s)
{
	if (pci_find_capability(s->fn, PCI_CAP_ID_MSI, &s->msi_cap))
		s->msi_cap = 0;
	if (s->msi_cap)
		s->msi_found = pci_cfg_read16(s->fn, s->msi_cap + PCI_MSI_FLAGS);
	if (pci_find_capability(s->fn, PCI_CAP_ID_MSIX, &s->msix_cap))
		s->msix_cap = 0;
	if (s->msix_cap)
		s->msix_found = pci_cfg_read16(s->fn, s->msix_cap + PCI_MSIX_FLAGS);
}

/* While either is on, the function may not use INTx (PCI 3.0 sec 6.8.1.3, 6.8.2.3). */
static void tell_left_on(const struct source *s)
{
	char text[SBDF_TEXT];

	sbdf_format(s->fn->addr, text);
	if (s->msi_cap && s->msi_found & PCI_MSI_FLAGS_ENABLE)
		stream_line(&s->lab->out, "# hw left_on sbdf=%s what=MSI found=%04x now=%04x", text,
			    s->msi_found, pci_cfg_read16(s->fn, s->msi_cap + PCI_MSI_FLAGS));
	if (had_msix(s))
		stream_line(&s->lab->out, "# hw left_on sbdf=%s what=MSI-X found=%04x now=%04x",
			    text, s->msix_found,
			    pci_cfg_read16(s->fn, s->msix_cap + PCI_MSIX_FLAGS));
}

void source_prepare(struct source *s, struct lab *lab, const struct pci_fn *fn)
{
	s->lab = lab;
	s->fn = fn;
	s->kind = fn == lab->neighbour ? lab->neighbour_kind : lab->fn_kind;
	s->prepared = true;
	hw_bug_if(lab->hw, !s->kind); /* find_function() takes no other function */
	s->why = s->kind->unreachable;
	s->command_found = pci_cfg_read16(fn, PCI_COMMAND);
	if (s->command_found == UINT16_MAX) {
		s->init_err = ERR_GONE;
		return;
	}
	s->dma_kept = "the function was not given back";
	find_messages(s);
	pci_snapshot(fn, &s->found);
	read_decode(s);
	source_known_command(s);
	tell_left_on(s);
	s->kind->meet(s);
}

enum err source_start(struct source *s)
{
	return s->kind->start(s);
}

enum err source_arm(struct source *s)
{
	source_known_command(s);
	return source_start(s);
}

static enum err noted(struct source *s, enum err err)
{
	s->timeouts += err == ERR_TIMEOUT;
	return err;
}

enum err source_raise(struct source *s)
{
	source_begin(s);
	return source_finish(s);
}

void source_begin(struct source *s)
{
	s->kind->begin(s);
}

enum err source_finish(struct source *s)
{
	return noted(s, s->kind->finish(s));
}

bool source_has_mask(const struct source *s)
{
	return s->kind->mask;
}

void source_mask(struct source *s)
{
	s->kind->mask(s);
}

void source_unmask(struct source *s)
{
	s->kind->unmask(s);
}

enum err source_hold(struct source *s)
{
	if (!source_has_mask(s))
		return OK;
	source_mask(s);
	return source_raise(s);
}

void source_let_go(struct source *s)
{
	if (source_has_mask(s))
		source_unmask(s);
	else
		source_begin(s);
}

void source_clear(struct source *s)
{
	if (s->kind->clear)
		s->kind->clear(s);
	else
		(void)s->kind->handle(s);
}

bool source_handle(struct source *s)
{
	return s->kind->handle(s);
}

bool source_shows_event(const struct source *s)
{
	return s->kind->pending;
}

bool source_pending(struct source *s)
{
	return s->kind->pending(s);
}

enum err source_ack(struct source *s)
{
	return s->kind->ack(s);
}

enum err source_rest(struct source *s)
{
	return s->kind->rest(s);
}

void source_disarm(struct source *s)
{
	s->kind->disarm(s);
}

bool source_has_reset(const struct source *s)
{
	return s->kind->reset;
}

enum err source_reset(struct source *s)
{
	return s->kind->reset(s);
}

enum err source_revive(struct source *s)
{
	if (s->kind->revive)
		return s->kind->revive(s);
	return source_has_reset(s) ? source_reset(s) : source_rest(s);
}

uint32_t source_identity(const struct source *s, uint32_t *ret_known)
{
	return s->kind->identity(s, ret_known);
}

unsigned source_list_registers(const struct source *s, struct source_register *ret)
{
	return s->ready ? s->kind->registers(s, ret) : 0;
}

uint32_t source_read_register(struct hw *hw, const struct source_register *reg)
{
	return reg->bytes == 1   ? hw_read8(hw, reg->at)
	       : reg->bytes == 2 ? hw_read16(hw, reg->at)
				 : hw_read32(hw, reg->at);
}

static void write_at(struct hw *hw, const struct source_register *reg, uint64_t at, uint32_t value)
{
	if (reg->bytes == 1)
		hw_write8(hw, at, (uint8_t)value);
	else if (reg->bytes == 2)
		hw_write16(hw, at, (uint16_t)value);
	else
		hw_write32(hw, at, value);
}

void source_write_register(struct hw *hw, const struct source_register *reg, uint32_t value)
{
	if (reg->clear_at)
		write_at(hw, reg, reg->clear_at, ~value);
	write_at(hw, reg, reg->at, value);
}

void source_lose(struct source *s, const char *id)
{
	char sbdf[SBDF_TEXT];

	fmt_text(s->lost_why, sizeof(s->lost_why), "our own reset lost the device (see %s)", id);
	s->why = s->lost_why;
	s->lost = true;
	s->ready = false;
	if (s->kind->lose)
		s->kind->lose(s);
	sbdf_format(s->fn->addr, sbdf);
	stream_line(&s->lab->out, "# hw lost sbdf=%s check=%s", sbdf, id);
}

/* With decode on. NULL: whatever was given to the device as memory, it cannot reach it any more. */
static const char *why_it_masters(const struct source *s)
{
	uint16_t command = pci_cfg_rmw16(s->fn, PCI_COMMAND, PCI_COMMAND_MASTER, 0);

	if (pci_cfg_read16(s->fn, PCI_COMMAND) & PCI_COMMAND_MASTER)
		return "Bus Master cannot be switched off";
	if (s->kind->is_idle && !s->kind->is_idle(s))
		return "an engine of the device does not stop";
	return command == UINT16_MAX ? "the function left" : NULL;
}

static void put_config_back(struct source *s)
{
	/* firmware's driver will switch Bus Master on when it knows the engine to be stopped */
	uint16_t not_yet = s->dma_kept ? PCI_COMMAND_MASTER : 0;

	set_msi(s, s->msi_found);
	set_msix(s, s->msix_found);
	pci_cfg_write16(s->fn, PCI_COMMAND, s->command_found & (uint16_t)~not_yet);
	s->command_left = pci_cfg_read16(s->fn, PCI_COMMAND);
	s->msi_left = s->msi_cap ? pci_cfg_read16(s->fn, s->msi_cap + PCI_MSI_FLAGS) : 0;
	s->msix_left = s->msix_cap ? pci_cfg_read16(s->fn, s->msix_cap + PCI_MSIX_FLAGS) : 0;
}

void source_release(struct source *s)
{
	if (!s->prepared || s->released)
		return;
	s->released = true;
	if (s->command_found == UINT16_MAX) {
		/* nothing was written, and nothing is known that could be */
		recover_tell(s);
		return;
	}
	if (recover_function(s)) {
		/* decode on, so that the device's registers can be reached */
		source_known_command(s);
		s->release_err = s->kind->restore(s);
		s->dma_kept = why_it_masters(s);
		put_config_back(s);
	} else {
		/* no port that could be stopped */
		s->dma_kept = s->presence == SOURCE_ASLEEP
				      ? "the function does not leave D3hot, and may yet"
				      : "the function does not answer, and may come back";
		if (s->presence == SOURCE_ASLEEP)
			put_config_back(s);
	}
	recover_tell(s);
}
