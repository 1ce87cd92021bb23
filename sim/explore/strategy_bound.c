/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strategy_bound.c - the sweep, in which what commutes counts once.
 *
 * Musuvathi, Qadeer: "Partial-order reduction for context-bounded state
 * exploration", MSR-TR-2007-12. Reduction by sleep sets or races does not go with
 * a bound: the one schedule of a class that is run may be the one with too many
 * preemptions. So it is left to the sweep which schedules there are, and only
 * what can come from a moment is planned once: two ways that lead to the same
 * steps, with the same order of those that do not commute (conflict.h), lead to
 * the same state; and if the same thread went on last, from both the same can
 * still be done for the same number of preemptions. The way with fewer of them
 * comes first, since the sweep goes from level to level.
 *
 * All states within the bound are reached, as by the sweep, where time decides
 * nothing; where calls cross sides nothing is claimed.
 *
 * Locking, Errors, Blocking: see strategy.h.
 */
#include <stdlib.h>
#include <string.h>

#include "sweep.h"

#define BOUND_OBJECTS 2048u /* a power of two */
#define BOUND_ENDS 16384u /* a power of two; of two at one place the later is kept */
#define BOUND_MODES 3u

/* What was done to an object: hashes, each of a step with all that comes before it. */
struct bound_object {
	uint64_t object;
	uint64_t last[BOUND_MODES]; /* by mode: of those that commute the sum */
	uint32_t run; /* it is of; any other: the place is free */
};

struct bound {
	struct sweep w;
	uint64_t *actors; /* by actor: its last step, with all before */
	uint32_t actor_room;
	struct bound_object objects[BOUND_OBJECTS];
	uint64_t steps; /* the sum of all steps so far: a class of ways */
	struct bound_end {
		uint64_t step;
		struct director_step done;
	} ends[BOUND_ENDS]; /* what a step with all before it had done when it ended; in a run later, too */
	uint32_t run;
	uint64_t *known; /* moments from where all was planned, by hash; at most half full; 0: free */
	size_t known_count, known_room;
	bool full; /* there was no room for an object */
};

/* ---- moments ------------------------------------------------------------------------------ */

static uint64_t *known_find(uint64_t *known, size_t room, uint64_t moment)
{
	size_t at = moment & (room - 1);

	while (known[at] && known[at] != moment)
		at = (at + 1) & (room - 1);
	return &known[at];
}

static void known_grow(struct bound *b)
{
	size_t room = b->known_room ? 2 * b->known_room : 1024;
	uint64_t *known = calloc(room, sizeof(*known));

	if (!known)
		abort();
	for (size_t i = 0; i < b->known_room; i++)
		if (b->known[i])
			*known_find(known, room, b->known[i]) = b->known[i];
	free(b->known);
	b->known = known;
	b->known_room = room;
}

static uint64_t bound_moment(uint64_t steps, uint32_t last)
{
	const uint64_t words[] = {steps, last};
	uint64_t moment = explore_hash(EXPLORE_HASH, words, sizeof(words));

	return moment ? moment : 1;
}

static bool bound_there(struct sweep *w, uint64_t moment)
{
	const struct bound *b = (const struct bound *)w;

	return b->known_room && !b->full && *known_find(b->known, b->known_room, moment);
}

static bool bound_here(struct sweep *w)
{
	struct bound *b = (struct bound *)w;
	uint64_t moment = bound_moment(b->steps, w->s.last);
	bool known = bound_there(w, moment);

	if (2 * (b->known_count + 1) > b->known_room)
		known_grow(b);
	*known_find(b->known, b->known_room, moment) = moment;
	b->known_count += !known;
	return known;
}

/* ---- what comes before what ------------------------------------------------------------------- */

static struct bound_object *bound_object(struct bound *b, uint64_t object)
{
	size_t at = (size_t)(object * UINT64_C(0x9e3779b97f4a7c15) >> 40);

	for (unsigned i = 0; i < BOUND_OBJECTS; i++) {
		struct bound_object *o = &b->objects[(at + i) & (BOUND_OBJECTS - 1)];
		if (o->run != b->run)
			*o = (struct bound_object){.object = object, .run = b->run};
		if (o->object == object)
			return o;
	}
	b->full = true;
	return &b->objects[0];
}

static uint64_t *bound_actor(struct bound *b, uint32_t actor)
{
	if (actor >= b->actor_room) {
		uint32_t room = actor + 64;
		uint64_t *actors = reallocarray(b->actors, room, sizeof(*actors));
		if (!actors)
			abort();
		memset(actors + b->actor_room, 0, (room - b->actor_room) * sizeof(*actors));
		b->actors = actors;
		b->actor_room = room;
	}
	return &b->actors[actor];
}

