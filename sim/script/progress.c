/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * progress.c - whether the waits of a script can end at all.
 *
 * Operations are taken to end, and threads go on until each waits or is done.
 * Events stay signalled and barriers stay open, so the order does not matter:
 * who is left waiting would wait in every schedule. "after" of two threads for
 * each other is the common case; the message names the circle.
 *
 * Locking: none. Errors: told at the statements that wait. Blocking: never.
 */
#include "script.h"

struct progress {
	struct reader *r;
	unsigned *at; /* next statement of each thread */
	bool *signalled; /* by event */
	unsigned *came; /* by event: threads that have come to a barrier */
	bool *waits_at_barrier; /* by thread: its coming is counted */
};

static bool may_pass(struct progress *p, unsigned thread, const struct statement *st)
{
	if (st->kind == OP_WAIT || st->kind == OP_AFTER)
		return p->signalled[st->event];
	if (st->kind != OP_BARRIER)
		return true;
	if (!p->waits_at_barrier[thread])
		p->came[st->event]++;
	p->waits_at_barrier[thread] = p->came[st->event] < st->count;
	return !p->waits_at_barrier[thread];
}

/* Runs a thread until it waits; true when it came further. */
static bool thread_run(struct progress *p, unsigned thread)
{
	const struct thread *t = &p->r->s->threads[thread];
	unsigned began = p->at[thread];

	for (; p->at[thread] < t->count; p->at[thread]++) {
		const struct statement *st = &t->statements[p->at[thread]];
		if (!may_pass(p, thread, st))
			break;
		if (st->kind == OP_SIGNAL)
			p->signalled[st->event] = true;
		if (st->label_event != UINT32_MAX)
			p->signalled[st->label_event] = true;
	}
	return p->at[thread] != began;
}

static void told_stuck(struct progress *p, unsigned thread)
{
	struct reader *r = p->r;
	const struct statement *st = &r->s->threads[thread].statements[p->at[thread]];
	const struct event_use *use = &r->uses[st->event];
	const char *name = r->s->events[st->event];

	diag_error(r->diag, &r->source->lines[st->line - 1], st->column, "'%s %s' never ends", op_info(st->kind)->word,
		name);
	if (st->kind == OP_BARRIER) {
		diag_help(r->diag, "another thread of the barrier never comes");
		return;
	}
	if (use->is_label) {
		const struct thread *other = &r->s->threads[use->thread];
		const struct statement *its = &other->statements[p->at[use->thread]];
		diag_help(r->diag, "the threads wait in a circle: %s waits at line %u", other->name, its->line);
		return;
	}
	diag_help(r->diag, "'signal %s' at line %u comes only after it", name, use->signal->number);
}

/*S:150
 * Before anything runs, the script is played through with every operation taken to end. Events stay
 * signalled, so the order does not matter: a thread that waits here for ever would wait in every
 * schedule. That is a mistake of the script and is told as one, with the circle, instead of being
 * found later as a run that is stuck.
 :*/
void progress_check(struct reader *r)
{
	unsigned threads = r->s->thread_count, events = r->s->event_count;
	struct progress p = {.r = r};
	bool moved = true;

	p.at = script_alloc(r->arena, (threads + 1) * sizeof(*p.at));
	p.waits_at_barrier = script_alloc(r->arena, (threads + 1) * sizeof(*p.waits_at_barrier));
	p.signalled = script_alloc(r->arena, (events + 1) * sizeof(*p.signalled));
	p.came = script_alloc(r->arena, (events + 1) * sizeof(*p.came));
	while (moved) {
		moved = false;
		for (unsigned i = 0; i < threads; i++)
			moved |= thread_run(&p, i);
	}
	for (unsigned i = 0; i < threads; i++)
		if (p.at[i] < r->s->threads[i].count)
			told_stuck(&p, i);
}
