/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hold.c - keeping a context back at a point.
 *
 * A timed run knows how long: the context just spends the hold's cycles, which
 * is a delay of its own and the same in both executors. A run that derives the
 * cycles parks the context instead and lets the others go on. FIBERS runs the
 * least key of all domains, so when the other context passes its point nothing
 * anywhere is later than that moment, and one cycle after it is a time that a
 * timed run can keep. The record of the hold gets its cycles then; so the run
 * that derives writes the trace of the run that applies.
 *
 * What a run finds is kept beside the domains' state, in the first arena, so
 * that a snapshot covers it. Each word of it is written by one domain only.
 *
 * Locking: none, see above. Errors: none.
 * Blocking: hold_passed() yields when a hold begins.
 */
#include <string.h>

#include "engine_private.h"
#include "point.h"

struct hold_state {
	/* the held context's domain */
	bool begun;
	uint32_t domain;
	cycles_t begin, end; /* @end is PEF_NEVER while it is parked */
	uint64_t position; /* of the record TRACE_HELD */
	struct context *parked; /* deriving only */
	/* the until context's domain */
	bool passed;
	cycles_t passed_at;
};

/*
 * How many points others may pass, without one statement begun, before a hold
 * ends by itself: an interrupt is over some day. Else who waits for the held
 * context by asking again and again would never be seen to come through.
 */
#define HOLD_PATIENCE 50000u

struct hold_run {
	const struct hold *holds; /* what the states are for */
	unsigned count;
	uint32_t passes; /* since the last statement began; deriving only */
	struct hold_state states[];
};

static struct hold_run *hold_run_of(const struct engine *engine)
{
	return engine->domain_count ? engine->domains[0]->slots[DOMAIN_SLOT_POINTS] : NULL;
}

void hold_run_begin(struct engine *engine)
{
	struct hold_run *run = hold_run_of(engine);
	const struct engine_config *config = &engine->config;
	if (!config->hold_count || !engine->domain_count)
		return;
	if (run && run->holds == config->holds && run->count == config->hold_count)
		return;
	struct domain *d = engine->domains[0];
	run = domain_arena_alloc(d, sizeof(*run) + config->hold_count * sizeof(run->states[0]));
	run->holds = config->holds;
	run->count = config->hold_count;
	d->slots[DOMAIN_SLOT_POINTS] = run;
}

void engine_set_holds(struct engine *engine, struct hold *holds, unsigned count, bool derive)
{
	engine->config.holds = holds;
	engine->config.hold_count = count;
	engine->config.derive_holds = derive;
	if (engine->domain_count)
		engine->domains[0]->slots[DOMAIN_SLOT_POINTS] = NULL;
}

/* ---- deriving ------------------------------------------------------------------- */

/* The hold ends at @end: now its length is known, in the hold and in its record. */
static void hold_settle(struct engine *engine, unsigned index, cycles_t end)
{
	struct hold_state *state = &hold_run_of(engine)->states[index];
	struct trace_ring *ring = engine->domains[state->domain]->ring;
	cycles_t cycles = end - state->begin;
	state->end = end;
	engine->config.holds[index].cycles = cycles;
	if (!ring->off && state->position >= ring->folded_count && state->position < ring->count)
		ring->recs[state->position & (ring->cap - 1)].b = cycles;
}

static void hold_release(struct engine *engine, unsigned index, cycles_t after)
{
	struct hold_state *state = &hold_run_of(engine)->states[index];
	struct context *ctx = state->parked;
	cycles_t end = (after > state->begin ? after : state->begin) + 1;
	state->parked = NULL;
	hold_settle(engine, index, end);
	context_unblock(ctx, end);
}

/* Whether @name is the context @ctx, or one that works for it ("g0.vcpu0/hv" for "g0.vcpu0"). */
static bool hold_name_belongs(const char *name, const struct context *ctx)
{
	size_t len = strlen(ctx->name);
	return strncmp(name, ctx->name, len) == 0 && (name[len] == '\0' || name[len] == '/');
}

/* Whether the context of that name was there and will not come back. Callees live as long as their callers. */
static bool hold_is_gone(const struct engine *engine, const char *name)
{
	bool seen = false;
	for (unsigned i = 0; i < engine->domain_count; i++) {
		const struct domain *d = engine->domains[i];
		for (uint32_t id = 1; id <= d->context_count; id++) {
			const struct context *ctx = domain_context(d, id);
			if (ctx->server || !hold_name_belongs(name, ctx))
				continue;
			if (ctx->state != CONTEXT_ENDED)
				return false;
			seen = true;
		}
	}
	return seen;
}

static void hold_derive(struct context *ctx, unsigned index)
{
	struct engine *engine = ctx->domain->engine;
	struct hold_run *run = hold_run_of(engine);
	struct hold_state *state = &run->states[index];
	if (state->passed || hold_is_gone(engine, engine->config.holds[index].until.context)) {
		hold_settle(engine, index, state->begin + 1);
		context_advance(1, CAUSE_DELAY);
		return;
	}
	state->parked = ctx;
	context_block(CAUSE_DELAY, NULL);
}

