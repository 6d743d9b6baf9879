/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The models of fake_irqc.h. Knows registers only: no driver's header but for the types that the
 * tests share, and none of the drivers' register names, so that a wrong constant there shows.
 */
#include "tests/unit/fake_irqc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct fake_irqc *fake_of(struct hw *hw)
{
	return (struct fake_irqc *)hw;
}

static __attribute__((noreturn)) void misuse(const char *what, uint64_t where)
{
	fprintf(stderr, "fake_irqc: %s at 0x%llx\n", what, (unsigned long long)where);
	abort();
}

static void note(struct fake_irqc *fake, int where, unsigned reg, uint32_t value)
{
	if (fake->writes < FAKE_LOG)
		fake->log[fake->writes] = (struct fake_write){ where, reg, value };
	fake->writes++;
	if (fake->writes == fake->tick_at)
		fake_irqc_accept(fake, 0x20, false);
}

struct fake_write fake_irqc_write(const struct fake_irqc *fake, unsigned n)
{
	return n < fake->writes && n < FAKE_LOG ? fake->log[n]
						: (struct fake_write){ FAKE_PORT, ~0u, ~0u };
}

static bool bit(const uint32_t word[8], unsigned n)
{
	return word[n / 32] >> n % 32 & 1;
}

static void put(uint32_t word[8], unsigned n, bool on)
{
	word[n / 32] = (word[n / 32] & ~(1u << n % 32)) | (uint32_t)on << n % 32;
}

static int highest(const uint32_t word[8])
{
	for (int n = 255; n >= 0; n--)
		if (bit(word, (unsigned)n))
			return n;
	return -1;
}

static uint32_t own_id(const struct fake_irqc *fake)
{
	return fake->apic_base & 0x400 ? fake->lapic_id : fake->lapic_id >> 24;
}

void fake_irqc_accept(struct fake_irqc *fake, unsigned vector, bool level)
{
	if (!(fake->svr & 0x100))
		return;
	put(fake->irr, vector, true);
	put(fake->tmr, vector, level);
}

/* Level entries follow their wire; delivery is immediate, so send pending always reads 0. */
static void evaluate(struct fake_irqc *fake)
{
	for (unsigned i = 0; i < 2; i++) {
		for (unsigned pin = 0; pin < FAKE_PINS; pin++) {
			uint64_t *rte = &fake->ioapic[i].rte[pin];
			bool asserted = fake->ioapic[i].high[pin] != (*rte >> 13 & 1);

			/* level, unmasked, remote IRR clear, fixed, physical, to this CPU */
			if (!asserted || (*rte & 0x1cf00) != 0x8000 || *rte >> 56 != own_id(fake))
				continue;
			*rte |= 0x4000;
			fake_irqc_accept(fake, *rte & 0xff, true);
		}
	}
}

void fake_irqc_wire(struct fake_irqc *fake, unsigned ioapic, unsigned pin, bool high)
{
	uint64_t rte = fake->ioapic[ioapic].rte[pin];
	bool active_low = rte >> 13 & 1;
	bool rises = fake->ioapic[ioapic].high[pin] == active_low && high != active_low;

	fake->ioapic[ioapic].high[pin] = high;
	if (rises && !(rte & 0x1c700)) /* edge, unmasked, fixed */
		fake_irqc_accept(fake, rte & 0xff, false);
	evaluate(fake);
}

static void end_of_interrupt(struct fake_irqc *fake)
{
	int vector = highest(fake->isr);

	fake->eois++;
	if (vector < 0)
		return;
	put(fake->isr, (unsigned)vector, false);
	if (!bit(fake->tmr, (unsigned)vector) || fake->no_broadcast)
		return;
	for (unsigned i = 0; i < 2; i++)
		for (unsigned pin = 0; pin < FAKE_PINS; pin++)
			if ((fake->ioapic[i].rte[pin] & 0x80ff) == (0x8000u | (unsigned)vector))
				fake->ioapic[i].rte[pin] &= ~0x4000ull;
	evaluate(fake);
}

static void deliver(struct fake_irqc *fake)
{
	while (fake->irq_on && !fake->lapic_deaf && fake->svr & 0x100) {
		int vector = highest(fake->irr), served = highest(fake->isr);
		int floor = served > (int)fake->tpr ? served : (int)fake->tpr;

		if (vector < 0 || vector >> 4 <= floor >> 4)
			return;
		put(fake->irr, (unsigned)vector, false);
		put(fake->isr, (unsigned)vector, true);
		fake->irq_on = false;
		if (fake->sink)
			fake->sink(fake->sink_arg, (unsigned)vector);
		fake->irq_on = true;
	}
}

