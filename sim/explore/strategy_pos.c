/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strategy_pos.c - partial order sampling.
 *
 * Yuan, Yang, Gu: "Partial order aware concurrency sampling", CAV 2018. Each
 * step that can be taken has a random priority and the highest is taken; then
 * the priorities of steps that raced with it are drawn anew. So the orders of
 * those steps that do not commute are sampled far more evenly than by a walk.
 *
 * Locking, Errors, Blocking: see strategy.h.
 */
#include <stdlib.h>

#include "strategy_private.h"

struct pos {
	struct strategy s;
	uint64_t *priority; /* by actor, of its next step */
	uint32_t room;
};

static bool pos_next(struct strategy *s)
{
	(void)s;
	return true;
}

static void pos_close(struct strategy *s)
{
	free(((struct pos *)s)->priority);
}

static void pos_arrived(struct strategy *s, uint32_t self)
{
	struct pos *p = (struct pos *)s;

	if (self >= p->room) {
		uint64_t *priority = reallocarray(p->priority, self + 64, sizeof(*priority));
		if (!priority)
			abort();
		p->priority = priority;
		p->room = self + 64;
	}
	p->priority[self] = explore_random(&s->random);
}

static uint32_t pos_pick(struct strategy *s, const uint32_t *who, unsigned count)
{
	struct pos *p = (struct pos *)s;
	uint32_t best = who[0];

	for (unsigned i = 1; i < count; i++)
		if (p->priority[who[i]] > p->priority[best])
			best = who[i];
	const struct director_step *taken = director_point(s->d, best);
	for (unsigned i = 0; i < count; i++)
		if (who[i] != best && points_depend(taken, director_point(s->d, who[i])))
			p->priority[who[i]] = explore_random(&s->random);
	return best;
}

static void pos_weary(struct strategy *s, uint32_t self)
{
	((struct pos *)s)->priority[self] = 0;
}

const struct strategy_kind strategy_pos = {.id = STRATEGY_POS,
	.size = sizeof(struct pos),
	.close = pos_close,
	.next = pos_next,
	.pick = pos_pick,
	.arrived = pos_arrived,
	.weary = pos_weary};
