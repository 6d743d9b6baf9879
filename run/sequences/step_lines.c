/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the lines of a step. Every step has three, and on a board's serial port a character is
 * 87 us: what is usual is left out, the names stand in the check's begin line, and a line that
 * repeats what an earlier rule's said of the same step only names that step's number.
 */
#include "run/sequences/step_lines.h"

#include "pci/mem.h"

/* One access as a word. */
static void put_entry(char *buf, size_t size, const struct hw_trace_entry *e)
{
	size_t n = 0;

	if (e->what == HW_TRACE_WRITE_MSI) {
		fmt_text(buf + n, size - n, "MSIctl=%04x", e->value);
		return;
	}
	n += fmt_text(buf + n, size - n, "%c", e->what == HW_TRACE_READ_COMMAND ? 'R' : 'W');
	if (e->width != 2)
		n += fmt_text(buf + n, size - n, "%u", e->width * 8u);
	if (e->offset != PCI_COMMAND)
		n += fmt_text(buf + n, size - n, "+%u", e->offset - PCI_COMMAND);
	if (e->width == 2)
		fmt_text(buf + n, size - n, "=%04x", e->value);
	else if (e->width == 1)
		fmt_text(buf + n, size - n, "=%02x", e->value);
	else
		fmt_text(buf + n, size - n, "=%08x", e->value);
}

/* Accesses as words with a blank between. */
struct words {
	char *buf;
	size_t size, len;
	bool counted; /* one that comes again becomes a count behind it */
	char last[24];
	unsigned times;
};

static void put_times(struct words *w)
{
	if (w->times > 1)
		w->len += fmt_text(w->buf + w->len, w->size - w->len, "*%u", w->times);
}

static void put_word(struct words *w, const struct hw_trace_entry *e)
{
	char word[24];

	put_entry(word, sizeof(word), e);
	if (w->counted && w->times && text_equal(word, w->last)) {
		w->times++;
		return;
	}
	put_times(w);
	w->len += fmt_text(w->buf + w->len, w->size - w->len, "%s%s", w->times ? " " : "", word);
	memcpy(w->last, word, sizeof(word));
	w->times = 1;
}

void step_list_accesses(const struct hw_trace *trace, struct step_seen *seen)
{
	struct words reads = { .buf = seen->reads, .size = sizeof(seen->reads), .counted = true };
	struct words writes = { .buf = seen->writes, .size = sizeof(seen->writes) };

	for (unsigned i = 0; i < trace->count && i < HW_TRACE_DEPTH; i++) {
		const struct hw_trace_entry *e = &trace->entry[i];

		if (e->what == HW_TRACE_READ_COMMAND) {
			seen->read_count++;
			put_word(&reads, e);
		} else {
			seen->write_count += e->what == HW_TRACE_WRITE_COMMAND;
			put_word(&writes, e);
		}
	}
	put_times(&reads);
	put_times(&writes);
}

/* Where a step's line stands in the copy of the stream; NULL: the table is full. */
static struct step_told *told_of(struct play *play, const struct sequence_step *row)
{
	for (unsigned i = 0; i < STEP_TOLD_MAX; i++) {
		struct step_told *told = &play->told[i];

		if (!told->row)
			told->row = row;
		if (told->row == row)
			return told;
	}
	return NULL;
}

/* head: "# hw step seq="; fields and tail begin with a blank; tail is never what an earlier line
 * says. */
static void tell(struct play *play, const struct sequence_step *row, enum step_line which,
		 const char *head, const char *fields, const char *tail)
{
	struct stream *out = &play->bench->lab->out;
	struct step_told *told = told_of(play, row);
	size_t len = text_length(fields), behind = text_length(tail) + 1; /* and the newline */

	if (out->muted) /* nobody can be referred to a line that was not written */
		return;
	if (told && told->len[which] == len && !memcmp(out->copy + told->at[which], fields, len)) {
		stream_line(out, "%s%u as=%u%s", head, play->seq, told->seq[which], tail);
		return;
	}
	stream_line(out, "%s%u%s%s", head, play->seq, fields, tail);
	if (!told || !out->copy || out->copy_full)
		return;
	told->seq[which] = play->seq;
	told->len[which] = len;
	told->at[which] = out->copy_len - behind - len;
}

