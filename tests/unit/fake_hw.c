/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* Owns the pages, clock and log of a machine that only remembers; no device behaviour. */
#include "tests/unit/fake_hw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct fake_hw *fake_of(struct hw *hw)
{
	return (struct fake_hw *)hw;
}

static struct fake_page *find_page(struct fake_hw *fake, uint64_t addr)
{
	if (fake->last && fake->last->addr == (addr & ~0xfffull))
		return fake->last;
	for (unsigned i = 0; i < fake->pages; i++) {
		if (fake->page[i].addr == (addr & ~0xfffull))
			return fake->last = &fake->page[i];
	}
	return NULL;
}

static void log_access(struct fake_hw *fake, bool write, uint64_t addr, unsigned width,
		       uint64_t value)
{
	unsigned count = fake->reads + fake->writes;

	if (count < FAKE_LOG)
		fake->log[count] = (struct fake_access){ write, addr, width, value };
	if (write)
		fake->writes++;
	else
		fake->reads++;
}

static uint64_t all_ones(unsigned width)
{
	return UINT64_MAX >> (64 - 8 * width);
}

static void check_access(const struct fake_hw *fake, uint64_t addr, unsigned width)
{
	if (addr % width || addr - fake->forbidden < fake->forbidden_size) {
		fprintf(stderr, "access of %u bytes at %llx\n", width, (unsigned long long)addr);
		abort();
	}
}

/* Vendor 0001h, device FFFFh; the root complex would hold back the CPU at any other access. */
static uint64_t not_ready(struct fake_page *page, uint64_t addr, unsigned width)
{
	if (addr % 4096 || width != 4) {
		fprintf(stderr, "access at %llx: not ready\n", (unsigned long long)addr);
		abort();
	}
	page->retries--;
	return 0xffff0001;
}

static void raise_once(struct fake_hw *fake, unsigned *vector)
{
	unsigned raised = *vector;

	*vector = 0;
	if (raised)
		fake_raise(fake, raised);
}

static uint64_t fake_mmio_read(struct hw *hw, uint64_t addr, enum hw_width width)
{
	struct fake_hw *fake = fake_of(hw);
	struct fake_page *page = find_page(fake, addr);
	uint64_t value = all_ones(width);

	check_access(fake, addr, width);
	if (page && !page->gone) {
		value = 0;
		memcpy(&value, page->bytes + addr % 4096, width);
	}
	if (page && page->retries)
		value = not_ready(page, addr, width);
	log_access(fake, false, addr, width, value);
	raise_once(fake, &fake->irq_on_read);
	return value;
}

static void fake_mmio_write(struct hw *hw, uint64_t addr, enum hw_width width, uint64_t value)
{
	struct fake_hw *fake = fake_of(hw);
	struct fake_page *page = find_page(fake, addr);

	check_access(fake, addr, width);
	log_access(fake, true, addr, width, value);
	for (unsigned i = 0; page && !page->gone && i < width; i++) {
		uint8_t *byte = &page->bytes[addr % 4096 + i];
		uint8_t writable = page->writable[addr % 4096 + i];

		*byte = (uint8_t)((*byte & ~writable) | (value >> 8 * i & writable));
	}
	raise_once(fake, &fake->irq_on_write);
}

static bool fake_mmio_is_mapped(struct hw *hw, uint64_t addr, uint64_t size)
{
	struct fake_hw *fake = fake_of(hw);

	fake->map_asks++;
	return addr >= fake->unmapped + fake->unmapped_size || addr + size <= fake->unmapped;
}

static uint32_t fake_port_read(struct hw *hw, uint16_t port, enum hw_width width)
{
	return (uint32_t)(fake_of(hw)->port_value + port + width);
}

static void fake_port_write(struct hw *hw, uint16_t port, enum hw_width width, uint32_t value)
{
	fake_of(hw)->port_value = (uint16_t)(port + width + value);
}

static uint64_t fake_ticks(struct hw *hw)
{
	return fake_of(hw)->now;
}

static uint64_t fake_tick_hz(struct hw *hw)
{
	return fake_of(hw)->hz;
}

static void fake_relax(struct hw *hw)
{
	struct fake_hw *fake = fake_of(hw);

	fake->relaxes++;
	fake->now += fake->ticks_per_relax;
}

static enum err fake_dma_alloc(struct hw *hw, size_t size, size_t align, struct hw_dma *ret_dma)
{
	(void)hw;
	(void)align;
	*ret_dma = (struct hw_dma){ .bus = 0x1000, .size = size };
	return OK;
}

static void fake_dma_barrier(struct hw *hw)
{
	(void)hw;
}

static void fake_irq_attach(struct hw *hw, hw_irq_fn *fn, void *arg)
{
	fake_of(hw)->irq_fn = fn;
	fake_of(hw)->irq_arg = arg;
}

static bool fake_irq_switch(struct hw *hw, bool on)
{
	(void)hw;
	return !on;
}

