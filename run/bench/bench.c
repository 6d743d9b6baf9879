/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the state of the function under test between checks: made ready, raised, acknowledged, given
 * back. What a check makes of it is the check's business.
 */
#include "run/bench/bench.h"

#include "pci/mem.h"
#include "run/bench/source_ahci.h"

void bench_init(struct bench *bench, struct lab *lab)
{
	memset(bench, 0, sizeof(*bench));
	bench->lab = lab;
	lab->bench = bench;
}

static void observe_for_tracker(void *arg, bool on)
{
	struct lab *lab = arg;

	hw_trace_observe(&lab->trace, on);
}

void bench_init_tracker(struct bench *bench, struct tracker *tracker)
{
	tracker_init(tracker, bench->lab->opt.fail_alloc);
	tracker->observe = observe_for_tracker;
	tracker->observe_arg = bench->lab;
}

/* As Linux does it when it enumerates, pci_intx_mask_broken(): no driver has the function yet. */
static void detect_disintx(struct bench *bench)
{
	const struct pci_fn *fn = bench->lab->fn;
	uint16_t before = pci_cfg_read16(fn, PCI_COMMAND), flipped;

	if (before == UINT16_MAX)
		return;
	pci_cfg_write16(fn, PCI_COMMAND, before ^ PCI_COMMAND_INTX_DISABLE);
	flipped = pci_cfg_read16(fn, PCI_COMMAND);
	pci_cfg_write16(fn, PCI_COMMAND, before);
	bench->has_disintx = (before ^ flipped) & PCI_COMMAND_INTX_DISABLE;
	bench->disintx_stuck = !bench->has_disintx && before & PCI_COMMAND_INTX_DISABLE;
	bench->lacks_disintx = !bench->has_disintx && !bench->disintx_stuck;
	stream_line(&bench->lab->out, "# hw disintx state=%s",
		    bench->has_disintx     ? "writable"
		    : bench->disintx_stuck ? "stuck-1"
					   : "absent");
}

bool bench_masks_at_controller(struct bench *bench, const struct policy *policy)
{
	if (bench->lab->opt.intx_mask != INTX_MASK_AUTO)
		return bench->lab->opt.intx_mask == INTX_MASK_CONTROLLER;
	return !policy->vfio_masks_at_device || !bench->has_disintx ||
	       bench->quirks & PCI_QUIRK_INTX_MASKING;
}

void bench_prepare(struct bench *bench)
{
	struct lab *lab = bench->lab;
	uint16_t msi_cap;

	if (bench->own.prepared || !lab->fn)
		return;
	if (pci_find_capability(lab->fn, PCI_CAP_ID_MSI, &msi_cap))
		msi_cap = 0;
	hw_trace_watch(&lab->trace, lab->fn->cfg, msi_cap);
	upstream_open(&bench->upstream, lab, lab->fn);
	source_prepare(&bench->own, lab, lab->fn);
	if (bench->upstream.closed && bench->own.init_err)
		bench->own.why = "a bridge above the function is closed (see # hw bridge_closed)";
	bench->quirks = pci_quirks(lab->tree, lab->fn);
	detect_disintx(bench);
	if (lab->irqc)
		line_init(&bench->line, &lab->trace, lab->irqc, lab->fn);
}

static bool unmet_device(const struct bench *bench, const char **ret_why)
{
	const struct source *own = &bench->own;

	if (own->usable && own->timeouts < SOURCE_TIMEOUTS)
		return false;
	if (own->usable)
		*ret_why = "the device no longer answers: two events did not come within 5 s each";
	else
		*ret_why = own->why;
	return true;
}

static bool no_source(const struct bench *bench, const char **ret_why)
{
	if (bench->own.ready)
		return false;
	*ret_why = bench->own.why;
	return true;
}

static unsigned unmet_route(struct bench *bench, const char **ret_why, bool *ret_error)
{
	if (bench->lab->no_delivery) {
		*ret_why = bench->lab->no_delivery;
		return NEED_ROUTE;
	}
	if (!bench->lab->irqc) {
		*ret_why = "no interrupt controller was found";
		return NEED_ROUTE;
	}
	bench_probe(bench);
	if (!bench->line.known) {
		*ret_error = true;
		*ret_why = "no pin was found for the line (see line.probe)";
		return NEED_ROUTE;
	}
	return 0;
}

