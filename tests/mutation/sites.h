/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Included in front of a file of run/suites, run/sequences or run/bench (-include), this makes
 * every call of an expectation tell its place. The product's sources know nothing of it. In
 * run/suites (SITES_IN_SUITES) those of the bench's functions too: what the bench expects in them
 * has a place of its own, beside that of who called them.
 */
#ifndef INTXLAB_TESTS_MUTATION_SITES_H
#define INTXLAB_TESTS_MUTATION_SITES_H

#include "run/check.h"

void site_enter(const char *file, unsigned line);
void site_leave(void);
bool site_left(bool result);

/* clang-format off */
#define SITE(call) (site_enter(__FILE__, __LINE__), site_left(call))
#define SITE_VOID(call) (site_enter(__FILE__, __LINE__), (call), site_leave())
/* clang-format on */

#define check_fail(...) SITE_VOID(check_fail(__VA_ARGS__))
#define expect_that(...) SITE(expect_that(__VA_ARGS__))
#define expect_eq(...) SITE(expect_eq(__VA_ARGS__))
#define expect_hex(...) SITE(expect_hex(__VA_ARGS__))
#define expect_at_least(...) SITE(expect_at_least(__VA_ARGS__))
#define expect_ok(...) SITE(expect_ok(__VA_ARGS__))

#ifdef SITES_IN_SUITES
#include "run/bench/events.h"
#include "run/bench/stage.h"
#include "run/bench/verbs.h"

#define expect_line(...) SITE_VOID(expect_line(__VA_ARGS__))
#define expect_remote_irr(...) SITE_VOID(expect_remote_irr(__VA_ARGS__))
#define stage_accepted(...) SITE_VOID(stage_accepted(__VA_ARGS__))
#define stage_ack(...) SITE_VOID(stage_ack(__VA_ARGS__))
#define stage_expect_count(...) SITE_VOID(stage_expect_count(__VA_ARGS__))
#define verbs_expect_writes(...) SITE_VOID(verbs_expect_writes(__VA_ARGS__))
#define verbs_taken(...) SITE_VOID(verbs_taken(__VA_ARGS__))
#endif

#endif
