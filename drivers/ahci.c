/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the HBA as a whole: where it is, handoff, reset, the interrupt tiers, what firmware left in
 * it. Ports and commands: ahci_port.c.
 */
#include "drivers/ahci.h"

#include "pci/mem.h"

enum err ahci_init(struct ahci *hba, const struct pci_fn *fn)
{
	struct pci_bar bar;
	enum err err = pci_bar_read(fn, AHCI_BAR, &bar);

	if (err)
		return err;
	if (!bar.present || bar.io || !bar.base)
		return ERR_ABSENT;
	if (!fn->hw->ops->mmio_is_mapped(fn->hw, bar.base,
					 AHCI_PORT_BASE + AHCI_PORTS * AHCI_PORT_SIZE))
		return ERR_UNSUPPORTED;
	memset(hba, 0, sizeof(*hba));
	hba->hw = fn->hw;
	hba->fn = fn;
	hba->abar = bar.base;
	ahci_note_enables(hba, fn);
	return OK;
}

/* From 0.95 on; there has never been a 2.0, and all-ones is no version. */
bool ahci_has_version(const struct ahci *hba)
{
	return hba->version >= 0x00000905 && hba->version < 0x00020000;
}

enum err ahci_identify_hba(struct ahci *hba)
{
	unsigned ports = 0;

	hba->cap = ahci_read(hba, AHCI_CAP);
	hba->pi = ahci_read(hba, AHCI_PI);
	hba->version = ahci_read(hba, AHCI_VS);
	if (hba->cap == UINT32_MAX && hba->version == UINT32_MAX)
		return ERR_GONE;
	/* CAP2 came with 1.2; before, the offset is reserved. */
	hba->cap2 = hba->version >= 0x00010200 && ahci_has_version(hba) ? ahci_read(hba, AHCI_CAP2)
									: 0;
	for (unsigned i = 0; i < AHCI_PORTS; i++) {
		hba->port[i].hba = hba;
		hba->port[i].index = i;
		hba->port[i].implemented = hba->pi >> i & 1;
		ports += hba->port[i].implemented;
	}
	return ports && ports <= (hba->cap & AHCI_CAP_NP) + 1 ? OK : ERR_INVALID;
}

bool ahci_is_plausible(const struct pci_fn *fn)
{
	struct ahci hba;

	return !ahci_init(&hba, fn) && !ahci_identify_hba(&hba) && ahci_has_version(&hba) &&
	       hba.cap & AHCI_CAP_ISS;
}

bool ahci_shows_device(const struct pci_fn *fn)
{
	struct ahci hba;

	if (ahci_init(&hba, fn) || ahci_identify_hba(&hba))
		return true;
	for (unsigned i = 0; i < AHCI_PORTS; i++) {
		uint32_t det = ahci_port_at(&hba, i)->implemented
				       ? ahci_port_read(&hba.port[i], AHCI_PX_SSTS) &
						 AHCI_PX_SSTS_DET
				       : 0;

		if (det == AHCI_PX_SSTS_DET_READY || det == AHCI_PX_SSTS_DET_PRESENT)
			return true;
	}
	return false;
}

void ahci_save(struct ahci *hba, struct ahci_state *save)
{
	memset(save, 0, sizeof(*save));
	save->ghc = ahci_read(hba, AHCI_GHC);
	for (unsigned i = 0; i < AHCI_PORTS; i++) {
		struct ahci_port *port = ahci_port_at(hba, i);

		if (!port->implemented)
			continue;
		save->port[i].clb = ahci_port_read(port, AHCI_PX_CLB);
		save->port[i].clbu = ahci_port_read(port, AHCI_PX_CLBU);
		save->port[i].fb = ahci_port_read(port, AHCI_PX_FB);
		save->port[i].fbu = ahci_port_read(port, AHCI_PX_FBU);
		save->port[i].ie = ahci_port_read(port, AHCI_PX_IE);
		save->port[i].present = (ahci_port_read(port, AHCI_PX_SSTS) & AHCI_PX_SSTS_DET) ==
					AHCI_PX_SSTS_DET_READY;
	}
}

static bool reads_as_saved(const struct ahci_port *port, const struct ahci_state *all)
{
	unsigned i = port->index;

	return ahci_port_read(port, AHCI_PX_CLB) == all->port[i].clb &&
	       ahci_port_read(port, AHCI_PX_CLBU) == all->port[i].clbu &&
	       ahci_port_read(port, AHCI_PX_FB) == all->port[i].fb &&
	       ahci_port_read(port, AHCI_PX_FBU) == all->port[i].fbu &&
	       ahci_port_read(port, AHCI_PX_IE) == all->port[i].ie;
}

enum err ahci_restore(struct ahci *hba, const struct ahci_state *save)
{
	enum err err = OK;

