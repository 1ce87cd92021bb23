/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strategy_starve.c - one thread gets nowhere for a while.
 *
 * As the chaos mode of rr (O'Callahan, 2016): a victim is drawn, and from a point
 * on it is held wherever it comes by, for a stretch of time that is drawn
 * log-uniformly, since some races need microseconds and some a whole page-out.
 * All else takes its natural course. Time is virtual: cycles, not the host's.
 *
 * Locking, Errors, Blocking: see strategy.h.
 */
#include "strategy_private.h"

#define STARVE_MOST (UINT64_C(1) << 26) /* cycles; some 18 ms */

struct starve {
	struct strategy s;
	uint64_t victim; /* drawn among the actors there are when it begins */
	uint64_t from; /* step at which it begins */
	cycles_t stretch, until; /* @until 0: not begun */
	uint32_t thread;
	uint64_t steps;
};

static bool starve_next(struct strategy *s)
{
	struct starve *v = (struct starve *)s;

	v->victim = explore_random(&s->random);
	v->from = strategy_below(s, s->steps_seen ? s->steps_seen : 64);
	v->stretch = strategy_log(s, STARVE_MOST);
	v->until = v->steps = 0;
	return true;
}

static void starve_release_all(struct strategy *s)
{
	unsigned count;
	const uint32_t *held;

	while ((held = director_held(s->d, &count)), count)
		director_release(s->d, held[0]);
}

static bool starve_point(struct strategy *s, uint32_t self)
{
	struct starve *v = (struct starve *)s;
	cycles_t now = director_now(s->d);

	if (v->steps++ < v->from)
		return true;
	if (!v->until) {
		v->until = now + v->stretch;
		v->thread = director_thread(s->d, (uint32_t)(v->victim % director_actors(s->d)));
	}
	if (now < v->until)
		return director_thread(s->d, self) != v->thread;
	starve_release_all(s);
	return true;
}

/* Everybody else may be waiting in a loop for the victim: the stretch is over. */
static void starve_weary(struct strategy *s, uint32_t self)
{
	(void)self;
	((struct starve *)s)->until = director_now(s->d);
	starve_release_all(s);
}

const struct strategy_kind strategy_starve = {.id = STRATEGY_STARVE,
	.size = sizeof(struct starve),
	.next = starve_next,
	.point = starve_point,
	.weary = starve_weary,
	.idle = starve_release_all};