/* A step @before does something: behind what was done to the object and does not commute. */
static uint64_t bound_step(struct bound *b, uint64_t before, const struct director_step *effect)
{
	uint64_t words[3 + BOUND_MODES] = {before, effect->actor};

	if (effect->kind != POINT_KIND_COUNT) {
		const struct bound_object *o = bound_object(b, effect->object.w);
		struct director_step other = *effect;
		words[2] = (uint64_t)effect->kind << 8 | effect->mode;
		for (unsigned mode = 0; mode < BOUND_MODES; mode++) {
			other.mode = (uint8_t)mode;
			words[3 + mode] = effects_depend(effect, &other) ? o->last[mode] : 0;
		}
	}
	return explore_hash(EXPLORE_HASH, words, sizeof(words));
}

/* An actor does something, behind its last step. */
static void bound_note(struct bound *b, const struct director_step *effect)
{
	uint64_t *mine = bound_actor(b, effect->actor);

	*mine = bound_step(b, *mine, effect);
	b->steps += *mine;
	if (effect->kind == POINT_KIND_COUNT)
		return;
	struct bound_object *o = bound_object(b, effect->object.w);
	o->last[effect->mode] = effects_depend(effect, effect) ? *mine : o->last[effect->mode] + *mine;
}

/*
 * If an actor's step is known to end with something done, or nothing, the moment behind it is. What it does
 * at its end does not depend on what it does at its beginning unless both are about one object.
 */
static uint64_t bound_behind(struct sweep *w, uint32_t actor)
{
	struct bound *b = (struct bound *)w;
	struct director_step effect = effect_to_come(director_point(w->s.d, actor));
	uint64_t step = bound_step(b, *bound_actor(b, actor), &effect), steps = b->steps + step;
	const struct bound_end *end = &b->ends[step & (BOUND_ENDS - 1)];

	if (end->step != step || (effect.kind != POINT_KIND_COUNT && end->done.kind != POINT_KIND_COUNT &&
					 effect.object.w == end->done.object.w))
		return 0;
	if (end->done.kind != POINT_KIND_COUNT)
		steps += bound_step(b, step, &end->done);
	return bound_moment(steps, actor);
}

/* ---- the strategy --------------------------------------------------------------------------- */

static bool bound_open(struct strategy *s)
{
	static const struct sweep_fold fold = {bound_here, bound_behind, bound_there};

	((struct sweep *)s)->fold = &fold;
	return sweep_open(s);
}

static void bound_close(struct strategy *s)
{
	struct bound *b = (struct bound *)s;

	free(b->actors);
	free(b->known);
	sweep_close(s);
}

static bool bound_next(struct strategy *s)
{
	struct bound *b = (struct bound *)s;

	b->run++;
	b->steps = 0;
	if (b->actor_room)
		memset(b->actors, 0, b->actor_room * sizeof(*b->actors));
	return sweep_next(s);
}

static void bound_arrived(struct strategy *s, uint32_t self)
{
	struct bound *b = (struct bound *)s;
	const struct director_step *point = director_point(s->d, self);
	struct director_step done = effect_done(point);

	b->w.unsure = b->w.unsure || point->kind == POINT_CALL || point->kind == POINT_SEND;
	if (b->w.covered)
		return;
	uint64_t mine = *bound_actor(b, self);
	if (mine)
		b->ends[mine & (BOUND_ENDS - 1)] = (struct bound_end){mine, done};
	if (done.kind != POINT_KIND_COUNT)
		bound_note(b, &done);
}

static uint32_t bound_pick(struct strategy *s, const uint32_t *who, unsigned count)
{
	struct bound *b = (struct bound *)s;
	/* Whoever has been passed over for too long has its turn, whomever is picked here. */
	b->w.unsure = b->w.unsure || s->turn_left;
	uint32_t best = sweep_pick(s, who, count);
	struct director_step effect = effect_to_come(director_point(s->d, best));

	if (!b->w.covered)
		bound_note(b, &effect);
	return best;
}

/* What is chosen is part of the way, too. */
static uint32_t bound_choose(struct strategy *s, enum choice_kind kind, uint32_t count, uint32_t usual)
{
	struct bound *b = (struct bound *)s;
	uint32_t taken = sweep_choose(s, kind, count, usual);

	b->steps += explore_hash(EXPLORE_HASH, &taken, sizeof(taken));
	return taken;
}

const struct strategy_kind strategy_bound = {.id = STRATEGY_BOUND,
	.size = sizeof(struct bound),
	.open = bound_open,
	.close = bound_close,
	.next = bound_next,
	.pick = bound_pick,
	.arrived = bound_arrived,
	.choose = bound_choose,
	.claim = sweep_claim};
