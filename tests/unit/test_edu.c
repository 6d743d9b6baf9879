/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* drivers/edu.c on the simulated edu, and on pages of registers that only remember. */
#include "drivers/edu.h"
#include "tests/unit/fake_hw.h"
#include "tests/unit/sim_rig.h"

#define EDU_05 0xb0028000ull
#define EDU_BASE 0x81100000ull
#define EDU_GSI 21
#define STATUS_INTX 0x0008
#define LIVENESS_ANSWER 0xa5c3f00eu /* the complement of what edu_init() writes */

static struct edu edu;

static struct pci_fn on_sim(void)
{
	start("edu", NULL);
	return (struct pci_fn){ .hw = hw, .cfg = EDU_05, .parent = -1 };
}

static void meet(void)
{
	struct pci_fn fn = on_sim();

	UNIT_EQ(edu_init(&edu, &fn), OK);
}

static bool interrupt_status(void)
{
	return hw_read16(hw, EDU_05 + 0x06) & STATUS_INTX;
}

static void is_identified(void)
{
	meet();
	UNIT_EQ(edu.base, EDU_BASE);
	UNIT_EQ(edu.id, 0x010000ed);
	UNIT_EQ(rd(EDU_BASE + 0x24), 0);
	stop();
}

static void identification_is_read_only(void)
{
	meet();
	sim_expect_strays(sim);
	wr(EDU_BASE, 0);
	UNIT_EQ(rd(EDU_BASE), 0x010000ed);
	wr(EDU_BASE + 0x04, 0x12345678);
	UNIT_EQ(rd(EDU_BASE + 0x04), 0xedcba987);
	stop();
}

static void raise_asserts_and_ack_deasserts(void)
{
	meet();
	UNIT_TRUE(!sim_line_asserted(sim, EDU_GSI));
	edu_raise(&edu);
	UNIT_EQ(rd(EDU_BASE + 0x24), 1);
	UNIT_TRUE(interrupt_status());
	UNIT_TRUE(sim_line_asserted(sim, EDU_GSI));
	UNIT_TRUE(edu_ack(&edu));
	UNIT_EQ(rd(EDU_BASE + 0x24), 0);
	UNIT_TRUE(!interrupt_status());
	UNIT_TRUE(!sim_line_asserted(sim, EDU_GSI));
	UNIT_TRUE(!edu_ack(&edu));
	stop();
}

static void ack_takes_every_bit(void)
{
	meet();
	wr(EDU_BASE + 0x60, 0x80000101);
	wr(EDU_BASE + 0x60, 0x00000010);
	UNIT_EQ(rd(EDU_BASE + 0x24), 0x80000111);
	wr(EDU_BASE + 0x64, 0x00000101);
	UNIT_EQ(rd(EDU_BASE + 0x24), 0x80000010);
	UNIT_TRUE(sim_line_asserted(sim, EDU_GSI));
	UNIT_TRUE(edu_ack(&edu));
	UNIT_EQ(rd(EDU_BASE + 0x24), 0);
	UNIT_TRUE(!sim_line_asserted(sim, EDU_GSI));
	stop();
}

static void disintx_gates_the_line_alone(void)
{
	meet();
	hw_write16(hw, EDU_05 + 0x04, 0x0407);
	edu_raise(&edu);
	UNIT_TRUE(interrupt_status());
	UNIT_TRUE(!sim_line_asserted(sim, EDU_GSI));
	hw_write16(hw, EDU_05 + 0x04, 0x0007);
	UNIT_TRUE(sim_line_asserted(sim, EDU_GSI));
	UNIT_TRUE(edu_ack(&edu));
	stop();
}

/* With MSI enabled every raise is a message, and the line is left alone. */
static void msi_is_a_message_a_raise(void)
{
	meet();
	wr(LAPIC + 0xf0, 0x1ff);
	wr(EDU_05 + 0x44, 0xfee00000);
	wr(EDU_05 + 0x48, 0);
	hw_write16(hw, EDU_05 + 0x4c, 0x61);
	hw_write16(hw, EDU_05 + 0x42, 0x0081);
	count_interrupts();
	edu_raise(&edu);
	UNIT_EQ(taken, 1);
	UNIT_EQ(last_vector, 0x61);
	UNIT_TRUE(!sim_line_asserted(sim, EDU_GSI));
	wr(LAPIC + 0xb0, 0);
	edu_raise(&edu);
	UNIT_EQ(taken, 2);
	hw_write16(hw, EDU_05 + 0x42, 0x0080);
	UNIT_TRUE(sim_line_asserted(sim, EDU_GSI));
	stop();
}

static void closed_decode_is_gone(void)
{
	struct pci_fn fn = on_sim();

	hw_write16(hw, EDU_05 + 0x04, 0);
	UNIT_EQ(edu_init(&edu, &fn), ERR_GONE);
	stop();
}

/* The page of registers says what it was told to, and takes no write. */
static enum err init_with(uint32_t bar, uint32_t id, uint32_t liveness, uint32_t status)
{
	static struct fake_hw fake;
	struct fake_page *registers;
	struct pci_fn fn;

	fake_init(&fake);
	fake.unmapped = 0xf0000000;
	fake.unmapped_size = 0x1000;
	fn = fake_fn(&fake, fake_add_fn(&fake, 0, 5, 0));
	fake_set32(&fake.page[0], PCI_BASE_ADDRESS_0, bar);
	registers = fake_add_page(&fake, EDU_BASE);
	fake_set32(registers, EDU_ID, id);
	fake_set32(registers, EDU_LIVENESS, liveness);
	fake_set32(registers, EDU_IRQ_STATUS, status);
	return edu_init(&edu, &fn);
}

static void what_does_not_answer_as_edu_is_refused(void)
{
	const uint32_t bar = (uint32_t)EDU_BASE, id = 0x010000ed;

	UNIT_EQ(init_with(bar, id, LIVENESS_ANSWER, 0), OK);
	UNIT_EQ(init_with(0, id, LIVENESS_ANSWER, 0), ERR_ABSENT);
	UNIT_EQ(init_with(0x6041, id, LIVENESS_ANSWER, 0), ERR_ABSENT);
	UNIT_EQ(init_with(0xf0000000, id, LIVENESS_ANSWER, 0), ERR_UNSUPPORTED);
	UNIT_EQ(init_with(bar, UINT32_MAX, LIVENESS_ANSWER, 0), ERR_GONE);
	UNIT_EQ(init_with(bar, 0x010000ee, LIVENESS_ANSWER, 0), ERR_INVALID);
	UNIT_EQ(init_with(bar, id, 0x5a3c0ff1, 0), ERR_MISMATCH);
	UNIT_EQ(init_with(bar, id, LIVENESS_ANSWER, 1), ERR_MISMATCH);
}

static const struct unit_test tests[] = {
	UNIT(is_identified),
	UNIT(identification_is_read_only),
	UNIT(raise_asserts_and_ack_deasserts),
	UNIT(ack_takes_every_bit),
	UNIT(disintx_gates_the_line_alone),
	UNIT(msi_is_a_message_a_raise),
	UNIT(closed_decode_is_gone),
	UNIT(what_does_not_answer_as_edu_is_refused),
};

int main(void)
{
	return UNIT_RUN(tests);
}
