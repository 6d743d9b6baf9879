/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * What a check leaves behind is its own ERROR and not the next one's surprise; and the registers
 * beside a check that fails. With checks made for it, on a simulated machine.
 */
#include "drivers/irqc_x86.h"
#include "run/bench/find.h"
#include "run/bench/source_ahci.h"
#include "run/suites/product.h"
#include "tests/unit/sim_rig.h"

static char text[1 << 18];
static size_t text_len;

static void keep_text(void *arg, const char *s, size_t len)
{
	(void)arg;
	if (len >= sizeof(text) - text_len)
		abort();
	memcpy(text + text_len, s, len);
	text_len += len;
	text[text_len] = 0;
}

static const struct suite last = { .name = "last" };

/* A run of these suites, the last one empty, under the options given; the stream is in text. */
static void run_suites_with(const struct suite *const *suites, unsigned count, const char *options)
{
	static struct lab lab;
	static struct bench bench;
	static struct play play;
	static struct pci_tree tree;
	static struct irqc_x86 irqc;
	static struct irqc_x86_state saved;
	static const struct lab_about about = { "0", "0", "sim", "borrowed", 1 };
	const char *const honest[] = { NULL };
	struct sim_config config = { .faults = honest, .text = keep_text };
	struct acpi_memory memory;
	char why[160];

	text_len = 0;
	memset(&lab, 0, sizeof(lab));
	sim = sim_new(&config);
	if (!sim)
		abort();
	memory = sim_acpi_memory(sim);
	lab_begin(&lab, sim_hw(sim), NULL, 0, &about);
	if (options_parse(options, &lab.opt, why, sizeof(why)) ||
	    find_function(&lab, &memory, sim_rsdp(sim), NULL, 0, &tree))
		abort();
	product_init(&lab, &bench, &play);
	if (lab_plan(&lab, suites, count) || irqc_x86_init(&irqc, lab.hw, &lab.madt))
		abort();
	lab.hw->ops->irq_switch(lab.hw, false);
	if (irqc_x86_take(&irqc, &saved))
		abort();
	lab.irqc = &irqc.irqc;
	lab_run_before(&lab, &last);
	lab_release(&lab);
	UNIT_EQ(irqc_x86_return(&irqc, &saved), OK);
	sim_free(sim);
}

static void run_suite_with(const struct suite *suite, const char *options)
{
	const struct suite *const suites[] = { suite, &last };

	run_suites_with(suites, 2, options);
}

static bool said(const char *line)
{
	return strstr(text, line) != NULL;
}

static unsigned times(const char *line)
{
	unsigned n = 0;

	for (const char *at = text; (at = strstr(at, line)); at++)
		n++;
	return n;
}

static struct ahci_port *port(struct ctx *c)
{
	return source_ahci(&c->lab->bench->own)->port;
}

static void leave_command(struct ctx *c)
{
	pci_cfg_write16(c->lab->fn, PCI_COMMAND, 0x0407);
	check_pass(c);
}

static void leave_msi(struct ctx *c)
{
	pci_cfg_write16(c->lab->fn, c->lab->bench->own.msi_cap + PCI_MSI_FLAGS, 0x0081);
	check_pass(c);
}

static void leave_unmasked(struct ctx *c)
{
	line_unmask(&c->lab->bench->line);
	check_pass(c);
}

static void leave_other_vector(struct ctx *c)
{
	struct line *line = &c->lab->bench->line;

	if (line->irqc->ops->route(line->irqc, line->gsi, 0x61, line->polarity))
		return;
	check_pass(c);
}

static void leave_port_ie(struct ctx *c)
{
	ahci_port_write(port(c), AHCI_PX_IE, 0x40000001);
	check_pass(c);
}

static void leave_ghc_ie(struct ctx *c)
{
	ahci_write(port(c)->hba, AHCI_GHC, AHCI_GHC_AE | AHCI_GHC_IE);
	check_pass(c);
}

/* Behind decode that is off the HBA's registers are debris too. */
static void leave_two(struct ctx *c)
{
	ahci_port_write(port(c), AHCI_PX_IE, 0x40000001);
	pci_cfg_write16(c->lab->fn, PCI_COMMAND, 0x0000);
	check_pass(c);
}

static bool mine(void *arg)
{
	(void)arg;
	return true;
}

static void leave_requested(struct ctx *c)
{
	if (!line_request(&c->lab->bench->line, mine, NULL))
		check_pass(c);
}

static void leave_by_panic(struct ctx *c)
{
	ahci_port_write(port(c), AHCI_PX_IE, 0x40000001);
	hw_bug_if(c->lab->hw, true);
}

