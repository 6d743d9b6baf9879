/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The sequences. Every expected value is a literal: Command, Interrupt Status, counts and writes as
 * real kernels showed them (Linux 6.1.192 and 6.12.117, ahci and vfio-pci on ich9-ahci without
 * MSI; what differs elsewhere is in exceptions.c), whatever the function is: devres and vfio-pci
 * write the same to every one. The line as the level at the IOAPIC's input was
 * then. Step names are those of the recordings; "d_" is the dirty pass, in which user space closes
 * the device without servicing it, "f_" the control run with no driver before vfio-pci.
 */
#include "run/sequences/acts.h"

#define LOW LINE_DEASSERTED
#define HIGH LINE_ASSERTED
#define NO_IRQ .irq_count = STEP_NO_IRQ
#define IRQS(n) .irq_count = (n)
#define IRQS_FROM(n) .irq_count = STEP_SOME, .irq_least = (n)

#define STEP(seq, step_name, step_title, step_spec, step_needs, step_act, ...)                     \
	{                                                                                          \
		.id = seq "." step_name, .title = step_title, .spec = step_spec,                   \
		.needs = NEED_FUNCTION | NEED_DEVICE | (step_needs), .body = step_body,            \
		.data = &(const struct sequence_step){                                             \
			seq, { .name = step_name, .act = step_act, .expect = { __VA_ARGS__ } }     \
		},                                                                                 \
	}

#define PCI_ENABLE "Linux drivers/pci/pci.c, do_pci_enable_device()"
#define PCI_DISABLE "Linux drivers/pci/devres.c, pcim_disable_device()"
#define VFIO_CORE "Linux drivers/vfio/pci/vfio_pci_core.c"
#define VFIO_INTRS "Linux drivers/vfio/pci/vfio_pci_intrs.c"
#define VFIO_CONFIG "Linux drivers/vfio/pci/vfio_pci_config.c"
#define INTX_MASK                                                                                  \
	"Linux drivers/pci/irq.c, pci_check_and_mask_intx(); PCI 3.0 sec 6.2.2, Command[10]"
#define INTX_UNMASK                                                                                \
	"Linux drivers/pci/irq.c, pci_check_and_unmask_intx(); PCI 3.0 sec 6.2.3, Status[3]"
#define WORK "PCI 3.0 sec 2.2.6; of AHCI: AHCI 1.3.1 sec 3.3.5, PxIS"

static const struct check enable_steps[] = {
	STEP("enable", "before_bind",
	     "no driver is bound: decode and Bus Master on, DisINTx 0, nothing pending",
	     "recorded: Linux 6.1.192 and 6.12.117", 0, act_nothing, .command = 0x0007, .line = LOW,
	     NO_IRQ),
	STEP("enable", "ahci_bind",
	     "the managed driver finds all enabled and writes nothing to Command", PCI_ENABLE, 0,
	     act_managed_bind, .command = 0x0007, .line = LOW, IRQS(0)),
	STEP("enable", "ahci_io", "the managed driver's work completes by interrupt", WORK,
	     NEED_ROUTE, act_managed_io, .command = 0x0007, .line = LOW, IRQS_FROM(1)),
};

static const struct check release_steps[] = {
	STEP("release", "ahci_unbind", "managed release clears Bus Master and leaves DisINTx 0",
	     PCI_DISABLE, 0, act_managed_unbind, .command = 0x0003, .line = LOW, NO_IRQ,
	     .writes = { { STEP_W, 0x0003 } }),
};

