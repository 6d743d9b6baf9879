/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * A test image in which the function under test leaves in the middle of a check, as a card does
 * whose slot is switched off: an event is pending and unacknowledged when the root port above it
 * takes the power away. For a function right behind a root port with a hot-plug slot.
 */
#include "efi/root.h"
#include "run/bench/events.h"

/* PCIe Base sec 7.5.3, the capability of the port above; widths and access as there. */
#define EXP_SLTCAP 0x14 /* 32 */
#define EXP_SLTCAP_PCP 0x00000002 /* Power Controller Present */
#define EXP_SLTCAP_HPC 0x00000040 /* Hot-Plug Capable */
#define EXP_SLTCTL 0x18 /* 16 RW */
#define EXP_SLTCTL_PIC_OFF 0x0300 /* Power Indicator Control: off */
#define EXP_SLTCTL_PCC 0x0400 /* Power Controller Control: 1 is power off */

#define OFF_US 1000000 /* sec 6.7.1.8: software waits 1 s after it switched a slot off */

static const struct pci_fn *port_above(const struct lab *lab)
{
	return lab->fn->parent < 0 ? NULL : &lab->tree->fn[lab->fn->parent];
}

static bool find_slot(struct ctx *c, uint16_t *ret_exp)
{
	const struct pci_fn *port = port_above(c->lab);
	const uint32_t needed = EXP_SLTCAP_PCP | EXP_SLTCAP_HPC;

	if (!port || port->exp_type != PCI_EXP_TYPE_ROOT_PORT ||
	    pci_find_capability(port, PCI_CAP_ID_EXP, ret_exp)) {
		check_error(c, "the function is not behind a root port");
		return false;
	}
	if ((pci_cfg_read32(port, *ret_exp + EXP_SLTCAP) & needed) == needed)
		return true;
	check_error(c, "the slot has no power controller, or is not hot-plug capable");
	return false;
}

static bool switch_off(struct ctx *c, uint16_t exp)
{
	const struct pci_fn *port = port_above(c->lab);
	struct hw_timer timer = hw_timer_us(c->lab->hw, OFF_US);
	uint16_t control = pci_cfg_read16(port, exp + EXP_SLTCTL);

	pci_cfg_write16(port, exp + EXP_SLTCTL, control | EXP_SLTCTL_PIC_OFF | EXP_SLTCTL_PCC);
	while (!pci_fn_is_gone(c->lab->fn)) {
		if (hw_expired(c->lab->hw, &timer))
			return false;
		c->lab->hw->ops->relax(c->lab->hw);
	}
	return true;
}

static void is_there(struct ctx *c)
{
	uint16_t exp;

	if (find_slot(c, &exp) && events_begin_unheard(c, false)) {
		raise_event(c);
		expect_eq(c, interrupt_status(c), 1, "Interrupt Status");
		events_finish_unheard(c);
	}
}

/* The body knows nothing of it and goes on: what it finds is no verdict. */
static void slot_off(struct ctx *c)
{
	uint16_t exp;

	if (!find_slot(c, &exp) || !events_begin_unheard(c, false))
		return;
	raise_event(c);
	if (!switch_off(c, exp))
		check_fail(c, "the function", "all-ones", "there");
	expect_eq(c, interrupt_status(c), 1, "Interrupt Status");
	raise_event(c);
	events_finish_unheard(c);
}

static const struct check checks[] = {
	{ .id = "vanish.is-there",
	  .title = "the function behind the slot raises an interrupt",
	  .spec = "observation: what is to be lost",
	  .needs = NEED_ROUTE,
	  .body = is_there },
	{ .id = "vanish.slot-off",
	  .title = "never true: the slot is switched off in the middle",
	  .spec = "observation: made on purpose",
	  .needs = NEED_ROUTE,
	  .body = slot_off },
	{ .id = "vanish.not-again",
	  .title = "never true: nothing is there",
	  .spec = "observation: made on purpose",
	  .needs = NEED_ROUTE,
	  .body = is_there },
	{ .id = "vanish.nothing-needed",
	  .title = "never true: not even a check that needs nothing is tried",
	  .spec = "observation: made on purpose",
	  .body = check_pass },
};

static const struct suite suite_vanish = SUITE("vanish", checks);

const struct suite *const root_taken_suites[] = { &suite_vanish, NULL };
