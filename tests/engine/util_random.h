/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util_random.h - small worlds made from a seed, over the plain engine API.
 *
 * Locking: none. Errors: none. Blocking: random_run runs an engine.
 */
#ifndef TESTS_ENGINE_UTIL_RANDOM_H
#define TESTS_ENGINE_UTIL_RANDOM_H

#include "pefsim/engine.h"

/* What a run came to; two equal runs give two equal results. */
struct random_result {
	enum engine_end end;
	struct engine_key key;
	uint64_t steps;
	uint64_t hash;
	uint64_t books; /* a hash over all books */
	unsigned waiters;
};

struct random_world {
	unsigned domains, contexts, actions;
	cycles_t latency_max; /* latencies are 1 .. this, each edge its own */
	unsigned stop_percent; /* worlds in which somebody calls engine_stop() */
	unsigned stuck_percent; /* worlds in which a context waits for ever */
	bool ties; /* times are multiples of eight, so that many are equal */
};

extern const struct random_world random_small, random_ties, random_wide;

/** random_setup - domains, latencies, contexts of the world of @seed */
struct engine *random_setup(const struct random_world *world, const struct engine_config *config, uint64_t seed);
struct random_result random_finish(struct engine *engine);
/** random_run - all of it once */
struct random_result random_run(const struct random_world *world, struct engine_config config, uint64_t seed);
bool random_equal(const struct random_result *a, const struct random_result *b);

#endif
