/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the measure of the time-stamp counter: CPUID where it is exact, else the ACPI PM timer, else
 * the firmware's own idea of a microsecond. It does not keep time; hw_pc.c does.
 */
#include "efi/x86_64/clock.h"

#include "efi/x86_64/cpu.h"
#include "pci/mem.h"

#define CPUID1_ECX_HYPERVISOR (1u << 31)
#define CPUID_MAX_HYPERVISOR 0x40000000
/* EAX: TSC kHz; VMware's, which KVM and QEMU also speak */
#define CPUID_HYPERVISOR_TIMING 0x40000010

/*
 * ACPI 6.5 sec 5.2.9 (FADT), sec 4.8.3.3 (PM timer: 3.579545 MHz, 24 or 32 bits; 24 are enough
 * here).
 */
#define FADT_PM_TMR_BLK 76
#define FADT_PM_TMR_LEN 91
#define FADT_X_PM_TMR_BLK 208
#define FADT_X_PM_TMR_END 220
#define GAS_SYSTEM_IO 1
#define PM_HZ 3579545ull
#define PM_MASK 0xffffffu

#define CALIBRATE_US 3000
/* a timer that stands still ends the loop: each poll of it takes about 1 us or more */
#define PM_POLLS_MAX 100000
#define SAMPLES 8

/*
 * Core crystal times a ratio: exact only when the CPU states all three (SDM vol. 2, CPUID leaf
 * 15h).
 */
static uint64_t hz_by_cpuid(const char **ret_source)
{
	struct cpu_leaf leaf;

	if (cpu_id(1).ecx & CPUID1_ECX_HYPERVISOR) {
		/*
		 * Leaf 15h then describes the host's crystal, and the guest's counter may be
		 * scaled.
		 */
		if (cpu_id(CPUID_MAX_HYPERVISOR).eax < CPUID_HYPERVISOR_TIMING)
			return 0;
		*ret_source = "cpuid-40000010h";
		return cpu_id(CPUID_HYPERVISOR_TIMING).eax * 1000ull;
	}
	if (cpu_id(0).eax < 0x15)
		return 0;
	leaf = cpu_id(0x15);
	if (leaf.eax == 0 || leaf.ebx == 0 || leaf.ecx == 0)
		return 0;
	*ret_source = "cpuid-15h";
	return (uint64_t)leaf.ecx * leaf.ebx / leaf.eax;
}

static uint16_t pm_timer_port(const struct acpi_memory *memory, uint64_t rsdp)
{
	struct acpi_table fadt;
	uint64_t address = 0;
	uint32_t port = 0;

	if (rsdp == 0 || acpi_find_table(memory, rsdp, "FACP", &fadt) != OK ||
	    fadt.length <= FADT_PM_TMR_LEN)
		return 0;
	if (fadt.length >= FADT_X_PM_TMR_END) {
		memcpy(&address, fadt.bytes + FADT_X_PM_TMR_BLK + 4, sizeof(address));
		/* A timer in memory space is legal; the fallback is good enough for it. */
		if (address != 0 && fadt.bytes[FADT_X_PM_TMR_BLK] != GAS_SYSTEM_IO)
			return 0;
	}
	if (address == 0 && fadt.bytes[FADT_PM_TMR_LEN] == 4) {
		memcpy(&port, fadt.bytes + FADT_PM_TMR_BLK, sizeof(port));
		address = port;
	}
	return address <= 0xfffc ? (uint16_t)address : 0;
}

struct sample {
	uint64_t tsc;
	uint32_t pm;
};

/*
 * Both counters at one moment: of several tries the one least disturbed by SMIs and the host's
 * scheduler.
 */
static struct sample take_sample(uint16_t port)
{
	struct sample best = { 0, 0 };
	uint64_t least = UINT64_MAX;

	for (unsigned i = 0; i < SAMPLES; i++) {
		uint64_t before = cpu_read_tsc();
		uint32_t pm = cpu_in32(port) & PM_MASK;
		uint64_t width = cpu_read_tsc() - before;

		if (width < least) {
			least = width;
			best = (struct sample){ before + width / 2, pm };
		}
	}
	return best;
}

static uint64_t hz_by_pm_timer(uint16_t port)
{
	struct sample first = take_sample(port), last;
	uint32_t ticks = 0;

	for (unsigned i = 0; ticks < PM_HZ * CALIBRATE_US / 1000000; i++) {
		if (i == PM_POLLS_MAX)
			return 0;
		ticks = (cpu_in32(port) - first.pm) & PM_MASK;
	}
	last = take_sample(port);
	ticks = (last.pm - first.pm) & PM_MASK;
	return (last.tsc - first.tsc) * PM_HZ / ticks;
}

static uint64_t hz_by_stall(clock_stall_fn *stall, void *arg)
{
	uint64_t before = cpu_read_tsc();

	stall(arg, CALIBRATE_US);
	return (cpu_read_tsc() - before) * 1000000 / CALIBRATE_US;
}

static bool is_invariant(void)
{
	return cpu_id(0x80000000).eax >= 0x80000007 && cpu_id(0x80000007).edx & 1u << 8;
}

struct clock clock_find(const struct acpi_memory *memory, uint64_t rsdp, clock_stall_fn *stall,
			void *arg)
{
	struct clock clock = { .invariant = is_invariant() };
	uint16_t port;

	clock.tsc_hz = hz_by_cpuid(&clock.source);
	if (clock.tsc_hz)
		return clock;
	port = pm_timer_port(memory, rsdp);
	if (port) {
		clock.source = "acpi-pm-timer";
		clock.tsc_hz = hz_by_pm_timer(port);
	}
	if (!clock.tsc_hz) {
		clock.source = "stall";
		clock.tsc_hz = hz_by_stall(stall, arg);
	}
	return clock;
}
