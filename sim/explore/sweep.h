/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sweep.h - the sweep, for the strategy that folds it.
 *
 * Locking, Errors, Blocking: see strategy.h.
 */
#ifndef SWEEP_H
#define SWEEP_H

#include "strategy_private.h"

#define SWEEP_LEVELS (STRATEGY_PREEMPTIONS_MAX + 1u)
#define SWEEP_DEPTH_MAX 512u

struct sweep_node {
	uint32_t parent; /* UINT32_MAX: the schedule without deviations */
	uint32_t pick, actor; /* the deviation: who goes on at which pick */
	uint64_t moment; /* that it leads to; 0: not known */
};

struct sweep;

/* What is known of the moments that ways lead to, by number. */
struct sweep_fold {
	/** here - whether a way has led to this moment before, so that all that can come was planned; now one has */
	bool (*here)(struct sweep *w);
	/** behind - the moment behind the step that an actor stands at; 0: nobody knows */
	uint64_t (*behind)(struct sweep *w, uint32_t actor);
	/** there - whether a way has led to that moment */
	bool (*there)(struct sweep *w, uint64_t moment);
};

struct sweep {
	struct strategy s;
	unsigned most; /* levels 0 .. most */
	struct sweep_node *nodes;
	uint32_t count, room;
	struct sweep_pool {
		uint32_t *items;
		uint32_t count, room;
	} pools[SWEEP_LEVELS];
	bool dropped; /* there was no room for a schedule */
	bool chose; /* a run decided more than the order of events */
	bool unsure; /* who folds it may have left out too much */
	bool by_delay, mode_known;
	uint64_t firsts; /* first deviations that were found */
	const struct sweep_fold *fold; /* NULL: none */
	/* the schedule under way */
	unsigned level;
	uint32_t node;
	unsigned used, length; /* of its deviations */
	bool covered; /* the rest of the run was planned before */
	uint32_t path[SWEEP_DEPTH_MAX];
};

bool sweep_open(struct strategy *s);
void sweep_close(struct strategy *s);
bool sweep_next(struct strategy *s);
uint32_t sweep_pick(struct strategy *s, const uint32_t *who, unsigned count);
uint32_t sweep_choose(struct strategy *s, enum choice_kind kind, uint32_t count, uint32_t usual);

#endif
