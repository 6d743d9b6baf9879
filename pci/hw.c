/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns bounded waits over the seam's tick counter. Bounds themselves belong to their users, who
 * name the specification they come from.
 */
#include "pci/hw.h"

#define US_PER_S 1000000u

/*
 * Rounded up, so that a wait is never shorter than asked. Seconds and the rest apart: us * hz
 * overflows after an hour at 5 GHz. Saturates.
 */
static uint64_t us_to_ticks(uint64_t us, uint64_t hz)
{
	uint64_t seconds = us / US_PER_S;
	uint64_t rest = (us % US_PER_S * hz + US_PER_S - 1) / US_PER_S;

	if (seconds > (UINT64_MAX - rest) / hz)
		return UINT64_MAX;
	return seconds * hz + rest;
}

struct hw_timer hw_timer_us(struct hw *hw, uint64_t us)
{
	struct hw_timer timer = {
		.limit = us_to_ticks(us, hw->ops->tick_hz(hw)),
	};

	timer.start = hw->ops->ticks(hw);
	return timer;
}

bool hw_expired(struct hw *hw, const struct hw_timer *timer)
{
	return hw->ops->ticks(hw) - timer->start >= timer->limit;
}

uint64_t hw_elapsed_us(struct hw *hw, const struct hw_timer *timer)
{
	uint64_t ticks = hw->ops->ticks(hw) - timer->start;
	uint64_t hz = hw->ops->tick_hz(hw);

	return ticks / hz * US_PER_S + ticks % hz * US_PER_S / hz;
}

void hw_delay_us(struct hw *hw, uint64_t us)
{
	struct hw_timer timer = hw_timer_us(hw, us);

	hw->delayed_us += us;
	while (!hw_expired(hw, &timer))
		hw->ops->relax(hw);
}
