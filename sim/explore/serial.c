/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * serial.c - a run as a sequence of steps, one at a time.
 *
 * Whoever comes to a point is held there while anybody else is still on the way
 * to his; when all stand at points or wait, the strategy picks who takes the
 * next step. If that is who has just arrived, nobody was held for it, so a
 * strategy that seldom changes its mind leaves few holds.
 *
 * Who goes on for thousands of points while somebody is held may be waiting in a
 * loop for just that one, on several contexts in turn (a guest that faults again
 * and again, its hypercalls, the ultravisor's). No machine keeps a thread from
 * going on for ever, so then the one that was held first has its turn, whatever
 * the strategy says, and the strategy is told.
 *
 * Locking: one host thread. Errors: none. Blocking: never.
 */
#include <stdlib.h>

#include "strategy_private.h"

#define SERIAL_PATIENCE 2000u /* points that others pass while one is held; and the length of its turn */
#define NATURAL_PATIENCE 10000u /* where only some are held, and for a while */
#define SERIAL_LINE 64u

void serial_begin(struct strategy *s)
{
	s->last = s->eldest = DIRECTOR_NOBODY;
	s->picks = 0;
	s->passed_over = s->turn_left = 0;
}

/* Whether @patience points were passed since the one that was held first was that. */
static bool strategy_starves(struct strategy *s, unsigned patience)
{
	unsigned count;
	const uint32_t *held = director_held(s->d, &count);
	uint32_t eldest = count ? held[0] : DIRECTOR_NOBODY;

	s->passed_over = eldest == s->eldest ? s->passed_over + 1 : 0;
	s->eldest = eldest;
	return count && s->passed_over > patience;
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

/* While it is a thread's turn, whoever of it can go on does so instead of @who. */
static uint32_t serial_turn(struct strategy *s, uint32_t who, unsigned count)
{
	if (!s->turn_left)
		return who;
	s->turn_left--;
	for (unsigned i = 0; i < count; i++)
		if (director_thread(s->d, s->line[i]) == s->turn)
			return s->line[i];
	return who;
}

static uint32_t serial_pick(struct strategy *s, uint32_t self)
{
	unsigned count = serial_line(s, self);
	uint32_t who = s->kind->pick(s, s->line, count);

	if (strategy_starves(s, SERIAL_PATIENCE)) {
		if (s->kind->weary)
			s->kind->weary(s, who);
		s->turn = director_thread(s->d, s->eldest);
		s->turn_left = SERIAL_PATIENCE;
		s->passed_over = 0;
	}
	who = serial_turn(s, who, count);
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
	bool on = s->kind->point(s, self);

	if (strategy_starves(s, NATURAL_PATIENCE)) {
		if (s->kind->weary)
			s->kind->weary(s, self);
		else
			director_release(d, s->eldest);
	}
	return on;
}

static void natural_idle(void *arg, struct director *d)
{
	struct strategy *s = arg;

	(void)d;
	if (s->kind->idle)
		s->kind->idle(s);
}

const struct director_ops natural_ops = {.point = natural_point, .idle = natural_idle, .choose = strategy_choose};
