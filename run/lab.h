/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * A run, from its first line to its end marker. The composition root (efi/main.c, tests/sim/main.c)
 * calls these in this order, and prints its own facts behind lab_begin():
 *
 *	lab_begin     header line
 *	find_function()  run/bench/find.h: ACPI tables, ECAM, enumeration, the functions under test
 *	product_init()   run/suites/product.h: what stands around the checks
 *	lab_plan      the plan over all suites of the run
 *	(root: firmware lets go of lab->fn; DMA memory; machine taken; lab->irqc set)
 *	lab_run_before   all suites in front of the last ones, in the run's order and rounds
 *	lab_release   the function as firmware had it
 *	(root: machine returned, firmware reconnected)
 *	lab_run       the last ones, about that: "leave" first
 *	claims_tell   run/claims.h: the answers
 *	lab_end       end marker; the verdict
 *
 * Whatever ends a run early goes through lab_stop(): one sentence, then the end marker.
 */
#ifndef INTXLAB_RUN_LAB_H
#define INTXLAB_RUN_LAB_H

#include "pci/acpi.h"
#include "pci/enumerate.h"
#include "pci/policy.h"
#include "pci/trace.h"
#include "run/options.h"
#include "run/stream.h"

struct lab;
struct suite;
struct claim;
struct ctx;
struct irqc;
struct bench; /* run/bench/bench.h */
struct play; /* run/sequences/sequence.h */
struct source_kind; /* run/bench/source.h */

/* UNTESTED: nothing that was not asked for by name failed, and what a run is for was not tested. */
enum lab_verdict {
	LAB_PASS,
	LAB_FAIL,
	LAB_ERROR,
	LAB_SKIP,
	LAB_UNTESTED,
	LAB_DONE,
	LAB_USAGE,
	LAB_CANNOT,
};

#define LAB_MAX_CHECKS 512
#define LAB_MAX_POLICIES 16
#define LAB_ID_MAX 80
#define LAB_REASONS 200
#define LAB_REASON_MAX 128
#define LAB_MISMATCHES 512
#define LAB_MAX_TARGETS 32

/*
 * What the order moves: checks that stand side by side in the list of all (every suite's, one suite
 * behind the other). One check, or a sequence with those that stand on it.
 */
struct lab_unit {
	uint16_t first, count;
};

/* The worst of a check's rounds. */
struct lab_worst {
	uint8_t verdict; /* enum verdict */
	uint8_t reason; /* number of its text, from 1; 0: none is kept */
	uint16_t round; /* the first that ended so */
};

/* When a check's registers are read: as it begins, at its first mismatch, as it ends. */
enum lab_moment { LAB_BEFORE, LAB_FAILED, LAB_AFTER, LAB_MOMENTS };

/*
 * What stands around every check. The bench and the sequences know the run; this is all that the
 * run knows of them. run/suites/product.c fills it in.
 */
struct lab_around {
	/*
	 * The function answers, and has lost what no check takes of it: it left in between and came
	 * back. NULL: nobody knows.
	 */
	bool (*was_reset)(struct lab *lab);
	/* 0, or the first NEED_* that is not met, and why; *ret_error: an ERROR, not a SKIP. */
	unsigned (*unmet)(struct lab *lab, unsigned needs, const char **ret_why, bool *ret_error);
	/* What the next check finds is what it, or the sequence it begins, must leave. */
	void (*begin)(struct lab *lab);
	void (*read)(struct ctx *c, enum lab_moment moment);
	void (*tell)(const struct ctx *c, enum lab_moment moment);
	/* Linux's list names this function for what the check looks at: its source; else NULL. */
	const char *(*listed)(const struct ctx *c);
	/* Behind a check, or a whole sequence, that nothing stands on: nothing may be left of it.
	 */
	void (*clear)(struct ctx *c);
	/* The check ended in a fault, or in a bug of ours. */
	void (*faulted)(struct ctx *c);
	void (*begin_policy)(struct lab *lab);
	void (*end_policy)(struct lab *lab);
	/* Owners let go, the function as firmware had it. */
	void (*release)(struct lab *lab);
};

/* A function under test, chosen; what came of it. */
struct lab_target {
	struct pci_fn *fn;
	const struct source_kind *kind;
	bool untested; /* a claim that must be tested was not */
};

struct lab_about { /* who runs: the root's word */
	const char *version, *git, *arch, *mode;
	uint64_t run_id;
};

struct lab {
	struct hw *hw; /* through the trace: hand this to everybody */
	struct hw_trace trace;
	struct stream out;
	struct options opt;
	struct lab_about about;
	uint64_t started; /* ticks at entry */

