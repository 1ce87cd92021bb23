/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check.c - what only the whole script can tell: slots, events, labels.
 *
 * Locking: none. Errors: told at the statement. Blocking: never.
 */
#include <string.h>

#include "script.h"

static const struct line *line_of(const struct reader *r, const struct statement *st)
{
	return &r->source->lines[st->line - 1];
}

/* The column of the n-th word after the operation. */
static unsigned argument_column(const struct reader *r, const struct statement *st, unsigned n)
{
	const struct line *line = line_of(r, st);
	unsigned i = (st->label[0] ? 1u : 0u) + n;

	return i < line->word_count ? line->words[i].column : st->column;
}

/* ---- slots ------------------------------------------------------------------------ */

static void slot_created(struct reader *r, const struct thread *t, const struct statement *st)
{
	struct guest_spec *g = &r->s->guests[t->guest];
	struct slot_spec *slot = guest_slot(g, st->slot);
	uint64_t *most = &r->slot_pages[t->guest][st->slot];

	if (slot && slot->gpa != st->number) {
		diag_error(r->diag, line_of(r, st), argument_column(r, st, 3), "slot %u is at 0x%llx elsewhere",
			st->slot, (unsigned long long)slot->gpa);
		diag_help(r->diag, "a slot's number stands for one address in the whole scenario; use another number");
		return;
	}
	if (!slot) {
		slot = guest_add_slot(r, g);
		*slot = (struct slot_spec){.id = st->slot, .gpa = st->number};
	}
	if (*most < st->count)
		*most = st->count;
	if (!slot->present)
		slot->pages = *most;
}

void slots_collect(struct reader *r)
{
	for (unsigned i = 0; i < r->s->thread_count; i++) {
		const struct thread *t = &r->s->threads[i];
		for (unsigned j = 0; j < t->count; j++)
			if (t->statements[j].kind == OP_SLOT_CREATE)
				slot_created(r, t, &t->statements[j]);
	}
}

static void no_slot(struct reader *r, const struct statement *st, unsigned word, const char *guest, uint32_t slot)
{
	diag_error(r->diag, line_of(r, st), argument_column(r, st, word), "guest %s has no slot %u", guest, slot);
	diag_help(r->diag, "slots are defined in the guest's section, or by slot_create");
}

static void page_outside(struct reader *r, const struct thread *t, const struct statement *st, unsigned word,
	uint32_t slot, uint64_t last)
{
	uint64_t pages = r->slot_pages[t->guest][slot];

	diag_error(r->diag, line_of(r, st), argument_column(r, st, word), "page %llu is outside slot %u",
		(unsigned long long)last, slot);
	diag_help(r->diag, "slot %u of guest %s has pages 0 to %llu", slot, r->s->guests[t->guest].name,
		(unsigned long long)(pages - 1));
}

/* A range of pages that stands at a word of the statement. */
static void range_check(struct reader *r, const struct thread *t, const struct statement *st, unsigned word,
	uint32_t slot, uint64_t page, uint64_t count)
{
	uint64_t pages = r->slot_pages[t->guest][slot];

	if (pages == 0)
		no_slot(r, st, word, r->s->guests[t->guest].name, slot);
	else if (page >= pages || count > pages - page)
		page_outside(r, t, st, word, slot, page + count - 1);
}

/* The words of a call are the operation, its name, and one or two an argument. */
static void call_check(struct reader *r, const struct thread *t, const struct statement *st)
{
	unsigned word = 2;

	for (unsigned i = 0; i < st->arg_count; i++, word++) {
		const struct call_arg *arg = &st->args[i];
		if (arg->kind == CALL_ARG_GFN || arg->kind == CALL_ARG_RA)
			word++;
		if (arg->kind == CALL_ARG_GFN || arg->kind == CALL_ARG_RA || arg->kind == CALL_ARG_GPA)
			range_check(r, t, st, word, arg->slot, arg->value, 1);
	}
}

/* A moved slot must still end inside guest memory. */
static void move_check(struct reader *r, const struct thread *t, const struct statement *st)
{
	uint64_t pages = r->slot_pages[t->guest][st->slot];

	if (pages == 0)
		no_slot(r, st, 1, r->s->guests[t->guest].name, st->slot);
	else if (pages > (SCRIPT_GPA_END - st->number) / PEF_PAGE_SIZE) {
		diag_error(r->diag, line_of(r, st), argument_column(r, st, 3), "slot %u does not fit at 0x%llx",
			st->slot, (unsigned long long)st->number);
		diag_help(r->diag, "guest memory ends at 0x%llx", (unsigned long long)SCRIPT_GPA_END);
	}
}

static void statement_check(struct reader *r, const struct thread *t, const struct statement *st)
{
	switch (op_info(st->kind)->args) {
	case ARGS_PAGE_TO:
	case ARGS_PAGE_WITH:
		range_check(r, t, st, 3, st->to_slot, st->to_page, st->count);
		range_check(r, t, st, 1, st->slot, st->page, st->count);
		return;
	case ARGS_PAGE:
	case ARGS_PAGE_VALUE:
	case ARGS_PAGE_COUNT:
	case ARGS_PAGE_ADVICE:
	case ARGS_PAGE_SHARED:
		range_check(r, t, st, 1, st->slot, st->page, st->count);
		return;
	case ARGS_SLOT:
	case ARGS_SLOT_FLAGS:
		if (r->slot_pages[t->guest][st->slot] == 0)
			no_slot(r, st, 1, r->s->guests[t->guest].name, st->slot);
		return;
	case ARGS_SLOT_TO:
		move_check(r, t, st);
		return;
	case ARGS_HCALL:
	case ARGS_UCALL:
		call_check(r, t, st);
		return;
	case ARGS_NONE:
	case ARGS_SLOT_NEW:
	case ARGS_IMAGES:
	case ARGS_EVENT:
	case ARGS_EVENT_COUNT:
	case ARGS_AFTER:
	case ARGS_CYCLES:
	case ARGS_INT:
		return;
	}
}