static const struct check rebind_steps[] = {
	STEP("rebind", "vfio_bind", "vfio-pci's bind writes nothing",
	     VFIO_CORE ", vfio_pci_core_register_device()", 0, act_vfio_bind, .command = 0x0003,
	     .line = LOW, NO_IRQ),
	STEP("rebind", "vfio_open",
	     "open enables and writes nothing: Bus Master and DisINTx are 0 already",
	     VFIO_CORE ", vfio_pci_core_enable()", 0, act_vfio_open, .command = 0x0003, .line = LOW,
	     NO_IRQ),
	STEP("rebind", "user_set_bm", "user space's Bus Master reaches the register in one write",
	     VFIO_CONFIG ", vfio_default_config_write()", 0, act_user_set_bm, .command = 0x0007,
	     .line = LOW, NO_IRQ, .writes = { { STEP_W, 0x0007 } }),
	STEP("rebind", "user_quiesce", "the device at rest asserts nothing",
	     "recorded: Linux 6.1.192 and 6.12.117", 0, act_user_quiesce, .command = 0x0007,
	     .line = LOW, NO_IRQ),
	STEP("rebind", "intx_trigger", "the trigger is set without a write: DisINTx is 0 already",
	     VFIO_INTRS ", vfio_intx_enable()", NEED_ROUTE, act_intx_enable, .command = 0x0007,
	     .line = LOW, IRQS(0)),
	STEP("rebind", "comreset_nodma",
	     "an event with the device's own enable off (AHCI: COMRESET, PxIE = 0) interrupts "
	     "nobody",
	     "observation; of AHCI: AHCI 1.3.1 sec 3.3.6, PxIE", NEED_ROUTE | NEED_OWN_MASK,
	     act_unheard, .command = 0x0007, .line = LOW, IRQS(0)),
	STEP("rebind", "service0",
	     "the device serviced (AHCI: PxSERR, PxIS, IS): nothing changes in config space",
	     "PCI 3.0 sec 6.2.3, Status[3]", NEED_ROUTE, act_service, .command = 0x0007,
	     .line = LOW, IRQS(0)),
	STEP("rebind", "assert", "one delivery; the handler sets DisINTx and the line falls",
	     INTX_MASK, NEED_ROUTE, act_assert, .command = 0x0407, .intx_status = true, .line = LOW,
	     IRQS(1), .eventfd = 1, .writes = { { STEP_W, 0x0407 } }),
	STEP("rebind", "unmask_while_asserting",
	     "unmask while pending notifies again and writes nothing", INTX_UNMASK, NEED_ROUTE,
	     act_unmask, .command = 0x0407, .intx_status = true, .line = LOW, IRQS(1),
	     .eventfd = 1),
	STEP("rebind", "service", "the device serviced: Interrupt Status 0 while DisINTx stays 1",
	     "PCI 3.0 sec 6.2.3, Status[3]", NEED_ROUTE, act_service, .command = 0x0407,
	     .line = LOW, IRQS(1)),
	STEP("rebind", "unmask", "unmask clears DisINTx in one write; no delivery follows",
	     INTX_UNMASK, NEED_ROUTE, act_unmask, .command = 0x0007, .line = LOW, IRQS(1),
	     .writes = { { STEP_W, 0x0007 } }),
	STEP("rebind", "reassert", "the next event is one delivery again, and masked again",
	     INTX_MASK, NEED_ROUTE, act_reassert, .command = 0x0407, .intx_status = true,
	     .line = LOW, IRQS(2), .eventfd = 1, .writes = { { STEP_W, 0x0407 } }),
	STEP("rebind", "service2_unmask", "service and unmask: DisINTx 0, nothing pending",
	     INTX_UNMASK, NEED_ROUTE, act_service_unmask, .command = 0x0007, .line = LOW, IRQS(2),
	     .writes = { { STEP_W, 0x0007 } }),
	STEP("rebind", "user_mask", "user space masks an idle device: DisINTx 1",
	     VFIO_INTRS ", vfio_pci_intx_mask()", NEED_ROUTE, act_user_mask, .command = 0x0407,
	     .line = LOW, IRQS(2), .writes = { { STEP_W, 0x0407 } }),
	STEP("rebind", "assert_while_masked",
	     "an event while DisINTx is 1 is pending and delivered to nobody",
	     "PCI 3.0 sec 6.2.2, Command[10]; sec 6.2.3, Status[3]", NEED_ROUTE, act_assert_quiet,
	     .command = 0x0407, .intx_status = true, .line = LOW, IRQS(2)),
	STEP("rebind", "unmask_pending",
	     "unmask finds it pending: a notification, no write, no delivery", INTX_UNMASK,
	     NEED_ROUTE, act_unmask, .command = 0x0407, .intx_status = true, .line = LOW, IRQS(2),
	     .eventfd = 1),
	STEP("rebind", "service3_unmask", "service and unmask: DisINTx 0, nothing pending",
	     INTX_UNMASK, NEED_ROUTE, act_service_unmask, .command = 0x0007, .line = LOW, IRQS(2),
	     .writes = { { STEP_W, 0x0007 } }),
	STEP("rebind", "virt_disintx_set",
	     "the guest's DisINTx: Command written as it is, then DisINTx set",
	     VFIO_CONFIG ", vfio_basic_config_write()", NEED_ROUTE, act_virt_disintx_set,
	     .command = 0x0407, .line = LOW, IRQS(2),
	     .writes = { { STEP_W, 0x0007 }, { STEP_W, 0x0407 } }),
	STEP("rebind", "virt_disintx_clr",
	     "and cleared: Command written as it is, then DisINTx cleared",
	     VFIO_CONFIG ", vfio_basic_config_write()", NEED_ROUTE, act_virt_disintx_clr,
	     .command = 0x0007, .line = LOW, IRQS(2),
	     .writes = { { STEP_W, 0x0407 }, { STEP_W, 0x0007 } }),
	STEP("rebind", "irq_disable", "the interrupt let go, DisINTx is left as it was",
	     VFIO_INTRS ", vfio_intx_disable()", NEED_ROUTE, act_irq_disable, .command = 0x0007,
	     .line = LOW, NO_IRQ),
	STEP("rebind", "quiesce", "user space puts the device to rest",
	     "recorded: Linux 6.1.192 and 6.12.117", 0, act_user_quiesce, .command = 0x0007,
	     .line = LOW, NO_IRQ),
	STEP("rebind", "close_dev",
	     "close: Bus Master off, 0x0400, the saved dword back, 32 bits wide",
	     VFIO_CORE ", vfio_pci_core_disable()", 0, act_vfio_close, .command = 0x0003,
	     .line = LOW, NO_IRQ,
	     .writes = { { STEP_W, 0x0003 }, { STEP_W_EXACT, 0x0400 }, { STEP_W32, 0x0003 } }),
	STEP("rebind", "vfio_unbind", "vfio-pci's unbind writes nothing",
	     VFIO_CORE ", vfio_pci_core_unregister_device()", 0, act_vfio_unbind, .command = 0x0003,
	     .line = LOW, NO_IRQ),
	STEP("rebind", "ahci_rebind",
	     "the managed driver takes the device again: Bus Master on, nothing else", PCI_ENABLE,
	     0, act_managed_bind, .command = 0x0007, .line = LOW, IRQS(0),
	     .writes = { { STEP_W, 0x0007 } }),
	STEP("rebind", "ahci_io2",
	     "the device works by interrupt; a drive reads what it read before the release", WORK,
	     NEED_ROUTE, act_managed_io_again, .command = 0x0007, .line = LOW, IRQS_FROM(1)),
};

