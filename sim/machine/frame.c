/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * frame.c - pools of 64 KiB frames, normal or secure.
 *
 * The arena gives zeroed address space whose memory costs nothing until it is
 * touched, so a pool is one array for all frames there are, and frames are
 * taken from its untouched end only when none was given back. Last given is
 * first taken: a stale frame number soon means somebody else's frame, which is
 * what a checker has to notice. Content stays as it is through all of that.
 *
 * Locking: the model's. Errors: a full pool is a value; giving back what is not
 * taken is a bug of pefsim and stops it. Blocking: never.
 */
#include "pefsim/machine.h"

#include <assert.h>

void frame_pool_init(struct domain *d, struct frame_pool *pool, uint32_t limit)
{
	*pool = (struct frame_pool){.limit = limit};
	if (limit > 0)
		pool->frames = domain_arena_alloc(d, (size_t)limit * sizeof(*pool->frames));
}

/* The most recently given frame, else the next that was never taken; @limit when there is none. */
static uint32_t frame_pick(struct frame_pool *pool)
{
	if (pool->free_head == 0)
		return pool->fresh < pool->limit ? pool->fresh++ : pool->limit;
	uint32_t index = pool->free_head - 1;
	pool->free_head = (uint32_t)pool->frames[index].owner;
	return index;
}

uint32_t frame_take(struct frame_pool *pool, uint64_t owner)
{
	assert(!(owner & FRAME_FREE));
	uint32_t index = frame_pick(pool);
	if (index == pool->limit)
		return UINT32_MAX;
	struct frame *f = &pool->frames[index];
	f->owner = owner;
	pool->used++;
	return index;
}

void frame_give(struct frame_pool *pool, uint32_t index)
{
	struct frame *f = frame_at(pool, index);
	assert(f);
	assert(!frame_is_free(f));
	f->owner = FRAME_FREE | pool->free_head;
	pool->free_head = index + 1;
	pool->used--;
}

struct frame *frame_at(struct frame_pool *pool, uint32_t index)
{
	return index < pool->fresh ? &pool->frames[index] : NULL;
}
