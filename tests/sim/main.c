/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The hosted composition root: the product's own run/, drivers/ and pci/ on a simulated machine.
 * Prints the stream to stdout; exits with the exit port's value (0x10 pass ... 0x13), 70 when the
 * run left the simulated machine in a state that no verdict covers: a drive written to, a
 * controller not returned; or when --sweep found a run without its function that was not as it must
 * be.
 */
#include <stdlib.h>
#include <string.h>

#include "drivers/irqc_x86.h"
#include "run/bench/choose.h"
#include "run/bench/find.h"
#include "run/claims.h"
#include "run/suites/product.h"
#include "tests/sim/sim.h"
#include "tests/sim/sweep.h"

#define MAX_FAULTS 8
#define COPY_BYTES (512 * 1024) /* as efi/main.c */

struct arguments {
	const char *machine, *data, *report;
	const char *faults[MAX_FAULTS + 1];
	bool x2apic, sweep_policies;
	uint64_t vanish, back_us, sweep;
	uint16_t command;
	uint32_t relax_ns;
	uint64_t dma_base;
	char options[OPTIONS_TEXT_MAX];
};

static void usage(void)
{
	unsigned count;
	const struct sim_name *names = sim_machines(&count);

	fprintf(stderr,
		"usage: intxlab-sim [--machine NAME | --data FILE] [--fault NAME]...\n"
		"                   [--x2apic] [--command HEX] [--dma-base ADDRESS]\n"
		"                   [--vanish N [--back-us N]] [--relax-ns N] [--report FILE]\n"
		"                   [--sweep STRIDE | --sweep-policies STRIDE] [-- APP-OPTIONS]\n"
		"machines:\n");
	for (unsigned i = 0; i < count; i++)
		fprintf(stderr, "  %-28s %s\n", names[i].name, names[i].what);
	names = sim_faults(&count);
	fprintf(stderr, "faults:\n");
	for (unsigned i = 0; i < count; i++)
		fprintf(stderr, "  %-28s %s\n", names[i].name, names[i].what);
	exit(2);
}

static void join_options(struct arguments *args, char **words)
{
	for (; *words; words++) {
		if (strlen(args->options) + strlen(*words) + 2 > sizeof(args->options))
			usage();
		strcat(args->options, *words);
		strcat(args->options, " ");
	}
}

static void parse(struct arguments *args, char **argv)
{
	unsigned faults = 0;

	for (argv++; *argv; argv++) {
		if (!strcmp(*argv, "--")) {
			join_options(args, argv + 1);
			return;
		} else if (!strcmp(*argv, "--x2apic")) {
			args->x2apic = true;
		} else if (!argv[1]) {
			usage();
		} else if (!strcmp(*argv, "--machine")) {
			args->machine = *++argv;
		} else if (!strcmp(*argv, "--data")) {
			args->data = *++argv;
		} else if (!strcmp(*argv, "--report")) {
			args->report = *++argv;
		} else if (!strcmp(*argv, "--fault") && faults < MAX_FAULTS) {
			args->faults[faults++] = *++argv;
		} else if (!strcmp(*argv, "--vanish")) {
			args->vanish = strtoull(*++argv, NULL, 0);
		} else if (!strcmp(*argv, "--relax-ns")) {
			args->relax_ns = (uint32_t)strtoul(*++argv, NULL, 0);
		} else if (!strcmp(*argv, "--back-us")) {
			args->back_us = strtoull(*++argv, NULL, 0);
		} else if (!strcmp(*argv, "--sweep")) {
			args->sweep = strtoull(*++argv, NULL, 0);
		} else if (!strcmp(*argv, "--sweep-policies")) {
			args->sweep = strtoull(*++argv, NULL, 0);
			args->sweep_policies = true;
		} else if (!strcmp(*argv, "--dma-base")) {
			args->dma_base = strtoull(*++argv, NULL, 0);
		} else if (!strcmp(*argv, "--command")) {
			args->command = (uint16_t)strtoul(*++argv, NULL, 16);
		} else {
			usage();
		}
	}
}

struct root {
	struct sim *sim;
	struct sweep sweep;
	struct lab lab;
	struct bench bench;
	struct play play;
	struct pci_tree tree;
	struct irqc_x86 irqc;
	struct irqc_x86_state saved;
	enum err returned;
	bool keeps, frees; /* the DMA memory, in the end */
	bool changed; /* a function's configuration space is other than firmware left it */
	unsigned changed_devfn, changed_off;
};

static bool take(struct root *root)
{
	struct lab *lab = &root->lab;
	enum err err = irqc_x86_init(&root->irqc, lab->hw, &lab->madt);

	for (unsigned i = 0; i < root->irqc.left_out_count; i++)
		stream_line(&lab->out, "# hw ioapic_left_out address=%lx error=%q",
			    root->irqc.left_out[i].address, err_name(root->irqc.left_out[i].why));
	if (!err) {
		lab->hw->ops->irq_switch(lab->hw, false);
		err = irqc_x86_take(&root->irqc, &root->saved);
	}
	if (err) {
		stream_line(&lab->out, "# hw controllers error=%q", err_name(err));
		return false;
	}
	lab->irqc = &root->irqc.irqc;
	return true;
}

static void run_suites(struct lab *lab, unsigned count)
{
	lab_run_before(lab, product_suites[count - 1]);
	lab_release(lab);
	lab_run(lab, product_suites[count - 1]);
}

