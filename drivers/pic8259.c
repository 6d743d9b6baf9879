/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the 8259A pair's masks and ELCR while the machine is ours. Never initialises it (ICW1-4) and
 * never sends it an EOI: firmware's vectors and modes stay.
 */
#include "drivers/pic8259.h"

static uint16_t read_pair(const struct pic8259 *pic, uint16_t low_port, uint16_t high_port)
{
	uint8_t low = (uint8_t)pic->hw->ops->port_read(pic->hw, low_port, HW_8);
	uint8_t high = (uint8_t)pic->hw->ops->port_read(pic->hw, high_port, HW_8);

	return (uint16_t)(high << 8 | low);
}

static void write_pair(const struct pic8259 *pic, uint16_t low_port, uint16_t high_port,
		       uint16_t value)
{
	pic->hw->ops->port_write(pic->hw, low_port, HW_8, value & 0xff);
	pic->hw->ops->port_write(pic->hw, high_port, HW_8, value >> 8);
}

static void write_ocw3(const struct pic8259 *pic, uint8_t ocw3)
{
	write_pair(pic, PIC_MASTER, PIC_SLAVE, (uint16_t)(ocw3 << 8 | ocw3));
}

void pic8259_init(struct pic8259 *pic, struct hw *hw)
{
	*pic = (struct pic8259){ .hw = hw };
	pic->has_elcr = (pic8259_elcr(pic) & PIC_ELCR_RESERVED) == 0;
}

uint16_t pic8259_imr(const struct pic8259 *pic)
{
	return read_pair(pic, PIC_MASTER_IMR, PIC_SLAVE_IMR);
}

uint16_t pic8259_elcr(const struct pic8259 *pic)
{
	return read_pair(pic, PIC_ELCR1, PIC_ELCR2);
}

uint16_t pic8259_irr(const struct pic8259 *pic)
{
	write_ocw3(pic, PIC_OCW3_READ_IRR);
	return read_pair(pic, PIC_MASTER, PIC_SLAVE);
}

uint16_t pic8259_isr(const struct pic8259 *pic)
{
	uint16_t isr;

	write_ocw3(pic, PIC_OCW3_READ_ISR);
	isr = read_pair(pic, PIC_MASTER, PIC_SLAVE);
	write_ocw3(pic, PIC_OCW3_READ_IRR);
	return isr;
}

bool pic8259_is_spurious(const struct pic8259 *pic, unsigned irq)
{
	if (irq != 7 && irq != 15)
		return false;
	return !(pic8259_isr(pic) >> irq & 1);
}

void pic8259_eoi(const struct pic8259 *pic, unsigned irq)
{
	const struct hw_ops *ops = pic->hw->ops;

	if (irq >= 8)
		ops->port_write(pic->hw, PIC_SLAVE, HW_8, PIC_OCW2_SPECIFIC_EOI | (irq - 8));
	ops->port_write(pic->hw, PIC_MASTER, HW_8, PIC_OCW2_SPECIFIC_EOI | (irq >= 8 ? 2 : irq));
}

void pic8259_set_base(const struct pic8259 *pic, uint8_t base)
{
	write_pair(pic, PIC_MASTER, PIC_SLAVE, PIC_ICW1 << 8 | PIC_ICW1);
	write_pair(pic, PIC_MASTER_IMR, PIC_SLAVE_IMR, (uint16_t)((base + 8) << 8 | base));
	write_pair(pic, PIC_MASTER_IMR, PIC_SLAVE_IMR, PIC_ICW3_SLAVE << 8 | PIC_ICW3_MASTER);
	write_pair(pic, PIC_MASTER_IMR, PIC_SLAVE_IMR, PIC_ICW4 << 8 | PIC_ICW4);
	write_pair(pic, PIC_MASTER_IMR, PIC_SLAVE_IMR, 0xffff);
}

void pic8259_save(const struct pic8259 *pic, struct pic8259_state *ret_state)
{
	ret_state->imr = pic8259_imr(pic);
	ret_state->elcr = pic8259_elcr(pic);
}

enum err pic8259_mask_all(const struct pic8259 *pic)
{
	write_pair(pic, PIC_MASTER_IMR, PIC_SLAVE_IMR, 0xffff);
	return pic8259_imr(pic) == 0xffff ? OK : ERR_MISMATCH;
}

enum err pic8259_restore(const struct pic8259 *pic, const struct pic8259_state *state)
{
	enum err err = OK;

	if (pic->has_elcr && pic8259_elcr(pic) != state->elcr) {
		write_pair(pic, PIC_ELCR1, PIC_ELCR2, state->elcr);
		if (pic8259_elcr(pic) != state->elcr)
			err = ERR_MISMATCH;
	}
	write_pair(pic, PIC_MASTER_IMR, PIC_SLAVE_IMR, state->imr);
	if (pic8259_imr(pic) != state->imr)
		err = ERR_MISMATCH;
	return err;
}
