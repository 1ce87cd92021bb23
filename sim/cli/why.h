/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * why.h - when a recorded finding was decided, and what comes nearest without it.
 *
 * The first steps of the recorded run are taken again and then it goes on at
 * random, many times for one number of steps. That gives the share of schedules that
 * show the finding after each step; the last step after which there is one that
 * does not is the last at which it could be avoided.
 *
 * Locking: none. Errors: PEF_NOMEM, PEF_LIMIT when neither the recorded order nor
 * any of some thousand random schedules shows the finding. Blocking: some thousand runs; Ctrl-C ends it.
 */
#ifndef WHY_H
#define WHY_H

#include "pefsim/follow.h"

#include "session.h"

#define WHY_PROBES_MAX 64u

/* After so many steps so many of the runs showed it. */
struct why_probe {
	size_t step;
	unsigned hits, runs;
};

/* What was passed, in its order; names are those of the session's director. */
struct why_way {
	struct director_step *steps;
	size_t count;
};

struct why {
	struct session *session;
	const struct record *record;
	struct strategy *lead;
	struct record_steps own; /* of another run with the finding, when the recorded order does not make it */
	bool other; /* that one is explained */
	unsigned runs; /* a probe */
	size_t first; /* steps before the first at which there is something to decide */
	struct why_way with, without; /* the recorded run; the one that parts from it last. No steps: none was seen */
	size_t part; /* of the two, the first step that differs, from 0 */
	struct why_probe probes[WHY_PROBES_MAX]; /* by step */
	unsigned probe_count;
	size_t last; /* steps after which it could still be avoided; valid when @without has any */
};

/**
 * why_run - find it out
 * @s: open, with the record's options
 * @runs: for each number of steps
 * @out: to be freed with why_free() whatever is returned, before the session is closed
 */
enum pef_err why_run(struct session *s, const struct record *record, unsigned runs, struct why *out);
void why_free(struct why *w);

#endif
