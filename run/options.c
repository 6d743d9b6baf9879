/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the option grammar: one table of options, one reader of words. Touches no device.
 */
#include "run/options.h"

#include "pci/mem.h"
#include "run/stream.h"

#define FAIL_ALLOC_MAX 99999

struct words {
	const char *next;
	char word[OPTIONS_WORD_MAX];
	const char *value; /* within word, behind '='; NULL: none */
	uint32_t seen; /* options by their place in the table */
};

struct why {
	char *text;
	size_t size;
};

typedef enum err take_fn(struct options *options, const char *value);

struct option {
	const char *name;
	const char *takes; /* in words; NULL: no value */
	take_fn *take;
};

static enum err copy_word(char dest[OPTIONS_WORD_MAX], const char *value)
{
	size_t i = 0;

	if (!*value)
		return ERR_INVALID;
	for (; value[i]; i++)
		dest[i] = value[i];
	dest[i] = 0;
	return OK;
}

static enum err take_list(struct options *o, const char *value)
{
	(void)value;
	o->action = ACTION_LIST;
	return OK;
}

static enum err take_survey(struct options *o, const char *value)
{
	(void)value;
	o->action = ACTION_SURVEY;
	return OK;
}

static enum err take_help(struct options *o, const char *value)
{
	(void)value;
	o->action = ACTION_HELP;
	return OK;
}

static enum err take_suite(struct options *o, const char *value)
{
	return copy_word(o->suite, value);
}

static enum err take_check(struct options *o, const char *value)
{
	return copy_word(o->check, value);
}

static enum err take_skip(struct options *o, const char *value)
{
	return copy_word(o->skip, value);
}

static enum err take_sequence(struct options *o, const char *value)
{
	return copy_word(o->sequence, value);
}

static enum err take_policy(struct options *o, const char *value)
{
	return copy_word(o->policy, value);
}

static bool is_named(const struct options *o, struct sbdf addr)
{
	for (unsigned i = 0; i < o->device_count; i++) {
		if (sbdf_equal(o->device[i], addr))
			return true;
	}
	return false;
}

/* "all", or one or several with commas between; one that is named twice is a slip of the pen. */
static enum err take_device(struct options *o, const char *value)
{
	char one[OPTIONS_WORD_MAX];

	o->device_all = text_equal(value, "all");
	while (value && !o->device_all) {
		struct sbdf addr;
		enum err err;

		value = glob_next(value, one);
		err = sbdf_parse(one, &addr);
		if (err)
			return err;
		if (o->device_count == OPTIONS_DEVICES_MAX || is_named(o, addr))
			return ERR_INVALID;
		o->device[o->device_count++] = addr;
	}
	return OK;
}

static enum err take_neighbour(struct options *o, const char *value)
{
	enum err err = sbdf_parse(value, &o->neighbour);

	o->has_neighbour = !err;
	return err;
}

static enum err take_own_boot_device(struct options *o, const char *value)
{
	(void)value;
	o->own_boot_device = true;
	return OK;
}

static enum err take_bare(struct options *o, const char *value)
{
	(void)value;
	o->bare = true;
	return OK;
}

static enum err take_witness(struct options *o, const char *value)
{
	(void)value;
	o->witness = true;
	return OK;
}

static enum err take_verbose(struct options *o, const char *value)
{
	(void)value;
	o->verbose = true;
	return OK;
}

/* Which of count names value is. */
static enum err take_name(const char *const *names, unsigned count, const char *value,
			  unsigned *ret_index)
{
	for (unsigned i = 0; i < count; i++) {
		if (text_equal(value, names[i])) {
			*ret_index = i;
			return OK;
		}
	}
	return ERR_INVALID;
}

static enum err take_end(struct options *o, const char *value)
{
	static const char *const names[] = {
		[END_RETURN] = "return",
		[END_RESET] = "reset",
		[END_OFF] = "off",
	};
	unsigned index;
	enum err err = take_name(names, 3, value, &index);

	if (err)
		return err;
	o->has_end = true;
	o->end = (enum options_end)index;
	return OK;
}

static enum err take_msi(struct options *o, const char *value)
{
	static const char *const names[] = { "off", "on" };
	unsigned index;
	enum err err = take_name(names, 2, value, &index);

	if (!err)
		o->msi = index == 1;
	return err;
}

