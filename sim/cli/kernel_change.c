/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_change.c - what became of each finding between two steps of a series.
 *
 * A finding is known again by its signature, which has functions in it but no
 * lines. One that only one side's search came to is asked of the other side by
 * its own schedule: only if that does not show it either, it is new, or not found
 * any more. Nothing here can tell that something is fixed.
 *
 * Locking: none. Errors: NULL. Blocking: replays.
 */
#include "kernel_series.h"

#include <stdlib.h>
#include <string.h>

/* Of results with the same file and parameters; the label begins with the design. */
static bool is_twin(
	const struct kernel_step *a, const struct result *x, const struct kernel_step *b, const struct result *y)
{
	return !strcmp(x->path, y->path) && !strcmp(x->label + strlen(a->design), y->label + strlen(b->design));
}

static const struct result *find_twin(
	const struct kernel_step *of, const struct result *r, const struct kernel_step *in)
{
	for (unsigned i = 0; i < in->list.count; i++)
		if (is_twin(of, r, in, &in->list.results[i]))
			return &in->list.results[i];
	return NULL;
}

/* What is expected, or only possible, is nobody's fault. */
static bool counts(const struct result_finding *f)
{
	return f->fails || f->known;
}

static const struct result_finding *find_again(const struct result *r, const char *signature)
{
	for (unsigned i = 0; r && i < r->finding_count; i++)
		if (!strcmp(r->findings[i].signature, signature))
			return &r->findings[i];
	return NULL;
}

/* Where no run came to its end, a replay would not either. */
static bool ask_other(const struct result_finding *f, const struct result *r, const struct kernel_step *other)
{
	return r && r->runs && f->record[0] && kernel_shows(f->record, &other->options, other->design);
}

static void diff_judge(struct kernel_diff *d, const struct kernel_step *before, const struct kernel_step *after)
{
	d->known = (d->is ? d->is : d->was)->known;
	if (!d->was)
		d->replayed = ask_other(d->is, d->before, before);
	else if (!d->is)
		d->replayed = ask_other(d->was, d->after, after);
	d->change = (d->was && d->is) || d->replayed ? CHANGE_SAME : d->is ? CHANGE_NEW : CHANGE_GONE;
}

static int diff_compare(const void *a, const void *b)
{
	const struct kernel_diff *x = a, *y = b;
	int order = (int)x->change - (int)y->change;

	if (!order)
		order = strcmp(x->signature, y->signature);
	return order ? order : strcmp((x->after ? x->after : x->before)->path, (y->after ? y->after : y->before)->path);
}

static unsigned finding_count(const struct kernel_step *step)
{
	unsigned count = 0;

	for (unsigned i = 0; i < step->list.count; i++)
		count += step->list.results[i].finding_count;
	return count;
}

/* Those of a scenario before, then those that are only there after. */
static unsigned diffs_of(struct kernel_diff *out, const struct result *before, const struct result *after)
{
	unsigned count = 0;

	for (unsigned i = 0; before && i < before->finding_count; i++) {
		const struct result_finding *f = &before->findings[i], *again = find_again(after, f->signature);
		if (counts(f) || (again && counts(again)))
			out[count++] = (struct kernel_diff){
				.before = before, .after = after, .was = f, .is = again, .signature = f->signature};
	}
	for (unsigned i = 0; after && i < after->finding_count; i++) {
		const struct result_finding *f = &after->findings[i];
		if (counts(f) && !find_again(before, f->signature))
			out[count++] = (struct kernel_diff){
				.before = before, .after = after, .is = f, .signature = f->signature};
	}
	return count;
}

struct kernel_diff *kernel_diffs(const struct kernel_step *before, const struct kernel_step *after, unsigned *count)
{
	struct kernel_diff *diffs = calloc(finding_count(before) + finding_count(after) + 1, sizeof(*diffs));

	*count = 0;
	if (!diffs)
		return NULL;
	for (unsigned i = 0; i < before->list.count; i++) {
		const struct result *r = &before->list.results[i];
		*count += diffs_of(diffs + *count, r, find_twin(before, r, after));
	}
	for (unsigned i = 0; i < after->list.count; i++) {
		const struct result *r = &after->list.results[i];
		if (!find_twin(after, r, before))
			*count += diffs_of(diffs + *count, NULL, r);
	}
	for (unsigned i = 0; i < *count; i++)
		diff_judge(&diffs[i], before, after);
	qsort(diffs, *count, sizeof(*diffs), diff_compare);
	return diffs;
}

/* "never ..." is about findings, and these are told by themselves. */
static bool line_broke(const struct result *before, const struct result *after, unsigned line)
{
	const struct result_line *l = &after->lines[line];

	return l->applies && l->verdict == RESULT_FAIL && strncmp(l->text, "never ", strlen("never ")) != 0 &&
	       !(before && line < before->line_count && before->lines[line].verdict == RESULT_FAIL);
}

const struct result_line *kernel_broken(
	const struct kernel_step *before, const struct kernel_step *after, unsigned *at, const struct result **of)
{
	unsigned number = 0;

	for (unsigned i = 0; i < after->list.count; i++) {
		*of = &after->list.results[i];
		const struct result *twin = find_twin(after, *of, before);
		for (unsigned k = 0; k < (*of)->line_count; k++) {
			if (number++ < *at || !line_broke(twin, *of, k))
				continue;
			*at = number;
			return &(*of)->lines[k];
		}
	}
	return NULL;
}
