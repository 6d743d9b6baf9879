/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* Owns the machine under the property driver and the form of its state's line. */
#include <stdlib.h>

#include "tests/property/rig.h"

#define ECAM_1F_2 (0xb0000000ull + (0x1full << 15) + (2ull << 12))
#define MSI_CAP 0x80
#define GSI 16 /* INTA of 00:1f.2: PIRQA on a q35 */
#define PORT0 0x100
#define PXIE_PCE 0x40

static void observe(void *trace, bool on)
{
	hw_trace_observe(trace, on);
}

static void give_up(const char *what)
{
	fprintf(stderr, "property driver: %s\n", what);
	exit(2);
}

static void take_controllers(struct rig *rig)
{
	struct acpi_memory memory = sim_acpi_memory(rig->sim);
	struct acpi_table table;
	struct acpi_madt madt;

	if (acpi_find_table(&memory, sim_rsdp(rig->sim), "APIC", &table) ||
	    acpi_parse_madt(table, &madt) || irqc_x86_init(&rig->x86, &rig->trace.hw, &madt))
		give_up("no interrupt controller");
	rig->trace.hw.ops->irq_switch(&rig->trace.hw, false);
	if (irqc_x86_take(&rig->x86, &rig->taken))
		give_up("the interrupt controllers cannot be taken");
}

/* The HBA known and at rest, Command as firmware left it. */
static void meet_hba(struct rig *rig)
{
	uint16_t command = pci_cfg_read16(&rig->fn, PCI_COMMAND);

	pci_cfg_write16(&rig->fn, PCI_COMMAND, 0x0007);
	if (ahci_init(&rig->hba, &rig->fn) || ahci_identify_hba(&rig->hba) ||
	    ahci_reset(&rig->hba) || ahci_scan(&rig->hba) || ahci_stop_ports(&rig->hba))
		give_up("no HBA");
	pci_cfg_write16(&rig->fn, PCI_COMMAND, command);
}

bool rig_begin(struct rig *rig, const char *policy, uint16_t command, bool has_msi)
{
	struct sim_config config = { .machine = "q35", .command = command };
	const struct policy *row = policy_find(policy);

	memset(rig, 0, sizeof(*rig));
	if (!row)
		return false;
	rig->sim = sim_new(&config);
	hw_trace_init(&rig->trace, sim_hw(rig->sim));
	rig->fn = (struct pci_fn){ .hw = &rig->trace.hw, .cfg = ECAM_1F_2, .pin = 1 };
	hw_trace_watch(&rig->trace, rig->fn.cfg, MSI_CAP);
	take_controllers(rig);
	meet_hba(rig);
	line_init(&rig->line, &rig->trace, &rig->x86.irqc, &rig->fn);
	rig->line.gsi = GSI;
	rig->line.polarity = IRQC_ACTIVE_LOW;
	rig->line.known = true;
	tracker_init(&rig->tracker, 0);
	rig->tracker.observe = observe;
	rig->tracker.observe_arg = &rig->trace;
	pci_dev_init(&rig->dev, &rig->fn, row, &rig->tracker, PCI_COMMAND_IO | PCI_COMMAND_MEMORY);
	if (has_msi)
		rig->dev.msi_cap = MSI_CAP;
	return true;
}

void rig_end(struct rig *rig)
{
	if (!rig->sim)
		return;
	line_free(&rig->line);
	if (irqc_x86_return(&rig->x86, &rig->taken))
		give_up("the interrupt controllers were not given back");
	sim_free(rig->sim);
	rig->sim = NULL;
}

void rig_before(struct rig *rig)
{
	hw_trace_clear(&rig->trace);
	line_rearm(&rig->line);
	rig->tracker.hazards = rig->tracker.allocations = 0;
	rig->tracker.pressure = true;
}

/*
 * A storm goes on until the guard has struck. What waits in the local APIC for nobody is taken and
 * dropped, so that no later owner meets it.
 */
void rig_settle(struct rig *rig)
{
	struct hw *hw = &rig->trace.hw;
	bool on = hw->ops->irq_switch(hw, true);
	unsigned count;

	do {
		count = rig->line.count;
		for (unsigned i = 0; i < 4; i++)
			hw->ops->relax(hw);
	} while (rig->line.count != count);
	hw->ops->irq_switch(hw, on);
}

static void port0(struct rig *rig, unsigned reg, uint32_t value)
{
	ahci_write(&rig->hba, PORT0 + reg, value);
}

/* COMRESET with PxIE.PCE: PxSERR.DIAG.X raises PxIS.PCS (AHCI 1.3.1 sec 3.3.5), no DMA needed. */
void rig_raise(struct rig *rig)
{
	rig_acknowledge(rig);
	port0(rig, AHCI_PX_IE, PXIE_PCE);
	ahci_write(&rig->hba, AHCI_GHC, AHCI_GHC_AE | AHCI_GHC_IE);
	port0(rig, AHCI_PX_SCTL, 1);
	hw_delay_us(&rig->trace.hw, AHCI_COMRESET_US + 100);
	port0(rig, AHCI_PX_SCTL, 0);
	hw_delay_us(&rig->trace.hw, 500);
	if (!(ahci_read(&rig->hba, AHCI_IS) & 1))
		give_up("the device does not raise its interrupt");
}