static const struct check dirty_steps[] = {
	STEP("dirty", "d_ahci_unbind", "managed release clears Bus Master and leaves DisINTx 0",
	     PCI_DISABLE, 0, act_managed_unbind, .command = 0x0003, .line = LOW, NO_IRQ,
	     .writes = { { STEP_W, 0x0003 } }),
	STEP("dirty", "d_vfio_bind", "vfio-pci's bind writes nothing",
	     VFIO_CORE ", vfio_pci_core_register_device()", 0, act_vfio_bind, .command = 0x0003,
	     .line = LOW, NO_IRQ),
	STEP("dirty", "d_open", "open enables and writes nothing",
	     VFIO_CORE ", vfio_pci_core_enable()", 0, act_vfio_open, .command = 0x0003, .line = LOW,
	     NO_IRQ),
	STEP("dirty", "d_prep", "user space sets Bus Master and puts the device to rest",
	     VFIO_CONFIG ", vfio_default_config_write()", 0, act_prep, .command = 0x0007,
	     .line = LOW, NO_IRQ, .writes = { { STEP_W, 0x0007 } }),
	STEP("dirty", "d_trigger", "the trigger is set without a write",
	     VFIO_INTRS ", vfio_intx_enable()", NEED_ROUTE, act_intx_enable, .command = 0x0007,
	     .line = LOW, IRQS(0)),
	STEP("dirty", "d_assert",
	     "one delivery; the handler sets DisINTx; nobody services the device", INTX_MASK,
	     NEED_ROUTE, act_assert, .command = 0x0407, .intx_status = true, .line = LOW, IRQS(1),
	     .eventfd = 1, .writes = { { STEP_W, 0x0407 } }),
	STEP("dirty", "d_irq_disable", "the interrupt let go while masked: DisINTx stays 1",
	     VFIO_INTRS ", vfio_intx_disable()", NEED_ROUTE, act_irq_disable, .command = 0x0407,
	     .intx_status = true, .line = LOW, NO_IRQ),
	STEP("dirty", "d_close",
	     "close restores DisINTx 0 on a device that still asserts: the line rises",
	     VFIO_CORE ", vfio_pci_core_disable()", NEED_ROUTE, act_vfio_close, .command = 0x0003,
	     .intx_status = true, .line = HIGH, NO_IRQ,
	     .writes = { { STEP_W, 0x0403 }, { STEP_W_EXACT, 0x0400 }, { STEP_W32, 0x0003 } }),
	STEP("dirty", "d_vfio_unbind",
	     "unbind writes nothing: the line stays asserted, masked at the controller alone",
	     VFIO_CORE ", vfio_pci_core_unregister_device()", NEED_ROUTE, act_vfio_unbind,
	     .command = 0x0003, .intx_status = true, .line = HIGH, NO_IRQ),
	STEP("dirty", "d_ahci_rebind",
	     "the driver's reset of the device ends it before the line is unmasked",
	     "Linux drivers/ata/ahci.c, ahci_init_one(); of AHCI: AHCI 1.3.1 sec 10.4.3, GHC.HR",
	     NEED_ROUTE, act_managed_bind, .command = 0x0007, .line = LOW, IRQS(0),
	     .writes = { { STEP_W, 0x0007 } }),
	STEP("dirty", "d_ahci_io",
	     "the device works by interrupt; a drive reads what it read before", WORK, NEED_ROUTE,
	     act_managed_io_again, .command = 0x0007, .line = LOW, IRQS_FROM(1)),
};

