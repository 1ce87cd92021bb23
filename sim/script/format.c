/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * format.c - canonical spacing of a file; loops, parameters and comments stay.
 *
 * Two blanks a level, one blank between words, at most one empty line in a row.
 * Only the form of the file is looked at, so a file with unknown names can be
 * formatted too.
 *
 * Locking: none. Errors: those of lex.c and tree.c. Blocking: never.
 */
#include <string.h>

#include "script.h"

/* Depth of the next line with words; a comment stands with what follows it. */
static unsigned next_depth(const struct source *source, unsigned i)
{
	const struct line *line = &source->lines[i];

	for (unsigned j = i + 1; j < source->line_count; j++) {
		const struct line *next = &source->lines[j];
		if (next->word_count == 0)
			continue;
		/* An indented comment before a section belongs to the section above. */
		if (next->depth == 0 && line->indented)
			break;
		return next->depth + (next->is_end ? 1 : 0);
	}
	return line->indented ? 1 : 0;
}

static void print_formatted(struct script_arena *a, const struct source *source, unsigned i, FILE *out)
{
	const struct line *line = &source->lines[i];
	const char *text = line_join(a, NULL, line, 0, line->word_count);
	unsigned depth = line->word_count ? line->depth : next_depth(source, i);
	const char *gap = line->word_count && line->comment ? "  " : "";
	const char *comment = line->comment ? line->comment : "";

	/* Wider than a line may be: keep what was written. */
	if (2 * depth + strlen(text) + strlen(gap) + strlen(comment) > SCRIPT_LINE_MAX)
		fprintf(out, "%.*s\n", (int)line->len, line->text);
	else
		fprintf(out, "%*s%s%s%s\n", (int)(2 * depth), "", text, gap, comment);
}

static void print_all(struct script_arena *a, const struct source *source, FILE *out)
{
	bool begun = false, gap = false;

	for (unsigned i = 0; i < source->line_count; i++) {
		const struct line *line = &source->lines[i];
		if (line->word_count == 0 && !line->comment) {
			gap = begun;
			continue;
		}
		if (gap)
			fputc('\n', out);
		print_formatted(a, source, i, out);
		begun = true;
		gap = false;
	}
}

enum pef_err scenario_format(const char *text, size_t len, const char *path, FILE *out, FILE *messages)
{
	struct script_arena *a = script_arena_create();
	struct diagnostics *d = diagnostics_create(a, path);
	struct source *source = source_read(a, d, path, text, len);
	bool good;

	if (!diag_has_errors(d))
		tree_build(a, d, source);
	good = !diag_has_errors(d);
	if (good)
		print_all(a, source, out);
	diag_flush(d, messages);
	script_arena_destroy(a);
	return good ? PEF_OK : PEF_PARSE;
}