static uint32_t lapic_read(struct fake_irqc *fake, unsigned offset)
{
	if (fake->lapic_gone)
		return 0xffffffff;
	if (offset >= 0x100 && offset < 0x180)
		return fake->isr[(offset - 0x100) >> 4];
	if (offset >= 0x180 && offset < 0x200)
		return fake->tmr[(offset - 0x180) >> 4];
	if (offset >= 0x200 && offset < 0x280)
		return fake->irr[(offset - 0x200) >> 4];
	switch (offset) {
	case 0x020:
		return fake->lapic_id;
	case 0x030:
		return fake->lapic_version;
	case 0x080:
		return fake->tpr;
	case 0x0f0:
		return fake->svr;
	case 0x300:
		return fake->icr | (fake->icr_busy ? 0x1000 : 0);
	case 0x390:
		return fake->timer_count;
	default:
		return fake->lvt[offset >> 4];
	}
}

static void lapic_write(struct fake_irqc *fake, unsigned offset, uint32_t value)
{
	note(fake, FAKE_LAPIC_REG, offset, value);
	switch (offset) {
	case 0x080:
		fake->tpr = value & 0xff;
		break;
	case 0x0b0:
		end_of_interrupt(fake);
		break;
	case 0x0f0:
		fake->svr = value;
		for (unsigned i = 0x2f; i <= 0x37 && !(value & 0x100); i++)
			fake->lvt[i] |= 0x10000; /* software-disabled: all masked */
		break;
	case 0x300:
		fake->icr = value;
		if ((value & 0xc0700) == 0x40000) /* to self, fixed */
			fake_irqc_accept(fake, value & 0xff, false);
		break;
	case 0x3f0:
		fake_irqc_accept(fake, value & 0xff, false);
		break;
	case 0x2f0:
	case 0x320:
	case 0x330:
	case 0x340:
	case 0x350:
	case 0x360:
	case 0x370:
		if (!(fake->svr & 0x100))
			value |= 0x10000;
		fake->lvt[offset >> 4] = (fake->lvt[offset >> 4] & 0x5000) | (value & ~0x5000u);
		break;
	default:
		misuse("write to a local APIC register that nobody should write", offset);
	}
}

static uint32_t ioapic_read(struct fake_ioapic *ioapic)
{
	unsigned pin = (ioapic->regsel - 0x10) / 2;

	if (ioapic->regsel == 0)
		return ioapic->id;
	if (ioapic->regsel == 1)
		return ioapic->version;
	if (ioapic->regsel < 0x10 || pin >= FAKE_PINS)
		return 0;
	return (uint32_t)(ioapic->rte[pin] >> (ioapic->regsel & 1 ? 32 : 0));
}

static void ioapic_write(struct fake_irqc *fake, struct fake_ioapic *ioapic, uint32_t value)
{
	unsigned pin = (ioapic->regsel - 0x10) / 2;
	uint64_t *rte = &ioapic->rte[pin];

	note(fake, ioapic == &fake->ioapic[0] ? FAKE_RTE0 : FAKE_RTE1, ioapic->regsel, value);
	if (ioapic->regsel < 0x10 || pin >= FAKE_PINS)
		misuse("write to an IOAPIC register that nobody should write", ioapic->regsel);
	if (ioapic->stuck[pin] || ioapic->gone)
		return;
	if (ioapic->regsel & 1)
		*rte = (*rte & 0xffffffff) | (uint64_t)value << 32;
	else
		*rte = (*rte & 0xffffffff00005000) | (value & 0x1afff);
	if (!(*rte & 0x8000)) /* remote IRR exists for level entries only */
		*rte &= ~0x4000ull;
	evaluate(fake);
}

static void ioapic_eoi(struct fake_irqc *fake, struct fake_ioapic *ioapic, uint32_t vector)
{
	for (unsigned pin = 0; pin < FAKE_PINS && (ioapic->version & 0xff) >= 0x20; pin++)
		if ((ioapic->rte[pin] & 0x80ff) == (0x8000 | vector))
			ioapic->rte[pin] &= ~0x4000ull;
	evaluate(fake);
}

