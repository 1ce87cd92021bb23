/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sim_atomicity.h - litmus programs for the search for old readings, compiled
 * with the hooks.
 *
 * Each is a context that looks at a word in one section and writes it in a later
 * one, and another that changes the word in between. The twin is the nearest
 * program in which nothing old is relied upon.
 *
 * Locking: as each program says. Errors: what the detector finds. Blocking: yields.
 */
#ifndef TESTS_DETECT_SIM_ATOMICITY_H
#define TESTS_DETECT_SIM_ATOMICITY_H

#include "pefsim/sync.h"

/* X(name): a program atom_##name; with an old reading when bad, without when good. */
#define ATOM_PROGRAMS(X) \
	X(looks_again) X(one_section) X(undisturbed) X(another_word) X(another_operation) X(rwsem) X(update)

/* What the two share; in the arena of d0. */
struct atom_shared {
	uint64_t x, y;
	struct sim_mutex mutex;
	struct sim_rwsem rwsem;
	bool good;
};

struct atom_program {
	const char *name;
	void (*reader)(void *shared), (*other)(void *shared);
};
extern const struct atom_program atom_programs[];
extern const unsigned atom_program_count;

void atom_shared_init(struct atom_shared *s);

#endif
