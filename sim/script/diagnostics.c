/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * diagnostics.c - mistakes in a scenario, told with the line and a caret.
 *
 * Messages are kept until the reader is done, because parts of a file are read
 * out of order, and printed in the order of lines, at most 20. When there are
 * more, errors go before warnings, so that a flood of warnings hides no error.
 *
 * Locking: none. Errors: this is where they go. Blocking: never.
 */
#include <stdlib.h>
#include <string.h>

#include "script.h"

/* Kept for sorting; anything beyond is only counted. */
#define KEPT_MAX 256u

struct message {
	const struct line *line;
	unsigned column;
	bool is_error;
	unsigned order;
	const char *text, *help;
};
struct diagnostics {
	struct script_arena *arena;
	const char *path;
	struct message kept[KEPT_MAX];
	unsigned kept_count, more;
	struct message *last;
	bool has_errors;
};

struct diagnostics *diagnostics_create(struct script_arena *a, const char *path)
{
	struct diagnostics *d = script_alloc(a, sizeof(*d));

	d->arena = a;
	d->path = path;
	return d;
}

static bool is_told(const struct diagnostics *d, const struct line *line, unsigned column)
{
	for (unsigned i = 0; line && i < d->kept_count; i++)
		if (d->kept[i].line == line && d->kept[i].column == column)
			return true;
	return false;
}

static void keep(struct diagnostics *d, bool is_error, const struct line *line, unsigned column, const char *text)
{
	d->has_errors |= is_error;
	if (d->kept_count == KEPT_MAX) {
		d->more++;
		return;
	}
	d->last = &d->kept[d->kept_count];
	*d->last = (struct message){line, column, is_error, d->kept_count++, text, NULL};
}

static const char *format_text(struct script_arena *a, const char *format, va_list args)
{
	char text[1024];
	int len = vsnprintf(text, sizeof(text), format, args);

	return script_copy(a, text, len < (int)sizeof(text) ? (size_t)len : sizeof(text) - 1);
}

bool diag_error(struct diagnostics *d, const struct line *line, unsigned column, const char *format, ...)
{
	va_list args;

	d->last = NULL;
	if (is_told(d, line, column))
		return false;
	va_start(args, format);
	keep(d, true, line, column, format_text(d->arena, format, args));
	va_end(args);
	return d->last != NULL;
}

void diag_warn(struct diagnostics *d, const struct line *line, unsigned column, const char *format, ...)
{
	va_list args;

	d->last = NULL;
	if (is_told(d, line, column))
		return;
	va_start(args, format);
	keep(d, false, line, column, format_text(d->arena, format, args));
	va_end(args);
}

void diag_help(struct diagnostics *d, const char *format, ...)
{
	va_list args;

	if (!d->last)
		return;
	va_start(args, format);
	d->last->help = format_text(d->arena, format, args);
	va_end(args);
}

bool diag_has_errors(const struct diagnostics *d)
{
	return d->has_errors;
}

static int by_severity(const void *a, const void *b)
{
	const struct message *x = a, *y = b;

	if (x->is_error != y->is_error)
		return x->is_error ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

/* Messages without a line first, then used files, then the scenario, each in the order of lines. */
static int by_place(const void *a, const void *b)
{
	const struct message *x = a, *y = b;
	unsigned xl = x->line ? x->line->number : 0, yl = y->line ? y->line->number : 0;

	if (x->line && y->line && x->line->source != y->line->source)
		return x->order < y->order ? -1 : 1;
	if (xl != yl)
		return xl < yl ? -1 : 1;
	if (x->column != y->column)
		return x->column < y->column ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

/* The line as it stands, and a caret under the column. Only whole characters reach the terminal. */
static void print_line(const struct message *m, FILE *out)
{
	unsigned len = m->line->len < SCRIPT_LINE_MAX ? m->line->len : SCRIPT_LINE_MAX;
	const char *text = m->line->text;
	unsigned n;

	for (unsigned i = 0; i < len; i += n ? n : 1) {
		bool is_control = ((unsigned char)text[i] < 0x20 && text[i] != '\t') || text[i] == 0x7f;
		n = is_control ? 0 : utf8_length(text + i, len - i);
		fprintf(out, "%.*s", n ? (int)n : 1, n ? text + i : "?");
	}
	fputc('\n', out);
	for (unsigned i = 0; i + 1 < m->column && i < len; i += n ? n : 1) {
		n = utf8_length(text + i, len - i);
		fputc(text[i] == '\t' ? '\t' : ' ', out);
	}
	fputs("^\n", out);
}

static void print_message(const struct diagnostics *d, const struct message *m, FILE *out)
{
	if (m->line)
		fprintf(out, "%s:%u:%u: ", m->line->source->path, m->line->number, m->column);
	else
		fprintf(out, "%s: ", d->path);
	fprintf(out, "%s: %s\n", m->is_error ? "error" : "warning", m->text);
	if (m->line)
		print_line(m, out);
	if (m->help)
		fprintf(out, "help: %s\n", m->help);
}

void diag_flush(struct diagnostics *d, FILE *out)
{
	unsigned count = d->kept_count;

	if (!out || count == 0)
		return;
	if (count > SCRIPT_MESSAGES_MAX) {
		qsort(d->kept, count, sizeof(d->kept[0]), by_severity);
		count = SCRIPT_MESSAGES_MAX;
	}
	qsort(d->kept, count, sizeof(d->kept[0]), by_place);
	for (unsigned i = 0; i < count; i++)
		print_message(d, &d->kept[i], out);
	if (d->kept_count + d->more > count)
		fprintf(out, "and %u more\n", d->kept_count + d->more - count);
}
