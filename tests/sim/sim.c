/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The life of a machine: made from a configuration, asked from outside, freed. What happens in it
 * stands in sim_seam.c and in the files of its parts.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "tests/sim/sim_data.h"
#include "tests/sim/sim_machine.h"

#define DEFAULT_ACCESS_NS 100
#define DEFAULT_RELAX_NS 1000
#define DEFAULT_WATCHDOG 50000000ull
#define DEFAULT_DMA_BASE 0x7e000000ull

void *sim_calloc(size_t size)
{
	void *memory = calloc(1, size);

	if (!memory) {
		fprintf(stderr, "sim: out of memory\n");
		abort();
	}
	return memory;
}

void sim_abuse(const char *what, uint64_t addr, unsigned width)
{
	fprintf(stderr, "sim: caller's bug: %s, address %" PRIx64 ", %u bytes\n", what, addr,
		width);
	abort();
}

static void set_defaults(struct sim *sim)
{
	struct sim_config *config = &sim->config;

	if (config->command == 0)
		config->command = CMD_IO | CMD_MEM | CMD_MASTER;
	if (config->access_ns == 0)
		config->access_ns = DEFAULT_ACCESS_NS;
	if (config->relax_ns == 0)
		config->relax_ns = DEFAULT_RELAX_NS;
	if (config->watchdog == 0)
		config->watchdog = DEFAULT_WATCHDOG;
	sim->next_bus = config->dma_base ? config->dma_base : DEFAULT_DMA_BASE;
	sim->next_event = SIM_NEVER;
	sim->vanish_at = SIM_NEVER;
	sim->irq_on = true; /* as firmware runs its applications */
}

static bool arm_faults(struct sim *sim)
{
	const char *const *name = sim->config.faults;

	for (; name && *name; name++) {
		if (!sim_fault_arm(sim, *name)) {
			fprintf(stderr, "sim: no simulated fault '%s'\n", *name);
			return false;
		}
	}
	return true;
}

struct sim *sim_new(const struct sim_config *config)
{
	const char *name = config->machine ? config->machine : "q35";
	const struct sim_machine *machine = config->data ? &sim_data_machine
							 : sim_machine_find(name);
	struct sim *sim;

	if (!machine) {
		fprintf(stderr, "sim: no machine '%s'\n", name);
		return NULL;
	}
	sim = sim_calloc(sizeof(*sim));
	sim->hw.ops = &sim_hw_ops;
	sim->config = *config;
	sim->machine = machine;
	if (!arm_faults(sim)) {
		free(sim);
		return NULL;
	}
	set_defaults(sim);
	if (config->data) {
		if (sim_data_build(sim, config->data))
			return sim;
		sim_free(sim);
		return NULL;
	}
	sim_machine_build(sim);
	sim_acpi_build(sim);
	return sim;
}

void sim_free(struct sim *sim)
{
	if (!sim)
		return;
	sim_dma_free(sim);
	sim_acpi_free(sim);
	for (unsigned i = 0; i < sim->ahci_count; i++)
		free(sim->ahci[i]);
	free(sim->data);
	for (unsigned i = 0; i < sim->fn_count; i++) {
		free(sim->fn[i]->own_device);
		free(sim->fn[i]);
	}
	free(sim);
}

struct hw *sim_hw(struct sim *sim)
{
	return &sim->hw;
}

void sim_text_to_file(void *file, const char *s, size_t len)
{
	(void)fwrite(s, 1, len, file);
}

uint64_t sim_access_count(const struct sim *sim)
{
	return sim->accesses;
}

void sim_vanish_after(struct sim *sim, uint64_t n)
{
	sim->vanish_at = sim->accesses + n;
}

bool sim_disk_was_written(const struct sim *sim)
{
	return sim->disk_written;
}

void sim_expect_strays(struct sim *sim)
{
	sim->strays_expected = true;
}

void sim_stray(const struct sim *sim, const char *what, uint64_t addr, unsigned width)
{
	if (!sim->strays_expected)
		sim_abuse(what, addr, width);
}

void sim_unmap(struct sim *sim, uint64_t base, uint64_t size)
{
	if (sim->unmapped_count == SIM_MAX_UNMAPPED)
		sim_abuse("too many unmapped ranges", base, 0);
	sim->unmapped[sim->unmapped_count].base = base;
	sim->unmapped[sim->unmapped_count].size = size;
	sim->unmapped_count++;
}
