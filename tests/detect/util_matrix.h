/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util_matrix.h - small simulated programs that use locks, and what is told of them.
 *
 * A program has up to three contexts, each a list of operations on a few places.
 * What kind of lock stands at a place is decided when the program is run, so the
 * same program is a cell of the matrix for every kind.
 *
 * Locking: none. Errors: a test that cannot be set up fails. Blocking: runs.
 */
#ifndef TESTS_UTIL_MATRIX_H
#define TESTS_UTIL_MATRIX_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pefsim/lockgraph.h"

/*
 * X(NAME, "printed", excludes, shares, waits, sleeps, spins, owned, accounted)
 * excludes: one holder; shares: readers wait behind a waiting writer; waits: taking
 * it may wait at all; sleeps: as a sleeper, which is wrong under a lock that spins;
 * owned: who took it must give it back; accounted: before he ends or returns.
 */
#define MATRIX_KINDS(X) \
	X(MUTEX, "mutex", 1, 0, 1, 1, 0, 1, 1) \
	X(SPIN, "spin", 1, 0, 1, 0, 1, 1, 1) \
	X(READ, "rwsem read", 0, 1, 1, 1, 0, 1, 1) \
	X(WRITE, "rwsem write", 1, 0, 1, 1, 0, 1, 1) \
	X(SRCU, "SRCU read", 0, 0, 0, 0, 0, 1, 1) \
	X(PAGE, "page lock", 1, 0, 1, 1, 0, 0, 0)
enum matrix_kind {
#define X(name, text, ...) KIND_##name,
	MATRIX_KINDS(X)
#undef X
		KIND_NONE,
	KIND_COUNT = KIND_NONE
};
struct kind_rules {
	const char *name;
	bool excludes, shares, waits, sleeps, spins, owned, accounted;
};
extern const struct kind_rules matrix_kinds[KIND_COUNT + 1];

/* Places: an outer lock, three inner ones, in this order of page numbers. */
enum matrix_place { PLACE_O, PLACE_A, PLACE_B, PLACE_C, PLACE_COUNT };

enum matrix_op {
	MX_END,
	MX_TAKE,
	MX_GIVE,
	MX_TRY, /* and remember whether it went well */
	MX_UNTRY, /* give it back if it did */
	MX_RIVAL, /* take and give it back so as to exclude all holders; of SRCU: synchronize */
	MX_RIVAL_TAKE, /* the same without giving back */
	MX_RIVAL_GIVE,
	MX_NEST, /* take with subclass 1 */
	MX_OTHER, /* take a second lock of the place's class */
	MX_OTHER_GIVE,
	MX_FREE, /* the place's memory */
	MX_RAW, /* take one that was never initialised */
	MX_WORK, /* 500 cycles */
	MX_WAIT, /* for the completion */
	MX_COMPLETE,
	MX_SLEEP, /* on the wait queue */
	MX_MAY_SLEEP,
	MX_WAKE,
	MX_KEEP, /* sleepers of the wait queue wait for this context */
	MX_LET_GO,
	MX_CALL, /* the other side runs the third context's list */
	MX_SPAWN /* the second context begins now, and not before */
};

struct matrix_step {
	enum matrix_op op;
	enum matrix_place place;
};
#define MATRIX_STEPS_MAX 14u

struct matrix_program {
	struct matrix_step steps[3][MATRIX_STEPS_MAX]; /* of each context; empty: none */
	unsigned start[3]; /* hundreds of cycles; 0: not by itself */
};

/* What a run was told to be, the worst of it. X(NAME, "printed") */
#define MATRIX_VERDICTS(X) \
	X(FINE, "-") \
	X(POSSIBLE, "possible") \
	X(PREDICTED, "predicted") \
	X(LEFT, "left") \
	X(STUCK, "stuck") \
	X(LOST, "lost wakeup") \
	X(GRACE, "grace") \
	X(DEADLOCK, "deadlock") \
	X(SLEEP, "sleeps") \
	X(MISUSE, "misuse") \
	X(NO_CELL, "")
enum matrix_verdict {
#define X(name, text) VERDICT_##name,
	MATRIX_VERDICTS(X)
#undef X
};
const char *matrix_verdict_name(enum matrix_verdict verdict);

/* Runs of one check; zeroed: none yet. */
struct matrix_check {
	struct lockgraph *graph; /* to be freed by the caller */
	bool last; /* circles across runs are told, too */
	bool points; /* so that lockgraph_steer() has something to go by */
	struct hold holds[LOCKGRAPH_HOLDS_MAX];
	unsigned hold_count;
	char title[160]; /* of the last lock-order finding; "" without one */
};
/** matrix_run_in - as matrix_run(), as a further run of @check */
enum matrix_verdict matrix_run_in(struct matrix_check *check, const struct matrix_program *p, enum engine_exec exec,
	enum matrix_kind outer, enum matrix_kind inner, enum matrix_kind second);
/** matrix_run - run a program with these kinds at the outer and the inner places */
enum matrix_verdict matrix_run(const struct matrix_program *p, enum engine_exec exec, enum matrix_kind outer,
	enum matrix_kind inner, enum matrix_kind second);

#endif
