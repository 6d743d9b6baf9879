/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* The HBA itself: what must hold before it can serve as a source of interrupts. */
#include "run/bench/bench.h"
#include "run/bench/source_ahci.h"

static struct source_ahci *ahci_of(struct ctx *c)
{
	return source_ahci(&c->lab->bench->own);
}

static void registers(struct ctx *c)
{
	struct bench *b = c->lab->bench;
	struct source_ahci *a = ahci_of(c);

	char version[12];

	bench_prepare(b);
	if (!expect_ok(c, b->own.init_err, "ABAR: CAP and PI"))
		return;
	fmt_text(version, sizeof(version), "%08x", a->hba.version);
	expect_that(c, ahci_has_version(&a->hba), "VS", "00000905 (0.95) to 0001xxxx", version);
}

static void handoff(struct ctx *c)
{
	struct source_ahci *a = ahci_of(c);

	if (!(a->hba.cap2 & AHCI_CAP2_BOH)) {
		check_skip(c, "CAP2.BOH is 0: firmware has nothing to hand off");
		return;
	}
	expect_ok(c, a->handoff_err, "BOHC.BOS after BOHC.OOS = 1");
}

static void reset(struct ctx *c)
{
	struct bench *b = c->lab->bench;
	struct source_ahci *a = ahci_of(c);

	bench_prepare(b);
	if (b->own.init_err) {
		check_error(c, "no HBA registers: %s", err_name(b->own.init_err));
		return;
	}
	expect_ok(c, a->reset_err,
		  a->reset_err == ERR_MISMATCH ? "GHC.AE reads 1 within 5 writes"
					       : "GHC.HR reads 0 within 1 s");
}

static void ports(struct ctx *c)
{
	struct source_ahci *a = ahci_of(c);

	expect_ok(c, a->stop_err,
		  "PxCMD.CR and PxCMD.FR read 0 within 500 ms of clearing ST and FRE");
}

/* A drive that does not answer says nothing about the function: ERROR, not FAIL. */
static void drive(struct ctx *c)
{
	struct source_ahci *a = ahci_of(c);
	/* two kinds of HBA need more than the reset of AHCI 1.3.1 */
	bool listed = c->lab->bench->quirks & PCI_QUIRK_AHCI_PORT_RESET;
	const char *known = listed ? "; listed: " : "";
	const char *where = listed ? pci_quirk_source(PCI_QUIRK_AHCI_PORT_RESET) : "";
	bool any = false;

	for (unsigned i = 0; i < AHCI_PORTS; i++) {
		enum ahci_drive seen = a->hba.port[i].drive;

		any = any || seen != AHCI_EMPTY || a->lost;
		if (a->lost >> i & 1)
			check_error(
				c,
				"port %u: a device was there (PxSSTS.DET = 3), and after GHC.HR "
				"none is: our reset lost it%s%s",
				i, known, where);
		if (seen == AHCI_DEAD)
			check_error(c,
				    "port %u: a drive shows itself (PxSSTS.DET) and does not "
				    "answer (%s)%s%s",
				    i, a->identify_err ? err_name(a->identify_err) : "busy", known,
				    where);
	}
	if (!any)
		check_skip(c, "every implemented port is empty");
	else if (a->port)
		check_pass(c);
	else if (!a->lost)
		check_skip(c, "no ATA drive with 48-bit addressing and no ATAPI drive");
}

static const struct check checks[] = {
	{ .id = "ahci.registers",
	  .title = "ABAR answers as an HBA: CAP, PI and VS are sane",
	  .spec = "AHCI 1.3.1 sec 3.1",
	  .why = WHY("Everything an AHCI driver does goes through these registers."),
	  .advice = "BAR 5 and Command.MEM: is ABAR assigned, inside the bridge's window, and "
		    "decoded?",
	  .needs = NEED_FUNCTION | NEED_AHCI,
	  .body = registers },
	{ .id = "ahci.handoff",
	  .title = "firmware gives the HBA up when it is asked to",
	  .spec = "AHCI 1.3.1 sec 10.6.3, BOHC",
	  .why = WHY(
		  "Firmware that keeps the HBA goes on handling its interrupts in SMM, beside the "
		  "OS driver."),
	  .advice = "BOHC: does firmware's SMI handler clear BOS when OOS is set?",
	  .needs = NEED_AHCI | NEED_DEVICE,
	  .body = handoff },
	{ .id = "ahci.reset",
	  .title = "an HBA reset ends within one second",
	  .spec = "AHCI 1.3.1 sec 10.4.3, GHC.HR",
	  .why = WHY("A driver's probe gives up on an HBA that does not come out of its reset."),
	  .advice = "GHC.HR: is the HBA clocked, and does a PHY or power state hold it?",
	  .needs = NEED_FUNCTION | NEED_AHCI,
	  .body = reset },
	{ .id = "ahci.ports-stop",
	  .title = "a port stops: PxCMD.CR and PxCMD.FR clear within 500 ms",
	  .spec = "AHCI 1.3.1 sec 10.1.2, PxCMD",
	  .why = WHY(
		  "A port that does not stop goes on writing to memory that its driver has freed."),
	  .advice = "PxCMD.CR and PxCMD.FR of the port, and PxTFD: does its drive still hold a "
		    "command?",
	  .needs = NEED_AHCI | NEED_DEVICE,
	  .body = ports },
	{ .id = "ahci.drive",
	  .title = "every drive that shows itself gets ready; an ATA drive answers IDENTIFY DEVICE",
	  .spec = "AHCI 1.3.1 sec 10.1.2, PxSSTS.DET, PxTFD",
	  .why = WHY("Without a drive that answers, nothing here can be made to interrupt."),
	  .advice = "PxSSTS.DET, PxTFD and PxSERR of the port: cable, power, spin-up.",
	  .needs = NEED_AHCI | NEED_DEVICE,
	  .body = drive },
};

const struct suite suite_ahci = SUITE("ahci", checks);