/* Of the holds under way the one that is listed first; their number when there is none. */
static unsigned hold_first(const struct hold_run *run)
{
	unsigned first = 0;
	while (first < run->count && !run->states[first].parked)
		first++;
	return first;
}

bool hold_idle(struct engine *engine)
{
	const struct hold_run *run = hold_run_of(engine);
	if (!run || !engine->config.derive_holds)
		return false;
	unsigned first = hold_first(run);
	if (first == run->count)
		return false;
	cycles_t last = 0;
	for (unsigned i = 0; i < engine->domain_count; i++)
		if (engine->domains[i]->now > last)
			last = engine->domains[i]->now;
	hold_release(engine, first, last);
	return true;
}

void hold_context_ended(struct context *ctx)
{
	struct engine *engine = ctx->domain->engine;
	struct hold_run *run = hold_run_of(engine);
	if (!run || !engine->config.derive_holds)
		return;
	for (unsigned i = 0; i < run->count; i++) {
		const char *name = engine->config.holds[i].until.context;
		if (run->states[i].parked && hold_name_belongs(name, ctx) && hold_is_gone(engine, name))
			hold_release(engine, i, ctx->domain->now);
	}
}

/* ---- points ------------------------------------------------------------------------ */

static bool hold_names(const struct point_name *point, const struct context *ctx, const struct point_pass *pass)
{
	if (point->kind != pass->kind || point->nth != pass->nth)
		return false;
	if (pass->label ? strcmp(point->label, pass->label) != 0 : !obj_matches(point->object, pass->object))
		return false;
	return strcmp(point->context, ctx->name) == 0;
}

/*E:210
 * The one idea of the project is here: a schedule is a list of places where somebody is held back.
 * When the length is known, the context just spends it. When it is to be found, the context is parked
 * until the other has passed its point; what that came to is written down, and from then on the hold
 * is a number of cycles like any other price.
 :*/
static void hold_begin(struct context *ctx, unsigned index, const struct point_pass *pass)
{
	struct domain *d = ctx->domain;
	struct hold_state *state = &hold_run_of(d->engine)->states[index];
	/* A length that is given is kept, also by a run that derives others. */
	cycles_t cycles = d->engine->config.holds[index].cycles;
	bool derive = d->engine->config.derive_holds && !cycles;
	state->begun = true;
	state->domain = d->index;
	state->begin = d->now;
	state->end = derive ? PEF_NEVER : d->now + cycles;
	state->position = d->ring->count;
	if (!derive && !cycles)
		return;
	trace_emit(TRACE_HELD, pass->kind, pass->object.w, cycles);
	if (derive)
		hold_derive(ctx, index);
	else
		context_advance(cycles, CAUSE_DELAY);
}

void hold_progress(struct engine *engine)
{
	struct hold_run *run = hold_run_of(engine);
	if (run && engine->config.derive_holds)
		run->passes = 0;
}

static void hold_lose_patience(struct context *ctx, struct hold_run *run)
{
	unsigned first = hold_first(run);
	run->passes = 0;
	if (first < run->count)
		hold_release(ctx->domain->engine, first, ctx->domain->now);
}

void hold_passed(struct context *ctx, const struct point_pass *pass)
{
	struct engine *engine = ctx->domain->engine;
	struct hold_run *run = hold_run_of(engine);
	if (run && engine->config.derive_holds && ++run->passes > HOLD_PATIENCE)
		hold_lose_patience(ctx, run);
	for (unsigned i = 0; run && i < run->count; i++) {
		struct hold_state *state = &run->states[i];
		if (!hold_names(&engine->config.holds[i].until, ctx, pass) || state->passed)
			continue;
		state->passed = true;
		state->passed_at = ctx->domain->now;
		if (engine->config.derive_holds && state->parked)
			hold_release(engine, i, state->passed_at);
	}
	for (unsigned i = 0; run && i < run->count; i++)
		if (hold_names(&engine->config.holds[i].at, ctx, pass) && !run->states[i].begun)
			hold_begin(ctx, i, pass);
}

/* ---- the end -------------------------------------------------------------------------- */

/* Whether what happened in @domain at @cycle, with @position records before it, is before the cut. */
static bool hold_counts(const struct engine_result *result, uint32_t domain, cycles_t cycle, uint64_t position)
{
	const struct engine_key *key = &result->key;
	if (result->end == ENGINE_FINISHED || result->end == ENGINE_STUCK || cycle != key->cycle)
		return cycle <= key->cycle;
	return domain != key->domain ? domain < key->domain : position < key->position;
}

void hold_run_end(struct engine *engine, const struct engine_result *result)
{
	struct hold_run *run = hold_run_of(engine);
	for (unsigned i = 0; run && i < run->count; i++) {
		struct hold *hold = &engine->config.holds[i];
		struct hold_state *state = &run->states[i];
		/* Stopped while the context was parked: a timed run must get as far without it. */
		if (state->parked && state->end == PEF_NEVER)
			hold_settle(engine, i, result->key.cycle + 1);
		hold->reached = state->begun && hold_counts(result, state->domain, state->begin, state->position);
		hold->ended_early = hold->reached && state->end <= result->key.cycle &&
				    !(state->passed && state->passed_at < state->end);
	}
}
