/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * What the tracker knows of locks, interrupts and the call chain, and its judgement of an
 * allocation in each context: the table of might_alloc() and of lockdep, as literals.
 */
#include "pci/tracker.h"
#include "tests/unit/unit.h"

static struct tracker t;

static void begin(void)
{
	tracker_init(&t, 0);
	t.where = "suite.step";
	t.owner = "drv";
}

enum { TASK, MUTEX, SPINLOCK, BOTH, HARDIRQ, RELEASE };

static void enter(unsigned context)
{
	if (context == MUTEX || context == BOTH)
		tracker_lock(&t, "&vdev->igate", false);
	if (context == SPINLOCK || context == BOTH)
		tracker_lock(&t, "&vdev->irqlock", true);
	t.in_irq = context == HARDIRQ;
	t.in_release = context == RELEASE;
}

static void allocation_is_judged_by_its_context(void)
{
	static const struct {
		unsigned context;
		enum gfp gfp;
		unsigned sleeping, in_release;
		bool irqs_off;
		const char *lock;
	} rows[] = {
		{ TASK, GFP_KERNEL, 0, 0, false, NULL },
		{ TASK, GFP_ATOMIC, 0, 0, false, NULL },
		{ MUTEX, GFP_KERNEL, 0, 0, false, NULL },
		{ SPINLOCK, GFP_KERNEL, 1, 0, true, "&vdev->irqlock" },
		{ SPINLOCK, GFP_ATOMIC, 0, 0, true, "&vdev->irqlock" },
		{ BOTH, GFP_KERNEL, 1, 0, true, "&vdev->irqlock" },
		{ HARDIRQ, GFP_KERNEL, 1, 0, true, NULL },
		{ HARDIRQ, GFP_ATOMIC, 0, 0, true, NULL },
		{ RELEASE, GFP_KERNEL, 0, 1, false, NULL },
		{ RELEASE, GFP_ATOMIC, 0, 1, false, NULL },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin();
		enter(rows[i].context);
		UNIT_TRUE(tracker_allocate(&t, "alloc", rows[i].gfp, true));
		UNIT_EQ(tracker_count(&t, HAZARD_SLEEPING_ALLOCATION), rows[i].sleeping);
		UNIT_EQ(tracker_count(&t, HAZARD_RESOURCE_IN_RELEASE), rows[i].in_release);
		UNIT_EQ(t.hazards, rows[i].sleeping + rows[i].in_release);
		UNIT_EQ(t.allocations, 1);
		UNIT_EQ(t.allocation[0].gfp, rows[i].gfp);
		UNIT_EQ(t.allocation[0].irqs_off, rows[i].irqs_off);
		UNIT_STR(t.allocation[0].lock ? t.allocation[0].lock : "-",
			 rows[i].lock ? rows[i].lock : "-");
	}
}

static void hazard_says_where_it_was(void)
{
	begin();
	tracker_enter(&t, "outer");
	tracker_enter(&t, "inner");
	tracker_lock(&t, "&lock", true);
	UNIT_TRUE(tracker_allocate(&t, "__devres_alloc_node", GFP_KERNEL, true));
	tracker_unlock(&t);
	tracker_leave(&t);
	tracker_hazard(&t, HAZARD_MASK_LOST, 0x0407);
	UNIT_EQ(t.hazards, 2);
	UNIT_STR(t.hazard[0].chain, "__devres_alloc_node < inner < outer");
	UNIT_STR(t.hazard[0].lock, "&lock");
	UNIT_STR(t.hazard[0].where, "suite.step");
	UNIT_STR(t.hazard[0].owner, "drv");
	UNIT_TRUE(t.hazard[0].irqs_off && !t.hazard[0].in_irq && !t.hazard[0].in_release);
	UNIT_STR(t.hazard[1].chain, "outer");
	UNIT_TRUE(!t.hazard[1].lock && !t.hazard[1].irqs_off);
	UNIT_EQ(t.hazard[1].command, 0x0407);
}

