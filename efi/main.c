/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The image's composition root: owns the order in which a run is put together, and every way out of
 * it. What is run is run/'s; how the machine is taken and given back is machine.c's and
 * firmware.c's.
 */
#include "efi/bare.h"
#include "efi/exit.h"
#include "efi/file.h"
#include "efi/handover.h"
#include "efi/root.h"
#include "efi/start.h"
#include "pci/mem.h"
#include "run/bench/choose.h"
#include "run/bench/find.h"
#include "run/claims.h"

/* a run with every sequence is some 60 KiB; copy_full says when it was not enough */
#define COPY_BYTES (512 * 1024)
#define ROOTS_MAX PCI_MAX_ROOTS
#define WITNESS_US 10000000 /* a trace starts in well under a second, on a busy host in a few */

/* The shell gives its programs a protocol of its own; who started us otherwise draws over us. */
static bool started_by_shell(const struct uefi *uefi)
{
	EFI_GUID shell_parameters = {
		0x752f3136, 0x4e16, 0x4fdc, { 0xa2, 0x2a, 0xe5, 0xf4, 0x68, 0x12, 0xf4, 0xca }
	};

	return uefi_protocol(uefi, uefi->image, &shell_parameters) != NULL;
}

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

	stream_line(
		out,
		"# hw board vendor=%q product=%q board_vendor=%q board_product=%q bios_vendor=%q "
		"bios_version=%q bios_date=%q",
		f->board.system_vendor, f->board.system_product, f->board.board_vendor,
		f->board.board_product, f->board.bios_vendor, f->board.bios_version,
		f->board.bios_date);
	if (f->board_err)
		stream_line(out, "# hw smbios error=%q", err_name(f->board_err));
	stream_line(out, "# hw firmware vendor=%q revision=%08x uefi=%u.%02u", f->firmware_vendor,
		    f->firmware_revision, f->uefi_major, f->uefi_minor);
	stream_line(out, "# hw cpu vendor=%q brand=%q hypervisor=%q tick_khz=%lu", f->cpu_vendor,
		    f->cpu_brand, f->hypervisor, root->pc.clock.tsc_hz / 1000);
	stream_line(out, "# hw clock tick_hz=%lu source=%s invariant=%u", root->pc.clock.tsc_hz,
		    root->pc.clock.source, root->pc.clock.invariant);
	stream_line(out, "# run image base=%lx bytes=%lu", (uint64_t)root->uefi.loaded->ImageBase,
		    root->uefi.loaded->ImageSize);
	stream_line(out, "# run options text=%q source=%s", root->option_text.text,
		    root->option_text.source);
	if (root->option_text.note)
		stream_line(out, "# run note text=%q", root->option_text.note);
}

/* Before the first line, which says whether the run is bare. */
static void read_options(struct root *root)
{
	struct option_text *text = &root->option_text;

	options_gather(&root->uefi, &root->pc.hw, facts_may_be_qemu(&root->facts), text);
	root->exit_port = text->exit_port;
	if (text->error) {
		root->option_err = ERR_INVALID;
		fmt_text(root->option_why, sizeof(root->option_why), "%s", text->error);
		return;
	}
	root->option_err = options_parse(text->text, &root->lab.opt, root->option_why,
					 sizeof(root->option_why));
	if (root->lab.opt.has_exit_port)
		root->exit_port = root->lab.opt.exit_port;
}

static void print_help(struct root *root)
{
	for (unsigned i = 0; options_help[i]; i++)
		stream_line(&root->lab.out, "# run help text=%q", options_help[i]);
	lab_stop(&root->lab, LAB_DONE, "help shown, no device touched");
}

/*
 * The product's, those of a test image in front of its last one, then the one that judges firmware.
 */
static enum err plan(struct root *root)
{
	unsigned n = 0;

	for (unsigned i = 0; product_suites[i]; i++) {
		for (unsigned k = 0; !product_suites[i + 1] && root_taken_suites[k]; k++)
			root->suites[n++] = root_taken_suites[k];
		root->suites[n++] = product_suites[i];
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
	return find_function(&root->lab, &pc_memory, uefi_rsdp(&root->uefi), roots, count,
			     &root->tree);
}

/*
 * Someone outside (host/intxlab) holds a trace against our word: it must be on before the first
 * step, so it is waited for, at most WITNESS_US; then the run goes on without marks. With the
 * machine taken: firmware's terminal driver polls the same UART from a timer and would eat the
 * byte.
 */
static void call_witness(struct root *root)
{
	struct lab *lab = &root->lab;
	struct hw_timer timer = hw_timer_us(lab->hw, WITNESS_US);
	uint8_t byte = 0;

	stream_line(&lab->out, "# run witness state=ready");
	while (byte != 'W' && !hw_expired(lab->hw, &timer)) {
		if (!uart_receive(&root->pc.uart, &byte))
			lab->hw->ops->relax(lab->hw);
	}
	lab->opt.witness = byte == 'W';
	stream_line(&lab->out, "# run witness state=%s", lab->opt.witness ? "on" : "absent");
}

static enum err take(struct root *root)
{
	struct lab *lab = &root->lab;
	enum err err = irqc_x86_init(&root->irqc, lab->hw, &lab->madt);

