/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The 8259A pair with the edge/level registers. Sources: Intel 8259A data sheet (ICW1-4, OCW1-3);
 * ICH9 data sheet, registers 4D0h/4D1h (ELCR) and 8259 interrupt controller registers.
 * An edge request stays latched until it is acknowledged, as the ICH9 describes IRR. No poll mode.
 */
#include "tests/sim/sim_internal.h"

enum { CASCADE = 2, ICW1 = 0x10, ICW1_NEEDS_ICW4 = 0x01, OCW3 = 0x08 };

void sim_pic_init(struct sim *sim)
{
	struct sim_pic_chip *master = &sim->pic.chip[0], *slave = &sim->pic.chip[1];

	/* As EDK2 leaves them: vectors 68h and 70h, all masked but the timer and the cascade. */
	master->base = 0x68;
	slave->base = 0x70;
	master->imr = 0xfa;
	slave->imr = 0xff;
	/* IRQ 0, 1, 2, 8 and 13 are edge for ever. */
	master->elcr_writable = 0xf8;
	slave->elcr_writable = 0xde;
}

/* Level inputs are their line; edge inputs keep their latch. */
static uint8_t requests(const struct sim_pic_chip *chip)
{
	return (uint8_t)((chip->irr & ~chip->elcr) | (chip->lines & chip->elcr));
}

/* The input that may interrupt now, -1 for none: not masked, above everything in service. */
static int candidate(const struct sim_pic_chip *chip)
{
	unsigned open = requests(chip) & ~chip->imr & 0xffu;

	for (int i = 0; i < 8; i++) {
		if (chip->isr >> i & 1)
			return -1;
		if (open >> i & 1)
			return i;
	}
	return -1;
}

static void drive(struct sim_pic_chip *chip, unsigned input, bool high)
{
	uint8_t bit = (uint8_t)(1u << input);

	if (high && !(chip->lines & bit))
		chip->irr |= bit;
	if (high)
		chip->lines |= bit;
	else
		chip->lines &= (uint8_t)~bit;
}

/* The slave's output is the master's input 2. */
static void update_cascade(struct sim *sim)
{
	drive(&sim->pic.chip[0], CASCADE, candidate(&sim->pic.chip[1]) >= 0);
}

void sim_pic_line(struct sim *sim, unsigned irq, bool high)
{
	if (irq == CASCADE)
		return;
	drive(&sim->pic.chip[irq / 8], irq % 8, high);
	update_cascade(sim);
}

bool sim_pic_intr(const struct sim *sim)
{
	return candidate(&sim->pic.chip[0]) >= 0;
}

static unsigned acknowledge(struct sim_pic_chip *chip)
{
	int input = candidate(chip);

	if (input < 0)
		return chip->base + 7u; /* spurious: no ISR bit */
	chip->irr &= (uint8_t) ~(1u << input);
	if (!chip->auto_eoi)
		chip->isr |= (uint8_t)(1u << input);
	return chip->base + (unsigned)input;
}

unsigned sim_pic_ack(struct sim *sim)
{
	struct sim_pic_chip *master = &sim->pic.chip[0];
	unsigned vector = acknowledge(master);

	if (vector == master->base + (unsigned)CASCADE)
		vector = acknowledge(&sim->pic.chip[1]);
	update_cascade(sim);
	return vector;
}

static void initialize(struct sim_pic_chip *chip, uint8_t value)
{
	chip->irr = chip->isr = chip->imr = 0;
	chip->read_isr = chip->auto_eoi = false;
	chip->icw = 2;
	chip->icw4 = value & ICW1_NEEDS_ICW4;
}

static void end_of_interrupt(struct sim_pic_chip *chip, uint8_t value)
{
	unsigned command = value >> 5;

	if (command == 3) /* specific */
		chip->isr &= (uint8_t) ~(1u << (value & 7));
	else if (command == 1) /* non-specific: the lowest set bit is the highest priority */
		chip->isr &= (uint8_t)(chip->isr - 1);
}

static void write_command(struct sim_pic_chip *chip, uint8_t value)
{
	if (value & ICW1) {
		initialize(chip, value);
	} else if (value & OCW3) {
		if (value & 0x02)
			chip->read_isr = value & 0x01;
	} else {
		end_of_interrupt(chip, value);
	}
}

static void write_data(struct sim_pic_chip *chip, uint8_t value)
{
	switch (chip->icw) {
	case 2:
		chip->base = value & 0xf8;
		chip->icw = 3;
		break;
	case 3: /* the cascade is wired, whatever is said */
		chip->icw = chip->icw4 ? 4 : 0;
		break;
	case 4:
		chip->auto_eoi = value & 0x02;
		chip->icw = 0;
		break;
	default:
		chip->imr = value;
	}
}

static struct sim_pic_chip *chip_at(struct sim *sim, uint16_t port, enum hw_width width)
{
	if ((port & ~1u) != 0x20 && (port & ~1u) != 0xa0 && (port & ~1u) != 0x4d0)
		return NULL;
	if (width != HW_8)
		sim_abuse("an 8259 access that is not 1 byte wide", port, width);
	if ((port & ~1u) == 0x4d0)
		return &sim->pic.chip[port & 1];
	return &sim->pic.chip[(port & 0x80) != 0];
}

bool sim_pic_read(struct sim *sim, uint16_t port, enum hw_width width, uint32_t *ret_value)
{
	const struct sim_pic_chip *chip = chip_at(sim, port, width);

	if (!chip)
		return false;
	if (port >= 0x4d0)
		*ret_value = chip->elcr;
	else if (port & 1)
		*ret_value = chip->imr;
	else
		*ret_value = chip->read_isr ? chip->isr : requests(chip);
	return true;
}

bool sim_pic_write(struct sim *sim, uint16_t port, enum hw_width width, uint32_t value)
{
	struct sim_pic_chip *chip = chip_at(sim, port, width);

	if (!chip)
		return false;
	if (port >= 0x4d0)
		chip->elcr = (uint8_t)value & chip->elcr_writable;
	else if (port & 1)
		write_data(chip, (uint8_t)value);
	else
		write_command(chip, (uint8_t)value);
	update_cascade(sim);
	return true;
}
