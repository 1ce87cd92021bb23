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

struct sync_domain *sync_domain(struct domain *d)
{
	void **slot = domain_slot(d, DOMAIN_SLOT_SYNC);
	if (!*slot) {
		struct sync_domain *s = domain_arena_alloc(d, sizeof(*s));
		s->watched = engine_checks(domain_engine(d), ENGINE_CHECK_LOCK_ORDER);
		*slot = s;
	}
	return *slot;
}

static struct sim_held *held_take_spare(struct domain *d, struct sync_domain *s)
{
	struct sim_held *held = s->spare;
	if (!held)
		return domain_arena_alloc(d, sizeof(*held));
	s->spare = held->older;
	return held;
}

static struct sim_held *held_push(const void *lock, obj_t name, enum lock_mode mode, struct sync_way way)
{
	struct domain *d = domain_self();
	struct sync_domain *s = sync_domain(d);
	struct context *self = context_self();
	struct sim_held *held = held_take_spare(d, s);
	*held = (struct sim_held){.ctx = self,
		.lock = lock,
		.name = name,
		.mode = mode,
		.spinning = way.spinning,
		.tried = way.tried,
		.subclass = way.subclass,
		.since = domain_now(d),
		.chain = chain_capture(),
		.older = held_first(self),
		.after = s->all};
	held->stack = step_stack(held, held->older);
	if (s->all)
		s->all->before = held;
	s->all = held;
	*context_slot(self, CONTEXT_SLOT_SYNC) = held;
	return held;
}

/*L:180
 * Each lock that is held is one small object in two lists: the context's, for reports and for the rule
 * about sleeping, and the lock's, so that who waits can name whom it waits for. It remembers the call
 * chain that took the lock.
 :*/
struct sim_held *held_add(const void *lock, obj_t name, enum lock_mode mode, struct sync_way way)
{
	struct sim_held *held = held_push(lock, name, mode, way);
	trace_emit(TRACE_LOCK_ACQUIRE, mode, name.w, way.tried);
	return held;
}

struct sim_held *held_keep(const void *queue, obj_t name)
{
	return held_push(queue, name, LOCK_EVENT, (struct sync_way){0});
}

/* Take it out of its context's list; what was taken after it stands on another stack now. */
static void held_pull(struct sim_held **link, const struct sim_held *held)
{
	if (*link == held) {
		*link = held->older;
		return;
	}
	held_pull(&(*link)->older, held);
	(*link)->stack = step_stack(*link, (*link)->older);
}

void held_drop(struct sim_held *held)
{
	struct sync_domain *s = sync_domain(domain_self());
	held_pull((struct sim_held **)context_slot(held->ctx, CONTEXT_SLOT_SYNC), held);
	if (held->before)
		held->before->after = held->after;
	else
		s->all = held->after;
	if (held->after)
		held->after->before = held->before;
	if (held->mode != LOCK_EVENT)
		trace_emit(TRACE_LOCK_RELEASE, held->mode, held->name.w, 0);
	held->older = s->spare;
	s->spare = held;
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

/* What was noted by held_keep() is no lock. */
unsigned sync_held_count(const struct context *ctx)
{
	unsigned count = 0;
	for (const struct sim_held *held = held_first(ctx); held; held = held->older)
		count += held->mode != LOCK_EVENT;
	return count;
}

struct sync_held held_tell(const struct sim_held *held)
{
	return (struct sync_held){held->name, held->mode, held->since, held->chain, held->subclass, held->tried};
}

unsigned sync_held_list(const struct context *ctx, struct sync_held *out, unsigned max)
{
	unsigned position = sync_held_count(ctx);
	unsigned count = position < max ? position : max;
	for (const struct sim_held *held = held_first(ctx); held; held = held->older)
		if (held->mode != LOCK_EVENT && --position < max)
			out[position] = held_tell(held);
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
