/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * snapshot.c - remember all mutable simulated state, and put it back.
 *
 * Everything a domain can change lies in its range of addresses (arena.c), so
 * a snapshot is a copy; but most of a world is never written by the schedules
 * that start from it. So taking a snapshot copies only the parked stacks, and
 * makes the rest of the ranges read-only. The first write to a page stops in
 * dirty.c, which saves the page and lets the write go on; from then on every
 * restore puts that page back, and nothing else. After a few schedules all
 * pages that they write are known, and a restore is a handful of copies without
 * a system call.
 *
 * Stacks are left writable: a signal handler could not run on one that is not,
 * and the used part of a parked stack is small.
 *
 * Locking: between runs only. Errors: PEF_NOMEM, or PEF_USAGE in THREADS and
 * with a sanitizer. Blocking: never.
 */
#include <stdlib.h>
#include <string.h>

#include "dirty.h"
#include "engine_private.h"

struct saved {
	uintptr_t lo;
	size_t size;
	unsigned char *bytes;
};

struct snapshot {
	struct saved *stacks;
	size_t count, room;
	struct dirty *dirty;
	uint64_t trace_count[PEF_DOMAINS_MAX];
	struct context *marked;
};

static bool saved_add(struct snapshot *s, uintptr_t lo, size_t size)
{
	if (s->count == s->room) {
		size_t room = s->room ? 2 * s->room : 16;
		struct saved *stacks = reallocarray(s->stacks, room, sizeof *stacks);
		if (!stacks)
			return false;
		s->stacks = stacks;
		s->room = room;
	}
	struct saved *saved = &s->stacks[s->count];
	*saved = (struct saved){lo, size, malloc(size ? size : 1)};
	if (!saved->bytes)
		return false;
	memcpy(saved->bytes, (const void *)lo, size);
	s->count++;
	return true;
}

static bool snapshot_domain(struct snapshot *s, struct domain *d)
{
	bool ok = true;
	if (d->kept_size)
		ok = saved_add(s, d->kept_lo, d->kept_size);
	for (uint32_t id = 1; ok && id <= d->context_count; id++) {
		const struct context *ctx = domain_context(d, id);
		if (ctx->state != CONTEXT_ENDED)
			ok = saved_add(s, fiber_floor(&ctx->fiber), ctx->fiber.hi - fiber_floor(&ctx->fiber));
	}
	trace_ring_mark(d->ring);
	s->trace_count[d->index] = d->ring->count;
	return ok && dirty_watch(s->dirty, d->part_lo[PART_DENSE], d->part_lo[PART_STACKS]);
}

/*E:230
 * Because all that a domain can change lies in its own range of addresses, a run can be put back by
 * copying ranges. No model has to know about it, and no pointer changes its meaning.
 :*/
enum pef_err engine_snapshot(struct engine *engine)
{
	if (engine->config.exec != ENGINE_FIBERS || engine->running || !DIRTY_WORKS)
		return PEF_USAGE;
	snapshot_drop(engine);
	struct snapshot *s = engine->snapshot = calloc(1, sizeof *s);
	bool ok = s && (s->dirty = dirty_create());
	for (unsigned i = 0; ok && i < engine->domain_count; i++)
		ok = snapshot_domain(s, engine->domains[i]);
	if (!ok) {
		snapshot_drop(engine);
		return PEF_NOMEM;
	}
	s->marked = engine->marked;
	direct_mark(engine);
	for (unsigned i = 0; i < engine->domain_count; i++)
		order_snapshot(engine->domains[i]);
	return PEF_OK;
}

void engine_restore(struct engine *engine)
{
	const struct snapshot *s = engine->snapshot;
	if (!s || engine->running)
		engine_bug("engine_restore without a snapshot");
	dirty_restore(s->dirty);
	for (size_t i = 0; i < s->count; i++)
		memcpy((void *)s->stacks[i].lo, s->stacks[i].bytes, s->stacks[i].size);
	for (unsigned i = 0; i < engine->domain_count; i++) {
		trace_ring_cut(engine->domains[i]->ring, s->trace_count[i]);
		order_restore(engine->domains[i]);
	}
	direct_reset(engine);
	engine->marked = s->marked;
	engine->waiter_count = 0;
	engine->ended = false;
	atomic_store_explicit(&engine->interrupted, false, memory_order_relaxed);
	atomic_store_explicit(&engine->attention, false, memory_order_relaxed);
}

void snapshot_drop(struct engine *engine)
{
	struct snapshot *s = engine->snapshot;
	engine->snapshot = NULL;
	if (!s)
		return;
	dirty_destroy(s->dirty);
	for (size_t i = 0; i < s->count; i++)
		free(s->stacks[i].bytes);
	free(s->stacks);
	free(s);
}