static enum err take_intx_mask(struct options *o, const char *value)
{
	static const char *const names[] = {
		[INTX_MASK_AUTO] = "auto",
		[INTX_MASK_DEVICE] = "device",
		[INTX_MASK_CONTROLLER] = "controller",
	};
	unsigned index;
	enum err err = take_name(names, 3, value, &index);

	if (!err)
		o->intx_mask = (enum options_intx_mask)index;
	return err;
}

/* Decimal, 1 to max. */
static enum err take_number(const char *value, uint32_t max, uint32_t *ret_number)
{
	uint64_t n = 0;

	for (const char *s = value; *s; s++) {
		if (*s < '0' || *s > '9')
			return ERR_INVALID;
		n = n * 10 + (unsigned)(*s - '0');
		if (n > max)
			return ERR_INVALID;
	}
	if (!n)
		return ERR_INVALID;
	*ret_number = (uint32_t)n;
	return OK;
}

static enum err take_fail_alloc(struct options *o, const char *value)
{
	return take_number(value, FAIL_ALLOC_MAX, &o->fail_alloc);
}

static enum err take_shuffle(struct options *o, const char *value)
{
	return take_number(value, UINT32_MAX, &o->shuffle);
}

static enum err take_repeat(struct options *o, const char *value)
{
	return take_number(value, OPTIONS_REPEAT_MAX, &o->repeat);
}

static enum err hex_digit(char c, uint32_t *ret_digit)
{
	if (c >= '0' && c <= '9')
		*ret_digit = (uint32_t)(c - '0');
	else if (c >= 'a' && c <= 'f')
		*ret_digit = (uint32_t)(c - 'a' + 10);
	else if (c >= 'A' && c <= 'F')
		*ret_digit = (uint32_t)(c - 'A' + 10);
	else
		return ERR_INVALID;
	return OK;
}

static enum err take_exit_port(struct options *o, const char *value)
{
	uint32_t port = 0, digit;

	if (!*value)
		return ERR_INVALID;
	for (; *value; value++) {
		if (hex_digit(*value, &digit) || port > 0xfff)
			return ERR_INVALID;
		port = port << 4 | digit;
	}
	o->has_exit_port = true;
	o->exit_port = (uint16_t)port;
	return OK;
}

static const struct option options[] = {
	{ "--list", NULL, take_list },
	{ "--survey", NULL, take_survey },
	{ "--help", NULL, take_help },
	{ "--suite", "GLOB,GLOB...", take_suite },
	{ "--check", "GLOB,GLOB...", take_check },
	{ "--skip", "GLOB,GLOB...", take_skip },
	{ "--sequence", "a name", take_sequence },
	{ "--policy", "a name or all", take_policy },
	{ "--msi", "on or off", take_msi },
	{ "--intx-mask", "device, controller or auto", take_intx_mask },
	{ "--fail-alloc", "1 to 99999", take_fail_alloc },
	{ "--shuffle", "1 to 4294967295", take_shuffle },
	{ "--repeat", "1 to 10000", take_repeat },
	{ "--device", "all, or 0000:00:1f.2 or 00:1f.2, or several of those with commas",
	  take_device },
	{ "--neighbour", "0000:00:1f.2 or 00:1f.2", take_neighbour },
	{ "--own-boot-device", NULL, take_own_boot_device },
	{ "--bare", NULL, take_bare },
	{ "--end", "return, reset or off", take_end },
	{ "--exit-port", "up to four hex digits", take_exit_port },
	{ "--witness", NULL, take_witness },
	{ "--verbose", NULL, take_verbose },
};

_Static_assert(sizeof(options) / sizeof(options[0]) <= 32, "struct words.seen has a bit for each");

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static const char *skip_blanks(const char *s)
{
	for (;;) {
		while (is_blank(*s))
			s++;
		if (*s != '#')
			return s;
		while (*s && *s != '\n')
			s++;
	}
}

static enum err fail(const struct why *why, const char *fmt, const char *word)
{
	fmt_text(why->text, why->size, fmt, word);
	return ERR_INVALID;
}

/* ERR_ABSENT at the end of the text. With split, the word is cut in two at its first '='. */
static enum err next_word(struct words *w, bool split, const struct why *why)
{
	size_t n = 0;