static struct fake_ioapic *ioapic_at(struct fake_irqc *fake, uint64_t addr)
{
	for (unsigned i = 0; i < 2; i++)
		if (addr - fake->ioapic[i].base < 0x1000)
			return &fake->ioapic[i];
	return NULL;
}

static uint64_t op_mmio_read(struct hw *hw, uint64_t addr, enum hw_width width)
{
	struct fake_irqc *fake = fake_of(hw);
	struct fake_ioapic *ioapic = ioapic_at(fake, addr);

	fake->now++;
	if (width != HW_32 || addr % 16)
		misuse("access of a wrong width or alignment", addr);
	if (addr - FAKE_LAPIC < 0x1000 && !(fake->apic_base & 0x400))
		return lapic_read(fake, addr & 0xfff);
	if (!ioapic || ioapic->gone)
		return 0xffffffff;
	fake->torn += fake->irq_on;
	return (addr & 0xfff) == 0x10 ? ioapic_read(ioapic) : ioapic->regsel;
}

static void op_mmio_write(struct hw *hw, uint64_t addr, enum hw_width width, uint64_t value)
{
	struct fake_irqc *fake = fake_of(hw);
	struct fake_ioapic *ioapic = ioapic_at(fake, addr);

	fake->now++;
	if (width != HW_32 || addr % 16)
		misuse("access of a wrong width or alignment", addr);
	if (addr - FAKE_LAPIC < 0x1000 && !(fake->apic_base & 0x400))
		lapic_write(fake, addr & 0xfff, (uint32_t)value);
	else if (!ioapic)
		misuse("write to nothing", addr);
	else if ((addr & 0xfff) == 0x40)
		ioapic_eoi(fake, ioapic, (uint32_t)value);
	else if ((addr & 0xfff) == 0x10)
		ioapic_write(fake, ioapic, (uint32_t)value);
	else
		ioapic->regsel = (uint32_t)value & 0xff;
	fake->torn += ioapic && fake->irq_on;
	deliver(fake);
}

static bool op_mmio_is_mapped(struct hw *hw, uint64_t addr, uint64_t size)
{
	return size && addr != fake_of(hw)->unmapped;
}

static uint32_t op_port_read(struct hw *hw, uint16_t port, enum hw_width width)
{
	struct fake_irqc *fake = fake_of(hw);
	unsigned shift = port == 0xa0 || port == 0xa1 || port == 0x4d1 ? 8 : 0;

	fake->now++;
	if (width != HW_8)
		misuse("port access of a wrong width", port);
	switch (port) {
	case 0x20:
	case 0xa0:
		if (fake->ocw3[shift / 8] == 0x0b)
			return fake->pic_isr >> shift & 0xff;
		return fake->pic_irr >> shift & 0xff;
	case 0x21:
	case 0xa1:
		return fake->imr >> shift & 0xff;
	case 0x4d0:
	case 0x4d1:
		return fake->elcr >> shift & 0xff;
	default:
		return 0xff;
	}
}

static void op_port_write(struct hw *hw, uint16_t port, enum hw_width width, uint32_t value)
{
	struct fake_irqc *fake = fake_of(hw);
	unsigned shift = port == 0xa0 || port == 0xa1 || port == 0x4d1 ? 8 : 0;
	uint16_t keep = (uint16_t)(0xff00 >> shift);

	fake->now++;
	note(fake, FAKE_PORT, port, value);
	if (width != HW_8 || value > 0xff)
		misuse("port access of a wrong width", port);
	switch (port) {
	case 0x20:
	case 0xa0:
		if (value & 0x08)
			fake->ocw3[shift / 8] = (uint8_t)value;
		else if (value >> 5 == 3) /* OCW2, specific EOI */
			fake->pic_isr &= (uint16_t) ~(1u << (value & 7) << shift);
		break;
	case 0x21:
	case 0xa1:
		if (!fake->imr_stuck)
			fake->imr = (uint16_t)((fake->imr & keep) | value << shift);
		break;
	case 0x4d0:
	case 0x4d1:
		fake->elcr = (uint16_t)(((fake->elcr & keep) | value << shift) & 0xdef8);
		break;
	default:
		misuse("write to a port that nobody should write", port);
	}
}

static uint64_t op_ticks(struct hw *hw)
{
	return ++fake_of(hw)->now;
}