	for (unsigned i = 0; i < root->irqc.left_out_count; i++)
		stream_line(&lab->out, "# hw ioapic_left_out address=%lx error=%q",
			    root->irqc.left_out[i].address, err_name(root->irqc.left_out[i].why));
	if (err)
		stream_line(&lab->out, "# hw controllers error=%q", err_name(err));
	else
		lab->irqc = &root->irqc.irqc;
	root->shown = lab->out.copy_len;
	if (lab->opt.bare)
		err = bare_take(root);
	else
		err = machine_take(&root->machine, &root->uefi, &root->pc,
				   lab->irqc ? &root->irqc : NULL);
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

	lab_run_before(&root->lab, root->suites[root->suite_count - 2]);
}

static void release(void *arg)
{
	struct root *root = arg;

	lab_release(&root->lab);
	lab_run(&root->lab, root->suites[root->suite_count - 2]);
}

/*
 * Checks have guards of their own; this one is for what stands between them. The run goes on to its
 * end.
 */
static void guarded(struct root *root, hw_body_fn *body, const char *where)
{
	struct lab *lab = &root->lab;
	struct hw_fault fault;

	if (!lab->hw->ops->guard(lab->hw, body, root, &fault))
		return;
	stream_line(&lab->out, "# hw exception vector=%u error_code=%lx rip=%016lx cr2=%016lx",
		    fault.vector, fault.error_code, fault.ip, fault.address);
	lab_stop(lab, LAB_ERROR, "exception %u at %016lx in %s", fault.vector, fault.ip, where);
}

/* Firmware keeps the function: every check of it is an ERROR that says so, and nothing is touched.
 */
static void run_untaken(struct root *root)
{
	const struct suite *last = root->suites[root->suite_count - 2];

	lab_run_before(&root->lab, last);
	lab_run(&root->lab, last);
}

static void run_taken(struct root *root)
{
	if (take(root))
		return;
	if (root->lab.opt.witness)
		call_witness(root);
	guarded(root, run_taken_suites, "a suite");
	guarded(root, release, "giving the function back");
	if (root->uefi.gone) {
		/* The controllers stay masked: nobody is left to take an interrupt. */
		cpu_irq_off();
		return;
	}
	root->return_what = "read-back";
	root->return_err = machine_return(&root->machine, &root->return_what);
}

/*
 * Should the machine hang, the stick holds this run's beginning, without an end marker, and not a
 * whole report of some earlier one.
 */
static void begin_report(struct root *root)
{
	struct stream *out = &root->lab.out;
	char why[FILE_WHY_MAX];

	stream_line(out, "# run report state=begun");
	/* What keeps it from being written will keep the end from it too, and is said then. */
	if (out->copy && file_write_report(&root->uefi, out->copy, out->copy_len, why))
		return;
}

static void run_target(struct root *root)
{
	struct lab *lab = &root->lab;

	if (!handover_let_go(root))
		run_taken(root);
	else if (lab->refused[0])
		run_untaken(root);
	if (!root->uefi.gone)
		handover_give_back(root);
	if (!lab->stopped)
		lab_run(lab, &suite_firmware);
}

/* Each as if it were alone: taken, given back, and judged, one after the other. */
static void run_targets(struct root *root)
{
	struct lab *lab = &root->lab;

	for (unsigned i = 0; i < lab->target_count && !lab->stopped; i++) {
		choose_begin(lab, i);
		product_init(lab, &root->bench, &root->play);
		lab->irqc = NULL;
		run_target(root);
		lab_end_target(lab);
	}
}

static void run(void *arg)
{
	struct root *root = arg;
	struct lab *lab = &root->lab;

	print_facts(root);
	if (root->option_err) {
		lab_stop(lab, LAB_USAGE, "%s", root->option_why);
		return;
	}
	if (lab->opt.action == ACTION_HELP) {
		print_help(root);
		return;
	}
	if (lab->opt.action == ACTION_LIST) {
		if (!plan(root))
			lab_stop(lab, LAB_ERROR, "bug: --list goes on");
		return;
	}
	lab->may_take = handover_may_take;
	if (find(root))
		return;
	product_init(lab, &root->bench, &root->play);
	if (plan(root))
		return;
	begin_report(root);
	if (lab->target_count > 1)
		run_targets(root);
	else
		run_target(root);
}

/* What a person in front of the machine missed while it was taken: only what is not well. */
static void show_missed(struct root *root)
{
	const char *text = root->lab.out.copy;
	size_t len = root->lab.out.copy_len, start = root->shown, stop;

	for (; text && root->was_taken && start < len; start = stop) {
		for (stop = start; stop < len && text[stop++] != '\n';)
			;
		if (stop - start > 6 && memcmp(text + start, "not ok", 6) == 0)
			screen_write(&root->screen, text + start, stop - start);
	}
}

/*
 * The file must hold the end of the stream, and the stream must say whether there is a file: so the
 * last two lines go into the copy first, in the words that are true when it is written, and onto
 * the wire when that is known.
 */
static enum lab_verdict end(struct root *root)
{
	struct stream *out = &root->lab.out;
	char why[FILE_WHY_MAX] = "no memory for a copy of the stream";
	enum err err = ERR_NOMEM;

