/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lockgraph_cycle.c - circles of lock classes, and how likely each is to bite.
 *
 * First the classes alone: which can be reached from themselves. In good code that
 * is none, and it costs a few words of bits. Then, within those, each circle of at
 * most GRAPH_CYCLE_MAX classes is tried with the contexts that showed its edges,
 * and the best witnesses decide: a circle is as bad as the worst that can be made of
 * what was seen.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#include "lockgraph.h"

#include <string.h>

#define CYCLE_TRIES_MAX 20000u
#define CYCLES_MAX 64u

bool graph_conflict(enum lock_mode mode, enum lock_mode held, bool *writer)
{
	*writer = false;
	switch (mode) {
	case LOCK_EXCLUSIVE:
		return held == LOCK_EXCLUSIVE || held == LOCK_SHARED;
	case LOCK_SHARED:
		/* A reader waits for readers only behind a writer that waits for them. */
		*writer = held == LOCK_SHARED;
		return held == LOCK_EXCLUSIVE || held == LOCK_SHARED;
	case LOCK_SRCU_SYNC:
		return held == LOCK_SRCU_READ;
	case LOCK_EVENT:
		return held == LOCK_EVENT;
	case LOCK_SRCU_READ:
		break;
	}
	return false;
}

/* ---- witnesses ------------------------------------------------------------------------ */

static void grade_lower(struct graph_cycle *c, enum graph_grade grade, enum graph_doubt doubt)
{
	if (grade >= c->grade)
		return;
	c->grade = grade;
	c->doubt = doubt;
}

/* A lock that both hold, and only one can: they are never there at the same time. */
static bool grade_is_gated(const struct graph_step *a, const struct graph_step *b)
{
	bool writer;

	for (unsigned i = 0; i < a->held_count; i++) {
		const struct sync_held *x = &a->held[i].lock;

		for (unsigned k = 0; k < b->held_count; k++) {
			const struct sync_held *y = &b->held[k].lock;

			if (x->name.w == y->name.w && x->mode != LOCK_EVENT &&
				graph_conflict(x->mode, y->mode, &writer) && !writer)
				return true;
		}
	}
	return false;
}

static void grade_apart(const struct lockgraph *g, struct graph_cycle *c)
{
	for (unsigned i = 0; i < c->count; i++) {
		for (unsigned k = i + 1; k < c->count; k++) {
			const struct graph_step *a = c->edges[i].step, *b = c->edges[k].step;

			if (a->thread == b->thread)
				grade_lower(c, GRADE_POSSIBLE, DOUBT_ONE_CONTEXT);
			else if (grade_is_gated(a, b) || graph_is_before(g, a, b) || graph_is_before(g, b, a))
				grade_lower(c, GRADE_APART, DOUBT_NONE);
		}
	}
}

static bool cycle_has_thread(const struct graph_cycle *c, uint64_t thread)
{
	for (unsigned i = 0; i < c->count; i++)
		if (c->edges[i].step->thread == thread)
			return true;
	return false;
}

/* Somebody else who takes the lock for writing, and may do so while @reader has it. */
static const struct graph_step *grade_writer(
	const struct lockgraph *g, const struct graph_cycle *c, const struct graph_step *reader, obj_t name)
{
	for (unsigned i = 0; i < g->now_count; i++) {
		const struct graph_step *s = g->now[i];

		if (s->name.w == name.w && s->mode == LOCK_EXCLUSIVE && !cycle_has_thread(c, s->thread) &&
			!grade_is_gated(s, reader) && !graph_is_before(g, s, reader) && !graph_is_before(g, reader, s))
			return s;
	}
	return NULL;
}

/* Where one edge ends and the next begins. */
static void grade_joint(const struct lockgraph *g, struct graph_cycle *c, unsigned i)
{
	const struct graph_step *taker = c->edges[i].step;
	const struct graph_edge *holder = &c->edges[(i + 1) % c->count];
	bool writer;

	if (!graph_conflict(taker->mode, holder->held->lock.mode, &writer)) {
		grade_lower(c, GRADE_NONE, DOUBT_NONE);
		return;
	}
	if (taker->name.w != holder->held->lock.name.w)
		grade_lower(c, GRADE_POSSIBLE, DOUBT_OTHER_LOCKS);
	if (!writer || c->writer)
		return;
	c->writer = grade_writer(g, c, holder->step, taker->name);
	c->writer_at = i;
	if (!c->writer)
		grade_lower(c, GRADE_POSSIBLE, DOUBT_NO_WRITER);
}

/* Whether some run showed all of it: then that run has judged it, with what comes before what in it. */
static bool cycle_was_judged(const struct graph_cycle *c)
{
	uint64_t common = 0;

	for (unsigned w = 0; w < GRAPH_RUN_WORDS; w++) {
		uint64_t both = UINT64_MAX;

		for (unsigned i = 0; i < c->count; i++)
			both &= c->edges[i].step->runs[w];
		common |= both;
	}
	return common != 0;
}

void graph_grade_cycle(const struct lockgraph *g, struct graph_cycle *c)
{
	c->grade = GRADE_PREDICTED;
	c->doubt = DOUBT_NONE;
	c->writer = NULL;
	for (unsigned i = 0; i < c->count && c->grade; i++)
		grade_joint(g, c, i);
	if (c->grade)
		grade_apart(g, c);
	if (g->across)
		grade_lower(c, cycle_was_judged(c) ? GRADE_APART : GRADE_POSSIBLE, DOUBT_OTHER_RUN);
}

