/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * depend.c - which steps commute.
 *
 * Two steps depend when the order in which they are taken may matter to
 * anybody. That is a question of meaning: two readers of one semaphore commute,
 * and so do two SRCU read sections; a reader and a writer do not. What a step
 * does is told by the point it begins at, and by the point it ends at where
 * that says what has been done (a lock was given back). Different objects never
 * depend, because two domains share none and contexts of one domain meet at
 * objects only, as long as the run is free of races.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#include "pefsim/strategy.h"

/* What a kind of point means for its object. A call has its own contexts; what they do are steps of their own. */
enum meaning { MEANS_NOTHING, MEANS_ONE, MEANS_BY_MODE };

static enum meaning point_meaning(enum point_kind kind)
{
	switch (kind) {
	case POINT_ACQUIRE:
	case POINT_RELEASE:
	case POINT_WOKEN:
		return MEANS_BY_MODE;
	case POINT_WAIT:
	case POINT_WAKE:
	case POINT_REF:
	case POINT_ALLOC:
	case POINT_FREE:
		return MEANS_ONE;
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
	return MEANS_NOTHING;
}

/* By mode: whether two contexts that mean an object in these ways commute. */
static const bool modes_commute[3][3] = {
	[POINT_SHARED][POINT_SHARED] = true,
	[POINT_SRCU][POINT_SRCU] = true,
};

bool points_depend(const struct director_step *a, const struct director_step *b)
{
	if (a->object.w != b->object.w)
		return false;
	enum meaning x = point_meaning((enum point_kind)a->kind), y = point_meaning((enum point_kind)b->kind);
	if (x == MEANS_NOTHING || y == MEANS_NOTHING)
		return false;
	return x == MEANS_ONE || y == MEANS_ONE || !modes_commute[a->mode][b->mode];
}
