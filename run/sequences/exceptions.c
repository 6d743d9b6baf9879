/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Where a step looks different from its row in steps.c: with MSI, with masking at the controller,
 * and under rules that are not v6.15's. Literals, each with its source; the last row that matches
 * counts. Recorded: stock kernels 6.1.192 and 6.12.117; rebuilt: 6.12.117 with the INTx rule of the
 * generation put back; read: from Linux's sources.
 */
#include "run/sequences/sequence.h"

#include "pci/mem.h"

#define LOW LINE_DEASSERTED
#define HIGH LINE_ASSERTED
#define NO_IRQ .irq_count = STEP_NO_IRQ
#define IRQS(n) .irq_count = (n)
#define IRQS_FROM(n) .irq_count = STEP_SOME, .irq_least = (n)

enum when { EITHER, OFF, ON };

struct exception {
	const char *policies; /* names, a blank between; "*": every one */
	uint8_t msi, at_controller; /* enum when */
	const char *sequence, *step;
	struct step_expect expect;
};

#define MSI_ON_WRITES                                                                              \
	{ STEP_MSICTL, 0 },                                                                        \
	{                                                                                          \
		STEP_MSICTL, 0                                                                     \
	}
#define CLOSE_WRITES                                                                               \
	{ STEP_W, 0x0003 }, { STEP_W_EXACT, 0x0400 },                                              \
	{                                                                                          \
		STEP_W32, 0x0003                                                                   \
	}

