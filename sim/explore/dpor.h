/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dpor.h - a run as the reduction sees it.
 *
 * Locking, Errors, Blocking: see strategy.h.
 */
#ifndef DPOR_H
#define DPOR_H

#include "strategy_private.h"

#define DPOR_ACTORS 32u
#define DPOR_STEPS_MAX 8192u

/* A step that was taken, or that somebody asleep would take. */
struct dpor_step {
	struct director_step begin, end; /* @end.kind POINT_KIND_COUNT: it says of nothing done */
};

/* A step of the wakeup tree of a moment: a way from there is what leads to a leaf. */
struct dpor_plan {
	struct dpor_step step;
	uint32_t actor;
	uint32_t child, next; /* the first step behind it; the next one instead of it. 0: none */
	bool unknown; /* nobody has taken the step yet, so what it does is not known */
};

/* Steps of the run, by their numbers: those of a way that are not in the tree yet. */
struct dpor_way {
	uint32_t steps[DPOR_STEPS_MAX];
	uint32_t count;
};

/* A moment at which somebody was picked. */
struct dpor_frame {
	uint32_t enabled, asleep; /* a bit an actor */
	uint32_t chosen;
	uint32_t plan; /* what is to be run from here: the first of its ways; 0: nothing */
	uint32_t enabler; /* 1 + the step that made the chosen one able to go on; 0: none */
	struct dpor_step step; /* that the chosen one took */
	struct dpor_step sleeping[DPOR_ACTORS];
	uint32_t clock[DPOR_ACTORS]; /* by actor: 1 + its last step that comes before this one or is it */
};

/* How much of the tree was seen, and how large it may be. */
struct dpor_tree {
	double seen; /* the chance that a random walk ends in a class that was run */
	double sum, squares; /* over probes: of one by the chance of the class it came to, when that was not run */
	uint64_t probes;
	bool unknown; /* the chance of a run could not be counted */
	struct weigh *weigh; /* memory for that */
	uint64_t *classes; /* those that were run, by hash; a power of two, at most half full; 0: free */
	size_t class_room;
};

struct dpor {
	struct strategy s;
	struct dpor_frame *frames;
	uint32_t count, room; /* steps of the run */
	uint32_t prefix; /* steps that are given */
	uint32_t fresh; /* the first step that was not looked at for races */
	uint32_t woken[DPOR_ACTORS]; /* by actor: 1 + the step that made it able to go on last */
	struct dpor_plan *plans; /* all steps of wakeup trees; the first is none */
	uint32_t plan_count, plan_room, plan_free; /* @plan_free: the first of those that are free, by @next */
	struct dpor_way way; /* that is being planned */
	uint32_t rest; /* of the way that is being run, the tree behind the last step */
	uint32_t line; /* who could go on at the last moment */
	size_t begun; /* steps in the director's log when the last one was picked */
	bool blind; /* the rest of the run is not looked at: all were asleep, or it is too long */
	bool probing; /* the run is a random walk */
	uint64_t classes, redundant;
	bool over, too_long, too_many, timed, chose, strayed;
	struct dpor_tree tree;
};

static inline bool dpor_steps_depend(const struct dpor_step *a, const struct dpor_step *b)
{
	return effects_depend(&a->begin, &b->begin) || effects_depend(&a->begin, &b->end) ||
	       effects_depend(&a->end, &b->begin) || effects_depend(&a->end, &b->end);
}

/** dpor_before - whether step @i of the run comes before what has that clock */
static inline bool dpor_before(const struct dpor *p, uint32_t i, const uint32_t *clock)
{
	return clock[p->frames[i].chosen] > i;
}

/* dpor_plan.c: wakeup trees. */
/** dpor_plan_race - steps @i and @j raced: their other order is to be run, unless what was run or is planned has it */
void dpor_plan_race(struct dpor *p, uint32_t i, uint32_t j);
/** dpor_plan_actor - @actor is to take its step at moment @i, if it does not yet */
void dpor_plan_actor(struct dpor *p, uint32_t i, uint32_t actor);
/** dpor_plan_take - the first way from a moment begins with whom: it is begun, p->rest is behind it */
uint32_t dpor_plan_take(struct dpor *p, struct dpor_frame *f);
/** dpor_plan_drop - @list, its ways and all that is beside it, is done with */
void dpor_plan_drop(struct dpor *p, uint32_t list);

/**
 * dpor_measure - what the run that is over, whose clocks are set, tells of the tree
 * @held: a bit for each actor that stood before a step when it ended
 */
void dpor_measure(struct dpor *p, uint32_t held);
void dpor_tree_free(struct dpor_tree *tree);
/** dpor_tell - what is known of the tree, for a claim: "80 of about 412 classes (300 to 524), 7.1 % of the tree" */
void dpor_tell(const struct dpor *p, char *buf, size_t size);

#endif