/* " key="value"", or nothing for an empty value. */
static void put_some(char *buf, size_t size, const char *key, const char *value)
{
	buf[0] = 0;
	if (value[0])
		fmt_text(buf, size, " %s=%q", key, value);
}

/* " key=1", or nothing for 0. */
static void put_count(char *buf, size_t size, const char *key, unsigned value)
{
	buf[0] = 0;
	if (value)
		fmt_text(buf, size, " %s=%u", key, value);
}

static void tell_hw(struct play *play, const struct sequence_step *row,
		    const struct step_seen *seen)
{
	char count[12] = "-", msi[24], reads[280], writes[280], fields[720], us[32];

	if (seen->irq_count >= 0)
		fmt_text(count, sizeof(count), "%d", seen->irq_count);
	put_count(msi, sizeof(msi), "msi_enable", seen->msi_control & PCI_MSI_FLAGS_ENABLE);
	put_some(reads, sizeof(reads), "reads", seen->reads);
	put_some(writes, sizeof(writes), "writes", seen->writes);
	fmt_text(fields, sizeof(fields), " command=%04x status=%04x line=%s irq_count=%s%s%s%s",
		 seen->command, seen->status, irqc_line_name(seen->line), count, msi, reads,
		 writes);
	fmt_text(us, sizeof(us), " us=%lu", seen->us);
	tell(play, row, STEP_LINE_HW, "# hw step seq=", fields, us);
}

void step_tell_seen(struct play *play, const struct sequence_step *row,
		    const struct step_seen *seen, enum err err)
{
	const struct pci_dev *dev = &play->dev;
	char names[160], devres[180], eventfd[24], result[40], fields[400];

	tell_hw(play, row, seen);
	devres_names(&dev->devres, names, sizeof(names));
	put_some(devres, sizeof(devres), "devres", names);
	put_some(result, sizeof(result), "result", err ? err_name(err) : "");
	put_count(eventfd, sizeof(eventfd), "eventfd", seen->eventfd);
	fmt_text(fields, sizeof(fields), " owner=%s enable_cnt=%d%s%s%s%s%s%s",
		 dev->driver ? dev->driver : "-", dev->enable_cnt, eventfd,
		 dev->is_managed ? " is_managed=1" : "",
		 dev->is_msi_managed ? " is_msi_managed=1" : "",
		 dev->pinned || dev->shared.pinned ? " pinned=1" : "", devres, result);
	tell(play, row, STEP_LINE_MODEL, "# model step seq=", fields, "");
}

void step_tell_want(struct play *play, const struct sequence_step *row,
		    const struct step_want *want)
{
	const struct step_expect *expect = want->expect;
	char status[24] = "", msi[24], line[32] = "", count[24] = "", eventfd[24], writes[144],
	     result[40];
	char fields[360];

	if (!expect->any_status)
		fmt_text(status, sizeof(status), " intx_status=%u", expect->intx_status);
	if (want->level_judged)
		fmt_text(line, sizeof(line), " line=%s", irqc_line_name(expect->line));
	if (want->line_judged)
		fmt_text(count, sizeof(count), " irq_count=%s", want->irq_count);
	put_count(msi, sizeof(msi), "msi_enable", expect->msi_enable);
	put_count(eventfd, sizeof(eventfd), "eventfd", expect->eventfd);
	put_some(writes, sizeof(writes), "writes", want->writes);
	put_some(result, sizeof(result), "result", expect->result ? err_name(expect->result) : "");
	fmt_text(fields, sizeof(fields), " command=%04x%s%s%s%s%s%s%s", want->command, status, msi,
		 line, count, eventfd, writes, result);
	tell(play, row, STEP_LINE_EXPECT, "# run expect seq=", fields, "");
}
