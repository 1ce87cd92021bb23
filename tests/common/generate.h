/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * generate.h - random scenarios that are right: they read without a
 * mistake, and their waits end in every schedule.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#ifndef GENERATE_H
#define GENERATE_H

#include <stdbool.h>
#include <stdint.h>

struct generate_options {
	uint64_t seed; /* the same seed gives the same text */
	unsigned statements; /* about so many, over all threads; 0: chosen by the seed */
	const char *design; /* NULL: chosen by the seed */
	bool flat; /* no parameters, loops or comments */
	bool wild; /* slots may vanish while others still use them */
};

/** generate_scenario - the text of a scenario; to be freed by the caller */
char *generate_scenario(const struct generate_options *options);

/** generate_next - the generator of random numbers: splitmix64 */
uint64_t generate_next(uint64_t *state);
/** generate_below - a number from 0 to @n - 1 */
unsigned generate_below(uint64_t *state, unsigned n);

#endif
