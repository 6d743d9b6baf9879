/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Hosted unit tests, one program a file:
 *
 *	static void adds(void) { UNIT_EQ(1 + 1, 2); }
 *	static const struct unit_test tests[] = { UNIT(adds) };
 *	int main(void) { return UNIT_RUN(tests); }
 *
 * Prints "ok name" or "not ok name: why" (the first reason), then "N passed, N failed". Expected
 * values are literals.
 */
#ifndef INTXLAB_TESTS_UNIT_UNIT_H
#define INTXLAB_TESTS_UNIT_UNIT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct unit_test {
	const char *name;
	void (*body)(void);
};

static char unit_why[400]; /* empty: nothing has failed in this test */

/* clang-format off */
#define UNIT(function) { #function, function }
/* clang-format on */

#define UNIT_FAIL(...)                                                                             \
	do {                                                                                       \
		if (!unit_why[0])                                                                  \
			snprintf(unit_why, sizeof(unit_why), __VA_ARGS__);                         \
	} while (0)

#define UNIT_TRUE(condition)                                                                       \
	do {                                                                                       \
		if (!(condition))                                                                  \
			UNIT_FAIL("%s:%d: %s", __FILE__, __LINE__, #condition);                    \
	} while (0)

/* Integers of any type, compared as 64 bits. */
#define UNIT_EQ(got, want)                                                                         \
	do {                                                                                       \
		uint64_t unit_got = (uint64_t)(got), unit_want = (uint64_t)(want);                 \
		if (unit_got != unit_want)                                                         \
			UNIT_FAIL("%s:%d: %s is 0x%llx, not %s (0x%llx)", __FILE__, __LINE__,      \
				  #got, (unsigned long long)unit_got, #want,                       \
				  (unsigned long long)unit_want);                                  \
	} while (0)

#define UNIT_STR(got, want)                                                                        \
	do {                                                                                       \
		const char *unit_got = (got), *unit_want = (want);                                 \
		if (strcmp(unit_got, unit_want))                                                   \
			UNIT_FAIL("%s:%d: %s is \"%.120s\", not \"%.120s\"", __FILE__, __LINE__,   \
				  #got, unit_got, unit_want);                                      \
	} while (0)

static inline int unit_run(const struct unit_test *tests, size_t count)
{
	unsigned passed = 0, failed = 0;

	for (size_t i = 0; i < count; i++) {
		unit_why[0] = '\0';
		tests[i].body();
		if (unit_why[0]) {
			printf("not ok %s: %s\n", tests[i].name, unit_why);
			failed++;
		} else {
			printf("ok %s\n", tests[i].name);
			passed++;
		}
		fflush(stdout);
	}
	printf("%u passed, %u failed\n", passed, failed);
	return failed || !passed;
}

#define UNIT_RUN(tests) unit_run(tests, sizeof(tests) / sizeof((tests)[0]))

#endif
