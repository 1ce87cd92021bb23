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

/* A step that was taken, or that somebody asleep would take. */
struct dpor_step {
	struct director_step begin, end; /* @end.kind POINT_KIND_COUNT: it says of nothing done */
};

/* A moment at which somebody was picked. */
struct dpor_frame {
	uint32_t enabled, backtrack, done, asleep; /* a bit an actor */
	uint32_t chosen;
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
	uint32_t line; /* who could go on at the last moment */
	size_t begun; /* steps in the director's log when the last one was picked */
	bool blind; /* the rest of the run is not looked at: all were asleep, or it is too long */
	bool probing; /* the run is a random walk */
	uint64_t classes, redundant;
	bool over, too_long, too_many, timed, chose;
	struct dpor_tree tree;
};

/**
 * dpor_measure - what the run that is over, whose clocks are set, tells of the tree
 * @held: a bit for each actor that stood before a step when it ended
 */
void dpor_measure(struct dpor *p, uint32_t held);
void dpor_tree_free(struct dpor_tree *tree);
/** dpor_tell - what is known of the tree, for a claim: "80 of about 412 classes (300 to 524), 7.1 % of the tree" */
void dpor_tell(const struct dpor *p, char *buf, size_t size);

#endif
