/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * snapshot.c - remember all mutable simulated state, and put it back.
 *
 * Everything a domain can change lies in its range of addresses (arena.c), so
 * a snapshot is a copy: the packed part and the contexts as they are, each
 * parked stack from its stack pointer up, and of the sparse part and the heap
 * the pages the host says exist. A page that came into being since is zeroed.
 * Small worlds are put back in a microsecond or two; what makes a restore slow
 * is state, not the number of events.
 *
 * Locking: between runs only. Errors: PEF_NOMEM, or PEF_USAGE in THREADS.
 * Blocking: never.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine_private.h"

#define PAGE UINT64_C(4096)
#define PAGEMAP_EXISTS (UINT64_C(3) << 62) /* present, or in swap (Linux, pagemap.rst) */
#define PAGEMAP_CHUNK 512u

struct saved {
	uintptr_t lo;
	size_t size;
	unsigned char *bytes;
};

/* Ranges of one part, in the order of their addresses. */
struct saved_list {
	struct saved *items;
	size_t count, cap;
};

struct snapshot {
	int pagemap;
	struct saved_list whole; /* always put back as they are */
	struct saved_list pages[PEF_DOMAINS_MAX][2]; /* sparse part, heap */
	uint64_t trace_count[PEF_DOMAINS_MAX];
};

static bool saved_add(struct saved_list *list, uintptr_t lo, size_t size)
{
	if (list->count == list->cap) {
		size_t cap = list->cap ? 2 * list->cap : 16;
		struct saved *items = realloc(list->items, cap * sizeof *items);
		if (!items)
			return false;
		list->items = items;
		list->cap = cap;
	}
	struct saved *s = &list->items[list->count];
	*s = (struct saved){lo, size, malloc(size ? size : 1)};
	if (!s->bytes)
		return false;
	memcpy(s->bytes, (const void *)lo, size);
	list->count++;
	return true;
}

static void saved_free(struct saved_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i].bytes);
	free(list->items);
}

/*
 * Call @page for each page between @lo and @hi that exists; false when it says
 * so. Without /proc every page counts as existing.
 */
static bool pages_each(int pagemap, uintptr_t lo, uintptr_t hi, bool (*page)(void *arg, uintptr_t at), void *arg)
{
	uint64_t entries[PAGEMAP_CHUNK];
	for (uintptr_t at = lo; at < hi; at += PAGEMAP_CHUNK * PAGE) {
		ssize_t got = pread(pagemap, entries, sizeof entries, (off_t)(at / PAGE * sizeof *entries));
		if (got != sizeof entries)
			memset(entries, 0xff, sizeof entries);
		for (unsigned i = 0; i < PAGEMAP_CHUNK && at + i * PAGE < hi; i++)
			if ((entries[i] & PAGEMAP_EXISTS) && !page(arg, at + i * PAGE))
				return false;
	}
	return true;
}

static bool page_save(void *arg, uintptr_t at)
{
	return saved_add(arg, at, PAGE);
}

struct restore {
	const struct saved_list *list;
	size_t next;
};

static bool page_restore(void *arg, uintptr_t at)
{
	struct restore *r = arg;
	while (r->next < r->list->count && r->list->items[r->next].lo < at)
		r->next++;
	if (r->next < r->list->count && r->list->items[r->next].lo == at)
		memcpy((void *)at, r->list->items[r->next].bytes, PAGE);
	else
		memset((void *)at, 0, PAGE);
	return true;
}

static uintptr_t part_top(const struct domain *d, enum domain_part part)
{
	return part == PART_SPARSE ? d->sparse_top : d->heap_mark;
}

static bool snapshot_domain(struct snapshot *s, struct domain *d)
{
	uintptr_t contexts = d->part_lo[PART_CONTEXTS];
	bool ok = saved_add(&s->whole, (uintptr_t)d, d->dense_top - (uintptr_t)d) &&
		  saved_add(&s->whole, contexts, d->context_count * ENGINE_CONTEXT_STRIDE);
	for (uint32_t id = 1; ok && id <= d->context_count; id++) {
		const struct context *ctx = domain_context(d, id);
		if (ctx->state != CONTEXT_ENDED)
			ok = saved_add(&s->whole, fiber_floor(&ctx->fiber), ctx->fiber.hi - fiber_floor(&ctx->fiber));
	}
	s->trace_count[d->index] = d->ring->count;
	struct saved_list *pages = s->pages[d->index];
	return ok && pages_each(s->pagemap, d->part_lo[PART_SPARSE], part_top(d, PART_SPARSE), page_save, &pages[0]) &&
	       pages_each(s->pagemap, d->part_lo[PART_HEAP], part_top(d, PART_HEAP), page_save, &pages[1]);
}

/*E:230
 * Because all that a domain can change lies in its own range of addresses, a run can be put back by
 * copying ranges. No model has to know about it, and no pointer changes its meaning.
 :*/
enum pef_err engine_snapshot(struct engine *engine)
{
	if (engine->config.exec != ENGINE_FIBERS || engine->running)
		return PEF_USAGE;
	snapshot_drop(engine);
	struct snapshot *s = calloc(1, sizeof *s);
	if (!s)
		return PEF_NOMEM;
	engine->snapshot = s;
	s->pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	for (unsigned i = 0; i < engine->domain_count; i++)
		if (!snapshot_domain(s, engine->domains[i])) {
			snapshot_drop(engine);
			return PEF_NOMEM;
		}
	return PEF_OK;
}

static void restore_pages(const struct snapshot *s, const struct domain *d, enum domain_part part, unsigned list)
{
	struct restore r = {.list = &s->pages[d->index][list]};
	pages_each(s->pagemap, d->part_lo[part], part_top(d, part), page_restore, &r);
}

void engine_restore(struct engine *engine)
{
	const struct snapshot *s = engine->snapshot;
	if (!s || engine->running)
		engine_bug("engine_restore without a snapshot");
	uintptr_t top[PEF_DOMAINS_MAX];
	for (unsigned i = 0; i < engine->domain_count; i++) {
		const struct domain *d = engine->domains[i];
		top[i] = d->dense_top;
		restore_pages(s, d, PART_SPARSE, 0);
		restore_pages(s, d, PART_HEAP, 1);
	}
	for (size_t i = 0; i < s->whole.count; i++)
		memcpy((void *)s->whole.items[i].lo, s->whole.items[i].bytes, s->whole.items[i].size);
	for (unsigned i = 0; i < engine->domain_count; i++) {
		struct domain *d = engine->domains[i];
		memset((void *)d->dense_top, 0, top[i] - d->dense_top);
		trace_ring_cut(d->ring, s->trace_count[i]);
	}
	engine->waiter_count = 0;
	atomic_store(&engine->interrupted, false);
	atomic_store(&engine->attention, false);
}

void snapshot_drop(struct engine *engine)
{
	struct snapshot *s = engine->snapshot;
	engine->snapshot = NULL;
	if (!s)
		return;
	saved_free(&s->whole);
	for (unsigned i = 0; i < PEF_DOMAINS_MAX; i++) {
		saved_free(&s->pages[i][0]);
		saved_free(&s->pages[i][1]);
	}
	if (s->pagemap >= 0)
		close(s->pagemap);
	free(s);
}
