/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statement.c - one statement of a thread, as the table of operations shapes it.
 *
 * Locking: none. Errors: told; one message a line. Blocking: never.
 */
#include <string.h>

#include "script.h"

#define VALUE_MAX UINT64_C(0xffffffffffff) /* a content token has 48 bits for it */

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
		const char *who = info->threads == ON_GUEST ? "guest" : info->threads == ON_HOST ? "host" : "uv";
		cursor_error(c, "a %s thread cannot say '%s'", kind_words[kind], info->word);
		diag_help(c->r->diag, "it is an operation of %s threads", who);
		return false;
	}
	c->i++;
	return true;
}

static bool page_read(struct cursor *c, struct statement *out)
{
	uint64_t slot;

	if (!cursor_page(c, &slot, &out->page))
		return false;
	if (slot >= PEF_SLOTS_MAX) {
		c->i--;
		cursor_error(c, "slot %llu is out of range", (unsigned long long)slot);
		diag_help(c->r->diag, "slots are numbered from 0 to %u", PEF_SLOTS_MAX - 1);
		return false;
	}
	out->slot = (uint32_t)slot;
	return true;
}

static bool value_read(struct cursor *c, struct statement *out)
{
	if (cursor_take(c, "="))
		out->test = TEST_EQUAL;
	else if (strstr(op_info(out->kind)->usage, "!=") && cursor_take(c, "!="))
		out->test = TEST_NOT_EQUAL;
	else
		return true;
	return cursor_number(c, "the value", 0, VALUE_MAX, &out->number);
}

static bool event_read(struct cursor *c, struct statement *out)
{
	char name[PEF_NAME_MAX];

	if (!cursor_name(c, "the event's name", name))
		return false;
	out->event = c->r->dry ? 0 : event_intern(c->r, name);
	return true;
}

static bool slot_read(struct cursor *c, struct statement *out)
{
	uint64_t slot;

	if (!cursor_number(c, "the slot's number", 0, PEF_SLOTS_MAX - 1, &slot))
		return false;
	out->slot = (uint32_t)slot;
	return true;
}

/* The label may stand further down, so it is only noted here; check.c finds it. */
static bool after_read(struct cursor *c, unsigned thread)
{
	const char *text = cursor_word(c, "a label", "after THREAD.LABEL");
	struct reader *r = c->r;

	if (!text)
		return false;
	if (c->line->words[c->i].kind != WORD_PLAIN || !strchr(text, '.')) {
		cursor_error(c, "'%s' is no label of a thread", text);
		diag_help(r->diag, "after THREAD.LABEL");
		return false;
	}
	if (!r->dry) {
		r->afters = script_grow(r->arena, r->afters, r->after_count, sizeof(*r->afters));
		r->afters[r->after_count++] = (struct after_use){c->line, cursor_column(c), thread,
			r->s->threads[thread].count, script_copy(r->arena, text, strlen(text))};
	}
	c->i++;
	return true;
}

static bool advice_read(struct cursor *c, const char *usage)
{
	return cursor_expect(c, "dontneed", usage);
}

/*S:130
 * What a statement looks like is said once, in the table PEF_OPS of scenario.h: the word, who may say
 * it, the shape of its arguments. The reader, the printer, the list of operations and the messages all
 * live on that table; a new operation is a row there and a function in sim/cli/actor.c.
 :*/
static bool args_read(struct cursor *c, unsigned thread, struct statement *out)
{
	const char *usage = op_usage(out->kind);

	out->count = 1;
	switch (op_info(out->kind)->args) {
	case ARGS_NONE:
		return true;
	case ARGS_PAGE:
		return page_read(c, out);
	case ARGS_PAGE_VALUE:
		return page_read(c, out) && value_read(c, out);
	case ARGS_PAGE_COUNT:
		return page_read(c, out) &&
		       (!cursor_take(c, "count") || cursor_number(c, "the number of pages", 1,
							    SCRIPT_GPA_END >> PEF_PAGE_SHIFT, &out->count));
	case ARGS_SLOT:
		return slot_read(c, out);
	case ARGS_SLOT_NEW:
		return slot_read(c, out) && slot_place_read(c, usage, &out->number, &out->count);
	case ARGS_PAGE_ADVICE:
		return page_read(c, out) && advice_read(c, usage);
	case ARGS_PAGE_SHARED:
		if (!page_read(c, out))
			return false;
		out->shared = cursor_take(c, "shared");
		return true;
	case ARGS_EVENT:
		return event_read(c, out);
	case ARGS_EVENT_COUNT:
		return event_read(c, out) &&
		       cursor_number(c, "the number of threads", 1, SCRIPT_THREADS_MAX, &out->count);
	case ARGS_AFTER:
		return after_read(c, thread);
	case ARGS_CYCLES:
		if (!cursor_number(c, "the number of cycles", 1, INT64_C(1) << 48, &out->number))
			return false;
		cursor_take(c, "cycles");
		return true;
	case ARGS_INT:
		return cursor_number(c, "the number of branches", 1, 64, &out->count);
	}
	return false;
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
		if (args_read(&c, thread, out) && results_read(&c, out) && cursor_end(&c, op_usage(out->kind)))
			return true;
		slot_excuse(r, thread, out);
	}
	line_failed(r, line);
	return false;
}
