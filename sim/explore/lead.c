/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lead.c - runs that begin as a recorded one and go on at random.
 *
 * As many steps as are asked for are taken in the recorded order (follow.c).
 * From there on a random walk decides, and in every other run priorities do,
 * since a walk seldom lets one thread alone go on for long. How many of such
 * runs come to the same end says how much was decided by then.
 *
 * Locking, Errors, Blocking: see strategy.h.
 */
#include <stdlib.h>

#include "pefsim/follow.h"
#include "strategy_private.h"

struct lead {
	struct strategy s;
	struct follow *follow;
	struct strategy *tails[2]; /* what goes on, in turn */
	size_t most; /* steps of the record to take */
	size_t before; /* steps that were taken before a run begins */
	bool begun; /* this run has come to a point */
};

static struct strategy *lead_tail(const struct lead *lead)
{
	return lead->tails[lead->s.number % 2];
}

static bool lead_next(struct strategy *s)
{
	struct lead *lead = (struct lead *)s;

	lead->begun = false;
	return strategy_next(lead_tail(lead));
}

static void lead_done(struct strategy *s)
{
	struct lead *lead = (struct lead *)s;

	if (lead->begun)
		strategy_done(lead_tail(lead));
}

static void lead_begin(struct lead *lead)
{
	if (lead->begun)
		return;
	lead->begun = true;
	/* A step is in the log when somebody has come to it; the point that is asked about is the first of this run. */
	lead->before = director_first(lead->s.d);
	follow_begin(lead->follow, lead->s.d, lead->before);
	serial_begin(lead_tail(lead));
	lead_tail(lead)->d = lead->s.d;
}

static bool lead_follows(const struct lead *lead)
{
	return lead->before + follow_taken(lead->follow, NULL) < lead->most;
}

static bool lead_point(struct strategy *s, uint32_t self)
{
	struct lead *lead = (struct lead *)s;

	lead_begin(lead);
	return lead_follows(lead) ? follow_ops.point(lead->follow, s->d, self)
				  : serial_ops.point(lead_tail(lead), s->d, self);
}

static void lead_idle(struct strategy *s)
{
	struct lead *lead = (struct lead *)s;

	lead_begin(lead);
	if (lead_follows(lead))
		follow_ops.idle(lead->follow, s->d);
	else
		serial_ops.idle(lead_tail(lead), s->d);
}

static uint32_t lead_choose(struct strategy *s, enum choice_kind kind, uint32_t count, uint32_t usual)
{
	(void)s;
	(void)kind;
	(void)count;
	return usual;
}

static void lead_close(struct strategy *s)
{
	struct lead *lead = (struct lead *)s;

	follow_close(lead->follow);
	for (unsigned i = 0; i < 2; i++)
		strategy_close(lead->tails[i]);
}

static const struct strategy_kind lead_kind = {.id = STRATEGY_WALK,
	.size = sizeof(struct lead),
	.close = lead_close,
	.next = lead_next,
	.point = lead_point,
	.idle = lead_idle,
	.choose = lead_choose,
	.done = lead_done};

struct strategy *lead_open(const struct record_steps *steps, uint64_t seed)
{
	const struct strategy_options options = {.seed = seed, .depth = 2};
	struct lead *lead = calloc(1, sizeof(*lead));

	if (!lead)
		return NULL;
	lead->s.kind = &lead_kind;
	lead->s.number = UINT64_MAX;
	lead->follow = follow_open(steps);
	lead->tails[0] = strategy_open(STRATEGY_WALK, &options);
	lead->tails[1] = strategy_open(STRATEGY_PCT, &options);
	if (lead->follow && lead->tails[0] && lead->tails[1])
		return &lead->s;
	strategy_close(&lead->s);
	return NULL;
}

void lead_set(struct strategy *s, size_t steps)
{
	((struct lead *)s)->most = steps;
}
