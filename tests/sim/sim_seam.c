/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The operations of the seam: dispatch of accesses to whoever claims them, delivery of interrupts,
 * exceptions, guard and panic. Owns no register of any device.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim_vtd.h"

#define TICK_HZ 1000000000ull

enum {
	VECTOR_INVALID_OPCODE = 6,
	VECTOR_GENERAL_PROTECTION = 13,
	VECTOR_PAGE_FAULT = 14,
	FIRST_EXTERNAL = 32
};

static struct sim *to_sim(struct hw *hw)
{
	return (struct sim *)(void *)hw;
}

void sim_exception(struct sim *sim, unsigned vector, uint64_t address)
{
	struct sim_guard *guard = sim->guard;

	if (!guard) {
		fprintf(stderr, "sim: exception %u outside of any guard, address %" PRIx64 "\n",
			vector, address);
		abort();
	}
	sim->exception = (struct hw_fault){ .vector = vector, .address = address };
	sim->guard = guard->outer;
	sim->irq_on = false;
	longjmp(guard->env, 1);
}

/* Interrupt delivery */

static void call_sink(struct sim *sim, unsigned vector)
{
	if (vector < FIRST_EXTERNAL)
		sim_exception(sim, vector, 0);
	if (!sim->irq_fn)
		return;
	sim->irq_on = false;
	sim->irq_fn(sim->irq_arg, vector);
	sim->irq_on = true;
}

/*
 * Only as many as were waiting on entry: what a handler provokes again waits for the next
 * operation, as the interrupt bus would make it wait, and the interrupted code gets on.
 */
static void deliver(struct sim *sim)
{
	unsigned waiting;

	if (!sim->irq_on)
		return;
	if (sim_lapic_extint_open(sim) && sim_pic_intr(sim))
		call_sink(sim, sim_pic_ack(sim));
	waiting = sim_lapic_requests(sim);
	while (waiting-- > 0 && sim->irq_on) {
		int vector = sim_lapic_next(sim);

		if (vector < 0)
			break;
		sim_lapic_take(sim, (unsigned)vector);
		call_sink(sim, (unsigned)vector);
	}
}

/* Accesses */

static void vanish(struct sim *sim)
{
	if (sim->ahci_count)
		sim_fn_vanish(sim->ahci[0]->fn);
	for (unsigned i = 0; !sim->ahci_count && i < sim->fn_count; i++) {
		if (!sim->fn[i]->own_device)
			continue;
		sim_fn_vanish(sim->fn[i]);
		return;
	}
}

static void begin_access(struct sim *sim)
{
	sim_pass_time(sim, sim->config.access_ns);
	sim->accesses++;
	if (sim->accesses >= sim->vanish_at) {
		sim->vanish_at = sim->config.back_us ? SIM_NEVER : sim->vanish_at;
		vanish(sim);
	}
}

static bool is_unmapped(const struct sim *sim, uint64_t addr, uint64_t size)
{
	for (unsigned i = 0; i < sim->unmapped_count; i++) {
		uint64_t base = sim->unmapped[i].base, end = base + sim->unmapped[i].size;

		if (addr < end && (addr >= base || base - addr < size))
			return true;
	}
	return false;
}

static void check_mmio(struct sim *sim, uint64_t addr, enum hw_width width)
{
	if (width != HW_8 && width != HW_16 && width != HW_32 && width != HW_64)
		sim_abuse("no such width", addr, width);
	if (addr % width != 0)
		sim_abuse("misaligned mmio", addr, width);
	begin_access(sim);
	if (is_unmapped(sim, addr, width))
		sim_exception(sim, VECTOR_PAGE_FAULT, addr);
}

static uint64_t all_ones(enum hw_width width)
{
	return width == HW_64 ? UINT64_MAX : (1ull << (8 * width)) - 1;
}

static void unclaimed(struct sim *sim, uint64_t addr, enum hw_width width, bool write)
{
	if (!sim_pci_is_silent(sim, addr, width, write))
		sim_stray(sim, write ? "a write where no device is" : "a read where no device is",
			  addr, width);
}

static uint64_t do_mmio_read(struct hw *hw, uint64_t addr, enum hw_width width)
{
	struct sim *sim = to_sim(hw);
	uint64_t value = UINT64_MAX;

	check_mmio(sim, addr, width);
	if (!sim_lapic_read(sim, addr, width, &value) &&
	    !sim_ioapic_read(sim, addr, width, &value) && !sim_vtd_read(sim, addr, width, &value) &&
	    !sim_pci_read(sim, addr, width, &value))
		unclaimed(sim, addr, width, false);
	deliver(sim);
	return value & all_ones(width);
}

static void do_mmio_write(struct hw *hw, uint64_t addr, enum hw_width width, uint64_t value)
{
	struct sim *sim = to_sim(hw);

	check_mmio(sim, addr, width);
	if (value > all_ones(width))
		sim_abuse("value wider than the write", addr, width);
	if (!sim_lapic_write(sim, addr, width, value) &&
	    !sim_ioapic_write(sim, addr, width, value) && !sim_pci_write(sim, addr, width, value))
		unclaimed(sim, addr, width, true);
	deliver(sim);
}

