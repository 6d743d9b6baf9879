/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the record of accesses to one function's Command/Status dword and Message Control word.
 * It changes no access and knows no policy; what a record means is decided by whoever reads it.
 */
#include "pci/trace.h"

#include "pci/mem.h"
#include "pci/pci_regs.h"

_Static_assert(offsetof(struct hw_trace, hw) == 0, "a struct hw * of ours is a struct hw_trace *");

static struct hw_trace *trace_of(struct hw *hw)
{
	return (struct hw_trace *)hw;
}

/* Does [addr, addr + width) share a byte with the size bytes at config offset off? */
static bool touches(const struct hw_trace *trace, uint64_t addr, unsigned width, unsigned off,
		    unsigned size)
{
	uint64_t first = trace->cfg + off;

	return trace->cfg && addr < first + size && addr + width > first;
}

/* Of an access of 64 bits, the half that covers the dword at config offset dword. */
static uint32_t watched_half(const struct hw_trace *trace, uint64_t addr, unsigned width,
			     unsigned dword, uint64_t value)
{
	return (uint32_t)(width == HW_64 && addr < trace->cfg + dword ? value >> 32 : value);
}

/*
 * Called before the access: the write that unmasks an interrupt is followed by the handler's
 * accesses before it returns here, and the record keeps program order. The increment is atomic for
 * the same reason: an interrupt between its load and its store would lose an entry.
 */
static struct hw_trace_entry *record(struct hw_trace *trace, enum hw_trace_what what, uint64_t addr,
				     unsigned width, uint32_t value)
{
	unsigned slot = __atomic_fetch_add(&trace->count, 1, __ATOMIC_RELAXED);

	if (slot >= HW_TRACE_DEPTH)
		return NULL;
	trace->entry[slot] = (struct hw_trace_entry){
		.what = what,
		.offset = (uint8_t)(addr - trace->cfg),
		.width = (uint8_t)width,
		.in_irq = trace->in_irq,
		.value = value,
	};
	return &trace->entry[slot];
}

static uint64_t trace_mmio_read(struct hw *hw, uint64_t addr, enum hw_width width)
{
	struct hw_trace *trace = trace_of(hw);
	struct hw_trace_entry *entry = NULL;
	uint64_t value;

	/* All-ones until it returns: an exception in the access ends it with no answer. */
	if (!trace->observing && touches(trace, addr, width, PCI_COMMAND, 4))
		entry = record(trace, HW_TRACE_READ_COMMAND, addr, width, UINT32_MAX);
	value = trace->below->ops->mmio_read(trace->below, addr, width);
	if (entry)
		entry->value = watched_half(trace, addr, width, PCI_COMMAND, value);
	return value;
}

static void trace_mmio_write(struct hw *hw, uint64_t addr, enum hw_width width, uint64_t value)
{
	struct hw_trace *trace = trace_of(hw);

	if (touches(trace, addr, width, PCI_COMMAND, 4))
		record(trace, HW_TRACE_WRITE_COMMAND, addr, width,
		       watched_half(trace, addr, width, PCI_COMMAND, value));
	if (trace->msi_cap && touches(trace, addr, width, trace->msi_cap + PCI_MSI_FLAGS, 2))
		record(trace, HW_TRACE_WRITE_MSI, addr, width,
		       watched_half(trace, addr, width, trace->msi_cap, value));
	trace->below->ops->mmio_write(trace->below, addr, width, value);
}

static bool trace_mmio_is_mapped(struct hw *hw, uint64_t addr, uint64_t size)
{
	struct hw *below = trace_of(hw)->below;

	return below->ops->mmio_is_mapped(below, addr, size);
}

static uint32_t trace_port_read(struct hw *hw, uint16_t port, enum hw_width width)
{
	struct hw *below = trace_of(hw)->below;

	return below->ops->port_read(below, port, width);
}

static void trace_port_write(struct hw *hw, uint16_t port, enum hw_width width, uint32_t value)
{
	struct hw *below = trace_of(hw)->below;

	below->ops->port_write(below, port, width, value);
}

static uint64_t trace_ticks(struct hw *hw)
{
	struct hw *below = trace_of(hw)->below;

	return below->ops->ticks(below);
}

static uint64_t trace_tick_hz(struct hw *hw)
{
	struct hw *below = trace_of(hw)->below;

	return below->ops->tick_hz(below);
}

static void trace_relax(struct hw *hw)
{
	struct hw *below = trace_of(hw)->below;

	below->ops->relax(below);
}

