/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * direct.c - a run that a strategy directs. See director.h.
 *
 * A held context is parked like one whose hold is being derived (hold.c): when
 * it is let go, nothing anywhere is later than this moment, since FIBERS runs
 * the least key of all domains, so one cycle after it is a time that a timed
 * run can keep. What is logged lies in libc's memory: it is read after the run,
 * and a restored snapshot only shortens it.
 *
 * Locking: one host thread. Errors: no memory for the log stops the process.
 * Blocking: direct_passed() yields when the context is held.
 */
#include <stdlib.h>
#include <string.h>

#include "direct.h"
#include "engine_private.h"
#include "point.h"

/* Room for one more; aborts without memory, as there is nobody to tell in the middle of a run. */
static void *direct_grow(void *items, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return items;
	*room = *room ? 2 * *room : 64;
	items = reallocarray(items, *room, size);
	if (!items)
		engine_bug("no memory for what a directed run did");
	return items;
}

static void *direct_grow32(void *items, uint32_t count, uint32_t *room, size_t size)
{
	size_t wide = *room;
	items = direct_grow(items, count, &wide, size);
	*room = (uint32_t)wide;
	return items;
}

/* ---- who acts ----------------------------------------------------------------------- */

static uint32_t direct_thread(const struct director *d, const char *name, uint32_t self)
{
	size_t len = strcspn(name, "/");
	for (uint32_t i = 0; i < self; i++)
		if (strcspn(d->actors[i].name, "/") == len && !memcmp(d->actors[i].name, name, len))
			return d->actors[i].thread;
	return self;
}

static uint32_t direct_actor_new(struct director *d, const char *name)
{
	uint32_t self = d->actor_count, room = d->actor_room;
	d->actors = direct_grow32(d->actors, self, &d->actor_room, sizeof(*d->actors));
	if (room != d->actor_room)
		d->held = direct_grow32(d->held, room, &room, sizeof(*d->held));
	struct direct_actor *a = &d->actors[self];
	*a = (struct direct_actor){0};
	memcpy(a->name, name, sizeof(a->name));
	a->thread = direct_thread(d, name, self);
	d->actor_count++;
	return self;
}

static bool direct_is(const struct direct_actor *a, const struct context *ctx)
{
	return (!a->ctx || a->ctx == ctx) && !strcmp(a->name, ctx->name);
}

/* The number of a context that has none yet: that of its name in an earlier run, or a new one. */
static uint32_t direct_number(struct director *d, const struct context *ctx)
{
	for (uint32_t i = 0; i < d->actor_count; i++) {
		uint32_t at = (d->hint + i) % d->actor_count;
		if (direct_is(&d->actors[at], ctx))
			return at;
	}
	return direct_actor_new(d, ctx->name);
}

static void direct_meet(struct director *d, struct context *ctx)
{
	uint32_t self = ctx->actor ? ctx->actor - 1 : direct_number(d, ctx);
	d->actors[self].ctx = ctx;
	ctx->actor = self + 1;
	d->hint = self + 1;
}

void direct_created(struct context *ctx)
{
	direct_meet(ctx->domain->engine->director, ctx);
}

/* ---- life ----------------------------------------------------------------------------- */

struct director *engine_direct(struct engine *engine, const struct director_ops *ops, void *arg)
{
	if (engine->config.exec != ENGINE_FIBERS || engine->running)
		engine_bug("a director is for FIBERS, and is given between runs");
	if (!engine->director)
		engine->director = calloc(1, sizeof(*engine->director));
	if (!engine->director)
		return NULL;
	engine->director->engine = engine;
	engine->director->ops = ops;
	engine->director->arg = arg;
	engine->director->scouting = false;
	return engine->director;
}

void direct_destroy(struct director *d)
{
	if (!d)
		return;
	free(d->actors);
	free(d->steps);
	free(d->held);
	free(d->holds);
	free(d->choices);
	free(d);
}

void direct_mark(struct engine *engine)
{
	if (engine->director)
		engine->director->marked = engine->director->step_count;
}

