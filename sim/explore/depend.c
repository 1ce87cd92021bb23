/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * depend.c - which steps commute.
 *
 * Two steps depend when the order in which they are taken may matter to
 * anybody. That is a question of meaning: two readers of one semaphore commute,
 * and so do two SRCU read sections; a reader and a writer do not. What a step
 * does is told by the point it begins at ("about to take a lock"), and by the
 * point it ends at where that tells of something done ("has given a lock back").
 * Different objects never depend: two domains share none, and contexts of one
 * domain meet at objects only, as long as the run is free of races.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#include "pefsim/strategy.h"

/* When the thing that a point tells of happens, if a schedule can order it at all. */
enum when { WHEN_NEVER, WHEN_AFTER, WHEN_BEFORE };

static enum when point_when(enum point_kind kind)
{
	switch (kind) {
	case POINT_ACQUIRE:
	case POINT_WAIT:
	case POINT_WOKEN:
		return WHEN_AFTER;
	case POINT_RELEASE:
	case POINT_WAKE:
	case POINT_REF:
	case POINT_ALLOC:
	case POINT_FREE:
		return WHEN_BEFORE;
	/* The lock was taken by the step that began at its ACQUIRE or WOKEN; a call has contexts and steps of its own. */
	case POINT_ACQUIRED:
	case POINT_SEND:
	case POINT_RECEIVE:
	case POINT_CALL:
	case POINT_ENTER:
	case POINT_LEAVE:
	case POINT_RETURN:
	case POINT_FAULT:
	case POINT_LABEL:
	case POINT_START:
	case POINT_KIND_COUNT:
		break;
	}
	return WHEN_NEVER;
}

/* Whether two contexts that mean an object in these ways commute. */
static const bool modes_commute[3][3] = {
	[POINT_SHARED][POINT_SHARED] = true,
	[POINT_SRCU][POINT_SRCU] = true,
};

static struct director_step effect_of(const struct director_step *step, enum when when)
{
	struct director_step effect = *step;

	if (point_when((enum point_kind)step->kind) != when)
		effect.kind = POINT_KIND_COUNT;
	return effect;
}

struct director_step effect_to_come(const struct director_step *point)
{
	return effect_of(point, WHEN_AFTER);
}

struct director_step effect_done(const struct director_step *point)
{
	return effect_of(point, WHEN_BEFORE);
}

bool effects_depend(const struct director_step *a, const struct director_step *b)
{
	return a->kind != POINT_KIND_COUNT && b->kind != POINT_KIND_COUNT && a->object.w == b->object.w &&
	       !modes_commute[a->mode][b->mode];
}

bool points_depend(const struct director_step *a, const struct director_step *b)
{
	struct director_step x = effect_to_come(a), y = effect_to_come(b);

	return effects_depend(&x, &y);
}
