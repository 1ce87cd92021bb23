/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * twice.h - runs of a search that are made a second time, to be the same.
 *
 * A search is worth what its runs are worth: each must be decided by scenario,
 * seed and schedule alone. So a few directed runs keep their schedule and the
 * hash of their trace, and when the search is over each is made once more, from
 * its beginning and without a strategy. A difference is an error of pefsim.
 *
 * The sample is runs 1, 8, 64, 512 and so on: a short search has some, and a
 * long one spends next to nothing on them.
 *
 * Locking: none. Errors: PEF_NOMEM; PEF_BUG after a message for a run that was
 * not the same. Blocking: a run takes its time.
 */
#ifndef TWICE_H
#define TWICE_H

#include "pefsim/strategy.h"

#include "session.h"

#define TWICE_MAX 16u

/* Holds and choices that make a run again; to be freed. */
struct schedule {
	struct hold *holds; /* with cycles */
	unsigned hold_count;
	struct run_choice *choices; /* beside what its seed says */
	unsigned choice_count;
};

/**
 * schedule_take - of the run that has just ended
 * @d: that directed it; NULL: nobody did
 * Holds that were not reached did nothing: the rest, and what the director did, is the whole schedule.
 */
enum pef_err schedule_take(const struct session *s, const struct director *d, struct schedule *out);
void schedule_free(struct schedule *schedule);

struct twice_run {
	uint64_t number; /* of the directed run, from 1 */
	uint64_t seed, hash;
	struct schedule schedule;
};

struct twice {
	struct twice_run runs[TWICE_MAX];
	unsigned count; /* that are kept */
	unsigned checked; /* that were made again, and were the same */
	uint64_t seen, next; /* directed runs so far; the next to keep, 0: 1 */
};

/** twice_note - a directed run is over; it is kept if it belongs to the sample */
enum pef_err twice_note(struct twice *t, const struct session *s, const struct director *d);
/** twice_check - make them again; from then on the session has no start (session_boot). Ctrl-C ends it. */
enum pef_err twice_check(struct twice *t, struct session *s);
void twice_free(struct twice *t);

#endif
