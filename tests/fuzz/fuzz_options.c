/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The option grammar over any bytes: a reason for every refusal, an untouched result, words that
 * end.
 */
#include <stdlib.h>
#include <string.h>

#include "run/options.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
	if (!good)
		abort();
}

static bool ends(const char *word)
{
	return memchr(word, 0, OPTIONS_WORD_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct options options, before;
	char why[80], *text = calloc(1, size + 1);
	enum err err;

	check(text);
	memcpy(text, data, size);
	memset(&options, 0x5a, sizeof(options));
	before = options;
	err = options_parse(text, &options, why, sizeof(why));
	check(memchr(why, 0, sizeof(why)));
	if (err) {
		check(err == ERR_INVALID && why[0]);
		check(!memcmp(&options, &before, sizeof(options)));
	} else {
		check(ends(options.suite) && ends(options.check) && ends(options.skip));
		check(ends(options.sequence) && ends(options.policy));
		glob_match(options.check, text);
	}
	free(text);
	return 0;
}
