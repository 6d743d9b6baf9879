/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The formatter and the stream: every byte printable, one line a call, nothing lost without a word.
 */
#include "run/stream.h"
#include "tests/unit/unit.h"

static char sent[4096];
static size_t sent_len;

static void keep_text(struct hw *hw, const char *s, size_t len)
{
	(void)hw;
	memcpy(sent + sent_len, s, len);
	sent_len += len;
	sent[sent_len] = 0;
}

static const struct hw_ops ops = { .text = keep_text };

static void begin(struct stream *stream, char *copy, size_t size)
{
	static struct hw hw = { .ops = &ops };

	sent_len = 0;
	sent[0] = 0;
	stream_init(stream, &hw, copy, size);
}

static void conversions(void)
{
	char buf[128];

	fmt_text(buf, sizeof(buf), "%s|%c|%u|%d|%x|%04x|%5u|%%", "a\tb", 'c', 7u, -3, 0xbeefu,
		 0x10u, 42u);
	UNIT_STR(buf, "a?b|c|7|-3|beef|0010|   42|%");
	fmt_text(buf, sizeof(buf), "%lu %lx %ld %016lx", 18446744073709551615ul, 0x123456789abcul,
		 -9223372036854775807l, 0x5e0cul);
	UNIT_STR(buf, "18446744073709551615 123456789abc -9223372036854775807 0000000000005e0c");
}

static void quoting(void)
{
	char buf[64];

	fmt_text(buf, sizeof(buf), "%q", "a\"b\\c\n\x1b");
	UNIT_STR(buf, "\"a\\\"b\\\\c\\x0a\\x1b\"");
}

static void a_short_buffer_is_cut_and_ended(void)
{
	char buf[8];

	UNIT_EQ(fmt_text(buf, sizeof(buf), "%s", "0123456789"), 7);
	UNIT_STR(buf, "0123...");
	UNIT_EQ(fmt_text(buf, sizeof(buf), "%s", "0123456"), 7);
	UNIT_STR(buf, "0123456");
}

static void a_line_is_sent_and_copied(void)
{
	struct stream stream;
	char copy[16];

	begin(&stream, copy, sizeof(copy));
	stream_line(&stream, "ok %u", 1u);
	UNIT_STR(sent, "ok 1\n");
	UNIT_EQ(stream.copy_len, 5);
	stream.silent = true;
	stream_line(&stream, "ok %u", 2u);
	UNIT_STR(sent, "ok 1\n");
	UNIT_EQ(stream.copy_len, 10);
}

/* The copy becomes the report file: all but marks. */
static void the_copy_holds_lines_and_evidence(void)
{
	struct stream stream;
	char copy[64];

	begin(&stream, copy, sizeof(copy));
	stream_line(&stream, "line %u", 1u);
	stream_evidence(&stream, "evidence %u", 2u);
	stream_mark(&stream, "mark %u", 3u);
	UNIT_STR(sent, "line 1\nevidence 2\nmark 3\n");
	UNIT_EQ(stream.copy_len, 18);
	UNIT_TRUE(!memcmp(copy, sent, 18));
	stream.muted = true;
	stream_evidence(&stream, "evidence %u", 4u);
	stream_line(&stream, "line %u", 5u);
	UNIT_STR(sent, "line 1\nevidence 2\nmark 3\nline 5\n");
	UNIT_EQ(stream.copy_len, 25);
}

static void a_copy_that_is_full_says_so(void)
{
	struct stream stream;
	char copy[8];

	begin(&stream, copy, sizeof(copy));
	stream_line(&stream, "123456");
	stream_line(&stream, "78");
	stream_line(&stream, "");
	UNIT_TRUE(stream.copy_full);
	UNIT_EQ(stream.copy_len, 7);
	UNIT_STR(sent, "123456\n78\n\n");
}

static void a_line_too_long_is_cut(void)
{
	struct stream stream;
	char text[1200];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	begin(&stream, NULL, 0);
	stream_line(&stream, "%s", text);
	UNIT_EQ(sent_len, 1001);
	UNIT_STR(sent + 997, "...\n");
}

static void a_word_is_added_once_and_whole(void)
{
	char buf[12] = "";

	fmt_add_word(buf, sizeof(buf), "one");
	fmt_add_word(buf, sizeof(buf), "on");
	fmt_add_word(buf, sizeof(buf), "one");
	UNIT_STR(buf, "one on");
	fmt_add_word(buf, sizeof(buf), "seven"); /* 12, and no room for the end */
	UNIT_STR(buf, "one on");
	fmt_add_word(buf, sizeof(buf), "four");
	UNIT_STR(buf, "one on four");
	fmt_add_word(buf, sizeof(buf), "a");
	UNIT_STR(buf, "one on four");
}

static const struct unit_test tests[] = {
	UNIT(conversions),
	UNIT(quoting),
	UNIT(a_short_buffer_is_cut_and_ended),
	UNIT(a_line_is_sent_and_copied),
	UNIT(the_copy_holds_lines_and_evidence),
	UNIT(a_copy_that_is_full_says_so),
	UNIT(a_line_too_long_is_cut),
	UNIT(a_word_is_added_once_and_whole),
};

int main(void)
{
	return UNIT_RUN(tests);
}
