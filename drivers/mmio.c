/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* Owns no register: where a BAR's are, and how long one of them is waited for. */
#include "drivers/mmio.h"

enum err mmio_bar(const struct pci_fn *fn, unsigned index, uint64_t bytes, uint64_t *ret_base)
{
	struct pci_bar bar;

	if (pci_bar_read(fn, index, &bar) || !bar.present || bar.io || !bar.base)
		return ERR_ABSENT;
	if (!fn->hw->ops->mmio_is_mapped(fn->hw, bar.base, bytes))
		return ERR_UNSUPPORTED;
	*ret_base = bar.base;
	return OK;
}

static enum err wait_for(const struct mmio_wait *wait, uint32_t mask, const uint32_t *value,
			 const uint32_t *served)
{
	struct hw *hw = wait->hw;
	struct hw_timer timer = hw_timer_us(hw, wait->us);
	uint32_t ones = wait->width == HW_8    ? UINT8_MAX
			: wait->width == HW_16 ? UINT16_MAX
					       : UINT32_MAX;

	for (;;) {
		bool expired = hw_expired(hw, &timer);
		uint32_t seen = (uint32_t)hw->ops->mmio_read(hw, wait->at, wait->width);

		if (seen == ones)
			return ERR_GONE;
		/* behind the read: a handler may have been in between */
		if (value ? (seen & mask) == *value : (seen | *served) & mask)
			return OK;
		if (expired)
			return ERR_TIMEOUT;
		hw->ops->relax(hw);
	}
}

enum err mmio_wait(const struct mmio_wait *wait, uint32_t mask, uint32_t value)
{
	return wait_for(wait, mask, &value, NULL);
}

enum err mmio_wait_event(const struct mmio_wait *wait, uint32_t mask, const uint32_t *served)
{
	return wait_for(wait, mask, NULL, served);
}
