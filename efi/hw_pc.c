/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the machine behind the seam: accesses, time, DMA arena, interrupt sink, guards, the record's
 * way out. It knows no device and no interrupt controller, and calls no boot service.
 */
#include "efi/hw_pc.h"

#include "efi/x86_64/paging.h"
#include "pci/mem.h"
#include "run/stream.h"

_Static_assert(offsetof(struct pc, hw) == 0, "to_pc() converts the pointer");

static struct pc *to_pc(struct hw *hw)
{
	return (struct pc *)(void *)hw;
}

/* Volatile: one access, of this width, in program order with the other volatile ones. */
static uint64_t pc_mmio_read(struct hw *hw, uint64_t addr, enum hw_width width)
{
	void *at = (void *)(uintptr_t)addr;

	hw_bug_if(hw, addr % width != 0);
	switch (width) {
	case HW_8:
		return *(volatile uint8_t *)at;
	case HW_16:
		return *(volatile uint16_t *)at;
	case HW_32:
		return *(volatile uint32_t *)at;
	case HW_64:
		return *(volatile uint64_t *)at;
	}
	hw->ops->panic(hw, "bug: width of an mmio read");
}

static void pc_mmio_write(struct hw *hw, uint64_t addr, enum hw_width width, uint64_t value)
{
	void *at = (void *)(uintptr_t)addr;

	hw_bug_if(hw, addr % width != 0);
	switch (width) {
	case HW_8:
		*(volatile uint8_t *)at = (uint8_t)value;
		return;
	case HW_16:
		*(volatile uint16_t *)at = (uint16_t)value;
		return;
	case HW_32:
		*(volatile uint32_t *)at = (uint32_t)value;
		return;
	case HW_64:
		*(volatile uint64_t *)at = value;
		return;
	}
	hw->ops->panic(hw, "bug: width of an mmio write");
}

static bool pc_mmio_is_mapped(struct hw *hw, uint64_t addr, uint64_t size)
{
	(void)hw;
	return paging_is_mapped(addr, size, true);
}

static uint32_t pc_port_read(struct hw *hw, uint16_t port, enum hw_width width)
{
	switch (width) {
	case HW_8:
		return cpu_in8(port);
	case HW_16:
		return cpu_in16(port);
	case HW_32:
		return cpu_in32(port);
	case HW_64:
		break;
	}
	hw->ops->panic(hw, "bug: width of a port read");
}

static void pc_port_write(struct hw *hw, uint16_t port, enum hw_width width, uint32_t value)
{
	switch (width) {
	case HW_8:
		cpu_out8(port, (uint8_t)value);
		return;
	case HW_16:
		cpu_out16(port, (uint16_t)value);
		return;
	case HW_32:
		cpu_out32(port, value);
		return;
	case HW_64:
		break;
	}
	hw->ops->panic(hw, "bug: width of a port write");
}

static uint64_t pc_ticks(struct hw *hw)
{
	(void)hw;
	return cpu_read_tsc();
}

static uint64_t pc_tick_hz(struct hw *hw)
{
	return to_pc(hw)->clock.tsc_hz;
}

static void pc_relax(struct hw *hw)
{
	(void)hw;
	cpu_pause();
}

static enum err pc_dma_alloc(struct hw *hw, size_t size, size_t align, struct hw_dma *ret_dma)
{
	struct pc *pc = to_pc(hw);
	size_t start;

	hw_bug_if(hw, align == 0 || (align & (align - 1)) || align > 4096);
	start = (pc->arena.used + align - 1) & ~(align - 1);
	if (start > pc->arena.size || size > pc->arena.size - start)
		return ERR_NOMEM;
	pc->arena.used = start + size;
	*ret_dma = (struct hw_dma){ .cpu = pc->arena.cpu + start,
				    .bus = pc->arena.bus + start,
				    .size = size };
	memset(ret_dma->cpu, 0, size);
	return OK;
}

static void pc_dma_barrier(struct hw *hw)
{
	(void)hw;
	cpu_fence();
}

static void pc_irq_attach(struct hw *hw, hw_irq_fn *fn, void *arg)
{
	struct pc *pc = to_pc(hw);
	bool on = cpu_read_flags() & CPU_RFLAGS_IF;

	/* No delivery may see one half of the pair. */
	cpu_irq_off();
	pc->irq_fn = fn;
	pc->irq_arg = arg;
	if (on)
		cpu_irq_on();
}

static bool pc_irq_switch(struct hw *hw, bool on)
{
	bool before = cpu_read_flags() & CPU_RFLAGS_IF;

	(void)hw;
	if (on)
		cpu_irq_on();
	else
		cpu_irq_off();
	return before;
}

static enum err pc_guard(struct hw *hw, hw_body_fn *body, void *arg, struct hw_fault *ret_fault)
{
	struct pc *pc = to_pc(hw);
	struct pc_guard guard = { .outer = pc->guard };
	bool returned;

