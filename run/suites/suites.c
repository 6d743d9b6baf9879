/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* The product's suites in run order: each rests on what those before it have shown. */
#include "run/check.h"
#include "run/sequences/sequence.h"

#include "pci/mem.h"

const struct suite *const lab_suites[] = {
	&suite_ahci,       &suite_line,    &suite_level,      &suite_cmd,
	&suite_status,     &suite_mask,    &suite_controller, &suite_hba,
	&suite_interleave, &suite_msi,     &suite_reset,      &suite_route,
	&suite_share,      &suite_vfio,    &suite_guest,      &suite_policy,
	&suite_enable,     &suite_release, &suite_rebind,     &suite_dirty,
	&suite_fresh,      &suite_race,    &suite_vfio_msi,   &suite_intx_first,
	&suite_neighbour,  &suite_hazard,  &suite_leave,      NULL,
};

bool suite_compares_no_policies(const struct options *opt)
{
	return !text_equal(opt->policy, "all");
}