/* ---- events ------------------------------------------------------------------------ */

void afters_resolve(struct reader *r)
{
	for (unsigned i = 0; i < r->after_count; i++) {
		const struct after_use *a = &r->afters[i];
		uint32_t event;
		if (!label_find(r, a->text, a->thread, &event)) {
			label_unknown(r, a->line, a->column, a->text);
			continue;
		}
		r->uses[event].wait = a->line;
		/* A line that went wrong after its label never became a statement. */
		if (a->statement < r->s->threads[a->thread].count)
			r->s->threads[a->thread].statements[a->statement].event = event;
	}
}

static void never_signalled(struct reader *r, uint32_t event)
{
	const struct line *line = r->uses[event].wait;
	const char *name = r->s->events[event];
	struct suggest s = suggest_begin(name);

	if (!diag_error(r->diag, line, line->words[0].column, "nobody signals '%s'", name))
		return;
	for (uint32_t i = 0; i < r->s->event_count && i < SUGGEST_EVENTS_MAX; i++)
		if (i != event && !r->uses[i].is_label && r->uses[i].signal)
			suggest_offer(&s, r->s->events[i]);
	suggest_help(r->diag, &s, "add 'signal %s' to another thread", name);
}

static void barrier_check(struct reader *r, uint32_t event)
{
	const struct event_use *use = &r->uses[event];
	unsigned threads = use->barrier_threads;

	if (use->signal || use->wait) {
		diag_error(r->diag, use->barrier, use->barrier->words[0].column, "'%s' is an event and a barrier",
			r->s->events[event]);
		diag_help(r->diag, "the event is used at %s:%u", r->source->path,
			(use->signal ? use->signal : use->wait)->number);
	} else if (threads < use->barrier_count) {
		diag_error(r->diag, use->barrier, use->barrier->words[0].column,
			"barrier '%s' waits for %u threads, and only %u come", r->s->events[event], use->barrier_count,
			threads);
		diag_help(r->diag, "every thread that takes part says 'barrier %s %u'", r->s->events[event],
			use->barrier_count);
	}
}

static void event_check(struct reader *r, uint32_t event)
{
	const struct event_use *use = &r->uses[event];

	if (use->is_excused)
		return;
	if (use->barrier)
		barrier_check(r, event);
	else if (use->wait && !use->signal)
		never_signalled(r, event);
}

static void unused_warn(struct reader *r, uint32_t event)
{
	const struct event_use *use = &r->uses[event];

	if (use->barrier || use->wait)
		return;
	diag_warn(r->diag, use->signal, use->signal->words[0].column,
		use->is_label ? "label '%s' is never used" : "nobody waits for '%s'", r->s->events[event]);
	diag_help(r->diag, use->is_label ? "'after %s' would wait for it" : "'wait %s' would wait for it",
		r->s->events[event]);
}

/*
 * One of the next statements is done and the others are not, so none of them may be what another thread
 * waits for, or what ends or branches the thread.
 */
static void choose_check(struct reader *r, const struct thread *t, unsigned at)
{
	const struct statement *st = &t->statements[at];

	if (st->count > t->count - at - 1) {
		diag_error(r->diag, line_of(r, st), st->column, "'choose %llu' has only %u statements to choose from",
			(unsigned long long)st->count, t->count - at - 1);
		diag_help(r->diag, "one of the next %llu statements is done", (unsigned long long)st->count);
		return;
	}
	for (unsigned i = 1; i <= st->count; i++) {
		const struct statement *one = &t->statements[at + i];
		bool fixed = one->kind == OP_SIGNAL || one->kind == OP_BARRIER || one->kind == OP_CHOOSE ||
			     one->kind == OP_OFF;
		if (!fixed && !one->label[0])
			continue;
		diag_error(r->diag, line_of(r, one), one->column, "'%s' %scannot be left to choice",
			op_info(one->kind)->word, fixed ? "" : "with a label ");
		diag_help(r->diag, "'choose %llu' at line %u does one of the next %llu statements",
			(unsigned long long)st->count, st->line, (unsigned long long)st->count);
	}
}

static void thread_check(struct reader *r, const struct thread *t)
{
	for (unsigned i = 0; i < t->count; i++) {
		const struct statement *st = &t->statements[i];
		statement_check(r, t, st);
		if (st->kind == OP_CHOOSE)
			choose_check(r, t, i);
		if (i == 0 || t->statements[i - 1].kind != OP_OFF)
			continue;
		diag_error(r->diag, line_of(r, st), st->column, "a statement after 'off'");
		diag_help(r->diag, "the vCPU has stopped for good");
	}
}

void check_scenario(struct reader *r)
{
	for (unsigned i = 0; i < r->s->thread_count; i++)
		thread_check(r, &r->s->threads[i]);
	events_excuse(r);
	for (uint32_t i = 0; i < r->s->event_count; i++)
		event_check(r, i);
	if (diag_has_errors(r->diag))
		return;
	progress_check(r);
	for (uint32_t i = 0; i < r->s->event_count; i++)
		unused_warn(r, i);
}
