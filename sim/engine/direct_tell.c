/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * direct_tell.c - what a directed run did, as holds that a person can read.
 *
 * A hold that a passing ended is told by that passing. One that ended because
 * nothing else could run is told by the point that whoever had run last passed
 * next, for that is what the held context did not wait for any longer; if it
 * passed none, by nobody's, since its end would end the hold, too. A run that
 * derives the cycles anew ends such a hold when nothing can run, and of several
 * the one that is listed first: so holds are told in the order of their ends,
 * and the words alone make the run again.
 *
 * Locking: one host thread; while a strategy is asked, or after the run.
 * Errors: none. Blocking: never.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "direct.h"
#include "engine_private.h"

struct engine *director_engine(const struct director *d)
{
	return d->engine;
}

const uint32_t *director_held(const struct director *d, unsigned *count)
{
	*count = d->held_count;
	return d->held;
}

enum director_state director_state(const struct director *d, unsigned actor)
{
	const struct context *ctx = actor < d->actor_count ? d->actors[actor].ctx : NULL;
	if (!ctx)
		return DIRECTOR_ABSENT;
	if (ctx->held)
		return DIRECTOR_HELD;
	return ctx->state == CONTEXT_ENDED     ? DIRECTOR_ENDED
	       : ctx->state == CONTEXT_BLOCKED ? DIRECTOR_BLOCKED
					       : DIRECTOR_READY;
}

bool director_others_ready(const struct director *d, unsigned self)
{
	for (uint32_t i = 0; i < d->actor_count; i++) {
		const struct context *ctx = d->actors[i].ctx;
		if (i != self && ctx && (ctx->state == CONTEXT_READY || ctx->state == CONTEXT_RUNNING))
			return true;
	}
	return false;
}

const struct director_step *director_point(const struct director *d, unsigned actor)
{
	return d->actors[actor].step ? &d->steps[d->actors[actor].step - 1] : NULL;
}

unsigned director_actors(const struct director *d)
{
	return d->actor_count;
}

const char *director_name(const struct director *d, unsigned actor)
{
	return actor < d->actor_count ? d->actors[actor].name : "";
}

unsigned director_thread(const struct director *d, unsigned actor)
{
	return d->actors[actor].thread;
}

const struct director_step *director_steps(const struct director *d, size_t *count)
{
	*count = d->step_count;
	return d->steps;
}

size_t director_first(const struct director *d)
{
	return d->first;
}

/* ---- holds ---------------------------------------------------------------------------- */

unsigned director_hold_count(const struct director *d)
{
	return d->hold_count;
}

static bool step_is_same(const struct director_step *a, const struct director_step *b)
{
	return a->actor == b->actor && a->kind == b->kind && a->object.w == b->object.w;
}

static void tell_point(const struct director *d, size_t at, struct point_name *out)
{
	const struct director_step *step = &d->steps[at];
	*out = (struct point_name){.kind = (enum point_kind)step->kind, .object = step->object};
	for (size_t i = 0; i <= at; i++)
		out->nth += step_is_same(&d->steps[i], step);
	memcpy(out->context, d->actors[step->actor].name, sizeof(out->context));
	if (step->label) {
		snprintf(out->label, sizeof(out->label), "%s", step->label);
		out->object = OBJ_NULL;
	}
}

/* Ended by nothing that anybody passes. */
static void tell_nobody(const struct director *d, const struct direct_hold *h, struct point_name *out)
{
	tell_point(d, h->step, out);
	snprintf(out->context, sizeof(out->context), "nobody");
}

/* What whoever ran last passes next. */
static void tell_idle(const struct director *d, const struct direct_hold *h, struct point_name *out)
{
	uint32_t held = d->steps[h->step].actor;
	size_t last = h->until, next = h->until;
	while (last > 0 && d->steps[last - 1].actor == held)
		last--;
	while (last > 0 && next < d->step_count && d->steps[next].actor != d->steps[last - 1].actor)
		next++;
	if (last > 0 && next < d->step_count)
		tell_point(d, next, out);
	else
		tell_nobody(d, h, out);
}

unsigned director_holds(const struct director *d, struct hold *out, unsigned max)
{
	unsigned count = d->hold_count < max ? d->hold_count : max;
	for (unsigned i = 0; i < d->hold_count; i++) {
		const struct direct_hold *h = &d->holds[i];
		struct hold *told = h->order < max ? &out[h->order] : NULL;
		if (!told)
			continue;
		*told = (struct hold){.cycles = h->end - h->begin, .reached = true, .ended_early = h->idle};
		tell_point(d, h->step, &told->at);
		if (h->idle)
			tell_idle(d, h, &told->until);
		else
			tell_point(d, h->until, &told->until);
	}
	return count;
}

/* ---- choices --------------------------------------------------------------------------- */

const struct run_choice *director_choices(const struct director *d, unsigned *count)
{
	*count = d->choice_count;
	return d->choices;
}

static const char *const choice_words[] = {[CHOICE_MAYBE] = "maybe", [CHOICE_CHOOSE] = "choose"};

const char *choice_print(const struct run_choice *c, char *buf, size_t size)
{
	char side[24] = "";

	if (c->side)
		snprintf(side, sizeof(side), " side %u", c->side);
	snprintf(buf, size, "%s %" PRIu32 " #%" PRIu64 " takes %" PRIu32 "%s", choice_words[c->kind], c->which + 1,
		c->nth + 1, c->takes + (c->kind == CHOICE_CHOOSE), side);
	return buf;
}

bool choice_parse(const char *text, struct run_choice *out)
{
	char word[8];
	uint32_t which, takes;
	unsigned side = 0;
	uint64_t nth;
	int end = -1, more = 0;
	if (sscanf(text, " %7s %" SCNu32 " #%" SCNu64 " takes %" SCNu32 " %n", word, &which, &nth, &takes, &end) < 4 ||
		end < 0 || !which || !nth)
		return false;
	if (sscanf(text + end, "side %u %n", &side, &more) == 1)
		end += more;
	if (text[end])
		return false;
	enum choice_kind kind = !strcmp(word, choice_words[CHOICE_CHOOSE]) ? CHOICE_CHOOSE : CHOICE_MAYBE;
	if (strcmp(word, choice_words[kind]) || (kind == CHOICE_CHOOSE && (!takes || side)))
		return false;
	*out = (struct run_choice){kind, which - 1, nth - 1, takes - (kind == CHOICE_CHOOSE), side};
	return true;
}
