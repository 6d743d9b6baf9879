/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * What resets and D3hot leave of Command and the line: the one write that every reset of a function
 * begins with, a Function Level Reset, and the way through D3hot. Configuration space is saved
 * before and restored behind them, and the device started anew.
 */
#include "run/bench/recover.h"
#include "run/bench/stage.h"

struct saved {
	struct pci_snapshot config;
	uint16_t msi_control, command;
};

static void save(struct stage *s, struct saved *saved)
{
	unsigned msi = s->source->msi_cap;

	*saved = (struct saved){ .command = read_command(s->c) };
	pci_snapshot(s->fn, &saved->config);
	if (msi)
		saved->msi_control = pci_cfg_read16(s->fn, msi + PCI_MSI_FLAGS);
}

/* Command last: what decodes and masters is in place by then. */
static void restore(struct stage *s, const struct saved *saved)
{
	unsigned msi = s->source->msi_cap;
	struct pci_put_back put;

	pci_put_back(s->fn, &saved->config, &put);
	if (put.failed)
		check_error(s->c, "%s cannot be put back", put.first_failed);
	if (msi)
		pci_cfg_write16(s->fn, msi + PCI_MSI_FLAGS, saved->msi_control);
	pci_cfg_write16(s->fn, PCI_COMMAND, saved->command);
}

static bool ack(void *arg)
{
	struct stage *s = arg;

	source_clear(s->source);
	return true;
}

/*
 * The line is asserted behind the controller's mask, so that no handler meets registers that are
 * not decoded.
 */
static bool begin_asserted(struct ctx *c, struct stage *s)
{
	if (!stage_open(s, c))
		return false;
	if (!stage_request(s, ack, s)) {
		stage_close(s);
		return false;
	}
	line_mask(s->line);
	raise_event(c);
	expect_line(c, LINE_ASSERTED, "the line before");
	return true;
}

static void quiesce(struct ctx *c)
{
	struct stage stage, *s = &stage;
	uint16_t command;
	uint32_t seen, known;

	if (!begin_asserted(c, s))
		return;
	command = read_command(c);
	pci_cfg_write16(s->fn, PCI_COMMAND, PCI_COMMAND_INTX_DISABLE);
	expect_hex(c, read_command(c), PCI_COMMAND_INTX_DISABLE, 4, "Command");
	expect_eq(c, interrupt_status(c), 1, "Interrupt Status");
	expect_line(c, LINE_DEASSERTED, "the line with Command 0400");
	seen = source_identity(s->source, &known);
	expect_eq(c, seen == UINT32_MAX || seen == 0, 1,
		  "the device's registers read all-ones or 0, decode off");
	pci_cfg_write16(s->fn, PCI_COMMAND, command);
	seen = source_identity(s->source, &known);
	expect_hex(c, seen, known, 8, "the device's first register, Command restored");
	line_unmask(s->line);
	/* else what the unmask does not show is the controller's doing */
	if (!c->lab->bench->unmask_first)
		stage_expect_count(s, 1, "deliveries, Command restored");
	stage_close(s);
}

/* PCI Express Device Capabilities, else Advanced Features (ECN of 2006). False: neither. */
static bool initiate_flr(const struct pci_fn *fn, bool write)
{
	uint16_t exp, af, control;

	if (!pci_find_capability(fn, PCI_CAP_ID_EXP, &exp) &&
	    (pci_cfg_read32(fn, exp + PCI_EXP_DEVCAP) & PCI_EXP_DEVCAP_FLR)) {
		control = pci_cfg_read16(fn, exp + PCI_EXP_DEVCTL);
		if (write)
			pci_cfg_write16(fn, exp + PCI_EXP_DEVCTL, control | PCI_EXP_DEVCTL_BCR_FLR);
		return true;
	}
	if (pci_find_capability(fn, PCI_CAP_ID_AF, &af) ||
	    !(pci_cfg_read8(fn, af + PCI_AF_CAP) & PCI_AF_CAP_FLR))
		return false;
	if (write)
		pci_cfg_write8(fn, af + PCI_AF_CTRL, PCI_AF_CTRL_FLR);
	return true;
}

/* A reset clears the table, which is in the device's memory, and is not restored here. */
static bool would_lose_msix(struct ctx *c)
{
	if (!(c->lab->bench->own.msix_found & PCI_MSIX_FLAGS_ENABLE))
		return false;
	check_skip(c, "firmware left MSI-X on: its table would not survive a reset");
	return true;
}

/* Linux's list: what becomes of the function is known, and nothing to find out on somebody's disk.
 */
static bool flr_is_known_to_break(struct ctx *c)
{
	if (!(c->lab->bench->quirks & PCI_QUIRK_NO_FLR))
		return false;
	check_skip(c, "this function does not survive it: %s", pci_quirk_source(PCI_QUIRK_NO_FLR));
	return true;
}

/* Nobody waits for one that left before it was reset. */
static bool is_gone(struct stage *s)
{
	if (!pci_fn_is_gone(s->fn))
		return false;
	check_error(s->c, "gone: the function reads all-ones");
	stage_abandon(s);
	return true;
}

/* No command is running, so no transaction is pending when the reset is initiated. */
static bool reset_function(struct stage *s)
{
	if (is_gone(s))
		return false;
	(void)initiate_flr(s->fn, true);
	hw_delay_us(s->line->hw, PCI_RESET_SETTLE_US);
	if (recover_wait(s->c, "a Function Level Reset", 0, PCI_RESET_SETTLE_US))
		return true;
	stage_abandon(s);
	return false;
}

