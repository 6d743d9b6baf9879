/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* A check whose evidence names a number of tries makes that many. */
#include "tests/unit/run_rig.h"

extern const struct suite suite_mask;

static unsigned with_disintx(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < watched_count; i++)
		n += (watched[i] & PCI_COMMAND_INTX_DISABLE) != 0;
	return n;
}

/* "deliveries over 50 toggles with nothing pending" */
static void fifty_toggles_with_nothing_pending(void)
{
	run_watched(&suite_mask, "--check mask.idle-toggle-is-quiet", AHCI_1F2 + PCI_COMMAND);
	UNIT_EQ(with_disintx(), 1 + 50); /* one to find out whether it can be written */
}

static const struct unit_test tests[] = {
	UNIT(fifty_toggles_with_nothing_pending),
};

int main(void)
{
	return UNIT_RUN(tests);
}
