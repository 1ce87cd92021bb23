/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strategy.h - which schedules of a world are run.
 *
 * A strategy is asked for one schedule after the other: strategy_next() begins
 * one, strategy_direct() makes it the director of an engine, and after the run
 * strategy_done() lets it learn. The same seed makes the same schedules. What
 * each one is good for, and whose idea it was, stands in its file in
 * sim/explore and in docs/exploration.md.
 *
 * Locking: none. Errors: NULL without memory. Blocking: never.
 */
#ifndef PEFSIM_STRATEGY_H
#define PEFSIM_STRATEGY_H

#include "pefsim/conflict.h"
#include "pefsim/director.h"

/* X(NAME, "word", "whose idea", "one sentence") */
/* clang-format off */
#define PEF_STRATEGIES(X) \
	X(PORTFOLIO, "portfolio", "", "the sweep first, then all others in turn; the default") \
	X(SWEEP, "sweep", "CHESS (OSDI 2008)", "all schedules with few preemptions; few delays where more than five threads act") \
	X(WALK, "walk", "", "at each point somebody goes on by chance, at some points, or at few") \
	X(PCT, "pct", "(ASPLOS 2010)", "whoever has the highest priority goes on; priorities change at a few points") \
	X(POS, "pos", "(CAV 2018)", "every step has a priority, drawn anew when a step raced with it") \
	X(SURW, "surw", "(ASPLOS 2025)", "uniform over the interleavings of the operations on one object") \
	X(STARVE, "starve", "rr chaos mode", "one thread gets nowhere for a while, in cycles, short or long") \
	X(HOLDS, "holds", "", "the natural order, with one to three holds between points of another run") \
	X(DPOR, "dpor", "(POPL 2014)", "one schedule of every class, by partial order reduction; not in the portfolio") \
	X(RFF, "rff", "(ASPLOS 2024)", "pos, with up to four pairs of steps that are to meet, or not to; not in the portfolio") \
	X(BOUND, "bound", "MSR-TR-2007-12", "the sweep, in which orders that commute count once; not in the portfolio")
/* clang-format on */
enum strategy_id {
#define X(name, word, paper, about) STRATEGY_##name,
	PEF_STRATEGIES(X)
#undef X
		STRATEGY_COUNT
};

struct strategy_options {
	uint64_t seed;
	uint64_t runs; /* how many schedules there will be; 0: not known */
	unsigned preemptions; /* the sweep goes up to so many; STRATEGY_PREEMPTIONS by default */
	bool by_delay; /* of delays instead, however few threads there are */
	unsigned depth; /* PCT: depth of all schedules; 0: 2 to 5 in turn */
	unsigned part, parts; /* of a search by several, who this is, from 0; @parts 0: nobody else */
	bool measure; /* DPOR: how much of all was seen, and, when @runs is known, how much there may be */
};
#define STRATEGY_PREEMPTIONS 2u
#define STRATEGY_PREEMPTIONS_MAX 7u
#define STRATEGY_DEPTH_MAX 16u

struct strategy;
/** strategy_open - a strategy that has made no schedule yet */
struct strategy *strategy_open(enum strategy_id id, const struct strategy_options *options);
void strategy_close(struct strategy *s);
/** strategy_next - begin the next schedule; false: there is no other */
bool strategy_next(struct strategy *s);
/** strategy_direct - the schedule that was begun directs the next run of an engine */
void strategy_direct(struct strategy *s, struct engine *engine);
/** strategy_done - that run is over: what it passed is learned from */
void strategy_done(struct strategy *s);
/** strategy_whose - who made the schedule under way: of a portfolio, the member */
enum strategy_id strategy_whose(const struct strategy *s);
/** strategy_director - the director of the run under way, or of the last one */
struct director *strategy_director(const struct strategy *s);
/** strategy_claim - "complete up to 1 preemption", or "" when nothing can be said; returns @buf */
const char *strategy_claim(const struct strategy *s, char *buf, size_t size);

/* How far a sweep came: all schedules with fewer deviations than @levels were run. */
struct strategy_swept {
	unsigned levels; /* 0: nothing can be said */
	bool by_delay; /* deviations are delays, not preemptions */
};
/** strategy_swept - of a sweep, also of a portfolio's; several parts have run what each of them has */
struct strategy_swept strategy_swept(const struct strategy *s);
/** strategy_swept_print - "complete up to 1 preemption", or ""; returns @buf */
const char *strategy_swept_print(const struct strategy_swept *swept, char *buf, size_t size);

/** strategy_claims - whether there are scenarios of which it can say that it ran all there is */
bool strategy_claims(enum strategy_id id);

const char *strategy_name(enum strategy_id id);
bool strategy_parse(const char *text, enum strategy_id *out);

/** strategy_redundant - runs of a reduction whose class had been run before */
uint64_t strategy_redundant(const struct strategy *s);
/** strategy_seen - of a reduction that measures: the chance that a random walk ends in a class that was run */
double strategy_seen(const struct strategy *s);

#endif
