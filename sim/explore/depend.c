/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * depend.c - which steps commute: the table of conflict.h, looked up.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#include "pefsim/conflict.h"

/* When the thing that a point tells of happens, if a schedule can order it at all. */
enum when { WHEN_NEVER, WHEN_BEHIND, WHEN_BEFORE };

static const enum when point_when[POINT_KIND_COUNT + 1] = {
#define X(point, when, about) [POINT_##point] = WHEN_##when,
	PEF_EFFECTS(X)
#undef X
};

static const bool modes_commute[3][3] = {
#define X(a, b, modes, why) [POINT_##a][POINT_##b] = true,
	PEF_COMMUTES(X)
#undef X
};

static struct director_step effect_of(const struct director_step *step, enum when when)
{
	struct director_step effect = *step;

	if (point_when[step->kind] != when)
		effect.kind = POINT_KIND_COUNT;
	return effect;
}

struct director_step effect_to_come(const struct director_step *point)
{
	return effect_of(point, WHEN_BEHIND);
}

struct director_step effect_done(const struct director_step *point)
{
	return effect_of(point, WHEN_BEFORE);
}

bool effects_depend(const struct director_step *a, const struct director_step *b)
{
	return a->kind != POINT_KIND_COUNT && b->kind != POINT_KIND_COUNT && a->object.w == b->object.w &&
	       !modes_commute[a->mode][b->mode] && !modes_commute[b->mode][a->mode];
}

bool points_depend(const struct director_step *a, const struct director_step *b)
{
	struct director_step x = effect_to_come(a), y = effect_to_come(b);

	return effects_depend(&x, &y);
}
