/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conflict.h - the table of which steps commute.
 *
 * Two steps depend when the order in which they are taken may matter to anybody.
 * That is a question of meaning: two readers of one semaphore commute, and so do
 * two SRCU read sections; a reader and a writer do not. What a step does is told by
 * the point it begins at ("about to take a lock"), and by the point it ends at where
 * that tells of something done ("has given a lock back").
 *
 * What is about different objects always commutes: the mutexes of two guests, the
 * locks of two pages. Two domains share no object, and contexts of one domain meet
 * at objects only, as long as the run is free of races.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#ifndef PEFSIM_CONFLICT_H
#define PEFSIM_CONFLICT_H

#include "pefsim/director.h"

/*
 * X(POINT, WHEN, "what it does"): points of any other kind do nothing that a schedule could order.
 * A lock is taken by the step that begins at its ACQUIRE or WOKEN; a call has contexts and steps of its own.
 */
/* clang-format off */
#define PEF_EFFECTS(X) \
	X(ACQUIRE, BEHIND, "takes the lock, or begins to wait for it") \
	X(WAIT, BEHIND, "begins to wait") \
	X(WOKEN, BEHIND, "looks again whether the wait is over") \
	X(RELEASE, BEFORE, "has given the lock back") \
	X(WAKE, BEFORE, "has woken who waits") \
	X(REF, BEFORE, "has changed a reference count") \
	X(ALLOC, BEFORE, "has allocated the object") \
	X(FREE, BEFORE, "has freed the object")
/* X(MODE, MODE, "modes", "why"): of one object these two commute; all others do not */
#define PEF_COMMUTES(X) \
	X(SHARED, SHARED, "reads and reads", "two readers of one semaphore; two looks at one variable") \
	X(SRCU, SRCU, "srcu and srcu", "two SRCU read sections: no reader ever waits for another")
/* clang-format on */

/* An effect is what a step does to an object; a kind of POINT_KIND_COUNT: nothing. */
/** effect_to_come - of a step that begins at @point */
struct director_step effect_to_come(const struct director_step *point);
/** effect_done - of a step that ends at @point */
struct director_step effect_done(const struct director_step *point);
/** effects_depend - whether their order may matter */
bool effects_depend(const struct director_step *a, const struct director_step *b);
/** points_depend - the same of what comes behind two points */
bool points_depend(const struct director_step *a, const struct director_step *b);

#endif
