/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* A misuse of the seam, and a run without end, end the process with a message. */
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/sim_rig.h"

#define EDU_BAR 0x81100000ull

static void misaligned(void)
{
	(void)rd(ABAR + 2);
}

static void narrow(void)
{
	(void)hw_read8(hw, ABAR);
}

static void narrow_edu(void)
{
	(void)hw_read16(hw, EDU_BAR);
}

static void narrow_lapic(void)
{
	(void)hw_read8(hw, LAPIC + 0x20);
}

static void uncovered_bus(void)
{
	(void)hw_read32(hw, ECAM + (0x10ull << 20));
}

static void register_of_one_not_ready(void)
{
	(void)hw_read32(hw, ECAM + (5ull << 15) + 8);
}

/* Where no device is, and where a device has no register. */

static void nowhere_read(void)
{
	(void)rd(0);
}

static void nowhere_written(void)
{
	wr(0xd0000000ull, 0);
}

static void beyond_the_ecam(void)
{
	(void)rd(ECAM + (256ull << 20));
}

static void absent_function_s_class(void)
{
	(void)rd(ECAM + 0x28008);
}

static void absent_function_written(void)
{
	hw_write16(hw, ECAM + 0x28004, 0);
}

static void closed_decode_written(void)
{
	hw_write16(hw, AHCI_1F2 + 4, 0);
	wr(ABAR + 4, 0);
}

static void nobody_s_port(void)
{
	(void)hw->ops->port_read(hw, 0x22, HW_8);
}

static void nobody_s_port_written(void)
{
	hw->ops->port_write(hw, 0x4d2, HW_8, 0);
}

static void entry_past_the_last(void)
{
	(void)rte(24);
}

static void entry_past_the_last_written(void)
{
	set_rte(24, 0);
}

static void ioapic_register(void)
{
	(void)rd(IOAPIC + 0x20);
}

static void lapic_register(void)
{
	wr(LAPIC + 0x20, 0);
}

static void hba_port_past_the_last(void)
{
	(void)rd(ABAR + 0x100 + 6 * 0x80);
}

static void hba_register(void)
{
	wr(ABAR + 0x0c, 1); /* PI is RO */
}

static void port_register(void)
{
	(void)rd(ABAR + 0x100 + 0x1c);
}

static void (*const strays[])(void) = {
	nowhere_read,
	nowhere_written,
	beyond_the_ecam,
	absent_function_s_class,
	absent_function_written,
	closed_decode_written,
	nobody_s_port,
	nobody_s_port_written,
	entry_past_the_last,
	entry_past_the_last_written,
	ioapic_register,
	lapic_register,
	hba_port_past_the_last,
	hba_register,
	port_register,
};

#define PORT0 (ABAR + 0x100)

/* A port on DMA memory of ours; FIS receive is enough. */
static void start_port(void)
{
	struct hw_dma dma;

	if (hw->ops->dma_alloc(hw, 4096, 4096, &dma))
		_exit(1);
	wr(PORT0 + 0x08, (uint32_t)dma.bus); /* PxFB */
	wr(PORT0 + 0x18, 0x10); /* PxCMD.FRE */
}

static void memory_freed_under_a_port(void)
{
	start_port();
	sim_free_dma(sim);
}

static void command_freed_under_its_master(void)
{
	start_port();
	wr(PORT0 + 0x18, 0);
	sim_free_dma(sim);
	wr(PORT0 + 0x30, 0xffffffff); /* PxSERR: lets a signature in */
	wr(PORT0 + 0x18, 0x10);
	wr(PORT0 + 0x2c, 1); /* PxSCTL: COMRESET */
	for (unsigned i = 0; i < 2000; i++)
		hw->ops->relax(hw);
	wr(PORT0 + 0x2c, 0);
	for (unsigned i = 0; i < 2000; i++)
		hw->ops->relax(hw);
	wr(PORT0 + 0x30, 0xffffffff);
	for (unsigned i = 0; i < 5000; i++)
		hw->ops->relax(hw);
}

static void memory_freed_behind_a_stopped_port(void)
{
	start_port();
	wr(PORT0 + 0x18, 0);
	for (unsigned i = 0; i < 100; i++)
		hw->ops->relax(hw);
	sim_free_dma(sim);
}

static void endless(void)
{
	for (;;)
		hw->ops->relax(hw);
}

static bool ends_the_process(void (*body)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		if (!freopen("/dev/null", "w", stderr))
			_exit(1);
		body();
		_exit(0);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
	       WTERMSIG(status) == SIGABRT;
}

static void misuse_ends_the_process(void)
{
	struct sim_config config = { .watchdog = 1000 };

	start("q35", NULL);
	UNIT_TRUE(ends_the_process(misaligned));
	UNIT_TRUE(ends_the_process(narrow));
	UNIT_TRUE(ends_the_process(narrow_lapic));
	stop();
	start("edu", NULL);
	UNIT_TRUE(ends_the_process(narrow_edu));
	stop();
	start("split-ecam", NULL);
	UNIT_TRUE(ends_the_process(uncovered_bus));
	stop();
	start("not-ready", NULL);
	UNIT_TRUE(ends_the_process(register_of_one_not_ready));
	stop();
	sim = sim_new(&config);
	hw = sim_hw(sim);
	UNIT_TRUE(ends_the_process(endless));
	stop();
}

static void memory_is_freed_when_nobody_masters_into_it(void)
{
	start("q35", NULL);
	UNIT_TRUE(ends_the_process(memory_freed_under_a_port));
	UNIT_TRUE(ends_the_process(command_freed_under_its_master));
	UNIT_TRUE(!ends_the_process(memory_freed_behind_a_stopped_port));
	stop();
}

static void a_stray_access_ends_the_process(void)
{
	for (unsigned i = 0; i < sizeof(strays) / sizeof(strays[0]); i++) {
		start("q35", NULL);
		UNIT_TRUE(ends_the_process(strays[i]));
		sim_expect_strays(sim);
		UNIT_TRUE(!ends_the_process(strays[i]));
		stop();
	}
}

/* It may be met at any access: whoever drove it cannot know yet. */
static void a_function_that_left_is_no_stray(void)
{
	start("q35", NULL);
	sim_vanish_after(sim, 1);
	UNIT_EQ(rd(AHCI_1F2 + 8), ABSENT);
	wr(AHCI_1F2 + 4, 0);
	UNIT_EQ(rd(ABAR + 0x100), ABSENT);
	wr(ABAR + 4, 0);
	stop();
}

static const struct unit_test tests[] = {
	UNIT(misuse_ends_the_process),
	UNIT(memory_is_freed_when_nobody_masters_into_it),
	UNIT(a_stray_access_ends_the_process),
	UNIT(a_function_that_left_is_no_stray),
};

int main(void)
{
	return UNIT_RUN(tests);
}
