/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns an xHCI controller as an interrupt source: the event is a No Op Command that completes, on
 * interrupter 0. Its own mask is IMAN.IE; USBCMD.INTE is on while the source is armed. Between
 * checks it runs, idle, or is halted, as the last one left it.
 */
#include "drivers/xhci.h"
#include "run/bench/source.h"

struct source_xhci {
	struct xhci x;
	struct xhci_state found;
	bool saved;
};

_Static_assert(sizeof(struct source_xhci) <= SOURCE_STATE, "an xHCI source has its room");

static struct xhci *own(struct source *s)
{
	return &((struct source_xhci *)(void *)s->state)->x;
}

static const struct xhci *own_const(const struct source *s)
{
	return &((const struct source_xhci *)(const void *)s->state)->x;
}

static bool matches(const struct pci_fn *fn)
{
	return fn->class_revision >> 8 == PCI_CLASS_SERIAL_USB_XHCI;
}

static void mask(struct source *s)
{
	xhci_set_ie(own(s), false);
}

static void unmask(struct source *s)
{
	xhci_set_ie(own(s), true);
}

static void clear(struct source *s)
{
	(void)xhci_take(own(s));
}

static bool handle(struct source *s)
{
	return xhci_take(own(s));
}

static bool pending(struct source *s)
{
	return xhci_op_read(own(s), XHCI_USBSTS) & XHCI_USBSTS_EINT;
}

static enum err ack(struct source *s)
{
	clear(s);
	return OK;
}

static void disarm(struct source *s)
{
	mask(s);
	xhci_set_inte(own(s), false);
	clear(s);
}

static enum err rest(struct source *s)
{
	disarm(s);
	return xhci_halt(own(s));
}

static bool connected(const struct xhci *x)
{
	for (unsigned i = 0; i < x->ports; i++) {
		if (xhci_op_read(x, XHCI_PORTSC + 16 * i) & XHCI_PORTSC_CCS)
			return true;
	}
	return false;
}

/* One command by polling, interrupts off: the bench must know before any line is known. */
static const char *try_it(struct source *s, enum err *ret_err)
{
	struct xhci *x = own(s);

	*ret_err = xhci_reset(x);
	if (*ret_err)
		return "the controller does not halt, or does not come out of HCRST (see hw xhci)";
	*ret_err = xhci_run(x);
	if (*ret_err)
		return "the controller does not run: USBSTS.HCH stays 1 (see hw xhci)";
	xhci_no_op(x);
	*ret_err = xhci_wait(x, XHCI_COMMAND_US);
	if (*ret_err == ERR_IO)
		return "the controller answers No Op with an error (see hw xhci)";
	return *ret_err ? "the controller does not answer No Op within 5 s (see hw xhci)" : NULL;
}

static void meet(struct source *s)
{
	struct source_xhci *own_state = (void *)s->state;
	struct xhci *x = own(s);
	enum err handoff, err;
	const char *why;

	s->init_err = xhci_init(x, s->fn);
	if (s->init_err)
		return;
	handoff = xhci_handoff(x);
	xhci_save(x, &own_state->found);
	own_state->saved = true;
	x->has_devices = connected(x);
	why = try_it(s, &err);
	stream_line(&s->lab->out,
		    "# hw xhci base=%lx version=%04x ports=%u connected=%u scratchpads=%u "
		    "handoff=%q found=%08x usbcmd=%08x usbsts=%08x code=%u error=%q",
		    x->base, x->version, x->ports, x->has_devices, x->scratchpads,
		    x->legacy ? err_name(handoff) : "none", own_state->found.usbcmd,
		    xhci_op_read(x, XHCI_USBCMD), xhci_op_read(x, XHCI_USBSTS), x->code,
		    err_name(err));
	if (rest(s) && !why)
		why = "the controller does not halt (see hw xhci)";
	s->usable = s->ready = !why;
	s->why = why;
}

static enum err start(struct source *s)
{
	enum err err = own(s)->running ? OK : xhci_run(own(s));

	if (err)
		return err;
	clear(s);
	xhci_set_inte(own(s), true);
	unmask(s);
	return OK;
}

static void begin(struct source *s)
{
	xhci_no_op(own(s));
}

static enum err finish(struct source *s)
{
	return xhci_wait(own(s), XHCI_COMMAND_US);
}

static enum err reset(struct source *s)
{
	return xhci_reset(own(s));
}

static enum err restore(struct source *s)
{
	const struct source_xhci *own_state = (const void *)s->state;

	return own_state->saved ? xhci_restore(own(s), &own_state->found) : OK;
}

/* CAPLENGTH and HCIVERSION: the first dword. */
static uint32_t identity(const struct source *s, uint32_t *ret_known)
{
	const struct xhci *x = own_const(s);

	*ret_known = x->first;
	return hw_read32(x->hw, x->base + XHCI_CAPLENGTH);
}

static unsigned registers(const struct source *s, struct source_register *ret)
{
	const struct xhci *x = own_const(s);

	ret[0] = (struct source_register){ .name = "USBSTS",
					   .key = "usbsts",
					   .at = x->op + XHCI_USBSTS };
	ret[1] = (struct source_register){ .name = "USBCMD",
					   .key = "usbcmd",
					   .at = x->op + XHCI_USBCMD };
	ret[2] = (struct source_register){
		.name = "IMAN", .key = "iman", .at = x->runtime + XHCI_IMAN, .is_enable = true
	};
	return 3;
}

const struct source_kind source_kind_xhci = {
	.name = "xHCI",
	.rank = SOURCE_RANK_XHCI,
	.unreachable = "BAR 0 does not answer as an xHCI controller: its capability registers "
		       "cannot be",
	.message_ends = "a message that was sent has cleared IMAN.IP (xHCI 1.2 sec 5.5.2.1)",
	.matches = matches,
	.meet = meet,
	.start = start,
	.begin = begin,
	.finish = finish,
	.mask = mask,
	.unmask = unmask,
	.clear = clear,
	.handle = handle,
	.pending = pending,
	.ack = ack,
	.rest = rest,
	.disarm = disarm,
	.reset = reset,
	.restore = restore,
	.identity = identity,
	.registers = registers,
};
