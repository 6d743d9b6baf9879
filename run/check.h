/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Checks and suites: a check is a body and a row that stand side by side in one file; a suite is an
 * array of rows. Nothing else is edited to add one.
 */
#ifndef INTXLAB_RUN_CHECK_H
#define INTXLAB_RUN_CHECK_H

#include "run/lab.h"

/* Worst wins. ERROR: it could not be tried. FAIL: the hardware did it and disagreed. */
enum verdict { VERDICT_NONE, VERDICT_PASS, VERDICT_SKIP, VERDICT_ERROR, VERDICT_FAIL };

const char *verdict_name(enum verdict verdict); /* "PASS" … ; "NONE" */

enum {
	NEED_FUNCTION = 1 << 0, /* a function under test, owned */
	NEED_AHCI = 1 << 1, /* ... that is an AHCI controller */
	NEED_INTX_PIN = 1 << 2, /* Interrupt Pin is 1-4 */
	NEED_SOURCE = 1 << 3, /* NEED_DEVICE, and it can be made to raise an interrupt */
	/* --neighbour, able to raise an interrupt, on the same line: NEED_ROUTE as well */
	NEED_NEIGHBOUR = 1 << 6,
	NEED_OWN_MASK = 1 << 8, /* NEED_DEVICE, and its own enable holds an event back */
	NEED_DISINTX = 1 << 9, /* Command[10] is not read-only 0 */
	NEED_RTE = 1 << 10, /* NEED_ROUTE, and the controller has an entry with remote IRR for it */
	NEED_DEVICE = 1 << 7, /* ... whose registers answer, and that came out of its reset */
	NEED_MSI = 1 << 5, /* --msi on, and an MSI capability */
	NEED_ROUTE = 1 << 4, /* the line was found: NEED_SOURCE and NEED_INTX_PIN as well */
};

/* Why a check matters is for the documentation: hosted --list tells it, the image does without. */
#define WHY(text) (__STDC_HOSTED__ ? (text) : NULL)

struct suite;

struct ctx {
	struct lab *lab;
	const struct suite *suite;
	const struct check *check;
	const char *id; /* the check's, with the policy's name behind it when there are several */
	enum verdict verdict;
	char reason[160]; /* why SKIP or ERROR; of a FAIL its first mismatch */
	bool untried; /* the event did not come: nothing is expected of what stands on it */
	bool told; /* a mismatch was written, and not one that an earlier round wrote */
};

struct check {
	const char *id; /* dotted, begins with the suite's name, frozen */
	const char *title; /* the sentence that is true when it passes */
	const char *spec; /* document, section, field; "observation" where no document says so */
	/* One sentence each; NULL: the suite's. */
	const char *why; /* why it matters to somebody whose board breaks it */
	const char *advice; /* what to look at first when it fails */
	unsigned quirk; /* PCI_QUIRK_*: a function that has it is known to fail here */
	unsigned needs;
	void (*body)(struct ctx *c);
	const void *data; /* the body's own, e.g. a step of a sequence */
};

struct suite {
	const char *name;
	const struct check *checks;
	size_t count;
	void (*begin)(struct lab *lab); /* before the first selected check; may be NULL */
	/* Without this option it is planned only when it is asked for by name; NULL: always. */
	bool (*applies)(const struct options *opt);
	bool per_policy; /* runs once for every policy of the run */
	bool whole; /* its checks stand on each other: all of them or none */
	/* whole: the suite in front of it, that it stands on, selected with it; may be NULL */
	const char *runs_after;
	const char *why, *advice; /* of checks that have none of their own */
};

#define SUITE(suite_name, rows)                                                                    \
	{                                                                                          \
		.name = (suite_name), .checks = (rows), .count = sizeof(rows) / sizeof((rows)[0])  \
	}

/*
 * The device's and the controller's rules: no policy makes a difference to them, so a run that
 * compares policies leaves them out unless they are asked for by name.
 */
#define CONFORMANCE_SUITE(suite_name, rows)                                                        \
	{                                                                                          \
		.name = (suite_name), .checks = (rows), .count = sizeof(rows) / sizeof((rows)[0]), \
		.applies = suite_compares_no_policies                                              \
	}

bool suite_compares_no_policies(const struct options *opt);

/* "function ahci route": the words of --list for a check's needs. */
void needs_words(unsigned needs, char *buf, size_t size);
/* The check's, or its suite's. */
const char *check_why(const struct suite *suite, const struct check *check);
const char *check_advice(const struct suite *suite, const struct check *check);

/* The verdict so far becomes the worse of itself and this; a reason is kept with the worst. */
void check_pass(struct ctx *c);
void check_skip(struct ctx *c, const char *fmt, ...);
void check_error(struct ctx *c, const char *fmt, ...);
void check_fail(struct ctx *c, const char *what, const char *expected, const char *observed);

/* PASS or FAIL with its evidence line; true when good. what names the register or count. */
bool expect_that(struct ctx *c, bool good, const char *what, const char *expected,
		 const char *observed);
bool expect_eq(struct ctx *c, uint64_t observed, uint64_t expected, const char *what);
bool expect_hex(struct ctx *c, uint64_t observed, uint64_t expected, unsigned digits,
		const char *what);
bool expect_at_least(struct ctx *c, uint64_t observed, uint64_t least, const char *what);
/* OK is a PASS; ERR_GONE, ERR_TIMEOUT … are what the caller says they are. */
bool expect_ok(struct ctx *c, enum err err, const char *what);

#endif