static void leave_and_fail(struct ctx *c)
{
	ahci_port_write(port(c), AHCI_PX_IE, 0x40000001);
	check_fail(c, "this", "0", "1");
}

static void finds_all_clean(struct ctx *c)
{
	struct bench *b = c->lab->bench;
	struct line *line = &b->line;

	expect_hex(c, pci_cfg_read16(c->lab->fn, PCI_COMMAND), 0x0007, 4, "Command");
	expect_hex(c, pci_cfg_read16(c->lab->fn, b->own.msi_cap + PCI_MSI_FLAGS), 0x0080, 4, "MSI");
	expect_hex(c, ahci_port_read(source_ahci(&b->own)->port, AHCI_PX_IE), 0, 8, "PxIE");
	expect_hex(c, ahci_read(&source_ahci(&b->own)->hba, AHCI_GHC), 0x80000000, 8, "GHC");
	expect_hex(c, line->irqc->ops->entry(line->irqc, line->gsi) & 0x1afff, 0x1a051, 8, "RTE");
	expect_eq(c, line->requested, 0, "requested");
}

#define ROW(row_id, row_body)                                                                      \
	{                                                                                          \
		.id = row_id, .title = "t", .spec = "s", .needs = NEED_ROUTE, .body = row_body     \
	}

static void each_register_is_named_and_put_back(void)
{
	static const struct check checks[] = {
		ROW("d.command", leave_command),
		ROW("d.behind-1", finds_all_clean),
		ROW("d.msi", leave_msi),
		ROW("d.behind-2", finds_all_clean),
		ROW("d.mask", leave_unmasked),
		ROW("d.behind-3", finds_all_clean),
		ROW("d.vector", leave_other_vector),
		ROW("d.behind-4", finds_all_clean),
		ROW("d.px-ie", leave_port_ie),
		ROW("d.behind-5", finds_all_clean),
		ROW("d.ghc-ie", leave_ghc_ie),
		ROW("d.behind-6", finds_all_clean),
		ROW("d.two", leave_two),
		ROW("d.behind-7", finds_all_clean),
		ROW("d.requested", leave_requested),
		ROW("d.behind-8", finds_all_clean),
		ROW("d.panic", leave_by_panic),
		ROW("d.behind-9", finds_all_clean),
		ROW("d.fail", leave_and_fail),
		ROW("d.behind-10", finds_all_clean),
	};
	static const struct suite suite = SUITE("d", checks);

	run_suite_with(&suite, "");
	UNIT_TRUE(said("not ok 1 d.command # ERROR debris: Command was 0007, is 0407\n"));
	UNIT_TRUE(said("not ok 3 d.msi # ERROR debris: Message Control was 0080, is 0081\n"));
	UNIT_TRUE(
		said("not ok 5 d.mask # ERROR debris: the line's RTE was 0001a051, is 0000a051\n"));
	UNIT_TRUE(said(
		"not ok 7 d.vector # ERROR debris: the line's RTE was 0001a051, is 0001a061\n"));
	UNIT_TRUE(said("not ok 9 d.px-ie # ERROR debris: PxIE was 00000000, is 40000001\n"));
	UNIT_TRUE(said("not ok 11 d.ghc-ie # ERROR debris: GHC was 80000000, is 80000002\n"));
	UNIT_TRUE(said("not ok 13 d.two # ERROR debris: Command was 0007, is 0000\n"));
	UNIT_TRUE(said("# run debris check=d.two register=\"PxIE\" found=00000000 left=40000001 "
		       "after=00000000\n"));
	UNIT_TRUE(said("not ok 15 d.requested # ERROR debris: the line was left requested\n"));
	UNIT_TRUE(said("not ok 17 d.panic # ERROR exception 6 at "));
	UNIT_TRUE(said("# run debris check=d.panic register=\"PxIE\" found=00000000"));
	UNIT_TRUE(said("not ok 19 d.fail\n"));
	UNIT_TRUE(said("# run debris check=d.fail register=\"PxIE\" found=00000000"));
	UNIT_EQ(times("\nok "), 10); /* every one behind: what it found was clean */
}

static void body_passes(struct ctx *c)
{
	check_pass(c);
}

/* The steps of a sequence stand on what the one before left; behind the last nothing may be left.
 */
