/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * direct.h - a director's memory, between direct.c, which obeys a strategy, and
 * direct_tell.c, which says afterwards what was done.
 *
 * Locking: one host thread. Errors: none. Blocking: never.
 */
#ifndef ENGINE_DIRECT_H
#define ENGINE_DIRECT_H

#include "pefsim/director.h"

/* Somebody who acts; the same number in all runs of the engine. */
struct direct_actor {
	struct context *ctx; /* of this run; NULL: not there yet */
	uint32_t hold; /* 1 + number of the hold that is on; 0: none */
	uint32_t step; /* 1 + its latest step; 0: none */
	uint32_t thread; /* the first actor of its hardware thread */
	char name[PEF_NAME_MAX];
};

/* One hold of the run. */
struct direct_hold {
	uint32_t step; /* where */
	uint32_t until; /* the step that ended it; if idle: how many steps there were then */
	bool idle; /* nothing else could run */
	uint32_t order; /* which hold of the run it was that ended */
	uint32_t domain;
	cycles_t begin, end; /* @end 0: still on */
	uint64_t position; /* of its record TRACE_HELD */
};

struct director {
	struct engine *engine;
	const struct director_ops *ops;
	void *arg;
	bool scouting; /* a run stops where there is something to decide */
	bool stopped; /* at a point that is being passed: its step belongs to the run that goes on */
	bool waits; /* for a mark, in each run */
	bool on; /* the strategy is asked at points */
	bool asking; /* the strategy is running: nothing may ask it again */
	bool at_point; /* it was asked at a point, not because nothing could run */
	struct direct_actor *actors;
	uint32_t actor_count, actor_room;
	uint32_t hint; /* the actor that is met next, when all is as in the run before */
	struct director_step *steps;
	size_t step_count, step_room;
	size_t marked; /* steps that the snapshot has */
	size_t first; /* steps when the run began */
	uint32_t *held;
	unsigned held_count;
	struct direct_hold *holds;
	uint32_t hold_count, hold_room;
	uint32_t ended; /* holds so far */
	struct run_choice *choices;
	uint32_t choice_count, choice_room;
};

#endif
