/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tree.c - lines grouped into sections and loops.
 *
 * A section keyword stands in column 1 and its statements are indented, so a
 * forgotten "end" is found where the section ends, not at the end of the file.
 *
 * Locking: none. Errors: told; the line is left out. Blocking: never.
 */
#include <stdlib.h>
#include <string.h>

#include "script.h"

static const char *const section_words[] = {
#define X(name, word, usage, about) [SECTION_##name] = (word),
	PEF_SECTIONS(X)
#undef X
};

struct builder {
	struct script_arena *arena;
	struct diagnostics *diag;
	struct section *last;
	struct node **ends[SCRIPT_LOOPS_MAX + 2]; /* where the next statement goes, by depth */
	struct node *loops[SCRIPT_LOOPS_MAX + 2];
	unsigned depth;
	bool lost; /* in a section whose keyword is unknown */
};

static bool section_parse(const char *word, enum section_kind *out)
{
	for (unsigned i = 0; i < SECTION_KIND_COUNT; i++)
		if (strcmp(word, section_words[i]) == 0) {
			*out = (enum section_kind)i;
			return true;
		}
	return false;
}

static void section_unknown(struct builder *b, const struct line *line)
{
	const struct word *w = &line->words[0];
	struct suggest s = suggest_begin(w->text);
	enum op_kind op;

	diag_error(b->diag, line, w->column, "unknown section '%s'", w->text);
	for (unsigned i = 0; i < SECTION_KIND_COUNT; i++)
		suggest_offer(&s, section_words[i]);
	if (op_parse(w->text, &op) || strcmp(w->text, "for") == 0 || strcmp(w->text, "end") == 0)
		s.best = NULL;
	suggest_help(b->diag, &s, "a section begins in column 1, its statements are indented");
}

static void loops_close(struct builder *b)
{
	for (; b->depth > 0; b->depth--) {
		const struct line *line = b->loops[b->depth]->line;
		diag_error(b->diag, line, line->words[0].column, "'%s' has no 'end'", line->words[0].text);
		diag_help(b->diag, "close the loop with a line 'end' before the section ends");
	}
}

static void head_add(struct builder *b, struct section **sections, struct line *line)
{
	struct section *section;
	enum section_kind kind;

	loops_close(b);
	b->lost = line->words[0].kind != WORD_PLAIN || !section_parse(line->words[0].text, &kind);
	if (b->lost) {
		section_unknown(b, line);
		return;
	}
	section = script_alloc(b->arena, sizeof(*section));
	section->kind = kind;
	section->head = line;
	*(b->last ? &b->last->next : sections) = section;
	b->last = section;
	b->ends[0] = &section->first;
}

static void loop_end(struct builder *b, struct line *line)
{
	if (b->depth == 0) {
		diag_error(b->diag, line, line->words[0].column, "'end' without a loop");
		diag_help(b->diag, "'end' closes 'for' or 'repeat'");
		return;
	}
	if (line->word_count > 1) {
		diag_error(b->diag, line, line->words[1].column, "unexpected '%s'", line->words[1].text);
		diag_help(b->diag, "'end' stands alone");
	}
	line->is_end = true;
	line->depth = b->depth--;
}

static void statement_add(struct builder *b, struct line *line)
{
	struct node *node = script_alloc(b->arena, sizeof(*node));
	const struct word *w = &line->words[0];

	node->line = line;
	line->depth = b->depth + 1;
	*b->ends[b->depth] = node;
	b->ends[b->depth] = &node->next;
	if (b->last->kind != SECTION_THREAD || !(word_is(w, WORD_PLAIN, "for") || word_is(w, WORD_PLAIN, "repeat")))
		return;
	if (b->depth == SCRIPT_LOOPS_MAX) {
		diag_error(b->diag, line, w->column, "loops are nested more than %u deep", SCRIPT_LOOPS_MAX);
		diag_help(b->diag, "write the innermost loop out, or use a thread of its own");
		/* Its end is still counted, so that one message is enough. */
		if (b->depth + 1 > SCRIPT_LOOPS_MAX)
			b->lost = true;
		return;
	}
	node->is_loop = true;
	b->depth++;
	b->loops[b->depth] = node;
	b->ends[b->depth] = &node->child;
}

static void line_add(struct builder *b, struct section **sections, struct line *line)
{
	const struct word *w = &line->words[0];

	if (!line->indented) {
		head_add(b, sections, line);
		return;
	}
	line->depth = 1;
	if (b->lost)
		return;
	if (!b->last) {
		diag_error(b->diag, line, w->column, "a statement before the first section");
		diag_help(b->diag, "a section keyword stands in column 1");
		return;
	}
	if (b->last->kind == SECTION_THREAD && word_is(w, WORD_PLAIN, "end"))
		loop_end(b, line);
	else
		statement_add(b, line);
}

/* The first line with words must be "pefscn 1". */
static bool version_read(struct builder *b, const struct line *line)
{
	if (line->word_count == 2 && !line->indented && word_is(&line->words[0], WORD_PLAIN, "pefscn") &&
		word_is(&line->words[1], WORD_PLAIN, "1"))
		return true;
	if (word_is(&line->words[0], WORD_PLAIN, "pefscn") && line->word_count > 1)
		diag_error(b->diag, line, line->words[1].column, "unknown version '%s'", line->words[1].text);
	else
		diag_error(b->diag, line, line->words[0].column, "this is no scenario");
	diag_help(b->diag, "a scenario begins with the line 'pefscn 1'");
	return false;
}

/*S:110
 * The second hand groups lines. A section's keyword stands in column 1 and its statements are
 * indented; that is all the structure there is, beside loops. The price is a rule about blanks; what
 * it buys is that a forgotten "end" is found at the end of its section and not at the end of the file.
 :*/
struct section *tree_build(struct script_arena *a, struct diagnostics *d, struct source *source)
{
	struct builder b = {.arena = a, .diag = d};
	struct section *sections = NULL;
	bool begun = false;

	for (unsigned i = 0; i < source->line_count; i++) {
		struct line *line = &source->lines[i];
		if (line->word_count == 0)
			continue;
		if (begun)
			line_add(&b, &sections, line);
		else if (!version_read(&b, line))
			return NULL;
		begun = true;
	}
	loops_close(&b);
	if (!begun && !diag_has_errors(d)) {
		diag_error(d, NULL, 0, "the file is empty");
		diag_help(d, "a scenario begins with the line 'pefscn 1'");
	}
	return sections;
}