/* With NEED_SOURCE the message of an event must arrive; without, only registers are looked at. */
static bool unmet_msi(const struct bench *bench, unsigned needs, const char **ret_why)
{
	if (!bench->lab->opt.msi)
		*ret_why = "only with --msi on";
	else if (!bench->own.msi_cap)
		*ret_why = "the function has no MSI capability";
	else if (bench->lab->no_msi[0])
		*ret_why = bench->lab->no_msi;
	else if ((needs & NEED_SOURCE) && bench->lab->no_delivery)
		*ret_why = bench->lab->no_delivery;
	else
		return false;
	return true;
}

static unsigned unmet_neighbour(struct bench *bench, const char **ret_why)
{
	if (!bench->lab->neighbour) {
		*ret_why = "no --neighbour was named";
		return NEED_NEIGHBOUR;
	}
	bench_probe_neighbour(bench);
	if (!bench->other.ready) {
		*ret_why = "the neighbour cannot be made to raise an interrupt";
		return NEED_NEIGHBOUR;
	}
	if (bench->unmask_first) {
		*ret_why = "whether the neighbour is on the line is not known: " BENCH_UNMASK_FIRST;
		return NEED_NEIGHBOUR;
	}
	if (!bench->same_line) {
		*ret_why = "the neighbour is not on the function's line";
		return NEED_NEIGHBOUR;
	}
	return 0;
}

unsigned bench_unmet(struct bench *bench, unsigned needs, const char **ret_why, bool *ret_error)
{
	*ret_error = false;
	*ret_why = "";
	if (needs & (NEED_NEIGHBOUR | NEED_RTE))
		needs |= NEED_ROUTE;
	if (needs & NEED_ROUTE)
		needs |= NEED_SOURCE | NEED_INTX_PIN;
	if (needs & (NEED_SOURCE | NEED_OWN_MASK))
		needs |= NEED_DEVICE;
	if (needs)
		bench_prepare(bench);
	if ((needs & NEED_AHCI) && !source_ahci(&bench->own)) {
		*ret_why = "the function is no AHCI controller";
		return NEED_AHCI;
	}
	if ((needs & NEED_DEVICE) && unmet_device(bench, ret_why)) {
		*ret_error = true;
		return NEED_DEVICE;
	}
	if ((needs & NEED_OWN_MASK) && !source_has_mask(&bench->own)) {
		*ret_why = "the device has no enable of its own";
		return NEED_OWN_MASK;
	}
	if ((needs & NEED_DISINTX) && bench->lacks_disintx) {
		*ret_why = BENCH_LACKS_DISINTX;
		return NEED_DISINTX;
	}
	if ((needs & NEED_INTX_PIN) && (bench->lab->fn->pin < 1 || bench->lab->fn->pin > 4)) {
		*ret_why = "Interrupt Pin names no INTx (see route.interrupt-pin)";
		return NEED_INTX_PIN;
	}
	if ((needs & NEED_SOURCE) && no_source(bench, ret_why)) {
		*ret_error = bench->own.lost;
		return NEED_SOURCE;
	}
	if ((needs & NEED_MSI) && unmet_msi(bench, needs, ret_why))
		return NEED_MSI;
	if ((needs & NEED_ROUTE) && unmet_route(bench, ret_why, ret_error))
		return NEED_ROUTE;
	if ((needs & NEED_RTE) && !(bench->line.irqc->caps & IRQC_HAS_RTE)) {
		*ret_why = bench->at_second ? "the line is at the 8259s, which have no entries and "
					      "latch no level"
					    : "the controller has no entry with remote IRR";
		return NEED_RTE;
	}
	return needs & NEED_NEIGHBOUR ? unmet_neighbour(bench, ret_why) : 0;
}

void bench_release(struct bench *bench)
{
	if (!bench->own.prepared)
		return;
	line_free(&bench->line);
	source_release(&bench->own);
	source_release(&bench->other);
	upstream_restore(&bench->upstream);
}

const char *bench_dma_kept(const struct bench *bench)
{
	if (bench->own.prepared && bench->own.dma_kept)
		return bench->own.dma_kept;
	return bench->other.prepared ? bench->other.dma_kept : NULL;
}