static void interrupts_are_off_under_spinlocks_and_in_hardirq(void)
{
	begin();
	UNIT_TRUE(!tracker_irqs_off(&t));
	tracker_lock(&t, "mutex", false);
	UNIT_TRUE(!tracker_irqs_off(&t));
	tracker_lock(&t, "spinlock", true);
	tracker_lock(&t, "another mutex", false);
	UNIT_TRUE(tracker_irqs_off(&t));
	tracker_unlock(&t);
	tracker_unlock(&t);
	UNIT_TRUE(!tracker_irqs_off(&t));
	t.in_irq = true;
	UNIT_TRUE(tracker_irqs_off(&t));
}

static void innermost_spinlock_is_the_one_named(void)
{
	begin();
	tracker_lock(&t, "outer", true);
	tracker_lock(&t, "inner", true);
	tracker_hazard(&t, HAZARD_NEIGHBOUR, 0);
	tracker_unlock(&t);
	tracker_hazard(&t, HAZARD_NEIGHBOUR, 0);
	UNIT_STR(t.hazard[0].lock, "inner");
	UNIT_STR(t.hazard[1].lock, "outer");
}

static bool known_as_hardirq_s(const char *lock)
{
	t.hazards = 0;
	tracker_lock(&t, lock, true);
	tracker_hazard(&t, HAZARD_NEIGHBOUR, 0);
	tracker_unlock(&t);
	return t.hazard[0].lock_hardirq_safe;
}

/* As lockdep knows them: by name, once each, as many as there is room for. */
static void a_lock_once_taken_in_hardirq_is_known(void)
{
	static const char *const locks[] = { "a", "b", "a", "c", "b", "d", "e" };

	begin();
	for (unsigned i = 0; i < 7; i++) {
		UNIT_TRUE(i == 2 || i == 4 || !known_as_hardirq_s(locks[i]));
		t.in_irq = true;
		tracker_lock(&t, locks[i], true);
		tracker_unlock(&t);
		t.in_irq = false;
		UNIT_TRUE(known_as_hardirq_s(locks[i]) == (i < 6));
	}
	for (unsigned i = 0; i < 6; i++)
		UNIT_TRUE(known_as_hardirq_s(locks[i]));
}

/* Only INTx nodes, only under pressure, from the nth on. */
static void allocations_fail_from_the_nth_intx_node_on(void)
{
	tracker_init(&t, 2);
	UNIT_TRUE(tracker_allocate(&t, "alloc", GFP_KERNEL, true)); /* no pressure: not counted */
	t.pressure = true;
	UNIT_TRUE(tracker_allocate(&t, "alloc", GFP_KERNEL, false));
	UNIT_TRUE(tracker_allocate(&t, "alloc", GFP_KERNEL, true));
	UNIT_TRUE(!tracker_allocate(&t, "alloc", GFP_KERNEL, true));
	UNIT_TRUE(!tracker_allocate(&t, "alloc", GFP_ATOMIC, true));
	UNIT_TRUE(tracker_allocate(&t, "alloc", GFP_KERNEL, false));
	UNIT_EQ(t.allocations, 6);
	UNIT_TRUE(!t.allocation[2].failed && t.allocation[3].failed && !t.allocation[5].failed);
	t.pressure = false;
	UNIT_TRUE(tracker_allocate(&t, "alloc", GFP_KERNEL, true));
}

/* What was not made is no resource; that it might have slept is a hazard all the same. */
static void failed_allocation_leaves_no_resource(void)
{
	tracker_init(&t, 1);
	t.pressure = true;
	t.in_release = 1;
	UNIT_TRUE(!tracker_allocate(&t, "alloc", GFP_KERNEL, true));
	UNIT_EQ(t.hazards, 0);
	tracker_lock(&t, "&lock", true);
	UNIT_TRUE(!tracker_allocate(&t, "alloc", GFP_KERNEL, true));
	UNIT_EQ(tracker_count(&t, HAZARD_SLEEPING_ALLOCATION), 1);
}

