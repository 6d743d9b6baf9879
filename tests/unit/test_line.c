/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* A line owned, shared and let go, on a simulated q35: GSI 16, active low, level. */
#include "drivers/irqc_x86.h"
#include "drivers/line.h"
#include "tests/unit/sim_rig.h"

#define GSI 16
#define MASKED 0x10000u

static struct acpi_madt madt;
static struct irqc_x86 x86;
static struct irqc_x86_state saved;
static struct hw_trace trace;
static struct pci_fn fn;
static struct line line;
static unsigned mine, theirs;
static bool acks;

static bool handle_mine(void *arg)
{
	UNIT_TRUE(arg == &mine);
	mine++;
	if (acks)
		deassert_intx(ABAR);
	return acks;
}

static bool handle_theirs(void *arg)
{
	UNIT_TRUE(arg == &theirs);
	theirs++;
	return false;
}

static void begin(bool known)
{
	struct acpi_memory memory;
	struct acpi_table table;

	start("q35", NULL);
	memory = sim_acpi_memory(sim);
	UNIT_EQ(acpi_find_table(&memory, sim_rsdp(sim), "APIC", &table), OK);
	UNIT_EQ(acpi_parse_madt(table, &madt), OK);
	hw->ops->irq_switch(hw, false);
	UNIT_EQ(irqc_x86_init(&x86, hw, &madt), OK);
	UNIT_EQ(irqc_x86_take(&x86, &saved), OK);
	hw_trace_init(&trace, hw);
	fn = (struct pci_fn){ .hw = &trace.hw, .cfg = AHCI_1F2, .addr = { 0, 0, 31, 2 }, .pin = 1 };
	memset(&line, 0, sizeof(line));
	line_init(&line, &trace, &x86.irqc, &fn);
	line.known = known;
	line.gsi = GSI;
	line.polarity = IRQC_ACTIVE_LOW;
	mine = theirs = 0;
	acks = true;
}

static void finish(void)
{
	hw->ops->irq_switch(hw, false);
	UNIT_EQ(irqc_x86_return(&x86, &saved), OK);
	stop();
}

static bool irqs_on(void)
{
	bool on = hw->ops->irq_switch(hw, false);

	(void)hw->ops->irq_switch(hw, on);
	return on;
}

static void a_line_that_is_not_known_is_refused(void)
{
	uint32_t before;

	begin(false);
	before = rte(GSI);
	UNIT_EQ(line_request(&line, handle_mine, &mine), ERR_NO_ROUTE);
	UNIT_EQ(line_request_disabled(&line, handle_mine, &mine), ERR_NO_ROUTE);
	UNIT_EQ(line_share(&line, handle_theirs, &theirs), ERR_NO_ROUTE);
	UNIT_EQ(line_level(&line), LINE_UNKNOWN);
	UNIT_TRUE(!line.requested && !line.shared && !irqs_on());
	UNIT_EQ(rte(GSI), before);
	finish();
}

static void a_request_opens_and_a_release_masks(void)
{
	begin(true);
	UNIT_EQ(line_request(&line, handle_mine, &mine), OK);
	UNIT_EQ(rte(GSI) & ~0xffu, 0xa000); /* level, active low, fixed, unmasked */
	UNIT_TRUE(irqs_on() && !line_is_masked(&line));
	UNIT_EQ(line_request(&line, handle_mine, &mine), ERR_BUSY);
	UNIT_EQ(line_request_msi(&line, handle_mine, &mine), ERR_BUSY);
	assert_intx(ABAR);
	UNIT_EQ(line_wait(&line, 1, 1000), OK);
	UNIT_EQ(mine, 1);
	UNIT_TRUE(line.snapshot[0].handled);
	UNIT_EQ(line.unhandled, 0);
	UNIT_EQ(line_wait(&line, 2, 1000), ERR_TIMEOUT);
	line_free(&line);
	UNIT_TRUE(!line.requested && !irqs_on());
	UNIT_EQ(rte(GSI) & MASKED, MASKED);
	line_free(&line);
	finish();
}

