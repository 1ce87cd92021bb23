/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strategy_sweep.c - all schedules with no preemption, with one, with two.
 *
 * Musuvathi, Qadeer et al.: "Finding and reproducing Heisenbugs in concurrent
 * programs", OSDI 2008. Most races need only one or two preemptions, and there
 * are few schedules with so few, so they come first and are all of them tried.
 * The schedule without any lets a context go on until it waits or ends; which
 * one is next then is free. With more than five threads that freedom alone is
 * too much, and delays are counted instead (Emmi, Qadeer, Rakamaric: "Delay-
 * bounded scheduling", POPL 2011): the next one in turn goes on, and to pass
 * over one costs one.
 *
 * A schedule is known by its deviations from the one without any. They form a
 * tree: a run finds where it could deviate once more, behind its last
 * deviation, so each schedule is made once. Within a bound they are taken in an
 * order that the seed decides.
 *
 * Locking, Errors, Blocking: see strategy.h.
 */
#include <stdio.h>
#include <stdlib.h>

#include "sweep.h"

#define SWEEP_NODES_MAX (1u << 22)
#define SWEEP_THREADS_FEW 5u
#define SWEEP_NONE UINT32_MAX

static void *sweep_grow(void *items, uint32_t count, uint32_t *room, size_t size)
{
	if (count < *room)
		return items;
	*room = *room ? 2 * *room : 256;
	items = reallocarray(items, *room, size);
	if (!items)
		abort();
	return items;
}

static void sweep_add(struct sweep *w, unsigned level, uint32_t pick, uint32_t actor)
{
	if (level > w->most)
		return;
	if (w->count == SWEEP_NODES_MAX || w->length == SWEEP_DEPTH_MAX - 1) {
		w->dropped = true;
		return;
	}
	struct sweep_pool *pool = &w->pools[level];
	w->nodes = sweep_grow(w->nodes, w->count, &w->room, sizeof(*w->nodes));
	pool->items = sweep_grow(pool->items, pool->count, &pool->room, sizeof(*pool->items));
	w->nodes[w->count] = (struct sweep_node){w->node, pick, actor, 0};
	if (w->fold && actor != DIRECTOR_NOBODY)
		w->nodes[w->count].moment = w->fold->behind(w, actor);
	pool->items[pool->count++] = w->count++;
}

bool sweep_open(struct strategy *s)
{
	struct sweep *w = (struct sweep *)s;

	w->most = s->o.preemptions < SWEEP_LEVELS ? s->o.preemptions : SWEEP_LEVELS - 1;
	w->node = SWEEP_NONE;
	sweep_add(w, 0, 0, DIRECTOR_NOBODY);
	return true;
}

void sweep_close(struct strategy *s)
{
	struct sweep *w = (struct sweep *)s;

	free(w->nodes);
	for (unsigned i = 0; i < SWEEP_LEVELS; i++)
		free(w->pools[i].items);
}

/* The next schedule of the lowest level that has one; false: there is none. */
static bool sweep_take(struct sweep *w)
{
	for (w->level = 0; w->level <= w->most && !w->pools[w->level].count;)
		w->level++;
	if (w->level > w->most)
		return false;
	struct sweep_pool *pool = &w->pools[w->level];
	uint32_t at = (uint32_t)strategy_below(&w->s, pool->count);
	w->node = pool->items[at];
	pool->items[at] = pool->items[--pool->count];
	return true;
}

bool sweep_next(struct strategy *s)
{
	struct sweep *w = (struct sweep *)s;

	do
		if (!sweep_take(w))
			return false;
	while (w->nodes[w->node].moment && w->fold->there(w, w->nodes[w->node].moment));
	w->length = w->used = 0;
	w->covered = false;
	for (uint32_t node = w->node; node != SWEEP_NONE; node = w->nodes[node].parent)
		w->path[w->length++] = node;
	return true;
}

/* The threads that take part: more than a few, and delays are counted. */
static void sweep_find_mode(struct sweep *w)
{
	unsigned threads = 0;

	for (unsigned i = 0; i < director_actors(w->s.d); i++) {
		enum director_state state = director_state(w->s.d, i);
		threads += director_thread(w->s.d, i) == i && state != DIRECTOR_ENDED && state != DIRECTOR_ABSENT;
	}
	w->by_delay = w->s.o.by_delay || threads > SWEEP_THREADS_FEW;
	w->mode_known = true;
}

/* Where the one that goes on by itself stands in the line: the last one, or the next in turn. */
static unsigned sweep_usual(const struct sweep *w, const uint32_t *who, unsigned count, bool *preempts)
{
	unsigned i = 0;

	*preempts = false;
	while (i < count && w->s.last != DIRECTOR_NOBODY && who[i] < w->s.last)
		i++;
	if (i < count && who[i] == w->s.last)
		*preempts = true;
	return i < count ? i : 0;
}

/* Several that share a sweep all make the schedule without deviations; the first deviation is one's own, or not. */
static bool sweep_is_mine(struct sweep *w)
{
	return w->length > 1 || w->s.o.parts < 2 || w->firsts++ % w->s.o.parts == w->s.o.part;
}

/* Every other one is a schedule of its own, unless it lies before the last deviation. */
static void sweep_branch(struct sweep *w, const uint32_t *who, unsigned count, unsigned usual, bool preempts)
{
	w->covered = w->covered || (w->fold && w->fold->here(w));
	if (w->covered)
		return;
	for (unsigned i = 1; i < count; i++) {
		unsigned cost = w->by_delay ? i : preempts;
		if (!sweep_is_mine(w))
			continue;
		sweep_add(w, w->level + cost, (uint32_t)w->s.picks, who[(usual + i) % count]);
	}
}

uint32_t sweep_pick(struct strategy *s, const uint32_t *who, unsigned count)
{
	struct sweep *w = (struct sweep *)s;
	bool preempts;
	unsigned usual = sweep_usual(w, who, count, &preempts);

	if (!w->mode_known)
		sweep_find_mode(w);
	/* The path's end is the root, which deviates nowhere. */
	if (w->used + 1 >= w->length) {
		sweep_branch(w, who, count, usual, preempts);
		return who[usual];
	}
	const struct sweep_node *next = &w->nodes[w->path[w->length - 2 - w->used]];
	if (next->pick != s->picks)
		return who[usual];
	w->used++;
	for (unsigned i = 0; i < count; i++)
		if (who[i] == next->actor)
			return who[i];
	return who[usual];
}

uint32_t sweep_choose(struct strategy *s, enum choice_kind kind, uint32_t count, uint32_t usual)
{
	(void)usual;
	((struct sweep *)s)->chose = true;
	return kind == CHOICE_MAYBE ? strategy_below(s, 4) == 0 : (uint32_t)strategy_below(s, count);
}

struct strategy_swept sweep_swept(const struct strategy *s)
{
	const struct sweep *w = (const struct sweep *)s;
	unsigned done = 0;

	while (done <= w->most && !w->pools[done].count)
		done++;
	bool known = s->number != UINT64_MAX && !w->dropped && !w->chose && !w->unsure &&
		     (done > w->most || w->level >= done);
	return (struct strategy_swept){.levels = known ? done : 0, .by_delay = w->by_delay};
}

const char *strategy_swept_print(const struct strategy_swept *swept, char *buf, size_t size)
{
	buf[0] = '\0';
	if (swept->levels > 1)
		snprintf(buf, size, "complete up to %u %s%s", swept->levels - 1,
			swept->by_delay ? "delay" : "preemption", swept->levels == 2 ? "" : "s");
	return buf;
}

const char *sweep_claim(const struct strategy *s, char *buf, size_t size)
{
	struct strategy_swept swept = sweep_swept(s);

	return strategy_swept_print(&swept, buf, size);
}

const struct strategy_kind strategy_sweep = {.id = STRATEGY_SWEEP,
	.size = sizeof(struct sweep),
	.open = sweep_open,
	.close = sweep_close,
	.next = sweep_next,
	.pick = sweep_pick,
	.choose = sweep_choose,
	.claim = sweep_claim};