	pc->guard = &guard;
	returned = trap_guard(&guard.sp, body, arg);
	pc->guard = guard.outer;
	if (returned)
		return OK;
	/* A panic jumps here as it is. Under the firmware's table IF is the firmware's. */
	if (pc->trapping)
		cpu_irq_off();
	*ret_fault = guard.fault;
	return ERR_FAULT;
}

static uint64_t pc_sysreg_read(struct hw *hw, uint32_t reg)
{
	(void)hw;
	return cpu_read_msr(reg);
}

static void pc_sysreg_write(struct hw *hw, uint32_t reg, uint64_t value)
{
	(void)hw;
	cpu_write_msr(reg, value);
}

static void pc_text(struct hw *hw, const char *s, size_t len)
{
	struct pc *pc = to_pc(hw);

	uart_write(&pc->uart, s, len);
	if (pc->screen && !pc->trapping)
		pc->screen(pc->screen_arg, s, len);
}

static void say(struct pc *pc, const char *fmt, ...)
{
	char line[256];
	va_list ap;

	va_start(ap, fmt);
	pc_text(&pc->hw, line, fmt_vtext(line, sizeof(line), fmt, ap));
	va_end(ap);
}

/*
 * The end of a run that nobody waits for. A second arrival means that the way out itself is broken.
 */
static void __attribute__((noreturn)) die(struct pc *pc)
{
	cpu_irq_off();
	if (!pc->dying) {
		pc->dying = true;
		if (pc->last_resort)
			pc->last_resort(pc->last_resort_arg);
	}
	for (;;)
		cpu_halt();
}

static void __attribute__((noreturn)) pc_panic(struct hw *hw, const char *what)
{
	struct pc *pc = to_pc(hw);
	uint64_t ip = (uintptr_t)__builtin_return_address(0);

	say(pc, "# run panic what=%q rip=%016lx\n", what, ip);
	if (!pc->guard)
		die(pc);
	pc->guard->fault = (struct hw_fault){ .vector = HW_FAULT_PANIC, .ip = ip };
	trap_guard_jump(pc->guard->sp);
}

static void pc_exception(struct pc *pc, struct trap_frame *frame)
{
	struct hw_fault fault = {
		.vector = (unsigned)frame->vector,
		.error_code = frame->error_code,
		.ip = frame->rip,
		.address = frame->vector == 14 ? cpu_read_cr2() : 0, /* only #PF loads CR2 */
	};

	if (pc->guard) {
		pc->guard->fault = fault;
		trap_guard_land(frame, pc->guard->sp);
		return;
	}
	say(pc, "# run exception vector=%u error_code=%08lx rip=%016lx cr2=%016lx\n", fault.vector,
	    fault.error_code, fault.ip, fault.address);
	die(pc);
}

static void pc_trap(void *arg, struct trap_frame *frame)
{
	struct pc *pc = arg;

	if (frame->vector < TRAP_FIRST_IRQ)
		pc_exception(pc, frame);
	else if (pc->irq_fn)
		pc->irq_fn(pc->irq_arg, (unsigned)frame->vector);
}

static const struct hw_ops pc_ops = {
	.mmio_read = pc_mmio_read,
	.mmio_write = pc_mmio_write,
	.mmio_is_mapped = pc_mmio_is_mapped,
	.port_read = pc_port_read,
	.port_write = pc_port_write,
	.ticks = pc_ticks,
	.tick_hz = pc_tick_hz,
	.relax = pc_relax,
	.dma_alloc = pc_dma_alloc,
	.dma_barrier = pc_dma_barrier,
	.irq_attach = pc_irq_attach,
	.irq_switch = pc_irq_switch,
	.guard = pc_guard,
	.sysreg_read = pc_sysreg_read,
	.sysreg_write = pc_sysreg_write,
	.text = pc_text,
	.panic = pc_panic,
};

void pc_init(struct pc *pc, const struct acpi_memory *memory, uint64_t rsdp, clock_stall_fn *stall,
	     void *stall_arg)
{
	*pc = (struct pc){ .hw.ops = &pc_ops };
	pc->clock = clock_find(memory, rsdp, stall, stall_arg);
}

void pc_give_dma(struct pc *pc, void *cpu, uint64_t bus, size_t size)
{
	pc->arena.cpu = cpu;
	pc->arena.bus = bus;
	pc->arena.size = size;
	pc->arena.used = 0;
}

void pc_trap_open(struct pc *pc)
{
	hw_bug_if(&pc->hw, pc->trapping || cpu_read_flags() & CPU_RFLAGS_IF);
	pc->firmware_idtr = trap_install(pc_trap, pc);
	pc->trapping = true;
}

enum err pc_trap_close(struct pc *pc)
{
	bool same;

	cpu_irq_off();
	pc->irq_fn = NULL;
	same = trap_remove(pc->firmware_idtr);
	pc->trapping = false;
	return same ? OK : ERR_MISMATCH;
}

static const uint8_t *view(void *arg, uint64_t phys, size_t len)
{
	(void)arg;
	return paging_is_mapped(phys, len, false) ? (const uint8_t *)(uintptr_t)phys : NULL;
}

const struct acpi_memory pc_memory = { .view = view };
