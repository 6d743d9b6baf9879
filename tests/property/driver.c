/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The engine on tests/sim behind a line protocol, for the reference model in model.py: a command a
 * line on stdin, the whole state after it a line on stdout. Nothing is judged here.
 */
#include <stdlib.h>

#include "drivers/owner_ahci.h"
#include "drivers/passthrough.h"
#include "tests/property/rig.h"

/* What stands in devres besides the PCI core's own: a driver's action, run on detach. */
static void release_intx_off(struct pci_dev *dev, struct devres_node *node)
{
	(void)node;
	pci_intx(dev, false);
}

static void release_intx_on(struct pci_dev *dev, struct devres_node *node)
{
	(void)node;
	pci_intx(dev, true);
}

static void release_disable(struct pci_dev *dev, struct devres_node *node)
{
	(void)node;
	(void)pci_disable_device(dev);
}

static enum err action(struct rig *rig, const char *what)
{
	devres_release_fn *release = NULL;

	if (!strcmp(what, "intx0"))
		release = release_intx_off;
	else if (!strcmp(what, "intx1"))
		release = release_intx_on;
	else if (!strcmp(what, "disable"))
		release = release_disable;
	if (!release)
		abort();
	return pci_devres_add(&rig->dev, "driver", GFP_KERNEL, release, NULL);
}

static enum err msi(struct rig *rig, bool on)
{
	struct pci_msi_message message;
	enum err err;

	if (!on) {
		pci_disable_msi(&rig->dev);
		return OK;
	}
	err = line_msi_message(&rig->line, &message.address, &message.data);
	return err ? err : pci_enable_msi(&rig->dev, message);
}

/* The verbs of a driver that this laboratory does not have: it may call anything at any time. */
static bool core_verb(struct rig *rig, const char *verb, const char *argument, enum err *ret_err)
{
	struct pci_dev *dev = &rig->dev;
	bool on = argument[0] == '1';

	if (!strcmp(verb, "bind"))
		*ret_err = pci_dev_bind(dev, "managed");
	else if (!strcmp(verb, "unbind"))
		pci_dev_unbind(dev);
	else if (!strcmp(verb, "pcim_enable"))
		*ret_err = pcim_enable_device(dev);
	else if (!strcmp(verb, "enable"))
		pci_enable_device(dev);
	else if (!strcmp(verb, "disable"))
		(void)pci_disable_device(dev);
	else if (!strcmp(verb, "pin"))
		pcim_pin_device(dev);
	else if (!strcmp(verb, "master") && on)
		pci_set_master(dev);
	else if (!strcmp(verb, "master"))
		pci_clear_master(dev);
	else if (!strcmp(verb, "intx"))
		pci_intx(dev, on);
	else if (!strcmp(verb, "pcim_intx"))
		*ret_err = pcim_intx(dev, on);
	else if (!strcmp(verb, "msi"))
		*ret_err = msi(rig, on);
	else if (!strcmp(verb, "action"))
		*ret_err = action(rig, argument);
	else
		return false;
	return true;
}

/* MASK while another CPU waits for irqlock with an UNMASK. */
static void race(struct passthrough *pt)
{
	pt->waiting = passthrough_user_unmask;
	passthrough_user_mask(pt);
}

static bool vfio_verb(struct rig *rig, const char *verb, const char *argument, enum err *ret_err)
{
	struct passthrough *pt = &rig->vfio;
	bool on = argument[0] == '1';

	if (!strcmp(verb, "vbind"))
		*ret_err = passthrough_bind(pt, &rig->dev, &rig->line);
	else if (!strcmp(verb, "vunbind"))
		passthrough_unbind(pt);
	else if (!strcmp(verb, "vopen"))
		passthrough_open(pt, strcmp(argument, "device") ? &passthrough_mask_at_controller
								: &passthrough_mask_at_device);
	else if (!strcmp(verb, "vclose"))
		passthrough_close(pt);
	else if (!strcmp(verb, "vintx") && on)
		*ret_err = passthrough_intx_enable(pt);
	else if (!strcmp(verb, "vintx"))
		passthrough_intx_disable(pt);
	else if (!strcmp(verb, "vmsi") && on)
		*ret_err = passthrough_msi_enable(pt);
	else if (!strcmp(verb, "vmsi"))
		passthrough_msi_disable(pt);
	else if (!strcmp(verb, "vmask"))
		passthrough_user_mask(pt);
	else if (!strcmp(verb, "vunmask"))
		passthrough_user_unmask(pt);
	else if (!strcmp(verb, "vrace"))
		race(pt);
	else if (!strcmp(verb, "vcmd"))
		passthrough_user_command(pt, (uint16_t)strtoul(argument, NULL, 16));
	else
		return false;
	return true;
}

static bool other_verb(struct rig *rig, const char *verb, const char *argument, enum err *ret_err)
{
	if (!strcmp(verb, "abind"))
		*ret_err = owner_managed_bind(&rig->ahci, &rig->dev, &owner_ahci_ops, &rig->hba,
					      &rig->line);
	else if (!strcmp(verb, "aunbind"))
		*ret_err = owner_managed_unbind(&rig->ahci);
	else if (!strcmp(verb, "raise"))
		rig_raise(rig);
	else if (!strcmp(verb, "ack"))
		rig_acknowledge(rig);
	else if (!strcmp(verb, "fail"))
		rig_fail_from(rig, (unsigned)atoi(argument));
	else
		return false;
	return true;
}

static void run_command(struct rig *rig, const char *verb, const char *argument)
{
	enum err err = OK;

	rig_before(rig);
	if (!core_verb(rig, verb, argument, &err) && !vfio_verb(rig, verb, argument, &err) &&
	    !other_verb(rig, verb, argument, &err)) {
		fprintf(stderr, "no command %s\n", verb);
		exit(2);
	}
	rig_settle(rig);
	rig_print(rig, err);
}

int main(void)
{
	static struct rig rig;
	char line[120], verb[40], argument[40], policy[40];
	unsigned command, has_msi;

	while (fgets(line, sizeof(line), stdin)) {
		argument[0] = 0;
		if (sscanf(line, "%39s %39s", verb, argument) < 1)
			continue;
		if (strcmp(verb, "begin")) {
			run_command(&rig, verb, argument);
			continue;
		}
		if (sscanf(line, "begin %39s %x %u", policy, &command, &has_msi) != 3)
			return 2;
		rig_end(&rig);
		if (!rig_begin(&rig, policy, (uint16_t)command, has_msi))
			return 2;
	}
	rig_end(&rig);
	return 0;
}
