/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * What the PCI core's enable and disable do to Command, on this function: the rules that hold in
 * every generation. What differs between them is the sequences'.
 */
#include "run/bench/verbs.h"

#define SPEC_CORE "observation: Linux drivers/pci/pci.c"

static uint16_t others(struct ctx *c)
{
	return c->lab->bench->own.command_found & (uint16_t)~COMMAND_JUDGED;
}

static struct pci_dev *begin(struct ctx *c, uint16_t command)
{
	source_known_command(&c->lab->bench->own);
	pci_cfg_write16(c->lab->fn, PCI_COMMAND, others(c) | command);
	verbs_clear(c);
	return verbs_meet(c);
}

static uint16_t decode(struct ctx *c)
{
	return c->lab->bench->own.decode;
}

static void enable_clears(struct ctx *c)
{
	struct pci_dev *dev = begin(c, PCI_COMMAND_INTX_DISABLE);

	pci_enable_device(dev);
	expect_hex(c, read_command(c), others(c) | decode(c), 4,
		   "Command, enabled with DisINTx = 1 and decode off");
	source_known_command(&c->lab->bench->own);
}

static void enable_counts(struct ctx *c)
{
	struct pci_dev *dev = begin(c, 0);

	pci_enable_device(dev);
	write_disintx(c, true);
	verbs_clear(c);
	pci_enable_device(dev);
	verbs_expect_writes(c, 0);
	expect_eq(c, verbs_disintx(c), 1, "DisINTx, enabled a second time");
	verbs_clear(c);
	pci_disable_device(dev);
	verbs_expect_writes(c, 0);
	source_known_command(&c->lab->bench->own);
}

static void disable_clears_master(struct ctx *c)
{
	struct pci_dev *dev = begin(c, 0);

	pci_enable_device(dev);
	pci_set_master(dev);
	write_disintx(c, true);
	verbs_clear(c);
	expect_eq(c, pci_disable_device(dev), true, "pci_disable_device() of an enabled device");
	verbs_expect_writes(c, 1);
	expect_hex(c, read_command(c), others(c) | decode(c) | PCI_COMMAND_INTX_DISABLE, 4,
		   "Command, disabled with DisINTx = 1");
	source_known_command(&c->lab->bench->own);
}

static void pin_keeps(struct ctx *c)
{
	struct pci_dev *dev = begin(c, 0);
	bool bound = expect_ok(c, pci_dev_bind(dev, "ahci"), "a managed driver is bound");

	if (bound && expect_ok(c, pcim_enable_device(dev), "pcim_enable_device()")) {
		pci_set_master(dev);
		pcim_pin_device(dev);
	}
	if (bound)
		pci_dev_unbind(dev);
	expect_hex(c, read_command(c), others(c) | decode(c) | PCI_COMMAND_MASTER, 4,
		   "Command after the unbind of a pinned device");
	expect_eq(c, (uint64_t)dev->enable_cnt, 1, "enable_cnt after it");
	source_known_command(&c->lab->bench->own);
}

static const struct check checks[] = {
	{ .id = "policy.enable-clears-disintx",
	  .title = "pci_enable_device() turns decode on and clears a DisINTx that was left set",
	  .spec = SPEC_CORE ", do_pci_enable_device()",
	  .why = WHY("A driver that left DisINTx set would leave the next one without interrupts."),
	  .advice = "Command behind the enable: does the function take decode and DisINTx in one "
		    "word?",
	  .needs = NEED_DEVICE | NEED_INTX_PIN | NEED_DISINTX,
	  .body = enable_clears },
	{ .id = "policy.enable-again-only-counts",
	  .title = "a second pci_enable_device() writes nothing: DisINTx stays set",
	  .spec = SPEC_CORE ", pci_enable_device_flags()",
	  .why = WHY("Enabling twice must not undo a mask that was set in between."),
	  .advice = "The writes counted, then DisINTx as it reads back.",
	  .needs = NEED_DEVICE | NEED_DISINTX,
	  .body = enable_counts },
	{ .id = "policy.disable-clears-master-alone",
	  .title = "pci_disable_device() clears Bus Master in one write and nothing else",
	  .spec = SPEC_CORE ", do_pci_disable_device()",
	  .why = WHY("Disabling ends DMA; a mask that goes with it lets a pending line rise."),
	  .advice = "Command behind the disable: which bit beside Bus Master has moved?",
	  .needs = NEED_DEVICE | NEED_DISINTX,
	  .body = disable_clears_master },
	{ .id = "policy.pinned-stays-enabled",
	  .title = "a pinned device stays enabled, Bus Master on, when its managed driver leaves",
	  .spec = "observation: Linux drivers/pci/devres.c, pcim_pin_device()",
	  .why = WHY("A pinned device must go on working when its driver leaves."),
	  .advice = "Command behind the unbind: Bus Master and decode must still be 1.",
	  .needs = NEED_DEVICE,
	  .body = pin_keeps },
};

const struct suite suite_policy = CONFORMANCE_SUITE("policy", checks);