static void a_sequence_is_judged_as_a_whole(void)
{
	static const struct check checks[] = {
		ROW("whole.first", leave_unmasked),
		ROW("whole.second", body_passes),
		ROW("whole.last", body_passes),
	};
	static const struct suite suite = {
		.name = "whole", .checks = checks, .count = 3, .whole = true
	};

	run_suite_with(&suite, "");
	UNIT_TRUE(said("ok 1 whole.first\n") && said("ok 2 whole.second\n"));
	UNIT_TRUE(said(
		"not ok 3 whole.last # ERROR debris: the line's RTE was 0001a051, is 0000a051\n"));
}

/* The first mismatch is the moment; what the body does behind it is not shown. */
static void fails_twice(struct ctx *c)
{
	hw_trace_clear(&c->lab->trace);
	ahci_port_write(port(c), AHCI_PX_IE, 1);
	check_fail(c, "first", "0", "1");
	ahci_port_write(port(c), AHCI_PX_IE, 2);
	check_fail(c, "second", "0", "1");
	ahci_port_write(port(c), AHCI_PX_IE, 0);
	if (c->lab->trace.count)
		check_fail(c, "accesses of the function", "0", "some");
}

static const struct check failing[] = {
	{ .id = "f.check",
	  .title = "the rule",
	  .spec = "the source",
	  .advice = "look here",
	  .needs = NEED_ROUTE,
	  .body = fails_twice },
	ROW("f.suite", fails_twice),
	ROW("f.good", body_passes),
};
static const struct suite suite_failing = {
	.name = "f",
	.checks = failing,
	.count = 3,
	.why = "why",
	.advice = "the suite's",
};

static void a_failure_shows_rule_and_registers(void)
{
	run_suite_with(&suite_failing, "");
	UNIT_TRUE(said("# hw registers check=f.check when=before command=0007 status=0010 msi=0080 "
		       "line=deasserted rte=0001a051 remote_irr=0 irr=0 isr=0 tmr=0 "
		       "px_is=00000000 is=00000000 px_ie=00000000 ghc=80000000\n"));
	UNIT_TRUE(said("# hw registers check=f.check when=failed command=0007 status=0010 msi=0080 "
		       "line=deasserted rte=0001a051 remote_irr=0 irr=0 isr=0 tmr=0 "
		       "px_is=00000000 is=00000000 px_ie=00000001 ghc=80000000\n"));
	UNIT_TRUE(said("# run failed check=f.check rule=\"the rule\" spec=\"the source\" "
		       "advice=\"look here\"\nnot ok 1 f.check\n"));
	UNIT_TRUE(said("check=f.suite rule=\"t\" spec=\"s\" advice=\"the suite's\"\nnot ok 2"));
	UNIT_EQ(times("# run failed "), 2);
	UNIT_EQ(times("# hw registers "), 4);
	UNIT_TRUE(!said("accesses of the function"));
}

static void verbose_shows_the_registers_of_a_pass(void)
{
	run_suite_with(&suite_failing, "--verbose --check f.good");
	UNIT_EQ(times("# hw registers check=f.good when=before command=0007 "), 1);
	UNIT_EQ(times("# hw registers check=f.good when=after command=0007 "), 1);
	UNIT_EQ(times("# hw registers "), 2);
}

static void passes(struct ctx *c)
{
	check_pass(c);
}

/* Before the policies, under each, and behind them. */
static void suites_run_in_their_order(void)
{
	static const struct check before[] = { { .id = "a.one", .title = "t", .body = passes },
					       { .id = "a.two", .title = "t", .body = passes } };
	static const struct check under[] = { { .id = "b.one", .title = "t", .body = passes } };
	static const struct check behind[] = { { .id = "c.one", .title = "t", .body = passes },
					       { .id = "c.two", .title = "t", .body = passes } };
	static const struct suite a = SUITE("a", before);
	static const struct suite b = {
		.name = "b", .checks = under, .count = 1, .per_policy = true
	};
	static const struct suite d = SUITE("c", behind);
	const struct suite *const suites[] = { &a, &b, &d, &last };

	run_suites_with(suites, 4, "");
	UNIT_TRUE(said("ok 1 a.one\n") && said("ok 2 a.two\n") && said("ok 3 b.one\n") &&
		  said("ok 4 c.one\n") && said("ok 5 c.two\n"));
	UNIT_EQ(times("\nok "), 5);
}

static const struct unit_test tests[] = {
	UNIT(suites_run_in_their_order),
	UNIT(each_register_is_named_and_put_back),
	UNIT(a_sequence_is_judged_as_a_whole),
	UNIT(a_failure_shows_rule_and_registers),
	UNIT(verbose_shows_the_registers_of_a_pass),
};

int main(void)
{
	return UNIT_RUN(tests);
}
