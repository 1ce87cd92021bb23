/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strategy_rff.c - who is to come right after whom, on top of partial order sampling.
 *
 * Wolff, Shi, Duck, Mathur, Roychoudhury: "Greybox fuzzing for concurrency
 * testing", ASPLOS 2024. A schedule is known by who reads from whom; here, where
 * steps meet at locks, by which step on an object comes right after which of
 * another context that it does not commute with (conflict.h). Such pairs are
 * learned from runs. A run is given up to four of them as constraints, to come
 * true or not to, and goes on by partial order sampling; whoever would break one
 * waits while somebody else can go on. Constraints under which a run showed a
 * new pair are kept, and changed again.
 *
 * A step has no number of its own: it is an actor, a kind of point and an object.
 *
 * Locking, Errors, Blocking: see strategy.h.
 */
#include <stdlib.h>
#include <string.h>

#include "strategy_private.h"

#define RFF_CONSTRAINTS 4u
#define RFF_PAIRS 4096u
#define RFF_SEEN (4 * RFF_PAIRS) /* a power of two */
#define RFF_KEPT 512u
#define RFF_OBJECTS 2048u /* a power of two */
#define RFF_STEPS 8192u /* a power of two */

/* Step @to came right after step @from, on an object. */
struct rff_pair {
	uint64_t object, from, to;
};

struct rff_constraint {
	struct rff_pair pair;
	bool never; /* it is not to come true */
	bool over; /* in this run: it has come true, or nobody could keep it */
};

struct rff_set {
	struct rff_constraint of[RFF_CONSTRAINTS];
	unsigned count;
};

/* The last step on an object that others do not commute with. */
struct rff_last {
	uint64_t object, step;
	uint32_t actor;
	uint32_t run; /* it is of; any other: the place is free */
};

struct rff {
	struct strategy s;
	uint64_t *priority; /* by actor, of its next step */
	uint32_t room;
	struct rff_pair pairs[RFF_PAIRS];
	uint64_t seen[RFF_SEEN]; /* pairs, by hash; 0: free */
	unsigned pair_count;
	struct rff_set kept[RFF_KEPT];
	unsigned kept_count;
	struct rff_set now; /* of this run */
	struct rff_last last[RFF_OBJECTS];
	struct rff_nth {
		uint64_t step;
		uint32_t count, run;
	} nth[RFF_STEPS]; /* how often a step was taken in this run */
	uint32_t run;
	bool fresh; /* this run showed a pair that none had shown */
};

static void rff_close(struct strategy *s)
{
	free(((struct rff *)s)->priority);
}

/* ---- what a run is given --------------------------------------------------------------- */

/* A pair that was seen, or the two ends of two on one object. */
static struct rff_pair rff_draw_pair(struct rff *r)
{
	struct rff_pair pair = r->pairs[strategy_below(&r->s, r->pair_count)];
	const struct rff_pair *other = &r->pairs[strategy_below(&r->s, r->pair_count)];

	if (strategy_below(&r->s, 2) && other->object == pair.object)
		pair.from = other->from;
	return pair;
}

/* One more, instead of one about the same step: of two only one could be kept. */
static void rff_add(struct rff *r)
{
	struct rff_set *now = &r->now;
	struct rff_constraint more = {rff_draw_pair(r), .never = !strategy_below(&r->s, 4)};
	unsigned at = 0;

	while (at < now->count && now->of[at].pair.to != more.pair.to)
		at++;
	if (at == RFF_CONSTRAINTS)
		at = (unsigned)strategy_below(&r->s, RFF_CONSTRAINTS);
	now->count += at == now->count;
	now->of[at] = more;
}

static void rff_change(struct rff *r)
{
	struct rff_set *now = &r->now;
	uint64_t how = strategy_below(&r->s, 4);
	unsigned at = now->count ? (unsigned)strategy_below(&r->s, now->count) : 0;

	if (now->count && how == 0)
		now->of[at] = now->of[--now->count];
	else if (now->count && how == 1)
		now->of[at].never = !now->of[at].never;
	else
		rff_add(r);
}

static bool rff_next(struct strategy *s)
{
	struct rff *r = (struct rff *)s;

	r->run++;
	r->fresh = false;
	r->now.count = 0;
	if (!r->pair_count)
		return true;
	if (r->kept_count && strategy_below(s, 2))
		r->now = r->kept[strategy_below(s, r->kept_count)];
	rff_change(r);
	for (unsigned i = 0; i < r->now.count; i++)
		r->now.of[i].over = false;
	return true;
}

/* ---- what happens -------------------------------------------------------------------------- */

static struct rff_last *rff_last(struct rff *r, uint64_t object)
{
	size_t at = (size_t)(object * UINT64_C(0x9e3779b97f4a7c15) >> 40);
	struct rff_last *place = NULL;

	for (unsigned i = 0; i < RFF_OBJECTS; i++) {
		place = &r->last[(at + i) & (RFF_OBJECTS - 1)];
		if (place->run != r->run) {
			*place = (struct rff_last){.object = object, .run = r->run};
			return place;
		}
		if (place->object == object)
			return place;
	}
	return place;
}