void direct_reset(struct engine *engine)
{
	if (engine->director)
		engine->director->step_count = engine->director->marked;
}

void director_wait_for_mark(struct director *d)
{
	d->waits = true;
}

void director_scout(struct director *d)
{
	d->scouting = true;
}

bool direct_is_scouting(const struct engine *engine)
{
	return engine->director && engine->director->scouting;
}

/* What was passed before is no part of what strategies see. */
void direct_marked(struct director *d)
{
	if (d->on)
		return;
	d->on = true;
	d->first = d->step_count;
}

/* The latest steps of before the snapshot are forgotten: nobody is held there. */
void direct_run_begin(struct engine *engine)
{
	struct director *d = engine->director;
	if (!d)
		return;
	for (uint32_t i = 0; i < d->actor_count; i++) {
		d->actors[i].ctx = NULL;
		d->actors[i].hold = d->actors[i].step = 0;
	}
	d->hint = 0;
	d->on = !d->waits || engine->marked;
	d->first = d->step_count - (d->stopped && engine->marked);
	d->held_count = d->hold_count = d->choice_count = d->ended = 0;
	for (unsigned i = 0; i < engine->domain_count; i++)
		for (uint32_t id = 1; id <= engine->domains[i]->context_count; id++)
			direct_meet(d, domain_context(engine->domains[i], id));
	if (d->stopped && engine->marked)
		d->actors[engine->marked->actor - 1].step = (uint32_t)d->step_count;
}

/* ---- holds ------------------------------------------------------------------------------ */

/* The hold ends at @end: now its length is known, and its record gets it. */
static void direct_settle(struct director *d, struct direct_hold *h, cycles_t end)
{
	struct trace_ring *ring = d->engine->domains[h->domain]->ring;
	h->end = end;
	h->order = d->ended++;
	if (!ring->off && h->position >= ring->folded_count && h->position < ring->count)
		ring->recs[h->position & (ring->cap - 1)].b = end - h->begin;
}

void direct_run_end(struct engine *engine, const struct engine_result *result)
{
	struct director *d = engine->director;
	/* Stopped while the context was parked: a timed run must get as far without it. */
	for (uint32_t i = 0; d && i < d->hold_count; i++)
		if (!d->holds[i].end) {
			d->holds[i].idle = true;
			d->holds[i].until = (uint32_t)d->step_count;
			direct_settle(d, &d->holds[i], result->key.cycle + 1);
		}
}

static void direct_hold(struct director *d, struct context *ctx)
{
	struct domain *domain = ctx->domain;
	uint32_t self = ctx->actor - 1;
	const struct director_step *step = &d->steps[d->actors[self].step - 1];
	d->holds = direct_grow32(d->holds, d->hold_count, &d->hold_room, sizeof(*d->holds));
	d->holds[d->hold_count++] = (struct direct_hold){.step = d->actors[self].step - 1,
		.domain = domain->index,
		.begin = domain->now,
		.position = domain->ring->count};
	d->actors[self].hold = d->hold_count;
	d->held[d->held_count++] = self;
	trace_emit(TRACE_HELD, step->kind, step->object.w, 0);
	ctx->held = true;
	context_block(CAUSE_DELAY, NULL);
}

cycles_t director_now(const struct director *d)
{
	if (d->at_point)
		return engine_tls.domain->now;
	cycles_t last = 0;
	for (unsigned i = 0; i < d->engine->domain_count; i++)
		if (d->engine->domains[i]->now > last)
			last = d->engine->domains[i]->now;
	return last;
}

void director_release(struct director *d, unsigned actor)
{
	struct direct_actor *a = actor < d->actor_count ? &d->actors[actor] : NULL;
	if (!a || !a->hold || !d->asking)
		engine_bug("a strategy lets go who is not held");
	struct direct_hold *h = &d->holds[a->hold - 1];
	cycles_t end = director_now(d) + 1;
	unsigned at = 0;
	while (d->held[at] != actor)
		at++;
	memmove(&d->held[at], &d->held[at + 1], (--d->held_count - at) * sizeof(*d->held));
	h->idle = !d->at_point;
	h->until = (uint32_t)(d->at_point ? d->step_count - 1 : d->step_count);
	a->hold = 0;
	a->ctx->held = false;
	direct_settle(d, h, end);
	context_unblock(a->ctx, end);
}

