/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * MSI beside INTx: one message and no assertion, what Command gates, and who has a pending
 * interrupt after MSI is turned off. The capability is put back as it was found, whatever --msi
 * says.
 */
#include "run/bench/stage.h"

#define SPEC_PROHIBITED                                                                            \
	"PCI 3.0 sec 6.8.1.3, MSI Enable: the function is prohibited from using its INTx# pin"

struct msi {
	struct stage stage;
	uint16_t control, data; /* as found */
	uint32_t address_lo, address_hi;
	bool ack; /* in the handler */
};

static uint16_t cap(const struct msi *m)
{
	return m->stage.source->msi_cap;
}

static unsigned data_at(const struct msi *m)
{
	return cap(m) + (m->control & PCI_MSI_FLAGS_64BIT ? PCI_MSI_DATA_64 : PCI_MSI_DATA_32);
}

static void read_capability(struct msi *m)
{
	const struct pci_fn *fn = m->stage.fn;

	m->control = pci_cfg_read16(fn, cap(m) + PCI_MSI_FLAGS);
	m->address_lo = pci_cfg_read32(fn, cap(m) + PCI_MSI_ADDRESS_LO);
	if (m->control & PCI_MSI_FLAGS_64BIT)
		m->address_hi = pci_cfg_read32(fn, cap(m) + PCI_MSI_ADDRESS_HI);
	m->data = pci_cfg_read16(fn, data_at(m));
}

static void write_message(struct msi *m, uint64_t address, uint16_t data)
{
	const struct pci_fn *fn = m->stage.fn;

	pci_cfg_write32(fn, cap(m) + PCI_MSI_ADDRESS_LO, (uint32_t)address);
	if (m->control & PCI_MSI_FLAGS_64BIT)
		pci_cfg_write32(fn, cap(m) + PCI_MSI_ADDRESS_HI, (uint32_t)(address >> 32));
	pci_cfg_write16(fn, data_at(m), data);
}

/* One vector; the read behind the write: it has arrived. */
static void set_enable(struct msi *m, bool on)
{
	const struct pci_fn *fn = m->stage.fn;
	uint16_t off = m->control & (uint16_t) ~(PCI_MSI_FLAGS_ENABLE | PCI_MSI_FLAGS_QSIZE);

	pci_cfg_write16(fn, cap(m) + PCI_MSI_FLAGS, on ? off | PCI_MSI_FLAGS_ENABLE : off);
	(void)pci_cfg_read16(fn, cap(m) + PCI_MSI_FLAGS);
}

static void restore_capability(struct msi *m)
{
	struct stage *s = &m->stage;
	struct msi left = *m;

	set_enable(m, false);
	write_message(m, m->address_lo | (uint64_t)m->address_hi << 32, m->data);
	pci_cfg_write16(s->fn, cap(m) + PCI_MSI_FLAGS, m->control);
	read_capability(&left);
	stage_verify(s, "Message Control", left.control, m->control);
	stage_verify(s, "Message Address", left.address_lo, m->address_lo);
	stage_verify(s, "Message Upper Address", left.address_hi, m->address_hi);
	stage_verify(s, "Message Data", left.data, m->data);
}

static bool handle(void *arg)
{
	struct msi *m = arg;

	if (m->ack)
		source_clear(m->stage.source);
	return true;
}

/* The entry of the line is routed and masked, so that expect_line() can look at it. */
static bool route_masked(struct stage *s)
{
	struct irqc *irqc = s->line->irqc;

	s->line->hw->ops->irq_switch(s->line->hw, false);
	return expect_ok(s->c, irqc->ops->route(irqc, s->line->gsi, LINE_VECTOR, s->line->polarity),
			 "the line's entry is programmed");
}

/* MSI enabled with its message to this CPU, its vector requested. */
static bool begin(struct ctx *c, struct msi *m)
{
	struct stage *s = &m->stage;
	uint64_t address;
	uint16_t data;

	if (!c->lab->bench->own.msi_cap) {
		check_skip(c, "the function has no MSI capability");
		return false;
	}
	if (c->lab->no_msi[0]) {
		check_skip(c, "%s", c->lab->no_msi);
		return false;
	}
	if (line_msi_message(&c->lab->bench->line, &address, &data)) {
		check_skip(c, "no MSI can name this CPU");
		return false;
	}
	if (!stage_open(s, c))
		return false;
	read_capability(m);
	if (route_masked(s) &&
	    expect_ok(c, line_request_msi(s->line, handle, m), "the vector is requested")) {
		write_message(m, address, data);
		set_enable(m, true);
		return true;
	}
	stage_close(s);
	return false;
}