static enum err trace_dma_alloc(struct hw *hw, size_t size, size_t align, struct hw_dma *ret_dma)
{
	struct hw *below = trace_of(hw)->below;

	return below->ops->dma_alloc(below, size, align, ret_dma);
}

static void trace_dma_barrier(struct hw *hw)
{
	struct hw *below = trace_of(hw)->below;

	below->ops->dma_barrier(below);
}

/* What a handler reads is its own, even if it came while the laboratory was looking. */
static void trace_sink(void *arg, unsigned vector)
{
	struct hw_trace *trace = arg;
	unsigned observing = trace->observing;
	bool in_irq = trace->in_irq;

	trace->observing = 0;
	trace->in_irq = true;
	trace->irq_fn(trace->irq_arg, vector);
	trace->in_irq = in_irq;
	trace->observing = observing;
}

/* Detached below before fn and arg change: no vector ever meets half of a pair. */
static void trace_irq_attach(struct hw *hw, hw_irq_fn *fn, void *arg)
{
	struct hw_trace *trace = trace_of(hw);

	trace->below->ops->irq_attach(trace->below, NULL, NULL);
	trace->irq_fn = fn;
	trace->irq_arg = arg;
	if (fn)
		trace->below->ops->irq_attach(trace->below, trace_sink, trace);
}

static bool trace_irq_switch(struct hw *hw, bool on)
{
	struct hw *below = trace_of(hw)->below;

	return below->ops->irq_switch(below, on);
}

/* An exception leaves the sink, or a look, by its back door: neither restored what it changed. */
static enum err trace_guard(struct hw *hw, hw_body_fn *body, void *arg, struct hw_fault *ret_fault)
{
	struct hw_trace *trace = trace_of(hw);
	unsigned observing = trace->observing;
	bool in_irq = trace->in_irq;
	enum err err = trace->below->ops->guard(trace->below, body, arg, ret_fault);

	if (err) {
		trace->observing = observing;
		trace->in_irq = in_irq;
	}
	return err;
}

static uint64_t trace_sysreg_read(struct hw *hw, uint32_t reg)
{
	struct hw *below = trace_of(hw)->below;

	return below->ops->sysreg_read(below, reg);
}

static void trace_sysreg_write(struct hw *hw, uint32_t reg, uint64_t value)
{
	struct hw *below = trace_of(hw)->below;

	below->ops->sysreg_write(below, reg, value);
}

static void trace_text(struct hw *hw, const char *s, size_t len)
{
	struct hw *below = trace_of(hw)->below;

	below->ops->text(below, s, len);
}

static void __attribute__((noreturn)) trace_panic(struct hw *hw, const char *what)
{
	struct hw *below = trace_of(hw)->below;

	below->ops->panic(below, what);
}

static const struct hw_ops trace_ops = {
	.mmio_read = trace_mmio_read,
	.mmio_write = trace_mmio_write,
	.mmio_is_mapped = trace_mmio_is_mapped,
	.port_read = trace_port_read,
	.port_write = trace_port_write,
	.ticks = trace_ticks,
	.tick_hz = trace_tick_hz,
	.relax = trace_relax,
	.dma_alloc = trace_dma_alloc,
	.dma_barrier = trace_dma_barrier,
	.irq_attach = trace_irq_attach,
	.irq_switch = trace_irq_switch,
	.guard = trace_guard,
	.sysreg_read = trace_sysreg_read,
	.sysreg_write = trace_sysreg_write,
	.text = trace_text,
	.panic = trace_panic,
};

void hw_trace_init(struct hw_trace *trace, struct hw *below)
{
	memset(trace, 0, sizeof(*trace));
	trace->hw.ops = &trace_ops;
	trace->below = below;
}

void hw_trace_watch(struct hw_trace *trace, uint64_t cfg, uint16_t msi_cap)
{
	trace->cfg = cfg;
	trace->msi_cap = msi_cap;
	hw_trace_clear(trace);
}

void hw_trace_observe(struct hw_trace *trace, bool on)
{
	hw_bug_if(trace->below, !on && !trace->observing);
	if (on)
		trace->observing++;
	else
		trace->observing--;
}

void hw_trace_clear(struct hw_trace *trace)
{
	trace->count = 0;
}

bool hw_trace_overflowed(const struct hw_trace *trace)
{
	return trace->count > HW_TRACE_DEPTH;
}
