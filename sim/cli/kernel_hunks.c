/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_hunks.c - what a patch changed, and what of that was executed.
 *
 * Hunks are those of a diff of the two trees, not of the patch: `git apply` may
 * have found a place some lines away from where the patch expected it.
 *
 * Locking: none. Errors: false for no memory. Blocking: runs git; reads debug
 * information.
 */
#include "kernel_series.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct kernel_hunk *hunk_add(struct kernel_step *step)
{
	struct kernel_hunk *hunks = reallocarray(step->hunks, step->hunk_count + 1, sizeof(*hunks));

	if (!hunks)
		return NULL;
	step->hunks = hunks;
	hunks[step->hunk_count] = (struct kernel_hunk){.line = 0};
	return &hunks[step->hunk_count++];
}

/* One line more; twice the same is once. */
static bool hunk_line(struct kernel_hunk *h, unsigned line)
{
	if (h->line_count && h->lines[h->line_count - 1] == line)
		return true;
	unsigned *lines = reallocarray(h->lines, h->line_count + 1, sizeof(*lines));
	if (!lines)
		return false;
	h->lines = lines;
	lines[h->line_count++] = line;
	h->line = h->lines[0];
	return true;
}

/* A diff as it is read. */
struct reading {
	struct kernel_step *step;
	const char *file;
	struct kernel_hunk *hunk; /* the open one; NULL: before the first */
	unsigned at; /* the next line of the file as it is after */
	bool removed; /* what stood before that line */
};

static bool reading_header(struct reading *r, const char *line)
{
	const char *plus = strstr(line, " +"), *end = plus ? strstr(plus, " @@") : NULL;

	r->hunk = hunk_add(r->step);
	if (!r->hunk || !end)
		return false;
	snprintf(r->hunk->file, sizeof(r->hunk->file), "%s", r->file);
	end += strlen(" @@");
	end += *end == ' ';
	snprintf(r->hunk->where, sizeof(r->hunk->where), "%.*s", (int)strcspn(end, "(\n"), end);
	r->at = (unsigned)strtoul(plus + 2, NULL, 10);
	r->removed = false;
	return true;
}

/* Where lines were removed and none put in their place, the line that follows is asked. */
static bool reading_line(struct reading *r, const char *line)
{
	bool ok = true;

	if (!strncmp(line, "@@ ", 3))
		return reading_header(r, line);
	if (!r->hunk || line[0] == '\\')
		return true;
	if (line[0] == '-') {
		r->removed = true;
		return true;
	}
	if (line[0] == '+' || r->removed)
		ok = hunk_line(r->hunk, r->at);
	r->removed = false;
	r->at++;
	return ok;
}

static bool hunks_read(struct kernel_step *step, const char *file, const char *diff)
{
	struct reading r = {.step = step, .file = file};
	char *line = NULL;
	size_t size = 0;
	bool ok = true;
	FILE *in = fopen(diff, "r");

	while (ok && in && getline(&line, &size, in) > 0)
		ok = reading_line(&r, line);
	free(line);
	if (in)
		fclose(in);
	return ok;
}

static bool hunks_of_file(struct kernel_step *step, const struct kernel_tree *before, const char *file)
{
	char from[PATH_MAX + 64], to[PATH_MAX + 64], diff[] = "/tmp/pefsim-diff-XXXXXX";
	int made = mkstemp(diff);

	if (made < 0)
		return true;
	close(made);
	snprintf(from, sizeof(from), "%s/%s", before->path, file);
	snprintf(to, sizeof(to), "%s/%s", step->tree.path, file);
	char *words[] = {"git", "diff", "--no-index", "--no-color", "--no-ext-diff", from, to, NULL};
	kernel_compile(words, diff);
	bool ok = hunks_read(step, file, diff);
	unlink(diff);
	return ok;
}

bool kernel_hunks(struct kernel_step *step, const struct kernel_tree *before)
{
	bool ok = true;

	for (unsigned i = 0; ok && kernel_files[i]; i++)
		ok = hunks_of_file(step, before, kernel_files[i]);
	return ok;
}

void kernel_hunks_watch(struct kernel_step *step)
{
	step->lines = lines_open(step->inside);
	for (unsigned i = 0; step->lines && i < step->hunk_count; i++)
		for (unsigned k = 0; k < step->hunks[i].line_count; k++)
			if (lines_add(step->lines, step->hunks[i].file, step->hunks[i].lines[k]))
				step->hunks[i].has_code = true;
	if (step->lines && lines_arm(step->lines))
		return;
	lines_close(step->lines);
	step->lines = NULL;
}

void kernel_hunks_ask(struct kernel_step *step)
{
	for (unsigned i = 0; step->lines && i < step->hunk_count; i++) {
		struct kernel_hunk *h = &step->hunks[i];
		for (unsigned k = 0; k < h->line_count; k++)
			h->executed = h->executed || lines_seen(step->lines, h->file, h->lines[k]);
	}
}