void rig_acknowledge(struct rig *rig)
{
	port0(rig, AHCI_PX_IE, 0);
	port0(rig, AHCI_PX_SERR, UINT32_MAX);
	port0(rig, AHCI_PX_IS, UINT32_MAX);
	ahci_write(&rig->hba, AHCI_IS, UINT32_MAX);
	(void)ahci_read(&rig->hba, AHCI_IS); /* flush the posted write */
}

void rig_fail_from(struct rig *rig, unsigned n)
{
	rig->tracker.fail_from = n;
	rig->tracker.intx_allocations = 0;
}

static void print_registers(struct rig *rig)
{
	uint16_t command, status, control;

	hw_trace_observe(&rig->trace, true);
	command = pci_cfg_read16(&rig->fn, PCI_COMMAND);
	status = pci_cfg_read16(&rig->fn, PCI_STATUS);
	control = pci_cfg_read16(&rig->fn, MSI_CAP + PCI_MSI_FLAGS);
	hw_trace_observe(&rig->trace, false);
	printf(" command=%04x status=%04x msi=%d", command, status, control & PCI_MSI_FLAGS_ENABLE);
}

static void print_node(const struct pci_dev *dev, const struct devres_node *node)
{
	printf("%s%s", node == dev->devres.newest ? "" : ",", node->name);
	if (!strcmp(node->name, "pcim_intx_restore"))
		printf("[%u]", node->orig_intx);
	if (!strcmp(node->name, "pcim_release"))
		printf("[%u%u%u%u]", dev->shared.enabled, dev->shared.pinned,
		       dev->shared.restore_intx, dev->shared.restore_intx && dev->shared.orig_intx);
}

static void print_device(const struct pci_dev *dev)
{
	printf(" driver=%s enable_cnt=%d busmaster=%u managed=%u msi_managed=%u pinned=%u "
	       "msi_enabled=%u devres=",
	       dev->driver ? dev->driver : "-", dev->enable_cnt, dev->is_busmaster, dev->is_managed,
	       dev->is_msi_managed, dev->pinned, dev->msi_enabled);
	for (const struct devres_node *node = dev->devres.newest; node; node = node->older)
		print_node(dev, node);
}

static void print_vfio(struct rig *rig)
{
	const struct passthrough *pt = &rig->vfio;
	const struct line *line = &rig->line;

	printf(" masked=%u virq_disabled=%u irq=%s notified=%u", pt->masked, pt->virq_disabled,
	       pt->irq_is_intx  ? "intx"
	       : pt->irq_is_msi ? "msi"
				: "none",
	       pt->notified);
	if (pt->irq_is_intx)
		printf(" count=%u entry_masked=%u lazy=%u", line->count, line_is_masked(&rig->line),
		       pt->lazily_disabled);
	else if (pt->irq_is_msi)
		printf(" count=%u", line->count);
	printf(" storm=%u", line->storm);
}

/* "R0007 W0407 R32:00100407 M0081"; a star: inside the interrupt handler. */
static void print_accesses(const struct hw_trace *trace)
{
	printf(" log=\"");
	if (hw_trace_overflowed(trace))
		give_up("more accesses than the record holds");
	for (unsigned i = 0; i < trace->count; i++) {
		const struct hw_trace_entry *e = &trace->entry[i];

		printf("%s%s%s", i ? " " : "", e->in_irq ? "*" : "",
		       e->what == HW_TRACE_WRITE_MSI      ? "M"
		       : e->what == HW_TRACE_READ_COMMAND ? "R"
							  : "W");
		if (e->offset != PCI_COMMAND && e->what != HW_TRACE_WRITE_MSI)
			printf("+%d:", e->offset - PCI_COMMAND);
		printf(e->width == 4 ? "32:%08x" : e->width == 1 ? "8:%02x" : "%04x", e->value);
	}
	printf("\"");
}

static void print_tracker(const struct tracker *t)
{
	printf(" allocations=\"");
	for (unsigned i = 0; i < t->allocations && i < TRACKER_ALLOCATIONS; i++) {
		const struct tracker_allocation *a = &t->allocation[i];

		printf("%s%s/%s/%s/%u%u%u/%s", i ? " " : "", a->site, gfp_name(a->gfp),
		       a->lock ? a->lock : "-", a->irqs_off, a->in_release, a->failed,
		       a->owner ? a->owner : "-");
	}
	printf("\" hazards=\"");
	for (unsigned i = 0; i < t->hazards && i < TRACKER_HAZARDS; i++) {
		const struct tracker_hazard *h = &t->hazard[i];

		printf("%s%s/%s/%u%u%u/%s/%04x/%s", i ? "; " : "", hazard_name(h->hazard),
		       h->lock ? h->lock : "-", h->irqs_off, h->in_irq, h->in_release,
		       h->owner ? h->owner : "-", h->command, h->chain);
	}
	printf("\" left=%u%u\n", t->depth, t->locks);
}

void rig_print(struct rig *rig, enum err err)
{
	printf("result=%s", err_name(err));
	print_registers(rig);
	print_device(&rig->dev);
	print_vfio(rig);
	print_accesses(&rig->trace);
	print_tracker(&rig->tracker);
}
