/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * held.c - which locks each context holds, since when and taken where.
 *
 * Reports name the locks of a context, and a lock names its holders to whoever
 * walks the graph of waiters. One small object stands for both. It comes from a
 * list of spare ones in the domain's arena, last given back first, so that the
 * same run always uses the same memory.
 *
 * Locking: none; all of it belongs to the running domain. Errors: none.
 * Blocking: never.
 */
#include <stdio.h>

#include "sync_private.h"

static struct sim_held *held_first(const struct context *ctx)
{
	return *context_slot(ctx, CONTEXT_SLOT_SYNC);
}

static struct sim_held *held_take_spare(void)
{
	struct domain *d = domain_self();
	void **spare = domain_slot(d, DOMAIN_SLOT_SYNC);
	struct sim_held *held = *spare;
	if (!held)
		return domain_arena_alloc(d, sizeof(*held));
	*spare = held->older;
	return held;
}

/*L:180
 * Each lock that is held is one small object in two lists: the context's, for reports and for the rule
 * about sleeping, and the lock's, so that who waits can name whom it waits for. It remembers the call
 * chain that took the lock.
 :*/
struct sim_held *held_add(const void *lock, obj_t name, enum lock_mode mode, bool spinning, bool tried)
{
	struct context *self = context_self();
	struct sim_held *held = held_take_spare();
	*held = (struct sim_held){.ctx = self,
		.lock = lock,
		.name = name,
		.mode = mode,
		.spinning = spinning,
		.since = domain_now(domain_self()),
		.chain = chain_capture(),
		.older = held_first(self)};
	*context_slot(self, CONTEXT_SLOT_SYNC) = held;
	trace_emit(TRACE_LOCK_ACQUIRE, mode, name.w, tried);
	return held;
}

void held_drop(struct sim_held *held)
{
	void **first = context_slot(held->ctx, CONTEXT_SLOT_SYNC);
	if (*first == held) {
		*first = held->older;
	} else {
		struct sim_held *newer = *first;
		while (newer->older != held)
			newer = newer->older;
		newer->older = held->older;
	}
	trace_emit(TRACE_LOCK_RELEASE, held->mode, held->name.w, 0);
	void **spare = domain_slot(domain_self(), DOMAIN_SLOT_SYNC);
	held->older = *spare;
	*spare = held;
}

struct sim_held *held_find(const struct context *ctx, const void *lock)
{
	struct sim_held *held = ctx ? held_first(ctx) : NULL;
	while (held && held->lock != lock)
		held = held->older;
	return held;
}

struct sim_held *held_unlink(struct sim_held **list, const struct sim_held *held, const struct context *ctx)
{
	for (; *list; list = &(*list)->peer) {
		struct sim_held *at = *list;
		if (held ? at == held : at->ctx == ctx) {
			*list = at->peer;
			return at;
		}
	}
	return NULL;
}

unsigned held_collect(const struct sim_held *list, struct context **out, unsigned max)
{
	unsigned count = 0;
	for (; list && count < max; list = list->peer)
		out[count++] = list->ctx;
	return count;
}

unsigned sync_held_count(const struct context *ctx)
{
	unsigned count = 0;
	for (const struct sim_held *held = held_first(ctx); held; held = held->older)
		count++;
	return count;
}

unsigned sync_held_list(const struct context *ctx, struct sync_held *out, unsigned max)
{
	unsigned position = sync_held_count(ctx);
	unsigned count = position < max ? position : max;
	for (const struct sim_held *held = held_first(ctx); held; held = held->older)
		if (--position < max)
			out[position] = (struct sync_held){held->name, held->mode, held->since, held->chain};
	return count;
}

const char *sync_held_print(const struct context *ctx, char *buf, size_t size)
{
	struct sync_held list[16];
	unsigned count = sync_held_list(ctx, list, 16);
	size_t used = 0;
	if (size)
		buf[0] = '\0';
	for (unsigned i = 0; i < count && used < size; i++) {
		char name[64];
		used += (size_t)snprintf(buf + used, size - used, "%s%s", i ? ", " : "",
			obj_print_full(list[i].name, name, sizeof(name)));
	}
	return buf;
}