static uint64_t op_tick_hz(struct hw *hw)
{
	(void)hw;
	return 1000000;
}

static void op_relax(struct hw *hw)
{
	fake_of(hw)->now++;
	deliver(fake_of(hw));
}

static void op_irq_attach(struct hw *hw, hw_irq_fn *fn, void *arg)
{
	fake_of(hw)->sink = fn;
	fake_of(hw)->sink_arg = arg;
}

static bool op_irq_switch(struct hw *hw, bool on)
{
	struct fake_irqc *fake = fake_of(hw);
	bool was = fake->irq_on;

	fake->irq_on = on;
	deliver(fake);
	return was;
}

static uint64_t op_sysreg_read(struct hw *hw, uint32_t reg)
{
	struct fake_irqc *fake = fake_of(hw);

	fake->now++;
	if (reg == 0x1b)
		return fake->apic_base;
	if (reg == 0x6e0)
		return fake->tsc_deadline;
	if (reg < 0x800 || reg > 0x8ff || !(fake->apic_base & 0x400))
		misuse("read of an MSR that is not there", reg);
	return lapic_read(fake, (reg - 0x800) << 4);
}

static void op_sysreg_write(struct hw *hw, uint32_t reg, uint64_t value)
{
	struct fake_irqc *fake = fake_of(hw);

	fake->now++;
	if (reg < 0x800 || reg > 0x8ff || !(fake->apic_base & 0x400))
		misuse("write of an MSR that nobody should write", reg);
	lapic_write(fake, (reg - 0x800) << 4, (uint32_t)value);
	deliver(fake);
}

static __attribute__((noreturn)) void op_panic(struct hw *hw, const char *what)
{
	misuse(what, fake_of(hw)->now);
}

static const struct hw_ops fake_ops = {
	.mmio_read = op_mmio_read,
	.mmio_write = op_mmio_write,
	.mmio_is_mapped = op_mmio_is_mapped,
	.port_read = op_port_read,
	.port_write = op_port_write,
	.ticks = op_ticks,
	.tick_hz = op_tick_hz,
	.relax = op_relax,
	.irq_attach = op_irq_attach,
	.irq_switch = op_irq_switch,
	.sysreg_read = op_sysreg_read,
	.sysreg_write = op_sysreg_write,
	.panic = op_panic,
};

void fake_irqc_init(struct fake_irqc *fake)
{
	memset(fake, 0, sizeof(*fake));
	fake->hw.ops = &fake_ops;
	for (unsigned i = 0; i < 2; i++) {
		fake->ioapic[i].base = i ? FAKE_IOAPIC1 : FAKE_IOAPIC0;
		fake->ioapic[i].version = 0x00170020;
		fake->ioapic[i].id = i << 24;
		for (unsigned pin = 0; pin < FAKE_PINS; pin++) {
			fake->ioapic[i].rte[pin] = 0x10000;
			fake->ioapic[i].high[pin] = i || pin >= 16;
		}
	}
	fake->ioapic[0].rte[2] = 0x38;
	fake->apic_base = 0xfee00900;
	fake->lapic_version = 0x00050014;
	fake->svr = 0x10f;
	fake->lvt[0x32] = 0x20020; /* timer: periodic, vector 20h */
	fake->lvt[0x33] = 0x10000;
	fake->lvt[0x34] = 0x10000;
	fake->lvt[0x35] = 0x00700; /* LINT0: ExtINT */
	fake->lvt[0x36] = 0x00400; /* LINT1: NMI */
	fake->lvt[0x37] = 0x10000;
	fake->imr = 0xfffa;
	fake->elcr = 0x0c00;
}

struct acpi_madt fake_irqc_madt(void)
{
	return (struct acpi_madt){
		.lapic = FAKE_LAPIC,
		.has_8259 = true,
		.cpus = 1,
		.ioapic_count = 2,
		.ioapic = { { 0, FAKE_IOAPIC0, 0 }, { 1, FAKE_IOAPIC1, 24 } },
		.override_count = 3,
		.override = {
			{ 0, 2, ACPI_POLARITY_BUS, ACPI_TRIGGER_BUS },
			{ 5, 5, ACPI_POLARITY_HIGH, ACPI_TRIGGER_LEVEL },
			{ 14, 14, ACPI_POLARITY_BUS, ACPI_TRIGGER_EDGE },
		},
	};
}
