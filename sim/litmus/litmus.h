/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * litmus.h - the world that the programs share; not the public header.
 *
 * Locking: one domain. Errors: findings. Blocking: as the locks.
 */
#ifndef LITMUS_PRIVATE_H
#define LITMUS_PRIVATE_H

#include "pefsim/litmus.h"
#include "pefsim/sync.h"

#define LITMUS_LOCKS 2u
#define LITMUS_VARS 8u

/* In the domain's arena. */
struct litmus {
	uint64_t var[LITMUS_VARS];
	struct sim_mutex lock[LITMUS_LOCKS];
	struct sim_rwsem sem;
	struct sim_srcu srcu;
	struct sim_completion done;
	struct domain *domain;
};

/** litmus_thread - a thread of the program, named t0, t1, ...; before the run or by one of its threads */
void litmus_thread(struct litmus *l, unsigned number, void (*fn)(void *));
/** litmus_promise - a finding unless @kept; does not return then */
void litmus_promise(bool kept, const char *what);
/** litmus_world - an engine with the program's domain, as yet without threads; NULL without memory */
struct engine *litmus_world(const struct engine_config *config, struct litmus **out);
/*
 * Accesses that a schedule can order, each with its point behind it.
 * litmus_look - what a variable is; two that look commute
 * litmus_put - set it
 */
uint64_t litmus_look(struct litmus *l, unsigned var);
void litmus_put(struct litmus *l, unsigned var, uint64_t value);

#define X(name, function, text, bug, about) void litmus_##function(struct litmus *l);
PEF_LITMUS(X)
#undef X

#endif