static void finish(struct msi *m)
{
	if (source_ack(m->stage.source))
		check_error(m->stage.c, "the source could not be put to rest");
	restore_capability(m);
	stage_close(&m->stage);
}

static void one_message_no_intx(struct ctx *c)
{
	struct msi m = { .ack = false };
	struct stage *s = &m.stage;

	if (!begin(c, &m))
		return;
	raise_event(c);
	stage_expect_count(s, 1, "messages");
	expect_line(c, LINE_DEASSERTED, "the line with MSI enabled, the event not acknowledged");
	stage_ack(s);
	raise_event(c);
	stage_expect_count(s, 2, "messages after the second event");
	finish(&m);
}

static void disintx_does_not_stop(struct ctx *c)
{
	struct msi m = { .ack = true };
	struct stage *s = &m.stage;

	if (!begin(c, &m))
		return;
	write_disintx(c, true);
	raise_event(c);
	stage_expect_count(s, 1, "messages with DisINTx = 1");
	finish(&m);
}

/* The device needs Bus Master for the event itself: it is held back there and let out later. */
static void needs_bus_master(struct ctx *c)
{
	struct msi m = { .ack = true };
	struct stage *s = &m.stage;

	if (!begin(c, &m))
		return;
	expect_ok(c, source_hold(s->source), "the device has an event, not let out");
	pci_cfg_write16(s->fn, PCI_COMMAND, read_command(c) & (uint16_t)~PCI_COMMAND_MASTER);
	source_let_go(s->source);
	if (source_shows_event(s->source))
		expect_eq(c, source_pending(s->source), 1, "the device's own interrupt status");
	quiet_window(c);
	expect_eq(c, s->line->count, 0, "messages with Bus Master = 0 in a 200 us window");
	source_clear(s->source);
	pci_cfg_write16(s->fn, PCI_COMMAND, read_command(c) | PCI_COMMAND_MASTER);
	stage_ack(s);
	raise_event(c);
	stage_expect_count(s, 1, "messages of the next event, Bus Master = 1");
	finish(&m);
}

static void enable_holds_intx(struct ctx *c)
{
	struct msi m = { .ack = false };
	struct stage *s = &m.stage;

	if (!begin(c, &m))
		return;
	write_disintx(c, true);
	raise_event(c);
	stage_expect_count(s, 1, "messages with DisINTx = 1");
	write_disintx(c, false);
	expect_line(c, LINE_DEASSERTED, "the line after DisINTx = 0, MSI still enabled");
	finish(&m);
}

static void off_hands_back(struct ctx *c)
{
	struct msi m = { .ack = false };
	struct stage *s = &m.stage;
	const struct source *own = &c->lab->bench->own;

	if (own->msi_cap && own->kind->message_ends) {
		check_skip(c, "%s", own->kind->message_ends);
		return;
	}
	if (!begin(c, &m))
		return;
	raise_event(c);
	stage_expect_count(s, 1, "messages");
	set_enable(&m, false);
	expect_line(c, LINE_ASSERTED, "the line after MSI was turned off, an event pending");
	finish(&m);
}

static void acked_hands_back_nothing(struct ctx *c)
{
	struct msi m = { .ack = true };
	struct stage *s = &m.stage;

	if (!begin(c, &m))
		return;
	raise_event(c);
	stage_expect_count(s, 1, "messages");
	set_enable(&m, false);
	expect_line(c, LINE_DEASSERTED, "the line after MSI was turned off, nothing pending");
	expect_eq(c, interrupt_status(c), 0, "Interrupt Status");
	finish(&m);
}

/* A pending interrupt may be lost or sent again here (PCIe Base): only what follows is judged. */
static void off_and_on(struct ctx *c)
{
	struct msi m = { .ack = false };
	struct stage *s = &m.stage;
	unsigned before;

	if (!begin(c, &m))
		return;
	raise_event(c);
	stage_expect_count(s, 1, "messages");
	set_enable(&m, false);
	set_enable(&m, true);
	quiet_window(c);
	before = s->line->count;
	/* recorded, not judged: 0 is lost, 1 sent again */
	stream_line(&c->lab->out, "# hw msi_pending check=%s sent_again=%u", c->id, before - 1);
	stage_ack(s);
	before = s->line->count;
	m.ack = true;
	raise_event(c);
	stage_expect_count(s, before + 1, "messages after the next event");
	finish(&m);
}