	/* off only behind a reset of the whole function, which took the port enables too */
	if (!(ahci_read(hba, AHCI_GHC) & AHCI_GHC_AE))
		err = ahci_enable(hba);
	ahci_put_enables_back(hba);
	if (!err)
		err = ahci_stop_ports(hba);
	for (unsigned i = 0; i < AHCI_PORTS; i++) {
		struct ahci_port *port = ahci_port_at(hba, i);

		if (!port->implemented)
			continue;
		ahci_port_clear(port);
		ahci_port_write(port, AHCI_PX_CLB, save->port[i].clb);
		ahci_port_write(port, AHCI_PX_CLBU, save->port[i].clbu);
		ahci_port_write(port, AHCI_PX_FB, save->port[i].fb);
		ahci_port_write(port, AHCI_PX_FBU, save->port[i].fbu);
		ahci_port_write(port, AHCI_PX_IE, save->port[i].ie);
		if (!err && !reads_as_saved(port, save))
			err = ERR_MISMATCH;
	}
	ahci_write(hba, AHCI_GHC, save->ghc & (AHCI_GHC_AE | AHCI_GHC_IE));
	if (!err && (ahci_read(hba, AHCI_GHC) ^ save->ghc) & (AHCI_GHC_AE | AHCI_GHC_IE))
		err = ERR_MISMATCH;
	return err;
}

/*
 * ERR_TIMEOUT: the bits are still set after us microseconds. GHC and BOHC have reserved bits, so
 * all-ones is no value of theirs: ERR_GONE if the function reads so too, and else not yet ready.
 */
static enum err wait_clear(struct ahci *hba, unsigned reg, uint32_t bits, uint64_t us)
{
	struct hw_timer timer = hw_timer_us(hba->hw, us);

	for (;;) {
		bool expired = hw_expired(hba->hw, &timer);
		uint32_t seen = ahci_read(hba, reg);

		if (seen == UINT32_MAX && (expired || pci_fn_is_gone(hba->fn)))
			return ERR_GONE;
		if (!(seen & bits))
			return OK;
		if (expired)
			return ERR_TIMEOUT;
		hba->hw->ops->relax(hba->hw);
	}
}

enum err ahci_wait_reset(struct ahci *hba)
{
	return wait_clear(hba, AHCI_GHC, AHCI_GHC_HR, AHCI_RESET_US);
}

enum err ahci_handoff(struct ahci *hba)
{
	uint32_t bohc;
	enum err err;

	if (!(hba->cap2 & AHCI_CAP2_BOH))
		return OK;
	bohc = ahci_read(hba, AHCI_BOHC);
	if (bohc == UINT32_MAX)
		return ERR_GONE;
	/*
	 * BOHC.OOC is RWC: writing the register back would clear it, so only the wanted bits are
	 * written.
	 */
	ahci_write(hba, AHCI_BOHC, (bohc & 0x4) | AHCI_BOHC_OOS);
	err = wait_clear(hba, AHCI_BOHC, AHCI_BOHC_BOS, AHCI_BOH_US);
	if (err == ERR_TIMEOUT && ahci_read(hba, AHCI_BOHC) & AHCI_BOHC_BB)
		err = wait_clear(hba, AHCI_BOHC, AHCI_BOHC_BOS | AHCI_BOHC_BB, AHCI_BOH_BUSY_US);
	return err;
}

/* There are HBAs that take AE at the second or third write only: Linux tries five times too. */
enum err ahci_enable(struct ahci *hba)
{
	for (unsigned n = 1; n <= AHCI_AE_WRITES; n++) {
		uint32_t seen;

		ahci_write(hba, AHCI_GHC, AHCI_GHC_AE);
		seen = ahci_read(hba, AHCI_GHC);
		if (seen == UINT32_MAX)
			return ERR_GONE;
		if (n > hba->ae_writes)
			hba->ae_writes = n;
		if (seen & AHCI_GHC_AE)
			return OK;
		hw_delay_us(hba->hw, AHCI_AE_PAUSE_US);
	}
	return ERR_MISMATCH;
}

enum err ahci_reset(struct ahci *hba)
{
	enum err err = ahci_enable(hba);

	if (err)
		return err;
	ahci_write(hba, AHCI_GHC, AHCI_GHC_AE | AHCI_GHC_HR);
	err = ahci_wait_reset(hba);
	/* The reset cleared AE where AE is RW; where CAP.SAM is set it is RO 1. */
	if (!err)
		err = ahci_enable(hba);
	if (!err)
		ahci_put_enables_back(hba);
	return err;
}

void ahci_irq_enable(struct ahci *hba, bool on)
{
	if (on) {
		for (unsigned i = 0; i < AHCI_PORTS; i++) {
			if (hba->port[i].implemented)
				ahci_port_clear(&hba->port[i]);
		}
	}
	ahci_write(hba, AHCI_GHC, AHCI_GHC_AE | (on ? AHCI_GHC_IE : 0));
	(void)ahci_read(hba, AHCI_GHC); /* flush the posted write */
}

bool ahci_irq(struct ahci *hba)
{
	uint32_t is = ahci_read(hba, AHCI_IS);

	if (!is)
		return false;
	for (unsigned i = 0; i < AHCI_PORTS; i++) {
		struct ahci_port *port = ahci_port_at(hba, i);
		uint32_t port_is;

		if (!port->implemented || !(is >> i & 1))
			continue;
		port_is = ahci_port_read(port, AHCI_PX_IS);
		ahci_port_write(port, AHCI_PX_IS, port_is);
		port->served |= port_is;
		port->served_count++;
	}
	/* IS latches PxIS and PxIE: cleared before the port, it would be set again (sec 10.7). */
	ahci_write(hba, AHCI_IS, is);
	(void)ahci_read(hba, AHCI_IS); /* flush: the line must fall before the EOI */
	return true;
}
