/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util_brute.c - see util_brute.h.
 *
 * It shares with the program only the director and the table of what commutes:
 * at each moment all who can go on are tried, in depth-first order. A class is
 * known by its steps and, for each two that depend, by which came first.
 *
 * Locking, Errors, Blocking: see util_brute.h.
 */
#include "util_brute.h"

#include <stdlib.h>
#include <string.h>

#include "pefsim/strategy.h"

#define STEPS_MAX 256u

struct step {
	uint32_t actor, nth;
	struct director_step begin, end;
};

struct search {
	unsigned choice[STEPS_MAX], width[STEPS_MAX]; /* by moment: which is tried, of how many */
	struct step steps[STEPS_MAX];
	unsigned depth, length;
	size_t begun;
};

bool brute_add(struct brute_set *set, uint64_t item)
{
	unsigned lo = 0, hi = set->count;
	while (lo < hi) {
		unsigned mid = (lo + hi) / 2;
		if (set->items[mid] < item)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < set->count && set->items[lo] == item)
		return false;
	if (set->count == BRUTE_SET_MAX)
		abort();
	if (!set->items)
		set->items = malloc(BRUTE_SET_MAX * sizeof(item));
	memmove(&set->items[lo + 1], &set->items[lo], (set->count++ - lo) * sizeof(item));
	set->items[lo] = item;
	return true;
}

bool brute_same(const struct brute_set *a, const struct brute_set *b)
{
	return a->count == b->count && !memcmp(a->items, b->items, a->count * sizeof(a->items[0]));
}

void brute_free(struct brute_set *set)
{
	free(set->items);
	*set = (struct brute_set){0};
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

uint64_t brute_state(const struct engine *engine, const struct engine_result *result)
{
	return mix(litmus_state(engine) + (unsigned)result->end);
}

static void end_step(struct search *s, const struct director *d)
{
	struct step *last = &s->steps[s->depth - 1];
	size_t count;
	const struct director_step *steps = director_steps(d, &count);
	last->end.kind = POINT_KIND_COUNT;
	for (size_t i = s->begun; i < count && last->end.kind == POINT_KIND_COUNT; i++)
		if (steps[i].actor == last->actor) {
			last->end = effect_done(&steps[i]);
			break;
		}
}

static uint32_t pick(struct search *s, struct director *d, uint32_t self)
{
	unsigned count, width = 0;
	const uint32_t *held = director_held(d, &count);
	uint32_t who[16];
	if (s->depth)
		end_step(s, d);
	if (s->depth == STEPS_MAX || count > 15)
		abort();
	for (uint32_t a = 0; a < director_actors(d); a++)
		if (a == self || director_state(d, a) == DIRECTOR_HELD)
			who[width++] = a;
	(void)held;
	if (s->depth == s->length)
		s->choice[s->length++] = 0;
	s->width[s->depth] = width;
	struct step *step = &s->steps[s->depth];
	step->actor = who[s->choice[s->depth++]];
	step->begin = effect_to_come(director_point(d, step->actor));
	step->nth = 0;
	for (unsigned i = 0; i + 1 < s->depth; i++)
		step->nth += s->steps[i].actor == step->actor;
	director_steps(d, &s->begun);
	return step->actor;
}

static bool brute_point(void *arg, struct director *d, unsigned self)
{
	if (director_others_ready(d, self))
		return false;
	uint32_t who = pick(arg, d, self);
	if (who != self)
		director_release(d, who);
	return who == self;
}

static void brute_idle(void *arg, struct director *d)
{
	director_release(d, pick(arg, d, DIRECTOR_NOBODY));
}

static bool depend(const struct step *a, const struct step *b)
{
	return effects_depend(&a->begin, &b->begin) || effects_depend(&a->begin, &b->end) ||
	       effects_depend(&a->end, &b->begin) || effects_depend(&a->end, &b->end);
}

static uint64_t class_of(const struct search *s)
{
	uint64_t sum = 0;
	for (unsigned j = 0; j < s->depth; j++) {
		const struct step *b = &s->steps[j];
		sum += mix(((uint64_t)b->actor << 32) + b->nth + 1);
		for (unsigned i = 0; i < j; i++) {
			const struct step *a = &s->steps[i];
			if (a->actor != b->actor && depend(a, b))
				sum += mix(
					mix(((uint64_t)a->actor << 32) + a->nth) + ((uint64_t)b->actor << 32) + b->nth);
		}
	}
	return sum;
}

/* The next interleaving in depth-first order; false after the last. */
static bool search_step(struct search *s)
{
	s->length = s->depth;
	while (s->length && s->choice[s->length - 1] + 1 == s->width[s->length - 1])
		s->length--;
	if (!s->length)
		return false;
	s->choice[s->length - 1]++;
	return true;
}

struct engine *brute_create(const void *arg, const struct engine_config *config)
{
	return litmus_create(*(const enum litmus_id *)arg, config);
}

bool brute_all(struct engine *(*create)(const void *arg, const struct engine_config *config), const void *arg,
	uint64_t most, struct brute *out)
{
	static const struct director_ops ops = {.point = brute_point, .idle = brute_idle};
	struct search *s = calloc(1, sizeof(*s));
	struct engine_config config = {.exec = ENGINE_FIBERS};
	struct engine *engine = NULL;
	struct engine_result result;
	bool more = true;
	*out = (struct brute){0};
	while (more && out->interleavings < most) {
		if (!engine) {
			engine = create(arg, &config);
			engine_direct(engine, &ops, s);
			if (engine_snapshot(engine) != PEF_OK)
				abort();
		}
		s->depth = 0;
		engine_run(engine, &result);
		if (s->depth)
			end_step(s, engine_direct(engine, &ops, s));
		out->interleavings++;
		out->bad += result.end != ENGINE_FINISHED;
		brute_add(&out->classes, class_of(s));
		brute_add(&out->states, brute_state(engine, &result));
		more = search_step(s);
		engine_restore(engine);
	}
	engine_destroy(engine);
	free(s);
	return !more;
}
