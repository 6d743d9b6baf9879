/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The life of a machine: made from a configuration, asked from outside, freed. What happens in it
 * stands in sim_seam.c and in the files of its parts.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "tests/sim/sim_ahci_regs.h"
#include "tests/sim/sim_data.h"
#include "tests/sim/sim_machine.h"
#include "tests/sim/sim_pci_regs.h"

#define DEFAULT_ACCESS_NS 100
#define DEFAULT_RELAX_NS 1000
#define DEFAULT_WATCHDOG 200000000ull /* a minute of waiting is 120 million */
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

static bool runs_on_freed(const struct sim_port *port)
{
	const struct sim *sim = port->hba->sim;

	return port->cmd & (PCMD_ST | PCMD_FRE | PCMD_CR | PCMD_FR) &&
	       (sim_dma_covers(sim, port->clb | (uint64_t)port->clbu << 32) ||
		sim_dma_covers(sim, port->fb | (uint64_t)port->fbu << 32));
}

void sim_free_dma(struct sim *sim)
{
	for (unsigned i = 0; i < sim->ahci_count; i++) {
		struct sim_fn *fn = sim->ahci[i]->fn;

		for (unsigned k = 0; k < SIM_PORTS; k++)
			if (runs_on_freed(&sim->ahci[i]->port[k]))
				sim_abuse("DMA memory was freed while a port runs on it", k, 0);
		sim_cfg_set16(fn, CFG_COMMAND,
			      sim_cfg_get16(fn, CFG_COMMAND) | CMD_MEM | CMD_MASTER);
	}
	sim->dma_freed = true;
	sim_pass_time(sim, 1000 * SIM_MS);
}

bool sim_is_changed(const struct sim *sim, unsigned *ret_devfn, unsigned *ret_off)
{
	for (unsigned i = 0; i < sim->fn_count; i++) {
		const struct sim_fn *fn = sim->fn[i];

		for (unsigned off = 0; off < sizeof(fn->cfg_found) && !sim_fn_is_away(fn); off++) {
			if (!((fn->cfg[off] ^ fn->cfg_found[off]) & fn->writable[off]))
				continue;
			*ret_devfn = fn->dev * 8u + fn->fn;
			*ret_off = off;
			return true;
		}
	}
	return false;
}

void sim_hurry(struct sim *sim)
{
	sim->config.relax_ns = 500000;
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