static const struct check fresh_steps[] = {
	STEP("fresh", "f_before_bind",
	     "no driver holds the device and the model's is new: the control run begins",
	     "recorded: Linux 6.1.192 and 6.12.117", 0, act_nothing, .command = 0x0007, .line = LOW,
	     NO_IRQ),
	STEP("fresh", "f_vfio_bind", "vfio-pci's bind writes nothing",
	     VFIO_CORE ", vfio_pci_core_register_device()", 0, act_vfio_bind, .command = 0x0007,
	     .line = LOW, NO_IRQ),
	STEP("fresh", "f_vfio_open", "open clears the Bus Master that firmware left on",
	     VFIO_CORE ", vfio_pci_core_enable()", 0, act_vfio_open, .command = 0x0003, .line = LOW,
	     NO_IRQ, .writes = { { STEP_W, 0x0003 } }),
	STEP("fresh", "f_user_set_bm",
	     "user space's Bus Master in one write, and the device put to rest",
	     VFIO_CONFIG ", vfio_default_config_write()", 0, act_prep, .command = 0x0007,
	     .line = LOW, NO_IRQ, .writes = { { STEP_W, 0x0007 } }),
	STEP("fresh", "f_intx_trigger", "the trigger is set without a write",
	     VFIO_INTRS ", vfio_intx_enable()", NEED_ROUTE, act_intx_enable, .command = 0x0007,
	     .line = LOW, IRQS(0)),
	STEP("fresh", "f_assert", "one delivery; the handler sets DisINTx and the line falls",
	     INTX_MASK, NEED_ROUTE, act_assert, .command = 0x0407, .intx_status = true, .line = LOW,
	     IRQS(1), .eventfd = 1, .writes = { { STEP_W, 0x0407 } }),
	STEP("fresh", "f_unmask_while_asserting",
	     "unmask while pending notifies again and writes nothing", INTX_UNMASK, NEED_ROUTE,
	     act_unmask, .command = 0x0407, .intx_status = true, .line = LOW, IRQS(1),
	     .eventfd = 1),
	STEP("fresh", "f_service_unmask", "service and unmask: DisINTx 0, nothing pending",
	     INTX_UNMASK, NEED_ROUTE, act_service_unmask, .command = 0x0007, .line = LOW, IRQS(1),
	     .writes = { { STEP_W, 0x0007 } }),
	STEP("fresh", "f_user_mask", "user space masks an idle device: DisINTx 1",
	     VFIO_INTRS ", vfio_pci_intx_mask()", NEED_ROUTE, act_user_mask, .command = 0x0407,
	     .line = LOW, IRQS(1), .writes = { { STEP_W, 0x0407 } }),
	STEP("fresh", "f_irq_disable", "the interrupt let go while masked: DisINTx stays 1",
	     VFIO_INTRS ", vfio_intx_disable()", NEED_ROUTE, act_irq_disable, .command = 0x0407,
	     .line = LOW, NO_IRQ),
	STEP("fresh", "f_close_dev",
	     "close: Bus Master off, 0x0400, the saved dword back, 32 bits wide",
	     VFIO_CORE ", vfio_pci_core_disable()", NEED_ROUTE, act_vfio_close, .command = 0x0003,
	     .line = LOW, NO_IRQ,
	     .writes = { { STEP_W, 0x0403 }, { STEP_W_EXACT, 0x0400 }, { STEP_W32, 0x0003 } }),
	STEP("fresh", "f_vfio_unbind", "vfio-pci's unbind writes nothing",
	     VFIO_CORE ", vfio_pci_core_unregister_device()", NEED_ROUTE, act_vfio_unbind,
	     .command = 0x0003, .line = LOW, NO_IRQ),
	STEP("fresh", "f_ahci_bind",
	     "the managed driver takes the device: Bus Master on, nothing else", PCI_ENABLE,
	     NEED_ROUTE, act_managed_bind, .command = 0x0007, .line = LOW, IRQS(0),
	     .writes = { { STEP_W, 0x0007 } }),
	STEP("fresh", "f_ahci_io", "the managed driver's work completes by interrupt", WORK,
	     NEED_ROUTE, act_managed_io, .command = 0x0007, .line = LOW, IRQS_FROM(1)),
};
/*
 * irqlock and a second CPU: user space masks while another of its threads unmasks. The second waits
 * for the lock, so it runs as soon as that is free.
 */
