/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* Owns edu's registers. */
#include "drivers/edu.h"

#include "drivers/mmio.h"

#define ID_MASK 0xffff
#define ID_EDU 0x00ed
#define REGISTERS 0x100
#define RAISED 1u

static enum err find_registers(struct edu *edu, const struct pci_fn *fn)
{
	*edu = (struct edu){ .hw = fn->hw };
	return mmio_bar(fn, 0, REGISTERS, &edu->base);
}

enum err edu_init(struct edu *edu, const struct pci_fn *fn)
{
	const uint32_t pattern = 0x5a3c0ff1;
	enum err err = find_registers(edu, fn);

	if (err)
		return err;
	edu->id = edu_read(edu, EDU_ID);
	if (edu->id == UINT32_MAX)
		return ERR_GONE;
	if ((edu->id & ID_MASK) != ID_EDU)
		return ERR_INVALID;
	edu_write(edu, EDU_LIVENESS, pattern);
	if (edu_read(edu, EDU_LIVENESS) != ~pattern)
		return ERR_MISMATCH;
	(void)edu_ack(edu);
	return edu_read(edu, EDU_IRQ_STATUS) ? ERR_MISMATCH : OK;
}

void edu_raise(const struct edu *edu)
{
	edu_write(edu, EDU_IRQ_RAISE, RAISED);
	(void)edu_read(edu, EDU_ID); /* flush the posted write */
}

bool edu_ack(const struct edu *edu)
{
	uint32_t pending = edu_read(edu, EDU_IRQ_STATUS);

	if (!pending)
		return false;
	edu_write(edu, EDU_IRQ_ACK, pending);
	(void)edu_read(edu, EDU_IRQ_STATUS); /* flush the posted write */
	return true;
}