/* row_source: who says so; for the reader of this table, not in the image. */
#define ROW(row_policies, row_msi, row_at, row_sequence, row_step, row_source, ...)                \
	{                                                                                          \
		.policies = row_policies, .msi = row_msi, .at_controller = row_at,                 \
		.sequence = row_sequence, .step = row_step, .expect = {                            \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}

static const struct exception exceptions[] = {
	/* MSI: DisINTx 1 while it is enabled; on release MSI goes first, then DisINTx. */
	ROW("*", ON, EITHER, "enable", "ahci_bind", "recorded, with MSI", .command = 0x0407,
	    .msi_enable = true, .line = LOW, IRQS(0),
	    .writes = { MSI_ON_WRITES, { STEP_W, 0x0407 }, { STEP_MSICTL, 1 } }),
	ROW("*", ON, EITHER, "enable", "ahci_io", "recorded, with MSI", .command = 0x0407,
	    .msi_enable = true, .line = LOW, IRQS_FROM(1)),
	ROW("*", ON, EITHER, "release", "ahci_unbind", "recorded, with MSI", .command = 0x0003,
	    .line = LOW, NO_IRQ,
	    .writes = { { STEP_MSICTL, 1 },
			{ STEP_MSICTL, 0 },
			{ STEP_W, 0x0007 },
			{ STEP_W, 0x0003 } }),
	ROW("*", ON, EITHER, "rebind", "ahci_rebind", "recorded, with MSI", .command = 0x0407,
	    .msi_enable = true, .line = LOW, IRQS(0),
	    .writes = { MSI_ON_WRITES,
			{ STEP_W, 0x0403 },
			{ STEP_MSICTL, 1 },
			{ STEP_W, 0x0407 } }),
	ROW("*", ON, EITHER, "rebind", "ahci_io2", "recorded, with MSI", .command = 0x0407,
	    .msi_enable = true, .line = LOW, IRQS_FROM(1)),
	ROW("*", ON, EITHER, "dirty", "d_ahci_unbind", "recorded, with MSI", .command = 0x0003,
	    .line = LOW, NO_IRQ,
	    .writes = { { STEP_MSICTL, 1 },
			{ STEP_MSICTL, 0 },
			{ STEP_W, 0x0007 },
			{ STEP_W, 0x0003 } }),
	ROW("*", ON, EITHER, "dirty", "d_ahci_rebind", "recorded, with MSI", .command = 0x0407,
	    .msi_enable = true, .line = LOW, IRQS(0),
	    .writes = { MSI_ON_WRITES,
			{ STEP_W, 0x0403 },
			{ STEP_MSICTL, 1 },
			{ STEP_W, 0x0407 } }),
	ROW("*", ON, EITHER, "dirty", "d_ahci_io", "recorded, with MSI", .command = 0x0407,
	    .msi_enable = true, .line = LOW, IRQS_FROM(1)),
	ROW("*", ON, EITHER, "fresh", "f_ahci_bind", "recorded, with MSI (ahci_rebind)",
	    .command = 0x0407, .msi_enable = true, .line = LOW, IRQS(0),
	    .writes = { MSI_ON_WRITES,
			{ STEP_W, 0x0403 },
			{ STEP_MSICTL, 1 },
			{ STEP_W, 0x0407 } }),
	ROW("*", ON, EITHER, "fresh", "f_ahci_io", "recorded, with MSI (ahci_io2)",
	    .command = 0x0407, .msi_enable = true, .line = LOW, IRQS_FROM(1)),

	/* pcim_intx_restore is younger than pcim_msi_release: DisINTx goes first, under MSI. */
	ROW("v6.11-rc1 v6.11-rc2 v6.11 gfp-atomic unlocked", ON, EITHER, "release", "ahci_unbind",
	    "rebuilt: 25216afc9db5, 00f89ae4e759, fc8c818e7569, with MSI", .command = 0x0003,
	    .line = LOW, NO_IRQ,
	    .writes = { { STEP_MSICTL, 1 },
			{ STEP_W, 0x0007 },
			{ STEP_MSICTL, 0 },
			{ STEP_W, 0x0003 } }),
	ROW("v6.11-rc1 v6.11-rc2 v6.11 gfp-atomic unlocked", ON, EITHER, "dirty", "d_ahci_unbind",
	    "rebuilt: 25216afc9db5, 00f89ae4e759, fc8c818e7569, with MSI", .command = 0x0003,
	    .line = LOW, NO_IRQ,
	    .writes = { { STEP_MSICTL, 1 },
			{ STEP_W, 0x0007 },
			{ STEP_MSICTL, 0 },
			{ STEP_W, 0x0003 } }),
	/* pci_msi_shutdown() made a node on detach: nobody can be bound any more. */
	ROW("v6.11-rc1", ON, EITHER, "rebind", "vfio_bind",
	    "rebuilt: 25216afc9db5, with MSI: Resources present before probing", .command = 0x0003,
	    .line = LOW, NO_IRQ, .result = ERR_BUSY),

	/* A driver that wrote DisINTx before MSI. */
	ROW("v6.11-rc1 v6.11-rc2 v6.11 gfp-atomic unlocked", EITHER, EITHER, "intx-first",
	    "i_vfio_bind", "rebuilt: the residual leak of fc8c818e7569, and those before it",
	    .command = 0x0003, .line = LOW, NO_IRQ, .result = ERR_BUSY),

	/* The original value taken blindly: release leaves DisINTx 1. */
	ROW("v6.11-rc1 next-20241218", OFF, EITHER, "release", "ahci_unbind",
	    "rebuilt: 25216afc9db5, dfa2f4d5f9e5, without MSI", .command = 0x0403, .line = LOW,
	    NO_IRQ, .writes = { { STEP_W, 0x0407 }, { STEP_W, 0x0403 } }),
	ROW("v6.11-rc1 next-20241218", OFF, EITHER, "rebind", "vfio_bind",
	    "rebuilt: 25216afc9db5, dfa2f4d5f9e5, without MSI", .command = 0x0403, .line = LOW,
	    NO_IRQ),
	ROW("v6.11-rc1 next-20241218", OFF, EITHER, "rebind", "vfio_open",
	    "rebuilt: do_pci_enable_device() clears it", .command = 0x0003, .line = LOW, NO_IRQ,
	    .writes = { { STEP_W, 0x0003 } }),
	ROW("v6.11-rc1 next-20241218", OFF, EITHER, "dirty", "d_ahci_unbind",
	    "rebuilt: 25216afc9db5, dfa2f4d5f9e5, without MSI", .command = 0x0403, .line = LOW,
	    NO_IRQ, .writes = { { STEP_W, 0x0407 }, { STEP_W, 0x0403 } }),
	ROW("v6.11-rc1 next-20241218", OFF, EITHER, "dirty", "d_vfio_bind",
	    "rebuilt: 25216afc9db5, dfa2f4d5f9e5, without MSI", .command = 0x0403, .line = LOW,
	    NO_IRQ),
	ROW("v6.11-rc1 next-20241218", OFF, EITHER, "dirty", "d_open",
	    "rebuilt: do_pci_enable_device() clears it", .command = 0x0003, .line = LOW, NO_IRQ,
	    .writes = { { STEP_W, 0x0003 } }),
	/* vfio-pci owned an INTx node: its trigger recorded DisINTx 1, its release writes it. */
	ROW("v6.11-rc1", OFF, EITHER, "dirty", "d_vfio_unbind",
	    "rebuilt: 25216afc9db5, without MSI", .command = 0x0403, .intx_status = true,
	    .line = LOW, NO_IRQ, .writes = { { STEP_W, 0x0403 } }),
	ROW("v6.11-rc1", OFF, EITHER, "dirty", "d_ahci_rebind",
	    "rebuilt: do_pci_enable_device() clears it", .command = 0x0007, .line = LOW, IRQS(0),
	    .writes = { { STEP_W, 0x0003 }, { STEP_W, 0x0007 } }),

	/* UNMASK ran between irqlock and the register: DisINTx 1, and nobody knows. */
	ROW("unlocked", EITHER, OFF, "race", "r_mask_unmask",
	    "read: the interleaving of the thread", .command = 0x0407, .line = LOW, IRQS(0),
	    .writes = { { STEP_W, 0x0407 } }),
	ROW("unlocked", EITHER, OFF, "race", "r_assert", "read: the interleaving of the thread",
	    .command = 0x0407, .intx_status = true, .line = LOW, IRQS(0)),
	ROW("unlocked", EITHER, OFF, "race", "r_unmask", "read: the interleaving of the thread",
	    .command = 0x0407, .intx_status = true, .line = LOW, IRQS(0)),
	ROW("unlocked", EITHER, OFF, "race", "r_service_unmask",
	    "read: the interleaving of the thread", .command = 0x0407, .line = LOW, IRQS(0)),
	ROW("unlocked", EITHER, OFF, "race", "r_close", "read: the interleaving of the thread",
	    .command = 0x0003, .line = LOW, NO_IRQ,
	    .writes = { { STEP_W, 0x0403 }, { STEP_W_EXACT, 0x0400 }, { STEP_W32, 0x0003 } }),

	/* Masked at the controller: DisINTx stays 0, the line stays up, unmask delivers again. */
	ROW("*", EITHER, ON, "rebind", "assert", "recorded, nointxmask=1", .command = 0x0007,
	    .intx_status = true, .line = HIGH, IRQS(1), .eventfd = 1),
	ROW("*", EITHER, ON, "rebind", "unmask_while_asserting", "recorded, nointxmask=1",
	    .command = 0x0007, .intx_status = true, .line = HIGH, IRQS(2), .eventfd = 1),
	ROW("*", EITHER, ON, "rebind", "service", "recorded, nointxmask=1", .command = 0x0007,
	    .line = LOW, IRQS(2)),
	ROW("*", EITHER, ON, "rebind", "unmask", "recorded, nointxmask=1", .command = 0x0007,
	    .line = LOW, IRQS(2)),
	ROW("*", EITHER, ON, "rebind", "reassert", "recorded, nointxmask=1", .command = 0x0007,
	    .intx_status = true, .line = HIGH, IRQS(3), .eventfd = 1),
	ROW("*", EITHER, ON, "rebind", "service2_unmask", "recorded, nointxmask=1",
	    .command = 0x0007, .line = LOW, IRQS(3)),
	ROW("*", EITHER, ON, "rebind", "user_mask", "recorded, nointxmask=1", .command = 0x0007,
	    .line = LOW, IRQS(3)),
	ROW("*", EITHER, ON, "rebind", "assert_while_masked", "recorded, nointxmask=1",
	    .command = 0x0007, .intx_status = true, .line = HIGH, IRQS(3)),
	ROW("*", EITHER, ON, "rebind", "unmask_pending", "recorded, nointxmask=1",
	    .command = 0x0007, .intx_status = true, .line = HIGH, IRQS(4), .eventfd = 1),
	ROW("*", EITHER, ON, "rebind", "service3_unmask", "recorded, nointxmask=1",
	    .command = 0x0007, .line = LOW, IRQS(4)),
	ROW("*", EITHER, ON, "rebind", "virt_disintx_set",
	    "read: vfio_basic_config_write(), the write alone", .command = 0x0007, .line = LOW,
	    IRQS(4), .writes = { { STEP_W, 0x0007 } }),
	ROW("*", EITHER, ON, "rebind", "virt_disintx_clr",
	    "read: vfio_basic_config_write(), the write alone", .command = 0x0007, .line = LOW,
	    IRQS(4), .writes = { { STEP_W, 0x0007 } }),
	ROW("*", EITHER, ON, "dirty", "d_assert", "recorded, nointxmask=1", .command = 0x0007,
	    .intx_status = true, .line = HIGH, IRQS(1), .eventfd = 1),
	ROW("*", EITHER, ON, "dirty", "d_irq_disable", "recorded, nointxmask=1", .command = 0x0007,
	    .intx_status = true, .line = HIGH, NO_IRQ),
	ROW("*", EITHER, ON, "dirty", "d_close", "recorded, nointxmask=1", .command = 0x0003,
	    .intx_status = true, .line = HIGH, NO_IRQ, .writes = { CLOSE_WRITES }),
	/* No pci_intx() by vfio-pci, no node of its own: as v6.15. */
	ROW("v6.11-rc1", OFF, ON, "dirty", "d_vfio_unbind", "read: no pci_intx() was called",
	    .command = 0x0003, .intx_status = true, .line = HIGH, NO_IRQ),
	ROW("v6.11-rc1", OFF, ON, "dirty", "d_ahci_rebind", "read: no pci_intx() was called",
	    .command = 0x0007, .line = LOW, IRQS(0), .writes = { { STEP_W, 0x0007 } }),
	ROW("*", EITHER, ON, "fresh", "f_assert", "recorded, nointxmask=1 (assert)",
	    .command = 0x0007, .intx_status = true, .line = HIGH, IRQS(1), .eventfd = 1),
	ROW("*", EITHER, ON, "fresh", "f_unmask_while_asserting", "recorded, nointxmask=1",
	    .command = 0x0007, .intx_status = true, .line = HIGH, IRQS(2), .eventfd = 1),
	ROW("*", EITHER, ON, "fresh", "f_service_unmask", "recorded, nointxmask=1",
	    .command = 0x0007, .line = LOW, IRQS(2)),
	ROW("*", EITHER, ON, "fresh", "f_user_mask", "recorded, nointxmask=1", .command = 0x0007,
	    .line = LOW, IRQS(2)),
	ROW("*", EITHER, ON, "fresh", "f_irq_disable", "recorded, nointxmask=1", .command = 0x0007,
	    .line = LOW, NO_IRQ),
	ROW("*", EITHER, ON, "fresh", "f_close_dev", "recorded, nointxmask=1", .command = 0x0003,
	    .line = LOW, NO_IRQ, .writes = { CLOSE_WRITES }),
	ROW("*", EITHER, ON, "race", "r_mask_unmask", "read: disable_irq and enable_irq",
	    .command = 0x0007, .line = LOW, IRQS(0)),
	ROW("*", EITHER, ON, "race", "r_assert", "recorded, nointxmask=1 (assert)",
	    .command = 0x0007, .intx_status = true, .line = HIGH, IRQS(1), .eventfd = 1),
	ROW("*", EITHER, ON, "race", "r_unmask", "recorded, nointxmask=1", .command = 0x0007,
	    .intx_status = true, .line = HIGH, IRQS(2), .eventfd = 1),
	ROW("*", EITHER, ON, "race", "r_service_unmask", "recorded, nointxmask=1",
	    .command = 0x0007, .line = LOW, IRQS(2)),
	/* The whole line is masked, and stays so when vfio-pci lets go of it. */
	ROW("*", EITHER, ON, "neighbour", "n_assert", "recorded, nointxmask=1 (assert)",
	    .command = 0x0007, .intx_status = true, .line = HIGH, IRQS(1), .eventfd = 1),
	ROW("*", EITHER, ON, "neighbour", "n_io_while_masked",
	    "read: disable_irq_nosync() on a shared line", .command = 0x0007, .intx_status = true,
	    .line = HIGH, IRQS(1), .result = ERR_TIMEOUT),
	ROW("*", EITHER, ON, "neighbour", "n_close",
	    "read: free_irq() leaves the depth of disable_irq()", .command = 0x0003,
	    .intx_status = true, .line = HIGH, NO_IRQ, .writes = { CLOSE_WRITES }),

	/* The same interleaving with disable_irq() as the late write. */
	ROW("unlocked", EITHER, ON, "race", "r_assert", "read: the interleaving of the thread",
	    .command = 0x0007, .intx_status = true, .line = HIGH, IRQS(0)),
	ROW("unlocked", EITHER, ON, "race", "r_unmask", "read: the interleaving of the thread",
	    .command = 0x0007, .intx_status = true, .line = HIGH, IRQS(0)),
	ROW("unlocked", EITHER, ON, "race", "r_service_unmask",
	    "read: the interleaving of the thread", .command = 0x0007, .line = LOW, IRQS(0)),
};

static bool names_policy(const char *list, const char *name)
{
	size_t i;

	if (text_equal(list, "*"))
		return true;
	for (; *list; list += list[0] == ' ') {
		for (i = 0; name[i] && name[i] == list[i]; i++)
			;
		if (!name[i] && (!list[i] || list[i] == ' '))
			return true;
		while (*list && *list != ' ')
			list++;
	}
	return false;
}

static bool fits(enum when when, bool is)
{
	return when == EITHER || (when == ON) == is;
}

static bool matches(const struct exception *e, const struct sequence_step *row,
		    const struct step_setting *setting)
{
	return fits(e->msi, setting->msi) && fits(e->at_controller, setting->at_controller) &&
	       text_equal(e->step, row->step.name) && text_equal(e->sequence, row->sequence) &&
	       names_policy(e->policies, setting->policy);
}

const struct step_expect *step_expectation(const struct sequence_step *row,
					   const struct step_setting *setting)
{
	const struct step_expect *found = &row->step.expect;

	for (size_t i = 0; i < sizeof(exceptions) / sizeof(exceptions[0]); i++) {
		if (matches(&exceptions[i], row, setting))
			found = &exceptions[i].expect;
	}
	return found;
}