static const struct check race_steps[] = {
	STEP("race", "r_vfio_bind", "vfio-pci's bind writes nothing",
	     VFIO_CORE ", vfio_pci_core_register_device()", NEED_ROUTE, act_vfio_bind,
	     .command = 0x0007, .line = LOW, NO_IRQ),
	STEP("race", "r_open", "open, Bus Master, the device at rest",
	     VFIO_CORE ", vfio_pci_core_enable()", NEED_ROUTE, act_open_prep, .command = 0x0007,
	     .line = LOW, NO_IRQ, .writes = { { STEP_W, 0x0003 }, { STEP_W, 0x0007 } }),
	STEP("race", "r_trigger", "the trigger is set without a write",
	     VFIO_INTRS ", vfio_intx_enable()", NEED_ROUTE, act_intx_enable, .command = 0x0007,
	     .line = LOW, IRQS(0)),
	STEP("race", "r_mask_unmask", "MASK, and UNMASK from another CPU: unmasked in the end",
	     "linux-pci, 2024-09-04, A. Williamson: mask state and register under one lock",
	     NEED_ROUTE, act_mask_unmask_race, .command = 0x0007, .line = LOW, IRQS(0),
	     .writes = { { STEP_W, 0x0407 }, { STEP_W, 0x0007 } }),
	STEP("race", "r_assert", "the next event is delivered and masked", INTX_MASK, NEED_ROUTE,
	     act_assert_any, .command = 0x0407, .intx_status = true, .line = LOW, IRQS(1),
	     .eventfd = 1, .writes = { { STEP_W, 0x0407 } }),
	STEP("race", "r_unmask", "unmask while pending notifies again", INTX_UNMASK, NEED_ROUTE,
	     act_unmask, .command = 0x0407, .intx_status = true, .line = LOW, IRQS(1),
	     .eventfd = 1),
	STEP("race", "r_service_unmask", "service and unmask: DisINTx 0, nothing pending",
	     INTX_UNMASK, NEED_ROUTE, act_service_unmask, .command = 0x0007, .line = LOW, IRQS(1),
	     .writes = { { STEP_W, 0x0007 } }),
	STEP("race", "r_close", "close: Bus Master off, 0x0400, the saved dword back",
	     VFIO_CORE ", vfio_pci_core_disable()", NEED_ROUTE, act_vfio_close, .command = 0x0003,
	     .line = LOW, NO_IRQ,
	     .writes = { { STEP_W, 0x0003 }, { STEP_W_EXACT, 0x0400 }, { STEP_W32, 0x0003 } }),
	STEP("race", "r_vfio_unbind", "vfio-pci's unbind writes nothing",
	     VFIO_CORE ", vfio_pci_core_unregister_device()", NEED_ROUTE, act_vfio_unbind,
	     .command = 0x0003, .line = LOW, NO_IRQ),
};

