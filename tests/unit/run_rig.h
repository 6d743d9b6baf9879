/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* One suite run on a q35, and in order what was written to one address meanwhile. */
#ifndef INTXLAB_TESTS_UNIT_RUN_RIG_H
#define INTXLAB_TESTS_UNIT_RUN_RIG_H

#include "drivers/irqc_x86.h"
#include "run/bench/find.h"
#include "run/suites/product.h"
#include "tests/unit/sim_rig.h"

static uint64_t watched_at, watched[256];
static unsigned watched_count;
static const struct hw_ops *watched_below;
static struct hw_ops watched_ops;

static void watched_write(struct hw *seam, uint64_t addr, enum hw_width width, uint64_t value)
{
	if (addr == watched_at && watched_count < sizeof(watched) / sizeof(watched[0]))
		watched[watched_count++] = value;
	watched_below->mmio_write(seam, addr, width, value);
}

static const char *run_machine = "q35";
static const char *run_fault; /* NULL: honest */
static void (*run_ended)(void); /* the function is given back, the machine is there; or NULL */

static void run_watched(const struct suite *suite, const char *options, uint64_t at)
{
	static const struct suite last = { .name = "last" };
	static const struct lab_about about = { "0", "0", "sim", "borrowed", 1 };
	static struct lab run;
	static struct bench bench;
	static struct play play;
	static struct pci_tree found;
	static struct irqc_x86 irqc;
	static struct irqc_x86_state saved;
	const struct suite *const suites[] = { suite, &last };
	struct acpi_memory memory;
	char why[160];

	start(run_machine, run_fault);
	memory = sim_acpi_memory(sim);
	watched_below = hw->ops;
	watched_ops = *hw->ops;
	watched_ops.mmio_write = watched_write;
	hw->ops = &watched_ops;
	watched_at = at;
	watched_count = 0;
	memset(&run, 0, sizeof(run));
	lab_begin(&run, hw, NULL, 0, &about);
	if (options_parse(options, &run.opt, why, sizeof(why)) ||
	    find_function(&run, &memory, sim_rsdp(sim), NULL, 0, &found))
		abort();
	product_init(&run, &bench, &play);
	if (lab_plan(&run, suites, 2) || irqc_x86_init(&irqc, hw, &run.madt))
		abort();
	hw->ops->irq_switch(hw, false);
	if (irqc_x86_take(&irqc, &saved))
		abort();
	run.irqc = &irqc.irqc;
	lab_run_before(&run, &last);
	lab_release(&run);
	UNIT_EQ(irqc_x86_return(&irqc, &saved), OK);
	if (run_ended)
		run_ended();
	stop();
}

#endif
