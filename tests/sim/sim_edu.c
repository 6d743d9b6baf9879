/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * QEMU's edu: identification, liveness and the interrupt registers; its factorial and DMA are not
 * there. Source: QEMU docs/specs/edu.rst. As every PCI function it asserts INTx while its status is
 * not 0 and Command and MSI let it; with MSI enabled each raise is a message.
 */
#include "tests/sim/sim_device.h"

#define BAR_SIZE 0x100000u

enum {
	R_ID = 0x00,
	R_LIVENESS = 0x04,
	R_IRQ_STATUS = 0x24,
	R_IRQ_RAISE = 0x60,
	R_IRQ_ACK = 0x64,
	MSI_CAP = 0x40,
};

#define ID_VALUE 0x010000edu
#define ID_CONFIG 0x11e81234u
#define CLASS_REVISION 0x00ff0010u

struct sim_edu {
	uint32_t liveness, status;
};

static uint64_t bar_read(struct sim_fn *fn, uint32_t off, enum hw_width width)
{
	const struct sim_edu *edu = fn->device;

	if (width != HW_32)
		sim_abuse("an edu access that is not 4 bytes wide", off, width);
	switch (off) {
	case R_ID:
		return ID_VALUE;
	case R_LIVENESS:
		return edu->liveness;
	case R_IRQ_STATUS:
		return edu->status;
	default:
		sim_stray(fn->sim, "an edu register that cannot be read", off, width);
		return UINT32_MAX;
	}
}

static void raise_irq(struct sim_fn *fn, uint32_t bits)
{
	struct sim_edu *edu = fn->device;

	edu->status |= bits;
	sim_fn_set_pending(fn, edu->status);
	if (edu->status && sim_fn_msi_enabled(fn))
		sim_fn_send_msi(fn);
}

static void bar_write(struct sim_fn *fn, uint32_t off, enum hw_width width, uint64_t value)
{
	struct sim_edu *edu = fn->device;

	if (width != HW_32)
		sim_abuse("an edu access that is not 4 bytes wide", off, width);
	switch (off) {
	case R_LIVENESS:
		edu->liveness = ~(uint32_t)value;
		break;
	case R_IRQ_RAISE:
		raise_irq(fn, (uint32_t)value);
		break;
	case R_IRQ_ACK:
		edu->status &= ~(uint32_t)value;
		sim_fn_set_pending(fn, edu->status);
		break;
	default:
		sim_stray(fn->sim, "an edu register that cannot be written", off, width);
	}
}

static const struct sim_bar_ops bar_ops = { .read = bar_read, .write = bar_write };

const struct sim_device sim_device_edu = {
	.id = ID_CONFIG,
	.class_revision = CLASS_REVISION,
	.bar_size = BAR_SIZE,
	.msi_cap = MSI_CAP,
	.state = sizeof(struct sim_edu),
	.ops = &bar_ops,
};