static void a_disabled_request_waits_for_the_unmask(void)
{
	begin(true);
	UNIT_EQ(line_request_disabled(&line, handle_mine, &mine), OK);
	UNIT_TRUE(line_is_masked(&line) && irqs_on());
	assert_intx(ABAR);
	UNIT_EQ(line_level(&line), LINE_ASSERTED);
	UNIT_EQ(line_wait(&line, 1, 1000), ERR_TIMEOUT);
	line_unmask(&line);
	UNIT_EQ(line_wait(&line, 1, 1000), OK);
	UNIT_EQ(line_level(&line), LINE_DEASSERTED);
	line_mask(&line);
	UNIT_EQ(rte(GSI) & MASKED, MASKED);
	line_free(&line);
	finish();
}

/* Nobody serves it: the guard masks it at its limit, and counts from there again. */
static void a_storm_is_stopped(void)
{
	begin(true);
	acks = false;
	UNIT_EQ(line_request(&line, handle_mine, &mine), OK);
	assert_intx(ABAR);
	UNIT_EQ(line_wait(&line, UINT32_MAX, 1000000), ERR_STORM);
	UNIT_EQ(mine, LINE_STORM_LIMIT);
	UNIT_EQ(line.unhandled, LINE_STORM_LIMIT);
	UNIT_TRUE(line_is_masked(&line) && line.storm);
	line_uncount(&line);
	UNIT_EQ(line.count, LINE_STORM_LIMIT - 1);
	UNIT_EQ(line.unhandled, LINE_STORM_LIMIT - 1);
	acks = true;
	line_rearm(&line);
	line_unmask(&line);
	UNIT_EQ(line_wait(&line, LINE_STORM_LIMIT, 1000), OK);
	UNIT_TRUE(!line.storm);
	line_free(&line);
	finish();
}

/* Open until both have let go, whoever goes first; the second's word "not mine" counts for itself.
 */
static void a_shared_line_stays_open_for_the_other(void)
{
	for (unsigned first = 0; first < 2; first++) {
		begin(true);
		UNIT_EQ(line_request(&line, handle_mine, &mine), OK);
		UNIT_EQ(line_share(&line, handle_theirs, &theirs), OK);
		UNIT_EQ(line_share(&line, handle_theirs, &theirs), ERR_BUSY);
		assert_intx(ABAR);
		UNIT_EQ(line_wait(&line, 1, 1000), OK);
		UNIT_EQ(mine, 1);
		UNIT_EQ(theirs, 1);
		UNIT_EQ(line.unhandled, 0);
		if (first == 0)
			line_free(&line);
		else
			line_unshare(&line);
		UNIT_TRUE(!line_is_masked(&line) && irqs_on());
		line_free(&line);
		line_unshare(&line);
		UNIT_TRUE(line_is_masked(&line) && !irqs_on());
		line_unshare(&line);
		finish();
	}
}

static void who_shares_first_opens_it(void)
{
	begin(true);
	UNIT_EQ(line_share(&line, handle_theirs, &theirs), OK);
	UNIT_TRUE(!line_is_masked(&line) && irqs_on());
	UNIT_EQ(line_request_disabled(&line, handle_mine, &mine), OK);
	UNIT_TRUE(!line_is_masked(&line));
	assert_intx(ABAR);
	UNIT_EQ(line_wait(&line, 1, 1000), OK);
	UNIT_EQ(theirs, 1);
	line_free(&line);
	line_unshare(&line);
	finish();
}

static const struct unit_test tests[] = {
	UNIT(a_line_that_is_not_known_is_refused),     UNIT(a_request_opens_and_a_release_masks),
	UNIT(a_disabled_request_waits_for_the_unmask), UNIT(a_storm_is_stopped),
	UNIT(a_shared_line_stays_open_for_the_other),  UNIT(who_shares_first_opens_it),
};

int main(void)
{
	return UNIT_RUN(tests);
}