static enum err fake_guard(struct hw *hw, hw_body_fn *body, void *arg, struct hw_fault *ret_fault)
{
	struct fake_hw *fake = fake_of(hw);
	jmp_buf *outer = fake->guard;
	jmp_buf here;

	fake->guard = &here;
	if (setjmp(here)) {
		fake_of(hw)->guard = outer;
		*ret_fault = (struct hw_fault){ .vector = 13 };
		return ERR_FAULT;
	}
	body(arg);
	fake->guard = outer;
	return OK;
}

static uint64_t fake_sysreg_read(struct hw *hw, uint32_t reg)
{
	return fake_of(hw)->sysreg_value + reg;
}

static void fake_sysreg_write(struct hw *hw, uint32_t reg, uint64_t value)
{
	fake_of(hw)->sysreg_value = reg + value;
}

static void fake_text(struct hw *hw, const char *s, size_t len)
{
	snprintf(fake_of(hw)->text, sizeof(fake_of(hw)->text), "%.*s", (int)len, s);
}

static void __attribute__((noreturn)) fake_panic(struct hw *hw, const char *what)
{
	if (fake_of(hw)->guard)
		longjmp(*fake_of(hw)->guard, 1);
	fprintf(stderr, "panic: %s\n", what);
	abort();
}

static const struct hw_ops fake_ops = {
	.mmio_read = fake_mmio_read,
	.mmio_write = fake_mmio_write,
	.mmio_is_mapped = fake_mmio_is_mapped,
	.port_read = fake_port_read,
	.port_write = fake_port_write,
	.ticks = fake_ticks,
	.tick_hz = fake_tick_hz,
	.relax = fake_relax,
	.dma_alloc = fake_dma_alloc,
	.dma_barrier = fake_dma_barrier,
	.irq_attach = fake_irq_attach,
	.irq_switch = fake_irq_switch,
	.guard = fake_guard,
	.sysreg_read = fake_sysreg_read,
	.sysreg_write = fake_sysreg_write,
	.text = fake_text,
	.panic = fake_panic,
};

void fake_init(struct fake_hw *fake)
{
	memset(fake, 0, sizeof(*fake));
	fake->hw.ops = &fake_ops;
	fake->hz = 1000000;
	fake->ticks_per_relax = 1;
}

struct fake_page *fake_add_page(struct fake_hw *fake, uint64_t addr)
{
	struct fake_page *page;

	if (fake->pages == FAKE_PAGES)
		abort();
	page = &fake->page[fake->pages++];
	memset(page, 0, sizeof(*page));
	page->addr = addr;
	return page;
}

struct fake_page *fake_add_fn(struct fake_hw *fake, unsigned bus, unsigned dev, unsigned fn)
{
	struct fake_page *page = fake_add_page(fake,
					       FAKE_ECAM + (bus << 20) + (dev << 15) + (fn << 12));

	fake_set32(page, PCI_VENDOR_ID, 0x29228086);
	memset(page->writable + PCI_COMMAND, 0xff, 2);
	return page;
}

struct fake_page *fake_add_bridge(struct fake_hw *fake, unsigned bus, unsigned dev,
				  unsigned secondary, unsigned subordinate)
{
	struct fake_page *page = fake_add_fn(fake, bus, dev, 0);

	page->bytes[PCI_HEADER_TYPE] = 1;
	page->bytes[PCI_PRIMARY_BUS] = (uint8_t)bus;
	page->bytes[PCI_SECONDARY_BUS] = (uint8_t)secondary;
	page->bytes[PCI_SUBORDINATE_BUS] = (uint8_t)subordinate;
	return page;
}

struct pci_fn fake_fn(struct fake_hw *fake, const struct fake_page *page)
{
	return (struct pci_fn){
		.hw = &fake->hw,
		.cfg = page->addr,
		.header_type = page->bytes[PCI_HEADER_TYPE] & 0x7f,
		.parent = -1,
	};
}

void fake_set16(struct fake_page *page, unsigned off, uint16_t value)
{
	memcpy(page->bytes + off, &value, sizeof(value));
}

void fake_set32(struct fake_page *page, unsigned off, uint32_t value)
{
	memcpy(page->bytes + off, &value, sizeof(value));
}

void fake_set_cap(struct fake_page *page, unsigned off, unsigned id, unsigned next)
{
	page->bytes[PCI_STATUS] |= PCI_STATUS_CAP_LIST;
	page->bytes[off] = (uint8_t)id;
	page->bytes[off + 1] = (uint8_t)next;
}

void fake_raise(struct fake_hw *fake, unsigned vector)
{
	if (fake->irq_fn)
		fake->irq_fn(fake->irq_arg, vector);
}

void fake_forget(struct fake_hw *fake)
{
	fake->reads = 0;
	fake->writes = 0;
	fake->map_asks = 0;
	memset(fake->log, 0, sizeof(fake->log));
}
