/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The one stream that everything anyone reads is rendered from (docs/stream.md): whole lines of
 * printable ASCII, to the seam's text operation and into a copy for the report file.
 */
#ifndef INTXLAB_RUN_STREAM_H
#define INTXLAB_RUN_STREAM_H

#include <stdarg.h>

#include "pci/hw.h"

#define STREAM_LINE_MAX 1000

struct stream {
	struct hw *hw;
	char *copy; /* may be NULL */
	size_t copy_size;
	size_t copy_len;
	bool copy_full; /* a line did not fit: the copy is not the whole stream */
	bool silent; /* only into the copy: lines composed before they are known to be true */
	bool muted; /* a round before the last: evidence of what is as expected is not written */
};

void stream_init(struct stream *stream, struct hw *hw, char *copy, size_t copy_size);

/*
 * One line; the newline is added. Conversions: %s %c %u %d %x %lu %ld %lx with width and 0, %%, and
 * %q: a string in double quotes with ", \ and unprintable bytes escaped. A line too long is cut and
 * ends in "...". Anything unprintable outside %q becomes '?'.
 */
void stream_line(struct stream *stream, const char *fmt, ...);
/* The same for evidence: not while the stream is muted. */
void stream_evidence(struct stream *stream, const char *fmt, ...);
/* The same for who watches: it is sent and not kept, for a report of the whole has no need of it.
 */
void stream_mark(struct stream *stream, const char *fmt, ...);

/* The same conversions into a buffer; always ends it; returns what it wrote, less than size. */
size_t fmt_text(char *buf, size_t size, const char *fmt, ...);
/* word behind a blank, unless it is one of the words that buf has, or does not fit whole. */
void fmt_add_word(char *buf, size_t size, const char *word);
size_t fmt_vtext(char *buf, size_t size, const char *fmt, va_list ap);

#endif
