/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * summary.c - what a run did, collected from its books and its trace.
 *
 * Calls are paired by hardware thread: a call lends its thread to the callee,
 * so the calls of one thread nest. A return names the domain it goes to; it
 * ends the newest call from there, and with it those that were handed on below
 * (call_transfer), whose answer this is too.
 *
 * Locking: none; the run has ended. Errors: PEF_NOMEM. Blocking: never.
 */
#include <stdlib.h>
#include <string.h>

#include "pefsim/abi.h"
#include "pefsim/summary.h"
#include "view.h"

/* A call that has not returned. */
struct open_call {
	char thread[PEF_NAME_MAX]; /* name of the hardware thread */
	uint32_t number;
	uint32_t caller; /* domain */
	cycles_t since;
};

struct collector {
	const struct engine *engine;
	struct run_summary *out;
	struct view view; /* who waits for which lock */
	struct open_call *open; /* oldest first */
	unsigned open_count, open_room;
	unsigned call_room, lock_room;
	bool becoming_secure[PEF_GUESTS_MAX];
	bool no_memory;
};

/* Room for one element more in a growing array; NULL and no_memory when there is none. */
static void *collector_grow(struct collector *c, void *array, unsigned count, unsigned *room, size_t size)
{
	void *larger;

	if (count < *room)
		return array;
	larger = realloc(array, (*room != 0 ? *room * 2 : 16) * size);
	if (larger == NULL) {
		c->no_memory = true;
		return array;
	}
	*room = *room != 0 ? *room * 2 : 16;
	return larger;
}

/* ---- calls --------------------------------------------------------------------- */

static void thread_name(const struct collector *c, const struct trace_event *event, char *buf, size_t size)
{
	const char *name = engine_context_name(c->engine, event->domain, event->rec.ctx);
	size_t len = strcspn(name, "/");

	if (len >= size)
		len = size - 1;
	memcpy(buf, name, len);
	buf[len] = '\0';
}

/* The row of a call's number, made when it is new; rows are kept in order of their numbers. */
static struct summary_call *call_row(struct collector *c, uint32_t number)
{
	struct run_summary *s = c->out;
	unsigned at = 0;

	while (at < s->call_count && s->calls[at].number < number)
		at++;
	if (at < s->call_count && s->calls[at].number == number)
		return &s->calls[at];
	s->calls = collector_grow(c, s->calls, s->call_count, &c->call_room, sizeof(*s->calls));
	if (c->no_memory)
		return NULL;
	memmove(&s->calls[at + 1], &s->calls[at], (s->call_count - at) * sizeof(*s->calls));
	s->calls[at] = (struct summary_call){.number = number};
	s->call_count++;
	return &s->calls[at];
}

static void collect_call(struct collector *c, const struct trace_event *event)
{
	struct open_call call = {.number = (uint32_t)event->rec.a, .caller = event->domain, .since = event->rec.cycle};
	struct summary_call *row = call_row(c, call.number);

	c->open = collector_grow(c, c->open, c->open_count, &c->open_room, sizeof(*c->open));
	if (c->no_memory)
		return;
	row->count++;
	thread_name(c, event, call.thread, sizeof(call.thread));
	c->open[c->open_count++] = call;
}

/* Ends the open call at @index at the time of @event. */
static void close_call(struct collector *c, unsigned index, const struct trace_event *event)
{
	struct summary_call *row = call_row(c, c->open[index].number);

	row->returned++;
	row->cycles += event->rec.cycle - c->open[index].since;
	c->open_count--;
	memmove(&c->open[index], &c->open[index + 1], (c->open_count - index) * sizeof(*c->open));
}

/*T:140
 * A call lends its hardware thread, so the calls of one thread nest, and a return can be paired with
 * its call without an id. A call that was handed on is ended by the same return.
 :*/
static void collect_return(struct collector *c, const struct trace_event *event)
{
	char thread[PEF_NAME_MAX];
	unsigned i = c->open_count;
	bool is_mine, known = false;

	thread_name(c, event, thread, sizeof(thread));
	for (unsigned k = 0; k < c->open_count; k++)
		known |= strcmp(c->open[k].thread, thread) == 0 && c->open[k].caller == event->rec.aux;
	/* A return whose call is no longer kept, or was handed on by nobody here. */
	if (!known)
		return;
	do {
		i--;
		if (strcmp(c->open[i].thread, thread) != 0)
			continue;
		is_mine = c->open[i].caller == event->rec.aux;
		close_call(c, i, event);
		if (is_mine)
			return;
	} while (i > 0);
}

/* ---- locks --------------------------------------------------------------------- */

static struct summary_lock *lock_row(struct collector *c, obj_t lock)
{
	struct run_summary *s = c->out;

	for (unsigned i = 0; i < s->lock_count; i++)
		if (s->locks[i].lock.w == lock.w)
			return &s->locks[i];
	s->locks = collector_grow(c, s->locks, s->lock_count, &c->lock_room, sizeof(*s->locks));
	if (c->no_memory)
		return NULL;
	s->locks[s->lock_count] = (struct summary_lock){.lock = lock};
	return &s->locks[s->lock_count++];
}

static void collect_lock(struct collector *c, const struct trace_event *event)
{
	const struct view_lock *wait = view_wait_find(&c->view, event);
	struct summary_lock *row;

	/* A wait for an event of the script or a completion is no lock's fault. */
	if (event->rec.aux == LOCK_EVENT || wait == NULL)
		return;
	row = lock_row(c, wait->lock);
	if (row == NULL)
		return;
	if (event->rec.kind == TRACE_LOCK_WAIT) {
		row->waits++;
		row->unfinished++;
		return;
	}
	row->unfinished--;
	row->cycles += event->rec.cycle - wait->since;
	view_wait_end(&c->view, event);
}

