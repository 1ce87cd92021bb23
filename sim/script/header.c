/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * header.c - the section "scenario".
 *
 * Locking: none. Errors: told. Blocking: never.
 */
#include <string.h>

#include "script.h"

static const char about_usage[] =
	"lines of 'scenario': title STRING, about STRING, tags NAME..., since NAME, requires NAME...";

static void about_names(struct cursor *c, bool one)
{
	char name[PEF_NAME_MAX];

	do {
		if (!cursor_name(c, "a name", name))
			return;
	} while (!one && !cursor_done(c));
	if (cursor_end(c, about_usage))
		line_keep(c->r, &c->r->s->notes, &c->r->s->note_count, c->line);
}

static void about_line(struct reader *r, const struct line *line)
{
	static const char *const words[] = {"title", "about", "tags", "since", "requires"};
	struct cursor c = cursor_at(r, line, 1);
	struct suggest s = suggest_begin(line->words[0].text);
	char text[SCRIPT_LINE_MAX];

	c.i = 0;
	if (cursor_take(&c, "title")) {
		if (r->s->title[0]) {
			diag_error(r->diag, line, line->words[0].column, "a second title");
			diag_help(r->diag, "a scenario has one title; more text goes into 'about'");
		} else if (cursor_string(&c, "the title", r->s->title, sizeof(r->s->title))) {
			cursor_end(&c, about_usage);
		}
	} else if (cursor_take(&c, "about")) {
		if (cursor_string(&c, "the text", text, sizeof(text)) && cursor_end(&c, about_usage))
			line_keep(r, &r->s->notes, &r->s->note_count, line);
	} else if (cursor_take(&c, "tags") || cursor_take(&c, "requires")) {
		about_names(&c, false);
	} else if (cursor_take(&c, "since")) {
		about_names(&c, true);
	} else {
		cursor_error(&c, "unknown word '%s' in section 'scenario'", line->words[0].text);
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			suggest_offer(&s, words[i]);
		suggest_help(r->diag, &s, "%s", about_usage);
	}
}

void header_read(struct reader *r)
{
	for (const struct section *s = r->sections; s; s = s->next) {
		struct cursor c = cursor_at(r, s->head, 1);
		if (s->kind != SECTION_SCENARIO)
			continue;
		if (r->name_line) {
			diag_error(r->diag, s->head, 1, "a second section 'scenario'");
			diag_help(r->diag, "first defined at %s:%u", r->name_line->source->path, r->name_line->number);
			continue;
		}
		r->name_line = s->head;
		if (cursor_name(&c, "the scenario's name", r->s->name))
			cursor_end(&c, "scenario NAME");
		for (const struct node *n = s->first; n; n = n->next)
			about_line(r, n->line);
	}
	if (r->name_line || diag_has_errors(r->diag))
		return;
	diag_error(r->diag, NULL, 0, "there is no section 'scenario'");
	diag_help(r->diag, "name it with a line 'scenario NAME'");
}