/* vfio-pci's own MSI: DisINTx is set for it and put back with the rest of the saved word. */
static const struct check vfio_msi_steps[] = {
	STEP("vfio-msi", "m_vfio_bind", "vfio-pci's bind writes nothing",
	     VFIO_CORE ", vfio_pci_core_register_device()", NEED_MSI, act_vfio_bind,
	     .command = 0x0007, .line = LOW, NO_IRQ),
	STEP("vfio-msi", "m_open", "open, Bus Master, the device at rest",
	     VFIO_CORE ", vfio_pci_core_enable()", NEED_MSI, act_open_prep, .command = 0x0007,
	     .line = LOW, NO_IRQ, .writes = { { STEP_W, 0x0003 }, { STEP_W, 0x0007 } }),
	STEP("vfio-msi", "m_msi_enable", "MSI on, and DisINTx back at 0 with the saved word",
	     VFIO_CORE ", vfio_pci_memory_unlock_and_restore()", NEED_MSI, act_vfio_msi_enable,
	     .command = 0x0007, .msi_enable = true, .line = LOW, IRQS(0),
	     .writes = { { STEP_MSICTL, 0 },
			 { STEP_MSICTL, 0 },
			 { STEP_W, 0x0407 },
			 { STEP_MSICTL, 1 },
			 { STEP_W, 0x0007 },
			 { STEP_W, 0x0007 } }),
	STEP("vfio-msi", "m_assert", "one event is one MSI, and no INTx though DisINTx is 0",
	     "PCI 3.0 sec 6.8, a function with MSI enabled is prohibited from using INTx",
	     NEED_MSI | NEED_SOURCE, act_assert_any, .command = 0x0007, .msi_enable = true,
	     .any_status = true, .line = LOW, IRQS(1), .eventfd = 1),
	STEP("vfio-msi", "m_service", "the device serviced", "PCI 3.0 sec 6.2.3, Status[3]",
	     NEED_MSI | NEED_SOURCE, act_service, .command = 0x0007, .msi_enable = true,
	     .line = LOW, IRQS(1)),
	STEP("vfio-msi", "m_msi_disable", "MSI off, DisINTx 0", VFIO_INTRS ", vfio_msi_disable()",
	     NEED_MSI, act_vfio_msi_disable, .command = 0x0007, .line = LOW, NO_IRQ,
	     .writes = { { STEP_MSICTL, 1 },
			 { STEP_W, 0x0007 },
			 { STEP_MSICTL, 0 },
			 { STEP_W, 0x0007 } }),
	STEP("vfio-msi", "m_close", "close: Bus Master off, 0x0400, the saved dword back",
	     VFIO_CORE ", vfio_pci_core_disable()", NEED_MSI, act_vfio_close, .command = 0x0003,
	     .line = LOW, NO_IRQ,
	     .writes = { { STEP_W, 0x0003 }, { STEP_W_EXACT, 0x0400 }, { STEP_W32, 0x0003 } }),
	STEP("vfio-msi", "m_vfio_unbind", "vfio-pci's unbind writes nothing",
	     VFIO_CORE ", vfio_pci_core_unregister_device()", NEED_MSI, act_vfio_unbind,
	     .command = 0x0003, .line = LOW, NO_IRQ),
};

