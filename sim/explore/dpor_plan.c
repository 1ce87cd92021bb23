/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dpor_plan.c - what a reduction has still to run: wakeup trees.
 *
 * To say only who is to go first may lead a run to where all that it could do
 * was done before. So a whole way is planned: from the moment before the earlier
 * of two steps that raced, the steps behind it that do not depend on it, and
 * then the later one. A way is planned only when none that was run, which sleep
 * sets know, and none that is planned begins with it but for steps that commute:
 * then every run is of a class of its own.
 *
 * Ways from one moment are a tree. Taking one hands what is behind its first
 * step to the next moment.
 *
 * Locking, Errors, Blocking: see strategy.h.
 */
#include <stdlib.h>

#include "dpor.h"

static uint32_t plan_new(struct dpor *p, uint32_t actor)
{
	uint32_t at = p->plan_free;

	if (at) {
		p->plan_free = p->plans[at].next;
	} else {
		if (p->plan_count >= p->plan_room) {
			p->plan_room = p->plan_room ? 2 * p->plan_room : 256;
			p->plans = reallocarray(p->plans, p->plan_room, sizeof(*p->plans));
			if (!p->plans)
				abort();
		}
		at = p->plan_count ? p->plan_count : 1;
		p->plan_count = at + 1;
	}
	p->plans[at] = (struct dpor_plan){.actor = actor};
	return at;
}

/* One way is given back as a whole: its last step leads to those that are free. */
void dpor_plan_drop(struct dpor *p, uint32_t list)
{
	while (list) {
		uint32_t next = p->plans[list].next;
		dpor_plan_drop(p, p->plans[list].child);
		p->plans[list].next = p->plan_free;
		p->plan_free = list;
		list = next;
	}
}

uint32_t dpor_plan_take(struct dpor *p, struct dpor_frame *f)
{
	uint32_t at = f->plan, actor = p->plans[at].actor;

	f->plan = p->plans[at].next;
	p->rest = p->plans[at].child;
	p->plans[at].next = p->plan_free;
	p->plan_free = at;
	return actor;
}

/* ---- whether a way begins so ------------------------------------------------------------- */

/*
 * Whether an actor's step may come first of all in a way: it is in it, and nothing in the way comes before it,
 * or it is not, and commutes with all of it. @at: where in the way it is; its count when it is not.
 */
static bool way_may_begin(
	const struct dpor *p, const struct dpor_way *way, uint32_t actor, const struct dpor_step *step, uint32_t *at)
{
	*at = 0;
	while (*at < way->count && p->frames[way->steps[*at]].chosen != actor)
		++*at;
	if (*at == way->count) {
		for (uint32_t k = 0; k < way->count; k++)
			if (!step || dpor_steps_depend(step, &p->frames[way->steps[k]].step))
				return false;
		return true;
	}
	for (uint32_t k = 0; k < *at; k++)
		if (dpor_before(p, way->steps[k], p->frames[way->steps[*at]].clock))
			return false;
	return true;
}

static bool way_was_run(const struct dpor *p, const struct dpor_way *way, const struct dpor_frame *f)
{
	uint32_t at;

	for (uint32_t bits = f->asleep; bits; bits &= bits - 1) {
		uint32_t q = (uint32_t)__builtin_ctz(bits);
		if (way_may_begin(p, way, q, &f->sleeping[q], &at))
			return true;
	}
	return false;
}

static void way_drop_step(struct dpor_way *way, uint32_t at)
{
	if (at == way->count)
		return;
	way->count--;
	for (; at < way->count; at++)
		way->steps[at] = way->steps[at + 1];
}

/* ---- planning ----------------------------------------------------------------------------- */

/* Room for one more behind the last of a list; where the number of it is to be written changes with the memory. */
static void plan_append(struct dpor *p, struct dpor_frame *f, uint32_t parent, uint32_t at)
{
	uint32_t *link = parent ? &p->plans[parent].child : &f->plan;

	while (*link)
		link = &p->plans[*link].next;
	*link = at;
}

static void plan_append_way(struct dpor *p, struct dpor_frame *f, uint32_t parent, const struct dpor_way *way)
{
	for (uint32_t k = 0; k < way->count; k++) {
		const struct dpor_frame *g = &p->frames[way->steps[k]];
		uint32_t at = plan_new(p, g->chosen);
		p->plans[at].step = g->step;
		plan_append(p, f, parent, at);
		parent = at;
	}
}

/* Along the ways that are there as far as one goes with this; what is left of it is new. */
static void plan_insert(struct dpor *p, struct dpor_frame *f, struct dpor_way *way)
{
	uint32_t parent = 0, list = f->plan, at;

	while (list) {
		const struct dpor_plan *plan = &p->plans[list];
		if (!way_may_begin(p, way, plan->actor, plan->unknown ? NULL : &plan->step, &at)) {
			list = plan->next;
			continue;
		}
		way_drop_step(way, at);
		if (!plan->child || !way->count)
			return;
		parent = list;
		list = plan->child;
	}
	plan_append_way(p, f, parent, way);
}

void dpor_plan_race(struct dpor *p, uint32_t i, uint32_t j)
{
	struct dpor_way *way = &p->way;

	way->count = 0;
	for (uint32_t k = i + 1; k < j; k++)
		if (!dpor_before(p, i, p->frames[k].clock))
			way->steps[way->count++] = k;
	way->steps[way->count++] = j;
	if (!way_was_run(p, way, &p->frames[i]))
		plan_insert(p, &p->frames[i], way);
}

void dpor_plan_actor(struct dpor *p, uint32_t i, uint32_t actor)
{
	struct dpor_frame *f = &p->frames[i];

	for (uint32_t list = f->plan; list; list = p->plans[list].next)
		if (p->plans[list].actor == actor)
			return;
	if (f->chosen == actor || (f->asleep >> actor & 1))
		return;
	uint32_t at = plan_new(p, actor);
	p->plans[at].unknown = true;
	plan_append(p, f, 0, at);
}
