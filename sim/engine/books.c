/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * books.c - the cycles of each hardware thread, by cause.
 *
 * Each domain keeps its own part of a thread's book; engine_books() adds them
 * up by name. A domain thread of the THREADS executor may have run past the key
 * at which a run is cut, so there every event and every entry is also written
 * to an undo log, from which the part that no other domain can reach any more
 * is dropped now and then.
 *
 * Locking: a book belongs to its domain. Errors: too many hardware threads stop
 * the process with a message. Blocking: never.
 */
#include <stdlib.h>
#include <string.h>

#include "engine_private.h"

uint32_t book_find(struct domain *d, const char *hw)
{
	for (uint32_t i = 0; i < d->book_count; i++)
		if (!strcmp(d->books[i].hw, hw))
			return i;
	if (d->book_count == ENGINE_BOOKS_MAX)
		engine_bug("domain %s knows more than %u hardware threads", d->name, ENGINE_BOOKS_MAX);
	if (!d->books) /* room for all, touched as they come, so that names never move */
		d->books = arena_alloc(d, ENGINE_BOOKS_MAX * sizeof *d->books, 64);
	struct book *book = &d->books[d->book_count];
	strncpy(book->hw, hw, sizeof book->hw - 1);
	return d->book_count++;
}

void undo_push(struct domain *d, uint32_t book, uint32_t cause, cycles_t cycles, cycles_t end)
{
	struct undo_log *log = &d->engine->undo[d->index];
	if (log->tail - log->head == log->cap) {
		uint64_t cap = log->cap ? 2 * log->cap : 1024;
		struct undo *items = calloc(cap, sizeof *items);
		if (!items)
			engine_bug("no memory for the undo log of domain %s", d->name);
		for (uint64_t i = log->head; i != log->tail; i++)
			items[i & (cap - 1)] = log->items[i & (log->cap - 1)];
		free(log->items);
		log->items = items;
		log->cap = cap;
	}
	log->items[log->tail++ & (log->cap - 1)] = (struct undo){d->now, cycles, end, book, cause};
}

void undo_prune(struct domain *d, cycles_t time)
{
	struct undo_log *log = &d->engine->undo[d->index];
	while (log->head != log->tail && log->items[log->head & (log->cap - 1)].time < time)
		log->head++;
}

static void undo_last(struct domain *d, const struct undo *u)
{
	if (u->book == UINT32_MAX) {
		d->events--;
		return;
	}
	d->books[u->book].by_cause[u->cause] -= u->cycles;
	d->books[u->book].end = u->end;
}

void undo_cut(struct domain *d, cycles_t keep)
{
	struct undo_log *log = &d->engine->undo[d->index];
	while (log->head != log->tail) {
		const struct undo *u = &log->items[(log->tail - 1) & (log->cap - 1)];
		if (u->time < keep)
			return;
		log->tail--;
		undo_last(d, u);
	}
}

void undo_cut_events(struct domain *d, uint64_t keep)
{
	struct undo_log *log = &d->engine->undo[d->index];
	while (d->events > keep && log->head != log->tail)
		undo_last(d, &log->items[--log->tail & (log->cap - 1)]);
}

/* A thread that was named past a cut, or has spent nothing yet, has no row. */
static bool book_is_empty(const struct book *book)
{
	cycles_t sum = 0;
	for (unsigned c = 0; c < CAUSE_COUNT; c++)
		sum += book->by_cause[c];
	return !sum && !book->end;
}

static struct engine_book *book_row(struct engine_book *out, unsigned count, unsigned max, const char *hw)
{
	for (unsigned i = 0; i < count; i++)
		if (!strcmp(out[i].hwthread, hw))
			return &out[i];
	if (count == max)
		return NULL;
	out[count] = (struct engine_book){0};
	memcpy(out[count].hwthread, hw, sizeof out[count].hwthread);
	return &out[count];
}

unsigned engine_books(const struct engine *engine, struct engine_book *out, unsigned max)
{
	unsigned count = 0;
	for (unsigned i = 0; i < engine->domain_count; i++) {
		const struct domain *d = engine->domains[i];
		for (uint32_t b = 0; b < d->book_count; b++) {
			if (book_is_empty(&d->books[b]))
				continue;
			struct engine_book *row = book_row(out, count, max, d->books[b].hw);
			if (!row)
				continue;
			if (row == &out[count])
				count++;
			for (unsigned c = 0; c < CAUSE_COUNT; c++)
				row->by_cause[c] += d->books[b].by_cause[c];
			if (row->end < d->books[b].end)
				row->end = d->books[b].end;
		}
	}
	return count;
}