/* A managed driver that writes DisINTx itself before it enables MSI: the INTx node is the older. */
static const struct check intx_first_steps[] = {
	STEP("intx-first", "i_bind", "DisINTx by the driver, then MSI",
	     "Linux drivers/pci/devres.c, pcim_intx(); drivers/pci/msi/msi.c", NEED_MSI,
	     act_managed_bind_intx_first, .command = 0x0407, .msi_enable = true, .line = LOW,
	     IRQS(0),
	     .writes = { { STEP_W, 0x0407 },
			 { STEP_MSICTL, 0 },
			 { STEP_MSICTL, 0 },
			 { STEP_MSICTL, 1 } }),
	STEP("intx-first", "i_unbind", "released in the reverse order", PCI_DISABLE, NEED_MSI,
	     act_managed_unbind, .command = 0x0003, .line = LOW, NO_IRQ,
	     .writes = { { STEP_MSICTL, 1 },
			 { STEP_MSICTL, 0 },
			 { STEP_W, 0x0007 },
			 { STEP_W, 0x0003 } }),
	STEP("intx-first", "i_vfio_bind", "the next driver can be bound",
	     "Linux drivers/base/dd.c, really_probe()", NEED_MSI, act_vfio_bind, .command = 0x0003,
	     .line = LOW, NO_IRQ),
};

/* Another function on the line, with a driver that works: does masking or leaving harm it? */
static const struct check neighbour_steps[] = {
	STEP("neighbour", "n_bind", "another function's driver has the line",
	     "Linux drivers/ata/libata-core.c, IRQF_SHARED", NEED_NEIGHBOUR, act_neighbour_bind,
	     .command = 0x0007, .line = LOW, NO_IRQ),
	STEP("neighbour", "n_io", "the neighbour works by interrupt", WORK, NEED_NEIGHBOUR,
	     act_neighbour_io, .command = 0x0007, .line = LOW, NO_IRQ),
	STEP("neighbour", "n_vfio_bind", "vfio-pci's bind writes nothing",
	     VFIO_CORE ", vfio_pci_core_register_device()", NEED_NEIGHBOUR, act_vfio_bind,
	     .command = 0x0007, .line = LOW, NO_IRQ),
	STEP("neighbour", "n_open", "open, Bus Master, the device at rest",
	     VFIO_CORE ", vfio_pci_core_enable()", NEED_NEIGHBOUR, act_open_prep, .command = 0x0007,
	     .line = LOW, NO_IRQ, .writes = { { STEP_W, 0x0003 }, { STEP_W, 0x0007 } }),
	STEP("neighbour", "n_trigger", "the trigger is set without a write",
	     VFIO_INTRS ", vfio_intx_enable()", NEED_NEIGHBOUR, act_intx_enable, .command = 0x0007,
	     .line = LOW, IRQS(0)),
	STEP("neighbour", "n_assert", "one delivery; the handler sets DisINTx and the line falls",
	     INTX_MASK, NEED_NEIGHBOUR, act_assert, .command = 0x0407, .intx_status = true,
	     .line = LOW, IRQS(1), .eventfd = 1, .writes = { { STEP_W, 0x0407 } }),
	STEP("neighbour", "n_io_while_masked",
	     "the neighbour works on while the function is masked",
	     "PCI 3.0 sec 2.2.6, a line may be shared", NEED_NEIGHBOUR, act_neighbour_io,
	     .command = 0x0407, .intx_status = true, .line = LOW, IRQS_FROM(2)),
	STEP("neighbour", "n_close",
	     "closed while it asserts: the line rises, and nobody handles it",
	     VFIO_CORE ", vfio_pci_core_disable()", NEED_NEIGHBOUR, act_close_shared,
	     .command = 0x0003, .intx_status = true, .line = HIGH, NO_IRQ, .result = ERR_STORM,
	     .writes = { { STEP_W, 0x0403 }, { STEP_W_EXACT, 0x0400 }, { STEP_W32, 0x0003 } }),
	STEP("neighbour", "n_vfio_unbind", "vfio-pci's unbind writes nothing",
	     VFIO_CORE ", vfio_pci_core_unregister_device()", NEED_NEIGHBOUR, act_vfio_unbind,
	     .command = 0x0003, .intx_status = true, .line = HIGH, NO_IRQ),
};