/* ---- circles --------------------------------------------------------------------------- */

struct search {
	struct lockgraph *g;
	uint64_t out[GRAPH_CLASSES_MAX]; /* classes taken with this one held */
	unsigned path[GRAPH_CYCLE_MAX];
	unsigned depth, tries, found_count;
	struct graph_cycle cycle, best;
	void (*found)(void *arg, const struct graph_cycle *cycle);
	void *arg;
};

static bool edge_counts(const struct graph_step *step, const struct graph_held *held)
{
	return step->mode != LOCK_SRCU_READ && step->class < GRAPH_CLASSES_MAX && held->class < GRAPH_CLASSES_MAX;
}

static void search_fill(struct search *s)
{
	for (unsigned i = 0; i < s->g->now_count; i++) {
		const struct graph_step *step = s->g->now[i];

		for (unsigned k = 0; k < step->held_count; k++)
			if (edge_counts(step, &step->held[k]))
				s->out[step->held[k].class] |= UINT64_C(1) << step->class;
	}
}

/* Classes that can be reached from themselves by way of others. */
static uint64_t search_circular(const struct search *s)
{
	uint64_t reach[GRAPH_CLASSES_MAX], circular = 0;

	for (unsigned i = 0; i < s->g->class_count; i++)
		reach[i] = s->out[i] & ~(UINT64_C(1) << i);
	for (unsigned via = 0; via < s->g->class_count; via++)
		for (unsigned i = 0; i < s->g->class_count; i++)
			if (reach[i] >> via & 1u)
				reach[i] |= reach[via];
	for (unsigned i = 0; i < s->g->class_count; i++)
		circular |= reach[i] & UINT64_C(1) << i;
	return circular;
}

/* Every choice of witnesses for the path's edges, from edge @at on. */
static void search_witnesses(struct search *s, unsigned at)
{
	unsigned from = s->path[at], to = s->path[(at + 1) % s->depth];

	for (unsigned i = 0; i < s->g->now_count && s->best.grade != GRADE_PREDICTED; i++) {
		const struct graph_step *step = s->g->now[i];

		for (unsigned k = 0; step->class == to && k < step->held_count; k++) {
			if (step->held[k].class != from || !edge_counts(step, &step->held[k]))
				continue;
			s->cycle.edges[at] = (struct graph_edge){step, &step->held[k]};
			if (at + 1 < s->depth) {
				search_witnesses(s, at + 1);
				continue;
			}
			if (s->tries++ >= CYCLE_TRIES_MAX)
				return;
			s->cycle.count = s->depth;
			graph_grade_cycle(s->g, &s->cycle);
			if (s->cycle.grade > s->best.grade)
				s->best = s->cycle;
		}
	}
}

static void search_judge(struct search *s)
{
	s->best.grade = GRADE_NONE;
	s->tries = 0;
	search_witnesses(s, 0);
	if (s->best.grade >= GRADE_POSSIBLE && s->found_count++ < CYCLES_MAX)
		s->found(s->arg, &s->best);
}

/* All circles whose least class is the first of the path. */
static void search_walk(struct search *s, uint64_t circular)
{
	unsigned last = s->path[s->depth - 1];

	if (s->depth > 1 && s->out[last] >> s->path[0] & 1u)
		search_judge(s);
	for (unsigned next = s->path[0] + 1; s->depth < GRAPH_CYCLE_MAX && next < s->g->class_count; next++) {
		bool known = !(circular >> next & 1u) || !(s->out[last] >> next & 1u);

		for (unsigned i = 0; i < s->depth; i++)
			known |= s->path[i] == next;
		if (known || s->found_count >= CYCLES_MAX)
			continue;
		s->path[s->depth++] = next;
		search_walk(s, circular);
		s->depth--;
	}
}

/* Two locks of one class, taken in both orders. */
static void search_pair(struct search *s, unsigned class)
{
	s->path[0] = s->path[1] = class;
	s->depth = 2;
	s->best.grade = GRADE_NONE;
	s->tries = 0;
	search_witnesses(s, 0);
	/* One lock inside another is told by itself; here both orders of the same two must have been seen. */
	if (s->best.grade >= GRADE_POSSIBLE && s->best.doubt != DOUBT_OTHER_LOCKS &&
		s->best.doubt != DOUBT_ONE_CONTEXT && s->best.edges[0].step->name.w != s->best.edges[1].step->name.w)
		s->found(s->arg, &s->best);
}

void graph_find(struct lockgraph *g, void (*found)(void *arg, const struct graph_cycle *cycle), void *arg)
{
	struct search s = {.g = g, .found = found, .arg = arg};

	search_fill(&s);
	uint64_t circular = search_circular(&s);
	for (unsigned i = 0; i < g->class_count; i++) {
		if (s.out[i] >> i & 1u && obj_type(g->class_name[i]) != OBJ_PAGE_LOCK)
			search_pair(&s, i);
		if (!(circular >> i & 1u))
			continue;
		s.path[0] = i;
		s.depth = 1;
		search_walk(&s, circular);
	}
}
