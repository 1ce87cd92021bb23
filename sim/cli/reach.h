/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reach.h - what runs have come to, as a set of numbers: what fuzzing wants more of.
 *
 * From the trace of a run: which calls and operations ended with which code; how
 * the state of a page changed, on both sides, and in the course of what; which lock
 * was taken with which other held; which two operations came to one lock, one after
 * the other. Guests, pages and cycles do not count, so the numbers of all scenarios
 * are of one kind.
 *
 * Locking: none. Errors: false: no memory. Blocking: never.
 */
#ifndef REACH_H
#define REACH_H

#include "session.h"

struct reach {
	uint64_t *seen; /* a table with open addressing; 0: free */
	size_t count, room; /* room: a power of two */
};

/** reach_add - whether it is new; @ok becomes false when there is no memory */
bool reach_add(struct reach *reach, uint64_t what, bool *ok);
/** reach_run - what the last run of a session came to */
bool reach_run(struct reach *reach, const struct session *s);
void reach_free(struct reach *reach);

#endif