/* As efi/handover.c, with the same words. */
static void give_dma_back(struct root *root)
{
	const char *kept = bench_dma_kept(&root->bench);

	stream_line(&root->lab.out, "# run dma state=%s reason=%q", kept ? "kept" : "freed",
		    kept ? kept : "");
	root->changed = sim_is_changed(root->sim, &root->changed_devfn, &root->changed_off);
	root->keeps |= kept != NULL;
	root->frees = !root->keeps;
}

static void run_target(struct root *root, unsigned count)
{
	bool taken = take(root);

	run_suites(&root->lab, count);
	if (taken)
		root->returned = irqc_x86_return(&root->irqc, &root->saved);
	give_dma_back(root);
}

/* Each as if it were alone, one after the other. */
static void run_targets(struct root *root, unsigned count)
{
	struct lab *lab = &root->lab;

	for (unsigned i = 0; i < lab->target_count && !lab->stopped && !root->returned; i++) {
		choose_begin(lab, i);
		product_init(lab, &root->bench, &root->play);
		lab->irqc = NULL;
		run_target(root, count);
		lab_end_target(lab);
	}
}

static void run(struct root *root)
{
	struct lab *lab = &root->lab;
	struct acpi_memory memory = sim_acpi_memory(root->sim);
	unsigned count = 0, root_count;
	const struct pci_root *roots = sim_roots(root->sim, &root_count);

	while (product_suites[count])
		count++;
	if (lab->opt.action == ACTION_HELP) {
		lab_stop(lab, LAB_DONE, "the image prints the help");
		return;
	}
	if (lab->opt.action == ACTION_LIST) {
		if (!lab_plan(lab, product_suites, count))
			abort(); /* --list never goes on */
		return;
	}
	if (find_function(lab, &memory, sim_rsdp(root->sim), roots, root_count, &root->tree))
		return;
	if (lab->opt.bare) {
		lab_stop(lab, LAB_USAGE, "--bare: there is no firmware to leave here");
		return;
	}
	product_init(lab, &root->bench, &root->play);
	if (lab_plan(lab, product_suites, count))
		return;
	if (lab->target_count > 1)
		run_targets(root, count);
	else
		run_target(root, count);
}

/* The copy of the stream, as efi/ writes it to the stick. */
static bool write_report(const struct stream *out, const char *name)
{
	FILE *file = fopen(name, "wb");
	bool written;

	if (!file)
		return false;
	written = fwrite(out->copy, 1, out->copy_len, file) == out->copy_len;
	return !fclose(file) && written && !out->copy_full;
}

/* Nobody would look for what is not as it was. */
static bool is_well(enum lab_verdict verdict)
{
	return verdict == LAB_PASS || verdict == LAB_SKIP || verdict == LAB_UNTESTED;
}

int main(int argc, char **argv)
{
	static struct root root;
	static char copy[COPY_BYTES];
	static const struct lab_about about = {
		.version = "hosted",
		.git = "hosted",
		.arch = "sim",
		.mode = "borrowed",
		.run_id = 1,
	};
	struct arguments args = { .machine = NULL };
	struct sim_config config = { .text = sim_text_to_file, .text_arg = stdout };
	char why[160];
	enum lab_verdict verdict;
	bool written, swept, as_found;
	struct hw *hw;

	if (argc < 1)
		usage();
	parse(&args, argv);
	config.machine = args.machine;
	config.data = args.data;
	config.faults = args.faults;
	config.x2apic = args.x2apic;
	config.command = args.command;
	config.dma_base = args.dma_base;
	config.back_us = args.back_us;
	config.relax_ns = args.relax_ns;
	root.sim = sim_new(&config);
	if (!root.sim)
		usage();
	if (args.vanish)
		sim_vanish_after(root.sim, args.vanish);
	hw = args.sweep ? sweep_begin(&root.sweep, root.sim, &root.lab, args.sweep,
				      args.sweep_policies)
			: sim_hw(root.sim);
	lab_begin(&root.lab, hw, copy, sizeof(copy), &about);
	if (options_parse(args.options, &root.lab.opt, why, sizeof(why)))
		lab_stop(&root.lab, LAB_USAGE, "%s", why);
	else
		run(&root);
	claims_tell(&root.lab);
	verdict = lab_end(&root.lab);
	if (args.report && !write_report(&root.lab.out, args.report)) {
		perror(args.report);
		return 70;
	}
	swept = !args.sweep || sweep_end(&root.sweep, verdict, root.returned);
	fflush(stdout);
	fprintf(stderr, "accesses %llu\n", (unsigned long long)sim_access_count(root.sim));
	if (root.frees)
		sim_free_dma(root.sim);
	written = sim_disk_was_written(root.sim);
	as_found = sim_devices_are_as_found(root.sim);
	sim_free(root.sim);
	if (written || root.returned || !as_found) {
		fprintf(stderr, "intxlab-sim: %s\n",
			written    ? "a drive was written to"
			: as_found ? err_name(root.returned)
				   : "a device's registers are not as they were found");
		return 70;
	}
	if (root.changed)
		fprintf(stderr, "intxlab-sim: %02x.%u is left other than found at %02xh\n",
			root.changed_devfn / 8, root.changed_devfn % 8, root.changed_off);
	if (!swept || (root.changed && is_well(verdict)))
		return 70;
	return (int)lab_exit_value(verdict);
}
