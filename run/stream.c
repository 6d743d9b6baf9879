/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the form of every line that leaves the application, and the text formatter behind it.
 * What the lines say is their callers' business.
 */
#include "run/stream.h"

#include "pci/mem.h"

struct out {
	char *buf;
	size_t size; /* at least 1 */
	size_t len;
	bool cut;
};

static void put(struct out *out, char c)
{
	if (out->len + 1 < out->size)
		out->buf[out->len++] = c;
	else
		out->cut = true;
}

static bool printable(char c)
{
	return c >= 0x20 && c < 0x7f;
}

static void put_text(struct out *out, const char *s)
{
	for (; *s; s++)
		put(out, printable(*s) ? *s : '?');
}

static const char digits[] = "0123456789abcdef";

static void put_quoted(struct out *out, const char *s)
{
	put(out, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\') {
			put(out, '\\');
			put(out, *s);
		} else if (printable(*s)) {
			put(out, *s);
		} else {
			put(out, '\\');
			put(out, 'x');
			put(out, digits[((unsigned char)*s >> 4) & 0xf]);
			put(out, digits[(unsigned char)*s & 0xf]);
		}
	}
	put(out, '"');
}

static void put_number(struct out *out, uint64_t value, unsigned base, unsigned width, char pad)
{
	char text[24];
	unsigned n = 0;

	do {
		text[n++] = digits[value % base];
		value /= base;
	} while (value);
	for (unsigned i = n; i < width; i++)
		put(out, pad);
	while (n)
		put(out, text[--n]);
}

static void put_signed(struct out *out, int64_t value, unsigned width, char pad)
{
	uint64_t magnitude = (uint64_t)value;

	if (value < 0) {
		put(out, '-');
		magnitude = 0 - magnitude;
	}
	put_number(out, magnitude, 10, width, pad);
}

struct conversion {
	unsigned width;
	char pad;
	bool is_long;
	char kind;
};

/* From behind the '%'; returns the byte behind the conversion. */
static const char *read_conversion(const char *fmt, struct conversion *ret)
{
	struct conversion c = { .pad = ' ' };

	if (*fmt == '0') {
		c.pad = '0';
		fmt++;
	}
	for (; *fmt >= '0' && *fmt <= '9'; fmt++)
		c.width = c.width * 10 + (unsigned)(*fmt - '0');
	if (*fmt == 'l') {
		c.is_long = true;
		fmt++;
	}
	c.kind = *fmt;
	*ret = c;
	return *fmt ? fmt + 1 : fmt;
}

/* One list for all conversions: a va_list cannot be handed on by value and still advance here. */
struct arguments {
	va_list ap;
};

static void convert(struct out *out, const struct conversion *c, struct arguments *args)
{
	uint64_t value;

	switch (c->kind) {
	case 's':
		put_text(out, va_arg(args->ap, const char *));
		break;
	case 'q':
		put_quoted(out, va_arg(args->ap, const char *));
		break;
	case 'c':
		put(out, (char)va_arg(args->ap, int));
		break;
	case 'd':
		put_signed(out, c->is_long ? va_arg(args->ap, long) : va_arg(args->ap, int),
			   c->width, c->pad);
		break;
	case 'u':
	case 'x':
		value = c->is_long ? va_arg(args->ap, unsigned long) : va_arg(args->ap, unsigned);
		put_number(out, value, c->kind == 'x' ? 16 : 10, c->width, c->pad);
		break;
	default:
		put(out, '%');
		break;
	}
}

static void format(struct out *out, const char *fmt, struct arguments *args)
{
	struct conversion c;

	while (*fmt) {
		if (*fmt != '%') {
			put(out, *fmt++);
			continue;
		}
		fmt = read_conversion(fmt + 1, &c);
		convert(out, &c, args);
	}
}

static void end_text(struct out *out)
{
	if (out->cut && out->size > 4) {
		out->len = out->size - 4;
		for (unsigned i = 0; i < 3; i++)
			out->buf[out->len++] = '.';
	}
	out->buf[out->len] = 0;
}

size_t fmt_vtext(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct out out = { .buf = buf, .size = size };
	struct arguments args;

	va_copy(args.ap, ap);
	format(&out, fmt, &args);
	va_end(args.ap);
	end_text(&out);
	return out.len;
}

size_t fmt_text(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	size_t len;

	va_start(ap, fmt);
	len = fmt_vtext(buf, size, fmt, ap);
	va_end(ap);
	return len;
}

void stream_init(struct stream *stream, struct hw *hw, char *copy, size_t copy_size)
{
	*stream = (struct stream){ .hw = hw, .copy = copy, .copy_size = copy ? copy_size : 0 };
}

static void keep(struct stream *stream, const char *line, size_t len)
{
	if (!stream->copy || stream->copy_full)
		return;
	if (len > stream->copy_size - stream->copy_len) {
		stream->copy_full = true;
		return;
	}
	memcpy(stream->copy + stream->copy_len, line, len);
	stream->copy_len += len;
}

static void send(struct stream *stream, bool kept, const char *fmt, va_list ap)
{
	char line[STREAM_LINE_MAX + 2];
	size_t len = fmt_vtext(line, STREAM_LINE_MAX + 1, fmt, ap);

	line[len++] = '\n';
	if (kept)
		keep(stream, line, len);
	if (!stream->silent)
		stream->hw->ops->text(stream->hw, line, len);
}

void stream_line(struct stream *stream, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	send(stream, true, fmt, ap);
	va_end(ap);
}

void stream_evidence(struct stream *stream, const char *fmt, ...)
{
	va_list ap;

	if (stream->muted)
		return;
	va_start(ap, fmt);
	send(stream, true, fmt, ap);
	va_end(ap);
}

void stream_mark(struct stream *stream, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	send(stream, false, fmt, ap);
	va_end(ap);
}

/* The word that begins here is this one. */
static bool is_word(const char *at, const char *word)
{
	while (*word && *at == *word) {
		at++;
		word++;
	}
	return !*word && (!*at || *at == ' ');
}

void fmt_add_word(char *buf, size_t size, const char *word)
{
	size_t n = 0;

	for (; buf[n]; n++) {
		if ((!n || buf[n - 1] == ' ') && is_word(buf + n, word))
			return;
	}
	if (n + text_length(word) + 1 < size)
		fmt_text(buf + n, size - n, "%s%s", n ? " " : "", word);
}
