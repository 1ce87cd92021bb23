/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * director.h - a strategy decides, at every point, who goes on.
 *
 * In FIBERS a run can have a director. Whenever a context comes to a point its
 * strategy is asked: the context goes on, or is held there; and it may let
 * others go on that are held. When nothing else can run it is asked whom to let
 * go on. A strategy that always says "go on" gives the plain timed run.
 *
 * What it did is afterwards told as a list of holds (points.h): X was held at
 * its point until Y passed another, and went on one cycle later; or until
 * nothing else could run. A timed run with that list, in either executor, is
 * the same run, byte for byte. What was decided beside the order of events (a
 * fault that may happen, a "choose" of a script) is told as a list of choices.
 *
 * Who acts is known by name, so an actor has one number in all runs of an
 * engine; names are to be unique. A director also keeps the sequence of points
 * passed, from the moment it is attached; a snapshot covers it.
 *
 * Locking: one host thread. Errors: PEF_NOMEM; a strategy that breaks a rule
 * stops the process with a message. Blocking: never, but for the contexts held.
 */
#ifndef PEFSIM_DIRECTOR_H
#define PEFSIM_DIRECTOR_H

#include "pefsim/points.h"

struct director;

enum director_state {
	DIRECTOR_ABSENT, /* not there yet in this run */
	DIRECTOR_READY, /* runs, or will at a time that is known */
	DIRECTOR_HELD, /* at a point, until director_release() */
	DIRECTOR_BLOCKED, /* waits for somebody */
	DIRECTOR_ENDED,
};

/* A point that was passed. */
struct director_step {
	obj_t object;
	const char *label; /* POINT_LABEL: its text; else NULL */
	cycles_t cycle;
	uint32_t actor;
	uint8_t kind; /* enum point_kind */
	uint8_t mode; /* enum point_mode */
};

/* What one strategy is; any member but @point may be NULL. */
struct director_ops {
	/** point - actor @self has come to a point, its latest step: true to let it go on, false to hold it there */
	bool (*point)(void *arg, struct director *d, unsigned self);
	/** idle - nothing can run but what is held; release somebody, or who was held first goes on */
	void (*idle)(void *arg, struct director *d);
	/** woken - @self ended what @other waited for, which so may run again */
	void (*woken)(void *arg, struct director *d, unsigned self, unsigned other);
	/** choose - one of 0 .. @count - 1; @usual is what a run without a director would take */
	uint32_t (*choose)(void *arg, struct director *d, enum choice_kind kind, uint32_t count, uint32_t usual);
};

#define DIRECTOR_NOBODY UINT32_MAX

/**
 * engine_direct - give an engine a director; between runs, FIBERS only
 * @ops: the strategy; NULL: points are kept and nobody is asked
 * @arg: handed to each function
 * The next calls change ops and arg. It is the engine's and lives as long. NULL without memory.
 */
struct director *engine_direct(struct engine *engine, const struct director_ops *ops, void *arg);

/** director_wait_for_mark - in each run nobody is asked at a point before a context has called engine_mark() */
void director_wait_for_mark(struct director *d);

/**
 * director_scout - engine_run_to_mark() goes on to the first moment at which there is something to decide
 * That is a choice, or, once a context has called engine_mark(), a point at which another context is ready, too.
 * All runs are the same up to there. It ends with engine_direct().
 */
void director_scout(struct director *d);

/* ---- for the strategy, while it is asked ------------------------------------- */

/** director_release - a held actor goes on, one cycle after this moment */
void director_release(struct director *d, unsigned actor);
/** director_held - who is held, in the order in which their holds began; valid until the next hold or release */
const uint32_t *director_held(const struct director *d, unsigned *count);
/** director_others_ready - whether anybody but @self is ready and not held (DIRECTOR_NOBODY: anybody) */
bool director_others_ready(const struct director *d, unsigned self);
enum director_state director_state(const struct director *d, unsigned actor);
/** director_point - the latest step of an actor; NULL when it has passed none */
const struct director_step *director_point(const struct director *d, unsigned actor);
/** director_now - the time of this moment */
cycles_t director_now(const struct director *d);
struct engine *director_engine(const struct director *d);

/* ---- at any time ---------------------------------------------------------------- */

/** director_actors - numbers given out so far: 0 .. n - 1 */
unsigned director_actors(const struct director *d);
const char *director_name(const struct director *d, unsigned actor);
/** director_thread - the number of an actor's hardware thread: "g0.vcpu0" and "g0.vcpu0/hv" have the same */
unsigned director_thread(const struct director *d, unsigned actor);
/** director_steps - all points passed, those before the snapshot included */
const struct director_step *director_steps(const struct director *d, size_t *count);
/** director_first - how many steps there were when the run began */
size_t director_first(const struct director *d);

/* ---- after a run ------------------------------------------------------------------ */

/** director_hold_count - how many holds the run had */
unsigned director_hold_count(const struct director *d);
/** director_holds - the first @max of them in the order of their ends, with cycles; as many as were written */
unsigned director_holds(const struct director *d, struct hold *out, unsigned max);
/** director_choices - choices that were not the usual ones; valid until the next run */
const struct run_choice *director_choices(const struct director *d, unsigned *count);

#endif