	w->next = skip_blanks(w->next);
	if (!*w->next)
		return ERR_ABSENT;
	w->value = NULL;
	for (; *w->next && !is_blank(*w->next); w->next++) {
		if (n + 1 == sizeof(w->word)) {
			w->word[n] = 0;
			return fail(why, "option word too long (over 127 bytes): %s...", w->word);
		}
		w->word[n++] = *w->next;
		if (split && *w->next == '=' && !w->value) {
			w->word[n - 1] = 0;
			w->value = w->word + n;
		}
	}
	w->word[n] = 0;
	return OK;
}

static const struct option *find_option(const char *name)
{
	for (unsigned i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (text_equal(options[i].name, name))
			return &options[i];
	}
	return NULL;
}

static enum err take_option(struct words *w, struct options *parsed, const struct why *why)
{
	const struct option *option = find_option(w->word);
	const char *value = w->value;
	enum err err;

	if (!option)
		return fail(why, "unknown option %q (--help lists them)", w->word);
	if (w->seen >> (option - options) & 1)
		return fail(why, "option %s stands there twice", option->name);
	w->seen |= 1u << (option - options);
	if (!option->takes)
		return value ? fail(why, "option %s takes no value", option->name)
			     : option->take(parsed, "");
	if (!value) {
		err = next_word(w, false, why);
		if (err == ERR_ABSENT)
			return fail(why, "option %s wants a value", option->name);
		if (err)
			return err;
		value = w->word;
	}
	if (option->take(parsed, value)) {
		fmt_text(why->text, why->size, "option %s: malformed value %q: it takes %s",
			 option->name, value, option->takes);
		return ERR_INVALID;
	}
	return OK;
}

static enum err check_bytes(const char *text, const struct why *why)
{
	size_t n = 0;

	for (; text[n]; n++) {
		if (n == OPTIONS_TEXT_MAX)
			return fail(why, "option text too long (over 2048 bytes)%s", "");
		if (!is_blank(text[n]) && (text[n] < 0x20 || text[n] > 0x7e))
			return fail(why, "option text has a byte that is not printable ASCII%s",
				    "");
	}
	return OK;
}

/* Only a run leaves firmware: what it merely shows ends as without the word. */
static enum err settle_bare(struct options *o, const struct why *why)
{
	o->bare = o->bare && o->action == ACTION_RUN;
	if (!o->bare)
		return OK;
	if (!o->has_end)
		o->end = END_RESET;
	if (o->end == END_RETURN)
		return fail(why, "--bare cannot return to firmware: --end reset or off%s", "");
	return OK;
}

enum err options_parse(const char *text, struct options *ret_options, char *why_text,
		       size_t why_size)
{
	struct options parsed;
	struct words words = { .next = text };
	struct why why = { .text = why_text, .size = why_size };
	enum err err;

	memset(&parsed, 0, sizeof(parsed));
	why_text[0] = 0;
	err = check_bytes(text, &why);
	while (!err) {
		err = next_word(&words, true, &why);
		if (!err)
			err = take_option(&words, &parsed, &why);
	}
	if (err != ERR_ABSENT)
		return err;
	err = settle_bare(&parsed, &why);
	if (err)
		return err;
	*ret_options = parsed;
	return OK;
}

bool glob_match(const char *glob, const char *text)
{
	const char *star = NULL, *retry = NULL;

	while (*text) {
		if (*glob == '*') {
			star = ++glob;
			retry = text;
		} else if (*glob == '?' || *glob == *text) {
			glob++;
			text++;
		} else if (star) {
			glob = star;
			text = ++retry;
		} else {
			return false;
		}
	}
	while (*glob == '*')
		glob++;
	return !*glob;
}

const char *glob_next(const char *globs, char one[OPTIONS_WORD_MAX])
{
	size_t n = 0;

	while (*globs && *globs != ',')
		one[n++] = *globs++;
	one[n] = 0;
	return *globs ? globs + 1 : NULL;
}

bool glob_match_any(const char *globs, const char *text)
{
	char one[OPTIONS_WORD_MAX];

	while (globs) {
		globs = glob_next(globs, one);
		if (glob_match(one, text))
			return true;
	}
	return false;
}

bool options_select(const struct options *opt)
{
	return opt->suite[0] || opt->check[0] || opt->skip[0] || opt->sequence[0];
}
