/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strategy_pct.c - probabilistic concurrency testing.
 *
 * Burckhardt, Kothari, Musuvathi, Nagarakatte: "A randomized scheduler with
 * probabilistic guarantees of finding bugs", ASPLOS 2010. Every thread has a
 * random priority and the highest that can goes on; at d - 1 steps drawn
 * beforehand the one that runs falls behind all others. A bug that needs d
 * orderings shows with probability 1 / (n k^(d-1)) at least, n threads and k
 * steps. The number of steps is taken from the runs before. A callee has its
 * caller's priority, as it is the same hardware thread.
 *
 * Locking, Errors, Blocking: see strategy.h.
 */
#include <stdlib.h>

#include "strategy_private.h"

#define PCT_DEPTH_MAX STRATEGY_DEPTH_MAX
#define PCT_STEPS_FIRST 64u

struct pct {
	struct strategy s;
	unsigned changes;
	uint64_t at[PCT_DEPTH_MAX]; /* picks at which a priority falls */
	uint64_t *low; /* by thread: 0, or how low it has fallen */
	uint32_t room;
	uint64_t fallen; /* falls so far */
};

static bool pct_next(struct strategy *s)
{
	struct pct *p = (struct pct *)s;
	unsigned depth = s->o.depth ? s->o.depth : 2 + (unsigned)(s->number % 4);
	uint64_t steps = s->steps_seen ? s->steps_seen : PCT_STEPS_FIRST;

	p->changes = depth - 1 < PCT_DEPTH_MAX ? depth - 1 : PCT_DEPTH_MAX;
	for (unsigned i = 0; i < p->changes; i++)
		p->at[i] = strategy_below(s, steps);
	for (uint32_t i = 0; i < p->room; i++)
		p->low[i] = 0;
	p->fallen = 0;
	return true;
}

static void pct_close(struct strategy *s)
{
	free(((struct pct *)s)->low);
}

static void pct_fall(struct strategy *s, uint32_t self)
{
	struct pct *p = (struct pct *)s;
	uint32_t thread = director_thread(s->d, self);

	if (thread >= p->room) {
		uint32_t room = thread + 64;
		uint64_t *low = reallocarray(p->low, room, sizeof(*low));
		if (!low)
			abort();
		for (uint32_t i = p->room; i < room; i++)
			low[i] = 0;
		p->low = low;
		p->room = room;
	}
	p->low[thread] = ++p->fallen;
}

/* Priorities: those that have fallen come last, the later the lower. */
static uint64_t pct_priority(const struct strategy *s, uint32_t actor)
{
	const struct pct *p = (const struct pct *)s;
	uint32_t thread = director_thread(s->d, actor);

	return thread < p->room && p->low[thread] ? UINT32_MAX - p->low[thread]
						  : strategy_hash(s, thread) | UINT64_C(1) << 63;
}

static uint32_t pct_pick(struct strategy *s, const uint32_t *who, unsigned count)
{
	const struct pct *p = (const struct pct *)s;
	uint64_t highest = 0;
	uint32_t best = who[0];

	for (unsigned i = 0; i < p->changes; i++)
		if (p->at[i] == s->picks && s->last != DIRECTOR_NOBODY)
			pct_fall(s, s->last);
	for (unsigned i = 0; i < count; i++) {
		uint64_t priority = pct_priority(s, who[i]);
		if (priority <= highest)
			continue;
		highest = priority;
		best = who[i];
	}
	return best;
}

const struct strategy_kind strategy_pct = {.id = STRATEGY_PCT,
	.size = sizeof(struct pct),
	.close = pct_close,
	.next = pct_next,
	.pick = pct_pick,
	.weary = pct_fall};
