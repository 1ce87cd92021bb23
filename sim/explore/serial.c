/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * serial.c - a run as a sequence of steps, one at a time.
 *
 * Whoever comes to a point is held there while anybody else is still on the way
 * to his; when all stand at points or wait, the strategy picks who takes the
 * next step. If that is who has just arrived, nobody was held for it, so a
 * strategy that seldom changes its mind leaves few holds.
 *
 * A context that goes on for thousands of points while others could run may be
 * waiting in a loop for one of them. Then the one that was held first goes on,
 * whatever the strategy says, and the strategy is told.
 *
 * Locking: one host thread. Errors: none. Blocking: never.
 */
#include <stdlib.h>

#include "strategy_private.h"

#define SERIAL_STREAK_MAX 2000u
#define SERIAL_LINE 64u

void serial_begin(struct strategy *s)
{
	s->last = DIRECTOR_NOBODY;
	s->picks = 0;
	s->streak = 0;
}

/* Whoever is held, and @self, in the order of their numbers; how many. */
static unsigned serial_line(struct strategy *s, uint32_t self)
{
	unsigned count, used = 0;
	const uint32_t *held = director_held(s->d, &count);

	if (count + 1 > s->line_room) {
		unsigned room = count + 1 > SERIAL_LINE ? 2 * (count + 1) : SERIAL_LINE;
		uint32_t *line = reallocarray(s->line, room, sizeof(*line));
		if (!line)
			abort();
		s->line = line;
		s->line_room = room;
	}
	for (unsigned i = 0; i <= count; i++) {
		uint32_t who = i < count ? held[i] : self;
		unsigned at = used;
		if (who == DIRECTOR_NOBODY)
			break;
		for (; at > 0 && s->line[at - 1] > who; at--)
			s->line[at] = s->line[at - 1];
		s->line[at] = who;
		used++;
	}
	return used;
}

static uint32_t serial_pick(struct strategy *s, uint32_t self)
{
	unsigned count = serial_line(s, self), held;
	uint32_t who = s->kind->pick(s, s->line, count);

	s->streak = who == s->last ? s->streak + 1 : 0;
	if (s->streak > SERIAL_STREAK_MAX && count > 1) {
		const uint32_t *first = director_held(s->d, &held);
		if (s->kind->weary)
			s->kind->weary(s, who);
		who = first[0] == who && held > 1 ? first[1] : first[0];
		s->streak = 0;
	}
	s->last = who;
	s->picks++;
	return who;
}

static bool serial_point(void *arg, struct director *d, unsigned self)
{
	struct strategy *s = arg;

	if (s->kind->arrived)
		s->kind->arrived(s, self);
	if (director_others_ready(d, self))
		return false;
	uint32_t who = serial_pick(s, self);
	if (who != self)
		director_release(d, who);
	return who == self;
}

static void serial_idle(void *arg, struct director *d)
{
	director_release(d, serial_pick(arg, DIRECTOR_NOBODY));
}

/* A fault that may happen does one time in four. */
static uint32_t strategy_choose(void *arg, struct director *d, enum choice_kind kind, uint32_t count, uint32_t usual)
{
	struct strategy *s = arg;

	(void)d;
	if (s->kind->choose)
		return s->kind->choose(s, kind, count, usual);
	return kind == CHOICE_MAYBE ? strategy_below(s, 4) == 0 : (uint32_t)strategy_below(s, count);
}

const struct director_ops serial_ops = {.point = serial_point, .idle = serial_idle, .choose = strategy_choose};

static bool natural_point(void *arg, struct director *d, unsigned self)
{
	struct strategy *s = arg;

	(void)d;
	return s->kind->point(s, self);
}

static void natural_idle(void *arg, struct director *d)
{
	struct strategy *s = arg;

	(void)d;
	if (s->kind->idle)
		s->kind->idle(s);
}

const struct director_ops natural_ops = {.point = natural_point, .idle = natural_idle, .choose = strategy_choose};
