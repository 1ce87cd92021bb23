/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util_lab.h - a small world for tests of locks, holds and waiters.
 *
 * A test writes each context as a table of steps, runs them in one or both
 * executors, and asks the merged trace who did what in which order. Every price
 * is ten cycles, so a test can say when a context comes by.
 *
 * Locking: none. Errors: a test that cannot be set up fails. Blocking: runs.
 */
#ifndef TESTS_UTIL_LAB_H
#define TESTS_UTIL_LAB_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pefsim/finding.h"
#include "pefsim/points.h"
#include "pefsim/sync.h"

enum lab_op {
	LAB_END,
	MUTEX_LOCK,
	MUTEX_TRY,
	MUTEX_UNLOCK,
	SPIN_LOCK,
	SPIN_TRY,
	SPIN_UNLOCK,
	READ_LOCK,
	READ_TRY,
	READ_UNLOCK,
	WRITE_LOCK,
	WRITE_TRY,
	WRITE_UNLOCK,
	DOWNGRADE,
	SRCU_LOCK, /* the index goes on a stack of the context */
	SRCU_UNLOCK,
	SRCU_UNLOCK_WRONG, /* with the other index */
	SRCU_SYNC,
	PAGE_LOCK,
	PAGE_TRY,
	PAGE_UNLOCK,
	COMPLETION_WAIT,
	COMPLETE,
	SLEEP, /* on the wait queue, whatever the flag says */
	KEEP, /* sleepers of the wait queue wait for this context */
	LET_GO, /* and no longer */
	SLEEP_UNTIL_FLAG, /* on the wait queue */
	SET_FLAG, /* and wake all */
	WORK, /* @n cycles */
	LABEL, /* @label begins */
	CALL, /* the other domain runs lab.served[n] */
	MESSAGE, /* the other domain's handler completes its completion @n */
	FOREVER, /* ten cycles again and again */
	RAW_LOCK, /* a mutex that was never initialised */
	HEAP_LOCK, /* the mutex in an object of the heap */
	HEAP_UNLOCK,
	HEAP_FREE, /* that object */
	HELD_COUNT, /* writes TRACE_TEST with the number of locks held */
};

struct lab_step {
	enum lab_op op;
	uint64_t n; /* number of the lock, cycles, ... */
	const char *label;
};

#define DO(what) \
	{ \
		.op = (what) \
	}
#define ON(what, number) \
	{ \
		.op = (what), .n = (number) \
	}
#define SAY(text) \
	{ \
		.op = LABEL, .label = (text) \
	}
#define END \
	{ \
		.op = LAB_END \
	}

struct lab_context {
	const char *name;
	unsigned domain;
	cycles_t start;
	const struct lab_step *steps;
};

#define LAB_CONTEXTS_MAX 8u
#define LAB_SERVED_MAX 4u
#define LAB_LOCKS 3u

/* What a test sets; then lab_run(), as often as it likes. */
struct lab {
	enum engine_exec exec;
	bool points;
	bool derive;
	struct hold holds[4];
	unsigned hold_count;
	uint64_t steps_max;
	struct lab_context contexts[LAB_CONTEXTS_MAX]; /* ends at a name of NULL */
	const struct lab_step *served[LAB_SERVED_MAX];
	/* filled by lab_run(); to be freed by lab_close() */
	struct engine *engine;
	struct engine_result result;
	struct price_list prices;
	uint64_t hash;
};

/** lab_run - lab_open, which makes the engine and its contexts, and lab_go, which runs it */
void lab_run(struct lab *lab);
void lab_open(struct lab *lab);
void lab_go(struct lab *lab);
void lab_close(struct lab *lab);
/** lab_run_both - in THREADS and then in FIBERS; fails unless trace, end, key, steps and waiters are the same */
void lab_run_both(struct lab *lab);
/** lab_hold - add a hold, as written */
void lab_hold(struct lab *lab, const char *text);
/** lab_who - names of the contexts that wrote @kind about @object, in order: "a b a" */
const char *lab_who(const struct lab *lab, enum trace_kind kind, obj_t object);
/** lab_when - cycle of the @nth (from 1) such record of a context; fails when there is none */
cycles_t lab_when(const struct lab *lab, const char *name, enum trace_kind kind, obj_t object, unsigned nth);
/** lab_last_result - the last TRACE_TEST word of a context: results of trylocks and counts; UINT64_MAX none */
uint64_t lab_last_result(const struct lab *lab, const char *name);
/** lab_finding - what ended the run; fails when there is more; NULL without one */
const struct finding *lab_finding(const struct lab *lab);
/** lab_noted - the last finding that the run survived; NULL without one */
const struct finding *lab_noted(const struct lab *lab);
/** lab_waiters - "b lock[0] a, a lock[1] b": who waits for what and who has it, in order */
const char *lab_waiters(const struct lab *lab);

/* Names of the locks of domain 0; those of domain 1 belong to guest 1. */
#define LAB_MUTEX(i) obj_make(OBJ_TEST_LOCK, 0, (i))
#define LAB_SPIN(i) obj_make(OBJ_PTL, 0, (i))
#define LAB_RWSEM(i) obj_make(OBJ_MMAP_LOCK, 0, (i))
#define LAB_SRCU(i) obj_make(OBJ_TEST_SRCU, 0, (i))
#define LAB_PAGE(i) obj_make(OBJ_PAGE_LOCK, OBJ_NO_GUEST, (i))
#define LAB_COMPLETION(i) obj_make(OBJ_COMPLETION, 0, (i))
#define LAB_QUEUE obj_make(OBJ_NOTIFIER, 0, 0)

#endif