static void flr(struct ctx *c)
{
	struct stage stage, *s = &stage;
	struct saved saved;
	bool was_alive;

	if (!initiate_flr(c->lab->fn, false)) {
		check_skip(c, "the function has no Function Level Reset");
		return;
	}
	if (flr_is_known_to_break(c) || would_lose_msix(c) || !begin_asserted(c, s))
		return;
	was_alive = c->verdict == VERDICT_PASS;
	write_disintx(c, true);
	save(s, &saved);
	pci_cfg_write16(s->fn, PCI_COMMAND, PCI_COMMAND_INTX_DISABLE);
	if (!reset_function(s))
		return;
	expect_hex(c, read_command(c) & COMMAND_JUDGED, 0, 4, "Command after the reset");
	expect_eq(c, interrupt_status(c), 0, "Interrupt Status after the reset");
	expect_line(c, LINE_DEASSERTED, "the line after the reset");
	restore(s, &saved);
	expect_hex(c, read_command(c), saved.command, 4, "Command restored");
	stage_prove_alive(s, was_alive);
	stage_close(s);
}

/* PME_Status is RW1C: written 0, it stays. */
static void set_power(struct stage *s, unsigned pm, uint16_t state)
{
	const uint16_t not_written = PCI_PM_CTRL_STATE_MASK | PCI_PM_CTRL_PME_STATUS;
	uint16_t control = pci_cfg_read16(s->fn, pm + PCI_PM_CTRL);

	pci_cfg_write16(s->fn, pm + PCI_PM_CTRL, (control & (uint16_t)~not_written) | state);
	hw_delay_us(s->line->hw, PCI_D3HOT_SETTLE_US);
}

static bool wake(struct stage *s, unsigned pm)
{
	if (is_gone(s))
		return false;
	set_power(s, pm, 0);
	if (recover_wait(s->c, "D3hot to D0", pm, PCI_D3HOT_SETTLE_US))
		return true;
	stage_abandon(s);
	return false;
}

/* DisINTx is set while the function is in D3hot: what of it is there behind tells a reset. */
static void d3hot(struct ctx *c)
{
	struct stage stage, *s = &stage;
	struct saved saved;
	bool keeps, was_alive;
	uint16_t pm;

	if (pci_find_capability(c->lab->fn, PCI_CAP_ID_PM, &pm)) {
		check_skip(c, "the function has no Power Management capability");
		return;
	}
	keeps = pci_cfg_read16(c->lab->fn, pm + PCI_PM_CTRL) & PCI_PM_CTRL_NO_SOFT_RESET;
	if ((!keeps && would_lose_msix(c)) || !begin_asserted(c, s))
		return;
	was_alive = c->verdict == VERDICT_PASS;
	save(s, &saved);
	set_power(s, pm, PCI_PM_CTRL_D3HOT);
	expect_eq(c, pci_cfg_read16(s->fn, pm + PCI_PM_CTRL) & PCI_PM_CTRL_STATE_MASK,
		  PCI_PM_CTRL_D3HOT, "PowerState");
	expect_line(c, LINE_DEASSERTED, "the line in D3hot");
	write_disintx(c, true);
	if (!wake(s, pm))
		return;
	expect_hex(c, read_command(c) & COMMAND_JUDGED,
		   keeps ? (saved.command | PCI_COMMAND_INTX_DISABLE) & COMMAND_JUDGED : 0, 4,
		   "Command back in D0, by No_Soft_Reset");
	if (keeps) {
		write_disintx(c, false);
		expect_line(c, LINE_ASSERTED, "the line back in D0, No_Soft_Reset = 1");
	}
	restore(s, &saved);
	stage_prove_alive(s, was_alive);
	stage_close(s);
}

static const struct check checks[] = {
	{ .id = "reset.command-quiesces",
	  .title = "Command = 0400 deasserts a pending line and ends decode; Command restored, it "
		   "is delivered once",
	  .spec = "PCI 3.0 sec 6.2.2, Command[10], Command[1]; Linux pci_dev_save_and_disable()",
	  .why = WHY("Linux writes 0400 to Command before every reset: that alone must silence the "
		     "device."),
	  .advice = "The line and ABAR with Command 0400; then what comes back with Command.",
	  .needs = NEED_ROUTE | NEED_DISINTX,
	  .body = quiesce },
	{ .id = "reset.flr-clears",
	  .title = "a Function Level Reset clears DisINTx and Interrupt Status; Command restored, "
		   "an event is delivered",
	  .spec = "PCIe Base sec 6.6.2, Function Level Reset; PCI ECN Advanced Capabilities",
	  .why = WHY(
		  "vfio-pci resets a function between users; what is left masked or pending is the "
		  "next one's."),
	  .advice = "Command, Status and the time it took (hw reset_wait); does the drive answer?",
	  .needs = NEED_ROUTE,
	  .body = flr },
	{ .id = "reset.d3hot-deasserts",
	  .title =
		  "D3hot deasserts a pending line; back in D0 all is as No_Soft_Reset says, and an "
		  "event is delivered",
	  .spec = "PCI PM 1.2, PMCSR PowerState, No_Soft_Reset",
	  .why = WHY("A sleeping function that holds its line storms whoever shares it."),
	  .advice = "PMCSR: PowerState and No_Soft_Reset, and the line while in D3hot.",
	  .needs = NEED_ROUTE | NEED_DISINTX,
	  .body = d3hot },
};

const struct suite suite_reset = CONFORMANCE_SUITE("reset", checks);
