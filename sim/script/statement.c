/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statement.c - one statement of a thread: label, operation, results. Arguments
 * are read in arguments.c.
 *
 * Locking: none. Errors: told; one message a line. Blocking: never.
 */
#include <string.h>

#include "script.h"

static const char *const kind_words[] = {
	[THREAD_GUEST] = "guest",
	[THREAD_HOST] = "host",
	[THREAD_UV] = "uv",
};

unsigned thread_mask(enum thread_kind kind)
{
	return 1u << kind;
}

static bool label_read(struct cursor *c, struct statement *out)
{
	const struct word *w = &c->line->words[c->i];
	size_t len = strlen(w->text);

	if (w->kind != WORD_PLAIN || len < 2 || w->text[len - 1] != ':')
		return true;
	if (!name_is_valid(w->text, len - 1) || len > PEF_NAME_MAX) {
		cursor_error(c, "'%.*s' is no label", (int)len - 1, w->text);
		diag_help(c->r->diag, "a label is a name and ':', at most %u bytes", PEF_NAME_MAX - 1);
		return false;
	}
	snprintf(out->label, sizeof(out->label), "%.*s", (int)len - 1, w->text);
	c->i++;
	if (!cursor_done(c))
		return true;
	cursor_error(c, "a statement is missing after the label");
	diag_help(c->r->diag, "a label stands on the line of its statement");
	return false;
}

static bool op_unknown(struct cursor *c, const char *text, unsigned mask)
{
	struct suggest s = suggest_begin(text);

	if (!diag_error(c->r->diag, c->line, cursor_column(c), "unknown operation '%s'", text))
		return false;
	/* Words this thread may say come first. */
	for (unsigned i = 0; i < OP_KIND_COUNT; i++)
		if (op_info((enum op_kind)i)->threads & mask)
			suggest_offer(&s, op_info((enum op_kind)i)->word);
	for (unsigned i = 0; i < OP_KIND_COUNT; i++)
		suggest_offer(&s, op_info((enum op_kind)i)->word);
	suggest_offer(&s, "for");
	suggest_offer(&s, "repeat");
	suggest_help(c->r->diag, &s, "'pefsim list ops' names all");
	return false;
}

static bool op_read(struct cursor *c, enum thread_kind kind, struct statement *out)
{
	const char *text = cursor_text(c);
	const struct op_info *info;

	if (!text)
		return false;
	if (c->line->words[c->i].kind != WORD_PLAIN || !op_parse(text, &out->kind))
		return op_unknown(c, text, thread_mask(kind));
	info = op_info(out->kind);
	if (!(info->threads & thread_mask(kind))) {
		cursor_error(c, "a %s thread cannot say '%s'", kind_words[kind], info->word);
		diag_help(c->r->diag, "it is an operation of %s threads", op_threads(info->threads));
		return false;
	}
	c->i++;
	return true;
}

static bool results_read(struct cursor *c, struct statement *out)
{
	if (!cursor_take(c, "->"))
		return true;
	if (op_info(out->kind)->threads == ON_ANY) {
		c->i--;
		cursor_error(c, "'%s' has no result", op_info(out->kind)->word);
		diag_help(c->r->diag, "leave '->' out");
		return false;
	}
	if (cursor_take(c, "any")) {
		out->any_result = true;
		return true;
	}
	do {
		if (out->result_count == RESULTS_MAX) {
			cursor_error(c, "more than %u results", RESULTS_MAX);
			diag_help(c->r->diag, "'-> any' takes every result");
			return false;
		}
		if (!cursor_code(c, &out->results[out->result_count]))
			return false;
		out->result_count++;
	} while (cursor_take(c, "|"));
	return true;
}

/* A slot that is created wrongly exists all the same: one message is enough. */
static void slot_excuse(struct reader *r, unsigned thread, const struct statement *st)
{
	if (st->kind == OP_SLOT_CREATE)
		r->slot_pages[r->s->threads[thread].guest][st->slot] = SCRIPT_GPA_END >> PEF_PAGE_SHIFT;
}

bool statement_read(struct reader *r, unsigned thread, const struct line *line, struct statement *out)
{
	struct cursor c = cursor_at(r, line, 0);

	*out = (struct statement){.line = line->number, .label_event = UINT32_MAX};
	if (!label_read(&c, out)) {
		line_failed(r, line);
		return false;
	}
	out->column = cursor_column(&c);
	if (op_read(&c, r->s->threads[thread].kind, out)) {
		if (arguments_read(&c, thread, out) && results_read(&c, out) && cursor_end(&c, op_usage(out->kind)))
			return true;
		slot_excuse(r, thread, out);
	}
	line_failed(r, line);
	return false;
}
