/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The image's composition root: owns the order in which a run is put together, and every way out of it.
 * What is run is run/'s; how the machine is taken and given back is machine.c's and firmware.c's.
 */
#include "efi/exit.h"
#include "efi/file.h"
#include "efi/root.h"
#include "pci/mem.h"

#define COPY_BYTES (512 * 1024)  /* a run with every sequence is some 60 KiB; copy_full says when it was not enough */
#define ARENA_BYTES (512 * 1024) /* 32 ports of 8 KiB each, twice over */
#define ROOTS_MAX PCI_MAX_ROOTS

/* AHCI 1.3.1 sec 3.1.1, HBA Capabilities: asked of firmware while its driver keeps decode on. */
#define AHCI_BAR 5
#define CAP_S64A (1u << 31)

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *st);

/* Enough to tell two streams of one board apart: the counter at entry, well mixed (splitmix64). */
static uint64_t make_run_id(void)
{
	uint64_t z = cpu_read_tsc() + 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static void print_facts(struct root *root)
{
	const struct facts *f = &root->facts;
	struct stream *out = &root->lab.out;

	stream_line(out, "# hw board vendor=%q product=%q board_vendor=%q board_product=%q bios_vendor=%q "
		    "bios_version=%q bios_date=%q", f->board.system_vendor, f->board.system_product,
		    f->board.board_vendor, f->board.board_product, f->board.bios_vendor, f->board.bios_version,
		    f->board.bios_date);
	if (f->board_err)
		stream_line(out, "# hw smbios error=%q", err_name(f->board_err));
	stream_line(out, "# hw firmware vendor=%q revision=%08x uefi=%u.%02u", f->firmware_vendor, f->firmware_revision,
		    f->uefi_major, f->uefi_minor);
	stream_line(out, "# hw cpu vendor=%q brand=%q hypervisor=%q tick_khz=%lu tick_source=%s invariant=%u",
		    f->cpu_vendor, f->cpu_brand, f->hypervisor, root->pc.clock.tsc_hz / 1000, root->pc.clock.source,
		    root->pc.clock.invariant);
	stream_line(out, "# run options text=%q source=%s", root->option_text.text, root->option_text.source);
	if (root->option_text.note)
		stream_line(out, "# run note text=%q", root->option_text.note);
}

/* OK: lab.opt is filled. Otherwise the run was stopped. */
static enum err read_options(struct root *root)
{
	struct option_text *text = &root->option_text;
	char why[160];

	if (text->error) {
		lab_stop(&root->lab, LAB_USAGE, "%s", text->error);
		return ERR_INVALID;
	}
	if (options_parse(text->text, &root->lab.opt, why, sizeof(why))) {
		lab_stop(&root->lab, LAB_USAGE, "%s", why);
		return ERR_INVALID;
	}
	if (root->lab.opt.has_exit_port)
		root->exit_port = root->lab.opt.exit_port;
	return OK;
}


static void print_help(struct root *root)
{
	for (unsigned i = 0; options_help[i]; i++)
		stream_line(&root->lab.out, "# run help text=%q", options_help[i]);
	lab_stop(&root->lab, LAB_DONE, "help shown, no device touched");
}

/* The product's, those of a test image in front of its last one, then the one that judges firmware. */
static enum err plan(struct root *root)
{
	unsigned n = 0;

	for (unsigned i = 0; lab_suites[i]; i++) {
		for (unsigned k = 0; !lab_suites[i + 1] && root_taken_suites[k]; k++)
			root->suites[n++] = root_taken_suites[k];
		root->suites[n++] = lab_suites[i];
	}
	root->suites[n++] = &suite_firmware;
	hw_bug_if(root->lab.hw, n > ROOT_SUITES_MAX);
	root->suite_count = n;
	return lab_plan(&root->lab, root->suites, n);
}

static enum err find(struct root *root)
{
	struct pci_root roots[ROOTS_MAX];
	unsigned count = 0;

	/* Firmware that names none leaves it to the MCFG. */
	if (firmware_roots(&root->uefi, roots, ROOTS_MAX, &count))
		count = 0;
	return lab_find(&root->lab, &pc_memory, uefi_rsdp(&root->uefi), roots, count, &root->tree);
}

/* The boot volume's function is not ours unless asked for: firmware still needs its own driver on it. */
static bool may_take(struct root *root, struct pci_fn *fn)
{
	struct stream *out = &root->lab.out;
	char sbdf[SBDF_TEXT];

	sbdf_format(fn->addr, sbdf);
	if (firmware_find(&root->uefi, fn->addr, &root->fn)) {
		stream_line(out, "# run passed-over sbdf=%s reason=\"firmware has no PciIo for it\"", sbdf);
		return false;
	}
	if (firmware_is_boot_device(&root->fn) && !root->lab.opt.own_boot_device) {
		stream_line(out, "# run passed-over sbdf=%s reason=\"it holds the boot volume\"", sbdf);
		memset(&root->fn, 0, sizeof(root->fn));
		return false;
	}
	return true;
}

/* lab_find() chose by class; firmware's view may speak against it, then the next of that class is taken. */
static enum err choose(struct root *root)
{
	struct lab *lab = &root->lab;
	uint32_t class = lab->fn->class_revision >> 8;

	if (lab->opt.has_device && may_take(root, lab->fn))
		return OK;
	for (unsigned i = 0; !lab->opt.has_device && i < root->tree.count; i++) {
		if (root->tree.fn[i].class_revision >> 8 == class && may_take(root, &root->tree.fn[i])) {
			lab->fn = &root->tree.fn[i];
			return OK;
		}
	}
	lab_stop(lab, lab->opt.has_device ? LAB_CANNOT : LAB_SKIP,
		 "no function may be taken (--own-boot-device takes the one that holds the boot volume)");
	return ERR_BUSY;
}

static enum err let_go(struct root *root)
{
	uint32_t cap = 0;
	bool above_4g;
	enum err err;

	above_4g = !firmware_read_bar32(&root->fn, AHCI_BAR, 0, &cap) && cap != UINT32_MAX && cap & CAP_S64A;
	err = firmware_let_go(&root->fn);
	if (err) {
		lab_stop(&root->lab, LAB_CANNOT, "firmware's driver does not let go of the function: %s", err_name(err));
		return err;
	}
	err = firmware_dma_open(&root->fn, ARENA_BYTES, above_4g, &root->dma);
	if (err) {
		lab_stop(&root->lab, LAB_CANNOT, "no memory for the function's DMA: %s", err_name(err));
		return err;
	}
	pc_give_dma(&root->pc, root->dma.cpu, root->dma.bus, root->dma.size);
	stream_line(&root->lab.out, "# run handover drivers=%u dma=%lx dma_bytes=%lu", root->fn.drivers, root->dma.bus,
		    root->dma.size);
	return OK;
}

static enum err take(struct root *root)
{
	struct lab *lab = &root->lab;
	enum err err = irqc_x86_init(&root->irqc, lab->hw, &lab->madt);

	if (err)
		stream_line(&lab->out, "# hw controllers error=%q", err_name(err));
	else
		lab->irqc = &root->irqc;
	root->shown = lab->out.copy_len;
	err = machine_take(&root->machine, &root->uefi, &root->pc, lab->irqc);
	if (err) {
		lab->irqc = NULL;
		lab_stop(lab, LAB_CANNOT, "the machine cannot be taken: %s", err_name(err));
		return err;
	}
	root->was_taken = true;
	return OK;
}

static void run_taken_suites(void *arg)
{
	struct root *root = arg;

	for (unsigned i = 0; i + 2 < root->suite_count; i++)
		lab_run(&root->lab, root->suites[i]);
}

static void release(void *arg)
{
	struct root *root = arg;

	lab_release(&root->lab);
	lab_run(&root->lab, root->suites[root->suite_count - 2]);
}

/* Checks have guards of their own; this one is for what stands between them. The run goes on to its end. */
static void guarded(struct root *root, hw_body_fn *body, const char *where)
{
	struct lab *lab = &root->lab;
	struct hw_fault fault;

	if (!lab->hw->ops->guard(lab->hw, body, root, &fault))
		return;
	stream_line(&lab->out, "# hw exception vector=%u error_code=%lx rip=%016lx cr2=%016lx", fault.vector,
		    fault.error_code, fault.ip, fault.address);
	lab_stop(lab, LAB_ERROR, "exception %u at %016lx in %s", fault.vector, fault.ip, where);
}

static void run_taken(struct root *root)
{
	if (take(root))
		return;
	guarded(root, run_taken_suites, "a suite");
	guarded(root, release, "giving the function back");
	root->return_what = "read-back";
	root->return_err = machine_return(&root->machine, &root->return_what);
}

static void read_lba0(struct root *root)
{
	const struct ahci_port *port = root->bench.port;

	root->has_disk = port && port->drive == AHCI_ATA && port->sectors;
	if (!root->has_disk)
		return;
	root->sata_port = port->index;
	root->lba0.err = firmware_read_lba0(&root->fn, root->sata_port, root->lba0.data, sizeof(root->lba0.data),
					    &root->lba0.len);
}

/* Boot services again. In every case that went through let_go(), however the run ended. */
static void give_back(struct root *root)
{
	firmware_dma_close(&root->fn, &root->dma);
	root->connect_err = firmware_take_back(&root->fn);
	root->timer_err = firmware_timer_ticks(&root->uefi, &root->timer_ms);
	read_lba0(root);
	stream_line(&root->lab.out, "# run returned machine=%q connect=%q timer=%q timer_ms=%u",
		    err_name(root->return_err), err_name(root->connect_err), err_name(root->timer_err), root->timer_ms);
}

static void run(void *arg)
{
	struct root *root = arg;
	struct lab *lab = &root->lab;

	print_facts(root);
	if (read_options(root))
		return;
	if (lab->opt.action == ACTION_HELP) {
		print_help(root);
		return;
	}
	if (lab->opt.action == ACTION_LIST) {
		if (!plan(root))
			lab_stop(lab, LAB_ERROR, "bug: --list goes on");
		return;
	}
	if (find(root) || choose(root))
		return;
	bench_init(&root->bench, lab);
	if (plan(root))
		return;
	if (!let_go(root))
		run_taken(root);
	give_back(root);
	if (!lab->stopped)
		lab_run(lab, &suite_firmware);
}

/* What a person in front of the machine missed while it was taken: only what is not well. */
static void show_missed(struct root *root)
{
	const char *text = root->lab.out.copy;
	size_t end = root->lab.out.copy_len, start = root->shown, stop;

	for (; text && root->was_taken && start < end; start = stop) {
		for (stop = start; stop < end && text[stop++] != '\n';)
			;
		if (stop - start > 6 && memcmp(text + start, "not ok", 6) == 0)
			screen_write(&root->screen, text + start, stop - start);
	}
}

/*
 * The file must hold the end of the stream, and the stream must say whether there is a file: so the last two lines go
 * into the copy first, in the words that are true when it is written, and onto the wire when that is known.
 */
static enum lab_verdict end(struct root *root)
{
	struct stream *out = &root->lab.out;
	char why[FILE_WHY_MAX] = "no memory for a copy of the stream";
	enum err err = ERR_NOMEM;

	if (root->pc.uart.given_up)
		stream_line(out, "# run uart given_up=1 lost=%lu", root->pc.uart.lost);
	out->silent = true;
	stream_line(out, "# run report state=written");
	(void)lab_end(&root->lab);
	out->silent = false;
	if (out->copy && out->copy_full)
		fmt_text(why, sizeof(why), "the stream is longer than %u bytes", COPY_BYTES);
	else if (out->copy)
		err = file_write_report(&root->uefi, out->copy, out->copy_len, why);
	show_missed(root);
	out->copy = NULL;
	if (err)
		stream_line(out, "# run report state=none reason=%q", why);
	else
		stream_line(out, "# run report state=written");
	return lab_end(&root->lab);
}

/* No guard waits and no boot service can be trusted: first the bench hears of it, then what can be given back is. */
static void last_resort(void *arg)
{
	struct root *root = arg;

	root->lab.out.copy = NULL;
	lab_stop(&root->lab, LAB_ERROR, "an exception outside of every guard");
	exit_port_write(&root->pc.hw, root->exit_port, lab_exit_value(lab_end(&root->lab)));
	machine_abandon(&root->machine);
	uart_close(&root->pc.uart);
	(void)root->uefi.bs->Exit(root->uefi.image, EFI_ABORTED, 0, NULL);
}

static EFI_STATUS status_of(enum lab_verdict verdict)
{
	switch (verdict) {
	case LAB_PASS:
	case LAB_DONE:
		return EFI_SUCCESS;
	case LAB_SKIP:
		return EFI_NOT_FOUND;
	case LAB_USAGE:
		return EFI_INVALID_PARAMETER;
	case LAB_CANNOT:
		return EFI_UNSUPPORTED;
	case LAB_FAIL:
	case LAB_ERROR:
		break;
	}
	return EFI_ABORTED;
}

static void begin(struct root *root)
{
	struct lab_about about = {
		.version = INTXLAB_VERSION, .git = INTXLAB_GIT, .arch = "x86_64", .mode = "borrowed",
		.run_id = make_run_id(),
	};
	uint64_t rsdp = uefi_rsdp(&root->uefi);

	pc_init(&root->pc, &pc_memory, rsdp, uefi_stall, &root->uefi);
	root->pc.last_resort = last_resort;
	root->pc.last_resort_arg = root;
	/* No UART is no error: the file and the screen remain. */
	(void)!uart_open(&root->pc.uart, &root->pc.hw, uart_find(&pc_memory, rsdp));
	screen_open(&root->screen, &root->uefi);
	root->pc.screen = screen_write;
	root->pc.screen_arg = &root->screen;
	facts_gather(&root->uefi, &pc_memory, &root->facts);
	options_gather(&root->uefi, &root->pc.hw, root->facts.hypervisor, &root->option_text);
	root->exit_port = root->option_text.exit_port;
	lab_begin(&root->lab, &root->pc.hw, uefi_pages(&root->uefi, COPY_BYTES), COPY_BYTES, &about);
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *st)
{
	enum lab_verdict verdict;
	enum options_end way;
	struct uefi uefi;
	struct root *root;
	char *copy;

	if (uefi_init(&uefi, image, st))
		return EFI_UNSUPPORTED;
	root = uefi_pages(&uefi, sizeof(*root));
	if (!root)
		return EFI_OUT_OF_RESOURCES;
	root->uefi = uefi;
	begin(root);
	copy = root->lab.out.copy;
	guarded(root, run, "the run");
	machine_abandon(&root->machine);

	verdict = end(root);
	way = root->lab.opt.end;
	uart_drain(&root->pc.uart);
	exit_port_write(&root->pc.hw, root->exit_port, lab_exit_value(verdict));
	uart_close(&root->pc.uart);
	uefi_free_pages(&uefi, copy, COPY_BYTES);
	uefi_free_pages(&uefi, root, sizeof(*root));
	exit_firmware(&uefi, way);
	return status_of(verdict);
}