static bool do_mmio_is_mapped(struct hw *hw, uint64_t addr, uint64_t size)
{
	/* Page tables as OVMF leaves them on a machine of 4 GiB: identity, all of it. */
	return size <= 1ull << 32 && addr <= (1ull << 32) - size &&
	       !is_unmapped(to_sim(hw), addr, size);
}

static void check_port(struct sim *sim, uint16_t port, enum hw_width width)
{
	if (width != HW_8 && width != HW_16 && width != HW_32)
		sim_abuse("no such port width", port, width);
	if (port % width != 0)
		sim_abuse("misaligned port", port, width);
	begin_access(sim);
}

static uint32_t do_port_read(struct hw *hw, uint16_t port, enum hw_width width)
{
	struct sim *sim = to_sim(hw);
	uint32_t value;

	check_port(sim, port, width);
	if (!sim_ports_read(sim, port, width, &value) && !sim_pic_read(sim, port, width, &value)) {
		sim_stray(sim, "a read of a port where no device is", port, width);
		value = (uint32_t)all_ones(width);
	}
	deliver(sim);
	return value;
}

static void do_port_write(struct hw *hw, uint16_t port, enum hw_width width, uint32_t value)
{
	struct sim *sim = to_sim(hw);

	check_port(sim, port, width);
	if (value > all_ones(width))
		sim_abuse("value wider than the write", port, width);
	if (!sim_ports_write(sim, port, width, value) && !sim_pic_write(sim, port, width, value))
		sim_stray(sim, "a write to a port where no device is", port, width);
	deliver(sim);
}

static uint64_t do_ticks(struct hw *hw)
{
	struct sim *sim = to_sim(hw);

	sim_pass_time(sim, sim->config.access_ns);
	deliver(sim);
	return sim->now;
}

static uint64_t do_tick_hz(struct hw *hw)
{
	(void)hw;
	return TICK_HZ;
}

static void do_relax(struct hw *hw)
{
	struct sim *sim = to_sim(hw);

	sim_pass_time(sim, sim->config.relax_ns);
	deliver(sim);
}

static void do_dma_barrier(struct hw *hw)
{
	sim_pass_time(to_sim(hw), 0);
}

static void do_irq_attach(struct hw *hw, hw_irq_fn *fn, void *arg)
{
	struct sim *sim = to_sim(hw);

	sim->irq_fn = fn;
	sim->irq_arg = arg;
}

static bool do_irq_switch(struct hw *hw, bool on)
{
	struct sim *sim = to_sim(hw);
	bool before = sim->irq_on;

	sim_pass_time(sim, sim->config.access_ns);
	sim->irq_on = on;
	deliver(sim);
	return before;
}

static enum err do_guard(struct hw *hw, hw_body_fn *body, void *arg, struct hw_fault *ret_fault)
{
	struct sim *sim = to_sim(hw);
	struct sim_guard guard = { .outer = sim->guard };

	sim->guard = &guard;
	if (setjmp(guard.env) != 0) {
		*ret_fault = sim->exception;
		return ERR_FAULT;
	}
	body(arg);
	sim->guard = guard.outer;
	return OK;
}

static uint64_t do_sysreg_read(struct hw *hw, uint32_t reg)
{
	struct sim *sim = to_sim(hw);
	uint64_t value = 0;

	begin_access(sim);
	if (!sim_lapic_read_msr(sim, reg, &value))
		sim_exception(sim, VECTOR_GENERAL_PROTECTION, 0);
	deliver(sim);
	return value;
}

static void do_sysreg_write(struct hw *hw, uint32_t reg, uint64_t value)
{
	struct sim *sim = to_sim(hw);

	begin_access(sim);
	if (!sim_lapic_write_msr(sim, reg, value))
		sim_exception(sim, VECTOR_GENERAL_PROTECTION, 0);
	deliver(sim);
}

static void do_text(struct hw *hw, const char *s, size_t len)
{
	struct sim *sim = to_sim(hw);

	if (sim->config.text)
		sim->config.text(sim->config.text_arg, s, len);
}

static __attribute__((noreturn)) void do_panic(struct hw *hw, const char *what)
{
	struct sim *sim = to_sim(hw);

	do_text(hw, "# run panic what=\"", strlen("# run panic what=\""));
	do_text(hw, what, strlen(what));
	do_text(hw, "\"\n", 2);
	if (!sim->guard)
		fprintf(stderr, "sim: panic: %s\n", what);
	sim_exception(sim, VECTOR_INVALID_OPCODE, 0);
}

const struct hw_ops sim_hw_ops = {
	.mmio_read = do_mmio_read,
	.mmio_write = do_mmio_write,
	.mmio_is_mapped = do_mmio_is_mapped,
	.port_read = do_port_read,
	.port_write = do_port_write,
	.ticks = do_ticks,
	.tick_hz = do_tick_hz,
	.relax = do_relax,
	.dma_alloc = sim_dma_alloc,
	.dma_barrier = do_dma_barrier,
	.irq_attach = do_irq_attach,
	.irq_switch = do_irq_switch,
	.guard = do_guard,
	.sysreg_read = do_sysreg_read,
	.sysreg_write = do_sysreg_write,
	.text = do_text,
	.panic = do_panic,
};