	claims_tell(&root->lab);
	if (root->pc.uart.given_up)
		stream_line(out, "# run uart given_up=1 lost=%lu", root->pc.uart.lost);
	out->silent = true;
	stream_line(out, "# run report state=written");
	(void)lab_end(&root->lab);
	out->silent = false;
	if (root->uefi.gone)
		fmt_text(why, sizeof(why), "--bare: firmware's file system is gone");
	else if (out->copy && out->copy_full)
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

#define LINGER_SECONDS 10

/* For the one who stands in front of it: plain words, and the time to read them. */
static void show_verdict(struct root *root, enum lab_verdict verdict)
{
	const struct lab *lab = &root->lab;
	char words[800];

	screen_write(&root->screen, words,
		     claims_closing(lab, verdict, root->facts.hypervisor[0], words, sizeof(words)));
	/* With --bare the end is another: nothing below is asked of a firmware that is gone. */
	if (lab->opt.end != END_RETURN || root->exit_port || started_by_shell(&root->uefi))
		return;
	screen_write(
		&root->screen, words,
		fmt_text(words, sizeof(words), "A key goes on, or %u seconds.\n", LINGER_SECONDS));
	screen_linger(&root->screen, &root->uefi, LINGER_SECONDS);
}

/*
 * No guard waits and no boot service can be trusted: first the bench hears of it, then what can be
 * given back is.
 */
static void last_resort(void *arg)
{
	struct root *root = arg;

	root->lab.out.copy = NULL;
	lab_stop(&root->lab, LAB_ERROR, "an exception outside of every guard");
	exit_port_write(&root->pc.hw, root->exit_port, lab_exit_value(lab_end(&root->lab)));
	if (root->uefi.gone)
		exit_firmware(&root->uefi, &root->pc.hw, root->lab.opt.end);
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
	case LAB_UNTESTED:
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
		.version = INTXLAB_VERSION,
		.git = INTXLAB_GIT,
		.arch = "x86_64",
		.run_id = make_run_id(),
	};
	uint64_t rsdp = uefi_rsdp(&root->uefi);

	pc_init(&root->pc, &pc_memory, rsdp, uefi_stall, &root->uefi);
	root->pc.last_resort = last_resort;
	root->pc.last_resort_arg = root;
	/* No UART is no error: the file and the screen remain. */
	(void)!uart_open(&root->pc.uart, &root->pc.hw, uart_find(&pc_memory, rsdp));
	screen_open(&root->screen, &root->uefi, !started_by_shell(&root->uefi));
	root->pc.screen = screen_write;
	root->pc.screen_arg = &root->screen;
	facts_gather(&root->uefi, &pc_memory, &root->facts);
	read_options(root);
	about.mode = root->lab.opt.bare ? "bare" : "borrowed";
	lab_begin(&root->lab, &root->pc.hw, uefi_pages(&root->uefi, COPY_BYTES), COPY_BYTES,
		  &about);
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *st)
{
	enum lab_verdict verdict;
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
	show_verdict(root, verdict);
	uart_drain(&root->pc.uart);
	exit_port_write(&root->pc.hw, root->exit_port, lab_exit_value(verdict));
	exit_firmware(&root->uefi, &root->pc.hw, root->lab.opt.end);
	uart_close(&root->pc.uart);
	uefi_free_pages(&uefi, copy, COPY_BYTES);
	uefi_free_pages(&uefi, root, sizeof(*root));
	return status_of(verdict);
}
