/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * litmus.h - small programs to try exploration on.
 *
 * They know nothing of the protocol: threads, locks and shared variables of one
 * domain, written in C on the public engine API and compiled with the access
 * hooks, as models are. Some have a bug, each beside a program without it. The
 * tests and "pefsim bench explore" use them, and they show how the engine is
 * used as a library.
 *
 * Locking: as the engine. Errors: a broken promise of a program is a finding.
 * Blocking: a run.
 */
#ifndef PEFSIM_LITMUS_H
#define PEFSIM_LITMUS_H

#include "pefsim/engine.h"

/* X(NAME, function, "name", bug, "one sentence"): bug 1: some schedule breaks a promise or deadlocks */
/* clang-format off */
#define PEF_LITMUS(X) \
	X(THREE_ACTORS, three_actors, "three-actors", 0, "three threads, two locks, four variables; what is measured") \
	X(DISJOINT, disjoint, "disjoint", 0, "two threads that share nothing: one class") \
	X(READERS, readers, "readers", 0, "two readers of a semaphore and of SRCU: one class") \
	X(COUNTER, counter, "counter", 0, "two threads count under one lock") \
	X(GUARDED, guarded, "guarded", 0, "what two threads read decides whether they write") \
	X(LAST_ZERO, last_zero, "last-zero", 0, "each thread counts on from its neighbour, and one looks for the last zero") \
	X(LOST_UPDATE, lost_update, "lost-update", 1, "the lock is given back between load and store") \
	X(AB_AB, ab_ab, "ab-ab", 0, "two locks, always in one order") \
	X(AB_BA, ab_ba, "ab-ba", 1, "two locks, in both orders: a deadlock") \
	X(READ_TWICE, read_twice, "read-twice", 1, "a semaphore is read twice with a writer in between: a deadlock") \
	X(GRACE, grace, "grace", 0, "a pointer is replaced, and its readers are waited for") \
	X(GRACE_HELD, grace_held, "grace-held", 1, "readers are waited for with a lock held that one of them wants: a deadlock") \
	X(SPAWN, spawn, "spawn", 0, "a thread makes another when all is ready, and waits for it") \
	X(SPAWN_EARLY, spawn_early, "spawn-early", 1, "a thread makes another before what that needs is ready") \
	X(CHAIN, chain, "chain", 1, "three threads, broken only in one order of three") \
	X(NARROW, narrow, "narrow", 1, "broken for one point of some seventy")
/* clang-format on */
enum litmus_id {
#define X(name, function, text, bug, about) LITMUS_##name,
	PEF_LITMUS(X)
#undef X
		LITMUS_COUNT
};

const char *litmus_name(enum litmus_id id);
/** litmus_has_bug - whether some schedule of it ends in a finding or a deadlock */
bool litmus_has_bug(enum litmus_id id);
/**
 * litmus_create - an engine with the program's domain and threads, not yet run
 * @config: without prices every step costs a cycle. NULL without memory
 */
struct engine *litmus_create(enum litmus_id id, const struct engine_config *config);
/** litmus_state - a hash of the program's variables; no time is in it */
uint64_t litmus_state(const struct engine *engine);

#endif