static int lock_compare(const void *left, const void *right)
{
	const struct summary_lock *a = left, *b = right;

	if (a->cycles != b->cycles)
		return a->cycles > b->cycles ? -1 : 1;
	return (a->lock.w > b->lock.w) - (a->lock.w < b->lock.w);
}

/* ---- pages --------------------------------------------------------------------- */

/* What a commit of a share leads to. */
static bool state_is_shared(enum gfn_state state)
{
	switch (state) {
	case GFN_SHARED:
	case GFN_SHARED_INV:
	case GFN_IMPLICIT:
	case GFN_IMPLICIT_INV:
	case GFN_PSEUDO:
	case GFN_PSEUDO_INV:
		return true;
	case GFN_SECURE:
	case GFN_PAGEDOUT:
	case GFN_HV_SHARING:
	case GFN_HV_SHARED:
	case GFN_HV_SHARED_INV:
	case GFN_HV_UNSHARING:
	case GFN_HV_UNSHARING_INV:
	case GFN_HV_UNSHARED:
	case GFN_STATE_COUNT:
		break;
	}
	return false;
}

static void collect_page(struct summary_pages *pages, const struct trace_rec *r)
{
	enum gfn_state from = (enum gfn_state)(r->b >> 32), to = (enum gfn_state)(r->b & UINT32_MAX);

	/* Not every way back to SECURE is one: a slot that goes takes the state of its pages along. */
	if (to == GFN_SECURE && from == GFN_HV_UNSHARED)
		pages->unshared++;
	else if (to == GFN_PAGEDOUT && from == GFN_SECURE)
		pages->out++;
	else if (state_is_shared(to) && !state_is_shared(from))
		pages->shared++;
}

static void collect_mode(struct collector *c, const struct trace_rec *r)
{
	if (r->a < PEF_GUESTS_MAX)
		c->becoming_secure[r->a] = r->aux == TRACE_SVM_START;
}

static void collect_copy(struct collector *c, const struct trace_rec *r)
{
	unsigned guest = trace_page_guest(r->a);

	if (guest < PEF_GUESTS_MAX && c->becoming_secure[guest])
		c->out->pages.boot++;
}

/* ---- the whole ----------------------------------------------------------------- */

static void collect_trace(struct collector *c)
{
	struct trace_merge *merge = trace_merge_open(c->engine);
	struct trace_event event;

	while (!c->no_memory && trace_merge_next(merge, &event)) {
		view_take(&c->view, &event);
		if (event.rec.cycle > c->out->cycles)
			c->out->cycles = event.rec.cycle;
		if (event.rec.kind == TRACE_CALL)
			collect_call(c, &event);
		else if (event.rec.kind == TRACE_RETURN)
			collect_return(c, &event);
		else if (event.rec.kind == TRACE_LOCK_WAIT || event.rec.kind == TRACE_LOCK_ACQUIRE)
			collect_lock(c, &event);
		else if (event.rec.kind == TRACE_UV_STATE)
			collect_page(&c->out->pages, &event.rec);
		else if (event.rec.kind == TRACE_CRYPTO)
			c->out->pages.in += event.rec.aux == TRACE_CRYPTO_DECRYPT;
		else if (event.rec.kind == TRACE_SVM)
			collect_mode(c, &event.rec);
		else if (event.rec.kind == TRACE_COPY)
			collect_copy(c, &event.rec);
	}
	trace_merge_close(merge);
	if (c->out->lock_count > 0)
		qsort(c->out->locks, c->out->lock_count, sizeof(*c->out->locks), lock_compare);
}

static void collect_books(struct collector *c)
{
	struct run_summary *s = c->out;
	unsigned room = 0;

	do {
		free(s->threads);
		room = room != 0 ? room * 2 : 64;
		s->threads = calloc(room, sizeof(*s->threads));
		if (s->threads == NULL) {
			c->no_memory = true;
			return;
		}
		s->thread_count = engine_books(c->engine, s->threads, room);
	} while (s->thread_count >= room);
	for (unsigned i = 0; i < s->thread_count; i++) {
		if (s->threads[i].end > s->cycles)
			s->cycles = s->threads[i].end;
		for (unsigned cause = 0; cause < CAUSE_COUNT; cause++) {
			s->by_cause[cause] += s->threads[i].by_cause[cause];
			s->booked += s->threads[i].by_cause[cause];
		}
	}
}

enum pef_err summary_collect(const struct engine *engine, struct run_summary *out)
{
	struct collector c = {.engine = engine, .out = out};

	*out = (struct run_summary){.hash = trace_hash(engine)};
	for (unsigned i = 0; i < engine_domain_count(engine); i++)
		out->events += domain_trace(engine_domain(engine, i))->count;
	view_init(&c.view, engine);
	collect_books(&c);
	if (!c.no_memory)
		collect_trace(&c);
	view_free(&c.view);
	free(c.open);
	if (!c.no_memory)
		return PEF_OK;
	summary_free(out);
	return PEF_NOMEM;
}

void summary_free(struct run_summary *summary)
{
	free(summary->threads);
	free(summary->calls);
	free(summary->locks);
	*summary = (struct run_summary){0};
}
