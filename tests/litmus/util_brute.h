/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util_brute.h - all interleavings of a litmus program, one by one.
 *
 * Locking: none. Errors: a test that cannot go on fails. Blocking: many runs.
 */
#ifndef TESTS_LITMUS_UTIL_BRUTE_H
#define TESTS_LITMUS_UTIL_BRUTE_H

#include "pefsim/litmus.h"

#define BRUTE_SET_MAX 65536u

/* A set of numbers, sorted. */
struct brute_set {
	uint64_t *items;
	unsigned count;
};
/** brute_add - whether it is new */
bool brute_add(struct brute_set *set, uint64_t item);
bool brute_same(const struct brute_set *a, const struct brute_set *b);
void brute_free(struct brute_set *set);

struct brute {
	uint64_t interleavings;
	struct brute_set classes, states;
	uint64_t bad; /* interleavings that ended in a finding or a deadlock */
};

/** brute_all - run all that @create makes, without having run; false when there are more than @most */
bool brute_all(struct engine *(*create)(const void *arg, const struct engine_config *config), const void *arg,
	uint64_t most, struct brute *out);
/** brute_create - for @create above: @arg is an enum litmus_id */
struct engine *brute_create(const void *arg, const struct engine_config *config);
/** brute_state - what a run came to: its end and the program's variables */
uint64_t brute_state(const struct engine *engine, const struct engine_result *result);

#endif
