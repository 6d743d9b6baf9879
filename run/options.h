/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The option grammar: words separated by blanks or line ends, "--name value" or "--name=value", '#'
 * to the end of a line is a comment. Where the text came from is the composition root's business.
 */
#ifndef INTXLAB_RUN_OPTIONS_H
#define INTXLAB_RUN_OPTIONS_H

#include "pci/config.h"

#define OPTIONS_TEXT_MAX 2048 /* longer text is an error, never cut */
#define OPTIONS_WORD_MAX 128 /* bytes of one name or value, its end included */

#define OPTIONS_REPEAT_MAX 10000
#define OPTIONS_DEVICES_MAX 8

enum options_action { ACTION_RUN, ACTION_LIST, ACTION_SURVEY, ACTION_HELP };
enum options_intx_mask { INTX_MASK_AUTO, INTX_MASK_DEVICE, INTX_MASK_CONTROLLER };
enum options_end { END_RETURN, END_RESET, END_OFF };

struct options {
	enum options_action action;
	bool has_end;
	enum options_end end; /* never END_RETURN with bare */
	bool bare; /* ExitBootServices first, and nothing is given back; only with ACTION_RUN */
	char suite[OPTIONS_WORD_MAX]; /* glob over suite names; "" = all */
	char check[OPTIONS_WORD_MAX]; /* glob over check ids; "" = all */
	char skip[OPTIONS_WORD_MAX]; /* glob over check ids; "" = none */
	char sequence[OPTIONS_WORD_MAX]; /* one sequence; "" = all */
	char policy[OPTIONS_WORD_MAX]; /* "" = the default, "all" = every one */
	bool msi; /* the managed owner uses MSI where the function has it */
	enum options_intx_mask intx_mask; /* where vfio-pci masks */
	unsigned fail_alloc; /* the so-many-th INTx node allocation and all later fail; 0: none */
	bool device_all; /* every function that can be made to interrupt */
	unsigned device_count; /* those that were named, each once; 0: none */
	struct sbdf device[OPTIONS_DEVICES_MAX];
	bool has_neighbour;
	struct sbdf neighbour; /* another function, on the same line */
	bool own_boot_device;
	uint32_t shuffle; /* seed of the order; 0: the plan's own */
	unsigned repeat; /* rounds, 1 to OPTIONS_REPEAT_MAX; 0: one */
	bool witness;
	bool verbose;
	bool has_exit_port;
	uint16_t exit_port;
};

/*
 * ERR_INVALID with one sentence in why (always ended) for an unknown option, a missing or malformed
 * value, a word or text too long, a byte that is not printable ASCII. *ret_options is untouched
 * then.
 */
MUST_CHECK enum err options_parse(const char *text, struct options *ret_options, char *why,
				  size_t why_size);

/* Some checks were asked for by name, or left out: a run of those says nothing of the others. */
bool options_select(const struct options *opt);

/* One line each, to help a person: name, value, what it does. Ends with a NULL. */
extern const char *const options_help[];

/* '*' any run, '?' any one; no classes. */
bool glob_match(const char *glob, const char *text);
/* Any of several, with commas between. */
bool glob_match_any(const char *globs, const char *text);
/* The first of several; where the others begin, NULL behind the last. */
const char *glob_next(const char *globs, char one[OPTIONS_WORD_MAX]);

#endif
