/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ops_any.c - what every thread may say: order and time. See step.h.
 *
 * Locking: none. Errors: results. Blocking: every operation yields.
 */
#include "pefsim/points.h"
#include "step.h"

int64_t op_signal(struct step *s)
{
	events_raise(s->st->event);
	return 0;
}

int64_t op_wait(struct step *s)
{
	events_wait(s->st->event, 1);
	return 0;
}

/* The k-th pass of a barrier waits for k times its number of arrivals. */
int64_t op_barrier(struct step *s)
{
	uint64_t size = s->st->count;
	events_raise(s->st->event);
	uint64_t mine = 0;
	for (uint64_t i = 0; i <= s->index; i++) {
		const struct statement *other = &s->actor->thread->statements[i];
		mine += other->kind == OP_BARRIER && other->event == s->st->event;
	}
	events_wait(s->st->event, mine * size);
	return 0;
}

int64_t op_delay(struct step *s)
{
	if (s->st->number)
		context_advance(s->st->number, CAUSE_DELAY);
	return 0;
}

int64_t op_yield(struct step *s)
{
	(void)s;
	context_advance(1, CAUSE_DELAY);
	return 0;
}

/* The choice itself takes no time; actor_main() leaves out what is not chosen. */
int64_t op_choose(struct step *s)
{
	(void)s;
	return 0;
}

/* splitmix64 of seed, thread and statement: each choose is a draw of its own, whatever runs before it. */
uint64_t choose_branch(const struct actor *actor, uint64_t index)
{
	const struct statement *st = &actor->thread->statements[index];
	uint64_t seed = actor->world->seed;
	uint64_t z = seed + ((uint64_t)actor->index + 1) * UINT64_C(0x9e3779b97f4a7c15) +
		     (index + 1) * UINT64_C(0xbf58476d1ce4e5b9);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	uint32_t usual = seed ? (uint32_t)((z ^ z >> 31) % st->count) : 0;
	return engine_choose(CHOICE_CHOOSE, actor->index, index, (uint32_t)st->count, usual);
}
