/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * generate.h - scenarios that nobody wrote: drawn at random, or made from the
 * table of operations.
 *
 * They are right: they read without a mistake, and their waits end in every
 * schedule. generate_scenario() draws long ones of all there is, to try the
 * simulator itself. A *meeting* is short, to be searched: a page is brought into
 * a state, and then two or three threads, each of one kind, do one operation of
 * that kind at the same time, whichever; nobody breaks the protocol. What these
 * operations are is taken from the table of operations (scenario.h), so that a
 * new one is met as soon as it is there.
 *
 * Locking: none. Errors: NULL: no memory. Blocking: never.
 */
#ifndef PEFSIM_GENERATE_H
#define PEFSIM_GENERATE_H

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

/* What a page is when the threads of a meeting come to it. X(NAME, "word", "one sentence") */
/* clang-format off */
#define PEF_MEETING_STATES(X) \
	X(UNTOUCHED, "untouched", "nobody has used the page yet") \
	X(SECURE, "secure", "the guest has written it") \
	X(OUT, "out", "the guest has written it, and the host has it, encrypted") \
	X(SHARED, "shared", "shared, and written by the guest") \
	X(BACK, "back", "shared once, and secure again")
/* clang-format on */
enum meeting_state {
#define X(name, word, about) MEETING_##name,
	PEF_MEETING_STATES(X)
#undef X
		MEETING_STATE_COUNT
};

#define MEETING_THREADS_MAX 3u
#define MEETING_SETS 9u

/**
 * meeting_scenario - one file of the suite, with "choose" for the operations
 * @state: of the page
 * @set:   which kinds of threads meet, below MEETING_SETS: all pairs of guest, host and uv, and three triples
 * @name:  set to the scenario's name, 48 bytes
 * Returns the text; to be freed by the caller.
 */
char *meeting_scenario(enum meeting_state state, unsigned set, char name[48]);
/**
 * meeting_draw - a meeting by chance: state, kinds, one to three operations each, pages, guests, pool
 * @seed: the same seed gives the same text
 */
char *meeting_draw(uint64_t seed);

/**
 * meeting_vary - a scenario that differs from another in one to four places
 * @text:  of a scenario; what is no operation of a thread stays as it is, so waits still end
 * @other: of a scenario that a thread may be taken from; may be @text
 * @seed:  the same seed, the same text
 * The result need not be a scenario: who reads it finds out, and tries another seed. To be freed by the caller.
 */
char *meeting_vary(const char *text, const char *other, uint64_t seed);

/** generate_next - the generator of random numbers: splitmix64 */
uint64_t generate_next(uint64_t *state);
/** generate_below - a number from 0 to @n - 1 */
unsigned generate_below(uint64_t *state, unsigned n);

#endif
