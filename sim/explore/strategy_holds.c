/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strategy_holds.c - the natural order, and one to three holds in it.
 *
 * A hold is drawn from the points of an earlier run: a thread by chance, one of
 * its points by chance, and the point of another thread that ends it, near ones
 * more often than far ones: most races need somebody to be late by a few steps,
 * some by a whole call. Half of the points are those where a lock, an object or
 * a reference has just changed hands. Points are known by how many their
 * context has passed before, so that a run that goes another way still has them.
 *
 * Locking, Errors, Blocking: see strategy.h.
 */
#include <stdlib.h>
#include <string.h>

#include "strategy_private.h"

#define HOLDS_MOST 3u

struct planned {
	uint32_t actor, until;
	uint32_t at_nth, until_nth; /* points of that actor since the run began, from 1 */
	bool on;
};

struct holds {
	struct strategy s;
	struct planned plan[HOLDS_MOST];
	unsigned count;
	uint32_t *passed; /* by actor */
	uint32_t room;
	struct director_step *base; /* the run that holds are drawn from */
	size_t base_count;
};

static void holds_close(struct strategy *s)
{
	free(((struct holds *)s)->passed);
	free(((struct holds *)s)->base);
}

static bool holds_edge(const struct director_step *step)
{
	return (UINT32_C(1) << step->kind) & (1u << POINT_ACQUIRED | 1u << POINT_RELEASE | 1u << POINT_ALLOC |
						     1u << POINT_FREE | 1u << POINT_REF | 1u << POINT_WAKE);
}

static bool holds_same_thread(const struct holds *h, size_t a, size_t b)
{
	return director_thread(h->s.d, h->base[a].actor) == director_thread(h->s.d, h->base[b].actor);
}

static uint32_t holds_nth(const struct holds *h, size_t at)
{
	uint32_t nth = 0;

	for (size_t i = 0; i <= at; i++)
		nth += h->base[i].actor == h->base[at].actor;
	return nth;
}

/* A point of a thread by chance: who passes few points is held as often as who passes many. */
static size_t holds_draw_at(struct holds *h, bool edges)
{
	size_t like = strategy_below(&h->s, h->base_count), at = like;

	for (unsigned i = 0; i < 16 && (edges && !holds_edge(&h->base[at])); i++)
		at = strategy_below(&h->s, h->base_count);
	return at;
}

/* The @nth later point of another thread; the last one when there are fewer; @at itself for none. */
static size_t holds_draw_later(const struct holds *h, size_t at, uint64_t nth)
{
	size_t found = at;

	for (size_t i = at + 1; i < h->base_count && nth; i++) {
		if (holds_same_thread(h, at, i))
			continue;
		found = i;
		nth--;
	}
	return found;
}

static void holds_plan(struct holds *h)
{
	size_t at = holds_draw_at(h, explore_random(&h->s.random) & 1);
	size_t until = holds_draw_later(h, at, strategy_log(&h->s, h->base_count - at));

	if (until != at)
		h->plan[h->count++] = (struct planned){.actor = h->base[at].actor,
			.until = h->base[until].actor,
			.at_nth = holds_nth(h, at),
			.until_nth = holds_nth(h, until)};
}

static bool holds_next(struct strategy *s)
{
	struct holds *h = (struct holds *)s;
	uint64_t wanted = 1 + strategy_below(s, HOLDS_MOST);

	h->count = 0;
	for (unsigned i = 0; h->base_count && i < 16 && h->count < wanted; i++)
		holds_plan(h);
	for (uint32_t i = 0; i < h->room; i++)
		h->passed[i] = 0;
	return true;
}

static uint32_t holds_pass(struct holds *h, uint32_t self)
{
	if (self >= h->room) {
		uint32_t *passed = reallocarray(h->passed, self + 64, sizeof(*passed));
		if (!passed)
			abort();
		memset(passed + h->room, 0, (self + 64 - h->room) * sizeof(*passed));
		h->passed = passed;
		h->room = self + 64;
	}
	return ++h->passed[self];
}

static bool holds_point(struct strategy *s, uint32_t self)
{
	struct holds *h = (struct holds *)s;
	uint32_t nth = holds_pass(h, self);
	bool held = false;

	for (unsigned i = 0; i < h->count; i++) {
		struct planned *p = &h->plan[i];
		if (p->on && p->until == self && p->until_nth <= nth) {
			p->on = false;
			if (director_state(s->d, p->actor) == DIRECTOR_HELD)
				director_release(s->d, p->actor);
		}
		if (p->actor == self && p->at_nth == nth && !held &&
			(p->until >= h->room || h->passed[p->until] < p->until_nth))
			held = p->on = true;
	}
	return !held;
}

/* Half of the runs are drawn from the first one, the others from the latest, which got somewhere else. */
static void holds_done(struct strategy *s)
{
	struct holds *h = (struct holds *)s;
	size_t count, first = director_first(s->d);
	const struct director_step *steps = director_steps(s->d, &count);

	if (h->base_count && (explore_random(&s->random) & 1))
		return;
	struct director_step *base = reallocarray(h->base, count - first + 1, sizeof(*base));
	if (!base)
		return;
	memcpy(base, steps + first, (count - first) * sizeof(*base));
	h->base = base;
	h->base_count = count - first;
}

const struct strategy_kind strategy_holds = {.id = STRATEGY_HOLDS,
	.size = sizeof(struct holds),
	.close = holds_close,
	.next = holds_next,
	.point = holds_point,
	.done = holds_done};