static void direct_stop(struct director *d)
{
	d->stopped = true;
	schedule_mark();
}

/*E:240
 * A strategy sees the run as a game: somebody has come to a point, these others are held at theirs, who
 * goes on? Whoever is not let go waits, as if an interrupt had come. From the answers falls out a list of
 * holds with their cycles, and that list alone makes the run again.
 :*/
void direct_passed(struct context *ctx, const struct point_pass *pass)
{
	struct director *d = ctx->domain->engine->director;
	uint32_t self = ctx->actor - 1;
	d->steps = direct_grow(d->steps, d->step_count, &d->step_room, sizeof(*d->steps));
	d->steps[d->step_count++] = (struct director_step){
		pass->object, pass->label, ctx->domain->now, self, (uint8_t)pass->kind, (uint8_t)pass->mode};
	d->actors[self].step = (uint32_t)d->step_count;
	if (d->scouting && d->on && director_others_ready(d, self))
		direct_stop(d);
	if (!d->ops || !d->on)
		return;
	d->asking = d->at_point = true;
	bool on = d->ops->point(d->arg, d, self);
	d->asking = d->at_point = false;
	if (!on)
		direct_hold(d, ctx);
}

bool direct_idle(struct engine *engine)
{
	struct director *d = engine->director;
	if (!d || !d->held_count)
		return false;
	unsigned count = d->held_count;
	d->asking = true;
	if (d->ops && d->ops->idle)
		d->ops->idle(d->arg, d);
	if (d->held_count == count)
		director_release(d, d->held[0]);
	d->asking = false;
	return true;
}

void direct_woken(struct context *ctx)
{
	struct director *d = ctx->domain->engine->director;
	const struct domain *domain = engine_tls.domain;
	if (d->asking || !d->ops || !d->ops->woken || !ctx->actor || !domain || !domain->current)
		return;
	d->ops->woken(d->arg, d, domain->current->actor - 1, ctx->actor - 1);
}

/* ---- choices ------------------------------------------------------------------------------ */

void engine_set_choices(struct engine *engine, const struct run_choice *choices, unsigned count)
{
	engine->choices = choices;
	engine->choice_count = count;
}

static uint32_t direct_choose(struct director *d, struct run_choice choice, uint32_t count, uint32_t usual)
{
	d->asking = true;
	choice.takes = d->ops->choose(d->arg, d, choice.kind, count, usual);
	d->asking = false;
	if (choice.takes >= count)
		engine_bug("a strategy chooses what there is not");
	if (choice.takes != usual) {
		d->choices = direct_grow32(d->choices, d->choice_count, &d->choice_room, sizeof(*d->choices));
		d->choices[d->choice_count++] = choice;
	}
	return choice.takes;
}

uint32_t engine_choose(enum choice_kind kind, uint32_t which, uint64_t nth, uint32_t count, uint32_t usual)
{
	const struct domain *self = engine_tls.domain;
	const struct engine *engine = self ? self->engine : NULL;
	unsigned side = self && kind == CHOICE_MAYBE ? domain_index(self) : 0;
	for (unsigned i = 0; engine && i < engine->choice_count; i++) {
		const struct run_choice *c = &engine->choices[i];
		if (c->kind == kind && c->which == which && c->nth == nth && c->side == side)
			return c->takes < count ? c->takes : usual;
	}
	struct director *d = engine ? engine->director : NULL;
	if (d && d->scouting)
		schedule_mark();
	if (!d || !d->ops || !d->ops->choose)
		return usual;
	return direct_choose(
		d, (struct run_choice){.kind = kind, .which = which, .nth = nth, .side = side}, count, usual);
}