static const struct check checks[] = {
	{ .id = "msi.one-message-no-intx",
	  .title = "with MSI enabled an event is one message, and the line stays deasserted",
	  .spec = SPEC_PROHIBITED,
	  .why = WHY(
		  "A function that sends both interrupts twice, and its INTx belongs to nobody: a "
		  "storm."),
	  .advice = "No message at all: sent, or lost in a bridge? Else Message Control.Enable "
		    "against the driver of INTx.",
	  .quirk = PCI_QUIRK_NO_MSI,
	  .needs = NEED_ROUTE,
	  .body = one_message_no_intx },
	{ .id = "msi.disintx-does-not-stop",
	  .title = "DisINTx does not stop a message",
	  .spec = "PCI 3.0 sec 6.2.2, Command[10]: INTx# only",
	  .why = WHY("Linux sets DisINTx when it enables MSI; a device that stops then is silent."),
	  .advice = "What gates messages: Bus Master and MSI Enable, never DisINTx.",
	  .quirk = PCI_QUIRK_MSI_INTX_DISABLE | PCI_QUIRK_NO_MSI,
	  .needs = NEED_ROUTE | NEED_DISINTX,
	  .body = disintx_does_not_stop },
	{ .id = "msi.needs-bus-master",
	  .title = "without Bus Master no message is sent, and with it the next event's is",
	  .spec = "PCI 3.0 sec 6.2.2, Command[2]; sec 6.8, a message is a memory write",
	  .why = WHY("A message is a memory write; sent without Bus Master it writes where nobody "
		     "allowed it."),
	  .advice = "Command[2] against the message engine; then what is sent of the next event.",
	  .quirk = PCI_QUIRK_NO_MSI,
	  .needs = NEED_ROUTE,
	  .body = needs_bus_master },
	{ .id = "msi.enable-holds-intx",
	  .title = "clearing DisINTx while MSI is enabled does not assert a pending line",
	  .spec = SPEC_PROHIBITED,
	  .why = WHY("vfio-pci clears DisINTx while MSI is on; INTx must not rise by that."),
	  .advice = "Message Control.Enable against the driver of INTx with DisINTx = 0.",
	  .quirk = PCI_QUIRK_NO_MSI,
	  .needs = NEED_ROUTE | NEED_DISINTX,
	  .body = enable_holds_intx },
	{ .id = "msi.off-hands-back",
	  .title = "an event still pending asserts the line when MSI is turned off",
	  .spec = "PCI 3.0 sec 2.2.6, INTx is level sensitive; sec 6.8.1.3, MSI Enable",
	  .why = WHY("A driver that falls back from MSI to INTx must not lose what is pending."),
	  .advice = "INTx right behind Enable = 0: it must be driven from the condition.",
	  .quirk = PCI_QUIRK_NO_MSI,
	  .needs = NEED_ROUTE,
	  .body = off_hands_back },
	{ .id = "msi.acked-hands-back-nothing",
	  .title = "an event acknowledged before MSI is turned off leaves the line deasserted",
	  .spec = "PCI 3.0 sec 6.2.2, Command[10]; sec 6.8.1.3, MSI Enable",
	  .why = WHY("A line that rises when MSI goes off, with nothing pending, storms."),
	  .advice = "What INTx is driven from behind Enable = 0: nothing is pending.",
	  .quirk = PCI_QUIRK_NO_MSI,
	  .needs = NEED_ROUTE,
	  .body = acked_hands_back_nothing },
	{ .id = "msi.off-and-on",
	  .title = "MSI turned off and on with an event pending: the next event is one message",
	  .spec = "observation: the pending one may be lost",
	  .why = WHY("Drivers turn MSI off and on for reset and resume; the device must still "
		     "interrupt after it."),
	  .advice = "The message engine behind Enable 1, 0, 1: does it wait for an edge that is "
		    "gone?",
	  .quirk = PCI_QUIRK_NO_MSI,
	  .needs = NEED_ROUTE,
	  .body = off_and_on },
};

const struct suite suite_msi = CONFORMANCE_SUITE("msi", checks);
