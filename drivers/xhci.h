/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * An xHCI controller, owned: reset, the command ring, one event ring, interrupter 0, and one
 * command, No Op, which reaches no port and no device. No device slot is enabled. Source: xHCI 1.2.
 * Memory decode must be on in Command, Bus Master to run. All-ones from USBSTS: ERR_GONE.
 */
#ifndef INTXLAB_DRIVERS_XHCI_H
#define INTXLAB_DRIVERS_XHCI_H

#include "drivers/xhci_regs.h"
#include "pci/config.h"

#define XHCI_COMMANDS 16 /* of the command ring, with the Link TRB */
#define XHCI_EVENTS 64 /* of the event ring */
#define XHCI_MAX_SCRATCHPADS 64 /* pages of 4 KiB that the controller may want for itself */

struct xhci {
	struct hw *hw;
	uint64_t base, op, runtime, doorbell;
	uint32_t first; /* CAPLENGTH, HCIVERSION */
	uint32_t version;
	unsigned ports, scratchpads;
	uint64_t legacy; /* USBLEGSUP; 0: there is none */
	struct hw_dma dma, scratch;
	bool running; /* by us */
	bool dead; /* it did not halt, or did not come out of a reset: no second long wait */
	bool has_devices; /* a port was connected before our first reset */
	/* Since it runs: commands issued, events taken, completions among those. */
	unsigned issued;
	volatile unsigned taken, done;
	volatile uint8_t code; /* of the last completion taken or seen */
};

/* What firmware left. The command ring's pointer cannot be read. */
struct xhci_state {
	uint32_t usbcmd, config, iman, imod, erstsz;
	uint32_t dcbaap[2], erstba[2], erdp[2];
};

static inline uint32_t xhci_op_read(const struct xhci *x, unsigned reg)
{
	return hw_read32(x->hw, x->op + reg);
}

static inline uint32_t xhci_rt_read(const struct xhci *x, unsigned reg)
{
	return hw_read32(x->hw, x->runtime + reg);
}

/*
 * BAR 0, the capability registers, the list of extended capabilities; reads only. ERR_ABSENT: no
 * memory BAR 0; ERR_UNSUPPORTED: not mapped, no pages of 4 KiB, too many scratchpads; ERR_GONE;
 * ERR_INVALID: CAPLENGTH or HCIVERSION cannot be a controller's; ERR_LOOP.
 */
MUST_CHECK enum err xhci_init(struct xhci *x, const struct pci_fn *fn);
/*
 * USBLEGSUP, sec 4.22.1: OS Owned, until BIOS Owned is 0 (ERR_TIMEOUT: 1 s); SMIs off. OK where
 * there is none or firmware does not own it.
 */
MUST_CHECK enum err xhci_handoff(struct xhci *x);
void xhci_save(const struct xhci *x, struct xhci_state *save);
/*
 * Halted, reset, then as saved, read back; but USBCMD.RS is left 0, CRCR and the ports as the reset
 * makes them, and USBLEGSUP stays the OS's. ERR_MISMATCH, ERR_TIMEOUT.
 */
MUST_CHECK enum err xhci_restore(struct xhci *x, const struct xhci_state *save);
/* USBCMD.RS = 0, and nothing else, until USBSTS.HCH. ERR_TIMEOUT: sec 5.4.1.1 gives 16 ms. */
MUST_CHECK enum err xhci_halt(struct xhci *x);
/* Halted, then HCRST (sec 4.2) until it and USBSTS.CNR read 0. Needs no Bus Master. ERR_TIMEOUT. */
MUST_CHECK enum err xhci_reset(struct xhci *x);
/*
 * Halted: rings of ours, empty, no device slot, no interrupt moderation; then RS = 1 until HCH is
 * 0. IE and INTE stay 0. Where devices are connected the events of their ports are waited for and
 * taken: they come once, for no change bit is cleared. ERR_NOMEM, ERR_TIMEOUT.
 */
MUST_CHECK enum err xhci_run(struct xhci *x);
/* USBCMD.INTE, and IMAN.IE; flushed. */
void xhci_set_inte(const struct xhci *x, bool on);
void xhci_set_ie(const struct xhci *x, bool on);

/* Running: a No Op Command, and doorbell 0. Register accesses and memory only. */
void xhci_no_op(struct xhci *x);
/*
 * The last command's completion is in the event ring, taken or not. ERR_IO: its code is not
 * Success, or USBSTS.HSE or HCE; ERR_TIMEOUT; ERR_GONE. Running, or ERR_BUSY.
 */
MUST_CHECK enum err xhci_wait(struct xhci *x, uint64_t us);
/* USBSTS.EINT, IMAN.IP, all events, ERDP.EHB, in this order (sec 4.17.2). False: nothing was. */
bool xhci_take(struct xhci *x);

#endif