	struct acpi_madt madt;
	struct pci_tree *tree; /* storage is the root's */
	/* one after the other; with several, ids have the function's name behind them */
	struct lab_target target[LAB_MAX_TARGETS];
	unsigned target_count, target_index;
	/* The root's: may this function be taken from firmware? Says why not. NULL: any. */
	bool (*may_take)(struct lab *lab, struct pci_fn *fn);
	struct pci_fn *fn; /* the function under test; NULL: none */
	char refused[LAB_REASON_MAX]; /* why it was not taken after all; "": it was */
	/* the root's, once the machine is taken; NULL: no controller was found */
	struct pci_fn *neighbour; /* another one, let go by firmware too; NULL: none */
	/* what can be made of them, as they were chosen */
	const struct source_kind *fn_kind, *neighbour_kind;
	struct irqc *irqc;
	/* why no delivery can be judged (interrupt remapping); NULL: it can */
	const char *no_delivery;
	/* why no message of the function becomes an interrupt; "": nothing is known to be so */
	char no_msi[LAB_REASON_MAX], no_msi_all[LAB_REASON_MAX];
	const struct lab_around *around; /* NULL: nothing is run */
	struct bench *bench; /* the source, the line, what was learned */
	struct play *play; /* the sequences' */

	unsigned expectations; /* judged so far, in every round */
	unsigned planned, reported, pass, fail, error, skip;
	const struct claim *claims; /* run/claims.h; ends with one without an id */
	bool claims_told;
	const struct suite *const *suites;
	unsigned suite_count;
	bool selected[LAB_MAX_CHECKS];
	unsigned round, rounds; /* the one in progress, from 1; how many there are */
	uint32_t shuffle; /* the generator's state */
	/* the order of this round: what runs once, and what runs for every policy */
	struct lab_unit unit[LAB_MAX_CHECKS];
	unsigned head, policy_units, tail; /* so many, one kind behind the other */
	struct lab_worst worst[LAB_MAX_CHECKS][LAB_MAX_POLICIES];
	char reason[LAB_REASONS][LAB_REASON_MAX];
	unsigned reasons;
	uint32_t mismatch[LAB_MISMATCHES]; /* hashes of those that earlier rounds wrote */
	unsigned mismatches;
	const struct policy *policies; /* the rows of this run ... */
	unsigned policy_count;
	const struct policy *policy; /* ... and the one in progress; NULL: none */
	char running[LAB_ID_MAX]; /* id of the check in progress; "": none */
	char gone[LAB_ID_MAX]; /* id of the check in which the function left; "": it is there */
	const char *gone_how; /* what it does since: "reads all-ones"; NULL: that */
	const char
		*gone_by; /* ... by this reset of ours, which it did not come back from; or NULL */
	bool plan_printed;
	bool stopped;
	uint64_t ended; /* ticks at the first lab_end() */
	enum lab_verdict verdict;
};

/*
 * copy: memory for the report file's text (may be NULL). opt: parsed. Prints the header's first
 * line.
 */
void lab_begin(struct lab *lab, struct hw *below, char *copy, size_t copy_size,
	       const struct lab_about *about);

/*
 * One sentence, and the verdict the run ends with (LAB_SKIP, LAB_USAGE, LAB_CANNOT, LAB_DONE). The
 * first call counts.
 */
void lab_stop(struct lab *lab, enum lab_verdict verdict, const char *fmt, ...);

/*
 * Which checks run, in order, and the plan line. ERR_INVALID: a glob or --sequence matched nothing
 * (lab_stop called);
 * --list prints ids and titles instead and stops with LAB_DONE. May be called before the machine is
 * taken.
 */
MUST_CHECK enum err lab_plan(struct lab *lab, const struct suite *const *suites, unsigned count);
/*
 * Around each function under test where there are several; nothing is remembered of the one before
 * but its counts, and whether it was tested. The end tells its claims.
 */
void lab_begin_target(struct lab *lab, unsigned index);
void lab_end_target(struct lab *lab);

/*
 * Every suite in front of last, --repeat times over. The order is the plan's: what no policy makes
 * a difference to, then for each policy what does. With --shuffle the checks of the first kind are
 * in one random order across their suites and sequences in a random order as wholes; suites behind
 * the policies' keep their places. A round before the last writes only what did not go well.
 */
void lab_run_before(struct lab *lab, const struct suite *last);
/* One suite, once, in its own order. */
void lab_run(struct lab *lab, const struct suite *suite);

/*
 * Owners let go, the function is put back as firmware had it. Always called once the machine was
 * taken, whatever was selected; the suite "leave" judges what it found.
 */
void lab_release(struct lab *lab);

/*
 * The end marker; returns the verdict. To write it into the report file before it is sent, a root
 * calls this with lab->out.silent set, writes the file from the copy, and calls it again with
 * silent cleared and the copy taken away: both calls give the same line.
 */
enum lab_verdict lab_end(struct lab *lab);

const char *lab_verdict_name(enum lab_verdict verdict); /* "PASS" … */
unsigned lab_exit_value(enum lab_verdict verdict); /* 0x10 … 0x13 */

#endif