static void muted_tracker_notes_nothing_and_still_allocates(void)
{
	begin();
	t.muted = true;
	tracker_lock(&t, "&lock", true);
	UNIT_TRUE(tracker_allocate(&t, "alloc", GFP_KERNEL, true));
	tracker_hazard(&t, HAZARD_MASK_LOST, 0);
	UNIT_EQ(t.hazards, 0);
	UNIT_EQ(t.allocations, 0);
}

static void more_than_is_kept_is_counted(void)
{
	begin();
	for (unsigned i = 0; i < TRACKER_HAZARDS + 3; i++)
		tracker_hazard(&t, HAZARD_MASK_LOST, (uint16_t)i);
	for (unsigned i = 0; i < TRACKER_ALLOCATIONS + 3; i++)
		UNIT_TRUE(tracker_allocate(&t, "alloc", GFP_KERNEL, false));
	UNIT_EQ(t.hazards, TRACKER_HAZARDS + 3);
	UNIT_EQ(t.allocations, TRACKER_ALLOCATIONS + 3);
	UNIT_EQ(tracker_count(&t, HAZARD_MASK_LOST), TRACKER_HAZARDS);
	UNIT_EQ(t.hazard[TRACKER_HAZARDS - 1].command, TRACKER_HAZARDS - 1);
}

static void deep_chain_keeps_its_outermost_calls(void)
{
	begin();
	for (unsigned i = 0; i < TRACKER_DEPTH + 2; i++)
		tracker_enter(&t, i ? "f" : "main");
	tracker_hazard(&t, HAZARD_MASK_LOST, 0);
	for (unsigned i = 0; i < TRACKER_DEPTH + 2; i++)
		tracker_leave(&t);
	UNIT_STR(t.hazard[0].chain, "f < f < f < f < f < f < f < f < f < f < f < main");
	UNIT_EQ(t.depth, 0);
}

/* Cut where the text ends, and ended. */
static void a_long_chain_is_cut(void)
{
	static char name[TRACKER_CHAIN_TEXT];

	begin();
	memset(name, 'x', sizeof(name) - 1);
	tracker_enter(&t, "outer");
	tracker_enter(&t, name);
	tracker_hazard(&t, HAZARD_MASK_LOST, 0);
	UNIT_STR(t.hazard[0].chain, name);
	name[sizeof(name) - 2] = 0;
	tracker_hazard(&t, HAZARD_MASK_LOST, 0);
	UNIT_EQ(strlen(t.hazard[1].chain), sizeof(name) - 1);
	UNIT_EQ(t.hazard[1].chain[sizeof(name) - 2], ' ');
}

static void names(void)
{
	static const char *const want[] = { "sleeping-allocation", "resource-in-release",
					    "probe-refused",       "mask-lost",
					    "disintx-left-set",    "intx-under-msi",
					    "interrupt-lost",      "neighbour" };

	UNIT_EQ(HAZARD_COUNT, 8);
	for (unsigned i = 0; i < 8; i++)
		UNIT_STR(hazard_name((enum hazard)i), want[i]);
	UNIT_STR(gfp_name(GFP_KERNEL), "GFP_KERNEL");
	UNIT_STR(gfp_name(GFP_ATOMIC), "GFP_ATOMIC");
}

static const struct unit_test tests[] = {
	UNIT(allocation_is_judged_by_its_context),
	UNIT(hazard_says_where_it_was),
	UNIT(interrupts_are_off_under_spinlocks_and_in_hardirq),
	UNIT(innermost_spinlock_is_the_one_named),
	UNIT(allocations_fail_from_the_nth_intx_node_on),
	UNIT(failed_allocation_leaves_no_resource),
	UNIT(muted_tracker_notes_nothing_and_still_allocates),
	UNIT(more_than_is_kept_is_counted),
	UNIT(deep_chain_keeps_its_outermost_calls),
	UNIT(a_long_chain_is_cut),
	UNIT(a_lock_once_taken_in_hardirq_is_known),
	UNIT(names),
};

int main(void)
{
	return UNIT_RUN(tests);
}