/* Which step it is: an actor's @nth of a kind on an object, as far as there is room to count. */
static uint64_t rff_step(struct rff *r, const struct director_step *effect, bool takes)
{
	uint64_t words[] = {effect->object.w, (uint64_t)effect->actor << 8 | effect->kind, 0};
	uint64_t hash = explore_hash(EXPLORE_HASH, words, 2 * sizeof(words[0]));

	for (unsigned i = 0; i < 32; i++) {
		struct rff_nth *nth = &r->nth[(hash + i) & (RFF_STEPS - 1)];
		if (nth->run != r->run)
			*nth = (struct rff_nth){.step = hash, .run = r->run};
		if (nth->step != hash)
			continue;
		words[2] = nth->count;
		nth->count += takes;
		break;
	}
	return explore_hash(EXPLORE_HASH, words, sizeof(words));
}

static void rff_learn(struct rff *r, const struct rff_pair *pair)
{
	uint64_t hash = explore_hash(EXPLORE_HASH, pair, sizeof(*pair));
	size_t at = hash & (RFF_SEEN - 1);

	while (r->seen[at] && r->seen[at] != hash)
		at = (at + 1) & (RFF_SEEN - 1);
	if (r->seen[at] || r->pair_count == RFF_PAIRS)
		return;
	r->seen[at] = hash;
	r->pairs[r->pair_count++] = *pair;
	r->fresh = true;
}

static bool rff_same(const struct rff_pair *a, const struct rff_pair *b)
{
	return a->object == b->object && a->from == b->from && a->to == b->to;
}

/* A step did that to an object. */
static void rff_note(struct rff *r, const struct director_step *effect)
{
	if (effect->kind == POINT_KIND_COUNT)
		return;
	struct rff_last *last = rff_last(r, effect->object.w);
	const struct rff_pair pair = {effect->object.w, last->step, rff_step(r, effect, true)};
	if (last->step && last->actor != effect->actor) {
		rff_learn(r, &pair);
		for (unsigned i = 0; i < r->now.count; i++)
			r->now.of[i].over |= !r->now.of[i].never && rff_same(&r->now.of[i].pair, &pair);
	}
	if (effect->mode == POINT_EXCLUSIVE) {
		last->step = pair.to;
		last->actor = effect->actor;
	}
}

static void rff_arrived(struct strategy *s, uint32_t self)
{
	struct rff *r = (struct rff *)s;
	struct director_step done = effect_done(director_point(s->d, self));

	if (self >= r->room) {
		uint64_t *priority = reallocarray(r->priority, self + 64, sizeof(*priority));
		if (!priority)
			abort();
		r->priority = priority;
		r->room = self + 64;
	}
	r->priority[self] = explore_random(&s->random);
	rff_note(r, &done);
}

/* ---- who goes on ------------------------------------------------------------------------------ */

/* The constraint that a step would break; NULL: none. */
static struct rff_constraint *rff_breaks(struct rff *r, const struct director_step *point)
{
	struct director_step effect = effect_to_come(point);

	if (effect.kind == POINT_KIND_COUNT)
		return NULL;
	for (unsigned i = 0; i < r->now.count; i++) {
		struct rff_constraint *c = &r->now.of[i];
		if (c->over || c->pair.object != effect.object.w)
			continue;
		bool after = rff_last(r, effect.object.w)->step == c->pair.from,
		     is = rff_step(r, &effect, false) == c->pair.to;
		if (c->never ? is && after : is ? !after : after && effect.mode == POINT_EXCLUSIVE)
			return c;
	}
	return NULL;
}

/* The highest priority of those who break nothing; when all do, the constraint of who goes on is over. */
static uint32_t rff_highest(struct rff *r, const uint32_t *who, unsigned count)
{
	uint32_t best = DIRECTOR_NOBODY, any = who[0];

	for (unsigned i = 0; i < count; i++) {
		any = r->priority[who[i]] > r->priority[any] ? who[i] : any;
		if (best != DIRECTOR_NOBODY && r->priority[who[i]] <= r->priority[best])
			continue;
		if (!r->now.count || !rff_breaks(r, director_point(r->s.d, who[i])))
			best = who[i];
	}
	if (best != DIRECTOR_NOBODY)
		return best;
	rff_breaks(r, director_point(r->s.d, any))->over = true;
	return any;
}

static uint32_t rff_pick(struct strategy *s, const uint32_t *who, unsigned count)
{
	struct rff *r = (struct rff *)s;
	uint32_t best = rff_highest(r, who, count);
	const struct director_step *taken = director_point(s->d, best);
	struct director_step effect = effect_to_come(taken);

	for (unsigned i = 0; i < count; i++)
		if (who[i] != best && points_depend(taken, director_point(s->d, who[i])))
			r->priority[who[i]] = explore_random(&s->random);
	rff_note(r, &effect);
	return best;
}

static void rff_weary(struct strategy *s, uint32_t self)
{
	struct rff *r = (struct rff *)s;

	r->priority[self] = 0;
	for (unsigned i = 0; i < r->now.count; i++)
		r->now.of[i].over = true;
}

static void rff_done(struct strategy *s)
{
	struct rff *r = (struct rff *)s;

	if (!r->fresh)
		return;
	if (r->kept_count < RFF_KEPT)
		r->kept[r->kept_count++] = r->now;
	else
		r->kept[strategy_below(s, RFF_KEPT)] = r->now;
}

const struct strategy_kind strategy_rff = {.id = STRATEGY_RFF,
	.size = sizeof(struct rff),
	.close = rff_close,
	.next = rff_next,
	.pick = rff_pick,
	.arrived = rff_arrived,
	.weary = rff_weary,
	.done = rff_done};