static bool with_msi(const struct options *opt)
{
	return opt->msi;
}

static bool with_neighbour(const struct options *opt)
{
	return opt->has_neighbour;
}

#define SEQUENCE(suite_name, rows, ...)                                                            \
	{                                                                                          \
		.name = suite_name, .checks = rows, .count = sizeof(rows) / sizeof((rows)[0]),     \
		.whole = true, .per_policy = true, __VA_ARGS__                                     \
	}

#define SAYS(suite_why, suite_advice) .why = WHY(suite_why), .advice = suite_advice

const struct suite suite_enable = SEQUENCE(
	"enable", enable_steps, .begin = sequence_begin_first,
	SAYS("It is what every driver does first: what is wrong here is wrong in all that follows.",
	     "The row of the step: Command and its writes, then Interrupt Status and the line."));
const struct suite suite_release = SEQUENCE(
	"release", release_steps, .runs_after = "enable",
	SAYS("What a managed release leaves is what the next driver finds.",
	     "The writes of the step beside those expected: their order, then the last value."));
const struct suite suite_rebind = SEQUENCE(
	"rebind", rebind_steps, .runs_after = "release",
	SAYS("It is a device's way to a virtual machine and back, as users take it.",
	     "The first row that differs; those behind it follow from it."));
const struct suite suite_dirty = SEQUENCE(
	"dirty", dirty_steps, .runs_after = "rebind",
	SAYS("A guest that dies leaves its device asserting: the host must survive that.",
	     "The row of d_close: who masks the line from there on, the device or the "
	     "controller?"));
const struct suite suite_fresh = SEQUENCE(
	"fresh", fresh_steps, .begin = sequence_begin_first,
	SAYS("The control run: what fails here too is not the driver before's doing.",
	     "The same step in rebind: does it differ there in the same way?"));
const struct suite suite_race = SEQUENCE(
	"race", race_steps, .begin = sequence_begin_first,
	SAYS("Mask state and register that part company lose an interrupt for ever.",
	     "r_mask_unmask: the last write, beside what vfio-pci holds for true."));
const struct suite suite_vfio_msi = SEQUENCE(
	"vfio-msi", vfio_msi_steps, .begin = sequence_begin_first, .applies = with_msi,
	SAYS("Most guests use MSI; enabling it must at no moment assert INTx.",
	     "The order of MSIctl= and W= in the step's writes."));
const struct suite suite_intx_first = SEQUENCE(
	"intx-first", intx_first_steps, .begin = sequence_begin_first, .applies = with_msi,
	SAYS("Managed resources are released in reverse: the order of DisINTx and MSI matters.",
	     "The order of MSIctl= and W= in i_unbind."));
const struct suite suite_neighbour = SEQUENCE(
	"neighbour", neighbour_steps, .begin = sequence_begin_first, .applies = with_neighbour,
	SAYS("On a shared line one function's masking is another one's lost interrupt, or storm.",
	     "n_io_while_masked and n_close: is the line masked at the controller, or left "
	     "asserted?"));
