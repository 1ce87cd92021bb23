/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_mail.c - what a step changed, as text for a mail: 72 columns, as git
 * and mailing lists want them. See kernel_series.h.
 *
 * Words are kept whole; one that is too long for a line has a line of its own.
 *
 * Locking: none. Errors: those of the stream. Blocking: on the stream.
 */
#include "kernel_series.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#define COLUMNS 72

static void wrap(FILE *out, int indent, const char *text)
{
	int at = fprintf(out, "%*s", indent, "");
	bool first = true;

	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		int len = (int)strcspn(text, " ");
		if (!first && at + 1 + len > COLUMNS) {
			at = fprintf(out, "\n%*s", indent + 2, "") - 1;
			first = true;
		}
		at += fprintf(out, "%s%.*s", first ? "" : " ", len, text);
		first = false;
		text += len;
	}
	fputc('\n', out);
}

static void say(FILE *out, int indent, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void say(FILE *out, int indent, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	wrap(out, indent, text);
}

static const char *base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static uint64_t schedules(const struct kernel_step *step)
{
	uint64_t runs = 0;

	for (unsigned i = 0; i < step->list.count; i++)
		runs += step->list.results[i].runs;
	return runs;
}

/* "in 3 of 201 schedules", or that it was not found in them. */
static const char *share(const struct result *r, const struct result_finding *f, char *text, size_t size)
{
	if (!r || !r->runs)
		snprintf(text, size, "not checked");
	else if (f)
		snprintf(text, size, "in %" PRIu64 " of %" PRIu64 " schedules", f->runs, r->runs);
	else
		snprintf(text, size, "not found in %" PRIu64 " schedules", r->runs);
	return text;
}

static void print_diff(const struct kernel_diff *d, FILE *out)
{
	const char *scenario = (d->after ? d->after : d->before)->scenario;
	char before[96], after[96];

	share(d->before, d->was, before, sizeof(before));
	share(d->after, d->is, after, sizeof(after));
	if (d->change != CHANGE_SAME)
		say(out, 4, "%s: before %s, after %s", scenario, before, after);
	else if (!d->replayed)
		say(out, 4, "%s", scenario);
	else
		say(out, 4, "%s: %s %s, but by a replay", scenario, d->was ? "after" : "before",
			d->was ? after : before);
}

/* What is known and stays as it is is of no interest to who reads a mail. */
static bool said_by_number(const struct kernel_diff *d)
{
	return d->change == CHANGE_SAME && d->known;
}

static void print_known(const struct kernel_diff *diffs, unsigned count, FILE *out)
{
	unsigned known = 0;

	for (unsigned i = 0; i < count; i++)
		known += said_by_number(&diffs[i]) && (!i || strcmp(diffs[i].signature, diffs[i - 1].signature) != 0);
	if (known)
		fprintf(out, "\nAs before and known: %u finding%s.\n", known, known == 1 ? "" : "s");
}

static void print_broken(const struct kernel_step *before, const struct kernel_step *after, FILE *out)
{
	const char *heading = "\nExpectations that do not hold any more:\n";
	const struct result *r;
	const struct result_line *line;

	for (unsigned i = 0; (line = kernel_broken(before, after, &i, &r)); heading = "") {
		fputs(heading, out);
		say(out, 2, "%s: %s", r->scenario, line->text);
		say(out, 4, "%s", line->why);
	}
}

static bool print_diffs(
	enum kernel_change change, const char *heading, const struct kernel_diff *diffs, unsigned count, FILE *out)
{
	const char *last = "";

	for (unsigned i = 0; i < count; i++) {
		if (diffs[i].change != change || said_by_number(&diffs[i]))
			continue;
		if (!last[0])
			fprintf(out, "\n%s\n", heading);
		if (strcmp(last, diffs[i].signature) != 0)
			say(out, 2, "%s%s", diffs[i].signature, diffs[i].known ? " (known)" : "");
		last = diffs[i].signature;
		print_diff(&diffs[i], out);
	}
	return last[0];
}

static bool idle(const struct kernel_hunk *h)
{
	return h->has_code && !h->executed;
}

static void print_hunks(const struct kernel_step *step, FILE *out)
{
	unsigned missed = 0;

	if (!step->hunk_count) {
		fputs("\nNothing of it is in the files that are run here.\n", out);
		return;
	}
	if (!step->lines) {
		fputs("\nWhich hunks were executed is not known on this host.\n", out);
		return;
	}
	for (unsigned i = 0; i < step->hunk_count; i++)
		missed += idle(&step->hunks[i]);
	if (!missed) {
		fputs("\nEach hunk that has code was executed.\n", out);
		return;
	}
	fputs("\nHunks that no schedule executed:\n", out);
	for (unsigned i = 0; i < step->hunk_count; i++)
		if (idle(&step->hunks[i]))
			say(out, 2, "%s:%u %s", base(step->hunks[i].file), step->hunks[i].line, step->hunks[i].where);
}

void kernel_step_print(
	const struct kernel_series *series, unsigned step, const struct kernel_diff *diffs, unsigned count, FILE *out)
{
	const struct kernel_step *before = &series->steps[step - 1], *after = &series->steps[step];

	if (step > 1)
		fputc('\n', out);
	if (after->patch)
		say(out, 0, "Patch %u of %u, %s", step, series->count - 1, base(after->patch));
	else
		say(out, 0, "Linux %s against %s", after->tree.release, series->given->baseline);
	say(out, 0, "pefsim %s, Linux %s, %u check%s: %" PRIu64 " schedules before, %" PRIu64 " after", PEF_VERSION,
		after->tree.release, after->list.count, after->list.count == 1 ? "" : "s", schedules(before),
		schedules(after));
	if (!print_diffs(CHANGE_NEW, "New:", diffs, count, out))
		fputs("\nNothing new was found.\n", out);
	print_broken(before, after, out);
	print_diffs(CHANGE_GONE, "Not found any more:", diffs, count, out);
	print_diffs(CHANGE_SAME, "As before:", diffs, count, out);
	print_known(diffs, count, out);
	print_hunks(after, out);
}
