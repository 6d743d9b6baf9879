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

static const struct unit_test tests[] = {
	UNIT(misuse_ends_the_process),
};

int main(void)
{
	return UNIT_RUN(tests);
}
