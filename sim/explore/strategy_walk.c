/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strategy_walk.c - a random walk, at three densities.
 *
 * At every point, at one in four, or at one in sixteen, whoever goes on is drawn
 * by chance; else the same context goes on. Nothing is cheaper, and nothing
 * depends less on what is known of the program: an insurance.
 *
 * Locking, Errors, Blocking: see strategy.h.
 */
#include "strategy_private.h"

static bool walk_next(struct strategy *s)
{
	(void)s;
	return true;
}

static uint32_t walk_pick(struct strategy *s, const uint32_t *who, unsigned count)
{
	unsigned density = 2 * (unsigned)(s->number % 3);

	if (explore_random(&s->random) & ((1u << density) - 1))
		for (unsigned i = 0; i < count; i++)
			if (who[i] == s->last)
				return who[i];
	return who[strategy_below(s, count)];
}

const struct strategy_kind strategy_walk = {
	.id = STRATEGY_WALK, .size = sizeof(struct strategy), .next = walk_next, .pick = walk_pick};
